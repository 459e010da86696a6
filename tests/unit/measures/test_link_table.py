"""A linking table from a cohort's own pairs: who counts as a pair, what it says, when it is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opentrs.cohort.build import from_frames
from opentrs.errors import StageFailedError, UsageError
from opentrs.measures.link_table import link_scales, paired_scores, ranges
from opentrs.reference.load import facts

PANSS = (*(f"P{n}" for n in range(1, 8)), *(f"N{n}" for n in range(1, 8)), *(f"G{n}" for n in range(1, 17)))
DAY = "2020-01-01"
Rows = list[dict[str, Any]]


def ratings(rows: Rows):
    people = [{"person_id": name} for name in sorted({row["person_id"] for row in rows})]
    return from_frames({"people": people, "ratings": rows}).table("ratings")


def visit(scale: str, values: dict[str, float], person: str) -> Rows:
    return [
        {"person_id": person, "date": DAY, "scale": scale, "item": item, "value": value}
        for item, value in values.items()
    ]


def test_the_ranges_of_what_can_be_linked_are_those_of_the_scales() -> None:
    found = {name: (each.low, each.high) for name, each in ranges().items()}

    assert found["PANSS"] == (30, 210)
    assert found["BPRS-18"] == (18, 126)
    assert found["BPRS-24"] == (24, 168)
    assert (found["SAPS"], found["SANS"], found["CGI-S"]) == ((0, 150), (0, 100), (1, 7))


def cohort_with_panss(n: int, *, bprs_shift: float | None = None) -> Rows:
    """n people with PANSS items; with BPRS ratings of their own if a shift is given."""
    generator = np.random.default_rng(4)
    rows: Rows = []
    names = [
        row["item"] for row in facts("scale_items") if row["scale"] == "BPRS-18" and row["kind"] == "item"
    ]
    for person in range(n):
        severity = generator.normal(3, 1)
        draw = np.clip(np.round(severity + generator.normal(0, 1, size=48)), 1, 7)
        rows += visit("PANSS", dict(zip(PANSS, draw[:30].tolist(), strict=True)), f"p{person:03d}")
        if bprs_shift is not None:
            own = np.clip(draw[30:] + bprs_shift, 1, 7)
            rows += visit("BPRS-18", dict(zip(names, own.tolist(), strict=True)), f"p{person:03d}")
    return rows


def test_pairs_are_of_the_same_person_and_day_and_the_others_are_counted() -> None:
    rows = cohort_with_panss(3, bprs_shift=0)
    rows = [
        {**row, "date": "2020-02-01"} if row["person_id"] == "p002" and row["scale"] == "BPRS-18" else row
        for row in rows
    ]
    pairs = paired_scores(ratings(rows), "BPRS-18", "PANSS")

    assert pairs.frame["person_id"].tolist() == ["p000", "p001"]
    assert (pairs.only_first, pairs.only_second) == (1, 1)
    by_hand = sum(row["value"] for row in rows if row["person_id"] == "p000" and row["scale"] == "PANSS")
    assert pairs.frame["second"].iloc[0] == by_hand
    assert not pairs.frame["is_prorated"].any()


def test_a_table_from_own_ratings_and_one_from_derived_items_are_told_apart() -> None:
    table = ratings(cohort_with_panss(60, bprs_shift=1))
    own = link_scales(table, "BPRS-18", "PANSS").tables
    derived = link_scales(table, "BPRS-18", "PANSS", derive=True).tables

    assert not own["linking"]["method"].str.contains("from PANSS items").any()
    assert derived["linking"]["method"].str.contains("from PANSS items").all()
    at_50 = [
        tables["linking"].query("from_scale == 'BPRS-18' and score == 60")["linked"].iloc[0]
        for tables in (own, derived)
    ]
    assert at_50[0] < at_50[1] - 10  # raters of the BPRS were a point an item higher
    assert derived["pairs"]["correlation"].iloc[0] > own["pairs"]["correlation"].iloc[0]


def test_the_table_stands_beside_the_published_anchors() -> None:
    found = link_scales(ratings(cohort_with_panss(80)), "PANSS", "BPRS-18", derive=True).tables["anchors"]

    assert set(zip(found["from_scale"], found["score"], found["published"], strict=True)) == {
        ("BPRS-18", 18, 31), ("BPRS-18", 30, 55), ("BPRS-18", 40, 73), ("BPRS-18", 50, 90),
        ("PANSS", 31, 18), ("PANSS", 55, 30), ("PANSS", 73, 40), ("PANSS", 90, 50),
    }  # fmt: skip
    rated = found.dropna(subset="linked")
    assert len(rated) >= 5
    for row in rated.to_dict("records"):
        assert row["difference"] == pytest.approx(row["linked"] - row["published"])
        assert row["in_interval"] == ("yes" if row["ci_low"] <= row["published"] <= row["ci_high"] else "no")
    assert set(found[found["linked"].isna()]["in_interval"]) <= {"unknown"}


def test_aggregates_leave_out_scores_that_show_the_highest_and_the_lowest_person() -> None:
    table = ratings(cohort_with_panss(60))
    shown = link_scales(table, "BPRS-18", "PANSS", derive=True, aggregate_only=True).tables["linking"]
    totals = np.sort(paired_scores(table, "BPRS-18", "PANSS", derive=True).frame["first"].to_numpy())
    scores = shown[shown["from_scale"] == "BPRS-18"]["score"]

    assert scores.min() == totals[9]
    assert scores.max() == totals[-10]
    assert shown["linked"].notna().all()


@pytest.mark.parametrize(
    ("first", "second", "derive", "kind", "complaint"),
    [
        ("BPRS", "PANSS", False, UsageError, "No scale BPRS can be linked"),
        ("PANSS", "PANSS", False, UsageError, "the same scale"),
        ("SAPS", "PANSS", True, UsageError, "goes with --from BPRS-18 --to PANSS"),
        ("BPRS-18", "PANSS", False, StageFailedError, "0 people have both scales"),
        ("BPRS-18", "PANSS", True, StageFailedError, "49 people have both scales"),
    ],
)
def test_a_table_that_cannot_be_made_is_refused_with_the_reason(
    first: str, second: str, derive: bool, kind: type[Exception], complaint: str
) -> None:
    with pytest.raises(kind, match=complaint):
        link_scales(ratings(cohort_with_panss(49)), first, second, derive=derive)
