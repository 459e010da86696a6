"""What would flip a label: the smallest change of one item, found by asking the same rule again."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs.measures.symptoms import family
from opentrs.subtype.definition import UNKNOWN, TypeRules
from opentrs.subtype.domains import VISIT, at_least_moderate, domain_items, items_table
from opentrs.subtype.rule import labelled, with_choices

FLIP_COLUMNS = [*VISIT, "flips"]


def flips(
    visits: ir.Table, wide: ir.Table, values: ir.Table, norms: pd.DataFrame, rules: TypeRules
) -> pd.DataFrame:
    """The fewest whole points by which one item alone changes each label, and every item that does it.

    Each rated item of a competing domain is moved by whole points within its range, everything else
    unchanged, and the visit is labelled anew. The norm is held fixed.

    Parameters
    ----------
    visits : person_id, day, instrument, type; the labels
    wide : from :func:`opentrs.subtype.domains.wide_states`
    values : from :func:`opentrs.subtype.domains.rated_values`
    norms, rules : as the labels were made

    Returns
    -------
    person_id, day, flips (such as ``P3 -1: mixed; P1 +1: delusion``); visits without a flip are left out
    """
    moved = labelled(with_choices(_moved(visits, wide, values, rules), (rules.default,), norms, rules), rules)
    changed = moved.filter(moved.type != moved.type_now)
    columns = changed.select(*VISIT, "item", "position", "points", "type", size=changed.points.abs())
    frame = columns.execute()
    if frame.empty:
        return pd.DataFrame(columns=FLIP_COLUMNS, dtype="object")
    fewest = frame.groupby(list(VISIT))["size"].transform("min")
    least = frame[frame["size"] == fewest].sort_values([*VISIT, "position", "points"], ignore_index=True)
    signed = least["points"].map("{:+d}".format)
    least["flips"] = least["item"] + " " + signed + ": " + least["type"]
    joined = least.groupby(list(VISIT), sort=False)["flips"].agg("; ".join)
    found: pd.DataFrame = joined.reset_index()[FLIP_COLUMNS]
    return found


def _moved(visits: ir.Table, wide: ir.Table, values: ir.Table, rules: TypeRules) -> ir.Table:
    """Every known label once for each item and each number of points it can move by."""
    items = items_table(rules)
    items = items.filter((items.item_set == rules.default.item_set) & items.domain.isin(rules.compete))
    known = visits.filter(visits.type != UNKNOWN).select(*VISIT, "instrument", type_now="type")
    rated = values.filter(values.value.notnull()).select(*VISIT, "scale", "item", "value", "low", "high")
    rated = rated.inner_join(items, ["scale", "item"])
    rated = rated.inner_join(known, [*VISIT, "instrument"])
    span = int((domain_items(rules)["high"] - domain_items(rules)["low"]).max())
    steps = [step for step in range(-span, span + 1) if step != 0]
    points = ibis.memtable(pd.DataFrame({"points": steps}), schema={"points": "int64"})
    moved = rated.cross_join(points)
    after = moved.value + moved.points
    moved = moved.mutate(after=after).filter(after >= moved.low, after <= moved.high)
    before, after = (
        at_least_moderate(family(moved.scale), score, rules).cast("int64")
        for score in (moved.value, moved.after)
    )
    moved = moved.mutate(gained=after - before).rename(moved_domain="domain")
    state = wide.filter(wide.item_set == rules.default.item_set)
    full = moved.drop("item_set", "low", "high").inner_join(state, [*VISIT, "instrument"])
    shifted: dict[str, ir.Value] = {}
    for name in rules.compete:
        here = full.moved_domain == name
        shifted[f"total_{name}"] = full[f"total_{name}"] + ibis.ifelse(here, full.points, 0)
        shifted[f"n_moderate_{name}"] = full[f"n_moderate_{name}"] + ibis.ifelse(here, full.gained, 0)
    return full.mutate(**shifted)
