"""Checks of spectra as a whole table: what was not fitted, bounds, fractions, references, two scans a day."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from opentrs.cohort.store import BAD, FILE, LINE, ROW
from opentrs.reference.load import facts
from opentrs.reference.metabolites import canonical_metabolite
from opentrs.sources.problem_log import Params
from opentrs.sources.spectra.read import TABLE
from opentrs.sources.whole_checks import WholeTable

# LCModel prints this bound where it found nothing.
NOT_FITTED_PERCENT = 999.0
FRACTIONS = ("gm_fraction", "wm_fraction", "csf_fraction")
RowParams = Callable[[int], Params] | None
KEY = ("person_id", "date", "region", "metabolite", "unit", "reference", "tissue_correction")


class SpectraChecks(WholeTable):
    """The table ``spectroscopy`` after its rows were checked one by one.

    A metabolite that was not found is unknown, not 0. Bounds above the limit are counted and kept, since
    throwing them out is a choice that selects (see :mod:`opentrs.measures.spectroscopy`).
    """

    def run(self) -> None:
        """Check the table, if there is one."""
        if TABLE not in self.store.names or not self.store.rows_added(TABLE):
            return
        rows = self.store.table(TABLE).to_pyarrow()
        frame = rows.to_pandas().sort_values(ROW, ignore_index=True)
        frame = frame[~frame[BAD].astype(bool)].reset_index(drop=True)
        settings = {str(row["name"]): float(row["value"]) for row in facts(TABLE)}
        missed = self._not_fitted(frame)
        self._bounds(frame[~missed], settings["crlb_percent_most"])
        self._fractions(frame, settings["fraction_tolerance"])
        self._same_day(frame)
        self._references(frame)
        self._spellings(frame)
        if missed.any():
            frame.loc[missed, "value"] = np.nan
            self.store.replace(TABLE, pa.Table.from_pandas(frame, schema=rows.schema, preserve_index=False))

    def _not_fitted(self, frame: pd.DataFrame) -> pd.Series:
        bound, value = frame["crlb_percent"].astype(float), frame["value"].astype(float)
        missed = (bound >= NOT_FITTED_PERCENT) & value.notna()
        self._rows("spectra_not_fitted", frame[missed], "value")
        return missed

    def _bounds(self, frame: pd.DataFrame, limit: float) -> None:
        bound = frame["crlb_percent"].astype(float)
        above = frame[bound > limit]
        for file, metabolite in sorted(set(zip(above[FILE], above["metabolite"], strict=True))):
            part = above[(above[FILE] == file) & (above["metabolite"] == metabolite)]
            same = (frame[FILE] == file) & (frame["metabolite"] == metabolite) & bound.notna()
            params: Params = {"metabolite": str(metabolite), "n": len(part), "all": int(same.sum()),
                      "limit": f"{limit:g}"}  # fmt: skip
            self.log.add("spectra_bound_above", "note", file=self.files[int(file)], table=TABLE,
                         column="crlb_percent", params=params)  # fmt: skip

    def _fractions(self, frame: pd.DataFrame, tolerance: float) -> None:
        total = frame[list(FRACTIONS)].astype(float).sum(axis=1, skipna=False)
        wrong = frame[(total - 1).abs() > tolerance]
        # A program's table gives a scan's fractions once for every metabolite.
        wrong = wrong.drop_duplicates([FILE, LINE, *FRACTIONS] if len(wrong) else None)
        sums = total[wrong.index]
        self._rows("spectra_fractions", wrong, "gm_fraction", lambda at: {"sum": f"{sums.iloc[at]:.3g}"})

    def _same_day(self, frame: pd.DataFrame) -> None:
        key = list(KEY)
        later = frame.duplicated(key)
        first = frame.groupby(key, dropna=False, sort=False)[LINE].transform("first")
        wrong = frame[later]
        dated = wrong["date"].notna()
        for code, part in (("spectra_same_day", wrong[dated]), ("spectra_undated", wrong[~dated])):
            lines = first[part.index]
            self._rows(code, part, "person_id", partial(_first_line, lines.to_numpy(dtype=np.int64)))

    def _references(self, frame: pd.DataFrame) -> None:
        """Of one metabolite some people have only ratios to creatine, and others only to water."""
        held = frame[frame["value"].notna() & frame["reference"].notna()]
        for (region, metabolite), part in held.groupby(["region", "metabolite"]):
            sets = part.groupby("person_id")["reference"].agg(frozenset)
            counts = sets.map(lambda each: "+".join(sorted(each))).value_counts()
            if not frozenset.intersection(*sets):
                told = ", ".join(f"{name} ({n})" for name, n in sorted(counts.items()))
                params = {"region": str(region), "metabolite": str(metabolite), "references": told}
                self.log.add("spectra_references_mixed", "warning", table=TABLE, column="reference",
                             params=params)  # fmt: skip

    def _spellings(self, frame: pd.DataFrame) -> None:
        """One substance under several names, as programs and their generations write it."""
        names = pd.Series(frame["metabolite"].dropna().unique())
        known = names.map(lambda name: canonical_metabolite(str(name)))
        for metabolite, part in names.groupby(known):
            if len(part) > 1:
                params = {"names": ", ".join(sorted(part)), "metabolite": str(metabolite)}
                self.log.add("metabolite_spellings", "note", table=TABLE, column="metabolite", params=params)

    def _rows(self, code: str, part: pd.DataFrame, column: str, params: RowParams = None) -> None:
        """One warning per row, file by file."""
        for file in sorted(part[FILE].unique()):
            mine = part[FILE] == file
            places = np.flatnonzero(mine.to_numpy())
            shown = partial(_at, params, places) if params else None
            self.log.add_rows(code, "warning", file=self.files[int(file)], table=TABLE,
                              lines=part.loc[mine, LINE].to_numpy(dtype=np.int64), column=column,
                              params=shown)  # fmt: skip


def _at(params: Callable[[int], Params], places: np.ndarray, at: int) -> Params:
    return params(int(places[at]))


def _first_line(lines: np.ndarray, at: int) -> Params:
    return {"first": int(lines[at])}
