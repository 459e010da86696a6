"""Ratings: which scale and item each is, from which number it counts, whether the score is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.store import FILE, LINE, ROW, TableStore
from opentrs.sources.mapping import TableMapping
from opentrs.sources.numbering import NumberedItem, SansNumbering
from opentrs.sources.parse import nearest
from opentrs.sources.problem_log import ProblemLog
from opentrs.sources.rating_patterns import RatingPatterns
from opentrs.sources.stated_scores import StatedScores
from opentrs.sources.whole_checks import WholeTable

PAIR = ["scale", "item"]
WHOLE_POINTS = ("item", "global", "extra")
# Fewer scores than this do not show from which number a file counts.
SCORES_TO_TELL = 30


@dataclass(frozen=True, slots=True)
class Base:
    """From which number the items of a scale are counted in a file that counts wrongly."""

    file: int
    scale: str
    offset: int
    n_outside: int
    first_line: int


class ScoreChecks(WholeTable):
    """Read scales and items by name, inside the database, and reject impossible scores.

    Parameters
    ----------
    store : the staged tables
    mappings : how each file was read, by its number in the store
    log : where problems go
    """

    def __init__(self, store: TableStore, mappings: Sequence[TableMapping], log: ProblemLog) -> None:
        super().__init__(store, [mapping.file for mapping in mappings], log)
        self.mappings = mappings
        self.numbered: list[NumberedItem] = []

    def run(self) -> None:
        """Check ``ratings`` and ``function``, if the cohort has them."""
        if "ratings" in self.store.names:
            self._recognise("ratings")
            for part in (StatedScores, RatingPatterns):
                part(self.store, self.files, self.log).run()
            SansNumbering(self.store, self.files, self.log).run(self.numbered)
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
        known = known.assign(offset=self._offsets(name, known))
        columns = [FILE, *PAIR, "new_scale", "new_item", "kind", "low", "high", "offset"]
        places = ibis.memtable(known[columns])
        joined = held.inner_join(places, [FILE, *PAIR])
        joined = joined.mutate(value=joined.value + joined.offset)
        if name == "ratings":
            joined = self._miscounted(joined)
            self.numbered = self._by_number(known)
        self._impossible(name, joined)
        renamed = (known["scale"] != known["new_scale"]).any() or (known["item"] != known["new_item"]).any()
        if renamed or (known["offset"] != 0).any():
            self._rename(name, places)

    def _offsets(self, name: str, known: pd.DataFrame) -> pd.Series:
        """What to add to each item's scores so that they count as the scale does; totals add up items."""
        if name != "ratings":
            return pd.Series(0.0, index=known.index)
        offsets = pd.Series(
            [
                float(self.mappings[file].offset_of(scale))
                for file, scale in zip(known[FILE], known["new_scale"], strict=True)
            ],
            index=known.index,
        )
        return offsets * known["n_items"]

    def _miscounted(self, joined: ir.Table) -> ir.Table:
        """Refuse scales that a file counts from another number; returns the ratings that are left."""
        found = self._wrong_bases(joined)
        if not found:
            return joined
        bases = ibis.memtable(
            pd.DataFrame({FILE: [base.file for base in found], "new_scale": [base.scale for base in found]})
        )
        wrong = joined.semi_join(bases, [FILE, "new_scale"])
        counts = wrong.group_by(FILE, "new_scale").agg(n=wrong.count()).to_pandas()
        by_base = {(row[FILE], row["new_scale"]): int(row["n"]) for row in counts.to_dict("records")}
        for base in found:
            params: dict[str, str | int] = {
                "scale": base.scale, "offset": base.offset, "n": base.n_outside,
                "rows": by_base[base.file, base.scale],
            }  # fmt: skip
            code, file = "counted_from_zero" if base.offset > 0 else "counted_from_one", self.files[base.file]
            line = base.first_line
            self.log.add(code, file=file, line=line, column="value", table="ratings", params=params)
        self.store.mark("ratings", wrong)
        return joined.anti_join(bases, [FILE, "new_scale"])

    def _wrong_bases(self, joined: ir.Table) -> list[Base]:
        """Scales whose items keep one point below, or above, the range and never reach its other end."""
        items = joined.filter((joined.kind == "item") & joined.value.notnull())
        value, low, high = items.value, items.low, items.high
        counts = (
            items.group_by(FILE, "new_scale")
            .agg(
                n=items.count(), n_below=(value == low - 1).sum(), n_floor=(value == low).sum(),
                n_top=(value == high).sum(), n_above=(value == high + 1).sum(),
                n_far=((value < low - 1) | (value > high + 1)).sum(),
                below=items[LINE].min(where=value == low - 1), above=items[LINE].min(where=value == high + 1),
            )
            .order_by(FILE, "new_scale")
            .to_pandas()
        )  # fmt: skip
        zeros = reference.scales().set_index("scale")["zero_means"]
        found = []
        for row in counts[(counts["n"] >= SCORES_TO_TELL) & (counts["n_far"] == 0)].to_dict("records"):
            # On the BPRS a zero may say that an item was not assessed; a fifth of all scores are no gaps.
            least = row["n"] * (0.2 if zeros[row["new_scale"]] == "not_assessed" else 0.05)
            if row["n_below"] >= least and row["n_top"] == row["n_above"] == 0:
                found.append(Base(row[FILE], row["new_scale"], 1, int(row["n_below"]), int(row["below"])))
            elif row["n_above"] and row["n_floor"] == row["n_below"] == 0:
                found.append(Base(row[FILE], row["new_scale"], -1, int(row["n_above"]), int(row["above"])))
        return found

    def _by_number(self, known: pd.DataFrame) -> list[NumberedItem]:
        """Items of the negative scale that the file names by a number only."""
        found = []
        for row in known[(known["new_scale"] == "SANS") & (known["kind"] != "total")].to_dict("records"):
            mapping = self.mappings[row[FILE]]
            number = reference.item_number(row["scale"], row["item"]) or mapping.numbers.get(row["item"])
            if number is not None:
                numbering = reference.numbering_of("SANS", row["scale"])
                found.append(NumberedItem(row[FILE], number, row["new_item"], numbering))
        return found

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
                       "item": ibis.coalesce(named.new_item, named.item),
                       "value": named.value + named.offset.fill_null(0.0)}  # fmt: skip
        self.store.replace(name, named.mutate(**changed).select(*rows.columns).order_by(ROW))


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
    ranges = about[["new_scale", "new_item", "kind", "low", "high"]].assign(n_items=_items_added(about))
    return pairs.merge(names, on=[FILE, *PAIR]).merge(ranges, on=["new_scale", "new_item"], how="left")


def _item_names(scale: str) -> list[str]:
    items = reference.scale_items()
    of_scale = items[items["scale"].str.startswith(scale)]
    return [*of_scale["item"], *of_scale["name"]]


def _items_added(about: pd.DataFrame) -> list[int]:
    """How many items each score adds up: one for an item, or for a mean of items."""
    scores: Mapping[tuple[str, str], reference.StatedScore] = reference.stated_scores()
    added = (scores.get(pair) for pair in zip(about["new_scale"], about["new_item"], strict=True))
    return [1 if score is None or score.statistic == "mean" else len(score.members) for score in added]
