"""Equipercentile linking against cases whose answer is known, and against its definition in plain Python."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest

from opentrs.stats import equipercentile as stats_module
from opentrs.stats.equipercentile import (
    LinkingError,
    ScoreRange,
    equipercentile,
    equivalents,
    loglinear,
    percentile_ranks,
)

TEN = ScoreRange(0, 10)


def pairs(n: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Made-up totals of BPRS-18 and PANSS of n people."""
    generator = np.random.default_rng(seed)
    severity = generator.gamma(4, size=n)
    x = np.clip(np.round(18 + 6 * severity + 3 * generator.normal(size=n)), 18, 126)
    y = np.clip(np.round(30 + 11 * severity + 5 * generator.normal(size=n)), 30, 210)
    return x, y


BPRS, PANSS = ScoreRange(18, 126), ScoreRange(30, 210)


def in_plain_python(p: list[float], q: list[float], low: int) -> list[float]:
    """The definition, word by word: same percentile rank, each whole score spread evenly over one point."""
    linked = []
    for place, share in enumerate(p):
        rank = sum(p[:place]) + share / 2
        above = next(k for k, total in enumerate(accumulate(q)) if total > rank)
        before = sum(q[:above])
        linked.append(low + above - 0.5 + (rank - before) / q[above])
    return linked


def test_percentile_ranks_count_half_of_those_at_the_score() -> None:
    assert percentile_ranks(np.array([0.2, 0.5, 0.3])).tolist() == pytest.approx([0.1, 0.45, 0.85])


def test_a_scale_is_linked_to_itself_by_the_identity() -> None:
    p = np.array([0.1, 0.2, 0.4, 0.2, 0.1])

    assert equivalents(p, p, ScoreRange(3, 7)).tolist() == pytest.approx([3, 4, 5, 6, 7])


def test_a_shifted_scale_is_linked_by_the_shift() -> None:
    p = np.array([0.1, 0.2, 0.4, 0.3, 0.0, 0.0])
    q = np.array([0.0, 0.0, 0.1, 0.2, 0.4, 0.3])

    assert equivalents(p, q, ScoreRange(0, 5))[:4].tolist() == pytest.approx([2, 3, 4, 5])


def test_a_uniform_scale_of_twice_as_many_scores_is_linked_by_a_straight_line() -> None:
    """Five scores onto ten: the middle of each fifth is the border between two tenths."""
    linked = equivalents(np.full(5, 0.2), np.full(10, 0.1), ScoreRange(1, 10))

    assert linked.tolist() == pytest.approx([1.5, 3.5, 5.5, 7.5, 9.5])


@pytest.mark.parametrize("seed", range(5))
def test_the_link_is_its_definition_in_plain_python(seed: int) -> None:
    generator = np.random.default_rng(seed)
    p, q = generator.dirichlet(np.ones(12)), generator.dirichlet(np.ones(8))

    assert equivalents(p, q, ScoreRange(2, 9)).tolist() == pytest.approx(in_plain_python(list(p), list(q), 2))


def test_the_smoothing_keeps_as_many_moments_as_its_degree_and_no_more() -> None:
    counts = np.array([[3.0, 9, 4, 12, 20, 25, 11, 14, 6, 2, 1]])
    scores = np.arange(11.0)
    smooth, good = loglinear(counts, 3)
    rough = counts[0] / counts.sum()

    assert good.all()
    for power in (0, 1, 2, 3):
        assert smooth[0] @ scores**power == pytest.approx(rough @ scores**power, rel=1e-8)
    assert smooth[0] @ scores**4 != pytest.approx(rough @ scores**4, rel=1e-4)


def test_a_distribution_of_the_family_is_left_as_it_is() -> None:
    scores = np.linspace(-1, 1, 21)
    p = np.exp(-2 * scores**2 + 0.5 * scores**3)
    smooth, good = loglinear((1000 * p / p.sum())[None, :], 3)

    assert good.all()
    assert smooth[0].tolist() == pytest.approx((p / p.sum()).tolist(), rel=1e-8)


