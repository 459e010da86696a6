"""``opentrs power``: tables, curve, going on after a cut, and options that make no sense."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from opentrs.cli.app import app
from opentrs.messages import text

VALIDATE = ["power", "validate", "--half-width", "0.06", "--prevalence", "0.25", "--c", "0.7", "--runs", "60",
            "--sizes", "250,500"]  # fmt: skip


def run(*arguments: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, list(arguments))
    assert found.exit_code == code, found.output
    return found.output


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_validate_writes_growth_and_needed_people_by_simulation_and_formula(tmp_path: Path) -> None:
    said = run(*VALIDATE, "-o", str(tmp_path / "out"))
    growth = rows(tmp_path / "out/tables/power/growth.csv")
    simulated, formula = rows(tmp_path / "out/tables/power/needed.csv")

    assert [row["n"] for row in growth] == ["250", "500"]
    assert float(growth[0]["ci_low"]) < float(growth[0]["estimate"]) < float(growth[0]["ci_high"])
    assert (simulated["method"], formula["method"]) == ("simulation", "analytic")
    assert int(simulated["n"]) == pytest.approx(int(formula["n"]), rel=0.08)
    assert (simulated["seed"], simulated["people_from"]) == ("1", "normal")
    assert simulated["n"] in said.replace(",", "")
    root = ElementTree.parse(tmp_path / "out/figures/power/growth.svg").getroot()
    assert root.get("role") == "img"


def test_a_run_that_was_cut_off_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    kept = tmp_path / "blocks.csv"
    run(*VALIDATE, "-o", str(tmp_path / "whole"), "--resume", str(kept))
    lines = kept.read_text(encoding="utf-8").splitlines()
    finished = [line for line in lines[1:] if line]
    assert len(finished) == 4
    # Cut in the middle of the last block, as a power cut would.
    kept.write_text("\n".join([lines[0], *finished[:2], finished[2][:25]]), encoding="utf-8")
    run(*VALIDATE, "-o", str(tmp_path / "resumed"), "--resume", str(kept))

    for name in ("growth.csv", "needed.csv"):
        one, other = (tmp_path / each / "tables/power" / name for each in ("whole", "resumed"))
        assert one.read_bytes() == other.read_bytes()
    assert sum(line.endswith(",end") for line in kept.read_text(encoding="utf-8").splitlines()) == 4


def test_blocks_of_another_plan_are_not_mixed_in(tmp_path: Path) -> None:
    kept = tmp_path / "blocks.csv"
    kept.write_text("of another plan\n", encoding="utf-8")
    said = run(*VALIDATE, "-o", str(tmp_path / "out"), "--resume", str(kept), code=2)

    assert "blocks.csv" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_wrong_is_said_at_once(tmp_path: Path, lang: str) -> None:
    said = run(
        "power", "validate", "--half-width", "2", "--c", "0.5", "--sizes", "12,x", "--threshold", "1",
        "-o", str(tmp_path / "out"), "--lang", lang, code=2,
    )  # fmt: skip

    for name in ("target", "prevalence", "c", "threshold", "sizes"):
        assert text(f"power.bad_{name}", lang).split("，")[0][:20] in said  # type: ignore[arg-type]


def test_simulated_patients_bring_their_own_c(tmp_path: Path) -> None:
    arguments = ("--half-width", "0.08", "--people-from", "cohort", "--runs", "20", "--sizes", "150,300")
    run("power", "validate", *arguments, "-o", str(tmp_path / "out"))
    (row, _) = rows(tmp_path / "out/tables/power/needed.csv")

    assert 0.55 < float(row["c_statistic"]) < 0.7
    assert float(row["prevalence"]) == pytest.approx(0.34, abs=0.01)
    run("power", "validate", *arguments, "--c", "0.7", "-o", str(tmp_path / "no"), code=2)


def test_develop_finds_its_own_sizes_where_there_is_no_formula(tmp_path: Path) -> None:
    run("power", "develop", "--shortfall", "0.04", "--metric", "c_statistic", "--predictors", "5",
        "--prevalence", "0.3", "--c", "0.7", "--runs", "20", "-o", str(tmp_path / "out"))  # fmt: skip
    simulated, formula = rows(tmp_path / "out/tables/power/needed.csv")

    assert formula["n"] == ""
    assert len(rows(tmp_path / "out/tables/power/growth.csv")) >= 4
    assert simulated["predictors"] == "5"


def test_two_groups_need_what_the_t_test_needs(tmp_path: Path) -> None:
    said = run("power", "groups", "--d", "0.5", "--runs", "400", "-o", str(tmp_path / "out"))
    (row,) = rows(tmp_path / "out/tables/power/groups.csv")

    assert (row["n1"], row["n2"]) == ("64", "64")
    assert float(row["low"]) < float(row["analytic"]) < float(row["high"])
    assert "64" in said
    run("power", "groups", "--d", "0", "--power", "0.01", "-o", str(tmp_path / "no"), code=2)
