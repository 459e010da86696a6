"""The complete patient: meets every minimum criterion, most of them with nothing to spare.

Every vignette is this patient with a few cells changed::

    2020-01-01  first treatment; course 1, haloperidol 16 mg/day (600 mg chlorpromazine); visit 1
    2020-01-31  course 1: patient and notes both say 80% of doses were taken
    2020-02-11  course 1 ends after six weeks to the day; visit 2
    2020-02-12  course 2, amisulpride 800 mg/day (600 mg chlorpromazine)
    2020-03-20  course 2: patient and notes both say 80%; amisulpride 100 ng/mL, the lower limit
    2020-03-24  course 2 ends after six weeks to the day; visit 3; SOFAS 59
    2020-06-16  visit 4, 84 days after visit 3

At each visit PANSS is rated in full: P1 and P3 are 4 (two items at moderate), the other positive and
negative items 2, the general items 3: a total of 80, which never changes. There was never clozapine, and
the history is complete. The patient became resistant on 2020-06-16, when the twelfth week was reached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]

POSITIVE = tuple(f"P{number}" for number in range(1, 8))
NEGATIVE = tuple(f"N{number}" for number in range(1, 8))
GENERAL = tuple(f"G{number}" for number in range(1, 17))
DAY = timedelta(days=1)


def panss() -> dict[str, float | None]:
    """PANSS as rated at every visit: delusions and hallucinations moderate, all else mild; total 80."""
    return {**dict.fromkeys(POSITIVE + NEGATIVE, 2.0), "P1": 4.0, "P3": 4.0, **dict.fromkeys(GENERAL, 3.0)}


@dataclass(slots=True)
class Visit:
    """A visit: its day and what was rated, scale by scale."""

    date: date | None
    ratings: dict[str, dict[str, float | None]] = field(default_factory=lambda: {"PANSS": panss()})


@dataclass(slots=True)
class Supply:
    """A dispensing or an injection, by the days of its course (the first day is day 1)."""

    first_day: int
    last_day: int | None = None
    days_supply: int | None = None
    dose_mg: float | None = None
    is_depot: bool = False
    interval_days: int | None = None


@dataclass(slots=True)
class Patient:
    """One person on paper: what a vignette's told cells change."""

    people: Row
    courses: dict[int, Row]
    supplies: dict[int, list[Supply]]
    adherence: dict[tuple[int, str], Row]
    levels: dict[int, Row]
    visits: dict[int, Visit]
    function: dict[str, Row]
    stays: dict[int, Row]

    def course_end(self, number: int) -> date:
        """Last day of a course, counted in."""
        course = self.courses[number]
        if number in self.supplies:
            return max(_last_day(course["start_date"], supply) for supply in self.supplies[number])
        return course["start_date"] + timedelta(days=round(course["duration_weeks"] * 7)) - DAY

    def frames(self, person_id: str) -> dict[str, list[Row]]:
        """The person as rows of the contract's tables."""
        return {
            "people": [{"person_id": person_id, **self.people}],
            "treatment_courses": [
                {"person_id": person_id, **course}
                for number, course in self.courses.items()
                if number not in self.supplies
            ],
            "drug_exposures": [
                {"person_id": person_id, **_exposure(self.courses[number], supply)}
                for number, supplies in self.supplies.items()
                for supply in supplies
            ],
            "adherence": [{"person_id": person_id, **row} for row in self.adherence.values()],
            "plasma_levels": [{"person_id": person_id, **row} for row in self.levels.values()],
            "ratings": [
                {"person_id": person_id, "date": visit.date, "scale": scale, "item": item, "value": value}
                for visit in self.visits.values()
                for scale, items in visit.ratings.items()
                for item, value in items.items()
            ],
            "function": [
                {
                    "person_id": person_id,
                    "date": row["date"],
                    "scale": scale.split(" ")[0],
                    "value": row["value"],
                }
                for scale, row in self.function.items()
            ],
            "hospital_stays": [{"person_id": person_id, **row} for row in self.stays.values()],
        }


def complete_patient() -> Patient:
    """Return a fresh copy of the patient drawn at the top of this module."""
    course = {"duration_weeks": 6.0, "route": "oral"}
    told_1 = {"date": date(2020, 1, 31), "percent": 80.0}
    told_2 = {"date": date(2020, 3, 20), "percent": 80.0}
    return Patient(
        people={
            "diagnosis": "F20",
            "group": "patient",
            "history_complete": "yes",
            "first_treatment_date": date(2020, 1, 1),
        },
        courses={
            1: {"drug": "haloperidol", "dose_mg_per_day": 16.0, "start_date": date(2020, 1, 1), **course},
            2: {"drug": "amisulpride", "dose_mg_per_day": 800.0, "start_date": date(2020, 2, 12), **course},
        },
        supplies={},
        adherence={
            (1, "patient"): {"source": "patient", **told_1},
            (1, "notes"): {"source": "notes", **told_1},
            (2, "patient"): {"source": "patient", **told_2},
            (2, "notes"): {"source": "notes", **told_2},
        },
        levels={1: {"drug": "amisulpride", "date": date(2020, 3, 20), "level_ng_per_ml": 100.0}},
        visits={
            1: Visit(date(2020, 1, 1)),
            2: Visit(date(2020, 2, 11)),
            3: Visit(date(2020, 3, 24)),
            4: Visit(date(2020, 6, 16)),
        },
        function={"SOFAS": {"date": date(2020, 3, 24), "value": 59.0}},
        stays={},
    )


def changed(change: Callable[[Patient], None]) -> Patient:
    """Return the complete patient after one change."""
    patient = complete_patient()
    change(patient)
    return patient


def _last_day(start: date, supply: Supply) -> date:
    first = start + timedelta(days=supply.first_day - 1)
    if supply.last_day is not None:
        return start + timedelta(days=supply.last_day - 1)
    return first + timedelta(days=(supply.days_supply or supply.interval_days or 1) - 1)


def _exposure(course: Row, supply: Supply) -> Row:
    start = course["start_date"]
    row: Row = {
        "drug": course["drug"],
        "start_date": start + timedelta(days=supply.first_day - 1),
        "end_date": None if supply.last_day is None else start + timedelta(days=supply.last_day - 1),
        "days_supply": supply.days_supply,
        "route": course.get("route"),
    }
    if supply.is_depot:
        return row | {
            "route": "lai",
            "quantity": 1.0,
            "strength_mg": supply.dose_mg,
            "interval_days": supply.interval_days,
        }
    return row | {"dose_mg_per_day": supply.dose_mg}
