"""Beside the published: direction by the interval, size by whether the published effect lies in it."""

from __future__ import annotations

import math

import pytest

from opentrs.mechanism.literature import beside, direction, published, setting, size


@pytest.mark.parametrize(
    ("expected", "low", "high", "said"),
    [
        (-1, -0.9, -0.1, "same"),
        (-1, 0.1, 0.9, "opposite"),
        (-1, -0.9, 0.0, "cannot_tell"),
        (1, 0.0, 0.9, "cannot_tell"),
        (1, 0.001, 0.9, "same"),
        (0, 0.1, 0.9, "none_expected"),
        (1, math.nan, math.nan, "cannot_tell"),
    ],
)
def test_a_direction_is_told_only_where_the_interval_leaves_zero(expected, low, high, said):
    assert direction(expected, low, high) == said


@pytest.mark.parametrize(
    ("effect", "estimate", "low", "high", "said"),
    [
        (-0.5, -0.4, -0.5, -0.3, "compatible"),
        (-0.5, -0.9, -1.1, -0.7, "larger"),
        (-0.5, -0.1, -0.3, 0.1, "smaller"),
        (0.5, 0.9, 0.7, 1.1, "larger"),
        (0.5, -0.4, -0.6, -0.2, "smaller"),
        (math.nan, 0.1, 0.0, 0.2, "none_published"),
        (0.5, math.nan, math.nan, math.nan, "cannot_tell"),
    ],
)
def test_a_size_is_compatible_where_the_interval_holds_the_published_effect(
    effect, estimate, low, high, said
):
    assert size(effect, estimate, low, high) == said


def test_every_published_row_speaks_both_languages_and_cites_its_source():
    for test in published():
        for lang in ("en", "zh"):
            said = beside(test, -0.5, -0.9, -0.1, lang)
            assert said["review_says"]
            assert said["source_says"]
            assert said["source"]


def test_what_was_not_read_gives_no_size():
    assert all(row["effect"] is None for row in published().values() if row["checked"] == "unverified")


def test_the_margin_and_the_filter_are_stated():
    assert setting("duration_margin_sd_per_decade") == 0.2
    assert setting("crlb_limit_percent") == 20
