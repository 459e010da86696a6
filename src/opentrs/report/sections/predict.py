"""Could it have been known early? The base rate, the landmarks, and how well models do at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentrs.predict.sheet import is_told
from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.sections.predict_words import (
    HONEST,
    estimate,
    landmarks,
    main_outcome,
    name,
    number,
    own_model,
    percents,
    performance,
)
from opentrs.report.shares import interval_of_share
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE

MARKS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
CHANCE = 0.5
BOUNDS = ("share_if_no_unknown_had_it", "share_if_every_unknown_had_it")
LANDMARK_COLUMNS = ("landmark", "outcome", "n", "events", "share", "unknown", BOUNDS[0], "excluded")
ALWAYS = ("landmark", "n", "events", "share", "excluded")


def section(page: PageInput) -> Section:
    """The answer in a sentence or two, the landmarks, and C at each."""
    words = page.words
    heading = words("predict.heading")
    why = page.why_skipped("predict")
    if why:
        return Section("predict", heading, [Paragraph(words("predict.skipped", reason=why), "warning")])
    if page.predict.result is None:
        return Section("predict", heading)
    blocks: list[Block] = [*_lead(page), Paragraph(words("predict.reads")), *_landmarks(page), *_figure(page)]
    return Section("predict", heading, blocks)


def best_honest(page: PageInput, landmark: str = "") -> Row | None:
    """The own model's C at a landmark (or the first with one), sites left out in turn where that was done."""
    own, outcome = own_model(page), main_outcome(page)
    for kind in ("leave_site_out", "internal"):
        for row in performance(page, "c_statistic", (kind,)):
            fits = row["model"] == own and row["outcome"] == outcome
            if fits and landmark in ("", str(row["landmark"])) and is_told(row["estimate"]):
                return row
    return None


def _lead(page: PageInput) -> list[Block]:
    words, first = page.words, best_honest(page)
    rate = _base_rate(page)
    if rate is None:
        return [Paragraph(words("predict.lead_nothing"), "lead")]
    said = words("predict.lead_rate", outcome=name(words, "outcome", main_outcome(page)), **rate)
    blocks: list[Block] = [Paragraph(said, "lead")]
    if first is None:
        return [*blocks, Paragraph(_published(page) or words("predict.lead_no_model"))]
    strength = words(f"predict.strength_{_strength(first)}")
    blocks.append(
        Paragraph(
            words(
                "predict.lead_model",
                landmark=name(words, "landmark", first["landmark"]),
                kind=name(words, "kind", first["kind"]),
                c=estimate(words, first),
                strength=strength,
            )
        )
    )
    return blocks


def _published(page: PageInput) -> str:
    """What the best published model reaches here, where no model was made."""
    words = page.words
    rows = [row for row in performance(page, "c_statistic", ("external",)) if is_told(row["estimate"])]
    rows = [row for row in rows if row["outcome"] == main_outcome(page)]
    if not rows:
        return ""
    best = max(rows, key=lambda row: float(row["estimate"]))
    return words(
        "predict.lead_published",
        n=words.count(len(rows)),
        model=name(words, "model", best["model"]),
        c=estimate(words, best),
        strength=words(f"predict.strength_{_strength(best)}"),
    )


def _strength(row: Row) -> str:
    """Words for how well a model separates, by its interval."""
    low = number(row.get("ci_low"))
    if low is None or low <= CHANCE:
        return "chance"
    return "some" if float(row["estimate"]) < 0.8 else "well"


def _base_rate(page: PageInput) -> dict[str, str] | None:
    """People, events and share at the first landmark."""
    words = page.words
    for row in _landmark_rows(page):
        if is_told(row["n"]) and is_told(row["events"]) and int(row["n"]):
            n, events = int(row["n"]), int(row["events"])
            low, high = interval_of_share(events, n)
            return {
                "n": words.count(n),
                "events": words.count(events),
                "share": percents(words, events / n, low, high),
                "landmark": name(words, "landmark", row["landmark"]),
            }
    return None


def _landmark_rows(page: PageInput) -> list[Row]:
    """Landmarks of the main outcome; without such a table what performance rests on."""
    rows, outcome = page.predict.rows("landmarks"), main_outcome(page)
    of_outcome = [row for row in rows if row.get("outcome", outcome) == outcome]
    return of_outcome or [row for row in performance(page, "c_statistic") if row["outcome"] == outcome]


def _landmarks(page: PageInput) -> list[Block]:
    """Who could be asked at each landmark, and the share with the outcome."""
    rows, outcome = page.predict.rows("landmarks"), main_outcome(page)
    first = [row for row in rows if row.get("outcome", outcome) == outcome]
    others = [row for row in rows if row not in first]
    words = page.words
    tables = [_landmark_table(page, first, words("predict.landmarks"))] if first else []
    if others:
        folded = bool(first)
        tables.append(_landmark_table(page, others, words("predict.landmarks_others"), folded))
    return [*tables]


def _landmark_table(page: PageInput, rows: Sequence[Row], caption: str, folded: bool = False) -> Table:
    words = page.words
    names = [
        name_ for name_ in LANDMARK_COLUMNS if name_ in ALWAYS or any(is_told(row.get(name_)) for row in rows)
    ]
    names = [each for each in names if each != BOUNDS[0]] + (["bounds"] if BOUNDS[0] in names else [])
    names.append("why")
    cells = [[_landmark_cell(page, row, column) for column in names] for row in rows]
    headings = [words(f"predict.column_{each}") for each in names]
    numbers = frozenset(
        place for place, each in enumerate(names) if each not in ("landmark", "outcome", "why")
    )
    return Table(headings, cells, caption, numbers, folded=folded, whole=frozenset({0}))


