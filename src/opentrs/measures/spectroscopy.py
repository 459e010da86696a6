"""Spectroscopy: which measurements are good enough, and values corrected for the tissue in the voxel.

A limit on the relative Cramér-Rao bound (percent of the value) throws out low values rather than bad ones: at
one and the same noise a small concentration has a large percentage. So both filters are offered, and analyses
show values filtered and unfiltered.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from opentrs.reference.load import facts

Correction = Literal["none", "csf", "alpha", "water"]
GROUP = ("region", "metabolite", "unit")


def settings() -> dict[str, float]:
    """Shipped limits and water densities by name."""
    return {str(row["name"]): float(row["value"]) for row in facts("spectroscopy")}


def with_quality(rows: pd.DataFrame, crlb_percent_most: float | None = None) -> pd.DataFrame:
    """Mark which measurements pass, by the relative and by the absolute bound.

    Parameters
    ----------
    rows : the table ``spectroscopy``
    crlb_percent_most : limit in percent; the shipped one by default

    Returns
    -------
    the rows with ``crlb_absolute`` (in the value's unit), ``passes_relative`` (bound at most the limit) and
    ``passes_absolute`` (absolute bound at most the limit taken of the median value of that region,
    metabolite and unit); unknown where the bound is not known
    """
    limit = settings()["crlb_percent_most"] if crlb_percent_most is None else crlb_percent_most
    out = rows.copy()
    value, bound = out["value"].astype(float), out["crlb_percent"].astype(float)
    out["crlb_absolute"] = bound / 100 * value.abs()
    median = value.abs().groupby([out[column] for column in GROUP], dropna=False).transform("median")
    out["passes_relative"] = _answer(bound <= limit, bound.notna())
    out["passes_absolute"] = _answer(
        out["crlb_absolute"] <= limit / 100 * median, out["crlb_absolute"].notna()
    )
    return out


def corrected(rows: pd.DataFrame, how: Correction) -> pd.Series:
    """Values corrected for the tissue in the voxel; unknown where the fractions are unknown or do not add up.

    Parameters
    ----------
    rows : the table ``spectroscopy``; fractions of grey and white matter and cerebrospinal fluid
    how : ``csf`` divides by the share of tissue; ``alpha`` divides by grey plus alpha times white matter and
        is scaled to the mean voxel of the region (Harris 2015, 10.1002/jmri.24903); ``water`` takes values
        scaled to water as if the voxel were all water, multiplies by the water the tissue really holds and
        divides by the share of tissue (Gasparovic 2006, 10.1002/mrm.20901, without relaxation)
    """
    value = rows["value"].astype(float)
    if how == "none":
        return value
    facts_ = settings()
    gm, wm, csf = (rows[f"{tissue}_fraction"].astype(float) for tissue in ("gm", "wm", "csf"))
    sound = (gm + wm + csf - 1).abs() <= facts_["fraction_tolerance"]
    tissue = gm + wm
    if how == "csf":
        out = value / tissue
    elif how == "alpha":
        alpha = facts_["alpha"]
        mean = {
            name: part.where(sound).groupby(rows["region"]).transform("mean")
            for name, part in (("g", gm), ("w", wm))
        }
        scale = (mean["g"] + alpha * mean["w"]) / (mean["g"] + mean["w"])
        out = value * scale / (gm + alpha * wm)
    else:
        water = facts_["water_gm"] * gm + facts_["water_wm"] * wm + facts_["water_csf"] * csf
        out = value * water / tissue
    return out.where(sound & (tissue > 0)).replace([np.inf, -np.inf], np.nan)


def _answer(passes: pd.Series, known: pd.Series) -> pd.Series:
    return passes.astype("boolean").where(known)