def test_a_distribution_at_one_end_only_stays_there_and_leaves_the_others_alone() -> None:
    smooth, good = loglinear(np.array([[50.0, 0, 0, 0, 0], [10, 20, 30, 20, 10]]), 2)
    alone, _ = loglinear(np.array([[10.0, 20, 30, 20, 10]]), 2)

    assert good.all()
    assert smooth[0].tolist() == pytest.approx([1, 0, 0, 0, 0], abs=1e-4)
    assert smooth[1].tolist() == pytest.approx(alone[0].tolist())


@pytest.mark.parametrize(("failing", "refused"), [(1, False), (2, True)])
def test_one_bootstrap_sample_in_a_hundred_may_fail_and_is_counted(
    failing: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = stats_module.loglinear

    def failing_sometimes(counts: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
        p, good = honest(counts, degree)
        if len(good) > 1:
            good[:failing] = False
        return p, good

    monkeypatch.setattr(stats_module, "loglinear", failing_sometimes)
    x, y = pairs(60)
    if refused:
        with pytest.raises(LinkingError, match="unstable"):
            equipercentile(x, y, BPRS, PANSS, replicates=100)
    else:
        link, _ = equipercentile(x, y, BPRS, PANSS, replicates=100)
        assert (link.failed, link.replicates) == (1, 99)


def test_the_two_directions_are_inverse_to_one_another() -> None:
    x, y = pairs(300)
    p, _ = loglinear(BPRS.counts(x)[None, :], 5)
    q, _ = loglinear(PANSS.counts(y)[None, :], 5)
    there = equivalents(p[0], q[0], PANSS)
    edges = np.arange(BPRS.low, BPRS.high + 2) - 0.5
    rank = np.interp(there, np.arange(PANSS.low, PANSS.high + 2) - 0.5, [0.0, *np.cumsum(q[0])])
    back = np.interp(rank, [0.0, *np.cumsum(p[0])], edges)

    middle = slice(4, 50)
    assert back[middle].tolist() == pytest.approx(BPRS.scores[middle].tolist(), abs=1e-6)


def test_linking_y_to_x_is_the_second_link_of_linking_x_to_y() -> None:
    x, y = pairs(120)
    _, back = equipercentile(x, y, BPRS, PANSS, replicates=50)
    forth, _ = equipercentile(y, x, PANSS, BPRS, replicates=50)

    np.testing.assert_allclose(forth.linked, back.linked)
    np.testing.assert_allclose(forth.se, back.se)
    assert (forth.degrees, back.degrees) == ((5, 5), (5, 5))


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    x, y = pairs(80)
    first, again, other = (
        equipercentile(x, y, BPRS, PANSS, replicates=60, seed=seed)[0].low for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other, equal_nan=True)


def test_a_link_is_unknown_beyond_the_scores_that_were_rated_and_stays_on_its_scale() -> None:
    x, y = pairs(200)
    link, _ = equipercentile(x, y, BPRS, PANSS, replicates=60)
    inside = (link.scores >= x.min()) & (link.scores <= x.max())

    for values in (link.linked, link.low, link.high, link.se):
        assert np.isfinite(values[inside]).all()
        assert np.isnan(values[~inside]).all()
    assert (link.low[inside] >= 30).all()
    assert (np.diff(link.linked[inside]) > 0).all()
    assert (link.low[inside] <= link.linked[inside]).all()
    assert (link.linked[inside] <= link.high[inside]).all()


def test_the_prediction_error_is_that_of_single_visits() -> None:
    x, y = pairs(200)
    link, _ = equipercentile(x, y, BPRS, PANSS, replicates=60)
    missed = [b - link.linked[int(a) - 18] for a, b in zip(x, y, strict=True)]

    assert link.prediction_error == pytest.approx(np.sqrt(np.mean(np.square(missed))))
    assert link.prediction_error > 5 * np.nanmedian(link.se)


def test_a_distribution_that_cannot_be_smoothed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = stats_module.loglinear
    monkeypatch.setattr(
        stats_module, "loglinear", lambda counts, degree: (honest(counts, degree)[0], np.array([False]))
    )
    x, y = pairs(60)
    with pytest.raises(LinkingError, match="not_smoothed"):
        equipercentile(x, y, BPRS, PANSS, replicates=10)


def test_the_interval_is_the_standard_error_times_students_t_of_the_people_less_one() -> None:
    x, y = pairs(60)
    link, _ = equipercentile(x, y, BPRS, PANSS, replicates=100)
    again = np.random.default_rng(1).multinomial(60, np.full(60, 1 / 60), size=100)
    counts_x = np.array([BPRS.counts(np.repeat(x, times)) for times in again])
    counts_y = np.array([PANSS.counts(np.repeat(y, times)) for times in again])
    samples = [
        equivalents(p, q, PANSS)
        for p, q in zip(loglinear(counts_x, 5)[0], loglinear(counts_y, 5)[0], strict=True)
    ]
    at_40 = 40 - BPRS.low

    assert link.se[at_40] == pytest.approx(np.std([sample[at_40] for sample in samples], ddof=1), rel=1e-6)
    # t of 59, two-sided 95%: 2.0010
    assert link.high[at_40] - link.linked[at_40] == pytest.approx(2.0010 * link.se[at_40], rel=1e-4)
    assert link.linked[at_40] - link.low[at_40] == pytest.approx(2.0010 * link.se[at_40], rel=1e-4)


def test_people_and_not_their_visits_are_drawn() -> None:
    """Ten visits of a person, all alike, tell no more than one."""
    x, y = pairs(100)
    once, _ = equipercentile(x, y, BPRS, PANSS, replicates=400)
    tenfold, _ = equipercentile(
        np.repeat(x, 10), np.repeat(y, 10), BPRS, PANSS, people=np.repeat(np.arange(100), 10).tolist(),
        replicates=400,
    )  # fmt: skip
    as_if_people, _ = equipercentile(np.repeat(x, 10), np.repeat(y, 10), BPRS, PANSS, replicates=400)

    np.testing.assert_allclose(tenfold.linked, once.linked, equal_nan=True)
    np.testing.assert_allclose(tenfold.se, once.se, equal_nan=True)
    assert np.nanmedian(as_if_people.se) < np.nanmedian(once.se) / 2
    assert (tenfold.n_people, tenfold.n_pairs) == (100, 1000)


def test_fifty_people_are_enough_and_forty_nine_are_not() -> None:
    x, y = pairs(50)
    assert equipercentile(x, y, BPRS, PANSS, replicates=50)[0].n_people == 50
    with pytest.raises(LinkingError) as error:
        equipercentile(x[:49], y[:49], BPRS, PANSS)
    assert (error.value.reason, error.value.params) == ("too_few_people", {"n": 49, "least": 50})


def test_a_scale_of_few_levels_is_smoothed_less() -> None:
    generator = np.random.default_rng(2)
    level = generator.integers(2, 8, size=200)
    total = 25 + 12 * level + generator.integers(-8, 9, size=200)
    link, _ = equipercentile(level, total, ScoreRange(1, 7), PANSS, replicates=60)

    assert link.degrees == (4, 5)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1.0] * 60, [2.0] * 59, "unequal_lengths"),
        ([1.5] * 60, [2.0] * 60, "not_whole"),
        ([float("nan")] * 60, [2.0] * 60, "not_whole"),
        ([11.0] * 60, [2.0] * 60, "beyond_range"),
        ([-1.0] * 60, [2.0] * 60, "beyond_range"),
        ([1.0, 2.0, 3.0] * 20, [1.0, 2.0, 3.0, 4.0] * 15, "too_few_scores"),
    ],
)
def test_pairs_that_cannot_be_linked_are_refused_with_the_reason(
    x: list[float], y: list[float], reason: str
) -> None:
    with pytest.raises(LinkingError) as error:
        equipercentile(x, y, TEN, TEN, replicates=100)
    assert error.value.reason == reason
