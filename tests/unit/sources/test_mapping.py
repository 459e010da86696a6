"""``cohort.toml``: a site's own files, columns, codes and units."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from opentrs.cohort.model import Cohort
from opentrs.sources import check, read
from tests.unit.sources.folders import TODAY, folder, found

PEOPLE = '[[table]]\nname = "people"\nfile = "pat.csv"\ncolumns = { person_id = "id" }\nunused = "all"\n'
IDS = "id\ncai\nlin\n"


def mapped(place: Path, mapping: str, **files: str) -> Cohort:
    """Read a folder of these files through a mapping that has the people in pat.csv."""
    return read(folder(place, pat=IDS, cohort__toml=PEOPLE + mapping, **files), today=TODAY)


def refused(place: Path, mapping: str, **files: str) -> list[tuple[int | None, str | None, str]]:
    """What is wrong with a mapping, as (line, key, code)."""
    result = check(folder(place, cohort__toml=mapping, **files), today=TODAY)
    assert result.cohort is None
    return [(problem.line, problem.column, problem.code) for problem in result.problems]


def frame(cohort: Cohort, table: str) -> pd.DataFrame:
    """A table without the columns nobody filled."""
    return cohort.table(table).to_pandas().dropna(axis=1, how="all")


def test_columns_constants_codes_units_and_dates_of_a_site_are_read(tmp_path: Path) -> None:
    mapping = """
[[table]]
name = "treatment_courses"
file = "therapie.csv"
columns.person_id = "id"
columns.drug = "mittel"
columns.dose_mg_per_day = "dosis"
columns.duration_weeks = "monate"
columns.start_date = "ab"
constants = { prospective = "no" }
recode.drug = { 1 = "olanzapine", 2 = "haloperidol" }
units = { dose_mg_per_day = "g", duration_weeks = "months" }
missing = ["99"]
missing_in.dose_mg_per_day = ["-1"]
date_format = "%d.%m.%Y"
decimal = ","
"""
    table = "id;mittel;dosis;monate;ab\ncai;1;0,02;2;03.04.2020\nlin;2;-1;99;\n"

    courses = frame(mapped(tmp_path, mapping, therapie=table), "treatment_courses")

    assert courses["drug"].tolist() == ["olanzapine", "haloperidol"]
    assert courses["dose_mg_per_day"].iloc[0] == 20
    assert courses["duration_weeks"].iloc[0] == pytest.approx(2 * 365.25 / 12 / 7)
    assert courses["start_date"].dt.strftime("%Y-%m-%d").iloc[0] == "2020-04-03"
    assert courses.loc[1, ["dose_mg_per_day", "duration_weeks", "start_date"]].isna().all()
    assert courses["prospective"].tolist() == ["no", "no"]


def test_a_date_cell_of_a_workbook_is_a_date_whatever_the_format_of_texts(tmp_path: Path) -> None:
    mapping = PEOPLE.replace('"id" }', '"id", birth_date = "born" }') + 'date_format = "%d/%m/%Y"\n'
    table = "id,born\ncai,03/04/1980\nlin,1980-04-03T00:00:00\n"

    people = read(folder(tmp_path, pat=table, cohort__toml=mapping), today=TODAY).people.to_pandas()

    assert people["birth_date"].dt.strftime("%Y-%m-%d").tolist() == ["1980-04-03", "1980-04-03"]


def test_repeated_slots_become_rows_and_a_problem_names_its_slot(tmp_path: Path) -> None:
    mapping = """
[[table]]
name = "treatment_courses"
file = "meds.csv"
columns = { person_id = "id" }
keep = [{ column = "drug", is_not = ["ECT"] }]
[table.slots]
count = 3
needs = "drug"
columns = { drug = "name{n}", dose_mg_per_day = "dose{n}" }
"""
    table = "id,name1,dose1,name2,dose2,name3,dose3\n"
    table += "cai,olanzapine,10,ECT,,haloperidol,5\nlin,,,n/a,,risperidone,90\n"
    cohort = mapped(tmp_path, mapping, meds=table)

    courses = frame(cohort, "treatment_courses")
    assert courses.to_numpy().tolist() == [
        ["cai", "olanzapine", 10],
        ["cai", "haloperidol", 5],
        ["lin", "risperidone", 90],
    ]
    assert found(cohort.problems) == [("meds.csv:3:dose3", "dose_implausible")]


def test_items_are_mapped_by_name_whatever_their_number(tmp_path: Path) -> None:
    mapping = """
[[table]]
name = "ratings"
file = "scale.csv"
columns = { person_id = "id" }
shift = { value = 1 }
[[table.items]]
scale = "PANSS"
names = { a1 = "delusions", a2 = "N1" }
"""
    ratings = frame(mapped(tmp_path, mapping, scale="id,a1,a2\ncai,0,6\n"), "ratings")

    assert ratings[["scale", "item", "value"]].to_numpy().tolist() == [["PANSS", "P1", 1], ["PANSS", "N1", 7]]


def test_columns_are_derived_by_a_closed_list_of_ways(tmp_path: Path) -> None:
    mapping = """
