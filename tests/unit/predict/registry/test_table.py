"""A table of people is read with every problem at its line and column, or refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from opentrs.errors import InputProblemsError
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.shipped import shipped
from opentrs.predict.registry.table import read_people
from tests.unit.predict.registry.models import EQUATION, written

MODEL = parse_model(written(EQUATION), "mine.json")


def table(tmp_path, content, name="people.csv"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def read(tmp_path, content, model=MODEL, **choices):
    return read_people(table(tmp_path, content), (model,), TableChoices(**choices))


def refused(tmp_path, content, model=MODEL, **choices):
    with pytest.raises(InputProblemsError) as error:
        read(tmp_path, content, model, **choices)
    assert all(one.sentence(lang) for one in error.value.problems for lang in ("en", "zh"))
    return [(one.code, one.line, one.column) for one in error.value.problems]


def test_columns_are_found_by_name_in_any_case_by_the_contract_or_as_the_user_says(tmp_path):
    people = read(tmp_path, "AGE,smokes,Place\n30,yes,town\n31,no,\n", columns={"smoker": "smokes"})
    assert people.predictors["age"].tolist() == [30.0, 31.0]
    assert people.predictors["smoker"].tolist() == [1.0, 0.0]
    assert people.predictors["place"].tolist() == ["town", None]
    leighton = read(tmp_path, "sex,age_years\nM,20\nF,21\n", shipped("leighton_2021_nonremission"))
    assert leighton.predictors["male"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "nan", "."])
def test_unknown_is_unknown_however_it_is_written(tmp_path, cell):
    people = read(tmp_path, f"person_id,age,smoker,place\np,{cell},{cell},{cell}\n")
    assert people.predictors.iloc[0].isna().all()


def test_declared_codes_are_unknown_and_undeclared_ones_are_refused(tmp_path):
    content = "age,smoker\n-9999,1\n30,-9\n"
    assert refused(tmp_path, content) == [
        ("model_cell_sentinel", 2, "age"),
        ("model_cell_not_yes_no", 3, "smoker"),
    ]
    people = read(tmp_path, content, missing=("-9999.0", "-9"))
    assert np.isnan(people.predictors["age"][0])
    assert np.isnan(people.predictors["smoker"][1])


def test_every_bad_cell_is_named_at_once(tmp_path):
    found = refused(tmp_path, "age,smoker,y\nold,perhaps,2\n30,yes,1\n1e999,no,0\n", outcome="y")
    assert found == [
        ("model_cell_not_a_number", 2, "age"), ("model_cell_not_yes_no", 2, "smoker"),
        ("model_outcome_value", 2, "y"), ("model_cell_not_a_number", 4, "age"),
    ]  # fmt: skip


def test_of_one_kind_twenty_are_listed_and_the_others_counted(tmp_path):
    found = refused(tmp_path, "age\n" + "x\n" * 25)
    assert [code for code, _, _ in found].count("model_cell_not_a_number") == 20
    assert ("more_of_the_same", None, "age") in found


def test_a_cell_is_not_repeated_on_the_terminal(tmp_path):
    with pytest.raises(InputProblemsError) as error:
        read(tmp_path, "age\nsecret\n")
    (problem,) = error.value.problems
    assert "secret" not in problem.sentence("en")
    assert "secret" in problem.sentence("en", with_values=True)


def test_columns_and_predictors_the_user_names_must_be_there(tmp_path):
    found = refused(
        tmp_path, "age\n30\n", outcome="y", columns={"agee": "age", "age": "Age2"}, groups=("sex",)
    )
    assert found == [
        ("model_no_such_predictor", None, None), ("model_column_absent", 1, "Age2"),
        ("model_column_nowhere", 1, "sex"), ("model_column_nowhere", 1, "y"),
    ]  # fmt: skip


def test_a_column_to_extend_by_that_is_not_there_is_refused_by_name(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("age\n30\n", encoding="utf-8")
    with pytest.raises(InputProblemsError) as error:
        read_people(path, [MODEL], TableChoices(), ("marker",))
    (problem,) = error.value.problems
    assert (problem.code, problem.column) == ("model_column_nowhere", "marker")
    assert "age" in problem.sentence("en")


@pytest.mark.parametrize(("site", "code"), [("B", "model_person_in_two_sites"), ("A", "person_twice")])
def test_a_person_who_is_there_twice_is_refused(tmp_path, site, code):
    content = f"person_id,site,age\np1,A,30\np2,A,31\np1,{site},30\n"
    assert refused(tmp_path, content, site="site") == [(code, 4, "person_id")]


def test_an_empty_id_is_refused(tmp_path):
    assert refused(tmp_path, "person_id,age\n,30\n") == [("model_person_blank", 2, "person_id")]


def test_without_ids_rows_are_numbered_and_that_is_known(tmp_path):
    people = read(tmp_path, "age\n30\n30\n")
    assert people.person_id == ("1", "2")
    assert not people.has_ids


@pytest.mark.parametrize(
    ("cells", "event_is", "expected"),
    [
        ("yes,no,", None, [1.0, 0.0, np.nan]), ("1.0,0,NA", None, [1.0, 0.0, np.nan]),
        ("0,1,", "0", [1.0, 0.0, np.nan]), ("0.0,1.0,", "0", [1.0, 0.0, np.nan]),
        ("dead,alive,", "dead", [1.0, 0.0, np.nan]),
    ],
)  # fmt: skip
def test_which_value_is_the_event(tmp_path, cells, event_is, expected):
    content = "age,y\n" + "".join(f"30,{cell}\n" for cell in cells.split(","))
    people = read(tmp_path, content, outcome="y", event_is=event_is)
    assert people.outcome.tolist() == pytest.approx(expected, nan_ok=True)


def test_an_event_that_never_happens_is_a_slip_of_the_pen(tmp_path):
    assert refused(tmp_path, "age,y\n30,alive\n", outcome="y", event_is="ded") == [
        ("model_event_never", None, "y")
    ]


@pytest.mark.parametrize(
    ("time", "cause", "code"),
    [
        ("0", "1", "model_time_not_positive"), ("", "1", "model_time_not_positive"),
        ("5", "3", "model_cause"), ("5", "", "model_cause"),
    ],
)  # fmt: skip
def test_a_time_is_above_0_and_ends_in_one_of_three_ways(tmp_path, time, cause, code):
    (found,) = refused(tmp_path, f"age,t,c\n30,{time},{cause}\n30,1,2\n", time="t", event="c")
    assert found[:2] == (code, 2)


@pytest.mark.parametrize("suffix", [".tsv", ".xlsx", ".parquet"])
def test_other_forms_of_tables_are_read_alike(tmp_path, suffix):
    frame = pd.DataFrame({"age": [30.0, None], "smoker": ["yes", "no"]})
    path = tmp_path / f"people{suffix}"
    if suffix == ".tsv":
        frame.to_csv(path, sep="\t", index=False)
    elif suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    people = read_people(path, (MODEL,), TableChoices())
    assert people.predictors["age"].tolist() == pytest.approx([30.0, np.nan], nan_ok=True)
    assert people.predictors["smoker"].tolist() == [1.0, 0.0]


def test_a_table_without_rows_is_refused(tmp_path):
    assert refused(tmp_path, "age,smoker\n")[0][0] == "evidence_empty"
