"""Drug, daily dose and chlorpromazine equivalents of an exposure; what is not known stays unknown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.days import settle
from opentrs.errors import UnknownDrugError, UsageError
from opentrs.measures.dose import chlorpromazine_equivalent, with_daily_dose, with_drug, with_equivalents
from opentrs.reference import dose_equivalents

CAI = {"person_id": "cai"}
DAY = {"start_date": "2020-01-01"}


def _exposures(engine, *rows: dict[str, Any]):
    frames = {
        "people": [CAI],
        "drug_exposures": [{"person_id": str(at), **DAY, **row} for at, row in enumerate(rows)],
    }
    return from_frames(frames, engine).table("drug_exposures")


def _all(table) -> list[dict[str, Any]]:
    """Rows in the order they were written, unknown cells as None, truth values as Python's."""
    rows = table.to_pyarrow().to_pylist()
    rows.sort(key=lambda row: int(row["person_id"]))
    return [
        {name: None if value is None or value != value else value for name, value in row.items()}
        for row in rows
    ]


def _dose(engine, **row: Any) -> dict[str, Any]:
    return _all(with_daily_dose(_exposures(engine, row)))[0]


def _equivalent(engine, key: str, **row: Any) -> float | None:
    value: float | None = _all(with_equivalents(with_daily_dose(_exposures(engine, row)), key))[0][
        "dose_cpz_mg_per_day"
    ]
    return value


def test_each_row_says_its_ingredient_and_whether_it_is_an_antipsychotic(engine):
    rows = _all(
        with_drug(
            _exposures(
                engine,
                {"drug": "Zyprexa"},
                {"drug": "N05AH02"},
                {"drug": "Lithium"},
                {"drug": "drug A"},
                {"drug": "N05AH"},
            )
        )
    )

    assert [row["ingredient"] for row in rows] == ["olanzapine", "clozapine", "lithium", None, None]
    assert [row["is_antipsychotic"] for row in rows] == [True, True, False, None, True]
    assert [row["is_clozapine"] for row in rows] == [False, True, False, None, None]
    assert [row["atc4"] for row in rows] == ["N05AH", "N05AH", "N05AN", None, "N05AH"]
    assert [row["drug_issue"] for row in rows] == ["", "", "", "unknown_drug", "unknown_drug"]


def test_a_row_without_a_drug_text_is_unknown_and_is_kept(engine):
    rows = _all(with_drug(_exposures(engine, {"drug": None}, {"drug": "olanzapine"}, {"drug": "olanzapine"})))

    assert len(rows) == 3
    assert (rows[0]["ingredient"], rows[0]["is_antipsychotic"]) == (None, None)


def test_a_table_without_rows_stays_a_table_without_rows(engine):
    table = with_equivalents(with_daily_dose(_exposures(engine)), "gardner2010")

    assert table.count().execute() == 0
    assert {"ingredient", "mg_per_day", "dose_cpz_mg_per_day", "midpoint_mg_per_day"} <= set(table.columns)


def test_the_three_steps_can_be_settled_one_by_one_and_repeated(engine):
    once = settle(
        with_daily_dose(settle(with_drug(_exposures(engine, {"drug": "olanzapine", "dose_mg_per_day": 20}))))
    )
    again = with_equivalents(with_equivalents(with_daily_dose(with_drug(once)), "woods2003"), "gardner2010")

    assert _all(again)[0]["dose_cpz_mg_per_day"] == 600
    assert len(set(again.columns)) == len(again.columns)


def test_another_column_may_hold_the_drug(engine):
    table = _exposures(engine, {"drug": "olanzapine"}).rename(medicine="drug")

    assert _all(with_drug(table, "medicine"))[0]["ingredient"] == "olanzapine"


def test_a_dose_without_a_drug_text_is_kept_for_a_drug_nobody_knows(engine):
    assert _dose(engine, drug=None, dose_mg_per_day=20)["mg_per_day"] == 20


def test_a_drug_already_read_is_not_read_again(engine):
    table = with_drug(_exposures(engine, {"drug": "Zyprexa", "dose_mg_per_day": 20})).drop("drug")

    assert _all(with_daily_dose(table))[0]["mg_per_day"] == 20


