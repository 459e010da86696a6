"""Dopamine measured or suspected, and genes against response: what these data can and cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.figures.positions import PositionRow, positions
from opentrs.report.sections.type_sensitivity import sourced
from opentrs.report.view import PageInput, Row, records
from opentrs.report.wording import NONE, is_unknown

GROUPS = ("control", "resistant", "not_resistant", "unknown")
STATES = ("hyper", "normal", "hypo", "not_determinable")
FEATURES = ("long_exposure", "high_dose", "tolerance", "relapse_after_reduction", "dyskinesia", "episode")
COMPARED = ("resistant", "not_resistant")
MOST_ROWS = 24


def dopamine(page: PageInput) -> Section:
    """Every scan against controls, and the groups compared; nobody is called hyper or hypo by us."""
    words, placed = page.words, page.types.frame("dopamine")
    heading = words("dopamine_view.heading")
    if placed.empty:
        return Section("type-dopamine", heading)
    blocks: list[Block] = [Paragraph(words("dopamine_view.reads")), *_placed(page, placed), *_contrasts(page)]
    return Section("type-dopamine", heading, blocks)


def states(page: PageInput) -> dict[str, int]:
    """Patients by what their latest placed scan lets be said."""
    placed = page.types.frame("dopamine")
    if placed.empty:
        return {}
    patients = placed[placed["group"] != "control"]
    best = patients.assign(rank=patients["state"].map(STATES.index)).sort_values(["person_id", "rank"])
    counts = best.drop_duplicates("person_id")["state"].value_counts()
    return {str(state): int(count) for state, count in counts.items()}


def _placed(page: PageInput, placed: pd.DataFrame) -> list[Block]:
    words, rows = page.words, list[PositionRow]()
    for (tracer, region), scans in placed.groupby(["tracer", "region"], sort=True):
        if scans["z"].isna().all() or len(rows) > MOST_ROWS:
            continue
        rows.append(
            PositionRow(
                words("dopamine_view.region", region=region, tracer=tracer or NONE), (), "", heading=True
            )
        )
        for group in GROUPS:
            z = scans.loc[(scans["group"] == group) & scans["z"].notna(), "z"].to_numpy(float)
            if z.size:
                label = words.name("scan_group", group)
                rows.append(PositionRow(label, tuple(z.tolist()), words("n_of", n=words.count(z.size))))
    blocks: list[Block] = []
    if rows:
        caption = words("dopamine_view.figure")
        svg = positions(
            "type-dopamine",
            rows,
            title=words("dopamine_view.heading"),
            description=caption,
            axis=words("dopamine_view.axis"),
            legend=(words("dopamine_view.legend_band"), words("dopamine_view.legend_dot")),
        )
        blocks.append(Figure("subtype/dopamine", svg, caption))
    counts = states(page)
    said = words("list_separator").join(
        words("dopamine_view.state", state=words.name("dopamine_state", state), n=words.count(counts[state]))
        for state in STATES
        if counts.get(state)
    )
    if said:
        blocks.append(Paragraph(words("dopamine_view.states", said=said)))
    reasons = placed.loc[placed["reason"].fillna("") != "", "reason"].value_counts()
    cells = [[str(reason), words.count(count)] for reason, count in reasons.items()]
    if cells:
        headings = [words("dopamine_view.column_reason"), words("dopamine_view.column_scans")]
        blocks.append(Table(headings, cells, words("dopamine_view.reasons"), frozenset({1}), folded=True))
    return blocks


def _contrasts(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("dopamine_groups")
    cells = [
        [
            words("dopamine_view.region", region=row["region"], tracer=row["tracer"] or NONE),
            words(
                "dopamine_view.contrast",
                first=words.name("scan_group", str(row["contrast"]).split(" - ")[0]),
                second=words.name("scan_group", str(row["contrast"]).split(" - ")[-1]),
            ),
            words(
                "dopamine_view.people", first=words.count(row["n_first"]), second=words.count(row["n_second"])
            ),
            _difference(page, row),
            words.number(row["standardised"], 2),
            words.p_value(row["p"]),
        ]
        for row in rows[:MOST_ROWS]
    ]
    if not cells:
        return []
    names = ("region", "contrast", "n", "difference", "standardised", "p")
    headings = [words(f"dopamine_view.column_{name}") for name in names]
    return [Table(headings, cells, words("dopamine_view.groups"), frozenset({4, 5}))]


def _difference(page: PageInput, row: Row) -> str:
    words = page.words
    if is_unknown(row["difference"]):
        return words.cell(row["reason"])
    ends = (("value", "difference"), ("low", "ci_low"), ("high", "ci_high"))
    values = {name: f"{float(row[key]):.3g}" for name, key in ends}
    return words("burden.estimate", **values)


def supersensitivity(page: PageInput) -> Section:
    """Share of people with each sign, among resistant and other people, with what the unknown leave open."""
    words, rows = page.words, page.types.rows("supersensitivity_groups")
    heading = words("supersensitivity_view.heading")
    if not rows or page.aggregate_only:
        return Section("type-supersensitivity", heading)
    drawn = []
    for feature in FEATURES:
        mine = {str(row["group"]): row for row in rows if row["feature"] == feature}
        drawn.append(
            IntervalRow(words.name("supersensitivity_feature", feature), None, None, None, "", heading=True)
        )
        drawn += [_share(page, group, mine[group]) for group in COMPARED if group in mine]
    caption = words("supersensitivity_view.figure")
    svg = interval_plot(
        "type-supersensitivity",
        drawn,
        title=heading,
        description=caption,
        axis=words("supersensitivity_view.axis"),
        legend=(words("types.legend_point"), words("supersensitivity_view.legend_bounds")),
        none_word=words("supersensitivity_view.none_known"),
    )
    blocks: list[Block] = [
        Paragraph(words("supersensitivity_view.reads")),
        Figure("subtype/supersensitivity", svg, caption),
        *_thresholds(page),
    ]
    return Section("type-supersensitivity", heading, blocks)


def _share(page: PageInput, group: str, row: Row) -> IntervalRow:
    words, n, unknown = page.words, int(row["n"]), int(row["unknown"])
    values = [None if is_unknown(row[name]) else float(row[name]) for name in ("share", "ci_low", "ci_high")]
    whole = n + unknown
    low, high = (
        (int(row["count"]) / whole, (int(row["count"]) + unknown) / whole) if unknown else (None, None)
    )
    note = words("supersensitivity_view.known", count=words.count(row["count"]), n=words.count(n),
                 unknown=words.count(unknown))  # fmt: skip
    return IntervalRow(words.name("scan_group", group), values[0], values[1], values[2], note, low, high)


def _thresholds(page: PageInput) -> list[Block]:
    words, table = page.words, page.types.frame("supersensitivity")
    if table.empty:
        return []
    cells = [
        [
            words.name("supersensitivity_feature", row["feature"]),
            words(
                "supersensitivity_view.threshold",
                needs=str(row["threshold"]).replace(">=", "≥").replace("<=", "≤"),
                unit=words.name("threshold_unit", row["unit"]),
            ),
            sourced(words, row),
        ]
        for row in records(table.drop_duplicates("feature"))
    ]
    headings = [words(f"supersensitivity_view.column_{name}") for name in ("feature", "threshold", "source")]
    return [Table(headings, cells, words("supersensitivity_view.thresholds"), folded=True)]


def genetic(page: PageInput) -> Section:
    """The rule and the classes, named exploratory; never a person's genetic type."""
    words = page.words
    heading = words("genetic_view.heading")
    rule, classes = page.types.rows("genetic_rule_groups"), page.types.rows("genetic_classes")
    if page.aggregate_only or not (rule or classes):
        return Section("type-genetic", heading)
    blocks: list[Block] = [Paragraph(words("genetic_view.reads"), "warning")]
    if rule:
        cells = [
            [
                words.cell(row["rule"]),
                words.name("scan_group", row["group"]),
                words.count(row["count"]),
                words.count(row["n"]),
                words.percent(row["share"]),
                words.interval(row["ci_low"], row["ci_high"]),
                words.count(row["unknown"]),
            ]
            for row in rule
        ]
        names = ("rule", "group", "low", "n", "share", "interval", "unknown")
        headings = [words(f"genetic_view.column_{name}") for name in names]
        blocks.append(Table(headings, cells, words("genetic_view.rule"), frozenset(range(2, 7))))
    blocks += _genetic_classes(page, classes)
    return Section("type-genetic", heading, blocks)


