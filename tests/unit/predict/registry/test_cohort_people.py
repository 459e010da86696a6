"""What a model asks of a cohort is known on the landmark; outcomes come from their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs.cohort.build import from_frames
from opentrs.errors import InputProblemsError, Problem, UsageError
from opentrs.predict.outcomes import EXCLUDED
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.cohort_people import hash_of, people_of_cohort
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.shipped import shipped
from tests.unit.predict.registry.models import SCORE, changed, written

RULE = shipped("early_nonimprovement_week_2")
TOTAL = RULE.predictors["panss_total_baseline"]


def visits(person: str, totals: dict[str, int]) -> list[dict[str, object]]:
    """A full PANSS at each date, of this total: 30 items, the rest of the points on G items."""
    items = (
        [f"P{at}" for at in range(1, 8)]
        + [f"N{at}" for at in range(1, 8)]
        + [f"G{at}" for at in range(1, 17)]
    )
    rows: list[dict[str, object]] = []
    for date, total in totals.items():
        values = np.full(30, total // 30)
        values[: total % 30] += 1
        rows += [
            {"person_id": person, "date": date, "scale": "PANSS", "item": item, "value": float(value)}
            for item, value in zip(items, values, strict=True)
        ]
    return rows


# person, total at baseline, week 2 and week 6 of treatment from 2020-01-01
COURSES = {"better": (90, 70, 50), "same": (90, 90, 88), "late": (90, 88, 50)}


@pytest.fixture(scope="module")
def cohort():
    people = [
        {
            "person_id": person, "sex": "F" if person == "same" else "M", "site": "A", "diagnosis": "F20.0",
            "first_treatment_date": "2020-01-01", "observation_start": "2019-06-01",
            "observation_end": "2022-01-01",
        }
        for person in COURSES
    ]  # fmt: skip
    ratings = []
    for person, (first, second, third) in COURSES.items():
        ratings += visits(person, {"2020-01-01": first, "2020-01-15": second, "2020-02-12": third})
    return from_frames({"people": people, "ratings": ratings})


def test_the_week_2_rule_reads_the_improvement_of_the_cohort_and_its_outcome(cohort):
    people = people_of_cohort(cohort, (RULE,), TableChoices(outcome="nonresponse_week6", groups=("sex",)))
    by_person = dict(zip(people.person_id, people.predictors["improvement_week2_percent"], strict=True))
    assert by_person == pytest.approx({"better": 100 * 20 / 60, "same": 0.0, "late": 100 * 2 / 60})
    assert dict(zip(people.person_id, people.outcome, strict=True)) == {"better": 0, "same": 1, "late": 0}
    assert dict(zip(people.person_id, people.groups["sex"], strict=True))["same"] == "F"
    assert [one.code for one in people.problems if one.severity == "warning"] == [
        "model_predictor_in_outcome_warned"
    ]


def test_at_baseline_week_2_is_not_known_yet(cohort):
    people = people_of_cohort(cohort, (RULE,), TableChoices(), "baseline")
    assert people.predictors["improvement_week2_percent"].isna().all()


def test_a_score_reads_its_items_on_its_own_landmark(cohort):
    people = people_of_cohort(cohort, (shipped("panss_p2_n5_g9"),), TableChoices())
    assert people.predictors.loc[0, ["panss_P2", "panss_N5", "panss_G9"]].tolist() == [3, 3, 3]
    assert people.outcome is None


def test_a_predictor_can_be_another_named_one_of_the_cohort(cohort):
    mine = parse_model(written(changed(SCORE, "/predictors/0/high", 300)), "mine.json")
    people = people_of_cohort(cohort, (mine,), TableChoices(columns={"age": "panss_total"}))
    assert people.predictors["age"].tolist() == [90, 90, 90]


def test_a_predictor_that_is_part_of_the_outcome_is_refused(cohort):
    mine = parse_model(written(SCORE), "mine.json")
    choices = TableChoices(columns={"age": "stopped_for_inefficacy"}, outcome="trrip_3y")
    with pytest.raises(InputProblemsError) as error:
        people_of_cohort(cohort, (mine,), choices)
    assert [one.code for one in error.value.problems] == ["model_predictor_in_outcome_refused"]


def test_what_is_not_there_is_told(cohort):
    with pytest.raises(UsageError, match="landmark"):
        people_of_cohort(cohort, (RULE,), TableChoices(), "week3")
    with pytest.raises(UsageError, match="outcome"):
        people_of_cohort(cohort, (RULE,), TableChoices(outcome="cured"))
    with pytest.raises(UsageError, match="plain tables"):
        people_of_cohort(cohort, (RULE,), TableChoices(time="t", event="c"))
    with pytest.raises(InputProblemsError) as error:
        people_of_cohort(cohort, (RULE,), TableChoices(groups=("sexe",), site="sitte"))
    assert [one.params["near"] for one in error.value.problems] == ["sex", "site"]


def test_the_hash_of_a_cohort_is_that_of_its_files(cohort):
    assert hash_of(cohort) == hash_of(from_frames({"people": []}))
    assert len(hash_of(cohort)) == 64


@pytest.mark.parametrize("why", EXCLUDED)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_why_people_are_left_out_is_said_in_words(why, lang):
    said = Problem(f"model_not_at_risk_{why}", "note", params={"n": 3}).sentence(lang)
    assert "3" in said
    assert why not in said.split()
