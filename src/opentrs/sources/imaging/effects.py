"""Tables of published effects per region (ENIGMA's layout), their p-values held against d and its error."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from opentrs.errors import InputProblemsError, Problem
from opentrs.reference.region_names import Region, resolve_regions

# A p printed to three digits from rounded d and se may be off by half a decade; 1.5 is another result.
FAR_APART = 1.5
# After a rotation the rows must fit this well, the longest run of rows that is looked at being eight.
FITS = 1.0
LONGEST_RUN = 8


@dataclass(frozen=True, slots=True)
class RegionEffect:
    """One region's published effect.

    Parameters
    ----------
    region : what the row's name is
    d, se : standardised difference and its standard error; None where not printed
    n_controls, n_patients : people; None where not printed
    p : two-sided, from d and se; None without an error
    p_printed : as the file has it
    """

    region: Region
    d: float
    se: float | None
    n_controls: int | None
    n_patients: int | None
    p: float | None
    p_printed: float | None

    @property
    def gap(self) -> float:
        """By how many powers of ten the printed p is off; 0 where it cannot be told."""
        return _gap(self.p_printed, self.p)


@dataclass(frozen=True, slots=True)
class EffectMap:
    """A table of published effects, and what is wrong with it."""

    name: str
    effects: tuple[RegionEffect, ...]
    problems: tuple[Problem, ...]

    def by_region(self) -> Mapping[str, RegionEffect]:
        """Region id -> effect."""
        return {effect.region.id: effect for effect in self.effects}


def read_effect_map(path: Path) -> EffectMap:
    """Read a table in ENIGMA's layout: ``Structure``, ``d_icv``, ``se_icv``, ``n_...``, ``pobs``.

    p is computed from d and se. Rows whose printed p is another one are listed as problems, and so are
    runs of rows among which the printed p-values went round by one.

    Raises
    ------
    InputProblemsError : the file lacks the columns Structure and d_icv, or names regions nobody knows
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if not rows or not {"Structure", "d_icv"} <= set(rows[0]):
        raise InputProblemsError([Problem("effects_columns", file=path.name, line=1)])
    table = "subcortex" if any("ortical" in name and "Vol" in name for name in rows[0]) else "cortex"
    regions = resolve_regions([row["Structure"] for row in rows], table)
    unknown = [
        (line, row["Structure"]) for line, row in enumerate(rows, 2) if regions[row["Structure"]] is None
    ]
    if unknown:
        raise InputProblemsError([
            Problem("effects_region", file=path.name, line=line, params={"region": name})
            for line, name in unknown
        ])  # fmt: skip
    effects = tuple(_effect(row, regions[row["Structure"]]) for row in rows)
    return EffectMap(path.stem, effects, tuple(_p_problems(effects, path.name)))


def _effect(row: Mapping[str, str], region: Region | None) -> RegionEffect:
    assert region is not None
    d, se = _number(row["d_icv"]), _number(row.get("se_icv"))
    patients = next((row[name] for name in row if name.startswith("n_") and name != "n_controls"), None)
    p = math.erfc(abs(d) / se / math.sqrt(2)) if d is not None and se else None
    return RegionEffect(
        region, math.nan if d is None else d, se, _count(row.get("n_controls")), _count(patients), p,
        _number(row.get("pobs")),
    )  # fmt: skip


def _p_problems(effects: Sequence[RegionEffect], file: str) -> list[Problem]:
    problems = [
        Problem("effects_p_other", "warning", file, line, "pobs", params={
            "region": effect.region.column, "printed": f"{effect.p_printed:.3g}", "p": f"{effect.p:.3g}",
        })
        for line, effect in enumerate(effects, 2) if effect.gap > FAR_APART
    ]  # fmt: skip
    for first, last in rotated_runs(effects):
        names = ", ".join(effect.region.column for effect in effects[first : last + 1])
        problems.append(
            Problem("effects_p_rotated", "warning", file, first + 2, "pobs", params={"regions": names})
        )
    return problems


def rotated_runs(effects: Sequence[RegionEffect]) -> list[tuple[int, int]]:
    """First and last row of each shortest run whose printed p-values fit when moved round by one row."""
    found: list[tuple[int, int]] = []
    for length in range(3, LONGEST_RUN + 1):
        for first in range(len(effects) - length + 1):
            run = effects[first : first + length]
            inside = any(first <= a and b < first + length for a, b in found)
            if not inside and sum(effect.gap > FAR_APART for effect in run) >= 2 and _fits_moved(run):
                found.append((first, first + length - 1))
    return found


def _fits_moved(run: Sequence[RegionEffect]) -> bool:
    if run[0].gap <= FITS or run[-1].gap <= FITS:
        return False
    for places in (1, -1):
        gaps = [_gap(run[(at + places) % len(run)].p_printed, effect.p) for at, effect in enumerate(run)]
        if all(effect.p_printed and effect.p for effect in run) and max(gaps) <= FITS:
            return True
    return False


def _gap(printed: float | None, p: float | None) -> float:
    if not printed or not p:
        return 0.0
    return abs(math.log10(printed) - math.log10(p))


def _number(cell: str | None) -> float | None:
    try:
        value = float(cell or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _count(cell: str | None) -> int | None:
    value = _number(cell)
    return None if value is None else int(value)
