"""Types of two public cohorts, counted beforehand with other code under a setting that needs no norm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from opentrs import read
from opentrs.cohort.results import StudySettings
from opentrs.reference import domain_norms
from opentrs.subtype.compare import instruments
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.labels import Steps, label
from opentrs.subtype.rule import labelled, with_choices
from opentrs.subtype.stage import run

pytestmark = pytest.mark.real_data
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RULES = shipped_types()
# Floor at half the maximum possible, lead of ten percent; counted from the files with pandas alone.
COUNTS = {
    ("ds003944", "SAPS+SANS"): {"delusion": 16, "none": 12, "hallucination": 10, "mixed": 6, "negative": 4},
    ("ds003944", "BPRS-18"): {"none": 19, "hallucination": 15, "delusion": 10, "mixed": 4},
    ("ds000030", "SAPS+SANS"): {"delusion": 13, "hallucination": 12, "none": 11, "mixed": 10, "negative": 4},
}
_read: dict[str, Steps] = {}


def steps_of(name: str, folder: Path) -> Steps:
    if name not in _read:
        config = EXAMPLES / name / "cohort.toml"
        _read[name] = label(read(folder / name, config=config, keep_going=True), RULES)
    return _read[name]


@pytest.mark.parametrize(("name", "scale"), sorted(COUNTS))
def test_types_under_the_setting_without_norms_are_those_counted_beforehand(name, scale, real_data_dir):
    steps = steps_of(name, real_data_dir)
    rows = steps.wide.filter(steps.wide.instrument == scale)
    found = labelled(with_choices(rows, (RULES.same_day,), steps.norms, RULES), RULES)
    types = found.select("type").execute()["type"].value_counts().to_dict()
    assert {label: n for label, n in types.items() if label != "unknown"} == COUNTS[name, scale]


def test_saps_with_sans_and_bprs_agree_as_counted_beforehand(real_data_dir):
    steps = steps_of("ds003944", real_data_dir)
    found = instruments(steps.wide, steps.norms, RULES).iloc[0]
    assert (found["scale_a"], found["scale_b"], found["n"]) == ("SAPS+SANS", "BPRS-18", 48)
    assert found["agreement"] == pytest.approx(0.646, abs=5e-4)
    assert found["kappa"] == pytest.approx(0.532, abs=5e-4)


@pytest.mark.parametrize("name", ["ds000030", "ds003944"])
def test_the_shipped_norms_are_the_means_and_deviations_of_these_cohorts(name, real_data_dir):
    states = steps_of(name, real_data_dir).states.execute()
    complete = states[states["domain"].isin(RULES.compete)].groupby(["item_set", "instrument", "person_id"])
    scored = complete["pomp"].count().eq(len(RULES.compete)).rename("complete").reset_index()
    states = states.merge(scored, on=["item_set", "instrument", "person_id"])
    states = states[states["complete"] & states["pomp"].notna()]
    shipped = domain_norms()
    for row in shipped[shipped["source"] == name].to_dict("records"):
        here = states[(states["item_set"] == row["set"]) & (states["instrument"] == row["scale"])]
        scores = here.loc[here["domain"] == row["domain"], "pomp"]
        assert len(scores) == row["n"]
        assert np.isclose(scores.mean(), row["mean_pomp"], atol=5e-5)
        assert np.isclose(scores.std(), row["sd_pomp"], atol=5e-5)


def test_the_stage_labels_every_patient_of_a_public_cohort(real_data_dir):
    cohort = read(real_data_dir / "ds003944", config=EXAMPLES / "ds003944" / "cohort.toml", keep_going=True)
    found = run(cohort, {}, StudySettings())
    people = found.tables["person_types"]
    assert len(people) == 50
    # Two of them were rated on none of the scales.
    assert (people["type"] == "unknown").sum() == 2
    assert set(people["persistent"]) == {"unknown"}
    assert set(found.tables["types"]["norm"]) == {"ds000030_schz 1"}
