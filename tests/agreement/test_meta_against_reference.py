"""Pairwise meta-analysis gives metafor's numbers, on seven open sets and on simulated ones.

Two files are held against: ``reference.json``, made with metafor's default tolerances but for one, and
``metafor.json``, made with metafor asked for the last digit. What differs in the first only is named here
exactly (``LOOSE``), with how far metafor's own stopping rule lets it stray.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.stats.meta import explained_percent, joint_test, pool
from opentrs.stats.meta.bias import harbord, peters
from opentrs.stats.meta.counts import mantel_haenszel, peto
from opentrs.stats.meta.effects import from_counts, from_means
from opentrs.stats.meta.least_squares import inverse_variance_fit, studies
from opentrs.stats.meta.multivariate import multivariate
from opentrs.stats.meta.robust import cluster_robust, multilevel
from opentrs.stats.meta.subgroups import subgroups
from validation.r.oracle import simulated
from validation.r.ours import pairwise, selected

R = Path(__file__).parents[2] / "validation" / "r"
GIVEN = json.loads((R / "reference.json").read_text(encoding="utf-8"))
TIGHT = json.loads((R / "metafor.json").read_text(encoding="utf-8"))
SETS = tuple(GIVEN["pairwise"])

# Blocks of reference.json in which metafor stopped early: root finding at .Machine$double.eps^.25 for PM
# and Q-profile, Fisher scoring at 1e-5 for the others.
LOOSE = {
    "PM", "PM+HK", "REML_Qprofile", "egger_rma", "leave1out_REML", "trimfill_REML_L0", "trimfill_REML_R0",
}  # fmt: skip
ROOT_TOLERANCE = np.finfo(float).eps ** 0.25
# Variances between studies, and what is a function of them alone; the rest are effects and tests.
VARIANCES = {"tau2", "se.tau2", "I2", "H2", "leave1out_tau2"}
# Where the direction is the effects' own, the probability of publication can be told from these sets.
IDENTIFIED = {("raudenbush", "greater")} | {(name, "less") for name in SETS if name != "raudenbush"}
# Here metafor stops at a lower one of two maxima of the likelihood.
TWO_MAXIMA = ("egger_OR", "less")


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number of nested dictionaries and lists, with the names on the way."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, str(place)))
    elif not isinstance(value, (list, tuple)):
        yield path, value


def is_same(path: tuple[str, ...], ours: Any, theirs: Any) -> bool:
    """Effects and tests to 1e-6; variances between studies to 1e-5 relative."""
    if theirs is None or isinstance(theirs, str):
        return bool(ours == theirs)
    if VARIANCES & set(path):
        return bool(ours == pytest.approx(theirs, rel=1e-5, abs=1e-12))
    # The sums of squares of the largest set are in the hundreds: there 1e-6 is meant relative.
    return bool(ours == pytest.approx(theirs, rel=1e-6 if path[-1] in ("Q", "stat") else 0, abs=1e-6))


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[Any]:
    """What is missing on either side, and each number that is not the same."""
    mine, other = dict(leaves(ours)), dict(leaves(theirs))
    missing = [(path, "missing") for path in other if path not in mine]
    return missing + [
        (path, mine[path], value)
        for path, value in other.items()
        if path in mine and not is_same(path, mine[path], value)
    ]


def set_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    given = TIGHT["pairwise"][name]
    return np.array(given["yi"]), np.array(given["vi"])


@pytest.mark.parametrize("name", SETS)
def test_every_number_of_the_reference_is_matched_where_metafor_went_on_to_the_end(name: str) -> None:
    theirs = GIVEN["pairwise"][name]
    compared = {key: value for key, value in theirs.items() if key not in LOOSE | {"selmodel_3PSM"}}
    assert len(compared) == len(theirs) - len(LOOSE & set(theirs)) - 1
    assert differences(pairwise(*set_of(name)), compared) == []


@pytest.mark.parametrize("name", SETS)
def test_every_number_is_matched_when_metafor_is_asked_for_the_last_digit(name: str) -> None:
    theirs = TIGHT["pairwise"][name]
    compared = {key: value for key, value in theirs.items() if not key.startswith("selection")}
    assert set(compared) >= LOOSE
    assert differences(pairwise(*set_of(name)), compared) == []


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("test", ["PM", "PM+HK"])
def test_the_loose_paule_mandel_numbers_follow_from_their_own_tau2(name: str, test: str) -> None:
    theirs, (y, v) = GIVEN["pairwise"][name][test], set_of(name)
    assert theirs["tau2"] == pytest.approx(float(pool(y, v, "pm").tau2), abs=ROOT_TOLERANCE)
    fitted = inverse_variance_fit(studies(y, v), theirs["tau2"])
    assert fitted.coefficients[0] == pytest.approx(theirs["est"], abs=1e-6)
    scale = fitted.q / (len(y) - 1) if test == "PM+HK" else 1.0
    assert np.sqrt(scale * fitted.bread[0, 0]) == pytest.approx(theirs["se"], abs=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_the_other_loose_numbers_are_as_near_as_metafor_stopped(name: str) -> None:
    theirs, ours = GIVEN["pairwise"][name], pairwise(*set_of(name))
    profile = np.array(theirs["REML_Qprofile"]["tau2"])
    assert profile == pytest.approx(np.array(ours["REML_Qprofile"]["tau2"], float), abs=2 * ROOT_TOLERANCE)
    left_out = np.array(theirs["leave1out_REML"])
    assert left_out == pytest.approx(ours["leave1out_REML"], abs=2e-4)
    for key in ("trimfill_REML_L0", "trimfill_REML_R0"):
        if key in theirs:
            assert (theirs[key]["k0"], theirs[key]["side"]) == (ours[key]["k0"], ours[key]["side"])
            assert theirs[key]["est"] == pytest.approx(ours[key]["est"], abs=1e-5)


@pytest.mark.parametrize("alternative", ["greater", "less"])
@pytest.mark.parametrize("name", SETS)
def test_the_selection_model_agrees_and_says_where_it_cannot_tell(name: str, alternative: str) -> None:
    theirs = TIGHT["pairwise"][name][f"selection_{alternative}"]
    ours, identified = selected(*set_of(name), alternative)
    assert identified == ((name, alternative) in IDENTIFIED)
    if (name, alternative) == TWO_MAXIMA:
        assert ours["LRT"] > theirs["LRT"] + 3
        return
    # Where the answer is the end of the allowed range, the likelihood is nearly flat.
    assert ours["est"] == pytest.approx(theirs["est"], rel=1e-6, abs=1e-6 if identified else 2e-5)
    assert ours["LRT"] == pytest.approx(theirs["LRT"], abs=1e-6)
    assert ours["tau2"] == pytest.approx(theirs["tau2"], rel=1e-5, abs=1e-7)
    assert ours["delta"][1] == pytest.approx(theirs["delta"][1], rel=1e-5)
    if identified:
        assert ours["ci"] == pytest.approx(theirs["ci"], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", SETS)
def test_the_references_selection_models_stopped_early_near_the_same_answer(name: str) -> None:
    # All of them ask whether positive effects are favoured; only raudenbush can tell.
    theirs = GIVEN["pairwise"][name]["selmodel_3PSM"]
    ours, identified = selected(*set_of(name), "greater")
    assert identified == (name == "raudenbush")
    assert ours["est"] == pytest.approx(theirs["est"], rel=1e-2, abs=1e-6)
    assert ours["LRT"] == pytest.approx(theirs["LRT"], abs=2e-3)
    # The rest run to metafor's limit of 100, some of them slowly.
    assert identified or theirs["delta"][1] > 80


def bcg(real_data_dir: Path) -> pd.DataFrame:
    table = pd.read_csv(real_data_dir / "metadat" / "bcg.csv")
    return table.assign(n1=table["tpos"] + table["tneg"], n2=table["cpos"] + table["cneg"])


@pytest.mark.real_data
@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_effects_of_counts_are_those_of_the_reference(real_data_dir: Path, measure: Any) -> None:
    d, theirs = bcg(real_data_dir), GIVEN["pairwise"][f"bcg_{measure}"]
    ours = from_counts(d["tpos"], d["n1"], d["cpos"], d["n2"], measure)
    assert ours.effect == pytest.approx(np.array(theirs["yi"]), abs=1e-10)
    assert ours.variance == pytest.approx(np.array(theirs["vi"]), abs=1e-10)


@pytest.mark.real_data
@pytest.mark.parametrize("measure", ["SMD", "MD", "ROM"])
def test_effects_of_means_are_those_of_the_reference(real_data_dir: Path, measure: Any) -> None:
    d = pd.read_csv(real_data_dir / "metadat" / "normand1999.csv")
    theirs = TIGHT["normand_ROM"] if measure == "ROM" else GIVEN["pairwise"][f"normand_{measure}"]
    ours = from_means(d["n1i"], d["m1i"], d["sd1i"], d["n2i"], d["m2i"], d["sd2i"], measure)
    assert ours.effect == pytest.approx(np.array(theirs["yi"]), abs=1e-8)
    assert ours.variance == pytest.approx(np.array(theirs["vi"]), abs=1e-8)


@pytest.mark.real_data
def test_raudenbush_and_egger_are_the_sets_the_reference_used(real_data_dir: Path) -> None:
    teachers = pd.read_csv(real_data_dir / "metadat" / "raudenbush1985.csv")
    assert teachers["yi"].to_numpy() == pytest.approx(set_of("raudenbush")[0])
    d = pd.read_csv(real_data_dir / "metadat" / "egger2001.csv")
    effects = from_counts(d["ai"], d["n1i"], d["ci"], d["n2i"], "OR")
    assert effects.effect == pytest.approx(set_of("egger_OR")[0], abs=1e-10)
    found = peters(effects.effect, d["ai"], d["n1i"], d["ci"], d["n2i"])
    assert [found.statistic, found.p_value] == pytest.approx(list(TIGHT["peters_egger"].values()), abs=1e-8)
    found = harbord(d["ai"], d["n1i"], d["ci"], d["n2i"])
    assert [found.statistic, found.p_value] == pytest.approx(list(TIGHT["harbord_egger"].values()), abs=1e-8)


@pytest.mark.real_data
def test_meta_regression_and_subgroups_of_bcg_are_those_of_the_reference(real_data_dir: Path) -> None:
    d, (y, v) = bcg(real_data_dir), set_of("bcg_RR")
    random, systematic = (d["alloc"] == name for name in ("random", "systematic"))
    design = np.column_stack([np.ones(13), d["ablat"], random, systematic]).astype(float)
    fitted = pool(y, v, "reml", "hk", design)
    joint = joint_test(fitted, [1, 2, 3])
    ours = {
        "beta": fitted.coefficients, "se": fitted.standard_errors, "p": fitted.p_values, "tau2": fitted.tau2,
        "R2": explained_percent(fitted, pool(y, v)), "QM": joint.statistic, "QMp": joint.p_value,
    }  # fmt: skip
    assert differences(ours, TIGHT["metareg_bcg"]) == []
    given = {key: value for key, value in GIVEN["metareg_bcg"].items() if key != "names"}
    for path, value in leaves(given):
        # metafor's default threshold again: 1e-5 on tau2, and R2 is a percentage of it.
        assert dict(leaves(ours))[path] == pytest.approx(value, rel=1e-4, abs=1e-6)

    common = subgroups(y, v, list(d["alloc"]), common_tau2=True)
    theirs = TIGHT["subgroups_bcg_common"]
    assert [common.q, common.p_value, float(common.pooled.tau2)] == pytest.approx(
        [theirs["QM"], theirs["QMp"], theirs["tau2"]], rel=1e-6
    )
    theirs = TIGHT["subgroups_bcg_separate"]
    order = np.argsort(d["alloc"].to_numpy(), kind="stable")
    apart = subgroups(y[order], v[order], list(d["alloc"].to_numpy()[order]))
    assert apart.pooled.estimate == pytest.approx(np.array(theirs["est"]), abs=1e-6)
    assert apart.pooled.tau2 == pytest.approx(np.array(theirs["tau2"]), rel=1e-5, abs=1e-10)
    assert [apart.q, apart.p_value] == pytest.approx([theirs["Q"], theirs["p"]], rel=1e-6)


@pytest.mark.real_data
def test_counts_pooled_without_study_weights_are_those_of_the_reference(real_data_dir: Path) -> None:
    d = bcg(real_data_dir)
    cells = (d["tpos"], d["n1"], d["cpos"], d["n2"])
    fits = {f"MH_bcg_{m}": mantel_haenszel(*cells, m) for m in ("OR", "RR", "RD")}  # type: ignore[arg-type]
    fits["peto_bcg"] = peto(*cells)
    for name, fitted in fits.items():
        theirs = TIGHT[name]
        ours = [fitted.estimate, fitted.standard_error, fitted.q, fitted.p_value]
        assert ours == pytest.approx([theirs[key] for key in ("est", "se", "Q", "p")], rel=1e-7, abs=1e-12)
    given = GIVEN["MH_bcg_RR"]
    ratio = fits["MH_bcg_RR"]
    assert [ratio.estimate, ratio.standard_error, ratio.q] == pytest.approx(list(given.values()), abs=1e-6)


def test_effects_within_studies_are_those_of_metafor() -> None:
    k = TIGHT["schools"]
    y, v, district = np.array(k["yi"]), np.array(k["vi"]), np.array(k["district"])
    root = np.sqrt(v)
    rho = np.where(district[:, None] == district[None, :], k["correlated_rho"], 0.0)
    np.fill_diagonal(rho, 1.0)
    for covariance, theirs in ((v, k["independent"]), (rho * np.outer(root, root), k["correlated"])):
        ours = multilevel(y, covariance, k["district"])
        assert float(ours.coefficients.estimates[0]) == pytest.approx(theirs["est"], abs=1e-6)
        assert float(ours.coefficients.standard_errors[0]) == pytest.approx(theirs["se"], abs=1e-6)
        assert [ours.between_studies, ours.within_studies] == pytest.approx(theirs["sigma2"], rel=1e-5)
    robust, theirs = cluster_robust(pool(y, v), k["district"]), k["robust"]
    ours_robust = [robust.estimates[0], robust.standard_errors[0], robust.df, robust.p_values[0]]
    assert ours_robust == pytest.approx([theirs[key] for key in ("est", "se", "df", "p")], abs=1e-6)


@pytest.mark.parametrize("case", ["complete", "without_first"])
def test_two_outcomes_pooled_together_are_those_of_metafor(case: str) -> None:
    b = TIGHT["berkey"]
    effects = np.array(b["yi"]).reshape(5, 2)
    covariances = np.column_stack([b["v1i"], b["v2i"]]).reshape(5, 2, 2)
    # As metafor orders outcomes: alveolar loss before probing depth, which comes first in the file.
    assert b["outcome"][:2] == ["PD", "AL"]
    if case == "without_first":
        effects[0, 0] = np.nan
    ours, theirs = multivariate(effects[:, ::-1], covariances[:, ::-1, ::-1]), b[case]
    assert ours.estimates == pytest.approx(np.array(theirs["est"]), abs=1e-6)
    assert ours.standard_errors == pytest.approx(np.array(theirs["se"]), abs=1e-6)
    assert np.diag(ours.between_studies) == pytest.approx(np.array(theirs["tau2"]), rel=1e-5)
    assert ours.log_likelihood == pytest.approx(theirs["logLik"], abs=1e-6)


def test_the_simulated_sets_of_the_calibration_have_metafors_numbers() -> None:
    theirs = {key: np.array(value) for key, value in TIGHT["simulated"].items()}
    at = 0
    for effects, variances in simulated():
        fitted = pool(effects, variances, "reml", "hk")
        rows = slice(at, at + len(effects))
        at += len(effects)
        assert fitted.estimate == pytest.approx(theirs["est"][rows], abs=1e-6)
        assert fitted.tau2 == pytest.approx(theirs["tau2"][rows], rel=1e-5, abs=1e-9)
        assert fitted.ci_low[:, 0] == pytest.approx(theirs["ci.lb"][rows], abs=1e-6)
        assert fitted.ci_high[:, 0] == pytest.approx(theirs["ci.ub"][rows], abs=1e-6)
    assert at == len(theirs["set"]) == 300
