"""The page and its figures: one inert file in both languages."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest

from opentrs.report.output import Run
from opentrs.report.page import render
from opentrs.report.view import PageInput
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
