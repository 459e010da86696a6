"""The tables of placing people among healthy ones: per person, per region, per group and contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.mechanism.contrasts import CONTRASTS
from opentrs.mechanism.engine import LEAST_IN_GROUP, Array, designed
from opentrs.messages import Lang
from opentrs.stats.permutation import fit
from opentrs.stats.refusal import CannotFitError

# Beyond this deviate lie 2.5% of healthy people on each side.
LIMIT = 1.96
QUANTITIES = ("below", "above", "beyond")
SOURCE = "10.1371/journal.pone.0278776"
METHOD = "difference of means within sites, HC3; controls placed by curves of other controls"
GROUP_METHOD = "mean over people, t interval"
NORM_COLUMNS = [
    "part", "measure", "norms", "contrast", "quantity", "estimate", "ci_low", "ci_high", "p", "n", "n_first",
    "n_second", "n_without", "n_regions", "adjusted_for", "unit", "method", "source", "reason",
]  # fmt: skip
NORM_PEOPLE_COLUMNS = [
    "person_id", "group", "site", "part", "measure", "norms", "n_regions", "percent_below", "percent_above",
    "percent_beyond", "mean_z",
]  # fmt: skip
NORM_SITE_COLUMNS = [
    "part", "measure", "norms", "site", "n_people", "n_controls", "n_placed", "how", "why",
]  # fmt: skip


def of_people(z: Array, people: pd.DataFrame, label: dict[str, str]) -> pd.DataFrame:
    """Percent of each person's regions below, above and beyond the usual."""
    told = np.isfinite(z)
    n = told.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (100 * (told & side).sum(axis=1) / n for side in (z < -LIMIT, z > LIMIT))
        mean = np.where(told, z, 0).sum(axis=1) / n
    return pd.DataFrame({
        "person_id": people["person_id"], "group": people["group"], "site": people["site"], **label,
        "n_regions": n, "percent_below": below, "percent_above": above, "percent_beyond": below + above,
        "mean_z": mean,
    })[NORM_PEOPLE_COLUMNS]  # fmt: skip


def of_regions(z: Array, people: pd.DataFrame, regions: Sequence[str]) -> pd.DataFrame:
    """z of every region, a row a person."""
    keys = people[["person_id", "group"]].reset_index(drop=True)
    return pd.concat([keys, pd.DataFrame(z, columns=list(regions))], axis=1)


def compared_shares(
    shares: pd.DataFrame, people: pd.DataFrame, label: dict[str, str], n_without: int, n_regions: int,
    lang: Lang,
) -> pd.DataFrame:  # fmt: skip
    """Mean percent of each group, and the difference of groups in every contrast."""
    shared = {**label, "n_without": n_without, "n_regions": n_regions, "source": SOURCE}
    rows = [{**shared, **row} for quantity in QUANTITIES for row in _groups(shares, quantity)]
    for contrast in CONTRASTS:
        for quantity in QUANTITIES:
            values = shares[f"percent_{quantity}"].to_numpy(dtype=float)
            found = _difference(values, people, contrast.membership(people), lang)
            rows.append({**shared, "contrast": contrast.name, "quantity": quantity, **found})
    return norm_table(rows)


def norm_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of ``normative`` with counts as whole numbers, whatever a row could not say left empty."""
    empty = {"reason": "", "adjusted_for": "", "contrast": "", "quantity": ""}
    counts = dict.fromkeys(("n", "n_first", "n_second", "n_without", "n_regions"), "Int64")
    numbers = dict.fromkeys(("estimate", "ci_low", "ci_high", "p"), "float64")
    filled = [{**empty, **row} for row in rows]
    return pd.DataFrame(filled, columns=NORM_COLUMNS).astype({**counts, **numbers})


def _groups(shares: pd.DataFrame, quantity: str) -> list[dict[str, Any]]:
    rows = []
    for group, mine in shares.groupby("group", sort=True):
        values = mine[f"percent_{quantity}"].dropna().to_numpy(dtype=float)
        if len(values) < LEAST_IN_GROUP:
            continue
        reach = stats.t.isf(0.025, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        rows.append({
            "contrast": str(group), "quantity": quantity, "estimate": values.mean(),
            "ci_low": values.mean() - reach, "ci_high": values.mean() + reach, "n": len(values),
            "unit": "percent of regions", "method": GROUP_METHOD,
        })  # fmt: skip
    return rows


def _difference(values: Array, people: pd.DataFrame, member: Array, lang: Lang) -> dict[str, Any]:
    try:
        design = designed(people, np.where(np.isfinite(values), member, np.nan), ())
        column = values[design.rows][:, None]
        if np.ptp(column) == 0:
            raise CannotFitError("shares_alike")
        found = fit(column, design.matrix, design.contrast, errors="hc3")
    except CannotFitError as refused:
        return {"unit": "percent points", "method": METHOD, "reason": refused.sentence(lang)}
    low, high = found.interval()
    first = int((design.matrix[:, 1] == 1).sum())
    return {
        "estimate": float(found.effect[0]), "ci_low": float(low[0]), "ci_high": float(high[0]),
        "p": float(found.p[0]), "n": len(design.rows), "n_first": first,
        "n_second": len(design.rows) - first, "adjusted_for": ", ".join(("age", "is_male", "site")),
        "unit": "percent points", "method": METHOD,
    }  # fmt: skip
