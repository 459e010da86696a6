"""People: every visit with its label, the last known type, and whether it persists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.property.yardstick_types.depression import read_depression, review_type
from tests.property.yardstick_types.form import form_of
from tests.property.yardstick_types.label import Label, Norm, flips, read_visit

TWELVE_WEEKS = 84
SPECTRUM = ("F20", "F25", "F29")


@dataclass
class VisitRead:
    """One labelled visit."""

    label: Label
    depression: str
    basis: str
    review_type: str
    flips: set[str]


@dataclass
class PersonType:
    """One person: day number (None where nothing is dated) -> visit."""

    visits: dict[int | None, VisitRead] = field(default_factory=dict)

    @property
    def known(self) -> list[tuple[int, str]]:
        """Days and types of dated visits of known type, in order."""
        return sorted(
            (day, read.label.type)
            for day, read in self.visits.items()
            if day is not None and read.label.type != "unknown"
        )

    @property
    def type(self) -> str:
        """The type of the last visit of known type."""
        if self.known:
            return self.known[-1][1]
        undated = self.visits.get(None)
        return undated.label.type if undated else "unknown"

    @property
    def persistent(self) -> str:
        """Whether it held for twelve weeks: yes, no or unknown."""
        if not self.known:
            return "unknown"
        last, kind = self.known[-1]
        run = last
        for day, other in reversed(self.known):
            if other != kind:
                break
            run = day
        if last - run >= TWELVE_WEEKS:
            return "yes"
        others = [day for day, other in self.known if other != kind]
        is_broken = bool(others) and last - others[-1] < TWELVE_WEEKS
        is_long = any(day is not None and last - day >= TWELVE_WEEKS for day in self.visits)
        return "no" if is_broken and is_long else "unknown"


def read_people(tables: Mapping[str, Sequence[Mapping[str, Any]]], norm: Norm) -> dict[str, PersonType]:
    """Everybody whose type is asked, by person_id."""
    asked = {
        row["person_id"]: PersonType()
        for row in tables["people"]
        if row["group"] == "patient" and str(row["diagnosis"]).startswith(SPECTRUM)
    }
    days: dict[tuple[str, int | None], list[Mapping[str, Any]]] = {}
    for row in tables["ratings"]:
        if row["person_id"] in asked:
            days.setdefault((row["person_id"], day_of(row["date"])), []).append(row)
    for (person, day), rows in days.items():
        form = form_of(rows)
        label = read_visit(form, norm, frozenset((row["scale"], row["item"]) for row in rows))
        if label is None:
            continue
        depression, basis = read_depression(form)
        four = review_type(label.type, depression, basis)
        asked[person].visits[day] = VisitRead(label, depression, basis, four, flips(form, norm))
    return asked


def day_of(value: Any) -> int | None:
    """A date as a day number."""
    if value is None or value != value:
        return None
    return (value if isinstance(value, date) else date.fromisoformat(str(value)[:10])).toordinal()
