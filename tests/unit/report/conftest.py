"""A small run made by hand: what the stages will hand over, with hostile names among the people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from opentrs.ascertain import shipped_definition
from opentrs.cohort.build import from_frames
from opentrs.cohort.model import SourceFile
from opentrs.cohort.results import Finding, StageResult, StudySettings
from opentrs.errors import Problem
from opentrs.report.output import Run
from opentrs.stats.intervals import exact_proportion, worst_best

CRITERIA = ("S1", "S2", "S3", "S4", "F1", "T1", "T2", "T3", "T4", "A1", "A2")
HOSTILE = "<script>alert(1)</script>"
FORMULA = "=1+1"
CANARY = "canary-person-4711"
MakeRun = Callable[..., Run]


def prevalence_row(
    definition: str, group: str, resistant: int, not_resistant: int, unknown: int
) -> dict[str, Any]:
    """One row of ``prevalence`` with its share, interval and bounds."""
    n = resistant + not_resistant + unknown
    share = exact_proportion(resistant, resistant + not_resistant)
    worst, best = worst_best(resistant, unknown, n)
    return {
        "definition": definition,
        "group": group,
        "n": n,
        "resistant": resistant,
        "not_resistant": not_resistant,
        "unknown": unknown,
        "estimate": share.estimate,
        "ci_low": share.low,
        "ci_high": share.high,
        "worst": worst,
        "best": best,
        "unit": "proportion",
        "method": "clopper_pearson",
    }


def _verdict(person: str, verdict: str, definition: str = "trrip", **more: Any) -> dict[str, Any]:
    row = {
        "person_id": person,
        "definition": definition,
        "verdict": verdict,
        "tier": "",
        "first_missing": "",
        "date_met": "",
        "current": "unknown",
        "n_adequate_courses": 0,
        "from_first_episode": "",
        "onset": "unknown",
        "domains": "",
        "clozapine": "unknown",
    }
    return {**row, **more}


def _course(
    person: str,
    number: int,
    drug: str,
    start: str,
    end: str,
    dose: float | None,
    weeks: float | None,
    adequate: str,
    failed: str,
) -> dict[str, Any]:
    return {
        "person_id": person,
        "course_id": number,
        "origin": "given",
        "drug": drug,
        "ingredient": drug,
        "route": "",
        "start_date": start,
        "end_date": end,
        "dose_mg_per_day": dose,
        "dose_cpz_mg_per_day": dose and dose * 30,
        "dose_adequate": adequate,
        "duration_weeks": weeks,
        "duration_adequate": adequate,
        "adequate": adequate,
        "adherence_percent": 90.0,
        "adherent": "yes",
        "days_covered_percent": None,
        "symptom_reduction_percent": 4.5,
        "reduction_scale": "PANSS",
        "responding": "no",
        "failed": failed,
        "stop_reason": "inefficacy",
        "is_antipsychotic": "yes",
        "is_clozapine": "no",
    }


def made_up_tables() -> dict[str, pd.DataFrame]:
    """The tables of an ascertain stage over 120 people, four of them named."""
    visits = [
        ("2019-01-05", 96, 96, "yes", "yes"),
        ("2019-04-01", 92, 98, "unknown", "yes"),
        ("2020-02-01", 88, 88, "yes", "no"),
    ]
    return {
        "verdicts": pd.DataFrame(
            [
                _verdict(
                    HOSTILE,
                    "resistant",
                    tier="minimum",
                    date_met="2020-02-01",
                    n_adequate_courses=2,
                    from_first_episode="yes",
                    onset="medium",
                    domains="negative;positive",
                    clozapine="not_tried",
                ),
                _verdict(HOSTILE, "resistant", definition="kane_1988"),
                _verdict(FORMULA, "unknown", tier="partial", first_missing="A2", n_adequate_courses=2),
                _verdict(CANARY, "not_resistant", clozapine="responsive"),
                _verdict("p4", "not_applicable"),
            ]
        ),
        "criteria": pd.DataFrame(
            [
                {
                    "person_id": HOSTILE,
                    "definition": "trrip",
                    "criterion": name,
                    "answer": "yes",
                    "evidence": f"{HOSTILE} 2 drugs",
                    "date": "2020-02-01",
                }
                for name in CRITERIA
            ]
        ),
        "courses": pd.DataFrame(
            [
                _course(HOSTILE, 1, "olanzapine", "2019-01-10", "2019-03-20", 20.0, 10.0, "yes", "yes"),
                _course(
                    HOSTILE,
                    2,
                    "<img src=x onerror=alert(1)>",
                    "2019-04-02",
                    "2019-05-01",
                    6.0,
                    4.1,
                    "no",
                    "unknown",
                ),
                _course(
                    HOSTILE, 3, "risperidone", "2019-06-01", "2020-01-20", None, 33.0, "unknown", "unknown"
                ),
                _course(HOSTILE, 4, "amisulpride", "", "", 27.0, None, "unknown", "unknown"),
            ]
        ),
        "prevalence": pd.DataFrame(
            [
                prevalence_row("trrip", "all", 30, 60, 30),
                prevalence_row("trrip", "sex:F", 14, 28, 13),
                prevalence_row("trrip", "sex:M", 16, 32, 17),
                prevalence_row("trrip", f"site:{HOSTILE}", 27, 40, 28),
                prevalence_row("trrip", "site:B", 3, 20, 2),
                prevalence_row("kane_1988", "all", 12, 100, 8),
            ]
        ),
        "missing": pd.DataFrame(
            [
                {
                    "criterion": "S2",
                    "n": 120,
                    "n_yes": 90,
                    "n_no": 12,
                    "n_unknown": 18,
                    "n_first_missing": 12,
                    "n_would_settle": 0,
                    "reads": "ratings",
                },
                {
                    "criterion": "A2",
                    "n": 120,
                    "n_yes": 70,
                    "n_no": 20,
                    "n_unknown": 30,
                    "n_first_missing": 18,
                    "n_would_settle": 14,
                    "reads": "levels",
                },
            ]
        ),
        "agreement": pd.DataFrame(
            [
                {
                    "definition_a": "trrip",
                    "definition_b": "kane_1988",
                    "n": 90,
                    "both": 11,
                    "only_a": 17,
                    "only_b": 12,
                    "neither": 50,
                    "kappa": 0.35,
                    "ci_low": 0.14,
                    "ci_high": 0.55,
                    "positive_agreement": 0.43,
                    "negative_agreement": 0.78,
                }
            ]
        ),
        "dose_keys": pd.DataFrame(
            [
                {
                    "person_id": person,
                    "key": key,
                    "verdict": verdict,
                    "n_adequate_courses": 2,
                    "changes": "yes" if key == "gardner2010" and person == FORMULA else "no",
                }
                for key in ("leucht2016_ddd", "gardner2010")
                for person, verdict in (
                    (HOSTILE, "resistant"),
                    (FORMULA, "unknown"),
                    (CANARY, "not_resistant"),
                )
            ]
        ),
        "dose_key_courses": pd.DataFrame(
            [
                {
                    "person_id": HOSTILE,
                    "drug": "olanzapine",
                    "start_date": "2019-01-10",
                    "dose_mg_per_day": 20.0,
                    "key": "gardner2010",
                    "dose_cpz_mg_per_day": 600.0,
                    "dose_adequate": "yes",
                    "changes": "yes",
                }
            ]
        ),
        "change_forms": pd.DataFrame(
            [
                {
                    "person_id": HOSTILE,
                    "drug": "olanzapine",
                    "start_date": "2019-01-10",
                    "reduction_percent": 21.0,
                    "scale": "PANSS",
                    "reduction_uncorrected_percent": 14.5,
                    "flips": "yes",
                }
            ]
        ),
        "specifiers": pd.DataFrame(
            [{"person_id": HOSTILE, "specifier": "depression", "answer": "yes", "evidence": "CDSS 8"}]
        ),
        "remission": pd.DataFrame([{"person_id": CANARY, "answer": "unknown", "date": "", "evidence": ""}]),
        "flow": pd.DataFrame(
            [
                {"step": "people", "n": 130, "share": 1.0},
                {"step": "applies", "n": 120, "share": 120 / 130},
                {"step": "two_adequate_courses", "n": 90, "share": 90 / 130},
            ]
        ),
        "visits": pd.DataFrame(
            [
                {
                    "person_id": HOSTILE,
                    "date": day,
                    "scale": "PANSS",
                    "total": low if low == high else None,
                    "total_low": low,
                    "total_high": high,
                    "at_least_moderate": positive,
                    "positive": positive,
                    "negative": negative,
                    "in_window": "no",
                }
                for day, low, high, positive, negative in visits
            ]
        ),
        "onset": pd.DataFrame(
            [
                {
                    "person_id": HOSTILE,
                    "first_treatment_date": "2019-01-10",
                    "date_met": "2020-02-01",
                    "days_to_trs": 387,
                }
            ]
        ),
    }


@pytest.fixture
def make_run() -> MakeRun:
    """A function that makes a run: ``make_run(lang="zh", people=(...), aggregate_only=...)``."""

    def make(
        lang: str = "en",
        people: tuple[str, ...] = (),
        aggregate_only: bool = False,
        tables: dict[str, pd.DataFrame] | None = None,
    ) -> Run:
        cohort = from_frames(
            {
                "people": [{"person_id": person} for person in (HOSTILE, FORMULA, CANARY, "p4")],
                "plasma_levels": [
                    {
                        "person_id": HOSTILE,
                        "drug": "olanzapine",
                        "date": "2019-02-01",
                        "level_ng_per_ml": 31.0,
                        "announced": "no",
                    }
                ],
            },
            files=(SourceFile("people.csv", "people", "ab" * 32, 5, 4, 1),),
            problems=(Problem("made_up", "warning", "people.csv", 3, "sex", "people", {"value": CANARY}),),
            name=f"clinic {HOSTILE}",
        )
        found = Finding("ascertain", "prevalence", 1 / 3, 0.2, float("nan"), 90, "proportion", "exact")
        result = StageResult(
            "ascertain", tables or made_up_tables(), (found,), {"definitions": (shipped_definition("trrip"),)}
        )
        settings = StudySettings(lang=lang)
        return Run(
            cohort, {"ascertain": result}, settings, "study", people=people, aggregate_only=aggregate_only
        )

    return make


@pytest.fixture(autouse=True)
def made_up_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence of the catalogue for the one problem of the hand-made run."""
    from opentrs import messages

    sentences = {
        lang: {**messages.catalogue(lang), "problem.made_up": "sex is {value}"} for lang in messages.LANGS
    }
    monkeypatch.setattr(messages, "catalogue", lambda lang: sentences[lang])
