"""The numbers a reader may quote, each with its interval, n, unit and method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from opentrs.cohort.results import Finding
from opentrs.stats.intervals import exact_proportion
from opentrs.subtype.compare import EVERY_TYPE
from opentrs.subtype.definition import UNKNOWN, TypeRules

STAGE_NAME = "subtype"
SHARE = "share of people whose label is known, Clopper-Pearson interval"
KAPPA = "Cohen's kappa, large-sample interval (Fleiss, Cohen and Everitt)"


def findings(tables: Mapping[str, pd.DataFrame], rules: TypeRules) -> tuple[Finding, ...]:
    """Prevalence of every label, persistence, what each choice changes, agreement of instruments."""
    people = tables["person_types"]
    return (
        *(_prevalence(row, rules) for row in tables["type_prevalence"].to_dict("records")),
        _persistent(people),
        *(_changed(row) for row in tables["sensitivity"].to_dict("records") if row["is_default"] == "no"),
        *(_agreement(row) for row in tables["instruments"].to_dict("records") if row["type"] == EVERY_TYPE),
    )


def _prevalence(row: Mapping[Any, Any], rules: TypeRules) -> Finding:
    worst, best = _number(row["worst"]), _number(row["best"])
    bounds = "nobody" if worst is None or best is None else f"from {worst:.3f} to {best:.3f} of all"
    method = "share of all people, Clopper-Pearson interval" if row["value"] == UNKNOWN else SHARE
    name = f"{row['label']}.{row['value']}.{row['group']}"
    return _share(name, row["share"], row["ci_low"], row["ci_high"], row["n"], method, rules.source, bounds)


def _persistent(people: pd.DataFrame) -> Finding:
    settled = people[people["persistent"] != UNKNOWN]
    found = exact_proportion(int((settled["persistent"] == "yes").sum()), len(settled))
    note = f"{len(people) - len(settled)} of {len(people)} unknown"
    method = "share of people whose persistence is known, Clopper-Pearson interval"
    return _share("persistent", found.estimate, found.low, found.high, len(settled), method, "", note)


def _changed(row: Mapping[Any, Any]) -> Finding:
    name = f"sensitivity.{row['choice']}.{row['value']}"
    method = "share of people labelled otherwise under this choice, Clopper-Pearson interval"
    note = f"{row['n_unknown']} unknown under this choice"
    return _share(
        name, row["share_differ"], row["ci_low"], row["ci_high"], row["n"], method, row["source"], note
    )


def _agreement(row: Mapping[Any, Any]) -> Finding:
    return Finding(
        stage=STAGE_NAME,
        name=f"instruments.{row['scale_a']}.{row['scale_b']}",
        estimate=_number(row["kappa"]),
        low=_number(row["kappa_low"]),
        high=_number(row["kappa_high"]),
        n=int(row["n"]),
        unit="kappa",
        method=KAPPA,
        source="10.1037/h0028106",
        note=f"raw agreement {row['agreement']:.3f}",
    )


def _share(
    name: str, estimate: Any, low: Any, high: Any, n: Any, method: str, source: str, note: str
) -> Finding:
    return Finding(
        STAGE_NAME, name, _number(estimate), _number(low), _number(high), int(n), "proportion", method,
        source, note,
    )  # fmt: skip


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
