"""`opentrs evidence` from the command line: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from opentrs.cli.evidence_tables import interval
from opentrs.report.folder import files_below
from tests.cli.conftest import Run
from tests.unit.treat.test_rows import ROW, written

ARMS = """study,treatment,n,events
A,vaccine,123,4
A,control,139,11
B,vaccine,306,6
B,control,303,29
C,vaccine,231,3
C,control,220,11
"""
THREE = """study,treat1,treat2,estimate,se
A,x,z,-0.5,0.2
B,y,z,-0.3,0.2
C,x,y,-0.1,0.25
D,x,z,-0.6,0.3
"""


def table(out: Path, name: str) -> list[dict[str, str]]:
    with (out / "tables" / "treat" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def file_of(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "file.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_pool_writes_what_it_pooled_and_verify_agrees(run: Run, tmp_path):
    out = tmp_path / "out"
    arguments = ("--measure", "OR", "--tau2", "dl", "--reference", "control", "--export-r")
    ended = run("evidence", "pool", file_of(tmp_path, ARMS), "-o", out, *arguments)

    assert ended.code == 0, ended.err
    (row,) = table(out, "pooled")
    assert (row["treat1"], row["treat2"], row["k"], row["model"]) == ("vaccine", "control", "3", "dl")
    assert float(row["estimate"]) < 0
    assert {"export/arms.csv", "export/contrasts.csv", "export/reproduce.R", "run.json"} <= set(
        files_below(out)
    )
    assert run("verify", out).code == 0
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["command"] == "evidence pool"
    assert [one["file"] for one in record["inputs"]] == ["file.csv"]


def test_the_same_file_gives_the_same_bytes(run: Run, tmp_path):
    file, outs = file_of(tmp_path, ARMS), [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        assert run("evidence", "pool", file, "-o", out, "--measure", "RR").code == 0
    first, second = ({name: path.read_bytes() for name, path in files_below(out).items()} for out in outs)
    assert first == second


def test_network_writes_its_league_and_ranks(run: Run, tmp_path):
    out = tmp_path / "out"
    ended = run(
        "evidence", "network", file_of(tmp_path, THREE), "-o", out, "--small-is-good", "--reference", "z"
    )

    assert ended.code == 0, ended.err
    league = table(out, "league")
    assert list(league[0]) == ["treat1", "treat2", "estimate", "se", "ci_low", "ci_high"]
    assert len(league) == 6
    scores = table(out, "pscores")
    assert [row["treatment"] for row in scores] == ["x", "y", "z"]
    assert all(float(row["ci_low"]) <= float(row["pscore"]) <= float(row["ci_high"]) for row in scores)
    assert {row["method"].split(";")[0] for row in scores} == {"P-score"}
    for kind in ("network", "league"):
        assert "<svg" in (out / "figures" / "treat" / f"{kind}.svg").read_text(encoding="utf-8")
    assert {"pooled", "nodesplit", "heterogeneity", "components"} <= {
        path.stem for path in (out / "tables" / "treat").glob("*.csv")
    }


def test_a_network_in_pieces_ends_with_code_4_and_names_them(run: Run, tmp_path):
    content = THREE + "E,p,q,0.1,0.2\n"
    ended = run("evidence", "network", file_of(tmp_path, content), "-o", tmp_path / "out")
    assert ended.code == 4
    assert "2 pieces" in ended.err
    assert "x, y, z; p, q" in ended.err
    assert not (tmp_path / "out").exists()


PIECES = """study,treat1,treat2,estimate,se
A,ect + cloz,cloz,-0.5,0.2
B,ect + cloz,cloz,-0.7,0.2
C,tms,placebo,-0.2,0.2
D,tms + ect,placebo,-0.9,0.2
E,tms + ect,placebo,-1.0,0.2
F,tms,placebo,-0.3,0.2
"""


def test_pieces_that_share_components_are_fitted_by_component_and_named(run: Run, tmp_path):
    out = tmp_path / "out"
    file = file_of(tmp_path, PIECES)
    ended = run("evidence", "network", file, "-o", out, "--reference", "placebo", "--tau2", "fixed")
    assert ended.code == 0, ended.err
    assert "2 pieces" in ended.err
    assert "placebo, tms, tms + ect; cloz, ect + cloz" in ended.err
    found = {row["component"]: row for row in table(out, "components")}
    # Equal weights: ect is the mean of -.6 in one piece (half the variance) and -.7 in the other.
    assert float(found["ect"]["estimate"]) == pytest.approx(-0.6333, abs=1e-3)
    assert found["cloz"]["estimable"] == "no"
    sums = {row["treatment"]: row for row in table(out, "sums")}
    assert sums["tms + ect"]["estimable"] == "yes"
    assert sums["cloz"]["piece"] == "2"
    assert not (out / "tables" / "treat" / "league.csv").exists()


def test_components_may_interact(run: Run, tmp_path):
    content = """study,treat1,treat2,estimate,se
