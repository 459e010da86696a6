"""Simulate, read and judge a cohort; twice as many people should take about twice as long, not four times."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from opentrs import sources
from opentrs.sources import synthetic
from opentrs.study import run_study

PEOPLE = 500


def cpu_seconds(work: Callable[[], object]) -> tuple[float, object]:
    """CPU time of this process, all threads counted, and what the work returned."""
    before = time.process_time()
    made = work()
    return time.process_time() - before, made


def plain_read(folder: Path) -> int:
    """The least any reader must do: every cell of every table, once."""
    return sum(
        len(row)
        for file in folder.glob("*.csv")
        for row in csv.reader(file.open(encoding="utf-8", newline=""))
    )


def steps(people: int, folder: Path) -> dict[str, float]:
    """CPU seconds of each step for a cohort of a size."""
    seconds, simulated = cpu_seconds(lambda: synthetic.simulate(people, seed=1))
    synthetic.write(simulated, folder)
    plain, _ = cpu_seconds(lambda: plain_read(folder))
    read, cohort = cpu_seconds(lambda: sources.read(folder))
    judged, _ = cpu_seconds(lambda: run_study(cohort))
    return {"simulate": seconds, "read and check": read, "plain csv.reader": plain, "judge": judged}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        small = steps(PEOPLE, Path(name) / "small")
        large = steps(2 * PEOPLE, Path(name) / "large")
    for step in ("simulate", "read and check", "judge"):
        measured = {"what": f"{step} {2 * PEOPLE} people", "cpu_seconds": large[step]}
        compared = {"ratio": large[step] / small[step], "against": f"{PEOPLE} people", "limit": 3}
        print(json.dumps(measured | compared))
    ratio = large["read and check"] / large["plain csv.reader"]
    against = {"ratio": ratio, "against": "csv.reader"}
    print(json.dumps({"what": "read and check, against reading the cells alone"} | against))
