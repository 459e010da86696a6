"""Aggregate output: no small count is published, and none comes back by subtraction."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrs.report import withheld
from opentrs.report.folder import files_below
from opentrs.report.output import write_run
from tests.unit.report.conftest import CANARY, FORMULA, MakeRun, made_up_tables, prevalence_row

VERDICTS = ("resistant", "not_resistant", "unknown")
counts = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


def published(
    groups: dict[str, tuple[int, int, int]], unplaced: tuple[int, int, int]
) -> list[dict[str, Any]]:
    """Prevalence of everybody and of groups of one kind, after withholding; ``unplaced`` are in no group."""
    everybody = [sum(column) for column in zip(*groups.values(), unplaced, strict=True)]
    rows = [prevalence_row("trrip", "all", *everybody)]
    rows += [prevalence_row("trrip", f"site:{name}", *cells) for name, cells in groups.items()]
    return withheld.prevalence(pd.DataFrame(rows)).to_dict("records")


def small(count: float) -> bool:
    return 0 < abs(count) < withheld.SMALLEST_SHOWN


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from("ABCDE"), counts, min_size=1), counts)
def test_no_small_count_is_shown_or_comes_back_by_subtracting_groups(
    groups: dict[str, tuple[int, int, int]], unplaced: tuple[int, int, int]
) -> None:
    rows = published(groups, unplaced)
    everybody, parts = rows[0], [row for row in rows[1:] if row["withheld"] == "no"]
    for verdict in (*VERDICTS, "n"):
        for row in rows:
            assert row[verdict] is None or not small(row[verdict])
        if everybody[verdict] is None:
            continue
        for size in range(len(parts) + 1):
            for chosen in itertools.combinations(parts, size):
                rest = everybody[verdict] - sum(row[verdict] for row in chosen)
                if size == len(parts):
                    assert not small(rest), "the hidden people together"


@settings(deadline=None, max_examples=60)
@given(counts)
def test_hidden_counts_of_everybody_are_not_given_away_by_n(cells: tuple[int, int, int]) -> None:
    row = published({"A": cells}, (0, 0, 0))[0]
    hidden = [verdict for verdict in VERDICTS if row[verdict] is None]

    if row["n"] is not None and hidden:
        rest = row["n"] - sum(row[verdict] for verdict in VERDICTS if verdict not in hidden)
        assert len(hidden) >= 2
        assert not small(rest)
        assert row["estimate"] is None
        assert row["worst"] is None


def test_nothing_is_withheld_that_need_not_be() -> None:
    rows = published({"A": (10, 12, 10), "B": (11, 10, 0)}, (0, 0, 0))

    assert [row["withheld"] for row in rows] == ["no", "no", "no"]


def test_one_small_group_takes_a_second_one_with_it() -> None:
    rows = published({"A": (9, 30, 30), "B": (20, 20, 20), "C": (30, 30, 30)}, (0, 0, 0))

    assert [row["withheld"] for row in rows] == ["no", "yes", "yes", "no"]


def test_a_pair_of_definitions_is_withheld_where_its_margin_gives_a_small_count_away() -> None:
    everybody = withheld.prevalence(
        pd.DataFrame([prevalence_row("a", "all", 100, 100, 50), prevalence_row("b", "all", 90, 110, 50)])
    )
    pair = {"definition_a": "a", "definition_b": "b", "n": 0, "kappa": 0.5}

    def shown(both: int, only_a: int, only_b: int, neither: int) -> str:
        cells = {"both": both, "only_a": only_a, "only_b": only_b, "neither": neither}
        return str(withheld.agreement(pd.DataFrame([{**pair, **cells}]), everybody)["withheld"].iloc[0])

    assert shown(60, 20, 15, 65) == "no"
    assert shown(60, 20, 9, 65) == "yes", "a small cell"
    assert shown(75, 20, 15, 65) == "yes", "100 - 95 people are resistant under a and unsettled under b"


def missing_row(
    criterion: str, yes: int, no: int, unknown: int, first: int, settles: int, outside: int = 0
) -> dict[str, Any]:
    counts = {
        "n_yes": yes,
        "n_no": no,
        "n_unknown": unknown,
        "n_first_missing": first,
        "n_would_settle": settles,
    }
    return {"criterion": criterion, "n": yes + no + unknown + outside, **counts}


def test_missing_counts_that_add_up_to_the_unknown_hide_two_at_least() -> None:
    everybody = withheld.prevalence(pd.DataFrame([prevalence_row("trrip", "all", 100, 100, 50)]))
    rows = [
        missing_row("S2", 200, 20, 30, 20, 10),
        missing_row("A1", 200, 10, 40, 25, 12),
        missing_row("A2", 240, 5, 5, 5, 0),
    ]

    shown = withheld.missing(pd.DataFrame(rows), everybody)

    assert shown["n_first_missing"].tolist() == [None, 25, None]
    assert shown["n_would_settle"].tolist() == [10, 12, None], (
        "5 - 0 people miss it first and something else too"
    )
    assert shown["n_unknown"].tolist() == [30, 40, None]
    assert shown["n_yes"].tolist() == [200, 200, None]


def test_answers_are_withheld_where_they_give_away_how_few_were_not_asked() -> None:
    everybody = withheld.prevalence(pd.DataFrame([prevalence_row("trrip", "all", 100, 100, 50)]))

    shown = withheld.missing(pd.DataFrame([missing_row("S2", 200, 20, 30, 20, 10, outside=3)]), everybody)

    assert shown["n_unknown"].tolist() == [None]


def test_steps_of_the_flow_that_lose_a_few_people_are_withheld() -> None:
    everybody = withheld.prevalence(pd.DataFrame([prevalence_row("trrip", "all", 100, 100, 50)]))
    table = pd.DataFrame(
        {
            "step": ["people", "applies", "two_adequate_courses"],
            "n": [253, 250, 200],
            "share": [1.0, 0.99, 0.79],
        }
    )

    shown = withheld.flow(table, everybody)

    assert shown["share"].tolist() == [None, None, None], "a share would give the hidden whole away"
    assert shown["n"].tolist() == [None, 250, 200]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_aggregate_output_names_nobody(make_run: MakeRun, tmp_path: Path, lang: str) -> None:
    write_run(make_run(lang, aggregate_only=True), tmp_path / "out")

    files = files_below(tmp_path / "out")
    assert {name for name in files if name.startswith("tables/") and name.endswith(".csv")} == {
        f"tables/ascertain/{name}.csv" for name in ("prevalence", "missing", "agreement", "flow")
    }
    for name, path in files.items():
        assert CANARY.encode() not in path.read_bytes(), name
        assert FORMULA.encode() not in path.read_bytes(), name


def test_findings_of_aggregate_output_are_those_its_tables_show() -> None:
    from opentrs.cohort.results import Finding, StageResult

    told = Finding("ascertain", "anything", 0.03, 0.01, 0.1, 100, "proportion", "exact")
    result = StageResult("ascertain", made_up_tables(), (told,), {"people": [CANARY]})

    kept = withheld.aggregate({"ascertain": result})["ascertain"]

    assert isinstance(kept, StageResult)
    assert "anything" not in {finding.name for finding in kept.findings}
    assert "prevalence_trrip_all" in {finding.name for finding in kept.findings}
    assert "people" not in kept.details
