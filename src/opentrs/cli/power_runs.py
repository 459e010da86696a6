"""What each command of ``opentrs power`` does, in the order it does it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from opentrs.cli.lines import say
from opentrs.cli.progress import shown_progress
from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import StageFailedError, UsageError
from opentrs.messages import Lang, text
from opentrs.predict import power
from opentrs.predict.power_groups import people_for, simulated
from opentrs.predict.power_people import COHORT_PREDICTORS, Drawn
from opentrs.report.figures.growth import GrowthWords, growth_curve
from opentrs.report.figures.plane import BandPoint
from opentrs.report.folder import check_target
from opentrs.report.output import Run, write_tables

STAGE = "power"
# Sizes around the one a formula or a search by doubling asks for.
AROUND = (0.5, 0.71, 1.0, 1.41, 2.0)
SMALLEST, LARGEST = 50, 200_000
SEARCH_RUNS = 20
LEAST_EVENTS = 10
Values = dict[int, list[float | None]]


@dataclass(frozen=True, slots=True)
class PowerRequest:
    """One ``opentrs power validate`` or ``develop`` as it was asked for; see the help of the command."""

    purpose: Literal["validation", "development"]
    metric: Any
    target: float
    prevalence: float | None
    c: float | None
    predictors: int
    threshold: float
    sizes: str
    runs: int
    generator: Any
    seed: int
    out: Path
    jobs: int
    resume: Path | None
    lang: Lang


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """One ``opentrs power groups`` as it was asked for."""

    d: float
    power: float
    ratio: float
    level: float
    runs: int
    seed: int
    out: Path
    lang: Lang


def precision(request: PowerRequest) -> Path:
    """Simulate cohorts of growing size, write tables and the growth curve; return the folder of the tables.

    Raises
    ------
    UsageError : options out of range, all named at once
    StageFailedError : no size gave results
    """
    lang = request.lang
    _refuse(_problems(request), lang)
    check_target(request.out, lang)
    plan = _plan(request, _sizes(request.sizes))
    judging = power.judges(plan)
    if not plan.sizes:
        plan = _plan(request, _around(plan, judging))
    values = _simulated(plan, judging, request)
    rows, needed = power.summary(plan, values, judging), power.needed(plan, values, judging)
    if all(row.mean is None for row in rows):
        raise StageFailedError(text("power.no_results", lang))
    prevalence, c = power.planted(plan, judging)
    tables = {
        "growth": pd.DataFrame([_growth_row(plan, row, prevalence) for row in rows]),
        "needed": pd.DataFrame([_needed_row(plan, row, prevalence, c) for row in needed]),
    }
    _write(
        request.purpose, request.out, lang, tables, {f"{STAGE}/growth": _figure(plan, rows, lang)}, request
    )
    say(text("power.people", lang, prevalence=f"{prevalence:.3f}", c=f"{c:.3f}"))
    for each in needed:
        say(_headline(each, plan, lang))
    return request.out / "tables" / STAGE


def groups(request: GroupRequest) -> Path:
    """Smallest groups with the power wanted, with simulated studies beside; return the folder of the tables.

    Raises
    ------
    UsageError : options out of range, all named at once
    """
    lang = request.lang
    checks = {
        "d": request.d != 0 and abs(request.d) <= 10,
        "power": request.level < request.power < 1,
        "ratio": 0.01 <= request.ratio <= 100,
        "level": 0 < request.level < 1,
    }
    _refuse([name for name, fine in checks.items() if not fine], lang)
    check_target(request.out, lang)
    found = people_for(abs(request.d), request.power, request.ratio, request.level)
    if found is None:
        raise StageFailedError(text("power.too_many", lang))
    row = simulated(request.d, *found, request.runs, request.seed, request.level)
    table = pd.DataFrame(
        [{"d": request.d, "level": request.level, **asdict(row), "runs": request.runs, "seed": request.seed,
          "unit": "proportion", "method": "two-sided t test, noncentral t"}]
    )  # fmt: skip
    _write("groups", request.out, lang, {"groups": table}, {}, request)
    ends = {"low": f"{row.low:.3f}", "high": f"{row.high:.3f}", "simulated": f"{row.simulated:.3f}"}
    say(text("power.groups_headline", lang, n1=row.n1, n2=row.n2, analytic=f"{row.analytic:.3f}", **ends))
    return request.out / "tables" / STAGE


def _problems(request: PowerRequest) -> list[str]:
    """Names of the sentences about what is wrong with a request."""
    is_normal = request.generator == "normal"
    share, c = request.prevalence, request.c
    sizes = _sizes(request.sizes)
    checks = {
        "target": 0 < request.target < 1,
        "prevalence": (share is None and not is_normal) or (share is not None and 0 < share < 1),
        "c": (c is None and not is_normal) or (is_normal and c is not None and 0.5 < c < 1),
        "threshold": 0 < request.threshold < 1,
        "sizes": sizes is not None and all(LEAST_EVENTS <= n <= LARGEST for n in sizes),
    }
    return [name for name, fine in checks.items() if not fine]


def _refuse(problems: list[str], lang: Lang) -> None:
    if problems:
        raise UsageError(" ".join(text(f"power.bad_{name}", lang) for name in problems))


def _sizes(listed: str) -> tuple[int, ...] | None:
    """Sizes in ascending order; None where one is no whole number."""
    parts = [part.strip() for part in listed.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return tuple(sorted({int(part) for part in parts}))


def _plan(request: PowerRequest, sizes: tuple[int, ...] | None) -> power.Plan:
    predictors = len(COHORT_PREDICTORS) if request.generator == "cohort" else request.predictors or 1
    return power.Plan(
        request.purpose, request.metric, request.target, request.prevalence, request.c, predictors,
        request.threshold, sizes or (), request.runs, request.seed, request.generator,
    )  # fmt: skip


def _around(plan: power.Plan, judging: Drawn) -> tuple[int, ...]:
    """Sizes around the formula's, or around the first of a doubling series that reaches the target."""
    middle = power.needed(plan, {}, judging)[1].n
    if middle is None:
        middle = SMALLEST * 2
        while middle < LARGEST and _short_of(plan, judging, middle):
            middle *= 2
    return tuple(sorted({min(max(round(middle * each), SMALLEST), LARGEST) for each in AROUND}))


