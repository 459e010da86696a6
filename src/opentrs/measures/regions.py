"""Scan tables -> a matrix of regions: one spelling per region, one atlas, one measure, in a fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR
from opentrs.cohort.model import Cohort
from opentrs.cohort.tables import TABLES
from opentrs.errors import InputProblemsError, Problem, UsageError
from opentrs.messages import text
from opentrs.reference.region_names import (
    CORTICAL,
    OWN,
    Region,
    circuit_structures,
    default_measure,
    measures_of,
    resolve_regions,
)

KEYS = ("person_id", "date", "visit", "age_years", "site")
# Two columns of one region may differ by rounding in the file; more is a contradiction.
SAME_VALUE = 1e-6


@dataclass(frozen=True)
class RegionTable:
    """Regions of one measure, a row per scan, ordered by person and then by time.

    Parameters
    ----------
    table, measure, unit : what was measured, and in what unit
    atlas : the cortical atlas of ``cortex``, else the atlases joined by ``+``
    person_id : (n,) the person of each scan
    date : (n,) ``datetime64[D]``; NaT where the scan has no date
    visit : (n,) visit as the site calls it, empty where it is not given
    site : (n,) site of the scan, else the person's; empty where neither is known
    age_years : (n,) age at the scan; where it is not given, from birth and scan dates, else age at inclusion
    matrix : (n, p) values, NaN where unknown
    regions : (p,) what the columns are
    icv : (n,) intracranial volume in mm3, NaN where unknown; of ``cortex`` or ``subcortex`` of the same scan
    overall : whole-brain figures of this measure, such as ``L_meanthickness`` -> (n,)
    left_out : columns that are no region of an atlas, of another measure or of another atlas
    """

    table: str
    measure: str
    unit: str
    atlas: str
    person_id: np.ndarray
    date: np.ndarray
    visit: np.ndarray
    site: np.ndarray
    age_years: np.ndarray
    matrix: np.ndarray
    regions: tuple[Region, ...]
    icv: np.ndarray
    overall: Mapping[str, np.ndarray]
    left_out: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the regions, such as ``L_caudalmiddlefrontal``."""
        return tuple(region.id for region in self.regions)

    def members(self, circuit: str, hemisphere: str | None = None) -> np.ndarray:
        """Numbers of the columns that belong to a circuit or named tract, such as ``dlpfc``.

        Parameters
        ----------
        circuit : one of :func:`opentrs.reference.region_names.circuits`
        hemisphere : left or right; both by default

        Raises
        ------
        KeyError : there is no such circuit
        """
        structures = circuit_structures(circuit)
        return np.array([
            at for at, region in enumerate(self.regions)
            if (region.atlas, region.structure) in structures and hemisphere in (None, region.hemisphere)
        ], dtype=np.int64)  # fmt: skip

    def lobe(self, lobe: str) -> np.ndarray:
        """Numbers of the columns of a lobe, such as ``frontal``."""
        return np.array([at for at, region in enumerate(self.regions) if region.lobe == lobe], dtype=np.int64)

    def rows(self, wanted: np.ndarray) -> RegionTable:
        """The scans where ``wanted`` is true, or with these row numbers."""
        columns = ("person_id", "date", "visit", "site", "age_years", "matrix", "icv")
        chosen = {name: getattr(self, name)[wanted] for name in columns}
        overall = {name: values[wanted] for name, values in self.overall.items()}
        return replace(self, **chosen, overall=overall)

    def first_scans(self) -> RegionTable:
        """One scan per person: the earliest by date, else by age at the scan, else by the visit's name."""
        _, first = np.unique(self.person_id, return_index=True)
        return self.rows(np.sort(first))


