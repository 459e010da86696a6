"""Today's rules beside the model: told from what was known on the landmark, never from what came later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.predict import shipped_outcomes
from opentrs.predict.comparators import TWO_TRIALS, WEEK_2, WEEK_2_RULE, Comparators, compared
from opentrs.predict.develop import OWN, Effort, Made, Task
from opentrs.predict.known import Known
from opentrs.predict.landmarks import shipped_landmarks
from opentrs.predict.performance_rows import NOT_RECORDED, performance_rows
from opentrs.stats.nested import Developed
from opentrs.stats.prediction.discrimination import concordance

DOSES = {"olanzapine": 20, "risperidone": 10}


def course(person: str, drug: str, start: str, dose: float | None = None, reduction: float = 5) -> dict:
    return {
        "person_id": person, "drug": drug, "start_date": start, "duration_weeks": 6,
        "dose_mg_per_day": DOSES[drug] if dose is None else dose, "symptom_reduction_percent": reduction,
        "route": "oral",
    }  # fmt: skip


@pytest.fixture(scope="module")
def rule() -> pd.Series:
    """The two-trial rule of people first treated in January 2020, at month 12."""
    names = ("twice", "once", "second came later", "second worked", "dose unknown", "weak dose")
    people = [
        {"person_id": name, "diagnosis": "F20.0", "first_treatment_date": "2020-01-01",
         "observation_start": "2019-12-01", "observation_end": "2024-01-01", "history_complete": "yes"}
        for name in names
    ]  # fmt: skip
    first, second, late = "2020-01-01", "2020-04-01", "2021-03-01"
    courses = [course(name, "olanzapine", first) for name in names]
    courses += [
        course("twice", "risperidone", second),
        course("second came later", "risperidone", late),
        course("second worked", "risperidone", second, reduction=20),
        {**course("dose unknown", "risperidone", second), "dose_mg_per_day": None},
        course("weak dose", "risperidone", second, dose=1),
    ]
    cohort = from_frames({"people": people, "treatment_courses": courses})
    known = Known(cohort, shipped_landmarks()["month12"])
    return Comparators(known, "leucht2016_ddd").two_failed_trials


@pytest.mark.parametrize(
    ("person", "acts"),
    [("twice", 1), ("once", 0), ("second came later", 0), ("second worked", 0), ("weak dose", 0)],
)
def test_two_failed_trials_are_counted_as_known_on_the_landmark(
    rule: pd.Series, person: str, acts: int
) -> None:
    assert rule[person] == acts


def test_a_second_trial_of_unknown_dose_leaves_the_rule_unknown(rule: pd.Series) -> None:
    assert np.isnan(rule["dose unknown"])


def made(n: int = 200, outcome: str = "trrip_3y", seed: int = 3) -> Made:
    """A model whose held-out risks are given; men, women and some unrecorded; two sites, one small."""
    rng = np.random.default_rng(seed)
    risk = rng.uniform(0.05, 0.6, n)
    answer = (rng.random(n) < risk).astype(float)
    people = pd.DataFrame({
        "person_id": [f"p{at:03d}" for at in range(n)], "family": "", "answer": answer, "group": range(n),
        "sex": np.where(np.arange(n) % 2, "F", "M"), "ancestry": "",
        "site": np.where(np.arange(n) < 12, "small", np.where(np.arange(n) < 20, "", "large")),
    })  # fmt: skip
    table = pd.DataFrame({WEEK_2: rng.uniform(-10, 60, n)})
    table.loc[:49, WEEK_2] = np.nan
    task = Task(shipped_landmarks()["week2"], shipped_outcomes()[outcome], people, table, ())
    held = Developed((), risk[None], risk[None], 0.6, 0.5, 0.7, None, {})
    return Made(task, (), models={OWN: held})


class Failed(Comparators):
    """Rules with a given answer to the question of two failed trials."""

    def __init__(self, failed: pd.Series) -> None:
        self.two_failed_trials = failed  # type: ignore[misc]


def rules_of(found: Made, failed: float | np.ndarray) -> dict[str, np.ndarray]:
    given = pd.Series(failed, index=found.task.people["person_id"], dtype=float)
    return dict(Failed(given).of(found.task))


EFFORT = Effort(resamples=20)


def test_a_rule_is_compared_in_those_it_can_be_told_of_with_every_strategy_in_the_same_people() -> None:
    found = made()
    rows = pd.DataFrame(compared(found, rules_of(found, np.nan), EFFORT, 1, "en").rows)
    by_group = rows.groupby("group")

    assert set(rows["group"]) == {"all", f"{WEEK_2_RULE} known"}
    assert by_group.get_group(f"{WEEK_2_RULE} known")["n"].unique() == [150]
    assert set(by_group.get_group(f"{WEEK_2_RULE} known")["strategy"]) == {
        "model", "treat_all", "treat_none", WEEK_2_RULE,
    }  # fmt: skip


def test_twenty_percent_is_improvement_and_just_below_is_not() -> None:
    found = made()
    found.task.table.loc[100, WEEK_2], found.task.table.loc[101, WEEK_2] = 20.0, 19.999
    said = rules_of(found, 0.0)[WEEK_2_RULE]

    assert (said[100], said[101]) == (0.0, 1.0)


def test_net_benefit_of_a_rule_is_that_counted_by_hand() -> None:
    found = made()
    failed = (np.arange(200) % 3 == 0).astype(float)
    rows = pd.DataFrame(compared(found, rules_of(found, failed), EFFORT, 1, "en").rows)
    one = rows[(rows["strategy"] == TWO_TRIALS) & (rows["threshold"] == 0.2)].iloc[0]
    event = found.task.people["answer"].to_numpy()
    by_hand = ((failed * event).sum() - (failed * (1 - event)).sum() * 0.2 / 0.8) / 200

    assert one["net_benefit"] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("failed", "why", "level"),
    [
        (np.nan, "comparator_absent", "warned"),
        (np.where(np.arange(200) < 15, 1.0, np.nan), "comparator_few", "warned"),
        (0.0, "comparator_nobody", "passed"),
        (np.where(np.arange(200) < 90, 1.0, 0.0), "comparator_told", "passed"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_why_a_rule_is_or_is_not_compared_is_written(
    failed: float | np.ndarray, why: str, level: str, lang: str
) -> None:
    found = made()
    flags = compared(found, rules_of(found, failed), EFFORT, 1, lang).flags  # type: ignore[arg-type]
    of_trials = [one for one in flags if "TRRIP" in str(dict(one.params)["rule"])]

    assert (of_trials[0].why, of_trials[0].level) == (why, level)
    assert "{" not in of_trials[0].sentence(lang)  # type: ignore[arg-type]
    in_outcome = [one for one in of_trials if one.why == "comparator_in_outcome"]
    assert bool(in_outcome) == (why == "comparator_told")


def test_response_to_a_treatment_is_compared_with_no_rule() -> None:
    found = made(outcome="response_clozapine")
    said = compared(found, rules_of(found, 1.0), EFFORT, 1, "en")

    assert [one.why for one in said.flags] == ["comparator_not_asked"]
    assert {row["group"] for row in said.rows} == {"all"}


def test_groups_are_judged_on_people_held_out_and_small_ones_say_why_not() -> None:
    found = made()
    rows = pd.DataFrame(performance_rows(found, EFFORT, 1, "en")).query("metric == 'c_statistic'")
    by_group = rows[rows["kind"] == "internal"].set_index("group")
    women = found.task.people["sex"] == "F"
    by_hand = concordance(found.task.people["answer"][women], found.models[OWN].risk[0][women])

    assert {"all", "sex:F", "sex:M"} <= set(by_group.index)
    assert not [group for group in by_group.index if group.startswith("ancestry")]
    assert by_group.loc["sex:F", "estimate"] == pytest.approx(by_hand.value)
    assert by_group.loc[["sex:F", "sex:M"], "n"].sum() == by_group.loc["all", "n"] == 200
    assert by_group.loc[["sex:F", "sex:M"], "events"].sum() == by_group.loc["all", "events"]


def test_people_of_no_recorded_site_are_a_group_and_too_few_events_give_no_number() -> None:
    found = made()
    found.task.people.loc[20:110, "site"] = "middle"
    rows = pd.DataFrame(performance_rows(found, EFFORT, 1, "en"))
    by_group = rows[rows["metric"] == "c_statistic"].set_index("group")

    assert by_group.loc[f"site:{NOT_RECORDED}", "n"] == 8
    assert np.isnan(by_group.loc["site:small", "estimate"])
    assert "at least 10" in by_group.loc["site:small", "why_not"]
    assert np.isfinite(by_group.loc["site:middle", "estimate"])
