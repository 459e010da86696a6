"""How long until resistance, where death competes and emigration ends observation."""

from __future__ import annotations

from opentrs.predict.sheet import is_told
from opentrs.report.blocks import Figure, Section, Table
from opentrs.report.figures.incidence import IncidenceLine, IncidenceWords, cumulative_incidence
from opentrs.report.figures.plane import BandPoint
from opentrs.report.sections.predict_words import number, percents
from opentrs.report.view import PageInput, Row

YEAR_DAYS = 365.25
STATES = ("resistant", "dead", "emigrated")
MOST_POINTS = 150
WHOLE_YEARS = 10


def section(page: PageInput) -> Section:
    """Cumulative incidence with bands, and the same at whole years as a table."""
    words = page.words
    heading = words("predict_time.heading")
    rows = page.predict.rows("time_to_trs")
    definitions = list(dict.fromkeys(str(row["definition"]) for row in rows))
    if not definitions:
        return Section("predict-time", heading)
    first = page.main if page.main in definitions else definitions[0]
    mine = [row for row in rows if row["definition"] == first]
    return Section("predict-time", heading, [_figure(page, first, mine), _table(page, mine)])


def _of_state(rows: list[Row], state: str) -> list[Row]:
    return sorted(
        (row for row in rows if row["state"] == state and is_told(row["probability"])),
        key=lambda row: float(row["day"]),
    )


def _points(rows: list[Row]) -> list[BandPoint]:
    step = -(-len(rows) // MOST_POINTS) or 1
    kept = [*rows[::step], *(rows[-1:] if (len(rows) - 1) % step else [])]
    start = [] if not kept or float(kept[0]["day"]) <= 0 else [BandPoint(0.0, 0.0, 0.0, 0.0)]
    return start + [
        BandPoint(
            float(row["day"]) / YEAR_DAYS, float(row["probability"]), number(row["low"]), number(row["high"])
        )
        for row in kept
    ]


def _years(rows: list[Row]) -> list[int]:
    """Whole years within the follow-up, the beginning left out."""
    last = max((float(row["day"]) for row in rows), default=0.0) / YEAR_DAYS
    return list(range(1, min(int(last + 1e-6), WHOLE_YEARS) + 1))


def _at(rows: list[Row], year: int) -> Row | None:
    """What is known at the end of a year: the last row not after it."""
    before = [row for row in rows if float(row["day"]) <= year * YEAR_DAYS + 1e-6]
    return before[-1] if before else None


def _figure(page: PageInput, definition: str, rows: list[Row]) -> Figure:
    words = page.words
    lines = [
        IncidenceLine(words.name("predict_state", state), _points(mine))
        for state in STATES
        if (mine := _of_state(rows, state))
    ]
    first = _of_state(rows, "resistant")
    at_risk = [
        (float(year), int(row["n_at_risk"]))
        for year in [0, *_years(first)]
        if (row := _at(first, year)) is not None and is_told(row["n_at_risk"])
    ]
    caption = words("predict_time.figure", definition=page.named(definition))
    said = words("list_separator").join(
        words(
            "predict_time.spoken",
            year=year,
            share=percents(words, row["probability"], row["low"], row["high"]),
        )
        for year in _years(first)
        if (row := _at(first, year)) is not None
    )
    svg = cumulative_incidence(
        "predict-time-to-resistance",
        lines,
        at_risk,
        title=words("predict_time.title"),
        description=f"{caption} {said}",
        labels=IncidenceWords(
            words("predict_time.axis_time"), words("predict_time.axis_share"), words("predict_time.at_risk")
        ),
    )
    return Figure("predict/time-to-resistance", svg, caption)


def _table(page: PageInput, rows: list[Row]) -> Table:
    words = page.words
    by_state = {state: found for state in STATES if (found := _of_state(rows, state))}
    cells = []
    for year in _years([row for found in by_state.values() for row in found]):
        shown = [str(year)]
        known = [row for found in by_state.values() if (row := _at(found, year)) is not None]
        shown.append(words.count(known[0]["n_at_risk"] if known else None))
        for found in by_state.values():
            row = _at(found, year)
            shown.append(
                percents(words, row["probability"], row["low"], row["high"]) if row else words.cell(None)
            )
        cells.append(shown)
    headings = [words("predict_time.column_year"), words("predict_time.column_at_risk")]
    headings += [words.name("predict_state", state) for state in by_state]
    return Table(headings, cells, words("predict_time.table"), frozenset(range(len(headings))))
