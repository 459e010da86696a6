"""Published equations outside psychiatry, as a user would write them: to test with, not to ship."""

from __future__ import annotations

from typing import Any

BASE: dict[str, Any] = {
    "format": 1,
    "landmark": "baseline",
    "population": "as published",
    "risk_of_bias": {"rating": "not_rated", "by": "nobody"},
    "checked": "yes",
    "licence": "published figures",
    "class": "equation",
}


def number(name: str, unit: str, **keys: Any) -> dict[str, Any]:
    """A predictor that is a number."""
    return {"name": name, "label": name, "kind": "number", "unit": unit, **keys}


def category(name: str, *levels: str) -> dict[str, Any]:
    """A predictor that is a category."""
    return {"name": name, "label": name, "kind": "category", "unit": "none", "levels": list(levels)}


def linear(predictor: str, coefficient: float, **keys: Any) -> dict[str, Any]:
    """A linear term."""
    return {"kind": "linear", "predictor": predictor, "coefficient": coefficient, **keys}


def level(predictor: str, name: str, coefficient: float) -> dict[str, Any]:
    """A level of a category against its reference."""
    return {"kind": "level", "predictor": predictor, "level": name, "coefficient": coefficient}


GUSTO: dict[str, Any] = {
    **BASE,
    "id": "gusto_day30",
    "name": "GUSTO-I, death within 30 days",
    "link": "logit",
    "intercept": -3.106032,
    "outcome": {"name": "death_30_days", "says": "death within 30 days"},
    "source": {"citation": "fitted to the development rows of GUSTO-I in cran/predtools"},
    "predictors": [
        number("age", "years"),
        category("miloc", "Inferior", "Other", "Anterior"),
        {"name": "pmi", "label": "previous infarction", "kind": "flag", "unit": "none"},
        category("Killip", "I", "II", "III", "IV"),
        number("sysbp", "mmHg"),
        number("pulse", "beats/min"),
    ],
    "terms": [
        linear("age", 0.079279),
        level("miloc", "Other", 0.187529),
        level("miloc", "Anterior", 0.480378),
        linear("pmi", 0.514614),
        level("Killip", "II", 0.67416),
        level("Killip", "III", 1.115715),
        level("Killip", "IV", 1.924338),
        linear("sysbp", -0.067852, cap_high=100),
        linear("pulse", 0.018236),
    ],
    "checks": [
        {
            "name": "by hand: -3.106032 + 60 x .079279 - 100 x .067852 + 70 x .018236",
            "inputs": {
                "age": 60,
                "miloc": "Inferior",
                "pmi": False,
                "Killip": "I",
                "sysbp": 130,
                "pulse": 70,
            },
            "risk": 0.0206743,
            "tolerance": 1e-6,
        }
    ],
}
GBSG: dict[str, Any] = {
    **BASE,
    "id": "gbsg",
    "name": "breast cancer, recurrence or death within 5 years",
    "link": "survival",
    "baseline_survival": 0.804,
    "horizon": {"value": 5, "unit": "years"},
    "outcome": {"name": "recurrence_or_death", "says": "recurrence or death"},
    "source": {"citation": "danielegiardiello/Prediction_performance_survival, 02_predsurv"},
    "predictors": [number("size", "mm"), number("nodes", "count"), category("grade", "1", "2", "3")],
    "terms": [
        {"kind": "band", "predictor": "size", "above": 20, "at_most": 50, "coefficient": 0.342},
        {"kind": "band", "predictor": "size", "above": 50, "coefficient": 0.574},
        linear("nodes", 0.304, cap_high=19),
        {
            "kind": "spline",
            "predictor": "nodes",
            "cap_high": 19,
            "knots": [0, 1, 9],
            "coefficients": [-0.811],
        },
        level("grade", "3", 0.362),
    ],
    "checks": [{"name": "nothing adds", "inputs": {"size": 20, "nodes": 0, "grade": "1"}, "risk": 0.196}],
}
