"""The mixture: its arithmetic against plain sums, its fits against planted truth, its refusals."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrs.stats.ordinal_mixture import (
    Choosing,
    Effort,
    Items,
    Mixture,
    MixtureError,
    adjusted_rand,
    as_items,
    choose,
    choose_classes,
    fit_mixture,
    from_json,
    simulate,
)
from opentrs.stats.ordinal_mixture.climb import climb
from opentrs.stats.ordinal_mixture.latent_class import LatentClassKernel
from opentrs.stats.ordinal_mixture.severity import (
    NODE_SHARES,
    NODES,
    PRIOR_SD,
    Parts,
    SeverityKernel,
    cumulative,
    scoring_step,
    step_chances,
)

QUICK = Effort(starts=8, short_steps=8, finalists=2, tolerance=1e-7)
FEW = Choosing(most_classes=4, bootstraps=19, splits=3, effort=QUICK)
FORMS = ("severity", "categorical")


def planted(
    n_people: int, n_items: int, shift: float, seed: int, slope: float = 0.8, missing: float = 0.05
) -> tuple[Items, np.ndarray]:
    """Three groups, each higher on its own third of the items; five steps; one severity for everybody."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n_people)
    own = np.arange(n_items) % 3 == group[:, None]
    place = shift * own + slope * rng.normal(size=n_people)[:, None] + rng.logistic(size=(n_people, n_items))
    codes = (place[..., None] > np.array([-1.0, 0.0, 1.0, 2.5])).sum(axis=2)
    codes = np.where(rng.random(codes.shape) < missing, -1, codes)
    return Items(codes, (5,) * n_items), group


@pytest.fixture(scope="module")
def three() -> tuple[Items, np.ndarray, Mixture]:
    items, group = planted(400, 12, 2.5, seed=1)
    return items, group, fit_mixture(items, 3, seed=1, effort=QUICK)


def test_ratings_are_coded_from_the_lowest_step_and_blanks_stay_blank() -> None:
    items = as_items([[1, 0], [7, np.nan]], lowest=[1, 0], highest=[7, 5])
    assert items.codes.tolist() == [[0, 0], [6, -1]]
    assert items.n_categories == (7, 6)
    assert items.one_hot().sum() == 3


@pytest.mark.parametrize("rating", [0.0, 8.0, 2.5, math.inf])
def test_a_rating_off_its_scale_is_refused_and_its_column_named(rating: float) -> None:
    with pytest.raises(MixtureError, match="item columns 1"):
        as_items([[3, 3], [3, rating]], lowest=[1, 1], highest=[7, 7])


@pytest.mark.parametrize(
    ("values", "low", "high"), [([[1.0]], [1, 1], [7, 7]), ([1.0], [1], [7]), ([[1.0]], [1], [1])]
)
def test_a_table_without_its_ranges_is_refused(values: list, low: list, high: list) -> None:
    with pytest.raises(MixtureError):
        as_items(values, low, high)


@pytest.mark.parametrize("n_classes", [1, 3])
def test_no_em_step_goes_down(n_classes: int) -> None:
    items, _ = planted(150, 6, 2.0, seed=2, missing=0.2)
    rng = np.random.default_rng(0)
    kernel = SeverityKernel(items, n_classes)
    at = kernel.start(
        np.full((2, n_classes), 1 / n_classes),
        rng.normal(size=(2, 6, n_classes)) * 2,
        kernel.marginal_thresholds(),
        np.full(6, 0.5),
    )
    plain = LatentClassKernel(items, n_classes)
    start = plain.start(rng.dirichlet(np.ones(n_classes), size=(2, 150)))
    for model, parameters in ((kernel, at), (plain, start)):
        before = np.full(2, -np.inf)
        for _ in range(40):
            parameters, here = model.step(parameters)
            assert (here >= before - 1e-8).all()
            before = here


