"""Shares of a cohort, worked out by hand on tables of a few people."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest

from opentrs.ascertain.prevalence import agreement_frame, flow_frame, missing_frame, prevalence_frame

PEOPLE = pd.DataFrame(
    [("a", "F", "north", "2000-2009"), ("b", "F", "north", "2010-2019"), ("c", "M", "north", "2010-2019"),
     ("d", "M", "north", None), ("e", None, "south", None), ("f", "M", "south", None)],
    columns=["person_id", "sex", "site", "period"],
)  # fmt: skip
VERDICTS = ("resistant", "not_resistant", "not_resistant", "unknown", "resistant", "not_applicable")


def verdicts(*words: str, definition: str = "trrip") -> pd.DataFrame:
    people = list("abcdef")[: len(words)]
    return pd.DataFrame({"person_id": people, "definition": definition, "verdict": words})


def row(table: pd.DataFrame, definition: str, group: str) -> dict[str, object]:
    (found,) = table[(table["definition"] == definition) & (table["group"] == group)].to_dict("records")
    return {str(name): value for name, value in found.items()}


def test_a_share_is_of_the_settled_and_its_bounds_are_of_all() -> None:
    everybody = row(prevalence_frame(verdicts(*VERDICTS), PEOPLE, "en"), "trrip", "all")
    assert [everybody[name] for name in ("n", "resistant", "not_resistant", "unknown")] == [5, 2, 2, 1]
    assert everybody["estimate"] == 0.5
    assert everybody["ci_low"] == pytest.approx(0.067586, abs=1e-6)
    assert everybody["ci_high"] == pytest.approx(0.932414, abs=1e-6)
    assert (everybody["worst"], everybody["best"]) == (0.4, 0.6)
    assert everybody["unit"] == "proportion"
    assert "Clopper-Pearson" in str(everybody["method"])


def test_each_definition_has_the_whole_and_then_its_groups_without_those_who_are_in_none() -> None:
    both = pd.concat([verdicts(*VERDICTS), verdicts(*VERDICTS[::-1], definition="nice_cg178")])
    table = prevalence_frame(both, PEOPLE, "en")
    groups = ["all", "sex:F", "sex:M", "site:north", "site:south", "period:2000-2009", "period:2010-2019"]
    # "a" is not asked under the second definition, and only "a" began in the first decade.
    assert table["group"].tolist() == groups + [group for group in groups if group != "period:2000-2009"]
    assert table["definition"].tolist() == ["trrip"] * 7 + ["nice_cg178"] * 6
    assert [row(table, "trrip", "sex:M")[name] for name in ("n", "not_resistant", "unknown")] == [2, 1, 1]
    assert row(table, "nice_cg178", "site:south")["n"] == 2


def test_of_a_group_nobody_has_settled_only_the_bounds_are_known() -> None:
    table = prevalence_frame(verdicts("not_applicable", "unknown"), PEOPLE, "en")
    women = row(table, "trrip", "sex:F")
    assert women["estimate"] is None or pd.isna(women["estimate"])
    assert (women["n"], women["worst"], women["best"]) == (1, 0, 1)


def test_two_definitions_agree_on_those_both_have_settled() -> None:
    yes, no = "resistant", "not_resistant"
    pairs = [(yes, yes)] * 3 + [(yes, no)] * 2 + [(no, yes)] + [(no, no)] * 4
    pairs += [("unknown", yes), (no, "unknown"), (yes, "not_applicable")]
    tables = [
        pd.DataFrame({"person_id": range(len(pairs)), "definition": name, "verdict": words})
        for name, words in zip(("trrip", "kane_1988"), zip(*pairs, strict=True), strict=True)
    ]
    (pair,) = agreement_frame(pd.concat(tables)).to_dict("records")
    assert (pair["definition_a"], pair["definition_b"]) == ("trrip", "kane_1988")
    assert [pair[name] for name in ("n", "both", "only_a", "only_b", "neither")] == [10, 3, 2, 1, 4]
    # 7 of 10 agree; by chance 0.5 * 0.4 + 0.5 * 0.6
    assert pair["kappa"] == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert pair["positive_agreement"] == pytest.approx(6 / 9)
    assert pair["negative_agreement"] == pytest.approx(8 / 11)
    assert pair["ci_low"] < pair["kappa"] < pair["ci_high"]


def test_three_definitions_make_three_pairs_in_their_own_order() -> None:
    tables = [verdicts(*VERDICTS, definition=name) for name in ("trrip", "kane_1988", "clozapine_ever")]
    found = agreement_frame(pd.concat(tables))[["definition_a", "definition_b"]]
    assert found.to_numpy().tolist() == [
        ["trrip", "kane_1988"], ["trrip", "clozapine_ever"], ["kane_1988", "clozapine_ever"],
    ]  # fmt: skip


def test_a_row_is_missing_alone_where_it_is_the_only_one_that_leaves_a_verdict_open() -> None:
    decided = verdicts("unknown", "unknown", "not_resistant", "unknown")
    decided["first_missing"] = ["T3", "A1", "", "T3"]
    answered = {
        "T3": ("unknown", "yes", "unknown", "unknown"),
        "A1": ("unknown", "unknown", "no", "yes"),
        "A2": ("yes", "no", "yes", "yes"),
    }
    criteria = pd.DataFrame(
        [(person, row, answer) for row, answers in answered.items()
         for person, answer in zip("abcd", answers, strict=True)],
        columns=["person_id", "criterion", "answer"],
    )  # fmt: skip
    table = missing_frame(criteria, decided, {"T3": "dose", "A1": "taken", "A2": "levels"})
    assert table.to_dict("records") == [
        missing("T3", n_yes=1, n_no=0, n_unknown=3, n_first_missing=2, n_would_settle=1, reads="dose"),
        missing("A1", n_yes=1, n_no=1, n_unknown=2, n_first_missing=1, n_would_settle=1, reads="taken"),
        missing("A2", n_yes=3, n_no=1, n_unknown=0, n_first_missing=0, n_would_settle=0, reads="levels"),
    ]


def missing(criterion: str, **counts: object) -> dict[str, object]:
    return {"criterion": criterion, "n": 4, **counts}


def courses(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["person_id", "ingredient", "is_clozapine"])


def flow(words: Sequence[str], adequate: Sequence[int], given: pd.DataFrame) -> dict[str, tuple[int, float]]:
    decided = verdicts(*words).assign(n_adequate_courses=adequate)
    table = flow_frame(PEOPLE.iloc[: len(words)], decided, given)
    return {step: (n, share) for step, n, share in table.itertuples(index=False)}


def test_the_flow_counts_people_with_one_and_with_two_different_drugs_besides_clozapine() -> None:
    given = courses(
        ("a", "olanzapine", "no"), ("a", "quetiapine", "no"), ("b", "olanzapine", "no"),
        ("b", "olanzapine", "no"), ("c", "olanzapine", "no"), ("c", "clozapine", "yes"),
        ("d", None, "unknown"), ("e", "clozapine", "yes"), ("f", "olanzapine", "no"),
    )  # fmt: skip
    found = flow(VERDICTS, (2, 1, 3, 0, 0, 2), given)
    assert found == {
        "people": (6, 1), "applies": (5, 5 / 6), "one_antipsychotic": (4, 4 / 6),
        "two_antipsychotics": (1, 1 / 6), "two_adequate_courses": (2, 2 / 6), "resistant": (2, 2 / 6),
        "not_resistant": (2, 2 / 6), "unknown": (1, 1 / 6),
    }  # fmt: skip


def test_of_nobody_there_are_no_shares() -> None:
    found = flow((), (), courses())
    assert all(n == 0 and (share is None or pd.isna(share)) for n, share in found.values())
