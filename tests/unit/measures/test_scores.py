"""Factor scores are the published sums; below two thirds of the items there is none; bounds always hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from ibis.backends import BaseBackend

import opentrs
from opentrs.cohort.build import from_frames
from opentrs.errors import UsageError
from opentrs.measures import scores, symptoms
from opentrs.reference import factor_models, scale_items

PANSS = [f"{letter}{n}" for letter, last in (("P", 7), ("N", 7), ("G", 16)) for n in range(1, last + 1)]


def scored(
    backend: BaseBackend, visits: list[tuple[str, Mapping[str, float | None]]], models: list[str], **more: Any
) -> pd.DataFrame:
    """Scores of one person's day, from the values of items by scale."""
    rows = [
        {"person_id": "a", "date": "1970-01-02", "scale": scale, "item": item, "value": value, **more}
        for scale, values in visits
        for item, value in values.items()
    ]
    cohort = from_frames({"people": [{"person_id": "a"}], "ratings": rows}, backend)
    items = symptoms.rated_items(cohort.table("ratings"))
    return scores.scores_of(items, models).execute().set_index(["model", "factor"]).sort_index()


# Item n of the thirty is rated 1 + n mod 7, so that no two factors of a model have the same sum by chance.
VALUES = {item: float(1 + place % 7) for place, item in enumerate(PANSS)}


@pytest.mark.parametrize(
    "model", ["kay1987", "wallwork2012", "marder1997", "consensus2012", "meta45", "panss6"]
)
def test_a_factor_score_is_the_sum_of_its_published_items(engine: BaseBackend, model: str) -> None:
    found = scored(engine, [("PANSS", VALUES)], [model])

    members = factor_models().query("model == @model").groupby("factor")["item"]
    for factor, items in members:
        row = found.loc[(model, factor)]
        total = sum(VALUES[item] for item in items)
        assert (row["score"], row["score_low"], row["score_high"]) == (total, total, total)
        assert row["pomp"] == pytest.approx(100 * (total - len(items)) / (6 * len(items)))


def test_the_ends_of_the_range_are_0_and_100_percent(engine: BaseBackend) -> None:
    for value, percent in ((1.0, 0), (4.0, 50), (7.0, 100)):
        found = scored(engine, [("PANSS", dict.fromkeys(PANSS, value))], ["marder1997"])

        assert found["pomp"].tolist() == pytest.approx([percent] * 5)


@pytest.mark.parametrize(("n_rated", "score"), [(4, 6 * 3.0), (3, None)])
def test_two_thirds_of_the_items_are_enough_and_fewer_are_not(
    engine: BaseBackend, n_rated: int, score: float | None
) -> None:
    items = ["N1", "N2", "N3", "N4", "N6", "G7"]
    values = dict.fromkeys(items[:n_rated], 3.0)
    row = scored(engine, [("PANSS", values)], ["wallwork2012"]).loc[("wallwork2012", "negative")]

    assert (row["n_items"], row["n_rated"]) == (6, n_rated)
    assert (None if pd.isna(row["score"]) else row["score"]) == score
    assert pd.isna(row["pomp"]) == (score is None)
    missing = 6 - n_rated
    assert (row["score_low"], row["score_high"]) == (3 * n_rated + missing, 3 * n_rated + 7 * missing)


def test_a_missing_item_is_never_a_zero(engine: BaseBackend) -> None:
    values = {"P1": 6.0, "P3": None, "P5": 6.0, "G9": 6.0}
    row = scored(engine, [("PANSS", values)], ["wallwork2012"]).loc[("wallwork2012", "positive")]

    assert (row["score"], row["score_low"], row["score_high"]) == (24, 19, 25)


def test_a_factor_of_which_nothing_was_rated_has_bounds_and_no_score(engine: BaseBackend) -> None:
    found = scored(engine, [("PANSS", {"P1": 3.0})], ["wallwork2012"])

    row = found.loc[("wallwork2012", "depressed")]
    assert (row["n_rated"], row["score_low"], row["score_high"]) == (0, 3, 21)
    assert pd.isna(row["score"])


def test_two_raters_give_their_mean_and_the_bounds_span_both(engine: BaseBackend) -> None:
    rows = [
        {
            "person_id": "a",
            "date": "1970-01-02",
            "scale": "PANSS",
            "item": item,
            "value": value,
            "rater": rater,
        }
        for rater, value in (("x", 2.0), ("y", 5.0))
        for item in ("P1", "P3", "P5", "G9")
    ]
    cohort = from_frames({"people": [{"person_id": "a"}], "ratings": rows}, engine)
    items = symptoms.rated_items(cohort.table("ratings"))
    found = scores.scores_of(items, ["wallwork2012"]).execute().set_index("factor").loc["positive"]

    assert (found["score"], found["score_low"], found["score_high"]) == (14, 8, 20)


