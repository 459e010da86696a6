"""Fitted models of time to an event as plain dictionaries, and back: JSON, never a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from opentrs.stats.refusal import CannotFitError
from opentrs.stats.survival.hazard_models import CauseSpecificModel, FineGrayModel
from opentrs.stats.survival.partial_likelihood import HazardFit

CAUSE_SPECIFIC, FINE_GRAY = "cause_specific", "fine_gray"
ARRAYS = ("coefficients", "covariance", "centre", "times", "hazard")


def to_document(model: CauseSpecificModel | FineGrayModel) -> dict[str, object]:
    """Plain numbers and strings, ready for JSON.

    Baseline hazards step at the event times of the people the model was fitted in: a document of few
    people tells when somebody had the event, and is to be treated as their data.
    """
    shared = {"names": list(model.names), "longest": model.longest}
    if isinstance(model, FineGrayModel):
        return {"model": FINE_GRAY, **shared, "event": _plain(model.fit)}
    competing = None if model.competing is None else _plain(model.competing)
    return {"model": CAUSE_SPECIFIC, **shared, "event": _plain(model.event), "competing": competing}


def from_document(document: Mapping[str, object]) -> CauseSpecificModel | FineGrayModel:
    """The model a document describes.

    Raises
    ------
    CannotFitError : another kind of model, a key that is missing or not known, or arrays that do not fit
        together
    """
    kind = document.get("model")
    if kind not in (CAUSE_SPECIFIC, FINE_GRAY):
        raise CannotFitError("survival_model_unknown", why="model")
    keys = {"model", "names", "longest", "event"} | ({"competing"} if kind == CAUSE_SPECIFIC else set())
    _same_keys(document, keys)
    names = document["names"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CannotFitError("survival_model_unknown", why="names")
    longest = _number(document["longest"], "longest")
    event = _fit(document["event"], len(names))
    if kind == FINE_GRAY:
        return FineGrayModel(tuple(names), event, longest)
    competing = None if document["competing"] is None else _fit(document["competing"], len(names))
    return CauseSpecificModel(tuple(names), event, competing, longest)


def _plain(fit: HazardFit) -> dict[str, object]:
    return {
        field.name: getattr(fit, field.name).tolist() if field.name in ARRAYS else getattr(fit, field.name)
        for field in fields(fit)
    }


def _fit(found: object, predictors: int) -> HazardFit:
    if not isinstance(found, Mapping):
        raise CannotFitError("survival_model_unknown", why="event")
    _same_keys(found, {field.name for field in fields(HazardFit)})
    arrays = {name: _array(found[name], name) for name in ARRAYS}
    steps = arrays["times"].size
    shapes = ((predictors,), (predictors, predictors), (predictors,), (steps,), (steps,))
    for name, shape in zip(ARRAYS, shapes, strict=True):
        if arrays[name].shape != shape:
            raise CannotFitError("survival_model_unknown", why=name)
    if (np.diff(arrays["times"]) <= 0).any() or (arrays["hazard"] < 0).any():
        raise CannotFitError("survival_model_unknown", why="times, hazard")
    numbers = {name: _number(found[name], name) for name in ("log_likelihood", "n", "events")}
    return HazardFit(
        **arrays,
        log_likelihood=numbers["log_likelihood"],
        n=int(numbers["n"]),
        events=int(numbers["events"]),
    )


def _same_keys(found: Mapping[str, object], wanted: set[str]) -> None:
    wrong = set(found) ^ wanted
    if wrong:
        raise CannotFitError("survival_model_unknown", why=", ".join(sorted(map(str, wrong))))


def _array(value: object, name: str) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        array = np.array([np.nan])
    if not np.isfinite(array).all():
        raise CannotFitError("survival_model_unknown", why=name)
    return array


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        raise CannotFitError("survival_model_unknown", why=name)
    return float(value)
