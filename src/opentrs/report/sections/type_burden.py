"""Distress, violence, self-harm and suicide attempts by type: rates, and what is left after adjustment."""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow
from opentrs.report.figures.ratios import ratio_plot
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, is_unknown

OUTCOMES = ("violence", "self_harm", "suicide_attempt")
GROUPS = ("resistant", "all")
MAIN_METHOD = "poisson_robust"


def section(page: PageInput) -> Section:
    """Adjusted ratios drawn; rates and distress as tables."""
    words = page.words
    heading = words("burden.heading")
    if not page.types.rows("burden"):
        return Section("type-burden", heading)
    blocks: list[Block] = [Paragraph(words("burden.reads")), *_ratios(page), *_rates(page), *_distress(page)]
    return Section("type-burden", heading, blocks)


def main_ratio(page: PageInput, group: str, outcome: str, type_: str) -> Row | None:
    """The adjusted ratio where there is one, else the crude one; None where neither could be estimated."""
    rows = [
        row
        for row in page.types.rows("burden")
        if (row["group"], row["outcome"], row["type"]) == (group, outcome, type_)
        and row["measure"] in ("ratio", "difference")
        and row["method"] in (MAIN_METHOD, "ols_hc3")
        and not is_unknown(row["estimate"])
    ]
    return next((row for row in rows if row["adjusted_for"]), rows[0] if rows else None)


def _ratios(page: PageInput) -> list[Block]:
    words, drawn, said = page.words, [], False
    rows = [
        row for row in page.types.rows("burden") if row["measure"] == "ratio" and row["method"] == MAIN_METHOD
    ]
    for group in GROUPS:
        for outcome in OUTCOMES:
            mine = [row for row in rows if (row["group"], row["outcome"]) == (group, outcome)]
            if not mine:
                continue
            title = words(f"burden.in_{group}", outcome=words.name("burden_outcome", outcome))
            drawn.append(IntervalRow(title, None, None, None, "", heading=True))
            if all(is_unknown(row["estimate"]) for row in mine):
                drawn.append(IntervalRow("", None, None, None, words("burden.none_of_types")))
                continue
            for type_ in dict.fromkeys(str(row["type"]) for row in mine):
                each = _drawn(page, [row for row in mine if row["type"] == type_], type_)
                said |= each.estimate is not None
                drawn.append(each)
    if not said:
        return [Paragraph(words("burden.no_ratio"))] if drawn else []
    caption = words("burden.figure")
    svg = ratio_plot(
        "type-burden",
        drawn,
        title=words("burden.heading"),
        description=caption,
        axis=words("burden.axis"),
        legend=words("burden.legend"),
    )
    return [Figure("subtype/burden", svg, caption), _ratio_table(page)]


def _drawn(page: PageInput, rows: list[Row], type_: str) -> IntervalRow:
    """The adjusted ratio, else the crude one, else why there is none."""
    words, label = page.words, page.words.name("type", type_)
    found = [row for row in rows if not is_unknown(row["estimate"])]
    best = next((row for row in found if row["adjusted_for"]), found[0] if found else None)
    if best is None:
        reason = next((str(row["reason"]) for row in rows if row["reason"]), "")
        return IntervalRow(label, None, None, None, words.name("burden_reason", reason))
    counts = {name: words.count(best[name]) for name in ("n", "events")}
    note = words("burden.note_adjusted" if best["adjusted_for"] else "burden.note_crude", **counts)
    return IntervalRow(label, float(best["estimate"]), float(best["ci_low"]), float(best["ci_high"]), note)


def _ratio_table(page: PageInput) -> Table:
    words = page.words
    rows = [row for row in page.types.rows("burden") if row["measure"] == "ratio"]
    cells = [
        [
            words(f"types.in_{row['group']}"),
            words.name("burden_outcome", row["outcome"]),
            words.name("type", row["type"]),
            words.count(row["n"]) if row["n"] else NONE,  # no model: nobody was compared
            words.count(row["events"]),
            _estimate(page, row, 2),
            words.name("burden_method", row["method"]),
            _adjusted_for(page, row),
        ]
        for row in rows
    ]
    names = ("group", "outcome", "type", "n", "events", "ratio", "method", "adjusted")
    headings = [words(f"burden.column_{name}") for name in names]
    return Table(headings, cells, words("burden.ratios"), frozenset({3, 4}), folded=True)


def _adjusted_for(page: PageInput, row: Row) -> str:
    words = page.words
    if not row["adjusted_for"]:
        return words("burden.crude") if not is_unknown(row["estimate"]) else NONE
    names = str(row["adjusted_for"]).split(";")
    return words("list_separator").join(words.name("burden_covariate", name) for name in names)


def _estimate(page: PageInput, row: Row, decimals: int) -> str:
    words = page.words
    if is_unknown(row["estimate"]):
        return words.name("burden_reason", row["reason"])
    low, high = (f"{float(row[name]):.{decimals}f}" for name in ("ci_low", "ci_high"))
    return words("burden.estimate", value=f"{float(row['estimate']):.{decimals}f}", low=low, high=high)


def _rates(page: PageInput) -> list[Block]:
    words = page.words
    found = [row for row in page.types.rows("burden") if row["measure"] == "rate"]
    rows = sorted(found, key=lambda row: GROUPS.index(str(row["group"])))
    cells = [
        [
            words(f"types.in_{row['group']}"),
            words.name("burden_outcome", row["outcome"]),
            words.name("type", row["type"]),
            words.count(row["n"]),
            words.count(row["events"]),
            words.number(row["person_years"], 0),
            _per_hundred(page, row),
        ]
        for row in rows
        if row["reason"] != "nobody" or row["n_left_out"]
    ]
    names = ("group", "outcome", "type", "n", "events", "years", "rate")
    headings = [words(f"burden.column_{name}") for name in names]
    return [Table(headings, cells, words("burden.rates"), frozenset({3, 4, 5, 6}), folded=len(cells) > 12)]


def _per_hundred(page: PageInput, row: Row) -> str:
    if is_unknown(row["estimate"]):
        return page.words.name("burden_reason", row["reason"])
    hundred = {**row, **{name: 100 * float(row[name]) for name in ("estimate", "ci_low", "ci_high")}}
    return _estimate(page, hundred, 1)


def _distress(page: PageInput) -> list[Block]:
    words = page.words
    rows = [row for row in page.types.rows("burden") if row["outcome"] == "distress"]
    if not any(row["n"] for row in rows):
        return [Paragraph(words("burden.no_distress"))]
    cells = []
    for group in GROUPS:
        for row in (row for row in rows if row["group"] == group and row["measure"] == "mean" and row["n"]):
            best = main_ratio(page, group, "distress", str(row["type"]))
            cells.append(
                [
                    words(f"types.in_{group}"),
                    words.name("type", row["type"]),
                    words.count(row["n"]),
                    _estimate(page, row, 0),
                    _estimate(page, best, 1) if best else NONE,
                    _adjusted_for(page, best) if best else NONE,
                ]
            )
    headings = [
        words(f"burden.column_{name}")
        for name in ("group", "type", "n", "distress", "difference", "adjusted")
    ]
    return [Table(headings, cells, words("burden.distress"), frozenset({2}))]
