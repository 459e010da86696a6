"""What a column of an imaging table is: region, hemisphere, measure and unit, from any usual spelling.

FreeSurfer wrote the same region differently over its versions (``G&S``, ``G_and_S``, ``Thalamus-Proper``),
ENIGMA and ENIGMA-DTI in their own way (``L_bankssts_thickavg``, ``LLatVent``, ``ACR-L``), and programs that
join tables add ``.1`` to a name they meet twice. All of them come out as one :class:`Region`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from opentrs.reference.load import facts

Hemisphere = Literal["left", "right", "midline", "both"]
Row = Mapping[str, Any]

OWN = "own"
# Which atlas a name belongs to where several know it and the other columns do not settle it.
PREFERRED = ("desikan_killiany", "aseg", "destrieux", "jhu", "aal", "whole_brain")
CORTICAL = frozenset({"desikan_killiany", "destrieux", "aal"})
ATLASES_OF: Mapping[str, tuple[str, ...]] = {
    "cortex": ("desikan_killiany", "destrieux", "aal", "aseg", "whole_brain"),
    "subcortex": ("aseg", "aal", "desikan_killiany", "destrieux", "whole_brain"),
    "tracts": ("jhu", "whole_brain"),
}
# Tables whose regions a site may name as it likes; elsewhere a name nobody knows is no region.
FREE_NAMES = frozenset({"perfusion", "metabolism", "pet"})
_COPY = re.compile(r"\.\d+$")
_LEFT, _RIGHT = {"l", "lh", "left"}, {"r", "rh", "right"}
_BEFORE = re.compile(r"(?:ctx[-_.])?(lh|rh|left|right|l|r)[-_. ]+(.+)", re.IGNORECASE)
_AFTER = re.compile(r"(.+?)[-_. ]+(lh|rh|left|right|l|r)", re.IGNORECASE)
_GLUED = re.compile(r"(lh|rh|L|R)(?=[A-Za-z])(.+)")
_MEASURE_FIRST = re.compile(r"(fa|md|ad|rd)[-_. ]+(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Region:
    """What one column of an imaging table holds.

    Parameters
    ----------
    column : the column as the table calls it
    id : hemisphere letter and structure, such as ``L_caudalmiddlefrontal``; equal for all spellings
    structure : the structure without its side
    atlas : ``desikan_killiany``, ``destrieux``, ``aseg``, ``jhu``, ``aal``, ``whole_brain``, or ``own``
    kind : ``region``, ``global`` (a whole-brain figure), ``icv``, or ``quality``
    hemisphere : left, right, midline, or both (a mean over the two)
    measure, unit : what was measured; empty where the column does not say
    lobe : lobe, or group of tracts
    name_en, name_zh : how a reader calls the region, without its side
    """

    column: str
    id: str
    structure: str
    atlas: str
    kind: str
    hemisphere: Hemisphere
    measure: str
    unit: str
    lobe: str
    name_en: str
    name_zh: str


def spelling(name: str) -> str:
    """A name without its case and its punctuation; ``&`` reads as ``and``."""
    joined = re.sub(r"[^a-z0-9&]+", "_", name.lower()).replace("&", "_and_")
    return re.sub(r"_+", "_", joined).strip("_")


def resolve_regions(columns: Iterable[str], table: str) -> dict[str, Region | None]:
    """Say what each column of a table is.

    Parameters
    ----------
    columns : names of the columns that are no declared columns of the contract
    table : ``cortex``, ``subcortex``, ``tracts``, ``perfusion``, ``metabolism`` or ``pet``

    Returns
    -------
    column -> region; None for a name no atlas has, except in ``perfusion``, ``metabolism`` and ``pet``,
    where a site names its regions itself (atlas ``own``)
    """
    wanted = ATLASES_OF.get(table, PREFERRED)
    found = {
        column: [match for match in _matches(column, table) if match[0]["atlas"] in wanted]
        for column in columns
    }
    sure = [{row["atlas"] for row, *_ in matches} for matches in found.values()]
    votes = Counter(atlas for atlases in sure if len(atlases) == 1 for atlas in atlases)
    return {column: _chosen(column, rows, votes, table) for column, rows in found.items()}


def measures_of(table: str) -> dict[str, Row]:
    """Measures a table may hold, by name: unit, usual range and names."""
    return {str(row["measure"]): row for row in facts("region_measures") if row["table"] == table}


def default_measure(table: str) -> str:
    """The measure of columns that do not name one, such as ``CST_L`` (fractional anisotropy)."""
    return next(name for name, row in measures_of(table).items() if row["is_default"])


def circuit_structures(circuit: str) -> frozenset[tuple[str, str]]:
    """Atlas and structure of the members of a circuit, such as ``dlpfc`` or ``corona_radiata``.

    Raises
    ------
    KeyError : there is no such circuit
    """
    members = frozenset(
        (str(row["atlas"]), str(row["structure"])) for row in facts("circuits") if row["circuit"] == circuit
    )
    if not members:
        raise KeyError(circuit)
    return members


def circuits() -> dict[str, Row]:
    """Circuits and named tracts by their id; ``is_review_tract`` marks the nine tracts of the review."""
    return {str(row["circuit"]): row for row in facts("circuit_names")}


def _matches(column: str, table: str) -> Iterator[tuple[Row, Hemisphere, str]]:
    """Every reading of a column: catalogue row, hemisphere, measure as the column says it."""
    name = _COPY.sub("", column.strip())
    for rest, measure in _without_measure(name, table):
        for side, stem in _without_side(rest):
            for row in _index().get((side != "midline", spelling(stem)), ()):
                yield row, _hemisphere(side, row), measure


def _hemisphere(side: Hemisphere, row: Row) -> Hemisphere:
    return "both" if side == "midline" and row["atlas"] == "jhu" and row["label_right"] is not None else side


def _without_measure(name: str, table: str) -> Iterator[tuple[str, str]]:
    lower = name.lower()
    for ending, measure in _endings(table):
        if lower.endswith(ending) and len(name) > len(ending):
            yield name[: -len(ending)], measure
            break
    first = _MEASURE_FIRST.fullmatch(name) if table == "tracts" else None
    if first is not None:
        yield first[2], first[1].lower()
    if spelling(name).startswith("average") and table == "tracts":
        yield name, spelling(name)[-2:]
        return
    yield name, ""


def _without_side(name: str) -> Iterator[tuple[Hemisphere, str]]:
    if found := _BEFORE.fullmatch(name):
        yield _side(found[1]), found[2]
    if found := _AFTER.fullmatch(name):
        yield _side(found[2]), found[1]
    if found := _GLUED.fullmatch(name):
        yield _side(found[1]), found[2]
    yield "midline", name


def _side(text: str) -> Hemisphere:
    return "left" if text.lower() in _LEFT else "right"


def _chosen(
    column: str, matches: Sequence[tuple[Row, Hemisphere, str]], votes: Mapping[str, int], table: str
) -> Region | None:
    if not matches:
        return _own(column, table) if table in FREE_NAMES else None
    row, hemisphere, measure = min(
        matches, key=lambda match: (-votes.get(match[0]["atlas"], 0), PREFERRED.index(match[0]["atlas"]))
    )
    measure = measure or row["measure"] or _told_by_atlas(row["atlas"], table)
    structure = row["structure"]
    return Region(
        column, _identifier(structure, hemisphere), structure, row["atlas"], row["kind"], hemisphere,
        measure, _unit(measure, table), row["lobe"] or "", row["name_en"], row["name_zh"],
    )  # fmt: skip


def _told_by_atlas(atlas: str, table: str) -> str:
    """Segmented structures are volumes unless their table is of something else."""
    return "volume" if atlas == "aseg" and table in ("cortex", "subcortex") else ""


def _own(column: str, table: str) -> Region:
    """A region only the site knows; its side is still read off its name."""
    rest, measure = next(_without_measure(_COPY.sub("", column), table))
    # `LDLPFC` stays as it is: a site's own name may well begin with an L.
    readings = _without_side(rest)
    hemisphere, stem = next(
        (side, stem) for side, stem in readings if side == "midline" or not _GLUED.fullmatch(rest)
    )
    structure = spelling(stem)
    return Region(
        column, _identifier(structure, hemisphere), structure, OWN, "region", hemisphere, measure,
        _unit(measure, table), "", stem, stem,
    )  # fmt: skip


def _identifier(structure: str, hemisphere: Hemisphere) -> str:
    return {"left": "L_", "right": "R_"}.get(hemisphere, "") + structure


def _unit(measure: str, table: str) -> str:
    for row in facts("region_measures"):
        if row["measure"] == measure and row["table"] in (table, "cortex", "subcortex"):
            return row["unit"] or ""
    return ""


@cache
def _endings(table: str) -> tuple[tuple[str, str], ...]:
    """Endings that name a measure, longest first; a table's own measures first."""
    pairs = [
        (ending, str(row["measure"]), row["table"] != table)
        for row in facts("region_measures")
        for ending in (row["endings"] or "").split(";")
        if ending and (row["table"] == table or row["table"] in ("cortex", "subcortex"))
    ]
    pairs.sort(key=lambda pair: (pair[2], -len(pair[0])))
    return tuple((ending, measure) for ending, measure, _ in pairs)


@cache
def _index() -> Mapping[tuple[bool, str], tuple[Row, ...]]:
    """Whether the name carries a side, and its spelling -> rows of the catalogue."""
    index: dict[tuple[bool, str], dict[tuple[str, str], Row]] = {}
    by_structure = {(row["atlas"], row["structure"]): row for row in facts("regions")}
    names = [(row, row["written"], row["sides"]) for row in facts("regions")]
    for alias in facts("region_aliases"):
        row = by_structure[alias["atlas"], alias["structure"]]
        names.append((row, alias["alias"], alias["sides"] or row["sides"]))
    for row, name, sides in names:
        for sided in {"both": (True,), "midline": (False,), "any": (True, False)}[sides]:
            index.setdefault((sided, spelling(name)), {})[row["atlas"], row["structure"]] = row
    return {key: tuple(rows.values()) for key, rows in index.items()}
