"""What would make a prediction look better than it is, told from the definitions before anything is fitted.

A flag is ``refused`` (the predictor or the whole model is left out), ``warned`` or ``passed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from opentrs.cohort.days import day_number
from opentrs.cohort.model import Cohort
from opentrs.messages import Lang, text
from opentrs.predict.fetching import fetched
from opentrs.predict.known import Predictor
from opentrs.predict.landmarks import Landmark, shipped_landmarks
from opentrs.predict.outcomes import Outcome

REFUSED, WARNED, PASSED = "refused", "warned", "passed"
# Two people alike in all of these, to the day, at two sites are taken for one person.
ALIKE = ("birth_date", "illness_onset_date", "first_treatment_date")


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that was checked.

    Parameters
    ----------
    check : after_landmark, incorporation, immortal_time, prescriber_outcome, no_comparator,
        duplicated_people, never_measured, rarely_measured, sample_size
    level : refused, warned or passed
    why : key of the sentence, ``predict_flag.<why>``
    predictors : names it is about; empty where it is about the whole model
    params : of the sentence
    """

    check: str
    level: str
    why: str
    predictors: tuple[str, ...] = ()
    params: tuple[tuple[str, str | int | float], ...] = ()

    def sentence(self, lang: Lang, labels: Sequence[str] = ()) -> str:
        """What was found, in words; ``labels`` name the predictors."""
        names = text("predict_flag.list_separator", lang).join(labels or self.predictors)
        return text(f"predict_flag.{self.why}", lang, names=names, **dict(self.params))


def definition_flags(outcome: Outcome, landmark: Landmark, predictors: Iterable[Predictor]) -> list[Flag]:
    """Check an outcome, a landmark and predictors by what they are, whatever the data hold."""
    asked = tuple(predictors)
    return [
        *_time(outcome, landmark),
        *_after(landmark, asked),
        *_incorporation(outcome, asked),
        *_outcome_itself(outcome),
    ]


def _time(outcome: Outcome, landmark: Landmark) -> list[Flag]:
    """An outcome that is counted before the landmark makes those who reached it immortal until then."""
    counted = outcome.counted_from != "landmark" and outcome.counted_from == landmark.anchor
    if counted and outcome.horizon_days <= landmark.day:
        days = (("horizon", outcome.horizon_days), ("day", landmark.day))
        return [Flag("immortal_time", REFUSED, "outcome_before_landmark", params=days)]
    if landmark.name not in outcome.landmarks:
        return [Flag("immortal_time", REFUSED, "landmark_not_of_outcome")]
    return [Flag("immortal_time", PASSED, "at_risk_rule")]


def _after(landmark: Landmark, predictors: Sequence[Predictor]) -> list[Flag]:
    """Predictors told at a visit that comes after the landmark."""
    windows = shipped_landmarks()
    late = tuple(
        one.name
        for one in predictors
        if one.computed_by == "improvement"
        and one.argument in windows
        and windows[one.argument].anchor == landmark.anchor
        and windows[one.argument].visit_from > landmark.visit_to
    )
    found = [Flag("after_landmark", REFUSED, "measured_later", late)] if late else []
    return [*found, Flag("after_landmark", PASSED, "as_of_only")]


def _incorporation(outcome: Outcome, predictors: Sequence[Predictor]) -> list[Flag]:
    """Predictors that are part of how the outcome is told."""
    found = []
    for level in (REFUSED, WARNED):
        names = tuple(
            one.name for one in predictors if one.ingredient_of.get(outcome.ingredient_class) == level
        )
        if names:
            found.append(Flag("incorporation", level, f"ingredient_{level}", names))
    return found or [Flag("incorporation", PASSED, "no_ingredient")]


def _outcome_itself(outcome: Outcome) -> list[Flag]:
    if outcome.kind == "drug":
        return [Flag("prescriber_outcome", WARNED, "prescribing")]
    if outcome.kind == "response":
        return [Flag("no_comparator", WARNED, "no_comparator")]
    return []


def data_flags(table: pd.DataFrame, known_share_at_least: float) -> list[Flag]:
    """Predictors nobody has, few have, or everybody has alike.

    Parameters
    ----------
    table : a column for each predictor, people of the analysis as rows
    known_share_at_least : share of people who must have a predictor for it to be used
    """
    share = table.notna().mean()
    never = tuple(table.columns[share == 0])
    rarely = tuple(table.columns[(share > 0) & (share < known_share_at_least)])
    same = tuple(
        name for name in table.columns if name not in (*never, *rarely) and table[name].nunique() == 1
    )
    percent = (("percent", round(100 * known_share_at_least)),)
    found = [Flag("never_measured", REFUSED, "never_measured", never)] if never else []
    found += [Flag("rarely_measured", REFUSED, "rarely_measured", rarely, percent)] if rarely else []
    return found + ([Flag("never_measured", REFUSED, "all_alike", same)] if same else [])


def duplicated_people(cohort: Cohort) -> int:
    """How many people are very likely the same person as somebody at another site under another name.

    Alike are sex and the days of birth, onset and first treatment, all of them known.
    """
    people = cohort.people
    dates = {name: day_number(people[name]) for name in ALIKE}
    rows = fetched(people.select("person_id", "site", "sex", **dates)).dropna()
    together = rows.groupby(["sex", *ALIKE])["site"]
    return int((together.transform("nunique") > 1).sum()) if len(rows) else 0


def duplication_flag(cohort: Cohort) -> list[Flag]:
    """The same people at two sites: left in, they would stand on both sides of a fold."""
    n = duplicated_people(cohort)
    return [Flag("duplicated_people", REFUSED, "duplicated_people", params=(("n", n),))] if n else []
