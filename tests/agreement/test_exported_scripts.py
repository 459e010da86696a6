"""The R scripts that ``--export-r`` writes give our numbers: held against what R printed when they were run.

``python -m validation.r.exported`` runs them again; a script that has changed since fails here.
"""

from __future__ import annotations

import json

import pytest

from opentrs.reference.load import frame
from opentrs.treat.files import read_evidence
from opentrs.treat.matching import match
from opentrs.treat.pairwise import pairwise
from validation.r.exported import CASES, PRINTED, SYMPTOMS, TRIALS, choices, digest, exports

PINNED = json.loads(PRINTED.read_text(encoding="utf-8"))["cases"]


def test_every_script_is_the_one_that_r_ran() -> None:
    found = {name: digest(files) for name, files in exports()}
    assert found == {name: case["script"] for name, case in PINNED.items()}


@pytest.mark.parametrize(("tau2", "test"), CASES)
def test_a_pooling_script_prints_what_the_tables_hold(tau2: str, test: str) -> None:
    printed = PINNED[f"pool {tau2} {test}"]["printed"]
    tables = pairwise(read_evidence(TRIALS, "OR"), choices(tau2, test))
    heterogeneity = tables["heterogeneity"].to_dict("records")
    assert len(printed) == 3
    for row, spread in zip(tables["pooled"].to_dict("records"), heterogeneity, strict=True):
        theirs = printed[f"{row['treat1']} : {row['treat2']}"]
        for name in ("k", "estimate", "se", "ci_low", "ci_high"):
            assert row[name] == pytest.approx(theirs[name], abs=1e-6), (row, name)
        if row["k"] > 1:
            assert spread["tau2"] == pytest.approx(theirs["tau2"], rel=1e-5, abs=1e-9)
            assert spread["i2_percent"] == pytest.approx(theirs["I2"], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_matching_script_prints_what_the_table_of_options_holds(symptom: str) -> None:
    printed = PINNED[f"match {symptom}"]["printed"]
    views = [
        view
        for one in match(frame("trials"), symptom)
        for view in (one.found, one.as_given, one.undoubted)
        if view.pooled is not None
    ]
    assert len(printed) == len(views) > 0
    for view in views:
        theirs = printed[f"{view.option} {view.view}"]
        assert len(view.trials) == theirs["k"]
        for name in ("effect", "ci_low", "ci_high"):
            assert getattr(view, name) == pytest.approx(theirs[name], abs=1e-6), (view.option, view.view)
