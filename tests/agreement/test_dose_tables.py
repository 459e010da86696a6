"""The shipped dose keys against figures typed in by hand, and what the choice of key does to real people."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.measures.dose import chlorpromazine_equivalent, with_daily_dose, with_drug, with_equivalents
from opentrs.reference import dose_equivalents, dose_keys

# mg/day equal to 600 mg/day of oral chlorpromazine; None where the source does not list the drug.
# doi:10.1016/0022-3956(74)90071-5, 10.4088/JCP.v64n0607, 10.1176/appi.ajp.2009.09060802,
# 10.1093/schbul/sbv167, 10.1176/appi.ajp.2019.19010034
PUBLISHED = """
drug           davis1974  woods2003  gardner2010  leucht2016_ddd  leucht2020_ed95
haloperidol          9.6         12           10              16              8.4
risperidone            -         12            6              10              8.2
paliperidone           -          -            9              12             17.6
olanzapine             -         30           20              20               20
quetiapine             -        450          750             800            635.6
aripiprazole           -         45           30              30             15.2
ziprasidone            -        360          160             160            245.8
clozapine              -          -          400             600                -
amisulpride            -          -          700             800            707.8
perphenazine        53.4          -           30              60                -
fluphenazine         7.2          -           12              20                -
lurasidone             -          -            -             120            193.8
cariprazine            -          -            -               -               10
"""
KEYS, *ROWS = (line.split() for line in PUBLISHED.strip().splitlines())
FIGURES = [
    (row[0], key, None if cell == "-" else float(cell))
    for row in ROWS
    for key, cell in zip(KEYS[1:], row[1:], strict=True)
]
# Median injected dose and days between injections, for 600 mg/day of oral chlorpromazine (Gardner 2010).
GARDNER_DEPOTS = {
    ("clopenthixol", "decanoate"): (300, 14), ("flupentixol", "decanoate"): (40, 14),
    ("fluphenazine", "decanoate"): (25, 14), ("fluphenazine", "enanthate"): (25, 14),
    ("fluspirilene", None): (6, 7), ("haloperidol", "decanoate"): (150, 28),
    ("perphenazine", "enanthate"): (100, 14), ("pipotiazine", "palmitate"): (100, 28),
    ("risperidone", "microspheres"): (50, 14), ("zuclopenthixol", "decanoate"): (200, 14),
}  # fmt: skip


def test_the_keys_in_the_table_are_the_keys_shipped():
    assert tuple(KEYS[1:]) == dose_keys()


@pytest.mark.parametrize(("drug", "key", "published"), FIGURES)
def test_the_oral_dose_equal_to_600_mg_chlorpromazine_is_the_published_one(drug, key, published):
    rows = dose_equivalents(key).query("used and drug == @drug and route == 'oral'")

    assert rows["mg_per_day_equal_to_600_mg_chlorpromazine"].tolist() == (
        [] if published is None else [published]
    )


@pytest.mark.parametrize(("key", "rows"), [("davis1974", 15), ("woods2003", 7), ("gardner2010", 61),
                                           ("leucht2016_ddd", 96), ("leucht2020_ed95", 18)])  # fmt: skip
def test_no_row_of_a_source_is_lost(key, rows):
    assert len(dose_equivalents(key)) == rows


def test_gardner_depots_are_the_injected_dose_over_the_interval_at_full_precision():
    rows = dose_equivalents("gardner2010").query("route == 'lai'")
    shipped = {
        (row.drug, row.formulation if isinstance(row.formulation, str) else None): (
            row.mg_per_day_equal_to_600_mg_chlorpromazine
        )
        for row in rows.itertuples()
    }

    assert shipped == {name: dose / days for name, (dose, days) in GARDNER_DEPOTS.items()}


@pytest.mark.parametrize(
    ("drug", "route", "mg"),
    [("haloperidol", "lai", 6.6), ("risperidone", "lai", 5.4), ("paliperidone", "lai", 5),
     ("fluphenazine", "lai", 2),
     ("zuclopenthixol", "lai", 30), ("chlorpromazine", "sai", 200), ("asenapine", "sublingual", 40),
     ("flupentixol", "oral", 12), ("sulpiride", "oral", 1600)],
)  # fmt: skip
def test_leucht_2016_keeps_the_ratio_of_defined_doses_and_not_its_rounding(drug, route, mg):
    assert chlorpromazine_equivalent(drug, mg, "leucht2016_ddd", route) == 600


CURRENT = "1"


def _current_doses(folder) -> pd.DataFrame:
    """Current medication of people with schizophrenia in ds000030, one row per drug with a dose."""
    people = pd.read_csv(folder / "participants.tsv", sep="\t", dtype=str)
    patients = set(people.loc[people["diagnosis"] == "SCHZ", "participant_id"])
    wide = pd.read_csv(folder / "medication.tsv", sep="\t", dtype=str)
    rows = [
        {
            "person_id": row["participant_id"],
            "drug": row[f"med_name{slot}"],
            "start_date": "2012-01-01",
            "dose_mg_per_day": float(row[f"med_dos{slot}"]),
        }
        for _, row in wide[wide["participant_id"].isin(patients)].iterrows()
        for slot in range(1, 21)
        if row[f"med_use{slot}"] == CURRENT and _number(row[f"med_dos{slot}"]) > 0
    ]
    return pd.DataFrame(rows)


def _number(cell) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan


@pytest.mark.real_data
def test_the_choice_of_key_decides_for_some_people_whether_the_dose_is_adequate(real_data_dir):
    """Six of 42 people change sides of 600 mg between Gardner 2010, Leucht 2016 and Leucht 2020.

    Eight had been counted while this was planned. One of them changes sides only by the rounding of the
    factors Leucht 2016 prints to two decimals, not by the ratio itself, and one only if a depot of unknown
    interval is given one of 14 days. The doses of one person are added up. A WHO list would change nothing
    here: for these drugs by mouth it agrees with Leucht 2016.
    """
    rows = _current_doses(real_data_dir / "ds000030")
    cohort = from_frames({"people": rows[["person_id"]].drop_duplicates(), "drug_exposures": rows})
    exposures = with_daily_dose(with_drug(cohort.table("drug_exposures")))
    exposures = exposures.filter(exposures["is_antipsychotic"] & exposures["mg_per_day"].notnull())
    adequate = {}
    for key in ("gardner2010", "leucht2016_ddd", "leucht2020_ed95"):
        doses = with_equivalents(exposures, key)
        per_person = doses.group_by("person_id").agg(total=doses["dose_cpz_mg_per_day"].sum()).execute()
        adequate[key] = (per_person.set_index("person_id")["total"] >= 600).where(
            per_person.set_index("person_id")["total"].notna()
        )
    answers = pd.DataFrame(adequate)

    assert len(answers) == 42
    assert (answers.nunique(axis=1) > 1).sum() == 6


@pytest.mark.real_data
def test_a_depot_of_unknown_interval_is_left_out_of_the_real_doses(real_data_dir):
    rows = _current_doses(real_data_dir / "ds000030")
    cohort = from_frames({"people": rows[["person_id"]].drop_duplicates(), "drug_exposures": rows})
    depots = (
        with_daily_dose(cohort.table("drug_exposures"))
        .filter(lambda table: table["route_used"] == "lai")
        .execute()
    )

    assert depots["drug"].tolist() == ["Risperidone/ Risperdal Consta"]
    assert depots["mg_per_day"].isna().all()
