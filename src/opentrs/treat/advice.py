"""Matches as tables a clinician can read: options in words, effects, certainty, harms, what is beside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from opentrs.messages import Lang, text
from opentrs.reference.load import facts
from opentrs.treat.gate import Gate
from opentrs.treat.matching import Match, indirect
from opentrs.treat.options import BROADER, components
from opentrs.treat.pooling import PooledOption, prepared
from opentrs.treat.words import doubt_sentence, level_name, option_name, outcome_name, step_sentence, why

HARM = "harm"
HARM_WORDS = ("impairment", "hypersalivation", "weight gain", "adverse")
STANDARDISED = ("SMD", "g", "d")
STIMULATION = ("rtms", "ctbs")
SHOCK = "ect"
COLUMNS = [
    "option", "option_name", "asked", "measured", "standing", "standing_said", "k", "n_people", "trials",
    "kind", "effect", "ci_low", "ci_high", "p", "prediction_low", "prediction_high", "as_given_effect",
    "as_given_ci_low", "as_given_ci_high", "undoubted_effect", "undoubted_ci_low", "undoubted_ci_high",
    "certainty",
    "certainty_said", "why", "panss_points", "panss_low", "panss_high", "nnt", "nnt_low", "nnt_high", "harms",
    "doubts", "known_without_numbers",
]  # fmt: skip


def options_frame(found: Sequence[Match], rows: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """One line an option, in the order of the matches; certainty is empty where nothing was pooled."""
    return pd.DataFrame([_line(one, rows, lang) for one in found], columns=COLUMNS)


def _line(one: Match, rows: pd.DataFrame, lang: Lang) -> dict[str, object]:
    separator, rated = text("treat.list_separator", lang), bool(one.found.trials)
    level = one.certainty.level if rated else ""
    return {
        "option": one.option, "option_name": option_name(one.option, lang), "asked": one.asked,
        "measured": one.measured, "standing": one.standing,
        "standing_said": text(f"treat.standing_{one.standing}", lang),
        "k": len(one.found.trials), "n_people": one.found.n_people, "trials": "; ".join(one.found.trials),
        "kind": one.found.kind, **_ends("", one.found), "p": one.found.p_value,
        "prediction_low": one.found.prediction_low, "prediction_high": one.found.prediction_high,
        **_ends("as_given_", one.as_given), **_ends("undoubted_", one.undoubted),
        "certainty": level,
        "certainty_said": level_name(level, len(one.found.trials), lang) if level else "",
        "why": why(one.certainty, lang) if rated else text(_without(one), lang),
        "panss_points": one.panss_points, "panss_low": one.panss_low, "panss_high": one.panss_high,
        "nnt": one.nnt, "nnt_low": one.nnt_low, "nnt_high": one.nnt_high,
        "harms": separator.join(harms(one.option, rows, lang)),
        "doubts": " ".join(doubt_sentence(doubt, lang) for doubt in one.doubts),
        "known_without_numbers": "; ".join(without_numbers(one, rows)),
    }  # fmt: skip


def _without(one: Match) -> str:
    return "treat.numbers_not_public" if one.standing == "no_numbers" else "treat.all_excluded"


def _ends(prefix: str, found: PooledOption) -> dict[str, float]:
    return {
        f"{prefix}effect": found.effect,
        f"{prefix}ci_low": found.ci_low,
        f"{prefix}ci_high": found.ci_high,
    }


def without_numbers(one: Match, rows: pd.DataFrame) -> tuple[str, ...]:
    """Trials of an option on the path of its symptom whose numbers are not public."""
    ready = prepared(rows)
    mine = ready[(ready["option"] == one.option) & ready["target_symptom"].isin(BROADER[one.asked])]
    silent = mine[(mine["numbers"] != "usable") & ~mine["trial"].isin(one.found.trials)]
    years = ["" if not math.isfinite(year) else f" {year:.0f}" for year in silent["year"].astype(float)]
    names = [f"{trial}{year}" for trial, year in zip(silent["trial"], years, strict=True)]
    return tuple(dict.fromkeys(names))


def harms(option: str, rows: pd.DataFrame, lang: Lang) -> tuple[str, ...]:
    """What is known of the harms of an option: trials' own counts and published syntheses."""
    ready = prepared(rows)
    own = ready[(ready["option"] == option) & (ready["target_symptom"] == HARM)]
    said = [_own_harm(row, lang) for row in own.to_dict("records")]
    for pooled in syntheses(option).to_dict("records"):
        if any(word in pooled["outcome"] for word in HARM_WORDS):
            numbers = {name: f"{pooled[name]:.2f}" for name in ("estimate", "ci_low", "ci_high")}
            said.append(
                text("treat.harm_published", lang, outcome=outcome_name(pooled["outcome"], lang),
                     measure=pooled["measure"], pool=pooled["pool"], **numbers)
            )  # fmt: skip
    return tuple(said)


