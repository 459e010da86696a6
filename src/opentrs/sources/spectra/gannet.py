"""Gannet: the table ``MRS_struct_..._vox1.csv``, a row a scan and several columns a metabolite.

Its fit error is the residual over the height of the peak (Edden 2014, doi:10.1002/jmri.24478), which is no
Cramér-Rao bound and is kept apart from one. What it calls GABA holds macromolecules: GABA+.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence

from opentrs.errors import Problem
from opentrs.sources.spectra.records import CREATINE, WATER, Reading, Spectrum

FILE_COLUMN = "Filename"
# Ending of a column -> unit, reference, correction, and the fit error that belongs to it.
QUANTITIES = {
    "_ConcCr": ("/Cr", CREATINE, "none", "_FitError_Cr"),
    "_ConcIU": ("i.u.", WATER, "none", "_FitError_W"),
    "_ConcIU_CSFcorr": ("i.u.", WATER, "csf", "_FitError_W"),
    "_ConcIU_TissCorr": ("i.u.", WATER, "water", "_FitError_W"),
    "_ConcIU_AlphaTissCorr": ("i.u.", WATER, "alpha", "_FitError_W"),
}
NAMES = {"GABA": "GABA+"}


def is_gannet(header: Sequence[str]) -> bool:
    """Whether a header is that of Gannet's table."""
    return FILE_COLUMN in header and any(name.endswith(("_ConcCr", "_ConcIU")) for name in header)


def read(text: str, file: str, person_of: Callable[[str], str], region: str) -> Reading:
    """Read Gannet's table.

    Parameters
    ----------
    person_of : tells a person from the path of a raw file
    """
    rows = list(csv.reader(text.splitlines()))
    header = [cell.strip() for cell in rows[0]]
    spectra: list[Spectrum] = []
    problems: list[Problem] = []
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            problems.append(Problem("mrs_line_broken", "error", file, line))
            continue
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        spectra += _of_scan(cells, person_of(cells[FILE_COLUMN]), region, line)
    return Reading(spectra, problems)


def _of_scan(cells: dict[str, str], person: str, region: str, line: int) -> list[Spectrum]:
    found = []
    for column in cells:
        ending = next((each for each in QUANTITIES if column.endswith(each)), None)
        if ending is None:
            continue
        name = column.removesuffix(ending)
        unit, reference, correction, error = QUANTITIES[ending]
        width = cells.get("NAA_FWHM", cells.get(f"{name}_FWHM", ""))
        found.append(
            Spectrum(
                person, region, NAMES.get(name, name), cells[column], unit, reference, correction, line,
                column, fit_error_percent=cells.get(name + error, ""),
                fwhm_hz=width, snr=cells.get(f"{name}_SNR", ""),
                gm_fraction=cells.get("fGM", ""), wm_fraction=cells.get("fWM", ""),
                csf_fraction=cells.get("fCSF", ""),
            )
        )  # fmt: skip
    return found
