"""One outcome at one landmark: what is checked first, the models, and how well they do on people held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from opentrs.messages import Lang
from opentrs.predict.imputation import NormalImputation
from opentrs.predict.known import Predictor, setting
from opentrs.predict.landmarks import Landmark
from opentrs.predict.leakage import REFUSED, Flag, data_flags, definition_flags
from opentrs.predict.outcomes import Outcome
from opentrs.stats.nested import (
    Alarm,
    Design,
    Developed,
    ElasticNetLogistic,
    GradientBoosting,
    KFold,
    Learner,
    LeaveSiteOut,
    RidgeLogistic,
    Stacking,
    Step,
    design,
    develop,
    shuffled_alarm,
)
from opentrs.stats.prediction.sample_size import Needed, development, r2_of_c
from opentrs.stats.refusal import CannotFitError

Floats = npt.NDArray[np.float64]
OWN, BOOSTING, STACK, REFITTED = "elastic_net", "gradient_boosting", "stacking", "p2_n5_g9_refitted"
REFITTED_OF = "panss_p2_n5_g9"
FEWEST_AT_A_SITE = 10


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is computed.

    Parameters
    ----------
    repeats : times the outer folds are drawn
    folds, inner : outer and inner folds
    imputations : completed data sets in each fold
    alarms : runs with shuffled outcomes; 0 leaves the alarm out
    challengers : also gradient boosting and a stack
    resamples : of intervals of performance
    jobs : processes
    """

    repeats: int = 1
    folds: int = 5
    inner: int = 5
    imputations: int = 1
    alarms: int = 5
    challengers: bool = False
    resamples: int = 200
    jobs: int = 1


