"""The rule: which domain leads a visit, or that none does, or that it cannot be told.

One expression for every use: the labels, the sensitivity table (other choices), the comparison of two
instruments (another setting) and the flips (shifted scores) all go through :func:`labelled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import combinations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs.cohort.days import settle
from opentrs.stats.compare import OPERATORS
from opentrs.subtype.definition import MIXED, NONE, UNKNOWN, Choice, TypeRules
from opentrs.subtype.domains import at_least_moderate, layout, mean_rating, pomp
from opentrs.subtype.norms import norm_columns

CHOICE_COLUMNS = ("choice", "value", "item_set", "floor", "metric", "margin_is", "margin_asked")
# Two scores that differ by less than this are the same number computed in another order.
DECIMALS = 9


def choices_table(choices: Sequence[Choice]) -> ir.Table:
    """Choices as a table to join with visits by their item set."""
    rows = [
        (one.choice, one.value, one.item_set, one.floor, one.metric, one.margin.symbol, one.margin.value)
        for one in choices
    ]
    schema = dict.fromkeys(CHOICE_COLUMNS, "string") | {"margin_asked": "float64"}
    return ibis.memtable(pd.DataFrame(rows, columns=list(CHOICE_COLUMNS)), schema=schema)


def with_choices(
    wide: ir.Table, choices: Sequence[Choice], norms: pd.DataFrame, rules: TypeRules
) -> ir.Table:
    """Every visit under every choice, with what its domains consist of and the norm they are held against.

    Parameters
    ----------
    wide : from :func:`opentrs.subtype.domains.wide_states`, further columns are kept
    choices : how to label; a choice keeps the visits of its item set
    norms : from :func:`opentrs.subtype.norms.norms_in_use`
    """
    fixed = layout(rules).merge(norm_columns(norms, rules), on=["item_set", "instrument"], how="left")
    schema = {
        name: "string"
        if name in ("item_set", "instrument", "norm") or name.startswith("family")
        else "float64"
        for name in fixed.columns
    }
    table = wide.inner_join(choices_table(choices), "item_set")
    return table.inner_join(ibis.memtable(fixed, schema=schema), ["item_set", "instrument"])


def labelled(table: ir.Table, rules: TypeRules) -> ir.Table:
    """Label every row of :func:`with_choices`.

    Returns
    -------
    the table with, for each competing domain, pomp, z (NULL without a norm), score (what is compared) and
    floor (three-valued); and type, margin, rival (the second candidate), n_candidates
    """
    scored = table.mutate(**{f"pomp_{name}": pomp(table, f"_{name}", rules) for name in rules.compete})
    judged = scored.mutate(**_judgements(scored, rules))
    judged = judged.mutate(**_ranks(judged, rules.compete))
    return judged.mutate(**_lead(judged, rules.compete)).mutate(type=_type)


def _judgements(table: ir.Table, rules: TypeRules) -> dict[str, ir.Value]:
    normed = (table.metric == "norm") & table.norm.notnull()
    columns: dict[str, ir.Value] = {"normed": normed}
    for name in rules.compete:
        score = table[f"pomp_{name}"]
        z = (score - table[f"mean_{name}"]) / table[f"sd_{name}"]
        columns[f"z_{name}"] = z
        columns[f"score_{name}"] = ibis.ifelse(normed, z, score)
        columns[f"floor_{name}"] = floor_met(table, f"_{name}", table.floor, rules)
    for first, second in combinations(rules.compete, 2):
        columns[_unit(first, second)] = ibis.ifelse(
            normed, table[_unit(first, second)], rules.pomp_points.needs.value
        )
    return columns


def floor_met(table: ir.Table, suffix: str, floor: ir.Value, rules: TypeRules) -> ir.Value:
    """Whether a domain is there at all, by one of the floors: yes, no or unknown.

    Parameters
    ----------
    table : columns of the domain, each with ``suffix``: total, n_items, n_rated, n_moderate, family, pomp
    floor : which floor, row by row
    """
    n_items, sure = table[f"n_items{suffix}"], table[f"n_moderate{suffix}"]
    possible = sure + n_items - table[f"n_rated{suffix}"]

    def items(needed: ir.Value) -> ir.Value:
        return ibis.cases((sure >= needed, True), (possible < needed, False), else_=ibis.null("boolean"))

    mean = mean_rating(table, suffix, rules)
    return ibis.cases(
        (floor == "one_item", items(ibis.literal(1.0))),
        # A domain of one item has no second.
        (floor == "two_items", items(ibis.least(n_items.cast("float64"), 2.0))),
        (floor == "mean", at_least_moderate(table[f"family{suffix}"], mean, rules)),
        (floor == "pomp50", rules.floor_pomp.needs.holds(table[f"pomp{suffix}"])),
        else_=ibis.null("boolean"),
    )


def _ranks(table: ir.Table, names: Sequence[str]) -> dict[str, ir.Value]:
    """Which domain stands first and which second among the candidates; the rule's order breaks ties."""
    there = {name: table[f"floor_{name}"].fill_null(False) for name in names}
    score = {name: table[f"score_{name}"] for name in names}
    first = {
        name: _all(
            there[name],
            *(
                ~there[other]
                | (score[name] > score[other] if place > names.index(other) else score[name] >= score[other])
                for other in names
                if other != name
            ),
        )
        for place, name in enumerate(names)
    }
    known = [table[f"score_{name}"].notnull() & table[f"floor_{name}"].notnull() for name in names]
    n_candidates = reduce(lambda left, right: left + right, (one.cast("int64") for one in there.values()))
    return {
        "known": _all(*known),
        "n_candidates": n_candidates,
        "first": ibis.cases(*((first[name], name) for name in names), else_=ibis.null("string")),
    }


