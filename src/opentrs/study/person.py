"""One person: the risk, the base rate beside it, the leading symptom, and what trials show for that symptom.

A join of what the stages found; nothing is estimated here. Risk and effect are never multiplied: a trial
tells what an option does on average, not what it would do in this person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from opentrs.cohort.results import Results, StageResult
from opentrs.stats.intervals import exact_proportion

# Resistance itself is told before what stands for it.
FIRST_OUTCOME, RESPONSE = "trrip", "response_"
TOLD, UNKNOWN = "yes", "unknown"


@dataclass(frozen=True, slots=True)
class Risk:
    """A predicted risk of one outcome, beside the share of everybody at the same landmark.

    Parameters
    ----------
    risk, low, high : 0 to 1; None where it is not valid for the person, and ``why_not`` says why
    share, share_low, share_high : base rate with its Clopper-Pearson interval; None where it is unknown
    n, events : people the base rate rests on, and those with the outcome
    """

    model: str
    landmark: str
    outcome: str
    risk: float | None
    low: float | None
    high: float | None
    why_not: str
    share: float | None
    share_low: float | None
    share_high: float | None
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class Option:
    """What trials show of one option for a symptom of the person.

    Parameters
    ----------
    asked, measured : the person's symptom, and the one the trials measured
    standing : ``ranked``, ``too_little`` or ``no_numbers``
    effect, low, high : None where nothing can be pooled
    """

    option: str
    asked: str
    measured: str
    standing: str
    effect: float | None
    low: float | None
    high: float | None
    certainty: str
    why: str


@dataclass(frozen=True, slots=True)
class Strategy:
    """Everything that can be said of which strategy fits a person.

    Parameters
    ----------
    risk : of resistance (else of another outcome) at the latest landmark; None where nobody was asked
    responses : predicted response to treatments; there is no comparison arm behind them
    type, depression : at the last visit that tells one; ``unknown`` where none does
    on_clozapine : ``yes`` or ``no``; by it the directness of trials was judged; empty where it is unknown
    options : best known first; empty where no symptom can be asked about, and ``why_no_option`` says why
    """

    person_id: str
    risk: Risk | None
    responses: tuple[Risk, ...]
    type: str
    depression: str
    on_clozapine: str
    options: tuple[Option, ...]
    why_no_option: str

    @property
    def ranked(self) -> tuple[Option, ...]:
        """Options of which enough is known to rank them."""
        return tuple(one for one in self.options if one.standing == "ranked")


def strategy(results: Results, person_id: str) -> Strategy:
    """Join what the stages found about one person.

    Parameters
    ----------
    results : of a study; stages that did not run leave their part unknown
    """
    risks = _risks(results, person_id)
    kind = _of_person(_table(results, "subtype", "person_types"), person_id)
    options = _of_person(_table(results, "treat", "options"), person_id)
    asked = [row for row in options if _said(row["option"])]
    return Strategy(
        person_id,
        _first([one for one in risks if not one.outcome.startswith(RESPONSE)]),
        tuple(one for one in risks if one.outcome.startswith(RESPONSE)),
        str(kind[0]["type"]) if kind else UNKNOWN,
        str(kind[0]["depression"]) if kind else UNKNOWN,
        str(options[0]["on_clozapine"]) if options and _said(options[0].get("on_clozapine")) else "",
        tuple(map(_option, asked)),
        "" if asked or not options else str(options[0]["why"]),
    )


def _table(results: Results, stage: str, name: str) -> pd.DataFrame:
    found = results.get(stage)
    return found.tables.get(name, pd.DataFrame()) if isinstance(found, StageResult) else pd.DataFrame()


def _of_person(table: pd.DataFrame, person_id: str) -> list[Mapping[str, Any]]:
    if "person_id" not in table.columns:
        return []
    rows = table[table["person_id"] == person_id].to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _said(value: Any) -> bool:
    return value is not None and value == value and value != ""


def _number(value: Any) -> float | None:
    return float(value) if _said(value) else None


def _option(row: Mapping[str, Any]) -> Option:
    return Option(
        str(row["option"]), str(row["target_symptom"]), str(row["measured"]), str(row["standing"]),
        _number(row["effect"]), _number(row["ci_low"]), _number(row["ci_high"]),
        str(row["certainty"]), str(row["why"]),
    )  # fmt: skip


def _risks(results: Results, person_id: str) -> list[Risk]:
    """Risks by the models developed here, in the order of the landmarks; else by published ones."""
    rows = [row for row in _of_person(_table(results, "predict", "risks"), person_id) if _said(row["valid"])]
    performance = _table(results, "predict", "performance")
    own = set(performance.loc[performance["kind"] == "internal", "model"]) if len(performance) else set()
    mine = [row for row in rows if row["model"] in own] or rows
    landmarks = _table(results, "predict", "landmarks")
    return [_risk(row, landmarks) for row in mine]


def _risk(row: Mapping[str, Any], landmarks: pd.DataFrame) -> Risk:
    landmark, outcome = str(row["landmark"]), str(row.get("outcome", ""))
    is_valid = str(row["valid"]) == TOLD
    risk, low, high = (_number(row[name]) if is_valid else None for name in ("risk", "low", "high"))
    same = landmarks[landmarks["landmark"] == landmark] if len(landmarks) else landmarks
    same = same[same["outcome"] == outcome] if "outcome" in same.columns else same
    n, events = (int(same["n"].iloc[0]), int(same["events"].iloc[0])) if len(same) else (0, 0)
    rate = exact_proportion(events, n) if n else None
    why = "" if is_valid else str(row["valid"])
    base = (rate.estimate, rate.low, rate.high) if rate is not None else (None, None, None)
    return Risk(
        str(row["model"]), landmark, outcome, risk, low, high, why, base[0], base[1], base[2], n, events
    )


def _first(risks: list[Risk]) -> Risk | None:
    """The latest valid risk of resistance; else the latest valid one; else why there is none."""
    places = {id(one): place for place, one in enumerate(risks)}
    return max(
        risks,
        key=lambda one: (one.risk is not None, one.outcome.startswith(FIRST_OUTCOME), places[id(one)]),
        default=None,
    )
