"""The contrasts of groups, and the table of a part: every region, contrast and model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.engine import PERMUTATIONS, Design, compared, compared_repeatedly, designed
from opentrs.mechanism.people import PATIENTS, covariates_of, first_of_each
from opentrs.mechanism.sites import COST_COLUMNS, Harmonised, cost_of
from opentrs.messages import Lang, text
from opentrs.stats.refusal import CannotFitError

MAP_COLUMNS = [
    "region", "contrast", "estimate", "standardised_effect", "se", "ci_low", "ci_high", "p", "p_fwer", "q",
    "n",
    "standardised_low", "standardised_high", "n_first", "n_second", "t", "df", "model", "measure", "unit",
    "hemisphere", "atlas", "lobe", "untestable", "n_first_shared", "n_second_shared", "n_effective",
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


@dataclass(frozen=True, slots=True)
class PartMap:
    """Every region, contrast and model of a measure; the models behind it; what harmonising cost each."""

    table: pd.DataFrame
    models: pd.DataFrame
    costs: pd.DataFrame


CONTRASTS = (
    Contrast("resistant-responsive", "group", ("resistant",), ("responsive",)),
    Contrast("resistant-control", "group", ("resistant",), ("control",)),
    Contrast("responsive-control", "group", ("responsive",), ("control",)),
    Contrast("clozapine_resistant-clozapine_responsive", "clozapine", ("resistant",), ("responsive",)),
    Contrast("patient-control", "group", PATIENTS, ("control",)),
)
BY_NAME = {contrast.name: contrast for contrast in CONTRASTS}


def part_map(
    part: str,
    scans: RegionTable,
    people: pd.DataFrame,
    seed: int,
    lang: Lang,
    permutations: int = PERMUTATIONS,
    harmonised: Harmonised | None = None,
) -> PartMap:
    """Test every contrast in every region, with and without dose, over repeated scans, and harmonised.

    Parameters
    ----------
    scans, people : all scans, and :func:`opentrs.mechanism.people.of_scans` of them
    harmonised : the same scans brought to one scale, if that was asked for
    """
    first = first_of_each(scans)
    maps: list[pd.DataFrame] = []
    models: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    for contrast in CONTRASTS:
        for model in models_of(contrast, len(first) < len(people), harmonised is not None):
            chosen = np.arange(len(people)) if model == "repeated" else first
            source = harmonised.scans if harmonised is not None and model == "harmonised" else scans
            mine, values = people.iloc[chosen].reset_index(drop=True), source.matrix[chosen]
            label = {"part": part, "measure": scans.measure, "contrast": contrast.name, "model": model}
            try:
                if harmonised is not None and model == "harmonised":
                    design, found, cost = _on_one_scale(
                        values, mine, contrast, label, harmonised.is_done[chosen], seed, permutations
                    )
                    costs.append({**label, **cost})
                    note = text("mechanism.harmonised_cost", lang, **_worded(cost))
                else:
                    design, found = _modelled(values, mine, contrast, label, seed, permutations)
                    note = text("mechanism.dose_confounded", lang) if model == "with_dose" else ""
            except CannotFitError as refused:
                models.append({**label, "ran": "no", "reason": refused.sentence(lang)})
                continue
            maps.append(_described(found, scans, design, values, mine, label))
            models.append({**counted(design, mine), **label, "ran": "yes", "reason": "", "note": note})
    return PartMap(
        _table(maps, MAP_COLUMNS),
        pd.DataFrame(models, columns=MODEL_COLUMNS),
        pd.DataFrame(costs, columns=COST_COLUMNS),
    )


def models_of(contrast: Contrast, has_repeats: bool, is_harmonised: bool = False) -> tuple[str, ...]:
    """Dose is asked beside the main model only among patients: it follows from how ill they are."""
    extra = () if contrast.has_controls else ("with_dose",)
    repeated = ("repeated",) if has_repeats else ()
    return ("main", *extra, *repeated, *(("harmonised",) if is_harmonised else ()))


def _modelled(
    values: np.ndarray, people: pd.DataFrame, contrast: Contrast, label: dict[str, str], seed: int,
    permutations: int,
) -> tuple[Design, pd.DataFrame]:  # fmt: skip
    model = label["model"]
    wanted = (*covariates_of(label["measure"]), *(["dose"] if model == "with_dose" else []))
    design = designed(people, contrast.membership(people), wanted)
    if model == "with_dose" and "dose" not in design.adjusted_for:
        raise CannotFitError("dose_not_known")
    if model == "repeated":
        return design, compared_repeatedly(values, design, list(people["person_id"]))
    return design, compared(values, design, seed=seed, permutations=permutations)


def _on_one_scale(
    values: np.ndarray, people: pd.DataFrame, contrast: Contrast, label: dict[str, str],
    is_done: np.ndarray, seed: int, permutations: int,
) -> tuple[Design, pd.DataFrame, dict[str, Any]]:  # fmt: skip
    """A comparison of harmonised values without sites, its errors widened by what the design hides."""
    member = np.where(is_done, contrast.membership(people), np.nan)
    design = designed(people, member, covariates_of(label["measure"]), with_site=False)
    cost = cost_of(design, people)
    found = compared(
        values, design, seed=seed, permutations=permutations, variance_ratio=max(1.0, cost.variance_ratio)
    )
    return design, found, {
        "variance_ratio": cost.variance_ratio, "false_positives_uncorrected": cost.false_positives,
        "level": cost.level, "n_people": cost.n_people, "n_at_sites_of_one_group": cost.n_one_group,
        "n_sites": int(people["site"].iloc[design.rows].nunique()),
    }  # fmt: skip


def _worded(cost: dict[str, Any]) -> dict[str, Any]:
    return {
        "ratio": f"{cost['variance_ratio']:.2f}",
        "false": f"{100 * cost['false_positives_uncorrected']:.0f}",
        "level": f"{100 * cost['level']:.0f}",
        "alone": cost["n_at_sites_of_one_group"],
        "n": cost["n_people"],
    }


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
        **_shared(measured, group, people["site"].to_numpy(dtype=object).astype(str)[design.rows], design),
        **{name: label[name] for name in ("contrast", "model", "measure")},
    )


def _persons(measured: np.ndarray, person: np.ndarray, wanted: np.ndarray) -> list[int]:
    return [len(set(person[wanted & column])) for column in measured.T]


def _shared(measured: np.ndarray, group: np.ndarray, site: np.ndarray, design: Design) -> dict[str, Any]:
    """Scans at sites that saw both groups, and what the comparison within sites is worth.

    ``n_effective`` is the sum over sites of n1 n2 / (n1 + n2): 1 over the variance of an effect within sites,
    in units of the residual variance. Sites that saw one group add nothing to it.
    """
    strata = site if "site" in design.adjusted_for else np.full(len(site), "")
    first, second, effective = (np.zeros(measured.shape[1]) for _ in range(3))
    for one in np.unique(strata):
        here = measured[strata == one]
        n1, n2 = ((here & (group[strata == one] == g)[:, None]).sum(axis=0) for g in (1, 0))
        both = (n1 > 0) & (n2 > 0)
        first, second = first + n1 * both, second + n2 * both
        effective += np.where(both, n1 * n2 / np.maximum(n1 + n2, 1), 0.0)
    return {
        "n_first_shared": first.astype(int), "n_second_shared": second.astype(int), "n_effective": effective,
    }  # fmt: skip


def counted(design: Design, people: pd.DataFrame) -> dict[str, Any]:
    """Who takes part in a model, and what it adjusts for."""
    group, person = design.matrix[:, 1], people["person_id"].to_numpy()[design.rows]
    return {
        "n_first": len(set(person[group == 1])), "n_second": len(set(person[group == 0])),
        "n_left_out": design.left_out, "adjusted_for": ", ".join(design.adjusted_for),
        "not_adjusted_for": ", ".join(design.not_adjusted_for),
    }  # fmt: skip


def enigma_export(table: pd.DataFrame) -> pd.DataFrame:
    """Effect, standard error and n per region as consortia pool them: d from t, for the main model.

    With one site d is t sqrt(1/n1 + 1/n2). With several, only sites that saw both groups tell the effect, so
    the numbers are theirs, and 1/n1 + 1/n2 is what they make together.

    Returns
    -------
    columns named as in the ENIGMA summary tables; ``patients`` are the first group of the contrast
    """
    main = table[(table["model"] == "main") & (table["untestable"] == "")]
    names = ("n_first_shared", "n_second_shared", "n_effective")
    n1, n2, effective = (main[name].to_numpy(dtype=float) for name in names)
    d = main["t"].to_numpy(dtype=float) / np.sqrt(effective)
    return pd.DataFrame({
        "Structure": main["region"].to_numpy(), "measure": main["measure"].to_numpy(),
        "contrast": main["contrast"].to_numpy(), "d_icv": d,
        "se_icv": np.sqrt(1 / effective + d**2 / (2 * (n1 + n2))),
        "n_controls": n2.astype(int), "n_patients": n1.astype(int),
    })[[*ENIGMA_COLUMNS[:1], "measure", *ENIGMA_COLUMNS[1:]]]  # fmt: skip
