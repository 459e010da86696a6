"""The sections about treatment: what trials show reaches the page as it was pooled, with its doubts."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pandas as pd
import pytest

from opentrs.cohort.results import Finding, StageResult
from opentrs.messages import text
from opentrs.report.blocks import Table
from opentrs.report.output import Run
from opentrs.report.page import render
from opentrs.report.sections import treat, treat_claims, treat_context, treat_doubts
from opentrs.report.sections.treat_evidence import counted, matches, of_option, signed
from opentrs.report.view import PageInput
from opentrs.report.wording import Words
from opentrs.treat.options import SYMPTOMS
from opentrs.treat.words import option_name
from tests.unit.report.conftest import HOSTILE, MakeRun

SVG = "{http://www.w3.org/2000/svg}"
PARTS = (
    treat.section,
    treat_doubts.section,
    treat_context.negative,
    treat_context.known,
    treat_claims.section,
)


def page_of(run: Run) -> PageInput:
    return PageInput(run.cohort, run.results, run.settings, run.people, run.aggregate_only)


@pytest.fixture(params=["en", "zh"])
def page(request: pytest.FixtureRequest, make_run: MakeRun) -> PageInput:
    return page_of(make_run(lang=request.param))


def written(page: PageInput) -> str:
    """The sections about treatment as text, one block a line."""
    lines = []
    for part in PARTS:
        for block in part(page).blocks:
            if isinstance(block, Table):
                lines += [block.caption, *(" | ".join(row) for row in block.rows), block.below]
            else:
                lines += [str(getattr(block, "words", "")), str(getattr(block, "caption", ""))]
                lines += [said for _, said in getattr(block, "voices", ())]
    return "\n".join(lines).replace("\u00a0", " ")


def test_the_sections_stand_on_the_shipped_base_alone(page: PageInput) -> None:
    html, figures = render(page)

    assert {name for name in figures if name.startswith("treat/")} == {"treat/options", "treat/ect"}
    for anchor in ("treat", "treat-doubts", "treat-negative", "treat-known", "treat-review"):
        assert f'<section id="{anchor}">' in html
    for name in ("treat/options", "treat/ect"):
        root = ElementTree.fromstring(figures[name])
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title")
        assert root.findtext(f"{SVG}desc")


def test_every_option_of_every_symptom_is_named_with_or_without_numbers(page: PageInput) -> None:
    (told, *_) = [part(page) for part in PARTS]
    tables = [block for block in told.blocks if isinstance(block, Table)]
    said = "\n".join(
        "\n".join([*(cell for row in table.rows for cell in row), table.below]) for table in tables
    )

    for symptom in SYMPTOMS:
        for found in matches()[symptom]:
            assert option_name(found.option, page.words.lang) in said


def test_an_option_that_is_not_ranked_has_neither_points_nor_a_number_needed_to_treat(
    page: PageInput,
) -> None:
    refused = next(found for found in matches()["negative"] if found.standing == "too_little")
    ranked = replace(refused, standing="ranked", panss_points=-8.0, panss_low=-12.0, panss_high=-4.0,
                     nnt=4.5, nnt_low=3.0, nnt_high=9.0)  # fmt: skip

    points, needed = treat._units(page.words, ranked)
    assert treat._units(page.words, refused) == ["—", "—"]
    assert points.startswith("−8.0")
    assert needed.startswith("4.5")


def test_the_pooled_effect_of_ect_is_told_and_drawn_in_three_views(page: PageInput) -> None:
    found = of_option("total", "ect")
    assert found is not None
    drawn = render(page)[1]["treat/ect"]

    for view in (found.found, found.as_given, found.undoubted):
        assert f"SMD {signed(view.effect)}" in written(page)
        assert f"{signed(view.effect)} [{signed(view.ci_low)}, {signed(view.ci_high)}]" in drawn
    assert signed(found.found.effect) != signed(found.as_given.effect)
    assert drawn.count("<polygon") == 1 + 3  # legend, and a diamond a view
    assert "Petrides †" in drawn


def test_what_the_gate_found_on_its_own_is_listed_with_its_decision(page: PageInput) -> None:
    rows = next(block for block in treat_doubts.section(page).blocks if isinstance(block, Table)).rows
    by_trial = {row[0]: row for row in rows}

    assert "-5.66" in by_trial["Petrides"][1]
    assert by_trial["Petrides"][2] == text("report.treat_decision.treat_as_se", page.words.lang)
    assert "0.034" in by_trial["Doruk"][1]
    assert by_trial["Doruk"][2] == text("report.treat_decision.accept", page.words.lang)


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "there are no public numbers for TMS on hallucinations here"),
        ("en", "2 of 3 (clozapine + deep brain stimulation, nucleus accumbens)"),
        ("en", "it did not help depression in resistant schizophrenia; this evidence base holds no numbers"),
        ("en", "patient-reported memory impairment: RR 16.10 (4.53 to 57.26)"),
        ("en", "The source does not say so. Eight people were implanted"),
        ("zh", "此处没有经颅磁刺激治疗幻觉的公开数字"),
        ("zh", "既不能说明有效，也不能说明无效"),
        ("zh", "本证据库中既无支持也无反对的数字"),
    ],
)
def test_negative_and_harmful_findings_and_what_is_unknown_are_said(
    make_run: MakeRun, lang: str, sentence: str
) -> None:
    assert sentence in written(page_of(make_run(lang=lang)))


def test_published_effects_no_treatment_has_are_marked_and_stand_first(page: PageInput) -> None:
    (syntheses,) = [
        block for block in treat_context.known(page).blocks if isinstance(block, Table) and block.folded
    ]
    marks = [bool(row[-1]) for row in syntheses.rows]
    sizes = {(row[0], *re.findall(r"−?[\d.]+", row[4])[:1]) for row in syntheses.rows if row[-1]}

    assert marks == sorted(marks, reverse=True)
    assert {("Yeh2023", "−4.41"), ("Yeh2023", "−4.32"), ("Grover2022", "5.265")} <= sizes
    assert not any(row[-1] for row in syntheses.rows if row[0] == "WangG2018")


def test_statements_whose_source_was_not_opened_say_so(make_run: MakeRun) -> None:
    claims = treat_claims.section(page_of(make_run(lang="en"))).blocks
    links = [getattr(claim, "link", "") for claim in claims]

    assert len(claims) == 6
    assert [link for link in links if "doi: 10.1016/j.ebiom.2019.11.029" in link] == [links[2]]
    assert all("not yet read in the source" in link for place, link in enumerate(links) if place != 2)


def test_people_are_counted_by_symptom_unless_nobody_may_be_shown(make_run: MakeRun) -> None:
    options = pd.DataFrame(
        {
            "person_id": ["a", "a", "b", HOSTILE, "c"],
            "target_symptom": ["negative", "negative", "negative", "delusion", ""],
        }
    )
    finding = Finding(
        "treat", "heterogeneity.any", None, None, None, 0, "p-value", "", note="Nobody to compare."
    )
    result = StageResult("treat", {"options": options}, (finding,))
    run = make_run(lang="en")
    told = replace(run, results={**run.results, "treat": result})

    assert "hallucinations 0; delusions 1; negative symptoms 2; depression 0" in written(page_of(told))
    assert "Nobody to compare." in written(page_of(told))
    assert HOSTILE not in render(page_of(told))[0]
    assert "negative symptoms 2" not in written(page_of(replace(told, aggregate_only=True)))


def test_a_number_near_nought_keeps_its_side_and_people_not_stated_are_not_nought() -> None:
    words = Words("en")

    assert [signed(value) for value in (-0.0012, 0.0049, 0.0, -0.005, 1.234)] == [
        "−0.001", "0.005", "0.00", "−0.01", "1.23",
    ]  # fmt: skip
    assert counted(words, 2, None).replace("\u00a0", " ") == "k = 2, n not stated"
    assert counted(words, None, None) == "—"


def test_every_number_of_the_drawn_options_is_finite(page: PageInput) -> None:
    assert not re.search(
        r"\bnan\b|\binf\b", "".join(render(page)[1][f"treat/{name}"] for name in ("options", "ect"))
    )
