"""Spectroscopy: which measurements are good enough, and values corrected for the tissue in the voxel.

A limit on the relative Cramér-Rao bound (percent of the value) throws out low values rather than bad ones: at
one and the same noise a small concentration has a large percentage. So both filters are offered, and analyses
show values filtered and unfiltered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.reference.metabolites import canonical_metabolite

Correction = Literal["none", "csf", "alpha", "water", "molal"]
TISSUES = ("gm", "wm", "csf")
FRACTIONS_KNOWN = tuple(f"{tissue}_fraction" for tissue in TISSUES)
# Units of a ratio to creatine, where a table does not say what its values are relative to.
_RATIO = re.compile(r"/\s*t?p?cr|ratio", re.IGNORECASE)
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
        divides by the share of tissue; ``molal`` is the whole correction of a water reference: the mole
        fractions of the water of each tissue with its relaxation, over the share of water that is not
        fluid (Gasparovic 2006, 10.1002/mrm.20901; Near 2021, 10.1002/nbm.4257). Relaxation is left out
        where echo and repetition times are not known; a factor equal in everybody is left out too, so that
        ``molal`` compares people and is no absolute concentration
    """
    value = rows["value"].astype(float)
    if how == "none":
        return value
    facts_ = settings()
    gm, wm, csf = (rows[f"{tissue}_fraction"].astype(float) for tissue in ("gm", "wm", "csf"))
    sound = (gm + wm + csf - 1).abs() <= facts_["fraction_tolerance"]
    tissue = gm + wm
    if how == "molal":
        out = value * molal_factor(rows)
    elif how == "csf":
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


def molal_factor(rows: pd.DataFrame) -> pd.Series:
    """What a value scaled to the voxel's water signal is multiplied by to refer to the water of tissue.

    (sum over tissues of f R) / ((1 - f_fluid) R_metabolite), with f the share of the voxel's water that each
    tissue holds, and R = (1 - exp(-TR / T1)) exp(-TE / T2) what relaxation leaves of a signal, 1 where echo
    or repetition time is not known.
    """
    facts_ = settings()
    water = {
        tissue: facts_[f"water_{tissue}"] * rows[f"{tissue}_fraction"].astype(float) for tissue in TISSUES
    }
    whole = water["gm"] + water["wm"] + water["csf"]
    signal = sum((water[tissue] / whole * _left(rows, "water", tissue, "water_") for tissue in TISSUES),
                 start=pd.Series(0.0, index=rows.index))  # fmt: skip
    out_of_fluid = 1 - water["csf"] / whole * (1 - facts_["metabolite_in_csf"])
    substance = rows["metabolite"].map(lambda name: canonical_metabolite(str(name)) or str(name))
    own = (_left(rows, substance, "gm", "") + _left(rows, substance, "wm", "")) / 2
    return signal / (out_of_fluid * own)


def _left(rows: pd.DataFrame, substance: str | pd.Series, tissue: str, prefix: str) -> pd.Series:
    """Share of a signal that relaxation leaves."""
    named = pd.Series(substance, index=rows.index) if isinstance(substance, str) else substance
    times = _relaxation()
    t1, t2 = (
        named.map(lambda name, which=which: times.get((name, tissue, which), times["other", "gm", which]))
        for which in ("t1", "t2")
    )
    te, tr = (_column(rows, f"{prefix}{time}_ms") for time in ("te", "tr"))
    left = pd.Series((1 - np.exp(-tr / t1)) * np.exp(-te / t2), index=rows.index)
    return left.where(te.notna() & tr.notna(), 1.0)


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    if name not in rows:
        return pd.Series(np.nan, index=rows.index)
    return pd.to_numeric(rows[name]).astype(float)


@cache
def _relaxation() -> Mapping[tuple[str, str, str], float]:
    return {
        (str(row["substance"]), str(row["tissue"]), str(row["time"])): float(row["ms"])
        for row in facts("relaxation")
    }


def reference_of(rows: pd.DataFrame) -> pd.Series:
    """What values are relative to (``water``, ``creatine``, ``other``), by the unit where it is not said."""
    said = rows["reference"] if "reference" in rows else pd.Series(None, index=rows.index, dtype="object")
    ratio = rows["unit"].fillna("").str.contains(_RATIO)
    return said.fillna(pd.Series(np.where(ratio, "creatine", "other"), index=rows.index))


def correction_done(rows: pd.DataFrame) -> pd.Series:
    """What the program that wrote each value corrected it for; ``none`` where nothing is said."""
    if "tissue_correction" not in rows:
        return pd.Series("none", index=rows.index)
    return rows["tissue_correction"].fillna("none")


def passes_shape(rows: pd.DataFrame) -> pd.Series:
    """Whether line width and signal to noise are both known and good enough, whatever the value is."""
    facts_ = settings()
    width, noise = _column(rows, "fwhm_hz"), _column(rows, "snr")
    return (width <= facts_["fwhm_hz_most"]) & (noise >= facts_["snr_least"])
