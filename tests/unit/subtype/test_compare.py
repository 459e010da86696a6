"""What another choice would change, and how two instruments of one day agree."""

from __future__ import annotations

import numpy as np
import pytest

from opentrs import reference
from opentrs.stats.intervals import exact_proportion, kappa
from opentrs.subtype.compare import instruments, sensitivity
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.domains import VISIT
from tests.support.typed import labelled, panss, rated

RULES = shipped_types()


def sensitivity_of(*visits, engine=None):
    steps = labelled(*visits, engine=engine)
    taken = steps.persons.select("person_id", day="type_day").inner_join(
        steps.visits.select(*VISIT, "instrument"), list(VISIT)
    )
    return sensitivity(taken, steps.wide, steps.norms, RULES)[0]


def sensitivity_types_of(*visits):
    steps = labelled(*visits)
    taken = steps.persons.select("person_id", day="type_day").inner_join(
        steps.visits.select(*VISIT, "instrument"), list(VISIT)
    )
    return sensitivity(taken, steps.wide, steps.norms, RULES)[1]


OTHERS = dict.fromkeys(("G1", "G7", "G12", "G13", "G16", "N7"), 1.0)
PEOPLE = [
    # label, then under: main delusion item alone, floor mean, two items, margin 0
    panss([4, 1, 1, 1]),  # delusion; alone delusion; mean none; two none; 0 delusion
    panss([1, 1, 4, 1]),  # delusion; alone none; mean none; two none; 0 delusion
    panss([4, 4, 4, 4]),  # delusion throughout
    panss([5, 4, 4, 4], 4),  # mixed; alone delusion; mixed; two mixed; margin 0 delusion
    panss(1, 4),  # hallucination throughout
]


def test_each_choice_counts_the_people_it_would_label_otherwise(engine):
    later = rated("0", panss(1, 7), day="2019-01-01")  # not the visit the type is taken from
    found = sensitivity_of(
        later, *[rated(str(k), values | OTHERS) for k, values in enumerate(PEOPLE)], engine=engine
    )
    assert list(found.index) == list(range(len(found)))
    differ = {(row["choice"], row["value"]): row["n_differ"] for row in found.to_dict("records")}
    assert differ == {
        ("item_set", "opentrs_1"): 0,
        ("item_set", "wallwork"): 1,  # P6 is no item of it: the second person
        ("item_set", "consensus"): 0,
        ("item_set", "marder"): 1,  # its delusion items are seven, three of them absent: the fourth person
        ("item_set", "delusion_item_alone"): 2,
        ("item_set", "items_not_globals"): 0,
        ("floor", "one_item"): 0,
        ("floor", "mean"): 2,
        ("floor", "two_items"): 2,
        ("floor", "pomp50"): 2,
        ("margin", "1"): 0,
        ("margin", "0"): 1,
        ("margin", "1.96"): 0,
        ("metric", "norm"): 0,
        ("metric", "pomp"): 0,
        ("setting", "pomp50_pomp10"): 2,
    }
    row = found[found["value"] == "mean"].iloc[0]
    share = exact_proportion(2, 5)
    assert (row["n"], row["ci_low"], row["ci_high"]) == (5, share.low, share.high)
    assert row["source"]
    assert (found["is_default"] == "yes").sum() == 4


def test_agreement_with_each_choice_is_told_type_by_type():
    """Under a floor of the mean the first two of five people have no type and the others keep theirs."""
    found = sensitivity_types_of(*[rated(str(k), values | OTHERS) for k, values in enumerate(PEOPLE)])
    rows = found[found["value"] == "mean"].set_index("type")
    delusion, none = rows.loc["delusion"], rows.loc["none"]
    assert (delusion["n"], delusion["prevalence_default"], delusion["prevalence_choice"]) == (5, 0.6, 0.2)
    assert delusion["agreement"] == pytest.approx(3 / 5)
    assert delusion["positive_agreement"] == pytest.approx(2 * 1 / (2 * 1 + 2))
    assert delusion["negative_agreement"] == pytest.approx(2 * 2 / (2 * 2 + 2))
    assert (none["prevalence_default"], none["prevalence_choice"]) == (0.0, 0.4)
    assert set(rows.index) == {"delusion", "hallucination", "negative", "mixed", "none"}
    assert found[found["value"] == "items_not_globals"].empty  # nobody has the items


def test_an_item_set_of_another_instrument_is_compared_for_nobody():
    found = sensitivity_of(rated("a", panss(4)))
    row = found[found["value"] == "items_not_globals"].iloc[0]
    assert row["n"] == 0
    assert np.isnan(row["share_differ"])


def test_people_whom_only_the_default_can_label_are_counted_apart():
    """Blank G7 and G13: the consensus negative items are six of eight, and may hold a moderate one."""
    found = sensitivity_of(rated("a", panss(4, G7=None, G13=None, G16=1)))
    row = found[found["value"] == "consensus"].iloc[0]
    assert (row["n"], row["n_unknown"]) == (0, 1)


def two_forms(person, day, saps, bprs):
    listed = reference.scale_items()
    rows = []
    for scale, said in (("SAPS", saps), ("SANS", {}), ("BPRS-18", bprs)):
        form = listed[(listed["scale"] == scale) & listed["kind"].isin(["item", "global"])]
        values = dict(zip(form["item"], form["low"], strict=True)) | said
        rows += rated(person, values, day=day, scale=scale)
    return rows


HEARS = ({"global_hallucinations": 5}, {"hallucinatory_behaviour": 7})
BELIEVES = (
    {"global_delusions": 5},
    {"grandiosity": 7, "suspiciousness": 7, "unusual_thought_content": 7},
)


def test_two_instruments_of_one_day_are_compared_once_per_person(engine):
    rows = [
        two_forms("a", "2020-01-01", HEARS[0], HEARS[1]),
        two_forms("b", "2020-01-01", BELIEVES[0], BELIEVES[1]),
        two_forms("b", "2020-02-01", BELIEVES[0], HEARS[1]),
        two_forms("c", "2020-01-01", HEARS[0], BELIEVES[1]),
        rated("d", panss(4)),
    ]
    steps = labelled(*rows, engine=engine)
    found = instruments(steps.wide, steps.norms, RULES)
    assert set(zip(found["scale_a"], found["scale_b"], strict=True)) == {("SAPS+SANS", "BPRS-18")}
    everything = found[found["type"] == "all"].iloc[0]
    assert (everything["n"], everything["agreement"]) == (3, pytest.approx(2 / 3))
    assert everything["kappa"] == pytest.approx(0.4)
    hallucination = found[found["type"] == "hallucination"].iloc[0]
    assert hallucination["prevalence_a"] == pytest.approx(2 / 3)
    assert hallucination["prevalence_b"] == pytest.approx(1 / 3)
    assert hallucination["positive_agreement"] == pytest.approx(2 / 3)
    assert hallucination["negative_agreement"] == pytest.approx(2 / 3)


def test_kappa_of_many_categories_has_the_published_interval():
    """Fleiss, Cohen and Everitt 1969, the worked example: kappa .429, standard error .054."""
    table = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    found = kappa(table)
    assert found.estimate == pytest.approx(0.4286, abs=5e-4)
    half = 1.959964 * 0.0537
    assert found.low == pytest.approx(found.estimate - half, abs=1e-3)
    assert found.high == pytest.approx(found.estimate + half, abs=1e-3)
    assert kappa(np.array([[5, 0], [5, 0]])).estimate is None
    assert kappa(np.zeros((0, 0))).estimate is None
