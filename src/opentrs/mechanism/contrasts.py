"""The contrasts of groups, and the table of a part: every region, contrast and model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.engine import PERMUTATIONS, Design, compared, compared_repeatedly, designed
from opentrs.mechanism.people import PATIENTS
from opentrs.messages import Lang, text
from opentrs.stats.permutation import group_effect
from opentrs.stats.refusal import CannotFitError

# Volumes and areas grow with the head; thickness does not.
WITH_ICV = ("volume", "area")
MAP_COLUMNS = [
    "region", "contrast", "estimate", "standardised_effect", "se", "ci_low", "ci_high", "p", "p_fwer", "q",
    "n",
    "standardised_low", "standardised_high", "n_first", "n_second", "t", "df", "model", "measure", "unit",
    "hemisphere", "atlas", "lobe", "untestable",
]  # fmt: skip
MODEL_COLUMNS = [
    "part", "measure", "contrast", "model", "ran", "n_first", "n_second", "n_left_out", "adjusted_for",
    "not_adjusted_for", "reason", "note",
]  # fmt: skip
ENIGMA_COLUMNS = ["Structure", "contrast", "d_icv", "se_icv", "n_controls", "n_patients"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """First group minus second."""

    name: str
    column: str
    first: tuple[str, ...]
    second: tuple[str, ...]

    def membership(self, people: pd.DataFrame) -> np.ndarray:
        """1 in the first group, 0 in the second, NaN for everybody else."""
        label = people[self.column].to_numpy(dtype=object)
        is_first, is_second = np.isin(label, self.first), np.isin(label, self.second)
        return np.select([is_first, is_second], [1.0, 0.0], np.nan)

    @property
    def has_controls(self) -> bool:
        """Whether doses and durations have no meaning in one of the groups."""
        return "control" in self.second


CONTRASTS = (
    Contrast("resistant-responsive", "group", ("resistant",), ("responsive",)),
    Contrast("resistant-control", "group", ("resistant",), ("control",)),
    Contrast("responsive-control", "group", ("responsive",), ("control",)),
    Contrast("clozapine_resistant-clozapine_responsive", "clozapine", ("resistant",), ("responsive",)),
    Contrast("patient-control", "group", PATIENTS, ("control",)),
)
BY_NAME = {contrast.name: contrast for contrast in CONTRASTS}


def covariates_of(measure: str) -> tuple[str, ...]:
    """Age and sex; intracranial volume for what grows with the head."""
    return ("age", "is_male", *(["icv"] if measure in WITH_ICV else []))


def first_of_each(scans: RegionTable) -> np.ndarray:
    """Row numbers of each person's first scan; scans are in order of person and time."""
    return np.unique(scans.person_id, return_index=True)[1]


def part_map(
    part: str,
    scans: RegionTable,
    people: pd.DataFrame,
    seed: int,
    lang: Lang,
    permutations: int = PERMUTATIONS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test every contrast in every region, with and without dose, and over repeated scans.

    Parameters
    ----------
    scans, people : all scans, and :func:`opentrs.mechanism.people.of_scans` of them

    Returns
    -------
    the table of the part, and one row for each model that ran or could not
    """
    first = first_of_each(scans)
    maps: list[pd.DataFrame] = []
    models: list[dict[str, Any]] = []
    for contrast in CONTRASTS:
        for model in models_of(contrast, len(first) < len(people)):
            chosen = np.arange(len(people)) if model == "repeated" else first
            mine, values = people.iloc[chosen].reset_index(drop=True), scans.matrix[chosen]
            wanted = (*covariates_of(scans.measure), *(["dose"] if model == "with_dose" else []))
            label: dict[str, str] = {
                "part": part,
                "measure": scans.measure,
                "contrast": contrast.name,
                "model": model,
            }
            try:
                design = designed(mine, contrast.membership(mine), wanted)
                if model == "with_dose" and "dose" not in design.adjusted_for:
                    raise CannotFitError("dose_not_known")
                if model == "repeated":
                    found = compared_repeatedly(values, design, list(mine["person_id"]))
                else:
                    found = compared(values, design, seed=seed, permutations=permutations)
            except CannotFitError as refused:
                models.append({**label, "ran": "no", "reason": refused.sentence(lang)})
                continue
            maps.append(_described(found, scans, design, values, mine, label))
            note = text("mechanism.dose_confounded", lang) if model == "with_dose" else ""
            models.append({**_counted(design, mine), **label, "ran": "yes", "reason": "", "note": note})
    return _table(maps, MAP_COLUMNS), pd.DataFrame(models, columns=MODEL_COLUMNS)


def models_of(contrast: Contrast, has_repeats: bool) -> tuple[str, ...]:
    """Dose is asked beside the main model only among patients: it follows from how ill they are."""
    extra = () if contrast.has_controls else ("with_dose",)
    return ("main", *extra, *(("repeated",) if has_repeats else ()))


def _table(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _described(
    found: pd.DataFrame, scans: RegionTable, design: Design, values: np.ndarray, people: pd.DataFrame,
    label: dict[str, str],
) -> pd.DataFrame:  # fmt: skip
    regions = scans.regions
    group = design.matrix[:, 1]
    person = people["person_id"].to_numpy()[design.rows]
    measured = np.isfinite(values[design.rows])
    return found.assign(
        region=[region.id for region in regions],
        hemisphere=[region.hemisphere for region in regions],
        atlas=[region.atlas for region in regions],
        lobe=[region.lobe for region in regions],
        unit=scans.unit,
        n_first=_persons(measured, person, group == 1),
        n_second=_persons(measured, person, group == 0),
        **{name: label[name] for name in ("contrast", "model", "measure")},
    )


def _persons(measured: np.ndarray, person: np.ndarray, wanted: np.ndarray) -> list[int]:
    return [len(set(person[wanted & column])) for column in measured.T]


def _counted(design: Design, people: pd.DataFrame) -> dict[str, Any]:
    group, person = design.matrix[:, 1], people["person_id"].to_numpy()[design.rows]
    return {
        "n_first": len(set(person[group == 1])), "n_second": len(set(person[group == 0])),
        "n_left_out": design.left_out, "adjusted_for": ", ".join(design.adjusted_for),
        "not_adjusted_for": ", ".join(design.not_adjusted_for),
    }  # fmt: skip


def enigma_export(table: pd.DataFrame) -> pd.DataFrame:
    """Effect, standard error and n per region as consortia pool them: d from t, for the main model.

    Returns
    -------
    columns named as in the ENIGMA summary tables; ``patients`` are the first group of the contrast
    """
    main = table[(table["model"] == "main") & (table["untestable"] == "")]
    n1, n2 = (main[name].to_numpy(dtype=float) for name in ("n_first", "n_second"))
    d = group_effect(main["t"].to_numpy(dtype=float), main["df"].to_numpy(dtype=float), n1, n2).d
    return pd.DataFrame({
        "Structure": main["region"].to_numpy(), "measure": main["measure"].to_numpy(),
        "contrast": main["contrast"].to_numpy(), "d_icv": d,
        "se_icv": np.sqrt(1 / n1 + 1 / n2 + d**2 / (2 * (n1 + n2))),
        "n_controls": n2.astype(int), "n_patients": n1.astype(int),
    })[[*ENIGMA_COLUMNS[:1], "measure", *ENIGMA_COLUMNS[1:]]]  # fmt: skip
