"""What a spectroscopy program says of one metabolite in one scan, before it is a row of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from opentrs.errors import Problem
from opentrs.sources.batches import Batch, text_frame

CREATINE, WATER, OTHER = "creatine", "water", "other"


@dataclass(frozen=True, slots=True)
class Spectrum:
    """One value as text, with what is known of its quality; an empty text is unknown.

    Parameters
    ----------
    reference : ``water``, ``creatine`` or ``other``
    tissue_correction : what the program corrected for: ``none``, ``csf``, ``water`` or ``alpha``
    line : line of the file the value stands on
    column : column of the file it stands in
    """

    person_id: str
    region: str
    metabolite: str
    value: str
    unit: str
    reference: str
    tissue_correction: str
    line: int
    column: str
    crlb_percent: str = ""
    fit_error_percent: str = ""
    fwhm_hz: str = ""
    snr: str = ""
    gm_fraction: str = ""
    wm_fraction: str = ""
    csf_fraction: str = ""


@dataclass(frozen=True)
class Reading:
    """What a file gave: its spectra, or why it gave none."""

    spectra: Sequence[Spectrum]
    problems: Sequence[Problem] = field(default_factory=tuple)


COLUMNS = tuple(each.name for each in fields(Spectrum) if each.name not in ("line", "column"))


def as_batch(spectra: Sequence[Spectrum]) -> Batch:
    """Spectra as rows of text in the contract's columns, each remembering its line and column."""
    return Batch(
        text_frame({name: [getattr(each, name) for each in spectra] for name in COLUMNS}),
        np.array([each.line for each in spectra], dtype=np.int64),
        origin={"value": np.array([each.column for each in spectra], dtype=object)},
    )