def test_the_scoring_step_solves_the_equations_of_numeric_derivatives() -> None:
    rng = np.random.default_rng(3)
    parts = Parts(
        np.log(np.full((1, 2), 0.5)),
        np.sort(rng.normal(size=(1, 1, 3)), axis=2),
        rng.normal(size=(1, 1, 2)),
        rng.normal(size=(1, 1)),
    )
    counts = rng.random((1, 1, 4, 2, len(NODES))) * 9
    # Expected people of each cell, so that the information is that of the counts themselves.
    counts = step_chances(cumulative(parts)) * counts.sum(axis=2, keepdims=True)
    counts[:, :, 1] += 0.001
    flat = np.concatenate([parts.thresholds[0, 0], parts.shifts[0, 0], parts.slopes[0]])

    def gain(at: np.ndarray) -> float:
        here = Parts(parts.shares, at[None, None, :3], at[None, None, 3:5], at[None, 5:])
        spread = (at[3:] ** 2).sum() / (2 * PRIOR_SD**2)
        return float((counts * np.log(step_chances(cumulative(here)))).sum() - spread)

    eye, h = np.eye(6), 1e-4
    slope = np.array([(gain(flat + h * e) - gain(flat - h * e)) / (2 * h) for e in eye])
    bend = np.array(
        [
            [
                (
                    gain(flat + h * (e + f))
                    - gain(flat + h * (e - f))
                    - gain(flat - h * (e - f))
                    + gain(flat - h * (e + f))
                )
                / (4 * h * h)
                for f in eye
            ]
            for e in eye
        ]
    )
    step = scoring_step(parts, cumulative(parts), counts, np.ones((1, 3), dtype=bool))[0, 0]
    assert step == pytest.approx(np.linalg.solve(-bend, slope), rel=2e-3, abs=2e-4)


def test_probabilities_are_those_of_a_sum_over_classes_and_severities_written_out(three) -> None:
    items, _, model = three
    person = items.codes[7]
    joint = []
    for k in range(3):
        total = 0.0
        for share, t in zip(NODE_SHARES, NODES, strict=True):
            product = share
            for j, code in enumerate(person):
                if code < 0:
                    continue
                place = model.shifts[j, k] + model.slopes[j] * t
                below = [0.0, *(1 / (1 + math.exp(place - tau)) for tau in model.thresholds[j]), 1.0]
                product *= below[code + 1] - below[code]
            total += product
        joint.append(model.shares[k] * total)
    found = model.membership(items)
    assert found.probability[7] == pytest.approx(np.array(joint) / sum(joint), abs=1e-9)
    assert found.log_likelihood[7] == pytest.approx(math.log(sum(joint)), abs=1e-8)
    assert found.log_likelihood.sum() == pytest.approx(model.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_planted_groups_are_found_again(form: str) -> None:
    items, group = planted(400, 12, 3.0, seed=4, slope=0.0)
    model = fit_mixture(items, 3, seed=1, form=form, effort=QUICK)
    assert adjusted_rand(group, model.membership(items).most_probable) > 0.85
    assert sorted(model.shares) == pytest.approx(sorted(np.bincount(group) / 400), abs=0.06)


def test_slopes_and_shifts_are_those_that_were_planted() -> None:
    items, _ = planted(3000, 9, 2.0, seed=5, slope=1.0)
    model = fit_mixture(items, 3, seed=1, effort=QUICK)
    assert model.slopes == pytest.approx(np.ones(9), abs=0.2)
    spread = model.shifts.max(axis=1) - model.shifts.min(axis=1)
    assert spread == pytest.approx(np.full(9, 2.0), abs=0.45)


def test_severity_alone_makes_no_classes_though_the_categorical_form_sees_some() -> None:
    items, _ = planted(300, 10, 0.0, seed=6, slope=1.5)
    choice = choose_classes(items, seed=1, choosing=FEW)
    assert choice.chosen.n_classes == 1
    blind = [fit_mixture(items, k, seed=1, form="categorical", effort=QUICK).bic for k in (1, 2)]
    assert blind[1] < blind[0]


def test_permuted_items_make_no_classes() -> None:
    items, _ = planted(300, 10, 2.5, seed=7)
    rng = np.random.default_rng(1)
    shuffled = np.column_stack([rng.permutation(column) for column in items.codes.T])
    choice = choose_classes(Items(shuffled, items.n_categories), seed=1, choosing=FEW)
    assert choice.chosen.n_classes == 1
    assert choice.candidates[1].blrt_p is not None
    assert choice.candidates[1].blrt_p > 0.05


def test_the_planted_number_of_classes_is_chosen_tested_and_stable() -> None:
    items, _ = planted(400, 12, 3.0, seed=8)
    choice = choose_classes(items, seed=1, choosing=FEW)
    row = choice.chosen_candidate
    assert row.n_classes == choice.chosen.n_classes == 3
    assert row.blrt_p == 1 / 20
    assert row.stability_low <= row.stability <= row.stability_high
    assert row.stability > 0.6
    assert row.n_splits == 3
    assert choice.candidates[3].blrt_p > 0.05
    assert [one.n_classes for one in choice.candidates] == [1, 2, 3, 4]
    # More classes never fit worse, and BIC asks each parameter for its worth.
    fits = [one.model.log_likelihood for one in choice.candidates]
    assert fits == sorted(fits)
    one = choice.candidates[0].model
    assert one.n_parameters == 12 * 4 + 12
    assert choice.chosen.n_parameters == 2 + 12 * 4 + 12 * 2 + 12
    assert one.bic == pytest.approx(one.n_parameters * math.log(400) - 2 * one.log_likelihood)


def test_the_bootstrap_test_can_take_back_what_bic_chose(monkeypatch) -> None:
    items, _ = planted(300, 9, 2.5, seed=9)
    monkeypatch.setattr("opentrs.stats.ordinal_mixture.choose.bootstrap_p", lambda *_: 0.5)
    choice = choose_classes(items, seed=1, choosing=FEW)
    assert choice.chosen.n_classes == 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_people_and_items_changes_nothing(seed: int) -> None:
    items, _ = planted(90, 6, 2.5, seed=seed % 97)
    rng = np.random.default_rng(seed)
    people, columns = rng.permutation(90), rng.permutation(6)
    moved = Items(items.codes[np.ix_(people, columns)], items.n_categories)
    for form in FORMS:
        here = fit_mixture(items, 3, seed=1, form=form, effort=QUICK)
        there = fit_mixture(moved, 3, seed=1, form=form, effort=QUICK)
        assert there.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-12)
        assert there.chances == pytest.approx(here.chances[columns], abs=1e-9)
        moved_probability = there.membership(moved).probability
        assert moved_probability == pytest.approx(here.membership(items).probability[people], abs=1e-9)


