"""What helps for which symptom: options found, rated, ranked, and put into a clinician's units.

Only what more than one trial has shown, with more than very low certainty, is ranked. The rest is shown
as it is: too little to say, or known without public numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.treat.certainty import LEVELS, Certainty, rate
from opentrs.treat.effects import patient_units
from opentrs.treat.gate import Decision, Doubt, doubts
from opentrs.treat.options import BROADER
from opentrs.treat.pooling import VIEWS, PooledOption, pool_option, pooling_rule, prepared

# A standardised difference times this is the log odds ratio it stands for (Chinn 2000).
LOG_ODDS_PER_SMD = math.pi / math.sqrt(3)
Ends = tuple[float, float, float]
NO_ENDS: Ends = (math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Match:
    """One option for a symptom.

    Parameters
    ----------
    option : what is added
    asked, measured : symptom asked for, and the one the trials measured
    found : pooled as decided
    as_given, undoubted : the other two views
    certainty : level and steps
    standing : ``ranked``, ``too_little`` or ``no_numbers``
    panss_points, panss_low, panss_high : in points of the PANSS total; not a number unless ranked
    nnt, nnt_low, nnt_high : people to treat for one more responder at the stated baseline; infinite at no
        effect, negative for harm; not a number unless ranked
    doubts : doubts about its rows
    """

    option: str
    asked: str
    measured: str
    found: PooledOption
    as_given: PooledOption
    undoubted: PooledOption
    certainty: Certainty
    standing: str
    panss_points: float
    panss_low: float
    panss_high: float
    nnt: float
    nnt_low: float
    nnt_high: float
    doubts: tuple[Doubt, ...]


def match(
    rows: pd.DataFrame,
    symptom: str,
    on_clozapine: bool = True,
    recorded: Mapping[str, Decision] | None = None,
) -> tuple[Match, ...]:
    """Options for one symptom, best known first.

    Parameters
    ----------
    rows : columns of ``reference/trials/trials.csv``
    symptom : ``hallucination``, ``delusion``, ``negative``, ``depression``, ``positive`` or ``total``
    on_clozapine : whether the person takes clozapine; trials of others are then less direct
    recorded : decisions about doubted rows, by row

    Returns
    -------
    ranked options first (by certainty, then by the end of the interval nearest to no effect), then those of
    which too little is known, then known trials without public numbers
    """
    ready = prepared(rows)
    ready = ready[ready["is_addition"] & (ready["option"] != "")]
    all_doubts = doubts(rows)
    taken: dict[str, Match] = {}
    for target in BROADER[symptom]:
        at_target = ready[ready["target_symptom"].isin(_targets(target))]
        at_target = at_target.assign(outcome_target=at_target["target_symptom"], target_symptom=target)
        for option, of_option in ((str(name), rows) for name, rows in at_target.groupby("option", sort=True)):
            if option in taken and taken[option].standing != "no_numbers":
                continue
            if not _speaks(of_option, symptom, target):
                continue
            found = _match(of_option, symptom, on_clozapine, all_doubts, recorded)
            if option not in taken or found.standing != "no_numbers":
                taken[option] = found
    return tuple(sorted(taken.values(), key=_order))


def _targets(target: str) -> tuple[str, ...]:
    """Symptoms of rows that speak to a target; positive symptoms may stand for a total nobody gave."""
    return ("total", "positive") if target == "total" else (target,)


def _speaks(rows: pd.DataFrame, symptom: str, target: str) -> bool:
    """Whether rows say anything about the symptom: positive symptoms alone say nothing of other kinds."""
    if target != "total" or symptom not in ("negative", "depression"):
        return True
    return bool((rows["outcome_target"] == "total").any())


def _order(found: Match) -> tuple[int, int, float, str]:
    standing = ("ranked", "too_little", "no_numbers").index(found.standing)
    return standing, LEVELS.index(found.certainty.level), _nearest_to_none(found.found), found.option


def _nearest_to_none(found: PooledOption) -> float:
    """End of the interval nearest to no effect; above 0 where it may do harm."""
    end = found.ci_high if found.kind == "smd" else -found.ci_low
    return end if np.isfinite(end) else math.inf


def _match(
    rows: pd.DataFrame,
    symptom: str,
    on_clozapine: bool,
    all_doubts: tuple[Doubt, ...],
    recorded: Mapping[str, Decision] | None,
) -> Match:
    usable = _one_kind(rows)
    about = tuple(doubt for doubt in all_doubts if doubt.row in set(usable["row"]))
    views = _views(usable, about, recorded)
    found = views["as_decided"]
    certainty = rate(found, usable, symptom, on_clozapine)
    standing = "ranked"
    if not found.trials:
        standing = "too_little" if views["as_given"].trials else "no_numbers"
    elif len(found.trials) < pooling_rule("least_trials_to_rank") or certainty.level == "very_low":
        standing = "too_little"
    points, nnt = _in_patient_units(found) if standing == "ranked" else (NO_ENDS, NO_ENDS)
    return Match(
        str(usable["option"].iloc[0]), symptom, str(usable["target_symptom"].iloc[0]),
        found, views["as_given"], views["undoubted"], certainty, standing, *points, *nnt, about,
    )  # fmt: skip


def _views(
    rows: pd.DataFrame, about: tuple[Doubt, ...], recorded: Mapping[str, Decision] | None
) -> dict[str, PooledOption]:
    """The three views; where nothing is doubted or decided they are one fit."""
    if about or any(row in (recorded or {}) for row in rows["row"]):
        return {view: pool_option(rows, about, recorded, view) for view in VIEWS}
    found = pool_option(rows, about, None, "as_given")
    return {view: replace(found, view=view) for view in VIEWS}


def _one_kind(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one measure: standardised differences where there are any, else ratios, else what is left."""
    for kind in ("smd", "log_rr", "log_or"):
        of_kind = rows[(rows["kind"] == kind) & (rows["numbers"] == "usable")]
        if len(of_kind):
            return _main_scale(of_kind)
    return rows.assign(kind="")


