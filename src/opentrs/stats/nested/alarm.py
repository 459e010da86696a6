"""The alarm: with shuffled outcomes nothing can be predicted; a procedure that still does is leaking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.nested.design import Design, Ints
from opentrs.stats.nested.develop import DEFAULT_STEPS, develop, run_in_parallel
from opentrs.stats.nested.folds import KFold, Outer
from opentrs.stats.nested.learners import Learner
from opentrs.stats.nested.steps import Step
from opentrs.stats.refusal import CannotFitError

Verdict = Literal["passed", "too_good", "too_bad"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Mean within-fold AUC over runs with shuffled outcomes.

    Parameters
    ----------
    runs : shuffles
    auc, low, high : mean over the runs and its interval by t
    level : of the interval
    verdict : ``passed`` if the interval holds .5; ``too_good`` above, which is a leak; ``too_bad`` below,
        which happens in small samples (whoever is not held out differs from who is) or after a coding slip
    aucs : (runs,)
    """

    runs: int
    auc: float
    low: float
    high: float
    level: float
    verdict: Verdict
    aucs: tuple[float, ...]

    @property
    def rings(self) -> bool:
        """The interval excludes .5."""
        return self.verdict != "passed"


def shuffled_alarm(
    data: Design,
    learner: Learner,
    runs: int = 200,
    steps: Sequence[Step] = DEFAULT_STEPS,
    outer: Outer = KFold(),  # noqa: B008  (frozen)
    inner: int = 5,
    seed: int = 1,
    n_jobs: int = 1,
    level: float = 0.99,
) -> Alarm:
    """Run the whole procedure on shuffled outcomes.

    Outcomes (with their follow-up) change places between groups of the same size, so that a person or family
    in two folds would be noticed as well. What happened before the design was made is not run again: features
    that were chosen by the true outcome beforehand are not caught. Make the design from everything measured.

    Parameters
    ----------
    runs : shuffles
    level : of the interval; one clean procedure in a hundred rings at .99

    Raises
    ------
    CannotFitError : fewer than two runs, or the procedure is refused
    """
    calls = [(_run, (data, learner, tuple(steps), outer, inner, seed, run)) for run in range(runs)]
    return judged(run_in_parallel(calls, n_jobs), level)


def judged(aucs: Sequence[float], level: float = 0.99) -> Alarm:
    """Return mean, interval and verdict of the AUCs of independent shuffles."""
    values = np.asarray(aucs, dtype=np.float64)
    if values.size < 2:
        raise CannotFitError("few_runs")
    mean = float(values.mean())
    half = float(stats.t.ppf((1 + level) / 2, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    low, high = mean - half, mean + half
    verdict: Verdict = "too_good" if low > 0.5 else "too_bad" if high < 0.5 else "passed"
    return Alarm(values.size, mean, low, high, level, verdict, tuple(map(float, values)))


def _run(
    data: Design, learner: Learner, steps: tuple[Step, ...], outer: Outer, inner: int, seed: int, run: int
) -> float:
    order = shuffled_rows(data.groups, np.random.default_rng([seed, run]))
    time = None if data.time is None else data.time[order]
    twin = replace(data, outcome=data.outcome[order], time=time)
    return develop(twin, {"shuffled": learner}, steps, outer, inner, seed + run, refit=False)["shuffled"].auc


def shuffled_rows(groups: Ints, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return whose outcome each row gets: that of a row of another group of the same size."""
    number = np.unique(groups, return_inverse=True)[1]
    by_group = np.argsort(number, kind="stable")
    size = np.bincount(number)
    first = np.r_[0, size.cumsum()[:-1]]
    taken = np.empty(groups.size, dtype=np.intp)
    for one in np.unique(size):
        alike = np.flatnonzero(size == one)
        rows = by_group[first[alike][:, None] + np.arange(one)]
        taken[rows] = rows[rng.permutation(alike.size)]
    return taken
