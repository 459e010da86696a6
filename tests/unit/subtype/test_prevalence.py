"""Shares of types with intervals and bounds; movement between types."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.stats.intervals import exact_proportion
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.prevalence import flow, type_prevalence

RULES = shipped_types()


def people(*rows):
    frame = pd.DataFrame(rows, columns=["type", "verdict"])
    return frame.assign(review_type=frame["type"], depression="none")


def row(frame, group, value):
    found = frame[(frame["group"] == group) & (frame["label"] == "type") & (frame["value"] == value)]
    return found.iloc[0]


def test_a_share_is_of_those_whose_type_is_known_and_the_bounds_are_of_all():
    found = type_prevalence(
        people(
            ("delusion", "resistant"), ("delusion", "unknown"), ("mixed", "resistant"),
            ("unknown", "resistant"),
        ),
        RULES,
    )  # fmt: skip
    everybody = row(found, "all", "delusion")
    interval = exact_proportion(2, 3)
    assert (everybody["count"], everybody["n"]) == (2, 3)
    assert (everybody["share"], everybody["ci_low"], everybody["ci_high"]) == pytest.approx(
        (interval.estimate, interval.low, interval.high)
    )
    assert (everybody["worst"], everybody["best"]) == (0.5, 0.75)
    resistant = row(found, "resistant", "delusion")
    assert (resistant["count"], resistant["n"], resistant["best"]) == (1, 2, pytest.approx(2 / 3))
    unknown = row(found, "all", "unknown")
    assert (unknown["count"], unknown["n"], unknown["share"], unknown["best"]) == (1, 4, 0.25, 0.25)


def test_every_value_of_every_label_has_its_row_even_where_nobody_has_it():
    found = type_prevalence(people(("mixed", "unknown")), RULES)
    assert len(found) == 2 * (6 + 6 + 5)
    nobody = row(found, "resistant", "delusion")
    assert (nobody["count"], nobody["n"]) == (0, 0)
    assert pd.isna(nobody["share"])


def test_flow_goes_from_the_first_to_the_last_labelled_visit_of_those_with_two():
    types = pd.DataFrame(
        [("a", "none"), ("a", "mixed"), ("a", "delusion"), ("b", "none"), ("c", "none"), ("c", "delusion")],
        columns=["person_id", "type"],
    )
    assert flow(types).to_dict("records") == [{"from_type": "none", "to_type": "delusion", "n": 2}]
    assert list(flow(types.iloc[:0])) == ["from_type", "to_type", "n"]
