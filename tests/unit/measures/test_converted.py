"""Whole cohorts: totals, the BPRS-18 inside the PANSS, converted scores, and tables made anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.errors import StageFailedError, UsageError
from opentrs.measures.converted import (
    converted_scores,
    converted_totals,
    derived_bprs,
    prorated_totals,
    visit_items,
)
from opentrs.measures.link_table import link_scales, paired_scores, ranges
from opentrs.measures.linking import convert_by_anchors, equations
from opentrs.reference.load import facts

PANSS = (*(f"P{n}" for n in range(1, 8)), *(f"N{n}" for n in range(1, 8)), *(f"G{n}" for n in range(1, 17)))
DAY = "2020-01-01"
Rows = list[dict[str, Any]]


def ratings(rows: Rows, backend: BaseBackend | None = None):
    people = [{"person_id": name} for name in sorted({row["person_id"] for row in rows})]
    return from_frames({"people": people, "ratings": rows}, backend).table("ratings")


def visit(scale: str, values: dict[str, float | None], person: str = "a", **more: Any) -> Rows:
    return [
        {"person_id": person, "date": DAY, "scale": scale, "item": item, "value": value, **more}
        for item, value in values.items()
    ]


def one(table, **where: str) -> dict[str, Any]:
    frame = table.execute()
    for column, value in where.items():
        frame = frame[frame[column] == value]
    (row,) = frame.to_dict("records")
    return row


def test_every_equation_gives_on_a_table_what_it_gives_on_one_score(engine: BaseBackend) -> None:
    generator = np.random.default_rng(7)
    rows = []
    for scale, low, high in (("PANSS", 1, 7), ("SAPS", 0, 5), ("SANS", 0, 5)):
        items = [
            row["item"] for row in facts("scale_items")
            if row["scale"] == scale and row["kind"] in ("item", "global")
        ]  # fmt: skip
        for person in ("a", "b", "c"):
            rows += visit(scale, {item: float(generator.integers(low, high + 1)) for item in items}, person)
    found = converted_scores(ratings(rows, engine)).execute()

    assert len(found) == 3 * 20
    values = {(row["person_id"], row["item"]): row["value"] for row in rows if row["scale"] != "SANS"}
    sans = {(row["person_id"], row["item"]): row["value"] for row in rows if row["scale"] == "SANS"}
    for row in found.to_dict("records"):
        each = equations()[row["equation"]]
        known = sans if each.origin.scale == "SANS" else values
        expected = each.convert_items({item: known[row["person_id"], item] for item in each.origin.items})
        assert expected is not None
        assert row["converted"] == pytest.approx(expected.converted)
        assert bool(row["is_clamped"]) is expected.is_clamped
        for name in ("error", "low", "high"):
            plain = getattr(expected, name)
            assert row[name] == pytest.approx(plain) if plain is not None else pd.isna(row[name])


def test_two_raters_are_averaged_item_by_item(engine: BaseBackend) -> None:
    rows = visit("SAPS", {"global_hallucinations": 2}, rater="x") + visit(
        "SAPS", {"global_hallucinations": 5}, rater="y"
    )
    found = one(
        converted_scores(ratings(rows, engine)), equation="panss_hallucinations_from_saps_hallucinations"
    )

    assert (found["from_mean"], found["n_rated"]) == (3.5, 1)


def test_too_few_items_leave_a_row_without_a_score(engine: BaseBackend) -> None:
    rows = visit("PANSS", {"N1": 4, "N3": None, "N6": None})
    found = one(converted_scores(ratings(rows, engine)), equation="sans_expressivity_from_panss_expressivity")

    assert (found["n_rated"], found["n_items"]) == (1, 3)
    assert pd.isna(found["converted"])
    assert pd.isna(found["low"])


@pytest.mark.parametrize(("rated", "total"), [(30, 60.0), (20, 60.0), (19, None)])
def test_a_total_needs_two_thirds_of_the_items_and_is_prorated(
    rated: int, total: float | None, engine: BaseBackend
) -> None:
    rows = visit("PANSS", dict.fromkeys(PANSS[:rated], 2))
    found = one(prorated_totals(visit_items(ratings(rows, engine))), scale="PANSS")

    assert found["total"] == total if total else pd.isna(found["total"])
    assert (found["n_rated"], found["n_items"]) == (rated, 30)


def test_a_total_given_by_the_rater_counts_where_no_item_is_on_record(engine: BaseBackend) -> None:
    rows = visit("PANSS", {"total": 77}) + visit("BPRS-18", {"total": 40, "anxiety": 3})
    totals = prorated_totals(visit_items(ratings(rows, engine)))

    assert one(totals, scale="PANSS")["total"] == 77
    assert pd.isna(one(totals, scale="BPRS-18")["total"])


def test_the_bprs_inside_the_panss_takes_items_of_the_same_name(engine: BaseBackend) -> None:
    order = ["G1", "G2", "N2", "P2", "G3", "G4", "G5", "P5", "G6"]
    order += ["P7", "P6", "P3", "G7", "G8", "G9", "N1", "P4", "G10"]
    values = {item: float(place % 7 + 1) for place, item in enumerate(PANSS)}
    found = derived_bprs(visit_items(ratings(visit("PANSS", values), engine))).execute()
    names = [
        row["item"] for row in facts("scale_items") if row["scale"] == "BPRS-18" and row["kind"] == "item"
    ]

    assert dict(zip(found["item"], found["value"], strict=True)) == {
        name: values[item] for name, item in zip(names, order, strict=True)
    }
    assert set(found["scale"]) == {"BPRS-18"}


@pytest.mark.parametrize("total", [30, 31, 54.5, 55, 89, 90, 91, 150])
def test_totals_are_converted_on_a_table_as_one_by_one(total: float, engine: BaseBackend) -> None:
    rows = visit("PANSS", {"total": total}) + visit("CGI", {"CGI-S": 4})
    table = converted_totals(ratings(rows, engine))
    expected = convert_by_anchors(("PANSS", "total"), ("BPRS-18", "total"), total)
    found = one(table, from_scale="PANSS", to_scale="BPRS-18")["converted"]

    assert pd.isna(found) if expected is None else found == pytest.approx(expected.converted)
    assert one(table, from_scale="CGI", to_scale="PANSS")["converted"] == 75
    assert one(table, from_scale="CGI", to_scale="BPRS-18")["converted"] == 41
    assert len(table.execute()) == 3


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
