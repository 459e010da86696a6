"""Options, doubts and certainty as sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from opentrs.messages import Lang, text
from opentrs.reference.load import facts
from opentrs.treat.certainty import Certainty, Step
from opentrs.treat.gate import Doubt
from opentrs.treat.options import JOINED_BY

VERSUS = " vs "


def component_names(lang: Lang) -> dict[str, str]:
    """Component -> its name in a language."""
    return {row["component"]: row[f"name_{lang}"] for row in facts("interventions")}


def option_name(option: str, lang: Lang) -> str:
    """An option such as ``clozapine + ect`` or ``a vs b`` in words; unknown components stay as they are."""
    names = component_names(lang)
    sides = []
    for side in option.split(VERSUS):
        parts = [part.strip() for part in side.split(JOINED_BY) if part.strip()]
        sides.append(f" {JOINED_BY} ".join(names.get(part, part) for part in parts))
    return text("treat.versus", lang).join(sides)


def level_name(level: str, n_trials: int, lang: Lang) -> str:
    """Certainty in words; of a single trial it says that it is never ranked."""
    said = text(f"treat.level_{level}", lang)
    return text("treat.level_single", lang, level=said) if n_trials == 1 else said


def outcome_name(outcome: str, lang: Lang) -> str:
    """A reported outcome in words; one the vocabulary does not know stays as it is written."""
    if lang == "en":
        return outcome
    return next((row["name_zh"] for row in facts("trial_outcomes") if row["outcome"] == outcome), outcome)


def rounded(numbers: Mapping[str, float]) -> dict[str, str]:
    """Numbers as they stand in a sentence: whole ones whole, others to three figures."""
    return {
        name: f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"
        for name, value in numbers.items()
    }


def doubt_sentence(doubt: Doubt, lang: Lang) -> str:
    """What is doubted about a row, with the numbers that raised the doubt."""
    return text(f"problem.evidence_doubt_{doubt.check}", lang, row=doubt.row, **rounded(doubt.numbers))


def step_sentence(step: Step, lang: Lang) -> str:
    """Why certainty is lower, and by how many levels."""
    said = text(f"treat.reason_{step.reason}", lang, **rounded(step.numbers))
    return said + text("treat.levels_down", lang, n=step.levels) if step.levels else said


def why(certainty: Certainty, lang: Lang) -> str:
    """All reasons of a rating in one string."""
    return text("treat.list_separator", lang).join(step_sentence(step, lang) for step in certainty.steps)