def test_the_order_of_people_and_items_changes_no_choice() -> None:
    items, _ = planted(200, 9, 3.0, seed=12)
    rng = np.random.default_rng(3)
    people, columns = rng.permutation(200), rng.permutation(9)
    moved = Items(items.codes[np.ix_(people, columns)], items.n_categories)
    here, there = (choose_classes(each, seed=5, choosing=FEW) for each in (items, moved))
    assert [row.blrt_p for row in here.candidates] == [row.blrt_p for row in there.candidates]
    assert [row.stability for row in here.candidates] == [row.stability for row in there.candidates]
    assert there.chosen.chances == pytest.approx(here.chosen.chances[columns], abs=1e-9)


def test_classes_stand_from_the_mildest_on_and_severity_points_upward(three) -> None:
    _, _, model = three
    level = model.expected().sum(axis=0)
    assert (np.diff(level) >= 0).all()
    assert model.slopes.sum() > 0


def test_a_person_nobody_rated_gets_the_shares_and_a_flag(three) -> None:
    _, _, model = three
    table = np.full((2, 12), np.nan)
    table[1, 0] = 4
    found = model.predict(table)
    assert found.is_prior.tolist() == [True, False]
    assert found.probability[0] == pytest.approx(model.shares)
    assert found.log_likelihood[0] == 0
    assert found.probability[1] != pytest.approx(model.shares, abs=1e-3)


def test_people_without_any_rating_do_not_change_the_fit() -> None:
    items, _ = planted(120, 6, 2.5, seed=10)
    more = Items(np.vstack([items.codes, np.full((9, 6), -1)]), items.n_categories)
    here, there = (fit_mixture(each, 2, seed=1, effort=QUICK) for each in (items, more))
    assert there.n_people == 120
    assert there.log_likelihood == here.log_likelihood


def test_new_people_are_predicted_by_name_of_item_on_the_items_own_scale() -> None:
    items, _ = planted(120, 6, 2.5, seed=11)
    names = ("P1", "P3", "N1", "N2", "G9", "G6")
    model = fit_mixture(items, 3, seed=1, effort=QUICK, item_names=names, lowest=(1,) * 6)
    table = np.where(items.codes < 0, np.nan, items.codes + 1.0)
    expected = model.membership(items).probability
    other = np.column_stack([np.zeros(120), table[:, ::-1]])
    assert model.predict(table).probability == pytest.approx(expected)
    assert model.predict(other, ("age", *names[::-1])).probability == pytest.approx(expected)
    with pytest.raises(MixtureError, match="G6"):
        model.predict(table[:, :5], names[:5])
    with pytest.raises(MixtureError, match="outside their range"):
        model.predict(np.full((1, 6), 6.0))


