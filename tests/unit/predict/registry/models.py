"""Model documents to test with: the smallest sound one of each class, and a way to change one place."""

from __future__ import annotations

import copy
import json
from typing import Any

BASE: dict[str, Any] = {
    "format": 1,
    "id": "mine",
    "name": "Mine",
    "landmark": "baseline",
    "population": "people of a test",
    "outcome": {"name": "resistance", "says": "resistance"},
    "risk_of_bias": {"rating": "not_rated", "by": "me"},
    "source": {"citation": "a test"},
    "checked": "yes",
    "licence": "none",
}
AGE = {"name": "age", "label": "age", "kind": "number", "unit": "years", "low": 18, "high": 60}
SMOKER = {"name": "smoker", "label": "smoker", "kind": "flag", "unit": "none"}
PLACE = {"name": "place", "label": "place", "kind": "category", "unit": "none", "levels": ["town", "land"]}
EQUATION: dict[str, Any] = {
    **BASE,
    "class": "equation",
    "link": "logit",
    "intercept": -2.0,
    "predictors": [AGE, SMOKER, PLACE],
    "terms": [
        {"kind": "linear", "predictor": "age", "coefficient": 0.5, "mean": 30, "sd": 10},
        {"kind": "linear", "predictor": "smoker", "coefficient": 1.0},
        {"kind": "level", "predictor": "place", "level": "land", "coefficient": 0.25},
    ],
    "checks": [
        {
            "name": "one",
            "inputs": {"age": 40, "smoker": True, "place": "town"},
            "risk": 0.3775407,
            "tolerance": 1e-6,
        }
    ],
}
SCORE: dict[str, Any] = {
    **BASE,
    "class": "score",
    "predictors": [AGE],
    "terms": [{"kind": "linear", "predictor": "age", "coefficient": 1}],
    "checks": [{"name": "one", "inputs": {"age": 20}, "score": 20}],
}
RULE: dict[str, Any] = {
    **BASE,
    "class": "rule",
    "predictors": [AGE, SMOKER],
    "rule": {
        "says": "young",
        "readings": [
            {"join": "all", "conditions": [{"predictor": "age", "operator": "<", "threshold": 25}]},
            {"join": "all", "conditions": [{"predictor": "smoker", "is": "yes"}]},
        ],
    },
    "rank_by": [{"predictor": "age", "risk_is_higher_when": "lower"}],
    "checks": [{"name": "one", "inputs": {"age": 24}, "positive": True}],
}
ODDS: dict[str, Any] = {
    **BASE,
    "class": "odds_ratios",
    "predictors": [AGE],
    "terms": [{"kind": "linear", "predictor": "age", "odds_ratio": 0.9, "together": True}],
    "needed_to_run": ["the intercept"],
}


def changed(
    document: dict[str, Any], pointer: str, value: Any = None, *, drop: bool = False
) -> dict[str, Any]:
    """A copy with the value at a pointer set or dropped; a key that is not there is made."""
    tree = copy.deepcopy(document)
    *path, last = pointer.strip("/").split("/")
    place: Any = tree
    for part in path:
        place = place[int(part)] if isinstance(place, list) else place[part]
    key: Any = int(last) if isinstance(place, list) else last
    if drop:
        del place[key]
    else:
        place[key] = value
    return tree


def written(document: dict[str, Any]) -> str:
    """The document as a file has it."""
    return json.dumps(document, indent=1)