def _main_scale(rows: pd.DataFrame) -> pd.DataFrame:
    """One outcome a trial: the one asked for before one that stands for it."""
    ranked = rows.assign(rank=(rows["outcome_target"] != rows["target_symptom"]).astype(int))
    least = ranked.groupby("trial")["rank"].transform("min")
    return ranked[ranked["rank"] == least].drop(columns="rank")


def _in_patient_units(found: PooledOption) -> tuple[Ends, Ends]:
    units = patient_units()
    baseline = units["clozapine_response"] / 100
    ends = (found.effect, found.ci_low, found.ci_high)
    if found.kind != "smd":
        return NO_ENDS, _each(lambda end: number_needed(end, baseline, found.kind), ends)
    points = _each(lambda end: end * units["panss_total_sd"], ends)
    return points, _each(lambda end: number_needed(-end * LOG_ODDS_PER_SMD, baseline, "log_or"), ends)


def _each(change: Callable[[float], float], ends: Ends) -> Ends:
    return change(ends[0]), change(ends[1]), change(ends[2])


def number_needed(log_ratio: float, baseline: float, kind: str) -> float:
    """People to treat for one more responder; negative: for one fewer; infinite at no effect.

    Parameters
    ----------
    log_ratio : log odds or risk ratio of response, above 0 better
    baseline : share that responds without, 0 to 1
    kind : ``log_or`` or ``log_rr``
    """
    if kind == "log_rr":
        treated = min(1.0, baseline * math.exp(log_ratio))
    else:
        odds = baseline / (1 - baseline) * math.exp(log_ratio)
        treated = odds / (1 + odds)
    gain = treated - baseline
    return math.inf if gain == 0 else 1 / gain


@dataclass(frozen=True, slots=True)
class Indirect:
    """Two options compared through what both were compared with, never head to head.

    Parameters
    ----------
    first, second : options; the effect is first against second
    effect, ci_low, ci_high, p_value : of the difference
    n_trials : trials of each
    """

    first: str
    second: str
    effect: float
    ci_low: float
    ci_high: float
    p_value: float
    n_trials: tuple[int, int]


def indirect(first: PooledOption, second: PooledOption, level: float = 0.95) -> Indirect | None:
    """Compare two pooled options through their common comparator; None where one has no numbers.

    Both must be of one kind. Bucher et al. 1997, doi:10.1016/S0895-4356(97)00049-8.
    """
    if first.pooled is None or second.pooled is None or first.kind != second.kind:
        return None
    difference = first.effect - second.effect
    error = float(np.hypot(float(first.pooled.standard_error), float(second.pooled.standard_error)))
    half = float(stats.norm.ppf(1 - (1 - level) / 2)) * error
    return Indirect(
        first.option, second.option, difference, difference - half, difference + half,
        float(2 * stats.norm.sf(abs(difference / error))), (len(first.trials), len(second.trials)),
    )  # fmt: skip
