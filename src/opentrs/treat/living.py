"""A living evidence base: rows are added, what they touch is refitted, and what changed is said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from opentrs.messages import Lang, text
from opentrs.treat.gate import Decision
from opentrs.treat.matching import Match, match
from opentrs.treat.options import BROADER, SYMPTOMS
from opentrs.treat.pooling import prepared
from opentrs.treat.words import option_name, step_sentence

ASKED = (*SYMPTOMS, "positive", "total")
COLUMNS = [
    "symptom", "option", "option_name", "change", "before_effect", "before_ci_low", "before_ci_high",
    "before_k", "before_certainty", "before_standing", "after_effect", "after_ci_low", "after_ci_high",
    "after_k", "after_certainty", "after_standing", "why",
]  # fmt: skip


def joined(base: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """The rows there were and the new ones, in that order."""
    columns = [
        *base.columns,
        *(name for name in added.columns if name not in base.columns and added[name].notna().any()),
    ]
    records = [*base.to_dict("records"), *added.to_dict("records")]
    frame = pd.DataFrame(records, columns=columns)
    for name in frame.columns:
        if name in base.columns and base[name].dtype == "float64":
            frame[name] = frame[name].astype("float64")
        if name in base.columns and base[name].dtype == "bool":
            frame[name] = frame[name].astype("bool")
    return frame


def changes(
    base: pd.DataFrame,
    added: pd.DataFrame,
    lang: Lang,
    recorded: Mapping[str, Decision] | None = None,
) -> pd.DataFrame:
    """What new rows change, for each symptom and option they touch.

    Returns
    -------
    a row for each symptom and option with the estimate, interval, certainty and standing before and after;
        ``change`` is ``new``, ``changed`` or ``same``; ``why`` names the rows and the reasons that came or
        went. Options without a new row are as they were, and are not listed
    """
    after = joined(base, added)
    new_rows = prepared(added)
    options = sorted(set(new_rows.loc[new_rows["is_addition"], "option"]) - {""})
    lines = []
    for symptom in ASKED:
        old, new = (_of(rows, symptom, options, recorded) for rows in (base, after))
        for option in options:
            speaks = new_rows[
                (new_rows["option"] == option) & new_rows["target_symptom"].isin(BROADER[symptom])
            ]
            if option in new and len(speaks):
                lines.append(_line(old.get(option), new[option], list(speaks["row"]), lang))
    return pd.DataFrame(lines, columns=COLUMNS)


def _of(
    rows: pd.DataFrame, symptom: str, options: Sequence[str], recorded: Mapping[str, Decision] | None
) -> dict[str, Match]:
    mine = rows[prepared(rows)["option"].isin(options)]
    return {one.option: one for one in match(mine, symptom, True, recorded)} if len(mine) else {}


def _line(old: Match | None, new: Match, rows: Sequence[str], lang: Lang) -> dict[str, object]:
    before, after = _state("before_", old), _state("after_", new)
    alike = old is not None and all(_same(before[f"before_{name}"], after[f"after_{name}"]) for name in STATE)
    change = "new" if old is None else "same" if alike else "changed"
    return {
        "symptom": new.asked, "option": new.option, "option_name": option_name(new.option, lang),
        "change": change, **before, **after, "why": _why(old, new, alike, rows, lang),
    }  # fmt: skip


STATE = ("effect", "ci_low", "ci_high", "k", "certainty", "standing")


def _state(prefix: str, one: Match | None) -> dict[str, object]:
    if one is None:
        values: tuple[object, ...] = (math.nan, math.nan, math.nan, 0, "", "")
    else:
        rated = one.certainty.level if one.found.trials else ""
        found = one.found
        values = (found.effect, found.ci_low, found.ci_high, len(found.trials), rated, one.standing)
    return {f"{prefix}{name}": value for name, value in zip(STATE, values, strict=True)}


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)


def _why(old: Match | None, new: Match, alike: bool, rows: Sequence[str], lang: Lang) -> str:
    named = ", ".join(rows)
    if old is None:
        return text("treat.change_new", lang, rows=named)
    if alike:
        return text("treat.change_none", lang, rows=named)
    said = [
        text(
            "treat.change_estimate",
            lang,
            rows=named,
            before=_shown(old.found.effect),
            after=_shown(new.found.effect),
        )
    ]
    if old.found.trials and new.found.trials and old.certainty.level != new.certainty.level:
        levels = (text(f"treat.level_{one.certainty.level}", lang) for one in (old, new))
        said.append(
            text("treat.change_certainty", lang, **dict(zip(("before", "after"), levels, strict=True)))
        )
    if old.standing != new.standing:
        standings = (text(f"treat.standing_{one.standing}", lang) for one in (old, new))
        said.append(
            text("treat.change_standing", lang, **dict(zip(("before", "after"), standings, strict=True)))
        )
    said += _reasons(old, new, lang)
    return text("treat.list_separator", lang).join(said)


def _reasons(old: Match, new: Match, lang: Lang) -> list[str]:
    """Reasons that went or came, by rule; one that only has other numbers is no change."""
    before, after = (
        {step.reason: step for step in one.certainty.steps} if one.found.trials else {} for one in (old, new)
    )
    separator = text("treat.list_separator", lang)
    said = []
    for key, mine, other in (
        ("change_reasons_gone", before, after),
        ("change_reasons_new", after, before),
    ):
        only = [step_sentence(step, lang) for reason, step in mine.items() if reason not in other]
        if only:
            said.append(text(f"treat.{key}", lang, reasons=separator.join(only)))
    return said


def _shown(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "-"
