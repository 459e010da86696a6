"""Aggregate output of the types: no small count is published, and none comes back by subtraction."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrs.cohort.results import StageResult
from opentrs.report import withheld, withheld_types
from opentrs.report.folder import files_below
from opentrs.report.output import write_run
from tests.unit.report.conftest import CANARY, MakeRun
from tests.unit.report.made_up_types import made_up_types

TYPES = ("delusion", "hallucination", "negative", "mixed", "none", "unknown")
PERSONAL = {"types", "person_types", "domains", "flow", "rule_and_probability", "burden"}
cells = st.lists(st.one_of(st.integers(0, 12), st.integers(10, 60)), min_size=6, max_size=6)


def small(count: float) -> bool:
    return 0 < abs(count) < withheld.SMALLEST_SHOWN


def published(groups: dict[str, list[int]], asked: dict[str, int | None]) -> list[dict[str, Any]]:
    rows = []
    for group, counts in groups.items():
        known = sum(counts[:-1])
        rows += [
            {
                "group": group,
                "label": "type",
                "value": value,
                "count": count,
                "n": known,
                "share": count / max(known, 1),
                "ci_low": 0.0,
                "ci_high": 1.0,
                "worst": 0.0,
                "best": 1.0,
            }
            for value, count in zip(TYPES, counts, strict=True)
        ]
    return withheld_types.type_prevalence(pd.DataFrame(rows), asked).to_dict("records")


def shown(rows: list[dict[str, Any]], group: str) -> dict[str, int]:
    return {row["value"]: row["count"] for row in rows if row["group"] == group and row["count"] is not None}


@settings(deadline=None, max_examples=120)
@given(cells, cells)
def test_no_sum_or_difference_of_shown_counts_is_small(resistant: list[int], others: list[int]) -> None:
    everybody = [a + b for a, b in zip(resistant, others, strict=True)]
    asked = {"all": sum(everybody), "resistant": sum(resistant)}
    rows = published({"all": everybody, "resistant": resistant}, asked)
    whole, part = shown(rows, "all"), shown(rows, "resistant")

    for counts, total in ((whole, sum(everybody)), (part, sum(resistant))):
        for size in range(1, len(counts) + 1):
            for chosen in itertools.combinations(counts, size):
                assert not small(sum(counts[value] for value in chosen))
                if size == len(counts):
                    assert not small(total - sum(counts.values())), "the hidden together"
    for value in set(whole) & set(part):
        assert not small(whole[value] - part[value]), "those not resistant"
    if part:
        assert set(part) == set(whole) == set(TYPES)
        assert not small(sum(others))


@settings(deadline=None, max_examples=60)
@given(cells)
def test_where_the_unknown_are_hidden_no_share_tells_them(counts: list[int]) -> None:
    rows = published({"all": counts}, {"all": sum(counts)})
    if "unknown" not in shown(rows, "all"):
        assert all(row[name] is None for row in rows for name in ("n", "share", "ci_low", "worst", "best"))


def test_a_total_that_another_table_withholds_is_not_told_by_the_types() -> None:
    counts = {"all": [20, 20, 20, 20, 20, 20], "resistant": [10, 10, 10, 10, 10, 10]}

    assert len(shown(published(counts, {"all": 120, "resistant": 60}), "resistant")) == 6
    assert shown(published(counts, {"all": 120, "resistant": None}), "resistant") == {}
    assert shown(published(counts, {"all": 120, "resistant": 63}), "resistant") == {}
    assert shown(published(counts, {"all": None, "resistant": None}), "all") == {}
    assert shown(published(counts, {"all": 129, "resistant": 60}), "all") == {}
    assert len(shown(published(counts, {"all": 130, "resistant": 60}), "all")) == 6


def review(severe: int, from_type: str) -> pd.DataFrame:
    """Types of 30 people each, and the review's label that takes the severely depressed out of one type."""
    types = dict.fromkeys(TYPES, 30)
    four = {"delusion": 30, "hallucination": 30, "negative": 30, "none_of_the_four": 60, "unknown": 30}
    four[from_type] -= severe
    listed = [("type", types), ("review_type", {**four, "severe_depression": severe})]
    depression = {"severe": severe, "none": 180 - severe}
    return pd.DataFrame(
        [
            {"group": "all", "label": label, "value": value, "count": count, "n": 150}
            for label, counts in (*listed, ("depression", depression))
            for value, count in counts.items()
        ]
    ).reindex(
        columns=["group", "label", "value", "count", "n", "share", "ci_low", "ci_high", "worst", "best"]
    )


def test_the_reviews_label_is_withheld_where_its_difference_from_the_type_counts_few() -> None:
    def labels(severe: int, from_type: str) -> set[str]:
        out = withheld_types.type_prevalence(review(severe, from_type), {"all": 180})
        return set(out.loc[out["count"].notna(), "label"])

    assert labels(12, "delusion") == {"type", "review_type", "depression"}
    assert labels(9, "none_of_the_four") == {"type"}
    assert labels(0, "delusion") == {"type", "review_type", "depression"}


