"""Where one value lies among controls, and how groups differ, adjusted by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
FEWEST_SPARE = 10


@dataclass(frozen=True, slots=True)
class Placed:
    """Values placed among controls; all arrays have one entry per value.

    Parameters
    ----------
    expected, low, high : what a control with the same covariates would show, and the prediction interval
    z : normal deviate with the same centile as the value
    centile : percent of such controls that lie below
    n_controls, spare : controls, and degrees of freedom they leave
    residual_sd : of the controls, in units of the value
    """

    expected: Floats
    low: Floats
    high: Floats
    z: Floats
    centile: Floats
    n_controls: int
    spare: int
    residual_sd: float


def place(
    controls: Floats,
    control_design: Floats,
    values: Floats,
    design: Floats,
    is_control: npt.NDArray[np.int64],
    level: float = 0.95,
) -> Placed:
    """Place values against controls.

    A control is placed against the other controls: it does not help to set the standard it is measured by.

    Parameters
    ----------
    controls, control_design : the controls' values and covariates, first column all ones
    values, design : what is to be placed
    is_control : for each value the row of ``controls`` that it is, -1 for none
    level : of the prediction interval

    Raises
    ------
    CannotFitError : too few controls for so many covariates, or controls that do not vary
    """
    n, terms = control_design.shape
    if n < terms + FEWEST_SPARE:
        raise CannotFitError("few_controls", n=n, needed=terms + FEWEST_SPARE)
    if np.ptp(controls) == 0:
        raise CannotFitError("constant_controls", n=n)
    if np.linalg.matrix_rank(control_design) < terms:
        raise CannotFitError("repeated_predictor")
    inverse = np.linalg.inv(control_design.T @ control_design)
    beta = inverse @ control_design.T @ controls
    left = controls - control_design @ beta
    hat = np.einsum("ij,jk,ik->i", control_design, inverse, control_design)
    spare = n - terms
    variance = float(left @ left) / spare
    expected = design @ beta
    error = np.sqrt(variance * (1 + np.einsum("ij,jk,ik->i", design, inverse, design)))
    degrees = np.full(len(values), float(spare))
    own = np.flatnonzero(is_control >= 0)
    if len(own):
        row = is_control[own]
        expected[own] = controls[row] - left[row] / (1 - hat[row])
        without = (spare * variance - left[row] ** 2 / (1 - hat[row])) / (spare - 1)
        error[own] = np.sqrt(np.maximum(without, 0.0) / (1 - hat[row]))
        degrees[own] = spare - 1
    ratio = (values - expected) / error
    half = stats.t.ppf((1 + level) / 2, degrees) * error
    # From the nearer tail, or far values would all have the centile 1 and an infinite z.
    z = -np.sign(ratio) * stats.norm.ppf(stats.t.sf(np.abs(ratio), degrees))
    return Placed(
        expected=expected,
        low=expected - half,
        high=expected + half,
        z=z,
        centile=100 * stats.t.cdf(ratio, degrees),
        n_controls=n,
        spare=spare,
        residual_sd=float(np.sqrt(variance)),
    )


@dataclass(frozen=True, slots=True)
class Contrast:
    """Adjusted difference of two groups, with its interval and as a share of the residual SD."""

    difference: float
    low: float
    high: float
    standardised: float
    p_value: float
    n_first: int
    n_second: int


def contrast(
    values: Floats, is_first: npt.NDArray[np.bool_], covariates: Floats, level: float = 0.95
) -> Contrast:
    """First group minus second, by least squares with errors that allow unequal variances (HC3).

    Parameters
    ----------
    values : one per person of either group
    is_first : who is in the first group
    covariates : (people, covariates), without a constant

    Raises
    ------
    CannotFitError : fewer than three people in a group, or groups that a covariate tells apart entirely
    """
    n_first = int(is_first.sum())
    n_second = len(values) - n_first
    if min(n_first, n_second) < 3:
        raise CannotFitError("few_in_group", n=min(n_first, n_second), needed=3)
    design = np.column_stack([np.ones(len(values)), is_first.astype(np.float64), covariates])
    spare = len(values) - design.shape[1]
    if spare < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise CannotFitError("groups_apart")
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ values
    left = values - design @ beta
    hat = np.einsum("ij,jk,ik->i", design, inverse, design)
    weighted = design * (left / np.maximum(1 - hat, 1e-9))[:, None]
    error = float(np.sqrt((inverse @ weighted.T @ weighted @ inverse)[1, 1]))
    residual_sd = float(np.sqrt(left @ left / spare))
    if error == 0 or residual_sd == 0:
        raise CannotFitError("constant_value")
    half = float(stats.t.ppf((1 + level) / 2, spare)) * error
    difference = float(beta[1])
    return Contrast(
        difference=difference,
        low=difference - half,
        high=difference + half,
        standardised=difference / residual_sd,
        p_value=float(2 * stats.t.sf(abs(difference) / error, spare)),
        n_first=n_first,
        n_second=n_second,
    )
