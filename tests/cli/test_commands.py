"""Each command: what it says, how it ends, and what it never says."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from opentrs.cli.manual import commands
from opentrs.report.folder import files_below
from tests.cli.conftest import CANARY, PEOPLE, Run, in_a_process

NAMES = (
    "demo", "check", "study", "ascertain", "subtype", "mechanism", "treat", "predict", "link", "simulate",
    "verify", "evidence", "models", "power",
)  # fmt: skip


@pytest.fixture(scope="session")
def finished(cohort_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one study of the small cohort, made by the command itself."""
    out = tmp_path_factory.mktemp("finished") / "out"
    ended = in_a_process(["study", cohort_dir, "-o", out, "--person", CANARY])
    assert ended.code == 0, ended.err
    return out


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A cohort whose ids and drugs are markup and formulas, with one impossible dose."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "people.csv").write_text(
        f'person_id,diagnosis\n=1+1,F20\n<script>alert(1)</script>,F20\n"{CANARY}",F20\n', encoding="utf-8"
    )
    (folder / "drug_exposures.csv").write_text(
        "person_id,drug,start_date,end_date,dose_mg_per_day\n"
        f"{CANARY},olanzapine,2020-01-01,2020-03-31,-5\n"
        "=1+1,<b>nosuchdrug</b>,2020-01-01,2020-03-31,20\n"
        "<script>alert(1)</script>,olanzapine,2020-01-01,2020-03-31,20\n",
        encoding="utf-8",
    )
    return folder


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom opentrs.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'numpy', 'duckdb', 'ibis', 'pyarrow', 'jinja2', 'scipy'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    assert all(f"\n  {name} " in ended.stdout for name in NAMES)


def test_every_command_and_option_has_help() -> None:
    found = commands()

    assert tuple(dict.fromkeys(command.name.split(" ")[0] for command in found)) == NAMES
    assert all(command.help for command in found)
    flags = {
        "--debug", "--keep-going", "--aggregate-only", "--derive", "--small-is-good",
        "--export-r", "--not-on-clozapine", "--thorough", "--surface-html",
    }  # fmt: skip
    bare = [
        each.names
        for command in found
        for each in command.parameters
        if not each.is_argument and not each.metavar and not flags & set(each.names)
    ]
    assert bare == []
    unhelped = [
        (command.name, each.names) for command in found for each in command.parameters if not each.help
    ]
    assert unhelped == []


def test_a_study_ends_with_the_path_of_its_report(finished: Path, run: Run, cohort_dir: Path) -> None:
    report = (finished / "report.html").read_text(encoding="utf-8")

    assert len(report) < 500_000
    assert f"Person {CANARY}" in report
    record = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert record["command"] == "study"
    assert {entry["file"] for entry in record["inputs"]} >= {"people.csv"}
    assert str(cohort_dir.parent) not in (finished / "run.json").read_text(encoding="utf-8")


def test_the_same_input_and_seed_give_the_same_bytes_and_logs_name_nobody(
    finished: Path, cohort_dir: Path, tmp_path: Path
) -> None:
    ended = in_a_process(["study", cohort_dir, "-o", tmp_path / "again", "--person", CANARY])

    assert ended.code == 0, ended.err
    assert ended.out.strip().splitlines()[-1] == str(tmp_path / "again" / "report.html")
    assert CANARY not in ended.out + ended.err
    first, again = files_below(finished), files_below(tmp_path / "again")
    assert list(first) == list(again)
    assert [name for name in first if first[name].read_bytes() != again[name].read_bytes()] == []


