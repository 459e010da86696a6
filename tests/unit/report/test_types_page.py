"""The sections about clinical types: numbers of the tables reach their sentences, uncertainty is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.results import StageResult
from opentrs.report.figures.profiles import Profile
from opentrs.report.output import Run
from opentrs.report.page import render
from opentrs.report.sections.type_burden import main_ratio
from opentrs.report.sections.type_profiles import mean_interval
from opentrs.report.view import PageInput
from tests.unit.report.conftest import HOSTILE, MakeRun
from tests.unit.report.made_up_types import TYPES, made_up_types

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = ("types", "profiles", "flow", "sensitivity", "burden")
MARKS = {"svg", "title", "desc", "defs", "pattern", "rect", "line", "text", "circle", "polygon", "polyline"}


def with_types(run: Run, **changed: pd.DataFrame | None) -> Run:
    """The hand-made run with the types beside it; a table given as None is left out."""
    tables = {**made_up_types(HOSTILE), **changed}
    kept = {name: table for name, table in tables.items() if table is not None}
    return replace(run, results={**run.results, "subtype": StageResult("subtype", kept)})


def page_of(run: Run) -> PageInput:
    return PageInput(run.cohort, run.results, run.settings, run.people, run.aggregate_only)


@pytest.fixture(params=["en", "zh"])
def made(request: pytest.FixtureRequest, make_run: MakeRun) -> tuple[str, dict[str, str]]:
    return render(page_of(with_types(make_run(lang=request.param, people=(HOSTILE,)))))


def test_every_figure_of_the_types_is_inert_described_and_small(made: tuple[str, dict[str, str]]) -> None:
    drawn = {name: svg for name, svg in made[1].items() if name.startswith("subtype/")}
    person = [name for name in made[1] if name.endswith("-types")]

    assert set(drawn) == {f"subtype/{name}" for name in FIGURES}
    assert len(person) == 1
    for name in (*drawn, *person):
        root = ElementTree.fromstring(made[1][name])
        assert root.get("role") == "img", name
        assert root.findtext(f"{SVG}title"), name
        assert root.findtext(f"{SVG}desc"), name
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= MARKS
    assert len(made[0].encode()) < 500_000


def test_a_hostile_name_stays_text_in_the_persons_types(made: tuple[str, dict[str, str]]) -> None:
    assert "<script" not in made[0]
    assert "<img" not in made[0]


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "Of 30 resistant people, hallucinations lead in 12, delusions in 5, negative symptoms in 4;"),
        ("en", "40 of 55 people with at least two visits have the same label at the last visit"),
        ("en", "72.7% (exact 95% interval 59.0% to 83.9%); 5 more, whose type cannot be told at one"),
        ("en", "they name the same in 30 of 34 people: 88.2%"),
        ("en", "rate ratio 1.90 (95% interval 1.10 to 14.00; n = 44, 31 events; adjusted)"),
        ("en", "Distress differs by +12.5 points of 100"),
        ("en", "Hallucinations lead in 12 of 27 resistant people whose type is known: 44.4%"),
        ("en", "The survey does not find these types."),
        ("en", "P3 −1: mixed"),
        ("en", "The cohort has no pet."),
        ("zh", "30 名难治者中，幻觉为主 12 人，妄想为主 5 人，阴性症状为主 4 人"),
        ("zh", "该调查并未得出这些类型。"),
        ("zh", "至少有两次就诊的 55 人中，40 人末次与首次分型相同：72.7%"),
        ("en", "to mixed or none too, 30 get the answer of the rule: 88.2%"),
        ("en", "The mixture has no class of its own for: delusion; negative."),
        ("en", "adjusted Rand index 0.71 (0.60 to 0.80)"),
        ("en", "(by default: floor at half of the maximum, lead of 10 points)"),
        ("en", "0.8 (retest, whole scale)"),
        ("zh", "混合模型中没有与下列分型对应的类别：妄想为主"),
    ],
)
def test_numbers_of_the_types_reach_their_sentences(make_run: MakeRun, lang: str, sentence: str) -> None:
    assert sentence in render(page_of(with_types(make_run(lang, people=(HOSTILE,)))))[0]


def test_a_page_of_a_rule_of_ones_own_does_not_recite_the_shipped_thresholds(make_run: MakeRun) -> None:
    run = with_types(make_run())
    own = replace(run, settings=replace(run.settings, types="our-types.toml"))

    assert "leads the next by one standard error of measurement" in render(page_of(run))[0]
    assert "leads the next by one standard error of measurement" not in render(page_of(own))[0]
    assert "as the rule file given to this run sets them" in render(page_of(own))[0]


def test_a_reliability_that_is_not_the_shipped_one_is_said_to_be_nothing_else(make_run: MakeRun) -> None:
    norms = made_up_types(HOSTILE)["norms"].assign(reliability=0.91)
    page = render(page_of(with_types(make_run(), norms=norms)))[0]

    assert "<td>0.91" in page
    assert "retest, whole scale" not in page


def test_a_count_whose_share_is_withheld_is_not_said_to_be_of_nobody_known(make_run: MakeRun) -> None:
    table = made_up_types(HOSTILE)["type_prevalence"].astype(object)
    hidden = ["n", "share", "ci_low", "ci_high", "worst", "best"]
    table.loc[:, hidden] = None
    svg = render(page_of(with_types(make_run(), type_prevalence=table)))[1]["subtype/types"]

    assert "share withheld" in svg
    assert "nobody known" not in svg
    assert "(n = withheld known)" in svg


@pytest.mark.parametrize(("z", "sentence"), [(0.4, "their place among controls is shown"), (None, "too few")])
def test_the_claim_of_dopamine_promises_no_place_that_is_not_shown(
    make_run: MakeRun, z: float | None, sentence: str
) -> None:
    scan = {"person_id": "a", "tracer": "t", "region": "r", "group": "resistant", "state": "not_determinable"}
    scans = pd.DataFrame([{**scan, "z": z, "reason": "few controls"}])
    claim = render(page_of(with_types(make_run(), dopamine=scans)))[0].split('id="review"')[1]

    assert sentence in claim


def test_each_mean_in_the_profiles_has_its_interval_and_the_norm_its_line(make_run: MakeRun) -> None:
    svg = render(page_of(with_types(make_run())))[1]["subtype/profiles"]
    root = ElementTree.fromstring(svg)

    means = list(root.iter(f"{SVG}polygon"))
    intervals = [mark for mark in root.iter(f"{SVG}line") if mark.get("stroke-width") == "2.5"]
    assert len(means) == len(intervals) == 6 * 5 + 1, "six panels of five types, and the legend"
    assert len([mark for mark in root.iter(f"{SVG}line") if mark.get("stroke-dasharray")]) == 3 + 1


def test_ribbons_of_the_flow_carry_the_counts_of_the_table(make_run: MakeRun) -> None:
    svg = render(page_of(with_types(make_run())))[1]["subtype/flow"]
    hints = [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]

    assert "hallucination → none at moderate: 5" in hints
    assert "delusion → delusion: 11" in hints


def test_a_ratio_beyond_the_axis_ends_in_an_arrow_and_one_not_estimable_says_why(make_run: MakeRun) -> None:
    svg = render(page_of(with_types(make_run())))[1]["subtype/burden"]

    assert svg.count("cannot be told: fewer than 5 events") == 4
    assert svg.count("adjusted; n = 44, 31 events") == 4
    ends = [line for line in re.findall(r"<line [^>]+>", svg) if 'x1="650"' in line and 'x2="643"' in line]
    assert len(ends) == 8, "two strokes for each of four intervals"


def test_the_adjusted_ratio_is_quoted_before_the_crude_one(make_run: MakeRun) -> None:
    page = page_of(with_types(make_run()))

    assert (main_ratio(page, "resistant", "violence", "hallucination") or {})["adjusted_for"] == "age;sex"
    assert main_ratio(page, "resistant", "violence", "negative") is None


def test_a_type_nobody_could_tell_is_said_first(make_run: MakeRun) -> None:
    tables = made_up_types(HOSTILE)
    prevalence = tables["type_prevalence"]
    mine = (prevalence["group"] == "resistant") & (prevalence["label"] == "type")
    prevalence.loc[mine, "count"] = [
        0 if value != "unknown" else 30 for value in prevalence.loc[mine, "value"]
    ]
    page = render(page_of(with_types(make_run(), type_prevalence=prevalence)))[0]

    assert "For 100.0% the type cannot be told" in page


def test_without_norms_the_page_says_what_was_compared_instead(make_run: MakeRun) -> None:
    page, figures = render(page_of(with_types(make_run(people=(HOSTILE,)), norms=pd.DataFrame())))

    assert "No norm could be used" in page
    assert "their measurement error is not known here" in page
    assert "stroke-dasharray" not in figures["subtype/profiles"]


def test_a_run_without_the_stage_has_no_section_about_types(make_run: MakeRun) -> None:
    page, figures = render(page_of(make_run(people=(HOSTILE,))))

    assert 'id="types"' not in page
    assert not [name for name in figures if name.startswith("subtype/")]
    assert "Four clinical types" not in page


def test_a_group_without_people_is_not_drawn_and_one_visit_each_tells_nothing_of_lasting(
    make_run: MakeRun,
) -> None:
    tables = made_up_types(HOSTILE)
    prevalence = tables["type_prevalence"]
    prevalence.loc[prevalence["group"] == "resistant", ["count", "n"]] = 0
    people = tables["person_types"].assign(persistent="unknown")
    page, figures = render(page_of(with_types(make_run(), type_prevalence=prevalence, person_types=people)))

    assert "Treatment-resistant (n = 0" not in figures["subtype/types"]
    assert "Of 60 people, hallucinations lead in 24" in page
    assert "Whether a type lasts cannot be told of anybody here (n = 55)" in page


def test_equal_values_and_a_single_one_have_no_interval() -> None:
    assert mean_interval(np.array([3.0, 3.0])).low is None
    assert mean_interval(np.array([3.0])) == Profile(3.0, None, None)
    assert mean_interval(np.array([])).mean is None
    ends = mean_interval(np.array([0.0, 10.0, 20.0]))
    assert (ends.low, ends.high) == (0.0, pytest.approx(34.84, abs=0.01))


def test_where_the_mixture_was_not_fitted_its_reason_stands_in_its_place(make_run: MakeRun) -> None:
    parts = pd.DataFrame([{"part": "probability", "ran": "no", "reason": "Fewer than 100 people."}])
    gone = dict.fromkeys(("mixture", "mixture_classes", "rule_and_probability"))
    page = render(page_of(with_types(make_run(), parts=parts, **gone)))[0]

    assert "The mixture was not fitted. Fewer than 100 people." in page


def test_a_mixture_of_a_single_class_says_so_first(make_run: MakeRun) -> None:
    mixture = made_up_types(HOSTILE)["mixture"].assign(note="")
    mixture.loc[mixture["chosen"] == "yes", "note"] = "Only one class was found."
    page = render(page_of(with_types(make_run(), mixture=mixture)))[0]

    assert '<p class="warning">Only one class was found.</p>' in page


def test_a_person_without_visits_is_told_so(make_run: MakeRun) -> None:
    types = made_up_types("somebody else")
    run = with_types(make_run(people=(HOSTILE,)), types=types["types"], person_types=types["person_types"])

    assert "No clinical type was asked for" in render(page_of(run))[0]


def test_visits_without_dates_are_listed_and_not_drawn(make_run: MakeRun) -> None:
    types = made_up_types(HOSTILE)["types"].assign(date="")
    page, figures = render(page_of(with_types(make_run(people=(HOSTILE,)), types=types)))

    assert "The visits have no dates" in page
    assert not [name for name in figures if name.endswith("-types")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_type_has_its_word(make_run: MakeRun, lang: str) -> None:
    words = page_of(make_run(lang=lang)).words

    assert all(
        words.name("type", value) != value for value in TYPES if lang == "zh" or value in ("none", "unknown")
    )
