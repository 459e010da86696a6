"""Which strategy for one person: risk beside base rate, and what trials show for the leading symptom."""

from __future__ import annotations

from opentrs.messages import text
from opentrs.report.blocks import Block, Paragraph, Table
from opentrs.report.sections.predict_words import name, percents
from opentrs.report.sections.treat_evidence import effect_words, evidence, of_option, size_words, symptom_name
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE, Words
from opentrs.study.person import Option, Risk, Strategy, strategy
from opentrs.treat.advice import without_numbers
from opentrs.treat.options import SYMPTOMS
from opentrs.treat.words import option_name

SHOWN = ("ranked", "too_little")


def blocks(page: PageInput, person: str) -> list[Block]:
    """Risk, base rate, symptom and evidence together; nothing where no evidence was matched to people."""
    if page.treat.result is None:
        return []
    words, found = page.words, strategy(page.results, person)
    said: list[Block] = [
        Paragraph(words("person_strategy.lead"), "lead"),
        Paragraph(_risk(words, found.risk)),
    ]
    said += [Paragraph(_response(words, each)) for each in found.responses]
    said.append(Paragraph(_symptom(words, found)))
    if found.options:
        said.append(_table(words, found))
    return [*said, Paragraph(_verdict(words, found)), Paragraph(words("person_strategy.reads"), "note")]


def _risk(words: Words, risk: Risk | None) -> str:
    if risk is None:
        return words("person_strategy.no_risk")
    base = _base(words, risk)
    named = {
        "outcome": name(words, "outcome", risk.outcome),
        "landmark": name(words, "landmark", risk.landmark),
    }
    if risk.risk is None:
        return words("person_strategy.risk_not_told", why=risk.why_not, base=base, **named)
    shown = percents(words, risk.risk, risk.low, risk.high)
    return words(
        "person_strategy.risk", risk=shown, base=base, model=name(words, "model", risk.model), **named
    )


def _base(words: Words, risk: Risk) -> str:
    if risk.share is None:
        return words("person_strategy.no_base")
    shown = percents(words, risk.share, risk.share_low, risk.share_high)
    counts = {"n": words.count(risk.n), "events": words.count(risk.events)}
    return words("person_strategy.base", share=shown, **counts)


def _response(words: Words, risk: Risk) -> str:
    outcome, base = name(words, "outcome", risk.outcome), _base(words, risk)
    if risk.risk is None:
        return words("person_strategy.response_not_told", outcome=outcome, why=risk.why_not, base=base)
    shown = percents(words, risk.risk, risk.low, risk.high)
    return words("person_strategy.response", outcome=outcome, risk=shown, base=base)


def _symptom(words: Words, found: Strategy) -> str:
    if not found.options:
        return words(
            "person_strategy.no_symptom", why=found.why_no_option or words("person_strategy.no_type")
        )
    asked = dict.fromkeys(one.asked for one in found.options)
    listed = words("list_separator").join(symptom_name(words, each) for each in asked)
    taking = words(f"person_strategy.clozapine_{found.on_clozapine or 'unknown'}")
    return words("person_strategy.symptom", type=words.name("type", found.type), asked=listed, taking=taking)


def _table(words: Words, found: Strategy) -> Table:
    """What is ranked, then what is known too little; symptoms of which the trials say the same together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in found.options:
        if one.standing in SHOWN:
            alike.setdefault(_cells(words, one), []).append(symptom_name(words, one.asked))
    names = ("option", "asked", "effect", "size", "measured", "certainty", "standing")
    headings = [words(f"person_strategy.column_{each}") for each in names]
    rows = [[option, words("list_separator").join(asked), *rest] for (option, *rest), asked in alike.items()]
    caption = words("person_strategy.table", n=words.count(len({row[0] for row in rows})))
    return Table(headings, rows, caption, below=_silent(words, found), whole=frozenset({2, 3, 5}))


def _cells(words: Words, one: Option) -> tuple[str, ...]:
    pooled = of_option(one.asked, one.option) if one.asked in SYMPTOMS else None
    known = pooled is not None and bool(pooled.found.trials)
    return (
        option_name(one.option, words.lang),
        effect_words(words, pooled.found) if pooled is not None and known else NONE,
        size_words(words, pooled.found) if pooled is not None and known else NONE,
        symptom_name(words, one.measured) if one.measured else NONE,
        text(f"treat.level_{one.certainty}", words.lang) if one.certainty and known else NONE,
        text(f"treat.standing_{one.standing}", words.lang),
    )


def _silent(words: Words, found: Strategy) -> str:
    names = {
        one.option: words(
            "treat.silent_option",
            option=option_name(one.option, words.lang),
            trials=", ".join(without_numbers(pooled, evidence())),
        )
        for one in found.options
        if one.standing not in SHOWN and (pooled := of_option(one.asked, one.option)) is not None
    }
    return words("treat.silent", options=words("treat.list_separator").join(names.values())) if names else ""


def _verdict(words: Words, found: Strategy) -> str:
    """What can be told of the strategy: the ranked options of each symptom, or that none can be told."""
    if not found.ranked:
        return words("person_strategy.cannot_tell")
    by_symptom: dict[str, list[str]] = {}
    for one in found.ranked:
        by_symptom.setdefault(one.asked, []).append(option_name(one.option, words.lang))
    said = [
        words("person_strategy.of_symptom", symptom=symptom_name(words, symptom),
              options=words("treat.list_separator").join(options))
        for symptom, options in by_symptom.items()
    ]  # fmt: skip
    return words("person_strategy.ranked", said=words("list_separator").join(said))
