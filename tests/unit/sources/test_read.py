"""Reading a folder: what is kept, what is refused, and how both are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs.errors import InputProblemsError, UsageError
from opentrs.sources import read
from tests.unit.sources.folders import TODAY, checked, folder, found

EXPOSURES = """person_id,drug,start_date,end_date,dose_mg_per_day
cai,olanzapine,2020-01-01,2020-03-01,20
cai,olanzapine,2020-05-01,2020-03-01,20
lin,Zyprexa,2020-01-01,,-5
lin,Zyprexa,2020-01-01,,200
nobody,haloperidol,2020-01-01,,5
"""


def test_a_sound_folder_becomes_a_cohort_with_every_declared_column(tmp_path: Path) -> None:
    cohort = read(folder(tmp_path), today=TODAY)

    assert cohort.people.person_id.to_pandas().tolist() == ["cai", "lin"]
    assert cohort.problems == ()


def test_every_problem_is_listed_in_one_go(tmp_path: Path) -> None:
    result = checked(tmp_path, drug_exposures=EXPOSURES)

    assert result.cohort is None
    assert found(result.problems) == [
        ("drug_exposures.csv:3:end_date", "end_before_start"),
        ("drug_exposures.csv:4:dose_mg_per_day", "dose_negative"),
        ("drug_exposures.csv:5:dose_mg_per_day", "dose_implausible"),
        ("drug_exposures.csv:6:person_id", "person_unknown"),
    ]


def test_errors_refuse_the_cohort_and_list_every_problem(tmp_path: Path) -> None:
    with pytest.raises(InputProblemsError) as refused:
        read(folder(tmp_path, drug_exposures=EXPOSURES), today=TODAY)

    assert len([problem for problem in refused.value.problems if problem.severity == "error"]) == 3


def test_keep_going_leaves_bad_rows_out_and_counts_them(tmp_path: Path) -> None:
    cohort = read(folder(tmp_path, drug_exposures=EXPOSURES), keep_going=True, today=TODAY)

    counts = {file.table: (file.read, file.kept, file.rejected) for file in cohort.files}
    assert counts == {"people": (2, 2, 0), "drug_exposures": (5, 2, 3)}
    assert sorted(cohort.table("drug_exposures").dose_mg_per_day.to_pandas()) == [20, 200]


def test_without_anybody_left_there_is_no_cohort_even_when_going_on(tmp_path: Path) -> None:
    with pytest.raises(InputProblemsError) as refused:
        read(folder(tmp_path, people="person_id,sex\ncai,X\n"), keep_going=True, today=TODAY)

    assert [problem.code for problem in refused.value.problems] == ["people_none", "choice_unknown"]


def test_a_folder_without_tables_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no table of a cohort"):
        read(tmp_path)