[[table]]
name = "drug_exposures"
file = "disp.csv"
columns = { person_id = "id", drug = "drug", start_date = "from", _days = "d", _n = "n", _a = "a", _b = "b" }
derive = [
  { column = "end_date", how = "last_day", of = ["start_date", "_days"] },
  { column = "quantity", how = "product", of = ["_days", "_n"] },
  { column = "days_supply", how = "days_between", of = ["start_date", "end_date"] },
  { column = "source", how = "join", of = ["_a", "_b"], separator = "/" },
  { column = "route", how = "first_of", of = ["_b", "_a"] },
]
"""
    table = "id,drug,from,d,n,a,b\n"
    table += "cai,olanzapine,2020-01-01,28,2,oral,\nlin,olanzapine,2020-01-01,,2,,lai\n"
    rows = frame(mapped(tmp_path, mapping, disp=table), "drug_exposures")

    assert rows["end_date"].dt.strftime("%Y-%m-%d").iloc[0] == "2020-01-28"
    assert rows.loc[0, ["quantity", "days_supply", "source", "route"]].tolist() == [56, 28, "oral", "oral"]
    assert rows.loc[1, ["end_date", "quantity", "days_supply"]].isna().all()


def test_what_cannot_be_derived_is_told_like_any_wrong_cell(tmp_path: Path) -> None:
    mapping = """
[[table]]
name = "treatment_courses"
file = "c.csv"
columns = { person_id = "id", drug = "drug", _mg = "mg", _n = "n" }
derive = [{ column = "dose_mg_per_day", how = "product", of = ["_mg", "_n"] }]
"""
    place = folder(tmp_path, pat=IDS, cohort__toml=PEOPLE + mapping, c="id,drug,mg,n\ncai,olanzapine,ten,2\n")

    assert found(check(place, today=TODAY).problems) == [("c.csv:2:dose_mg_per_day", "not_a_number")]


def test_a_depot_dose_as_given_is_no_daily_dose(tmp_path: Path) -> None:
    mapping = """
[[table]]
name = "treatment_courses"
file = "c.csv"
columns = { person_id = "id", drug = "drug", dose_mg_per_day = "mg" }
units = { dose_mg_per_day = "mg as given" }
"""
    cohort = mapped(tmp_path, mapping, c="id,drug,mg\ncai,Risperdal Consta,50\nlin,risperidone,5\n")

    doses = cohort.table("treatment_courses").dose_mg_per_day.to_pandas()
    assert doses.isna().tolist() == [True, False]
    assert found(cohort.problems) == [("c.csv:2:mg", "depot_dose_not_daily")]


def test_codes_come_from_the_sidecar_where_the_mapping_says_so(tmp_path: Path) -> None:
    mapping = PEOPLE.replace("pat.csv", "pat.tsv").replace(
        '"id" }', '"id", sex = "g" }\nrecode.sex = "sidecar"'
    )
    place = folder(tmp_path, pat__tsv="id\tg\ncai\t1\nlin\t2\n", cohort__toml=mapping,
                   pat__json='{"g": {"Levels": {"1": "Male", "2": "Female"}}}')  # fmt: skip

    cohort = read(place, today=TODAY)

    assert cohort.people.order_by("person_id").sex.to_pandas().tolist() == ["M", "F"]
    assert {file.name for file in cohort.files if not file.table} == {"cohort.toml", "pat.json"}


@pytest.mark.parametrize(
    ("mapping", "line", "key", "code"),
    [
        ("[[table]\n", 1, None, "config_not_toml"),
        ("[cohrt]\n" + PEOPLE, 1, "cohrt", "config_key_unknown_near"),
        (PEOPLE + 'zzz = "x"\n', 6, "table.zzz", "config_key_unknown"),
        (PEOPLE + 'missing = "x"\n', 6, "table.missing", "config_wrong_kind"),
        (PEOPLE + "constants = { sx = 'F' }\n", 6, "table.constants.sx", "config_no_such_column_near"),
        (PEOPLE + "constants = { qqqq = 'F' }\n", 6, "table.constants.qqqq", "config_no_such_column"),
        (PEOPLE + 'units = { age_years = "parsec" }\n', 6, "table.units.age_years", "config_no_such_unit"),
        (PEOPLE + 'date_format = "%d/%m"\n', 6, "date_format", "config_date_format"),
        (PEOPLE + 'decimal = "x"\n', 6, "decimal", "config_decimal"),
        (PEOPLE + 'keep = [{ column = "site", is = ["x"] }]\n', 6, "table.keep", "config_keep_column"),
        (PEOPLE + 'recode.sex = "sidecar"\n', 6, "table.recode.sex", "config_no_levels"),
        (PEOPLE + 'derive = [{ column = "site", how = "eval", of = [] }]\n', 6, "table.derive.how",
         "config_no_such_derivation"),
        (PEOPLE + 'derive = [{ column = "age_years", how = "product", of = ["person_id"] }]\n', 6,
         "table.derive.of", "config_derive_count"),
        (PEOPLE.replace("pat.csv", "gone.csv"), 3, "table.file", "config_file_absent"),
        (PEOPLE.replace("pat.csv", "../pat.csv"), 3, "table.file", "config_file_outside"),
        (PEOPLE.replace('"people"', '"peeple"'), 2, "table.name", "config_no_such_table"),
        ('[cohort]\nname = "x"\n', None, None, "config_no_people"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_line_and_key(
    tmp_path: Path, mapping: str, line: int | None, key: str | None, code: str
) -> None:
    assert (line, key, code) in refused(tmp_path, mapping, pat=IDS)


def test_a_column_the_mapping_promises_must_be_there(tmp_path: Path) -> None:
    mapping = PEOPLE.replace('"id" }', '"id", sex = "gender" }')

    result = check(folder(tmp_path, pat="id,gendre\ncai,F\n", cohort__toml=mapping), today=TODAY)

    assert found(result.problems) == [("pat.csv:1:gender", "mapped_column_absent")]
    assert (result.files[0].read, result.files[0].rejected) == (1, 1)
