"""What a definition may choose otherwise: dispensing as a source, any time instead of the window."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest

from opentrs.ascertain import ascertain, definition_from_toml
from opentrs.ascertain.questions import KNOWN_QUESTIONS
from opentrs.cohort.build import from_frames
from tests.spec.complete_patient import complete_patient

ONE = date(2020, 1, 1)


def answers(frames: dict[str, list[dict[str, Any]]], criterion: str, **change: Any) -> dict[str, str]:
    entry = files("opentrs.ascertain").joinpath("definitions", "trrip.toml")
    data = tomllib.loads(entry.read_text(encoding="utf-8"))
    data["courses"] |= change.pop("courses", {})
    found = ascertain(from_frames(frames), definition_from_toml({**data, **change})).criteria
    chosen = found[(found["criterion"] == criterion) & (found["definition"] == "trrip")]
    return dict(zip(chosen["person_id"], chosen["answer"], strict=True))


def dispensed(person_id: str, days: int) -> list[dict[str, Any]]:
    """Two drugs for 60 days each, dispensed twice for so many days, with the patient's word for both."""
    return [
        {"person_id": person_id, "drug": drug, "start_date": ONE + timedelta(days=first + half),
         "days_supply": days, "dose_mg_per_day": mg, "route": "oral"}
        for drug, first, mg in (("olanzapine", 0, 20), ("quetiapine", 100, 800))
        for half in (0, 60 - days)
    ]  # fmt: skip


@pytest.mark.parametrize(("is_a_source", "expected"), [(False, "unknown"), (True, "yes")])
def test_days_covered_by_dispensing_count_only_where_so_chosen(is_a_source: bool, expected: str) -> None:
    frames = {
        "people": [
            {"person_id": "full", "history_complete": "yes"},
            {"person_id": "thin", "history_complete": "yes"},
        ],
        "drug_exposures": dispensed("full", 24) + dispensed("thin", 23),
        "adherence": [
            {"person_id": person, "date": ONE + timedelta(days=at), "source": "patient", "percent": 90}
            for person in ("full", "thin")
            for at in (10, 110)
        ],
    }
    found = answers(frames, "A1", courses={"dispensing_is_a_source": is_a_source})
    assert found["full"] == expected  # 48 of 60 days are 80%
    assert found["thin"] == ("no" if is_a_source else "unknown")  # 46 of 60 are not


def test_what_was_said_of_dispensing_is_not_said_twice() -> None:
    frames = {
        "people": [{"person_id": "full", "history_complete": "yes"}],
        "drug_exposures": dispensed("full", 24),
        "adherence": [
            {"person_id": "full", "date": ONE + timedelta(days=at), "source": "dispensing", "percent": 90}
            for at in (10, 110)
        ],
    }
    assert answers(frames, "A1", courses={"dispensing_is_a_source": True}) == {"full": "unknown"}


@pytest.mark.parametrize(("window", "expected"), [("after_second_failure", "unknown"), ("any_time", "yes")])
def test_symptoms_may_be_judged_at_any_time_where_so_chosen(window: str, expected: str) -> None:
    patient = complete_patient()
    frames = patient.frames("a")
    frames["ratings"] = [row for row in frames["ratings"] if row["date"] < date(2020, 3, 1)]
    assert answers(frames, "S2", window=window) == {"a": expected}


def test_every_question_has_its_evidence_sentence() -> None:
    from opentrs.messages import has

    assert all(has(f"evidence.{question}", lang) for question in KNOWN_QUESTIONS for lang in ("en", "zh"))
