"""Is a row of evidence plausible? Every row is looked at before anything is pooled.

A finding never changes a number by itself: it carries a decision (the default of its check, or one recorded
by a person), and what was pooled is always shown with and without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from opentrs.reference.load import facts
from opentrs.stats.meta.effects import sd_of_change
from opentrs.treat.effects import MEANS, inflation, with_effects

Decision = Literal["accept", "treat_as_se", "exclude"]
DECISIONS: tuple[Decision, ...] = ("accept", "treat_as_se", "exclude")
Row = Mapping[Any, Any]
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt about one row.

    Parameters
    ----------
    row : id of the row of evidence
    check : which check, as in ``gate_checks.csv``
    numbers : what was seen, by name, for the sentence that says so
    """

    row: str
    check: str
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate's thresholds and default decisions, by check."""

    thresholds: Mapping[str, float]
    defaults: Mapping[str, Decision]

    @classmethod
    def shipped(cls) -> Gate:
        """The thresholds of ``reference/trials/gate_checks.csv``."""
        rows = facts("gate_checks")
        return cls(
            {row["check"]: float(row["threshold"]) for row in rows},
            {row["check"]: row["default_decision"] for row in rows},
        )


def doubts(rows: pd.DataFrame, gate: Gate | None = None) -> tuple[Doubt, ...]:
    """Every doubt about every row, in the order of the rows.

    Parameters
    ----------
    rows : columns of ``reference/trials/trials.csv``; ``percent1``, ``percent2`` and ``n_randomised`` are
        looked at where they exist
    gate : thresholds; the shipped ones without it
    """
    chosen = gate or Gate.shipped()
    records = with_effects(rows).to_dict("records")
    return tuple(doubt for row in records for check in CHECKS for doubt in check(row, chosen.thresholds))


def decisions(
    found: tuple[Doubt, ...], recorded: Mapping[str, Decision] | None = None, gate: Gate | None = None
) -> dict[str, Decision]:
    """One decision a row: a person's where there is one, else the strictest default of its doubts.

    ``treat_as_se`` goes before ``exclude``: a row that is mended is not left out for what was mended.
    """
    defaults = (gate or Gate.shipped()).defaults
    order = {"accept": 0, "exclude": 1, "treat_as_se": 2}
    out: dict[str, Decision] = dict(recorded or {})
    for doubt in found:
        decision = defaults[doubt.check]
        if doubt.row in (recorded or {}):
            continue
        if doubt.row not in out or order[decision] > order[out[doubt.row]]:
            out[doubt.row] = decision
    return out


def _has(row: Row, *names: str) -> bool:
    return all(name in row and row[name] is not None and np.isfinite(float(row[name])) for name in names)


