"""Prediction models on the terminal: the list, one model, and what a validation found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from opentrs.cli.evidence_tables import console
from opentrs.cli.lines import harmless, say
from opentrs.messages import Lang, text
from opentrs.predict.registry.document import ModelDocument, words
from opentrs.predict.registry.reading import checked_answer
from opentrs.predict.registry.standing import PASSED, WARNED
from opentrs.predict.registry.validation import Validation
from opentrs.stats.prediction.estimate import Estimate

BEST_FIRST = ("external", "updated", "internal", "apparent")
PRINTED = (
    "c_statistic", "observed_expected", "calibration_in_the_large", "calibration_slope", "hazard_slope",
    "ici", "brier", "scaled_brier", "sensitivity", "specificity", "ppv", "npv", "harrell_c", "uno_c",
    "time_dependent_auc",
)  # fmt: skip
DIGITS = 3
INTERVAL_WIDTH = len("0.00 (0.00-0.00)")


def _table(heads: Sequence[str], lang: Lang, title: str = "") -> Table:
    table = Table(title=title or None, title_justify="left", show_lines=True)
    for head in heads:
        table.add_column(text(f"models.head_{head}", lang), overflow="fold")
    return table


def _cell(value: object) -> Text:
    shown = "" if value is None or value != value else str(value)
    return Text("\n".join(harmless(line) for line in shown.split("\n")))


def number(value: float | None, digits: int = 2) -> str:
    """A number as it is printed; empty where it is unknown."""
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def published(document: ModelDocument, lang: Lang) -> str:
    """The best-founded published C with its interval and kind; external validation goes first."""
    rows = [one for one in document.tree.get("performance", ()) if one["metric"] == "c_statistic"]
    for kind in BEST_FIRST:
        of_kind = [one for one in rows if one["kind"] == kind]
        if of_kind:
            return f"{_with_interval(of_kind[0])}\n{text(f'models.kind_{kind}', lang)}"
    return ""


def _with_interval(row: Mapping[str, Any]) -> str:
    ends = f" ({number(row['ci_low'])}-{number(row['ci_high'])})" if "ci_low" in row else ""
    return number(row.get("estimate")) + ends


def print_models(documents: Sequence[ModelDocument], lang: Lang) -> None:
    """The list of models: what, on how many, how well, how far to trust that, and whether it can be run."""
    table = _table(("model", "outcome", "people", "c", "bias", "answers"), lang)
    table.columns[0].min_width = max(len(one.id) for one in documents)
    table.columns[3].min_width = INTERVAL_WIDTH
    for one in documents:
        made = one.tree.get("development", {})
        size = " / ".join(str(made[key]) for key in ("n", "events") if key in made)
        rating = one.tree["risk_of_bias"]
        bias = text(
            "models.rated", lang, rating=text(f"models.bias_{rating['rating']}", lang), by=rating["by"]
        )
        cells = (
            f"{one.id}\n{one.name[lang]}", one.said_outcome(lang), size, published(one, lang), bias,
            text(f"models.answers_{one.answers}", lang),
        )  # fmt: skip
        table.add_row(*map(_cell, cells))
    out = console()
    out.print(table)
    out.print(_cell(text("models.list_headline", lang, n=len(documents), run=_runnable(documents))))


def _runnable(documents: Sequence[ModelDocument]) -> int:
    return sum(one.answers in ("risk", "yes_no") for one in documents)


def print_one(document: ModelDocument, lang: Lang) -> None:
    """Everything a document says, and whether it answers its own checks."""
    out = console()
    out.print(_cell(f"{document.name[lang]} ({document.id})"))
    for line in _lines(document, lang):
        out.print(_cell(line))
    out.print(_predictors(document, lang))
    if document.tree.get("terms"):
        out.print(_terms(document, lang))
    if document.tree.get("performance"):
        out.print(_performance(document, lang))
    if document.checks:
        out.print(_checks(document, lang))
    for key in ("not_public", "needed_to_run", "notes"):
        for said in document.listed(key, lang):
            out.print(_cell(f"{text(f'models.said_{key}', lang)}: {said}"))


def _lines(document: ModelDocument, lang: Lang) -> list[str]:
    tree = document.tree
    rating = tree["risk_of_bias"]
    said = {
        "answers": text(f"models.answers_{document.answers}", lang),
        "outcome": document.said_outcome(lang),
        "population": document.said("population", lang),
        "landmark": document.landmark,
        "horizon": _horizon(document, lang),
        "rule": words(tree["rule"]["says"])[lang] if "rule" in tree else "",
        "intercept": f"{document.intercept:g}" if "intercept" in tree else "",
        "baseline": f"{document.baseline_survival:g}" if document.baseline_survival is not None else "",
        "bias": text(
            "models.rated", lang, rating=text(f"models.bias_{rating['rating']}", lang), by=rating["by"]
        ),
        "bias_reason": words(rating.get("reason"))[lang],
        "source": " ".join(filter(None, (tree["source"]["citation"], _doi(tree["source"].get("doi"))))),
        "checked": text(f"models.checked_{tree['checked']}", lang),
        "licence": document.said("licence", lang),
        "provenance": _provenance(tree.get("provenance"), lang),
    }
    return [f"{text(f'models.said_{key}', lang)}: {value}" for key, value in said.items() if value]


def _doi(doi: str | None) -> str:
    return f"doi:{doi}" if doi else ""


def _horizon(document: ModelDocument, lang: Lang) -> str:
    horizon = document.tree.get("horizon")
    return "" if horizon is None else f"{horizon['value']:g} {text('models.unit_' + horizon['unit'], lang)}"


def _provenance(made: Mapping[str, Any] | None, lang: Lang) -> str:
    if made is None:
        return ""
    step = text(f"models.step_{made['step']}", lang)
    return text("models.updated_from", lang, name=made["updated_from"], step=step, table=made["table"],
                n=made["n"], events=made["events"])  # fmt: skip


def _predictors(document: ModelDocument, lang: Lang) -> Table:
    table = _table(("predictor", "label", "unit", "range", "distribution", "checked"), lang)
    for one in document.predictors.values():
        ends = ", ".join(one.levels) or "-".join(
            "" if end is None else f"{end:g}" for end in (one.low, one.high)
        )
        spread = f"{one.mean:g} ({one.sd:g})" if one.mean is not None and one.sd is not None else ""
        checked = text(f"models.checked_{one.checked}", lang)
        shown = "" if ends == "-" else ends
        table.add_row(*map(_cell, (one.name, one.label[lang], one.unit, shown, spread, checked)))
    return table


def _terms(document: ModelDocument, lang: Lang) -> Table:
    table = _table(("term", "coefficient", "note"), lang)
    for one in document.tree["terms"]:
        name = one.get("predictor") or ":".join(part["predictor"] for part in one["factors"])
        level = f" = {one['level']}" if "level" in one else ""
        table.add_row(*map(_cell, (name + level, _coefficient(one, lang), words(one.get("note"))[lang])))
    return table


def _coefficient(one: Mapping[str, Any], lang: Lang) -> str:
    for key in ("odds_ratio", "hazard_ratio"):
        if key in one:
            return f"{text(f'models.{key}', lang)} {_with_interval({**one, 'estimate': one[key]})}"
    if "coefficients" in one:
        return ", ".join(f"{value:g}" for value in one["coefficients"])
    per = f" / {one['sd']:g}" if "sd" in one else ""
    return f"{one['coefficient']:g}{per}"


def _performance(document: ModelDocument, lang: Lang) -> Table:
    table = _table(("metric", "estimate", "people", "kind", "source", "checked", "note"), lang)
    for one in document.tree["performance"]:
        size = " / ".join(str(one[key]) for key in ("n", "events") if key in one)
        cells = (
            text(f"models.metric_{one['metric']}", lang), _with_interval(one), size,
            text(f"models.kind_{one['kind']}", lang), one["source"],
            text(f"models.checked_{one['checked']}", lang), words(one.get("note"))[lang],
        )  # fmt: skip
        table.add_row(*map(_cell, cells))
    return table


def _checks(document: ModelDocument, lang: Lang) -> Table:
    table = _table(("check", "expected", "given", "agrees"), lang)
    for one in document.checks:
        expected, given, agrees = checked_answer(document, one)
        answer = text("models.agrees" if agrees else "models.differs", lang)
        table.add_row(*map(_cell, (one.name[lang], f"{expected:g}", f"{given:.6g}", answer)))
    return table


def print_figures(document: ModelDocument, found: Validation, lang: Lang) -> None:
    """The main figures of a validation with their intervals, and every warning."""
    count = found.overall["n"]
    table = _table(("metric", "estimate", "interval", "people"), lang, title=document.name[lang])
    for name in PRINTED:
        if name in found.overall:
            table.add_row(*map(_cell, _figure(name, found.overall[name], lang)))
    console().print(table)
    print_warnings(found.tables["flags"].to_dict("records"), lang)
    kind = text(f"models.kind_{found.kind}", lang)
    say(text("models.validated", lang, n=count.n, events=count.events, kind=kind))


def print_warnings(
    rows: Sequence[Mapping[Any, Any]], lang: Lang, checks: Sequence[str] | None = None
) -> None:
    """Everything that was warned of or refused, or what these checks found alone."""
    for row in rows:
        if row["level"] == PASSED or (checks is not None and row["check"] not in checks):
            continue
        mark = text("models.warned" if row["level"] == WARNED else "models.refused", lang)
        say(f"{mark}: {row['why']}")


def _figure(name: str, one: Estimate, lang: Lang) -> tuple[str, str, str, str]:
    ends = f"{number(one.low, DIGITS)} - {number(one.high, DIGITS)}" if one.low is not None else ""
    metric = text(f"models.metric_{name}", lang)
    return metric, number(one.value, DIGITS), ends, f"{one.n} / {one.events}"