@pytest.mark.parametrize(
    ("row", "route", "dose"),
    [
        ({"dose_mg_per_day": 20}, "oral", 20),
        ({"dose_mg_per_day": 20, "quantity": 60, "strength_mg": 5, "days_supply": 30}, "oral", 20),
        ({"quantity": 60, "strength_mg": 5, "days_supply": 30}, "oral", 10),
        ({"quantity": 60, "strength_mg": 5}, "oral", None),
        ({"strength_mg": 5, "days_supply": 30}, "oral", None),
        ({"quantity": 60, "strength_mg": 5, "days_supply": 0}, "oral", None),
        ({"dose_mg_per_day": 0}, "oral", None),
        ({"dose_mg_per_day": -5}, "oral", None),
        ({"dose_mg_per_day": 0, "quantity": 60, "strength_mg": 5, "days_supply": 30}, "oral", None),
        ({"dose_mg_per_day": 0.5}, "oral", 0.5),
        ({}, "oral", None),
        ({"dose_mg_per_day": 10, "route": "sai"}, "sai", 10),
        ({"dose_mg_per_day": 10, "interval_days": 14, "route": "lai"}, "lai", 10),
        ({"dose_mg_per_day": 10, "route": "lai"}, "lai", None),
        ({"strength_mg": 300, "interval_days": 15, "route": "lai"}, "lai", 20),
        ({"strength_mg": 150, "quantity": 2, "interval_days": 15, "route": "lai"}, "lai", 20),
        ({"strength_mg": 300, "quantity": 0, "interval_days": 15, "route": "lai"}, "lai", None),
        ({"strength_mg": 300, "route": "lai"}, "lai", None),
        ({"strength_mg": 300, "days_supply": 15, "quantity": 1, "route": "lai"}, "lai", None),
        ({"interval_days": 15, "route": "lai"}, "lai", None),
        ({"dose_mg_per_day": -1, "strength_mg": 300, "interval_days": 15, "route": "lai"}, "lai", None),
    ],
)
def test_the_daily_dose_is_the_one_given_else_the_content_over_its_days(engine, row, route, dose):
    answer = _dose(engine, drug="olanzapine", **row)

    assert (answer["route_used"], answer["mg_per_day"]) == (route, dose)


@pytest.mark.parametrize(
    ("row", "route"),
    [
        ({"drug": "Risperdal Consta"}, "lai"),
        ({"drug": "Risperdal Consta", "route": "lai"}, "lai"),
        ({"drug": "Risperdal Consta", "route": "oral"}, None),
        ({"drug": "haloperidol decanoate", "route": "sai"}, None),
        ({"drug": "haloperidol injection"}, "sai"),
        ({"drug": "haloperidol injection", "route": "lai"}, "lai"),
        ({"drug": "Saphris"}, "sublingual"),
        ({"drug": "Saphris", "route": "oral"}, "oral"),
        ({"drug": "drug A"}, "oral"),
    ],
)
def test_the_route_is_the_one_given_else_that_of_the_name_and_a_contradiction_is_unknown(engine, row, route):
    assert _dose(engine, dose_mg_per_day=4, **row)["route_used"] == route


def test_a_contradicted_depot_has_no_dose(engine):
    answer = _dose(engine, drug="Risperdal Consta", route="oral", dose_mg_per_day=4, interval_days=14)

    assert answer["mg_per_day"] is None


def test_a_combination_product_has_no_dose_of_its_own(engine):
    assert _dose(engine, drug="olanzapine/fluoxetine", dose_mg_per_day=12)["mg_per_day"] is None


def test_a_course_summarised_by_a_clinician_states_its_depot_dose_per_day(engine):
    courses = [{"person_id": "0", "drug": "haloperidol decanoate", "dose_mg_per_day": 6.6, "route": "lai"}]
    table = from_frames({"people": [CAI], "treatment_courses": courses}, engine).table("treatment_courses")
    row = _all(with_equivalents(with_daily_dose(table), "leucht2016_ddd"))[0]

    assert row["mg_per_day"] == 6.6
    assert row["dose_cpz_mg_per_day"] == pytest.approx(600)


