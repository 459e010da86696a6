"""Stages run in their order, each sees what came before, and none disappears without a word."""

from __future__ import annotations

import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import Skipped, Stage, StageResult, StudySettings
from opentrs.messages import LANGS, has
from opentrs.study import STAGES, run_study

COHORT_TABLES = {"people": [{"person_id": "cai"}], "events": []}


@pytest.fixture(scope="module")
def cohort():
    return from_frames(COHORT_TABLES)


def _stage(name, seen, needs=frozenset({"people"}), after=()):
    def run(cohort, results, settings):
        seen.append((name, sorted(results), settings.seed))
        return StageResult(name, {})

    return Stage(name, needs, after, run)


def test_every_stage_comes_after_the_stages_it_reads():
    earlier: set[str] = set()
    for stage in STAGES:
        assert set(stage.after) <= earlier, stage.name
        earlier.add(stage.name)


def test_stage_names_are_unique():
    assert len({stage.name for stage in STAGES}) == len(STAGES)


def test_every_stage_says_in_both_languages_that_it_runs():
    assert all(has(f"cli.step_{stage.name}", lang) for stage in STAGES for lang in LANGS)


def test_each_stage_sees_the_results_of_those_before_it(cohort):
    seen = []
    run_study(cohort, [_stage("first", seen), _stage("second", seen)], StudySettings(seed=7))
    assert seen == [("first", [], 7), ("second", ["first"], 7)]


def test_the_results_keep_the_order_of_the_stages(cohort):
    results = run_study(cohort, [_stage("b", []), _stage("a", [])])
    assert list(results) == ["b", "a"]


def test_a_stage_whose_table_is_absent_is_skipped_and_says_which(cohort):
    seen = []
    results = run_study(
        cohort, [_stage("brain", seen, frozenset({"people", "cortex", "tracts"})), _stage("next", seen)]
    )
    assert isinstance(results["brain"], Skipped)
    assert "cortex, tracts" in results["brain"].reason
    assert "people" not in results["brain"].reason
    assert [name for name, *_ in seen] == ["next"]


def test_a_table_without_rows_is_there(cohort):
    results = run_study(cohort, [_stage("later", [], frozenset({"events"}))])
    assert isinstance(results["later"], StageResult)


def test_a_stage_cannot_change_what_later_stages_read(cohort):
    def meddle(cohort, results, settings):
        results["first"] = None
        return StageResult("meddler", {})

    stages = [_stage("first", []), Stage("meddler", frozenset(), (), meddle)]
    assert isinstance(run_study(cohort, stages)["first"], StageResult)


def test_progress_counts_every_stage_and_ends_at_all_of_them(cohort):
    calls = []
    run_study(cohort, [_stage("a", []), _stage("b", [])], progress=lambda *call: calls.append(call))
    assert calls == [("a", 0, 2), ("b", 1, 2), ("", 2, 2)]


def test_what_a_stage_raises_is_not_swallowed(cohort):
    def fail(cohort, results, settings):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_study(cohort, [Stage("broken", frozenset(), (), fail)])
