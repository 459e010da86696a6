"""Which domain leads, by exactly how much, on both engines; and when it cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opentrs import reference
from opentrs.stats.compare import Comparison
from opentrs.subtype.definition import shipped_types
from tests.support.typed import even_norms, labelled, panss, rated, types_of, visits_of

# One cohort for the whole table: each row is a person.
LEADS = [
    ("a lead of exactly 1", panss([7, 7, 4, 4], 4), "delusion", 1.0, "hallucination"),
    ("a point less", panss([7, 6, 4, 4], 4), "mixed", 0.833333, "hallucination"),
    ("the second leads", panss([7, 7, 4, 4], 7), "hallucination", 1.0, "delusion"),
    ("negative leads hallucinations", panss(1, 4, 7), "negative", 2.0, "hallucination"),
    ("a tie of two", panss(4, 4), "mixed", 0.0, "hallucination"),
    ("a tie of three", panss(4, 4, 4), "mixed", 0.0, "hallucination"),
    ("the second counts, not the third", panss([7, 6, 6, 6], 7, 4), "mixed", 0.5, "delusion"),
    ("one candidate", panss(4, 3, 3), "delusion", None, None),
    ("none", panss(3, 3, 3), "none", None, None),
    ("a higher score below the floor", panss([4, 1, 1, 1], 3, 3), "delusion", None, None),
    ("a blank single item", panss(7, None), "unknown", None, None),
    ("an item missing that may be moderate", panss([3, 3, 3, None]), "unknown", None, None),
    ("an item missing beside a moderate one", panss([4, 3, 3, None]), "delusion", None, None),
    ("too few items for a score", panss([4, 4, None, None]), "unknown", None, None),
    ("three of five negative items", panss(1, 1, [4, 4, 4, None, None]), "unknown", None, None),
    ("four of five", panss(1, 1, [4, 4, 4, 4, None]), "negative", None, None),
]


def test_the_domain_that_leads_by_the_margin_is_the_type(engine):
    rows = [rated(f"{number:02}", values) for number, (_, values, *_) in enumerate(LEADS)]
    found = visits_of(labelled(*rows, norms=even_norms(), engine=engine))
    for (sentence, _, label, margin, rival), visit in zip(LEADS, found, strict=True):
        assert (visit["type"], visit["margin"], visit["rival"]) == (
            label,
            None if margin is None else pytest.approx(margin, abs=1e-6),
            rival,
        ), sentence


WITHOUT_NORM = [
    (panss(1, 4, [7, 4, 4, 4, 4]), "negative", 1.0),
    (panss(1, 4, [6, 4, 4, 4, 4]), "mixed", 2 / 3),
    (panss([7, 4, 4, 4], 4), "delusion", 1.25),
    (panss([6, 4, 4, 4], 4), "mixed", 5 / 6),
]


def test_without_a_norm_ten_points_of_the_maximum_possible_are_a_margin_of_1():
    found = visits_of(labelled(*[rated(str(k), values) for k, (values, *_) in enumerate(WITHOUT_NORM)]))
    for visit, (_, label, margin) in zip(found, WITHOUT_NORM, strict=True):
        assert (visit["type"], visit["norm"]) == (label, "none")
        assert visit["margin"] == pytest.approx(margin)
        assert visit["z_delusion"] is None


def test_of_two_equal_seconds_the_one_counts_over_which_the_lead_is_smaller():
    """Delusions lead both by 25 points of POMP: 1 over one, less over the other, whose error is larger."""
    values = panss([7, 7, 4, 4], 4, 4)
    for uncertain in ("hallucination", "negative"):
        norms = even_norms(**{uncertain: 0.75})
        (visit,) = visits_of(labelled(rated("a", values), norms=norms))
        assert (visit["type"], visit["rival"]) == ("mixed", uncertain)
        assert visit["margin"] == pytest.approx(0.5 / (0.125 + 0.25) ** 0.5)


def test_each_domain_is_held_against_its_own_mean_sd_and_error():
    norms = even_norms(negative=0.5)
    norms.loc[norms["domain"] == "delusion", ["mean_pomp", "sd_pomp"]] = [25.0, 25.0]
    norms.loc[norms["domain"] == "hallucination", "mean_pomp"] = 0.0
    first, second = visits_of(
        labelled(rated("a", panss(7, 7)), rated("b", panss(1, 4, [7, 4, 4, 4, 4])), norms=norms)
    )
    assert (first["z_delusion"], first["z_hallucination"], first["z_negative"]) == (3.0, 2.0, -1.0)
    assert (first["type"], first["margin"]) == ("delusion", 2.0)
    assert (second["type"], second["margin"]) == ("hallucination", pytest.approx(0.8 / 0.625**0.5))


FLOORS = {
    # delusion items, hallucination -> type under each floor
    "one_item": ["none", "delusion", "delusion", "hallucination"],
    "two_items": ["none", "none", "delusion", "hallucination"],
    "mean": ["none", "none", "none", "hallucination"],
    "pomp50": ["none", "none", "none", "hallucination"],
}


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_each_floor_asks_something_else(floor, engine):
    shipped = shipped_types()
    rules = replace(shipped, default=replace(shipped.default, floor=floor))
    people = [panss([3, 3, 3, 3], 3), panss([4, 3, 3, 3], 3), panss([4, 4, 3, 3], 3), panss(3, 4)]
    rows = [rated(str(number), values) for number, values in enumerate(people)]
    assert types_of(labelled(*rows, rules=rules, engine=engine)) == FLOORS[floor]


ON_THE_FLOOR = {
    "mean": [
        (panss(4, 1), "delusion"),
        (panss([4, 4, 4, 3], 1), "none"),
        (panss([4, 4, 4, None], 1), "delusion"),
    ],
    "pomp50": [(panss([5, 4, 4, 3], 1), "delusion"), (panss([4, 4, 4, 3], 1), "none")],
    "two_items": [
        (panss([4, 3, 3, None], 1), "unknown"),
        (panss([3, 3, 3, None], 1), "none"),
        (panss([4, 4, 3, None], 1), "delusion"),
    ],
}


@pytest.mark.parametrize("floor", sorted(ON_THE_FLOOR))
def test_a_floor_on_its_boundary_and_with_an_item_missing(floor):
    shipped = shipped_types()
    rules = replace(shipped, default=replace(shipped.default, floor=floor))
    rows = [rated(str(number), values) for number, (values, _) in enumerate(ON_THE_FLOOR[floor])]
    assert types_of(labelled(*rows, rules=rules)) == [label for _, label in ON_THE_FLOOR[floor]]


@pytest.mark.parametrize(
    ("needs", "label"),
    [(Comparison(">", 0), "mixed"), (Comparison(">=", 0), "delusion"), (Comparison("==", 0), "delusion")],
)
def test_the_margin_keeps_its_operator(needs, label):
    shipped = shipped_types()
    rules = replace(shipped, default=replace(shipped.default, margin=needs))
    assert types_of(labelled(rated("a", panss(4, 4)), rules=rules)) == [label]


def test_with_the_metric_pomp_a_norm_is_not_used():
    shipped = shipped_types()
    rules = replace(shipped, default=replace(shipped.default, metric="pomp"))
    (visit,) = visits_of(labelled(rated("a", panss([7, 4, 4, 4], 4)), norms=even_norms(), rules=rules))
    assert (visit["norm"], visit["margin"]) == ("none", pytest.approx(1.25))


MODERATE = {
    "SAPS": (3, "global_delusions"),
    "BPRS-18": (4, "suspiciousness"),
    "BPRS-24": (4, "unusual_thought_content"),
}


def test_moderate_is_another_number_on_another_scale():
    listed = reference.scale_items()
    listed = listed[listed["kind"].isin(["item", "global"])]
    rows, expected = [], {}
    for scale, (cut, item) in MODERATE.items():
        for value, label in ((cut - 1, "none"), (cut, "delusion")):
            person = f"{scale} {value}"
            for name in ("SAPS", "SANS") if scale == "SAPS" else (scale,):
                form = listed[listed["scale"] == name]
                values = dict(zip(form["item"], form["low"], strict=True))
                values |= {item: value} if name == scale else {}
                rows.append(rated(person, values, scale=name))
            expected[person] = label
    found = visits_of(labelled(*rows))
    assert {visit["person_id"]: visit["type"] for visit in found} == expected
