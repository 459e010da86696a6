"""New rows of evidence: each fault is named with its line and column, and nothing is dropped silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from opentrs.errors import InputProblemsError, Problem
from opentrs.reference.load import frame
from opentrs.treat.decisions import read_decisions
from opentrs.treat.rows import COLUMNS, read_rows

ROW: dict[str, Any] = {
    "row": "U1", "trial": "Made", "year": 2025, "trs": "yes", "clozapine_base": "yes",
    "target_symptom": "negative",
    "arm1": "clozapine + sodium_benzoate", "arm2": "clozapine + placebo", "control": "placebo",
    "design": "parallel", "shared_control": "no", "outcome": "SANS change", "higher_is_better": "no",
    "timepoint_weeks": 6, "n1": 40, "mean1": -5, "sd1": 6, "n2": 40, "mean2": -2, "sd2": 6, "measure": "SMD",
    "numbers": "usable", "source": "10.1000/made", "checked": "yes",
}  # fmt: skip
COUNTS = {"measure": "RR", "mean1": "", "sd1": "", "mean2": "", "sd2": "", "events1": 10, "events2": 5}


def written(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    path = tmp_path / "new.csv"
    pd.DataFrame(list(rows), columns=list(COLUMNS)).to_csv(path, index=False)
    return path


def problems(tmp_path: Path, *rows: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(InputProblemsError) as caught:
        read_rows(written(tmp_path, *rows), frame("trials"))
    return caught.value.problems


def places(found: tuple[Problem, ...], severity: str = "error") -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in found if one.severity == severity]


def test_a_sound_row_comes_in_with_its_numbers(tmp_path):
    rows, found = read_rows(written(tmp_path, ROW), frame("trials"))
    assert (rows["row"].iloc[0], rows["n1"].iloc[0], bool(rows["trs"].iloc[0])) == ("U1", 40.0, True)
    assert [one.code for one in found if one.severity == "error"] == []


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"sd1": -6}, "evidence_sd", "sd1"),
        ({"sd2": 0}, "evidence_sd", "sd2"),
        ({"n1": 1}, "evidence_n", "n1"),
        ({"n1": 0}, "evidence_n", "n1"),
        ({"n2": "forty"}, "evidence_not_a_number", "n2"),
        ({"n2": 40.5}, "evidence_not_whole", "n2"),
        ({"arm2": "sodium_benzoate + clozapine"}, "evidence_with_itself", "arm2"),
        ({"arm2": ""}, "evidence_blank", "arm2"),
        ({"target_symptom": "voices"}, "evidence_choice", "target_symptom"),
        ({"trs": "maybe"}, "evidence_choice", "trs"),
        ({"reported_p": 1.2}, "evidence_beyond", "reported_p"),
        ({"se": 0}, "evidence_se", "se"),
        ({"source": ""}, "evidence_blank", "source"),
        ({"mean2": ""}, "evidence_unusable", "numbers"),
        ({**COUNTS, "events1": 41}, "evidence_events_above_n", "events1"),
        ({**COUNTS, "events1": -1}, "evidence_events_negative", "events1"),
        ({"design": "crossover"}, "evidence_crossover", "correlation"),
        ({"design": "crossover", "correlation": 1}, "evidence_beyond", "correlation"),
        ({"design": "crossover", "correlation": 0.5, "n2": 39}, "evidence_crossover_sizes", "n2"),
        ({**COUNTS, "design": "crossover", "correlation": 0.5}, "evidence_crossover_counts", "estimate"),
        ({"design": "cluster"}, "evidence_cluster", "design_effect"),
        ({"design": "cluster", "cluster_size": 10}, "evidence_cluster", "design_effect"),
        ({"design": "cluster", "cluster_size": 10, "icc": 1.5}, "evidence_beyond", "icc"),
        ({"design": "cluster", "design_effect": 0.9}, "evidence_beyond", "design_effect"),
        ({"row": "T043"}, "evidence_row_in_base", "row"),
        (
            {"trial": "lin ch", "dose": "1 g/day"},
            "evidence_trial_repeats",
            "trial",
        ),
    ],
)
def test_a_fault_is_named_with_its_line_and_column(tmp_path, changes, code, column):
    assert (code, f"new.csv:2:{column}") in places(problems(tmp_path, {**ROW, **changes}))


def test_every_fault_of_every_row_is_listed_at_once(tmp_path):
    found = problems(tmp_path, {**ROW, "sd1": -1, "n2": "x"}, {**ROW, "row": "U1", "trial": "Other"})
    assert {code for code, _ in places(found)} == {
        "evidence_sd",
        "evidence_not_a_number",
        "evidence_row_twice",
    }


def test_the_same_trial_twice_in_one_file_is_named(tmp_path):
    found = problems(tmp_path, ROW, {**ROW, "row": "U2"})
    assert ("evidence_trial_repeats", "new.csv:3:trial") in places(found)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({**COUNTS, "events1": 0}, "evidence_zero_cell"),
        ({**COUNTS, "events1": 0, "events2": 0}, "evidence_double_zero"),
        ({"arm1": "clozapine + moonlight"}, "evidence_component_unknown"),
        ({"sd1": 0.6, "sd2": 0.6}, "evidence_doubt_sd_is_se"),
        ({"percent1": 34.0, "n1": 40}, "evidence_doubt_part_of_a_person"),
        ({"n_randomised": 90}, "evidence_doubt_arms_do_not_add_up"),
        ({"reported_p": 0.6}, "evidence_doubt_p_mismatch"),
        ({"correlation": 0.5}, "evidence_design_value"),
        ({"design_effect": 1.5}, "evidence_design_value"),
        ({"design": "crossover", "correlation": 0.9, "reported_p": 0.02}, "evidence_doubt_p_mismatch"),
    ],
)
def test_what_is_worth_knowing_is_a_warning_and_keeps_the_row(tmp_path, changes, code):
    rows, found = read_rows(written(tmp_path, {**ROW, **changes}), frame("trials"))
    assert len(rows) == 1
    assert code in [one.code for one in found if one.severity == "warning"]


@pytest.mark.parametrize(
    "changes",
    [
        {"design": "crossover", "correlation": -0.99},
        {"design": "crossover", "estimate": -0.4, "se": 0.2},
        {**COUNTS, "design": "crossover", "estimate": 0.3, "se": 0.2},
        {"design": "cluster", "design_effect": 1},
        {"design": "cluster", "cluster_size": 1, "icc": 1},
        {"design": "cluster", "mean1": "", "estimate": -0.4, "se": 0.2},
    ],
)
def test_crossover_and_cluster_trials_that_state_what_they_must_come_in(tmp_path, changes):
    rows, found = read_rows(written(tmp_path, {**ROW, **changes}), frame("trials"))
    assert len(rows) == 1
    assert places(found) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_problem_has_its_sentence_in_both_languages(tmp_path, lang):
    for one in problems(tmp_path, {**ROW, "sd1": -1, "n2": "x", "arm2": "", "row": "T043"}):
        assert one.sentence(lang)


def decided(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "decisions.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_decisions_are_read_with_who_when_and_why(tmp_path):
    path = decided(
        tmp_path, "row,decision,reason,by,date\nT003,exclude,no reply of the authors,LW,2026-11-23\n"
    )
    (found,) = read_decisions(path, {"T003"})
    assert (found.row, found.decision, found.by, found.date) == ("T003", "exclude", "LW", "2026-11-23")


def test_faults_of_decisions_are_listed_at_once(tmp_path):
    path = decided(tmp_path, "row,decision,reason,by,date\nT999,forget,,LW,23.11.2026\n")
    with pytest.raises(InputProblemsError) as caught:
        read_decisions(path, {"T003"})
    assert sorted(places(caught.value.problems)) == [
        ("evidence_blank", "decisions.csv:2:reason"),
        ("evidence_choice", "decisions.csv:2:decision"),
        ("evidence_not_a_date", "decisions.csv:2:date"),
        ("evidence_row_unknown", "decisions.csv:2:row"),
    ]
