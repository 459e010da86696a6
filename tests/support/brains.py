"""People with scans of whom the truth is known: what is planted is an argument, everything else is noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, StageResult

FRONTAL = ("caudalmiddlefrontal", "rostralmiddlefrontal", "superiorfrontal")
THICKNESS = (*FRONTAL, "middletemporal", "superiortemporal", "inferiorparietal", "lateraloccipital",
             "caudalanteriorcingulate")  # fmt: skip
VOLUMES = ("Caudate", "Putamen", "Accumbens-area", "Hippocampus", "Thalamus")
TRACTS = ("CP", "ACR", "EC", "ALIC", "PTR", "SS", "SLF", "UNC")
SCANNED = date(2020, 6, 1)
GROUPS = ("resistant", "responsive", "control")


@dataclass(frozen=True)
class Truth:
    """What is planted, in standard deviations of a region.

    Parameters
    ----------
    effects : region as the table writes it, or ``*`` for all of a table -> group -> shift
    slopes : region -> (column of people, shift per standard deviation of that column)
    longer_illness : years that resistant patients have been ill beyond the others
    """

    effects: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    slopes: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    longer_illness: float = 0.0


def people(n: int, rng: np.random.Generator, truth: Truth, sites: int = 2) -> pd.DataFrame:
    """``n`` people of each group, half of the resistant also resistant to clozapine."""
    group = np.repeat(GROUPS, n)
    size = len(group)
    age = rng.normal(38, 9, size).clip(18, 70)
    duration = rng.gamma(4, 2.5, size) + truth.longer_illness * (group == "resistant")
    frame = pd.DataFrame({
        "person_id": [f"p{number:04d}" for number in rng.permutation(size)], "kind": group,
        "age_years": age, "sex": rng.choice(["F", "M"], size),
        "site": rng.choice(list("ABCDE")[:sites], size), "duration": duration,
        "hallucination": rng.uniform(0, 100, size),
        "delusion": rng.uniform(0, 100, size), "negative": rng.uniform(0, 100, size),
    })  # fmt: skip
    frame["onset_age_years"] = np.where(group == "control", np.nan, (age - duration).clip(1))
    frame["clozapine"] = np.where(group == "resistant", rng.choice(["resistant", "responsive"], size), "")
    return frame


def values(
    frame: pd.DataFrame, names: list[str], rng: np.random.Generator, truth: Truth, mean: float, sd: float
) -> pd.DataFrame:
    """Regions with a site shift, an age slope, what is planted, and noise of one standard deviation."""
    columns = {}
    for name in names:
        z = rng.normal(size=len(frame)) - 0.02 * (frame["age_years"] - 38)
        z = z + (frame["site"] == "B") * 0.5
        for wanted in ("*", name):
            z = z + frame["kind"].map(truth.effects.get(wanted, {})).fillna(0.0).astype(float)
        if name in truth.slopes:
            column, slope = truth.slopes[name]
            score = frame[column]
            z = z + slope * ((score - score.mean()) / score.std()).fillna(0.0)
        columns[name] = mean + sd * z
    return pd.DataFrame(columns)


def study(n: int, seed: int, truth: Truth | None = None, sites: int = 2) -> tuple[Cohort, Results]:
    """A cohort with every modality, and what the stages before would have found."""
    rng, planted = np.random.default_rng(seed), truth or Truth()
    who = people(n, rng, planted, sites)
    sides = ("lh", "rh")
    tables = {
        "cortex": values(who, [f"{side}_{name}_thickness" for side in sides for name in THICKNESS], rng,
                         planted, 2.6, 0.15),
        "subcortex": values(who, [f"{side}-{name}" for side in ("Left", "Right") for name in VOLUMES], rng,
                            planted, 5000, 400),
        "tracts": values(who, ["GCC", "BCC", "SCC", *(f"{name}-{side}" for side in "LR" for name in TRACTS)],
                         rng, planted, 0.5, 0.03),
        "perfusion": values(who, [f"{side}_{name}" for side in sides for name in THICKNESS], rng, planted, 50,
                            6),
        "metabolism": values(
            who, [*(f"{side}_{name}" for side in sides for name in THICKNESS),
                  *(f"{side}-{name}" for side in ("Left", "Right") for name in VOLUMES)],
            rng, planted, 10, 0.5,
        ),
    }  # fmt: skip
    tables["subcortex"]["EstimatedTotalIntraCranialVol"] = rng.normal(1.5e6, 1.2e5, len(who))
    scans = {name: table.assign(person_id=who["person_id"], date=SCANNED, site=who["site"])
             for name, table in tables.items()}  # fmt: skip
    record = who.assign(group=np.where(who["kind"] == "control", "control", "patient"))
    cohort = from_frames({
        "people": record[["person_id", "age_years", "sex", "site", "group", "onset_age_years"]],
        "spectroscopy": spectra(who, rng, planted), **scans,
    })  # fmt: skip
    return cohort, before(who)


def spectra(who: pd.DataFrame, rng: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Glutamate of three voxels, the bound a share of the value, as fitting programs give it."""
    voxels = ["dACC", "striatum", "thalamus"]
    wide = values(who, voxels, rng, truth, 10, 1.2)
    rows = [
        pd.DataFrame({
            "person_id": who["person_id"], "region": voxel, "metabolite": "Glu", "value": wide[voxel],
            "unit": "i.u.", "crlb_percent": 100 * rng.uniform(0.6, 2.2, len(who)) / wide[voxel],
            "gm_fraction": 0.6, "wm_fraction": 0.3, "csf_fraction": 0.1, "date": SCANNED, "site": who["site"],
        })
        for voxel in voxels
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def before(who: pd.DataFrame) -> Results:
    """Verdicts and symptom domains as the earlier stages hand them over."""
    patients = who[who["kind"] != "control"]
    verdicts = pd.DataFrame({
        "person_id": patients["person_id"], "definition": "trrip",
        "verdict": patients["kind"].map({"resistant": "resistant", "responsive": "not_resistant"}),
        "clozapine": patients["clozapine"],
    })  # fmt: skip
    courses = pd.DataFrame({
        "person_id": patients["person_id"], "start_date": "2020-01-01", "end_date": "2020-12-31",
        "dose_cpz_mg_per_day": 300.0 + np.arange(len(patients)), "is_antipsychotic": "yes",
        "is_clozapine": "no",
    })  # fmt: skip
    rated = [
        pd.DataFrame({
            "person_id": patients["person_id"], "date": (SCANNED - timedelta(days=3)).isoformat(),
            "scale": "PANSS", "domain": domain, "pomp": patients[domain],
            "floor": np.where(patients[domain] >= 50, "yes", "no"),
        })
        for domain in ("hallucination", "delusion", "negative")
    ]  # fmt: skip
    return {
        "ascertain": StageResult("ascertain", {"verdicts": verdicts, "courses": courses}),
        "subtype": StageResult("subtype", {"domains": pd.concat(rated, ignore_index=True)}),
    }