def test_a_mean_is_shown_as_a_mean_and_its_bounds_too(engine: BaseBackend) -> None:
    values = {"global_hallucinations": 4.0, "global_delusions": None}
    row = scored(engine, [("SAPS", values)], ["globals2014"]).loc[("globals2014", "positive")]
    full = scored(engine, [("SAPS", {**values, "global_delusions": 1.0})], ["globals2014"])

    assert pd.isna(row["score"])
    assert (row["score_low"], row["score_high"]) == (2, 4.5)
    assert full.loc[("globals2014", "positive")]["score"] == 2.5


def test_a_scale_is_scored_by_its_own_models_only(engine: BaseBackend) -> None:
    values = {"hallucinatory_behaviour": 4.0, "grandiosity": 1.0, "suspiciousness": 1.0}
    found = scored(engine, [("BPRS-18", values)], ["globals2014", "wallwork2012"])

    assert set(found["scale"]) == {"BPRS-18"}
    positive = found.loc[("globals2014", "positive")]
    assert (positive["n_items"], positive["n_rated"], positive["score"]) == (4, 3, 2)


def test_by_default_the_models_known_in_part_are_left_out(engine: BaseBackend) -> None:
    cohort = from_frames(
        {
            "people": [{"person_id": "a"}],
            "ratings": [{"person_id": "a", "date": None, "scale": "PANSS", "item": "P1", "value": 2.0}],
        },
        engine,
    )
    items = symptoms.rated_items(cohort.table("ratings"))
    found = scores.scores_of(items).execute()

    assert {"kay1987", "wallwork2012", "marder1997", "consensus2012", "meta45"} <= set(found["model"])
    assert "pentagonal" not in set(found["model"])


def test_a_model_nobody_knows_is_refused_with_the_models_there_are(engine: BaseBackend) -> None:
    cohort = from_frames({"people": [{"person_id": "a"}], "ratings": []}, engine)
    items = symptoms.rated_items(cohort.table("ratings"))

    with pytest.raises(UsageError, match=r"no model vandergaag2006 .* kay1987"):
        scores.scores_of(items, ["vandergaag2006"])


def test_every_factor_can_be_scored_at_its_floor_and_its_ceiling(engine: BaseBackend) -> None:
    ranges = scale_items()
    ranges = ranges[ranges["kind"].isin(scores.SCORED_KINDS)]
    models = sorted(set(factor_models()["model"]))
    for end, percent in (("low", 0), ("high", 100)):
        by_scale = [
            (scale, dict(zip(rows["item"], rows[end], strict=True)))
            for scale, rows in ranges.groupby("scale")
        ]
        found = scored(engine, by_scale, models)

        assert len(found) == factor_models()[["model", "factor", "scale"]].drop_duplicates().shape[0]
        assert found["pomp"].tolist() == pytest.approx([percent] * len(found))


def test_scores_of_a_cohort_come_with_dates_sources_and_whether_anybody_checked_them() -> None:
    rows = [
        {"person_id": person, "date": day, "scale": "PANSS", "item": item, "value": 3.0}
        for person, day in (("a", "2020-03-01"), ("b", None))
        for item in PANSS
    ]
    cohort = from_frames({"people": [{"person_id": "a"}, {"person_id": "b"}], "ratings": rows})
    found = opentrs.factor_scores(cohort, ["consensus2012", "wallwork2012"])

    assert found.columns.tolist() == [
        "person_id", "date", "scale", "model", "factor", "statistic", "n_items", "n_rated", "score",
        "score_low", "score_high", "pomp", "source", "checked",
    ]  # fmt: skip
    assert found.groupby("person_id")["date"].unique().str[0].to_dict() == {"a": "2020-03-01", "b": ""}
    checked = found.query("person_id == 'a'").set_index(["model", "factor"])["checked"]
    assert checked["consensus2012", "positive"] == "yes"
    assert checked["wallwork2012", "positive"] == "second_hand"
    assert checked["wallwork2012", "excited"] == "unverified"


def test_a_cohort_without_ratings_is_refused() -> None:
    with pytest.raises(UsageError, match="no table ratings"):
        opentrs.factor_scores(from_frames({"people": [{"person_id": "a"}]}))
