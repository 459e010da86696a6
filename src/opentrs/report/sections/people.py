"""Single people: a short list of verdicts, and a section for each person who was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.ratings import Lane, Panel, Score, scores_over_time
from opentrs.report.figures.timeline import CourseBar, course_timeline
from opentrs.report.sections import person_strategy, predict_person, type_person
from opentrs.report.view import PageInput, Row, records
from opentrs.report.wording import is_unknown

ALL_SHOWN = 60
MOST_SHOWN = 20
WEEK_DAYS = 7
ORDER = {"resistant": 0, "unknown": 1, "not_resistant": 2}
EPOCH = date(1970, 1, 1).toordinal()


def verdicts(page: PageInput) -> Section:
    """Everybody's verdict in a small cohort, the first of each kind in a large one."""
    words = page.words
    heading, n = words("people.heading"), len(page.asked)
    if not n:
        return Section("people", heading)
    order = page.asked["verdict"].map(ORDER)
    ordered = page.asked.assign(order=order).sort_values(["order", "person_id"], kind="stable")
    shown = records(ordered if n <= ALL_SHOWN else ordered.head(MOST_SHOWN))
    headings = [
        words(f"people.column_{name}")
        for name in ("person", "verdict", "tier", "first_missing", "date_met", "courses", "clozapine")
    ]
    cells = [
        [
            words.cell(row["person_id"]),
            words.name("verdict", row["verdict"]),
            words.name("tier", row["tier"]) if row["tier"] else words.cell(None),
            _first_missing(page, row),
            words.cell(row["date_met"]),
            words.count(row["n_adequate_courses"]),
            words.name("clozapine", row["clozapine"]),
        ]
        for row in shown
    ]
    below = ""
    if len(shown) < n:
        below = words("more_rows", n=n - len(shown), file="tables/ascertain/verdicts.csv")
    caption = words("people.table", shown=words.count(len(shown)), n=words.count(n))
    return Section(
        "people", heading, [Table(headings, cells, caption, frozenset({5}), folded=True, below=below)]
    )


def _first_missing(page: PageInput, row: Row) -> str:
    if is_unknown(row["first_missing"]) or not row["first_missing"]:
        return page.words.cell(None)
    return f"{row['first_missing']} {page.criterion(row['first_missing'])}"


def sections(page: PageInput) -> Sequence[Section]:
    """One section per person who was asked for, in the order asked."""
    return [_person(page, number, person) for number, person in enumerate(dict.fromkeys(page.people), 1)]


def _person(page: PageInput, number: int, person: str) -> Section:
    words = page.words
    heading = words("person.heading", person=person)
    blocks: list[Block] = [
        *_verdict(page, person),
        *_timeline(page, number, person),
        *_courses(page, person),
        *_scores(page, number, person),
        *type_person.blocks(page, number, person, _day, _ticks),
        *predict_person.blocks(page, number, person),
        *person_strategy.blocks(page, person),
        *_levels(page, person),
        *_criteria(page, person),
    ]
    return Section(f"person-{number}", heading, blocks)


def _mine(page: PageInput, table: str, person: str) -> list[Row]:
    frame = page.frame(table)
    return [] if frame.empty else records(frame[frame["person_id"] == person])


def _verdict(page: PageInput, person: str) -> list[Block]:
    words = page.words
    rows = [row for row in _mine(page, "verdicts", person) if row["definition"] == page.main]
    if not rows:
        return [Paragraph(words("person.nothing"), "lead")]
    row = rows[0]
    spoken: list[Block] = [
        Paragraph(words(f"person.verdict_{row['verdict']}", definition=page.named(page.main)), "lead")
    ]
    if not is_unknown(row["first_missing"]) and row["first_missing"]:
        spoken.append(Paragraph(words("person.first_missing", criterion=_first_missing(page, row))))
    if not is_unknown(row["date_met"]) and row["date_met"]:
        onset = words.name("onset", row["onset"])
        spoken.append(Paragraph(words("person.date_met", date=row["date_met"], onset=onset)))
    others = [other for other in _mine(page, "verdicts", person) if other["definition"] != page.main]
    if others:
        said = words("list_separator").join(
            words(
                "person.other",
                definition=page.named(other["definition"]),
                verdict=words.name("verdict", other["verdict"]),
            )
            for other in others
        )
        spoken.append(Paragraph(words("person.others", said=said)))
    return spoken


