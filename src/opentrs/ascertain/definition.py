"""A definition of treatment resistance as data: the TRRIP consensus, its competitors, a user's own.

A definition is a TOML file. Its ``[[criterion]]`` rows are the rows of the published table, in its
order; the sections above them hold every threshold with its operator. Code applies them and holds no
number of its own. Shipped definitions lie in ``ascertain/definitions``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from opentrs.errors import OpenTRSError
from opentrs.measures.symptoms import Cutoff, SeverityRule
from opentrs.stats.compare import Comparison

SHIPPED = (
    "trrip", "suzuki_2012", "kane_1988", "conley_kelly_2001", "nice_cg178", "clozapine_ever",
    "danish_register",
)  # fmt: skip
KINDS = ("consensus", "proxy", "own")
DIFFERENT = ("ingredient", "ingredient_metabolites_merged", "atc4")
TIERS = ("minimum", "optimum")


class DefinitionError(OpenTRSError):
    """A definition file cannot be read as a definition; the message says which key and why."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Criterion:
    """One row of a definition's table.

    Parameters
    ----------
    id : the row's name in the published table, such as ``T2``
    asks : the question it asks, a key of ``ascertain.questions.QUESTIONS``
    needs : how much is needed, where the question counts something (drugs, levels, points)
    reads : language -> the sentence the report prints
    source, checked : where it was published and whether that was read there
    tier : ``minimum`` rows decide the verdict, ``optimum`` rows the tier
    """

    id: str
    asks: str
    needs: Comparison | None
    reads: Mapping[str, str]
    source: str
    checked: str
    tier: str = "minimum"


@dataclass(frozen=True, slots=True)
class CourseRules:
    """What a course must be: dose, duration, response, adherence, and how rows become courses."""

    different: str
    dose_cpz_mg_per_day: Comparison | None
    share_of_label_midpoint: Comparison | None
    duration_days: Comparison
    gap_days: Comparison
    reduction_percent: Comparison
    baseline_days_before: int
    baseline_days_after: int
    response_from_day: int
    response_days_after: int
    adherence_percent: Comparison
    adherence_sources: Comparison
    records_days_after: int
    dispensing_is_a_source: bool
    depot_days: Comparison


@dataclass(frozen=True, slots=True)
class ClozapineRules:
    """When clozapine was tried adequately."""

    duration_days: Comparison
    level_ng_per_ml: Comparison
    levels: Comparison
    dose_mg_per_day_without_level: Comparison


