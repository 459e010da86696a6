"""The same model in women and men, by ancestry and by site: figures with intervals, or too few events."""

from __future__ import annotations

from collections.abc import Sequence

from opentrs.predict.sheet import group_of, is_everybody, is_told
from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.performance import Measured, Panel, PerformanceRow, performance_forest
from opentrs.report.sections.predict_words import HONEST, estimate, main_outcome, name, number, own_model
from opentrs.report.sections.prevalence import group_label
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE

MOST_ROWS = 24
# Beginning of the groups that are pooled over sites.
POOLED = "pooled"
METRICS = ("c_statistic", "observed_expected", "calibration_slope")
# Columns that say who somebody is.
KINDS = ("sex", "ancestry", "site")


def section(page: PageInput) -> Section:
    """The forest of the first landmark, and every landmark in a table."""
    words = page.words
    heading = words("predict_groups.heading")
    rows = _grouped(page)
    if not rows:
        ran = bool(page.predict.rows("performance"))
        blocks: list[Block] = [Paragraph(words("predict_groups.none"))] if ran else []
        return Section("predict-groups", heading, blocks)
    reads = [Paragraph(words("predict_groups.reads")), Paragraph(_counted(page, rows))]
    return Section("predict-groups", heading, [*reads, *_forest(page, rows), _table(page, rows)])


def _grouped(page: PageInput) -> list[Row]:
    """Honest rows of groups, of the main outcome and the own model, or of the first validated one."""
    rows = [
        row
        for row in page.predict.rows("performance")
        if not is_everybody(row) and row["kind"] in HONEST and row["outcome"] == main_outcome(page)
    ]
    models = list(dict.fromkeys(str(row["model"]) for row in rows))
    chosen = own_model(page) if own_model(page) in models else next(iter(models), "")
    return [row for row in rows if row["model"] == chosen]


def _counted(page: PageInput, rows: Sequence[Row]) -> str:
    """How many groups can be judged, and which kinds of groups the cohort does not record."""
    words = page.words
    first = [row for row in rows if row["landmark"] == rows[0]["landmark"] and row["metric"] == METRICS[0]]
    told = sum(is_told(row["estimate"]) for row in first)
    said = words("predict_groups.counted", told=words.count(told), n=words.count(len(first)),
                 landmark=name(words, "landmark", rows[0]["landmark"]))  # fmt: skip
    absent = [kind for kind in KINDS if kind not in {group_of(row)[0] for row in rows}]
    if not absent:
        return said
    kinds = words("list_separator").join(words.name("group_kind", kind) for kind in absent)
    return said + ("" if words.lang == "zh" else " ") + words("predict_groups.absent", kinds=kinds)


def _table(page: PageInput, rows: Sequence[Row]) -> Table:
    """C, observed over expected and slope of every group at every landmark."""
    words = page.words
    found = {(_place(row), str(row["metric"])): row for row in rows}
    cells = []
    for place in dict.fromkeys(_place(row) for row in rows):
        mine = [found.get((place, metric)) for metric in METRICS]
        first = next(row for row in rows if _place(row) == place)
        shown = [estimate(words, row) if row is not None else NONE for row in mine]
        judged = words("predict_groups.judged") if any(each != NONE for each in shown) else _why(page, first)
        counts = {"n": words.count(first["n"]), "events": words.count(first["events"])}
        cells.append(
            [
                name(words, "landmark", first["landmark"]),
                _label(page, first),
                name(words, "kind", first["kind"]),
                words("predict.counts_short", **counts),
                *shown,
                judged,
            ]
        )
    names = ("landmark", "group", "kind", "counts", "c", "oe", "slope", "judged")
    headings = [words(f"predict_groups.column_{each}") for each in names]
    caption = words(
        "predict_groups.table",
        model=name(words, "model", rows[0]["model"]),
        outcome=name(words, "outcome", rows[0]["outcome"]),
    )
    return Table(headings, cells, caption, folded=True, whole=frozenset({0, 3}))


def _place(row: Row) -> tuple[str, str, str]:
    return str(row["landmark"]), str(row["kind"]), str(row["group"])


