"""An updated model as a document of its own: its terms, its scale, check cases, and where it is from."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from opentrs.messages import text
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.document import ModelDocument
from opentrs.predict.registry.judged import Asked
from opentrs.predict.registry.reading import from_tree
from opentrs.predict.registry.table import People
from opentrs.predict.registry.terms import coefficients
from opentrs.stats.prediction.update import Ladder, Step

CHECK_CASES = 3


def as_text(tree: Mapping[str, Any]) -> str:
    """A document as it is written to a file."""
    return json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _scale(document: ModelDocument, people: People, asked: Asked, taken: Step) -> dict[str, Any]:
    """Link and what stands beside the terms: an intercept, or a baseline survival with its horizon."""
    if people.time is None:
        return {"link": "logit", "intercept": taken.intercept + taken.slope * document.intercept}
    horizon = asked.choices.horizon_days or document.horizon_days
    same = document.horizon_days is not None and horizon == document.horizon_days
    return {
        "link": "survival", "intercept": taken.slope * document.intercept,
        "baseline_survival": float(np.exp(-baseline_hazard(document) * np.exp(taken.intercept))),
        "horizon": document.tree["horizon"] if same else {"value": horizon, "unit": "days"},
    }  # fmt: skip


def baseline_hazard(document: ModelDocument) -> float:
    """Cumulative hazard at the horizon where the linear predictor is 0; 1 where none is public."""
    survival = document.baseline_survival
    return 1.0 if survival is None else -float(np.log(survival))


def _new_coefficients(document: ModelDocument, taken: Step) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the terms, and of what extends them, on the scale of the terms' columns."""
    before = coefficients(document.terms)
    extra = np.asarray(taken.coefficients, dtype=float)
    own = extra[: len(before)] if extra.size else np.zeros(len(before))
    after = taken.slope * before + own
    return after, extra[len(before) :]


def updated_tree(
    document: ModelDocument, people: People, asked: Asked, ladder: Ladder, taken: Step,
    extend: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """The document of the updated model, without check cases and covariance."""
    tree = copy.deepcopy(dict(document.tree))
    after, extra = _new_coefficients(document, taken)
    tree |= {"id": f"{document.id}_updated", "class": "equation", **_scale(document, people, asked, taken)}
    tree["name"] = {
        lang: text("models.updated_name", lang, name=document.name[lang]) for lang in ("en", "zh")
    }
    tree["terms"] = _terms(document, after) + [
        {"kind": "linear", "predictor": name, "coefficient": float(value)}
        for name, value in zip(extend if extra.size else (), extra, strict=True)
    ]
    tree["predictors"] += [
        {"name": name, "label": name, "kind": "number", "unit": unit, "checked": "yes"}
        for name, unit in (extend.items() if extra.size else ())
    ]
    asked_for = {one["predictor"] for one in tree["terms"] if "predictor" in one}
    asked_for |= {part["predictor"] for one in tree["terms"] for part in one.get("factors", ())}
    tree["predictors"] = [one for one in tree["predictors"] if one["name"] in asked_for]
    tree["provenance"] = {
        "updated_from": document.id,
        "model_sha256": sha256(as_text(document.tree).encode("utf-8")).hexdigest(),
        "step": taken.name,
        "table": people.file,
        "table_sha256": asked.table_sha256,
        "n": ladder.n,
        "events": ladder.events,
        "outcome_column": asked.choices.outcome or asked.choices.event,
    }
    if asked.version:
        tree["provenance"]["opentrs"] = asked.version
    for key in ("other_intercepts", "covariance", "rank_by", "performance", "not_public", "needed_to_run"):
        tree.pop(key, None)
    return tree


def _terms(document: ModelDocument, after: np.ndarray) -> list[dict[str, Any]]:
    """The terms with new coefficients; ratios become their logarithms."""
    together = document.kind != "odds_ratios"
    used = [one for one in document.tree.get("terms", ()) if together or one.get("together")]
    made, at = [], 0
    for one, term in zip(used, document.terms, strict=True):
        ratios = ("odds_ratio", "hazard_ratio", "ci_low", "ci_high", "p", "together", "coefficient")
        new = {key: value for key, value in one.items() if key not in ratios}
        values = [float(value) for value in after[at : at + len(term.coefficients)]]
        at += len(values)
        new |= {"coefficients": values} if term.kind == "spline" else {"coefficient": values[0]}
        made.append(new)
    return made


def check_cases(document: ModelDocument, tree: dict[str, Any], frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Check cases that are nobody: the inputs the document has, or the middle of what was seen."""
    updated = from_tree({**tree, "checks": []})
    asked = list(updated.predictors)
    middle = {name: _middle(frame[name], updated.predictors[name].kind) for name in asked}
    given = [one.inputs for one in document.checks][:CHECK_CASES] or [{}]
    made = []
    for at, inputs in enumerate(given):
        person = {name: inputs.get(name, middle[name]) for name in asked}
        columns = {
            name: [float(value) if not isinstance(value, str) else value] for name, value in person.items()
        }
        risk = float(applied(updated, pd.DataFrame(columns)).risk[0])
        if np.isfinite(risk):
            name = {lang: text("models.check_name", lang, n=at + 1) for lang in ("en", "zh")}
            made.append({"name": name, "inputs": person, "risk": risk, "tolerance": 1e-6})
    return made


def _middle(values: pd.Series[Any], kind: str) -> Any:
    """A typical value that is no single person's: a mean, the commoner answer, the commonest category."""
    if kind == "category":
        return str(values.mode().iloc[0])
    mean = float(values.mean())
    return bool(mean >= 0.5) if kind == "flag" else round(mean, 2)
