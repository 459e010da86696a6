"""The group engine: one design for many regions, permutation control over them, effects with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.stats.permutation import Exchangeability, GlmFit, Permuted, fit, fit_repeated, permuted
from opentrs.stats.refusal import CannotFitError

Array = np.ndarray
PERMUTATIONS = 2000
# A covariate known in fewer people than this is left out, and said so; else people without it are.
LEAST_KNOWN = 0.8
LEAST_IN_GROUP = 5
DURATION_FAMILY = frozenset({"age", "onset_age", "duration"})
NO_SITE = ""
TESTED_COLUMNS = [
    "estimate", "standardised_effect", "standardised_low", "standardised_high", "se", "ci_low", "ci_high",
    "t", "df", "p", "p_fwer", "q", "n", "untestable",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Design:
    """A model of people: which rows take part, the matrix, and the tested column.

    Parameters
    ----------
    rows : (n,) numbers of the rows of people that take part
    matrix : (n, p) constant, tested column, covariates
    names : of the columns
    adjusted_for, not_adjusted_for : covariates that are in, and those asked for that are not
    left_out : people asked about who lack the tested value or a covariate
    blocks : who may take whose place; None for everybody anybody's
    """

    rows: Array
    matrix: Array
    names: tuple[str, ...]
    adjusted_for: tuple[str, ...]
    not_adjusted_for: tuple[str, ...]
    left_out: int
    blocks: Exchangeability | None

    @property
    def contrast(self) -> Array:
        """The tested column is the second."""
        return np.asarray(np.arange(self.matrix.shape[1]) == 1, dtype=float)


def designed(
    people: pd.DataFrame, tested: Array, covariates: Sequence[str], *, with_site: bool = True
) -> Design:
    """Build the model of a tested column with covariates and sites as fixed effects.

    Parameters
    ----------
    people : one row per scan; the covariates are columns, beside ``site`` and ``family``
    tested : (n,) 0 and 1 for two groups, or a severity; NaN for people who are not asked
    covariates : columns of ``people``

    Raises
    ------
    CannotFitError : age, onset age and duration together (one is the sum of the others); each site has one
        group only; a group too small
    """
    if set(covariates) >= DURATION_FAMILY:
        raise CannotFitError("age_onset_duration")
    asked = np.isfinite(tested)
    known = {name: people[name].to_numpy(dtype=float) for name in covariates}
    used = [name for name in covariates if _is_usable(known[name][asked])]
    kept = asked & np.all([np.isfinite(known[name]) for name in used] or [asked], axis=0)
    rows = np.flatnonzero(kept)
    values = tested[rows]
    _check_groups(values)
    site = people["site"].to_numpy(dtype=object).astype(str)[rows]
    sites = np.unique(site) if with_site else np.array([NO_SITE])
    _check_sites(values, site, sites)
    columns = [np.ones(len(rows)), values, *(_scaled(known[name][rows]) for name in used)]
    columns += [(site == one).astype(float) for one in sites[1:]]
    has_sites = len(sites) > 1
    return Design(
        rows,
        np.column_stack(columns),
        ("constant", "tested", *used, *(f"site {one}" for one in sites[1:])),
        (*used, *(["site"] if has_sites else [])),
        tuple(name for name in covariates if name not in used),
        int(asked.sum() - len(rows)),
        _blocks(site if has_sites else None, people["family"].to_numpy(dtype=object).astype(str)[rows]),
    )


def _is_usable(values: Array) -> bool:
    """Known in enough people, and not the same in all of them."""
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.size >= LEAST_KNOWN * values.size and np.ptp(finite) > 0)


def _scaled(values: Array) -> Array:
    """Covariates in standard deviations: volumes in mm3 beside ages would be near singular."""
    return np.asarray((values - values.mean()) / (values.std() or 1), dtype=float)


def _check_groups(values: Array) -> None:
    if set(np.unique(values)) <= {0.0, 1.0}:
        first, second = int((values == 1).sum()), int((values == 0).sum())
        if min(first, second) < LEAST_IN_GROUP:
            raise CannotFitError("group_too_small", first=first, second=second, least=LEAST_IN_GROUP)
    elif len(values) < 2 * LEAST_IN_GROUP:
        raise CannotFitError("too_few_measured", n=len(values), least=2 * LEAST_IN_GROUP)


def _check_sites(values: Array, site: Array, sites: Array) -> None:
    if len(sites) > 1 and all(np.ptp(values[site == one]) == 0 for one in sites):
        raise CannotFitError("site_is_group", sites=len(sites))


def _blocks(site: Array | None, family: Array) -> Exchangeability | None:
    """Strata of sites, families as wholes where any two people share one."""
    named = family[family != ""]
    units = None
    if len(set(named)) < len(named):
        units = [name or f"\0{at}" for at, name in enumerate(family)]
    if site is None and units is None:
        return None
    return Exchangeability(strata=None if site is None else list(site), units=units, inside=True)


def compared(
    values: Array,
    design: Design,
    *,
    seed: int,
    permutations: int = PERMUTATIONS,
    sides: int = 2,
    variance_ratio: float = 1.0,
) -> pd.DataFrame:
    """Test every region of a design's people.

    ``p`` comes from the t distribution, ``p_fwer`` from Freedman-Lane permutations of the largest |t| over an
    error that allows other spreads in each group (so it may differ a little from what ``t`` suggests), ``q``
    from Benjamini and Hochberg over ``p``. The standardised effect of a group is its adjusted difference over
    the residual standard deviation, with the noncentral-t interval.

    Parameters
    ----------
    values : (people, m) all rows of people, NaN where unknown
    design : of some of these rows
    variance_ratio : variance of the effect over what the design takes it for; errors, t, p and intervals are
        widened accordingly

    Returns
    -------
    one row per region, columns :data:`TESTED_COLUMNS`
    """
    y = values[design.rows]
    fitted = _widened(
        fit(y, design.matrix, design.contrast, names=design.names, untestable="leave_out"), variance_ratio
    )
    low, high = fitted.interval()
    size = fitted.standardised()
    shuffled = permuted(
        y, design.matrix, design.contrast, permutations, seed=seed, blocks=design.blocks, sides=sides,
        errors="hc3", names=design.names, untestable="leave_out",
    )  # fmt: skip
    return pd.DataFrame({
        "estimate": fitted.effect, "standardised_effect": size.d, "standardised_low": size.low,
        "standardised_high": size.high, "se": fitted.se, "ci_low": low, "ci_high": high, "t": fitted.t,
        "df": fitted.df, "p": fitted.p, "p_fwer": _corrected(shuffled, variance_ratio),
        "q": adjusted_by_fdr(fitted.p), "n": fitted.n,
        "untestable": np.select([fitted.constant, fitted.too_few], ["constant", "too_few"], ""),
    })[TESTED_COLUMNS]  # fmt: skip


def _widened(fitted: GlmFit, ratio: float) -> GlmFit:
    """The fit with the errors of an effect whose variance is ``ratio`` times what the design says."""
    if ratio == 1:
        return fitted
    wider = float(np.sqrt(ratio))
    t = fitted.t / wider
    p = 2 * stats.t.sf(np.abs(t), fitted.df)
    return replace(fitted, se=fitted.se * wider, t=t, p=p, length=fitted.length * wider)


def _corrected(shuffled: Permuted, ratio: float) -> Array:
    """Corrected p of the statistics after widening, against the same rearrangements."""
    if ratio == 1:
        return shuffled.p_fwer
    height = shuffled.comparable_t / np.sqrt(ratio)
    height = np.abs(height) if shuffled.sides == 2 else height
    reached = (shuffled.max_null[:, None] >= height).sum(axis=0)
    more = 0 if shuffled.exhaustive else 1
    share = (more + reached) / (more + len(shuffled.max_null))
    return np.where(np.isfinite(height), share, np.nan)


def compared_repeatedly(values: Array, design: Design, people: Sequence[str]) -> pd.DataFrame:
    """As :func:`compared`, over all scans of a person with a random intercept; no permutations."""
    y = values[design.rows]
    fitted = fit_repeated(
        y, design.matrix, design.contrast, list(np.asarray(people)[design.rows]), names=design.names,
        untestable="leave_out",
    )  # fmt: skip
    total_sd = fitted.residual_sd / np.sqrt(1 - fitted.share_between)
    reach = stats.t.isf(0.025, fitted.df) * fitted.se
    rows = pd.DataFrame({
        "estimate": fitted.effect, "standardised_effect": fitted.effect / total_sd, "se": fitted.se,
        "standardised_low": (fitted.effect - reach) / total_sd,
        "standardised_high": (fitted.effect + reach) / total_sd,
        "ci_low": fitted.effect - reach, "ci_high": fitted.effect + reach, "t": fitted.t, "df": fitted.df,
        "p": fitted.p, "p_fwer": np.nan, "q": adjusted_by_fdr(fitted.p), "n": fitted.n_people,
        "untestable": np.select([fitted.constant, fitted.too_few], ["constant", "too_few"], ""),
    })  # fmt: skip
    return rows[TESTED_COLUMNS]


def adjusted_by_fdr(p: Array) -> Array:
    """Benjamini-Hochberg q; NaN where p is."""
    q = np.full(len(p), np.nan)
    known = np.isfinite(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q


def partial_correlation(t: Array, df: Array, level: float = 0.95) -> tuple[Array, Array, Array]:
    """Partial correlation of a tested column, with Fisher's interval, from its t."""
    r = t / np.sqrt(t**2 + df)
    reach = stats.norm.isf((1 - level) / 2) / np.sqrt(np.maximum(df - 1, 1))
    return r, np.tanh(np.arctanh(r) - reach), np.tanh(np.arctanh(r) + reach)
