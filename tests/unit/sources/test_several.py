"""Several folders as one cohort: each read by its own rules, nobody of one taken for somebody of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs.errors import InputProblemsError
from opentrs.sources import check, read
from tests.unit.sources.folders import TODAY, folder, found

NORTH = """[cohort]
missing = ["-1"]
decimal = ","
[[table]]
name = "people"
file = "pat.csv"
columns = { person_id = "id", age_years = "age", site = "where" }
recode.site = { 1 = "ward" }
"""


def two_folders(place: Path, mapping: str, north: str = 'id,age,where\ncai,"30,5",1\nlin,-1,1\n') -> Path:
    """North writes decimal commas and a code for missing; south is plain tables, with a person cai too."""
    for name in ("north", "south"):
        (place / name).mkdir(parents=True)
    folder(place / "north", pat=north, cohort__toml=NORTH)
    folder(place / "south", people="person_id,age_years,site\ncai,44.5,ward\n",
           cortex="person_id,lh_insula_thickness\ncai,2.9\n")  # fmt: skip
    (place / "cohort.toml").write_text(mapping)
    return place


def source(name: str, *more: str) -> str:
    return "\n".join(["[[source]]", f'folder = "{name}"', *more, ""])


BOTH = source("north", 'prefix = "n-"') + source("south", 'prefix = "s-"')


def test_each_folder_is_read_by_its_own_rules_and_a_shared_id_stays_two_people(tmp_path: Path) -> None:
    cohort = read(two_folders(tmp_path, BOTH), today=TODAY)
    people = cohort.people.to_pandas().set_index("person_id")
    assert people["age_years"].fillna(0).to_dict() == {"n-cai": 30.5, "n-lin": 0, "s-cai": 44.5}
    assert people["site"].to_dict() == {"n-cai": "n-ward", "n-lin": "n-ward", "s-cai": "s-ward"}
    assert cohort.table("cortex").to_pandas()["person_id"].tolist() == ["s-cai"]
    assert cohort.name == tmp_path.name


def test_every_file_is_named_from_the_cohorts_folder_and_hashed(tmp_path: Path) -> None:
    files = {entry.name: entry for entry in read(two_folders(tmp_path, BOTH), today=TODAY).files}
    assert set(files) == {
        "north/pat.csv", "south/people.csv", "south/cortex.csv", "cohort.toml", "north/cohort.toml",
    }  # fmt: skip
    assert files["north/pat.csv"].kept == 2
    assert all(len(entry.sha256) == 64 for entry in files.values())


def test_without_prefixes_a_shared_id_is_refused_and_not_merged(tmp_path: Path) -> None:
    result = check(two_folders(tmp_path, source("north") + source("south")), today=TODAY)
    assert result.cohort is None
    assert [place.split(":")[0] for place, _ in found(result.problems, "error")] == ["south/people.csv"]


def test_what_is_wrong_in_any_folder_is_told_at_once_with_its_path(tmp_path: Path) -> None:
    mapping = BOTH + source("nowhere") + source("south", 'config = "absent.toml"') + source("../elsewhere")
    place = two_folders(tmp_path / "inner", mapping)
    (place / "north" / "cohort.toml").write_text(NORTH.replace("pat.csv", "gone.csv"))
    with pytest.raises(InputProblemsError) as refused:
        read(place, today=TODAY)
    told = {(problem.place, problem.code) for problem in refused.value.problems}
    assert told == {
        ("north/cohort.toml:6:table.file", "config_file_absent"),
        ("cohort.toml:8:source.folder", "config_source_absent"),
        ("cohort.toml:11:source.config", "config_file_absent"),
        ("cohort.toml:13:source.folder", "config_file_outside"),
    }


def test_a_folder_that_is_itself_several_is_refused(tmp_path: Path) -> None:
    two_folders(tmp_path / "inner", BOTH)
    (tmp_path / "cohort.toml").write_text(source("inner"))
    result = check(tmp_path, today=TODAY)
    assert [problem.code for problem in result.problems] == ["config_source_nested"]


@pytest.mark.parametrize("key", ["file", "prefixes"])
def test_a_setting_a_source_does_not_have_is_refused_with_its_line(tmp_path: Path, key: str) -> None:
    result = check(two_folders(tmp_path, BOTH + source("south", f'{key} = "x"')), today=TODAY)
    assert [(problem.line, problem.column) for problem in result.problems] == [(9, f"source.{key}")]
