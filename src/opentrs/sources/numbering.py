"""In which numbering a file names the items of the negative-symptom scale.

Three public cohorts number SANS in three ways, so the same number is another item. A global rating sums up
the items of its group: where the numbers are read rightly it goes with their mean, otherwise with the mean of
items it has nothing to do with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from opentrs import reference
from opentrs.cohort.store import FILE
from opentrs.errors import Severity
from opentrs.sources.problem_log import Params
from opentrs.sources.whole_checks import WholeTable

SANS = "SANS"
NUMBERINGS = ("fbirn", "ds003944", "ds000030")
FEWEST_NUMBERS = 15
FEWEST_VISITS = 10
MOST_ROWS = 100_000
# How much better another numbering must fit, in mean correlation, to be worth a warning.
CLEARLY = 0.05


@dataclass(frozen=True, slots=True)
class NumberedItem:
    """An item that a file names by its number.

    Parameters
    ----------
    file : number of the file
    number : as the file has it
    item : what it was read as
    numbering : in which numbering it was read
    """

    file: int
    number: str
    item: str
    numbering: str


class SansNumbering(WholeTable):
    """Find the numbering that fits the ratings best, and say which it is."""

    def run(self, numbered: Sequence[NumberedItem]) -> None:
        """Check the files that name items of SANS by number."""
        for file in sorted({each.file for each in numbered}):
            here = [each for each in numbered if each.file == file]
            if len({each.number for each in here}) >= FEWEST_NUMBERS:
                self._check(file, here)

    def _check(self, file: int, here: Sequence[NumberedItem]) -> None:
        used = "fbirn" if here[0].numbering == "standard" else here[0].numbering
        visits = self._visits(file, here)
        fits = fit_of_numberings(visits)
        if len(visits) < FEWEST_VISITS or used not in fits:
            params: dict[str, str | int] = {"used": used, "n": len(visits), "least": FEWEST_VISITS}
            self._say("sans_numbering_unclear", "warning", file, params)
            return
        best = max(fits, key=lambda name: fits[name])
        shown = ", ".join(
            f"{name} {fit:.2f}" for name, fit in sorted(fits.items(), key=lambda each: -each[1])
        )
        params = {"used": used, "best": best, "fits": shown, "n": len(visits)}
        if best != used and fits[best] - fits[used] >= CLEARLY:
            self._say("sans_numbering_other", "warning", file, params)
        else:
            self._say("sans_numbering_used", "note", file, params)

    def _say(self, code: str, severity: Severity, file: int, params: Params) -> None:
        self.log.add(code, severity, file=self.files[file], table="ratings", params=params)

    def _visits(self, file: int, here: Sequence[NumberedItem]) -> pd.DataFrame:
        """Visits of one file x numbers."""
        rows = self.store.sound("ratings")
        rows = rows.filter((rows[FILE] == file) & (rows.scale == SANS) & rows.value.notnull())
        frame = rows.select("person_id", "date", "rater", "item", "value").limit(MOST_ROWS).to_pandas()
        frame["number"] = frame["item"].map({each.item: each.number for each in here})
        frame["visit"] = frame.groupby(["person_id", "date", "rater"], dropna=False).ngroup()
        wide: pd.DataFrame = frame.dropna(subset="number").pivot_table(
            index="visit", columns="number", values="value"
        )
        return wide


def fit_of_numberings(visits: pd.DataFrame) -> dict[str, float]:
    """Mean correlation of each global rating with the mean of its items, in each numbering that has room.

    Parameters
    ----------
    visits : visits x item numbers (as text), points

    Returns
    -------
    numbering -> mean correlation; a numbering that lacks one of the numbers, or all of whose groups are
    constant, is left out
    """
    fits = {}
    for numbering in NUMBERINGS:
        number_of = {item: number for number, item in reference.numbered_items(SANS, numbering).items()}
        if set(visits.columns) <= set(number_of.values()):
            found = [
                fit
                for (scale, rating), members in reference.global_groups().items()
                if scale == SANS and (fit := _fit(visits, number_of, rating, members)) is not None
            ]
            if found:
                fits[numbering] = sum(found) / len(found)
    return fits


def _fit(
    visits: pd.DataFrame, number_of: Mapping[str, str], rating: str, members: Sequence[str]
) -> float | None:
    """Correlation of one global rating with the mean of its items; None where either does not vary."""
    numbers = [number_of[item] for item in members if number_of.get(item) in visits.columns]
    if number_of.get(rating) not in visits.columns or not numbers:
        return None
    pair = pd.DataFrame({"mean": visits[numbers].mean(axis=1), "rating": visits[number_of[rating]]}).dropna()
    if len(pair) < 3 or (pair.nunique() < 2).any():
        return None
    return float(pair["mean"].corr(pair["rating"]))
