"""Normative curves of the brain as a document: written by a run, given to another with ``--brain-norms``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from opentrs.errors import InputProblemsError, Problem
from opentrs.stats.normative_curve import NormativeCurves, read_curves
from opentrs.stats.refusal import CannotFitError

DOCUMENT, VERSION = "brain_norms", 1
KEYS = {"part", "measure", "unit", "regions", "logged", "curves"}
# Fields of the curves whose last axis is the regions.
PER_REGION = (
    "n", "grand", "slopes", "trend", "sd", "shift", "spread", "between", "penalty", "df",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BrainNorm:
    """Curves of the regions of one part and measure.

    Parameters
    ----------
    part, measure, unit : such as cortex, thickness, mm
    regions : (m,) ids of the regions, in the order of the curves
    logged : regions whose logarithm the curves describe
    curves : of the regions
    name : file they were read from; empty where they were learnt here
    """

    part: str
    measure: str
    unit: str
    regions: tuple[str, ...]
    logged: tuple[str, ...]
    curves: NormativeCurves
    name: str = ""

    def only(self, regions: Sequence[str]) -> NormativeCurves:
        """The curves of some of the regions, in the order asked for."""
        at = [self.regions.index(region) for region in regions]
        chosen = {name: getattr(self.curves, name)[..., at] for name in PER_REGION}
        return replace(self.curves, **chosen)


def norm_document(norms: Sequence[BrainNorm]) -> dict[str, Any]:
    """Norms as plain data; numbers at sites say how many healthy people were measured there."""
    return {"document": DOCUMENT, "version": VERSION, "norms": [_plain(norm) for norm in norms]}


def _plain(norm: BrainNorm) -> dict[str, Any]:
    curves = norm.curves.to_dict()
    # JSON has no infinity: with one site the variance between sites is not known.
    curves["between"] = None if np.isinf(norm.curves.between).any() else curves["between"]
    return {
        "part": norm.part, "measure": norm.measure, "unit": norm.unit, "regions": list(norm.regions),
        "logged": list(norm.logged), "curves": curves,
    }  # fmt: skip


def read_norms(path: Path) -> dict[tuple[str, str], BrainNorm]:
    """Read a document that a run wrote; (part, measure) -> norm.

    Raises
    ------
    InputProblemsError : the file is no such document, or of a later version
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError):
        raise _refused(path, "norms_not_json") from None
    if not isinstance(document, dict) or document.get("document") != DOCUMENT:
        raise _refused(path, "norms_no_document")
    if document.get("version") != VERSION:
        raise _refused(path, "norms_version", version=str(document.get("version")), known=VERSION)
    norms = document.get("norms")
    if not isinstance(norms, list) or not norms:
        raise _refused(path, "norms_no_document")
    found = [_read(one, number, path) for number, one in enumerate(norms, 1)]
    return {(norm.part, norm.measure): norm for norm in found}


def _read(given: Any, number: int, path: Path) -> BrainNorm:
    if not isinstance(given, dict) or set(given) != KEYS or not isinstance(given["curves"], dict):
        raise _refused(path, "norms_entry", number=number)
    curves: Mapping[str, Any] = given["curves"]
    regions = tuple(str(region) for region in given["regions"])
    between = curves.get("between")
    filled = {**curves, "between": [0.0] * len(regions) if between is None else between}
    try:
        read = read_curves(filled)
    except (CannotFitError, TypeError, ValueError):
        raise _refused(path, "norms_entry", number=number) from None
    if between is None:
        read = replace(read, between=np.full(len(regions), np.inf))
    lengths = {np.shape(getattr(read, field.name))[-1] for field in fields(read) if field.name in PER_REGION}
    if lengths != {len(regions)}:
        raise _refused(path, "norms_entry", number=number)
    logged = tuple(str(region) for region in given["logged"])
    labels = (str(given["part"]), str(given["measure"]), str(given["unit"]))
    return BrainNorm(*labels, regions, logged, read, path.name)


def _refused(path: Path, code: str, **params: str | int) -> InputProblemsError:
    return InputProblemsError([Problem(code, file=path.name, params=params)])
