"""Tables of the subtype stage made up by hand, in the form the stage writes them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from opentrs.stats.intervals import exact_proportion

TYPES = ("delusion", "hallucination", "negative", "mixed", "none", "unknown")
# First and last type of each of 60 people; depression and persistence go round in their turn.
MOVES = (
    ("hallucination", "hallucination", 18),
    ("delusion", "delusion", 11),
    ("delusion", "mixed", 4),
    ("negative", "negative", 8),
    ("mixed", "hallucination", 6),
    ("hallucination", "none", 5),
    ("none", "none", 3),
    ("negative", "unknown", 3),
    ("unknown", "unknown", 2),
)
DEPRESSION = ("none", "moderate", "none", "severe", "unknown", "mild")
PERSISTENT = ("yes", "unknown", "yes", "no")
POMP = {
    "delusion": (66, 30, 35),
    "hallucination": (40, 72, 36),
    "negative": (34, 20, 64),
    "mixed": (60, 66, 52),
    "none": (16, 0, 25),
}


def made_up_types(first: str) -> dict[str, pd.DataFrame]:
    """Tables of 60 people, the first of whom bears a name of your choice."""
    people = _people(first)
    types = pd.DataFrame([row for person in people for row in _visits(person)])
    persons = pd.DataFrame(
        [
            {
                "person_id": person["person_id"],
                "type": person["last"],
                "persistent": PERSISTENT[person["number"] % 4] if person["last"] != "unknown" else "unknown",
                "first_date": "2019-01-10",
                "last_date": "2019-09-10",
                "n_visits": 2,
                "depression": DEPRESSION[person["number"] % 6],
                "review_type": "severe_depression"
                if DEPRESSION[person["number"] % 6] == "severe"
                else person["last"],
                "verdict": "resistant" if person["number"] % 2 else "unknown",
            }
            for person in people
        ]
    )
    flow = Counter((person["first"], person["last"]) for person in people)
    return {
        "types": types,
        "person_types": persons,
        "type_prevalence": _prevalence(persons),
        "flow": pd.DataFrame([{"from_type": a, "to_type": b, "n": n} for (a, b), n in flow.items()]),
        "sensitivity": _sensitivity(),
        "norms": pd.DataFrame(
            [
                {
                    "norm": "own",
                    "version": "1",
                    "item_set": "opentrs_1",
                    "scale": "PANSS",
                    "domain": domain,
                    "n": 60,
                    "mean_pomp": mean,
                    "sd_pomp": 20.0,
                    "reliability": 0.8,
                    "source": "opentrs",
                    "checked": "unverified",
                }
                for domain, mean in (("delusion", 45.0), ("hallucination", 40.0), ("negative", 42.0))
            ]
        ),
        "instruments": _instruments(),
        "rule_and_probability": pd.DataFrame(
            [
                {"type": "hallucination", "probable_type": "hallucination", "n": 20},
                {"type": "hallucination", "probable_type": "delusion", "n": 4},
                {"type": "delusion", "probable_type": "delusion", "n": 10},
                {"type": "mixed", "probable_type": "unassigned", "n": 4},
            ]
        ),
        "mixture": pd.DataFrame(
            [
                {
                    "n_classes": k,
                    "log_likelihood": -4000.0 + 30 * k,
                    "n_parameters": 90 * k,
                    "bic": 8300.0 - k,
                    "entropy": 0.8,
                    "blrt_p": 0.01,
                    "stability_ari": 0.71,
                    "stability_low": 0.6,
                    "stability_high": 0.8,
                    "chosen": "yes" if k == 3 else "no",
                }
                for k in (1, 2, 3, 4)
            ]
        ),
        "mixture_classes": pd.DataFrame(
            [
                {
                    "class": 1,
                    "share": 0.5,
                    "type": "hallucination",
                    "delusion": 40.0,
                    "hallucination": 70.0,
                    "negative": 30.0,
                }
            ]
        ),
        "burden": _burden(),
        "parts": pd.DataFrame(
            [
                {"part": "burden", "ran": "yes", "reason": ""},
                {"part": "dopamine", "ran": "no", "reason": "The cohort has no pet."},
            ]
        ),
    }


def _people(first: str) -> list[dict[str, Any]]:
    listed = [(a, b) for a, b, n in MOVES for _ in range(n)]
    return [
        {"number": number, "person_id": f"p{number:02d}" if number else first, "first": a, "last": b}
        for number, (a, b) in enumerate(listed)
    ]


def _visits(person: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _visit(person, day, person[which]) for day, which in (("2019-01-10", "first"), ("2019-09-10", "last"))
    ]


def _visit(person: dict[str, Any], day: str, type_: str) -> dict[str, Any]:
    spread = person["number"] % 7 * 3 - 9
    scores = [min(max(score + spread, 0), 100) for score in POMP.get(type_, (None,) * 3) if score is not None]
    delusion, hallucination, negative = scores or (None, None, None)
    named = type_ in ("delusion", "hallucination", "negative")
    return {
        "person_id": person["person_id"],
        "date": day,
        "type": type_,
        "depression": DEPRESSION[person["number"] % 6],
        "review_type": type_,
        "p_delusion": 0.1,
        "p_hallucination": 0.8,
        "p_negative": 0.1,
        "margin": 1.4 if named else None,
        "flips": "P3 -1: mixed" if named else "",
        "scale": "PANSS",
        "norm": "own",
        "rival": "delusion" if type_ == "hallucination" else "",
        "delusion_pomp": delusion,
        "hallucination_pomp": hallucination,
        "negative_pomp": negative,
        "disorganisation_pomp": delusion,
        "expression_pomp": negative,
        "experience_pomp": negative,
        "delusion_z": None,
        "hallucination_z": None,
        "negative_z": None,
        "depression_basis": "CDSS",
        "probable_type": "hallucination",
        "evidence": "PANSS P3 = 6 (>= 4)",
    }


def _prevalence(persons: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for group in ("all", "resistant"):
        mine = persons if group == "all" else persons[persons["verdict"] == "resistant"]
        for label, column in (("type", "type"), ("review_type", "review_type"), ("depression", "depression")):
            known = mine[mine[column] != "unknown"]
            unknown = len(mine) - len(known)
            for value in sorted(set(persons[column]) | ({"unknown"} if label == "type" else set())):
                count = int((mine[column] == value).sum())
                row: dict[str, Any] = {"group": group, "label": label, "value": value, "count": count}
                if value == "unknown":
                    rows.append(
                        {
                            **row,
                            "n": len(known),
                            "share": None,
                            "ci_low": None,
                            "ci_high": None,
                            "worst": None,
                            "best": None,
                        }
                    )
                    continue
                share = exact_proportion(count, len(known))
                rows.append(
                    {
                        **row,
                        "n": len(known),
                        "share": share.estimate,
                        "ci_low": share.low,
                        "ci_high": share.high,
                        "worst": count / len(mine),
                        "best": (count + unknown) / len(mine),
                    }
                )
    return pd.DataFrame(rows)


def _sensitivity() -> pd.DataFrame:
    rows = [
        ("item_set", "opentrs_1", "yes", 0),
        ("item_set", "wallwork", "no", 12),
        ("floor", "pomp50", "no", 30),
        ("margin", "1.96", "no", 22),
        ("metric", "pomp", "no", 7),
    ]
    return pd.DataFrame(
        [
            {
                "choice": choice,
                "value": value,
                "is_default": default,
                "n": 120,
                "n_differ": differ,
                "share_differ": differ / 120,
                "ci_low": exact_proportion(differ, 120).low,
                "ci_high": exact_proportion(differ, 120).high,
                "kappa": 1 - differ / 60,
                "kappa_low": 0.3,
                "kappa_high": 0.9,
                "n_unknown": 1,
                "source": "wallwork2012" if value == "wallwork" else "opentrs",
                "checked": "second_hand",
            }
            for choice, value, default, differ in rows
        ]
    )


def _instruments() -> pd.DataFrame:
    shared = {"scale_a": "SAPS+SANS", "scale_b": "BPRS-18", "n": 48, "kappa_low": 0.35, "kappa_high": 0.71}
    whole = {
        **shared,
        "type": "all",
        "agreement": 0.646,
        "ci_low": 0.49,
        "ci_high": 0.78,
        "kappa": 0.532,
        "prevalence_a": None,
        "prevalence_b": None,
        "positive_agreement": None,
        "negative_agreement": None,
    }
    part = {
        **shared,
        "type": "delusion",
        "agreement": None,
        "ci_low": None,
        "ci_high": None,
        "kappa": 0.6,
        "prevalence_a": 0.33,
        "prevalence_b": 0.21,
        "positive_agreement": 0.7,
        "negative_agreement": 0.9,
    }
    return pd.DataFrame([whole, part])


def _burden() -> pd.DataFrame:
    shared = {
        "reference": "",
        "adjusted_for": "",
        "n_left_out": 0,
        "reason": "",
        "events": None,
        "person_years": None,
        "estimate": None,
        "ci_low": None,
        "ci_high": None,
    }
    rows = []
    for group in ("all", "resistant"):
        for outcome in ("violence", "self_harm", "suicide_attempt"):
            if outcome == "suicide_attempt":
                rows.append(
                    {
                        **shared,
                        "group": group,
                        "outcome": outcome,
                        "measure": "rate",
                        "type": "delusion",
                        "n": 0,
                        "unit": "per person-year",
                        "method": "exact_poisson",
                        "reason": "not_recorded",
                    }
                )
                continue
            rows.append(
                {
                    **shared,
                    "group": group,
                    "outcome": outcome,
                    "measure": "rate",
                    "type": "delusion",
                    "n": 20,
                    "events": 9,
                    "person_years": 210.0,
                    "estimate": 0.043,
                    "ci_low": 0.02,
                    "ci_high": 0.08,
                    "unit": "per person-year",
                    "method": "exact_poisson",
                }
            )
            for adjusted in ("", "age;sex"):
                rows.append(
                    {
                        **shared,
                        "group": group,
                        "outcome": outcome,
                        "measure": "ratio",
                        "type": "hallucination",
                        "n": 44,
                        "events": 31,
                        "person_years": 400.0,
                        "estimate": 1.9,
                        "ci_low": 1.1,
                        "ci_high": 14.0,
                        "unit": "ratio",
                        "method": "poisson_robust",
                        "adjusted_for": adjusted,
                        "reference": "delusion",
                    }
                )
            rows.append(
                {
                    **shared,
                    "group": group,
                    "outcome": outcome,
                    "measure": "ratio",
                    "type": "negative",
                    "n": 0,
                    "unit": "ratio",
                    "method": "poisson_robust",
                    "reason": "few_events",
                    "reference": "delusion",
                }
            )
        rows.append(
            {
                **shared,
                "group": group,
                "outcome": "distress",
                "measure": "mean",
                "type": "hallucination",
                "n": 24,
                "estimate": 61.0,
                "ci_low": 52.0,
                "ci_high": 70.0,
                "unit": "percent of maximum",
                "method": "t",
            }
        )
        rows.append(
            {
                **shared,
                "group": group,
                "outcome": "distress",
                "measure": "difference",
                "type": "hallucination",
                "n": 44,
                "estimate": 12.5,
                "ci_low": 1.0,
                "ci_high": 24.0,
                "unit": "points",
                "method": "ols_hc3",
                "adjusted_for": "age;sex",
                "reference": "delusion",
            }
        )
    return pd.DataFrame(rows)