@dataclass(frozen=True, slots=True)
class OnsetRules:
    """How soon after first treatment resistance was met, in days."""

    early_days: Comparison
    medium_days: Comparison


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole definition.

    Parameters
    ----------
    id, name, source, kind : ``kind`` is ``consensus``, ``proxy`` (not TRRIP) or ``own``
    severity : when a visit shows at least moderate symptoms
    persistence_days : how long they must last
    function : scale -> when it means at least moderate impairment
    window : ``after_second_failure`` (symptoms and function are judged then) or ``any_time``
    criteria : the rows, in the published order
    """

    id: str
    name: Mapping[str, str]
    source: str
    kind: str
    courses: CourseRules
    severity: SeverityRule
    persistence_days: Comparison
    function: Mapping[str, Comparison]
    clozapine: ClozapineRules
    onset: OnsetRules
    window: str
    second_level_days: Comparison
    relapse_window_days: int
    criteria: tuple[Criterion, ...]
    note: Mapping[str, str] = field(default_factory=dict)

    @property
    def minimum(self) -> tuple[Criterion, ...]:
        """The rows that decide the verdict."""
        return tuple(row for row in self.criteria if row.tier == "minimum")

    @property
    def optimum(self) -> tuple[Criterion, ...]:
        """The rows that decide whether resistance was shown at the optimum tier."""
        return tuple(row for row in self.criteria if row.tier == "optimum")


@cache
def shipped_definition(definition_id: str) -> Definition:
    """Return one of the definitions OpenTRS ships, by its id."""
    if definition_id not in SHIPPED:
        raise DefinitionError(f"There is no definition {definition_id}. Shipped: {', '.join(SHIPPED)}.")
    entry = files("opentrs.ascertain").joinpath("definitions", f"{definition_id}.toml")
    return definition_from_toml(tomllib.loads(entry.read_text(encoding="utf-8")))


def load_definition(path: str | Path) -> Definition:
    """Read a user's own definition from a TOML file of the same form as the shipped ones.

    Raises
    ------
    DefinitionError : the file is no TOML, or a key is missing, unknown or of the wrong kind
    """
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DefinitionError(f"{Path(path).name} cannot be read as TOML: {error}") from error
    return definition_from_toml(data)


def definition_from_toml(data: Mapping[str, Any]) -> Definition:
    """Build a definition from parsed TOML.

    A file may say ``like = "trrip"`` and then holds only what differs; criteria are always written out.

    Raises
    ------
    DefinitionError : a key is missing, unknown or of the wrong kind
    """
    merged = _with_base(dict(data))
    _only_known(merged, _TOP, "the file")
    courses = _section(merged, "courses", CourseRules)
    clozapine = _section(merged, "clozapine", ClozapineRules)
    onset = _section(merged, "onset", OnsetRules)
    if courses["different"] not in DIFFERENT:
        raise DefinitionError(f"courses.different is one of {', '.join(DIFFERENT)}.")
    if merged["kind"] not in KINDS:
        raise DefinitionError(f"kind is one of {', '.join(KINDS)}.")
    return Definition(
        id=merged["id"],
        name=merged["name"],
        source=merged["source"],
        kind=merged["kind"],
        courses=CourseRules(**courses),
        severity=_severity(merged["severity"]),
        persistence_days=_threshold(merged["persistence_days"], "persistence_days"),
        function={scale: _threshold(cut, f"function.{scale}") for scale, cut in merged["function"].items()},
        clozapine=ClozapineRules(**clozapine),
        onset=OnsetRules(**onset),
        window=merged["window"],
        second_level_days=_threshold(merged["second_level_days"], "second_level_days"),
        relapse_window_days=int(merged["relapse_window_days"]),
        criteria=tuple(_criterion(row) for row in merged["criterion"]),
        note=merged.get("note", {}),
    )


_TOP = {
    "id", "name", "source", "kind", "like", "note", "courses", "severity", "persistence_days", "function",
    "clozapine", "onset", "window", "second_level_days", "relapse_window_days", "criterion",
}  # fmt: skip


def _with_base(data: dict[str, Any]) -> dict[str, Any]:
    base_id = data.pop("like", None)
    if base_id is None:
        missing = _TOP - {"like", "note"} - set(data)
        if missing:
            raise DefinitionError(f"Missing in the definition: {', '.join(sorted(missing))}.")
        return data
    if base_id not in SHIPPED:
        raise DefinitionError(f"like = {base_id!r}: the shipped definitions are {', '.join(SHIPPED)}.")
    entry = files("opentrs.ascertain").joinpath("definitions", f"{base_id}.toml")
    base = _with_base(tomllib.loads(entry.read_text(encoding="utf-8")))
    merged = {**base, **data}
    for section in ("courses", "severity", "clozapine", "onset"):
        merged[section] = {**base[section], **data.get(section, {})}
    if "function" in data:
        merged["function"] = data["function"]
    return merged


def _section(data: Mapping[str, Any], name: str, form: type) -> dict[str, Any]:
    fields = form.__dataclass_fields__  # type: ignore[attr-defined]
    section = data[name]
    _only_known(section, set(fields), name)
    values: dict[str, Any] = {}
    for key, spec in fields.items():
        if key not in section:
            if "None" in str(spec.type):
                values[key] = None
                continue
            raise DefinitionError(f"Missing in the definition: {name}.{key}.")
        value = section[key]
        values[key] = _comparison(value, f"{name}.{key}") if "Comparison" in str(spec.type) else value
    return values


def _only_known(section: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in section:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise DefinitionError(f"Unknown key {key} in {where}.{hint}")


def _comparison(value: Any, where: str) -> Comparison | None:
    """A threshold is written ``{is = ">=", value = 600}``; ``false`` switches an optional one off."""
    if value is False:
        return None
    try:
        return Comparison(value["is"], float(value["value"]))
    except (TypeError, KeyError, ValueError) as error:
        raise DefinitionError(f'{where} is written {{is = ">=", value = 1}}; it is {value!r}.') from error


def _threshold(value: Any, where: str) -> Comparison:
    """A threshold that cannot be switched off."""
    found = _comparison(value, where)
    if found is None:
        raise DefinitionError(f"{where} cannot be false.")
    return found


def _severity(section: Mapping[str, Any]) -> SeverityRule:
    _only_known(section, {"items_moderate", "items_severe", "cutoffs"}, "severity")
    cutoffs = {
        scale: Cutoff(float(cut["moderate"]), float(cut["severe"]))
        for scale, cut in section["cutoffs"].items()
    }
    return SeverityRule(cutoffs, int(section["items_moderate"]), int(section["items_severe"]))


def _criterion(row: Mapping[str, Any]) -> Criterion:
    known = {"id", "asks", "needs", "reads", "source", "checked", "tier"}
    _only_known(row, known, f"criterion {row.get('id', '?')}")
    for key in ("id", "asks", "reads", "source", "checked"):
        if key not in row:
            raise DefinitionError(f"Criterion {row.get('id', '?')} has no {key}.")
    tier = row.get("tier", "minimum")
    if tier not in TIERS:
        raise DefinitionError(f"Criterion {row['id']}: tier is one of {', '.join(TIERS)}.")
    needs = _comparison(row["needs"], f"criterion {row['id']}.needs") if "needs" in row else None
    return Criterion(row["id"], row["asks"], needs, row["reads"], row["source"], row["checked"], tier)
