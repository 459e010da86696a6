"""What a whole table of ratings shows and no single rating does: reversed items, floors, raters, gaps.

Nothing is changed or left out here; what is found is counted and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from opentrs import reference
from opentrs.cohort.store import FILE, LINE
from opentrs.sources.whole_checks import WholeTable

# An item this far against the sum of the others, surely below zero, in a scale that otherwise hangs together.
AGAINST = -0.3
HANGS_TOGETHER = 0.1
FEWEST_PEOPLE = 20
FEWEST_ITEMS = 5
MOST_PEOPLE = 2_000
Z_95 = 1.959964
SYMPTOM_SCALES = ("PANSS", "BPRS-18", "BPRS-24", "SAPS", "SANS")


@dataclass(frozen=True, slots=True)
class Against:
    """An item that runs against the others: over how many people, how strongly, and where it lies.

    Parameters
    ----------
    n : people with the item and at least half of the others
    r : correlation with the mean of the other items
    mean, others : mean of the item and of the others, percent of the maximum possible
    """

    n: int
    r: float
    mean: float
    others: float


class RatingPatterns(WholeTable):
    """Look at the ratings as a whole, scale by scale."""

    def run(self) -> None:
        """Check ``ratings``, whose scales and items are canonical by now."""
        self.rows = self.store.sound("ratings")
        scales = set(self.rows.select("scale").distinct().to_pandas()["scale"].dropna())
        self._scales_there_are(scales)
        self._two_raters()
        self._one_day_only()
        items = self._items()
        self._floors(items)
        self._reversed(items)

    def _items(self) -> ir.Table:
        """Item scores with their range."""
        about = reference.scale_items()
        ranges = about[about["kind"] == "item"][["scale", "item", "low", "high"]]
        known = ibis.memtable(ranges.astype({"low": float, "high": float}))
        return self.rows.filter(self.rows.value.notnull()).inner_join(known, ["scale", "item"])

    def _scales_there_are(self, scales: set[str]) -> None:
        """Say which questions the scales of the cohort cannot answer."""
        if not scales & set(SYMPTOM_SCALES):
            self.log.add("no_symptom_scale", "note", table="ratings")
        elif len(scales & {"SAPS", "SANS"}) == 1 and not scales & set(SYMPTOM_SCALES[:3]):
            here, lacking = ("SAPS", "SANS") if "SAPS" in scales else ("SANS", "SAPS")
            params = {"scale": here, "lacking": lacking}
            self.log.add("half_instrument", "note", table="ratings", params=params)
        depression = {rule["scale"] for rule in reference.depression_rules()}
        if not scales & depression:
            listed = ", ".join(sorted(depression))
            self.log.add("no_depression_scale", "note", table="ratings", params={"scales": listed})

    def _two_raters(self) -> None:
        """Visits on which several raters rated one scale, and how often they differ."""
        rated = self.rows.filter(self.rows.rater.notnull() & self.rows.value.notnull())
        by_item = rated.group_by(FILE, "person_id", "date", "scale", "item").agg(
            n_raters=rated.rater.nunique(), lowest=rated.value.min(), highest=rated.value.max()
        )
        twice = by_item.filter(by_item.n_raters > 1)
        counts = (
            twice.group_by(FILE, "scale")
            .agg(
                n=twice.count(),
                n_differ=(twice.lowest != twice.highest).sum(),
            )
            .order_by(FILE, "scale")
        )
        for row in counts.to_pandas().to_dict("records"):
            params = {"scale": row["scale"], "n": int(row["n"]), "n_differ": int(row["n_differ"])}
            self.log.add("two_raters", "note", file=self.files[row[FILE]], table="ratings", params=params)

    def _one_day_only(self) -> None:
        """People rated on one day only: nothing of theirs can be called persistent."""
        dated = self.rows.filter(self.rows.date.notnull() & self.rows.value.notnull())
        people = dated.group_by("person_id").agg(days=dated.date.nunique())
        counts = people.agg(n=(people.days == 1).sum(), total=people.count()).to_pandas().iloc[0]
        if counts["total"] and counts["n"]:
            params = {"n": int(counts["n"]), "total": int(counts["total"])}
            self.log.add("one_visit_only", "note", table="ratings", params=params)

    def _floors(self, items: ir.Table) -> None:
        """People all of whose items are at the lowest score: well, or filled in without a look."""
        visits = items.group_by(FILE, "person_id", "date", "rater", "scale").agg(
            n_items=items.count(), n_above=(items.value > items.low).sum(), first_line=items[LINE].min()
        )
        flat = visits.filter((visits.n_above == 0) & (visits.n_items >= FEWEST_ITEMS))
        counts = flat.group_by(FILE, "scale").agg(
            n=flat.count(), people=flat.person_id.nunique(), first_line=flat.first_line.min()
        )
        for row in counts.order_by(FILE, "scale").to_pandas().to_dict("records"):
            params = {"scale": row["scale"], "n": int(row["n"]), "people": int(row["people"])}
            self.log.add(
                "all_floor", "note", file=self.files[row[FILE]], line=int(row["first_line"]), table="ratings",
                params=params,
            )  # fmt: skip

    def _reversed(self, items: ir.Table) -> None:
        """Items that run against the other items of their scale."""
        people = items.select("person_id").distinct().order_by("person_id").limit(MOST_PEOPLE)
        rows = items.semi_join(people, "person_id")
        means = rows.group_by(FILE, "scale", "person_id", "item").agg(
            pomp=(100 * (rows.value - rows.low) / (rows.high - rows.low)).mean()
        )
        frame = means.to_pandas()
        for (file, scale), of_scale in frame.groupby([FILE, "scale"], sort=True):
            table = of_scale.pivot_table(index="person_id", columns="item", values="pomp")
            for item, against in reversed_items(table).items():
                params: dict[str, str | int] = {
                    "scale": str(scale), "item": item, "n": against.n, "r": f"{against.r:.2f}",
                    "mean": f"{against.mean:.0f}", "others": f"{against.others:.0f}",
                }  # fmt: skip
                self.log.add(
                    "item_reversed", "warning", file=self.files[int(file)], column="value", table="ratings",
                    params=params,
                )  # fmt: skip


def reversed_items(table: pd.DataFrame) -> dict[str, Against]:
    """Items that clearly run against the mean of the others, in a scale that hangs together.

    Clearly: a correlation of -0.3 or below, and the upper end of its 95% interval (Fisher) below zero;
    hanging together: the other items' correlations with their rest have a median of 0.1 or more.

    Parameters
    ----------
    table : people x items, percent of the maximum possible, unknown NaN
    """
    found = {item: _against(table, item) for item in table.columns}
    known = {item: against for item, against in found.items() if against is not None}
    if len(known) < FEWEST_ITEMS:
        return {}
    suspects = {item: against for item, against in known.items() if _clearly_negative(against)}
    others = [against.r for item, against in known.items() if item not in suspects]
    if not others or float(np.median(others)) < HANGS_TOGETHER:
        return {}
    return suspects


def _against(table: pd.DataFrame, item: str) -> Against | None:
    others = table.drop(columns=item)
    rest = others[others.notna().mean(axis=1) >= 0.5].mean(axis=1)
    pair = pd.DataFrame({"item": table[item], "rest": rest}).dropna()
    if len(pair) < FEWEST_PEOPLE or (pair.nunique() < 2).any():
        return None
    r = float(pair["item"].corr(pair["rest"]))
    return Against(len(pair), r, float(pair["item"].mean()), float(pair["rest"].mean()))


def _clearly_negative(against: Against) -> bool:
    if against.r > AGAINST:
        return False
    if against.r <= -1:
        return True
    return math.tanh(math.atanh(against.r) + Z_95 / math.sqrt(against.n - 3)) < 0
