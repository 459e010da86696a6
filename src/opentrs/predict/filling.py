"""What a run knows about its models, put into sentences for checklists and model cards; nothing is invented.

Every filler returns a sentence with the tables it was read from, or None: then the item stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
        return _number(row["estimate"])
    return sheet.say("interval", value=_number(row["estimate"]), low=_number(ends[0]), high=_number(ends[1]))


def _number(value: Any) -> str:
    return f"{float(value):.3g}".replace("-", "−")


def _count(value: Any) -> str:
    return str(int(value)) if is_told(value) else "?"


def title(sheet: Sheet) -> Filled | None:
    """Which models, of which outcome, developed or evaluated."""
    models, outcomes = sheet.values("performance", "model"), sheet.values("performance", "outcome")
    if not models or not outcomes:
        return None
    words = sheet.say(
        "title",
        models=sheet.names("model", models),
        outcomes=sheet.names("outcome", outcomes),
        kinds=_kinds(sheet),
    )
    return Filled(words, ("performance",))


def _kinds(sheet: Sheet) -> str:
    return sheet.names("kind", sheet.values("performance", "kind"))


def kinds(sheet: Sheet) -> Filled | None:
    """Which validation was done."""
    return Filled(sheet.say("kinds", kinds=_kinds(sheet)), ("performance",)) if _kinds(sheet) else None


def data_source(sheet: Sheet) -> Filled | None:
    """The cohort and the tables it holds."""
    run = sheet.run
    if not run.holds:
        return None
    people = "?" if run.people is None else str(run.people)
    words = sheet.say("data_source", cohort=run.cohort or "?", n=people, tables=sheet.listed(run.holds))
    return Filled(words, ("run.json",))


def dates(sheet: Sheet) -> Filled | None:
    """First and last day of observation."""
    run = sheet.run
    if not run.first_date or not run.last_date:
        return None
    return Filled(sheet.say("dates", first=run.first_date, last=run.last_date), ("people",))


def setting(sheet: Sheet) -> Filled | None:
    """Names of the sites; the setting itself is asked."""
    sites = sheet.run.sites
    if not sites:
        return None
    return Filled(sheet.say("setting", n=len(sites), sites=sheet.listed(sites)), ("people",))


def eligibility(sheet: Sheet) -> Filled | None:
    """Who was left out at each landmark, and why."""
    said = [
        sheet.say(
            "eligible",
            landmark=sheet.name("landmark", row["landmark"]),
            n=_count(row["n"]),
            excluded=_count(row["excluded"]),
            why=row["why"] if is_told(row.get("why")) else sheet.say("no_reason"),
        )
        for row in sheet.rows("landmarks")
    ]
    return Filled(sheet.joined(said), ("landmarks",)) if said else None


def preparation(sheet: Sheet) -> Filled | None:
    """How the engine prepares data, and the seed."""
    if not sheet.rows("performance"):
        return None
    return Filled(sheet.say("preparation", version=sheet.run.version, seed=sheet.run.seed), ("run.json",))


def outcome(sheet: Sheet) -> Filled | None:
    """Outcomes by name."""
    found = sheet.values("performance", "outcome")
    if not found:
        return None
    return Filled(sheet.say("outcome", outcomes=sheet.names("outcome", found)), ("performance",))


def predictors(sheet: Sheet) -> Filled | None:
    """Predictors of the models with their units."""
    terms = [
        sheet.name("term", row["term"]) + (f" ({row['unit']})" if is_told(row.get("unit")) else "")
        for row in sheet.rows("coefficients")
        if str(row["term"]) != "intercept"
    ]
    return Filled(sheet.say("predictors", terms=sheet.listed(terms)), ("coefficients",)) if terms else None


def sample_size(sheet: Sheet) -> Filled | None:
    """People needed against people there, by criterion."""
    said = [
        sheet.say(
            "needed",
            model=sheet.name("model", row["model"]),
            purpose=sheet.name("purpose", row["purpose"]),
            criterion=sheet.name("criterion", row["criterion"]),
            needed=_count(row["needed"]),
            n=_count(row["n"]),
            events=_count(row["events"]),
        )
        for row in sheet.rows("sample_size")
    ]
    return Filled(sheet.joined(said[:MOST_LISTED]), ("sample_size",)) if said else None


def missing(sheet: Sheet) -> Filled | None:
    """How many people got no risk, and why; how the engine imputes."""
    rows = sheet.rows("risks")
    if not rows:
        return None
    without = sum(not is_told(row["risk"]) for row in rows)
    return Filled(sheet.say("missing", n=len(rows), without=without), ("risks",))


def predictor_form(sheet: Sheet) -> Filled | None:
    """Notes beside the coefficients, such as centring."""
    notes = sheet.values("coefficients", "note")
    if not sheet.rows("coefficients"):
        return None
    said = sheet.say("form_notes", notes=sheet.listed(notes)) if notes else sheet.say("form_linear")
    return Filled(said, ("coefficients",))


def model_kind(sheet: Sheet) -> Filled | None:
    """Models and the methods their intervals were made by."""
    models = sheet.values("performance", "model")
    internal = [row for row in sheet.rows("performance") if row.get("kind") == "internal"]
    if not models or not internal:
        return None
    return Filled(sheet.say("model_kind", models=sheet.names("model", models)), ("performance",))


def clusters(sheet: Sheet) -> Filled | None:
    """Whether sites were left out in turn, or performance pooled over them."""
    found = [row for row in sheet.rows("performance") if row.get("kind") == "leave_site_out"]
    grouped = [value for kind, value in _groups(sheet) if kind == "site"]
    if not found and not grouped:
        return None
    key = "clusters_left_out" if found else "clusters_by_site"
    return Filled(sheet.say(key, n=len(grouped)), ("performance",))


def measures(sheet: Sheet) -> Filled | None:
    """Which measures were computed."""
    found = sheet.names("metric", sheet.values("performance", "metric"))
    if not found:
        return None
    tables = ("performance", "decision") if sheet.rows("decision") else ("performance",)
    return Filled(sheet.say("measures", measures=found), tables)


def updating(sheet: Sheet) -> Filled | None:
    """Which step of the ladder was chosen, by which test."""
    chosen = [row for row in sheet.rows("update") if str(row["chosen"]).lower() in ("yes", "true")]
    said = [
        sheet.say("chosen", model=sheet.name("model", row["model"]), step=sheet.name("step", row["step"]))
        for row in chosen
    ]
    return Filled(sheet.joined(said), ("update",)) if said else None


def computing(sheet: Sheet) -> Filled | None:
    """How risks were computed."""
    if not sheet.rows("coefficients"):
        return None
    return Filled(sheet.say("computing"), ("coefficients", "risks"))


def imbalance(sheet: Sheet) -> Filled | None:
    """Share of people with the outcome; nothing is resampled."""
    rows = sheet.performance("c_statistic") or sheet.rows("landmarks")
    known = [row for row in rows if is_told(row.get("n")) and is_told(row.get("events")) and row["n"]]
    if not known:
        return None
    shares = [float(row["events"]) / float(row["n"]) for row in known]
    words = sheet.say("imbalance", low=f"{min(shares):.0%}", high=f"{max(shares):.0%}")
    return Filled(words, ("performance" if sheet.performance("c_statistic") else "landmarks",))


def _groups(sheet: Sheet) -> list[tuple[str, str]]:
    """Kinds and values of the groups performance is shown for; pooled rows are no group."""
    found = [group_of(row) for row in sheet.rows("performance")]
    return list(dict.fromkeys((kind, value) for kind, value in found if value))


def fairness(sheet: Sheet) -> Filled | None:
    """Groups by which performance is shown."""
    found = list(dict.fromkeys(kind for kind, _ in _groups(sheet)))
    if not found:
        return None
    return Filled(sheet.say("fairness", groups=sheet.names("group", found)), ("performance",))


def output(sheet: Sheet) -> Filled | None:
    """A risk from 0 to 1; thresholds are the reader's."""
    thresholds = [float(row["threshold"]) for row in sheet.rows("decision") if is_told(row["threshold"])]
    if not thresholds:
        return Filled(sheet.say("output_plain"), ("risks",)) if sheet.rows("risks") else None
    words = sheet.say("output", low=f"{min(thresholds):.0%}", high=f"{max(thresholds):.0%}")
    return Filled(words, ("risks", "decision"))


