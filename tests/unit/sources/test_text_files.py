"""Text files as clinics save them: encodings, delimiters, quotes, blank lines."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from opentrs.sources import read
from tests.unit.sources.folders import TODAY, checked, folder, found

NAMED = "person_id,site\n李明,北京\ncai,上海\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_reads_the_same_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    cohort = read(folder(tmp_path, people=NAMED.encode(encoding)), today=TODAY)

    people = cohort.people.to_pandas()
    assert people["person_id"].tolist() == ["李明", "cai"]
    assert people["site"].tolist() == ["北京", "上海"]


def test_reading_gb18030_is_noted(tmp_path: Path) -> None:
    result = checked(tmp_path, people=NAMED.encode("gb18030"))

    assert found(result.problems, "note") == [("people.csv", "encoding_used")]


@pytest.mark.parametrize(
    "content", [NAMED.encode("utf-16"), b"person_id\ncai\n\xff\xff\xff", b"person_id\nca\0i\n"]
)
def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path, content: bytes) -> None:
    result = checked(tmp_path, people=content)

    assert [code for _, code in found(result.problems)] == ["encoding_unknown"]
    assert result.problems[0].line == (1 if content.startswith(b"\xff") else 3 if b"\xff" in content else 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_the_header_uses(tmp_path: Path, delimiter: str) -> None:
    table = f"person_id{delimiter}site\ncai{delimiter}a|b\n"

    people = read(folder(tmp_path, people=table), today=TODAY).people.to_pandas()

    assert people.loc[0, ["person_id", "site"]].tolist() == ["cai", "a|b"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_numbers_are_right_after_quoted_line_ends(tmp_path: Path, line_end: str) -> None:
    table = 'person_id,site|cai,"one|two|three"|lin,x|lin,y|'.replace("|", line_end)

    result = checked(tmp_path, people=table)

    assert found(result.problems) == [("people.csv:6:person_id", "person_twice")]
    assert result.problems[0].params["first"] == 5


def test_blank_lines_are_passed_over_and_counted_in_a_note(tmp_path: Path) -> None:
    result = checked(tmp_path, people="\n\nperson_id,sex\n\ncai,F\n,\n  , \nlin,X\n")

    assert found(result.problems) == [("people.csv:8:sex", "choice_unknown")]
    assert [problem.params["n"] for problem in result.problems if problem.code == "rows_blank"] == [3]


def test_a_row_of_another_width_is_rejected_unless_only_blanks_are_too_many(tmp_path: Path) -> None:
    result = checked(tmp_path, people="person_id,sex\ncai,F,,\nlin\nwei,M,x\n")

    assert found(result.problems) == [("people.csv:3", "row_width"), ("people.csv:4", "row_width")]
    assert (result.files[0].read, result.files[0].kept, result.files[0].rejected) == (3, 1, 2)


def test_a_quotation_mark_that_never_closes_is_found_where_it_opens(tmp_path: Path) -> None:
    result = checked(tmp_path, people='person_id,sex\ncai,F\nlin,"F\nwei,M\n')

    assert found(result.problems) == [("people.csv:3", "row_unreadable")]
    assert (result.files[0].read, result.files[0].kept, result.files[0].rejected) == (2, 1, 1)


def test_rows_after_an_unreadable_one_are_read_with_their_own_lines(tmp_path: Path) -> None:
    result = checked(tmp_path, people='person_id,sex\ncai,F\n"a"b,M\nlin,X\n')

    assert found(result.problems) == [
        ("people.csv:3", "row_unreadable"),
        ("people.csv:4:sex", "choice_unknown"),
    ]


def test_every_file_is_named_with_its_hash(tmp_path: Path) -> None:
    result = checked(tmp_path)

    content = (tmp_path / "people.csv").read_bytes()
    assert result.files[0].sha256 == hashlib.sha256(content).hexdigest()


def test_column_names_are_read_in_upper_and_lower_case(tmp_path: Path) -> None:
    people = read(folder(tmp_path, people=" Person_ID ,SEX\ncai,female\n"), today=TODAY).people.to_pandas()

    assert people.loc[0, ["person_id", "sex"]].tolist() == ["cai", "F"]


def test_what_a_spreadsheet_export_guarded_comes_back_as_it_was(tmp_path: Path) -> None:
    people = read(folder(tmp_path, people="person_id,site\n'=1+1,'+a\n"), today=TODAY).people.to_pandas()

    assert people.loc[0, ["person_id", "site"]].tolist() == ["=1+1", "+a"]