def _landmark_cell(page: PageInput, row: Row, column: str) -> str:
    words = page.words
    if column in ("landmark", "outcome"):
        return name(words, column, row.get(column))
    if column == "why":
        return words.cell(row.get("why"))
    if column == "bounds":
        return words.interval(row.get(BOUNDS[0]), row.get(BOUNDS[1]))
    if column != "share":
        return words.count(row.get(column))
    if not (is_told(row["n"]) and is_told(row["events"]) and int(row["n"])):
        return NONE
    n, events = int(row["n"]), int(row["events"])
    return percents(words, events / n, *interval_of_share(events, n))


def _figure(page: PageInput) -> list[Block]:
    """C of each model at each landmark; apparent performance only where internal stands beside it."""
    words, outcome = page.words, main_outcome(page)
    rows = [row for row in performance(page, "c_statistic") if row["outcome"] == outcome]
    if not rows:
        return []
    drawn: list[IntervalRow] = []
    for model in dict.fromkeys(str(row["model"]) for row in rows):
        mine = [row for row in rows if row["model"] == model]
        drawn.append(IntervalRow(name(words, "model", model), None, None, None, "", heading=True))
        for landmark in landmarks(page):
            drawn += [_drawn(page, row) for row in mine if row["landmark"] == landmark]
    caption = words("predict.figure_landmarks", outcome=name(words, "outcome", outcome))
    svg = interval_plot(
        "predict-landmarks",
        drawn,
        title=words("predict.figure_landmarks_title"),
        description=f"{caption} {_spoken(page, rows)}",
        axis=words("predict.axis_c"),
        legend=(words("predict.legend_c"),),
        span=(MARKS[0], MARKS[-1]),
        percent=False,
        none_word=words("predict.none"),
        strong=CHANCE,
        marks_at=MARKS,
    )
    return [Figure("predict/landmarks", svg, caption)]


def _drawn(page: PageInput, row: Row) -> IntervalRow:
    words = page.words
    label = words(
        "predict.at_kind",
        landmark=name(words, "landmark", row["landmark"]),
        kind=name(words, "kind", row["kind"]),
    )
    values = (number(row["estimate"]), number(row.get("ci_low")), number(row.get("ci_high")))
    shown = [NONE if value is None else f"{value:.2f}" for value in values]
    note = words("predict.note_c", c=shown[0], low=shown[1], high=shown[2], n=words.count(row["n"]))
    return IntervalRow(label, *values, note)


def _spoken(page: PageInput, rows: list[Row]) -> str:
    """The same numbers in words, for who cannot see the figure."""
    words = page.words
    return words("list_separator").join(
        words(
            "predict.spoken_c",
            model=name(words, "model", row["model"]),
            landmark=name(words, "landmark", row["landmark"]),
            kind=name(words, "kind", row["kind"]),
            c=estimate(words, row),
        )
        for row in rows
    )


def table_of_performance(page: PageInput) -> Section:
    """Every honest validation in one table; apparent C stands beside internal C, never alone."""
    words = page.words
    rows = sorted(
        performance(page, "c_statistic"),
        key=lambda row: (str(row["outcome"]) != main_outcome(page), HONEST.index(str(row["kind"]))),
    )
    apparent = {_key(row): row for row in performance(page, "c_statistic", ("apparent",))}
    if not rows:
        return Section("predict-performance", words("predict.heading_performance"))
    found = {
        metric: {(*_key(row), str(row["kind"])): row for row in performance(page, metric)}
        for metric in ("calibration_slope", "observed_expected", "scaled_brier")
    }
    tables = [
        _performance_table(page, [row for row in rows if row["outcome"] == outcome], apparent, found)
        for outcome in dict.fromkeys(str(row["outcome"]) for row in rows)
    ]
    return Section(
        "predict-performance",
        words("predict.heading_performance"),
        [Paragraph(words("predict.performance_reads")), *tables],
    )


def _performance_table(
    page: PageInput,
    rows: Sequence[Row],
    apparent: Mapping[tuple[str, str, str], Row],
    found: Mapping[str, Mapping[tuple[str, str, str, str], Row]],
) -> Table:
    """One outcome: C with apparent C beside internal C, then calibration and Brier."""
    words = page.words
    cells = []
    for row in rows:
        beside = apparent.get(_key(row)) if row["kind"] == "internal" else None
        others = [of_metric.get((*_key(row), str(row["kind"]))) for of_metric in found.values()]
        cells.append(
            [
                name(words, "model", row["model"]),
                name(words, "landmark", row["landmark"]),
                name(words, "kind", row["kind"]),
                words("predict.counts_short", n=words.count(row["n"]), events=words.count(row["events"])),
                estimate(words, row),
                *(estimate(words, each) if each else NONE for each in (beside, *others)),
            ]
        )
    names = ("model", "landmark", "kind", "counts", "c", "apparent", "slope", "oe", "brier")
    headings = [words(f"predict.column_{each}") for each in names]
    caption = words("predict.table_performance", outcome=name(words, "outcome", rows[0]["outcome"]))
    return Table(headings, cells, caption, whole=frozenset({1, 3}))


def _key(row: Row) -> tuple[str, str, str]:
    return str(row["model"]), str(row["landmark"]), str(row["outcome"])