def _lead(table: ir.Table, names: Sequence[str]) -> dict[str, ir.Value]:
    """The second candidate and the lead over it; of two equal seconds, the one the lead is smaller over."""
    pairs = []
    for leader in names:
        others = [name for name in names if name != leader]
        for rival in others:
            ahead = [
                ~table[f"floor_{other}"].fill_null(False)
                | (table[f"score_{rival}"] > table[f"score_{other}"])
                | (
                    (table[f"score_{rival}"] == table[f"score_{other}"])
                    & (table[_unit(leader, rival)] >= table[_unit(leader, other)])
                )
                for other in others
                if other != rival
            ]
            is_pair = _all(table["first"] == leader, table[f"floor_{rival}"].fill_null(False), *ahead)
            lead = (table[f"score_{leader}"] - table[f"score_{rival}"]) / table[_unit(leader, rival)]
            pairs.append((is_pair & table.known, rival, lead))
    margin = ibis.cases(*((is_pair, lead) for is_pair, _, lead in pairs), else_=ibis.null("float64"))
    return {
        "rival": ibis.cases(*((is_pair, rival) for is_pair, rival, _ in pairs), else_=ibis.null("string")),
        "margin": margin.round(DECIMALS),
    }


def _type(table: ir.Table) -> ir.Value:
    return ibis.cases(
        (~table.known, UNKNOWN),
        (table.n_candidates == 0, NONE),
        (table.n_candidates == 1, table["first"]),
        (_leads(table), table["first"]),
        else_=MIXED,
    )


def _leads(table: ir.Table) -> ir.Value:
    """Whether the margin is what the row's choice asks for."""
    return ibis.cases(
        *(
            (table.margin_is == symbol, compare(table.margin, table.margin_asked))
            for symbol, compare in OPERATORS.items()
        ),
        else_=False,
    )


def _unit(first: str, second: str) -> str:
    """Column of the error of a difference of two domains, whichever comes first."""
    return "unit_" + "_".join(sorted((first, second)))


def _all(*answers: ir.Value) -> ir.Value:
    return reduce(lambda left, right: left & right, answers)


def domain_table(states: ir.Table, norms: pd.DataFrame, rules: TypeRules) -> ir.Table:
    """Every domain of the default item set at every visit and on every instrument, shown domains included.

    Returns
    -------
    person_id, day, scale, domain, pomp, z, floor (three-valued), n_items, n_rated
    """
    here = states.filter(states.item_set == rules.default.item_set)
    rows = norms.loc[norms["item_set"] == rules.default.item_set, ["scale", "domain", "mean_pomp", "sd_pomp"]]
    schema = {"instrument": "string", "domain": "string", "mean_pomp": "float64", "sd_pomp": "float64"}
    held = ibis.memtable(rows.set_axis(list(schema), axis=1), schema=schema)
    joined = here.left_join(held, ["instrument", "domain"])
    return settle(
        joined.select(
            "person_id",
            "day",
            "domain",
            "pomp",
            "n_items",
            "n_rated",
            scale=joined.instrument,
            z=(joined.pomp - joined.mean_pomp) / joined.sd_pomp.nullif(0),
            floor=floor_met(joined, "", ibis.literal(rules.default.floor), rules),
        )
    )
