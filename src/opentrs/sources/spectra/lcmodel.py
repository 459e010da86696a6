"""LCModel: the concentration table of ``.table`` and ``.coord`` files, and the one-line ``.csv``.

A line of the table gives concentration, bound in percent of it, ratio, and name (Provencher 1993,
doi:10.1002/mrm.1910300604). A metabolite that was not found stands there as 0 with a bound of 999%.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from opentrs.errors import Problem
from opentrs.sources.spectra.records import CREATINE, OTHER, WATER, Reading, Spectrum

TABLE_MARK = "in following concentration table"
MISC_MARK = "in following misc. output table"
_ROW = re.compile(
    r"\s*(?P<conc>[-+]?[\d.]+(?:E[-+]?\d+)?)\s+(?P<sd>\d+)%\s+(?P<ratio>[-+]?[\d.]+(?:E[-+]?\d+)?)\s*\+?"
    r"(?P<name>\S+)\s*",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*Conc\.\s+%SD\s+(?P<ratio>/\S+)\s+Metabolite\s*", re.IGNORECASE)
_MISC = re.compile(r"FWHM\s*=\s*(?P<fwhm>[\d.]+)\s*ppm\s+S/N\s*=\s*(?P<snr>[\d.]+)", re.IGNORECASE)
_FIELD = re.compile(r"hzpppm\s*=\s*(?P<mhz>[\d.]+(?:E[-+]?\d+)?)", re.IGNORECASE)
_WATER_SCALED = re.compile(r"dows\s*=\s*\.?T", re.IGNORECASE)
CSV_FIRST = ("row", "col")
_CREATINE = re.compile(r"/(t?cr|p?cr\+p?cr)", re.IGNORECASE)


def is_table(lines: Sequence[str]) -> bool:
    """Whether lines hold LCModel's concentration table."""
    return any(TABLE_MARK in line for line in lines)


def is_csv(header: Sequence[str]) -> bool:
    """Whether a header is that of LCModel's own CSV: row, column, then three columns a metabolite."""
    names = [cell.strip().lower() for cell in header]
    return tuple(names[:2]) == CSV_FIRST and any(name.endswith("%sd") for name in names[2:])


def read_table(text: str, file: str, person: str, region: str) -> Reading:
    """Read a ``.table`` or ``.coord`` file: one scan, a line a metabolite.

    The line width is given in ppm, and becomes hertz where the file names the field (``hzpppm``).
    """
    lines = text.splitlines()
    misc = next((found for line in lines if (found := _MISC.search(line))), None)
    field = _FIELD.search(text)
    fwhm = f"{float(misc['fwhm']) * float(field['mhz']):.4g}" if misc and field else ""
    snr = misc["snr"] if misc else ""
    problems = []
    if misc and not field:
        problems.append(Problem("mrs_width_in_ppm", "note", file, params={"fwhm": misc["fwhm"]}))
    scale = WATER if _WATER_SCALED.search(text) else OTHER
    start = next(number for number, line in enumerate(lines) if TABLE_MARK in line)
    ratio, spectra = "/Cr+PCr", []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        header = _HEADER.fullmatch(line)
        if header:
            ratio = header["ratio"]
        elif not line.strip() or line.startswith("$$") or MISC_MARK in line:
            break
        elif (row := _ROW.fullmatch(line)) is None:
            problems.append(Problem("mrs_line_broken", "error", file, number))
        else:
            quality = {"crlb_percent": row["sd"], "fwhm_hz": fwhm, "snr": snr}
            who = (person, region, row["name"])
            spectra.append(Spectrum(*who, row["conc"], "i.u.", scale, "none", number, "Conc.", **quality))
            spectra.append(
                Spectrum(*who, row["ratio"], ratio, reference_of(ratio), "none", number, ratio, **quality)
            )
    return Reading(spectra, problems)


def read_csv(text: str, file: str, person: str, region: str) -> Reading:
    """Read LCModel's CSV: a header, and one line for a single voxel.

    Further lines are voxels of an image, of which nobody can tell whose region they are; they are refused.
    """
    rows = [row for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)]
    header, body = [cell.strip() for cell in rows[0]], rows[1:]
    if len(body) != 1:
        return Reading((), [Problem("mrs_many_voxels", "error", file, 2, params={"n": len(body)})])
    cells = dict(zip(header, (cell.strip() for cell in body[0]), strict=False))
    spectra = []
    for name in header[2:]:
        if f"{name} %SD" not in cells:
            continue
        bound = cells[f"{name} %SD"]
        who = (person, region, name)
        spectra.append(Spectrum(*who, cells[name], "i.u.", OTHER, "none", 2, name, crlb_percent=bound))
        for column in (each for each in header if each.startswith(f"{name}/")):
            unit = column[len(name) :]
            spectra.append(
                Spectrum(*who, cells[column], unit, reference_of(unit), "none", 2, column, crlb_percent=bound)
            )
    return Reading(spectra)


def reference_of(unit: str) -> str:
    """What a ratio such as ``/Cr+PCr`` is relative to."""
    return CREATINE if _CREATINE.match(unit) else OTHER