A,a + b,placebo,-1.0,0.2
B,a + b,a,-0.6,0.2
C,a,placebo,-0.3,0.1
D,b,placebo,-0.1,0.1
"""
    out = tmp_path / "out"
    options = ("--reference", "placebo", "--interaction", "a*b")
    ended = run("evidence", "network", file_of(tmp_path, content), "-o", out, *options)
    assert ended.code == 0, ended.err
    assert [row["component"] for row in table(out, "components")] == ["a", "b", "a*b"]


@pytest.mark.parametrize(
    ("pair", "said"), [("ect", "joined by *"), ("ect*pills", "ect"), ("cloz*tms", "both")]
)
def test_an_interaction_nobody_can_tell_is_refused(run: Run, tmp_path, pair, said):
    options = ("-o", tmp_path / "out", "--reference", "placebo", "--interaction", pair)
    ended = run("evidence", "network", file_of(tmp_path, PIECES), *options)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("content", "measure", "said"),
    [
        ("study,treatment,n,events\nA,x,10,2\n", "OR", "file.csv:2"),
        ("study,treatment,n,events\nA,x,10,12\nA,y,10,2\n", "OR", "file.csv:2:events"),
        ("study,treatment,n,events\nA,x,10,few\nA,y,10,2\n", "OR", "file.csv:2:events"),
        ("study,treatment,n,events\nA,x,10,2\nA,x,10,2\n", "OR", "file.csv:3"),
        ("study,treatment,n,mean,sd\nA,x,10,2,-1\nA,y,10,2,1\n", "SMD", "file.csv:2:sd"),
        ("study,treatment,n,mean,sd\nA,x,1,2,1\nA,y,10,2,1\n", "SMD", "file.csv:2:n"),
        ("study,treatment,n\nA,x,10\nA,y,10\n", "SMD", "file.csv:1"),
        ("study,treat1,treat2,estimate,se\nA,x,x,0.1,0.2\n", "SMD", "file.csv:2:treat2"),
        ("study,treat1,treat2,estimate,se\nA,x,y,0.1,0\n", "SMD", "file.csv:2:se"),
        ("study,treat1,treat2,estimate,se\nA,x,y,0.1,0.2\nA,y,x,0.1,0.2\n", "SMD", "file.csv:3"),
        ("study,treat1,treat2,estimate,se\n", "SMD", "file.csv"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_bad_input_ends_with_code_3_and_its_place(run: Run, tmp_path, content, measure, said, lang):
    file = file_of(tmp_path, content)
    ended = run("evidence", "pool", file, "-o", tmp_path / "out", "--measure", measure, "--lang", lang)
    assert ended.code == 3
    assert said in ended.err
    assert not (tmp_path / "out").exists()


def test_an_incomplete_study_of_three_arms_is_named_by_network(run: Run, tmp_path):
    content = "study,treat1,treat2,estimate,se\nA,x,y,0.1,0.2\nA,x,z,0.1,0.2\nB,y,z,0.1,0.2\n"
    ended = run("evidence", "network", file_of(tmp_path, content), "-o", tmp_path / "out")
    assert ended.code == 3
    assert "y : z" in ended.err


def test_a_study_without_any_event_is_left_out_and_said(run: Run, tmp_path):
    content = ARMS + "D,vaccine,10,0\nD,control,10,0\n"
    ended = run("evidence", "pool", file_of(tmp_path, content), "-o", tmp_path / "out", "--measure", "OR")
    assert ended.code == 0
    assert "Study D" in ended.err
    assert table(tmp_path / "out", "pooled")[0]["k"] == "3"


@pytest.mark.parametrize(
    "arguments",
    [("--reference", "nobody"), ("--tau2", "pm"), ("--measure", "XX")],
)
def test_wrong_usage_of_network_ends_with_code_2(run: Run, tmp_path, arguments):
    assert run("evidence", "network", file_of(tmp_path, THREE), "-o", tmp_path / "out", *arguments).code == 2


@pytest.mark.parametrize("symptom", ["hallucination", "delusion", "negative", "depression"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_match_prints_a_table_with_certainty_and_refusals(run: Run, symptom, lang):
    ended = run("evidence", "match", "--symptom", symptom, "--lang", lang)
    assert ended.code == 0, ended.err
    name, refused = {"en": ("minocycline", "too little to say"), "zh": ("米诺环素", "证据太少")}[lang]
    assert name in ended.out
    assert refused in ended.out.replace("│", "")
    assert "GABA-B" in ended.out


def test_match_writes_its_tables_and_an_r_script(run: Run, tmp_path):
    out = tmp_path / "out"
    assert run("evidence", "match", "--symptom", "negative", "-o", out, "--export-r").code == 0
    rows = {row["option"]: row for row in table(out, "options")}
    assert rows["memantine"]["why"].startswith("every row with numbers was left out")
    assert rows["ect"]["as_given_effect"] != rows["ect"]["effect"]
    assert {row["comparison"] for row in table(out, "indirect")} == {"indirect"}
    marked = {row["pool"] for row in table(out, "syntheses") if row["implausible"] == "yes"}
    assert "Yeh2023" in marked
    assert "dbs_nucleus_accumbens vs dbs_subgenual_cingulate" in {
        row["option"] for row in table(out, "uncompared")
    }
    assert "ketamine" in {row["option"] for row in table(out, "uncompared")}
    assert "export/reproduce.R" in files_below(out)


def test_list_shows_trials_whose_numbers_are_not_public(run: Run, tmp_path):
    ended = run("evidence", "list", "--symptom", "hallucination", "-o", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert {row["numbers"] for row in table(tmp_path / "out", "list")} <= {"n_only", "p_only"}
    assert "4 without public numbers" in ended.err


def test_list_of_an_unknown_symptom_is_wrong_usage(run: Run):
    ended = run("evidence", "list", "--symptom", "voices")
    assert ended.code == 2
    assert "hallucination" in ended.err


def test_add_says_what_changed_and_why(run: Run, tmp_path):
    out = tmp_path / "snapshot"
    ended = run("evidence", "add", written(tmp_path, ROW), "-o", out, "--date", "2026-11-23")

    assert ended.code == 0, ended.err
    changed = {(row["symptom"], row["option"]): row for row in table(out, "changes")}
    row = changed["negative", "sodium_benzoate"]
    assert (row["change"], row["before_k"], row["after_k"]) == ("changed", "1", "2")
    assert "U1" in row["why"]
    assert {one["row"] for one in table(out, "trials")} >= {"U1", "T001", "T088"}
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["options"]["date"] == "2026-11-23"


def test_a_snapshot_can_be_added_to(run: Run, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert run("evidence", "add", written(tmp_path, ROW), "-o", first, "--date", "2026-11-23").code == 0
    more = written(tmp_path, {**ROW, "row": "U2", "trial": "Later"})
    ended = run("evidence", "add", more, "--base", first, "-o", second, "--date", "2026-11-24")

    assert ended.code == 0, ended.err
    assert {"U1", "U2"} <= {row["row"] for row in table(second, "trials")}
    assert run("evidence", "add", more, "--base", second, "-o", first, "--date", "2026-11-24").code == 3


def test_add_wants_a_day_and_never_asks_the_clock(run: Run, tmp_path):
    ended = run("evidence", "add", written(tmp_path, ROW), "-o", tmp_path / "out", "--date", "23.11.2026")
    assert ended.code == 2
    assert not (tmp_path / "out").exists()


def test_an_end_just_beside_no_effect_keeps_its_side():
    assert interval(-0.12, -0.24, -0.001, "en") == "-0.12 (-0.24 to -0.001)"
    assert interval(0.0, -0.3, 0.3, "en") == "0.00 (-0.30 to 0.30)"
