"""A file or a shipped name -> a model document; every problem at once, and nothing is ever run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opentrs.errors import InputProblemsError, Problem
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.checking import check
from opentrs.predict.registry.document import (
    DAYS,
    Check,
    Condition,
    Improvement,
    ModelDocument,
    Predictor,
    Rank,
    Reading,
    words,
)
from opentrs.predict.registry.holding import Held, hold
from opentrs.predict.registry.positions import positions
from opentrs.predict.registry.terms import term_from
from opentrs.stats.compare import Comparison

PICKLE_START = b"\x80"
PACKED = frozenset({".pkl", ".pickle", ".joblib", ".rds", ".rda", ".rdata", ".npy", ".npz", ".pt", ".h5"})
TOLERANCE = 1e-5
LARGEST_BYTES = 5_000_000


def read_model(path: Path) -> ModelDocument:
    """Read a user's model document.

    Raises
    ------
    InputProblemsError : every problem of the file at once, by line and JSON pointer. A pickle or another
        packed object is refused without being opened.
    """
    with path.open("rb") as handle:
        head = handle.read(1)
    if path.suffix.lower() in PACKED or head == PICKLE_START:
        raise InputProblemsError([Problem("model_pickle", file=path.name)])
    if path.stat().st_size > LARGEST_BYTES:
        raise InputProblemsError(
            [Problem("model_too_large", file=path.name, params={"mb": LARGEST_BYTES // 10**6})]
        )
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputProblemsError([Problem("model_not_utf8", file=path.name)]) from None
    return parse_model(content, path.name)


def parse_model(content: str, file: str) -> ModelDocument:
    """Read the text of a model document; see :func:`read_model`."""
    constants: list[str] = []
    try:
        tree = json.loads(content, parse_constant=constants.append)
    except json.JSONDecodeError as error:
        raise InputProblemsError([Problem("model_not_json", file=file, line=error.lineno)]) from None
    except RecursionError:
        raise InputProblemsError([Problem("model_not_json", file=file)]) from None
    held = Held(file, positions(content))
    _not_finite(content, tree, constants, held)
    hold(tree, held)
    if not held.is_broken:
        check(tree, held)
    _stop(held)
    document = from_tree(tree)
    _run_checks(document, held)
    _stop(held)
    return document


def _stop(held: Held) -> None:
    if held.problems:
        order = sorted(held.problems, key=lambda one: (one.line or 0, one.column or ""))
        raise InputProblemsError(order)


def _not_finite(content: str, tree: Any, constants: list[str], held: Held) -> None:
    """NaN and Infinity are no JSON; a number like 1e999 is one, and yet no number."""
    held.problems.extend(
        Problem("model_not_finite", file=held.file, line=1 + content[: content.find(name)].count("\n"))
        for name in dict.fromkeys(constants)
    )
    _infinite(tree, "", held)


def _infinite(value: Any, pointer: str, held: Held) -> None:
    if isinstance(value, float) and not np.isfinite(value):
        held.wrong("model_not_finite", pointer)
    elif isinstance(value, dict):
        for key, each in value.items():
            _infinite(each, f"{pointer}/{key}", held)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            _infinite(each, f"{pointer}/{at}", held)


def from_tree(tree: Mapping[str, Any]) -> ModelDocument:
    """A document from a tree that has been checked."""
    together = tree["class"] != "odds_ratios"
    horizon = tree.get("horizon")
    return ModelDocument(
        id=tree["id"], name=words(tree["name"]), kind=tree["class"], landmark=tree["landmark"],
        predictors={one["name"]: _predictor(one) for one in tree["predictors"]},
        terms=tuple(term_from(one) for one in tree.get("terms", ()) if together or one.get("together")),
        tree=tree, link=tree.get("link"), intercept=float(tree.get("intercept", 0.0)),
        baseline_survival=tree.get("baseline_survival"),
        horizon_days=None if horizon is None else horizon["value"] * DAYS[horizon["unit"]],
        readings=tuple(_reading(one) for one in tree.get("rule", {}).get("readings", ())),
        rank_by=tuple(
            Rank(one["predictor"], 1 if one["risk_is_higher_when"] == "higher" else -1)
            for one in tree.get("rank_by", ())
        ),
        checks=tuple(_check(one) for one in tree.get("checks", ())),
        covariance=(
            tuple(tuple(map(float, row)) for row in tree["covariance"]["matrix"])
            if "covariance" in tree else None
        ),
    )  # fmt: skip


def _predictor(one: Mapping[str, Any]) -> Predictor:
    days = tuple(one[key] for key in ("target_day", "from_day", "to_day") if key in one)
    return Predictor(
        one["name"], words(one["label"]), one["kind"], one["unit"], one.get("substance"), one.get("low"),
        one.get("high"), tuple(one.get("levels", ())), one.get("mean"), one.get("sd"), one.get("share"),
        one.get("column"), tuple(one.get("yes", ())), tuple(one.get("no", ())),
        (days[0], days[1], days[2]) if len(days) == 3 else None, one.get("checked", "unverified"),
    )  # fmt: skip


def _reading(one: Mapping[str, Any]) -> Reading:
    return Reading(one["join"], tuple(_condition(each) for each in one["conditions"]))


def _condition(one: Mapping[str, Any]) -> Condition:
    made = one.get("improvement_percent")
    subject = one.get("predictor", "") if made is None else Improvement(
        made["baseline"], made["later"], float(made["scale_minimum"])
    )  # fmt: skip
    compared = Comparison(one["operator"], float(one["threshold"])) if "operator" in one else None
    return Condition(subject, compared, one.get("is"))


def _check(one: Mapping[str, Any]) -> Check:
    return Check(
        words(one["name"]), one["inputs"], one.get("risk"), one.get("score"), one.get("positive"),
        one.get("tolerance", TOLERANCE),
    )  # fmt: skip


def check_frame(document: ModelDocument, one: Check) -> pd.DataFrame:
    """The inputs of a check as a frame of one person."""
    columns: dict[str, list[Any]] = {}
    for name, predictor in document.predictors.items():
        value = one.inputs.get(name)
        if predictor.kind == "category":
            columns[name] = [value]
        else:
            columns[name] = [np.nan if value is None else float(value)]
    return pd.DataFrame(columns)


def checked_answer(document: ModelDocument, one: Check) -> tuple[float | None, float, bool]:
    """What a check expects, what the model gives, and whether the two agree."""
    found = applied(document, check_frame(document, one))
    if one.positive is not None:
        expected, given = float(one.positive), float(found.positive[0])
    elif one.risk is not None:
        expected, given = one.risk, float(found.risk[0])
    else:
        expected, given = float(one.score or 0.0), float(found.linear_predictor[0])
    return expected, given, bool(abs(given - expected) <= one.tolerance)


def _run_checks(document: ModelDocument, held: Held) -> None:
    for at, one in enumerate(document.checks):
        expected, given, agrees = checked_answer(document, one)
        if not agrees:
            held.wrong("model_check_fails", f"/checks/{at}", expected=f"{expected:g}", given=f"{given:.6g}")
