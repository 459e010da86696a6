"""The review's own questions, each a row with estimate, interval, p and n, beside what was published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.contrasts import BY_NAME, Contrast
from opentrs.mechanism.engine import PERMUTATIONS, Array, Design, compared, designed, partial_correlation
from opentrs.mechanism.literature import beside
from opentrs.mechanism.people import covariates_of
from opentrs.mechanism.scatter import partial_residuals
from opentrs.messages import Lang, text
from opentrs.stats.refusal import CannotFitError

NAMED_COLUMNS = [
    "test", "part", "review_row", "region", "contrast", "quantity", "estimate", "ci_low", "ci_high", "p",
    "p_fwer", "n", "n_first", "n_second", "unit", "method", "adjusted_for", "review_says", "source_says",
    "source", "checked", "published_effect", "expected_direction", "agrees_in_direction", "agrees_in_size",
    "note",
]  # fmt: skip
GROUP_METHOD = "adjusted difference / residual SD, noncentral t; max-T over the rows of the test"
ASSOCIATION_METHOD = "partial correlation, Fisher z; max-T over the rows of the test"
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """First scans of one measure with the people they belong to.

    Parameters
    ----------
    part : name of the part
    scans : one row per person
    people : the same rows, of :func:`opentrs.mechanism.people.of_scans`
    """

    part: str
    scans: RegionTable
    people: pd.DataFrame
    lang: Lang = "en"
    seed: int = DEFAULT_SEED
    permutations: int = PERMUTATIONS

    def composite(
        self, circuit: str, hemisphere: str | None = None, combine: Callable[[Array], Array] | None = None
    ) -> Array | None:
        """Mean over a circuit's regions (or ``combine``); unknown where any of them is; None without any."""
        return self.over(self.scans.members(circuit, hemisphere), combine)

    def over(self, columns: Array, combine: Callable[[Array], Array] | None = None) -> Array | None:
        """Mean, or ``combine``, over columns of the scan table."""
        if not len(columns):
            return None
        chosen = self.scans.matrix[:, columns]
        return np.asarray(combine(chosen) if combine else chosen.mean(axis=1), dtype=float)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Age, sex, and the volume of the head where the measure grows with it."""
        return covariates_of(self.scans.measure)


@dataclass(frozen=True, slots=True)
class Asked:
    """One named test over one or several regions, which are its family for ``p_fwer``.

    Parameters
    ----------
    test : name of the test; its rows of ``imaging_effects.csv`` are ``test`` or ``test.region``
    values : region -> (n,) value of each person; None where the scan table lacks the regions
    tested : (n,) 0 and 1, or a severity, NaN for people who are not asked
    quantity : ``d`` or ``partial_r``
    covariates : columns of people
    note : what must be said beside the number
    """

    test: str
    values: Mapping[str, Array | None]
    tested: Array
    contrast: str
    covariates: tuple[str, ...]
    quantity: str = "d"
    note: str = ""
    more: Mapping[str, Array] = field(default_factory=dict)


def answered(measured: Measured, asked: Asked) -> list[dict[str, Any]]:
    """Rows of a test; one that cannot be made says why, and its numbers are empty."""
    there = {name: column for name, column in asked.values.items() if column is not None}
    rows = [_silent(measured, asked, name, text("mechanism.no_regions", measured.lang))
            for name in asked.values if name not in there]  # fmt: skip
    if not there:
        return rows
    try:
        people = measured.people.assign(**asked.more)
        design = designed(people, _where_measured(asked.tested, there), asked.covariates)
        found = compared(
            np.column_stack(list(there.values())), design, seed=measured.seed,
            permutations=measured.permutations,
        )  # fmt: skip
    except CannotFitError as refused:
        return rows + [_silent(measured, asked, name, refused.sentence(measured.lang)) for name in there]
    return rows + _rows(measured, asked, design, found, list(there), np.column_stack(list(there.values())))


def _where_measured(tested_column: Array, there: Mapping[str, Array]) -> Array:
    """Only people of whom any region is known count as asked."""
    known = np.any([np.isfinite(column) for column in there.values()], axis=0)
    return np.where(known, tested_column, np.nan)


def _rows(
    measured: Measured,
    asked: Asked,
    design: Design,
    found: pd.DataFrame,
    regions: Sequence[str],
    values: Array,
) -> list[dict[str, Any]]:
    rows = []
    r, r_low, r_high = partial_correlation(found["t"].to_numpy(), found["df"].to_numpy())
    for at, region in enumerate(regions):
        one = found.iloc[at]
        numbers = (
            (one["standardised_effect"], one["standardised_low"], one["standardised_high"])
            if asked.quantity == "d"
            else (r[at], r_low[at], r_high[at])
        )
        known = np.isfinite(values[design.rows, at])
        group = design.matrix[known, 1]
        two = asked.quantity == "d"
        rows.append(
            named_row(
                measured, asked.test, region, asked.contrast, asked.quantity, numbers, float(one["p"]),
                int(one["n"]), p_fwer=float(one["p_fwer"]),
                n_first=int((group == 1).sum()) if two else None,
                n_second=int((group == 0).sum()) if two else None,
                method=GROUP_METHOD if two else ASSOCIATION_METHOD,
                adjusted_for=", ".join(design.adjusted_for),
                note=_note(measured, asked, design, str(one["untestable"])),
            )
        )  # fmt: skip
    return rows


def _note(measured: Measured, asked: Asked, design: Design, untestable: str) -> str:
    said = [asked.note] if asked.note else []
    if untestable:
        said.append(text(f"mechanism.{untestable}", measured.lang))
    if design.not_adjusted_for:
        missing = ", ".join(design.not_adjusted_for)
        said.append(text("mechanism.not_adjusted_for", measured.lang, covariates=missing))
    if design.left_out:
        said.append(text("mechanism.left_out", measured.lang, n=design.left_out))
    return " ".join(said)


def named_row(
    measured: Measured, test: str, region: str, contrast: str, quantity: str,
    numbers: tuple[float, float, float], p: float, n: int, *, p_fwer: float | None = None,
    n_first: int | None = None, n_second: int | None = None, unit: str = "", method: str = "",
    adjusted_for: str = "", note: str = "", literature: str = "",
) -> dict[str, Any]:  # fmt: skip
    """One row of ``named_tests``, with what is published beside it."""
    estimate, low, high = (float(number) for number in numbers)
    units = {"d": "standard deviations", "partial_r": "correlation"}
    return {
        "test": test, "part": measured.part, "region": region, "contrast": contrast, "quantity": quantity,
        "estimate": estimate, "ci_low": low, "ci_high": high, "p": p,
        "p_fwer": np.nan if p_fwer is None else p_fwer, "n": n,
        "n_first": np.nan if n_first is None else n_first,
        "n_second": np.nan if n_second is None else n_second,
        "unit": unit or units[quantity], "method": method, "adjusted_for": adjusted_for, "note": note,
        **beside(literature or f"{test}.{region}", estimate, low, high, measured.lang),
    }  # fmt: skip


def _silent(measured: Measured, asked: Asked, region: str, why: str) -> dict[str, Any]:
    nothing = (np.nan, np.nan, np.nan)
    return named_row(
        measured, asked.test, region, asked.contrast, asked.quantity, nothing, np.nan, 0, note=why
    )


def group_test(
    measured: Measured,
    test: str,
    values: Mapping[str, Array | None],
    contrast: str | Contrast,
    note: str = "",
) -> list[dict[str, Any]]:
    """A named difference of two groups in one or several regions."""
    chosen = BY_NAME[contrast] if isinstance(contrast, str) else contrast
    member = chosen.membership(measured.people)
    return answered(measured, Asked(test, values, member, chosen.name, measured.covariates, note=note))


def association_test(
    measured: Measured, test: str, values: Mapping[str, Array | None], severity: str,
    partialled: Sequence[str], among: Array, contrast: str, note: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """A named partial correlation with a severity, other symptoms partialled out, among some people.

    A row that has a number carries what draws it: ``_points`` (person_id, severity, value), ``_df``,
    ``_symptom`` and ``_unit``.
    """
    score = np.where(among, measured.people[severity].to_numpy(dtype=float), np.nan)
    covariates = (*measured.covariates, *partialled)
    asked = Asked(test, values, score, contrast, covariates, "partial_r", note)
    return [_with_points(measured, asked, severity, row) for row in answered(measured, asked)]


def _with_points(measured: Measured, asked: Asked, severity: str, row: dict[str, Any]) -> dict[str, Any]:
    values = asked.values[row["region"]]
    if values is None or not np.isfinite(row["estimate"]):
        return row
    design = designed(measured.people, np.where(np.isfinite(values), asked.tested, np.nan), asked.covariates)
    x, y = partial_residuals(values[design.rows], design)
    points = pd.DataFrame({
        "person_id": measured.people["person_id"].to_numpy()[design.rows], "severity": x, "value": y,
    })  # fmt: skip
    df = len(x) - np.linalg.matrix_rank(design.matrix)
    return {**row, "_points": points, "_df": float(df), "_symptom": severity, "_unit": measured.scans.unit}


def with_matrix(measured: Measured, matrix: Array, unit: str) -> Measured:
    """The same people with other values, such as those scaled to a reference region."""
    return replace(measured, scans=replace(measured.scans, matrix=matrix, unit=unit))