def choices(*rows: tuple[int, int, int]) -> list[dict[str, Any]]:
    frame = pd.DataFrame(
        [
            {
                "choice": "floor",
                "value": str(place),
                "n": n,
                "n_differ": differ,
                "n_unknown": unknown,
                "kappa": 0.5,
            }
            for place, (n, differ, unknown) in enumerate(rows)
        ]
    )
    return withheld_types.sensitivity(frame, [100]).to_dict("records")


def test_a_choice_that_changes_few_people_is_withheld_with_its_kappa() -> None:
    out = choices((100, 10, 0), (100, 9, 0), (100, 91, 0), (100, 90, 0), (95, 20, 10), (90, 20, 10))

    assert [row["withheld"] for row in out] == ["no", "yes", "yes", "no", "yes", "no"]
    assert all(row["kappa"] is None and row["n_differ"] is None for row in out if row["withheld"] == "yes")
    assert [row["value"] for row in out] == list("012345")


def test_agreement_of_instruments_is_told_over_all_types_only() -> None:
    rows = [{"scale_a": "A", "scale_b": "B", "type": "all", "n": 48, "agreement": 31 / 48, "kappa": 0.5}]
    few = [{**rows[0], "scale_b": "C", "agreement": 40 / 48}]
    part = [{**rows[0], "type": "delusion"}]
    out = withheld_types.instruments(pd.DataFrame(rows + few + part), [48]).to_dict("records")

    assert [(row["scale_b"], row["withheld"]) for row in out] == [("B", "no"), ("C", "yes")]
    assert out[1]["n"] is None


def test_a_norm_of_few_people_does_not_leave() -> None:
    table = pd.DataFrame(
        {"norm": ["own", "own"], "domain": ["delusion", "negative"], "n": [10, 9], "source": ["a", "a"]}
    )

    assert withheld_types.norms(table, [10])["domain"].tolist() == ["delusion"]


def test_the_people_whose_type_is_unknown_cannot_be_found_by_subtraction() -> None:
    one = {"n_differ": 40, "n_unknown": 0, "kappa": 0.5, "is_default": "no", "source": "s", "checked": "yes"}
    choice = pd.DataFrame([{"choice": "floor", "value": "mean", "n": 282, **one}])

    def shown(totals: list[int]) -> int | None:
        return withheld_types.sensitivity(choice, totals).to_dict("records")[0]["n"]

    assert shown([283]) is None, "283 people less 282 would tell the one of unknown type"
    assert shown([]) is None, "everybody's number is withheld, and this would tell it"
    assert shown([282]) == shown([292]) == 282


def test_agreement_of_nearly_everybody_is_withheld_and_its_n_is_guarded_against() -> None:
    row = {"scale_a": "A", "scale_b": "B", "type": "all", "n": 48, "agreement": 24 / 48, "kappa": 0.5}
    totals = [60]

    assert withheld_types.instruments(pd.DataFrame([row]), [50]).loc[0, "n"] is None
    assert withheld_types.instruments(pd.DataFrame([row]), []).loc[0, "n"] is None
    assert withheld_types.instruments(pd.DataFrame([row]), totals).loc[0, "n"] == 48
    assert totals == [60, 48]


def test_the_n_of_the_cohorts_own_norm_goes_where_it_would_tell_few_by_subtraction() -> None:
    table = pd.DataFrame(
        {
            "norm": ["own_cohort", "own_cohort", "own_cohort", "shipped"],
            "domain": ["delusion", "experience", "negative", "negative"],
            "n": [282, 280, 100, 281],
            "mean_pomp": [50.0, 43.0, 38.0, 36.0],
            "source": ["this cohort", "this cohort", "this cohort", "ds000030"],
        }
    )
    near = withheld_types.norms(table, [283])
    far = withheld_types.norms(table, [282])

    assert near["n"].tolist() == [None, None, 100, 281], "a norm of other people tells nothing of these"
    assert near["mean_pomp"].tolist() == [50.0, 43.0, 38.0, 36.0]
    assert far["n"].tolist() == [282, None, 100, 281]
    assert withheld_types.norms(table, [])["n"].tolist() == [None, None, None, 281]


def test_reasons_of_parts_do_not_leave_for_they_may_count_people() -> None:
    table = pd.DataFrame({"part": ["a", "b"], "ran": ["no", "yes"], "reason": ["3 people", ""]})

    assert withheld_types.parts(table)["reason"].tolist() == [None, ""]


def test_nothing_about_single_people_of_the_types_is_written(make_run: MakeRun, tmp_path: Path) -> None:
    tables = made_up_types(CANARY)
    run = make_run(aggregate_only=True)
    run = replace(run, results={**run.results, "subtype": StageResult("subtype", tables)})
    write_run(run, tmp_path / "out")
    written = files_below(tmp_path / "out")

    names = {Path(name).stem for name in written if name.startswith("tables/subtype/")}
    assert names
    assert not names & PERSONAL
    assert not [name for name, path in written.items() if CANARY.encode() in path.read_bytes()]
    assert "figures/subtype/types.svg" in written
    assert "figures/subtype/profiles.svg" not in written
