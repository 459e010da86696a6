"""Small-study effects: found where they were put in, silent about what cannot be told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from opentrs.stats.meta import MetaAnalysisError, pool
from opentrs.stats.meta.bias import begg, egger, egger_random, harbord, peese, pet, peters
from opentrs.stats.meta.selection import selection_model
from opentrs.stats.meta.trim_and_fill import trim_and_fill

ERRORS = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55])
# Two wobbles that are out of step with the standard errors.
NOISE = np.array([1, -1, -1, 1, 1, -1, -1, 1, 1, -1]) * 0.01


@pytest.mark.parametrize("test", [egger, egger_random, pet])
def test_an_effect_that_grows_with_the_standard_error_is_found_with_its_limit(test: Any) -> None:
    found = test(0.2 + 1.5 * ERRORS + NOISE, ERRORS**2)
    assert float(found.slope) == pytest.approx(1.5, abs=0.1)
    assert float(found.limit) == pytest.approx(0.2, abs=0.02)
    assert float(found.p_value) < 0.02
    low, high = found.limit_interval()
    assert low < 0.2 < high
    assert (found.n_studies, found.few_studies) == (10, False)


def test_peese_finds_the_limit_of_an_effect_that_grows_with_the_variance() -> None:
    found = peese(0.2 + 2 * ERRORS**2 + NOISE, ERRORS**2)
    assert float(found.limit) == pytest.approx(0.2, abs=0.02)


def test_egger_is_the_regression_of_standardised_effects_on_precision() -> None:
    effects = 0.3 + NOISE * 20
    design = np.column_stack([np.ones(10), 1 / ERRORS])
    b, rss, *_ = np.linalg.lstsq(design, effects / ERRORS, rcond=None)
    error = np.sqrt(rss[0] / 8 * np.linalg.inv(design.T @ design)[0, 0])
    found = egger(effects, ERRORS**2)
    assert float(found.statistic) == pytest.approx(b[0] / error)
    assert float(found.limit) == pytest.approx(b[1])


@pytest.mark.parametrize("test", [egger, begg, pet, peese])
def test_two_studies_are_too_few_and_a_missing_effect_is_named(test: Any) -> None:
    with pytest.raises(MetaAnalysisError, match="three studies"):
        test(ERRORS[:2], ERRORS[:2] ** 2)
    assert test(ERRORS[:3] + NOISE[:3], ERRORS[:3] ** 2).few_studies


def test_studies_of_one_size_cannot_be_compared_and_gaps_are_refused() -> None:
    with pytest.raises(MetaAnalysisError, match="same precision"):
        egger(NOISE, np.full(10, 0.04))
    with pytest.raises(MetaAnalysisError, match="of every study"):
        egger(np.where(ERRORS > 0.5, np.nan, ERRORS), ERRORS**2)


def test_many_funnels_at_once_are_each_of_them_alone() -> None:
    effects = np.stack([0.3 + NOISE * factor + ERRORS * factor / 5 for factor in range(1, 5)])
    together = egger(effects, np.tile(ERRORS**2, (4, 1)))
    alone = [float(egger(row, ERRORS**2).p_value) for row in effects]
    assert together.p_value == pytest.approx(np.array(alone))


def test_begg_counts_pairs_that_go_together() -> None:
    found = begg(0.2 + 1.5 * ERRORS, ERRORS**2)
    assert float(found.statistic) == pytest.approx(1)
    assert float(found.p_value) < 1e-5
    assert float(begg(0.2 - 1.5 * ERRORS, ERRORS**2).statistic) == pytest.approx(-1)


@pytest.mark.parametrize("nobody", [(0, 0), (30, 30)])
def test_trials_in_which_nobody_or_everybody_responded_change_no_test_of_odds(
    nobody: tuple[int, int],
) -> None:
    events1, events2 = [4, 9, 12, 20], [8, 12, 20, 22]
    size = [20, 30, 50, 90]
    effect = np.log([1.0, 1.5, 0.8, 1.2])
    more = ([*events1, nobody[0]], [*size, 30], [*events2, nobody[1]], [*size, 30])
    plain = harbord(events1, size, events2, size)
    assert float(harbord(*more).statistic) == pytest.approx(float(plain.statistic))
    assert harbord(*more).n_studies == 4
    plain = peters(effect, events1, size, events2, size)
    beside = peters([*effect, np.nan], *more)
    assert [float(beside.statistic), float(beside.df)] == pytest.approx([float(plain.statistic), 2])


def test_a_symmetric_funnel_is_left_as_it_is() -> None:
    effects = 0.5 + np.array([0, 0.1, -0.1, 0.2, -0.2, 0.3, -0.3])
    found = trim_and_fill(effects, np.array([1, 2, 2, 3, 3, 4, 4]) / 100, "fixed", side="left")
    assert (found.n_filled, found.effects.size) == (0, 0)
    assert found.estimate == pytest.approx(0.5)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_half_a_funnel_is_filled_with_its_mirror_image(sign: int, estimator: Any) -> None:
    effects = sign * np.array([0.50, 0.48, 0.53, 0.60, 0.9, 1.1, 1.3, 1.5])
    variances = np.array([1, 1, 1, 2, 9, 12, 15, 20]) / 100
    found = trim_and_fill(effects, variances, "fixed", estimator)
    assert found.side == ("left" if sign > 0 else "right")
    assert found.n_filled >= 3
    raw = float(pool(effects, variances, "fixed").estimate)
    assert sign * found.estimate < sign * raw
    # Each filled study is as far from the centre as the one it mirrors, and as precise.
    centre = (found.effects + sign * np.sort(sign * effects)[-found.n_filled :]) / 2
    assert centre == pytest.approx(np.full(found.n_filled, centre[0]))
    assert found.variances.tolist() == variances[-found.n_filled :].tolist()


def test_selection_is_found_where_the_unfavourable_were_left_out() -> None:
    rng = np.random.default_rng(11)
    errors = rng.uniform(0.1, 0.4, 2000)
    effects = rng.normal(0.1, np.sqrt(errors**2 + 0.02))
    significant = effects / errors > 1.96
    shown = significant | (rng.random(2000) < 0.2)
    found = selection_model(effects[shown], errors[shown] ** 2)
    assert found.identified
    assert found.relative_probability == pytest.approx(0.2, abs=0.08)
    assert found.ci_low < 0.1 < found.ci_high
    assert found.p_value < 1e-6
    assert float(pool(effects[shown], errors[shown] ** 2).estimate) > 0.2


def test_selection_cannot_be_told_where_all_studies_lie_on_one_side() -> None:
    assert not selection_model(3 + NOISE, ERRORS**2).identified
    assert not selection_model(-3 + NOISE, ERRORS**2).identified
    with pytest.raises(MetaAnalysisError, match="three studies"):
        selection_model(ERRORS[:2], ERRORS[:2])
