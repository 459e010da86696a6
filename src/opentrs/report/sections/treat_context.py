"""No benefit and harm, shown as plainly as benefit; new targets; what published syntheses say."""

from __future__ import annotations

import re

from opentrs.messages import text
from opentrs.reference.load import facts
from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.figures.axes import minus
from opentrs.report.sections.treat_evidence import (
    ASKED,
    counted,
    effect_words,
    evidence,
    matches,
    of_option,
    signed,
    size_words,
    symptom_name,
)
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, Words, is_unknown
from opentrs.treat.advice import STANDARDISED, harms, uncompared_frame
from opentrs.treat.gate import Gate
from opentrs.treat.matching import indirect
from opentrs.treat.options import components
from opentrs.treat.words import component_names, option_name, outcome_name

MAGNETIC = ("rtms", "ctbs")
SHOCK = "ect"


def negative(page: PageInput) -> Section:
    """Options without a shown benefit, harms, what nobody compared, and TMS against ECT."""
    words = page.words
    blocks: list[Block] = [
        Paragraph(words("treat_context.negative_reads")),
        *_no_benefit(words),
        *_harms(words),
        *_uncompared(words),
        Paragraph(magnetic_against_shock(words), "warning"),
    ]
    return Section("treat-negative", words("treat_context.negative"), blocks)


def known(page: PageInput) -> Section:
    """New targets, and published syntheses with the implausible ones marked."""
    words = page.words
    return Section("treat-known", words("treat_context.known"), [_targets(words), _syntheses(words)])


def _no_benefit(words: Words) -> list[Block]:
    """Every pooled or single effect whose interval includes no effect."""
    seen: dict[tuple[str, str], list[str]] = {}
    for symptom in ASKED:
        for found in matches()[symptom]:
            shown = found.found
            if shown.trials and shown.ci_low <= 0 <= shown.ci_high:
                seen.setdefault(
                    (found.option, found.measured),
                    [
                        option_name(found.option, words.lang),
                        symptom_name(words, found.measured),
                        effect_words(words, shown),
                        size_words(words, shown),
                    ],
                )
    if not seen:
        return []
    headings = [words(f"treat.column_{name}") for name in ("option", "measured", "effect", "size")]
    return [Table(headings, list(seen.values()), words("treat_context.no_benefit"))]


def _harms(words: Words) -> list[Block]:
    options = dict.fromkeys(found.option for symptom in ASKED for found in matches()[symptom])
    rows = [
        [option_name(option, words.lang), said]
        for option in options
        for said in harms(option, evidence(), words.lang)
    ]
    if not rows:
        return []
    headings = [words("treat.column_option"), words("treat_context.column_harm")]
    return [Table(headings, rows, words("treat_context.harms"), below=words("treat_context.harms_below"))]


def _uncompared(words: Words) -> list[Block]:
    """Uncontrolled phases and options without any row, such as ketamine and cTBS."""
    rows = []
    for found in uncompared_frame(evidence(), words.lang).to_dict("records"):
        option = str(found["option"])
        own = words.name("treat_uncompared", option)
        said = str(found["said"])
        if own != option:
            said = words("treat_context.sentences", first=said.rstrip(".。"), second=own)
        rows.append([str(found["option_name"]), said])
    headings = [words("treat.column_option"), words("treat_context.column_said")]
    return [Table(headings, rows, words("treat_context.uncompared"))] if rows else []


def magnetic_against_shock(words: Words) -> str:
    """TMS against ECT on hallucinations: indirect at most, and named so."""
    shock = of_option("hallucination", SHOCK)
    magnetic = [
        found
        for found in matches()["hallucination"]
        if any(part.startswith(MAGNETIC) for part in components(found.option))
    ]
    for found in magnetic:
        if shock is None or found.measured != shock.measured:
            continue
        both = indirect(found.found, shock.found)
        if both is not None:
            value, low, high = (signed(end) for end in (both.effect, both.ci_low, both.ci_high))
            option = option_name(found.option, words.lang)
            return words("treat_context.indirect", option=option, value=value, low=low, high=high)
    trials = sum(len(found.found.trials) for found in magnetic)
    return words("treat_context.indirect_unlike" if trials else "treat_context.indirect_none")


def _coded(words: Words, kind: str, value: str, otherwise: str | None = None) -> str:
    """The words for a fact in the page's language; where there are none, the fact as it stands."""
    key = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")
    shown = words.name(kind, key)
    return (otherwise or value) if shown == key else shown


def _agent(words: Words, name: str) -> str:
    return component_names(words.lang).get(name) or words.name("treat_word", name)


def _targets(words: Words) -> Table:
    rows = []
    for row in facts("targets"):
        agents = [_agent(words, name) for name in (row["agents"] or "").split(";") if name]
        rows.append(
            [
                _coded(words, "treat_target", row["target"]),
                _coded(words, "treat_mechanism", row["target"], row["mechanism"]),
                words("list_separator").join(agents) or NONE,
                _coded(words, "treat_level", row["evidence_level"]),
                _coded(words, "treat_finding", row["target"], row["finding"]),
                words.name("claim_checked", row["checked"]),
            ]
        )
    names = ("target", "mechanism", "agents", "level", "finding", "checked")
    headings = [words(f"treat_context.column_{name}") for name in names]
    return Table(headings, rows, words("treat_context.targets"), whole=frozenset({0}))


def _syntheses(words: Words) -> Table:
    limit = Gate.shipped().thresholds["large_effect"]
    rows = [_synthesis(words, row, limit) for row in facts("published_pools")]
    marked = sum(bool(row[-1]) for row in rows)
    names = ("pool", "comparison", "population", "outcome", "estimate", "size", "mark")
    headings = [words(f"treat_context.column_{name}") for name in names]
    caption = words("treat_context.syntheses", n=words.count(len(rows)), marked=words.count(marked))
    ordered = sorted(rows, key=lambda row: not row[-1])
    return Table(headings, ordered, caption, folded=True, below=words("treat_context.syntheses_below"))


def _synthesis(words: Words, row: Row, limit: float) -> list[str]:
    measure = str(row["measure"])
    ends = [NONE if is_unknown(row[name]) else minus(f"{row[name]:g}") for name in ("ci_low", "ci_high")]
    value, named = minus(f"{row['estimate']:g}"), words.name("treat_measure", measure)
    shown = words("treat.effect", measure=named, value=value, low=ends[0], high=ends[1])
    if NONE in ends:
        shown = words("treat.effect_bare", measure=named, value=value)
    implausible = measure.split(" ")[0] in STANDARDISED and abs(float(str(row["estimate"]))) > limit
    return [
        str(row["pool"]),
        _comparison(words, str(row["comparison"])),
        _coded(words, "treat_population", str(row["population"])),
        outcome_name(str(row["outcome"]), words.lang),
        shown,
        counted(words, row["k"], row["n"]),
        text("treat.implausible", words.lang) if implausible else "",
    ]


def _comparison(words: Words, comparison: str) -> str:
    """A comparison with the names of its treatments in the page's language."""
    english, own = component_names("en"), component_names(words.lang)
    names = {english[part].lower(): own[part] for part in english} | {"ect": own["ect"]}
    if words.lang == "en":
        return comparison
    for name in sorted(names, key=len, reverse=True):
        comparison = re.sub(rf"\b{re.escape(name)}\b", names[name], comparison, flags=re.IGNORECASE)
    for key in ("vs", "other", "sham", "antipsychotics", "single_arm"):
        comparison = re.sub(rf"\b{key.replace('_', ' ')}\b", words.name("treat_word", key), comparison)
    return comparison
