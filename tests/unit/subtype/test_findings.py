"""Findings of the types: each number with its interval, its people, and what is said beside it."""

from __future__ import annotations

import pandas as pd

from opentrs.subtype.compare import EVERY_TYPE
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.findings import KAPPA, SHARE, findings

RULES = shipped_types()


def made():
    prevalence = pd.DataFrame([
        {"group": "all", "label": "type", "value": "delusion", "count": 2, "n": 3, "share": 2 / 3,
         "ci_low": 0.09, "ci_high": 0.99, "worst": 0.5, "best": 0.75},
        {"group": "all", "label": "type", "value": "unknown", "count": 1, "n": 4, "share": 0.25,
         "ci_low": 0.01, "ci_high": 0.8, "worst": 0.25, "best": 0.25},
        {"group": "resistant", "label": "type", "value": "mixed", "count": 0, "n": 0, "share": None,
         "ci_low": None, "ci_high": None, "worst": None, "best": None},
    ])  # fmt: skip
    people = pd.DataFrame({"persistent": ["yes", "yes", "no", "unknown", "unknown"]})
    sensitivity = pd.DataFrame([
        {"choice": "floor", "value": "pomp50", "is_default": "no", "share_differ": 0.3, "ci_low": 0.1,
         "ci_high": 0.5, "n": 20, "n_unknown": 2, "source": "a paper"},
        {"choice": "floor", "value": "moderate", "is_default": "yes", "share_differ": 0.0, "ci_low": 0.0,
         "ci_high": 0.1, "n": 20, "n_unknown": 0, "source": "a paper"},
    ])  # fmt: skip
    instruments = pd.DataFrame([
        {"scale_a": "PANSS", "scale_b": "BPRS-18", "type": name, "kappa": kappa, "kappa_low": 0.2,
         "kappa_high": 0.8, "n": 30, "agreement": 0.7} for name, kappa in (("every", 0.5), ("delusion", 0.6))
    ])  # fmt: skip
    instruments["type"] = instruments["type"].replace("every", EVERY_TYPE)
    tables = {"type_prevalence": prevalence, "person_types": people, "sensitivity": sensitivity,
              "instruments": instruments}  # fmt: skip
    return findings(tables, RULES)


def test_one_finding_for_each_share_one_for_persistence_and_one_for_each_choice_that_is_not_ours():
    assert [one.name for one in made()] == [
        "type.delusion.all", "type.unknown.all", "type.mixed.resistant", "persistent",
        "sensitivity.floor.pomp50", "instruments.PANSS.BPRS-18",
    ]  # fmt: skip
    assert {one.stage for one in made()} == {"subtype"}


def test_a_share_carries_its_interval_its_people_and_the_bounds_of_the_unknown():
    delusion, unknown, mixed, *_ = made()
    assert (delusion.estimate, delusion.low, delusion.high, delusion.n) == (2 / 3, 0.09, 0.99, 3)
    assert delusion.note == "from 0.500 to 0.750 of all"
    assert (delusion.method, delusion.unit, delusion.source) == (SHARE, "proportion", RULES.source)
    assert "all people" in unknown.method
    assert (mixed.estimate, mixed.low, mixed.high, mixed.n, mixed.note) == (None, None, None, 0, "nobody")


def test_persistence_is_a_share_of_those_for_whom_it_is_known():
    persistent = made()[3]
    assert (persistent.estimate, persistent.n, persistent.note) == (2 / 3, 3, "2 of 5 unknown")
    assert persistent.low < 2 / 3 < persistent.high


def test_a_choice_and_an_agreement_say_how_many_and_of_how_many():
    changed, agreed = made()[4:]
    assert (changed.estimate, changed.n, changed.note) == (0.3, 20, "2 unknown under this choice")
    assert changed.source == "a paper"
    assert (agreed.estimate, agreed.low, agreed.high, agreed.n) == (0.5, 0.2, 0.8, 30)
    assert (agreed.unit, agreed.method, agreed.note) == ("kappa", KAPPA, "raw agreement 0.700")
