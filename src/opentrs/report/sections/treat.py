"""What trials show, for which symptom: options with effect, certainty and why; then what is not known."""

from __future__ import annotations

from collections.abc import Sequence

from opentrs.messages import text
from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.axes import minus
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.sections.treat_evidence import (
    begun,
    effect_words,
    evidence,
    matches,
    people_by_symptom,
    signed,
    size_words,
    symptom_name,
)
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE, Words, is_unknown
from opentrs.treat.advice import without_numbers
from opentrs.treat.effects import patient_units
from opentrs.treat.matching import Match
from opentrs.treat.options import SYMPTOMS
from opentrs.treat.words import option_name, step_sentence

AXIS = (-3.0, 1.0)


def section(page: PageInput) -> Section:
    """The options in one sentence, one figure, and one table a symptom."""
    words = page.words
    blocks: list[Block] = [Paragraph(_lead(words), "lead"), Paragraph(words("treat.reads"))]
    blocks += _people(page)
    blocks.append(_figure(words))
    blocks += [_table(words, symptoms) for symptoms in _alike(words)]
    blocks += _own_cohort(page)
    return Section("treat", words("treat.heading"), blocks)


def _lead(words: Words) -> str:
    counts = {
        standing: len(
            {each.option for symptom in SYMPTOMS for each in matches()[symptom] if each.standing == standing}
        )
        for standing in ("ranked", "too_little")
    }
    if counts["ranked"]:
        return words("treat.lead", **{name: words.count(n) for name, n in counts.items()})
    return words("treat.lead_none")


def _people(page: PageInput) -> list[Block]:
    """For how many people of this cohort each symptom was asked."""
    words, counts = page.words, people_by_symptom(page)
    if not counts:
        return []
    listed = words("list_separator").join(
        words("treat.people_of", symptom=symptom_name(words, symptom), n=words.count(counts.get(symptom, 0)))
        for symptom in SYMPTOMS
    )
    return [Paragraph(words("treat.people", listed=listed))]


def _figure(words: Words) -> Figure:
    rows = []
    for symptoms in _alike(words):
        rows.append(IntervalRow(_named(words, symptoms), None, None, None, "", heading=True))
        drawn = [_drawn(words, found) for found in matches()[symptoms[0]] if found.found.kind == "smd"]
        rows += [row for row in drawn if row.estimate is not None]
    caption = words("treat.figure")
    svg = interval_plot(
        "treat-options",
        rows,
        title=words("treat.heading"),
        description=caption,
        axis=words("treat.axis"),
        legend=(words("treat.legend_point"),),
        span=AXIS,
        percent=False,
        strong=0.0,
    )
    return Figure("treat/options", svg, caption)


def _drawn(words: Words, found: Match) -> IntervalRow:
    label = option_name(found.option, words.lang)
    if is_unknown(found.found.effect):
        return IntervalRow(label, None, None, None, "")
    level = text(f"treat.level_{found.certainty.level}", words.lang)
    note = words("treat.note", size=size_words(words, found.found), level=level)
    return IntervalRow(label, found.found.effect, found.found.ci_low, found.found.ci_high, note)


def _alike(words: Words) -> list[tuple[str, ...]]:
    """Symptoms of which the trials say the same, together: hallucinations and delusions, as a rule."""
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for symptom in SYMPTOMS:
        said = tuple(tuple(_cells(words, each)) for each in _told(symptom))
        groups.setdefault(said, []).append(symptom)
    return [tuple(symptoms) for symptoms in groups.values()]


def _told(symptom: str) -> list[Match]:
    """Options with numbers, whether they were left out or not."""
    return [found for found in matches()[symptom] if found.standing != "no_numbers"]


def _named(words: Words, symptoms: Sequence[str]) -> str:
    return begun(words("list_separator").join(symptom_name(words, symptom) for symptom in symptoms))


