"""Growth mixtures: against an independent likelihood, on planted classes, and refused without data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from opentrs.stats.growth_choice import bootstrap_p, choose_classes
from opentrs.stats.growth_data import GrowthData, growth_data, scaling, sums
from opentrs.stats.growth_em import Parameters, expectation, maximisation
from opentrs.stats.growth_information import _gradient, _pack, _unpack
from opentrs.stats.growth_mixture import GrowthMixture, fit_growth_mixture, simulate_values
from opentrs.stats.refusal import CannotFitError

WEEKS = np.array([0.0, 1, 2, 4, 6, 8])


def planted(
    people: int = 120, seed: int = 1, classes: int = 2, kept: float = 0.8
) -> tuple[GrowthData, np.ndarray]:
    """People who fall by 40 points in eight weeks, and people who fall by 8; a fifth of the visits missed."""
    rng = np.random.default_rng(seed)
    member = rng.integers(0, classes, people)
    rows = []
    for person in range(people):
        shift = rng.normal(0, 5)
        for week in WEEKS:
            if week == 0 or rng.random() < kept:
                mean = 60 - (5.0 if member[person] == 0 else 1.0) * week
                rows.append((f"P{person:03d}", week, mean + shift + rng.normal(0, 4)))
    names, times, values = zip(*rows, strict=True)
    return growth_data(names, times, values), member


def by_hand(data: GrowthData, fitted: GrowthMixture) -> float:
    """Log-likelihood from whole covariance matrices, person by person."""
    total = 0.0
    for person in range(data.n_people):
        rows = data.person == person
        n = int(rows.sum())
        covariance = fitted.residual_sd**2 * np.eye(n) + fitted.intercept_sd**2
        means = fitted.mean_at(data.time[rows])
        total += np.log(
            sum(
                share * stats.multivariate_normal.pdf(data.value[rows], mean, covariance)
                for share, mean in zip(fitted.shares, means, strict=True)
            )
        )
    return float(total)


@pytest.mark.parametrize("random_intercept", [True, False])
@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_the_likelihood_is_that_of_whole_covariance_matrices(n_classes: int, random_intercept: bool) -> None:
    data, _ = planted()
    fitted = fit_growth_mixture(data, n_classes, random_intercept=random_intercept)
    assert fitted.log_likelihood == pytest.approx(by_hand(data, fitted), abs=1e-6)
    assert (fitted.intercept_sd > 0) == random_intercept


def test_one_class_reaches_the_maximum_a_general_optimiser_finds() -> None:
    data, _ = planted(30)

    def badness(vector: np.ndarray) -> float:
        total = 0.0
        for person in range(data.n_people):
            rows = data.person == person
            t = data.time[rows] / 8
            covariance = np.exp(vector[3]) * np.eye(rows.sum()) + np.exp(vector[4])
            mean = vector[0] + vector[1] * t + vector[2] * t**2
            total -= stats.multivariate_normal.logpdf(data.value[rows], mean, covariance)
        return float(total)

    best = optimize.minimize(badness, [60, -20, 0, 3, 3], method="BFGS")
    fitted = fit_growth_mixture(data, 1)
    assert fitted.log_likelihood == pytest.approx(-best.fun, abs=1e-4)
    assert fitted.log_likelihood >= -best.fun - 1e-5
    assert fitted.mean_at([8.0])[0, 0] == pytest.approx(best.x[:3].sum(), abs=1e-2)


def test_no_step_of_the_expectation_maximisation_lowers_the_likelihood() -> None:
    data, _ = planted()
    added = sums(data, scaling(data), 2)
    rng = np.random.default_rng(4)
    at = Parameters(np.full((6, 3), 1 / 3), rng.normal(0, 1, (6, 3, 3)), np.ones(6), np.full(6, 0.5))
    posterior, before = expectation(added, at)
    for step in range(30):
        at = maximisation(added, posterior, at, intercept=True, wide=step == 0)
        posterior, now = expectation(added, at)
        assert (now >= before - 1e-8).all()
        before = now


def test_the_derivatives_are_those_of_the_likelihood() -> None:
    data, _ = planted(40)
    added = sums(data, scaling(data), 2)
    rng = np.random.default_rng(2)
    at = Parameters(np.array([[0.3, 0.7]]), rng.normal(0, 1, (1, 2, 3)), np.array([0.6]), np.array([0.8]))
    vector = _pack(at)
    found = _gradient(added, at, vector)
    for j in range(len(vector)):
        shift = np.zeros_like(vector)
        shift[j] = 1e-5
        up = expectation(added, _unpack(vector + shift, at))[1][0]
        down = expectation(added, _unpack(vector - shift, at))[1][0]
        assert found[j] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-4)


def test_planted_classes_are_found_with_their_curves_their_shares_and_their_people() -> None:
    data, member = planted(200)
    fitted = fit_growth_mixture(data, 2)
    assert fitted.mean_at([8.0])[:, 0] == pytest.approx([20, 52], abs=2)
    assert fitted.residual_sd == pytest.approx(4, abs=0.4)
    assert fitted.intercept_sd == pytest.approx(5, abs=0.8)
    share = fitted.share_intervals()[0]
    assert share.low is not None
    assert share.high is not None
    assert share.low < np.mean(member == 0) < share.high
    order = [int(name[1:]) for name in data.people]
    assert np.mean(fitted.posterior(data).argmax(axis=1) == member[order]) > 0.97


def test_the_class_that_falls_most_comes_first_whatever_the_seed() -> None:
    data, _ = planted()
    for seed in (1, 2, 3):
        fitted = fit_growth_mixture(data, 3, seed=seed)
        change = fitted.mean_at([8.0])[:, 0] - fitted.mean_at([0.0])[:, 0]
        assert list(change) == sorted(change)


def test_the_same_seed_gives_the_same_numbers_and_the_order_of_rows_does_not_matter() -> None:
    data, _ = planted()
    first, again = fit_growth_mixture(data, 2), fit_growth_mixture(data, 2)
    assert first.log_likelihood == again.log_likelihood
    assert np.array_equal(first.parameters.beta, again.parameters.beta)
    order = np.random.default_rng(0).permutation(len(data.time))
    names = [data.people[code] for code in data.person[order]]
    mixed = fit_growth_mixture(growth_data(names, data.time[order], data.value[order]), 2)
    assert mixed.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-3)


def test_another_unit_changes_the_numbers_by_that_unit_only() -> None:
    data, _ = planted()
    plain = fit_growth_mixture(data, 2)
    other = fit_growth_mixture(
        growth_data([data.people[i] for i in data.person], data.time * 7, data.value * 10), 2
    )
    assert other.shares == pytest.approx(plain.shares, abs=1e-4)
    assert other.residual_sd == pytest.approx(10 * plain.residual_sd, rel=1e-4)
    assert other.log_likelihood == pytest.approx(
        plain.log_likelihood - len(data.value) * np.log(10), abs=1e-3
    )


def test_somebody_seen_once_counts_and_is_given_probabilities() -> None:
    data, _ = planted(80)
    fitted = fit_growth_mixture(data, 2)
    new = growth_data(["low", "high", "first"], [8.0, 8.0, 0.0], [18.0, 54.0, 60.0])
    posterior = fitted.posterior(new)
    assert posterior.sum(axis=1) == pytest.approx(1)
    assert posterior[0, 0] > 0.99
    assert posterior[1, 1] > 0.99
    assert posterior[2, 0] == pytest.approx(fitted.shares[0], abs=0.1)


def test_a_missing_value_is_no_value_and_nobody_becomes_nan() -> None:
    data, _ = planted(60)
    value = data.value.copy()
    value[::7] = np.nan
    fitted = fit_growth_mixture(growth_data([data.people[i] for i in data.person], data.time, value), 2)
    assert fitted.n_values == int(np.isfinite(value).sum())
    assert np.isfinite(fitted.posterior(data)).all()
    assert np.isfinite(fitted.log_likelihood)


def test_two_planted_classes_are_chosen_and_one_class_is_left_alone() -> None:
    two, _ = planted(150)
    choice = choose_classes(two, 3, draws=19)
    assert choice.n_classes == 2
    assert choice.candidates[1].p_value == 0.05
    assert choice.candidates[0].p_value is None
    one, _ = planted(150, classes=1)
    assert choose_classes(one, 3, draws=19).n_classes == 1


def test_a_class_with_too_few_people_is_not_chosen() -> None:
    data, _ = planted(150)
    choice = choose_classes(data, 2, draws=19, smallest_class_people=100)
    assert choice.n_classes == 1
    assert not choice.candidates[1].admissible
    assert choice.candidates[1].smallest_people < 100


def test_the_bootstrap_lowers_a_number_the_information_criterion_overstates() -> None:
    """One class drawn, two fitted: the ratio is an ordinary one under one class."""
    one, _ = planted(80, classes=1)
    p_value = bootstrap_p(one, fit_growth_mixture(one, 1), fit_growth_mixture(one, 2), draws=19)
    assert p_value > 0.05
    assert (p_value * 20) == pytest.approx(round(p_value * 20))


def test_drawn_data_look_like_the_model_they_were_drawn_from() -> None:
    data, _ = planted(200)
    fitted = fit_growth_mixture(data, 2)
    drawn = simulate_values(fitted, data, np.random.default_rng(3))
    assert np.array_equal(drawn.time, data.time)
    again = fit_growth_mixture(drawn, 2)
    assert again.mean_at([0.0, 8.0]) == pytest.approx(fitted.mean_at([0.0, 8.0]), abs=3)
    assert again.residual_sd == pytest.approx(fitted.residual_sd, rel=0.1)


def test_counts_of_parameters_and_the_criterion() -> None:
    data, _ = planted(60)
    fitted = fit_growth_mixture(data, 3, degree=2)
    assert fitted.n_parameters == 2 + 9 + 2
    assert fitted.bic == pytest.approx(-2 * fitted.log_likelihood + 13 * np.log(60))
    assert fit_growth_mixture(data, 2, degree=1, random_intercept=False).n_parameters == 1 + 4 + 1
    assert 0 <= fitted.entropy <= 1
    assert fit_growth_mixture(data, 1).entropy == 1


def test_curves_have_intervals_that_hold_them_and_grow_outside_the_visits() -> None:
    data, _ = planted()
    fitted = fit_growth_mixture(data, 2)
    ends = fitted.mean_interval([0.0, 8.0, 16.0])
    assert ends is not None
    low, high = ends
    assert (low < fitted.mean_at([0.0, 8.0, 16.0])).all()
    assert ((high - low)[:, 2] > (high - low)[:, 1]).all()
    assert fit_growth_mixture(data, 2, with_intervals=False).mean_interval([0.0]) is None
    without = fit_growth_mixture(data, 2, with_intervals=False).share_intervals()[0]
    assert without.low is None
    assert fit_growth_mixture(data, 1).share_intervals()[0].low == 1.0


REFUSED = {
    "one_visit": (["a", "b", "c", "d", "e", "f"], [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]),
    "few_times": (["a", "a", "b", "b", "c", "c"], [0, 1, 0, 1, 0, 1], [1, 2, 3, 4, 5, 6]),
    "constant_value": (["a", "a", "a", "b"], [0, 1, 2, 3], [5, 5, 5, 5]),
    "few_people": (["a", "a", "a", "b"], [0, 1, 2, 3], [5, 4, 5, 6]),
    "nothing_measured": (["a", "b"], [0, 1], [np.nan, np.nan]),
    "infinite": (["a", "b"], [0, 1], [np.inf, 1]),
}


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_data_that_do_not_carry_the_model_are_refused_with_the_reason(code: str) -> None:
    people, time, value = REFUSED[code]
    with pytest.raises(CannotFitError) as refused:
        fit_growth_mixture(growth_data(people, time, value), 1)
    assert refused.value.code == code
    assert refused.value.sentence("zh") != refused.value.sentence("en")


def test_one_person_more_than_refused_is_enough() -> None:
    """Two classes with curves of degree 0 ask for five people."""
    rows = [(person, week, person + week) for person in range(5) for week in (0.0, 1.0)]
    four, five = ([row for row in rows if row[0] < n] for n in (4, 5))
    with pytest.raises(CannotFitError):
        fit_growth_mixture(growth_data(*zip(*four, strict=True)), 2, degree=0)
    assert fit_growth_mixture(growth_data(*zip(*five, strict=True)), 2, degree=0).n_people == 5


@pytest.mark.parametrize(("degree", "classes"), [(-1, 1), (4, 1), (1, 0)])
def test_a_form_that_does_not_exist_is_refused(degree: int, classes: int) -> None:
    with pytest.raises(ValueError, match=r"degree|classes"):
        fit_growth_mixture(planted(20)[0], classes, degree=degree)


@pytest.mark.real_data
def test_severity_in_the_nimh_trial_falls_as_published_and_falls_in_classes(real_data_dir: Path) -> None:
    with (real_data_dir / "nimh_imps" / "schizophrenia.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["TxDrug"] == "1"]
    time = np.sqrt([float(row["Week"]) for row in rows])
    data = growth_data([row["id"] for row in rows], time, [float(row["imps79"]) for row in rows])
    assert data.n_people == 329
    one = fit_growth_mixture(data, 1, degree=1)
    # Raw means 5.372, 4.433, 3.802, 3.063 at weeks 0, 1, 3, 6; those who left early count in the model.
    assert one.mean_at(np.sqrt([0, 1, 3, 6]))[0] == pytest.approx([5.372, 4.433, 3.802, 3.063], abs=0.15)
    two = fit_growth_mixture(data, 2, degree=1)
    assert two.log_likelihood > one.log_likelihood
    assert np.isfinite(two.posterior(data)).all()
    change = two.mean_at([np.sqrt(6)])[:, 0] - two.mean_at([0.0])[:, 0]
    assert change[0] < change[1] < 0


@pytest.mark.real_data
def test_change_in_the_risperidone_trials_comes_in_classes_with_real_dropout(real_data_dir: Path) -> None:
    with (real_data_dir / "surrogate" / "Schizo_PANSS.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weeks = (1, 2, 4, 6, 8)
    cells = [(row["Id"], np.sqrt(week), row[f"Week{week}"]) for row in rows for week in weeks]
    names, time, text = zip(*cells, strict=True)
    data = growth_data(names, time, [float(cell) if cell else np.nan for cell in text])
    assert data.n_people > 2000
    one, two = (fit_growth_mixture(data, k, n_starts=12) for k in (1, 2))
    assert two.bic < one.bic
    assert two.mean_at([np.sqrt(8)])[0, 0] < two.mean_at([np.sqrt(8)])[1, 0]
    assert two.n_agreeing >= 1
