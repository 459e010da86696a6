"""Ratings -> domain scores: whose, from which items, how many of them rated.

Two raters of one day give the mean of their values, item by item. A domain has a score where enough of its
items were rated, in percent of the maximum possible (POMP).
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.days import settle
from opentrs.measures.symptoms import family
from opentrs.subtype.definition import TypeRules

VISIT = ("person_id", "day")
STATE = ("total", "n_rated", "n_moderate")
LAYOUT = ("n_items", "low", "high", "family")


def rated_values(items: ir.Table, people: ir.Table) -> ir.Table:
    """One value per person, day, scale and item: the mean of that day's raters.

    Parameters
    ----------
    items : from :func:`opentrs.measures.symptoms.rated_items`
    people : whose ratings are kept

    Returns
    -------
    person_id, day, scale, item, kind, low, high, value (NULL where not rated), n_raters
    """
    dated = items.filter(items.day.notnull()).semi_join(people, "person_id")
    grouped = dated.group_by(*VISIT, "scale", "item", "kind", "low", "high")
    return settle(grouped.agg(value=lambda t: t.value.mean(), n_raters=lambda t: t.value.count()))


def domain_items(rules: TypeRules) -> pd.DataFrame:
    """Items of every domain of the rule's item sets.

    Returns
    -------
    item_set, instrument, domain, scale, item, low, high, position (order in the fact file)
    """
    listed = reference.domain_items()
    wanted = listed["set"].isin(rules.item_sets) & listed["domain"].isin(rules.domains)
    wanted &= listed["scale"].isin(rules.instruments)
    frame = listed[wanted].rename(columns={"set": "item_set", "scale": "instrument", "item_scale": "scale"})
    frame = frame.assign(position=range(len(frame)))
    ranges = reference.scale_items()[["scale", "item", "low", "high"]]
    columns = ["item_set", "instrument", "domain", "scale", "item", "low", "high", "position"]
    return frame.merge(ranges, on=["scale", "item"], how="left")[columns]


def items_table(rules: TypeRules) -> ir.Table:
    """:func:`domain_items` for joins with ratings: item_set, instrument, domain, scale, item, position."""
    frame = domain_items(rules).drop(columns=["low", "high"])
    schema = {name: "int64" if name == "position" else "string" for name in frame.columns}
    return ibis.memtable(frame, schema=schema)


def layout(rules: TypeRules) -> pd.DataFrame:
    """What every domain consists of, one row per item set and instrument.

    Returns
    -------
    item_set, instrument, and for each competing domain its n_items, low, high (range of an item) and family
    """
    items = domain_items(rules)
    items = items[items["domain"].isin(rules.compete)]
    items = items.assign(family=items["scale"].str.split("-").str[0])
    grouped = items.groupby(["item_set", "instrument", "domain"], sort=False, as_index=False).agg(
        n_items=("item", "size"), low=("low", "min"), high=("high", "max"), family=("family", "first")
    )
    wide = grouped[["item_set", "instrument"]].drop_duplicates(ignore_index=True)
    for name in rules.compete:
        of_domain = grouped[grouped["domain"] == name].drop(columns="domain")
        of_domain = of_domain.rename(columns={field: f"{field}_{name}" for field in LAYOUT})
        wide = wide.merge(of_domain, on=["item_set", "instrument"])
    return wide


def domain_states(values: ir.Table, rules: TypeRules) -> ir.Table:
    """Count and add up the rated items of every domain at every visit, by item set and instrument.

    Returns
    -------
    item_set, instrument, person_id, day, domain, n_items, low, high, family, total (sum of the rated items),
    n_rated, n_moderate (rated items at least moderate), pomp (NULL where too few were rated)
    """
    joined = values.inner_join(items_table(rules), ["scale", "item"])
    joined = joined.mutate(family=family(joined.scale))
    joined = joined.mutate(moderate=at_least_moderate(joined.family, joined.value, rules).fill_null(False))
    counted = joined.group_by("item_set", "instrument", *VISIT, "domain").agg(
        total=joined.value.sum().fill_null(0.0),
        n_rated=joined.value.count(),
        n_moderate=joined.moderate.cast("int64").sum(),
        family=joined.family.max(),
        low=joined.low.min(),
        high=joined.high.max(),
    )
    sizes = domain_items(rules).groupby(["item_set", "instrument", "domain"], as_index=False).size()
    schema = {"item_set": "string", "instrument": "string", "domain": "string", "n_items": "int64"}
    size_table = ibis.memtable(sizes.rename(columns={"size": "n_items"}), schema=schema)
    states = counted.inner_join(size_table, ["item_set", "instrument", "domain"])
    return settle(states.mutate(pomp=pomp(states, "", rules)))


def at_least_moderate(scale_family: ir.Value, value: ir.Value, rules: TypeRules) -> ir.Value:
    """Whether a score is at least moderate on its scale; NULL where it is not rated."""
    branches = [(scale_family == name, cut.needs.holds(value)) for name, cut in rules.moderate.items()]
    return ibis.cases(*branches, else_=ibis.null("boolean"))


def mean_rating(table: ir.Table, suffix: str, rules: TypeRules) -> ir.Value:
    """Mean of a domain's rated items, in points of the scale; NULL where too few were rated."""
    n_rated, n_items = table[f"n_rated{suffix}"], table[f"n_items{suffix}"]
    enough = rules.rated_thirds.needs.holds(3.0 * n_rated / n_items)
    return ibis.ifelse(enough, table[f"total{suffix}"] / n_rated.nullif(0), ibis.null("float64"))


def pomp(table: ir.Table, suffix: str, rules: TypeRules) -> ir.Value:
    """A domain's score in percent of the maximum possible: ``100 (mean - low) / (high - low)``."""
    low, high = table[f"low{suffix}"], table[f"high{suffix}"]
    return 100.0 * (mean_rating(table, suffix, rules) - low) / (high - low)


def labelling_instrument(states: ir.Table, rules: TypeRules) -> ir.Table:
    """The instrument that labels each visit.

    The first, in the rule's order, of which all competing domains can be scored; else the first of which
    any can; else the first of which an item was listed, so that the visit is there, as ``unknown``.

    Returns
    -------
    person_id, day, instrument
    """
    here = states.filter((states.item_set == rules.default.item_set) & states.domain.isin(rules.compete))
    scored = here.group_by(*VISIT, "instrument").agg(n_scored=here.pomp.count())
    order = ibis.cases(
        *((scored.instrument == name, rank) for rank, name in enumerate(rules.instruments)),
        else_=len(rules.instruments),
    )
    worse = ibis.cases((scored.n_scored == len(rules.compete), 0), (scored.n_scored > 0, 1), else_=2)
    ranked = scored.mutate(place=worse * len(rules.instruments) + order)
    first = ranked.group_by(*VISIT).agg(place=ranked.place.min())
    return settle(ranked.inner_join(first, [*VISIT, "place"]).select(*VISIT, "instrument"))


def wide_states(states: ir.Table, rules: TypeRules) -> ir.Table:
    """Competing domains side by side: one row per item set, instrument and visit.

    Returns
    -------
    item_set, instrument, person_id, day, and for each competing domain its total, n_rated, n_moderate
    (zero where no item of the domain was listed)
    """
    columns = {
        f"{field}_{domain}": ibis.ifelse(states.domain == domain, states[field], 0).sum()
        for domain in rules.compete
        for field in STATE
    }
    here = states.filter(states.domain.isin(rules.compete))
    return settle(here.group_by("item_set", "instrument", *VISIT).agg(**columns))
