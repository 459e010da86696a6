"""Named predictors of one drawn person, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.errors import UsageError
from opentrs.predict.known import shipped_predictors
from opentrs.predict.predictors import predictor_table
from opentrs.reference import scale_items

START = date(2015, 3, 1)
PANSS = list(scale_items().query("scale == 'PANSS' and kind == 'item'")["item"])
CDSS = list(scale_items().query("scale == 'CDSS' and kind == 'item'")["item"])


def on(day: int) -> str:
    return (START + timedelta(days=day)).isoformat()


def rated(
    day: int, value: float, scale: str = "PANSS", items: list[str] | None = None
) -> list[dict[str, Any]]:
    chosen = PANSS if items is None else items
    return [
        {"person_id": "a", "date": on(day), "scale": scale, "item": item, "value": value} for item in chosen
    ]


def person(**tables: list[dict[str, Any]]) -> Cohort:
    people = {
        "person_id": "a", "sex": "M", "birth_date": "1990-03-01", "illness_onset_date": on(-99),
        "first_treatment_date": on(0), "family_history": "No", "education_years": 11,
        "observation_start": on(-2000), "observation_end": on(2000),
    }  # fmt: skip
    given = tables.pop("people", [{}])[0]
    return from_frames({"people": [{**people, **given}], **tables})


def value(cohort: Cohort, name: str, landmark: str = "baseline") -> float:
    return float(predictor_table(cohort, landmark, [name])[name].iloc[0])


def test_what_a_person_brings() -> None:
    names = [
        "male",
        "family_history",
        "education_years",
        "dup_days",
        "log_dup",
        "age_years",
        "onset_age_years",
    ]
    found = predictor_table(person(), "baseline", names).iloc[0]

    assert found["male"] == 1
    assert found["family_history"] == 0
    assert found["education_years"] == 11
    assert found["dup_days"] == 99
    assert found["log_dup"] == pytest.approx(math.log(100))
    assert found["age_years"] == pytest.approx(25, abs=0.01)
    assert found["onset_age_years"] == pytest.approx(25 - 99 / 365.25, abs=0.01)


@pytest.mark.parametrize(
    ("text", "expected"), [("yes", 1.0), ("NO", 0.0), ("perhaps", math.nan), ("", math.nan)]
)
def test_family_history_is_yes_no_or_unknown(text: str, expected: float) -> None:
    assert value(person(people=[{"family_history": text}]), "family_history") == pytest.approx(
        expected, nan_ok=True
    )


def test_age_at_inclusion_stands_in_where_the_birth_date_is_unknown() -> None:
    assert value(person(people=[{"birth_date": "", "age_years": 31}]), "age_years") == 31


def test_treatment_before_the_onset_gives_no_untreated_time() -> None:
    assert math.isnan(value(person(people=[{"illness_onset_date": on(3)}]), "dup_days"))


def test_items_sums_subscales_and_totals_are_those_of_the_latest_visit() -> None:
    cohort = person(ratings=[*rated(-10, 6), *rated(0, 3), *rated(0, 5, items=["P1"])])

    names = ["panss_P2", "panss_P1", "panss_p2_n5_g9", "panss_positive", "panss_total"]
    found = predictor_table(cohort, "baseline", names).iloc[0]

    assert found["panss_P2"] == 3
    assert found["panss_P1"] == 4  # two raters
    assert found["panss_p2_n5_g9"] == 9
    assert found["panss_positive"] == 22
    assert found["panss_total"] == 91


def test_a_sum_of_three_items_needs_all_three() -> None:
    ratings = [row for row in rated(0, 3) if row["item"] != "N5"]

    names = ["panss_p2_n5_g9", "panss_total"]
    found = predictor_table(person(ratings=ratings), "baseline", names).iloc[0]

    assert math.isnan(found["panss_p2_n5_g9"])
    assert found["panss_total"] == 90  # 29 of 30 rated


@pytest.mark.parametrize(("n_rated", "is_known"), [(20, True), (19, False)])
def test_a_total_needs_two_thirds_of_its_items(n_rated: int, is_known: bool) -> None:
    found = value(person(ratings=rated(0, 2, items=PANSS[:n_rated])), "panss_total")

    assert found == 60 if is_known else math.isnan(found)


def test_a_total_given_as_such_is_taken_where_no_items_are() -> None:
    total = [{"person_id": "a", "date": on(0), "scale": "PANSS", "item": "total", "value": 77}]

    assert value(person(ratings=total), "panss_total") == 77


@pytest.mark.parametrize(("age", "is_known"), [(42, True), (43, False)])
def test_a_score_of_six_weeks_ago_is_current_and_an_older_one_is_not(age: int, is_known: bool) -> None:
    cohort = person(ratings=rated(-age, 3))

    found = predictor_table(cohort, "baseline", ["panss_P1", "panss_total", "panss_positive"])

    assert found.iloc[:, 1:].notna().to_numpy().all() == is_known
    assert found.iloc[:, 1:].notna().to_numpy().any() == is_known


def test_function_of_zero_is_not_assessed() -> None:
    rows = [{"person_id": "a", "date": on(-1), "scale": "sofas ", "value": 50},
            {"person_id": "a", "date": on(0), "scale": "SOFAS", "value": 0}]  # fmt: skip

    assert value(person(function=rows), "sofas") == 50


@pytest.mark.parametrize(
    ("day", "landmark", "expected"),
    [
        (14, "week2", 50.0),
        (10, "week2", 50.0),
        (9, "week2", math.nan),
        (18, "week6", 50.0),
        (19, "week6", math.nan),
        (14, "baseline", math.nan),
    ],
)
def test_early_improvement_removes_the_floor_of_the_scale(day: int, landmark: str, expected: float) -> None:
    cohort = person(ratings=[*rated(0, 5), *rated(day, 3)])

    assert value(cohort, "improvement_week2_percent", landmark) == pytest.approx(expected, nan_ok=True)


def test_improvement_at_the_latest_visit_counts_from_the_first_treatment() -> None:
    cohort = person(ratings=[*rated(0, 5), *rated(14, 4), *rated(42, 6)])

    assert value(cohort, "improvement_percent", "week6") == pytest.approx(-25)


def test_events_are_counted_and_none_is_zero_only_where_the_kind_is_recorded() -> None:
    def events(*rows: tuple[int, str]) -> list[dict[str, Any]]:
        return [{"person_id": "a", "date": on(day), "kind": kind} for day, kind in rows]

    two = person(events=events((-5, "relapse"), (0, "Relapse"), (1, "relapse")))
    assert value(two, "n_relapse") == 2
    assert math.isnan(value(two, "past_drug_use"))
    assert value(person(events=events((-5, "cannabis"), (-4, "cannabis"))), "past_drug_use") == 1


def test_nobody_recorded_is_none_for_those_the_record_covers() -> None:
    people = [{"person_id": name, "first_treatment_date": on(0), "observation_start": start}
              for name, start in (("a", on(-9)), ("b", on(-9)), ("c", ""))]  # fmt: skip
    events = [{"person_id": "a", "date": on(-1), "kind": "relapse"}]

    found = predictor_table(from_frames({"people": people, "events": events}), "baseline", ["n_relapse"])

    assert found["n_relapse"].tolist()[:2] == [1, 0]
    assert math.isnan(found["n_relapse"][2])


def test_days_in_hospital_are_those_of_the_year_before() -> None:
    stays = [{"person_id": "a", "admission_date": on(-400), "discharge_date": on(-355)},
             {"person_id": "a", "admission_date": on(-20), "discharge_date": on(50)}]  # fmt: skip

    found = predictor_table(person(hospital_stays=stays), "baseline", ["hospital_days", "n_admissions"]).iloc[
        0
    ]

    assert found["hospital_days"] == 10 + 20
    assert found["n_admissions"] == 1


def test_drugs_so_far_are_different_antipsychotics() -> None:
    drugs = [{"person_id": "a", "drug": name, "start_date": on(day), "route": route} for name, day, route in (
        ("risperidone", -9, "oral"), ("Risperdal", -5, "oral"), ("sertraline", -5, "oral"),
        ("paliperidone", 0, "lai"), ("olanzapine", 1, "oral"))]  # fmt: skip

    found = predictor_table(person(drug_exposures=drugs), "baseline", ["n_antipsychotics", "on_depot"]).iloc[
        0
    ]

    assert found["n_antipsychotics"] == 2
    assert found["on_depot"] == 1


def test_a_course_counts_as_failed_only_once_it_has_ended() -> None:
    course = {"person_id": "a", "drug": "risperidone", "start_date": on(-28), "stop_reason": "inefficacy"}

    ended = person(treatment_courses=[{**course, "duration_weeks": 4}])
    running = person(treatment_courses=[{**course, "duration_weeks": 5}])

    assert value(ended, "stopped_for_inefficacy") == 1
    assert value(running, "stopped_for_inefficacy") == 0


def test_adherence_is_the_mean_so_far() -> None:
    rows = [{"person_id": "a", "date": on(day), "source": "notes", "percent": percent}
            for day, percent in ((-9, 100), (0, 50), (1, 0))]  # fmt: skip

    assert value(person(adherence=rows), "adherence_percent") == 75


def test_scores_and_regions_of_the_cohort_are_named_by_it() -> None:
    cohort = person(
        polygenic_scores=[{"person_id": "a", "score": "scz", "value": 1.5}],
        cortex=[{"person_id": "a", "date": on(-9), "lh_insula_thickness": 2.0},
                {"person_id": "a", "date": on(-5), "lh_insula_thickness": 2.5},
                {"person_id": "a", "date": on(5), "lh_insula_thickness": 9.0}],
    )  # fmt: skip

    found = predictor_table(cohort, "baseline", ["cortex:lh_insula_thickness", "prs_scz"]).iloc[0]

    assert found["prs_scz"] == 1.5
    assert found["cortex:lh_insula_thickness"] == 2.5


def test_types_are_flags_and_unknown_without_ratings() -> None:
    assert math.isnan(value(person(ratings=rated(-60, 3, "CDSS", CDSS[:1])), "type_negative"))


def test_an_unknown_predictor_is_named() -> None:
    with pytest.raises(UsageError, match="shoe_size"):
        predictor_table(person(), "baseline", ["shoe_size"])


def test_predictors_come_in_the_order_asked() -> None:
    assert list(predictor_table(person(), "baseline", ["sofas", "male"]).columns) == [
        "person_id", "sofas", "male",
    ]  # fmt: skip


@pytest.mark.parametrize("read", [lambda one: one.low < one.high, lambda one: one.kind in ("number", "flag")])
def test_every_shipped_predictor_has_a_range_and_a_kind(read: Callable[[Any], bool]) -> None:
    assert all(map(read, shipped_predictors().values()))


def test_flags_are_zero_or_one_and_say_so() -> None:
    flags = [one for one in shipped_predictors().values() if one.kind == "flag"]
    assert flags
    assert all((one.low, one.high) == (0, 1) and one.coding.startswith("1 ") for one in flags)


def test_labels_are_there_in_both_languages() -> None:
    labels = pd.DataFrame([(one.label("en"), one.label("zh")) for one in shipped_predictors().values()])
    assert labels.map(len).to_numpy().min() > 0
    assert labels[0].is_unique
