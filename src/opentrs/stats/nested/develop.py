"""Nested development: every step and every setting is learnt inside the training rows of each outer fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.nested.design import Design, Floats, Rows
from opentrs.stats.nested.folds import KFold, LeaveSiteOut, Outer, Split
from opentrs.stats.nested.learners import Learner, Setting, Stacking, TunedLearner
from opentrs.stats.nested.model import Model
from opentrs.stats.nested.steps import MeanImputation, Step, require_recipe
from opentrs.stats.nested.tuning import tuned
from opentrs.stats.refusal import CannotFitError

DEFAULT_STEPS: tuple[Step, ...] = (MeanImputation(),)


@dataclass(frozen=True, slots=True)
class FoldResult:
    """One held-out set.

    Parameters
    ----------
    repeat, fold, site : which one; ``site`` is empty unless a site was held out
    n, events : people (rows) held out, and with the outcome
    n_training : rows the model was fitted to
    auc : area under the curve within this set (concordance with follow-up); None if it cannot be had
    setting : what the inner folds chose
    """

    repeat: int
    fold: int
    site: str
    n: int
    events: int
    n_training: int
    auc: float | None
    setting: Setting


@dataclass(frozen=True, slots=True, eq=False)
class Developed:
    """What one learner did in the outer folds, and the model fitted to everybody.

    Parameters
    ----------
    folds : every held-out set
    linear_predictor, risk : (repeats, rows) of each row when it was held out
    auc : mean over the held-out sets, never of pooled predictions, which a shift between folds biases
    auc_low, auc_high : 95% interval for another split of such data; None with a single set
    model : fitted to all rows by the same procedure; None if it was not asked for
    setting : what was chosen on all rows
    """

    folds: tuple[FoldResult, ...]
    linear_predictor: Floats
    risk: Floats
    auc: float
    auc_low: float | None
    auc_high: float | None
    model: Model | None
    setting: Setting


def develop(
    data: Design,
    learners: Mapping[str, Learner],
    steps: Sequence[Step] = DEFAULT_STEPS,
    outer: Outer = KFold(),  # noqa: B008  (frozen)
    inner: int = 5,
    seed: int = 1,
    n_jobs: int = 1,
    refit: bool = True,
) -> dict[str, Developed]:
    """Develop and cross-validate learners on the same outer folds.

    Parameters
    ----------
    learners : by the name they are reported under
    steps : recipes in their order; each is fitted anew on the training rows of every fold, inner and outer
    outer : repeated folds, or one site after the other
    inner : folds in which settings are compared by deviance
    n_jobs : processes, by joblib's backend in force; the answer does not depend on it
    refit : also fit the final model to everybody

    Raises
    ------
    CannotFitError : a step or learner that is not an unfitted recipe, too few events for the folds, or a fit
        that failed in some fold, with its reason
    """
    _require_recipes(data, learners, steps)
    splits = list(outer.splits(data, seed))
    tasks = [
        (learner, number, split.train, split.test)
        for learner in learners.values()
        for number, split in enumerate(splits)
    ]
    everybody = np.ones(len(data.outcome), dtype=np.bool_)
    tasks += [(learner, len(splits), everybody, ~everybody) for learner in learners.values() if refit]
    done = run_in_parallel(
        [(_fitted, (data, tuple(steps), learner, inner, [seed, k], a, b)) for learner, k, a, b in tasks],
        n_jobs,
    )
    size = len(splits)
    return {
        name: _gathered(
            data, splits, done[i * size : (i + 1) * size], done[len(learners) * size :][i : i + 1]
        )
        for i, name in enumerate(learners)
    }


def _require_recipes(data: Design, learners: Mapping[str, Learner], steps: Sequence[Step]) -> None:
    if not isinstance(data, Design):
        raise CannotFitError("not_a_design", given=type(data).__name__)
    if isinstance(learners, Learner) or not isinstance(learners, Mapping) or not learners:
        raise CannotFitError("no_learner")
    for step in steps:
        require_recipe(step, Step)
    for learner in learners.values():
        require_recipe(learner, Learner)
        parts = learner.learners if isinstance(learner, Stacking) else (learner,)
        for part in parts:
            require_recipe(part, TunedLearner)
        if any(part.survival != (data.time is not None) for part in parts):
            raise CannotFitError("other_outcome", learner=type(learner).__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    linear_predictor: Floats
    risk: Floats
    model: Model
    setting: Setting


def _fitted(
    data: Rows,
    steps: Sequence[Step],
    learner: Learner,
    inner: int,
    seed: Sequence[int],
    train: npt.NDArray[np.bool_],
    test: npt.NDArray[np.bool_],
) -> _Held:
    number = int(np.random.SeedSequence(seed).generate_state(1)[0])
    fit = tuned(data.take(train), steps, learner, inner, number)
    sites = None if data.sites is None else data.sites[test]
    nobody = np.zeros(0)
    if not test.any():
        return _Held(nobody, nobody, fit.model, fit.setting)
    held_out = data.features[test], sites
    return _Held(fit.model.linear_predictor(*held_out), fit.model.risk(*held_out), fit.model, fit.setting)


def run_in_parallel(calls: Sequence[tuple[Any, tuple[Any, ...]]], n_jobs: int) -> list[Any]:
    """Return what each call returns, in order; a refusal in another process comes back as itself."""
    if n_jobs == 1:
        return [function(*arguments) for function, arguments in calls]
    from joblib import Parallel, delayed

    done = Parallel(n_jobs=n_jobs)(delayed(_or_refusal)(function, arguments) for function, arguments in calls)
    for result in done:
        if isinstance(result, _Refusal):
            raise CannotFitError(result.code, **result.params)
    return list(done)


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    params: dict[str, str | int | float]


def _or_refusal(function: Any, arguments: tuple[Any, ...]) -> Any:
    try:
        return function(*arguments)
    except CannotFitError as refused:
        return _Refusal(refused.code, refused.params)


def _gathered(
    data: Rows, splits: Sequence[Split], held: Sequence[_Held], final: Sequence[_Held]
) -> Developed:
    repeats = max(split.repeat for split in splits) + 1
    lp, risk = np.full((2, repeats, len(data.outcome)), np.nan)
    folds = []
    for split, one in zip(splits, held, strict=True):
        lp[split.repeat, split.test], risk[split.repeat, split.test] = one.linear_predictor, one.risk
        part = data.take(split.test)
        folds.append(
            FoldResult(
                split.repeat,
                split.fold,
                split.site,
                len(part.outcome),
                int(part.outcome.sum()),
                int(split.train.sum()),
                within_fold_auc(part, one.linear_predictor),
                one.setting,
            )
        )
    known = [(fold.auc, fold.n / fold.n_training) for fold in folds if fold.auc is not None]
    if not known:
        raise CannotFitError("no_fold_auc")
    low, high = _interval(known, bool(splits[0].site))
    mean = float(np.mean([auc for auc, _ in known]))
    model, setting = (final[0].model, final[0].setting) if final else (None, {})
    return Developed(tuple(folds), lp, risk, mean, low, high, model, setting)


def _interval(known: Sequence[tuple[float, float]], sites: bool) -> tuple[float | None, float | None]:
    """95% by t; folds that share training rows get the variance of Nadeau and Bengio 2003.

    doi:10.1023/A:1024068626366. Held-out sites are taken as a sample of sites.
    """
    if len(known) < 2:
        return None, None
    aucs, ratios = np.array(known).T
    shared = 0.0 if sites else float(ratios.mean())
    half = stats.t.ppf(0.975, aucs.size - 1) * np.sqrt(aucs.var(ddof=1) * (1 / aucs.size + shared))
    return float(max(aucs.mean() - half, 0.0)), float(min(aucs.mean() + half, 1.0))


def within_fold_auc(rows: Rows, linear_predictor: Floats) -> float | None:
    """Return the share of comparable pairs in the right order (ties count half), or None without a pair."""
    if rows.time is not None:
        from lifelines.utils import concordance_index

        try:
            return float(concordance_index(rows.time, -linear_predictor, rows.outcome))
        except ZeroDivisionError:
            return None
    n_events = int(rows.outcome.sum())
    pairs = n_events * (len(rows.outcome) - n_events)
    if pairs == 0:
        return None
    ranks = stats.rankdata(linear_predictor)[rows.outcome == 1].sum()
    return float((ranks - n_events * (n_events + 1) / 2) / pairs)


__all__ = ["Developed", "FoldResult", "KFold", "LeaveSiteOut", "develop", "within_fold_auc"]