def _own_harm(row: dict[object, object], lang: Lang) -> str:
    place = {"outcome": outcome_name(str(row["outcome"]), lang), "trial": row["trial"]}
    numbers = [float(str(row[name])) for name in ("events1", "n1", "events2", "n2")]
    if all(math.isfinite(value) for value in numbers):
        one, n1, two, n2 = (f"{value:.0f}" for value in numbers)
        return text("treat.harm_counts", lang, **place, events1=one, n1=n1, events2=two, n2=n2)
    return text("treat.harm_means", lang, **place, mean1=f"{row['mean1']:g}", mean2=f"{row['mean2']:g}")


def syntheses(option: str) -> pd.DataFrame:
    """Published pooled effects of an option; those no treatment has are marked ``implausible``.

    An effect above the limit of the gate in standardised units is one of those.
    """
    limit = Gate.shipped().thresholds["large_effect"]
    found = [
        {**row, "implausible": "yes" if _implausible(row["measure"], row["estimate"], limit) else "no"}
        for row in facts("published_pools") if _is_about(option, row["comparison"])
    ]  # fmt: skip
    columns = ["pool", "comparison", "population", "outcome", "measure", "estimate", "ci_low", "ci_high",
               "i2_percent", "k", "n", "implausible", "note", "source", "checked"]  # fmt: skip
    return pd.DataFrame(found, columns=columns).astype(
        dict.fromkeys(("estimate", "ci_low", "ci_high", "i2_percent", "k", "n"), "float64")
    )


def _implausible(measure: str, estimate: float, limit: float) -> bool:
    return measure.split(" ")[0] in STANDARDISED and abs(estimate) > limit


def _is_about(option: str, comparison: str) -> bool:
    """Whether a synthesis is of the option; all sites of rTMS are called by that name."""
    words = comparison.lower().split(" vs ")[0].replace("+", " ").split()
    return any(part in words or part.split("_")[0] in words for part in components(option))


def indirect_frame(found: Sequence[Match], lang: Lang) -> pd.DataFrame:
    """Magnetic stimulation against electroconvulsive therapy: never head to head, and said so."""
    shock = [one for one in found if SHOCK in components(one.option)]
    magnetic = [one for one in found if components(one.option)[0].startswith(STIMULATION)]
    lines = []
    for first in magnetic:
        for second in shock:
            alike = first.measured == second.measured
            both = indirect(first.found, second.found) if alike else None
            key = (
                "treat.indirect_only" if both else "treat.indirect_none" if alike else "treat.indirect_unlike"
            )
            lines.append(
                {
                    "first": first.option, "second": second.option, "measured_first": first.measured,
                    "measured_second": second.measured, "comparison": "indirect",
                    "effect": both.effect if both else math.nan, "ci_low": both.ci_low if both else math.nan,
                    "ci_high": both.ci_high if both else math.nan, "p": both.p_value if both else math.nan,
                    "said": text(key, lang, first=option_name(first.option, lang),
                                 second=option_name(second.option, lang)),
                }
            )  # fmt: skip
    columns = ["first", "second", "measured_first", "measured_second", "comparison", "effect", "ci_low",
               "ci_high", "p", "said"]  # fmt: skip
    return pd.DataFrame(lines, columns=columns)


def uncompared_frame(rows: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """What was reported without a comparison that could be pooled, negative findings too.

    Uncontrolled phases as their source has them, and treatments of the vocabulary no row is about.
    """
    ready = prepared(rows)
    lines = [
        {"option": row["option"], "option_name": option_name(row["option"], lang), "trial": row["trial"],
         "said": _uncontrolled(row, lang), "note": row["note"], "source": row["source"]}
        for row in ready[ready["design"] == "uncontrolled"].to_dict("records")
    ]  # fmt: skip
    tried = {part for arm in ("arm1", "arm2") for text_of in ready[arm] for part in components(text_of)}
    lines += [
        {"option": row["component"], "option_name": row[f"name_{lang}"], "trial": "",
         "said": text("treat.no_trial", lang), "note": row["note"] or "", "source": row["source"]}
        for row in facts("interventions") if row["component"] not in tried and row["class"] != "inactive"
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=["option", "option_name", "trial", "said", "note", "source"])


def _uncontrolled(row: dict[object, object], lang: Lang) -> str:
    counts = {name: f"{row[name]:.0f}" for name in ("events1", "n1", "events2", "n2")}
    return text(
        "treat.uncontrolled", lang, outcome=outcome_name(str(row["outcome"]), lang),
        first=option_name(str(row["arm1"]), lang),
        second=option_name(str(row["arm2"]), lang), **counts,
    )  # fmt: skip


def reasons_frame(found: Sequence[Match], lang: Lang) -> pd.DataFrame:
    """Every step of every rating, one line each."""
    lines = [
        {"option": one.option, "asked": one.asked, "measured": one.measured, "domain": step.domain,
         "reason": step.reason, "levels": step.levels, "said": step_sentence(step, lang)}
        for one in found if one.found.trials for step in one.certainty.steps
    ]  # fmt: skip
    columns = ["option", "asked", "measured", "domain", "reason", "levels", "said"]
    return pd.DataFrame(lines, columns=columns)
