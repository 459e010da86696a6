"""Percent change takes the scale's floor off; a score that is missing leaves an interval."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.measures import symptoms
from opentrs.measures.symptoms import COMPOSITE, NOW_DAY, Cutoff, SeverityRule, percent_reduction

PANSS = (*(f"P{n}" for n in range(1, 8)), *(f"N{n}" for n in range(1, 8)), *(f"G{n}" for n in range(1, 17)))


@pytest.mark.parametrize(
    ("before", "after", "floor", "percent"),
    [
        (80, 70, 30, 20.0),
        (80, 70, 0, 12.5),
        (80, 30, 30, 100.0),
        (80, 80, 30, 0.0),
        (80, 90, 30, -20.0),
        (18, 18, 18, None),
    ],
)
def test_percent_reduction_with_the_floor_removed(
    before: float, after: float, floor: float, percent: float | None
) -> None:
    assert percent_reduction(before, after, floor) == percent


@pytest.mark.parametrize(("before", "after"), [(29, 40), (80, 29.5)])
def test_a_score_below_the_floor_is_not_of_this_scale(before: float, after: float) -> None:
    with pytest.raises(ValueError, match="below 30"):
        percent_reduction(before, after, 30)


def totals(ratings: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[float, float, float, int]]:
    cohort = from_frames(
        {"people": [{"person_id": "a"}], "ratings": [{"person_id": "a", **row} for row in ratings]}
    )
    scored = symptoms.scored(symptoms.rated_items(cohort.table("ratings")))
    rows = symptoms.totals(scored).execute().to_dict("records")
    return {
        (str(row["day"]), row["scale"]): (row["total_low"], row["total_high"], row["floor"], row["n_missing"])
        for row in rows
    }


def rated(
    scale: str, values: dict[str, float | None], date: str | None = "1970-01-02"
) -> list[dict[str, Any]]:
    return [{"date": date, "scale": scale, "item": item, "value": value} for item, value in values.items()]


def test_a_full_rating_has_one_total() -> None:
    assert totals(rated("PANSS", dict.fromkeys(PANSS, 2.0))) == {("1", "PANSS"): (60, 60, 30, 0)}


def test_missing_items_leave_the_total_between_bounds() -> None:
    values = {**dict.fromkeys(PANSS[:28], 2.0), "G15": None}
    # G15 is blank and G16 is not there: each may be 1 to 7
    assert totals(rated("PANSS", values)) == {("1", "PANSS"): (58, 70, 30, 2)}


def test_a_total_given_closes_the_bounds_but_does_not_overrule_a_full_rating() -> None:
    given = [{"date": "1970-01-02", "scale": "PANSS", "item": "total", "value": 64.0}]
    assert totals(rated("PANSS", dict.fromkeys(PANSS[:28], 2.0)) + given)[("1", "PANSS")] == (64, 64, 30, 2)
    assert totals(rated("PANSS", dict.fromkeys(PANSS, 2.0)) + given)[("1", "PANSS")] == (60, 60, 30, 0)
    assert totals(given) == {("1", "PANSS"): (64, 64, 30, 30)}


def test_two_raters_who_differ_leave_an_interval() -> None:
    first, second = dict.fromkeys(PANSS, 2.0), {**dict.fromkeys(PANSS, 2.0), "P1": 5.0}
    rows = [{**row, "rater": "x"} for row in rated("PANSS", first)]
    rows += [{**row, "rater": "y"} for row in rated("PANSS", second)]
    assert totals(rows) == {("1", "PANSS"): (60, 63, 30, 0)}


def test_saps_and_sans_of_one_day_add_up() -> None:
    items = symptoms.reference.scale_items()
    names = {
        scale: items[(items["scale"] == scale) & (items["kind"] == "item")]["item"].tolist()
        for scale in ("SAPS", "SANS")
    }
    rows = rated("SAPS", dict.fromkeys(names["SAPS"], 1.0)) + rated("SANS", dict.fromkeys(names["SANS"], 2.0))
    found = totals(rows)
    assert found["1", COMPOSITE] == (len(names["SAPS"]) + 2 * len(names["SANS"]), 70, 0, 0)


def test_saps_without_sans_has_no_composite_that_day() -> None:
    items = symptoms.reference.scale_items()
    saps = items[(items["scale"] == "SAPS") & (items["kind"] == "item")]["item"].tolist()
    assert list(totals(rated("SAPS", dict.fromkeys(saps, 1.0)))) == [("1", "SAPS")]
    alone = rated("SANS", {"alogia": 2.0}, date="1970-01-03")
    assert COMPOSITE not in {scale for _, scale in totals(rated("SAPS", dict.fromkeys(saps, 1.0)) + alone)}


@pytest.mark.parametrize(
    ("before", "after", "smallest", "largest"),
    [
        ((80, 80), (55, 55), 50.0, 50.0),
        ((80, 100), (55, 65), 30.0, 64.285714),
        ((80, 80), (105, 105), -50.0, -50.0),
        ((30, 50), (30, 40), None, 100.0),
        ((31, 31), (30, 31), 0.0, 100.0),
    ],
)
def test_the_ends_of_two_totals_give_the_ends_of_the_reduction(
    engine: BaseBackend,
    before: tuple[float, float],
    after: tuple[float, float],
    smallest: float | None,
    largest: float,
) -> None:
    columns = ("before_low", "before_high", "after_low", "after_high", "floor")
    values = dict(zip(columns, (*before, *after, 30), strict=True))
    table = engine.create_table("reductions", pd.DataFrame([values]).astype(float))
    low, high = symptoms.reduction_bounds(*(table[name] for name in columns))
    found = table.select(low=low, high=high).execute().iloc[0]
    assert (None if pd.isna(found["low"]) else found["low"]) == pytest.approx(smallest)
    assert found["high"] == pytest.approx(largest)


def test_ratings_without_any_date_are_one_visit_now() -> None:
    assert list(totals(rated("PANSS", {"P1": 3.0}, date=None))) == [(str(NOW_DAY), "PANSS")]


def test_a_rating_without_date_beside_dated_ones_is_no_visit() -> None:
    rows = rated("PANSS", {"P1": 3.0}) + rated("PANSS", {"P1": 6.0}, date=None)
    assert list(totals(rows)) == [("1", "PANSS")]


@pytest.mark.parametrize(("value", "lowest"), [(1.0, 30), (7.0, 36), (8.0, 30), (0.0, 30)])
def test_a_number_outside_the_range_of_its_item_is_no_score(value: float, lowest: float) -> None:
    low, high, _, missing = totals(rated("PANSS", {"P1": value}))["1", "PANSS"]
    assert low == lowest
    assert (high, missing) == ((value + 29 * 7, 29) if 1 <= value <= 7 else (210, 30))


def test_items_nobody_knows_are_left_out() -> None:
    frame = pd.DataFrame(rated("PANSS", {"P1": 3.0, "mood of the rater": 4.0})).assign(person_id="a")
    cohort = from_frames({"people": [{"person_id": "a"}], "ratings": frame})
    assert symptoms.rated_items(cohort.table("ratings")).execute()["item"].tolist() == ["P1"]


RULE = SeverityRule({"PANSS": Cutoff(4, 6), "BPRS": Cutoff(4, 6)}, items_moderate=2, items_severe=1)
SEVEN = tuple(f"P{n}" for n in range(1, 8))


def severity(
    values: dict[str, float | None], scale: str = "PANSS", rule: SeverityRule | None = None
) -> dict[str, tuple[bool | None, int, int]]:
    """By domain: whether it is at least moderate, and how many items surely are moderate and severe."""
    frame = pd.DataFrame(rated(scale, values)).assign(person_id="a")
    cohort = from_frames({"people": [{"person_id": "a"}], "ratings": frame})
    scored = symptoms.scored(symptoms.rated_items(cohort.table("ratings")))
    rows = symptoms.domain_severity(scored, rule or RULE).execute().to_dict("records")
    return {
        row["domain"]: (
            None if pd.isna(row["meets"]) else bool(row["meets"]), row["n_moderate"], row["n_severe"],
        )
        for row in rows
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({**dict.fromkeys(SEVEN, 1.0), "P1": 4.0, "P2": 4.0}, (True, 2, 0)),
        ({**dict.fromkeys(SEVEN, 1.0), "P1": 4.0, "P2": 3.0}, (False, 1, 0)),
        ({**dict.fromkeys(SEVEN, 1.0), "P1": 6.0}, (True, 1, 1)),
        ({**dict.fromkeys(SEVEN, 1.0), "P1": 5.0}, (False, 1, 0)),
        # an item that is blank, or not there, may be anything
        ({**dict.fromkeys(SEVEN, 1.0), "P1": 4.0, "P2": None}, (None, 1, 0)),
        ({**dict.fromkeys(SEVEN[:6], 1.0), "P1": 4.0}, (None, 1, 0)),
        (dict.fromkeys(SEVEN[:6], 1.0), (None, 0, 0)),
        ({**dict.fromkeys(SEVEN[:6], 1.0), "P1": 4.0, "P2": 4.0}, (True, 2, 0)),
    ],
)
def test_a_domain_is_moderate_by_two_items_or_by_one_that_is_severe(
    values: dict[str, float | None], expected: tuple[bool | None, int, int]
) -> None:
    assert severity(values) == {"positive": expected}


@pytest.mark.parametrize(("n_given", "meets"), [(6, False), (5, None)])
def test_items_that_are_not_there_settle_nothing_only_where_they_could_reach_the_rule(
    n_given: int, meets: bool | None
) -> None:
    # By a rule of two moderate items, one item that is not there cannot make two; two can.
    rule = SeverityRule({"PANSS": Cutoff(4, 6)}, items_moderate=2, items_severe=3)
    ratings = rated("PANSS", dict.fromkeys(SEVEN[:n_given], 1.0))
    cohort = from_frames(
        {"people": [{"person_id": "a"}], "ratings": [{"person_id": "a", **row} for row in ratings]}
    )
    scored = symptoms.scored(symptoms.rated_items(cohort.table("ratings")))
    (row,) = symptoms.domain_severity(scored, rule).execute().to_dict("records")
    assert (None if pd.isna(row["meets"]) else bool(row["meets"])) is meets


def test_what_is_missing_of_saps_and_of_sans_is_missing_of_both() -> None:
    items = symptoms.reference.scale_items()
    names = {
        scale: items[(items["scale"] == scale) & (items["kind"] == "item")]["item"].tolist()
        for scale in ("SAPS", "SANS")
    }
    rows = rated("SAPS", dict.fromkeys(names["SAPS"][2:], 1.0))
    rows += rated("SANS", dict.fromkeys(names["SANS"][1:], 0.0))
    found = totals(rows)
    sure = len(names["SAPS"]) - 2
    assert found["1", COMPOSITE] == (sure, sure + 15, 0, 3)


def test_general_items_and_stated_totals_are_no_domain() -> None:
    assert severity({"P1": 4.0, "P2": 4.0, "G1": 7.0, "G2": 7.0}) == {"positive": (True, 2, 0)}
    assert severity({"total": 90.0, "positive_total": 30.0}) == {}


def test_a_scale_without_a_cut_off_in_the_rule_says_nothing_of_severity() -> None:
    only_bprs = SeverityRule({"BPRS": Cutoff(4, 6)}, items_moderate=2, items_severe=1)
    assert severity(dict.fromkeys(SEVEN, 7.0), rule=only_bprs) == {}


@pytest.mark.parametrize(("symptom", "positive"), [("P", True), ("N", False)])
def test_a_visit_says_which_domain_is_moderate(symptom: str, positive: bool) -> None:
    values = dict.fromkeys(PANSS, 1.0) | {f"{symptom}1": 4.0, f"{symptom}2": 4.0}
    frame = pd.DataFrame(rated("PANSS", values)).assign(person_id="a")
    cohort = from_frames({"people": [{"person_id": "a"}], "ratings": frame})
    scored = symptoms.scored(symptoms.rated_items(cohort.table("ratings")))
    visits = symptoms.visit_severity(symptoms.domain_severity(scored, RULE), scored).execute()
    (row,) = visits.to_dict("records")
    assert (row["meets_positive"], row["meets_negative"], row["meets"]) == (positive, not positive, True)
