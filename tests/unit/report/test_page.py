"""The page and its figures: one inert file in both languages."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest

from opentrs.cohort.results import Skipped, StageResult
from opentrs.report.output import Run
from opentrs.report.page import render
from opentrs.report.view import PageInput
from opentrs.report.withheld import aggregate
from tests.unit.report.conftest import CANARY, HOSTILE, MakeRun, made_up_tables, prevalence_row

SVG = "{http://www.w3.org/2000/svg}"
LIVE_TAGS = {"script", "iframe", "img", "object", "embed", "form", "input", "link", "base", "audio", "video"}


class Tags(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def rendered(run: Run) -> tuple[str, dict[str, str]]:
    return render(PageInput(run.cohort, run.results, run.settings, run.people, run.aggregate_only))


@pytest.fixture(params=["en", "zh"])
def made(request: pytest.FixtureRequest, make_run: MakeRun) -> tuple[str, dict[str, str]]:
    return rendered(make_run(lang=request.param, people=(HOSTILE,)))


def test_no_markup_of_a_name_comes_alive_in_the_page(made: tuple[str, dict[str, str]]) -> None:
    tags = Tags()
    tags.feed(made[0])

    assert not {tag for tag, _ in tags.seen} & LIVE_TAGS
    assert not [name for _, attributes in tags.seen for name in attributes if name.startswith("on")]
    assert "alert(1)" in made[0], "the hostile name should be shown, as text"


def test_every_figure_is_well_formed_and_described(made: tuple[str, dict[str, str]]) -> None:
    assert len(made[1]) >= 7
    for name, drawing in made[1].items():
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img", name
        assert root.findtext(f"{SVG}title"), name
        assert root.findtext(f"{SVG}desc"), name
        kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert kinds <= {
            "svg",
            "title",
            "desc",
            "defs",
            "pattern",
            "rect",
            "line",
            "text",
            "circle",
            "polygon",
            "polyline",
        }


def test_the_page_asks_for_nothing_from_outside(made: tuple[str, dict[str, str]]) -> None:
    tags = Tags()
    tags.feed(made[0])

    fetched = [
        value
        for _, attributes in tags.seen
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "data", "action") and not (value or "").startswith("#")
    ]
    assert fetched == []
    assert not re.search(r"url\((?!#)|@import", made[0])
    assert not [attributes for _, attributes in tags.seen if "style" in attributes]
    assert "default-src 'none'" in made[0]


def test_the_style_of_the_page_has_the_hash_its_policy_names(made: tuple[str, dict[str, str]]) -> None:
    style = re.search(r"<style>(.*?)</style>", made[0], re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in made[0]


def test_anchors_of_the_page_are_unique_and_reached(made: tuple[str, dict[str, str]]) -> None:
    tags = Tags()
    tags.feed(made[0])
    anchors = [attributes["id"] for _, attributes in tags.seen if "id" in attributes]
    linked = [(attributes["href"] or "")[1:] for tag, attributes in tags.seen if tag == "a"]

    assert len(anchors) == len(set(anchors))
    assert set(linked) <= set(anchors)


def test_the_page_names_its_language(make_run: MakeRun) -> None:
    assert '<html lang="en">' in rendered(make_run("en"))[0]
    chinese = rendered(make_run("zh"))[0]
    assert '<html lang="zh-Hans">' in chinese
    assert "难治性精神分裂症" in chinese


def test_the_share_of_unknown_is_the_headline_where_it_dominates(make_run: MakeRun) -> None:
    tables = made_up_tables()
    tables["prevalence"] = pd.DataFrame([prevalence_row("trrip", "all", 0, 2, 48)])
    page = rendered(make_run(tables=tables))[0]

    lead = re.search(r'<p class="lead">(.*?)</p>', page)
    assert lead
    assert lead.group(1).startswith("For 48 of 50 people (96.0%) the record cannot say")


def test_problems_of_the_input_are_listed_with_their_place_and_value(make_run: MakeRun) -> None:
    page = rendered(make_run())[0]

    assert "people.csv:3:sex" in page
    assert f"sex is {CANARY}" in page


def test_a_large_cohort_does_not_swell_the_page(make_run: MakeRun) -> None:
    tables = made_up_tables()
    for name in ("verdicts", "courses", "dose_keys", "dose_key_courses", "change_forms", "specifiers"):
        people = [f"person {number}" for number in range(3000)]
        tables[name] = tables[name].iloc[[0] * len(people)].assign(person_id=people)
    sites = [prevalence_row("trrip", f"site:{number}", 10, 10, 10) for number in range(400)]
    tables["prevalence"] = pd.concat([tables["prevalence"], pd.DataFrame(sites)], ignore_index=True)
    page = rendered(make_run(tables=tables))[0]

    assert len(page.encode("utf-8")) < 300_000


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        (
            "en",
            "are treatment-resistant (TRRIP consensus): 33.3%, 95% interval 23.7% to 44.1%.",
        ),
        ("en", "would be 25.0%; if all of them were, 50.0%."),
        ("en", "What is missing first, most often: A2, plasma level (18 people)."),
        ("en", "knowing A2, plasma level, alone would settle 14 of them."),
        ("en", "1 of 3 people would get another verdict under at least one other table."),
        (
            "en",
            "1 of 1 courses with scores before and after would move across the 20% line.",
        ),
        (
            "en",
            "with a known history never responded: 100.0% (95% interval 2.5% to 100.0%)",
        ),
        ("en", "median 387 days"),
        ("en", "rows read = kept + rejected"),
        ("zh", "可以判定的 90 人中有 30 人为难治（TRRIP 共识）：33.3%"),
        ("zh", "3 人中有 1 人在改用至少一种其他换算表后判定会改变。"),
        ("zh", "按“TRRIP 共识”判定为难治。"),
    ],
)
def test_numbers_of_the_tables_reach_their_sentences(make_run: MakeRun, lang: str, sentence: str) -> None:
    assert sentence in rendered(make_run(lang, people=(HOSTILE,)))[0]


def test_what_hardly_anybodys_record_answers_is_named_in_the_headline(make_run: MakeRun) -> None:
    tables = made_up_tables()
    tables["missing"].loc[1, "n_unknown"] = 108
    assert (
        "Not on record for nine in ten people or more: A2 plasma level."
        in rendered(make_run(tables=tables))[0]
    )

    tables["missing"].loc[1, "n_unknown"] = 107
    assert "nine in ten" not in rendered(make_run(tables=tables))[0]


def test_a_skipped_stage_says_why(make_run: MakeRun) -> None:
    run = make_run()
    skipped = replace(run, results={"ascertain": Skipped("ascertain", "the cohort has no people")})
    page = rendered(skipped)[0]

    assert "The stage ascertain was skipped: the cohort has no people." in page
    assert "did not ask who is treatment-resistant" in page


def test_the_aggregate_page_withholds_small_numbers_of_problems(make_run: MakeRun) -> None:
    assert "0 errors (the row was left out), 1 warnings" in rendered(make_run())[0]
    assert "withheld warnings" in rendered(make_run(aggregate_only=True))[0]


def test_where_counts_are_withheld_nothing_is_said_about_the_largest(make_run: MakeRun) -> None:
    run = make_run(aggregate_only=True)
    withheld_missing = aggregate(run.results)["ascertain"]
    assert isinstance(withheld_missing, StageResult)
    assert withheld_missing.tables["missing"]["n_would_settle"].isna().any()
    page, figures = rendered(replace(run, results=aggregate(run.results)))

    assert "What would settle most people" in rendered(make_run())[0]
    assert "What would settle most people" not in page
    assert "No single missing criterion" not in page
    assert "nobody settled" not in figures["ascertain/prevalence"]
