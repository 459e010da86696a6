"""What the review says about treatment, what its sources say, and what this evidence base says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opentrs.messages import text
from opentrs.reference.load import facts
from opentrs.reference.review_claims import review_claims
from opentrs.report.blocks import Section
from opentrs.report.sections.claims import claim_box
from opentrs.report.sections.treat_context import magnetic_against_shock
from opentrs.report.sections.treat_evidence import (
    ASKED,
    effect_words,
    evidence,
    matches,
    of_option,
    size_words,
)
from opentrs.report.view import PageInput
from opentrs.report.wording import Words
from opentrs.treat.options import SYMPTOMS
from opentrs.treat.words import option_name


def section(page: PageInput) -> Section:
    """One box a statement."""
    words = page.words
    boxes = [
        claim_box(page, claim, words("treat_claims.evidence"), EVIDENCE_SAYS[claim.row](words))
        for claim in review_claims()
        if claim.row in EVIDENCE_SAYS
    ]
    return Section("treat-review", words("treat_claims.heading"), boxes)


def _combinations(words: Words) -> str:
    ranked = sum(found.standing == "ranked" for symptom in SYMPTOMS for found in matches()[symptom])
    shock = of_option("total", "ect")
    said = words("treat_claims.combinations", ranked=words.count(ranked))
    if shock is None:
        return said
    level = text(f"treat.level_{shock.certainty.level}", words.lang)
    pooled = words(
        "treat_claims.shock",
        effect=effect_words(words, shock.found),
        size=size_words(words, shock.found),
        level=level,
    )
    return words("treat_claims.two", first=said, second=pooled)


def _named(words: Words) -> str:
    """Which options have numbers, and which are known without."""
    told: dict[str, str] = {}
    silent: dict[str, str] = {}
    for symptom in ASKED:
        for found in matches()[symptom]:
            group = silent if found.standing == "no_numbers" else told
            group[found.option] = option_name(found.option, words.lang)
    only = [name for option, name in silent.items() if option not in told]
    separator = words("list_separator")
    return words("treat_claims.named", told=separator.join(told.values()), silent=separator.join(only))


def _brain_stimulation(words: Words) -> str:
    return words("treat_claims.brain_stimulation")


def _theta_burst(words: Words) -> str:
    protocols = [
        row[f"name_{words.lang}"]
        for row in facts("interventions")
        if row["class"] == "stimulation" and row["frequency_hz"] is not None
    ]
    rows = evidence()
    n = sum(any("ctbs" in str(arm) for arm in arms) for arms in zip(rows["arm1"], rows["arm2"], strict=True))
    listed = words("treat.list_separator").join(protocols)
    return words("treat_claims.theta_burst", n=words.count(n), protocols=listed)


def _targets(words: Words) -> str:
    return words("treat_claims.targets", n=words.count(len(facts("targets"))))


EVIDENCE_SAYS: Mapping[str, Callable[[Words], str]] = {
    "D1": _combinations,
    "D2": _named,
    "D3": _brain_stimulation,
    "D4": _theta_burst,
    "D5": _targets,
    "D6": magnetic_against_shock,
}
