"""Converted scores carry their error, keep to their scale, and are no ratings."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import opentrs
from opentrs.cohort.build import from_frames
from opentrs.errors import UsageError
from opentrs.measures.converted import converted_scores
from opentrs.measures.linking import (
    ConvertedScore,
    NotComparableError,
    convert,
    convert_by_anchors,
    equation,
    recalibrate,
)

P3 = "panss_hallucinations_from_saps_hallucinations"
N = "panss_negative_from_sans_summary"
EXPRESSIVITY = "panss_expressivity_from_sans_expressivity"


def converted(name: str, score: float) -> ConvertedScore:
    found = convert(name, score)
    assert found is not None
    return found


def test_an_error_that_somebody_measured_is_attached_and_says_on_whom() -> None:
    found, error = converted(P3, 3), equation(P3).error

    assert error is not None
    assert (error.n, error.source, error.against) == (48, "ds003944", "BPRS-18 item 12")
    assert found.error == error.root_mean_square == 0.7108
    # t of 48 people, two-sided 95%: 2.0106
    assert (found.low, found.high) == (
        pytest.approx(3.811895 - 2.010635 * 0.7108, abs=1e-4),
        pytest.approx(3.811895 + 2.010635 * 0.7108, abs=1e-4),
    )


def test_an_interval_keeps_to_the_scale() -> None:
    assert converted(N, 0).low == 1
    assert converted("sans_summary_from_panss_negative", 7).high == 5


def test_an_error_nobody_measured_is_unknown() -> None:
    found = converted(EXPRESSIVITY, 3)

    assert equation(EXPRESSIVITY).error is None
    assert (found.error, found.low, found.high) == (None, None, None)


@pytest.mark.parametrize(
    ("items", "mean"),
    [
        ({"N1": 4, "N3": 3, "N6": 2}, 3.0),
        ({"N1": 4, "N3": 2}, 3.0),
        ({"N1": 4, "N3": 2, "N6": None, "P1": 7}, 3.0),
        ({"N1": 4}, None),
        ({}, None),
    ],
)
def test_a_conversion_needs_two_thirds_of_the_items(
    items: dict[str, float | None], mean: float | None
) -> None:
    name = "sans_expressivity_from_panss_expressivity"
    found = convert(name, items)

    assert found == (None if mean is None else converted(name, mean)) if found else mean is None


@pytest.mark.parametrize(("rated", "enough"), [(5, True), (4, False)])
def test_five_of_seven_items_are_two_thirds_and_four_are_not(rated: int, enough: bool) -> None:
    found = convert("saps_composite_from_panss_positive", {f"P{place}": 3 for place in range(1, rated + 1)})

    assert (found is not None) is enough


@pytest.mark.parametrize("score", [-0.01, 5.01, 17, float("nan")])
def test_a_score_that_is_no_mean_of_the_items_is_refused(score: float) -> None:
    with pytest.raises(UsageError, match="lies between 0 and 5"):
        convert(P3, score)


def test_one_item_out_of_range_is_refused_even_where_the_mean_is_not() -> None:
    with pytest.raises(UsageError, match="lies between 1 and 7"):
        convert("sans_expressivity_from_panss_expressivity", {"N1": 0, "N3": 4, "N6": 4})


def test_an_unknown_equation_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=P3):
        convert("panss_from_saps", 3)


def test_anchors_that_nobody_published_are_refused() -> None:
    with pytest.raises(UsageError, match="MADRS total"):
        convert_by_anchors(("MADRS", "total"), ("PANSS", "total"), 20)


def test_a_converted_score_is_compared_with_scores_of_its_link_only() -> None:
    low, high = converted(P3, 1), converted(P3, 4)

    assert low < high
    assert high > low
    assert low <= low
    assert high >= low
    assert low == converted(P3, 1)
    assert len({low, converted(P3, 1), high}) == 2


@pytest.mark.parametrize("other", [4, 4.0, np.float64(4), "4", None, converted(N, 4)])
@pytest.mark.parametrize("operator", ["__eq__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_a_converted_score_is_not_compared_with_a_rating_or_another_link(
    operator: str, other: object
) -> None:
    with pytest.raises(NotComparableError, match="recalibrate"):
        getattr(converted(P3, 4), operator)(other)


def test_a_converted_score_does_not_pass_for_a_number() -> None:
    with pytest.raises(NotComparableError):
        float(converted(P3, 4))
    with pytest.raises(TypeError):
        max(converted(P3, 4), 6.0)
    with pytest.raises(TypeError):
        _ = converted(P3, 4) + 1  # type: ignore[operator]


def pairs(n: int, seed: int = 1) -> tuple[list[ConvertedScore], list[float]]:
    """Ratings that lie 0.9 above what the delusion equation says, as in first-episode people."""
    generator = np.random.default_rng(seed)
    delusions = generator.integers(0, 6, size=n)
    rated = np.clip(2.2 + 0.6 * delusions + 0.3 * generator.normal(size=n), 1, 7)
    name = "panss_delusions_from_saps_delusions"
    return [converted(name, float(each)) for each in delusions], [float(each) for each in rated]


def test_recalibrated_scores_have_the_mean_and_the_spread_of_rated_ones() -> None:
    scores, rated = pairs(60)
    moved = [float(recalibrate(scores, rated).apply(score)) for score in scores]

    assert np.mean([score.converted for score in scores]) < np.mean(rated) - 0.8
    assert np.mean(moved) == pytest.approx(np.mean(rated))
    assert np.std(moved) == pytest.approx(np.std(rated))


def test_the_error_of_a_recalibration_is_that_of_people_left_out() -> None:
    scores, rated = pairs(25)
    missed = []
    for out in range(25):
        others = [place for place in range(25) if place != out]
        x = np.array([scores[place].converted for place in others])
        y = np.array([rated[place] for place in others])
        missed.append(rated[out] - (y.mean() + y.std() / x.std() * (scores[out].converted - x.mean())))
    found = recalibrate(scores, rated)
    moved = found.apply(scores[0])

    assert found.error == pytest.approx(np.sqrt(np.mean(np.square(missed))))
    # t of 23, two-sided 95%: 2.0687
    assert moved.high - moved.value == pytest.approx(2.0687 * found.error, rel=1e-4)
    assert moved.n == 25


def test_recalibrated_scores_keep_to_the_scale() -> None:
    scores, rated = pairs(40)
    steep = [min(7.0, 1 + 2.5 * (value - 2)) if value > 2 else 1.0 for value in rated]
    moved = recalibrate(scores, steep).apply(converted("panss_delusions_from_saps_delusions", 5))

    assert moved.high == 7
    assert moved.low < moved.value <= 7


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda scores, rated: (scores[:19], rated[:19]), "19 pairs"),
        (lambda scores, rated: (scores, rated[:-1]), "one of each per visit"),
        (lambda scores, rated: (scores, [3.0] * len(rated)), "all the same"),
        (lambda scores, rated: (scores, [8 - value for value in rated]), "do not rise"),
        (lambda scores, rated: (scores, [*rated[:-1], 7.5]), "between 1 and 7"),
        (lambda scores, rated: (scores, [*rated[:-1], float("nan")]), "between 1 and 7"),
    ],
)
def test_pairs_that_cannot_recalibrate_are_refused(change, complaint: str) -> None:
    scores, rated = pairs(30)
    with pytest.raises(UsageError, match=complaint):
        recalibrate(*change(scores, rated))


def test_twenty_pairs_are_enough() -> None:
    assert recalibrate(*pairs(20)).n == 20


def test_scores_of_two_links_are_not_recalibrated_together_nor_with_the_line_of_another() -> None:
    scores, rated = pairs(30)
    with pytest.raises(NotComparableError, match="several links"):
        recalibrate([*scores[:-1], converted(P3, 3)], rated)
    with pytest.raises(NotComparableError, match="made for"):
        recalibrate(scores, rated).apply(converted(P3, 3))


def test_a_table_of_converted_scores_has_no_column_of_a_rating() -> None:
    cohort = from_frames({
        "people": [{"person_id": "a"}],
        "ratings": [{"person_id": "a", "scale": "SAPS", "item": "global hallucinations", "value": 4.0}],
    })  # fmt: skip
    table = converted_scores(cohort.table("ratings")).execute()

    by_equation = table.set_index("equation")["converted"]
    assert by_equation[P3] == pytest.approx(4.670850424)
    assert np.isnan(by_equation["panss_positive_from_saps_summary"])  # one of four globals was rated
    assert not {"scale", "item", "value"} & set(table.columns)


@pytest.mark.parametrize("room", ["ascertain", "subtype"])
def test_no_room_that_labels_people_imports_converted_scores(room: str) -> None:
    """Decision 0005: scores converted from another scale never enter a label."""
    converting = {"linking", "converted", "link_table"}
    folder = Path(opentrs.__file__).parent / room
    imported = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opentrs.measures"):
                imported |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
            elif isinstance(node, ast.Import):
                imported |= {part for alias in node.names for part in alias.name.split(".")}

    assert imported
    assert not imported & converting
