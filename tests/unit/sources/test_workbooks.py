"""Workbooks and Parquet files give the same cohort as text files."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook

from opentrs.sources import read
from tests.unit.sources.folders import TODAY, checked, folder, found


def workbook(path: Path, rows: list[list[object]], sheets: tuple[str, ...] = ("Sheet1",)) -> None:
    """Write rows into the last of these sheets."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = sheets[0]
    for name in sheets[1:]:
        sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
    book.save(path)


def test_a_workbook_reads_like_a_csv(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["person_id", "birth_date", "age_years"],
        [7, datetime(1980, 1, 2), 40.5],
        ["=1", None],
    ]
    workbook(tmp_path / "people.xlsx", rows)

    people = read(tmp_path, today=TODAY).people.to_pandas()

    assert people["person_id"].tolist()[0] == "7"
    assert pd.Timestamp(people.loc[0, "birth_date"]).date() == date(1980, 1, 2)
    assert people["age_years"].tolist()[0] == 40.5


def test_of_several_sheets_the_one_named_like_the_table_is_read(tmp_path: Path) -> None:
    workbook(tmp_path / "people.xlsx", [["person_id"], ["cai"]], ("notes", "people"))

    result = checked(tmp_path, people_note__txt="")

    assert result.files[0].kept == 1
    assert found(result.problems, "note") == [("people.xlsx", "sheet_used")]


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    result = checked(tmp_path, people__xlsx=b"no workbook at all")

    assert found(result.problems) == [("people.xlsx", "file_unreadable")]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "people.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)

    result = checked(tmp_path, people_note__txt="")

    assert found(result.problems) == [("people.xlsx", "workbook_too_large")]


def test_parquet_reads_like_a_csv(tmp_path: Path) -> None:
    table = pd.DataFrame({"person_id": [1, 2], "birth_date": [date(1980, 1, 1), None], "sex": ["F", None]})
    table.to_parquet(tmp_path / "people.parquet")

    people = read(tmp_path, today=TODAY).people.to_pandas()

    assert people["person_id"].tolist() == ["1", "2"]
    assert people["birth_date"].notna().tolist() == [True, False]


def test_a_problem_in_parquet_is_told_by_row_with_the_header_as_line_one(tmp_path: Path) -> None:
    pd.DataFrame({"person_id": ["a", "b"], "sex": ["F", "X"]}).to_parquet(tmp_path / "people.parquet")

    result = checked(tmp_path, people_note__txt="")

    assert found(result.problems) == [("people.parquet:3:sex", "choice_unknown")]


@pytest.mark.parametrize("name", ["people.parquet"])
def test_a_parquet_file_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PAR1 not really")

    assert found(checked(tmp_path, people_note__txt="").problems) == [(name, "file_unreadable")]


def test_a_second_scan_file_may_have_other_regions(tmp_path: Path) -> None:
    first = "person_id,date,lh_a\ncai,2020-01-01,2.5\n"
    mapping = (
        '[[table]]\nname = "people"\nfile = "people.csv"\ncolumns.person_id = "person_id"\nunused = "all"\n'
    )
    mapping += '[[table]]\nname = "cortex"\nfiles = ["one.csv", "two.csv"]\n'
    mapping += 'columns = { person_id = "person_id", date = "date" }\n'
    place = folder(tmp_path, people="person_id\ncai\n", one=first, two=first.replace("lh_a", "rh_b"),
                   cohort__toml=mapping)  # fmt: skip

    cortex = read(place, keep_going=True, today=TODAY).table("cortex").to_pandas()

    assert cortex[["lh_a", "rh_b"]].notna().to_numpy().tolist() == [[True, True]]
