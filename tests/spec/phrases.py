"""What the headings of told cells mean: each heading changes a few cells of the complete patient.

A blank cell is a blank datum and ``none`` takes the whole row away (no such course, no such visit).
Headings may be used from left to right: a later one sees what an earlier one changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from opentrs import reference
from tests.spec.complete_patient import GENERAL, NEGATIVE, POSITIVE, Patient, Supply, Visit, panss

Phrase = Callable[[Patient, "re.Match[str]", str], None]

NONE = "none"
PANSS_ITEMS = POSITIVE + NEGATIVE + GENERAL
COURSE_CELLS = {
    "drug": "drug",
    "mg/day": "dose_mg_per_day",
    "weeks": "duration_weeks",
    "start": "start_date",
    "adherence %": "adherence_percent",
    "adherence sources": "adherence_sources",
    "reduction %": "symptom_reduction_percent",
    "stop reason": "stop_reason",
    "route": "route",
    "prospective": "prospective",
}
PEOPLE_CELLS = {
    "diagnosis": "diagnosis",
    "group": "group",
    "history complete": "history_complete",
    "first treatment": "first_treatment_date",
    "observation start": "observation_start",
    "illness onset": "illness_onset_date",
}
LEVEL_CELLS = {
    None: "level_ng_per_ml",
    "metabolite": "metabolite_ng_per_ml",
    "drug": "drug",
    "day": "date",
    "announced": "announced",
}
ADHERENCE_SOURCES = "patient|carer|notes|pill_count|dispensing"
FUNCTION_SCALES = r"(?:SOFAS|GAF|PSP|FACT-Sz)(?: \(2\))?"
SUPPLY = re.compile(
    r"(?P<first>\d+)(?:-(?P<last>\d*)|\+(?P<supply>\d+))?: (?P<dose>\?|[\d.]+) mg"
    r"(?P<depot> depot)?(?: every (?P<interval>\d+))?"
)


def apply(patient: Patient, heading: str, cell: str) -> None:
    """Change the patient as one told cell says.

    Raises
    ------
    ValueError : no phrase matches the heading
    """
    for pattern, phrase in PHRASES:
        if match := re.fullmatch(pattern, heading):
            phrase(patient, match, cell)
            return
    raise ValueError(f"No phrase reads the heading {heading!r}")


def datum(cell: str) -> Any:
    """A cell as a datum: blank, an ISO date, a number or a word."""
    if cell == "":
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return date.fromisoformat(cell)
    return float(cell) if re.fullmatch(r"-?[\d.]+", cell) else cell


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _people(patient: Patient, match: re.Match[str], cell: str) -> None:
    patient.people[PEOPLE_CELLS[match["what"]]] = cell if match["what"] == "diagnosis" else datum(cell)


def _course(patient: Patient, match: re.Match[str], cell: str) -> None:
    assert cell == NONE
    number = int(match["number"])
    del patient.courses[number]
    for key in [key for key in patient.adherence if key[0] == number]:
        del patient.adherence[key]


def _course_cell(patient: Patient, match: re.Match[str], cell: str) -> None:
    course = patient.courses.setdefault(int(match["number"]), {"drug": None})
    name = COURSE_CELLS[match["what"]]
    course[name] = cell if name == "adherence_sources" else datum(cell)


def _course_days(patient: Patient, match: re.Match[str], cell: str) -> None:
    patient.courses[int(match["number"])]["duration_weeks"] = float(cell) / 7


def _supplies(patient: Patient, match: re.Match[str], cell: str) -> None:
    patient.supplies[int(match["number"])] = [_supply(words) for words in cell.split(", ")]


def _supply(words: str) -> Supply:
    match = SUPPLY.fullmatch(words)
    if match is None:
        raise ValueError(f"No supply: {words!r}")
    return Supply(
        first_day=int(match["first"]),
        last_day=int(match["last"]) if match["last"] else None,
        days_supply=int(match["supply"]) if match["supply"] else None,
        dose_mg=None if match["dose"] == "?" else float(match["dose"]),
        is_depot=match["depot"] is not None,
        interval_days=int(match["interval"]) if match["interval"] else None,
    )


def _told_adherence(patient: Patient, match: re.Match[str], cell: str) -> None:
    key = (int(match["number"]), match["source"])
    if cell == NONE:
        patient.adherence.pop(key, None)
        return
    row = patient.adherence.setdefault(
        key, {"source": key[1], "date": patient.course_end(key[0]), "percent": None}
    )
    row["percent"] = _number(cell)


def _nobody_asked(patient: Patient, match: re.Match[str], cell: str) -> None:
    assert cell == NONE
    for key in [key for key in patient.adherence if key[0] == int(match["number"])]:
        del patient.adherence[key]


def _level(patient: Patient, match: re.Match[str], cell: str) -> None:
    number = int(match["number"] or 1)
    if cell == NONE:
        patient.levels.pop(number, None)
        return
    first = patient.levels.get(1, {"drug": "amisulpride", "date": date(2020, 3, 20)})
    row = patient.levels.setdefault(number, {**first, "level_ng_per_ml": None})
    column = LEVEL_CELLS[match["what"]]
    row[column] = datum(cell)


def _visit(patient: Patient, match: re.Match[str], cell: str) -> None:
    number = int(match["number"])
    if cell == NONE:
        patient.visits.pop(number, None)
        return
    day = datum(cell)
    if number in patient.visits:
        patient.visits[number].date = day
    else:
        patient.visits[number] = Visit(day)


def _visits(patient: Patient, match: re.Match[str]) -> list[Visit]:
    if match["visits"] == "all visits":
        return list(patient.visits.values())
    return [patient.visits[int(number)] for number in re.findall(r"\d+", match["visits"])]


def _rated_on(patient: Patient, match: re.Match[str], cell: str) -> None:
    for visit in _visits(patient, match):
        visit.ratings = {}
        for scale in cell.split(" + ") if cell != NONE else ():
            visit.ratings[SCALES[scale]] = blank_form(SCALES[scale])


def blank_form(scale: str) -> dict[str, float | None]:
    """A scale with every item and global at its lowest score (PANSS: as in the complete patient)."""
    if scale == "PANSS":
        return panss()
    return dict(_lowest_scores()[scale])


@cache
def _lowest_scores() -> dict[str, dict[str, float | None]]:
    items = reference.scale_items()
    items = items[items["kind"].isin(["item", "global"])]
    return {
        str(scale): {str(row.item): float(row.low) for row in form.itertuples()}
        for scale, form in items.groupby("scale")
    }


def _item(patient: Patient, match: re.Match[str], cell: str) -> None:
    for visit in _visits(patient, match):
        for scale, names in _named_items(match["items"]):
            for name in names:
                items = visit.ratings.setdefault(scale, {})
                if cell == NONE:
                    items.pop(name, None)
                else:
                    items[name] = _number(cell)


def _named_items(words: str) -> list[tuple[str, list[str]]]:
    scale, _, rest = words.partition(" ")
    if scale in SCALES:
        return [(SCALES[scale], [name.replace(" ", "_") for name in rest.split(", ")])]
    if words == "positive items":
        return [("PANSS", list(POSITIVE))]
    if words == "negative items":
        return [("PANSS", list(NEGATIVE))]
    if words == "general items":
        return [("PANSS", list(GENERAL))]
    if words == "all items":
        return [("PANSS", list(PANSS_ITEMS))]
    return [("PANSS", words.split(" and "))]


def _panss_total(patient: Patient, match: re.Match[str], cell: str) -> None:
    """Reach a PANSS total through the general items alone, which are no domain."""
    for visit in _visits(patient, match):
        items = visit.ratings["PANSS"]
        rest = int(cell) - int(sum(items[name] or 0 for name in POSITIVE + NEGATIVE))
        each, more = divmod(rest, len(GENERAL))
        for place, name in enumerate(reversed(GENERAL)):
            items[name] = float(each + (place < more))


def _function(patient: Patient, match: re.Match[str], cell: str) -> None:
    if cell == NONE:
        patient.function.pop(match["scale"], None)
        return
    row = patient.function.setdefault(match["scale"], {"date": date(2020, 3, 24), "value": None})
    if match["what"]:
        row["date"] = datum(cell)
    else:
        row["value"] = _number(cell)


def _stay(patient: Patient, match: re.Match[str], cell: str) -> None:
    row = patient.stays.setdefault(int(match["number"]), {"main_diagnosis": "F20", "discharge_date": None})
    row[{"": "admission_date", " diagnosis": "main_diagnosis"}[match["what"]]] = datum(cell)


def _days_after(patient: Patient, match: re.Match[str], cell: str) -> None:
    """Move the day of something: so many days after (below nought: before) something else."""
    apply(
        patient, match["thing"], (_anchor(patient, match["anchor"]) + timedelta(days=int(cell))).isoformat()
    )


def _anchor(patient: Patient, words: str) -> date:
    if words == "first treatment":
        return patient.people["first_treatment_date"]
    kind, number, *what = words.split(" ")
    if kind == "visit":
        day = patient.visits[int(number)].date
        assert day is not None
        return day
    if kind == "level":
        return patient.levels[int(number)]["date"]
    assert kind == "course"
    start: date = patient.courses[int(number)]["start_date"]
    return start if what == ["start"] else patient.course_end(int(number))


def _adherence_day(patient: Patient, match: re.Match[str], cell: str) -> None:
    patient.adherence[int(match["number"]), match["source"]]["date"] = datum(cell)


def _no_dates(patient: Patient, match: re.Match[str], cell: str) -> None:
    """Take every date out of a table, as a questionnaire filled once has none."""
    assert cell == "yes"
    for course in patient.courses.values():
        course["start_date"] = None
    for visit in patient.visits.values():
        visit.date = None
    for row in (*patient.function.values(), *patient.levels.values(), *patient.adherence.values()):
        row["date"] = None


SCALES = {
    "PANSS": "PANSS", "BPRS": "BPRS-18", "SAPS": "SAPS", "SANS": "SANS", "CGI": "CGI", "CDSS": "CDSS",
    "HAMD": "HAMD-17", "MADRS": "MADRS",
}  # fmt: skip

PHRASES: tuple[tuple[str, Phrase], ...] = (
    (rf"(?P<what>{'|'.join(PEOPLE_CELLS)})", _people),
    (r"no dates", _no_dates),
    (r"course (?P<number>\d)", _course),
    (rf"course (?P<number>\d) (?P<what>{'|'.join(COURSE_CELLS)})", _course_cell),
    (r"course (?P<number>\d) days", _course_days),
    (r"course (?P<number>\d) supplies", _supplies),
    (r"course (?P<number>\d) observations", _nobody_asked),
    (rf"course (?P<number>\d) (?P<source>{ADHERENCE_SOURCES}) says %", _told_adherence),
    (rf"course (?P<number>\d) (?P<source>{ADHERENCE_SOURCES}) day", _adherence_day),
    (r"level(?: (?P<number>\d))?(?: (?P<what>drug|day|announced|metabolite))?", _level),
    (r"visit (?P<number>\d)", _visit),
    (r"(?P<visits>visits? .+|all visits) rated on", _rated_on),
    (r"PANSS total at (?P<visits>visits? .+|all visits)", _panss_total),
    (r"(?P<items>.+) at (?P<visits>visits? [\d ,and]+|all visits)", _item),
    (rf"(?P<scale>{FUNCTION_SCALES})(?P<what> day)?", _function),
    (r"stay (?P<number>\d)(?P<what>| diagnosis)", _stay),
    (r"(?P<thing>.+) days after (?P<anchor>.+)", _days_after),
)
