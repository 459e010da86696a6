"""What must hold between the parts of a document whose keys are sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from opentrs.predict.registry.holding import Held
from opentrs.predict.registry.schema import BAND_ENDS, is_number
from opentrs.predict.registry.units import known_units

Tree = Mapping[str, Any]
FEWEST_KNOTS = 3
NEEDED: Mapping[str, tuple[str, ...]] = {
    "equation": ("link", "terms"),
    "odds_ratios": ("needed_to_run",),
    "rule": ("rule",),
    "score": ("terms",),
}
FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "equation": ("rule", "rank_by"),
    "odds_ratios": ("link", "intercept", "baseline_survival", "rule", "rank_by", "covariance"),
    "rule": ("link", "intercept", "baseline_survival", "terms", "covariance"),
    "score": ("link", "intercept", "baseline_survival", "rule", "rank_by", "covariance"),
}
ANSWER_OF_CHECK = {"equation": "risk", "rule": "positive", "score": "score", "odds_ratios": "score"}


def check(tree: Tree, held: Held) -> None:
    """Note everything that does not fit together; the keys have been held before."""
    _class(tree, held)
    _predictors(tree, held)
    known = {one["name"]: one for one in tree["predictors"]}
    for at, term in enumerate(tree.get("terms", ())):
        _term(term, f"/terms/{at}", known, str(tree["class"]), held)
    _rule(tree, known, held)
    _checks(tree, known, held)
    if tree["risk_of_bias"]["rating"] != "not_rated" and "reason" not in tree["risk_of_bias"]:
        held.wrong("model_key_missing", "/risk_of_bias", name="reason")


def _class(tree: Tree, held: Held) -> None:
    kind = tree["class"]
    if tree["format"] != 1:
        held.wrong("model_format", "/format", found=tree["format"])
    for key in NEEDED[kind]:
        if not tree.get(key):
            held.wrong("model_class_needs", "/class", kind=kind, name=key)
    for key in FORBIDDEN[kind]:
        if key in tree:
            held.wrong("model_class_forbids", f"/{key}", kind=kind, name=key)
    if kind == "equation":
        _link(tree, held)


def _link(tree: Tree, held: Held) -> None:
    wanted = {"logit": ("intercept",), "survival": ("baseline_survival", "horizon")}
    for key in wanted.get(tree.get("link", ""), ()):
        if key not in tree:
            held.wrong("model_class_needs", "/link", kind=str(tree["link"]), name=key)
    if "baseline_survival" in tree and not 0 < tree["baseline_survival"] < 1:
        held.wrong("model_share", "/baseline_survival")
    if "horizon" in tree and not tree["horizon"]["value"] > 0:
        held.wrong("model_not_positive", "/horizon/value")
    if "covariance" in tree:
        _covariance(tree, held)


def _covariance(tree: Tree, held: Held) -> None:
    size = len(tree["covariance"]["of"])
    columns = 1 + sum(len(term.get("coefficients", (0,))) for term in tree.get("terms", ()))
    matrix = tree["covariance"]["matrix"]
    if size != columns or len(matrix) != size or any(len(row) != size for row in matrix):
        held.wrong("model_covariance", "/covariance", n=columns)


def _predictors(tree: Tree, held: Held) -> None:
    times = Counter(one["name"] for one in tree["predictors"])
    for at, one in enumerate(tree["predictors"]):
        path = f"/predictors/{at}"
        if times[one["name"]] > 1:
            held.wrong("model_predictor_twice", f"{path}/name", name=one["name"])
        if one["unit"] not in known_units():
            held.wrong("model_unit_unknown", f"{path}/unit", unit=one["unit"],
                       known=", ".join(sorted(known_units())))  # fmt: skip
        if "low" in one and "high" in one and not one["low"] < one["high"]:
            held.wrong("model_range_reversed", f"{path}/low")
        if "sd" in one and not one["sd"] > 0:
            held.wrong("model_not_positive", f"{path}/sd")
        if "share" in one and not 0 <= one["share"] <= 1:
            held.wrong("model_share", f"{path}/share")
        if one["kind"] == "category" and len(set(one.get("levels", ()))) < 2:
            held.wrong("model_levels", f"{path}/levels")
        if one["kind"] == "number" and one["unit"] == "none":
            held.wrong("model_number_without_unit", f"{path}/unit")


def _term(term: Tree, path: str, known: Mapping[str, Tree], kind: str, held: Held) -> None:
    if term["kind"] == "interaction":
        if len(term.get("factors", ())) < 2:
            held.wrong("model_factors", path)
        for at, factor in enumerate(term.get("factors", ())):
            _factor(factor, f"{path}/factors/{at}", known, held)
    elif "predictor" not in term:
        held.wrong("model_key_missing", path, name="predictor")
    else:
        _factor(term, path, known, held, level_needed=term["kind"] == "level")
    if term["kind"] == "spline":
        _spline(term, path, held)
        return
    given = [name for name in ("coefficient", "odds_ratio", "hazard_ratio") if name in term]
    if len(given) != 1 or "coefficients" in term:
        held.wrong("model_one_coefficient", path)
    elif given != ["coefficient"]:
        if not term[given[0]] > 0:
            held.wrong("model_not_positive", f"{path}/{given[0]}")
        if kind != "odds_ratios":
            held.wrong("model_class_forbids", f"{path}/{given[0]}", kind=kind, name=given[0])


def _factor(
    part: Tree, path: str, known: Mapping[str, Tree], held: Held, *, level_needed: bool = False
) -> None:
    name = part["predictor"]
    if name not in known:
        held.wrong("model_predictor_unknown", f"{path}/predictor", name=name)
        return
    levels = known[name].get("levels", ())
    if known[name]["kind"] == "category" or level_needed:
        if part.get("level") not in levels:
            held.wrong("model_level_unknown", f"{path}/level", name=name, levels=", ".join(levels))
    elif "level" in part:
        held.wrong("model_level_unknown", f"{path}/level", name=name, levels=", ".join(levels))
    if "sd" in part and not part["sd"] > 0:
        held.wrong("model_not_positive", f"{path}/sd")
    _band(part, path, known[name], held)
    if "cap_low" in part and "cap_high" in part and not part["cap_low"] < part["cap_high"]:
        held.wrong("model_range_reversed", f"{path}/cap_low")


def _band(part: Tree, path: str, predictor: Tree, held: Held) -> None:
    ends = [end for end in BAND_ENDS if end in part]
    lower = [part[end] for end in ("above", "at_least") if end in part]
    upper = [part[end] for end in ("below", "at_most") if end in part]
    unclear = len(lower) > 1 or len(upper) > 1 or bool(lower and upper and not lower[0] < upper[0])
    of_number = predictor["kind"] == "number" and not {"mean", "sd", "cap_low", "cap_high"} & set(part)
    wanted = part["kind"] == "band" if "kind" in part else bool(ends)
    if wanted != bool(ends) or (ends and (unclear or not of_number)):
        held.wrong("model_band", path)


def _spline(term: Tree, path: str, held: Held) -> None:
    knots, coefficients = term.get("knots", ()), term.get("coefficients", ())
    rising = all(one < other for one, other in pairwise(knots))
    if len(knots) < FEWEST_KNOTS or not rising:
        held.wrong("model_knots", path, least=FEWEST_KNOTS)
    elif len(coefficients) != len(knots) - 2 or "coefficient" in term:
        held.wrong("model_spline_coefficients", path, n=len(knots) - 2)


def _rule(tree: Tree, known: Mapping[str, Tree], held: Held) -> None:
    for at, reading in enumerate(tree.get("rule", {}).get("readings", ())):
        if not reading["conditions"]:
            held.wrong("model_condition", f"/rule/readings/{at}/conditions")
        for number, condition in enumerate(reading["conditions"]):
            _condition(condition, f"/rule/readings/{at}/conditions/{number}", known, held)
    for at, rank in enumerate(tree.get("rank_by", ())):
        if rank["predictor"] not in known:
            held.wrong("model_predictor_unknown", f"/rank_by/{at}/predictor", name=rank["predictor"])


def _condition(condition: Tree, path: str, known: Mapping[str, Tree], held: Held) -> None:
    threshold = {"operator", "threshold"} <= set(condition) and "is" not in condition
    answer = "is" in condition and not {"operator", "threshold"} & set(condition)
    subject = len({"predictor", "improvement_percent"} & set(condition)) == 1
    if not subject or not (threshold or (answer and "predictor" in condition)):
        held.wrong("model_condition", path)
        return
    improvement = condition.get("improvement_percent", {})
    asked = [condition[key] for key in ("predictor",) if key in condition]
    asked += [improvement[key] for key in ("baseline", "later") if key in improvement]
    for name in asked:
        if name not in known:
            held.wrong("model_predictor_unknown", path, name=name)
        elif (known[name]["kind"] == "number") != threshold:
            held.wrong("model_condition", path)


def _checks(tree: Tree, known: Mapping[str, Tree], held: Held) -> None:
    kind = tree["class"]
    answer = ANSWER_OF_CHECK[kind]
    if kind != "odds_ratios" and not tree.get("checks"):
        held.wrong("model_check_missing", "")
    for at, one in enumerate(tree.get("checks", ())):
        path = f"/checks/{at}"
        if answer not in one:
            held.wrong("model_key_missing", path, name=answer)
        for name, value in one["inputs"].items():
            if name not in known:
                held.wrong("model_predictor_unknown", f"{path}/inputs/{name}", name=name)
            elif value is not None and not _of_kind(value, known[name]):
                held.wrong("model_input", f"{path}/inputs/{name}", name=name, kind=known[name]["kind"])


def _of_kind(value: Any, predictor: Tree) -> bool:
    if predictor["kind"] == "number":
        return is_number(value)
    if predictor["kind"] == "flag":
        return isinstance(value, bool)
    return value in predictor.get("levels", ())
