"""``opentrs subtype`` from the command line: the tables, the page, and what stays at the site."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import CANARY, Outcome, in_a_process

TABLES = {
    "types",
    "person_types",
    "type_prevalence",
    "sensitivity",
    "instruments",
    "norms",
    "flow",
    "domains",
}
OF_PEOPLE = {"types", "person_types", "domains", "flow", "burden", "supersensitivity", "trajectories"}


@pytest.fixture(scope="module")
def done(cohort_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """The command run once on the simulated cohort, with a section about one person."""
    out = tmp_path_factory.mktemp("subtype") / "out"
    return in_a_process(["subtype", cohort_dir, "-o", out, "--person", CANARY]), out


def read(out: Path, name: str) -> list[dict[str, str]]:
    with (out / "tables" / "subtype" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_ends_well_and_names_nobody_in_what_it_says(done: tuple[Outcome, Path]) -> None:
    said, out = done

    assert said.code == 0, said.err
    assert said.out.strip() == str(out / "report.html")
    assert CANARY not in said.out + said.err


def test_it_writes_the_tables_of_the_stage_and_of_the_stage_before(done: tuple[Outcome, Path]) -> None:
    written = {path.stem for path in (done[1] / "tables" / "subtype").glob("*.csv")}

    assert written >= TABLES
    assert (done[1] / "tables" / "ascertain" / "verdicts.csv").is_file()
    assert {row["part"] for row in read(done[1], "parts")} >= {"burden", "dopamine", "trajectories"}


def test_everybody_asked_has_a_type_and_the_shares_count_them(done: tuple[Outcome, Path]) -> None:
    people = read(done[1], "person_types")
    counted = [
        int(row["count"])
        for row in read(done[1], "type_prevalence")
        if (row["group"], row["label"]) == ("all", "type")
    ]

    assert people
    assert sum(counted) == len(people)


def test_a_part_that_could_not_run_says_why_in_the_tables_and_on_the_page(done: tuple[Outcome, Path]) -> None:
    page = (done[1] / "report.html").read_text(encoding="utf-8")
    silent = [row for row in read(done[1], "parts") if row["ran"] == "no"]

    assert silent
    assert all(row["reason"] and row["reason"] in page for row in silent)


def test_the_page_shows_the_types_and_stays_small(done: tuple[Outcome, Path]) -> None:
    page = (done[1] / "report.html").read_bytes()
    figures = {path.stem for path in (done[1] / "figures" / "subtype").glob("*.svg")}

    assert len(page) < 500_000
    assert {"types", "profiles", "flow", "sensitivity"} <= figures
    assert b'id="type-choices"' in page
    assert CANARY.encode() in page, "the person asked for"


def test_findings_of_the_stage_carry_interval_unit_and_method(done: tuple[Outcome, Path]) -> None:
    study = json.loads((done[1] / "study.json").read_text(encoding="utf-8"))
    mine = [finding for finding in study["findings"] if finding["stage"] == "subtype"]

    assert mine
    assert all(finding["unit"] and finding["method"] for finding in mine)
    assert len({finding["name"] for finding in mine}) == len(mine)


def test_aggregate_output_keeps_single_people_at_the_site(cohort_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = in_a_process(["subtype", cohort_dir, "-o", out, "--aggregate-only", "--lang", "zh"])
    written = {path.stem for path in (out / "tables" / "subtype").glob("*.csv")}

    assert said.code == 0, said.err
    assert not written & OF_PEOPLE
    assert not [path for path in out.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


def test_a_file_that_is_no_norm_is_refused_before_anything_is_written(
    cohort_dir: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "norms.csv"
    wrong.write_text("norm,scale\nours,PANSS\n", encoding="utf-8")
    said = in_a_process(["subtype", cohort_dir, "-o", tmp_path / "out", "--norms", wrong])

    assert said.code == 3, said.err
    assert "mean_pomp" in said.err
    assert not (tmp_path / "out").exists()
