"""The probability of a type: found where it was planted, said of every visit, never merged with the rule."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StudySettings
from opentrs.messages import text
from opentrs.stats.ordinal_mixture import Choosing, Effort
from opentrs.subtype import probability
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.parts import Labelled, PartSkipped, with_columns
from opentrs.subtype.stage import PARTS, label_cohort

PANSS = ("P1", "P5", "P6", "G9", "P3", "N1", "N2", "N3", "N4", "N6", "P2", "N5", "G11")
OWN = (("P1", "P5", "P6", "G9"), ("P3",), ("N1", "N2", "N3", "N4", "N6"))
TYPES = ("delusion", "hallucination", "negative")
QUICK = Choosing(
    most_classes=4,
    bootstraps=0,
    splits=2,
    effort=Effort(starts=8, short_steps=8, finalists=2, tolerance=1e-7),
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probability, "CHOOSING", QUICK)


def ratings_of(people: int, seed: int = 1, high: float = 6.0) -> tuple[list[dict[str, Any]], list[str]]:
    """PANSS items of people of three types in turn, each high on its own domain."""
    rng = np.random.default_rng(seed)
    rows, truth = [], []
    for number in range(people):
        kind = number % 3
        truth.append(TYPES[kind])
        for item in PANSS:
            level = (high if item in OWN[kind] else 2.0) + rng.normal() * 0.7
            rows.append(rating(f"P{number:04d}", item, float(np.clip(np.rint(level), 1, 7))))
    return rows, truth


def rating(
    person: str, item: str, value: float | None, date: str = "2020-01-01", **cells: Any
) -> dict[str, Any]:
    return {"person_id": person, "date": date, "scale": "PANSS", "item": item, "value": value, **cells}


def read(rows: list[dict[str, Any]]) -> tuple[Cohort, Labelled]:
    names = sorted({row["person_id"] for row in rows})
    people = pd.DataFrame({"person_id": names, "sex": "F", "diagnosis": "F20.0"})
    cohort = from_frames({"people": people, "ratings": pd.DataFrame(rows)})
    return cohort, label_cohort(cohort, {}, StudySettings())[0]


@cache
def planted(people: int) -> tuple[Cohort, Labelled, list[str]]:
    """A cohort of planted types, labelled by the rule once for all tests."""
    rows, truth = ratings_of(people)
    return *read(rows), truth


def found_in(people: int) -> tuple[Any, Labelled, list[str]]:
    """What the part says of that cohort under the choices in force."""
    cohort, labelled, truth = planted(people)
    return probability.run(cohort, {}, StudySettings(), labelled), labelled, truth


@cache
def fitted(people: int) -> tuple[Any, Labelled, list[str]]:
    """The same once for all tests that change none of the choices."""
    return found_in(people)


def found(rows: list[dict[str, Any]]) -> tuple[Any, Labelled]:
    cohort, labelled = read(rows)
    return probability.run(cohort, {}, StudySettings(), labelled), labelled


def test_planted_types_are_predicted_and_shown_beside_the_rule() -> None:
    result, labelled, truth = fitted(150)
    predicted = result.columns.sort_values("person_id")
    assert (predicted["probable_type"].to_numpy() == np.array(truth)).mean() > 0.9
    sums = predicted[["p_delusion", "p_hallucination", "p_negative"]].sum(axis=1)
    assert (sums <= 1 + 1e-9).all()
    classes = result.tables["mixture_classes"]
    assert sorted(classes["type"]) == sorted(TYPES)
    assert classes["share"].sum() == pytest.approx(1)
    assert classes["n"].tolist() == [150] * 3
    by_type = classes.set_index("type")
    assert by_type.loc["negative", "negative"] > 60 > 40 > by_type.loc["delusion", "negative"]
    mixture = result.tables["mixture"]
    assert mixture.loc[mixture["chosen"] == "yes", "n_classes"].tolist() == [3]
    assert mixture["n"].tolist() == [150] * 4
    assert mixture["log_likelihood"].notna().all()
    counts = result.tables["rule_and_probability"]
    assert counts["n"].sum() == 150
    both = counts[counts["type"].isin(TYPES) & counts["probable_type"].isin(TYPES)]
    same = both.loc[both["type"] == both["probable_type"], "n"].sum()
    (agreement, stability) = result.findings
    assert (agreement.n, agreement.estimate) == (both["n"].sum(), pytest.approx(same / both["n"].sum()))
    assert stability.low <= stability.estimate <= stability.high
    filled = with_columns(labelled.types, result.columns)
    assert filled["p_negative"].notna().all()
    assert (filled["type"] == labelled.types["type"]).all()


def test_the_same_seed_gives_the_same_probabilities_whatever_the_order_of_rows() -> None:
    first, _, _ = fitted(100)
    again, _ = found(ratings_of(100)[0][::-1])
    pd.testing.assert_frame_equal(first.columns, again.columns)
    for name in first.tables:
        pd.testing.assert_frame_equal(first.tables[name], again.tables[name])


def test_every_visit_is_predicted_though_one_visit_a_person_is_fitted() -> None:
    rows, _ = ratings_of(102)
    earlier = [rating("P0000", item, 6.0 if item in OWN[2] else 1.0, "2018-05-01") for item in PANSS]
    only_some = [rating("P0001", "P3", 7.0, "2018-06-01"), rating("P0001", "N1", 1.0, "2018-06-01")]
    result, _ = found(rows + earlier + only_some)
    predicted = result.columns.set_index(["person_id", "date"])
    assert len(predicted) == 104
    assert predicted.loc[("P0000", "2018-05-01"), "probable_type"] == "negative"
    assert predicted.loc[("P0000", "2020-01-01"), "probable_type"] == "delusion"
    partly = predicted.loc[("P0001", "2018-06-01")]
    assert partly["p_hallucination"] > partly["p_negative"]
    assert result.tables["mixture"]["n"].tolist() == [102] * 4
    assert result.tables["rule_and_probability"]["n"].sum() == 102


@pytest.mark.parametrize(("people", "fits"), [(99, False), (100, True)])
def test_a_hundred_people_are_needed(people: int, fits: bool) -> None:
    if fits:
        assert len(fitted(people)[0].columns) == people
    else:
        with pytest.raises(PartSkipped, match=r"at least 100 people .*PANSS there are 99"):
            fitted(people)


def test_people_who_differ_in_severity_alone_are_given_no_type() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for number in range(120):
        severity = rng.normal()
        for item in PANSS:
            level = np.clip(np.rint(3.5 + 1.2 * severity + rng.normal() * 0.8), 1, 7)
            rows.append(rating(f"P{number:04d}", item, float(level)))
    result, _ = found(rows)
    assert len(result.tables["mixture_classes"]) == 1
    assert result.columns["p_delusion"].isna().all()
    assert set(result.columns["probable_type"]) == {"unassigned"}
    mixture = result.tables["mixture"]
    assert mixture.loc[mixture["chosen"] == "yes", "note"].tolist() == [
        text("subtype_probability.one_class", "en")
    ]
    assert result.findings[0].estimate is None


def test_below_seven_tenths_for_every_type_a_visit_is_unassigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probability, "ASSIGNED_FROM", 1.1)
    result, _, _ = found_in(100)
    assert set(result.columns["probable_type"]) == {"unassigned"}
    assert probability.FEWEST_PEOPLE == 100


def test_a_class_has_the_type_the_rule_gives_to_a_visit_with_its_ratings() -> None:
    result, labelled, _ = fitted(150)
    by_type = result.tables["mixture_classes"].set_index("type")
    visits = labelled.types.set_index("type")
    for name in TYPES:
        scores = visits.loc[name, [f"{domain}_pomp" for domain in TYPES]].mean()
        assert by_type.loc[name, list(TYPES)].to_numpy(dtype=float) == pytest.approx(scores, abs=6)


def test_the_mean_of_two_raters_counts_to_the_nearest_point_half_upward() -> None:
    rows, _ = ratings_of(100)
    twice = [
        rating("P0000", "P4", 1.0),
        {**rating("P0000", "P3", 6.0, "2021-01-01"), "rater": "A"},
        {**rating("P0000", "P3", 7.0, "2021-01-01"), "rater": "B"},
    ]
    _, labelled = read([{"rater": "A", **row} for row in rows + twice])
    table = probability.rated_visits(labelled, "PANSS")
    assert table.loc[("P0000",)]["PANSS P3"].tolist()[-1] == 7.0
    assert "PANSS P4" not in table


def test_items_nobody_was_rated_on_are_left_out_of_the_model() -> None:
    rows, _ = ratings_of(102)
    result, _ = found([row for row in rows if row["item"] != "G11"])
    assert set(result.tables["mixture"]["n_items"]) == {12}
    assert result.columns["p_negative"].notna().all()


def test_a_mixture_that_cannot_be_fitted_is_a_reason_and_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    hopeless = Choosing(most_classes=1, effort=Effort(starts=1, max_steps=2, tolerance=1e-300))
    monkeypatch.setattr(probability, "CHOOSING", hopeless)
    with pytest.raises(PartSkipped, match="no start converged"):
        found_in(100)


def test_the_part_is_one_of_the_stage() -> None:
    assert probability.PART in PARTS


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"PANSS": 1, "BPRS-18": 2}, "BPRS-18"),
        ({"PANSS": 2, "BPRS-18": 2}, "PANSS"),
        ({"SAPS+SANS": 3, "BPRS-24": 3}, "SAPS+SANS"),
    ],
)
def test_the_instrument_most_people_were_labelled_with_is_taken(
    counts: dict[str, int], expected: str
) -> None:
    visits = pd.DataFrame(
        [(f"{scale}{number}", scale) for scale, n in counts.items() for number in range(n)],
        columns=["person_id", "scale"],
    )
    visits = pd.concat([visits, visits.iloc[:1]])
    assert probability.most_used(visits, shipped_types()) == expected


def test_an_instrument_of_two_scales_brings_the_items_of_both() -> None:
    items = probability.instrument_items(shipped_types(), "SAPS+SANS")
    assert set(items["scale"]) == {"SAPS", "SANS"}
    assert items["key"].is_unique
    assert len(items) == 8


def test_every_number_of_classes_tried_stands_with_what_it_came_to() -> None:
    mixture = fitted(150)[0].tables["mixture"]
    assert mixture["n_classes"].tolist() == [1, 2, 3, 4]
    assert mixture["chosen"].tolist() == ["no", "no", "yes", "no"]
    fits = mixture["bic"].notna()
    assert fits.any()
    assert mixture.loc[fits, "bic"].tolist() == pytest.approx(
        (-2 * mixture["log_likelihood"] + mixture["n_parameters"] * np.log(150))[fits].tolist()
    )
    assert (mixture.loc[fits, "n_starts"] >= mixture.loc[fits, "n_at_best"]).all()
    assert (mixture.loc[fits, "n_at_best"] >= 1).all()
    assert mixture.loc[fits & (mixture["n_classes"] > 1), "entropy"].between(0, 1).all()
    assert mixture.loc[mixture["chosen"] == "yes", "note"].tolist() == [""]
    assert set(mixture["scale"]) == {"PANSS"}


def test_the_findings_of_the_mixture_are_the_figures_of_its_table() -> None:
    result, _, _ = fitted(150)
    agreement, stability = result.findings
    chosen = result.tables["mixture"].set_index("chosen").loc["yes"]
    assert (stability.estimate, stability.low, stability.high) == (
        chosen["stability_ari"], chosen["stability_low"], chosen["stability_high"],
    )  # fmt: skip
    assert (stability.name, stability.unit, stability.n) == ("mixture_stability", "ARI", 150)
    assert (agreement.name, agreement.unit) == ("rule_and_probability_agreement", "proportion")


def test_as_shipped_as_many_bootstraps_are_drawn_as_can_just_reach_the_level(monkeypatch) -> None:
    monkeypatch.undo()
    assert 1 / (probability.CHOOSING.bootstraps + 1) == probability.CHOOSING.level
    assert (probability.CHOOSING.most_classes, probability.CHOOSING.splits) == (6, 10)


def test_the_last_visit_with_a_type_is_taken_and_the_last_at_all_where_none_has_one() -> None:
    visits = pd.DataFrame({
        "person_id": ["a", "a", "a", "b", "b"], "day": [1, 2, 3, 1, 2],
        "type": ["delusion", "none", "unknown", "unknown", "unknown"],
    })  # fmt: skip
    index = pd.MultiIndex.from_frame(visits[["person_id", "day"]])
    table = pd.DataFrame({"P1": [1.0, 2.0, 3.0, 4.0, 5.0]}, index=index)
    assert probability.one_visit_each(visits, table)["P1"].tolist() == [2.0, 5.0]
