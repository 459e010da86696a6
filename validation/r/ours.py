"""The numbers OpenTRS gives for a set of studies, under the names the reference files use."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from opentrs.stats.meta import pool
from opentrs.stats.meta.bias import begg, egger, egger_random, peese, pet
from opentrs.stats.meta.influence import baujat, cumulative, influence, leave_one_out
from opentrs.stats.meta.pool import Model, Pooled
from opentrs.stats.meta.selection import selection_model
from opentrs.stats.meta.trim_and_fill import trim_and_fill

Array = npt.NDArray[np.float64]
MODELS: dict[str, Model] = {
    "FE": "fixed", "DL": "dl", "REML": "reml", "PM": "pm", "ML": "ml", "HE": "he", "SJ": "sj", "EB": "eb",
}  # fmt: skip
HARTUNG_KNAPP = ("DL", "REML", "PM")


def _fitted(f: Pooled, is_fixed: bool) -> dict[str, Any]:
    low, high = ([], []) if is_fixed else f.prediction_interval()
    return {
        "k": f.n_studies, "est": f.estimate, "se": f.standard_error, "ci.lb": f.ci_low[0],
        "ci.ub": f.ci_high[0], "stat": f.statistics[0], "p": f.p_values[0], "tau2": f.tau2,
        "se.tau2": None if is_fixed else f.tau2_se, "I2": f.i2_percent, "H2": f.h2, "Q": f.q,
        "Qp": f.q_p, "pi.lb": low, "pi.ub": high,
    }  # fmt: skip


def pairwise(y: Array, v: Array) -> dict[str, Any]:
    """Everything the reference files hold about one set of effects and variances."""
    out: dict[str, Any] = {"yi": y, "vi": v}
    for name, model in MODELS.items():
        out[name] = _fitted(pool(y, v, model), model == "fixed")
    for name in HARTUNG_KNAPP:
        out[f"{name}+HK"] = _fitted(pool(y, v, MODELS[name], "hk"), False)
    reml = pool(y, v)
    out["REML_Qprofile"] = {
        "tau2": [reml.tau2, *reml.tau2_interval()],
        "I2": [reml.i2_percent, *reml.i2_interval()],
    }
    by_error, random, rank, effect = egger(y, v), egger_random(y, v), begg(y, v), pet(y, v)
    out["egger_lm"] = {
        "intercept_t": by_error.statistic, "df": by_error.df, "p": by_error.p_value,
        "limit_est": by_error.limit, "limit_ci": by_error.limit_interval(),
    }  # fmt: skip
    out["egger_rma"] = {"z": random.statistic, "p": random.p_value, "limit_est": random.limit}
    out["begg"] = {"tau": rank.statistic, "p": rank.p_value}
    out["PET"] = {"b0": effect.limit, "se0": effect.limit_se, "b1": effect.slope, "p1": effect.p_value}
    squared = peese(y, v)
    out["PEESE"] = {"b0": squared.limit, "se0": squared.limit_se}
    out |= {f"trimfill_{m}_{e}": _filled(y, v, m, e) for m in ("FE", "REML") for e in ("L0", "R0")}
    out["leave1out_REML"] = leave_one_out(y, v).estimate
    out["leave1out_tau2"] = leave_one_out(y, v).tau2
    gone, plot, adding = influence(y, v), baujat(y, v), cumulative(y, v, np.arange(len(y)))
    out["influence"] = {
        "rstudent": gone.studentised, "dffits": gone.dffits, "cook": gone.cook, "tau2": gone.tau2_without,
        "QE": gone.q_without, "hat": gone.hat,
    }  # fmt: skip
    out["baujat"] = {"x": plot.q_part, "y": plot.shift}
    out["cumulative"] = {"est": adding.estimate, "tau2": adding.tau2}
    return out


def _filled(y: Array, v: Array, name: str, estimator: Any) -> dict[str, Any]:
    t = trim_and_fill(y, v, MODELS[name], estimator)
    return {"k0": t.n_filled, "side": t.side, "est": t.estimate, "ci": [t.ci_low, t.ci_high], "tau2": t.tau2}


def selected(y: Array, v: Array, alternative: Any) -> tuple[dict[str, Any], bool]:
    """The selection model, and whether the studies tell selection from effect."""
    s = selection_model(y, v, alternative)
    found = {
        "est": s.estimate, "ci": [s.ci_low, s.ci_high], "tau2": s.tau2, "delta": [1, s.relative_probability],
        "LRT": s.likelihood_ratio, "p": s.p_value,
    }  # fmt: skip
    return found, s.identified
