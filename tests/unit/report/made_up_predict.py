"""Tables of the predict stage made up by hand, in the form the stage writes them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

OWN, PUBLISHED, RULE = "clinical", "leighton_2021_nonremission", "early_nonimprovement_week_2"
LANDMARKS = ("baseline", "week2", "week6", "month12")
N = {"baseline": (412, 96), "week2": (398, 92), "week6": (371, 84), "month12": (330, 61)}
# C with its interval by landmark: apparent, internal, sites left out in turn.
C = {
    "baseline": ((0.742, 0.69, 0.79), (0.684, 0.62, 0.74), (0.662, 0.58, 0.73)),
    "week2": ((0.781, 0.73, 0.83), (0.739, 0.68, 0.79), (0.721, 0.65, 0.78)),
    "week6": ((0.814, 0.77, 0.86), (0.779, 0.73, 0.83), (0.764, 0.69, 0.82)),
    "month12": ((0.803, 0.74, 0.86), (0.752, 0.68, 0.81), (0.741, 0.65, 0.82)),
}
TERMS = (
    ("intercept", -0.42, -1.3, 0.46, "log odds"),
    ("onset_age_years", -0.058, -0.094, -0.022, "years"),
    ("male", 0.31, -0.16, 0.78, "yes or no"),
    ("family_history", 0.34, -0.21, 0.89, "yes or no"),
    ("education_years", -0.061, -0.14, 0.02, "years"),
)


def made_up_predict(first: str, second: str = "p2") -> dict[str, pd.DataFrame]:
    """Tables of about 400 people, two of whom bear names of your choice."""
    return {
        "landmarks": _landmarks(),
        "performance": pd.DataFrame(_performance()),
        "risks": _risks(first, second),
        "calibration": pd.DataFrame(_calibration()),
        "decision": pd.DataFrame(_decision()),
        "coefficients": pd.DataFrame(
            [
                {"model": OWN, "landmark": "baseline", "term": term, "coefficient": value, "low": low,
                 "high": high, "unit": unit, "note": ""}
                for term, value, low, high, unit in TERMS
            ]
        ),
        "flags": _flags(),
        "sample_size": pd.DataFrame(
            [
                {"model": OWN, "purpose": "development", "criterion": criterion, "needed": needed, "n": 412,
                 "events": 96, "predictors": 4}
                for criterion, needed in (("shrinkage", 388), ("optimism", 201), ("mean_risk", 254))
            ]
            + [{"model": PUBLISHED, "purpose": "validation", "criterion": "calibration_slope", "needed": 1820,
                "n": 412, "events": 96, "predictors": 14}]
        ),
        "update": pd.DataFrame(
            [
                {"model": PUBLISHED, "step": step, "chosen": "yes" if step == "intercept" else "no",
                 "log_likelihood": ll, "df": df, "p": p, "intercept": a, "slope": b}
                for step, ll, df, p, a, b in (
                    ("none", -241.2, 0, None, 0.0, 1.0),
                    ("intercept", -228.4, 1, 0.0001, -0.81, 1.0),
                    ("intercept_slope", -227.0, 2, 0.09, -0.7, 0.78),
                    ("reestimate", -221.5, 15, 0.4, None, None),
                )
            ]
        ),
        "alarm": pd.DataFrame(
            [{"model": OWN, "landmark": "baseline", "runs": 200, "mean_fold_auc": 0.503, "low": 0.494,
              "high": 0.511, "verdict": "passed"}]
        ),
        "added_value": pd.DataFrame(
            [
                {"model": OWN, "landmark": "week2", "added": "early_change", "test": "likelihood_ratio",
                 "statistic": 21.4, "p": 0.0000037, "delta_c": 0.055, "low": 0.021, "high": 0.09, "n": 398},
                {"model": OWN, "landmark": "baseline", "added": "polygenic", "test": "permutation",
                 "statistic": 0.9, "p": 0.34, "delta_c": 0.004, "low": -0.011, "high": 0.019, "n": 260},
            ]
        ),
        "time_to_trs": pd.DataFrame(_time()),
    }  # fmt: skip


def _landmarks() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"landmark": name, "n": n, "events": events, "excluded": 430 - n,
             "why": "resistant before the landmark; lost before it"}
            for name, (n, events) in N.items()
        ]
    )  # fmt: skip


def _row(
    metric: str, values: tuple[float, float, float] | None, n: int, events: int, **more: Any
) -> dict[str, Any]:
    estimate, low, high = values or (None, None, None)
    row = {
        "metric": metric, "estimate": estimate, "ci_low": low, "ci_high": high, "n": n, "events": events,
        "group": "all", "model": OWN, "landmark": "baseline", "outcome": "trrip_3y", "kind": "internal",
        "method": "delong" if metric == "c_statistic" else "bootstrap", "unit": "",
    }  # fmt: skip
    return {**row, **more}


def _performance() -> list[dict[str, Any]]:
    rows = []
    for landmark, (n, events) in N.items():
        for kind, values in zip(("apparent", "internal", "leave_site_out"), C[landmark], strict=True):
            where = {"landmark": landmark, "kind": kind}
            rows.append(_row("c_statistic", values, n, events, **where))
            slope = {"apparent": (1.0, 0.75, 1.25), "internal": (0.86, 0.6, 1.12)}.get(kind, (0.8, 0.5, 1.1))
            rows.append(_row("calibration_slope", slope, n, events, **where))
            rows.append(_row("observed_expected", (1.01, 0.86, 1.18), n, events, **where))
            rows.append(_row("calibration_in_the_large", (0.01, -0.2, 0.22), n, events, **where))
            rows.append(_row("scaled_brier", (0.07, 0.02, 0.12), n, events, **where))
            rows.append(_row("ici", (0.021, 0.011, 0.044), n, events, **where))
    n, events = N["baseline"]
    groups = (("sex:F", 168, 37, 0.66), ("sex:M", 244, 59, 0.70), ("site:A", 190, 44, 0.70),
              ("site:B", 132, 33, 0.65), ("site:C", 90, 19, 0.71))  # fmt: skip
    for group, people, cases, c in groups:
        where = {"group": group, "kind": "leave_site_out" if group.startswith("site") else "internal"}
        rows.append(_row("c_statistic", (c, c - 0.1, c + 0.09), people, cases, **where))
        rows.append(_row("observed_expected", (1.05, 0.8, 1.4), people, cases, **where))
        rows.append(_row("calibration_slope", (0.84, 0.4, 1.3), people, cases, **where))
    rows.append(
        _row("c_statistic", None, 12, 2, group="site:D", kind="leave_site_out", method="too_few_events")
    )
    external = {"model": PUBLISHED, "kind": "external"}
    rows.append(_row("c_statistic", (0.612, 0.55, 0.67), n, events, **external))
    rows.append(_row("calibration_slope", (0.58, 0.27, 0.89), n, events, **external))
    rows.append(_row("observed_expected", (0.49, 0.41, 0.58), n, events, **external))
    updated = {"model": PUBLISHED, "kind": "updated"}
    rows.append(_row("c_statistic", (0.612, 0.55, 0.67), n, events, **updated))
    rows.append(_row("observed_expected", (1.0, 0.84, 1.16), n, events, **updated))
    n, events = N["week2"]
    rule = {"model": RULE, "kind": "external", "landmark": "week2"}
    for metric, values in (("sensitivity", (0.86, 0.78, 0.92)), ("specificity", (0.51, 0.45, 0.57))):
        rows.append(_row(metric, values, n, events, **rule))
    return rows


def _risks(first: str, second: str) -> pd.DataFrame:
    rows = []
    for number in range(120):
        person = {0: first, 1: second}.get(number, f"q{number:03d}")
        risk = 0.08 + 0.5 * (number % 40) / 40
        valid = "yes" if number % 12 else "onset_age outside 12 to 60 years"
        rows.append(
            {
                "person_id": person,
                "model": OWN,
                "landmark": "baseline",
                "risk": risk if valid == "yes" else None,
                "low": max(risk - 0.09, 0.01) if valid == "yes" else None,
                "high": risk + 0.14 if valid == "yes" else None,
                "valid": valid,
            }
        )
    for landmark, risk in (("week2", 0.31), ("week6", 0.44)):
        rows.append({"person_id": second, "model": OWN, "landmark": landmark, "risk": risk, "low": risk - 0.1,
                     "high": risk + 0.16, "valid": "yes"})  # fmt: skip
    return pd.DataFrame(rows)


def _calibration() -> list[dict[str, Any]]:
    rows = []
    for model, kind, shift in ((OWN, "internal", 1.0), (OWN, "apparent", 1.0), (PUBLISHED, "external", 0.5),
                               (PUBLISHED, "updated", 1.02)):  # fmt: skip
        for smoother, bend in (("loess", 0.02), ("isotonic", -0.02)):
            for step in range(4, 25):
                risk = step / 40
                seen = shift * risk + bend * math.sin(8 * risk)
                rows.append(
                    {
                        "model": model,
                        "landmark": "baseline",
                        "outcome": "trrip_3y",
                        "kind": kind,
                        "group": "all",
                        "smoother": smoother,
                        "risk": risk,
                        "observed": seen,
                        "low": seen - 0.03 - risk / 10,
                        "high": seen + 0.03 + risk / 8,
                    }
                )
    return rows


def _decision() -> list[dict[str, Any]]:
    rows = []
    share = 96 / 412
    for step in range(1, 13):
        at = step / 20
        odds = at / (1 - at)
        nets = {
            "model": max(share * 0.9 - 0.55 * odds * (1 - share) * (1 - at), 0.0),
            "treat_all": share - (1 - share) * odds,
            "treat_none": 0.0,
            "trrip_two_trials": share * 0.35 - 0.02 * odds,
            "week2": share * 0.86 - 0.49 * (1 - share) * odds,
        }
        for strategy, net in nets.items():
            certain = strategy == "treat_none"
            rows.append(
                {
                    "model": OWN,
                    "landmark": "baseline",
                    "outcome": "trrip_3y",
                    "kind": "internal",
                    "group": "all",
                    "threshold": at,
                    "strategy": strategy,
                    "net_benefit": net,
                    "low": net if certain else net - 0.02,
                    "high": net if certain else net + 0.02,
                    "n": 412,
                    "events": 96,
                }
            )
    return rows


def _flags() -> pd.DataFrame:
    rows = [
        (OWN, "trrip_3y", "after_landmark", "passed", "No predictor is dated after the landmark."),
        (OWN, "trrip_3y", "incorporation", "passed", "No predictor is part of the outcome's definition."),
        (OWN, "clozapine_3y", "prescriber_outcome", "warned", "Clozapine follows what prescribers do."),
        (OWN, "trrip_3y", "sample_size", "warned", "Fewer people than the criteria ask for at month 12."),
        ("ect_response", "response_ect", "no_comparator", "refused", "Nobody without ECT was rated."),
    ]
    return pd.DataFrame(
        [
            {
                "model": model,
                "landmark": "baseline",
                "outcome": outcome,
                "check": check,
                "level": level,
                "why": why,
            }
            for model, outcome, check, level, why in rows
        ]
    )


def _time() -> list[dict[str, Any]]:
    rows = []
    for year in range(7):
        reached = {"resistant": 0.30 * (1 - math.exp(-year / 2.2)), "dead": 0.006 * year}
        at_risk = round(412 * math.exp(-year / 3.4))
        for state, probability in reached.items():
            wide = 0.012 * math.sqrt(year)
            rows.append(
                {"definition": "trrip", "day": year * 365.25, "state": state, "probability": probability,
                 "low": max(probability - wide, 0.0), "high": probability + wide, "n_at_risk": at_risk}
            )  # fmt: skip
    return rows
