"""What a run knows about its models, and how it is put into words: names, counts, estimates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from opentrs.messages import Lang, has, text
from opentrs.predict.registry.shipped import shipped, shipped_ids
from opentrs.reference.load import FACT_FILES, facts

if TYPE_CHECKING:
    import pandas as pd

EVERYBODY = ("all", "")
MOST_LISTED = 12
HONEST = ("internal", "leave_site_out", "external", "updated")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run beside the tables of prediction.

    Parameters
    ----------
    cohort : name of the cohort; empty where it has none
    version : of OpenTRS
    seed : of every random draw
    people : number of people; None where it may not be told
    holds : tables of the cohort
    sites : names of the sites
    first_date, last_date : when observation began and ended, ISO 8601; empty where unknown
    """

    cohort: str = ""
    version: str = ""
    seed: int = 1
    people: int | None = None
    holds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    first_date: str = ""
    last_date: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A sentence about one item, and the tables (without folder and ending) it was read from."""

    words: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The tables of one run, the facts beside them, and the language of the sentences."""

    tables: Mapping[str, pd.DataFrame]
    run: RunFacts
    lang: Lang = "en"

    def rows(self, name: str) -> list[Row]:
        """The rows of a table; none where there is no such table."""
        table = self.tables.get(name)
        if table is None:
            return []
        return [{str(key): cell for key, cell in row.items()} for row in table.to_dict("records")]

    def values(self, name: str, column: str) -> list[str]:
        """Different values of a column, in the order of the table."""
        found = [row[column] for row in self.rows(name) if is_told(row.get(column))]
        return list(dict.fromkeys(str(value) for value in found))

    def say(self, key: str, **params: object) -> str:
        """The sentence ``documents.fill.<key>``."""
        return text(f"documents.fill.{key}", self.lang, **params)

    def name(self, kind: str, value: Any) -> str:
        """The word for a coded value; an unlisted value stands as it is."""
        return named(kind, value, self.lang)

    def names(self, kind: str, values: Iterable[Any]) -> str:
        """Words for coded values, as one list."""
        return self.listed([self.name(kind, value) for value in values])

    def listed(self, items: Sequence[str]) -> str:
        """Items as one list; a long one is cut and says how many follow."""
        shown = list(dict.fromkeys(items))
        more = len(shown) - MOST_LISTED
        if more > 0:
            shown = [*shown[:MOST_LISTED], self.say("more", n=more)]
        return text("documents.list_separator", self.lang).join(shown)

    def joined(self, sentences: Sequence[str]) -> str:
        """Sentences one after another; Chinese sentences have no space between them."""
        return ("" if self.lang == "zh" else " ").join(sentences)

    def of_model(self, model: str) -> Sheet:
        """The rows about one model; tables that name none stay as they are."""
        kept = {
            name: table[table["model"] == model] if "model" in table.columns else table
            for name, table in self.tables.items()
        }
        return replace(self, tables={name: table for name, table in kept.items() if len(table)})

    def performance(self, metric: str, kinds: Sequence[str] = HONEST) -> list[Row]:
        """Rows of one metric about everybody, apparent performance left out unless it is asked for."""
        return [
            row
            for row in self.rows("performance")
            if row["metric"] == metric and row.get("kind", "external") in kinds and is_everybody(row)
        ]


# Kinds of names that stand in a table of facts: table, and column of the id.
LISTED = {
    "landmark": ("landmarks", "landmark"),
    "outcome": ("outcomes", "outcome"),
    "term": ("predictors", "predictor"),
}


def named(kind: str, value: Any, lang: Lang) -> str:
    """The word for a coded value of prediction: from facts, else from the catalogue, else as it is."""
    listed = _listed_names(kind).get(str(value))
    if listed is not None:
        return listed[0 if lang == "en" else 1]
    key = f"predict_name.{kind}.{value}"
    return text(key, lang) if has(key, lang) else str(value)


@cache
def _listed_names(kind: str) -> Mapping[str, tuple[str, str]]:
    """Id -> English and Chinese name."""
    if kind == "model":
        return {name: (shipped(name).name["en"], shipped(name).name["zh"]) for name in shipped_ids()}
    table, column = LISTED.get(kind, ("", ""))
    rows = facts(table) if table in FACT_FILES else ()
    return {row[column]: (row["name_en"], row["name_zh"]) for row in rows}


def is_told(value: Any) -> bool:
    """Whether a cell holds something."""
    return value is not None and value == value and value != ""


def is_everybody(row: Row) -> bool:
    """Whether a row is about everybody, not about a group."""
    return not is_told(row.get("group")) or str(row["group"]) in EVERYBODY


def group_of(row: Row) -> tuple[str, str]:
    """Kind and value of the group of a row: ``sex:F`` and ``sex=F`` are the women, empty is everybody."""
    if is_everybody(row):
        return "", ""
    kind, _, value = str(row["group"]).replace("=", ":", 1).partition(":")
    return kind, value


def estimated(sheet: Sheet, row: Row) -> str:
    """An estimate with its interval; why there is none where there is none."""
    if not is_told(row["estimate"]):
        return sheet.say("not_estimable")
    ends = [row.get("ci_low"), row.get("ci_high")]
    if not all(map(is_told, ends)):
        return number_text(row["estimate"])
    return sheet.say(
        "interval", value=number_text(row["estimate"]), low=number_text(ends[0]), high=number_text(ends[1])
    )


def number_text(value: Any) -> str:
    """A number with three digits."""
    return f"{float(value):.3g}".replace("-", "−")


def count_text(value: Any) -> str:
    """A count, or a question mark where it may not be told."""
    return str(int(value)) if is_told(value) else "?"


def landmarks_told(sheet: Sheet, key: str) -> Filled | None:
    """A sentence about each landmark: people, events, people left out, and why."""
    said = [
        sheet.say(
            key,
            landmark=sheet.name("landmark", row["landmark"]),
            n=count_text(row["n"]),
            events=count_text(row.get("events")),
            excluded=count_text(row["excluded"]),
            why=row["why"] if is_told(row.get("why")) else sheet.say("no_reason"),
        )
        for row in sheet.rows("landmarks")
    ]
    return Filled(sheet.joined(said), ("landmarks",)) if said else None
