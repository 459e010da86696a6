"""A simulated cohort: the same every time, in contract form, and with the planted figures in it."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.tables import TABLES
from opentrs.errors import UsageError
from opentrs.sources import check
from opentrs.sources.synthetic import (
    CLINICAL,
    Block,
    Layered,
    Simulated,
    as_cohort,
    published,
    simulate,
    write,
)
from opentrs.sources.synthetic.illness import Illness
from opentrs.sources.synthetic.outcomes import Events
from opentrs.sources.synthetic.people import People
from opentrs.sources.synthetic.treatment import Treatment

RECORDED = (
    "people", "drug_exposures", "treatment_courses", "adherence", "plasma_levels", "ratings", "function",
    "hospital_stays", "events",
)  # fmt: skip
PANSS_ITEMS = {
    *(f"P{n}" for n in range(1, 8)),
    *(f"N{n}" for n in range(1, 8)),
    *(f"G{n}" for n in range(1, 17)),
}


@pytest.fixture(scope="module")
def cohort() -> Simulated:
    return simulate(600, 7)


@pytest.fixture(scope="module")
def large() -> Simulated:
    """People and what is true of them only: 5,000 without their visits."""
    return simulate(5000, 11, layers=CLINICAL[:3])


@pytest.fixture(scope="module")
def patients(large: Simulated) -> pd.DataFrame:
    people = large.tables["people"]
    merged = large.truth.merge(people[["person_id", "sex", "onset_age_years"]], on="person_id")
    return merged[merged["in_spectrum"] == "yes"]


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def within_chance(share: float, planted: float, n: int) -> bool:
    """Within four standard errors; the seed is fixed, so this never flickers."""
    return abs(share - planted) < 4 * np.sqrt(planted * (1 - planted) / n)


# --- the same every time ---------------------------------------------------------------------------


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    write(simulate(40, 3), tmp_path / "one")
    write(simulate(40, 3), tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert "truth/truth.csv" in bytes_of(tmp_path / "one")


def test_another_seed_makes_other_people() -> None:
    one, other = (simulate(40, seed, layers=CLINICAL[:2]).truth for seed in (3, 4))
    assert not one.equals(other)


def test_the_first_people_of_a_larger_cohort_are_those_of_a_smaller_one(cohort: Simulated) -> None:
    small = simulate(30, 7)
    first = set(small.truth["person_id"])
    for name, table in small.tables.items():
        larger = cohort.tables[name]
        larger = larger[larger["person_id"].isin(first)]
        pd.testing.assert_frame_equal(
            table.astype(object).reset_index(drop=True), larger.astype(object).reset_index(drop=True)
        )


@dataclass(frozen=True)
class Blood:
    """A layer as a later issue would write it."""

    name: str = "blood"
    needs: tuple[str, ...] = ("illness",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        score = 0.3 * block.latent["resistance_liability"] + rng.standard_normal(block.size)
        rows = pd.DataFrame({"person": np.arange(block.size), "score": "liability", "value": score})
        return Layered(tables={"polygenic_scores": rows}, truth={"has_score": np.full(block.size, "yes")})


def test_a_layer_more_leaves_the_other_layers_as_they_were() -> None:
    plain = simulate(40, 5)
    more = simulate(40, 5, layers=(*CLINICAL[:2], Blood(), *CLINICAL[2:]))
    assert set(more.tables) - set(plain.tables) == {"polygenic_scores"}
    assert len(more.tables["polygenic_scores"]) == 40
    for name, table in plain.tables.items():
        pd.testing.assert_frame_equal(table, more.tables[name])
    pd.testing.assert_frame_equal(plain.truth, more.truth.drop(columns="has_score"))


def test_a_layer_that_reads_latent_traits_can_be_tied_to_true_resistance() -> None:
    simulated = simulate(2000, 5, layers=(*CLINICAL[:2], Blood()))
    value = simulated.tables["polygenic_scores"]["value"]
    by_status = value.groupby(simulated.truth["true_resistant"]).mean()
    assert by_status["yes"] > by_status["no"] + 0.3


def test_a_layer_before_one_it_needs_is_refused() -> None:
    with pytest.raises(UsageError, match="needs people"):
        simulate(5, 1, layers=CLINICAL[1:])


@pytest.mark.parametrize(("people", "seed"), [(0, 1), (-1, 1), (5, -1)])
def test_no_people_or_a_negative_seed_are_refused(people: int, seed: int) -> None:
    with pytest.raises(UsageError):
        simulate(people, seed)


def test_global_random_state_is_neither_read_nor_changed() -> None:
    kept = random.getstate(), np.random.get_state()
    try:
        random.seed(1)
        np.random.seed(1)
        one = simulate(20, 9).truth
        drawn = random.random(), np.random.random_sample()
        random.seed(1)
        np.random.seed(1)
        assert drawn == (random.random(), np.random.random_sample())
        assert one.equals(simulate(20, 9).truth)
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])


# --- contract form ---------------------------------------------------------------------------------


@pytest.mark.parametrize("table", RECORDED)
def test_every_column_is_declared_and_every_value_within_its_range(cohort: Simulated, table: str) -> None:
    rows, spec = cohort.tables[table], TABLES[table]
    assert len(rows) > 0
    assert set(rows.columns) <= set(spec.by_name)
    for column in spec.columns:
        if column.name not in rows.columns:
            assert not column.required
            continue
        known = rows[column.name].dropna()
        if column.required:
            assert len(known) == len(rows)
        if column.kind == "date":
            assert known.astype(str).str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
        if column.choices:
            assert set(known.astype(str)) <= set(column.choices)
        for limit, is_within in ((column.low, known.__ge__), (column.high, known.__le__)):
            if limit is not None:
                assert is_within(limit).all(), column.name
    if spec.key:
        assert not rows.duplicated(list(spec.key)).any()


def test_panss_items_are_whole_numbers_from_1_to_7_and_all_thirty_are_rated(cohort: Simulated) -> None:
    ratings = cohort.tables["ratings"]
    panss = ratings[ratings["scale"] == "PANSS"]
    assert set(panss["item"].astype(str)) == PANSS_ITEMS
    assert set(panss["value"].dropna()) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0}


def test_cdss_items_run_from_0_to_3_and_cgi_from_1_to_7(cohort: Simulated) -> None:
    ratings = cohort.tables["ratings"]
    assert set(ratings[ratings["scale"] == "CDSS"]["value"]) == {0.0, 1.0, 2.0, 3.0}
    assert set(ratings[ratings["scale"] == "CGI"]["value"]) <= set(range(1, 8))


def test_a_depressive_episode_by_the_cdss_is_found_in_the_depressed_and_seldom_in_others(
    cohort: Simulated,
) -> None:
    ratings = cohort.tables["ratings"].astype({"person_id": str, "date": str})
    baseline = ratings["date"] == ratings.groupby("person_id")["date"].transform("min")
    items = ratings[baseline & (ratings["scale"] == "CDSS")]
    total = items.groupby("person_id")["value"].sum()
    truth = cohort.truth.set_index("person_id")
    rated = total[truth["has_baseline"].reindex(total.index) == "yes"]
    depressed = truth["true_depressed"].reindex(rated.index)
    assert (rated[depressed == "yes"] > 6).mean() > 0.65
    assert (rated[depressed == "no"] > 6).mean() < 0.25


def test_every_patient_has_a_baseline_unless_the_truth_says_otherwise(cohort: Simulated) -> None:
    people, truth = cohort.tables["people"], cohort.truth
    ratings = cohort.tables["ratings"][["person_id", "date"]].drop_duplicates().astype(str)
    first = people[["person_id", "first_treatment_date"]].astype(str)
    rated = first.merge(
        ratings, left_on=["person_id", "first_treatment_date"], right_on=["person_id", "date"]
    )
    with_baseline = set(truth[truth["has_baseline"] == "yes"]["person_id"])
    assert set(rated["person_id"]) == with_baseline
    without = truth[truth["has_baseline"] == "no"]
    assert 0 < len(without) < 0.25 * len(truth)
    assert (without["observed_from_first_treatment"] == "no").all()


def test_nothing_is_recorded_outside_the_window_of_observation(cohort: Simulated) -> None:
    window = cohort.tables["people"][["person_id", "observation_start", "observation_end"]].astype(str)
    for name in ("ratings", "function", "drug_exposures", "adherence", "plasma_levels", "events"):
        date = TABLES[name].date
        rows = cohort.tables[name][["person_id", date]].astype(str).merge(window, on="person_id")
        controls = cohort.truth[cohort.truth["has_baseline"] == ""]["person_id"]
        rows = rows[~rows["person_id"].isin(controls)]
        assert (rows[date] >= rows["observation_start"]).all(), name
        assert (rows[date] <= rows["observation_end"]).all(), name


def test_dates_of_a_person_stand_in_their_order(cohort: Simulated) -> None:
    people = cohort.tables["people"].astype(object)
    patients = people[people["group"] == "patient"]
    order = ["birth_date", "illness_onset_date", "first_treatment_date"]
    for earlier, later in pairwise(order):
        assert (patients[earlier] < patients[later]).all()
    assert (people["observation_start"] < people["observation_end"]).all()
    stays = cohort.tables["hospital_stays"].astype(object).dropna()
    assert (stays["admission_date"] < stays["discharge_date"]).all()


def test_sites_keep_different_records_and_nobody_has_two_kinds(cohort: Simulated) -> None:
    exposed = set(cohort.tables["drug_exposures"]["person_id"])
    summarised = set(cohort.tables["treatment_courses"]["person_id"])
    assert exposed
    assert summarised
    assert not exposed & summarised
    drugs = cohort.tables["drug_exposures"]["drug"].astype(str)
    assert drugs.str.startswith("N05A").any()
    assert (drugs == "olanzapine").any()


def test_a_depot_has_its_interval_and_no_days_of_supply(cohort: Simulated) -> None:
    exposures = cohort.tables["drug_exposures"]
    depot = exposures[exposures["route"] == "lai"]
    assert len(depot) > 20
    assert depot["interval_days"].notna().all()
    assert depot["days_supply"].isna().all()
    injected = depot["strength_mg"] / depot["interval_days"]
    assert np.allclose(injected, depot["dose_mg_per_day"], atol=0.01)


def test_it_becomes_a_cohort_with_the_same_rows(cohort: Simulated) -> None:
    small = simulate(25, 7)
    built = as_cohort(small)
    assert built.people.count().to_pyarrow().as_py() == 25
    assert built.holds == {"people", *small.tables}
    assert built.table("ratings").count().to_pyarrow().as_py() == len(small.tables["ratings"])


# --- the planted figures -----------------------------------------------------------------------------


def test_about_a_third_is_resistant(patients: pd.DataFrame) -> None:
    share = (patients["true_resistant"] == "yes").mean()
    assert within_chance(share, published()["resistant_share"], len(patients))


def test_most_of_the_resistant_never_responded(patients: pd.DataFrame) -> None:
    resistant = patients[patients["true_resistant"] == "yes"]
    share = (resistant["true_from_first_episode"] == "yes").mean()
    assert within_chance(share, published()["resistant_from_onset_share"], len(resistant))
    assert set(patients[patients["true_resistant"] == "no"]["true_from_first_episode"]) == {""}


def test_clozapine_would_help_about_four_in_ten_of_the_resistant(patients: pd.DataFrame) -> None:
    resistant = patients[patients["true_resistant"] == "yes"]
    share = (resistant["true_clozapine_response"] == "yes").mean()
    assert within_chance(share, published()["clozapine_response_share"], len(resistant))


def test_too_low_a_level_is_as_frequent_among_those_who_look_resistant_as_published(
    patients: pd.DataFrame,
) -> None:
    looks = patients[(patients["true_resistant"] == "yes") | (patients["true_subtherapeutic"] == "yes")]
    share = (looks["true_subtherapeutic"] == "yes").mean()
    assert within_chance(share, published()["subtherapeutic_share"], len(looks))


def test_among_people_with_two_courses_stopped_as_ineffective_low_levels_are_in_the_published_range(
    patients: pd.DataFrame,
) -> None:
    failed = patients[patients["n_apparent_failed_courses"] >= 2]
    share = (failed["true_subtherapeutic"] == "yes").mean()
    error = np.sqrt(share * (1 - share) / len(failed))
    assert 0.35 - 2 * error < share < 0.44 + 2 * error


def test_sex_and_age_at_onset_are_as_planted(patients: pd.DataFrame) -> None:
    planted = published()
    assert within_chance((patients["sex"] == "M").mean(), planted["male_share"], len(patients))
    for sex, name in (("M", "onset_age_mean_men"), ("F", "onset_age_mean_women")):
        ages = patients[patients["sex"] == sex]["onset_age_years"]
        assert abs(ages.mean() - planted[name]) < 4 * planted["onset_age_sd"] / np.sqrt(len(ages))
        assert abs(ages.std() - planted["onset_age_sd"]) < 0.5


def test_earlier_onset_carries_the_published_odds_of_resistance(
    large: Simulated, patients: pd.DataFrame
) -> None:
    resistant = patients["true_resistant"] == "yes"
    ages = patients["onset_age_years"]
    young, old = resistant[ages < 20].mean(), resistant[ages >= 30].mean()
    gap = ages[ages >= 30].mean() - ages[ages < 20].mean()
    per_year = ((old / (1 - old)) / (young / (1 - young))) ** (1 / gap)
    assert abs(per_year - published()["onset_age_odds_ratio_per_year"]) < 0.015


def test_another_share_can_be_planted_and_then_names_no_publication() -> None:
    planted = published()
    first_episode = planted.with_values(resistant_share=planted["resistant_share_first_episode"])
    truth = simulate(5000, 2, layers=CLINICAL[:2], parameters=first_episode).truth
    patients = truth[truth["in_spectrum"] == "yes"]
    assert within_chance((patients["true_resistant"] == "yes").mean(), 0.23, len(patients))
    assert first_episode.planted["resistant_share"].source == "set by the caller"
    with pytest.raises(UsageError, match="resistant_shares"):
        planted.with_values(resistant_shares=0.2)


def test_every_planted_figure_has_a_source_and_says_whether_it_was_checked() -> None:
    for planted in published().planted.values():
        assert planted.source
        assert planted.checked in {"yes", "second_hand", "unverified"}
        assert planted.unit


# --- what is true, and what only looks so --------------------------------------------------------------


def test_a_true_failure_is_adequate_and_barely_helps(large: Simulated) -> None:
    failed = large.courses[large.courses["is_failed"] == "yes"]
    assert len(failed) > 1000
    assert (failed["is_adequate"] == "yes").all()
    assert (failed["drug"] != "clozapine").all()
    assert (failed["symptom_reduction_percent"] < 20.05).all()
    assert (failed["adherence_percent"] >= 79.95).all()
    assert (failed["level_over_lower_limit"] >= 0.995).all()
    days = pd.to_datetime(failed["end_date"].astype(str)) - pd.to_datetime(failed["start_date"].astype(str))
    assert (days.dt.days + 1 >= 42).all()


def test_nobody_whom_drugs_help_truly_fails_two_adequate_courses(patients: pd.DataFrame) -> None:
    responsive = patients[patients["true_status"] == "responsive"]
    share = (responsive["n_true_adequate_failed_courses"] >= 2).mean()
    assert share < 0.01


def test_pseudo_resistant_people_are_responsive_and_have_a_reason(patients: pd.DataFrame) -> None:
    pseudo = patients[patients["pseudo_resistant"] == "yes"]
    assert len(pseudo) > 300
    assert set(pseudo["true_status"]) == {"responsive"}
    assert (pseudo["n_apparent_failed_courses"] >= 2).all()
    assert set(pseudo["pseudo_resistant_why"]) <= {
        "non_adherence", "fast_metabolism", "dose", "duration_or_drug"
    }  # fmt: skip
    others = patients[patients["pseudo_resistant"] != "yes"]
    assert set(others["pseudo_resistant_why"]) == {""}


def test_responders_fall_by_more_than_a_third_and_resistant_people_do_not(cohort: Simulated) -> None:
    courses = cohort.courses.merge(cohort.truth[["person_id", "true_status"]], on="person_id")
    long = courses[(courses["stop_reason"] == "choice") & (courses["is_adequate"] == "yes")]
    responsive = long[long["true_status"] == "responsive"]["symptom_reduction_percent"]
    assert responsive.median() > 35
    first = courses[
        (courses["true_status"] == "resistant_from_first_episode") & (courses["drug"] != "clozapine")
    ]
    assert first["symptom_reduction_percent"].max() < 20


def test_levels_on_record_are_low_in_people_with_a_level_problem_only(cohort: Simulated) -> None:
    truth = cohort.truth.set_index("person_id")
    levels = cohort.tables["plasma_levels"]
    olanzapine = levels[levels["drug"].astype(str).isin({"olanzapine", "N05AH03"})]
    problem = truth["exposure_problem"].reindex(olanzapine["person_id"].astype(str)).to_numpy()
    below = (olanzapine["level_ng_per_ml"] < 20).to_numpy()
    assert below[problem != "none"].mean() > 0.6
    assert below[problem == "none"].mean() < 0.2


def test_patients_report_more_doses_taken_than_pill_counts_find(cohort: Simulated) -> None:
    adherence = cohort.tables["adherence"].astype({"source": str})
    truth = cohort.truth.set_index("person_id")["exposure_problem"]
    problem = truth.reindex(adherence["person_id"].astype(str)).to_numpy()
    by_source = adherence[problem == "non_adherence"].groupby("source")["percent"].mean()
    assert by_source["patient"] > by_source["carer"] > by_source["pill_count"]


def test_a_complete_record_keeps_the_people_and_their_truth(cohort: Simulated) -> None:
    complete = simulate(200, 7, complete_record=True)
    lost = ["left_because", "dropout_date", "observed_from_first_treatment", "has_baseline"]
    shown = [name for name in cohort.truth.columns if name not in lost]
    pd.testing.assert_frame_equal(
        complete.truth[shown].astype(object), cohort.truth[shown].head(200).astype(object)
    )
    people = complete.tables["people"]
    patients = people[people["group"] == "patient"]
    assert (patients["history_complete"] == "yes").all()
    assert complete.tables["ratings"]["value"].notna().all()
    assert set(complete.truth["left_because"]) <= {"", "death"}


# --- on disk ---------------------------------------------------------------------------------------------


def test_truth_lies_beside_the_tables_and_names_its_sources(tmp_path: Path) -> None:
    write(simulate(12, 1), tmp_path / "cohort")
    assert len(pd.read_csv(tmp_path / "cohort/truth/truth.csv")) == 12
    parameters = pd.read_csv(tmp_path / "cohort/truth/parameters.csv")
    assert list(parameters.columns) == ["name", "value", "unit", "source", "checked", "note"]
    assert parameters["source"].notna().all()
    assert sorted(path.stem for path in (tmp_path / "cohort").glob("*.csv")) == sorted(simulate(12, 1).tables)


def test_what_was_written_reads_back_row_for_row_without_an_error_or_a_warning(tmp_path: Path) -> None:
    simulated = simulate(30, 1)
    write(simulated, tmp_path / "cohort")
    found = check(tmp_path / "cohort")
    assert {problem.code for problem in found.problems if problem.severity != "note"} == set()
    assert {file.name: file.kept for file in found.files} == {
        f"{name}.csv": len(table) for name, table in simulated.tables.items()
    }


def test_an_existing_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        write(simulate(3, 1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(simulate(3, 1), tmp_path / "empty")
    assert (tmp_path / "empty/people.csv").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("opentrs.sources.synthetic.writing.csv.write_csv", full)
    with pytest.raises(OSError, match="no space"):
        write(simulate(3, 1), tmp_path / "cohort")
    assert list(tmp_path.iterdir()) == []


def test_what_happens_twice_on_one_day_is_recorded_once() -> None:
    often = published().with_values(self_harm_rate=60.0)
    events = simulate(40, 2, parameters=often, layers=(People(), Illness(), Treatment(), Events())).tables[
        "events"
    ]

    harm = events[events["kind"] == "self_harm"]
    assert len(harm) > 40 * 60
    assert not events.astype(str).duplicated().any()
