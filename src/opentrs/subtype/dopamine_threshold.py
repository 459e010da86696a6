"""Thresholds of dopamine function a user states for one tracer and region, each with its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from opentrs.ascertain.definition import DefinitionError
from opentrs.messages import text

SCALES = ("value", "z")
KNOWN = {"region", "tracer", "scale", "hypo_below", "hyper_above", "source"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Below ``hypo_below`` a person is called hypo, above ``hyper_above`` hyper, between them normal.

    Parameters
    ----------
    region, tracer : the column and the tracer it holds for, as the ``pet`` table writes them
    scale : ``value`` (units of the table) or ``z`` (against controls)
    hypo_below, hyper_above : None where there is no such threshold; a value on a threshold is normal
    source : where it is published
    """

    region: str
    tracer: str
    scale: str
    hypo_below: float | None
    hyper_above: float | None
    source: str

    def states(self, values: npt.NDArray[np.float64]) -> list[str]:
        """hypo, normal or hyper for each value."""
        low = -np.inf if self.hypo_below is None else self.hypo_below
        high = np.inf if self.hyper_above is None else self.hyper_above
        return ["hypo" if value < low else "hyper" if value > high else "normal" for value in values]


def load_thresholds(path: str | Path) -> tuple[Threshold, ...]:
    """Read a TOML file of ``[[threshold]]`` tables.

    Raises
    ------
    DefinitionError : it is no such file, or a threshold lacks its region, number or source
    """
    name = Path(path).name
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DefinitionError(text("dopamine.file_unreadable", file=name)) from error
    rows = content.get("threshold")
    if set(content) != {"threshold"} or not isinstance(rows, list) or not rows:
        raise DefinitionError(text("dopamine.file_empty", file=name))
    return tuple(_threshold(row, number, name) for number, row in enumerate(rows, start=1))


def _threshold(row: Any, number: int, file: str) -> Threshold:
    if not isinstance(row, dict) or set(row) - KNOWN:
        wrong = ", ".join(sorted(set(row) - KNOWN)) if isinstance(row, dict) else "?"
        raise DefinitionError(text("dopamine.key_unknown", file=file, n=number, keys=wrong))
    for key in ("region", "source"):
        if not str(row.get(key, "")).strip():
            raise DefinitionError(text("dopamine.key_missing", file=file, n=number, what=key))
    low, high = _number(row, "hypo_below", file, number), _number(row, "hyper_above", file, number)
    if low is None and high is None:
        raise DefinitionError(
            text("dopamine.key_missing", file=file, n=number, what="hypo_below, hyper_above")
        )
    if low is not None and high is not None and low >= high:
        raise DefinitionError(text("dopamine.order", file=file, n=number))
    scale = str(row.get("scale", "value"))
    if scale not in SCALES:
        raise DefinitionError(text("dopamine.scale_unknown", file=file, n=number, scales=", ".join(SCALES)))
    return Threshold(str(row["region"]), str(row.get("tracer", "")), scale, low, high, str(row["source"]))


def _number(row: dict[str, Any], key: str, file: str, number: int) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise DefinitionError(text("dopamine.not_a_number", file=file, n=number, what=key))
    return float(value)
