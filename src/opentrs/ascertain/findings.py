"""The numbers of this stage a reader may quote, each with interval, n, unit, method and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from opentrs.ascertain.definition import Definition
from opentrs.cohort.results import Finding
from opentrs.stats.intervals import exact_proportion

STAGE_NAME = "ascertain"
SETTLED_SHARE = "share of resistant people whose answer is settled, Clopper-Pearson interval"
FLOOR_SOURCE = "Obermeier et al. 2011, BMC Psychiatry"


def findings(
    tables: Mapping[str, pd.DataFrame], verdicts: pd.DataFrame, definition: Definition
) -> tuple[Finding, ...]:
    """Prevalence by definition and group, clozapine resistance, onset, and what choices change."""
    resistant = verdicts[verdicts["verdict"] == "resistant"]
    keys, forms = tables["dose_keys"], tables["change_forms"]
    changed = keys.loc[keys["changes"] == "yes", "person_id"].nunique()
    flips = int((forms["flips"] == "yes").sum())
    return (
        *(_prevalence(row, definition) for row in tables["prevalence"].to_dict("records")),
        _share("clozapine_resistant", resistant["clozapine"], "resistant", ("resistant", "responsive")),
        _share("from_first_episode", resistant["from_first_episode"], "yes", ("yes", "no")),
        _count("verdict_depends_on_dose_key", changed, len(verdicts), "people",
               "people whose verdict differs under another dose key"),
        _count("response_depends_on_scale_floor", flips, len(forms), "courses",
               "courses whose response differs without taking off the scale floor", FLOOR_SOURCE),
    )  # fmt: skip


def _prevalence(row: Mapping[Any, Any], definition: Definition) -> Finding:
    settled = int(row["n"]) - int(row["unknown"])
    return Finding(
        stage=STAGE_NAME,
        name=f"prevalence.{row['definition']}.{row['group']}",
        estimate=_number(row["estimate"]),
        low=_number(row["ci_low"]),
        high=_number(row["ci_high"]),
        n=settled,
        unit=str(row["unit"]),
        method=str(row["method"]),
        source=definition.source if row["definition"] == definition.id else "",
        note=f"{row['unknown']} of {row['n']} unknown; from {row['worst']:.3f} to {row['best']:.3f} of all"
        if row["n"]
        else "nobody",
    )


def _share(name: str, answers: pd.Series, event: str, settled: Sequence[str]) -> Finding:
    n = int(answers.isin(settled).sum())
    interval = exact_proportion(int((answers == event).sum()), n)
    return Finding(
        stage=STAGE_NAME,
        name=name,
        estimate=interval.estimate,
        low=interval.low,
        high=interval.high,
        n=n,
        unit="proportion",
        method=SETTLED_SHARE,
        note=f"{len(answers) - n} of {len(answers)} unknown",
    )


def _count(name: str, count: int, n: int, unit: str, method: str, source: str = "") -> Finding:
    return Finding(STAGE_NAME, name, float(count), None, None, n, unit, f"count of {method}", source)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
