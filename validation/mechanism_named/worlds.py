"""Made-up people and scans for the named tests: the tables the stage reads, filled anew in every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from opentrs.cohort.build import from_frames
from opentrs.measures.regions import RegionTable, regions_of
from opentrs.mechanism.named import Measured
from opentrs.mechanism.parts import activity, cortex, spectroscopy, subcortex, tracts
from opentrs.reference.region_names import Region

# About the numbers of the studies the review cites; a half of the resistant responds to clozapine.
SIZES = {"resistant": 60, "responsive": 65, "control": 80}
SHARED = 0.3  # correlation of any two regions of a person
FRONTAL = ("caudalmiddlefrontal", "rostralmiddlefrontal", "superiorfrontal")
CORTEX = (*FRONTAL, "middletemporal", "superiortemporal", "inferiorparietal", "lateraloccipital")
DEEP = ("Caudate", "Putamen", "Accumbens-area", "Hippocampus", "Thalamus")
TRACTS = ("GCC", "BCC", "SCC", *(f"{name}-{side}" for side in "LR"
          for name in ("CP", "ACR", "EC", "ALIC", "PTR", "SS", "SLF", "UNC")))  # fmt: skip
BOTH = ("lh", "rh")
AREAS = tuple(f"{side}_{name}" for side in BOTH for name in CORTEX)
SIDES = tuple(f"{side}-{name}" for side in ("Left", "Right") for name in DEEP)
VOXELS = ("dACC", "striatum", "thalamus", "dlpfc")
Tests = Callable[[Measured], list[dict[str, Any]]]


@dataclass(frozen=True)
class Part:
    """One part: its columns, what is planted in them (standard deviations of a column), and its tests.

    Parameters
    ----------
    resistant, clozapine_resistant : part of a column's name -> shift of that group
    slopes : part of a column's name -> (symptom, shift for one standard deviation of it)
    """

    name: str
    measure: str
    columns: tuple[str, ...]
    mean: float
    sd: float
    tests: Tests
    resistant: Mapping[str, float]
    clozapine_resistant: Mapping[str, float]
    slopes: Mapping[str, tuple[str, float]]


def _cortex(measured: Measured) -> list[dict[str, Any]]:
    with patch.object(cortex, "duration_rows", lambda *_: []):  # it has a study of its own
        return [*cortex.thickness_tests(measured), *cortex.hallucination_tests(measured)]


def _metabolism(measured: Measured) -> list[dict[str, Any]]:
    return activity.metabolism_tests(replace(measured, scans=activity.relative(measured.scans)))


PARTS = (
    # A shift of .31 in every region is the published one of .523 in their mean.
    Part("cortex", "thickness", tuple(f"{area}_thickness" for area in AREAS), 2.6, 0.15,
         _cortex,
         {"": -0.31}, {}, {"lh_caudal": ("hallucination", -0.3), "lh_rostral": ("hallucination", -0.3),
                           "lh_middle": ("hallucination", -0.3), "lh_superiort": ("hallucination", -0.3)}),
    Part("subcortex", "volume", SIDES, 5000, 400, subcortex.volume_tests,
         {"Hippocampus": -0.37, "Left-Thalamus": -0.5}, {}, {}),
    Part("tracts", "fa", TRACTS, 0.5, 0.03, tracts.tract_tests, {"": -0.28}, {}, {}),
    Part("perfusion", "cbf", AREAS, 50, 6, activity.perfusion_tests, {}, {"frontal": -0.4},
         {"rh_caudal": ("negative", -0.35), "rh_rostral": ("negative", -0.35)}),
    Part("metabolism", "uptake", (*AREAS, *SIDES), 10, 0.8, _metabolism, {"frontal": -0.4, "Caudate": 0.4,
         "Putamen": 0.4, "Accumbens": 0.4}, {"Caudate": 0.4, "Putamen": 0.4, "Accumbens": 0.4,
                                             "Thalamus": 0.5, "frontal": -0.4}, {}),
)  # fmt: skip


def people(rng: np.random.Generator, times: int) -> pd.DataFrame:
    """Rows as the stage describes scanned people; ``times`` the numbers of :data:`SIZES`."""
    group = np.repeat(list(SIZES), [n * times for n in SIZES.values()])
    n = group.size
    age, duration = rng.normal(38, 9, n).clip(18, 70), rng.gamma(3, 3, n)
    is_patient, resistant = group != "control", group == "resistant"
    scores = {name: np.where(is_patient, rng.uniform(0, 100, n), np.nan)
              for name in ("hallucination", "delusion", "negative")}  # fmt: skip
    # Resistant patients hear voices oftener, and symptoms go together a little.
    scores["negative"] = 0.8 * scores["negative"] + 0.2 * scores["delusion"]
    hears = np.where(scores["hallucination"] >= np.where(resistant, 30, 60), "yes", "no")
    return pd.DataFrame({
        "person_id": [f"p{at:07d}" for at in range(n)], "group": group,
        "clozapine": np.where(resistant, np.where(np.arange(n) % 2, "resistant", "responsive"), ""),
        "is_male": (rng.random(n) < 0.6).astype(float), "family": "", "age": age,
        "site": rng.choice(["A", "B"], n), "icv": rng.normal(1.5e6, 1.2e5, n),
        "duration": np.where(is_patient, duration, np.nan), **scores,
        "hallucinating": np.where(is_patient, hears, ""),
    })  # fmt: skip


def values(part: Part, who: pd.DataFrame, rng: np.random.Generator, planted: bool) -> np.ndarray:
    """A matrix of the part's columns, with age, sex, site and head size in it."""
    n, columns = len(who), part.columns
    of_all, own = rng.standard_normal((n, 1)), rng.standard_normal((n, len(columns)))
    z = np.sqrt(SHARED) * of_all + np.sqrt(1 - SHARED) * own
    known = -0.02 * (who["age"] - 38) + 0.2 * who["is_male"] + 0.5 * (who["site"] == "B")
    if part.name == "subcortex":
        known = known + 0.5 * (who["icv"] - 1.5e6) / 1.2e5
    z += known.to_numpy()[:, None]
    resistant, to_clozapine = ((who[name] == "resistant").to_numpy() for name in ("group", "clozapine"))
    if planted:
        for at, column in enumerate(columns):
            z[:, at] += _shift(part.resistant, column) * resistant
            z[:, at] += _shift(part.clozapine_resistant, column) * to_clozapine
            for name, (symptom, slope) in part.slopes.items():
                if name in column:
                    z[:, at] += slope * ((who[symptom] - 50) / 29).fillna(0).to_numpy()
    return part.mean + part.sd * z


