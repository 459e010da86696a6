"""The same people labelled twice: by another published choice, or from another instrument of the same day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from opentrs.stats.intervals import agreement, exact_proportion, kappa
from opentrs.subtype.definition import UNKNOWN, Choice, TypeRules
from opentrs.subtype.domains import VISIT
from opentrs.subtype.rule import labelled, with_choices

SENSITIVITY_COLUMNS = [
    "choice", "value", "is_default", "n", "n_differ", "share_differ", "ci_low", "ci_high", "kappa",
    "kappa_low", "kappa_high", "n_unknown", "source", "checked",
]  # fmt: skip
INSTRUMENT_COLUMNS = [
    "scale_a", "scale_b", "type", "n", "agreement", "ci_low", "ci_high", "kappa", "kappa_low", "kappa_high",
    "prevalence_a", "prevalence_b", "positive_agreement", "negative_agreement",
]  # fmt: skip
SENSITIVITY_TYPE_COLUMNS = [
    "choice", "value", "type", "n", "agreement", "ci_low", "ci_high", "kappa", "kappa_low", "kappa_high",
    "prevalence_default", "prevalence_choice", "positive_agreement", "negative_agreement",
]  # fmt: skip
EVERY_TYPE = "all"


def sensitivity(
    labelling: ir.Table, wide: ir.Table, norms: pd.DataFrame, rules: TypeRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How many people would be labelled otherwise under each published alternative, and in which types.

    Each person counts once, with the visit their type is taken from. An alternative is compared where both
    it and the default give a label other than ``unknown``.

    Parameters
    ----------
    labelling : person_id, day, instrument: the visit and instrument each person's type is taken from
    wide, norms, rules : as the labels were made

    Returns
    -------
    the table ``sensitivity``, whose n_unknown counts people whom only the default can label, and the table
    ``sensitivity_types``: agreement with the default type by type
    """
    choices = (rules.default, *rules.alternatives)
    rows = wide.semi_join(labelling, [*VISIT, "instrument"])
    found = labelled(with_choices(rows, choices, norms, rules), rules)
    frame = found.select("person_id", "choice", "value", "type").execute()
    by_choice = frame.pivot(index="person_id", columns=["choice", "value"], values="type")
    default = _labels(by_choice, rules.default)
    table = [
        _sensitivity_row(one, default, _labels(by_choice, one), is_default="no") for one in rules.alternatives
    ]
    own = [_sensitivity_row(one, default, default, is_default="yes") for one in _defaults(rules)]
    ordered = pd.DataFrame(own + table, columns=SENSITIVITY_COLUMNS)
    places = {name: place for place, name in enumerate(dict.fromkeys(ordered["choice"]))}
    ordered = ordered.sort_values(
        "choice", key=lambda column: column.map(places), kind="stable", ignore_index=True
    )
    by_type = [
        [one.choice, one.value, *row]
        for one in rules.alternatives
        for row in _type_rows(*_compared(default, _labels(by_choice, one)), rules.compete)
    ]
    return ordered, pd.DataFrame(by_type, columns=SENSITIVITY_TYPE_COLUMNS)


def _defaults(rules: TypeRules) -> list[Choice]:
    """The default's own value of every choice that has alternatives, so that each is listed beside them."""
    one = rules.default
    values = {
        "item_set": one.item_set,
        "floor": one.floor,
        "margin": f"{one.margin.value:g}",
        "metric": one.metric,
    }
    sources = {"margin": (rules.margin.source, rules.margin.checked)}
    offered = {each.choice for each in rules.alternatives}
    return [
        Choice(
            name, value, one.item_set, one.floor, one.margin, one.metric,
            *sources.get(name, (one.source, one.checked)),
        )
        for name, value in values.items()
        if name in offered
    ]  # fmt: skip


def _labels(by_choice: pd.DataFrame, choice: Choice) -> pd.Series:
    key = (choice.choice, choice.value)
    if key in by_choice.columns:
        return by_choice[key].dropna()
    return pd.Series(dtype="object")


