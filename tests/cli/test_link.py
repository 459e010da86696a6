"""`opentrs link` from the command line: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from opentrs.report.folder import files_below
from tests.cli.conftest import CANARY, Outcome, Run, in_a_process

PANSS = (*(f"P{n}" for n in range(1, 8)), *(f"N{n}" for n in range(1, 8)), *(f"G{n}" for n in range(1, 17)))
PEOPLE = 60


@pytest.fixture(scope="session")
def rated_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty people with PANSS items and two SAPS globals; the first bears a name no log may repeat."""
    generator = np.random.default_rng(8)
    folder = tmp_path_factory.mktemp("rated") / "clinic"
    folder.mkdir()
    names = [CANARY, *(f"p{number:02d}" for number in range(1, PEOPLE))]
    (folder / "people.csv").write_text(
        "person_id,diagnosis\n" + "".join(f"{name},F20\n" for name in names), encoding="utf-8"
    )
    lines = ["person_id,date,scale,item,value\n"]
    for name in names:
        severity = generator.normal(3, 1)
        values = np.clip(np.round(severity + generator.normal(0, 1, size=30)), 1, 7).astype(int)
        lines += [
            f"{name},2021-03-04,PANSS,{item},{value}\n" for item, value in zip(PANSS, values, strict=True)
        ]
        heard = int(np.clip(values[2] - 2, 0, 5))
        lines.append(f"{name},2021-03-04,SAPS,global rating of hallucinations,{heard}\n")
        lines.append(f"{name},2021-03-04,SAPS,global rating of delusions,5\n")
    (folder / "ratings.csv").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def linked(rated_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The output of one run, made by the command itself."""
    out = tmp_path_factory.mktemp("linked") / "out"
    ended = in_a_process(["link", rated_dir, "-o", out, "--from", "BPRS-18", "--to", "PANSS", "--derive"])
    assert ended.code == 0, ended.err
    return out, ended


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / "tables" / "link" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_link_run_writes_its_tables_figures_and_record(linked: tuple[Path, Outcome]) -> None:
    out, ended = linked

    assert {name for name in files_below(out) if name.endswith((".csv", ".svg", ".json"))} == {
        "run.json", "figures/link/bprs-18-to-panss.svg", "figures/link/panss-to-bprs-18.svg",
        *(f"tables/link/{name}.csv" for name in ("anchors", "converted", "converted_totals", "linking")),
        "tables/link/pairs.csv", "tables/quality/files.csv", "tables/quality/problems.csv",
    }  # fmt: skip
    assert ended.out.strip() == str(out / "tables" / "link")
    assert "linked from 60 pairs of 60 people" in ended.err
    assert CANARY not in ended.out + ended.err
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["command"] == "link"
    assert (record["options"]["from"], record["options"]["to"], record["options"]["derive"]) == (
        "BPRS-18", "PANSS", True,
    )  # fmt: skip


def test_the_linking_table_has_what_a_user_needs_in_both_directions(linked: tuple[Path, Outcome]) -> None:
    table = rows(linked[0], "linking")

    assert list(table[0]) == [
        "from_scale", "to_scale", "score", "linked", "se", "ci_low", "ci_high", "prediction_error", "n",
        "method",
    ]  # fmt: skip
    assert {(row["from_scale"], row["to_scale"]) for row in table} == {
        ("BPRS-18", "PANSS"),
        ("PANSS", "BPRS-18"),
    }
    for direction in ("BPRS-18", "PANSS"):
        shown = [row for row in table if row["from_scale"] == direction]
        links = [float(row["linked"]) for row in shown]
        assert links == sorted(links)
        assert {row["n"] for row in shown} == {"60"}
        assert all("BPRS-18 from PANSS items" in row["method"] for row in shown)
        for row in shown:
            assert float(row["ci_low"]) <= float(row["linked"]) <= float(row["ci_high"])


def test_converted_scores_stand_with_their_error_where_it_is_known(linked: tuple[Path, Outcome]) -> None:
    table = {row["equation"]: row for row in rows(linked[0], "converted") if row["person_id"] == CANARY}
    known = table["panss_delusions_from_saps_delusions"]
    unknown = table["sans_expressivity_from_panss_expressivity"]

    assert (known["date"], known["converted"], known["error"]) == ("2021-03-04", "3.73476824", "1.2164")
    assert float(known["low"]) < 3.73 < float(known["high"])
    assert (unknown["error"], unknown["low"], unknown["high"]) == ("", "", "")
    assert table["panss_positive_from_saps_summary"]["converted"] == ""  # two of four globals were rated


def test_totals_beyond_the_anchors_are_unknown(linked: tuple[Path, Outcome]) -> None:
    table = rows(linked[0], "converted_totals")

    assert {row["link"] for row in table} == {"bprs_panss_total"}
    for row in table:
        assert (row["converted"] == "") == (not 31 <= float(row["from_value"]) <= 90)


def test_the_figures_are_drawings_with_the_anchors_in_them(linked: tuple[Path, Outcome]) -> None:
    shown = [row for row in rows(linked[0], "anchors") if row["linked"]]
    marks = 0
    for name in ("bprs-18-to-panss", "panss-to-bprs-18"):
        svg = ET.parse(linked[0] / "figures" / "link" / f"{name}.svg")
        marks += len(svg.findall(".//{http://www.w3.org/2000/svg}polygon")) - 1  # one is in the legend
        assert len(svg.findall(".//{http://www.w3.org/2000/svg}polyline")) == 3
    assert marks == len(shown) > 2


def test_the_same_input_and_seed_give_the_same_bytes_and_another_seed_another_interval(
    linked: tuple[Path, Outcome], rated_dir: Path, tmp_path: Path, run: Run
) -> None:
    words = ["--from", "BPRS-18", "--to", "PANSS", "--derive"]
    assert run("link", rated_dir, "-o", tmp_path / "again", *words).code == 0
    assert run("link", rated_dir, "-o", tmp_path / "other", *words, "--seed", 2).code == 0
    first, again = files_below(linked[0]), files_below(tmp_path / "again")

    assert list(first) == list(again)
    assert [name for name in first if first[name].read_bytes() != again[name].read_bytes()] == []
    one, other = rows(linked[0], "linking"), rows(tmp_path / "other", "linking")
    assert [row["linked"] for row in one] == [row["linked"] for row in other]
    assert [row["se"] for row in one] != [row["se"] for row in other]


def test_verify_holds_for_a_link_run(linked: tuple[Path, Outcome], run: Run) -> None:
    assert run("verify", linked[0]).code == 0


def test_without_two_scales_only_published_links_are_applied(
    rated_dir: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("link", rated_dir, "-o", tmp_path / "out", "--lang", "zh")

    assert ended.code == 0, ended.err
    assert "它们不是实际评分" in ended.err
    assert {path.name for path in (tmp_path / "out" / "tables" / "link").glob("*.csv")} == {
        "converted.csv", "converted_totals.csv",
    }  # fmt: skip
    assert not (tmp_path / "out" / "figures").exists()


def test_aggregates_name_nobody(rated_dir: Path, tmp_path: Path, run: Run) -> None:
    ended = run(
        "link", rated_dir, "-o", tmp_path / "out", "--aggregate-only", "--from", "PANSS", "--to", "BPRS-18",
        "--derive",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    for name, path in files_below(tmp_path / "out").items():
        assert CANARY.encode() not in path.read_bytes(), name
    assert {path.name for path in (tmp_path / "out" / "tables" / "link").glob("*.csv")} == {
        "anchors.csv", "linking.csv", "pairs.csv",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--from", "PANSS"], "--from and --to go together"),
        (["--to", "PANSS"], "--from and --to go together"),
        (["--derive"], "goes with --from BPRS-18"),
        (["--aggregate-only"], "name two scales"),
        (["--from", "PANSS", "--to", "PANSS"], "the same scale"),
        (["--from", "PANSS", "--to", "NPI"], "No scale NPI"),
        (["--from", "SAPS", "--to", "PANSS", "--derive"], "goes with --from BPRS-18"),
        (["--config", "nofile.toml"], "no file or folder nofile.toml"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    words: list[str], complaint: str, rated_dir: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("link", rated_dir, "-o", tmp_path / "out", *words)

    assert (ended.code, complaint in ended.err) == (2, True), ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--from", "BPRS-18", "--to", "PANSS"], "0 people have both scales rated on one day; at least 50"),
        (["--from", "SAPS", "--to", "PANSS"], "0 people have both scales"),
    ],
)
def test_too_few_pairs_end_with_4_and_write_nothing(
    words: list[str], complaint: str, rated_dir: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("link", rated_dir, "-o", tmp_path / "out", *words)

    assert (ended.code, complaint in ended.err) == (4, True), ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("ratings", "complaint"),
    [
        (None, "has no ratings"),
        (
            "person_id,date,scale,item,value\na,2020-01-01,MADRS,reported sadness,3\n",
            "No visit has the items",
        ),
    ],
)
def test_a_cohort_with_nothing_to_convert_ends_with_4(
    ratings: str | None, complaint: str, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "clinic"
    folder.mkdir()
    (folder / "people.csv").write_text("person_id,diagnosis\na,F20\n", encoding="utf-8")
    if ratings:
        (folder / "ratings.csv").write_text(ratings, encoding="utf-8")
    ended = run("link", folder, "-o", tmp_path / "out")

    assert (ended.code, complaint in ended.err) == (4, True), ended.err
