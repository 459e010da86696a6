"""Network and component meta-analysis give netmeta's numbers on Senn 2013 and Linde 2016 (netmeta 2.9-0)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.stats.network.components import component_network
from opentrs.stats.network.contrasts import Contrasts, contrasts
from opentrs.stats.network.model import Network, network
from opentrs.stats.network.ranking import bootstrap_p_scores, p_scores
from opentrs.stats.network.splitting import decompose, node_split

GIVEN = json.loads(
    (Path(__file__).parents[2] / "validation" / "r" / "reference.json").read_text(encoding="utf-8")
)
FITS = tuple(GIVEN["nma"])
COLUMNS = {
    "Senn2013": ("Senn2013_pairwise.csv", ("studlab", "treat1", "treat2", "TE", "seTE")),
    "Linde2016": ("Linde2016_contrasts.csv", ("id", "treat1", "treat2", "lnOR", "selnOR")),
}
pytestmark = pytest.mark.real_data


def data_of(folder: Path, name: str) -> Contrasts:
    file, (study, first, second, effect, error) = COLUMNS[name.split("_")[0]]
    d = pd.read_csv(folder / "netmeta" / file).astype({study: str})
    return contrasts(list(d[study]), list(d[first]), list(d[second]), d[effect], d[error])


def fit_of(folder: Path, name: str, model: Any = None) -> Network:
    # netmeta's study baseline in Senn is placebo, the reference treatment; Linde is fitted by DL only.
    reference = "plac" if name.startswith("Senn") else None
    return network(data_of(folder, name), model or name.split("_")[-1].lower(), reference=reference)


def in_order(fitted: Network, names: list[str]) -> Any:
    place = [fitted.treatments.index(name) for name in names]
    return np.ix_(place, place)


@pytest.mark.parametrize("name", FITS)
def test_every_league_table_and_test_of_fit_is_matched(real_data_dir: Path, name: str) -> None:
    fitted, theirs = fit_of(real_data_dir, name), GIVEN["nma"][name]
    data, rows = fitted.data, in_order(fitted, theirs["trts"])
    counts = (len(data.studies), len(data.effect), len(fitted.treatments))
    assert counts == (theirs["k"], theirs["m"], theirs["n"])
    # netmeta's REML stops early: its tau2 is 2e-9 (relative) beside ours.
    assert fitted.tau2 == pytest.approx(theirs["tau"] ** 2, rel=1e-5)
    assert fitted.estimates[rows] == pytest.approx(np.array(theirs["TE"]), abs=1e-6)
    assert fitted.standard_errors[rows] == pytest.approx(np.array(theirs["se"]), abs=1e-6)
    common = fit_of(real_data_dir, name, "fixed")
    assert common.estimates[rows] == pytest.approx(np.array(theirs["TE_common"]), abs=1e-6)
    assert fitted.i2_percent / 100 == pytest.approx(theirs["I2"], abs=1e-6)
    split = decompose(fitted)
    assert split.q == pytest.approx([theirs[key] for key in ("Q", "Qh", "Qi")], rel=1e-6)
    assert fitted.q_df == split.df[0] == theirs["df"]


@pytest.mark.parametrize("name", FITS)
def test_every_p_score_and_node_split_is_matched(real_data_dir: Path, name: str) -> None:
    fitted, theirs = fit_of(real_data_dir, name), GIVEN["nma"][name]
    ours = dict(zip(fitted.treatments, p_scores(fitted), strict=True))
    assert ours == pytest.approx(theirs["pscore"], abs=1e-6)
    split = node_split(fitted)
    place = {
        (fitted.treatments[i], fitted.treatments[j]): at
        for at, (i, j) in enumerate(zip(split.first, split.second, strict=True))
    }
    assert len(theirs["nodesplit"]) == len(place)
    for row in theirs["nodesplit"]:
        one, other = row["comp"].split(":")
        at, sign = (place[one, other], 1) if (one, other) in place else (place[other, one], -1)
        assert split.n_direct[at] == row["k"]
        found = {
            "direct": sign * split.direct[at], "indirect": sign * split.indirect[at],
            "diff": sign * split.difference[at], "p": split.p_value[at],
        }  # fmt: skip
        for key, value in found.items():
            assert np.isnan(value) if row[key] is None else value == pytest.approx(row[key], abs=1e-6)


def test_the_additive_component_model_is_matched(real_data_dir: Path) -> None:
    theirs = GIVEN["cnma"]["Linde2016_additive"]
    fitted = component_network(data_of(real_data_dir, "Linde2016"), model="dl", inactive="Placebo")
    place = [fitted.components.index(name) for name in theirs["comps"]]
    assert fitted.estimates[place] == pytest.approx(np.array(theirs["est"]), abs=1e-6)
    assert fitted.standard_errors[place] == pytest.approx(np.array(theirs["se"]), abs=1e-6)
    assert fitted.tau2 == pytest.approx(theirs["tau"] ** 2, rel=1e-5)
    found = [fitted.q, fitted.q_df, fitted.q_difference, fitted.df_difference]
    assert found == pytest.approx([theirs[key] for key in ("Q", "df", "Qdiff", "Qdiff_df")], abs=1e-6)


def test_the_exact_likelihood_gives_a_smaller_tau_in_senn(real_data_dir: Path) -> None:
    exact = fit_of(real_data_dir, "Senn2013", "reml_exact")
    assert np.sqrt(exact.tau2) == pytest.approx(0.31610, abs=5e-6)


def test_bootstrap_p_scores_hold_the_estimate_and_repeat(real_data_dir: Path) -> None:
    fitted = fit_of(real_data_dir, "Linde2016_OR_DL")
    low, high = bootstrap_p_scores(fitted, draws=300, seed=7)
    score = p_scores(fitted)
    assert ((low < score) & (score < high)).all()
    again = bootstrap_p_scores(fitted, draws=300, seed=7)
    assert (again[0] == low).all()
    assert (again[1] == high).all()
