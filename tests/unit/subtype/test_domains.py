"""Ratings -> domain scores: which items, how many of them, whose."""

from __future__ import annotations

import pytest

from opentrs import reference
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.domains import domain_items, layout
from tests.support.typed import cohort_of, labelled, panss, rated, types_of, visits_of


def domain_rows(steps, domain):
    frame = steps.domains.execute().sort_values(["person_id", "day"])
    frame = frame[frame["domain"] == domain]
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_scores_run_from_0_to_100_percent_of_the_maximum_possible(engine):
    steps = labelled(*[rated(str(at), panss(at, at, at)) for at in (1, 4, 7)], engine=engine)
    for domain in ("delusion", "hallucination", "negative", "expression", "experience"):
        assert [row["pomp"] for row in domain_rows(steps, domain)] == [0.0, 50.0, 100.0]


def test_two_thirds_of_the_items_are_enough_for_a_score_and_fewer_are_not():
    steps = labelled(rated("a", panss(1, 1, 1, P2=7, N5=1)), rated("b", panss(1, 1, 1, P2=7)))
    enough, too_few = domain_rows(steps, "disorganisation")
    assert (enough["pomp"], enough["n_rated"], enough["n_items"]) == (50.0, 2, 3)
    assert (too_few["pomp"], too_few["n_rated"]) == (None, 1)
    # One item at severe is at the floor all the same: what is missing can only add.
    assert too_few["floor"] is True


def test_parts_and_disorganisation_are_shown_and_never_lead():
    assert types_of(labelled(rated("a", panss(1, 1, 1, P2=7, N5=7, G11=7)))) == ["none"]


def test_two_raters_of_a_day_give_each_items_mean_and_a_blank_gives_way():
    twice = [*rated("a", panss(1, 5)), *rated("a", panss(1, 3), rater="b")]
    below = [*rated("b", panss(1, 4)), *rated("b", panss(1, 3), rater="b")]
    blank = [*rated("c", panss(1, 5)), *rated("c", panss(1, None), rater="b")]
    found = visits_of(labelled(twice, below, blank))
    assert [row["type"] for row in found] == ["hallucination", "none", "hallucination"]
    assert [row["pomp_hallucination"] for row in found] == [50.0, pytest.approx(2.5 / 0.06), 4 / 0.06]


def test_ratings_without_dates_are_one_visit_and_one_missing_date_is_left_out():
    undated = [*rated("a", panss(4), day=None), *rated("a", panss(1, 4), day=None, rater="b")]
    partly = [*rated("b", panss(4)), *rated("b", panss(1, 7), day=None)]
    assert len(visits_of(labelled(undated))) == 1
    assert types_of(labelled(partly)) == ["delusion"]


def test_a_visit_is_labelled_from_the_first_instrument_that_scores_every_domain():
    bprs = {
        row["item"]: 1.0 for row in reference.scale_items().to_dict("records") if row["scale"] == "BPRS-18"
    }
    bprs = {item: value for item, value in bprs.items() if item != "total"} | {"hallucinatory_behaviour": 7.0}
    day = lambda person, values: [  # noqa: E731
        *rated(person, values),
        *rated(person, bprs, scale="BPRS-18"),
    ]
    found = visits_of(labelled(day("a", panss(4)), day("b", panss([7, 7, None, None]))))
    assert [(row["instrument"], row["type"]) for row in found] == [
        ("PANSS", "delusion"),
        ("BPRS-18", "hallucination"),
    ]


def test_where_no_instrument_scores_every_domain_the_first_with_any_labels_the_visit_unknown():
    bprs = {"hallucinatory_behaviour": 7.0}
    visit = [*rated("a", panss(7, None, None)), *rated("a", bprs, scale="BPRS-18")]
    (found,) = visits_of(labelled(visit))
    assert (found["instrument"], found["type"]) == ("PANSS", "unknown")


def test_a_form_left_blank_is_a_visit_of_unknown_type():
    assert types_of(labelled(rated("a", panss([None] * 4, None, [None] * 5)))) == ["unknown"]


def test_controls_and_other_diagnoses_are_not_asked():
    cohort = cohort_of(rated("a", panss(4)), diagnosis="F31")
    from opentrs.subtype.labels import label

    steps = label(cohort, shipped_types())
    assert steps.people.count().execute() == 0
    assert steps.visits.count().execute() == 0


def test_every_item_of_every_domain_is_an_item_of_its_scale_with_one_range_per_domain():
    items = domain_items(shipped_types())
    assert items[["low", "high"]].notna().all().all()
    ranges = items.groupby(["item_set", "instrument", "domain"])[["low", "high"]].nunique()
    assert (ranges == 1).all().all()
    assert len(layout(shipped_types())) == items[["item_set", "instrument"]].drop_duplicates().shape[0]


def test_competing_domains_of_a_set_share_no_item():
    items = domain_items(shipped_types())
    competing = items[items["domain"].isin(shipped_types().compete)]
    assert not competing.duplicated(["item_set", "instrument", "scale", "item"]).any()
