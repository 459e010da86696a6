"""Depression beside the type: the first scale that settles it, and the review's four-way label."""

from __future__ import annotations

import pytest

from opentrs import reference
from tests.support.typed import labelled, panss, rated, visits_of


def form(scale, total, blank=False):
    """A depression scale filled to a total, item after item; the last one blank if asked."""
    items = reference.scale_items()
    items = items[(items["scale"] == scale) & (items["kind"] == "item")]
    values, left = {}, total
    for row in items.to_dict("records"):
        values[row["item"]] = min(left, row["high"])
        left -= values[row["item"]]
    assert left == 0
    if blank:
        values[list(values)[-1]] = None
    return values


def visit(person, values, **scales):
    rows = rated(person, values)
    for scale, said in scales.items():
        name = scale.replace("_", "-")
        total, blank = said if isinstance(said, tuple) else (said, False)
        rows += rated(person, form(name, total, blank), scale=name)
    return rows


SAID = [
    (panss(G6=1), {"CDSS": 6}, "none", "CDSS"),
    (panss(G6=1), {"CDSS": 7}, "moderate", "CDSS"),
    (panss(G6=1), {"HAMD_17": 7}, "none", "HAMD-17"),
    (panss(G6=1), {"HAMD_17": 8}, "mild", "HAMD-17"),
    (panss(G6=1), {"HAMD_17": 16}, "mild", "HAMD-17"),
    (panss(G6=1), {"HAMD_17": 17}, "moderate", "HAMD-17"),
    (panss(G6=1), {"HAMD_17": 23}, "moderate", "HAMD-17"),
    (panss(G6=1), {"HAMD_17": 24}, "severe", "HAMD-17"),
    (panss(G6=1), {"MADRS": 35}, "severe", "MADRS"),
    (panss(G6=1), {"MADRS": 34}, "moderate", "MADRS"),
    (panss(G6=3), {}, "none", "PANSS G6"),
    (panss(G6=4), {}, "moderate", "PANSS G6"),
    (panss(), {}, "unknown", None),
    (panss(G6=None), {}, "unknown", None),
    (panss(G6=7), {"CDSS": 0, "HAMD_17": 24}, "none", "CDSS"),
    (panss(G6=7), {"HAMD_17": 0, "MADRS": 35}, "none", "HAMD-17"),
    # A blank CDSS item holds 0 to 3: 3 + blank cannot reach 7, 4 + blank can, so the next scale speaks.
    (panss(G6=1), {"CDSS": (3, True), "HAMD_17": 24}, "none", "CDSS"),
    (panss(G6=1), {"CDSS": (4, True), "HAMD_17": 24}, "severe", "HAMD-17"),
    (panss(G6=1), {"CDSS": (7, True)}, "moderate", "CDSS"),
]


def test_the_first_scale_that_settles_it_says_how_depressed_somebody_is(engine):
    rows = [visit(f"{k:02}", values, **scales) for k, (values, scales, _, _) in enumerate(SAID)]
    found = visits_of(labelled(*rows, engine=engine))
    assert [(row["depression"], row["depression_basis"]) for row in found] == [
        (band, basis) for _, _, band, basis in SAID
    ]


REVIEW = [
    (panss(4), {"HAMD_17": 24}, "severe_depression"),
    (panss(1), {"HAMD_17": 24}, "severe_depression"),
    (panss(4, None), {"HAMD_17": 24}, "severe_depression"),
    (panss(4), {"HAMD_17": 23}, "delusion"),
    (panss(1, 4), {"CDSS": 20}, "hallucination"),
    (panss(1, 1, 4), {}, "negative"),
    (panss(4, 4), {"HAMD_17": 0}, "none_of_the_four"),
    (panss(1), {"HAMD_17": 23}, "none_of_the_four"),
    (panss(4, 4), {"CDSS": 0}, "none_of_the_four"),
    (panss(1), {"CDSS": 7}, "unknown"),
    (panss(1, G6=1), {}, "none_of_the_four"),
    (panss(1, G6=4), {}, "unknown"),
    (panss(1), {}, "unknown"),
    (panss(4, None), {"HAMD_17": 0}, "unknown"),
]


def test_the_reviews_four_way_label_never_guesses_about_severe_depression():
    rows = [visit(f"{k:02}", values, **scales) for k, (values, scales, _) in enumerate(REVIEW)]
    found = visits_of(labelled(*rows))
    assert [row["review_type"] for row in found] == [label for *_, label in REVIEW]


@pytest.mark.parametrize(("mood", "band"), [(3, "none"), (4, "moderate")])
def test_depressive_mood_of_the_bprs_speaks_last(mood, band):
    rows = [*rated("a", panss()), *rated("a", {"depressive_mood": mood}, scale="BPRS-18")]
    (found,) = visits_of(labelled(rows))
    assert found["depression"] == band
    assert found["depression_basis"].startswith("BPRS-18")
