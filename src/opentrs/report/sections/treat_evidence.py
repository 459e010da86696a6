"""What the sections about treatment read: the rows of evidence and what they come to for each symptom."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import pandas as pd

from opentrs.messages import text
from opentrs.reference.load import frame
from opentrs.report.figures.axes import minus
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE, Words, is_unknown
from opentrs.treat.matching import Match, match
from opentrs.treat.options import SYMPTOMS
from opentrs.treat.pooling import PooledOption

ASKED = (*SYMPTOMS, "total")
LOG_KINDS = ("log_rr", "log_or")


@cache
def evidence() -> pd.DataFrame:
    """The shipped rows of evidence; not to be changed."""
    return frame("trials")


@cache
def matches() -> Mapping[str, tuple[Match, ...]]:
    """Symptom -> its options by the shipped rows; the four types and ``total``."""
    return {symptom: match(evidence(), symptom) for symptom in ASKED}


def of_option(symptom: str, option: str) -> Match | None:
    """One option for a symptom; None where it has no row."""
    return next((found for found in matches()[symptom] if found.option == option), None)


def symptom_name(words: Words, symptom: str) -> str:
    """A symptom in the page's language."""
    return text(f"treat.symptom_{symptom}", words.lang)


def signed(value: float) -> str:
    """A number with two decimals; one so near 0 that they would hide its side, with three."""
    return minus(f"{value:.3f}" if 0 < abs(value) < 0.005 else f"{value:.2f}")


def effect_words(words: Words, found: PooledOption) -> str:
    """An effect with its interval, and what it is; ratios as ratios."""
    if is_unknown(found.effect):
        return NONE
    ends = (found.effect, found.ci_low, found.ci_high)
    if found.kind in LOG_KINDS:
        ends = math.exp(ends[0]), math.exp(ends[1]), math.exp(ends[2])
    value, low, high = (signed(end) for end in ends)
    return words(
        "treat.effect", measure=words.name("treat_kind", found.kind), value=value, low=low, high=high
    )


def size_words(words: Words, found: PooledOption) -> str:
    """Trials and people an effect rests on; 0 people are people not stated."""
    return counted(words, len(found.trials), found.n_people or None)


def counted(words: Words, k: object, n: object) -> str:
    """Trials and people, as far as they are known."""
    if is_unknown(k):
        return NONE
    if is_unknown(n):
        return words("treat.size_without_n", k=words.count(k))
    return words("treat.size", k=words.count(k), n=words.count(n))


def begun(sentence: str) -> str:
    """A sentence with a capital letter in front."""
    return sentence[:1].upper() + sentence[1:]


def people_by_symptom(page: PageInput) -> Mapping[str, int]:
    """Symptom -> people it was asked for; empty where the stage did not run or may not be shown."""
    options = page.treat.frame("options")
    if options.empty or not {"person_id", "target_symptom"} <= set(options.columns):
        return {}
    counts = options.groupby("target_symptom")["person_id"].nunique()
    return {str(symptom): int(n) for symptom, n in counts.items() if symptom in SYMPTOMS}
