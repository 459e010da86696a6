"""How certain a pooled effect is, by stated rules; every step down says why.

The ladder is that of GRADE (high, moderate, low, very low); the rules that move on it are rows of
``reference/trials/certainty_rules.csv`` and are simpler than a panel's judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.stats.meta import Pooled
from opentrs.stats.meta.bias import egger, harbord
from opentrs.treat.options import steps_to
from opentrs.treat.pooling import PooledOption

Level = Literal["high", "moderate", "low", "very_low"]
LEVELS: tuple[Level, ...] = ("high", "moderate", "low", "very_low")
BLINDED = frozenset({"sham", "placebo"})


@dataclass(frozen=True, slots=True)
class Step:
    """One reason to trust an effect less.

    Parameters
    ----------
    domain : risk_of_bias, indirectness, inconsistency, imprecision or publication_bias
    reason : which rule, as in ``certainty_rules.csv``
    levels : levels down; 0 where something only must be said
    numbers : what was seen, for the sentence
    """

    domain: str
    reason: str
    levels: int
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Certainty:
    """A level and the steps that led there."""

    level: Level
    steps: tuple[Step, ...]


def rate(found: PooledOption, rows: pd.DataFrame, asked: str, on_clozapine: bool = True) -> Certainty:
    """Rate one pooled option.

    Parameters
    ----------
    found : what was pooled
    rows : its rows of evidence; ``outcome_target`` is the symptom measured, where another stands for it
    asked : symptom asked for
    on_clozapine : whether the person it is asked for takes clozapine
    """
    kept = rows[rows["row"].isin(found.rows)]
    steps = [
        *_bias(found, kept),
        *_indirect(found, kept, asked, on_clozapine),
        *_inconsistent(found),
        *_imprecise(found),
        *_published(found, kept),
    ]
    down = sum(step.levels for step in steps)
    return Certainty(LEVELS[min(down, len(LEVELS) - 1)], tuple(steps))


def rules() -> dict[str, Mapping[str, Any]]:
    """The rules by reason."""
    return {row["reason"]: row for row in facts("certainty_rules")}


def _step(reason: str, times: int = 1, **numbers: float) -> Step:
    rule = rules()[reason]
    return Step(rule["domain"], reason, int(rule["levels"]) * times, numbers)


def _limit(reason: str) -> float:
    return float(rules()[reason]["threshold"])


def _share(found: PooledOption, kept: pd.DataFrame, chosen: pd.Series[bool]) -> float:
    """Percent of the weight from trials any of whose rows is chosen."""
    marked = set(kept.loc[chosen, "trial"])
    weights = found.pooled.weights_percent if found.pooled is not None else np.zeros(0)
    return float(sum(weight for trial, weight in zip(found.trials, weights, strict=True) if trial in marked))


def _bias(found: PooledOption, kept: pd.DataFrame) -> list[Step]:
    share = _share(found, kept, ~kept["control"].isin(BLINDED))
    return [_step("unblinded", percent=share)] if share >= _limit("unblinded") else []


def _indirect(found: PooledOption, kept: pd.DataFrame, asked: str, on_clozapine: bool) -> list[Step]:
    steps = []
    outside = _share(found, kept, ~kept["trs"].astype(bool))
    if outside >= _limit("population_not_trs"):
        steps.append(_step("population_not_trs", percent=outside))
    without = _share(found, kept, ~kept["clozapine_base"].astype(bool))
    if on_clozapine and without >= _limit("not_on_clozapine"):
        steps.append(_step("not_on_clozapine", percent=without))
    part = _share(found, kept, kept["outcome_target"] != kept["target_symptom"])
    if part >= _limit("part_for_whole"):
        steps.append(_step("part_for_whole", percent=part))
    broader = steps_to(asked, found.target_symptom)
    if broader:
        steps.append(_step("broader_symptom", times=broader, steps=broader))
    return steps


def _crosses(low: float, high: float, at: float = 0.0) -> bool:
    return bool(low <= at <= high)


def _inconsistent(found: PooledOption) -> list[Step]:
    steps = []
    if np.isfinite(found.prediction_low):
        predicted = _crosses(found.prediction_low, found.prediction_high)
        if predicted and not _crosses(found.ci_low, found.ci_high):
            steps.append(_step("sides_disagree"))
    if found.pooled is not None and len(found.trials) > 1:
        i2 = float(found.pooled.i2_percent)
        if i2 > _limit("i2_high") and not steps:
            steps.append(_step("i2_high", percent=i2))
    return steps


def _imprecise(found: PooledOption) -> list[Step]:
    steps = []
    if _crosses(found.ci_low, found.ci_high):
        steps.append(_step("includes_no_effect"))
    elif found.n_people < _limit("few_people"):
        steps.append(_step("few_people", n=found.n_people))
    size = _limit("benefit_and_harm")
    if found.kind == "smd" and found.ci_low <= -size and found.ci_high >= size:
        steps.append(_step("benefit_and_harm", size=size))
    return steps


def _published(found: PooledOption, kept: pd.DataFrame) -> list[Step]:
    if found.pooled is None or len(found.trials) < _limit("too_few_to_tell"):
        return [_step("too_few_to_tell", k=len(found.trials))]
    p = _small_study_p(found, found.pooled, kept)
    return [_step("small_study", p=p)] if p < _limit("small_study") else []


def _small_study_p(found: PooledOption, pooled: Pooled, kept: pd.DataFrame) -> float:
    """P-value of a test whose standard error is not tied to the effect, where arms are known.

    Harbord's for counts; Egger's with standard errors from sizes alone for standardised differences
    (Pustejovsky & Rodgers 2019, doi:10.1002/jrsm.1332); else Egger's.
    """
    arms = kept.drop_duplicates("trial").set_index("trial").loc[list(found.trials)]
    n1, n2 = arms["n1"].to_numpy(float), arms["n2"].to_numpy(float)
    events1, events2 = arms["events1"].to_numpy(float), arms["events2"].to_numpy(float)
    effects, variances = pooled.data.effects, pooled.data.variances
    if found.kind in ("log_or", "log_rr") and np.isfinite([events1, events2]).all():
        return float(harbord(events1, n1, events2, n2).p_value)
    if found.kind == "smd" and np.isfinite([n1, n2]).all():
        return float(egger(effects, 1 / n1 + 1 / n2).p_value)
    return float(egger(effects, variances).p_value)