def regions_of(
    cohort: Cohort, table: str, measure: str | None = None, atlas: str | None = None
) -> RegionTable:
    """Read a scan table as a matrix of regions.

    Spellings of different FreeSurfer versions become one region; where files of a cohort use different
    spellings the values are put together.

    Parameters
    ----------
    cohort : the cohort
    table : ``cortex``, ``subcortex``, ``tracts``, ``perfusion``, ``metabolism`` or ``pet``
    measure : such as ``thickness``, ``area``, ``volume``, ``fa``; the table's usual measure by default
    atlas : of a cortical table that mixes atlases, the one to take; by default the one with most regions

    Raises
    ------
    UsageError : there is no such table or measure
    InputProblemsError : two columns of one region contradict each other
    """
    measure, unit = _measure(table, measure)
    held = cohort.table(table).to_pyarrow().to_pandas()
    resolved = resolved_columns(held.columns, table)
    rows = _with_keys(held, cohort)
    wanted = _of_measure(resolved.values(), measure, table)
    groups = _by_id(_of_one_atlas(wanted, table, atlas))
    overall = _by_id([region for region in wanted if region.kind == "global"])
    used = {region.column for group in (*groups, *overall) for region in group}
    used |= {region.column for region in resolved.values() if region is not None and region.kind == "icv"}
    matrix = np.full((len(rows), len(groups)), np.nan)
    for at, group in enumerate(groups):
        matrix[:, at] = _joined(rows, group, table)
    return RegionTable(
        table=table,
        measure=measure,
        unit=unit,
        atlas="+".join(sorted({group[0].atlas for group in groups})),
        person_id=_texts(rows["person_id"]),
        date=rows["date"].to_numpy().astype("datetime64[D]"),
        visit=_texts(rows["visit"]),
        site=_texts(rows["site"]),
        age_years=rows["age_years"].to_numpy(dtype=float),
        matrix=matrix,
        regions=tuple(replace(group[0], measure=measure, unit=unit) for group in groups),
        icv=_icv(cohort, rows),
        overall={group[0].id: _joined(rows, group, table) for group in overall},
        left_out=tuple(column for column in resolved if column not in used),
    )


def scans_without_regions(
    cohort: Cohort, table: str, measure: str, person_id: Sequence[str], visit: Sequence[str]
) -> RegionTable:
    """Who was scanned when, at what age and where, for maps that are no table of regions.

    Parameters
    ----------
    cohort : the cohort
    table, measure : what the maps are of
    person_id, visit : of each map. Date, age and site are those of the same person and visit in ``cortex`` or
        ``subcortex``, else of the person's only scan there, else the person's own

    Returns
    -------
    a table of no regions, its rows in order of person and time
    """
    keys = pd.DataFrame({"person_id": list(person_id), "visit": list(visit)})
    held = [_scans_of(cohort, each) for each in ("cortex", "subcortex") if each in cohort.holds]
    for scans in held:
        same = scans.drop_duplicates(["person_id", "visit"])
        alone = scans[~scans["person_id"].duplicated(keep=False)].drop(columns="visit")
        for at, by in ((same, ["person_id", "visit"]), (alone, ["person_id"])):
            found = keys[["person_id", "visit"]].merge(at, on=by, how="left")
            for name in ("date", "age_years", "site"):
                keys[name] = keys[name].fillna(found[name]) if name in keys else found[name]
    for name, empty in (("date", pd.NaT), ("age_years", np.nan), ("site", None)):
        keys[name] = keys.get(name, empty)
    rows = _with_keys(keys, cohort)
    return RegionTable(
        table=table, measure=measure, unit=str(measures_of(table)[measure]["unit"] or ""), atlas="",
        person_id=_texts(rows["person_id"]), date=rows["date"].to_numpy().astype("datetime64[D]"),
        visit=_texts(rows["visit"]), site=_texts(rows["site"]),
        age_years=rows["age_years"].to_numpy(dtype=float), matrix=np.empty((len(rows), 0)), regions=(),
        icv=_icv(cohort, rows), overall={},
    )  # fmt: skip


def _scans_of(cohort: Cohort, table: str) -> pd.DataFrame:
    wanted = ("person_id", "visit", "date", "age_years", "site")
    held: pd.DataFrame = cohort.table(table).select(*wanted).to_pyarrow().to_pandas()
    return held.assign(visit=held["visit"].fillna(""))


def resolved_columns(columns: Iterable[str], table: str) -> dict[str, Region | None]:
    """What the columns of a scan table are that the contract does not declare."""
    return resolve_regions([column for column in columns if column not in TABLES[table].by_name], table)


def _measure(table: str, measure: str | None) -> tuple[str, str]:
    """The measure asked for and its unit."""
    known = measures_of(table)
    if not known:
        names = ", ".join(sorted(name for name, spec in TABLES.items() if spec.wide))
        raise UsageError(text("imaging.no_such_table", table=table, tables=names))
    measure = measure or default_measure(table)
    if measure not in known:
        names = ", ".join(known)
        raise UsageError(text("imaging.no_such_measure", measure=measure, table=table, measures=names))
    return measure, str(known[measure]["unit"] or "")