@pytest.mark.parametrize(
    ("key", "drug", "dose", "at_least_600"),
    [
        ("leucht2016_ddd", "haloperidol", 16, True), ("leucht2016_ddd", "haloperidol", 15.99, False),
        ("leucht2016_ddd", "olanzapine", 20, True), ("leucht2016_ddd", "olanzapine", 19.99, False),
        ("leucht2016_ddd", "risperidone", 10, True), ("leucht2016_ddd", "risperidone", 9.99, False),
        ("gardner2010", "haloperidol", 10, True), ("gardner2010", "haloperidol", 9.99, False),
        ("leucht2020_ed95", "aripiprazole", 15.2, True), ("leucht2020_ed95", "aripiprazole", 15.1, False),
        ("gardner2010", "levomepromazine", 400, True), ("gardner2010", "methotrimeprazine", 300, False),
    ],
)  # fmt: skip
def test_a_dose_equal_to_the_listed_one_is_600_and_a_little_less_is_not(
    engine, key, drug, dose, at_least_600
):
    equivalent = _equivalent(engine, key, drug=drug, dose_mg_per_day=dose)

    assert equivalent is not None
    assert (equivalent >= 600) == at_least_600
    assert chlorpromazine_equivalent(drug, dose, key) == equivalent


def test_every_listed_daily_dose_of_every_key_is_600_exactly(engine):
    listed = dose_equivalents().query("used").dropna(subset="mg_per_day_equal_to_600_mg_chlorpromazine")
    for key, rows in listed.groupby("key"):
        table = pa.table(
            {
                "person_id": [str(at) for at in range(len(rows))],
                "ingredient": rows["drug"].tolist(),
                "route_used": rows["route"].tolist(),
                "formulation": pa.array(rows["formulation"], pa.string(), from_pandas=True),
                "mg_per_day": rows["mg_per_day_equal_to_600_mg_chlorpromazine"].tolist(),
            }
        )
        listed_doses = engine.create_table(f"listed_{key}", table, temp=True)

        assert {row["dose_cpz_mg_per_day"] for row in _all(with_equivalents(listed_doses, str(key)))} == {
            600.0
        }


def test_a_depot_is_the_injected_dose_over_its_interval(engine):
    row = {"drug": "Risperdal Consta", "strength_mg": 50, "interval_days": 14}

    assert _equivalent(engine, "gardner2010", **row) == 600
    assert _equivalent(engine, "gardner2010", **{**row, "interval_days": 15}) < 600
    assert _equivalent(engine, "leucht2016_ddd", **row) == pytest.approx(50 / 14 / 5.4 * 600)


@pytest.mark.parametrize(
    ("key", "row"),
    [
        # A swallowed dose is no injected one, and the other way round.
        ("gardner2010", {"drug": "haloperidol", "route": "sai"}),
        ("woods2003", {"drug": "haloperidol decanoate", "interval_days": 28}),
        ("leucht2016_ddd", {"drug": "fluspirilene", "route": "oral"}),
        # The key lists one formulation, and this is another.
        ("leucht2020_ed95", {"drug": "Abilify Maintena", "interval_days": 28}),
        # No key is asked for a drug it does not list.
        ("leucht2016_ddd", {"drug": "cariprazine"}),
        ("leucht2016_ddd", {"drug": "lumateperone"}),
        ("davis1974", {"drug": "olanzapine"}),
        ("leucht2016_ddd", {"drug": "lithium"}),
        ("leucht2016_ddd", {"drug": "drug A"}),
        ("leucht2016_ddd", {"drug": "Adasuve"}),
    ],
)
def test_a_dose_the_key_does_not_list_has_no_equivalent(engine, key, row):
    assert _equivalent(engine, key, dose_mg_per_day=10, **row) is None


def test_sublingual_and_oral_stand_in_for_each_other(engine):
    sublingual = _equivalent(
        engine, "leucht2016_ddd", drug="asenapine", route="sublingual", dose_mg_per_day=20
    )
    oral = _equivalent(engine, "leucht2016_ddd", drug="asenapine", route="oral", dose_mg_per_day=20)

    assert sublingual == oral == 300