THOROUGH = Effort(repeats=5, imputations=5, alarms=100, challengers=True, resamples=1000)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """People at risk whose outcome is known, with what was known of them on the landmark.

    Parameters
    ----------
    people : person_id, family, site, sex and ancestry (empty where unknown), answer; one row each
    table : a column for each candidate predictor, rows as in ``people``
    """

    landmark: Landmark
    outcome: Outcome
    people: pd.DataFrame
    table: pd.DataFrame
    predictors: tuple[Predictor, ...]

    @property
    def n(self) -> int:
        """People."""
        return len(self.people)

    @property
    def events(self) -> int:
        """People with the outcome."""
        return int(self.people["answer"].sum())

    def of(self, names: Sequence[str]) -> Task:
        """The same people with these predictors alone."""
        chosen = {one.name: one for one in self.predictors}
        return Task(
            self.landmark, self.outcome, self.people, self.table[list(names)],
            tuple(chosen[name] for name in names),
        )  # fmt: skip

    def design(self, *, with_sites: bool = False) -> Design:
        """What may be developed from."""
        people = self.people
        known = bool((people["site"] != "").all())
        return design(
            self.table, people["answer"].to_numpy(dtype=float), people["person_id"].tolist(),
            families=people["family"].tolist(),
            sites=people["site"].tolist() if with_sites and known else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What came of a task; ``models`` is empty where nothing could be fitted, and a flag says why.

    Parameters
    ----------
    task : with the predictors that were used
    needed : people a development with that many predictors needs, told before fitting
    models : name -> folds, held-out risks and final model
    by_site : the own model with each site held out; None where there are fewer than two
    """

    task: Task
    flags: tuple[Flag, ...]
    needed: tuple[Needed, ...] = ()
    models: Mapping[str, Developed] = field(default_factory=dict)
    by_site: Developed | None = None
    alarm: Alarm | None = None


def checked(task: Task, beforehand: Sequence[Flag] = ()) -> tuple[Task, tuple[Flag, ...], bool]:
    """Leave refused predictors out; the last answer is whether anything may be fitted at all."""
    flags = [*beforehand, *definition_flags(task.outcome, task.landmark, task.predictors)]
    if task.n:
        flags += data_flags(task.table, setting("known_share_at_least"))
    fewest = int(setting("events_at_least"))
    if min(task.events, task.n - task.events) < fewest:
        counts = (("events", task.events), ("others", task.n - task.events), ("needed", fewest))
        flags.append(Flag("sample_size", REFUSED, "few_events", params=counts))
    gone = {name for flag in flags if flag.level == REFUSED for name in flag.predictors}
    kept = task.of([one.name for one in task.predictors if one.name not in gone])
    if not kept.predictors:
        flags.append(Flag("never_measured", REFUSED, "no_predictor_left"))
    refused = any(flag.level == REFUSED and not flag.predictors for flag in flags)
    return kept, tuple(flags), not refused


def sizes(task: Task) -> tuple[Needed, ...]:
    """People needed to develop a model with these predictors, at the C that published models reach."""
    share = task.events / task.n
    return tuple(development(r2_of_c(setting("anticipated_c"), share), len(task.predictors), share))


def make(
    task: Task, effort: Effort, seed: int, *, beforehand: Sequence[Flag] = (), is_main: bool = True
) -> Made:
    """Check, then develop and validate.

    Parameters
    ----------
    beforehand : flags of the whole cohort
    is_main : also hold sites out and ring the alarm, which only the outcomes shown first need
    """
    kept, flags, allowed = checked(task, beforehand)
    if not allowed:
        return Made(kept, flags)
    needed = sizes(kept)
    try:
        models, by_site, alarm = _fitted(kept, effort, seed, is_main)
    except CannotFitError as refusal:
        why = (("reason", refusal.code),)
        return Made(kept, (*flags, Flag("sample_size", REFUSED, "cannot_fit", params=why)), needed)
    return Made(kept, flags, needed, models, by_site, alarm)


def _fitted(
    task: Task, effort: Effort, seed: int, is_main: bool
) -> tuple[dict[str, Developed], Developed | None, Alarm | None]:
    steps: tuple[Step, ...] = (NormalImputation(effort.imputations),)
    outer = KFold(effort.folds, effort.repeats)
    data = task.design()
    models = develop(data, learners(effort), steps, outer, effort.inner, seed, effort.jobs)
    if REFITTED_OF in task.table.columns and len(task.table.columns) > 1:
        alone = task.of([REFITTED_OF]).design()
        refitted = {REFITTED: RidgeLogistic(lambdas=(1e-6,))}
        models |= develop(alone, refitted, steps, outer, effort.inner, seed, effort.jobs)
    if not is_main:
        return models, None, None
    own = ElasticNetLogistic(n_lambdas=30)
    by_site = None
    if len(_sites(task)) > 1:
        placed = task.design(with_sites=True)
        held = develop(
            placed, {OWN: own}, steps, LeaveSiteOut(), effort.inner, seed, effort.jobs, refit=False
        )
        by_site = held[OWN]
    alarm = None
    if effort.alarms > 1:
        alarm = shuffled_alarm(data, own, effort.alarms, steps, KFold(effort.folds), effort.inner, seed,
                               effort.jobs)  # fmt: skip
    return models, by_site, alarm


def _sites(task: Task) -> list[str]:
    """Sites, where all are known and each has enough people of both outcomes to say anything."""
    people = task.people
    counts = people.groupby("site")["answer"].agg(["size", "sum"])
    enough = (counts["sum"] > 0) & (counts["sum"] < counts["size"]) & (counts["size"] >= FEWEST_AT_A_SITE)
    return sorted(counts.index) if enough.all() and "" not in counts.index else []


def learners(effort: Effort) -> dict[str, Learner]:
    """Penalised logistic regression first; the challengers where they are asked for."""
    own = ElasticNetLogistic(n_lambdas=30)
    if not effort.challengers:
        return {OWN: own}
    boosting = GradientBoosting()
    return {OWN: own, BOOSTING: boosting, STACK: Stacking((own, boosting))}


def own_words(flag: Flag, predictors: Mapping[str, Predictor], lang: Lang) -> str:
    """A flag's sentence with the predictors by the names a reader sees."""
    return flag.sentence(
        lang, [predictors[name].label(lang) if name in predictors else name for name in flag.predictors]
    )
