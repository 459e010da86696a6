"""The declared tables are those of the contract, and each declaration is complete."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.cohort.build import to_arrow
from opentrs.cohort.tables import IBIS_TYPES, MODALITIES, TABLES

COLUMNS = [(spec, column) for spec in TABLES.values() for column in spec.columns]
IDS = [f"{spec.name}.{column.name}" for spec, column in COLUMNS]

# Names and, after the bar, which of them a row cannot do without.
CONTRACT = {
    "people": "person_id sex birth_date age_years illness_onset_date onset_age_years first_treatment_date"
    " diagnosis group site ancestry family_id family_history history_complete observation_start"
    " observation_end death_date emigration_date education_years | person_id",
    "drug_exposures": "person_id drug start_date end_date days_supply dose_mg_per_day quantity strength_mg"
    " route interval_days source | person_id drug start_date",
    "treatment_courses": "person_id drug dose_mg_per_day duration_weeks start_date adherence_percent"
    " adherence_sources symptom_reduction_percent stop_reason route prospective | person_id drug",
    "adherence": "person_id date source percent | person_id date source",
    "plasma_levels": "person_id drug date level_ng_per_ml metabolite_ng_per_ml hours_since_dose announced"
    " | person_id drug date",
    "ratings": "person_id date scale item value rater | person_id date scale item",
    "function": "person_id date scale value | person_id date",
    "hospital_stays": "person_id admission_date discharge_date main_diagnosis | person_id admission_date",
    "events": "person_id date kind value | person_id date kind",
    "procedures": "person_id start_date kind target frequency_hz sessions | person_id start_date",
    "spectroscopy": "person_id region metabolite value unit crlb_percent fwhm_hz snr gm_fraction wm_fraction"
    " csf_fraction date site reference tissue_correction fit_error_percent te_ms tr_ms water_te_ms"
    " water_tr_ms | person_id region metabolite",
    "polygenic_scores": "person_id score value | person_id score",
    "genotype_calls": "person_id variant allele_1 allele_2 | person_id variant",
}
SCANS = ("cortex", "subcortex", "tracts", "perfusion", "metabolism", "pet")
# The contract, and what tells undated scans of a person apart.
CONTRACT |= dict.fromkeys(SCANS, "person_id site date visit age_years | person_id")
CONTRACT["pet"] = "person_id site date visit age_years tracer | person_id"


def test_the_tables_are_those_of_the_contract():
    assert set(TABLES) == set(CONTRACT)


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_the_columns_of_a_table_are_those_of_the_contract(name):
    columns, required = (part.split() for part in CONTRACT[name].split("|"))
    assert set(TABLES[name].by_name) == set(columns)
    assert set(TABLES[name].required) == set(required)


@pytest.mark.parametrize(("spec", "column"), COLUMNS, ids=IDS)
def test_a_column_says_what_it_means_and_in_which_form(spec, column):
    assert column.meaning
    assert column.kind in IBIS_TYPES
    assert (column.kind == "choice") == bool(column.choices)


@pytest.mark.parametrize(("spec", "column"), COLUMNS, ids=IDS)
def test_a_name_that_carries_a_unit_agrees_with_the_declared_unit(spec, column):
    units = {
        "_mg_per_day": "mg/day",
        "_percent": "percent",
        "_weeks": "weeks",
        "_years": "years",
        "_ng_per_ml": "ng/mL",
        "_hz": "Hz",
        "_mg": "mg",
        "_fraction": "fraction",
        "_days": "days",
        "_date": "ISO 8601 date",
    }
    for ending, unit in units.items():
        if column.name.endswith(ending):
            assert column.unit == unit


@pytest.mark.parametrize(("spec", "column"), COLUMNS, ids=IDS)
def test_the_range_of_a_column_is_one_and_the_usual_range_lies_within_it(spec, column):
    bounds = [column.low, column.usual_low, column.usual_high, column.high]
    given = [bound for bound in bounds if bound is not None]
    assert given == sorted(set(given))


@pytest.mark.parametrize(("spec", "column"), COLUMNS, ids=IDS)
def test_a_value_known_later_names_a_date_of_its_row(spec, column):
    dates = {other.name for other in spec.columns if other.kind == "date"}
    assert column.known_at in {"", *dates} or (column.known_at == "end" and "duration_weeks" in spec.by_name)


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_a_table_is_about_people_and_its_key_and_date_are_columns_of_it(spec):
    assert spec.columns[0].name == "person_id"
    assert spec.columns[0].required
    assert {*spec.key, *([spec.date] if spec.date else [])} <= set(spec.by_name)


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_column_names_are_unique_within_a_table(spec):
    assert len(spec.by_name) == len(spec.columns)


def test_only_scan_tables_take_columns_of_their_own():
    assert {spec.name for spec in TABLES.values() if spec.wide} == {spec.name for spec in MODALITIES}


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_every_engine_gives_an_empty_table_its_declared_types(spec, engine):
    table = engine.create_table(spec.name, to_arrow(pd.DataFrame(), spec), temp=True)
    types = {name: str(kind) for name, kind in table.schema().items()}
    assert types == dict(spec.ibis_schema)
