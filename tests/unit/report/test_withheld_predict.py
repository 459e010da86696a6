"""Prediction at the door of a site: enough people behind every number, and nothing to subtract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from opentrs.cohort.results import StageResult
from opentrs.report.output import Run, write_run
from opentrs.report.withheld import aggregate
from opentrs.report.withheld_predict import tables
from tests.unit.report.conftest import CANARY, HOSTILE, MakeRun
from tests.unit.report.made_up_predict import OWN, made_up_predict

ALL = {"metric": "c_statistic", "model": OWN, "landmark": "baseline", "outcome": "o", "kind": "internal",
       "estimate": 0.7, "ci_low": 0.6, "ci_high": 0.8}  # fmt: skip


def published(*rows: tuple[str, int, int]) -> list[dict[str, Any]]:
    """Group, n and events of each row -> the rows that may be shown."""
    given = [{**ALL, "group": group, "n": n, "events": events} for group, n, events in rows]
    return tables({"performance": pd.DataFrame(given)})["performance"].to_dict("records")  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("n", "events", "shown"),
    [(20, 10, True), (19, 10, False), (20, 9, False), (20, 11, False), (20, 0, True), (9, 0, False)],
)
def test_a_row_is_shown_where_people_with_and_without_the_outcome_are_ten_or_none(
    n: int, events: int, shown: bool
) -> None:
    assert bool(published(("all", n, events))) == shown


def test_a_hidden_site_hides_the_counts_of_all_sites_but_not_their_estimates() -> None:
    rows = {
        row["group"]: row
        for row in published(("all", 424, 98), ("site:A", 212, 50), ("site:B", 200, 45), ("site:D", 12, 3))
    }

    assert set(rows) == {"all", "site:A", "site:B"}
    assert rows["all"]["n"] == 424
    assert rows["site:A"]["n"] is None
    assert rows["site:A"]["estimate"] == 0.7
    assert rows["site:B"]["withheld"] == "counts"


def test_people_who_belong_to_no_group_are_not_found_by_subtraction() -> None:
    few = published(("all", 424, 98), ("sex:F", 200, 45), ("sex:M", 221, 50))
    none = published(("all", 424, 98), ("sex:F", 200, 38), ("sex:M", 224, 60))

    assert [row["n"] for row in few] == [424, None, None]
    assert [row["n"] for row in none] == [424, 200, 224]


def test_shares_of_counts_are_no_way_around() -> None:
    assert not tables(made_up_predict(HOSTILE))["performance"]["metric"].isin(["sensitivity", "n"]).any()
    counts = {"n": 409, "events": 96, "excluded": 33, "unknown": 0}
    row = {"landmark": "week2", **counts, "share": 0.2347, "low": 0.2, "high": 0.3}
    found = pd.DataFrame([{**row, "landmark": "baseline", "n": 412, "excluded": 30}, row])
    second = tables({"landmarks": found})["landmarks"].iloc[1]

    assert second[["n", "events", "share", "low", "high"]].isna().all()


def test_counts_a_few_away_from_published_ones_are_hidden() -> None:
    found = pd.DataFrame(
        [
            {"landmark": "baseline", "n": 412, "events": 96, "excluded": 30, "why": "3 died"},
            {"landmark": "week2", "n": 409, "events": 96, "excluded": 33, "why": ""},
            {"landmark": "week6", "n": 350, "events": 60, "excluded": 92, "why": ""},
        ]
    )
    rows = tables({"landmarks": found})["landmarks"]

    assert [n if not pd.isna(n) else None for n in rows["n"]] == [412, None, 350]
    assert list(rows["why"]) == ["", "", ""]


def test_what_is_made_of_single_people_or_of_counts_stays_at_the_site() -> None:
    kept = tables(made_up_predict(HOSTILE, CANARY))

    assert not {"risks", "decision", "time_to_trs"} & set(kept)
    assert set(kept["calibration"]["smoother"]) == {"loess"}
    assert (kept["flags"]["why"] == "").all()
    assert len(kept["coefficients"]) == 5


def test_a_curve_goes_with_its_performance() -> None:
    found = made_up_predict(HOSTILE)
    few = found["performance"].assign(events=5)

    assert tables({**found, "performance": few})["calibration"].empty


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_aggregate_page_tells_performance_and_nobody(make_run: MakeRun, tmp_path: Any, lang: str) -> None:
    run: Run = make_run(lang=lang, aggregate_only=True)
    run = replace(
        run, results={**run.results, "predict": StageResult("predict", made_up_predict(HOSTILE, CANARY))}
    )
    write_run(run, tmp_path / "out")
    everything = "".join(
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "out").rglob("*")
        if path.suffix in {".csv", ".html", ".md", ".json"}
    )

    assert CANARY not in everything
    assert "0.68" in (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "out/tables/predict/risks.csv").exists()
    assert (tmp_path / "out/documents/tripod_ai.md").exists()


def test_findings_and_details_stay_at_the_site() -> None:
    result = StageResult("predict", made_up_predict(HOSTILE), (), {"models": {"secret": 1}})
    kept = aggregate({"predict": result})["predict"]

    assert isinstance(kept, StageResult)
    assert kept.details == {}
