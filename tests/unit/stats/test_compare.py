"""A threshold keeps its operator; between two bounds it answers only where both agree."""

from __future__ import annotations

import ibis
import pytest

from opentrs.stats.compare import Comparison


@pytest.mark.parametrize(
    ("symbol", "below", "on", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
    ],
)
def test_every_operator_on_its_boundary(symbol: str, below: bool, on: bool, above: bool) -> None:
    threshold = Comparison(symbol, 600)
    assert [threshold.holds(value) for value in (599.9, 600, 600.1)] == [below, on, above]


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="no comparison"):
        Comparison("=>", 1)


@pytest.mark.parametrize(("symbol", "smallest"), [(">=", 2), (">", 3), ("==", 2), ("<=", 0)])
def test_the_smallest_whole_number_that_satisfies(symbol: str, smallest: int) -> None:
    assert Comparison(symbol, 2).smallest() == smallest


def test_no_whole_number_may_satisfy() -> None:
    with pytest.raises(ValueError, match="no whole number"):
        Comparison("<", 0).smallest()


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(10.0, 19.9, True), (20.0, 30.0, False), (19.9, 20.0, None), (None, 10.0, None), (10.0, None, None)],
)
def test_between_bounds_both_ends_must_agree(
    low: float | None, high: float | None, answer: bool | None
) -> None:
    bounds = ibis.literal(low, "float64"), ibis.literal(high, "float64")
    found = ibis.duckdb.connect().execute(Comparison("<", 20).holds_between(*bounds))
    assert (None if found is None or found != found else bool(found)) is answer


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(42.0, None, True), (41.0, None, None), (0.0, 41.0, False), (41.0, 42.0, None), (42.0, 42.0, True)],
)
def test_an_open_upper_bound_still_allows_a_yes(low: float, high: float | None, answer: bool | None) -> None:
    bounds = ibis.literal(low, "float64"), ibis.literal(high, "float64")
    found = ibis.duckdb.connect().execute(Comparison(">=", 42).holds_from(*bounds))
    assert (None if found is None or found != found else bool(found)) is answer
