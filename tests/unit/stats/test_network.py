"""Networks: what must hold whatever the numbers, and each way in which one can be malformed, named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from opentrs.stats.meta import MetaAnalysisError, pool
from opentrs.stats.network.components import component_matrix, component_network
from opentrs.stats.network.contrasts import Contrasts, contrasts, pieces, study_blocks
from opentrs.stats.network.contribution import comparison_weights, contribution_matrix
from opentrs.stats.network.funnel import comparison_adjusted_funnel
from opentrs.stats.network.model import network
from opentrs.stats.network.ranking import bootstrap_p_scores, p_scores
from opentrs.stats.network.side_splitting import side_split
from opentrs.stats.network.splitting import decompose, node_split

Row = tuple[str, str, str, float, float]


def made(rows: Sequence[Row]) -> Contrasts:
    study, first, second, effect, error = map(list, zip(*rows, strict=True))
    return contrasts(study, first, second, effect, error)


def arms_of(study: str, means: dict[str, float], variances: dict[str, float]) -> list[Row]:
    """All contrasts of one study whose arms have these means and variances."""
    names = sorted(means)
    return [
        (study, one, other, means[one] - means[other], float(np.sqrt(variances[one] + variances[other])))
        for at, one in enumerate(names)
        for other in names[at + 1 :]
    ]


TRIANGLE: list[Row] = [
    ("s1", "a", "b", 0.5, 0.2),
    ("s2", "a", "b", 0.9, 0.3),
    ("s3", "b", "c", 0.2, 0.2),
    ("s4", "c", "b", 0.3, 0.25),
    ("s5", "a", "c", 0.6, 0.2),
    ("s6", "c", "a", -1.1, 0.3),
]
MULTI = [*TRIANGLE, *arms_of("s7", {"a": 1.0, "b": 0.3, "c": 0.4}, {"a": 0.02, "b": 0.03, "c": 0.04})]


@pytest.mark.parametrize("model", ["fixed", "dl", "reml", "ml"])
def test_two_treatments_are_a_plain_meta_analysis(model: str) -> None:
    rows: list[Row] = [("s1", "a", "b", 0.5, 0.2), ("s2", "b", "a", 0.4, 0.3), ("s3", "a", "b", 0.9, 0.1)]
    fitted = network(made(rows), model)  # type: ignore[arg-type]
    plain = pool([0.5, -0.4, 0.9], [0.04, 0.09, 0.01], model)  # type: ignore[arg-type]
    assert fitted.estimates[0, 1] == pytest.approx(float(plain.estimate))
    assert fitted.standard_errors[0, 1] == pytest.approx(float(plain.standard_error))
    assert fitted.tau2 == pytest.approx(float(plain.tau2), rel=1e-6, abs=1e-10)
    assert (fitted.q, fitted.q_df) == (pytest.approx(float(plain.q)), 2)


def test_an_indirect_effect_is_the_sum_of_its_steps_with_their_variances() -> None:
    fitted = network(made([("s1", "a", "b", 0.5, 0.2), ("s2", "b", "c", 0.3, 0.1)]), "fixed")
    assert fitted.estimates[0, 2] == pytest.approx(0.8)
    assert fitted.standard_errors[0, 2] == pytest.approx(np.sqrt(0.05))
    assert np.isnan(fitted.q_p)
    assert np.isnan(fitted.i2_percent)


@pytest.mark.parametrize("model", ["fixed", "dl", "reml_exact", "ml_exact"])
def test_which_arm_is_first_and_which_row_comes_first_does_not_matter(model: str) -> None:
    turned = [(s, b, a, -y, e) for s, a, b, y, e in reversed(MULTI)]
    one, other = (network(made(rows), model) for rows in (MULTI, turned))  # type: ignore[arg-type]
    assert one.estimates == pytest.approx(other.estimates, abs=1e-9)
    assert one.standard_errors == pytest.approx(other.standard_errors, abs=1e-9)
    assert one.tau2 == pytest.approx(other.tau2, abs=1e-9)


def test_effects_add_up_along_every_way_through_the_network() -> None:
    e = network(made(MULTI)).estimates
    assert e == pytest.approx(-e.T)
    assert e[0, 1] + e[1, 2] == pytest.approx(e[0, 2])


def test_a_study_of_three_arms_weighs_as_its_two_free_contrasts_and_not_three() -> None:
    study = arms_of("s1", {"a": 1.0, "b": 0.2, "c": 0.5}, {"a": 0.02, "b": 0.03, "c": 0.05})
    fitted = network(made(study), "fixed")
    assert fitted.standard_errors[0, 1] == pytest.approx(np.sqrt(0.05))
    assert fitted.estimates[0, 1] == pytest.approx(0.8)
    assert (fitted.q, fitted.q_df) == (pytest.approx(0, abs=1e-12), 0)


def test_reml_with_and_without_the_covariance_of_arms_differ_only_where_there_are_three() -> None:
    # What the default takes over from netmeta is stated in decision 0006.
    assert network(made(TRIANGLE), "reml").tau2 == network(made(TRIANGLE), "reml_exact").tau2
    named = network(made(MULTI), "reml", reference="c").tau2
    assert named != pytest.approx(network(made(MULTI), "reml", reference="a").tau2, rel=1e-6)
    with pytest.raises(MetaAnalysisError, match="no treatment"):
        network(made(MULTI), "reml", reference="z")


def test_the_exact_restricted_likelihood_is_highest_at_its_tau2() -> None:
    fitted = network(made([(s, a, b, 2 * y, e / 2) for s, a, b, y, e in MULTI]), "reml_exact")
    blocks = fitted.blocks
    design = np.zeros((sum(len(b.effects) for b in blocks), 3))
    at = 0
    for block in blocks:
        for arm in block.arms[1:]:
            design[at, arm], design[at, block.arms[0]] = 1, -1
            at += 1
    design = design[:, 1:]
    y = np.concatenate([b.effects for b in blocks])

    def likelihood(tau2: float) -> float:
        v = np.zeros((len(y), len(y)))
        at = 0
        for block in blocks:
            m = len(block.effects)
            v[at : at + m, at : at + m] = block.covariance + tau2 * block.structure
            at += m
        w = np.linalg.inv(v)
        cross = design.T @ w @ design
        residual = y - design @ np.linalg.solve(cross, design.T @ w @ y)
        return float(-0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(cross)[1] + residual @ w @ residual))

    best = likelihood(fitted.tau2)
    assert fitted.tau2 > 0
    for factor in (0.9, 0.99, 1.01, 1.1):
        assert likelihood(factor * fitted.tau2) < best


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("s9", "a", "a", 0.1, 0.2), "compares a with itself"),
        (("s1", "b", "a", 0.1, 0.2), "twice"),
        (("s9", "a", "b", np.nan, 0.2), "row 7"),
        (("s9", "a", "b", 0.1, 0.0), "above 0"),
        (("s9", "a", "b", 0.1, -0.2), "above 0"),
    ],
)
def test_a_row_that_is_no_comparison_is_refused_by_name(row: Row, why: str) -> None:
    with pytest.raises(MetaAnalysisError, match=why):
        made([*TRIANGLE, row])


def test_a_study_that_lacks_a_contrast_of_its_arms_is_named() -> None:
    rows: list[Row] = [*TRIANGLE, ("s8", "a", "b", 0.1, 0.2), ("s8", "a", "c", 0.1, 0.2)]
    with pytest.raises(MetaAnalysisError, match="s8: 3 arms make 3 comparisons; 2 given"):
        network(made(rows))


def test_standard_errors_that_no_three_arms_can_give_are_named() -> None:
    rows: list[Row] = [("s8", "a", "b", 0.1, 0.1), ("s8", "a", "c", 0.1, 0.1), ("s8", "b", "c", 0.1, 0.9)]
    with pytest.raises(MetaAnalysisError, match="Study s8: no arms"):
        study_blocks(made([*TRIANGLE, *rows]))


def test_the_pieces_of_a_disconnected_network_are_named() -> None:
    data = made([*TRIANGLE, ("s8", "x", "y", 0.1, 0.2)])
    assert pieces(data) == (("a", "b", "c"), ("x", "y"))
    with pytest.raises(MetaAnalysisError, match="2 pieces: a, b, c; x, y"):
        network(data)


def test_a_p_score_is_the_mean_chance_of_being_better() -> None:
    fitted = network(made(TRIANGLE))
    z = fitted.estimates[0, 1:] / fitted.standard_errors[0, 1:]
    assert p_scores(fitted, small_is_good=False)[0] == pytest.approx(stats.norm.cdf(z).mean())
    both = p_scores(fitted) + p_scores(fitted, small_is_good=False)
    assert both == pytest.approx(np.ones(3))
    assert p_scores(fitted).mean() == pytest.approx(0.5)


def test_bootstrap_p_scores_are_sure_where_the_network_is_and_wide_where_it_is_not() -> None:
    sure: list[Row] = [
        (f"s{n}", one, other, effect + n / 1e3, 0.05)
        for n, (one, other, effect) in enumerate([("a", "b", 5.0), ("b", "c", 5.0), ("a", "c", 10.0)] * 3)
    ]
    low, high = bootstrap_p_scores(network(made(sure)), draws=200)
    assert low == pytest.approx([0, 0.5, 1], abs=1e-6)
    assert high == pytest.approx([0, 0.5, 1], abs=1e-6)
    fitted = network(made(MULTI), "dl")
    low, high = bootstrap_p_scores(fitted, draws=250)
    narrow_low, narrow_high = bootstrap_p_scores(fitted, draws=250, level=0.5)
    assert (low <= narrow_low).all()
    assert (narrow_high <= high).all()
    assert (bootstrap_p_scores(fitted, draws=250, seed=2)[0] != low).any()


def test_direct_and_indirect_evidence_add_up_to_the_network() -> None:
    fitted = network(made(TRIANGLE), "fixed")
    split = node_split(fitted)
    assert split.n_direct.tolist() == [2, 2, 2]
    w = split.share_direct
    network_effects = fitted.estimates[split.first, split.second]
    assert w * split.direct + (1 - w) * split.indirect == pytest.approx(network_effects)
    indirect = split.direct[1] - split.direct[2]
    assert split.indirect[0] == pytest.approx(indirect)
    # One loop: its inconsistency is one number, whichever comparison is split.
    assert np.abs(split.z) == pytest.approx(np.full(3, abs(split.z[0])))
    assert decompose(fitted).q[2] == pytest.approx(split.z[0] ** 2)


def test_what_was_never_compared_has_no_direct_evidence_and_a_lone_bridge_no_indirect() -> None:
    split = node_split(network(made([("s1", "a", "b", 0.5, 0.2), ("s2", "b", "c", 0.3, 0.1)]), "fixed"))
    assert np.isnan(split.indirect).tolist() == [True, False, True]
    assert np.isnan(split.direct).tolist() == [False, True, False]
    assert np.isnan(split.p_value).all()
    assert split.share_direct.tolist() == pytest.approx([1, 0, 1])


def test_splitting_with_common_effects_gives_what_back_calculation_gives() -> None:
    fitted = network(made(TRIANGLE), "fixed")
    back, own = node_split(fitted), side_split(fitted)
    assert own.first.tolist() == back.first.tolist()
    assert own.difference == pytest.approx(back.difference)
    assert own.difference_se == pytest.approx(back.difference_se)
    assert own.p_value == pytest.approx(back.p_value)
    assert np.isinf(own.df).all()
    assert own.ci_low == pytest.approx(own.difference - stats.norm.ppf(0.975) * own.difference_se)


def test_a_model_of_its_own_keeps_inconsistency_out_of_the_variance_between_studies() -> None:
    # Studies of one comparison agree exactly; only the loop does not close.
    rows = [(f"{pair}{n}", pair[0], pair[1], effect, 0.1)
            for pair, effect in (("ab", 1.0), ("bc", 0.0), ("ac", 0.0)) for n in range(4)]  # fmt: skip
    fitted = network(made(rows), "reml")
    own = side_split(fitted)
    assert fitted.tau2 > 0.1
    assert own.tau2 == pytest.approx(np.zeros(3))
    assert own.df.tolist() == [9, 9, 9]
    assert own.difference == pytest.approx(np.array([1, -1, 1]))
    assert own.p_value.max() < 1e-6 < 1e-3 < node_split(fitted).p_value.min()


def test_an_inconsistency_in_a_study_of_three_arms_is_shared_evenly_by_both_arms() -> None:
    fitted = network(made(MULTI), "reml")
    own = side_split(fitted)
    assert list(zip(own.first.tolist(), own.second.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    turned = made([(study, second, first, -effect, error) for study, first, second, effect, error in MULTI])
    again = side_split(network(turned, "reml"))
    assert again.difference == pytest.approx(own.difference)
    assert again.p_value == pytest.approx(own.p_value)


def test_a_pair_without_a_way_round_or_without_freedom_left_is_not_split() -> None:
    bridge = made([("s1", "a", "b", 0.5, 0.2), ("s2", "b", "c", 0.3, 0.1), ("s3", "b", "c", 0.1, 0.1)])
    assert side_split(network(bridge, "reml")).first.tolist() == []
    loop = made([("s1", "a", "b", 0.5, 0.2), ("s2", "b", "c", 0.3, 0.1), ("s3", "a", "c", 0.1, 0.1)])
    assert side_split(network(loop, "reml")).first.tolist() == []
    assert side_split(network(loop, "fixed")).first.tolist() == [0, 0, 1]


def test_q_is_split_into_what_designs_hold_and_what_is_between_them() -> None:
    fitted = network(made(MULTI), "fixed")
    split = decompose(fitted)
    assert split.q[0] == pytest.approx(split.q[1] + split.q[2])
    assert split.df.tolist() == [6, 3, 3]
    assert split.design_df.sum() == 3
    assert ("a", "b", "c") in split.designs
    ab = pool([0.5, 0.9], [0.04, 0.09], "fixed")
    assert split.design_q[split.designs.index(("a", "b"))] == pytest.approx(float(ab.q))


@pytest.mark.parametrize("rows", [TRIANGLE, MULTI, [*MULTI, ("s9", "c", "d", 0.1, 0.2)]])
def test_contributions_to_every_estimate_add_up_to_a_hundred(rows: list[Row]) -> None:
    fitted = network(made(rows))
    pairs, share = contribution_matrix(fitted)
    assert share.sum(axis=1) == pytest.approx(np.full(len(share), 100.0))
    assert (share >= 0).all()
    assert len(comparison_weights(fitted)) == len(pairs) == share.shape[1]


def test_the_two_steps_of_the_only_way_contribute_a_half_each() -> None:
    pairs, share = contribution_matrix(
        network(made([("s1", "a", "b", 0.5, 0.2), ("s2", "b", "c", 0.3, 0.1)]), "fixed")
    )
    assert pairs == ((0, 1), (1, 2))
    assert share == pytest.approx(np.array([[100, 0], [50, 50], [0, 100]]))


def test_the_contribution_of_a_loop_is_its_share_of_direct_evidence() -> None:
    fitted = network(made(TRIANGLE), "fixed")
    _, share = contribution_matrix(fitted)
    direct = node_split(fitted).share_direct
    assert np.diag(share) == pytest.approx(100 * direct)
    assert share[0, 1] == share[0, 2] == pytest.approx(50 * (1 - direct[0]))


def test_the_adjusted_funnel_is_centred_on_each_comparison_and_turned_as_asked() -> None:
    fitted = network(made([*TRIANGLE, ("s9", "c", "d", 0.7, 0.2)]), "fixed")
    funnel = comparison_adjusted_funnel(fitted, ["c", "b", "a", "d"])
    assert funnel.n_direct.tolist() == [2] * 6 + [1]
    assert funnel.centred[-1] == 0
    names = [
        (fitted.treatments[i], fitted.treatments[j]) for i, j in zip(funnel.first, funnel.second, strict=True)
    ]
    assert names[:4] == [("b", "a"), ("b", "a"), ("c", "b"), ("c", "b")]
    weight = 1 / np.array([0.04, 0.09])
    centre = float((weight * [-0.5, -0.9]).sum() / weight.sum())
    assert funnel.centred[:2] == pytest.approx([-0.5 - centre, -0.9 - centre])
    assert funnel.test is not None
    assert funnel.test.n_studies == 6
    backward = comparison_adjusted_funnel(fitted, ["d", "a", "b", "c"])
    assert backward.centred[:6] == pytest.approx(-funnel.centred[:6])
    lone = network(made([("s1", "a", "b", 0.5, 0.2), ("s2", "b", "c", 0.3, 0.1)]), "fixed")
    assert comparison_adjusted_funnel(lone, ["a", "b", "c"]).test is None
    for order in (["a", "b", "c"], ["a", "b", "c", "d", "d"]):
        with pytest.raises(MetaAnalysisError, match="once"):
            comparison_adjusted_funnel(fitted, order)


PARTS: list[Row] = [
    ("s1", "a", "none", 1.0, 0.1),
    ("s2", "b", "none", 0.4, 0.1),
    ("s3", "a + b", "none", 1.4, 0.1),
    ("s4", "a + b", "a", 0.4, 0.1),
]


def test_a_sum_of_components_has_the_sum_of_their_effects() -> None:
    fitted = component_network(made(PARTS), "none", model="fixed")
    assert fitted.components == ("a", "b")
    assert fitted.estimates == pytest.approx([1.0, 0.4])
    assert fitted.q == pytest.approx(0, abs=1e-12)
    both = fitted.treatments.index("a + b")
    assert fitted.treatment_estimates[both] == pytest.approx(1.4)
    c = fitted.covariance
    assert fitted.treatment_standard_errors[both] == pytest.approx(np.sqrt(c.sum()))
    assert (fitted.q_difference, fitted.df_difference) == (pytest.approx(0, abs=1e-9), 1)


def test_an_interaction_is_what_both_do_together_beyond_their_sum() -> None:
    rows = [(s, a, b, y + 0.5 * (s in ("s3", "s4")), e) for s, a, b, y, e in PARTS]
    plain = component_network(made(rows), "none", model="fixed")
    fitted = component_network(made(rows), "none", ["a*b"], model="fixed")
    assert fitted.components == ("a", "b", "a*b")
    assert fitted.estimates == pytest.approx([1.0, 0.4, 0.5])
    assert fitted.q == pytest.approx(0, abs=1e-12)
    # As many effects as the full network has: nothing is lost by the model.
    assert fitted.df_difference == 0
    assert np.isnan(fitted.p_difference)
    assert plain.q > 5
    assert plain.q_difference == pytest.approx(plain.q - network(made(rows), "fixed").q)
    for pair, why in (("a*z", "no treatment has z"), ("a*a2", "no treatment has a2")):
        with pytest.raises(MetaAnalysisError, match=why):
            component_network(made(rows), "none", [pair])
    with pytest.raises(MetaAnalysisError, match="no treatment holds both"):
        component_matrix(["a", "b"], interactions=["a*b"])


def test_pieces_that_share_components_are_joined_by_additivity_alone() -> None:
    rows: list[Row] = [
        ("s1", "a", "none", 1.0, 0.1),
        ("s2", "b", "none", 0.4, 0.2),
        ("s3", "a + c", "b + c", 0.7, 0.1),
        ("s4", "a + c", "c", 1.1, 0.1),
        ("s5", "c + d", "c", 0.3, 0.1),
    ]
    data = made(rows)
    assert len(pieces(data)) == 2
    fitted = component_network(data, "none", model="fixed")
    found = dict(zip(fitted.components, fitted.estimates, strict=True))
    # By hand: a and b from three, one and one rows; c is in both arms of every row.
    design = np.array([[1, 0], [0, 1], [1, -1], [1, 0.0]])
    w = np.diag([100, 25, 100, 100.0])
    solved = np.linalg.solve(design.T @ w @ design, design.T @ w @ [1.0, 0.4, 0.7, 1.1])
    assert [found["a"], found["b"]] == pytest.approx(solved)
    assert found["d"] == pytest.approx(0.3)
    assert np.isnan(found["c"])
    assert fitted.estimable.tolist() == [True, True, False, True]
    alone = fitted.treatments.index("c")
    assert np.isnan(fitted.treatment_estimates[alone])
    assert np.isnan(fitted.q_difference)


def test_the_inactive_treatment_is_one_of_the_network() -> None:
    with pytest.raises(MetaAnalysisError, match="placebo is no treatment"):
        component_network(made(PARTS), "placebo")
