"""Spectroscopy: a row per voxel, metabolite and session, with what says how good the spectrum is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.sources.synthetic.brain import MOST_SCANS, with_brains
from opentrs.sources.synthetic.brain_scans import REFERENCE_AGE, ages, norms, region_values
from opentrs.sources.synthetic.layers import Array, Block, Layered, labels
from opentrs.sources.synthetic.parameters import Parameters

TABLE = "spectroscopy"
# A poor spectrum: a line three times as wide, bounds three times as high, values twice as scattered.
POOR_WIDTH, POOR_BOUND, POOR_SCATTER = 3.0, 3.0, np.sqrt(3.0)


@dataclass(frozen=True, slots=True)
class Spectra:
    """``spectroscopy``: metabolites over creatine; the bound is wider where the concentration is low."""

    name: str = TABLE
    needs: tuple[str, ...] = ("people", "illness", "brain_sessions")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return the table, a row per voxel and metabolite of each session that succeeded."""
        parameters, scans = with_brains(block.parameters), block.hidden["brain_scans"]
        at = (scans["person"].to_numpy(), scans["scan"].to_numpy())
        norm = norms(TABLE)
        value = region_values(block, parameters, TABLE, rng)
        quality = _quality(block.size, parameters, rng, at)
        scatter = rng.standard_normal((block.size, MOST_SCANS, value.shape[1]))[at]
        value = value + quality["is_poor"] * POOR_SCATTER * norm.sd * scatter
        value = np.maximum(value, norm.mean / 10)
        bound = quality["bound"] * norm.mean / value
        tissue = _tissue(block, parameters, rng, at)
        done = rng.random((block.size, MOST_SCANS))[at] < parameters["brain_scanned_share"]
        frame = _rows(block, {"value": value.round(4), "crlb_percent": bound.round(1)}, quality, tissue)
        return Layered(tables={TABLE: frame[np.repeat(done, len(norm.columns))].reset_index(drop=True)})


def _voxels() -> tuple[tuple[str, ...], tuple[str, ...], Array]:
    """Voxel and metabolite of each column, and the number of the voxel."""
    pairs = [column.split(": ") for column in norms(TABLE).columns]
    voxels, metabolites = (tuple(part) for part in zip(*pairs, strict=True))
    return voxels, metabolites, norms(TABLE).pair


def _quality(
    size: int, parameters: Parameters, rng: np.random.Generator, at: tuple[Array, Array]
) -> dict[str, Array]:
    """Line width, signal to noise and bound of each column of each session; one spectrum per voxel."""
    _, _, voxel = _voxels()
    shape = (size, MOST_SCANS, voxel.max() + 1)
    width, noise = rng.standard_normal((2, *shape))
    is_poor = rng.random(shape) < parameters["spectrum_poor_share"]
    own = np.exp(parameters["spectrum_crlb_log_sd"] * rng.standard_normal((size, MOST_SCANS, voxel.size)))
    relative_width = np.exp(parameters["spectrum_fwhm_log_sd"] * width) * np.where(is_poor, POOR_WIDTH, 1.0)
    relative_snr = np.exp(0.5 * parameters["spectrum_crlb_log_sd"] * noise) / relative_width
    worse = np.where(is_poor, POOR_BOUND, 1.0)[..., voxel]
    return {
        "is_poor": is_poor[..., voxel][at],
        "bound": (parameters["spectrum_crlb_median"] * own * worse)[at],
        "fwhm_hz": (parameters["spectrum_fwhm_median"] * relative_width)[..., voxel][at].round(2),
        "snr": (parameters["spectrum_snr_median"] * relative_snr)[..., voxel][at].round(1),
    }


def _tissue(
    block: Block, parameters: Parameters, rng: np.random.Generator, at: tuple[Array, Array]
) -> dict[str, Array]:
    """Shares of each voxel: fluid grows with age, grey matter is a share of the tissue; they add up to 1."""
    _, _, voxel = _voxels()
    fluid, grey = rng.standard_normal((2, block.size, MOST_SCANS, voxel.max() + 1))[:, *at]
    years = (ages(block)[:, None] - REFERENCE_AGE) / 10
    mean = parameters["spectrum_csf_fraction"] + parameters["spectrum_csf_per_decade"] * years
    csf = np.clip(mean + parameters["spectrum_csf_sd"] * fluid, 0.0, 0.5).round(3)
    of_tissue = np.clip(parameters["spectrum_gm_of_tissue"] + parameters["spectrum_gm_sd"] * grey, 0.0, 1.0)
    gm = ((1 - csf) * of_tissue).round(3)
    shares = {"gm_fraction": gm, "wm_fraction": (1 - csf - gm).round(3), "csf_fraction": csf}
    return {name: share[:, voxel] for name, share in shares.items()}


def _rows(block: Block, *values: dict[str, Array]) -> pd.DataFrame:
    """Matrices (sessions, columns) as rows of the contract."""
    scans = block.hidden["brain_scans"]
    voxels, metabolites, _ = _voxels()
    person = np.repeat(scans["person"].to_numpy(), len(voxels))
    columns = {name: matrix.ravel() for part in values for name, matrix in part.items()}
    sites = tuple(site.name for site in block.parameters.sites)
    return pd.DataFrame({
        "person": person,
        "region": np.tile(np.asarray(voxels, dtype=object), len(scans)),
        "metabolite": np.tile(np.asarray(metabolites, dtype=object), len(scans)),
        "unit": "ratio to creatine",
        **{name: cells for name, cells in columns.items() if name not in ("is_poor", "bound")},
        "date": np.repeat(scans["day"].to_numpy(), len(voxels)),
        "site": labels(block.latent["site"][person], sites),
    })  # fmt: skip
