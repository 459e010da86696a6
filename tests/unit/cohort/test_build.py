"""Rows in memory become a cohort, on every engine, with nothing lost on the way."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import embedded_database, from_frames
from opentrs.cohort.model import SourceFile
from opentrs.cohort.tables import TABLES
from opentrs.errors import Problem, UsageError

CAI = {"person_id": "cai"}


def _value(engine, column, cell):
    """What comes back of one cell of ``people``."""
    table = from_frames({"people": [{**CAI, column: cell}]}, engine).people
    return table[column].execute().iloc[0]


@pytest.mark.parametrize("unknown", [None, "", float("nan"), pd.NA, pd.NaT, np.nan])
@pytest.mark.parametrize("column", ["sex", "age_years", "birth_date", "diagnosis"])
def test_every_way_of_writing_unknown_is_unknown(engine, column, unknown):
    assert pd.isna(_value(engine, column, unknown))


@pytest.mark.parametrize(
    "cell",
    [
        date(1990, 2, 28),
        "1990-02-28",
        "1990-02-28T00:00:00",
        datetime(1990, 2, 28, 23, 59),
        pd.Timestamp("1990-02-28"),
    ],
)
def test_a_date_comes_back_as_its_day_however_it_was_given(engine, cell):
    assert pd.Timestamp(_value(engine, "birth_date", cell)) == pd.Timestamp("1990-02-28")


@pytest.mark.parametrize("cell", [33, 33.0, "33", np.int64(33), np.float64(33)])
def test_a_number_comes_back_as_a_number_however_it_was_given(engine, cell):
    assert _value(engine, "age_years", cell) == 33.0


def test_zero_is_a_value_and_not_unknown(engine):
    assert _value(engine, "education_years", 0) == 0


@pytest.mark.parametrize("person", ["007", "=1+1", "<script>", "张三", "a'b; drop table people", "  "])
def test_an_id_comes_back_letter_by_letter(engine, person):
    cohort = from_frames({"people": [{"person_id": person}]}, engine)
    assert cohort.people.execute().person_id.tolist() == [person]


def test_declared_columns_that_were_not_given_come_out_empty_and_in_order(engine):
    cohort = from_frames(
        {"people": [CAI], "events": [{**CAI, "date": "2020-01-01", "kind": "relapse"}]}, engine
    )
    assert cohort.people.columns == tuple(TABLES["people"].by_name)
    assert cohort.table("events").execute().value.isna().all()


def test_columns_the_contract_does_not_know_are_left_out_except_in_scan_tables(engine):
    cohort = from_frames(
        {"people": [{**CAI, "shoe_size": 39}], "cortex": [{**CAI, "lh_insula_mm": "2.9"}]}, engine
    )
    assert "shoe_size" not in cohort.people.columns
    assert cohort.table("cortex").execute().lh_insula_mm.tolist() == [2.9]


def test_a_data_frame_and_a_list_of_rows_give_the_same_table(engine):
    rows = [{**CAI, "date": "2020-01-01", "kind": "relapse", "value": 2}]
    as_rows = from_frames({"people": [CAI], "events": rows}).table("events").execute()
    as_frame = from_frames({"people": [CAI], "events": pd.DataFrame(rows)}, engine).table("events").execute()
    assert as_frame.astype(str).equals(as_rows.astype(str))


def test_repeated_labels_give_the_same_table_as_text_and_unknown_stays_unknown(engine):
    rows = pd.DataFrame(
        {
            "person_id": ["A", "A", "B"],
            "date": ["2020-01-01", "2020-01-01", "2020-02-01"],
            "scale": "PANSS",
            "item": ["P1", "P2", "P1"],
            "value": [4.0, np.nan, 2.0],
            "rater": ["x", None, ""],
        }
    )
    labelled = rows.astype(dict.fromkeys(["person_id", "date", "scale", "item", "rater"], "category"))
    people = [{"person_id": "A"}, {"person_id": "B"}]
    plain = from_frames({"people": people, "ratings": rows}, engine).table("ratings")
    short = from_frames({"people": people, "ratings": labelled}, engine).table("ratings")
    by = ["person_id", "item"]
    expected = plain.order_by(by).to_pyarrow().to_pylist()
    assert short.order_by(by).to_pyarrow().to_pylist() == expected
    assert [row["rater"] for row in expected] == ["x", None, None]
    assert [row["value"] for row in expected] == [4.0, None, 2.0]


def test_a_frame_with_a_row_index_of_its_own_keeps_its_rows(engine):
    frame = pd.DataFrame([{"person_id": "a"}, {"person_id": "b"}], index=[7, 7])
    assert sorted(from_frames({"people": frame}, engine).people.execute().person_id) == ["a", "b"]


def test_tables_without_rows_are_held_and_empty(engine):
    cohort = from_frames({"people": [CAI], "ratings": []}, engine)
    assert "ratings" in cohort.holds
    assert cohort.table("ratings").count().execute() == 0


def test_scan_tables_are_modalities_and_all_others_are_events(engine):
    cohort = from_frames({"people": [CAI], "cortex": [CAI], "function": []}, engine)
    assert (set(cohort.modalities), set(cohort.events)) == ({"cortex"}, {"function"})


def test_what_was_read_and_what_was_wrong_travel_with_the_cohort():
    files = (SourceFile("people.csv", "people", "0" * 64, 2, 1, 1),)
    problems = (Problem("person_repeated"),)
    cohort = from_frames({"people": [CAI]}, files=files, problems=problems, name="north")
    assert (cohort.files, cohort.problems, cohort.name) == (files, problems, "north")


def test_a_cohort_without_people_is_refused():
    with pytest.raises(UsageError, match="people"):
        from_frames({"events": []})


def test_a_table_the_contract_does_not_know_is_refused_by_name():
    with pytest.raises(UsageError, match="horoscopes"):
        from_frames({"people": [CAI], "horoscopes": []})


def test_two_cohorts_can_live_in_one_database(engine):
    first = from_frames({"people": [{"person_id": "a"}]}, engine)
    second = from_frames({"people": [{"person_id": "b"}]}, engine)
    assert first.people.execute().person_id.tolist() == ["a"]
    assert second.people.execute().person_id.tolist() == ["b"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{file}')",
        "COPY (SELECT 1) TO '{file}'",
        "ATTACH '{file}' AS other",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_the_embedded_database_reads_and_writes_no_file_and_stays_locked(tmp_path, statement):
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"(?i)permission|disabled|locked|not allowed"):
        embedded_database().raw_sql(statement.format(file=file))
