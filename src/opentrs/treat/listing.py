"""The rows of the evidence base as a table: numbers, doubts, decisions, and what is not public."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.messages import Lang, text
from opentrs.treat.decisions import Recorded, by_row
from opentrs.treat.effects import with_effects
from opentrs.treat.gate import Doubt, decisions, doubts
from opentrs.treat.options import components
from opentrs.treat.pooling import prepared
from opentrs.treat.words import doubt_sentence, option_name

COLUMNS = [
    "row", "trial", "year", "option", "option_name", "is_addition", "target_symptom", "arm1", "arm2", "dose",
    "control", "design", "trs", "clozapine_base", "outcome", "timepoint_weeks", "n1", "n2", "kind", "effect",
    "se", "ci_low", "ci_high", "effect_from", "numbers", "numbers_said", "doubts", "doubts_said", "decision",
    "decided_by", "decision_reason", "decision_date", "note", "source", "checked",
]  # fmt: skip


def evidence_list(
    rows: pd.DataFrame,
    lang: Lang,
    recorded: tuple[Recorded, ...] = (),
    symptom: str | None = None,
    option: str | None = None,
) -> pd.DataFrame:
    """Every row of evidence, those without public numbers too.

    Parameters
    ----------
    rows : columns of ``reference/trials/trials.csv``
    lang : language of the sentences
    recorded : decisions of people
    symptom, option : only rows about a symptom; only rows that add a component

    Returns
    -------
    one line a row; ``effect`` is as given, before any decision; logarithms for ratios
    """
    found: dict[str, list[Doubt]] = defaultdict(list)
    every = doubts(rows)
    for doubt in every:
        found[doubt.row].append(doubt)
    frame = with_effects(prepared(rows))
    usable = frame["effect_from"] != ""
    error = np.sqrt(frame["variance"].where(usable))
    half = float(stats.norm.ppf(0.975)) * error
    decided, mine = decisions(every, by_row(recorded)), {one.row: one for one in recorded}
    ids = list(frame["row"])
    frame = frame.assign(
        option_name=[option_name(name, lang) for name in frame["option"]],
        is_addition=np.where(frame["is_addition"], "yes", "no"),
        trs=np.where(frame["trs"].astype(bool), "yes", "no"),
        clozapine_base=np.where(frame["clozapine_base"].astype(bool), "yes", "no"),
        se=error,
        ci_low=frame["effect"] - half,
        ci_high=frame["effect"] + half,
        numbers_said=[text(f"treat.numbers_{name}", lang) for name in frame["numbers"]],
        doubts=[";".join(dict.fromkeys(doubt.check for doubt in found[row])) for row in ids],
        doubts_said=[" ".join(doubt_sentence(doubt, lang) for doubt in found[row]) for row in ids],
        decision=[decided.get(row, "") for row in ids],
        decided_by=[mine[row].by if row in mine else "default" if row in decided else "" for row in ids],
        decision_reason=[mine[row].reason if row in mine else "" for row in ids],
        decision_date=[mine[row].date if row in mine else "" for row in ids],
    )
    if symptom is not None:
        frame = frame[frame["target_symptom"] == symptom]
    if option is not None:
        holds = [option == whole or option in components(whole) for whole in frame["option"]]
        frame = frame[np.array(holds, dtype=bool)]
    return frame[COLUMNS].reset_index(drop=True)


def known_symptoms(rows: pd.DataFrame) -> tuple[str, ...]:
    """Symptoms and other outcomes the rows are about."""
    return tuple(sorted(set(rows["target_symptom"])))


def known_components(rows: pd.DataFrame) -> tuple[str, ...]:
    """Components the options of the rows hold."""
    return tuple(sorted({part for option in prepared(rows)["option"] for part in components(option)}))
