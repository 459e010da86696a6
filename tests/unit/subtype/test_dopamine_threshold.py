"""Thresholds of dopamine function stated by a user: what is read or refused, and what people are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from opentrs.ascertain.definition import DefinitionError
from opentrs.subtype.dopamine_threshold import Threshold, load_thresholds

THRESHOLD = (
    '[[threshold]]\nregion = "striatum"\ntracer = "fdopa"\nscale = "{scale}"\n{lines}\nsource = "a paper"\n'
)


@pytest.mark.parametrize(
    ("lines", "low", "high"),
    [
        ("hypo_below = 8\nhyper_above = 12.5", 8.0, 12.5),
        ("hypo_below = -1", -1.0, None),
        ("hyper_above = 0", None, 0.0),
    ],
)
def test_a_threshold_is_read_with_all_it_states(tmp_path: Path, lines: str, low: float, high: float) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(THRESHOLD.format(scale="z", lines=lines) * 2, encoding="utf-8")
    assert load_thresholds(file) == (Threshold("striatum", "fdopa", "z", low, high, "a paper"),) * 2


def test_a_threshold_that_names_neither_tracer_nor_scale_is_of_the_values_themselves(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(
        '[[threshold]]\nregion = "striatum"\nhyper_above = 1\nsource = "a paper"\n', encoding="utf-8"
    )
    assert load_thresholds(file) == (Threshold("striatum", "", "value", None, 1.0, "a paper"),)


def test_a_value_on_a_threshold_is_normal() -> None:
    both = Threshold("striatum", "", "value", 8.0, 12.0, "a paper")
    assert both.states(np.array([7.9, 8.0, 10.0, 12.0, 12.1])) == [
        "hypo",
        "normal",
        "normal",
        "normal",
        "hyper",
    ]
    low = Threshold("striatum", "", "value", 8.0, None, "a paper")
    assert low.states(np.array([7.9, 1e9])) == ["hypo", "normal"]
    high = Threshold("striatum", "", "value", None, 12.0, "a paper")
    assert high.states(np.array([-1e9, 12.1])) == ["normal", "hyper"]


def test_the_second_of_two_thresholds_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    good = THRESHOLD.format(scale="z", lines="hyper_above = 1")
    file.write_text(good + good.replace("a paper", ""), encoding="utf-8")
    with pytest.raises(DefinitionError, match="Threshold 2 of thresholds"):
        load_thresholds(file)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("no toml", "cannot be read"),
        ("", "one or more"),
        ("threshold = 3", "one or more"),
        ("x = 1\n" + THRESHOLD.format(scale="z", lines="hyper_above = 1"), "nothing else"),
        (THRESHOLD.format(scale="z", lines=""), "lacks hypo_below, hyper_above"),
        (THRESHOLD.format(scale="z", lines="hyper_above = 1").replace("a paper", " "), "lacks source"),
        (THRESHOLD.format(scale="z", lines="hyper_above = 1").replace('"striatum"', '""'), "lacks region"),
        (THRESHOLD.format(scale="z", lines="hypo_below = 1\nhyper_above = 1"), "must be less"),
        (THRESHOLD.format(scale="sd", lines="hyper_above = 1"), "scale is one of"),
        (THRESHOLD.format(scale="z", lines='hyper_above = "1"'), "is not a number"),
        (THRESHOLD.format(scale="z", lines="hyper_above = true"), "is not a number"),
        (THRESHOLD.format(scale="z", lines="hyper_above = inf"), "is not a number"),
        (THRESHOLD.format(scale="z", lines="hyper_over = 1"), "not known: hyper_over"),
    ],
)
def test_a_file_of_thresholds_that_is_none_is_refused(tmp_path: Path, content: str, match: str) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionError, match=match):
        load_thresholds(file)
