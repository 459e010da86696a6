"""Component network meta-analysis: a treatment is a sum of components, which may interact.

Two pieces of a network that share no treatment may share components; then effects across the pieces can be
estimated, on the strength of additivity alone (Ruecker et al. 2020, doi:10.1002/bimj.201800167).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.network.contrasts import Contrasts, pieces, study_blocks
from opentrs.stats.network.generalised import NetworkModel, Stack
from opentrs.stats.network.model import between_variance, network


@dataclass(frozen=True, slots=True)
class Components:
    """A fitted component model.

    Parameters
    ----------
    components : names; an interaction is written ``a*b``
    matrix : (n treatments, c) which component is in which treatment
    estimates, standard_errors, ci_low, ci_high, z, p_value : (c,) effect of the component; not a number
        where the studies cannot tell it from the others
    covariance : (c, c)
    estimable : (c,)
    treatment_estimates, treatment_standard_errors : (n,) sum of its components against the inactive treatment
    tau2, q, q_df, q_p : as of a network
    q_difference, df_difference, p_difference : loss of fit against the full network; not a number where the
        network is disconnected
    """

    components: tuple[str, ...]
    treatments: tuple[str, ...]
    matrix: Array
    estimates: Array
    standard_errors: Array
    ci_low: Array
    ci_high: Array
    z: Array
    p_value: Array
    covariance: Array
    estimable: np.typing.NDArray[np.bool_]
    treatment_estimates: Array
    treatment_standard_errors: Array
    tau2: float
    q: float
    q_df: int
    q_p: float
    q_difference: float
    df_difference: int
    p_difference: float


def component_matrix(
    treatments: Sequence[str],
    inactive: str | None = None,
    interactions: Sequence[str] = (),
    joined_by: str = "+",
) -> tuple[tuple[str, ...], Array]:
    """Components of each treatment.

    Parameters
    ----------
    treatments : names such as ``clozapine + ect``
    inactive : the treatment without any component, such as placebo
    interactions : pairs such as ``clozapine*ect``, each a further component of treatments that hold both
    joined_by : what joins components in a name

    Returns
    -------
    names of the components, and the (n, c) matrix of 0 and 1

    Raises
    ------
    MetaAnalysisError : an interaction names a component no treatment has, or no treatment holds both
    """
    parts = [
        () if name == inactive else tuple(part.strip() for part in name.split(joined_by))
        for name in treatments
    ]
    names = tuple(sorted({part for found in parts for part in found}, key=str.lower))
    columns = [[float(name in found) for found in parts] for name in names]
    for pair in interactions:
        wanted = [part.strip() for part in pair.split("*")]
        unknown = [part for part in wanted if part not in names]
        if unknown:
            raise MetaAnalysisError(f"Interaction {pair}: no treatment has {', '.join(unknown)}.")
        column = [float(all(part in found for part in wanted)) for found in parts]
        if not any(column):
            raise MetaAnalysisError(f"Interaction {pair}: no treatment holds both.")
        columns.append(column)
    return (*names, *interactions), np.array(columns).T.reshape(len(parts), -1)


def component_network(
    data: Contrasts,
    inactive: str | None = None,
    interactions: Sequence[str] = (),
    model: NetworkModel = "reml",
    level: float = 0.95,
) -> Components:
    """Fit the additive component model, with interactions where asked; the network may be disconnected.

    Raises
    ------
    MetaAnalysisError : ``inactive`` is no treatment of the network; see :func:`component_matrix`
    """
    if inactive is not None and inactive not in data.treatments:
        raise MetaAnalysisError(f"{inactive} is no treatment of this network.")
    names, matrix = component_matrix(data.treatments, inactive, interactions)
    blocks = study_blocks(data)
    design = np.array([matrix[arm] - matrix[block.arms[0]] for block in blocks for arm in block.arms[1:]])
    stack = Stack.of(blocks, design)
    tau2 = between_variance(blocks, stack, model, len(data.treatments), data.treatments, inactive, matrix)
    solved, at_zero = stack.solve(tau2), stack.solve(0.0)
    estimable = _estimable(design, np.eye(len(names)))
    errors = np.where(estimable, np.sqrt(np.maximum(np.diag(solved.covariance), 0.0)), np.nan)
    values = np.where(estimable, solved.coefficients, np.nan)
    half = stats.norm.ppf(1 - (1 - level) / 2) * errors
    of_treatment = _estimable(design, matrix)
    spread = np.einsum("ni,ij,nj->n", matrix, solved.covariance, matrix)
    difference, df_difference = float("nan"), 0
    if len(pieces(data)) == 1:
        whole = network(data, "fixed")
        difference, df_difference = at_zero.q - whole.q, stack.residual_df - whole.q_df
    return Components(
        components=names, treatments=data.treatments, matrix=matrix,
        estimates=values, standard_errors=errors, ci_low=values - half, ci_high=values + half,
        z=values / errors, p_value=np.asarray(2 * stats.norm.sf(np.abs(values / errors))),
        covariance=solved.covariance, estimable=estimable,
        treatment_estimates=np.where(of_treatment, matrix @ solved.coefficients, np.nan),
        treatment_standard_errors=np.where(of_treatment, np.sqrt(np.maximum(spread, 0)), np.nan),
        tau2=tau2, q=at_zero.q, q_df=stack.residual_df,
        q_p=float(stats.chi2.sf(at_zero.q, stack.residual_df)),
        q_difference=difference, df_difference=df_difference,
        p_difference=float(stats.chi2.sf(difference, df_difference)) if df_difference else float("nan"),
    )  # fmt: skip


def _estimable(design: Array, wanted: Array) -> np.typing.NDArray[np.bool_]:
    """Which rows of ``wanted`` lie in the row space of the design."""
    row_space = np.linalg.pinv(design) @ design
    return np.asarray(np.abs(wanted @ row_space - wanted).max(axis=1) < 1e-8)
