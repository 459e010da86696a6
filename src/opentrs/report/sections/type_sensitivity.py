"""Does a label hang on the choices behind it, on the norm, or on the instrument?"""

from __future__ import annotations

from opentrs import reference
from opentrs.reference.load import cited
from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, Words, is_unknown

THIS_COHORT = "this cohort"  # as the table of norms names a norm made of the cohort itself


def section(page: PageInput) -> Section:
    """For each published alternative, how many labels it changes."""
    words = page.words
    heading = words("type_choices.heading")
    rows = page.types.rows("sensitivity")
    others = [row for row in rows if row["is_default"] != "yes"]
    if not others:
        return Section("type-choices", heading)
    blocks: list[Block] = [Paragraph(words("type_choices.reads"))]
    if any(not is_unknown(row["share_differ"]) for row in others):
        blocks.append(_figure(page, others))
    blocks.append(_table(page, others))
    return Section("type-choices", heading, blocks)


def choice_label(words: Words, row: Row) -> str:
    """What is chosen and how, in words."""
    return words.name(f"type_choice_{row['choice']}", row["value"])


def _figure(page: PageInput, rows: list[Row]) -> Figure:
    words = page.words
    drawn = []
    for choice in dict.fromkeys(str(row["choice"]) for row in rows):
        drawn.append(IntervalRow(words.name("type_choice", choice), None, None, None, "", heading=True))
        drawn += [_drawn(page, row) for row in rows if row["choice"] == choice]
    caption = words("type_choices.figure")
    svg = interval_plot(
        "type-choices",
        drawn,
        title=words("type_choices.heading"),
        description=caption,
        axis=words("type_choices.axis"),
        legend=(words("type_choices.legend"),),
        none_word=words("type_choices.cannot_or_withheld" if page.aggregate_only else "type_choices.cannot"),
    )
    return Figure("subtype/sensitivity", svg, caption)


def _drawn(page: PageInput, row: Row) -> IntervalRow:
    words = page.words
    values = [
        None if is_unknown(row[name]) else float(row[name]) for name in ("share_differ", "ci_low", "ci_high")
    ]
    note = ""
    if not is_unknown(row["n_differ"]) and row["n"]:
        note = words("type_choices.differ_of", k=words.count(row["n_differ"]), n=words.count(row["n"]))
    return IntervalRow(choice_label(words, row), values[0], values[1], values[2], note)


def _table(page: PageInput, rows: list[Row]) -> Table:
    words = page.words
    cells = [
        [
            words.name("type_choice", row["choice"]),
            choice_label(words, row),
            words.count(row["n"]),
            words.count(row["n_differ"]),
            words.count(row.get("n_unknown")),
            words.percent(row["share_differ"]),
            words.interval(row["ci_low"], row["ci_high"]),
            words.number(row["kappa"], 2),
            _two(words, row["kappa_low"], row["kappa_high"]),
            sourced(words, row),
        ]
        for row in rows
    ]
    names = ("choice", "value", "n", "differ", "unknown", "share", "interval", "kappa", "interval", "source")
    headings = [words(f"type_choices.column_{name}") for name in names]
    return Table(headings, cells, words("type_choices.table"), frozenset(range(2, 9)), folded=True)


def sourced(words: Words, row: Row) -> str:
    """The source of a row and whether it was read there."""
    source = str(row["source"])
    if source == "opentrs":
        return words("type_choices.own")
    if source == THIS_COHORT:
        return words("type_choices.this_cohort")
    return words("type_choices.source", source=cited(source), checked=words.name("checked", row["checked"]))


def _two(words: Words, low: object, high: object) -> str:
    if is_unknown(low) or is_unknown(high):
        return NONE
    return words("interval", low=f"{float(str(low)):.2f}", high=f"{float(str(high)):.2f}")


