"""What the plausibility gate doubted, and what that does to the pooled effect of one option."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from opentrs.messages import text
from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.forest import ForestPool, ForestStudy, ForestWords, forest
from opentrs.report.sections.treat_evidence import begun, effect_words, evidence, of_option
from opentrs.report.view import PageInput
from opentrs.report.wording import Words, is_unknown
from opentrs.treat.gate import Doubt, decisions, doubts
from opentrs.treat.matching import Match
from opentrs.treat.pooling import MILD, PooledOption
from opentrs.treat.words import doubt_sentence, option_name, why

FOREST_OPTION, FOREST_SYMPTOM = "ect", "total"
MARK = "†"
NORMAL_95 = 1.959963984540054


def section(page: PageInput) -> Section:
    """Doubted rows with the decision about each, and the forest plot in three views."""
    words = page.words
    blocks: list[Block] = [Paragraph(words("treat_doubts.reads")), _table(words), *_forest(words)]
    return Section("treat-doubts", words("treat_doubts.heading"), blocks)


def _table(words: Words) -> Table:
    found = doubts(evidence())
    decided = decisions(found)
    trials = dict(zip(evidence()["row"], evidence()["trial"], strict=True))
    by_row: dict[str, list[Doubt]] = defaultdict(list)
    for doubt in found:
        by_row[doubt.row].append(doubt)
    separator = text("treat.list_separator", words.lang)
    rows = [
        [
            trials[row],
            separator.join(doubt_sentence(doubt, words.lang).rstrip(".。") for doubt in of_row),
            words.name("treat_decision", decided[row]),
        ]
        for row, of_row in by_row.items()
        if any(doubt.check not in MILD for doubt in of_row)
    ]
    mild = [trials[row] for row, of_row in by_row.items() if all(doubt.check in MILD for doubt in of_row)]
    below = words("treat_doubts.mild", trials=", ".join(dict.fromkeys(mild))) if mild else ""
    headings = [words(f"treat_doubts.column_{name}") for name in ("trial", "doubt", "decision")]
    caption = words("treat_doubts.table", n=words.count(len(by_row)), rows=words.count(len(evidence())))
    return Table(headings, rows, caption, below=below)


def _forest(words: Words) -> list[Block]:
    found = of_option(FOREST_SYMPTOM, FOREST_OPTION)
    if found is None or found.found.pooled is None:
        return []
    option = option_name(FOREST_OPTION, words.lang)
    views = {name: effect_words(words, view) for name, view in _views(found).items()}
    said = begun(words("treat_doubts.three_views", option=option, **views))
    caption = begun(words("treat_doubts.figure", option=option, mark=MARK))
    svg = forest(
        "treat-ect",
        _studies(found),
        [_pool(words, name, view) for name, view in _views(found).items() if view.trials],
        title=words("treat_doubts.figure_title", option=option),
        description=f"{caption} {said}",
        labels=ForestWords(
            words("treat_doubts.column_trial"),
            words("treat_doubts.column_effect"),
            words("treat_doubts.column_weight"),
            words("treat.axis"),
            words("treat_doubts.legend_pooled"),
            words("treat_doubts.legend_predicted"),
            words("treat_doubts.better"),
            words("treat_doubts.worse"),
        ),
    )
    level = text(f"treat.level_{found.certainty.level}", words.lang)
    said_why = why(found.certainty, words.lang)
    return [
        Paragraph(said, "warning"),
        Figure("treat/ect", svg, caption),
        Paragraph(begun(words("treat_doubts.certainty", option=option, level=level, why=said_why)), "note"),
    ]


def _views(found: Match) -> dict[str, PooledOption]:
    return {"as_decided": found.found, "as_given": found.as_given, "undoubted": found.undoubted}


def _studies(found: Match) -> list[ForestStudy]:
    """Trials as decided; those with a doubt that is not mild carry a mark."""
    assert found.found.pooled is not None
    doubted = {doubt.row for doubt in found.doubts if doubt.check not in MILD}
    marked = set(evidence().loc[evidence()["row"].isin(doubted), "trial"])
    data = found.found.pooled.data
    return [
        ForestStudy(
            trial,
            float(effect),
            float(effect - NORMAL_95 * error),
            float(effect + NORMAL_95 * error),
            float(weight),
            MARK if trial in marked else "",
        )
        for trial, effect, error, weight in zip(
            found.found.trials,
            data.effects,
            np.sqrt(data.variances),
            found.found.pooled.weights_percent,
            strict=True,
        )
    ]


def _pool(words: Words, name: str, view: PooledOption) -> ForestPool:
    new = None if is_unknown(view.prediction_low) else (view.prediction_low, view.prediction_high)
    return ForestPool(words.name("treat_view", name), view.effect, view.ci_low, view.ci_high, new)