def test_a_study_opens_no_connection(
    cohort_dir: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    ended = run("ascertain", cohort_dir, "-o", tmp_path / "out", "--lang", "zh", "--aggregate-only")

    assert ended.code == 0, ended.err
    for name, path in files_below(tmp_path / "out").items():
        assert CANARY.encode() not in path.read_bytes(), name
    assert not (tmp_path / "out" / "tables" / "ascertain" / "verdicts.csv").exists()


def test_verify_passes_and_then_names_the_one_file_that_changed(
    finished: Path, tmp_path: Path, run: Run
) -> None:
    out = tmp_path / "copy"
    shutil.copytree(finished, out)
    assert run("verify", out).code == 0

    page = bytearray((out / "report.html").read_bytes())
    page[1000] ^= 1
    (out / "report.html").write_bytes(page)
    ended = run("verify", out)

    assert ended.code == 5
    assert "changed: report.html" in ended.err
    assert "study.json" not in ended.err


def test_verify_refuses_a_folder_without_a_run(tmp_path: Path, run: Run) -> None:
    assert run("verify", tmp_path).code == 2


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_check_lists_problems_by_place_without_values_and_ends_with_3(
    hostile: Path, run: Run, lang: str
) -> None:
    ended = run("check", hostile, "--lang", lang)

    assert ended.code == 3
    assert "drug_exposures.csv:2:dose_mg_per_day  " in ended.err
    assert CANARY not in ended.out + ended.err
    assert "alert(1)" not in ended.out + ended.err
    assert "nosuchdrug" not in ended.out + ended.err


def test_a_study_of_bad_input_writes_nothing(hostile: Path, tmp_path: Path, run: Run) -> None:
    ended = run("study", hostile, "-o", tmp_path / "out")

    assert ended.code == 3
    assert "--keep-going" in ended.err
    assert not (tmp_path / "out").exists()


def test_keep_going_leaves_bad_rows_out_and_lists_them_in_the_report(
    hostile: Path, tmp_path: Path, run: Run
) -> None:
    ended = run("study", hostile, "-o", tmp_path / "out", "--keep-going")

    assert ended.code == 0, ended.err
    assert CANARY not in ended.out + ended.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "drug_exposures.csv:2:dose_mg_per_day" in page
    assert "<script" not in page
    verdicts = (tmp_path / "out" / "tables" / "ascertain" / "verdicts.csv").read_text(encoding="utf-8")
    assert "\n'=1+1," in verdicts
    files = (tmp_path / "out" / "tables" / "quality" / "files.csv").read_text(encoding="utf-8")
    assert "\ndrug_exposures.csv,drug_exposures," in files
    assert files.rstrip().endswith(",3,2,1") or ",3,2,1\n" in files, "read = kept + rejected"


def test_an_output_folder_with_other_files_is_refused_before_anything_is_read(
    hostile: Path, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("mine", encoding="utf-8")
    ended = run("study", hostile, "-o", tmp_path / "out")

    assert ended.code == 2
    assert (tmp_path / "out" / "thesis.docx").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ["study"],
        ["study", "nowhere", "-o", "out"],
        ["study", ".", "-o", "out", "--only", "astrology"],
        ["study", ".", "-o", "out", "--part", "brains"],
        ["study", ".", "-o", "out", "--dose-key", "nokey"],
        ["study", ".", "-o", "out", "--person", "x", "--aggregate-only"],
        ["study", ".", "-o", "out", "--definition", "nofile.toml"],
        ["simulate", "new", "--people", "0"],
        ["simulate", "new", "--people", "5", "--as", "omop"],
        ["simulate", "new", "--people", "5", "--as", "bids"],
        ["simulate", "new", "--people", "5", "--with", "horoscopes"],
        ["nosuchcommand"],
    ],
)
def test_wrong_usage_ends_with_2_and_writes_nothing(
    arguments: list[str], run: Run, cohort_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run(*[str(cohort_dir) if argument == "." else argument for argument in arguments])

    assert ended.code == 2
    assert ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_person_who_is_not_there_is_not_repeated(cohort_dir: Path, tmp_path: Path, run: Run) -> None:
    ended = run("study", cohort_dir, "-o", tmp_path / "out", "--person", "stranger-0815")

    assert ended.code == 2
    assert "1 of the 1 people" in ended.err
    assert "stranger-0815" not in ended.err


def test_simulate_writes_a_cohort_that_checks_clean_and_refuses_a_full_folder(
    tmp_path: Path, run: Run
) -> None:
    ended = run("simulate", tmp_path / "new", "--people", PEOPLE, "--seed", 7)
    assert ended.code == 0, ended.err
    assert ended.out.strip() == str(tmp_path / "new")
    assert run("check", tmp_path / "new").code == 0

    assert run("simulate", tmp_path / "new", "--people", PEOPLE).code == 2


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "met a fault of its own (KeyError at opentrs/"), ("zh", "故障（KeyError")]
)
def test_a_fault_of_ours_is_one_line_without_values_and_without_traceback(
    cohort_dir: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    from opentrs import sources

    def stumble(*_: object, **__: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(sources, "read", stumble)
    ended = run("study", cohort_dir, "-o", tmp_path / "out", "--lang", lang)

    assert ended.code == 1
    assert said in ended.err
    assert CANARY not in ended.err
    assert "Traceback" not in ended.err

    assert "Traceback" in run("study", cohort_dir, "-o", tmp_path / "out", "--debug").err


def test_a_stage_that_stumbles_ends_with_4_and_leaves_the_former_run(
    cohort_dir: Path, finished: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentrs.cli import runs

    def stumble(cohort: object, stages: object, settings: object, progress) -> None:  # type: ignore[no-untyped-def]
        progress("ascertain", 0, 1)
        raise ValueError(CANARY)

    out = tmp_path / "out"
    shutil.copytree(finished, out)
    monkeypatch.setattr(runs, "run_study", stumble)
    ended = run("study", cohort_dir, "-o", out)

    assert ended.code == 4
    assert "ascertain failed (ValueError)" in ended.err
    assert CANARY not in ended.err
    assert run("verify", out).code == 0


def test_characters_that_steer_a_terminal_are_made_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    from opentrs.cli.lines import say

    say("people\x1b[31m.csv\u202e\u200b 药物")

    assert capsys.readouterr().err == "people?[31m.csv?? 药物\n"
