"""Figures of pooled evidence: uncertainty is drawn, and values lie where they belong."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentrs.report.figures.axes import Axis, interval_line, minus, ratio_steps, round_steps
from opentrs.report.figures.forest import ForestPool, ForestStudy, ForestWords, forest
from opentrs.report.figures.funnel import FunnelWords, funnel
from opentrs.report.figures.league import SURE, LeagueWords, league
from opentrs.report.figures.network import NetworkEdge, NetworkNode, network_plot

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ForestWords("trial", "effect", "weight", "SMD", "pooled", "expected", "better", "worse")
FUNNEL = FunnelWords("SMD", "standard error", "pooled", "p:")


def drawn_forest(is_log: bool = False, *studies: ForestStudy) -> ElementTree.Element:
    given_studies = studies or (
        ForestStudy("A", -0.5, -1.0, 0.0, 60.0),
        ForestStudy("B", -0.1, -0.9, 0.7, 40.0),
    )
    pools = [
        ForestPool("decided", -0.35, -0.8, 0.1, (-1.2, 0.6)),
        ForestPool("given", -0.9, -1.6, -0.2, (-9.0, 7.0)),
    ]
    return ElementTree.fromstring(
        forest("f", given_studies, pools, title="t", description="d", labels=LABELS, is_log=is_log)
    )


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_a_forest_has_a_square_a_trial_and_a_diamond_as_wide_as_the_interval_a_pool() -> None:
    root = drawn_forest()
    diamonds = [polygon.get("points", "") for polygon in root.iter(f"{SVG}polygon")][1:]
    widths = []
    for points in diamonds:
        xs = [float(pair.split(",")[0]) for pair in points.split(" ")]
        widths.append(max(xs) - min(xs))

    assert len(diamonds) == 2
    assert widths[0] / widths[1] == pytest.approx(0.9 / 1.4, rel=0.01)
    assert {"−0.50 [−1.00, 0.00]", "−0.35 [−0.80, 0.10]", "60.0%"} <= set(texts(root))


def test_a_forest_of_logarithms_shows_ratios() -> None:
    assert "0.61 [0.37, 1.00]" in texts(drawn_forest(is_log=True))


def test_a_trial_outside_the_pool_has_no_weight_and_a_hollow_square() -> None:
    root = drawn_forest(False, ForestStudy("out", 0.1, -0.3, 0.5))

    assert not [shown for shown in texts(root) if shown.endswith("%")]
    assert [
        box for box in root.iter(f"{SVG}rect") if box.get("fill") == "#ffffff" and box.get("width") == "5"
    ]


def test_an_interval_much_wider_than_the_others_does_not_squeeze_them() -> None:
    usual = [ForestStudy(name, 0.1, -0.2, 0.4, 20.0) for name in "ABCD"]
    root = drawn_forest(False, *usual, ForestStudy("wide", 0.0, -60.0, 60.0, 0.1))
    ends = [float(shown.replace("−", "-")) for shown in texts(root) if re.fullmatch(r"−?[\d.]+", shown)]

    assert max(abs(end) for end in ends) < 5


@pytest.mark.parametrize("hostile", ["<script>", "a & b", 'x" onload="y'])
def test_names_of_trials_and_treatments_stay_text(hostile: str) -> None:
    root = drawn_forest(False, ForestStudy(hostile, 0.1, -0.3, 0.5, 100.0))
    nodes = [NetworkNode(hostile, 3), NetworkNode("b", 0)]
    plot = network_plot(
        "n", nodes, [NetworkEdge(hostile, "b", 1)], title=hostile, description="d", legend=("", "", "")
    )

    assert any(hostile in shown for shown in texts(root))
    assert any(hostile in shown for shown in texts(ElementTree.fromstring(plot)))


def test_an_interval_ends_in_a_bar_on_the_axis_and_in_an_arrow_beyond_it() -> None:
    axis = Axis(0, 100, -1, 1)

    assert interval_line(axis, 10, -1, 1).count("<line") == 3
    assert interval_line(axis, 10, -1, 1.01).count("<line") == 4
    assert interval_line(axis, 10, -1.01, 1.01).count("<line") == 5


@given(st.floats(-50, 50), st.floats(0.01, 50))
def test_round_steps_hold_both_ends_and_are_few(low: float, spread: float) -> None:
    steps = round_steps(low, low + spread)

    assert steps[0] <= low + 1e-6 * spread + 1e-6
    assert steps[-1] >= low + spread - 1e-6 * spread - 1e-6
    assert 2 <= len(steps) <= 9


@pytest.mark.parametrize(
    ("low", "high", "ends"), [(0.3, 4, (0.2, 5)), (1.5, 3, (1, 5)), (1e-5, 900, (0.01, 100))]
)
def test_marks_of_a_ratio_axis_hold_both_ends_and_one(
    low: float, high: float, ends: tuple[float, float]
) -> None:
    steps = ratio_steps(low, high)

    assert (steps[0], steps[-1]) == ends
    assert 1.0 in steps


def test_equal_ratios_take_equal_room() -> None:
    axis = Axis(10, 200, 0.1, 10, is_log=True)

    assert axis.at(1) == pytest.approx(110)
    assert axis.at(2) - axis.at(1) == pytest.approx(axis.at(1) - axis.at(0.5))
    assert axis.at(100) == 210


def test_a_funnel_places_trials_by_their_error_and_has_a_wedge_for_each_limit() -> None:
    root = ElementTree.fromstring(
        funnel("y", [-0.5, 0.2, 0.9], [0.1, 0.3, 0.5], 0.1, title="t", description="d", labels=FUNNEL)
    )
    heights = [float(circle.get("cy", "")) for circle in root.iter(f"{SVG}circle")]

    assert len(heights) == 3
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.2)
    assert [polygon.get("fill") for polygon in root.iter(f"{SVG}polygon")] == [
        "#d6d6d6",
        "#ededed",
        "#ffffff",
    ]
    assert {"> 0.10", "< 0.10", "< 0.05", "< 0.01"} <= set(texts(root))


def test_a_funnel_of_logarithms_shows_ratios_below() -> None:
    shown = texts(
        ElementTree.fromstring(
            funnel("y", [0.0, 1.0], [0.2, 0.4], 0.5, title="t", description="d", labels=FUNNEL, is_log=True)
        )
    )
    assert "1" in shown
    assert f"{math.e:.2g}" in shown


def test_a_network_has_a_dot_a_treatment_thicker_lines_for_more_trials_and_shaded_trials_of_many_arms() -> (
    None
):
    nodes = [NetworkNode("a", 400), NetworkNode("b", 100), NetworkNode("c", 0), NetworkNode("alone", 10)]
    edges = [NetworkEdge("a", "b", 9), NetworkEdge("b", "c", 1), NetworkEdge("a", "c", 1)]
    root = ElementTree.fromstring(
        network_plot(
            "n",
            nodes,
            edges,
            multi_arm=[("a", "b", "c"), ("c", "a", "b")],
            title="t",
            description="d",
            legend=("people", "trials", "several arms"),
        )
    )
    radii = [
        float(circle.get("r", "")) for circle in root.iter(f"{SVG}circle") if circle.get("fill") == "#08519c"
    ]
    widths = sorted(float(line.get("stroke-width", "")) for line in root.iter(f"{SVG}line"))

    assert radii[1:] == [20.0, 12.5, 5.0, 7.4]  # the first is the legend's
    assert widths[-1] == 10
    assert len(list(root.iter(f"{SVG}polygon"))) == 2  # the trial once, and the legend
    assert {"a (400)", "c", "alone (10)", "9"} <= set(texts(root))


def test_a_minus_is_a_minus() -> None:
    assert minus("-1.5") == "−1.5"


def test_a_plain_funnel_has_no_regions_and_the_same_trials() -> None:
    both = [
        funnel(
            "f", [-0.5, 0.2], [0.1, 0.3], -0.2, title="t", description="d", labels=FUNNEL, contours=is_shaded
        )
        for is_shaded in (True, False)
    ]
    shaded, plain = map(ElementTree.fromstring, both)
    assert len(list(shaded.iter(f"{SVG}polygon"))) == 3
    assert list(plain.iter(f"{SVG}polygon")) == []
    assert len(list(plain.iter(f"{SVG}circle"))) == len(list(shaded.iter(f"{SVG}circle"))) == 2
    assert "p:" not in texts(plain)


def test_a_league_table_has_the_network_below_and_direct_trials_above() -> None:
    drawn = league(
        "l",
        [("a", "P .9"), ("b", "P .5"), ("c", "P .1")],
        {("a", "b"): (-0.5, -0.9, -0.1), ("a", "c"): (0.2, -0.1, 0.5), ("b", "c"): (0.7, -0.1, 1.5)},
        {("a", "b"): (-0.4, -0.8, 0.0)},
        title="t", description="d", labels=LeagueWords("net", "direct", "sure", "never"), is_log=False,
    )  # fmt: skip
    root = ElementTree.fromstring(drawn)
    places = {
        element.text: (float(element.get("x", 0)), float(element.get("y", 0)))
        for element in root.iter(f"{SVG}text")
    }
    assert places["\u22120.50"][1] > places["\u22120.40"][1]
    assert places["\u22120.50"][0] < places["\u22120.40"][0]
    assert texts(root).count("never") == 2
    shaded = [box for box in root.iter(f"{SVG}rect") if box.get("fill") == SURE]
    # The legend's and one cell's: an interval that ends at no effect holds it.
    assert len(shaded) == 2


def test_a_league_table_of_logarithms_shows_ratios() -> None:
    drawn = league("l", [("a", ""), ("b", "")], {("a", "b"): (0.0, -0.6931, 0.6931)}, {}, title="t",
                   description="d", labels=LeagueWords("n", "d", "s", "never"), is_log=True)  # fmt: skip
    assert {"1.00", "0.50 \u2013 2.00"} <= set(texts(ElementTree.fromstring(drawn)))
