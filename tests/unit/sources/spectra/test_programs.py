"""Tables of Osprey, LCModel and Gannet are known by their content and read with all they say of quality."""

from __future__ import annotations

from pathlib import Path, PurePath

import pandas as pd
import pytest

from opentrs.sources import CheckResult, check
from opentrs.sources.spectra.read import person_in, program_of, region_of
from tests.unit.sources.folders import TODAY, checked, folder, found
from tests.unit.sources.spectra.programs import GANNET, LCMODEL, osprey


def spectra(result: CheckResult) -> pd.DataFrame:
    assert result.cohort is not None, [(p.place, p.code, p.params) for p in result.problems]
    return result.cohort.table("spectroscopy").to_pyarrow().to_pandas()


def one(frame: pd.DataFrame, **wanted: str) -> pd.Series:
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_lcmodel_gives_concentration_and_ratio_with_bound_width_and_noise(tmp_path: Path) -> None:
    (tmp_path / "spectroscopy").mkdir()
    (tmp_path / "spectroscopy" / "cai_dACC.table").write_text(LCMODEL)

    rows = spectra(checked(tmp_path))

    water = one(rows, metabolite="Glu", reference="water")
    ratio = one(rows, metabolite="Glu", reference="creatine")
    assert (water["value"], water["crlb_percent"], water["snr"], water["unit"]) == (8.46, 6, 30, "i.u.")
    assert water["fwhm_hz"] == pytest.approx(0.040 * 123.2, abs=0.001)
    assert (ratio["value"], ratio["unit"], ratio["region"], ratio["person_id"]) == (
        1.05, "/Cr+PCr", "dACC", "cai",
    )  # fmt: skip
    assert set(rows["metabolite"]) == {"Glu", "Gln", "Lac", "tCr", "Glx"}


def test_what_lcmodel_did_not_find_is_unknown_and_not_zero(tmp_path: Path) -> None:
    (tmp_path / "spectroscopy").mkdir()
    (tmp_path / "spectroscopy" / "cai_dACC.table").write_text(LCMODEL)

    result = checked(tmp_path)

    assert spectra(result).set_index("metabolite").loc["Lac", "value"].isna().all()
    missed = [(p.line, p.column) for p in result.problems if p.code == "spectra_not_fitted"]
    assert missed == [(7, "value"), (7, "value")]


def test_without_the_field_the_width_in_ppm_stays_unknown_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "spectroscopy").mkdir()
    (tmp_path / "spectroscopy" / "cai_dACC.coord").write_text(
        LCMODEL.replace(" hzpppm= 123.2\n", "").replace(" dows= T\n", "")
    )

    result = checked(tmp_path)

    rows = spectra(result)
    assert rows["fwhm_hz"].isna().all()
    # Without a water scaling named, an amplitude has no reference known.
    assert set(rows["reference"]) == {"other", "creatine"}
    assert "mrs_width_in_ppm" in [problem.code for problem in result.problems]


def test_lcmodels_csv_is_read_by_its_three_columns_a_metabolite(tmp_path: Path) -> None:
    (tmp_path / "spectroscopy").mkdir()
    (tmp_path / "spectroscopy" / "lin_thalamus.csv").write_text(
        "Row, Col, Glu, Glu %SD, Glu/Cr+PCr, GPC+PCh, GPC+PCh %SD, GPC+PCh/Cr+PCr\n"
        " 1,  1,  8.4,  7,  1.04,  1.9,  4,  0.23\n"
    )

    rows = spectra(checked(tmp_path))

    choline = one(rows, metabolite="tCho", reference="creatine")
    assert (choline["value"], choline["crlb_percent"], choline["region"]) == (0.23, 4, "thalamus")


def test_an_image_of_many_voxels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spectroscopy").mkdir()
    (tmp_path / "spectroscopy" / "lin_acc.csv").write_text(
        "Row, Col, Glu, Glu %SD, Glu/Cr+PCr\n 1, 1, 8, 7, 1\n 1, 2, 8, 7, 1\n"
    )

    assert ("spectroscopy/lin_acc.csv:2", "mrs_many_voxels") in found(checked(tmp_path).problems)


