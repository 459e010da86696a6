"""A drug as somebody wrote it -> the ingredient, and whether it is an antipsychotic.

Three answers are kept apart: it is an antipsychotic, it is none, and nobody knows. A name no table has
might be an antipsychotic, so it is never taken for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from opentrs.reference.drug_index import (
    Name,
    chinese_names,
    drugs_by_concept,
    drugs_by_name,
    names,
    names_with_separators,
    nearest,
)
from opentrs.reference.drug_text import (
    ATC_CODE,
    BETWEEN_DRUGS,
    BETWEEN_NAMES,
    CJK,
    DEPOT_WORDS,
    INJECTION_WORDS,
    INJECTION_WORDS_ZH,
    depot_formulation,
    fold,
    is_noise,
    without_noise_zh,
)

Issue = Literal["", "unknown_drug", "ambiguous_drug", "combination_product", "not_a_drug", "dose_only"]
LONGEST_NAME_WORDS = 5
# A leftover word this close to another drug's name is read as that drug misspelt.
MISSPELT = 0.85
SUGGESTED = 0.72
MOST_SUGGESTIONS = 3
EQUIVALENTS = re.compile(r"^(cpz|chlorpromazine) ?eq(uivalen(ts?|ce|cy|cies))?$|^氯丙嗪(等效|当量)")


@dataclass(frozen=True, slots=True)
class ResolvedDrug:
    """What a drug text says.

    Parameters
    ----------
    drug : ingredient as in ``drugs.csv``; None if not known or not exactly one
    is_antipsychotic : None where nobody knows
    route : ``sublingual``, ``sai``, ``lai`` or ``other`` where the name says so
    formulation : ester or form of an injection (``decanoate``, ``palmitate``...)
    issue : why the text needs a look; empty if it does not
    suggestions : nearest names, best first
    is_clozapine : None where it might be
    atc4 : chemical subgroup
    metabolite_family : shared by a drug and its marketed metabolite
    """

    drug: str | None = None
    is_antipsychotic: bool | None = None
    route: str | None = None
    formulation: str | None = None
    issue: Issue = ""
    suggestions: tuple[str, ...] = ()
    is_clozapine: bool | None = None
    atc4: str | None = None
    metabolite_family: str | None = None


@dataclass(slots=True)
class _Found:
    """What the words of one text, or of one part of it, were recognised as."""

    names: list[Name] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)
    formulation: str | None = None
    is_depot: bool = False
    is_injection: bool = False

    def add(self, other: _Found) -> None:
        self.names += other.names
        self.leftover += other.leftover
        self.formulation = self.formulation or other.formulation
        self.is_depot |= other.is_depot
        self.is_injection |= other.is_injection


@lru_cache(maxsize=65536)
def resolve_drug(text: str | None) -> ResolvedDrug:
    """Read a drug text: generic or brand name, ATC code, OMOP concept id, Chinese or English.

    Returns
    -------
    an answer in every case; ``issue`` says what is wrong with it. ``unknown_drug``: no table knows the
    name (suggestions follow), or it is an antipsychotic ATC code without a known drug.
    ``ambiguous_drug``: more than one drug may be meant. ``combination_product``: the antipsychotic comes with
    another drug, so the stated dose may be of either. ``not_a_drug``: such as electroconvulsive therapy.
    ``dose_only``: a dose in chlorpromazine equivalents, of antipsychotics that are not named.
    """
    folded = fold(text or "")
    if not folded:
        return ResolvedDrug(issue="unknown_drug")
    if re.fullmatch(r"\d+(\.0+)?", folded):
        return _by_concept(folded.split(".")[0])
    if EQUIVALENTS.search(folded):
        # Converted as chlorpromazine, which it equals; which drug it was of, clozapine or not, is not said.
        return ResolvedDrug("chlorpromazine", is_antipsychotic=True, issue="dose_only")
    name = names().get(folded)
    if name is not None:
        return _conclude(_Found([name]))
    code = re.sub(r"^atc[: ]*", "", folded).replace(" ", "")
    if ATC_CODE.match(code):
        return _by_atc(code.upper())
    return _by_words(folded)


def _by_concept(concept: str) -> ResolvedDrug:
    drug = drugs_by_concept().get(concept)
    return ResolvedDrug(issue="unknown_drug") if drug is None else _conclude(_Found([Name(drug)]))


def _by_atc(code: str) -> ResolvedDrug:
    name = names().get(code.casefold())
    if name is not None:
        return _conclude(_Found([name]))
    if "N05A".startswith(code) or code.startswith("N06C"):
        # N06CA joins antidepressants with psycholeptics, among them antipsychotics.
        issue: Issue = "combination_product" if code.startswith("N06C") else "unknown_drug"
        is_antipsychotic = True if code == "N05A" else None
        return ResolvedDrug(is_antipsychotic=is_antipsychotic, issue=issue)
    if code.startswith("N05A") and not code.startswith("N05AN"):
        return ResolvedDrug(
            is_antipsychotic=True,
            issue="unknown_drug",
            is_clozapine=None if "N05AH02".startswith(code) else False,
            atc4=code[:5],
        )
    return ResolvedDrug(is_antipsychotic=False, is_clozapine=False, atc4=code[:5] if len(code) >= 5 else None)


def _by_words(folded: str) -> ResolvedDrug:
    found = _Found()
    rest = folded
    for written in names_with_separators():
        # Not \b: a Chinese character after a Latin name is a word character too.
        if re.search(rf"(?<![a-z0-9]){re.escape(written)}(?![a-z0-9])", rest):
            found.names.append(names()[written])
            rest = rest.replace(written, " ")
    unknown_parts = False
    for part in BETWEEN_DRUGS.split(rest):
        recognised = _Found()
        for piece in BETWEEN_NAMES.split(part):
            recognised.add(_scan(piece))
        unknown_parts |= bool(recognised.leftover) and not recognised.names
        found.add(recognised)
    if not found.names:
        return ResolvedDrug(issue="unknown_drug", suggestions=_suggest([folded, *found.leftover]))
    if unknown_parts or _misspelt(found):
        known = any(_is_antipsychotic(name.drug) for name in found.names)
        return ResolvedDrug(
            is_antipsychotic=True if known else None,
            issue="ambiguous_drug",
            suggestions=_suggest(found.leftover),
        )
    return _conclude(found)


def _scan(piece: str) -> _Found:
    """Recognise the names, salts and forms of a piece of text without separators."""
    found = _Found()
    for run in CJK.findall(piece):
        found.add(_scan_chinese(run))
    tokens = CJK.sub(" ", piece).split()
    at = 0
    while at < len(tokens):
        name, used = _longest_name(tokens[at:])
        token = tokens[at].strip(".")
        if name is not None:
            found.names.append(name)
        elif token in DEPOT_WORDS or (token == "long" and tokens[at + 1 : at + 2] == ["acting"]):
            found.is_depot = True
            found.formulation = found.formulation or DEPOT_WORDS.get(token) or None
        elif token in INJECTION_WORDS:
            found.is_injection = True
        elif not is_noise(token):
            found.leftover.append(token)
        at += used
    return found


def _longest_name(tokens: list[str]) -> tuple[Name | None, int]:
    for length in range(min(LONGEST_NAME_WORDS, len(tokens)), 0, -1):
        name = names().get(" ".join(tokens[:length]))
        if name is not None:
            return name, length
    return None, 1


def _scan_chinese(run: str) -> _Found:
    found = _Found()
    rest = run
    for written in chinese_names():
        if written in rest:
            found.names.append(names()[written])
            rest = rest.replace(written, " ")
    depot = depot_formulation(rest)
    found.is_depot = depot is not None
    found.formulation = depot or None
    found.is_injection = any(word in rest for word in INJECTION_WORDS_ZH)
    found.leftover += without_noise_zh(rest).split()
    return found


def _is_antipsychotic(drug: str) -> bool:
    return bool(drugs_by_name()[drug]["is_antipsychotic"])


def _misspelt(found: _Found) -> bool:
    """Tell whether a leftover word looks like the name of an antipsychotic not yet recognised."""
    here = {name.drug for name in found.names}
    meant = (drug for word in found.leftover for drug in nearest(word, 1, MISSPELT))
    return any(_is_antipsychotic(drug) and drug not in here for drug in meant)


def _conclude(found: _Found) -> ResolvedDrug:
    # Of two names of one drug the one that says the route is kept: "Risperidone / Risperdal Consta".
    by_drug = {name.drug: name for name in sorted(found.names, key=lambda name: name.route is not None)}
    meant = [name for name in by_drug.values() if drugs_by_name()[name.drug]["kind"] != "not_a_drug"]
    antipsychotics = [name for name in meant if _is_antipsychotic(name.drug)]
    others = [name for name in meant if not _is_antipsychotic(name.drug)]
    if len(antipsychotics) > 1:
        is_clozapine = None if any(name.drug == "clozapine" for name in antipsychotics) else False
        return ResolvedDrug(is_antipsychotic=True, issue="ambiguous_drug", is_clozapine=is_clozapine)
    if antipsychotics:
        answer = _one(antipsychotics[0], found)
    elif len(others) == 1:
        answer = _one(others[0], found)
    else:
        issue: Issue = "combination_product" if others else "not_a_drug"
        return ResolvedDrug(is_antipsychotic=False, is_clozapine=False, issue=issue)
    combined = any(name.combined for name in meant) or len(antipsychotics) + len(others) > 1
    return replace(answer, issue="combination_product") if combined else answer


def _one(name: Name, found: _Found) -> ResolvedDrug:
    row = drugs_by_name()[name.drug]
    route, formulation = name.route, name.formulation
    if route is None and found.is_depot:
        route, formulation = "lai", found.formulation
    elif route is None and found.is_injection:
        route = "sai"
    return ResolvedDrug(
        drug=name.drug,
        is_antipsychotic=bool(row["is_antipsychotic"]),
        route=route,
        formulation=formulation,
        is_clozapine=name.drug == "clozapine",
        atc4=row["atc4"],
        metabolite_family=row["metabolite_family"],
    )


def _suggest(words: Iterable[str]) -> tuple[str, ...]:
    drugs = (drug for word in words for drug in nearest(word, MOST_SUGGESTIONS, SUGGESTED))
    return tuple(dict.fromkeys(drugs))[:MOST_SUGGESTIONS]