def _sensitivity_row(choice: Choice, default: pd.Series, other: pd.Series, is_default: str) -> list[object]:
    a, b = _compared(default, other)
    n, differ = len(a), int((a != b).sum())
    n_labelled = int((default[default.index.isin(other.index)] != UNKNOWN).sum())
    share = exact_proportion(differ, n)
    chance = kappa(_crossed(a, b))
    return [
        choice.choice, choice.value, is_default, n, differ, share.estimate, share.low, share.high,
        chance.estimate, chance.low, chance.high, n_labelled - n, choice.source, choice.checked,
    ]  # fmt: skip


def _compared(default: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Labels of the people whom both can label."""
    both = pd.concat({"a": default[default != UNKNOWN], "b": other}, axis=1, join="inner")
    both = both[both["b"] != UNKNOWN]
    return both["a"], both["b"]


def _crossed(first: pd.Series, second: pd.Series) -> np.ndarray:
    labels = sorted({*first, *second})
    places = {label: place for place, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, (first.map(places).to_numpy(dtype=int), second.map(places).to_numpy(dtype=int)), 1)
    return table


def instruments(wide: ir.Table, norms: pd.DataFrame, rules: TypeRules) -> pd.DataFrame:
    """How two instruments rated on one person on one day agree about the type.

    Each person counts once per pair, with the first day on which both give a type. The setting is the rule's
    ``instrument_agreement``, which needs no norm.

    Returns
    -------
    the table ``instruments``: a row for all types together, then one per type
    """
    here = wide.filter(wide.item_set == rules.default.item_set)
    # Only days with two instruments can tell anything, and they are few.
    per_day = here.group_by(*VISIT).agg(n_instruments=here.count())
    here = here.semi_join(per_day.filter(per_day.n_instruments > 1), list(VISIT))
    found = labelled(with_choices(here, (rules.same_day,), norms, rules), rules)
    frame = found.filter(found.type != UNKNOWN).select(*VISIT, "instrument", "type").execute()
    rows: list[list[object]] = []
    for first, second in combinations(rules.instruments, 2):
        a, b = (frame[frame["instrument"] == name] for name in (first, second))
        both = a.merge(b, on=list(VISIT), suffixes=("_a", "_b")).sort_values(list(VISIT))
        both = both.drop_duplicates("person_id")
        if len(both):
            rows += _pair_rows(first, second, both["type_a"], both["type_b"], rules.compete)
    return pd.DataFrame(rows, columns=INSTRUMENT_COLUMNS)


def _pair_rows(
    first: str, second: str, a: pd.Series, b: pd.Series, domains: Sequence[str]
) -> list[list[object]]:
    n = len(a)
    same = exact_proportion(int((a == b).sum()), n)
    chance = kappa(_crossed(a, b))
    rows: list[list[object]] = [
        [
            first, second, EVERY_TYPE, n, same.estimate, same.low, same.high, chance.estimate, chance.low,
            chance.high, None, None, None, None,
        ]
    ]  # fmt: skip
    rows += [[first, second, *row] for row in _type_rows(a, b, domains)]
    return rows


def _type_rows(a: pd.Series, b: pd.Series, domains: Sequence[str]) -> list[list[object]]:
    """Agreement type by type: n, agreement, kappa, prevalence under each, positive and negative agreement."""
    n = len(a)
    rows: list[list[object]] = []
    for label in (*domains, *sorted({*a, *b} - set(domains))) if n else ():
        is_a, is_b = a == label, b == label
        cells = [int(cell.sum()) for cell in (is_a & is_b, is_a & ~is_b, ~is_a & is_b, ~is_a & ~is_b)]
        found = agreement(*cells)
        alike = exact_proportion(cells[0] + cells[3], n)
        rows.append(
            [
                label, n, alike.estimate, alike.low, alike.high, found.kappa.estimate, found.kappa.low,
                found.kappa.high, float(is_a.mean()), float(is_b.mean()), found.positive, found.negative,
            ]
        )  # fmt: skip
    return rows
