"""Response as a type: who responds to what, and the courses symptoms take under treatment."""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.courses_of_classes import ClassPanel, ClassPoint, courses_of_classes
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import is_unknown

SUBTYPES = (
    "antipsychotic_responsive", "clozapine_responsive", "clozapine_resistant", "resistant_without_clozapine",
)  # fmt: skip
MOST_CLASSES = 4


def section(page: PageInput) -> Section:
    """Shares of the response subtypes, the mean courses, and how many classes the data carry."""
    words = page.words
    heading = words("trajectory_view.heading")
    shares = page.types.rows("trajectory_shares")
    if page.aggregate_only or not shares:
        return Section("type-trajectories", heading)
    blocks: list[Block] = [Paragraph(words("trajectory_view.reads")), _shares(page, shares)]
    blocks += _curves(page)
    blocks += _models(page)
    return Section("type-trajectories", heading, blocks)


def _shares(page: PageInput, rows: list[Row]) -> Table:
    words = page.words
    by_name = {str(row["response_subtype"]): row for row in rows}
    listed = [by_name[name] for name in SUBTYPES if name in by_name]
    cells = [
        [
            words.name("response_subtype", row["response_subtype"]),
            words.count(row["count"]),
            words.percent(row["share"]),
            words.interval(row["ci_low"], row["ci_high"]),
        ]
        for row in listed
    ]
    headings = [words(f"trajectory_view.column_{name}") for name in ("subtype", "count", "share", "interval")]
    known, unknown = (words.count(listed[0][name]) if listed else "0" for name in ("n", "unknown"))
    caption = words("trajectory_view.shares", n=known, unknown=unknown)
    return Table(headings, cells, caption, frozenset({1, 2, 3}))


def _curves(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("trajectory_classes")
    panels = []
    for treatment in dict.fromkeys(str(row["treatment"]) for row in rows):
        mine = [row for row in rows if row["treatment"] == treatment]
        title = words(
            "trajectory_view.panel",
            treatment=words.name("treatment", treatment),
            scale=mine[0]["scale"],
            n=words.count(mine[0]["n"]),
        )
        numbers = list(dict.fromkeys(int(row["class"]) for row in mine))[:MOST_CLASSES]
        classes = tuple(_class(page, [row for row in mine if int(row["class"]) == k]) for k in numbers)
        panels.append(ClassPanel(title, classes))
    if not panels:
        return []
    caption = words("trajectory_view.figure")
    svg = courses_of_classes(
        "type-trajectories",
        panels,
        title=words("trajectory_view.heading"),
        description=caption,
        axis=words("profiles.axis"),
        across=words("trajectory_view.weeks"),
    )
    return [Figure("subtype/trajectories", svg, caption)]


def _class(page: PageInput, rows: list[Row]) -> tuple[str, tuple[ClassPoint, ...]]:
    words, first = page.words, rows[0]
    word = words(
        "trajectory_view.class",
        number=int(first["class"]),
        share=words.percent(first["share"]),
        interval=words.interval(first["share_low"], first["share_high"]),
    )
    points = tuple(
        ClassPoint(
            float(row["week"]),
            float(row["mean"]),
            None if is_unknown(row["ci_low"]) else float(row["ci_low"]),
            None if is_unknown(row["ci_high"]) else float(row["ci_high"]),
        )
        for row in rows
    )
    return word, points


def _models(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("trajectory_models")
    if not rows:
        return []
    refused = [row for row in rows if is_unknown(row["n_classes"])]
    blocks: list[Block] = [
        Paragraph(
            words(
                "trajectory_view.not_fitted",
                treatment=words.name("treatment", row["treatment"]),
                reason=row["reason"],
            )
        )
        for row in refused
    ]
    cells = [
        [
            words.name("treatment", row["treatment"]),
            words.count(row["n_classes"]),
            words.count(row["n"]),
            words.number(row["bic"]),
            words.number(row["entropy"], 2),
            words.count(row["smallest_class_people"]),
            words.p_value(row["bootstrap_p"]),
            words("type_probability.chosen") if row["chosen"] == "yes" else words.cell(row["reason"]),
        ]
        for row in rows
        if row not in refused
    ]
    if cells:
        names = ("treatment", "n_classes", "n", "bic", "entropy", "smallest", "bootstrap", "chosen")
        headings = [words(f"trajectory_view.column_{name}") for name in names]
        blocks.append(
            Table(headings, cells, words("trajectory_view.models"), frozenset(range(1, 7)), folded=True)
        )
    return blocks
