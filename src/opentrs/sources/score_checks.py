"""Ratings: which scale and item each is, whether the score is possible, whether totals are sums."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.store import FILE, LINE, ROW
from opentrs.sources.parse import nearest
from opentrs.sources.whole_checks import WholeTable

PAIR = ["scale", "item"]
WHOLE_POINTS = ("item", "global", "extra")


class ScoreChecks(WholeTable):
    """Read scales and items by name, inside the database, and reject impossible scores."""

    def run(self) -> None:
        """Check ``ratings`` and ``function``, if the cohort has them."""
        if "ratings" in self.store.names:
            self._recognise("ratings")
            self._totals()
        if "function" in self.store.names:
            self._recognise("function")

    def _recognise(self, name: str) -> None:
        rows = self.store.table(name)
        held = rows.mutate(item=ibis.literal("")) if name == "function" else rows
        pairs = held.filter(held.scale.notnull()).group_by([FILE, *PAIR]).agg(
            n=lambda table: table.count(), first_line=lambda table: table[LINE].min()
        )  # fmt: skip
        frame = _resolved(pairs.to_pandas())
        self._unknown(name, frame)
        known = frame[frame["kind"].notna()]
        if known.empty:
            return
        places = ibis.memtable(known[[FILE, *PAIR, "new_scale", "new_item", "kind", "low", "high"]])
        joined = held.inner_join(places, [FILE, *PAIR])
        self._impossible(name, joined)
        if (known["scale"] != known["new_scale"]).any() or (known["item"] != known["new_item"]).any():
            self._rename(name, places)

    def _unknown(self, name: str, frame: pd.DataFrame) -> None:
        for row in frame[frame["kind"].isna()].sort_values([FILE, *PAIR]).to_dict("records"):
            params: dict[str, str | int] = {"scale": row["scale"], "item": row["item"], "n": row["n"]}
            code, column = "scale_unknown", "scale"
            scale = reference.resolve_scale(row["scale"])
            if scale is not None and name == "ratings":
                near = nearest(row["item"], _item_names(scale))
                code, params["near"] = ("item_unknown_near" if near else "item_unknown"), near
                column = "item"
            file, line = self.files[row[FILE]], row["first_line"]
            self.log.add(code, "warning", file=file, line=line, column=column, table=name, params=params)

    def _impossible(self, name: str, joined: ir.Table) -> None:
        shown = ("value", "scale", "new_item", "low", "high")
        given = joined.filter(joined.value.notnull())
        whole = given.kind.isin(WHOLE_POINTS) & (given.value != given.value.floor())
        kinds = (
            (given.value < given.low, "rating_below"),
            (given.value > given.high, "rating_above"),
            (whole & given.value.between(given.low, given.high), "rating_fractional"),
        )
        for wrong, code in kinds:
            rows = given.filter(wrong)
            self.reject(name, rows, code if name == "ratings" else "function_impossible", "value", shown)

    def _rename(self, name: str, places: ir.Table) -> None:
        """Put canonical scale and item in place of what the file calls them."""
        rows = self.store.table(name)
        if name == "function":
            named = rows.left_join(places, [rows[FILE] == places[FILE], rows.scale == places.scale])
            changed = {"scale": ibis.coalesce(named.new_scale, named.scale)}
        else:
            on = [rows[FILE] == places[FILE], rows.scale == places.scale, rows.item == places.item]
            named = rows.left_join(places, on)
            changed = {"scale": ibis.coalesce(named.new_scale, named.scale),
                       "item": ibis.coalesce(named.new_item, named.item)}  # fmt: skip
        self.store.replace(name, named.mutate(**changed).select(*rows.columns).order_by(ROW))

    def _totals(self) -> None:
        rows = self.store.table("ratings")
        items = reference.scale_items()
        for total in items[items["kind"] == "total"].itertuples():
            stated = rows.filter(
                (rows.scale == total.scale) & (rows.item == total.item) & rows.value.notnull()
            )
            if not int(stated.count().to_pyarrow().as_py()):
                continue
            members = _members(items, str(total.scale), str(total.item), str(total.domain))
            here = rows.filter((rows.scale == total.scale) & rows.item.isin([*members, total.item]))
            visits = here.group_by(["person_id", "date", "rater"]).agg(
                total=here.value.max(where=here.item == total.item),
                added=here.value.sum(where=here.item != total.item),
                rated=here.value.count(where=here.item != total.item),
                **{FILE: here[FILE].max(where=here.item == total.item),
                   LINE: here[LINE].min(where=here.item == total.item)},
            )  # fmt: skip
            wrong = visits.filter((visits.rated == len(members)) & (visits.total != visits.added))
            self.note(
                "ratings", wrong, "total_disagrees", "warning", "value", constants={"scale": str(total.scale)}
            )


def _resolved(pairs: pd.DataFrame) -> pd.DataFrame:
    """Add canonical scale and item, kind and range to the pairs, read file by file."""
    found = []
    for file, of_file in pairs.groupby(FILE, sort=True):
        texts = [(str(scale), str(item)) for scale, item in of_file[PAIR].itertuples(index=False)]
        for (scale, item), known in reference.resolve_items(texts).items():
            new = (known.scale, known.item) if known is not None else (None, None)
            found.append((file, scale, item, *new))
    names = pd.DataFrame(found, columns=[FILE, *PAIR, "new_scale", "new_item"])
    about = reference.scale_items().rename(columns={"scale": "new_scale", "item": "new_item"})
    ranges = about[["new_scale", "new_item", "kind", "low", "high"]]
    return pairs.merge(names, on=[FILE, *PAIR]).merge(ranges, on=["new_scale", "new_item"], how="left")


def _item_names(scale: str) -> list[str]:
    items = reference.scale_items()
    of_scale = items[items["scale"].str.startswith(scale)]
    return [*of_scale["item"], *of_scale["name"]]


def _members(items: pd.DataFrame, scale: str, total: str, domain: str) -> Sequence[str]:
    """Items a total is the sum of."""
    kind = "global" if total.startswith("global") else "item"
    members = items[(items["scale"] == scale) & (items["kind"] == kind)]
    if total not in ("total", "global_total"):
        members = members[members["domain"] == domain]
    return list(members["item"])