def _short_of(plan: power.Plan, judging: Drawn, n: int) -> bool:
    known = [value for value in power.run_block(plan, n, 0, judging)[:SEARCH_RUNS] if value is not None]
    return not known or sum(known) / len(known) > plan.target


def _simulated(plan: power.Plan, judging: Drawn, request: PowerRequest) -> Values:
    """Every block of every size, those of an earlier run taken from its file."""
    from joblib import Parallel, delayed

    tasks = [(n, block) for n in plan.sizes for block in range(power.block_count(plan))]
    kept = _kept(request.resume, plan, request.lang)
    left = [task for task in tasks if task not in kept]
    work = Parallel(n_jobs=request.jobs, return_as="generator")(
        delayed(power.run_block)(plan, n, block, judging) for n, block in left
    )
    with shown_progress(request.lang) as progress:
        for done, (task, found) in enumerate(zip(left, work, strict=True)):
            progress("power", len(tasks) - len(left) + done, len(tasks))
            kept[task] = found
            _keep(request.resume, task, found)
    return {n: [value for task in tasks if task[0] == n for value in kept[task]] for n in plan.sizes}


def _stamp(plan: power.Plan) -> str:
    """What must be the same for finished blocks to be used again; other sizes may be added."""
    fixed = {key: value for key, value in asdict(plan).items() if key not in ("sizes", "target")}
    return sha256(repr(sorted(fixed.items())).encode()).hexdigest()


def _kept(path: Path | None, plan: power.Plan, lang: Lang) -> dict[tuple[int, int], list[float | None]]:
    if path is None:
        return {}
    if not path.exists():
        path.write_text(f"{_stamp(plan)}\n", encoding="utf-8")
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0] != _stamp(plan):
        raise UsageError(text("power.other_plan", lang, file=path.name))
    return dict(_blocks(lines[1:]))