def code(sheet: Sheet) -> Filled | None:
    """The software and its licence."""
    return Filled(sheet.say("code", version=sheet.run.version), ("run.json",)) if sheet.run.version else None


def flow(sheet: Sheet) -> Filled | None:
    """People, events and people left out at each landmark."""
    said = [
        sheet.say(
            "flow",
            landmark=sheet.name("landmark", row["landmark"]),
            n=_count(row["n"]),
            events=_count(row["events"]),
            excluded=_count(row["excluded"]),
        )
        for row in sheet.rows("landmarks")
    ]
    return Filled(sheet.joined(said), ("landmarks",)) if said else None


def case_mix(sheet: Sheet) -> Filled | None:
    """The case-mix table of a validation, where there is one."""
    rows = sheet.rows("case_mix")
    return Filled(sheet.say("case_mix", n=len(rows)), ("case_mix",)) if rows else None


def counts(sheet: Sheet) -> Filled | None:
    """People and events of each analysis."""
    said = [
        sheet.say("counts", analysis=_analysis(sheet, row), n=_count(row["n"]), events=_count(row["events"]))
        for row in sheet.performance("c_statistic")
    ]
    return Filled(sheet.joined(said[:MOST_LISTED]), ("performance",)) if said else None


def _analysis(sheet: Sheet, row: Row) -> str:
    """Model, landmark, outcome and kind of one analysis."""
    parts = [sheet.name("model", row.get("model", ""))]
    parts += [
        sheet.name(kind, row[kind]) for kind in ("landmark", "outcome", "kind") if is_told(row.get(kind))
    ]
    return text("documents.comma", sheet.lang).join(part for part in parts if part)


