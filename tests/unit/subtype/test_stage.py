"""The whole stage on both engines: every table with its columns, nothing lost, the evidence in words."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.cohort.results import StageResult, StudySettings
from opentrs.subtype import STAGE, stage
from opentrs.subtype.compare import INSTRUMENT_COLUMNS, SENSITIVITY_COLUMNS
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.findings import findings
from opentrs.subtype.frames import DOMAIN_COLUMNS, PERSON_COLUMNS
from opentrs.subtype.norms import COLUMNS as NORM_COLUMNS
from opentrs.subtype.prevalence import FLOW_COLUMNS, PREVALENCE_COLUMNS
from tests.support.typed import cohort_of, panss, rated

TYPES = [
    "person_id", "date", "type", "depression", "review_type", "p_delusion", "p_hallucination", "p_negative",
    "margin", "flips", "scale", "norm", "rival", "delusion_pomp", "hallucination_pomp", "negative_pomp",
    "disorganisation_pomp", "expression_pomp", "experience_pomp", "delusion_z", "hallucination_z",
    "negative_z", "depression_basis", "probable_type", "evidence",
]  # fmt: skip
COLUMNS = {
    "types": TYPES,
    "person_types": PERSON_COLUMNS,
    "type_prevalence": PREVALENCE_COLUMNS,
    "sensitivity": SENSITIVITY_COLUMNS,
    "instruments": INSTRUMENT_COLUMNS,
    "norms": NORM_COLUMNS,
    "flow": FLOW_COLUMNS,
    "domains": DOMAIN_COLUMNS,
    "parts": ["part", "ran", "reason"],
}


@pytest.fixture(autouse=True)
def the_rule_alone(monkeypatch):
    """The parts have tests of their own."""
    monkeypatch.setattr(stage, "PARTS", ())


def run(*visits, engine=None, verdicts=None, **settings):
    results = {}
    if verdicts is not None:
        rows = pd.DataFrame(verdicts, columns=["person_id", "definition", "verdict"])
        results = {"ascertain": StageResult("ascertain", {"verdicts": rows})}
    return STAGE.run(cohort_of(*visits, engine=engine), results, StudySettings(**settings))


def test_every_table_is_there_with_its_columns_and_every_visit_and_person_in_it(engine):
    visits = [
        rated("a", panss(4, G6=1)),
        rated("a", panss(1, 5), day="2020-06-01"),
        rated("b", panss(7, None)),
        rated("c", {"total": 80}),
    ]
    verdicts = [("a", "trrip", "resistant"), ("a", "kane_1988", "unknown"), ("b", "trrip", "not_resistant")]
    found = run(*visits, engine=engine, verdicts=verdicts)
    for name, columns in COLUMNS.items():
        assert list(found.tables[name]) == columns, name
        assert list(found.tables[name].index) == list(range(len(found.tables[name]))), name
    people = found.tables["person_types"]
    assert people[["person_id", "type", "verdict"]].to_numpy().tolist() == [
        ["a", "hallucination", "resistant"],
        ["b", "unknown", "not_resistant"],
        ["c", "unknown", "unknown"],
    ]
    assert people["n_visits"].tolist() == [2, 1, 0]
    types = found.tables["types"]
    assert types[["person_id", "date"]].to_numpy().tolist() == [
        ["a", "2020-01-01"],
        ["a", "2020-06-01"],
        ["b", "2020-01-01"],
    ]
    assert found.tables["flow"].to_numpy().tolist() == [["delusion", "hallucination", 1]]
    assert found.details["rules"] is shipped_types()


def test_the_evidence_names_items_cut_offs_sources_margin_and_flips():
    (sentence,) = run(rated("a", panss([5, 4, 4, 4], 4))).tables["types"]["evidence"]
    for part in (
        "P1 5, P5 4, P6 4, G9 4",
        "P3 4",
        "≥ 4 [kay1987]",
        "≥ 1 [opentrs]",
        "0.42",
        "P3 -1: delusion",
    ):
        assert part in sentence
    (chinese,) = run(rated("a", panss([5, 4, 4, 4], 4)), lang="zh").tables["types"]["evidence"]
    assert "妄想：P1 5, P5 4, P6 4, G9 4" in chinese


def test_findings_carry_n_unit_and_method_and_their_names_are_unique():
    found = run(rated("a", panss(4)), rated("b", panss(1, 4)))
    names = [one.name for one in found.findings]
    assert len(names) == len(set(names))
    assert all(one.unit and one.method and one.n >= 0 and one.stage == "subtype" for one in found.findings)
    (share,) = [one for one in found.findings if one.name == "type.delusion.all"]
    assert (share.estimate, share.n, share.unit) == (0.5, 2, "proportion")


def test_a_users_rule_and_norms_are_used(tmp_path):
    from tests.support.typed import even_norms

    types, norms = tmp_path / "mine.toml", tmp_path / "norms.csv"
    types.write_text('[floor.moderate]\nPANSS = { is = ">=", value = 5 }\n', encoding="utf-8")
    even_norms().to_csv(norms, index=False)
    found = run(rated("a", panss(4, 5)), types=str(types), norms=str(norms)).tables["types"]
    assert found[["type", "norm"]].to_numpy().tolist() == [["hallucination", "even 1"]]
    assert set(run(rated("a", panss(4)), norms=str(norms)).tables["norms"]["norm"]) == {"even"}


def test_the_agreement_of_instruments_is_a_finding():
    tables = {name: pd.DataFrame(columns=columns) for name, columns in COLUMNS.items()}
    row = dict.fromkeys(INSTRUMENT_COLUMNS) | {
        "scale_a": "SAPS+SANS", "scale_b": "BPRS-18", "type": "all", "n": 48, "agreement": 0.646,
        "kappa": 0.53, "kappa_low": 0.37, "kappa_high": 0.69,
    }  # fmt: skip
    tables["instruments"] = pd.DataFrame([row])
    *_, last = findings(tables, shipped_types())
    assert (last.name, last.estimate, last.n, last.unit) == (
        "instruments.SAPS+SANS.BPRS-18",
        pytest.approx(0.53),
        48,
        "kappa",
    )


def test_a_cohort_in_which_nobody_is_asked_gives_empty_tables():
    cohort = cohort_of(rated("a", panss(4)), diagnosis="F31")
    found = STAGE.run(cohort, {}, StudySettings())
    assert found.tables["types"].empty
    assert found.tables["person_types"].empty
    assert found.tables["type_prevalence"]["n"].eq(0).all()


def test_a_cohort_without_dates_has_no_scores_under_a_treatment():
    from opentrs.subtype.trajectories import TREATMENTS, scores_under

    courses = pd.DataFrame(
        columns=["person_id", "start_date", "is_antipsychotic", "is_clozapine"], dtype="object"
    )
    visits = pd.DataFrame({"person_id": ["a"], "date": [""], "scale": ["BPRS-18"], "total": [40.0]})
    dated = visits.assign(date="2020-01-01")
    course = pd.DataFrame([("a", "2020-01-01", "yes", "no")], columns=courses.columns)
    for treatment in TREATMENTS:
        assert scores_under(treatment, courses, visits).empty
        assert scores_under(treatment, course, visits).empty
    found = scores_under("first_antipsychotic", course, dated)
    assert found[["weeks", "pomp", "scale"]].to_numpy().tolist() == [[0.0, 100 * 22 / 108, "BPRS-18"]]
