"""Pool the rows of one option and one symptom: as given, as decided, and without what is doubted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.stats.meta import MetaAnalysisError, Pooled, pool
from opentrs.stats.meta.pool import Model, Test
from opentrs.treat.effects import stated_sd, with_effects
from opentrs.treat.gate import Decision, Doubt, decisions
from opentrs.treat.options import compare_arms

MAIN_MODEL: Model = "reml"
MAIN_TEST: Test = "hk_modified"
VIEWS = ("as_decided", "as_given", "undoubted")
# Doubts that do not make a number suspect enough to leave its row out of the strictest view.
MILD = frozenset({"skewed"})
KINDS = {"SMD": "smd", "RR": "log_rr", "OR": "log_or", "MD": "md", "RD": "rd"}


@dataclass(frozen=True, slots=True)
class PooledOption:
    """The evidence for one option on one symptom, in one view.

    Parameters
    ----------
    option, target_symptom, kind : what is pooled; kind is ``smd`` or ``log_rr``
    view : ``as_decided``, ``as_given``, ``undoubted``
    rows : ids of the rows that entered
    trials : names of the trials
    n_people : people in both arms, 0 where not stated
    pooled : the fit; None where nothing is left, or one trial whose own effect stands in ``effect``
    effect, ci_low, ci_high, p_value : pooled, or of the only trial
    prediction_low, prediction_high : of a new trial; not a number below three trials
    """

    option: str
    target_symptom: str
    kind: str
    view: str
    rows: tuple[str, ...]
    trials: tuple[str, ...]
    n_people: int
    pooled: Pooled | None
    effect: float
    ci_low: float
    ci_high: float
    p_value: float
    prediction_low: float
    prediction_high: float


def prepared(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with what they compare: ``option``, ``base``, ``is_addition``, ``kind``."""
    found = [compare_arms(one, two) for one, two in zip(rows["arm1"], rows["arm2"], strict=True)]
    return rows.assign(
        option=[one.option for one in found],
        base=[";".join(one.base) for one in found],
        is_addition=[one.is_addition for one in found],
        kind=[_kind(one, outcome) for one, outcome in zip(rows["measure"], rows["outcome"], strict=True)],
    )


def _kind(measure: object, outcome: object) -> str:
    if measure == "MD" and np.isfinite(stated_sd(outcome)):
        return "smd"
    return KINDS.get(str(measure), "")


def pooling_rule(name: str) -> float:
    """A threshold of ``reference/trials/pooling_rules.csv``."""
    return next(float(row["value"]) for row in facts("pooling_rules") if row["name"] == name)


def chosen_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """One time a trial and dose: the latest up to half a year; where all are later, the earliest of them."""
    at = rows["timepoint_weeks"].fillna(-1.0)
    late = at > pooling_rule("latest_weeks")
    # Early times count upward, late ones downward and below every early one: the last is the one to take.
    order = rows.assign(at=np.where(late, -1.0 - at, at)).sort_values(["at", "row"], kind="stable")
    keys = ["trial", "option", "target_symptom", "kind", "dose"]
    last = order.groupby(keys, sort=False, dropna=False).tail(1)
    return last.drop(columns="at").sort_values("row", ignore_index=True)


def pool_option(
    rows: pd.DataFrame,
    found: tuple[Doubt, ...],
    recorded: Mapping[str, Decision] | None = None,
    view: str = "as_decided",
) -> PooledOption:
    """Pool rows of one option, symptom and kind.

    Parameters
    ----------
    rows : from :func:`prepared`, one option, target symptom and kind
    found : doubts about them
    recorded : decisions of people, by row
    view : which rows enter, and as what

    Raises
    ------
    MetaAnalysisError : the rows are of more than one option, symptom or kind
    """
    for column in ("option", "target_symptom", "kind"):
        if rows[column].nunique() != 1:
            raise MetaAnalysisError(f"Rows of one {column} are pooled, not of {rows[column].nunique()}.")
    decided = decisions(found, recorded) if view == "as_decided" else {}
    doubted = {doubt.row for doubt in found if doubt.check not in MILD} if view == "undoubted" else set()
    kept = rows[~rows["row"].isin([*doubted, *(row for row, what in decided.items() if what == "exclude")])]
    kept = with_effects(kept, frozenset(row for row, what in decided.items() if what == "treat_as_se"))
    kept = chosen_rows(kept[kept["effect_from"] != ""])
    effects, variances = _by_trial(kept.assign(effect=kept["effect"] * _signs(kept)))
    first = rows.iloc[0]
    named = (str(first["option"]), str(first["target_symptom"]), str(first["kind"]), view)
    return _pooled(named, kept, effects, variances)


def _signs(kept: pd.DataFrame) -> np.ndarray:
    """Turn effects so that on scales a negative one is better, and of ratios one above 0."""
    good_is_high = kept["higher_is_better"].to_numpy(bool)
    turned = np.where(kept["kind"] == "smd", good_is_high, ~good_is_high)
    return np.where(turned, -1.0, 1.0)


def _shared_covariance(arms: pd.DataFrame, effects: np.ndarray) -> np.ndarray:
    """Covariance of effects of one trial that share their control arm; 0 where its numbers are unknown."""
    none = np.zeros((len(arms), len(arms)))
    first = arms.iloc[0]
    n, events = float(first["n2"]), float(first["events2"])
    if not arms["shared_control"].all() or not np.isfinite(n):
        return none
    if first["kind"] == "smd":
        return np.asarray(1 / n + np.outer(effects, effects) / (2 * (float(arms["n1"].sum()) + n)))
    if not 0 < events < n:
        return none
    return none + (1 / events - 1 / n if first["kind"] == "log_rr" else 1 / events + 1 / (n - events))


def _by_trial(kept: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """One effect a trial: arms that share a control are combined with their covariance."""
    effects, variances = [], []
    for _, arms in kept.groupby("trial", sort=False):
        y, v = arms["effect"].to_numpy(float), np.diag(arms["variance"].to_numpy(float))
        if len(arms) > 1:
            v = np.where(np.eye(len(arms), dtype=bool), v, _shared_covariance(arms, y))
        weight = np.linalg.solve(v, np.ones(len(y)))
        effects.append(float(weight @ y / weight.sum()))
        variances.append(float(1 / weight.sum()))
    return np.array(effects), np.array(variances)


def _pooled(
    named: tuple[str, str, str, str], kept: pd.DataFrame, effects: np.ndarray, variances: np.ndarray
) -> PooledOption:
    trials = tuple(dict.fromkeys(kept["trial"]))
    ids = tuple(kept["row"])
    # A control arm shared by doses is counted once, and so are the people of a crossover trial.
    other = kept[kept["design"] != "crossover"].drop_duplicates("trial")["n2"]
    people = kept["n1"].fillna(0).sum() + other.fillna(0).sum()
    nan = float("nan")
    if not len(effects):
        return PooledOption(*named, ids, trials, 0, None, nan, nan, nan, nan, nan, nan)
    test: Test = MAIN_TEST if len(effects) > 1 else "z"
    fitted = pool(effects, variances, MAIN_MODEL if len(effects) > 1 else "fixed", test)
    low = high = nan
    if len(effects) > 2:
        low, high = (float(end) for end in fitted.prediction_interval("t_k_minus_2"))
    return PooledOption(
        *named, ids, trials, int(people), fitted, float(fitted.estimate),
        float(fitted.ci_low[0]), float(fitted.ci_high[0]), float(fitted.p_values[0]), low, high,
    )  # fmt: skip
