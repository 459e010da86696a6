"""Drawn tables are read cell by cell, and a slip in the drawing is refused."""

from __future__ import annotations

import pytest

from tests.spec.complete_patient import complete_patient
from tests.spec.phrases import apply
from tests.support.drawn import parse

DRAWN = """
    vignette    | SOFAS | level || verdict   | tier
    ------------+-------+-------++-----------+-----
    as she is   | =     |       || resistant |
    """


def test_told_and_expected_cells_part_at_the_double_bar() -> None:
    (row,) = parse(DRAWN)
    assert row.name == "as she is"
    assert row.told == {"SOFAS": "=", "level": ""}
    assert row.expected == {"verdict": "resistant", "tier": ""}


@pytest.mark.parametrize(
    ("slip", "mended"),
    [
        ("| =     |       ||", "| =     ||"),
        ("|| verdict", "| verdict"),
        ("| level ||", "| SOFAS ||"),
        ("resistant |", "resistant"),
    ],
)
def test_a_slip_in_the_drawing_is_refused(slip: str, mended: str) -> None:
    with pytest.raises(ValueError, match=r"fit|double bar|twice"):
        parse(DRAWN.replace(slip, mended))


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        parse(DRAWN + "as she is | = | || resistant |")


def test_a_heading_nobody_can_read_is_refused() -> None:
    with pytest.raises(ValueError, match="No phrase reads"):
        apply(complete_patient(), "SOFA", "59")


def test_supplies_are_read_by_the_days_of_their_course() -> None:
    patient = complete_patient()
    apply(patient, "course 2 supplies", "1-20: 800 mg, 21+22: ? mg, 50: 184.8 mg depot every 28")
    first, second, depot = patient.frames("she")["drug_exposures"]
    assert (str(first["start_date"]), str(first["end_date"]), first["dose_mg_per_day"]) == (
        "2020-02-12", "2020-03-02", 800.0,
    )  # fmt: skip
    assert (second["days_supply"], second["dose_mg_per_day"], second["end_date"]) == (22, None, None)
    assert (depot["route"], depot["strength_mg"], depot["interval_days"]) == ("lai", 184.8, 28)
    assert [course["drug"] for course in patient.frames("she")["treatment_courses"]] == ["haloperidol"]
