"""What would flatter a model is told from the definitions, before anything is fitted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.predict.develop import Effort, Task, checked, make
from opentrs.predict.known import shipped_predictors
from opentrs.predict.landmarks import shipped_landmarks
from opentrs.predict.leakage import data_flags, definition_flags, duplicated_people, duplication_flag
from opentrs.predict.outcomes import outcome_named
from opentrs.predict.stage import candidates

LANDMARKS, PREDICTORS = shipped_landmarks(), shipped_predictors()
QUICK = Effort(alarms=0, resamples=20)


def flags(outcome: str, landmark: str, *names: str) -> set[tuple[str, str, tuple[str, ...]]]:
    found = definition_flags(outcome_named(outcome), LANDMARKS[landmark], [PREDICTORS[one] for one in names])
    return {(one.check, one.level, one.predictors) for one in found}


def test_an_outcome_before_the_landmark_is_immortal_time() -> None:
    assert ("immortal_time", "refused", ()) in flags("nonresponse_week6", "month12")
    assert ("immortal_time", "refused", ()) in flags("nonresponse_week6", "week6")
    assert ("immortal_time", "passed", ()) in flags("nonresponse_week6", "week2")


@pytest.mark.parametrize(("horizon_days", "level"), [(41, "refused"), (42, "refused"), (43, "passed")])
def test_a_horizon_on_the_day_of_the_landmark_is_too_early_and_a_day_later_is_not(
    horizon_days: int, level: str
) -> None:
    """Week 6 is day 42 after first treatment: an outcome told on that day comes before any prediction."""
    told = replace(
        outcome_named("nonresponse_week6"), horizon_days=horizon_days, landmarks=("baseline", "week6")
    )
    (found,) = [one for one in definition_flags(told, LANDMARKS["week6"], []) if one.check == "immortal_time"]
    refused = ("outcome_before_landmark", (("horizon", horizon_days), ("day", 42)))

    assert found.level == level
    assert ((found.why, found.params) == refused) == (level == "refused")


def test_an_outcome_counted_from_the_landmark_never_lies_before_it() -> None:
    assert ("immortal_time", "passed", ()) in flags("trrip_3y", "month12")


def test_a_landmark_the_outcome_does_not_know_is_refused() -> None:
    assert ("immortal_time", "refused", ()) in flags("trrip_3y", "clozapine_start")


def test_ingredients_of_the_outcome_are_refused_or_warned() -> None:
    found = flags(
        "trrip_3y", "month12", "n_antipsychotics", "stopped_for_inefficacy", "adherence_percent", "male"
    )

    assert ("incorporation", "refused", ("n_antipsychotics", "stopped_for_inefficacy")) in found
    assert ("incorporation", "warned", ("adherence_percent",)) in found
    assert ("incorporation", "passed", ()) in flags("trrip_3y", "month12", "male")


def test_a_change_told_later_is_refused_at_baseline_and_not_at_week_2() -> None:
    late = ("after_landmark", "refused", ("improvement_week2_percent",))

    assert late in flags("trrip_3y", "baseline", "improvement_week2_percent")
    assert late not in flags("trrip_3y", "week2", "improvement_week2_percent")


def test_prescribing_and_treatment_without_comparison_are_warned() -> None:
    assert ("prescriber_outcome", "warned", ()) in flags("clozapine_3y", "baseline")
    assert ("no_comparator", "warned", ()) in flags("response_ect", "ect_start")
    assert not {one[0] for one in flags("trrip_3y", "baseline")} & {"prescriber_outcome", "no_comparator"}


def test_candidates_of_a_landmark_are_told_by_then() -> None:
    def names(landmark: str) -> list[str]:
        return [one.name for one in candidates(PREDICTORS, LANDMARKS[landmark])]

    assert "improvement_week2_percent" not in names("baseline")
    assert "improvement_week2_percent" in names("week2")


def test_predictors_nobody_has_few_have_or_all_have_alike_are_left_out() -> None:
    table = pd.DataFrame({
        "never": [np.nan] * 4, "rarely": [1.0, np.nan, np.nan, np.nan], "half": [1.0, 2.0, np.nan, np.nan],
        "alike": [3.0] * 4,
    })  # fmt: skip

    found = {one.why: one.predictors for one in data_flags(table, 0.5)}

    assert found == {"never_measured": ("never",), "rarely_measured": ("rarely",), "all_alike": ("alike",)}


def twins(**differs: Any) -> int:
    one = {"sex": "F", "site": "north", "birth_date": "1990-01-01", "illness_onset_date": "2010-01-01",
           "first_treatment_date": "2010-05-01"}  # fmt: skip
    rows = [{"person_id": "a", **one}, {"person_id": "b", **one, "site": "south", **differs}]
    return duplicated_people(from_frames({"people": rows}))


def test_the_same_person_at_two_sites_is_noticed() -> None:
    assert twins() == 2
    assert twins(site="north") == 0
    assert twins(birth_date="1990-01-02") == 0
    assert twins(illness_onset_date="") == 0


def task_of(n: int, events: int, seed: int = 1) -> Task:
    rng = np.random.default_rng(seed)
    answer = np.repeat([1.0, 0.0], [events, n - events])
    people = pd.DataFrame({
        "person_id": [f"p{place}" for place in range(n)], "family": "", "site": "", "group": range(n),
        "answer": answer,
    })  # fmt: skip
    names = ("male", "onset_age_years", "panss_p2_n5_g9")
    table = pd.DataFrame({
        "male": (rng.random(n) < 0.5).astype(float), "onset_age_years": rng.normal(25, 6, n) - 3 * answer,
        "panss_p2_n5_g9": rng.normal(10, 2, n),
    })  # fmt: skip
    chosen = tuple(PREDICTORS[name] for name in names)
    return Task(LANDMARKS["baseline"], outcome_named("trrip_3y"), people, table, chosen)


@pytest.mark.parametrize(
    ("n", "events", "allowed"), [(60, 10, True), (60, 9, False), (60, 50, True), (60, 51, False)]
)
def test_fewer_than_ten_of_either_outcome_is_refused_with_the_counts(
    n: int, events: int, allowed: bool
) -> None:
    _, found, may = checked(task_of(n, events))

    assert may is allowed
    refused = [one for one in found if one.level == "refused"]
    assert bool(refused) is not allowed
    if refused:
        assert f"{events} with the outcome and {n - events} without" in refused[0].sentence("en")


def test_one_class_gives_a_reason_and_no_number() -> None:
    made = make(task_of(40, 0), QUICK, 1)

    assert not made.models
    assert made.flags[-1].check == "sample_size"


def test_people_twice_refuse_every_model() -> None:
    rows = [{"person_id": who, "sex": "F", "site": site, "birth_date": "1990-01-01",
             "illness_onset_date": "2010-01-01", "first_treatment_date": "2010-05-01"}
            for who, site in (("a", "north"), ("b", "south"))]  # fmt: skip
    flag = duplication_flag(from_frames({"people": rows}))

    assert not make(task_of(60, 20), QUICK, 1, beforehand=flag).models
    assert make(task_of(60, 20), QUICK, 1).models


def test_a_refused_predictor_is_left_out_and_the_rest_goes_on() -> None:
    task = task_of(60, 20)
    spoilt = replace(task, table=task.table.assign(onset_age_years=np.nan))

    kept, _, may = checked(spoilt)

    assert may
    assert list(kept.table.columns) == ["male", "panss_p2_n5_g9"]


def test_sample_size_is_told_before_fitting_and_models_are_held_out() -> None:
    made = make(task_of(120, 40), QUICK, 1)

    assert [one.criterion for one in made.needed] == ["shrinkage", "optimism", "mean_risk"]
    assert set(made.models) == {"elastic_net", "p2_n5_g9_refitted"}
    assert np.isfinite(made.models["elastic_net"].risk).all()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_flag_has_its_sentence(lang: Any) -> None:
    found = [
        *definition_flags(outcome_named("nonresponse_week6"), LANDMARKS["month12"], PREDICTORS.values()),
        *definition_flags(outcome_named("trrip_3y"), LANDMARKS["baseline"], PREDICTORS.values()),
        *definition_flags(outcome_named("clozapine_3y"), LANDMARKS["clozapine_start"], [PREDICTORS["male"]]),
        *definition_flags(outcome_named("response_tms"), LANDMARKS["tms_start"], [PREDICTORS["male"]]),
        *data_flags(pd.DataFrame({"a": [np.nan, np.nan], "b": [1.0, np.nan], "c": [1.0, 1.0]}), 0.9),
    ]
    sentences = {one.why: one.sentence(lang) for one in found}

    assert len(sentences) >= 10
    assert all("{" not in one for one in sentences.values())