def instruments(page: PageInput) -> Section:
    """The norms in use, and whether two instruments rated the same day say the same."""
    words = page.words
    blocks: list[Block] = [*_norms(page), *_agreement(page)]
    return Section("type-instruments", words("type_instruments.heading"), blocks)


def norms_of_the_rule(page: PageInput) -> list[Row]:
    """Norms of the items the labels rest on, without those of the alternatives."""
    rows = page.types.rows("norms")
    choices = page.types.rows("sensitivity")
    used = [row["value"] for row in choices if row["choice"] == "item_set" and row["is_default"] == "yes"]
    return [row for row in rows if not used or row.get("item_set", used[0]) == used[0]]


def _norms(page: PageInput) -> list[Block]:
    words, rows = page.words, norms_of_the_rule(page)
    if not rows:
        if page.types.rows("type_prevalence") and not page.aggregate_only:
            return [Paragraph(words("type_instruments.no_norm"))]
        return []
    cells = [
        [
            words.name("norm", row["norm"]),
            words.cell(row["scale"]),
            words.name("type_domain", row["domain"]),
            words.count(row["n"]),
            words.number(row["mean_pomp"]),
            words.number(row["sd_pomp"]),
            _reliability(page, row),
            sourced(words, row),
        ]
        for row in rows
    ]
    names = ("norm", "scale", "domain", "n", "mean", "sd", "reliability", "source")
    headings = [words(f"type_instruments.column_{name}") for name in names]
    caption = words("type_instruments.norms")
    return [Table(headings, cells, caption, frozenset(range(3, 7)), folded=len(cells) > 8)]


def _reliability(page: PageInput, row: Row) -> str:
    """The figure, and what it rests on where it is a shipped one: many are assumed."""
    words, shipped = page.words, reference.domain_reliability()
    value = words.number(row["reliability"], 2)
    mine = shipped[(shipped["scale"] == row["scale"]) & (shipped["domain"] == row["domain"])]
    kinds = mine.loc[mine["reliability"] == row["reliability"], "kind"].tolist()
    if not kinds:
        return value
    kind = words.name("reliability_kind", str(kinds[0]))
    return words("type_instruments.reliability", value=value, kind=kind)


def _agreement(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("instruments")
    if not rows:
        return []
    whole = [row for row in rows if row["type"] == "all"]
    parts = [row for row in rows if row["type"] != "all"]
    cells = [
        [
            words.cell(row["scale_a"]),
            words.cell(row["scale_b"]),
            words.count(row["n"]),
            words.percent(row["agreement"]),
            words.interval(row["ci_low"], row["ci_high"]),
            words.number(row["kappa"], 2),
            _two(words, row["kappa_low"], row["kappa_high"]),
        ]
        for row in whole
    ]
    columns = ["scale_a", "scale_b", "n", "agreement", "interval", "kappa", "interval"]
    headings = [words(f"type_instruments.column_{name}") for name in columns]
    blocks: list[Block] = [
        Table(headings, cells, words("type_instruments.agreement"), frozenset(range(2, 7)))
    ]
    if parts:
        cells = [
            [
                words("type_instruments.pair", a=row["scale_a"], b=row["scale_b"]),
                words.name("type", row["type"]),
                words.count(row["n"]),
                words.percent(row["prevalence_a"]),
                words.percent(row["prevalence_b"]),
                words.percent(row["positive_agreement"]),
                words.percent(row["negative_agreement"]),
                words.number(row["kappa"], 2),
                _two(words, row["kappa_low"], row["kappa_high"]),
            ]
            for row in parts
        ]
        columns = [
            "pair",
            "type",
            "n",
            "prevalence_a",
            "prevalence_b",
            "positive",
            "negative",
            "kappa",
            "interval",
        ]
        headings = [words(f"type_instruments.column_{name}") for name in columns]
        caption = words("type_instruments.by_type")
        blocks.append(Table(headings, cells, caption, frozenset(range(2, 9)), folded=True))
    return blocks