def chosen(rows: Sequence[Row]) -> Row | None:
    """The model that was chosen; None where none was fitted."""
    return next((row for row in rows if row["chosen"] == "yes"), None)


def _genetic_classes(page: PageInput, rows: Sequence[Row]) -> list[Block]:
    words = page.words
    if not rows:
        return []
    reasons = [str(row["reason"]) for row in rows if not is_unknown(row["reason"]) and row["reason"]]
    if chosen(rows) is None:
        return [Paragraph(words("genetic_view.not_fitted", reason=" ".join(dict.fromkeys(reasons))))]
    cells = [
        [
            words.count(row["n_classes"]),
            words.name("genetic_slopes", row["slopes"]),
            words.count(row["n"]),
            words.number(row["log_likelihood"]),
            words.number(row["bic"]),
            words.number(row["entropy"], 2),
            _permuted(page, row),
            words("type_probability.chosen") if row["chosen"] == "yes" else "",
        ]
        for row in rows
    ]
    names = ("n_classes", "slopes", "n", "log_likelihood", "bic", "entropy", "permutation", "chosen")
    headings = [words(f"genetic_view.column_{name}") for name in names]
    return [Table(headings, cells, words("genetic_view.classes"), frozenset({0, 2, 3, 4, 5, 6}))]


def _permuted(page: PageInput, row: Row) -> Any:
    if is_unknown(row["permutation_p"]):
        return NONE
    words = page.words
    return words(
        "genetic_view.permuted", p=words.p_value(row["permutation_p"]), n=words.count(row["permutations"])
    )