def _shift(planted: Mapping[str, float], column: str) -> float:
    return sum(shift for name, shift in planted.items() if name in column)


@cache
def template(name: str, measure: str, columns: tuple[str, ...]) -> RegionTable:
    """A table as the stage reads it from a cohort, to be filled."""
    few = pd.DataFrame({"person_id": ["a", "b"]})
    table = pd.DataFrame(np.ones((2, len(columns))), columns=list(columns))
    rows = table.assign(person_id=few["person_id"].to_numpy(), date=date(2020, 6, 1), site="A")
    held = from_frames({"people": few[["person_id"]], name: rows})
    return regions_of(held, name, measure)


def filled(part: Part, who: pd.DataFrame, matrix: np.ndarray) -> RegionTable:
    """The part's table with these people and values in the order of its regions."""
    empty = template(part.name, part.measure, part.columns)
    order = [part.columns.index(region.column) for region in empty.regions]
    n = len(who)
    return replace(
        empty, person_id=who["person_id"].to_numpy(dtype=object), date=np.full(n, empty.date[0]),
        visit=np.full(n, "", dtype=object), site=who["site"].to_numpy(dtype=object),
        age_years=who["age"].to_numpy(), matrix=matrix[:, order], icv=who["icv"].to_numpy(), overall={},
    )  # fmt: skip


CIRCUIT = Part(
    "spectroscopy", spectroscopy.ALL, VOXELS, 10, 1.2, lambda measured: [], {"dACC": 0.76},
    {"striatum": 0.5, "thalamus": -0.5, "dlpfc": 0.5}, {},
)  # fmt: skip


def spectra(who: pd.DataFrame, matrix: np.ndarray) -> RegionTable:
    """Glutamate of four voxels as the stage puts it into a table."""
    n = len(who)
    return RegionTable(
        "spectroscopy", spectroscopy.ALL, "", "own", who["person_id"].to_numpy(dtype=object),
        np.full(n, np.datetime64("2020-06-01", "D")), np.full(n, "", dtype=object),
        who["site"].to_numpy(dtype=object), who["age"].to_numpy(), matrix,
        tuple(_voxel(name) for name in VOXELS), np.full(n, np.nan), {},
    )  # fmt: skip


def _voxel(name: str) -> Region:
    place, own = spectroscopy.place_of(name), f"{name}: Glu"
    return Region(own, own, place, "own", "region", "both", spectroscopy.ALL, "", place, own, own)


def coupling(measured: Measured, rng: np.random.Generator, planted: bool) -> list[dict[str, Any]]:
    """The tests of glutamate, with cingulate thickness that follows it by r = -.3 where that is planted."""
    glutamate, n = measured.scans.matrix[:, 0], len(measured.people)
    noise = rng.standard_normal(n)
    follows = -0.31 * (glutamate - glutamate.mean()) / glutamate.std() if planted else 0.0
    part = Part("cortex", "thickness", ("lh_caudalanteriorcingulate_thickness",), 2.6, 0.15,
                lambda measured: [], {}, {}, {})  # fmt: skip
    matrix = (part.mean + part.sd * (noise + follows))[:, None]
    thickness = filled(part, measured.people, matrix)
    context: Any = SimpleNamespace(cohort=SimpleNamespace(holds={"cortex"}))
    with patch.object(spectroscopy, "regions_of", lambda cohort, table, measure: thickness):
        return spectroscopy.glutamate_tests(context, measured, "")