def test_expected_ratings_are_means_on_the_scale_of_the_item(three) -> None:
    items, _, model = three
    rated = np.where(items.codes < 0, np.nan, items.codes)
    assert model.expected() @ model.shares == pytest.approx(np.nanmean(rated, axis=0), abs=0.1)


def test_entropy_is_one_for_certainty_and_nothing_for_one_class() -> None:
    apart, _ = planted(200, 12, 12.0, seed=13, slope=0.1)
    model = fit_mixture(apart, 3, seed=1, effort=QUICK)
    assert model.membership(apart).entropy == pytest.approx(1, abs=1e-3)
    assert fit_mixture(apart, 1, seed=1).membership(apart).entropy is None
    together, _ = planted(200, 12, 0.8, seed=13)
    doubtful = fit_mixture(together, 2, seed=1, effort=QUICK).membership(together)
    shares = doubtful.probability
    by_hand = 1 + (shares * np.log(shares)).sum() / (200 * math.log(2))
    assert doubtful.entropy == pytest.approx(by_hand)


@pytest.mark.parametrize("form", FORMS)
def test_a_model_read_back_from_json_predicts_the_same(form: str) -> None:
    items, _ = planted(100, 6, 2.5, seed=14)
    model = fit_mixture(items, 2, seed=1, form=form, effort=QUICK)
    again = from_json(model.to_json())
    assert again.to_json() == model.to_json()
    assert (again.membership(items).probability == model.membership(items).probability).all()
    with pytest.raises(ValueError, match="read-only"):
        again.shares[0] = 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"shares": [0.5, 0.6]},
        {"shares": [1.0]},
        {"chances": [[1.0]]},
        {"lowest": [0]},
        {"surplus": 1},
        {"shares": ["a", "b"]},
    ],
)
def test_json_that_is_no_model_is_refused(change: dict) -> None:
    items, _ = planted(60, 4, 2.5, seed=15)
    fields = json.loads(fit_mixture(items, 2, seed=1, effort=QUICK).to_json()) | change
    with pytest.raises(MixtureError, match="not a model"):
        from_json(json.dumps(fields))
    for text in ("", "[]", "null", "{}"):
        with pytest.raises(MixtureError):
            from_json(text)


@pytest.mark.parametrize("form", FORMS)
def test_a_search_that_cannot_end_is_an_error_and_never_a_number(form: str) -> None:
    items, _ = planted(100, 6, 1.0, seed=16)
    hasty = Effort(starts=2, short_steps=2, finalists=1, tolerance=1e-15, max_steps=2)
    with pytest.raises(MixtureError, match="no start converged within 2 steps"):
        fit_mixture(items, 2, seed=1, form=form, effort=hasty)


def test_a_number_of_classes_that_fails_is_kept_with_its_reason(monkeypatch) -> None:
    items, _ = planted(150, 6, 0.0, seed=17)
    real = choose.fit_mixture

    def fails_at_two(data: Items, n_classes: int, *rest: object) -> Mixture:
        if n_classes == 2:
            raise MixtureError("no luck")
        return real(data, n_classes, *rest)

    monkeypatch.setattr(choose, "fit_mixture", fails_at_two)
    choice = choose_classes(items, seed=1, choosing=Choosing(most_classes=3, splits=0, effort=QUICK))
    assert choice.candidates[1].model is None
    assert choice.candidates[1].failure == "no luck"
    assert choice.candidates[1].blrt_p is None
    assert choice.chosen.n_classes == 1


