"""The genetic rule in three-valued logic, on both engines; hidden classes of response, found or refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.stats.intervals import Interval
from opentrs.stats.latent_class_regression import LatentClassRegression
from opentrs.subtype import genetic_types
from opentrs.subtype.genetic_types import high_alleles, low_dopamine, response_classes
from opentrs.subtype.parts import PartSkipped


def call(variant: str, first: str | None, second: str | None, person: str = "P1") -> dict[str, Any]:
    return {"person_id": person, "variant": variant, "allele_1": first, "allele_2": second}


def read(engine: BaseBackend, calls: list[dict[str, Any]]) -> pd.DataFrame:
    people = [{"person_id": person} for person in {row["person_id"] for row in calls}]
    cohort = from_frames({"people": people, "genotype_calls": calls}, engine)
    return low_dopamine(high_alleles(cohort.table("genotype_calls"))).execute()


@pytest.mark.parametrize(
    ("comt", "slc6a3", "expected"),
    [
        (("Val", "Val"), ("10", "10"), "low_dopamine"),
        (("Val", "Met"), ("10", "10"), "other"),
        (("Met", "Met"), ("9", "9"), "other"),
        (("Val", "Val"), ("10", "9"), "other"),
        (("Val", "Val"), ("10", None), "unknown"),
        (("Val", "Met"), (None, None), "other"),
        ((None, "Val"), ("10", "10"), "unknown"),
        (("Val", "Val"), ("10", "11"), "unknown"),
    ],
)
def test_both_copies_of_both_genes_must_be_of_the_active_form(
    engine: BaseBackend, comt: tuple[str, str], slc6a3: tuple[str, str], expected: str
) -> None:
    """One gene that is not settles it; a repeat that is neither nine nor ten is not known to be either."""
    found = read(engine, [call("COMT", *comt), call("SLC6A3", *slc6a3)])
    assert found["type"].tolist() == [expected]
    assert found["rule"].tolist() == ["rs4680 x rs28363170"]


@pytest.mark.parametrize(
    ("alleles", "genotype"),
    [(("G", "A"), "Val/Met"), (("a", " g "), "Val/Met"), (("C", "C"), "Val/Val"), (("T", "T"), "Met/Met"),
     (("Met", "Val"), "Val/Met")],
)  # fmt: skip
def test_alleles_are_read_from_either_strand_in_any_order(
    engine: BaseBackend, alleles: tuple[str, str], genotype: str
) -> None:
    found = read(engine, [call("rs4680", *alleles), call("rs28363170", "10R", "9R")])
    assert found["comt_genotype"].tolist() == [genotype]
    assert found["slc6a3_genotype"].tolist() == ["10/9"]


def test_each_variant_of_the_transporter_gives_its_own_row(engine: BaseBackend) -> None:
    calls = [call("rs4680", "G", "G"), call("rs3756450", "A", "A"), call("DAT1 VNTR", "9", "10")]
    found = read(engine, calls).sort_values("rule")
    assert found["rule"].tolist() == ["rs4680 x rs28363170", "rs4680 x rs3756450"]
    assert found["type"].tolist() == ["other", "low_dopamine"]


def test_a_person_who_was_typed_for_one_gene_only_stays_in_the_table(engine: BaseBackend) -> None:
    calls = [call("COMT", "Val", "Val"), call("SLC6A3", "10", "10", "P2"), call("COMT", "Met", "Met", "P3")]
    found = read(engine, calls).set_index("person_id")["type"]
    assert found.to_dict() == {"P1": "unknown", "P2": "unknown", "P3": "other"}


def courses(people: list[str], reduction: list[float]) -> pd.DataFrame:
    rows = {"person_id": people, "is_clozapine": "no", "symptom_reduction_percent": reduction}
    clozapine = {"person_id": people[:1], "is_clozapine": "yes", "symptom_reduction_percent": [99.0]}
    return pd.concat([pd.DataFrame(rows), pd.DataFrame(clozapine)], ignore_index=True)


def planted(people: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(4)
    names = [f"P{number:03d}" for number in range(people)]
    high = rng.binomial(2, 0.5, people)
    helped = rng.random(people) < 0.5
    reduction = np.where(helped, 45 + 10 * high, 25 - 10 * high) + rng.normal(0, 5, people)
    calls = pd.DataFrame({"person_id": names, "variant": "rs4680", "n_high": high})
    return calls, courses(names, list(reduction))


def test_planted_classes_of_response_are_found_and_marked_as_exploratory() -> None:
    calls, given = planted(200)
    classes, more = response_classes(calls, given, StudySettings())
    assert classes[["n_classes", "slopes"]].values.tolist() == [
        [1, "none"], [1, "own"], [2, "shared"], [2, "own"],
    ]  # fmt: skip
    chosen = classes[classes["chosen"] == "yes"]
    assert chosen[["n_classes", "slopes", "n"]].values.tolist() == [[2, "own", 200]]
    assert chosen["permutation_p"].tolist() == [1 / 200]
    assert set(classes["evidence_grade"]) == {"low"}
    assert more["genetic_effects"]["slope"].tolist() == pytest.approx([10, -10], abs=1.5)
    members = more["genetic_members"]
    assert len(members) == 200
    unsure = members[["p_class_1", "p_class_2"]].max(axis=1) < 0.7
    assert (members["class"] == "unassigned").equals(unsure)


def test_response_is_that_of_courses_without_clozapine() -> None:
    """The one clozapine course of the first person, 99 percent, changes nothing."""
    calls, given = planted(80)
    without = given[given["is_clozapine"] == "no"]
    first, again = (response_classes(calls, rows, StudySettings())[0] for rows in (given, without))
    pd.testing.assert_frame_equal(first, again)


def test_fifty_nine_people_are_too_few_and_the_reason_is_a_row() -> None:
    calls, given = planted(59)
    classes, more = response_classes(calls, given, StudySettings(lang="zh"))
    assert more == {}
    assert "60" in classes["reason"].iloc[0]
    assert classes["chosen"].tolist() == [""]
    calls, given = planted(60)
    assert len(response_classes(calls, given, StudySettings())[0]) == 4


def test_one_genotype_or_one_response_is_refused_with_the_reason() -> None:
    calls, given = planted(80)
    same = response_classes(calls.assign(n_high=1), given, StudySettings())[0]
    assert "predictor" in same["reason"].iloc[0]
    flat = given.assign(symptom_reduction_percent=20.0)
    assert "same outcome" in response_classes(calls, flat, StudySettings())[0]["reason"].iloc[0]


def stage(people: list[str], verdict: str = "resistant") -> dict[str, StageResult]:
    verdicts = pd.DataFrame(
        {"person_id": people, "definition": "trrip", "verdict": verdict, "clozapine": "not_tried"}
    )
    return {
        "ascertain": StageResult(
            "ascertain", {"verdicts": verdicts, "courses": courses(people, [10.0] * len(people))}
        )
    }


def test_the_part_counts_patients_and_keeps_controls_in_the_table() -> None:
    calls = [row for person in ("P1", "P2", "C1") for row in
             (call("COMT", "Val", "Val", person), call("SLC6A3", "10", "10", person))]  # fmt: skip
    cohort = from_frames(
        {"people": [{"person_id": name} for name in ("P1", "P2", "C1")], "genotype_calls": calls}
    )
    results = stage(["P1", "P2", "C1"])
    results["ascertain"].tables["verdicts"].loc[2, "verdict"] = "not_applicable"
    found = genetic_types.run(cohort, results, StudySettings(), None)  # type: ignore[arg-type]
    assert len(found.tables["genetic_rule"]) == 3
    groups = found.tables["genetic_rule_groups"].set_index("group")
    assert groups.loc["all", ["n", "count"]].tolist() == [2, 2]
    assert {one.name for one in found.findings} >= {"genetic.low_dopamine.rs4680 x rs28363170.all"}


def test_without_the_variants_or_the_verdicts_the_part_says_so() -> None:
    cohort = from_frames({"people": [{"person_id": "P1"}], "genotype_calls": [call("rs999", "A", "A")]})
    with pytest.raises(PartSkipped, match="COMT"):
        genetic_types.run(cohort, stage(["P1"]), StudySettings(), None)  # type: ignore[arg-type]
    calls = [call("COMT", "Val", "Val"), call("SLC6A3", "10", "10")]
    cohort = from_frames({"people": [{"person_id": "P1"}], "genotype_calls": calls})
    with pytest.raises(PartSkipped, match="first stage"):
        genetic_types.run(cohort, {}, StudySettings(), None)  # type: ignore[arg-type]


def test_an_effect_stands_with_the_normal_interval_of_its_error() -> None:
    model = cast(LatentClassRegression, SimpleNamespace(
        share_intervals=(Interval(0.3, 0.2, 0.4), Interval(0.7, 0.6, 0.8)),
        coefficients=np.array([[2.0, 0.0], [-1.0, 4.0]]), intercepts=np.array([20.0, 30.0]),
        coefficient_errors=np.array([[1.0, 0.5], [0.25, 2.0]]), n_people=90,
    ))  # fmt: skip
    found = genetic_types._effects(model, ("rs4680", "rs28363170"))
    assert found[["class", "variant"]].values.tolist() == [
        [1, "rs4680"], [1, "rs28363170"], [2, "rs4680"], [2, "rs28363170"],
    ]  # fmt: skip
    assert found["slope"].tolist() == [2, 0, -1, 4]
    assert found["ci_low"].tolist() == pytest.approx([2 - 1.959964, -0.979982, -1 - 0.489991, 4 - 3.919928])
    assert found["ci_high"].tolist() == pytest.approx([2 + 1.959964, 0.979982, -1 + 0.489991, 4 + 3.919928])
    assert found[["share", "share_low", "share_high"]].values.tolist()[2] == [0.7, 0.6, 0.8]
    assert found["intercept"].tolist() == [20, 20, 30, 30]
    assert set(found["n"]) == {90}
    unknown = SimpleNamespace(**{**vars(model), "coefficient_errors": None})
    assert genetic_types._effects(cast(LatentClassRegression, unknown), ("a", "b"))["ci_low"].isna().all()


def test_a_variant_half_the_people_were_typed_for_is_kept_and_one_fewer_is_not() -> None:
    names = [f"P{number}" for number in range(10)]
    rows = [(name, "rs4680", number % 3) for number, name in enumerate(names)]
    rows += [(name, "rs3756450", number % 2) for number, name in enumerate(names[:5])]
    rows += [(name, "rs28363170", number % 2) for number, name in enumerate(names[:4])]
    calls = pd.DataFrame(rows, columns=["person_id", "variant", "n_high"])
    given = courses(names, [float(number) for number in range(10)])
    people, data, kept = genetic_types._regression_data(calls, given)
    assert kept == ["rs3756450", "rs4680"]
    assert people == names[:5]
    assert np.asarray(data.outcome).tolist() == [0, 1, 2, 3, 4]


def test_the_response_of_a_person_is_the_mean_over_the_courses() -> None:
    names = ["P0", "P1", "P2"]
    calls = pd.DataFrame({"person_id": names, "variant": "rs4680", "n_high": [0, 1, 2]})
    given = pd.concat([courses(names, [10.0, 20.0, 30.0]), courses(names, [20.0, 20.0, np.nan])])
    _, data, _ = genetic_types._regression_data(calls, given)
    assert np.asarray(data.outcome).tolist() == [15, 20, 30]
