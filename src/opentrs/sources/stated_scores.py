"""Totals, subscales and global ratings that a record states, held against the items they follow from."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.days import settle
from opentrs.cohort.store import COLUMN, FILE, LINE
from opentrs.sources.whole_checks import WholeTable

VISIT = ["person_id", "date", "rater"]
# A stated sum is exact; a stated mean is often rounded to two decimals.
TOLERANCE = {"sum": 1e-6, "mean": 0.0051}
# Subscores whose published list of items is probably a slip: they are reproduced as stated.
SLIPS = (("BPRS-24", "positive_mean"),)
ABSENT, MODERATE = 0, 3


class StatedScores(WholeTable):
    """Compare stated scores with the items of the same visit; the items are what is used."""

    def run(self) -> None:
        """Check ``ratings``, whose scales and items are canonical by now."""
        self.rows = self.store.sound("ratings")
        present = self.rows.filter(self.rows.value.notnull()).select("scale", "item").distinct().to_pandas()
        pairs = set(zip(present["scale"], present["item"], strict=True))
        for key, score in reference.stated_scores().items():
            if key in pairs and any((score.scale, member) in pairs for member in score.members):
                self._hold(score)
        for (scale, item), members in reference.global_groups().items():
            if (scale, item) in pairs:
                self._judge(scale, item, members)

    def _hold(self, score: reference.StatedScore) -> None:
        """Note visits whose stated score cannot follow from the items, whatever the missing ones hold."""
        visits = settle(self._compared(score))
        tolerance = TOLERANCE[score.statistic]
        wrong = (visits.stated < visits.at_least - tolerance) | (visits.stated > visits.at_most + tolerance)
        complete = visits.n_rated == len(score.members)
        extras = (visits.n_extra > 0) & ((visits.stated - visits.added - visits.extras).abs() <= tolerance)
        from_zero = (visits.floor > 0) & ((visits.stated - (visits.added - visits.floor)).abs() <= tolerance)
        kinds = (
            ("total_with_extras", wrong & complete & extras),
            ("total_from_zero", wrong & complete & ~extras & from_zero),
            ("total_disagrees", wrong & ~(complete & (extras | from_zero))),
        )
        params = {"scale": score.scale, "item": score.item}
        for code, which in kinds:
            self.note("ratings", visits.filter(which), code, "warning", "value", constants=params)
        self._count(visits.mutate(wrong=wrong), score)

    def _compared(self, score: reference.StatedScore) -> ir.Table:
        """One row per visit with the stated score: what its items add up to, and the bounds they leave."""
        ranges = reference.scale_items().query("scale == @score.scale").set_index("item")
        names = [*score.members, score.item]
        extras = [item for item in ranges.index[ranges["kind"] == "extra"] if item not in names]
        roles = {
            **dict.fromkeys(score.members, "member"),
            score.item: "stated",
            **dict.fromkeys(extras, "extra"),
        }
        known = ibis.memtable(
            pd.DataFrame(
                {
                    "item": list(roles),
                    "role": list(roles.values()),
                    "low": ranges["low"].astype(float)[list(roles)].to_numpy(),
                    "high": ranges["high"].astype(float)[list(roles)].to_numpy(),
                }
            )
        )
        rows = self.rows.filter((self.rows.scale == score.scale) & self.rows.value.notnull())
        rows = rows.inner_join(known, "item")
        member, stated = rows.role == "member", rows.role == "stated"
        visits = rows.group_by(VISIT).agg(
            stated=rows.value.max(where=stated),
            added=rows.value.sum(where=member).fill_null(0.0),
            n_rated=rows.value.count(where=member),
            rated_low=rows.low.sum(where=member).fill_null(0.0),
            rated_high=rows.high.sum(where=member).fill_null(0.0),
            extras=rows.value.sum(where=rows.role == "extra").fill_null(0.0),
            n_extra=rows.value.count(where=rows.role == "extra"),
            **{FILE: rows[FILE].max(where=stated), LINE: rows[LINE].min(where=stated),
               COLUMN: rows[COLUMN].max(where=stated)},
        )  # fmt: skip
        visits = visits.filter(visits.stated.notnull() & (visits.n_rated > 0))
        floor, ceiling = (
            float(ranges[end].astype(float)[list(score.members)].sum()) for end in ("low", "high")
        )
        divisor = len(score.members) if score.statistic == "mean" else 1
        # A mean is over the items that were rated, so it may also be what the missing ones leave open.
        return visits.mutate(
            at_least=(visits.added + floor - visits.rated_low) / divisor,
            at_most=(visits.added + ceiling - visits.rated_high) / divisor,
            added=visits.added / divisor,
            extras=visits.extras / divisor,
            floor=ibis.literal(floor / divisor),
        )

    def _count(self, visits: ir.Table, score: reference.StatedScore) -> None:
        """Say, file by file, at how many visits the stated score follows from the items."""
        counts = visits.group_by(FILE).agg(n=visits.count(), n_wrong=visits.wrong.sum()).order_by(FILE)
        for row in counts.to_pandas().to_dict("records"):
            params: dict[str, str | int] = {
                "scale": score.scale, "item": score.item,
                "n": int(row["n"]) - int(row["n_wrong"]), "total": int(row["n"]),
            }  # fmt: skip
            file = self.files[int(row[FILE])]
            self.log.add("stated_follows", "note", file=file, table="ratings", params=params)
            if (score.scale, score.item) in SLIPS:
                self.log.add("subscore_slip", "warning", file=file, table="ratings", params=params)

    def _judge(self, scale: str, item: str, members: tuple[str, ...]) -> None:
        """Note global ratings of none beside an item at moderate, or of moderate beside items all absent."""
        rows = self.rows.filter((self.rows.scale == scale) & self.rows.value.notnull())
        given, beside = rows.item == item, rows.item.isin(members)
        visits = settle(
            rows.group_by(VISIT).agg(
                value=rows.value.max(where=given),
                other=rows.value.max(where=beside),
                n_rated=rows.value.count(where=beside),
                **{FILE: rows[FILE].max(where=given), LINE: rows[LINE].min(where=given),
                   COLUMN: rows[COLUMN].max(where=given)},
            )
        )  # fmt: skip
        too_low = (visits["value"] == ABSENT) & (visits.other >= MODERATE)
        too_high = (visits["value"] >= MODERATE) & (visits.other == ABSENT) & (visits.n_rated == len(members))
        self.note(
            "ratings", visits.filter(too_low | too_high), "global_disagrees", "note", "value",
            shown=("value", "other"), constants={"scale": scale, "item": item},
        )  # fmt: skip
