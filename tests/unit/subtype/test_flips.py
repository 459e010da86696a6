"""The smallest change that flips a label, held against a search by hand."""

from __future__ import annotations

import random

from opentrs.subtype.definition import shipped_types
from opentrs.subtype.flips import flips
from tests.support.typed import (
    DELUSION,
    HALLUCINATION,
    NEGATIVE,
    even_norms,
    labelled,
    panss,
    rated,
    types_of,
)


def flips_of(*visits, norms=None, engine=None):
    steps = labelled(*visits, norms=norms, engine=engine)
    frame = flips(steps.visits, steps.wide, steps.values, steps.norms, shipped_types())
    return dict(zip(frame["person_id"], frame["flips"], strict=True))


CASES = {
    "a step from the floor": (panss(1, 4), "P3 -1: none"),
    "just below it": (panss(1, 3), "P3 +1: hallucination"),
    "every item equally near": (panss(1, 1, [3, 3, 1, 1, 1]), "N1 +1: negative; N2 +1: negative"),
    "an item at the top cannot rise": (
        panss([7, 7, 4, 3], 4),
        "P6 +1: delusion; G9 +1: delusion; P3 -1: delusion",
    ),
    "a missing item is no change, and may decide": (panss([4, 3, 3, None]), "P1 -1: unknown"),
    "far from every boundary": (panss(7), "P3 +5: mixed"),
}  # fmt: skip


def test_every_item_that_flips_the_label_with_the_fewest_points_is_named(engine):
    rows = [rated(name, values) for name, (values, _) in CASES.items()]
    found = flips_of(*rows, norms=even_norms(), engine=engine)
    assert found == {name: flips for name, (_, flips) in CASES.items()}


def test_an_unknown_label_has_no_flips():
    assert flips_of(rated("a", panss(7, None))) == {}


def test_two_raters_mean_moves_by_whole_points_within_the_range():
    visit = [*rated("a", panss(1, 4)), *rated("a", panss(1, 3), rater="b")]
    high = [*rated("h", panss(7, 7)), *rated("h", panss(7, 6), rater="b")]
    found = flips_of(visit, high)
    assert found["a"] == "P3 +1: hallucination"
    # 6.5 cannot rise by a whole point, so nothing rises.
    assert "+" not in found["h"]


def _by_hand(values, label_of):
    """Try every item and every number of points, fewest first."""
    now = label_of(values)
    for points in range(1, 7):
        found = [
            f"{item} {step:+d}: {label}"
            for item in (*DELUSION, *HALLUCINATION, *NEGATIVE)
            for step in (-points, points)
            if values[item] is not None
            and 1 <= values[item] + step <= 7
            and (label := label_of({**values, item: values[item] + step})) != now
        ]
        if found:
            return "; ".join(found)
    return None


def _label(values):
    """The rule in plain Python, for complete ratings without a norm."""
    scores = {
        name: 100 * (sum(values[item] for item in items) / len(items) - 1) / 6
        for name, items in (("delusion", DELUSION), ("hallucination", HALLUCINATION), ("negative", NEGATIVE))
        if max(values[item] for item in items) >= 4
    }
    if not scores:
        return "none"
    ranked = sorted(scores, key=lambda name: -scores[name])
    if len(ranked) == 1 or round(scores[ranked[0]] - scores[ranked[1]], 9) >= 10:
        return ranked[0]
    return "mixed"


def test_flips_and_labels_agree_with_a_search_by_hand():
    draw = random.Random(7)
    people = {
        f"{number:02}": panss(
            [draw.randint(1, 7) for _ in DELUSION], draw.randint(1, 7), [draw.randint(1, 7) for _ in NEGATIVE]
        )
        for number in range(29)  # too few for a norm of their own
    }
    rows = [rated(name, values) for name, values in people.items()]
    assert types_of(labelled(*rows)) == [_label(values) for values in people.values()]
    expected = {name: _by_hand(values, _label) for name, values in people.items()}
    assert flips_of(*rows) == {name: found for name, found in expected.items() if found}
