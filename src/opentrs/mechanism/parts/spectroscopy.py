"""Glutamate by spectroscopy: quality filter, tissue correction, groups, and coupling with thickness.

A relative Cramér-Rao bound is an error over a concentration: a cut-off on it keeps high concentrations and
drops low ones (Kreis 2016, doi:10.1002/mrm.25568), and may so make a group difference or take one away.
Every test is therefore made on all voxels and on those that pass, and both are shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from opentrs.cohort.days import DAYS_PER_YEAR, iso_date
from opentrs.measures.regions import RegionTable, regions_of
from opentrs.measures.spectroscopy import correction_done, reference_of
from opentrs.mechanism.engine import Array
from opentrs.mechanism.frame import Context, Part, PartOutcome, first_scans, mapped_part
from opentrs.mechanism.literature import setting
from opentrs.mechanism.named import Asked, Measured, answered, group_test
from opentrs.mechanism.parts.spectra_variants import main_rows, variants
from opentrs.mechanism.people import of_scans
from opentrs.messages import Lang, text
from opentrs.reference.metabolites import canonical_metabolite
from opentrs.reference.region_names import Region
from opentrs.subtype.parts import PartSkipped

# Voxels are named by hand; these words place them.
PLACES = {
    "anterior_cingulate": r"acc\b|anterior cing|mid cing|\bmcc\b",
    "striatum": r"striat|caudate|putamen|basal gang|accumb",
    "thalamus": r"thalam",
    "frontal": r"dlpfc|mpfc|\bpfc\b|frontal",
}
GLUTAMATE = ("Glu", "Glx")
CIRCUIT = ("striatum", "thalamus", "frontal")
ALL, PASSING = "all_voxels", "passing_voxels"
KEYS = ["person_id", "date", "region", "metabolite"]
CLOZAPINE = "clozapine_resistant-clozapine_responsive"


def run(context: Context) -> PartOutcome:
    """Map every voxel and metabolite, filtered and not, and ask the questions of glutamate."""
    everything = spectra(context)
    rows = fluid_corrected(main_rows(everything))
    limit = setting("crlb_limit_percent")
    passing = rows[(rows["crlb_percent"] <= limit)]
    tables = {ALL: voxel_table(context, rows, ALL)}
    if len(passing):
        tables[PASSING] = voxel_table(context, passing, PASSING)
    note = filter_note(rows, limit, context.lang)
    named = {
        measure: (lambda measured, said=said: glutamate_tests(context, measured, said))
        for measure, said in ((ALL, ""), (PASSING, note))
        if measure in tables
    }
    found = mapped_part(context, "spectroscopy", tables, named)
    under_choices = variants(everything, partial(_asked, context), _is_cingulate_glutamate, context.lang)
    return replace(found, beside={**found.beside, "spectroscopy_variants": under_choices})


def spectra(context: Context) -> pd.DataFrame:
    """Rows with a value, metabolites under one name each.

    Raises
    ------
    PartSkipped : no row has a value
    """
    rows = context.cohort.table("spectroscopy").to_pyarrow().to_pandas()
    rows = rows[rows["value"].notna()].reset_index(drop=True)
    if rows.empty:
        raise PartSkipped(text("mechanism.no_known_region", context.lang, table="spectroscopy"))
    rows["date"] = pd.to_datetime(rows["date"])
    rows["value"] = rows["value"].astype(float)
    rows["metabolite"] = rows["metabolite"].map(lambda name: canonical_metabolite(str(name)) or str(name))
    return pd.DataFrame(rows)


def fluid_corrected(rows: pd.DataFrame) -> pd.DataFrame:
    """Cerebrospinal fluid taken out of concentrations.

    A concentration refers to the whole voxel, of which fluid holds next to none of the metabolite, so it is
    divided by the share of tissue. A ratio to creatine needs none, and neither does a value its program has
    corrected. A concentration without its fluid share stays as it is.
    """
    tissue = 1 - pd.to_numeric(rows["csf_fraction"]).astype(float)
    needs = (reference_of(rows) != "creatine") & (correction_done(rows) == "none")
    usable = tissue.where((tissue > 0) & needs).fillna(1.0)
    return rows.assign(value=rows["value"] / usable)


def _asked(context: Context, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The questions of glutamate on some rows, without permutations: one choice is no family of tests."""
    scans = voxel_table(context, rows, ALL)
    people = of_scans(scans, context.people, context.results)
    measured = replace(first_scans(context, "spectroscopy", scans, people), permutations=1)
    return glutamate_tests(context, measured, "")


def _is_cingulate_glutamate(rows: pd.DataFrame) -> pd.Series:
    placed = rows["region"].map(lambda voxel: place_of(str(voxel)) == "anterior_cingulate")
    first = next((name for name in GLUTAMATE if (placed & (rows["metabolite"] == name)).any()), "")
    return placed & (rows["metabolite"] == first)


def filter_note(rows: pd.DataFrame, limit: float, lang: Lang) -> str:
    """How many voxels the filter drops, and how many have no bound at all."""
    crlb = pd.to_numeric(rows["crlb_percent"])
    above, blank = int((crlb > limit).sum()), int(crlb.isna().sum())
    return text("mechanism.crlb_filter", lang, limit=f"{limit:g}", above=above, blank=blank, n=len(rows))


