"""Beside the maps: the index, centiles, sites and clusters reach the page in both languages, with their n."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from opentrs.cohort.results import StageResult, StudySettings
from opentrs.mechanism import STAGE, engine
from opentrs.mechanism.parts.vertices import CLUSTER_COLUMNS
from opentrs.report import withheld
from opentrs.report.output import Run
from opentrs.report.page import render
from opentrs.report.view import PageInput
from tests.support.brains import Truth, study
from tests.unit.report.conftest import MakeRun

SECTIONS = ("index", "norms", "sites", "vertices")
CLUSTER = {
    "region": "L_insula", "contrast": "resistant-control", "standardised_effect": -0.8, "p_fwer": 0.004,
    "q": 0.01, "n": 61, "method": "tfce", "n_first": 31, "n_second": 30, "extent": 212.4,
    "extent_unit": "mm²",
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> StageResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "PERMUTATIONS", 99)
        settings = StudySettings(parts=frozenset({"tracts"}), harmonise="combat")
        stage = STAGE.run(*study(70, 3, Truth({"*": {"resistant": -1.0}})), settings)
    model = {
        "part": "vertices",
        "contrast": "resistant-control",
        "model": "main",
        "ran": "yes",
        "note": "Peaks.",
    }
    models = pd.concat([stage.tables["models"], pd.DataFrame([model])], ignore_index=True)
    clusters = pd.DataFrame([CLUSTER], columns=CLUSTER_COLUMNS)
    return replace(stage, tables={**stage.tables, "models": models, "vertices": clusters})


def rendered(run: Run, found: StageResult) -> dict[str, str]:
    results = {**run.results, "mechanism": found}
    if run.aggregate_only:
        results = withheld.aggregate(results)
    html, _ = render(PageInput(run.cohort, results, run.settings, run.people, run.aggregate_only))
    parts = {name: re.search(f'<section id="mechanism-{name}".*?</section>', html, re.S) for name in SECTIONS}
    return {name: part[0] for name, part in parts.items() if part}


def row_of(found: StageResult, table: str, **wanted: Any) -> pd.Series:
    rows = found.tables[table]
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    return rows.iloc[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_section_shows_its_numbers_and_no_key(make_run: MakeRun, found: StageResult, lang: str) -> None:
    page = rendered(make_run(lang=lang), found)
    assert set(page) == set(SECTIONS)
    index = row_of(found, "vulnerability", contrast="resistant-control", values="as_measured")
    assert f"{index['estimate']:.2f}".replace("-", "−") in page["index"]
    assert "70\u00a0+\u00a070" in page["index"]
    share = row_of(found, "normative", contrast="resistant", quantity="below")
    assert f"{share['estimate']:.1f}" in page["norms"]
    cost = row_of(found, "harmonised_contrasts", contrast="resistant-control")
    assert f"{cost['variance_ratio']:.2f}" in page["sites"]
    assert "−0.80" in page["vertices"]
    assert "212 mm²" in page["vertices"]
    for section in page.values():
        assert not re.search(r"(mechanism|report)\.\w+|cluster_extent|as_measured|variance_ratio", section)


def test_the_index_and_the_shares_are_drawn_with_their_intervals(
    make_run: MakeRun, found: StageResult
) -> None:
    page = rendered(make_run(), found)
    index = found.tables["vulnerability"]
    told = index[(index["standard"] == "all_controls") & index["ci_low"].notna()]
    shares = found.tables["normative"]
    groups = shares[(shares["quantity"] != "beyond") & shares["n_first"].isna() & shares["ci_low"].notna()]

    # A diamond a row, and one of the legend.
    assert page["index"].count("<polygon") == len(told) + 1 > 3
    assert page["norms"].count("<polygon") == len(groups) + 1 > 3
    one = groups.iloc[0]
    assert f"{one['estimate']:.1f}%; n = {int(one['n'])}" in page["norms"]
    assert ">2.5%<" in page["norms"]


def norm_rows(page: dict[str, str]) -> list[list[str]]:
    """Cells of the table of centiles."""
    rows = page["norms"].split("<tr>")[2:]  # a row or a cell ends where the next begins
    cells = [row.partition("</table>")[0].split("<td>")[1:] for row in rows]
    return [[cell.strip() for cell in row] for row in cells if row]


def test_below_and_above_stand_side_by_side_for_the_groups_in_question(
    make_run: MakeRun, found: StageResult
) -> None:
    rows = norm_rows(rendered(make_run(), found))

    clozapine = "clozapine-resistant − clozapine-responsive"
    groups = ["controls", "resistant", "responsive"]
    assert [row[1] for row in rows] == [*groups, "resistant − responsive", clozapine]
    for side, cell in (("below", rows[1][2]), ("above", rows[1][3])):
        share = row_of(found, "normative", contrast="resistant", quantity=side)
        assert cell.startswith(f"{share['estimate']:.1f} (")
    difference = row_of(found, "normative", contrast="resistant-responsive", quantity="below")
    assert f"{difference['estimate']:.1f}".replace("-", "−") in rows[3][2]
    assert "p: " in rows[3][2]
    assert "p: " not in rows[1][2]


def test_other_groups_are_left_to_the_file_that_the_caption_names(
    make_run: MakeRun, found: StageResult
) -> None:
    page = rendered(make_run(), found)

    assert "all patients − controls" not in page["norms"]
    assert "patient-control" in set(found.tables["normative"]["contrast"])
    assert "tables/mechanism/normative.csv" in page["norms"]


def test_patients_of_unknown_resistance_are_listed_where_there_are_no_others(
    make_run: MakeRun, found: StageResult
) -> None:
    norms = found.tables["normative"]
    groups = norms[norms["contrast"].isin(["control", "resistant"])]
    unknown = groups.assign(contrast=groups["contrast"].replace({"resistant": "unknown"}))
    changed = replace(found, tables={**found.tables, "normative": unknown})

    rows = norm_rows(rendered(make_run(), changed))
    assert [row[1] for row in rows] == ["controls", "patients, resistance unknown"]


def test_an_end_that_could_not_be_told_is_a_dash(make_run: MakeRun, found: StageResult) -> None:
    norms = found.tables["normative"]
    below = norms[(norms["contrast"] == "resistant") & (norms["quantity"] == "below")]
    rows = norm_rows(rendered(make_run(), replace(found, tables={**found.tables, "normative": below})))

    assert [row[3] for row in rows] == ["—"]


def test_the_reason_for_an_index_that_could_not_be_had_is_told(make_run: MakeRun, found: StageResult) -> None:
    silent = found.tables["vulnerability"].assign(estimate=float("nan"), reason="No map of this atlas.")
    page = rendered(make_run(), replace(found, tables={**found.tables, "vulnerability": silent}))
    assert "No map of this atlas." in page["index"]
    assert "<table" not in page["index"]


def test_an_aggregate_page_has_the_index_and_neither_sites_nor_people(
    make_run: MakeRun, found: StageResult
) -> None:
    page = rendered(make_run(aggregate_only=True), found)
    assert set(page) == {"index"}
