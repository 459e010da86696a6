"""One person's type over time, with its margin and what would flip it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from opentrs.report.blocks import Block, Figure, Paragraph, Table
from opentrs.report.figures.person_types import DomainScore, TypedVisit, types_over_time
from opentrs.report.sections.type_sensitivity import norms_of_the_rule
from opentrs.report.view import PageInput, Row, records
from opentrs.report.wording import is_unknown

COMPETE = ("delusion", "hallucination", "negative")
MOST_VISITS = 6

Day = Callable[[Any], int | None]
Ticks = Callable[[Sequence[int]], list[tuple[int, str]]]


def blocks(page: PageInput, number: int, person: str, day: Day, ticks: Ticks) -> list[Block]:
    """What the person's section says of types; nothing where the stage did not run.

    Parameters
    ----------
    day, ticks : day number of a date; ticks of a time axis
    """
    frame = page.types.frame("types")
    if frame.empty:
        return []
    visits = sorted(records(frame[frame["person_id"] == person]), key=lambda row: str(row["date"] or ""))
    if not visits:
        return [Paragraph(page.words("person_type.not_asked"))]
    return [
        *_said(page, person),
        *_figure(page, number, person, visits, day, ticks),
        *_visits(page, visits),
    ]


def _said(page: PageInput, person: str) -> list[Block]:
    words, frame = page.words, page.types.frame("person_types")
    rows = [] if frame.empty else records(frame[frame["person_id"] == person])
    if not rows:
        return []
    row = rows[0]
    said: list[Block] = [
        Paragraph(
            words(
                "person_type.last",
                type=words.name("type", row["type"]),
                review_type=words.name("review_type", row["review_type"]),
                depression=words.name("depression", row["depression"]),
            )
        ),
        Paragraph(words(f"person_type.persistent_{row['persistent']}", n=words.count(row["n_visits"]))),
    ]
    return said


def _figure(
    page: PageInput, number: int, person: str, visits: Sequence[Row], day: Day, ticks: Ticks
) -> list[Block]:
    words = page.words
    dated = [(at, row) for row in visits if (at := day(row["date"])) is not None]
    if not dated:
        return [Paragraph(words("person_type.undated"))]
    errors = {(str(row["scale"]), str(row["domain"])): _error(row) for row in norms_of_the_rule(page)}
    domains = [
        (
            words.name("type_domain", domain),
            tuple(
                DomainScore(at, float(row[f"{domain}_pomp"]), errors.get((str(row["scale"]), domain)))
                for at, row in dated
                if not is_unknown(row[f"{domain}_pomp"])
            ),
        )
        for domain in COMPETE
    ]
    typed = [TypedVisit(at, words.name("type", row["type"]), _margin(page, row)) for at, row in dated]
    caption = words("person_type.figure" if any(errors.values()) else "person_type.figure_no_error",
                    n=words.count(len(dated)))  # fmt: skip
    name = f"person-{number}-types"
    svg = types_over_time(
        name,
        domains,
        typed,
        title=words("person_type.title", person=person),
        description=caption,
        axis=words("profiles.axis"),
        lane_words=(words("person_type.lane_type"), words("person_type.lane_margin")),
        year_ticks=ticks([at for at, _ in dated]),
    )
    return [Figure(f"people/{name}", svg, caption)]


def _error(norm: Row) -> float | None:
    """One standard error of measurement in percent of the maximum possible."""
    if is_unknown(norm["sd_pomp"]) or is_unknown(norm["reliability"]):
        return None
    error: float = float(norm["sd_pomp"]) * max(0.0, 1 - float(norm["reliability"])) ** 0.5
    return error


def _margin(page: PageInput, row: Row) -> str:
    return "" if is_unknown(row["margin"]) else page.words.number(row["margin"], 1)


def shown_flips(page: PageInput, flips: Any) -> str:
    """Items that flip a label by the same change to the same type are named together."""
    words = page.words
    if is_unknown(flips) or not flips:
        return words.cell(None)
    together: dict[tuple[str, str], list[str]] = {}
    for one in str(flips).split("; "):
        change, _, label = one.partition(": ")
        item, _, points = change.rpartition(" ")
        together.setdefault((points, label), []).append(item)
    return words("list_separator").join(
        words(
            "person_type.flip",
            items=words("person_type.items.list_separator").join(items),
            points=points.replace("-", "−"),
            type=words.name("type", label),
        )
        for (points, label), items in together.items()
    )


def _visits(page: PageInput, visits: Sequence[Row]) -> list[Block]:
    words = page.words
    shown = list(visits)[-MOST_VISITS:]
    cells = [
        [
            words.cell(row["date"]),
            words.cell(row["scale"]),
            words.name("type", row["type"]),
            words.number(row["margin"], 1),
            words.name("type", row["rival"] or None),
            shown_flips(page, row["flips"]),
            words.name("depression", row["depression"]),
            words.cell(row["depression_basis"]),
            words.name("probable_type", row["probable_type"] or None),
        ]
        for row in reversed(shown)
    ]
    names = ("date", "scale", "type", "margin", "rival", "flips", "depression", "basis", "probable")
    headings = [words(f"person_type.column_{name}") for name in names]
    below = ""
    if len(shown) < len(visits):
        below = words("more_rows", n=len(visits) - len(shown), file="tables/subtype/types.csv")
    caption = words("person_type.visits", n=words.count(len(visits)))
    evidence = shown[-1]["evidence"]
    last: list[Block] = []
    if not is_unknown(evidence) and evidence:
        last.append(Paragraph(words("person_type.evidence", evidence=evidence), "note"))
    return [Table(headings, cells, caption, frozenset({0, 3}), below=below), *last]
