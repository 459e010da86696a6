"""The surface as a page that can be turned: offline, the same bytes again, and only what may be shown."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.results import StageResult
from opentrs.report import withheld
from opentrs.report.surface_html import VERTICES, surface_pages, title_of


def vertices(n: int = VERTICES) -> pd.DataFrame:
    one = pd.DataFrame({"vertex": np.arange(n), "standardised_effect": np.linspace(-1, 1, n), "n": 57})
    one = one.assign(contrast="resistant-control", untestable="", p_tfce_fwer=0.5)
    one.loc[:9, "p_tfce_fwer"] = 0.049
    one.loc[n - 5 :, ["untestable", "standardised_effect"]] = ["too_few", np.nan]
    return pd.concat([one.assign(hemisphere="left"), one.assign(hemisphere="right", n=58)], ignore_index=True)


def results(table: pd.DataFrame) -> dict[str, StageResult]:
    return {"mechanism": StageResult("mechanism", {"vertices_map": table})}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return surface_pages(results(vertices()), "zh")


def test_both_sides_are_pages_of_the_readers_language(pages: dict[str, str]) -> None:
    assert sorted(pages) == ["mechanism/surface_left.html", "mechanism/surface_right.html"]
    left = pages["mechanism/surface_left.html"]
    assert '<html lang="zh">' in left
    assert "10237" in left
    assert left.count("n = 57") == 3
    assert left.count("null") >= 5


def test_a_page_fetches_nothing(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)\s*=\s*[\"']https?:", page)


def test_the_same_values_give_the_same_bytes(pages: dict[str, str]) -> None:
    assert surface_pages(results(vertices()), "zh") == pages


def test_without_a_map_of_that_mesh_there_is_no_page() -> None:
    assert surface_pages({}, "en") == {}
    assert surface_pages(results(vertices().iloc[:0]), "en") == {}
    assert surface_pages(results(vertices(642)), "en") == {}


def test_nothing_of_vertices_leaves_a_site() -> None:
    assert surface_pages(withheld.aggregate(results(vertices())), "en") == {}


def test_the_title_counts_people_and_vertices_below_005() -> None:
    left = vertices().query("hemisphere == 'left'")
    said = title_of(left, "left", "en")

    assert "n = 57; 10 of 10237 vertices" in said
    assert title_of(left, "left", "zh") != said