def _of_measure(regions: Iterable[Region | None], measure: str, table: str) -> list[Region]:
    usual = default_measure(table)
    return [region for region in regions if region is not None and (region.measure or usual) == measure]


def _of_one_atlas(regions: Sequence[Region], table: str, atlas: str | None) -> list[Region]:
    """Regions proper; of the cortex those of one atlas only, since two atlases cover it twice."""
    proper = [region for region in regions if region.kind == "region"]
    if table == "cortex":
        proper = [region for region in proper if region.atlas in CORTICAL]
        votes = Counter(region.atlas for region in proper)
        atlas = atlas or (max(sorted(votes), key=lambda name: votes[name]) if votes else None)
    if table == "subcortex":
        proper = [region for region in proper if region.atlas not in ("desikan_killiany", "destrieux")]
    return [region for region in proper if atlas in (None, region.atlas, OWN if table != "cortex" else None)]


def _by_id(regions: Iterable[Region]) -> list[list[Region]]:
    groups: dict[str, list[Region]] = {}
    for region in regions:
        groups.setdefault(region.id, []).append(region)
    return list(groups.values())


def _joined(rows: pd.DataFrame, group: Sequence[Region], table: str) -> np.ndarray:
    """Values of one region from all its spellings; where several are filled they must agree."""
    values = np.column_stack([rows[region.column].to_numpy(dtype=float) for region in group])
    filled = np.isfinite(values).argmax(axis=1)
    first = values[np.arange(len(values)), filled]
    gap = np.abs(values - first[:, None])
    if (gap > SAME_VALUE * np.maximum(np.abs(first[:, None]), 1)).any():
        raise InputProblemsError([region_twice(group, table)])
    return np.asarray(first, dtype=float)


def region_twice(group: Sequence[Region], table: str) -> Problem:
    """Two columns of a table claim to be one region and differ."""
    columns = ", ".join(region.column for region in group)
    params = {"columns": columns, "region": group[0].name_en}
    return Problem("region_twice", table=table, column=group[-1].column, params=params)


def _with_keys(rows: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Scans in order of person and time, with the site and age of the person where the scan has none."""
    people = cohort.people.select("person_id", "site", "age_years", "birth_date").to_pyarrow().to_pandas()
    own = people.set_index("person_id").reindex(rows["person_id"])
    date = pd.to_datetime(rows["date"])
    birth = pd.Series(pd.to_datetime(own["birth_date"]).to_numpy(), index=rows.index)
    given = pd.to_numeric(rows["age_years"])
    computed = (date - birth).dt.days / DAYS_PER_YEAR
    ordering = pd.DataFrame({
        "person_id": rows["person_id"], "date": date, "age": given, "visit": rows["visit"].fillna(""),
    })  # fmt: skip
    order = ordering.sort_values(["person_id", "date", "age", "visit"], kind="stable").index
    inclusion = pd.Series(own["age_years"].to_numpy(dtype=float), index=rows.index)
    site = rows["site"].fillna(pd.Series(own["site"].to_numpy(), index=rows.index))
    keys = {"date": date, "age_years": given.fillna(computed).fillna(inclusion), "site": site}
    return rows.drop(columns=list(keys)).assign(**keys).loc[order].reset_index(drop=True)


def _texts(cells: pd.Series) -> np.ndarray:
    return cells.fillna("").to_numpy(dtype=object).astype(str)


def _icv(cohort: Cohort, rows: pd.DataFrame) -> np.ndarray:
    """Intracranial volume of each scan, from whichever structural table has it."""
    found = np.full(len(rows), np.nan)
    keys = _scan_keys(rows)
    for table in ("subcortex", "cortex"):
        if table not in cohort.holds or not np.isnan(found).any():
            continue
        held = cohort.table(table).to_pyarrow().to_pandas()
        resolved = resolved_columns(held.columns, table).values()
        columns = [region for region in resolved if region is not None and region.kind == "icv"]
        if columns:
            values = pd.Series(_joined(held, columns, table), index=_scan_keys(held))
            values = values[values.notna() & ~values.index.duplicated()]
            found = np.where(np.isnan(found), values.reindex(keys).to_numpy(dtype=float), found)
    return found


def _scan_keys(rows: pd.DataFrame) -> pd.Index:
    """One text per scan, equal in the tables of one session."""
    day = pd.to_datetime(rows["date"]).dt.strftime("%Y-%m-%d").fillna("")
    return pd.Index(rows["person_id"].astype(str) + "\n" + day + "\n" + rows["visit"].fillna("").astype(str))