def specification(sheet: Sheet) -> Filled | None:
    """Models whose coefficients are all there, intercept included."""
    terms: dict[str, set[str]] = {}
    for row in sheet.rows("coefficients"):
        terms.setdefault(str(row["model"]), set()).add(str(row["term"]))
    whole = [model for model, listed in terms.items() if "intercept" in listed]
    if not whole:
        return None
    return Filled(sheet.say("specification", models=sheet.names("model", whole)), ("coefficients",))


def performance(sheet: Sheet) -> Filled | None:
    """C and calibration slope with intervals of every honest validation."""
    said = [
        sheet.say(
            "performance",
            analysis=_analysis(sheet, row),
            metric=sheet.name("metric", row["metric"]),
            estimate=estimated(sheet, row),
        )
        for metric in ("c_statistic", "calibration_slope", "observed_expected")
        for row in sheet.performance(metric)
    ]
    return Filled(sheet.joined(said[: 3 * MOST_LISTED]), ("performance",)) if said else None


def by_site(sheet: Sheet) -> Filled | None:
    """C by site."""
    said = [
        sheet.say("by_group", group=group_of(row)[1], estimate=estimated(sheet, row))
        for row in sheet.rows("performance")
        if row["metric"] == "c_statistic" and group_of(row)[0] == "site" and row.get("kind") != "apparent"
    ]
    return Filled(sheet.joined(said[: 2 * MOST_LISTED]), ("performance",)) if said else None


def updated(sheet: Sheet) -> Filled | None:
    """Performance of updated models."""
    said = [
        sheet.say(
            "performance",
            analysis=_analysis(sheet, row),
            metric=sheet.name("metric", row["metric"]),
            estimate=estimated(sheet, row),
        )
        for metric in ("c_statistic", "calibration_slope")
        for row in sheet.performance(metric, ("updated",))
    ]
    return Filled(sheet.joined(said), ("performance",)) if said else None