def _large_effect(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    if row["measure"] == "SMD" and abs(row["effect"]) > limits["large_effect"]:
        return [Doubt(row["row"], "large_effect", {"g": row["effect"], "limit": limits["large_effect"]})]
    return []


def _as_standard_errors(row: Row) -> float:
    """Hedges' g if the standard deviations given are standard errors."""
    one = pd.DataFrame([dict(row)]).drop(columns=["effect", "variance", "effect_from"])
    return float(with_effects(one, frozenset({str(row["row"])}))["effect"].iloc[0])


def _sd_is_se(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    if row["measure"] != "SMD" or not _has(row, *MEANS) or not abs(row["effect"]) > limits["large_effect"]:
        return []
    mended = _as_standard_errors(row)
    if abs(mended) >= limits["sd_is_se"]:
        return []
    sd = float(row["sd1"]) * float(row["n1"]) ** 0.5
    return [Doubt(row["row"], "sd_is_se", {"g": row["effect"], "g_as_se": mended, "sd": sd})]


def _constant_sd(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    texts = row.get("sd_at_other_weeks")
    if not isinstance(texts, str) or not _has(row, "sd1", "sd2"):
        return []
    others = [float(value) for value in re.split(r"[;,\s]+", texts.strip()) if value]
    same = [float(row["sd1"]), float(row["sd2"]), *others]
    times = 1 + len(others)
    if len(set(same)) == 1 and times >= limits["constant_sd"]:
        return [Doubt(row["row"], "constant_sd", {"sd": same[0], "times": times})]
    return []


def recomputed_p(row: Row) -> float:
    """Two-sided p that a row's numbers give: t for means, normal for counts and reported effects.

    The t is paired in crossover trials, and its error larger by the design effect in cluster-randomised ones.
    """
    if row["effect_from"] == "means" and row.get("design") in ("crossover", "cluster"):
        return _p_of_design(row)
    if row["effect_from"] == "means":
        found = stats.ttest_ind_from_stats(
            row["mean1"], row["sd1"], row["n1"], row["mean2"], row["sd2"], row["n2"], equal_var=True
        )
        return float(found.pvalue)
    if row["effect_from"] in ("counts", "reported", "standardised"):
        return float(2 * stats.norm.sf(abs(row["effect"]) / np.sqrt(row["variance"])))
    return float("nan")


def _p_of_design(row: Row) -> float:
    difference = row["mean1"] - row["mean2"]
    if row["design"] == "crossover":
        spread = float(sd_of_change(row["sd1"], row["sd2"], row["correlation"]))
        return float(2 * stats.t.sf(abs(difference) / (spread / np.sqrt(row["n1"])), row["n1"] - 1))
    variance = (row["sd1"] ** 2 / row["n1"] + row["sd2"] ** 2 / row["n2"]) * inflation(row)
    return float(2 * stats.norm.sf(abs(difference) / np.sqrt(variance)))


def _p_mismatch(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    if not _has(row, "reported_p"):
        return []
    given, found = float(row["reported_p"]), recomputed_p(row)
    if not np.isfinite(found) or not 0 < given <= 1:
        return []
    factor = max(given / max(found, 1e-300), found / given)
    # A p that is stricter than the numbers give matters where it changes the verdict; a laxer one always.
    other_side = (given < SIGNIFICANT) != (found < SIGNIFICANT)
    if factor >= limits["p_mismatch"] and (other_side or found < given):
        return [Doubt(row["row"], "p_mismatch", {"reported": given, "recomputed": found, "factor": factor})]
    return []


def _part_of_a_person(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    found = []
    for arm in ("1", "2"):
        if not _has(row, f"percent{arm}", f"n{arm}"):
            continue
        percent, n = float(row[f"percent{arm}"]), float(row[f"n{arm}"])
        people = percent * n / 100
        # A percentage printed to the whole number may be off by half a percent.
        if abs(people - round(people)) > limits["part_of_a_person"] * n:
            found.append(
                Doubt(row["row"], "part_of_a_person", {"percent": percent, "n": n, "people": people})
            )
    return found


def _arms_do_not_add_up(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    if not _has(row, "n1", "n2", "n_randomised"):
        return []
    # Everybody is in both arms of a crossover trial.
    other = 0.0 if row.get("design") == "crossover" else float(row["n2"])
    together, randomised = float(row["n1"]) + other, float(row["n_randomised"])
    if abs(together - randomised) > limits["arms_do_not_add_up"]:
        return [Doubt(row["row"], "arms_do_not_add_up", {"together": together, "randomised": randomised})]
    return []


def _skewed(row: Row, limits: Mapping[str, float]) -> list[Doubt]:
    is_change = "change" in str(row["outcome"]).lower()
    if row["effect_from"] != "means" or is_change:
        return []
    ratios = [
        float(row[f"sd{arm}"]) / float(row[f"mean{arm}"])
        for arm in ("1", "2")
        if float(row[f"mean{arm}"]) > 0
    ]
    if ratios and max(ratios) > limits["skewed"]:
        return [Doubt(row["row"], "skewed", {"ratio": max(ratios)})]
    return []


CHECKS: tuple[Callable[[Row, Mapping[str, float]], list[Doubt]], ...] = (
    _large_effect,
    _sd_is_se,
    _constant_sd,
    _p_mismatch,
    _part_of_a_person,
    _arms_do_not_add_up,
    _skewed,
)