def test_gannet_is_read_a_row_a_person_and_its_fit_error_is_no_bound(tmp_path: Path) -> None:
    result = checked(tmp_path, **{"MRS_struct_GABAGlx_voi-ACC__csv": GANNET})

    rows = spectra(result)
    gaba = one(rows, person_id="cai", metabolite="GABA+", tissue_correction="csf")
    assert (gaba["value"], gaba["fit_error_percent"], gaba["reference"]) == (2.9, 5.1, "water")
    assert (gaba["fwhm_hz"], gaba["snr"], gaba["gm_fraction"], gaba["region"]) == (8.8, 17, 0.6, "ACC")
    assert rows["crlb_percent"].isna().all()
    assert one(rows, person_id="lin", metabolite="Glx", reference="creatine")["value"] == 0.36


def test_osprey_puts_its_tables_together_by_the_order_of_rows(tmp_path: Path) -> None:
    osprey(tmp_path / "spectroscopy" / "voi-dACC")

    result = checked(tmp_path)

    rows = spectra(result)
    glutamate = one(rows, person_id="lin", metabolite="Glu")
    assert (glutamate["value"], glutamate["crlb_percent"], glutamate["fwhm_hz"]) == (11.5, 5, 8.2)
    assert (glutamate["unit"], glutamate["reference"], glutamate["tissue_correction"]) == (
        "mmol/kg", "water", "water",
    )  # fmt: skip
    assert (glutamate["region"], glutamate["snr"], glutamate["wm_fraction"]) == ("dACC", 90, 0.3)
    # Raw amplitudes are not read as concentrations, and background is no metabolite.
    assert sorted(set(rows["metabolite"])) == ["Gln", "Glu", "tCr", "tNAA"]
    assert len(rows) == 8
    names = {file.name for file in result.files}
    assert "spectroscopy/voi-dACC/QM_processed_spectra.tsv" in names


def test_fractions_that_do_not_add_up_are_named_once_a_scan(tmp_path: Path) -> None:
    osprey(tmp_path / "spectroscopy" / "voi-dACC")

    problems = [p for p in checked(tmp_path).problems if p.code == "spectra_fractions"]

    assert [(p.line, p.column, p.params["sum"]) for p in problems] == [(3, "gm_fraction", "0.9")]


def test_tables_of_different_length_are_refused_rather_than_guessed_at(tmp_path: Path) -> None:
    osprey(tmp_path / "spectroscopy" / "voi-dACC", bounds=1)

    problems = [p for p in checked(tmp_path).problems if p.code == "mrs_rows_differ"]

    assert [(p.params["n"], p.params["m"]) for p in problems] == [(2, 1)]


def test_rows_of_nobody_are_refused(tmp_path: Path) -> None:
    osprey(tmp_path / "spectroscopy" / "voi-dACC", names=False)

    assert [p.params["n"] for p in checked(tmp_path).problems if p.code == "mrs_of_whom"] == [2]


def test_bounds_above_the_limit_are_counted_by_metabolite_and_kept(tmp_path: Path) -> None:
    osprey(tmp_path / "spectroscopy" / "voi-dACC")

    result = checked(tmp_path)

    (above,) = [p for p in result.problems if p.code == "spectra_bound_above"]
    assert (above.params["metabolite"], above.params["n"], above.params["all"]) == ("Gln", 2, 2)
    assert (spectra(result)["metabolite"] == "Gln").sum() == 2


def test_a_mapping_names_the_place_of_an_unnamed_voxel(tmp_path: Path) -> None:
    osprey(tmp_path / "mrs", what="tCr")
    mapping = """
[[table]]
name = "people"
file = "people.csv"
[table.columns]
person_id = "person_id"
sex = "sex"
birth_date = "birth_date"

[[table]]
name = "spectroscopy"
file = "mrs/QuantifyResults/A_tCr_Voxel_1_Basis_1.tsv"
[table.constants]
region = "dACC"
site = "east"
te_ms = "30"
[table.recode.person_id]
sub-cai = "cai"
"""
    people = "person_id,sex,birth_date\ncai,M,1980-01-01\nlin,F,1985-05-05\n"
    folder(tmp_path, cohort__toml=mapping, people=people)

    result = check(tmp_path, today=TODAY)

    rows = spectra(result)
    assert set(rows["region"]) == {"dACC"}
    assert set(rows["site"]) == {"east"}
    assert set(rows["te_ms"]) == {30.0}
    assert set(rows["person_id"]) == {"cai", "lin"}
    assert set(rows["reference"]) == {"creatine"}
    assert "mrs_region_unnamed" not in [problem.code for problem in result.problems]