def _table(words: Words, symptoms: Sequence[str]) -> Table:
    """Ranked options first, then those of which too little is known; below, those without public numbers."""
    told = _told(symptoms[0])
    ranked = sum(each.standing == "ranked" for each in told)
    key = "treat.table" if ranked else "treat.table_unranked"
    caption = words(key, symptom=_named(words, symptoms), ranked=words.count(ranked))
    headings = [
        words(f"treat.column_{name}") for name in ("option", "effect", "size", "measured", "certainty", "why")
    ]
    rows = [_cells(words, each) for each in told]
    if ranked:
        units = patient_units()
        headings = [
            words("treat.column_standing"),
            *headings,
            words("treat.column_points", sd=f"{units['panss_total_sd']:g}"),
            words("treat.column_nnt", response=f"{units['clozapine_response']:g}"),
        ]
        rows = [
            [text(f"treat.standing_{each.standing}", words.lang), *cells, *_units(words, each)]
            for cells, each in zip(rows, told, strict=True)
        ]
    whole = frozenset({headings.index(words(f"treat.column_{name}")) for name in ("measured", "certainty")})
    return Table(headings, rows, caption, below=_silent(words, symptoms), whole=whole)


def _cells(words: Words, found: Match) -> list[str]:
    lang = words.lang
    option = option_name(found.option, lang)
    measured = symptom_name(words, found.measured)
    if not found.found.trials:
        given = words("treat.only_as_given", effect=effect_words(words, found.as_given))
        return [option, given, NONE, measured, NONE, text("treat.all_excluded", lang)]
    level = text(f"treat.level_{found.certainty.level}", lang)
    why = text("treat.list_separator", lang).join(step_sentence(step, lang) for step in found.certainty.steps)
    effect, size = effect_words(words, found.found), size_words(words, found.found)
    return [option, effect, size, measured, level, why]


def _units(words: Words, found: Match) -> list[str]:
    """Points of the PANSS, and people to treat for one more responder; only what is ranked has them."""
    if found.standing != "ranked":
        return [NONE, NONE]
    points = [
        minus(f"{value:.1f}") if not is_unknown(value) else NONE
        for value in (found.panss_points, found.panss_low, found.panss_high)
    ]
    needed = [minus(f"{value:.1f}") for value in (found.nnt, found.nnt_low, found.nnt_high)]
    shown = [words("treat.interval", value=one, low=low, high=high) for one, low, high in (points, needed)]
    return [NONE if points[0] == NONE else shown[0], shown[1]]


def _silent(words: Words, symptoms: Sequence[str]) -> str:
    """Options of which trials are known, but no numbers; each once, whichever symptoms ask for it."""
    names = {
        each.option: words(
            "treat.silent_option",
            option=option_name(each.option, words.lang),
            trials=", ".join(without_numbers(each, evidence())),
        )
        for symptom in symptoms
        for each in matches()[symptom]
        if each.standing == "no_numbers"
    }
    return words("treat.silent", options=words("treat.list_separator").join(names.values())) if names else ""


def _own_cohort(page: PageInput) -> list[Block]:
    """Whether effects differ by type here, or why that cannot be estimated."""
    words = page.words
    rows = [row for row in page.treat.rows("heterogeneity") if not is_unknown(row["difference"])]
    found = page.treat.result.findings if page.treat.result else ()
    notes = [each.note for each in found if each.name.startswith("heterogeneity.") and each.note]
    blocks: list[Block] = [Paragraph(words("treat.own_cohort", why=note)) for note in dict.fromkeys(notes)]
    if not rows:
        return blocks
    cells = [
        [
            str(row["kind"]),
            words.name("type", row["type"]),
            words.count(row["n_with"]),
            words.count(row["n_without"]),
            words(
                "treat.interval",
                value=signed(row["difference"]),
                low=signed(row["ci_low"]),
                high=signed(row["ci_high"]),
            ),
            str(row["method"]),
        ]
        for row in rows
    ]
    names = ("kind", "type", "n_with", "n_without", "difference", "method")
    headings = [words(f"treat.column_{name}") for name in names]
    return [*blocks, Table(headings, cells, words("treat.own_cohort_table"), frozenset({2, 3, 4}))]
