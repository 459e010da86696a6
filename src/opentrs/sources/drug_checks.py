"""What drug texts were read as, and which doses and depots need a second look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa

from opentrs import reference
from opentrs.sources.mapping import AS_GIVEN, TableMapping
from opentrs.sources.problem_log import ProblemLog
from opentrs.sources.row_checks import Records

ISSUES = {
    "unknown_drug": "drug_unknown",
    "ambiguous_drug": "drug_ambiguous",
    "combination_product": "drug_combination",
    "not_a_drug": "drug_not_a_drug",
}
MOST_SPELLINGS = 50_000
SPELLINGS_SHOWN = 8
LITHIUM = "lithium"
DOSE_ONLY = "dose_only"
DEPOT = "lai"


@cache
def _limits() -> Mapping[str, float]:
    """Daily doses above which a dose deserves a second look, mg/day."""
    drugs = reference.drugs()
    known = drugs[drugs["max_plausible_mg_per_day"].notna()]
    return dict(zip(known["drug"], known["max_plausible_mg_per_day"].astype(float), strict=True))


@cache
def _antipsychotics() -> frozenset[str]:
    drugs = reference.drugs()
    return frozenset(drugs[drugs["is_antipsychotic"].astype(bool)]["drug"])


@dataclass(frozen=True)
class _Named:
    """The drug texts of a batch: each distinct text, and which one each record has (-1: none)."""

    texts: list[str]
    codes: np.ndarray
    found: list[reference.ResolvedDrug]

    def spread(self, values: list[float]) -> np.ndarray:
        """A number per distinct text, spread over the records."""
        each: np.ndarray = np.append(np.asarray(values, dtype=float), np.nan)
        spread: np.ndarray = each[self.codes]
        return spread


@dataclass
class DrugChecks:
    """Checks drug texts batch by batch, and sums up at the end how each was read."""

    _spellings: dict[tuple[str, str], Counter[tuple[str, str]]] = field(default_factory=dict)

    def check(self, records: Records, mapping: TableMapping) -> dict[str, pa.Array]:
        """Note problems of drugs and doses; returns columns that change, such as a dose left empty."""
        if "drug" not in records.values:
            return {}
        named = _named(records.values["drug"])
        self._count(records, named)
        _note_issues(records, named)
        changed = _depots(records, named, mapping)
        _implausible(records, named, changed.get("dose_mg_per_day"))
        return changed

    def report(self, log: ProblemLog) -> None:
        """Note, file by file, which texts were read as which drug."""
        for (file, table), counted in self._spellings.items():
            by_drug: dict[str, Counter[str]] = {}
            for (drug, text), number in counted.items():
                by_drug.setdefault(drug, Counter())[text] += number
            others: Counter[str] = Counter()
            for drug, texts in sorted(by_drug.items()):
                params: dict[str, str | int] = {"drug": drug, "n": texts.total(), "spellings": _listed(texts)}
                code = _how_written(drug, texts)
                if code is not None:
                    log.add(code, "note", file=file, column="drug", table=table, params=params)
                elif drug not in _antipsychotics():
                    others[drug] += texts.total()
            if others:
                params = {"n": others.total(), "drugs": ", ".join(sorted(others))}
                log.add("drug_no_antipsychotic", "note", file=file, column="drug", table=table, params=params)

    def _count(self, records: Records, named: _Named) -> None:
        counted = self._spellings.setdefault((records.place.file, records.place.table), Counter())
        numbers = np.bincount(named.codes[named.codes >= 0], minlength=len(named.texts))
        for text, found, number in zip(named.texts, named.found, numbers, strict=True):
            key = (DOSE_ONLY if found.issue == DOSE_ONLY else str(found.drug), text)
            if found.drug is not None and (key in counted or len(counted) < MOST_SPELLINGS):
                counted[key] += int(number)


def _how_written(drug: str, texts: Counter[str]) -> str | None:
    """What is worth saying about the ways a drug is written; nothing about drugs that do not count."""
    if drug in (LITHIUM, DOSE_ONLY):
        return f"drug_{drug}"
    if drug not in _antipsychotics():
        return None
    different = {text.casefold().strip() for text in texts}
    if len(different) > 1:
        return "drug_spellings"
    return "drug_read_as" if different != {drug} else None


def _listed(texts: Counter[str]) -> str:
    shown = [f"{text} ({number})" for text, number in sorted(texts.items())[:SPELLINGS_SHOWN]]
    return ", ".join(shown) + (" ..." if len(texts) > SPELLINGS_SHOWN else "")


def _named(drugs: pa.Array) -> _Named:
    encoded = drugs.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    texts = encoded.dictionary.to_pylist()
    return _Named(texts, codes, [reference.resolve_drug(text) for text in texts])


def _note_issues(records: Records, named: _Named) -> None:
    for number, found in enumerate(named.found):
        if found.issue in ("", DOSE_ONLY) or (
            found.issue == "combination_product" and found.is_antipsychotic is False
        ):
            continue
        code, params = ISSUES[found.issue], {"value": named.texts[number]}
        if found.issue == "unknown_drug" and found.suggestions:
            code, params = "drug_unknown_near", {**params, "near": ", ".join(found.suggestions)}
        severity = "note" if found.issue == "not_a_drug" else "warning"
        records.place.rows(
            code, severity, records.shaped, np.flatnonzero(named.codes == number), "drug", params
        )


def _depots(records: Records, named: _Named, mapping: TableMapping) -> dict[str, pa.Array]:
    """A depot's dose is per injection; without the interval it says nothing about a day."""
    by_name = named.spread([1.0 if found.route == DEPOT else 0.0 for found in named.found]) == 1.0
    if records.spec.name == "drug_exposures":
        by_route = np.array([route == DEPOT for route in records.texts("route")], dtype=bool)
        bare = np.flatnonzero((by_name | by_route) & records.unknown("interval_days"))
        records.place.rows("depot_without_interval", "warning", records.shaped, bare, "interval_days")
    if mapping.units.get("dose_mg_per_day") != AS_GIVEN:
        return {}
    doses = records.numbers("dose_mg_per_day")
    injected = by_name & ~np.isnan(doses) & records.unknown("interval_days")
    at = np.flatnonzero(injected)
    records.place.rows(
        "depot_dose_not_daily", "warning", records.shaped, at, "dose_mg_per_day",
        lambda row: {"value": f"{doses[at[row]]:g}", "drug": str(named.found[named.codes[at[row]]].drug)},
    )  # fmt: skip
    daily = np.where(injected, np.nan, doses)
    return {"dose_mg_per_day": pa.array(daily, pa.float64(), from_pandas=True)}


def _implausible(records: Records, named: _Named, changed: pa.Array | None) -> None:
    if "dose_mg_per_day" in records.spec.by_name:
        doses = _daily_doses(records, changed)
        limits = named.spread([_limits().get(str(found.drug), np.nan) for found in named.found])
        with np.errstate(invalid="ignore"):
            at = np.flatnonzero(doses > limits)
        records.place.rows(
            "dose_implausible", "warning", records.shaped, at, "dose_mg_per_day",
            lambda row: {
                "value": f"{doses[at[row]]:g}", "limit": f"{limits[at[row]]:g}",
                "drug": str(named.found[named.codes[at[row]]].drug),
            },
        )  # fmt: skip


def _daily_doses(records: Records, changed: pa.Array | None) -> np.ndarray:
    """The stated daily dose, else units times strength over the days they last."""
    if changed is not None:
        return np.asarray(changed.to_numpy(zero_copy_only=False), dtype=float)
    stated = records.numbers("dose_mg_per_day")
    days = records.numbers("days_supply")
    with np.errstate(invalid="ignore", divide="ignore"):
        worked_out = np.where(
            days > 0, records.numbers("quantity") * records.numbers("strength_mg") / days, np.nan
        )
    return np.where(np.isnan(stated), worked_out, stated)
