"""Is a difference of resistant from responsive patients one of how long they have been ill?

A group effect with duration in the model is no test of independence. Three answers are given side by side,
on patients only: whether the slope of duration is small enough to be called none (two one-sided tests
within a margin stated beforehand; Schuirmann 1987, doi:10.1007/BF01068419), how the group effect changes
once duration is in, with a bootstrap interval, and whether the slopes of the groups differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from opentrs.mechanism.engine import Array
from opentrs.stats.permutation import fit
from opentrs.stats.refusal import CannotFitError

RESAMPLES = 1000
YEARS = 10.0
# Below this spread of duration (standard deviation, years) its slope says nothing.
LEAST_SPREAD_YEARS = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number in standard deviations of the region, with its interval and p."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class DurationTest:
    """The three answers, and the group effect without and with duration.

    Parameters
    ----------
    slope : of duration within groups, standard deviations per ten years; its interval is that of the
        equivalence test (90%), and its p that of the larger one-sided test
    is_equivalent : the slope lies within the margin
    without, adjusted : group effect without and with duration (95% intervals)
    change : adjusted minus without, with a bootstrap interval
    interaction : difference of the slopes of resistant and responsive patients, per ten years
    n : patients
    verdict : ``holds`` (the group differs with duration in the model), ``explained`` (it differed only
        without), ``cannot_tell``
    """

    slope: Estimate
    is_equivalent: bool
    without: Estimate
    adjusted: Estimate
    change: Estimate
    interaction: Estimate
    n: int
    verdict: str


def duration_test(
    values: Array, is_resistant: Array, duration: Array, covariates: Array, margin: float, seed: int,
    *, is_control: Array | None = None, resamples: int = RESAMPLES,
) -> DurationTest:  # fmt: skip
    """Ask whether a group effect holds whatever the duration of illness.

    Parameters
    ----------
    values : (n,) one region, complete
    is_resistant : (n,) 1 resistant, 0 responsive
    duration : (n,) years of illness
    covariates : (n, k) such as age, sex and site, without a constant
    margin : slopes of less than this many standard deviations per ten years count as none
    seed : of the bootstrap
    is_control : people who are no patients; a duration of theirs, such as a coded 0, is refused

    Raises
    ------
    CannotFitError : controls among the people, or durations that hardly differ
    """
    if is_control is not None and np.any(is_control):
        raise CannotFitError("controls_have_no_duration", n=int(np.sum(is_control)))
    if np.std(duration) < LEAST_SPREAD_YEARS:
        raise CannotFitError("durations_alike", spread=round(float(np.std(duration)), 2))
    n = len(values)
    decades = (duration - duration.mean()) / YEARS
    base = np.column_stack([np.ones(n), is_resistant, covariates])
    full = np.column_stack([base, decades])
    crossed = np.column_stack([full, decades * (is_resistant - is_resistant.mean())])
    group, slope_at = (np.arange(full.shape[1]) == 1), full.shape[1] - 1
    sd = float(fit(values[:, None], full, group.astype(float)).residual_sd[0])
    without, adjusted = _estimate(values, base, 1, sd), _estimate(values, full, 1, sd)
    slope, is_equivalent = _equivalence(values, full, slope_at, sd, margin)
    change = _change(values, base, full, is_resistant, sd, seed, resamples)
    verdict = "holds" if adjusted.p < 0.05 else "explained" if without.p < 0.05 else "cannot_tell"
    interaction = _estimate(values, crossed, crossed.shape[1] - 1, sd)
    return DurationTest(slope, is_equivalent, without, adjusted, change, interaction, n, verdict)


def _estimate(values: Array, design: Array, at: int, sd: float, level: float = 0.95) -> Estimate:
    found = fit(values[:, None], design, (np.arange(design.shape[1]) == at).astype(float))
    low, high = found.interval(level)
    return Estimate(found.effect[0] / sd, low[0] / sd, high[0] / sd, float(found.p[0]))


def _equivalence(values: Array, design: Array, at: int, sd: float, margin: float) -> tuple[Estimate, bool]:
    """Two one-sided tests of 5% each are a 90% interval within the margin."""
    found = fit(values[:, None], design, (np.arange(design.shape[1]) == at).astype(float))
    slope, se, df = found.effect[0] / sd, found.se[0] / sd, found.df[0]
    p = max(stats.t.sf((slope + margin) / se, df), stats.t.cdf((slope - margin) / se, df))
    reach = stats.t.isf(0.05, df) * se
    return Estimate(slope, slope - reach, slope + reach, float(p)), bool(p < 0.05)


def _change(
    values: Array, base: Array, full: Array, is_resistant: Array, sd: float, seed: int, resamples: int
) -> Estimate:
    """Bootstrap of people within groups (percentiles); p is twice the smaller share beyond 0."""
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(is_resistant == group) for group in (0, 1)]
    drawn = np.concatenate(
        [rows[random.integers(0, len(rows), (resamples, len(rows)))] for rows in members], axis=1
    )
    changes = (_group_effects(values, full, drawn) - _group_effects(values, base, drawn)) / sd
    everybody = np.arange(len(values))[None]
    observed = (_group_effects(values, full, everybody) - _group_effects(values, base, everybody))[0] / sd
    changes = changes[np.isfinite(changes)]
    low, high = np.quantile(changes, [0.025, 0.975])
    share = (1 + min((changes <= 0).sum(), (changes >= 0).sum())) / (1 + len(changes))
    return Estimate(float(observed), float(low), float(high), float(min(1, 2 * share)))


def _group_effects(values: Array, design: Array, drawn: Array) -> Array:
    """The second coefficient in every resample; a resample that lost a site gives the smallest solution."""
    n, columns = design.shape
    places = drawn + n * np.arange(len(drawn))[:, None]
    times = np.bincount(places.ravel(), minlength=n * len(drawn)).reshape(-1, n).astype(float)
    squares = (design[:, :, None] * design[:, None, :]).reshape(n, -1)
    cross = (times @ squares).reshape(-1, columns, columns)
    along = times @ (design * values[:, None])
    whole = (np.diagonal(cross, axis1=1, axis2=2) > 0).all(axis=1)
    found = np.empty(len(drawn))
    found[~whole] = (np.linalg.pinv(cross[~whole]) @ along[~whole][..., None])[:, 1, 0]
    try:
        found[whole] = np.linalg.solve(cross[whole], along[whole][..., None])[:, 1, 0]
    except np.linalg.LinAlgError:
        found[whole] = (np.linalg.pinv(cross[whole]) @ along[whole][..., None])[:, 1, 0]
    return found
