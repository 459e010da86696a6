"""Rates of events in person-time, ratios of rates and differences of means, with robust intervals."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from opentrs.stats.intervals import Interval

LEVEL = 0.95
BEYOND = 12.0  # log ratio past which a coefficient is running away rather than estimated


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients of a fitted model with their intervals, in the order asked; or why there are none.

    Parameters
    ----------
    intervals : one per coefficient asked for; empty where the model could not be fitted
    failed : empty, ``rank`` (columns depend on one another), ``convergence`` or ``separation``
    dispersion : Pearson chi-square over its degrees of freedom, for counts; 1 where counts are Poisson
    """

    intervals: tuple[Interval, ...]
    failed: str = ""
    dispersion: float | None = None


def exact_rate(events: int, person_years: float, level: float = LEVEL) -> Interval:
    """Events per person-year with the exact Poisson interval (Garwood 1936, doi:10.1093/biomet/28.3-4.437).

    The interval takes events to happen independently of one another; where few people have many, it is
    too narrow, and the robust ratios beside it are not.

    Raises
    ------
    ValueError : fewer than no events, or time below 0
    """
    if events < 0 or person_years < 0:
        raise ValueError(f"{events} events in {person_years} person-years is no rate")
    if person_years == 0:
        return Interval(None, None, None)
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(stats.chi2.ppf(tail, 2 * events)) / 2
    high = float(stats.chi2.ppf(1 - tail, 2 * (events + 1))) / 2
    return Interval(events / person_years, low / person_years, high / person_years)


def poisson_ratios(
    counts: np.ndarray, person_years: np.ndarray, design: np.ndarray, asked: Sequence[int]
) -> Fit:
    """Rate ratios by Poisson regression with robust (sandwich) standard errors.

    The ratios are right whatever the spread of the counts, as long as their means are; the sandwich makes
    the intervals so too (Zou 2004, doi:10.1093/aje/kwh090). Intervals use t with n - k degrees of freedom.

    Parameters
    ----------
    counts, person_years : of shape (n,), one entry per person; person_years above 0
    design : of shape (n, k), with its constant
    asked : columns of ``design`` whose ratios are wanted
    """

    def fit() -> Any:
        from statsmodels.genmod.families import Poisson
        from statsmodels.genmod.generalized_linear_model import GLM

        model = GLM(counts, design, family=Poisson(), offset=np.log(person_years))
        groups = np.arange(counts.size)
        return model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)

    return _fitted(fit, design, asked, np.exp, lambda found: float(found.pearson_chi2 / found.df_resid))


def negative_binomial_ratios(
    counts: np.ndarray, person_years: np.ndarray, design: np.ndarray, asked: Sequence[int]
) -> Fit:
    """The same ratios where the variance grows with the square of the mean (NB2), with robust intervals."""

    def fit() -> Any:
        from statsmodels.discrete.discrete_model import NegativeBinomial

        model = NegativeBinomial(counts, design, offset=np.log(person_years))
        return model.fit(disp=False, maxiter=200, cov_type="HC0")

    return _fitted(fit, design, asked, np.exp)


def mean_differences(values: np.ndarray, design: np.ndarray, asked: Sequence[int]) -> Fit:
    """Differences of means by least squares with HC3 intervals (MacKinnon and White 1985,
    doi:10.1016/0304-4076(85)90158-7), which hold where spreads differ between groups."""

    def fit() -> Any:
        from statsmodels.regression.linear_model import OLS

        return OLS(values, design).fit(cov_type="HC3", use_t=True)

    return _fitted(fit, design, asked, lambda value: value)


def _fitted(
    fit: Callable[[], Any],
    design: np.ndarray,
    asked: Sequence[int],
    shown: Callable[[Any], Any],
    dispersion: Callable[[Any], float] | None = None,
) -> Fit:
    """Fit, and take nothing from a model that did not settle: never a number without its ground.

    statsmodels takes a second to import, so each ``fit`` imports it where it is needed.
    """
    if design.shape[0] <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return Fit((), "rank")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = fit()
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return Fit((), "convergence")
    if any("onverge" in str(each.message) for each in said) or getattr(found, "converged", True) is False:
        return Fit((), "convergence")
    estimates = np.asarray(found.params)[list(asked)]
    ends = np.asarray(found.conf_int(1 - LEVEL))[list(asked)]
    if not np.isfinite(estimates).all() or not np.isfinite(ends).all():
        return Fit((), "convergence")
    if shown is np.exp and np.abs(estimates).max(initial=0.0) > BEYOND:
        return Fit((), "separation")
    intervals = tuple(
        Interval(float(shown(value)), float(shown(low)), float(shown(high)))
        for value, (low, high) in zip(estimates, ends, strict=True)
    )
    return Fit(intervals, "", dispersion(found) if dispersion else None)
