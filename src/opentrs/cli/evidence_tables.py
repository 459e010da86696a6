"""Evidence on the terminal: tables a clinician can read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from opentrs.cli.lines import harmless
from opentrs.messages import Lang, text
from opentrs.treat.effects import patient_units
from opentrs.treat.words import outcome_name

LEAST_WIDTH = 120


def console() -> Console:
    """Where tables go: stdout, wide enough to read where it is no terminal."""
    made = Console(highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made = Console(highlight=False, markup=False, emoji=False, width=max(LEAST_WIDTH, made.width))
    return made


def interval(effect: float, low: float, high: float, lang: Lang, digits: int = 2) -> str:
    """An effect with its interval; empty where there is none."""
    if not math.isfinite(effect):
        return ""
    ends = {name: _shown(value, digits) for name, value in (("effect", effect), ("low", low), ("high", high))}
    known = math.isfinite(low) and math.isfinite(high)
    if not known:
        return ends["effect"]
    return text("treat.interval", lang, **ends)


def _shown(value: float, digits: int) -> str:
    """A number; one that would read as nothing gets one more digit, so that its side can be told."""
    more = value != 0 and abs(value) < 0.5 * 10**-digits
    return f"{value:.{digits + more}f}"


def _table(title: str, heads: tuple[str, ...], lang: Lang) -> Table:
    table = Table(title=title, title_justify="left", show_lines=True)
    for head in heads:
        table.add_column(text(f"treat.head_{head}", lang), overflow="fold")
    return table


def _cell(value: object) -> Text:
    shown = "" if value is None or value != value else str(value)
    return Text("\n".join(harmless(line) for line in shown.split("\n")))


def print_list(rows: pd.DataFrame, lang: Lang) -> None:
    """Rows of evidence with their effects, doubts and decisions."""
    heads = ("row", "trial", "option", "outcome", "effect", "numbers", "doubts", "decision")
    table = _table("", heads, lang)
    for row in rows.to_dict("records"):
        year = "" if not math.isfinite(float(row["year"])) else f" {row['year']:.0f}"
        effect = interval(row["effect"], row["ci_low"], row["ci_high"], lang)
        kind = f"{effect} {row['kind']}" if effect else ""
        symptom = text(f"treat.symptom_{row['target_symptom']}", lang)
        named = outcome_name(row["outcome"], lang)
        outcome = text("treat.outcome_of", lang, symptom=symptom, outcome=named)
        cells = (row["row"], f"{row['trial']}{year}", row["option_name"], outcome, kind,
                 row["numbers_said"], row["doubts_said"], row["decision"])  # fmt: skip
        table.add_row(*map(_cell, cells))
    console().print(table)


def print_match(symptom: str, tables: Mapping[str, pd.DataFrame], lang: Lang) -> None:
    """Options for a symptom, and what stands beside them."""
    out = console()
    units = patient_units()
    out.print(_options(symptom, tables["options"], lang))
    baseline = {"sd": f"{units['panss_total_sd']:g}", "response": f"{units['clozapine_response']:g}"}
    lines = [text("treat.match_baseline", lang, **baseline)]
    if not (tables["options"]["standing"] == "ranked").any():
        lines.append(text("treat.match_none_ranked", lang))
    doubted = tables["options"].loc[tables["options"]["doubts"] != "", ["option_name", "doubts"]]
    lines += [f"{row['option_name']}: {row['doubts']}" for row in doubted.to_dict("records")]
    lines += list(tables["indirect"]["said"])
    lines.append(text("treat.also_known", lang))
    for row in tables["uncompared"].to_dict("records"):
        note = f" ({row['note']})" if row["note"] else ""
        lines.append(f"  {row['option_name']}: {row['said']}{note}")
    for line in lines:
        out.print(_cell(line))
    out.print(_syntheses(tables["syntheses"], lang))
    out.print(_targets(tables["targets"], lang))


def _options(symptom: str, options: pd.DataFrame, lang: Lang) -> Table:
    title = text("treat.match_title", lang, symptom=text(f"treat.symptom_{symptom}", lang))
    table = _table(title, ("option", "effect", "trials", "certainty", "harms"), lang)
    separator = text("treat.list_separator", lang)
    for row in options.to_dict("records"):
        trials = [str(row["trials"]).replace("; ", separator)]
        if row["known_without_numbers"]:
            silent = str(row["known_without_numbers"]).replace("; ", separator)
            trials.append(text("treat.known_trials", lang, trials=silent))
        reasons = [row["certainty_said"], *str(row["why"]).split(separator)]
        cells = (
            (row["option_name"], f"[{row['standing_said']}]"), _effect(row, lang), trials, reasons,
            str(row["harms"]).split(separator),
        )  # fmt: skip
        table.add_row(*(_cell("\n".join(line for line in cell if line)) for cell in cells))
    return table


def _effect(row: Mapping[Any, Any], lang: Lang) -> tuple[str, ...]:
    """The effect three ways where decisions change it, and in a clinician's units where it is ranked."""
    found = interval(row["effect"], row["ci_low"], row["ci_high"], lang)
    lines = [found]
    for view in ("as_given", "undoubted"):
        ends = tuple(row[f"{view}_{name}"] for name in ("effect", "ci_low", "ci_high"))
        other = interval(ends[0], ends[1], ends[2], lang) or text("treat.nothing_left", lang)
        if row["doubts"] and other != found:
            lines.append(text(f"treat.view_{view}", lang, effect=other))
    if row["kind"]:
        measured = text(f"treat.symptom_{row['measured']}", lang)
        lines.append(text(f"treat.kind_{row['kind']}", lang) + text("treat.comma", lang) + measured)
    for unit in ("panss", "nnt"):
        first = "panss_points" if unit == "panss" else "nnt"
        shown = interval(row[first], row[f"{unit}_low"], row[f"{unit}_high"], lang, 1)
        if shown:
            lines.append(f"{text(f'treat.head_{unit}', lang)}: {shown}")
    return tuple(lines)


def _syntheses(rows: pd.DataFrame, lang: Lang) -> Table:
    table = _table(
        text("treat.syntheses_title", lang), ("synthesis", "comparison", "outcome", "effect"), lang
    )
    for row in rows.to_dict("records"):
        effect = f"{row['measure']} {interval(row['estimate'], row['ci_low'], row['ci_high'], lang)}"
        mark = f"\n{text('treat.implausible', lang)}" if row["implausible"] == "yes" else ""
        table.add_row(
            *map(_cell, (row["pool"], row["comparison"], outcome_name(row["outcome"], lang), effect + mark))
        )
    return table


def _targets(rows: pd.DataFrame, lang: Lang) -> Table:
    table = _table(text("treat.targets_title", lang), ("target", "agents", "evidence"), lang)
    for row in rows.to_dict("records"):
        table.add_row(
            *map(_cell, (row["target"], row["agents"], f"{row['evidence_level']}: {row['finding']}"))
        )
    return table