def test_a_table_that_only_says_more_of_another_cannot_be_mapped(tmp_path: Path) -> None:
    osprey(tmp_path / "mrs")
    mapping = """
[[table]]
name = "people"
file = "people.csv"
[table.columns]
person_id = "person_id"

[[table]]
name = "spectroscopy"
file = "mrs/QuantifyResults/A_CRLB_Voxel_1_Basis_1.tsv"
"""
    folder(tmp_path, cohort__toml=mapping, people="person_id\ncai\n")

    problems = check(tmp_path, today=TODAY).problems

    assert [(p.line, p.code) for p in problems] == [(10, "config_spectra_further")]


def test_a_voxel_that_is_only_counted_is_asked_about(tmp_path: Path) -> None:
    osprey(tmp_path / "spectroscopy" / "run")

    assert "mrs_region_unnamed" in [code for _, code in found(checked(tmp_path).problems)]


def test_spectra_without_a_person_are_refused_by_line(tmp_path: Path) -> None:
    result = checked(tmp_path, **{"MRS_struct_GABAGlx_voi-ACC__csv": GANNET.replace("raw/lin/", "raw/zoe/")})

    assert result.cohort is None
    lines = {p.line for p in result.problems if p.severity == "error"}
    assert lines == {3}


def test_people_with_water_and_people_with_creatine_are_not_mixed_in_silence(tmp_path: Path) -> None:
    header = "person_id,region,metabolite,value,unit,reference\n"
    result = checked(
        tmp_path,
        spectroscopy=header + "cai,ACC,Glu,9.1,i.u.,water\nlin,ACC,Glu,1.2,/tCr,creatine\n",
    )

    (mixed,) = [p for p in result.problems if p.code == "spectra_references_mixed"]
    assert mixed.params["references"] == "creatine (1), water (1)"


@pytest.mark.parametrize(("day", "code"), [("2020-02-01", "spectra_same_day"), ("", "spectra_undated")])
def test_two_values_of_one_place_and_day_are_named(tmp_path: Path, day: str, code: str) -> None:
    header = "person_id,date,region,metabolite,value,unit,reference\n"
    rows = "".join(f"cai,{day},ACC,Glu,{value},/tCr,creatine\n" for value in (1.2, 1.3))
    result = checked(tmp_path, spectroscopy=header + rows)

    (twice,) = [p for p in result.problems if p.code == code]
    assert (twice.line, twice.params["first"]) == (3, 2)


def test_spellings_of_one_substance_are_named(tmp_path: Path) -> None:
    header = "person_id,region,metabolite,value\n"
    result = checked(tmp_path, spectroscopy=header + "cai,ACC,Cr+PCr,8\nlin,ACC,tCr,9\nlin,ACC,Xyz,9\n")

    (same,) = [p for p in result.problems if p.code == "metabolite_spellings"]
    assert same.params["names"] == "Cr+PCr, tCr"


@pytest.mark.parametrize(
    ("path", "person", "region"),
    [
        ("spectroscopy/sub-01/sub-01_ses-2_voi-dACC_svs.table", "sub-01", "dACC"),
        ("spectroscopy/A-7_thalamus.coord", "A-7", "thalamus"),
        ("spectroscopy/A-77_thalamus.coord", "A-77_thalamus", "voxel"),
        ("spectroscopy/sub-02/x_thalamus.coord", "02", "x_thalamus"),
        ("spectroscopy/A_9_thalamus.coord", "A_9", "thalamus"),
        ("mrs/sub-01/QuantifyResults/A_tCr_Voxel_2_Basis_1.tsv", "sub-01", "Voxel_2"),
    ],
)
def test_a_path_tells_whose_and_where(path: str, person: str, region: str) -> None:
    people = {"sub-01", "A-7", "A", "A_9", "02", "2"}
    assert person_in(path, people) == person
    assert region_of(PurePath(path), people) == region


def test_a_plain_long_table_is_of_no_program(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("person_id,region,metabolite,value\ncai,ACC,Glu,1\n")
    (tmp_path / "A_tCr_Voxel_1.csv").write_text("age,sex,iq\n1,2,3\n")
    (tmp_path / "mine.csv").write_text("Glu,Gln,tCr\n1,2,3\n")

    assert [program_of(tmp_path / name) for name in ("a.csv", "A_tCr_Voxel_1.csv", "mine.csv")] == [
        "",
        "",
        "",
    ]
