"""Every known drug name in one index, and the names nearest to a misspelt one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache

from opentrs.reference.drug_text import ATC_CODE, BETWEEN_DRUGS, BETWEEN_NAMES, CJK, fold
from opentrs.reference.load import Row, facts


@dataclass(frozen=True, slots=True)
class Name:
    """What one written name stands for; ``combined`` where the product holds another drug as well."""

    drug: str
    route: str | None = None
    formulation: str | None = None
    combined: bool = False


@cache
def drugs_by_name() -> dict[str, Row]:
    """Rows of ``drugs.csv`` by ingredient."""
    return {str(row["drug"]): row for row in facts("drugs")}


@cache
def drugs_by_concept() -> dict[str, str]:
    """OMOP concept id -> ingredient."""
    return {row["omop_concept_id"]: row["drug"] for row in facts("drugs") if row["omop_concept_id"]}


@cache
def names() -> dict[str, Name]:
    """Folded name -> what it stands for."""
    known = {fold(drug): Name(drug) for drug in drugs_by_name()}
    known |= {str(row["atc"]).casefold(): Name(drug) for drug, row in drugs_by_name().items() if row["atc"]}
    for row in facts("drug_names"):
        combined = row["combined_with"] is not None
        known[fold(row["name"])] = Name(row["drug"], row["route"], row["formulation"], combined)
    return known


@cache
def chinese_names() -> tuple[str, ...]:
    """Chinese names, longest first, so that 氟奋乃静 is not read as 奋乃静. One character is no name."""
    chinese = (name for name in names() if CJK.fullmatch(name) and len(name) > 1)
    return tuple(sorted(chinese, key=len, reverse=True))


@cache
def names_with_separators() -> tuple[str, ...]:
    """Names of one product that look like two, such as ``xanomeline and trospium``; longest first."""
    joined = (name for name in names() if BETWEEN_DRUGS.search(name) or BETWEEN_NAMES.search(name))
    return tuple(sorted(joined, key=len, reverse=True))


def nearest(word: str, count: int, likeness: float) -> list[str]:
    """Drugs whose names are most like ``word``, best first.

    Parameters
    ----------
    word : folded text
    count : at most so many drugs
    likeness : 0 (nothing alike) to 1 (the same) a name must reach
    """
    found = difflib.get_close_matches(word, _comparable(word), 2 * count, likeness) if word else []
    return list(dict.fromkeys(names()[name].drug for name in found))[:count]


def _comparable(word: str) -> list[str]:
    """Names of about the same length that share half of the word's letter pairs: difflib alone is slow."""
    wanted = _pairs(word)
    return [
        name
        for name, pairs in _name_pairs().items()
        if abs(len(name) - len(word)) <= 4 and 2 * len(wanted & pairs) >= len(wanted)
    ]


@cache
def _name_pairs() -> dict[str, set[str]]:
    real = (name for name, meant in names().items() if drugs_by_name()[meant.drug]["kind"] == "drug")
    return {name: _pairs(name) for name in real if not ATC_CODE.match(name)}


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)}
