"""The output folder: what is in it, that it appears whole, and that a changed byte is found."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys
import textwrap
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from opentrs.errors import UsageError
from opentrs.report.export import write_csv, write_parquet
from opentrs.report.folder import RUN_RECORD, check_target, files_below, replaced_whole
from opentrs.report.output import write_run
from opentrs.report.verify import verify_run
from tests.unit.report.conftest import CANARY, FORMULA, HOSTILE, MakeRun


def test_a_run_writes_what_the_contract_names(make_run: MakeRun, tmp_path: Path) -> None:
    write_run(make_run(people=(HOSTILE,)), tmp_path / "out")

    names = set(files_below(tmp_path / "out"))
    assert {
        "report.html",
        "study.json",
        "run.json",
        "tables/ascertain/verdicts.csv",
        "tables/ascertain/verdicts.parquet",
        "tables/quality/problems.csv",
        "figures/ascertain/prevalence.svg",
        "figures/people/person-1-courses.svg",
    } <= names
    assert not [name for name in names if "canary" in name or "script" in name]


def test_the_same_run_twice_gives_the_same_bytes(make_run: MakeRun, tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_run(make_run(people=(HOSTILE,)), tmp_path / name)

    one, other = files_below(tmp_path / "one"), files_below(tmp_path / "other")
    assert list(one) == list(other)
    assert all(one[name].read_bytes() == other[name].read_bytes() for name in one)


def test_numbers_json_cannot_hold_become_null(make_run: MakeRun, tmp_path: Path) -> None:
    write_run(make_run(), tmp_path / "out")

    finding = json.loads((tmp_path / "out" / "study.json").read_text())["findings"][0]
    assert finding["estimate"] == 1 / 3
    assert finding["high"] is None


def test_a_cell_a_spreadsheet_would_run_is_neutralised_in_csv_and_kept_in_parquet(
    make_run: MakeRun, tmp_path: Path
) -> None:
    write_run(make_run(), tmp_path / "out")
    folder = tmp_path / "out" / "tables" / "ascertain"
    with (folder / "verdicts.csv").open(encoding="utf-8", newline="") as handle:
        shown = {row["person_id"] for row in csv.DictReader(handle)}

    assert f"'{FORMULA}" in shown
    assert FORMULA not in shown
    assert FORMULA in set(pd.read_parquet(folder / "verdicts.parquet")["person_id"])


def test_csv_cells_are_plain(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "number": [0.1 + 0.2, None],
            "day": [date(2020, 2, 29), None],
            "moment": [datetime(2020, 2, 29), None],
            "claim": pd.array([True, None], dtype="boolean"),
            "words": ["-500", "@SUM(A1)"],
            "chinese": ["氯氮平", 'a "quoted", cell'],
        }
    )
    write_csv(frame, tmp_path / "plain.csv")

    assert (tmp_path / "plain.csv").read_bytes().decode("utf-8") == textwrap.dedent(
        """\
        number,day,moment,claim,words,chinese
        0.30000000000000004,2020-02-29,2020-02-29,yes,-500,氯氮平
        ,,,,'@SUM(A1),"a ""quoted"", cell"
        """
    )


def test_a_column_of_mixed_kinds_reaches_parquet_as_text(tmp_path: Path) -> None:
    write_parquet(
        pd.DataFrame({"mixed": [1, "two", None], "nothing": [None, None, None]}), tmp_path / "t.parquet"
    )

    assert pd.read_parquet(tmp_path / "t.parquet")["mixed"].tolist()[:2] == ["1", "two"]


def test_a_run_record_holds_no_path_and_no_person(make_run: MakeRun, tmp_path: Path) -> None:
    write_run(make_run(people=(CANARY,)), tmp_path / "out")
    record = (tmp_path / "out" / RUN_RECORD).read_text()

    assert str(tmp_path) not in record
    assert CANARY not in record


@pytest.mark.parametrize("name", ["report.html", "study.json", "run.json", "tables/ascertain/courses.csv"])
def test_one_flipped_bit_is_found_and_its_file_named(make_run: MakeRun, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    write_run(make_run(), out)
    assert verify_run(out).holds

    content = bytearray((out / name).read_bytes())
    content[len(content) // 2] ^= 1
    (out / name).write_bytes(content)

    found = verify_run(out)
    assert not found.holds
    assert found.changed == (name,)


def test_a_missing_file_fails_and_an_added_one_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_run(make_run(), out)
    (out / "study.json").unlink()
    (out / "notes.txt").write_text("mine")

    found = verify_run(out)
    assert found.missing == ("study.json",)
    assert found.added == ("notes.txt",)
    assert not found.holds


def test_a_folder_without_a_run_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"run\.json"):
        verify_run(tmp_path)


def test_an_earlier_run_is_replaced(make_run: MakeRun, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_run(make_run(people=(HOSTILE,)), out)
    check_target(out)
    write_run(make_run("zh"), out)

    assert "难治" in (out / "report.html").read_text(encoding="utf-8")
    assert not (out / "figures" / "people").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"], "nothing may be left beside it"


def test_a_folder_with_anything_else_in_it_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        check_target(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        check_target(tmp_path / "mine.txt")

    out = tmp_path / "out"
    write_run(make_run(), out)
    (out / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        check_target(out)


def test_a_failed_run_leaves_the_former_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")

    with contextlib.suppress(RuntimeError), replaced_whole(out) as fresh:
        (fresh / "new").write_text("new")
        raise RuntimeError

    assert list(files_below(tmp_path)) == ["out/old"]


def test_a_killed_run_leaves_the_former_one_and_the_next_run_tidies_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")
    killed = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from opentrs.report.folder import replaced_whole
        with replaced_whole(Path({str(out)!r})) as fresh:
            (fresh / "new").write_text("new")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    subprocess.run([sys.executable, "-c", killed], check=False)
    assert (out / "old").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2

    with replaced_whole(out) as fresh:
        (fresh / "newer").write_text("newer")

    assert list(files_below(tmp_path)) == ["out/newer"]


def test_replacing_works_where_the_system_cannot_swap_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentrs.report import folder

    monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")
    with replaced_whole(out) as fresh:
        (fresh / "new").write_text("new")

    assert list(files_below(tmp_path)) == ["out/new"]
    assert os.listdir(tmp_path) == ["out"]
