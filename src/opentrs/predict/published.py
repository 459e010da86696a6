"""Shipped published models at their landmark: applied where the cohort has what they ask, else what lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from opentrs.messages import Lang, text
from opentrs.predict.known import Known, shipped_predictors
from opentrs.predict.landmarks import Landmark
from opentrs.predict.predictors import predictors_known
from opentrs.predict.registry.apply import applied, why_not
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.shipped import shipped, shipped_ids


@dataclass(frozen=True, slots=True)
class Published:
    """Rows of ``risks`` and of ``published``."""

    risks: list[dict[str, Any]]
    models: list[dict[str, Any]]


def published_risks(known: Known, landmark: Landmark, lang: Lang) -> Published:
    """Apply every shipped model of this landmark to everybody, as far as its predictors are there."""
    documents = [shipped(name) for name in shipped_ids()]
    here = [one for one in documents if one.landmark == landmark.name and one.answers != "nothing"]
    names = {name for one in here for name in one.predictors} & set(shipped_predictors())
    table = predictors_known(known, sorted(names))
    found = Published([], [])
    for document in here:
        _one(document, table, landmark, lang, found)
    return found


def _one(document: ModelDocument, table: pd.DataFrame, landmark: Landmark, lang: Lang, to: Published) -> None:
    asked = [name for name in document.predictors if name in table.columns]
    there = [name for name in asked if table[name].notna().any()]
    answer = applied(document, table[asked])
    settled = answer.risk if document.answers == "risk" else answer.positive
    if document.answers == "rank":
        settled = answer.linear_predictor
    valid_for = int(pd.Series(settled).notna().sum())
    lacking = [] if valid_for else [name for name in document.predictors if name not in there]
    to.models.append({
        "model": document.id, "landmark": landmark.name, "answers": document.answers,
        "lacking": text("predict_flag.list_separator", lang).join(
            document.predictors[name].label[lang] for name in lacking
        ),
        "people": len(table), "valid_for": valid_for,
    })  # fmt: skip
    if not valid_for or document.answers != "risk":
        return
    to.risks.extend(
        {"person_id": person, "model": document.id, "landmark": landmark.name, "outcome": document.outcome,
         "risk": risk, "low": low, "high": high, "valid": why_not(document, reasons, lang)}
        for person, risk, low, high, reasons in zip(
            table["person_id"], answer.risk, answer.low, answer.high, answer.reasons, strict=True
        )
    )  # fmt: skip
