"""Burden by type: the right people, the right time, the planted ratio, and silence where events are few."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StudySettings
from opentrs.sources import synthetic
from opentrs.sources.synthetic.simulate import CLINICAL
from opentrs.subtype import burden
from opentrs.subtype.parts import Labelled, PartSkipped

ITEM_SCHEMA = {
    "person_id": "string", "day": "int64", "scale": "string", "item": "string", "kind": "string",
    "low": "float64", "high": "float64", "value": "float64",
}  # fmt: skip


def labelled(
    types: dict[str, str], items: list[tuple[Any, ...]] = (), verdict: str = "resistant"
) -> Labelled:  # type: ignore[assignment]
    """What the rule would hand over, as far as this part reads it."""
    people = pd.DataFrame({"person_id": list(types), "type": list(types.values()), "verdict": verdict})
    visits = people.assign(day=1, scale="PANSS")[["person_id", "day", "scale", "type"]]
    rated = pd.DataFrame(list(items), columns=list(ITEM_SCHEMA))
    return Labelled(
        rules=cast(Any, None),
        people=cast(Any, None),
        items=ibis.memtable(rated, schema=ITEM_SCHEMA),
        domains=cast(Any, None),
        visits=ibis.memtable(visits, schema=dict.fromkeys(visits, "string") | {"day": "int64"}),
        types=cast(Any, None),
        person_types=people,
        norms=cast(Any, None),
    )


def person(name: str, **cells: Any) -> dict[str, Any]:
    return {
        "person_id": name, "sex": "F", "site": "A", "birth_date": "1980-01-01",
        "observation_start": "2010-01-01", "observation_end": "2020-01-01", **cells,
    }  # fmt: skip


def event(name: str, day: str, kind: str = "violence") -> dict[str, Any]:
    return {"person_id": name, "date": day, "kind": kind}


def crowd(violent: dict[str, int], size: int = 30) -> tuple[Cohort, Labelled]:
    """So many people of each type, the first of whom have one event each."""
    types = {f"{type_}{number}": type_ for type_ in violent for number in range(size)}
    people = [
        person(name, sex="FM"[number % 2], site="AB"[number % 30 % 3 == 0])
        for number, name in enumerate(types)
    ]
    events = [event(f"{type_}{number}", "2015-01-01") for type_, n in violent.items() for number in range(n)]
    return from_frames({"people": people, "events": events}), labelled(types)


def table(cohort: Cohort, labels: Labelled) -> pd.DataFrame:
    return burden.run(cohort, {}, StudySettings(), labels).tables["burden"]


def only(frame: pd.DataFrame, **cells: str) -> dict[str, Any]:
    for name, value in cells.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, frame
    return {str(name): cell for name, cell in frame.iloc[0].items()}


def test_a_rate_counts_the_events_and_the_time_of_the_type() -> None:
    cohort = from_frames(
        {
            "people": [person("a"), person("b", observation_end="2015-01-01"), person("c")],
            "events": [event("a", "2012-05-01"), event("a", "2013-05-01"), event("c", "2012-05-01")],
        }
    )
    found = table(cohort, labelled({"a": "hallucination", "b": "hallucination", "c": "delusion"}))
    row = only(found, group="all", outcome="violence", measure="rate", type="hallucination")

    assert (row["n"], row["events"], row["person_years"]) == (2, 2, pytest.approx(15.0, abs=0.01))
    assert row["estimate"] == pytest.approx(2 / 15, rel=1e-3)


@pytest.mark.parametrize(
    ("day", "counts"),
    [("2009-12-31", 0), ("2010-01-01", 1), ("2019-12-31", 1), ("2020-01-01", 1), ("2020-01-02", 0)],
)
def test_an_event_counts_within_the_time_on_record_both_ends_counted(day: str, counts: int) -> None:
    cohort = from_frames({"people": [person("a")], "events": [event("a", day), event("a", "2015-01-01")]})
    row = only(
        table(cohort, labelled({"a": "delusion"})),
        group="all",
        outcome="violence",
        type="delusion",
        measure="rate",
    )

    assert row["events"] == 1 + counts


@pytest.mark.parametrize(
    ("cells", "years"),
    [
        ({}, 10.0),
        ({"first_treatment_date": "2015-01-01"}, 5.0),
        ({"first_treatment_date": "2005-01-01"}, 10.0),
        ({"death_date": "2016-01-01"}, 6.0),
        ({"emigration_date": "2011-01-01"}, 1.0),
        ({"observation_start": None, "first_treatment_date": "2018-01-01"}, 2.0),
    ],
)
def test_time_runs_from_first_treatment_on_record_to_the_end_of_the_record(
    cells: dict[str, Any], years: float
) -> None:
    cohort = from_frames({"people": [person("a", **cells)], "events": [event("a", "2019-01-01")]})
    frame = burden.described_people(cohort, labelled({"a": "delusion"}))

    assert frame["years"].iloc[0] == pytest.approx(years, abs=0.01)


@pytest.mark.parametrize(("end", "is_known"), [("2010-01-01", False), ("2010-01-02", True)])
def test_time_that_ends_on_the_day_it_began_is_not_known(end: str, is_known: bool) -> None:
    people = {"people": [person("a", observation_end=end)], "events": [event("a", "2010-01-01")]}
    frame = burden.described_people(from_frames(people), labelled({"a": "delusion"}))

    assert frame["years"].notna().iloc[0] == is_known


def test_people_whose_time_is_not_known_are_left_out_and_counted() -> None:
    people = [person("a"), person("b", observation_end=None)]
    cohort = from_frames({"people": people, "events": [event("a", "2015-01-01"), event("b", "2015-01-01")]})
    row = only(
        table(cohort, labelled({"a": "delusion", "b": "delusion"})),
        group="all", outcome="violence", type="delusion", measure="rate",
    )  # fmt: skip

    assert (row["n"], row["events"], row["n_left_out"]) == (1, 1, 1)


def test_an_outcome_the_record_never_mentions_is_not_taken_for_none() -> None:
    cohort, labels = crowd({"delusion": 6, "hallucination": 6})
    found = table(cohort, labels)

    assert set(found.loc[found["outcome"] == "self_harm", "reason"]) == {"not_recorded"}
    assert found.loc[found["outcome"] == "self_harm", "estimate"].isna().all()
    assert set(found.loc[found["outcome"] == "distress", "reason"]) == {"not_recorded"}


@pytest.mark.parametrize(
    ("violent", "reason"),
    [
        ({"delusion": 5, "hallucination": 5}, ""),
        ({"delusion": 5, "hallucination": 4}, "few_events"),
        ({"delusion": 4, "hallucination": 5}, "few_events_in_reference"),
    ],
)
def test_a_ratio_asks_for_five_events_in_both_types(violent: dict[str, int], reason: str) -> None:
    found = table(*crowd(violent))
    rows = found[
        (found["measure"] == "ratio") & (found["type"] == "hallucination") & (found["group"] == "all")
    ]
    crude = rows[(rows["outcome"] == "violence") & (rows["adjusted_for"] == "")].iloc[0]

    assert crude["reason"] == reason
    assert pd.isna(crude["estimate"]) == bool(reason)
    if not reason:
        assert crude["estimate"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("violent", "adjusted_for"),
    [((8, 7), "sex;site"), ((7, 7), "sex"), ((5, 5), "sex")],
)
def test_an_adjusted_ratio_asks_for_five_events_per_coefficient_and_lets_the_site_go_first(
    violent: tuple[int, int], adjusted_for: str
) -> None:
    found = table(*crowd(dict(zip(("delusion", "hallucination"), violent, strict=True))))
    rows = found[(found["group"] == "all") & (found["outcome"] == "violence")]
    adjusted = rows[(rows["measure"] == "ratio") & (rows["adjusted_for"] != "")]

    assert dict(zip(adjusted["method"], adjusted["adjusted_for"], strict=True)) == {
        "poisson_robust": adjusted_for,
        "negative_binomial": adjusted_for,
    }


def test_people_without_a_covariate_are_left_out_of_the_adjusted_ratio_and_counted() -> None:
    types = {f"{type_}{number}": type_ for type_ in ("delusion", "hallucination") for number in range(20)}
    people = [person(name, sex="FM"[number % 2]) for number, name in enumerate(types)]
    people[3]["sex"] = None
    events = [event(name, "2015-01-01") for name in types if int(name[-1]) < 5]
    found = table(from_frames({"people": people, "events": events}), labelled(types))
    rows = found[(found["group"] == "all") & (found["outcome"] == "violence") & (found["measure"] == "ratio")]
    rows = rows[rows["type"] == "hallucination"]

    assert set(zip(rows["adjusted_for"], rows["n_left_out"], strict=True)) == {("", 0), ("sex", 1)}


def test_with_too_few_events_for_any_covariate_only_the_crude_ratio_is_given() -> None:
    types = ("delusion", "hallucination", "negative", "mixed", "none")
    found = table(*crowd(dict.fromkeys(types, 5)))
    rows = found[(found["group"] == "all") & (found["outcome"] == "violence") & (found["measure"] == "ratio")]

    # Five types are four coefficients, and sex a fifth: 25 events carry that, and no site.
    assert set(rows["adjusted_for"]) == {"", "sex"}
    cohort, labels = crowd(dict.fromkeys(types, 5))
    frame = burden.described_people(cohort, labels)
    counted = burden.counted_events(cohort, frame)
    assert counted is not None
    model = frame.merge(counted, on="person_id").rename(columns={"violence": "events"}).iloc[1:]
    assert burden.designed(model, types[1:], True, "events", 5)[1] is None


def test_a_covariate_that_the_site_tells_goes_without_the_site() -> None:
    cohort, labels = crowd({"delusion": 10, "hallucination": 10})
    frame = burden.described_people(cohort, labels).assign(
        events=1, site=lambda rows: rows["is_male"].map(str)
    )

    design = burden.designed(frame, ["hallucination"], True, "events", 5)[1]
    assert design is not None
    assert design.adjusted_for == ("sex",)


def test_only_the_resistant_are_compared_among_the_resistant() -> None:
    cohort, labels = crowd({"delusion": 6, "hallucination": 6})
    labels.person_types["verdict"] = ["resistant"] * 30 + ["unknown"] * 30
    found = table(cohort, labels)

    def people(group: str) -> dict[str, int]:
        rows = found[
            (found["group"] == group) & (found["outcome"] == "violence") & (found["measure"] == "rate")
        ]
        return dict(zip(rows["type"], rows["n"], strict=True))

    assert (people("all")["delusion"], people("all")["hallucination"]) == (30, 30)
    assert (people("resistant")["delusion"], people("resistant")["hallucination"]) == (30, 0)


def distressed(values: dict[str, list[float]]) -> pd.DataFrame:
    types = {f"{type_}{number}": type_ for type_, each in values.items() for number in range(len(each))}
    items = [
        (f"{type_}{number}", 1, "PSYRATS", "amount_of_distress", "item", 0.0, 4.0, value)
        for type_, each in values.items()
        for number, value in enumerate(each)
    ]
    cohort = from_frames({"people": [person(name) for name in types]})
    found = table(cohort, labelled(types, items))
    return found[(found["group"] == "all") & (found["outcome"] == "distress")]


def test_distress_is_compared_in_percent_of_the_maximum() -> None:
    found = distressed({"delusion": [1.0, 2.0] * 6, "hallucination": [3.0, 4.0] * 6})
    crude = found[(found["measure"] == "difference") & (found["type"] == "hallucination")].iloc[0]

    assert only(found, measure="mean", type="delusion")["estimate"] == pytest.approx(37.5)
    assert crude["estimate"] == pytest.approx(50.0)
    assert crude["ci_low"] < 50 < crude["ci_high"]


@pytest.mark.parametrize(("n", "reason"), [(10, ""), (9, "few_people")])
def test_mean_distress_asks_for_ten_people(n: int, reason: str) -> None:
    found = distressed({"delusion": [1.0, 2.0] * 5, "negative": ([1.0, 2.0] * 5)[:n]})

    assert only(found, measure="mean", type="negative")["reason"] == reason


def test_only_items_that_ask_for_distress_count_and_the_last_day_speaks() -> None:
    items = [
        ("a", 1, "PSYRATS", "amount_of_distress", "item", 0.0, 4.0, 4.0),
        ("a", 2, "PSYRATS", "amount_of_distress", "item", 0.0, 4.0, 1.0),
        ("a", 2, "PSYRATS", "loudness", "item", 0.0, 4.0, 4.0),
        ("a", 2, "AHRS", "distress", "item", 0.0, 10.0, 7.5),
        ("a", 3, "PSYRATS", "intensity_of_distress", "item", 0.0, 4.0, None),
        ("b", 1, "PANSS", "P3", "item", 1.0, 7.0, 7.0),
    ]
    scores = burden.distress_scores(labelled({"a": "delusion", "b": "delusion"}, items))

    assert scores.to_dict("records") == [{"person_id": "a", "distress": 50.0}]


def test_severity_takes_items_of_the_labelling_instrument_and_globals_only_without_items() -> None:
    items = [
        ("a", 1, "PANSS", "P1", "item", 1.0, 7.0, 7.0),
        ("a", 1, "PANSS", "P2", "item", 1.0, 7.0, 1.0),
        ("a", 1, "PANSS", "total", "total", 30.0, 210.0, 210.0),
        ("a", 1, "CDSS", "depression", "item", 0.0, 3.0, 3.0),
        ("b", 1, "PANSS", "one", "global", 0.0, 5.0, 5.0),
    ]
    found = burden.total_severity(labelled({"a": "delusion", "b": "delusion"}, items))

    assert dict(zip(found["person_id"], found["severity"], strict=True)) == {"a": 50.0, "b": 100.0}


def test_severity_by_saps_and_sans_together_takes_the_items_of_both_and_of_no_other_scale() -> None:
    items = [
        ("a", 1, "SAPS", "one", "item", 0.0, 5.0, 5.0),
        ("a", 1, "SANS", "two", "item", 0.0, 5.0, 0.0),
        ("a", 1, "PANSS", "P1", "item", 1.0, 7.0, 7.0),
        ("b", 1, "SAPS", "one", "item", 0.0, 5.0, 5.0),
        ("b", 1, "PANSS", "P1", "item", 1.0, 7.0, 1.0),
    ]
    given = labelled({"a": "delusion", "b": "delusion"}, items)
    scale = ibis.ifelse(given.visits.person_id == "a", "SAPS+SANS", "PANSS")
    found = burden.total_severity(replace(given, visits=given.visits.mutate(scale=scale)))
    assert dict(zip(found["person_id"], found["severity"], strict=True)) == {"a": 50.0, "b": 0.0}


def test_a_cohort_with_neither_events_nor_distress_is_skipped_with_its_reason() -> None:
    cohort = from_frames({"people": [person("a")]})

    with pytest.raises(PartSkipped, match="neither events"):
        table(cohort, labelled({"a": "delusion"}))


def test_the_planted_ratio_of_violence_is_found_among_the_resistant() -> None:
    layers = tuple(each for each in CLINICAL if each.name in ("people", "illness", "treatment", "events"))
    simulated = synthetic.simulate(3000, 7, layers=layers, complete_record=True)
    truth = simulated.truth[simulated.truth["true_symptom_type"].isin(burden.TYPES)]
    types = dict(zip(truth["person_id"].astype(str), truth["true_symptom_type"].astype(str), strict=True))
    labels = labelled(types)
    labels.person_types["verdict"] = np.where(truth["true_resistant"] == "yes", "resistant", "not_resistant")
    found = table(synthetic.as_cohort(simulated), labels)
    planted = simulated.parameters["violence_ratio_hallucination"]
    row = only(
        found[found["adjusted_for"] != ""],
        group="resistant", outcome="violence", type="hallucination", method="poisson_robust",
    )  # fmt: skip

    assert planted == 1.8
    assert row["ci_low"] < planted < row["ci_high"]
    assert row["ci_low"] > 1
    assert row["adjusted_for"] == "age;sex;site"
    other = only(found[found["adjusted_for"] != ""], group="resistant", outcome="self_harm",
                 type="hallucination", method="poisson_robust")  # fmt: skip
    assert other["ci_low"] < 1 < other["ci_high"], "nothing is planted for self-harm"


@pytest.mark.parametrize(("n_known", "used"), [(8, ("severity",)), (7, ())])
def test_a_covariate_is_used_where_four_fifths_of_the_people_have_it(
    n_known: int, used: tuple[str, ...]
) -> None:
    severity = [float(n) for n in range(n_known)] + [np.nan] * (10 - n_known)
    model = pd.DataFrame({"age": 40.0, "is_male": 1.0, "severity": severity, "site": "a"})
    assert burden._usable(model) == used


def test_a_finding_notes_the_reason_before_what_it_is_adjusted_for() -> None:
    row = {
        "group": "all", "outcome": "violence", "measure": "ratio", "type": "negative", "method": "poisson",
        "estimate": None, "ci_low": None, "ci_high": None, "n": 20, "unit": "ratio",
        "adjusted_for": "age", "reason": "few_events",
    }  # fmt: skip
    said, unsaid = burden._findings(pd.DataFrame([row, row | {"reason": "", "estimate": 1.5}]))
    assert (said.note, said.estimate) == ("few_events", None)
    assert (unsaid.note, unsaid.estimate) == ("age", 1.5)


def test_a_mean_has_the_t_interval_of_its_people_within_the_range() -> None:
    values = [0.0, 0.0, 1.0, 4.0, 4.0, 2.0, 3.0, 1.0, 4.0, 4.0]
    row = only(
        distressed({"delusion": values, "negative": [0.0] * 9 + [1.0]}), measure="mean", type="delusion"
    )
    percent = 25 * np.array(values)
    low, high = stats.t.interval(0.95, 9, percent.mean(), stats.sem(percent))
    assert (row["estimate"], row["n"], row["unit"]) == (57.5, 10, "percent of maximum")
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(low), pytest.approx(high))
    low_end = only(distressed({"negative": [0.0] * 9 + [1.0]}), measure="mean", type="negative")
    assert low_end["ci_low"] == 0.0
    high_end = only(distressed({"negative": [4.0] * 9 + [3.0]}), measure="mean", type="negative")
    assert high_end["ci_high"] == 100.0


def test_every_type_has_its_row_of_distress_with_the_reason_where_it_cannot_be_compared() -> None:
    ten = [1.0, 2.0] * 5
    found = distressed({"delusion": ten, "hallucination": ten, "negative": ten[:9]})
    said = [(row["measure"], row["type"], row["reason"]) for row in found.to_dict("records")]
    assert said[:5] == [
        ("mean", "delusion", ""), ("mean", "hallucination", ""), ("mean", "negative", "few_people"),
        ("mean", "mixed", "few_people"), ("mean", "none", "few_people"),
    ]  # fmt: skip
    assert said[5:8] == [("difference", name, "few_people") for name in ("negative", "mixed", "none")]
    crude, *adjusted = found.iloc[8:].to_dict("records")
    assert (crude["type"], crude["method"], crude["unit"]) == ("hallucination", "ols_hc3", "points")
    assert (crude["n"], crude["reference"]) == (20, "delusion")
    assert crude["estimate"] == pytest.approx(0.0, abs=1e-9)
    assert crude["ci_low"] == pytest.approx(-crude["ci_high"], abs=1e-9)
    assert all(row["type"] == "hallucination" for row in adjusted)


def test_without_enough_people_in_the_reference_no_difference_is_given() -> None:
    ten = [1.0, 2.0] * 5
    found = distressed({"delusion": ten[:9], "hallucination": ten})
    rows = found[found["measure"] == "difference"]
    assert dict(zip(rows["type"], rows["reason"], strict=True)) == {
        "hallucination": "few_people_in_reference", "negative": "few_people", "mixed": "few_people",
        "none": "few_people",
    }  # fmt: skip
    assert rows["estimate"].isna().all()


def test_every_type_has_its_row_of_violence_with_the_reason_where_it_cannot_be_compared() -> None:
    found = table(*crowd({"delusion": 6, "hallucination": 9, "negative": 4}))
    rows = found[(found["group"] == "all") & (found["outcome"] == "violence")].to_dict("records")
    rates = [(row["type"], row["n"], row["events"], row["reason"]) for row in rows[:5]]
    assert rates == [
        ("delusion", 30, 6, ""), ("hallucination", 30, 9, ""), ("negative", 30, 4, ""),
        ("mixed", 0, 0, "nobody"), ("none", 0, 0, "nobody"),
    ]  # fmt: skip
    few = [(row["type"], row["n"], row["reason"]) for row in rows[5:8]]
    assert few == [(name, 0, "few_events") for name in ("negative", "mixed", "none")]
    crude = rows[8]
    assert (crude["type"], crude["n"], crude["unit"]) == ("hallucination", 60, "ratio")
    assert crude["estimate"] == pytest.approx(1.5)
    assert crude["ci_low"] < 1 < crude["ci_high"]
    rate = only(pd.DataFrame(rows), measure="rate", type="delusion")
    years = rate["person_years"]
    assert years == pytest.approx(30 * 3652 / 365.25, abs=0.01)
    assert rate["ci_low"] == pytest.approx(stats.chi2.ppf(0.025, 12) / 2 / years, rel=1e-4)
    assert rate["ci_high"] == pytest.approx(stats.chi2.ppf(0.975, 14) / 2 / years, rel=1e-4)


def test_age_is_told_by_birth_or_by_what_was_written_down() -> None:
    people = [person("a"), person("b", birth_date=None, age_years=44), person("c", sex="M")]
    frame = burden.described_people(
        from_frames({"people": people}), labelled(dict.fromkeys("abc", "delusion"))
    ).set_index("person_id")
    assert frame.loc["a", "age"] == pytest.approx(30.0, abs=0.01)
    assert frame.loc["b", "age"] == 44
    assert frame["is_male"].to_dict() == {"a": 0.0, "b": 0.0, "c": 1.0}


def test_covariates_stand_around_their_mean_and_the_largest_site_has_no_column() -> None:
    frame = pd.DataFrame({
        "type": ["delusion"] * 40 + ["hallucination"] * 41, "age": [20.0, 40.0] * 40 + [30.0],
        "is_male": [0.0, 1.0] * 40 + [1.0], "severity": np.nan, "events": 5,
        "site": ["A"] * 21 + ["B"] * 20 + ["C"] * 19 + ["A"] * 18 + ["D"] * 3,
    })  # fmt: skip
    complete, design = burden.designed(frame, ["hallucination"], True, "events", 5)
    assert design is not None
    assert design.adjusted_for == ("age", "sex", "site")
    assert len(complete) == 81
    assert design.matrix[:, 2] == pytest.approx((frame["age"] - 30) / 10)
    assert design.matrix[:, 3] == pytest.approx(frame["is_male"] - 41 / 81)
    # A is the largest; B has twenty people; C and D with fewer are one.
    assert design.matrix[:, 4:].sum(axis=0).tolist() == [22, 20]
    assert design.coefficients == 5


def test_a_finding_says_of_whom_what_and_how() -> None:
    found = {one.name: one for one in burden.run(*_run_of({"delusion": 6, "hallucination": 9})).findings}
    rate = found["burden.all.violence.rate.delusion"]
    assert (rate.stage, rate.unit, rate.method, rate.n) == ("subtype", "per person-year", "exact_poisson", 30)
    crude = found["burden.all.violence.ratio.hallucination.poisson_robust.crude"]
    assert (crude.estimate, crude.n, crude.note) == (pytest.approx(1.5), 60, "")
    adjusted = found["burden.all.violence.ratio.hallucination.negative_binomial.adjusted"]
    assert adjusted.note in ("sex;site", "convergence")
    assert "burden.resistant.violence.rate.delusion" in found
    silent = found["burden.all.self_harm.rate.delusion"]
    assert (silent.estimate, silent.low, silent.high, silent.note) == (None, None, None, "not_recorded")


def _run_of(violent: dict[str, int]) -> tuple[Any, ...]:
    cohort, labels = crowd(violent)
    return cohort, {}, StudySettings(), labels
