"""Courses of treatment: one drug, one person, one stretch; as given, or put together from exposures."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

from tests.property.yardstick import facts
from tests.property.yardstick.logic import Answer, all_of, any_of
from tests.property.yardstick.people import Folder, Row

LONGEST_BRIDGED_GAP = 30
SIX_WEEKS = 42


@dataclass
class Course:
    """One course and its own answers; ``end`` is known unless ``end_open``."""

    drug: str
    counts: Answer  # is it an antipsychotic other than clozapine?
    is_clozapine: bool
    start: int | None
    end: int | None
    dose: Answer
    duration: Answer
    days: float | None  # days at adequate dose, where known
    whole_days: float | None  # days from first to last
    dose_mg: float | None = None
    all_depot: bool = False
    given: Row = field(default_factory=dict)
    end_is_known: bool = True


def courses_of(folder: Folder) -> list[Course]:
    given = [
        given_course(row, f"given {number}") for number, row in enumerate(folder.get("treatment_courses", []))
    ]
    found = [course for course in given if course is not None]
    return found + courses_from_exposures(folder.get("drug_exposures", []))


def name_and_role(row: Row, number: str) -> tuple[str, Answer, bool] | None:
    """(drug, does it count, is it clozapine), or nothing where the drug is known to be no antipsychotic."""
    if row.get("drug") is None:
        return f"?blank {number}", None, False
    drug = facts.resolve(str(row["drug"]))
    if drug is None:
        return f"?{str(row['drug']).strip().lower()}", None, False
    if not facts.is_antipsychotic(drug):
        return None
    return drug, drug != "clozapine", drug == "clozapine"


def route(row: Row) -> str:
    """As recorded, or as a brand name implies."""
    return facts.route_of(row.get("drug"), row.get("route"))


# ------------------------------------------------------------------ dose


def dose_is_adequate(drug: str, parts: list[tuple[str, float | None]]) -> Answer:
    """T3: 600 mg/day chlorpromazine equivalents, or the middle of the label's range.

    ``parts`` are (route, mg per day) of what is taken on the same day. A blank dose may be any dose, so
    the known parts alone can already be enough.
    """
    known_parts = [(route, dose) for route, dose in parts if dose is not None]
    equivalents = [facts.equivalents_mg(drug, route, dose) for route, dose in known_parts]
    shares = [facts.share_of_midpoint(drug, route, dose) for route, dose in known_parts]
    enough = sum(e for e in equivalents if e is not None) >= 600 - 1e-6
    at_midpoint = sum(s for s in shares if s is not None) >= 1 - 1e-9
    if known_parts and (enough or at_midpoint):
        return True
    return None if len(known_parts) < len(parts) or None in equivalents else False


# ------------------------------------------------------------------ courses as a clinician gave them


def given_course(row: Row, number: str) -> Course | None:
    role = name_and_role(row, number)
    if role is None:
        return None
    drug, counts, is_clozapine = role
    weeks = row.get("duration_weeks")
    days = None if weeks is None else weeks * 7
    start = row.get("start_date")
    end = None if start is None or days is None else start + math.ceil(days) - 1
    return Course(
        drug=drug,
        counts=counts,
        is_clozapine=is_clozapine,
        start=start,
        end=end,
        dose=dose_is_adequate(drug, [(route(row), row.get("dose_mg_per_day"))]),
        duration=None if days is None else days >= SIX_WEEKS - 1e-9,
        days=days,
        whole_days=days,
        dose_mg=row.get("dose_mg_per_day"),
        all_depot=route(row) == "lai",
        given=row,
        end_is_known=end is not None,
    )


# ------------------------------------------------------------------ courses from exposures


@dataclass
class Supply:
    """What was started on one day: adequate or not, covered at least to ``sure``, at most to ``possible``."""

    start: int
    sure: int
    possible: float
    adequate: Answer
    dose_mg: float | None
    all_depot: bool
    end_is_known: bool


def daily_dose(row: Row) -> float | None:
    """As given, else what was handed out over the days it lasts.

    A depot without an interval has none; its row is one injection unless it says how many.
    """
    is_depot = route(row) == "lai"
    days = row.get("interval_days") if is_depot else row.get("days_supply") or days_of(row)
    if is_depot and not days:
        return None
    if row.get("dose_mg_per_day") is not None:
        return float(row["dose_mg_per_day"])
    quantity = 1 if is_depot and row.get("quantity") is None else row.get("quantity")
    if None in (quantity, row.get("strength_mg")) or not days:
        return None
    return quantity * row["strength_mg"] / days


def days_of(row: Row) -> float | None:
    """Days an exposure lasts, from its own columns."""
    if row.get("start_date") is not None and row.get("end_date") is not None:
        return row["end_date"] - row["start_date"] + 1
    if row.get("days_supply") is not None:
        return row["days_supply"]
    return row.get("interval_days") if route(row) == "lai" else None


def courses_from_exposures(rows: list[Row]) -> list[Course]:
    by_drug: dict[str, list[Row]] = {}
    roles: dict[str, tuple[Answer, bool]] = {}
    for number, row in enumerate(rows):
        role = name_and_role(row, f"exposure {number}")
        if role is not None:
            roles[role[0]] = role[1:]
            by_drug.setdefault(role[0], []).append(row)
    found: list[Course] = []
    for drug, of_drug in by_drug.items():
        dated = [row for row in of_drug if row.get("start_date") is not None]
        undated = [row for row in of_drug if row.get("start_date") is None]
        for stretch, runs_on in stretches(supplies(drug, dated)):
            found.append(course_of(drug, *roles[drug], stretch, runs_on or drug.startswith("?blank")))
        for row in undated:
            found.append(undated_course(drug, *roles[drug], row))
    return found


def supplies(drug: str, rows: list[Row]) -> list[Supply]:
    """One supply per first day: doses of the same day add up, a later one replaces an earlier one."""
    first_days = sorted({row["start_date"] for row in rows})
    found = []
    for start, following in itertools.pairwise([*first_days, None]):
        same_day = [row for row in rows if row["start_date"] == start]
        lengths = [days_of(row) for row in same_day]
        ends = [start + math.ceil(length) - 1 for length in lengths if length is not None]
        sure = max([start, *ends])
        possible = math.inf if None in lengths else max(ends)
        doses = [daily_dose(row) for row in same_day]
        if following is not None:
            sure, possible = min(sure, following - 1), min(possible, following - 1)
        found.append(
            Supply(
                start, sure, possible,
                dose_is_adequate(drug, list(zip(map(route, same_day), doses, strict=True))),
                None if None in doses else sum(doses),
                all(route(row) == "lai" for row in same_day),
                None not in lengths,
            )
        )  # fmt: skip
    return found


def stretches(found: list[Supply]) -> list[tuple[list[Supply], bool]]:
    """Supplies whose gap is at most 30 days; with each: may it run on into the next stretch?"""
    cut: list[tuple[list[Supply], bool]] = []
    current: list[Supply] = []
    for supply in found:
        if current and supply.start - 1 - current[-1].sure > LONGEST_BRIDGED_GAP:
            cut.append((current, supply.start - 1 - current[-1].possible <= LONGEST_BRIDGED_GAP))
            current = []
        current.append(supply)
    if current:
        cut.append((current, False))
    return cut


def course_of(drug: str, counts: Answer, is_clozapine: bool, stretch: list[Supply], runs_on: bool) -> Course:
    surely, sure_run = longest_sure_run(stretch)
    at_most = longest_possible_run(stretch)
    if runs_on and stretch[-1].adequate is not False:
        at_most = math.inf
    start, end = stretch[0].start, stretch[-1].sure
    return Course(
        drug=drug,
        counts=counts,
        is_clozapine=is_clozapine,
        start=start,
        end=end,
        end_is_known=stretch[-1].end_is_known,
        dose=any_of(supply.adequate for supply in stretch),
        duration=True if surely >= SIX_WEEKS else False if at_most < SIX_WEEKS else None,
        days=surely,
        whole_days=end - start + 1 if stretch[-1].possible == end and not runs_on else None,
        dose_mg=mean_dose(sure_run or stretch),
        all_depot=all(supply.all_depot for supply in sure_run or stretch),
    )


def longest_sure_run(stretch: list[Supply]) -> tuple[float, list[Supply]]:
    """Most days of neighbouring supplies at adequate dose, gaps counted in.

    Nothing is assumed of a supply whose end is not known: it counts with its first day and links to none.
    """
    best: tuple[float, list[Supply]] = (0, [])
    run: list[Supply] = []
    for supply in stretch:
        if run and not run[-1].end_is_known:
            run = []
        run = [*run, supply] if supply.adequate else []
        if run and supply.sure - run[0].start + 1 > best[0]:
            best = (supply.sure - run[0].start + 1, run)
    return best


def longest_possible_run(stretch: list[Supply]) -> float:
    """The same if every unknown dose were adequate and nothing assumed of unknown ends."""
    best, first = 0.0, None
    if any(supply.adequate is not False and not supply.end_is_known for supply in stretch):
        return math.inf
    for supply in stretch:
        first = None if supply.adequate is False else supply.start if first is None else first
        if first is not None:
            best = max(best, supply.possible - first + 1)
    return best


def mean_dose(run: list[Supply]) -> float | None:
    if any(supply.dose_mg is None for supply in run):
        return None
    days = [supply.sure - supply.start + 1 for supply in run]
    return sum(supply.dose_mg * n for supply, n in zip(run, days, strict=True)) / sum(days)


def undated_course(drug: str, counts: Answer, is_clozapine: bool, row: Row) -> Course:
    """An exposure without a date keeps its answers; a short one may lengthen another's run."""
    days, dose = days_of(row), daily_dose(row)
    adequate = dose_is_adequate(drug, [(route(row), dose)])
    long_enough = None if days is None else days >= SIX_WEEKS
    if adequate is False:
        duration: Answer = False
    else:
        duration = all_of([long_enough or None, adequate])
    return Course(
        drug=drug, counts=counts, is_clozapine=is_clozapine, start=None, end=None, dose=adequate,
        duration=duration, days=days, whole_days=days, dose_mg=dose, all_depot=route(row) == "lai",
    )  # fmt: skip