def _timeline(page: PageInput, number: int, person: str) -> list[Block]:
    words, rows, rules = page.words, _antipsychotics(page, person), page.main_definition
    if not rows or rules is None:
        return [] if rows else [Paragraph(words("person.no_courses"))]
    dose, days = rules.courses.dose_cpz_mg_per_day, rules.courses.duration_days
    bars = [_bar(page, row) for row in rows]
    met = [
        row for row in _mine(page, "verdicts", person) if row["definition"] == page.main and row["date_met"]
    ]
    caption = words(
        "person.timeline", n=words.count(len(rows)), dose_key=words.name("dose_key", page.settings.dose_key)
    )
    name = f"person-{number}-courses"
    svg = course_timeline(
        name,
        bars,
        title=words("person.timeline_title", person=person),
        description=caption,
        dose_bar=dose.value if dose else None,
        week_bar=days.value / WEEK_DAYS,
        headings=(words("person.axis_time"), words("person.axis_dose"), words("person.axis_weeks")),
        year_ticks=_ticks([day for bar in bars for day in (bar.start, bar.end) if day is not None]),
        marks_in_time=[
            (_day(row["date_met"]) or 0, words("person.met")) for row in met if _day(row["date_met"])
        ],
        legend=(words("person.adequate_yes"), words("person.adequate_no"), words("person.adequate_unknown")),
    )
    return [Figure(f"people/{name}", svg, caption)]


def _bar(page: PageInput, row: Row) -> CourseBar:
    words = page.words
    start, end = _day(row["start_date"]), _day(row["end_date"])
    note = words("person.no_dates") if start is None else words("person.no_end") if end is None else ""
    return CourseBar(
        str(row["drug"]),
        start,
        end,
        _number(row["dose_cpz_mg_per_day"]),
        _number(row["duration_weeks"]),
        str(row["adequate"]),
        words("person.failed", answer=words.name("answer", row["failed"])),
        note,
    )


def _courses(page: PageInput, person: str) -> list[Block]:
    words, rows = page.words, _antipsychotics(page, person)
    if not rows:
        return []
    cells = [
        [
            words.cell(row["drug"]),
            _iso(row["start_date"]),
            _iso(row["end_date"]),
            words.number(row["dose_mg_per_day"]),
            _answered(page, words.number(row["dose_cpz_mg_per_day"], 0), row["dose_adequate"]),
            _answered(page, words.number(row["duration_weeks"]), row["duration_adequate"]),
            _answered(page, words.number(row["adherence_percent"], 0), row["adherent"]),
            _answered(page, words.number(row["symptom_reduction_percent"]), row["responding"]),
            words.name("answer", row["failed"]),
            words.name("stop_reason", row["stop_reason"] or None),
        ]
        for row in rows
    ]
    columns = (
        "drug",
        "start",
        "end",
        "dose",
        "cpz",
        "weeks",
        "adherence",
        "reduction",
        "failed",
        "stop_reason",
    )
    headings = [words(f"person.column_{name}") for name in columns]
    return [Table(headings, cells, words("person.courses", n=words.count(len(rows))), frozenset(range(1, 8)))]


def _answered(page: PageInput, value: str, answer: Any) -> str:
    return page.words("person.with_answer", value=value, answer=page.words.name("answer", answer))


def _antipsychotics(page: PageInput, person: str) -> list[Row]:
    """Courses of drugs that are, or may be, antipsychotics; dated ones first, in order of time."""
    rows = [row for row in _mine(page, "courses", person) if row["is_antipsychotic"] != "no"]
    return sorted(rows, key=lambda row: (str(row["start_date"] or "9999"), str(row["drug"])))


