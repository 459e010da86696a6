"""Figures of prediction: uncertainty is drawn, values lie where they belong, grey print and readers cope."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from opentrs.report.figures.calibration import CalibrationLine, CalibrationWords, RiskBar, calibration_plot
from opentrs.report.figures.decision import DecisionWords, Strategy, decision_curve
from opentrs.report.figures.incidence import IncidenceLine, IncidenceWords, cumulative_incidence
from opentrs.report.figures.performance import Measured, Panel, PerformanceRow, performance_forest
from opentrs.report.figures.plane import BandPoint, Key, Plane, Stroke, band, curve, legend
from opentrs.report.figures.risk import CERTAIN, LIKELY, IconPanel, counts, risk_icons

SVG = "{http://www.w3.org/2000/svg}"
CALIBRATION = CalibrationWords(
    "predicted", "observed", "ideal", "people", "n = 400, 80 events", "with", "without"
)
DECISION = DecisionWords("threshold", "net benefit", "n = 400, 80 events", "bands: 95%")
INCIDENCE = IncidenceWords("years", "probability", "at risk")
RISING = [BandPoint(0.1, 0.12, 0.06, 0.2), BandPoint(0.2, 0.19, 0.14, 0.25), BandPoint(0.4, 0.37, 0.25, 0.5)]
FLAT = [BandPoint(0.05, 0.16, None, None), BandPoint(0.4, -0.2, None, None)]
BENEFIT = [
    BandPoint(0.05, 0.17, 0.12, 0.21),
    BandPoint(0.2, 0.09, 0.05, 0.12),
    BandPoint(0.4, 0.02, 0.0, 0.04),
]
HOSTILE = ("<script>", "a & b", 'x" onload="y')


def a_calibration_plot(label: str = "loess", title: str = "t") -> str:
    curves = [CalibrationLine(label, RISING), CalibrationLine("isotonic", RISING[:2])]
    bars = [RiskBar(0.0, 0.1, 90, 10), RiskBar(0.1, 0.2, 180, 20), RiskBar(0.2, 0.3, 50, 50)]
    return calibration_plot("cal", curves, bars, title=title, description="d", labels=CALIBRATION)


def a_decision_curve(label: str = "model", title: str = "t") -> str:
    strategies = [
        Strategy("model", label, BENEFIT),
        Strategy("treat_all", "everybody", FLAT),
        Strategy("treat_none", "nobody", [BandPoint(0.05, 0.0, None, None), BandPoint(0.4, 0.0, None, None)]),
        Strategy("trrip", "two trials", BENEFIT),
        Strategy("week2", "week 2", BENEFIT),
    ]
    return decision_curve("dca", strategies, title=title, description="d", labels=DECISION)


def an_incidence_plot(label: str = "resistant", title: str = "t") -> str:
    lines = [
        IncidenceLine(
            label, [BandPoint(0, 0, 0, 0), BandPoint(1, 0.1, 0.07, 0.13), BandPoint(5, 0.2, 0.15, 0.26)]
        ),
        IncidenceLine("dead", [BandPoint(0, 0, 0, 0), BandPoint(5, 0.02, 0.01, 0.05)]),
    ]
    return cumulative_incidence(
        "inc", lines, [(0, 400), (5, 90)], title=title, description="d", labels=INCIDENCE
    )


def a_forest(label: str = "site A", title: str = "t") -> str:
    rows = [
        PerformanceRow(label, "120 (30)", {"c": Measured(0.7, 0.6, 0.8)}, "too few"),
        PerformanceRow("together", "400 (80)", {"c": Measured(0.68, 0.62, 0.74, 0.5, 0.9),
                                                "slope": Measured(0.9, 0.6, 1.2)}, is_pooled=True),
    ]  # fmt: skip
    panels = [Panel("c", "C", (0.4, 0.6, 0.8, 1.0), 0.5), Panel("slope", "slope", (0, 1, 2), 1)]
    return performance_forest(
        "f", rows, panels, title=title, description="d", headings=("group", "n (events)")
    )


def icons(label: str = "this person", title: str = "t") -> str:
    panels = [
        IconPanel(label, "23 of 100", 0.231, 0.142, 0.351),
        IconPanel("base", "17", 0.17, 0.15, 0.19, "n"),
    ]
    return risk_icons("icons", panels, title=title, description="d", legend=("low", "estimate", "high"))


DRAWN = [a_calibration_plot, a_decision_curve, an_incidence_plot, a_forest, icons]


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("draw", DRAWN)
def test_a_screen_reader_finds_what_the_figure_is_and_says(draw: Callable[..., str]) -> None:
    root = ElementTree.fromstring(draw(title="what it is"))

    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "what it is"
    assert root.findtext(f"{SVG}desc") == "d"


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("draw", DRAWN)
def test_names_stay_text(draw: Callable[..., str], hostile: str) -> None:
    root = ElementTree.fromstring(draw(label=hostile))

    assert any(hostile in shown for shown in texts(root))


@pytest.mark.parametrize("draw", DRAWN)
def test_the_same_values_give_the_same_bytes(draw: Callable[..., str]) -> None:
    assert draw() == draw()


def test_a_band_goes_along_the_upper_ends_and_back_along_the_lower() -> None:
    plane = Plane(0, 0, 100, 100, (0, 1), (0, 1))
    points = [BandPoint(0, 0.5, 0.4, 0.6), BandPoint(0.5, 0.5, None, None), BandPoint(1, 0.5, 0.2, 0.9)]
    drawn = re.search(r'points="([^"]+)"', band(plane, points, "#000"))

    assert drawn is not None
    assert drawn.group(1) == "0,40 100,10 100,80 0,60"
    assert band(plane, points[:2], "#000") == ""


def test_a_step_holds_until_the_next_point() -> None:
    plane = Plane(0, 0, 100, 100, (0, 10), (0, 1))
    drawn = curve(plane, [BandPoint(0, 0, 0, 0), BandPoint(5, 0.5, 0, 1)], Stroke("#000"), is_step=True)

    assert 'points="0,100 50,100 50,50"' in drawn


def test_lines_of_one_figure_differ_in_their_dashes() -> None:
    root = ElementTree.fromstring(a_decision_curve())
    lines = [(each.get("stroke-dasharray"), each.get("stroke-width")) for each in root.iter(f"{SVG}polyline")]

    assert len([each for each in lines if each[1] != "0.8"]) == 5
    assert len({each for each in lines if each[1] != "0.8"}) == 5


def test_calibration_shows_the_ideal_line_both_curves_with_bands_and_n_with_events() -> None:
    root = ElementTree.fromstring(a_calibration_plot())

    assert len(list(root.iter(f"{SVG}polyline"))) == 2 + 2  # curves, and both edges of the second band
    assert len([each for each in root.iter(f"{SVG}polygon") if each.get("fill-opacity")]) == 1 + 1
    assert {"n = 400, 80 events", "ideal", "loess", "isotonic"} <= set(texts(root))
    plane = next(root.iter(f"{SVG}clipPath"))[0]
    diagonal = [
        each for each in next(root.iter(f"{SVG}g")).iter(f"{SVG}line") if each.get("stroke-dasharray")
    ]
    left, top = float(plane.get("x", "")), float(plane.get("y", ""))
    wide, tall = float(plane.get("width", "")), float(plane.get("height", ""))
    assert [diagonal[0].get(end) for end in ("x1", "y1")] == [f"{left:g}", f"{top + tall:g}"]
    assert [diagonal[0].get(end) for end in ("x2", "y2")] == [f"{left + wide:g}", f"{top:g}"]


def test_bars_of_people_are_as_high_as_their_numbers_with_the_events_at_the_foot() -> None:
    root = ElementTree.fromstring(a_calibration_plot())
    bars = [
        float(each.get("height", ""))
        for each in root.iter(f"{SVG}rect")
        if each.find(f"{SVG}title") is not None
    ]

    assert bars[0] / bars[1] == pytest.approx(9, rel=0.02)
    assert (bars[2] + bars[3]) / (bars[0] + bars[1]) == pytest.approx(2, rel=0.02)
    assert bars[4] == pytest.approx(bars[5], rel=0.02)


def test_a_plot_without_bars_is_lower_and_says_nothing_of_people() -> None:
    bare = calibration_plot(
        "c", [CalibrationLine("l", RISING)], [], title="t", description="d", labels=CALIBRATION
    )

    assert "people" not in texts(ElementTree.fromstring(bare))


def test_the_axes_of_calibration_reach_beyond_every_risk_and_never_beyond_one() -> None:
    sure = [BandPoint(0.2, 0.3, 0.1, 0.5), BandPoint(0.99, 1.0, 0.9, 1.0)]
    drawn = calibration_plot(
        "c", [CalibrationLine("l", sure)], [], title="t", description="d", labels=CALIBRATION
    )
    shown = {each for each in texts(ElementTree.fromstring(drawn)) if each.endswith("%")}

    assert max(int(each[:-1]) for each in shown) == 100


def test_harm_is_shown_but_does_not_squeeze_benefit() -> None:
    shown = texts(ElementTree.fromstring(a_decision_curve()))
    numbers = [float(each.replace("−", "-")) for each in shown if re.fullmatch(r"−?\d+(\.\d+)?", each)]

    assert min(numbers) < 0
    assert max(numbers) >= 0.17
    assert min(numbers) >= -0.1


def test_only_strategies_with_intervals_have_a_band() -> None:
    root = ElementTree.fromstring(a_decision_curve())

    shaded = [each for each in root.iter(f"{SVG}polygon") if each.get("fill-opacity")]
    thin = [each for each in root.iter(f"{SVG}polyline") if each.get("stroke-width") == "0.8"]
    assert len(shaded) == 1 + 1  # legend, and the model's own
    assert len(thin) == 2 * 2  # upper and lower edge of each rule


def test_people_at_risk_stand_below_their_time() -> None:
    root = ElementTree.fromstring(an_incidence_plot())
    places = {each.text: each.get("x") for each in root.iter(f"{SVG}text")}

    assert places["400"] == places["0"]
    assert float(places["90"] or 0) > float(places["400"] or 0)


def test_incidence_without_counts_draws_no_row_of_them() -> None:
    lines = [IncidenceLine("r", [BandPoint(0, 0, 0, 0), BandPoint(1, 0.1, 0.05, 0.2)])]
    drawn = cumulative_incidence("i", lines, [], title="t", description="d", labels=INCIDENCE)

    assert "at risk" not in texts(ElementTree.fromstring(drawn))


@pytest.mark.parametrize(
    ("share", "low", "high", "drawn"),
    [
        (0.231, 0.142, 0.351, (14, 23, 36)),
        (0.0, 0.0, 0.001, (0, 0, 1)),
        (1.0, 0.999, 1.0, (99, 100, 100)),
        (0.104, 0.109, 0.2, (10, 10, 20)),
        (0.30, 0.30, 0.30, (30, 30, 30)),
    ],
)
def test_a_drawn_interval_is_never_narrower_than_it_is(
    share: float, low: float, high: float, drawn: tuple[int, int, int]
) -> None:
    assert counts(IconPanel("h", "s", share, low, high)) == drawn


def test_each_panel_has_a_hundred_people_of_whom_as_many_are_filled_as_the_risk_says() -> None:
    root = ElementTree.fromstring(icons())
    fills = [each.get("fill") for each in root.iter(f"{SVG}rect")][1 + 3 :]  # hatch pattern, legend

    assert len(fills) == 200
    assert fills[:100].count(CERTAIN) == 14
    assert fills[:100].count(LIKELY) == 23 - 14
    assert fills[:100].count("url(#icons-hatch)") == 36 - 23


def test_a_measure_that_could_not_be_taken_says_why_in_its_panel() -> None:
    shown = texts(ElementTree.fromstring(a_forest()))

    assert shown.count("too few") == 1


def test_what_is_expected_of_a_new_site_is_dashed_around_the_pooled_diamond() -> None:
    root = ElementTree.fromstring(a_forest())

    assert len([each for each in root.iter(f"{SVG}line") if each.get("stroke-dasharray") == "4 3"]) == 1
    assert len(list(root.iter(f"{SVG}polygon"))) == 2
    assert len(list(root.iter(f"{SVG}circle"))) == 1


def test_a_legend_wraps_where_the_row_is_full() -> None:
    keys = [Key("a long label of some words", Stroke("#000"))] * 3
    marks, end = legend(keys, 300)

    assert end == 14 + 2 * 20 + 10
    assert len(marks) == 6