@pytest.mark.parametrize(
    ("codes", "n_classes", "complaint"),
    [
        (np.full((50, 3), -1), 1, "too few"),
        (np.zeros((2, 3), dtype=int), 3, "too few"),
        (np.zeros((50, 3), dtype=int), 0, "at least one class"),
        (np.column_stack([np.zeros((50, 2), dtype=int), np.full(50, -1)]), 2, "columns 2"),
    ],
)
def test_what_cannot_be_fitted_is_refused(codes: np.ndarray, n_classes: int, complaint: str) -> None:
    with pytest.raises(MixtureError, match=complaint):
        fit_mixture(Items(codes, (4,) * 3), n_classes, seed=1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_people_all_alike_give_finite_numbers(form: str, n_classes: int) -> None:
    items = Items(np.zeros((40, 5), dtype=np.int64), (7, 2, 3, 7, 6))
    model = fit_mixture(items, n_classes, seed=1, form=form, effort=QUICK)
    found = model.membership(items)
    assert np.isfinite(found.probability).all()
    assert np.isfinite(model.log_likelihood)
    assert found.probability.sum(axis=1) == pytest.approx(np.ones(40))
    assert np.isfinite(model.chances).all()


def test_steps_nobody_was_given_can_still_be_predicted() -> None:
    items, _ = planted(100, 6, 2.0, seed=18)
    wide = Items(items.codes, (7,) * 6)
    model = fit_mixture(wide, 2, seed=1, effort=QUICK)
    highest = model.predict(np.full((1, 6), 6.0))
    assert np.isfinite(highest.log_likelihood).all()
    assert highest.probability.sum() == pytest.approx(1)
    assert (model.chances > 0).all()


def test_a_number_of_classes_with_an_empty_one_is_not_chosen(monkeypatch) -> None:
    items, _ = planted(200, 9, 3.0, seed=22)
    real = choose.fit_mixture

    def empty_at_three(data: Items, n_classes: int, *rest: object) -> Mixture:
        return replace(real(data, n_classes, *rest), n_empty=int(n_classes == 3))

    plain = Choosing(most_classes=3, bootstraps=0, splits=0, effort=QUICK)
    assert choose_classes(items, seed=1, choosing=plain).chosen.n_classes == 3
    monkeypatch.setattr(choose, "fit_mixture", empty_at_three)
    assert choose_classes(items, seed=1, choosing=plain).chosen.n_classes == 2


def test_a_class_of_less_than_one_person_counts_as_empty() -> None:
    items, _ = planted(60, 3, 1.0, seed=24)
    model = fit_mixture(items, 9, seed=1, form="categorical", effort=QUICK)
    assert model.n_empty == int((model.shares * 60 < 1).sum())


def test_simulated_people_are_rated_where_they_were_and_as_often_as_the_model_says() -> None:
    items, _ = planted(200, 6, 2.0, seed=19)
    model = fit_mixture(items, 2, seed=1, effort=QUICK)
    rated = np.ones((20000, 6), dtype=bool)
    rated[:5000, 0] = False
    copy = simulate(model, rated, np.random.default_rng(1))
    assert (copy.is_rated == rated).all()
    assert copy.codes[5000:].mean(axis=0) == pytest.approx(model.expected() @ model.shares, abs=0.05)


def test_the_seed_decides_the_starts_and_the_same_seed_gives_the_same_bytes() -> None:
    items, _ = planted(100, 6, 1.0, seed=20)
    first, again, other = (fit_mixture(items, 3, seed, effort=QUICK).to_json() for seed in (7, 7, 8))
    assert first == again
    assert other != first


def test_squared_steps_end_where_plain_steps_end() -> None:
    items, _ = planted(150, 6, 2.0, seed=21)
    kernel = LatentClassKernel(items, 2)
    start = kernel.start(np.random.default_rng(0).dirichlet(np.ones(2), size=(1, 150)))
    end = climb(kernel, start, 1e-12, 5000)
    plain = start
    for _ in range(3000):
        plain, at = kernel.step(plain)
    assert end.objective[0] == pytest.approx(at[0], abs=1e-6)
    assert end.n_steps[0] < 1500


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([0, 0, 1, 1], [1, 1, 0, 0], 1.0),
        ([0, 0, 1, 2], [0, 0, 1, 1], 4 / 7),
        ([0, 0, 1, 1], [0, 1, 0, 1], -0.5),
        ([0, 0, 0], [5, 5, 5], 1.0),
    ],
)
def test_the_adjusted_rand_index_is_that_of_its_paper(
    first: list[int], second: list[int], expected: float
) -> None:
    assert adjusted_rand(first, second) == pytest.approx(expected)
    assert adjusted_rand(second, first) == pytest.approx(expected)


def test_groupings_of_different_people_cannot_agree() -> None:
    with pytest.raises(ValueError, match="same people"):
        adjusted_rand([0, 1], [0, 1, 1])