def limitations(sheet: Sheet) -> Filled | None:
    """What the checks of this run warned of or refused."""
    said = [
        f"{row['why']}"
        for row in sheet.rows("flags")
        if row["level"] in ("warned", "refused") and is_told(row["why"])
    ]
    shown = list(dict.fromkeys(said))
    return Filled(sheet.joined(shown[:MOST_LISTED]), ("flags",)) if shown else None


def input_quality(sheet: Sheet) -> Filled | None:
    """Why people got no valid risk, with counts."""
    reasons: dict[str, int] = {}
    for row in sheet.rows("risks"):
        if is_told(row["valid"]) and str(row["valid"]) != "yes":
            reasons[str(row["valid"])] = reasons.get(str(row["valid"]), 0) + 1
    if not reasons:
        return Filled(sheet.say("input_all_valid"), ("risks",)) if sheet.rows("risks") else None
    most = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    said = sheet.listed([sheet.say("reason", reason=reason, n=n) for reason, n in most])
    return Filled(sheet.say("input", reasons=said), ("risks",))


def flagged(*words: str) -> Callable[[Sheet], Filled | None]:
    """A filler that tells what checks found whose name holds one of the words."""

    def fill(sheet: Sheet) -> Filled | None:
        said = [
            sheet.say(
                "flag",
                check=sheet.name("check", row["check"]),
                level=sheet.name("level", row["level"]),
                why=row["why"] if is_told(row["why"]) else "",
            ).strip()
            for row in sheet.rows("flags")
            if any(word in str(row["check"]) for word in words)
        ]
        shown = list(dict.fromkeys(said))
        return Filled(sheet.joined(shown[:MOST_LISTED]), ("flags",)) if shown else None

    return fill


def competing(sheet: Sheet) -> Filled | None:
    """Death and emigration in the time-to-event part."""
    if not sheet.rows("time_to_trs"):
        return None
    return Filled(sheet.say("competing"), ("time_to_trs",))


def overfitting(sheet: Sheet) -> Filled | None:
    """Apparent against internal performance, and the alarm of a shuffled outcome."""
    said = [
        sheet.say(
            "alarm",
            model=sheet.name("model", row["model"]),
            runs=_count(row["runs"]),
            verdict=sheet.name("alarm", row["verdict"]),
        )
        for row in sheet.rows("alarm")
    ]
    internal = [estimated(sheet, row) for row in sheet.performance("c_statistic", ("internal",))]
    if internal:
        said.append(sheet.say("internal_c", estimates=sheet.listed(internal)))
    tables = tuple(name for name in ("alarm", "performance") if sheet.rows(name))
    return Filled(sheet.joined(said), tables) if said else None


FILLERS: Mapping[str, Callable[[Sheet], Filled | None]] = {
    "title": title,
    "objectives": kinds,
    "data_source": data_source,
    "dates": dates,
    "setting": setting,
    "eligibility": eligibility,
    "preparation": preparation,
    "outcome": outcome,
    "predictors": predictors,
    "sample_size": sample_size,
    "missing": missing,
    "data_use": kinds,
    "predictor_form": predictor_form,
    "model_kind": model_kind,
    "clusters": clusters,
    "measures": measures,
    "updating": updating,
    "computing": computing,
    "imbalance": imbalance,
    "fairness": fairness,
    "output": output,
    "kinds": kinds,
    "code": code,
    "flow": flow,
    "case_mix": case_mix,
    "counts": counts,
    "specification": specification,
    "performance": performance,
    "by_site": by_site,
    "updated": updated,
    "limitations": limitations,
    "input": input_quality,
    "timing": flagged("landmark", "time_zero", "immortal", "date"),
    "incorporation": flagged("incorporation", "ingredient", "outcome_definition"),
    "overfitting": overfitting,
    "competing": competing,
}


def fill(key: str | None, sheet: Sheet) -> Filled | None:
    """What the run says to one item; None where nothing, or where only people can know."""
    return FILLERS[key](sheet) if key else None