def _why(page: PageInput, row: Row) -> str:
    return str(row["why_not"]) if is_told(row.get("why_not")) else page.words("predict_curves.too_few")


def _label(page: PageInput, row: Row) -> str:
    pooled = str(row["group"]).startswith(POOLED)
    named = ":".join(group_of(row))
    return page.words("predict_curves.pooled") if pooled else group_label(page.words, named)


def _forest(page: PageInput, grouped: Sequence[Row]) -> list[Block]:
    """C, observed over expected and slope by group and site at the first landmark."""
    words = page.words
    model, landmark = str(grouped[0]["model"]), str(grouped[0]["landmark"])
    mine = [row for row in grouped if row["landmark"] == landmark]
    rows = [_group(page, group, mine) for group in dict.fromkeys(str(row["group"]) for row in mine)]
    everybody, kind = _everybody(page, model, landmark)
    rows = [*rows[:MOST_ROWS], *everybody]
    caption = words(
        "predict_curves.forest",
        model=name(words, "model", model),
        landmark=name(words, "landmark", landmark),
        kind=name(words, "kind", kind),
    )
    svg = performance_forest(
        "predict-groups",
        rows,
        _panels(page),
        title=words("predict_curves.forest_title"),
        description=f"{caption} {_spoken_groups(page, rows)}",
        headings=(words("predict_curves.group"), words("predict_curves.people_events")),
    )
    return [Figure("predict/groups", svg, caption)]


def _panels(page: PageInput) -> list[Panel]:
    words = page.words
    return [
        Panel("c_statistic", words("predict.column_c"), (0.25, 0.5, 0.75, 1.0), 0.5),
        Panel("observed_expected", words("predict.column_oe"), (0.25, 0.5, 1.0, 2.0, 4.0), 1.0, is_log=True),
        Panel("calibration_slope", words("predict.column_slope"), (0.0, 0.5, 1.0, 1.5, 2.0), 1.0),
    ]


def _group(page: PageInput, group: str, rows: Sequence[Row]) -> PerformanceRow:
    mine = [row for row in rows if row["group"] == group]
    measured = {str(row["metric"]): found for row in mine if (found := _measured(row)) is not None}
    first = mine[0]
    counts = f"{page.words.count(first['n'])} ({page.words.count(first['events'])})"
    why = "" if measured else page.words("predict_curves.too_few")
    pooled = group.startswith(POOLED)
    return PerformanceRow(_label(page, first), counts, measured, why, is_pooled=pooled)


def _measured(row: Row) -> Measured | None:
    values = [number(row["estimate"]), number(row.get("ci_low")), number(row.get("ci_high"))]
    if any(value is None for value in values):
        return None
    estimate, low, high = (float(value or 0.0) for value in values)
    return Measured(
        estimate, low, high, number(row.get("prediction_low")), number(row.get("prediction_high"))
    )


def _everybody(page: PageInput, model: str, landmark: str) -> tuple[list[PerformanceRow], str]:
    """The row of everybody, and the kind of validation it comes from."""
    rows = [
        row
        for row in page.predict.rows("performance")
        if is_everybody(row)
        and (row["model"], row["landmark"], row["outcome"]) == (model, landmark, main_outcome(page))
    ]
    for kind in ("leave_site_out", "internal", "external"):
        mine = [row for row in rows if row["kind"] == kind]
        measured = {str(row["metric"]): found for row in mine if (found := _measured(row)) is not None}
        if measured:
            counts = f"{page.words.count(mine[0]['n'])} ({page.words.count(mine[0]['events'])})"
            row = PerformanceRow(page.words("predict_curves.everybody"), counts, measured, is_pooled=True)
            return [row], kind
    return [], "external"


def _spoken_groups(page: PageInput, rows: Sequence[PerformanceRow]) -> str:
    words = page.words
    return words("list_separator").join(
        words("predict_curves.spoken_group", group=row.label, c=f"{found.estimate:.2f}")
        for row in rows
        if (found := row.measured.get("c_statistic")) is not None
    )