def _scores(page: PageInput, number: int, person: str) -> list[Block]:
    words, visits = page.words, _mine(page, "visits", person)
    dated = [(day, row) for row in visits if (day := _day(row["date"])) is not None]
    if not dated:
        return [Paragraph(words("person.undated_ratings" if visits else "person.no_ratings"))]
    panels = []
    for scale in dict.fromkeys(str(row["scale"]) for _, row in dated):
        scores = tuple(
            Score(day, float(row["total_low"]), float(row["total_high"]))
            for day, row in dated
            if row["scale"] == scale
            and not is_unknown(row["total_low"])
            and not is_unknown(row["total_high"])
        )
        if scores:
            panels.append(Panel(words("person.total", scale=scale), scores))
    lanes = [
        Lane(words.name("domain", domain), tuple({day: str(row[domain]) for day, row in dated}.items()))
        for domain in ("positive", "negative")
    ]
    caption = words("person.ratings", n=words.count(len({day for day, _ in dated})))
    name = f"person-{number}-ratings"
    answers = [words.name("answer", answer) for answer in ("yes", "no", "unknown")]
    svg = scores_over_time(
        name,
        panels,
        lanes,
        title=words("person.ratings_title", person=person),
        description=caption,
        lanes_heading=words("person.at_least_moderate"),
        answer_words=(answers[0], answers[1], answers[2]),
        year_ticks=_ticks([day for day, _ in dated]),
    )
    return [Figure(f"people/{name}", svg, caption)]


def _levels(page: PageInput, person: str) -> list[Block]:
    words = page.words
    if "plasma_levels" not in page.cohort.holds:
        return []
    table = page.cohort.table("plasma_levels")
    frame = (
        table.filter(table.person_id == person).execute().sort_values(["date", "drug"], na_position="last")
    )
    rows = frame.to_dict("records")
    if not rows:
        return []
    cells = [
        [
            words.cell(row["drug"]),
            _iso(row["date"]),
            words.number(row["level_ng_per_ml"]),
            words.number(row["metabolite_ng_per_ml"]),
            words.name("answer", row["announced"]),
        ]
        for row in rows
    ]
    headings = [
        words(f"person.level_{name}") for name in ("drug", "date", "level", "metabolite", "announced")
    ]
    return [Table(headings, cells, words("person.levels", n=words.count(len(rows))), frozenset({2, 3}))]


def _criteria(page: PageInput, person: str) -> list[Block]:
    words = page.words
    rows = [
        row
        for row in _mine(page, "criteria", person)
        if str(row["definition"]).removesuffix("_optimum") == page.main
    ]
    if not rows:
        return []
    sources = {row.id: row.source for row in page.main_definition.criteria} if page.main_definition else {}
    cells = [
        [
            str(row["criterion"]),
            page.criterion_reads(row["criterion"]),
            words.name("answer", row["answer"]),
            words.cell(row["evidence"]),
            words.cell(sources.get(str(row["criterion"]))),
        ]
        for row in rows
    ]
    headings = [
        words(f"person.column_{name}") for name in ("criterion", "reads", "answer", "evidence", "source")
    ]
    return [Table(headings, cells, words("person.criteria", definition=page.named(page.main)))]


def _day(value: Any) -> int | None:
    """Day number of an ISO date or a date; None where there is none."""
    shown = _iso(value)
    try:
        return date.fromisoformat(shown).toordinal() - EPOCH
    except ValueError:
        return None


def _iso(value: Any) -> str:
    return "—" if is_unknown(value) or value == "" else str(value)[:10]


def _number(value: Any) -> float | None:
    return None if is_unknown(value) else float(value)


def _ticks(days: Sequence[int]) -> list[tuple[int, str]]:
    """Ticks of a time axis: years, or quarters where the record is short."""
    if not days:
        return []
    first, last = date.fromordinal(min(days) + EPOCH), date.fromordinal(max(days) + EPOCH)
    years = last.year - first.year
    months = (1, 4, 7, 10) if years <= 1 else (1,)
    step = max(1, -(-years // 8))
    ticks = []
    for year in range(first.year, last.year + 2, step):
        for month in months:
            label = str(year) if month == 1 else f"{year}-{month:02d}"
            ticks.append((date(year, month, 1).toordinal() - EPOCH, label))
    return ticks
