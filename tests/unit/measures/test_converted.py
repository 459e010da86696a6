"""Whole cohorts: totals, the BPRS-18 inside the PANSS, and converted scores, on both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.measures.converted import (
    converted_scores,
    converted_totals,
    derived_bprs,
    prorated_totals,
    visit_items,
)
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