def voxel_table(context: Context, rows: pd.DataFrame, measure: str) -> RegionTable:
    """One row per person and day, one column per voxel and metabolite; values of one day are averaged."""
    keyed = rows.assign(day=rows["date"].map(lambda day: "" if pd.isna(day) else iso_date(_day(day))))
    sites = keyed.fillna({"site": ""}).groupby(["person_id", "day"])["site"].first()
    wide = keyed.pivot_table("value", ["person_id", "day"], ["region", "metabolite"], "mean").sort_index()
    person = wide.index.get_level_values("person_id").to_numpy(dtype=object).astype(str)
    day = pd.to_datetime(wide.index.get_level_values("day").to_series().replace("", None)).to_numpy()
    people = context.cohort.people.select("person_id", "site", "age_years", "birth_date")
    own = people.to_pyarrow().to_pandas().set_index("person_id").reindex(person)
    birth = pd.to_datetime(own["birth_date"]).to_numpy()
    by_dates = pd.Series((day - birth) / np.timedelta64(1, "D") / DAYS_PER_YEAR)
    age = by_dates.fillna(pd.Series(own["age_years"].to_numpy(dtype=float)))
    site = sites.reindex(wide.index).to_numpy(dtype=object)
    return RegionTable(
        "spectroscopy", measure, _one_unit(rows), "own", person, day.astype("datetime64[D]"),
        np.full(len(person), "", dtype=object),
        np.where(site == "", own["site"].fillna("").to_numpy(dtype=object), site).astype(str),
        age.to_numpy(dtype=float), wide.to_numpy(dtype=float),
        tuple(_region(str(voxel), str(metabolite), measure) for voxel, metabolite in _pairs(wide)),
        np.full(len(person), np.nan), {},
    )  # fmt: skip


def _one_unit(rows: pd.DataFrame) -> str:
    """The unit of the values, where they have but one."""
    units = set(rows["unit"].fillna("").astype(str))
    return units.pop() if len(units) == 1 else ""


def _pairs(wide: pd.DataFrame) -> list[tuple[str, str]]:
    return [(pair[0], pair[1]) for pair in wide.columns.to_flat_index()]


def _day(stamp: Any) -> int:
    return int((pd.Timestamp(stamp) - pd.Timestamp(0)).days)


def _region(voxel: str, metabolite: str, measure: str) -> Region:
    name = f"{voxel}: {metabolite}"
    return Region(
        name, name, place_of(voxel), "own", "region", "both", measure, "", place_of(voxel), name, name
    )


def place_of(voxel: str) -> str:
    """The structure a voxel's name speaks of; the name itself where none is known."""
    plain = re.sub(r"[^a-z0-9]+", " ", voxel.lower())
    if "posterior" in plain:
        return voxel
    return next((place for place, words in PLACES.items() if re.search(words, plain)), voxel)


def glutamate_columns(scans: RegionTable, places: Sequence[str]) -> Array:
    """Columns of glutamate in these places; glutamate with glutamine where it was not told apart."""
    found: dict[str, list[int]] = {}
    for at, region in enumerate(scans.regions):
        metabolite = region.id.rsplit(": ", 1)[1]
        if region.structure in places and metabolite in GLUTAMATE:
            found.setdefault(metabolite, []).append(at)
    first = next((name for name in GLUTAMATE if name in found), None)
    return np.array(found[first] if first else [], dtype=np.int64)


def glutamate_tests(context: Context, measured: Measured, note: str) -> list[dict[str, Any]]:
    """Anterior cingulate by resistance, the circuit by response to clozapine, coupling with thickness."""
    suffix = "filtered" if measured.scans.measure == PASSING else "unfiltered"
    cingulate = measured.over(glutamate_columns(measured.scans, ["anterior_cingulate"]), _mean)
    circuit = {place: measured.over(glutamate_columns(measured.scans, [place]), _mean) for place in CIRCUIT}
    return [
        *group_test(
            measured, f"glutamate_{suffix}", {"anterior_cingulate": cingulate}, "resistant-responsive", note
        ),
        *group_test(measured, f"glutamate_clozapine_{suffix}", circuit, CLOZAPINE, note),
        *_coupling(context, measured, cingulate, f"glutamate_thickness_{suffix}", note),
    ]  # fmt: skip


def _mean(values: Array) -> Array:
    """Mean over voxels of one place; over those known, since few people have several."""
    known = np.isfinite(values)
    return np.where(known.any(axis=1), np.nansum(values, axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def _coupling(
    context: Context, measured: Measured, glutamate: Array | None, test: str, note: str
) -> list[dict[str, Any]]:
    """Anterior cingulate thickness with glutamate among resistant patients."""
    thickness = None
    if "cortex" in context.cohort.holds and glutamate is not None:
        scans = regions_of(context.cohort, "cortex", "thickness").first_scans()
        columns = scans.members("anterior_cingulate")
        if len(columns):
            mean = pd.Series(scans.matrix[:, columns].mean(axis=1), index=scans.person_id)
            thickness = mean.reindex(measured.people["person_id"]).to_numpy(dtype=float)
    resistant = (measured.people["group"] == "resistant").to_numpy()
    score = np.where(resistant, np.nan if glutamate is None else glutamate, np.nan)
    asked = Asked(test, {"anterior_cingulate": thickness}, score, "resistant", ("age", "is_male"),
                  "partial_r", note)  # fmt: skip
    return answered(measured, asked)


PART = Part("spectroscopy", frozenset({"spectroscopy"}), run)