def test_formulations_that_differ_need_to_be_named_and_those_that_agree_do_not(engine):
    own = pd.concat(
        [dose_equivalents("gardner2010").iloc[:0], dose_equivalents("gardner2010").query("route == 'lai'")]
    )
    own = own.assign(key="mine")
    own.loc[own["formulation"] == "enanthate", "mg_per_day_equal_to_600_mg_chlorpromazine"] *= 2
    rows = with_daily_dose(
        _exposures(
            engine,
            {"drug": "fluphenazine", "route": "lai", "dose_mg_per_day": 25 / 14, "interval_days": 14},
            {"drug": "fluphenazine decanoate", "dose_mg_per_day": 25 / 14, "interval_days": 14},
        )
    )
    shipped = [row["dose_cpz_mg_per_day"] for row in _all(with_equivalents(rows, "gardner2010"))]
    mine = [row["dose_cpz_mg_per_day"] for row in _all(with_equivalents(rows, "mine", own=own))]

    assert shipped == [600, 600]
    assert mine == [None, 600]


@pytest.mark.parametrize(
    ("row", "midpoint"),
    [
        ({"drug": "olanzapine"}, 12.5), ({"drug": "clozapine"}, 325),
        ({"drug": "ziprasidone", "route": "sai"}, None),
        ({"drug": "haloperidol"}, None), ({"drug": "fluphenazine decanoate"}, None),
        ({"drug": "drug A"}, None),
    ],
)  # fmt: skip
def test_the_midpoint_is_that_of_the_drug_by_mouth(engine, row, midpoint):
    table = with_equivalents(with_daily_dose(_exposures(engine, row)), "leucht2016_ddd")

    assert _all(table)[0]["midpoint_mg_per_day"] == midpoint


def test_another_dose_column_can_be_put_on_the_scale(engine):
    table = with_daily_dose(_exposures(engine, {"drug": "olanzapine", "dose_mg_per_day": 5})).mutate(
        most=10.0
    )

    assert _all(with_equivalents(table, "gardner2010", dose="most"))[0]["dose_cpz_mg_per_day"] == 300


def test_an_unknown_key_is_refused_with_the_list_of_keys(engine):
    with pytest.raises(UsageError, match=r"no dose key leucht\. Use one of: davis1974"):
        with_equivalents(with_daily_dose(_exposures(engine, {"drug": "olanzapine"})), "leucht")


@pytest.mark.parametrize(
    ("drug", "route", "complaint"),
    [
        ("olanzapin", None, r"olanzapin is not in the drug table\. Did you mean: olanzapine\?"),
        ("drug A", None, "drug A is not in the drug table. Use the generic name"),
        ("sertraline", None, "does not name exactly one antipsychotic"),
        ("olanzapine/risperidone", None, "does not name exactly one antipsychotic"),
        ("olanzapine/fluoxetine", None, "does not name exactly one antipsychotic"),
        ("cariprazine", None, "leucht2016_ddd has no factor for cariprazine by the route oral"),
        ("lurasidone", "lai", "no factor for lurasidone by the route lai"),
    ],
)
def test_a_drug_without_a_factor_is_refused_in_words(drug, route, complaint):
    with pytest.raises(UnknownDrugError, match=complaint):
        chlorpromazine_equivalent(drug, 10, "leucht2016_ddd", route)


@pytest.mark.parametrize("dose", [0, -1, float("nan")])
def test_a_dose_that_is_not_above_zero_is_refused(dose):
    with pytest.raises(UsageError, match="positive number"):
        chlorpromazine_equivalent("olanzapine", dose, "gardner2010")


def test_one_dose_for_people_reads_brands_and_depots():
    assert chlorpromazine_equivalent("再普乐", 20, "gardner2010") == 600
    assert chlorpromazine_equivalent("Haldol decanoate", 150 / 28, "gardner2010") == 600
    assert chlorpromazine_equivalent("asenapine", 20, "leucht2016_ddd", "sublingual") == 300


def test_what_was_dispensed_lasts_to_the_last_day_where_no_days_of_supply_are_given(engine):
    tablets = {"drug": "olanzapine", "quantity": 60, "strength_mg": 10}
    assert _dose(engine, **tablets, end_date="2020-01-30")["mg_per_day"] == 20  # both days counted in
    assert _dose(engine, **tablets, end_date="2020-01-30", days_supply=60)["mg_per_day"] == 10
    assert _dose(engine, **tablets)["mg_per_day"] is None
