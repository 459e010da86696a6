"""What people could be treated by instead of the model: today's rules, as far as the record can tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from opentrs.ascertain.course_questions import answer_course_questions
from opentrs.ascertain.definition import shipped_definition
from opentrs.ascertain.evidence import gather, measure
from opentrs.messages import Lang
from opentrs.predict.develop import OWN, Effort, Made, Task
from opentrs.predict.fetching import fetched
from opentrs.predict.known import Known
from opentrs.predict.leakage import PASSED, WARNED, Flag
from opentrs.predict.performance_rows import Rows, analysis, held_out
from opentrs.predict.registry.shipped import shipped
from opentrs.stats.compare import Comparison
from opentrs.stats.prediction.decision import net_benefit
from opentrs.stats.prediction.performance import FEWEST

WEEK_2_RULE, TWO_TRIALS = "early_nonimprovement_week_2", "trrip_two_trials"
WEEK_2 = "improvement_week2_percent"
THRESHOLDS = np.round(np.arange(0.05, 0.55, 0.05), 2)
# The consensus' questions that make a trial a failed adequate one; adherence is seldom known in practice.
FAILED_TRIALS = ("different_drugs", "duration", "dose", "not_responding")
RESPONSE, VERDICT = "response", "verdict"


class Comparators:
    """Rules of one landmark, each computed when it is first asked for.

    Parameters
    ----------
    known : what was known of everybody on the landmark
    dose_key : by which doses are judged adequate
    """

    def __init__(self, known: Known, dose_key: str) -> None:
        self._known, self._dose_key = known, dose_key

    @cached_property
    def two_failed_trials(self) -> pd.Series:
        """Whether two adequate trials had failed by the landmark: 1, 0, NaN unknown; by person_id."""
        consensus = shipped_definition("trrip")
        rows = tuple(one for one in consensus.minimum if one.asks in FAILED_TRIALS)
        evidence = gather(
            self._known.cohort, replace(consensus, criteria=rows), self._dose_key, measure(self._known.cohort)
        )
        answers = [
            fetched(one.select("person_id", "answer")).set_index("person_id")["answer"].astype("boolean")
            for one in answer_course_questions(evidence, list(enumerate(rows))).values()
        ]
        together = pd.concat(answers, axis=1)
        said = pd.Series(pd.NA, index=together.index, dtype="boolean")
        said[(~together).any(axis=1)] = False  # an unknown answer is passed over, as it is no no
        said[together.all(axis=1, skipna=False).fillna(False)] = True
        return said.astype("Float64").astype("float64")

    def of(self, task: Task) -> Mapping[str, np.ndarray]:
        """Rule -> 1, 0 or NaN for each person of the task; a response is asked of no rule."""
        if task.outcome.kind == RESPONSE:
            return {}
        early = task.table[WEEK_2] if WEEK_2 in task.table else pd.Series(np.nan, task.table.index)
        failed = task.people["person_id"].map(self.two_failed_trials).to_numpy(dtype=float)
        week_2 = np.where(early.notna(), _non_improvement().holds(early), np.nan)
        return {WEEK_2_RULE: np.asarray(week_2, dtype=float), TWO_TRIALS: failed}


def _non_improvement() -> Comparison:
    """The comparison the published rule makes with the improvement by week 2."""
    conditions = (one for reading in shipped(WEEK_2_RULE).readings for one in reading.conditions)
    return next(one.compared for one in conditions if one.of == WEEK_2 and one.compared is not None)


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows of net benefit, and what has to be said of the rules."""

    rows: Rows
    flags: tuple[Flag, ...]


def compared(made: Made, rules: Mapping[str, np.ndarray], effort: Effort, seed: int, lang: Lang) -> Compared:
    """Net benefit of the own model, of treating all or none, and of each rule in those it can be told of.

    Parameters
    ----------
    rules : from :meth:`Comparators.of`

    Returns
    -------
    rows of everybody (group ``all``), and for each rule rows of all strategies in the people of whom it is
    known (group ``<rule> known``): an unknown answer is no no
    """
    if OWN not in made.models:
        return Compared([], ())
    y = made.task.people["answer"].to_numpy(dtype=float)
    risk = held_out(made.models[OWN])
    rows = _rows(made, "all", y, risk, {}, effort, seed)
    flags: list[Flag] = []
    for rule, said in rules.items():
        known = np.isfinite(said)
        events = int(y[known].sum())
        if min(events, int(known.sum()) - events) >= FEWEST:
            there = {rule: said[known] == 1}
            rows += _rows(made, f"{rule} known", y[known], risk[known], there, effort, seed)
        flags += _flags(made, rule, said, y, lang)
    if not rules:
        flags.append(Flag("comparator", PASSED, "comparator_not_asked"))
    return Compared(rows, tuple(flags))


def _rows(
    made: Made, group: str, y: np.ndarray, risk: np.ndarray, rules: Mapping[str, np.ndarray], effort: Effort,
    seed: int,
) -> Rows:  # fmt: skip
    place = {**analysis(made, OWN), "kind": "internal", "group": group}
    found = net_benefit(y, risk, THRESHOLDS, rules, seed, resamples=effort.resamples)
    return [{**place, **asdict(one)} for one in found]


def _flags(made: Made, rule: str, said: np.ndarray, y: np.ndarray, lang: Lang) -> Sequence[Flag]:
    """Why a rule is not compared, or what to keep in mind where it is."""
    known = np.isfinite(said)
    n, events = int(known.sum()), int(y[known].sum())
    params: tuple[tuple[str, str | int | float], ...] = (
        ("rule", shipped(rule).name[lang]), ("n", n), ("of", y.size), ("events", events),
        ("others", n - events), ("needed", FEWEST), ("acts", int((said == 1).sum())),
    )  # fmt: skip
    if n == 0:
        return [Flag("comparator", WARNED, "comparator_absent", params=params)]
    if min(events, n - events) < FEWEST:
        return [Flag("comparator", WARNED, "comparator_few", params=params)]
    if not (said == 1).any():
        return [Flag("comparator", PASSED, "comparator_nobody", params=params)]
    told = [Flag("comparator", PASSED, "comparator_told", params=params)]
    if rule == TWO_TRIALS and made.task.outcome.kind == VERDICT:
        told.append(Flag("comparator", WARNED, "comparator_in_outcome", params=params))
    return told