def _blocks(lines: list[str]) -> Iterator[tuple[tuple[int, int], list[float | None]]]:
    """Finished blocks; a last line that was cut off is left out and made again."""
    for row in csv.reader(lines):
        if len(row) == 4 and row[3] == "end":
            values = [float(value) if value else None for value in row[2].split(";")]
            yield (int(row[0]), int(row[1])), values


def _keep(path: Path | None, task: tuple[int, int], values: list[float | None]) -> None:
    if path is not None:
        shown = ";".join("" if value is None else repr(float(value)) for value in values)
        with path.open("a", encoding="utf-8") as handle:
            # A line that was cut off ends here, so that this one stands alone.
            handle.write(f"\n{task[0]},{task[1]},{shown},end\n")


def _growth_row(plan: power.Plan, row: power.AtSize, prevalence: float) -> dict[str, Any]:
    return {
        "purpose": plan.purpose, "metric": plan.metric, "n": row.n, "events": round(row.n * prevalence),
        "estimate": row.mean, "ci_low": row.low, "ci_high": row.high, "analytic": row.analytic,
        "target": plan.target, "runs": row.runs, "refused": row.refused, "unit": plan.metric,
        "method": "half-width of the 95% interval" if plan.purpose == "validation" else "shortfall",
    }  # fmt: skip


def _needed_row(plan: power.Plan, row: power.NeededPeople, prevalence: float, c: float) -> dict[str, Any]:
    return {
        "purpose": plan.purpose, "metric": plan.metric, "target": plan.target, "method": row.method,
        "n": row.n, "n_low": row.low, "n_high": row.high,
        "events": None if row.n is None else round(row.n * prevalence), "prevalence": prevalence,
        "c_statistic": c, "predictors": plan.predictors if plan.purpose == "development" else None,
        "threshold": plan.threshold if plan.metric == "net_benefit" else None, "people_from": plan.generator,
        "runs": plan.runs, "seed": plan.seed,
    }  # fmt: skip


def _figure(plan: power.Plan, rows: list[power.AtSize], lang: Lang) -> str:
    points = [BandPoint(row.n, row.mean, row.low, row.high) for row in rows if row.mean is not None]
    formula = [(float(row.n), row.analytic) for row in rows if row.analytic is not None]
    metric = text(f"predict_name.metric.{plan.metric}", lang)
    measure = text(f"power.measure_{plan.purpose}", lang, metric=metric)
    spoken = "; ".join(f"n {row.n}: {row.mean:.3f}" for row in rows if row.mean is not None)
    return growth_curve(
        "power-growth",
        points,
        formula,
        plan.target,
        title=text("power.figure_title", lang, measure=measure),
        description=text("power.figure_description", lang, measure=measure, runs=plan.runs, values=spoken),
        labels=GrowthWords(
            text("power.axis_people", lang),
            measure,
            text("power.legend_simulated", lang),
            text("power.legend_formula", lang),
            text("power.legend_target", lang, target=f"{plan.target:g}"),
        ),
    )


def _headline(row: power.NeededPeople, plan: power.Plan, lang: Lang) -> str:
    if row.method == "analytic":
        return text("power.by_formula" if row.n is not None else "power.no_formula", lang, n=row.n)
    if row.n is None:
        key = "power.not_reached"
        return text(key, lang, smallest=min(plan.sizes), largest=max(plan.sizes))
    if row.low is None:
        return text("power.by_simulation_bare", lang, n=row.n)
    return text("power.by_simulation", lang, n=row.n, low=row.low, high=row.high)


def _write(
    command: str,
    out: Path,
    lang: Lang,
    tables: dict[str, pd.DataFrame],
    figures: dict[str, str],
    request: PowerRequest | GroupRequest,
) -> None:
    hidden = ("out", "lang", "seed", "jobs", "resume")
    options = {key: value for key, value in asdict(request).items() if key not in hidden}
    run = Run(
        from_frames({"people": pd.DataFrame({"person_id": []})}),
        {STAGE: StageResult(STAGE, tables)},
        StudySettings(seed=request.seed, lang=lang),
        f"power {command}",
        options,
        aggregate_only=True,
    )
    write_tables(run, figures, out)
