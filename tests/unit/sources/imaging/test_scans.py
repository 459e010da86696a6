"""Faults of imaging tables are said by name: dead columns, slipped names, wrong units, two scans a day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs.measures.regions import regions_of
from opentrs.reference.load import facts
from opentrs.sources import CheckResult
from opentrs.sources.imaging.fit import shift_of
from tests.unit.sources.folders import checked
from tests.unit.sources.imaging.tables import csv_of, people_of, typical

DK = typical("desikan_killiany", "thickness")


def read(place: Path, table: pd.DataFrame, name: str = "cortex") -> CheckResult:
    return checked(place, people=people_of(table), **{name: csv_of(table)})


def codes(result: CheckResult) -> list[str]:
    return [problem.code for problem in result.problems]


def the(result: CheckResult, code: str):
    (found,) = [problem for problem in result.problems if problem.code == code]
    return found


def test_a_sound_table_has_nothing_wrong(tmp_path: Path) -> None:
    result = read(tmp_path, DK)

    assert codes(result) == []
    assert regions_of(result.cohort, "cortex").matrix.shape == (6, 68)


def test_constant_and_zero_columns_are_left_out_by_name(tmp_path: Path) -> None:
    table = DK.assign(lh_cuneus_thickness=0.0, rh_insula_thickness=2.5)

    result = read(tmp_path, table)

    assert the(result, "regions_all_zero").params["columns"] == "lh_cuneus_thickness"
    assert the(result, "regions_constant").params["columns"] == "rh_insula_thickness"
    assert {"L_cuneus", "R_insula"}.isdisjoint(regions_of(result.cohort, "cortex").ids)


@pytest.mark.parametrize(("people", "left_out"), [(4, False), (5, True)])
def test_a_constant_is_told_from_five_scans_on(tmp_path: Path, people: int, left_out: bool) -> None:
    table = typical("desikan_killiany", "thickness", people).assign(rh_insula_thickness=2.5)

    assert ("regions_constant" in codes(read(tmp_path, table))) == left_out


def test_the_real_value_under_the_newer_spelling_is_named(tmp_path: Path) -> None:
    table = DK[["person_id"]].assign(**{
        "lh_G_Ins_lG&S_cent_ins_thickness": [3.0, 3.1, 3.2, 3.3, 3.4, 3.5],
        "lh_G_Ins_lg&S_cent_ins_thickness": 0.0,
        "lh_G_cuneus_thickness.1": 0.0,
        "lh_G_cuneus_thickness": [1.9, 1.8, 1.9, 2.0, 1.7, 1.9],
    })  # fmt: skip

    result = read(tmp_path, table)

    pairs = the(result, "regions_other_spelling").params["pairs"]
    assert "lh_G_cuneus_thickness.1 -> lh_G_cuneus_thickness" in str(pairs)
    assert "-> lh_G_Ins_lG&S_cent_ins_thickness" in str(pairs)
    assert regions_of(result.cohort, "cortex").matrix[0].tolist() == [3.0, 1.9]


def test_a_column_constant_in_one_file_only_is_emptied_there(tmp_path: Path) -> None:
    one = DK.assign(lh_cuneus_thickness=0.0)
    other = DK.assign(person_id=[f"q{number}" for number in range(6)])
    mapping = '[[table]]\nname = "people"\nfile = "persons.csv"\ncolumns.person_id = "person_id"\n'
    mapping += '[[table]]\nname = "cortex"\nfiles = ["one.csv", "two.csv"]\ncolumns.person_id = "person_id"\n'

    both = people_of(pd.concat([one, other]))
    files = {"persons": both, "one": csv_of(one), "two": csv_of(other)}
    result = checked(tmp_path, cohort__toml=mapping, **files)

    assert the(result, "regions_all_zero").file == "one.csv"
    table = regions_of(result.cohort, "cortex")
    cuneus = table.matrix[:, table.ids.index("L_cuneus")]
    assert np.isnan(cuneus[:6]).all()
    assert np.isfinite(cuneus[6:]).all()


def test_two_filled_columns_of_one_region_that_differ_are_an_error(tmp_path: Path) -> None:
    table = DK.assign(L_cuneus_thickavg=DK["lh_cuneus_thickness"] + 0.1)

    result = read(tmp_path, table)

    assert the(result, "region_twice").severity == "error"
    assert result.cohort is None


def test_two_columns_that_agree_are_one_region(tmp_path: Path) -> None:
    result = read(tmp_path, DK.assign(L_cuneus_thickavg=DK["lh_cuneus_thickness"]))

    assert the(result, "region_copied").column == "L_cuneus_thickavg"
    assert len(regions_of(result.cohort, "cortex").ids) == 68


@pytest.mark.parametrize("places", [1, -1])
@pytest.mark.parametrize(
    ("atlas", "measure"),
    [("desikan_killiany", "thickness"), ("desikan_killiany", "area"), ("destrieux", "thickness")],
)
def test_names_that_slipped_by_one_are_noticed(tmp_path: Path, atlas: str, measure: str, places: int) -> None:
    table = typical(atlas, measure)
    names = [column for column in table if column.startswith("lh_")]
    table[names] = np.roll(table[names].to_numpy(), places, axis=1)

    result = read(tmp_path, table)

    assert the(result, "columns_shifted").column == names[0]
    assert the(result, "columns_shifted").params["places"] == places


@pytest.mark.parametrize(
    ("atlas", "measure"), [("desikan_killiany", "thickness"), ("destrieux", "thickness"), ("aseg", "volume")]
)
def test_noise_does_not_make_names_slip(atlas: str, measure: str) -> None:
    usual = np.log([
        row["typical"]
        for row in facts("region_profiles")
        if (row["atlas"], row["measure"]) == (atlas, measure)
    ])  # fmt: skip
    rng = np.random.default_rng(7)

    assert all(shift_of(usual + rng.normal(0, 0.08, len(usual)), usual) == 0 for _ in range(500))


@pytest.mark.parametrize(("factor", "unit"), [(1000, "um"), (1, "")])
def test_another_unit_is_told_and_can_be_named(tmp_path: Path, factor: float, unit: str) -> None:
    names = [column for column in DK if column != "person_id"]
    table = DK.copy()
    table[names] *= factor
    mapping = '[[table]]\nname = "people"\nfile = "persons.csv"\ncolumns.person_id = "person_id"\n'
    mapping += '[[table]]\nname = "cortex"\nfile = "c.csv"\ncolumns.person_id = "person_id"\n'
    files = {"persons": people_of(DK), "c": csv_of(table)}

    wrong = checked(tmp_path, cohort__toml=mapping, **files)
    mended = checked(tmp_path, cohort__toml=mapping + f'region_unit = "{unit}"\n', **files)

    assert ("region_unit_other" in codes(wrong)) == (factor != 1)
    assert mended.cohort is not None
    assert regions_of(mended.cohort, "cortex").matrix[0, 0] == pytest.approx(DK[names[0]][0])


def test_a_unit_nobody_knows_or_of_a_table_without_regions_is_refused(tmp_path: Path) -> None:
    mapping = '[[table]]\nname = "people"\nfile = "persons.csv"\ncolumns.person_id = "person_id"\n'
    mapping += 'region_unit = "mm"\nrepeated = "last"\n'
    mapping += '[[table]]\nname = "cortex"\nfile = "c.csv"\ncolumns.person_id = "person_id"\n'
    mapping += 'region_unit = "inch"\n'

    result = checked(tmp_path, cohort__toml=mapping, persons=people_of(DK), c=csv_of(DK))

    assert sorted(codes(result)) == [
        "config_no_such_unit", "config_region_unit_elsewhere", "config_repeated",
    ]  # fmt: skip


def test_tables_of_one_scan_become_one_row(tmp_path: Path) -> None:
    left = DK[["person_id", *(column for column in DK if column.startswith("lh_"))]].assign(eTIV=1.5e6)
    right = DK[["person_id", *(column for column in DK if column.startswith("rh_"))]].assign(eTIV=1.5e6)
    mapping = '[[table]]\nname = "people"\nfile = "persons.csv"\ncolumns.person_id = "person_id"\n'
    mapping += '[[table]]\nname = "cortex"\nfiles = ["lh.csv", "rh.csv"]\ncolumns.person_id = "person_id"\n'
    left["eTIV"] += np.arange(6)
    right["eTIV"] += np.arange(6)

    files = {"persons": people_of(DK), "lh": csv_of(left), "rh": csv_of(right)}
    result = checked(tmp_path, cohort__toml=mapping, **files)

    table = regions_of(result.cohort, "cortex")
    assert table.matrix.shape == (6, 68)
    assert np.isfinite(table.matrix).all()
    assert [(file.name, file.kept, file.rejected) for file in result.files][1:3] == [
        ("lh.csv", 6, 0), ("rh.csv", 6, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("date", "changed", "code"),
    [("2020-01-01", 0.1, "scans_same_day"), ("", 0.1, "scans_undated"), ("", 0.0, "scan_copied")],
)
def test_two_scans_that_nothing_tells_apart_are_refused(
    tmp_path: Path, date: str, changed: float, code: str
) -> None:
    again = DK.iloc[[0]].copy()
    again["lh_insula_thickness"] += changed
    table = pd.concat([DK, again.assign()]).assign(date=date, age_years=[30, 31, 32, 33, 34, 35, 30.5])

    result = read(tmp_path, table)

    assert (the(result, code).line, the(result, code).params["first"]) == (8, 2)
    cortex = next(file for file in result.files if file.table == "cortex")
    assert (cortex.read, cortex.kept, cortex.rejected) == (7, 6, 1)


def test_a_column_visit_tells_undated_scans_apart(tmp_path: Path) -> None:
    table = pd.concat([DK.assign(visit="1"), DK.assign(visit="2")])

    result = read(tmp_path, table)

    assert codes(result) == []
    assert regions_of(result.cohort, "cortex").matrix.shape == (12, 68)


def test_the_first_of_repeated_rows_is_taken_where_the_mapping_says_so(tmp_path: Path) -> None:
    table = pd.concat([DK.assign(age=30), DK.iloc[[0]].assign(age=31)])
    mapping = "".join(
        f'[[table]]\nname = "{name}"\nfile = "c.csv"\nrepeated = "first"\nunused = "all"\n'
        'columns = { person_id = "person_id", age_years = "age" }\n'
        for name in ("people", "cortex")
    )

    result = checked(tmp_path, cohort__toml=mapping, c=csv_of(table))

    assert result.cohort is not None
    ages = result.cohort.people.to_pandas().set_index("person_id")["age_years"]
    assert ages.isna().to_dict() == {person: person == "p0" for person in DK["person_id"]}
    assert [problem.params["n"] for problem in result.problems if problem.code == "repeated_disagree"] == [
        1,
        1,
    ]
    assert [(file.read, file.kept) for file in result.files if file.table] == [(7, 6), (7, 6)]


def test_swapped_sides_are_hinted_at_and_left_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    columns: dict[str, object] = {"person_id": [f"p{number}" for number in range(30)]}
    for row in facts("region_asymmetries"):
        if row["atlas"] == "aseg":
            base = rng.normal(4000, 200, 30)
            larger = base * rng.normal(1.1, 0.02, 30)
            wrong = "Left" if row["larger_side"] == "right" else "Right"
            columns[f"{wrong}-{row['structure'].replace('_', '-')}"] = larger
            columns[f"{'Right' if wrong == 'Left' else 'Left'}-{row['structure'].replace('_', '-')}"] = base
    table = pd.DataFrame(columns)

    result = read(tmp_path, table, "subcortex")

    assert the(result, "sides_swapped").params == {"against": 6, "told": 6}
    held = regions_of(result.cohort, "subcortex")
    first = held.regions[0].column
    assert held.matrix[0, 0] == pytest.approx(table[first][0])


def test_mixed_atlases_and_zero_cells_and_blank_cells_are_counted(tmp_path: Path) -> None:
    table = DK.assign(lh_G_cuneus_thickness=[2, 2.1, 2.2, 2.0, 1.9, 2.0])
    table.loc[0, "lh_insula_thickness"] = 0.0
    table.loc[1, "lh_cuneus_thickness"] = None

    result = read(tmp_path, table)

    assert the(result, "atlases_mixed").params["atlases"] == "desikan_killiany (68), destrieux (1)"
    assert the(result, "regions_zero").params["n"] == 1
    assert the(result, "regions_blank").params["cells"] == 1
    held = regions_of(result.cohort, "cortex")
    assert np.isnan(held.matrix[0, held.ids.index("L_insula")])


def test_volumes_in_the_table_of_the_cortex_are_said_to_belong_elsewhere(tmp_path: Path) -> None:
    result = read(tmp_path, DK.assign(**{"Left-Hippocampus": 4000.0}))

    assert the(result, "regions_elsewhere").params == {"n": 1, "other": "subcortex"}
    assert "Left-Hippocampus" in str(the(result, "columns_unused").params["columns"])


def test_a_table_of_vertices_is_not_taken_for_regions(tmp_path: Path) -> None:
    vertices = pd.DataFrame({"person_id": ["a"], **{f"v{number}": [2.5] for number in range(401)}})

    assert "table_is_vertices" in codes(read(tmp_path, vertices))


def test_intracranial_volume_is_named_or_missed(tmp_path: Path) -> None:
    area = typical("desikan_killiany", "area")

    assert "icv_absent" in codes(read(tmp_path, area))
    assert the(read(tmp_path, area.assign(ICV=1.5e6 + area.index)), "icv_found").column == "ICV"


def test_a_scan_of_nobody_is_refused(tmp_path: Path) -> None:
    result = checked(tmp_path, people="person_id\nsomebody\n", cortex=csv_of(DK))

    assert codes(result).count("person_unknown") == 6
