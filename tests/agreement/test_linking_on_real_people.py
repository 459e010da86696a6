"""The equations on people rated with SAPS, SANS and BPRS on one day (ds003944): what they miss by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs import sources
from opentrs.measures.converted import converted_scores
from opentrs.measures.linking import Measure, equations
from opentrs.reference.load import facts

pytestmark = pytest.mark.real_data

# Columns of ds003944 by number; the items its BPRS has for the PANSS means.
GLOBALS = {
    "global_hallucinations": ("SAPS", 7), "global_delusions": ("SAPS", 20),
    "global_bizarre_behaviour": ("SAPS", 25), "global_positive_formal_thought_disorder": ("SAPS", 34),
    "global_affective_flattening": ("SANS", 7), "global_alogia": ("SANS", 13),
    "global_avolition_and_apathy": ("SANS", 17), "global_anhedonia_and_asociality": ("SANS", 22),
    "global_attention": ("SANS", 25),
}  # fmt: skip
SIZES = {"SAPS": 34, "SANS": 25}
BPRS = {
    "positive": (4, 12, 17, 8, 11, 10), "negative": (3, 13, 16), "delusions": (8, 11, 15),
    "disorganization": (4,), "hallucinations": (12,),
}  # fmt: skip
# Bias, mean absolute difference and correlation of the plain lines (scales_reference.json, ds003944), n = 48.
REFERENCE = {
    "panss_hallucinations_from_saps_hallucinations": (-0.2738, 0.5275, 0.9661),
    "panss_delusions_from_saps_delusions": (-0.9025, 0.9529, 0.8615),
    "panss_negative_from_sans_summary": (0.0806, 0.4445, 0.6071),
}


@pytest.fixture(scope="module")
def rated(real_data_dir: Path) -> pd.DataFrame:
    """People with all of BPRS-18, SAPS and SANS."""
    tables = [
        pd.read_csv(real_data_dir / "ds003944" / f"{name}.tsv", sep="\t", na_values=["n/a"], index_col=0)
        for name in ("bprs", "saps", "sans")
    ]
    wanted = [
        *(f"bprs_q{n}" for n in range(1, 19)),
        *(f"{s}_Q{n}" for s, k in SIZES.items() for n in range(1, k + 1)),
    ]
    return pd.concat(tables, axis=1)[wanted].dropna()


def _mean(rated: pd.DataFrame, measure: Measure) -> pd.Series:
    if measure.scale == "PANSS":
        return rated[[f"bprs_q{number}" for number in BPRS[measure.score]]].mean(axis=1)
    of_scale = {number for scale, number in GLOBALS.values() if scale == measure.scale}
    if measure.score == "composite":
        numbers = set(range(1, SIZES[measure.scale] + 1)) - of_scale
    else:
        numbers = {GLOBALS[item][1] for item in measure.items}
    return rated[[f"{measure.scale}_Q{number}" for number in sorted(numbers)]].mean(axis=1)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_plain_lines_miss_by_what_was_computed_elsewhere(name: str, rated: pd.DataFrame) -> None:
    each = equations()[name]
    plain = each.intercept + each.slope * _mean(rated, each.origin)
    there = _mean(rated, each.to)
    missed = plain - there
    found = (missed.mean(), missed.abs().mean(), np.corrcoef(plain, there)[0, 1])

    assert len(rated) == 48
    assert found == pytest.approx(REFERENCE[name], abs=5e-5)


@pytest.mark.parametrize("row", facts("linking_errors"), ids=lambda row: row["equation"])
def test_the_shipped_error_is_that_of_the_clamped_equation_in_these_people(row, rated: pd.DataFrame) -> None:
    each = equations()[row["equation"]]
    converted = np.array([each.convert(score).converted for score in _mean(rated, each.origin)])
    there = _mean(rated, each.to).to_numpy()
    missed = converted - there

    assert row["n"] == len(rated)
    assert {
        "bias": missed.mean(),
        "mean_absolute": np.abs(missed).mean(),
        "root_mean_square": np.sqrt(np.mean(missed**2)),
        "correlation": np.corrcoef(converted, there)[0, 1],
    } == pytest.approx(
        {key: row[key] for key in ("bias", "mean_absolute", "root_mean_square", "correlation")}, abs=6e-5
    )


def test_the_delusion_equation_calls_first_episode_people_milder_than_their_raters_did(
    rated: pd.DataFrame,
) -> None:
    """Why a converted score may not stand beside a rated one in a contest for the leading domain."""
    each = equations()["panss_delusions_from_saps_delusions"]
    converted = np.array([each.convert(score).converted for score in _mean(rated, each.origin)])

    assert (converted < _mean(rated, each.to).to_numpy()).mean() > 0.85


def test_the_whole_way_from_the_files_gives_the_same_errors(
    real_data_dir: Path, rated: pd.DataFrame, repository: Path
) -> None:
    """Items are found by name: this cohort numbers the SANS in an order of its own."""
    cohort = sources.read(
        real_data_dir / "ds003944", config=repository / "examples" / "ds003944" / "cohort.toml"
    )
    found = converted_scores(cohort.table("ratings")).execute().set_index(["equation", "person_id"])
    shipped = {row["equation"]: row for row in facts("linking_errors")}

    forward = [name for name in shipped if name.startswith("panss_")]
    assert len(forward) == 7
    for name in forward:
        converted = found.loc[name]["converted"]
        assert set(converted.dropna().index) == set(rated.index)
        missed = converted.loc[rated.index] - _mean(rated, equations()[name].to)
        assert missed.mean() == pytest.approx(shipped[name]["bias"], abs=6e-5)
