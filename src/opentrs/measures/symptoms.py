"""Ratings -> what a visit shows: totals with bounds, and whether symptoms are at least moderate.

A missing item may hold any value of its range, so a total is an interval and a question about it is
settled only if both ends agree. Two raters who differ on one day give an interval in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.days import EPOCH, day_number, settle

# A table without dates is one visit, which is "now": after everything on record.
NOW_DAY = (date.max - EPOCH).days  # 9999-12-31
DOMAINS = ("positive", "negative")
VALIDATED_SCALES = ("PANSS", "BPRS", "SAPS", "SANS")
# SAPS and SANS together are one instrument when change is measured.
COMPOSITE = "SAPS+SANS"
REDUCTION_SCALES = ("PANSS", "BPRS-18", "BPRS-24", COMPOSITE)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """From which score an item counts as moderate and as severe."""

    moderate: float
    severe: float


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """How many items of one domain make a visit at least moderate.

    Parameters
    ----------
    cutoffs : scale family (PANSS, BPRS, SAPS, SANS) -> cut-offs
    items_moderate : this many items of a domain at moderate are enough
    items_severe : this many items of a domain at severe are enough
    """

    cutoffs: dict[str, Cutoff]
    items_moderate: int
    items_severe: int


def rated_items(ratings: ir.Table) -> ir.Table:
    """Recognise every rating's scale and item and give it its day and range.

    Returns
    -------
    person_id, day (days since 1970; ``NOW_DAY`` for people none of whose ratings has a date; NULL for a
    missing date beside known ones), scale, item, kind (item, global, total), domain, low, high (range of
    the item), value (NULL where not rated). Ratings of unknown items are left out.
    """
    pairs = ratings.select("scale", "item").distinct().execute()
    resolved = reference.resolve_items(zip(pairs["scale"], pairs["item"], strict=True))
    rows = [
        {"scale_text": scale, "item_text": item, "scale": found.scale, "item": found.item}
        for (scale, item), found in resolved.items()
        if found is not None
    ]
    texts = pd.DataFrame(rows, columns=["scale_text", "item_text", "scale", "item"], dtype="object")
    known = ratings.rename(scale_text="scale", item_text="item").inner_join(
        _items(texts), ["scale_text", "item_text"]
    )
    dated = known.group_by("person_id").agg(any_dated=known.date.notnull().any())
    known = known.inner_join(dated, "person_id")
    day = ibis.ifelse(known.any_dated, day_number(known.date), ibis.literal(NOW_DAY, "int64"))
    # Outside an item's range a number is no score of it: a 0 on the CGI means "not assessed".
    in_range = (known.value >= known.low) & (known.value <= known.high)
    value = ibis.ifelse(in_range, known.value, ibis.null("float64"))
    return settle(
        known.select("person_id", "scale", "item", "kind", "domain", "low", "high", day=day, value=value)
    )


def _items(texts: pd.DataFrame) -> ir.Table:
    """Each scale and item as written, with the item it is."""
    schema = {
        "scale_text": "string", "item_text": "string", "scale": "string", "item": "string",
        "kind": "string", "domain": "string", "low": "float64", "high": "float64",
    }  # fmt: skip
    frame = texts.merge(reference.scale_items()[list(schema)[2:]], on=["scale", "item"])
    return ibis.memtable(frame.astype({"low": float, "high": float})[list(schema)], schema=schema)


def scored(items: ir.Table) -> ir.Table:
    """One row per person, day, scale and item, as an interval ``value_low`` to ``value_high``.

    Several ratings of an item on one day (two raters) span an interval; a blank one spans its range.
    ``is_rated`` says whether any value was given.
    """
    dated = items.filter(items.day.notnull())
    low = ibis.coalesce(dated.value, dated.low)
    high = ibis.coalesce(dated.value, dated.high)
    return settle(
        dated.mutate(value_low=low, value_high=high)
        .group_by("person_id", "day", "scale", "item", "kind", "domain", "low", "high")
        .agg(
            value_low=lambda t: t.value_low.min(),
            value_high=lambda t: t.value_high.max(),
            is_rated=lambda t: t.value.notnull().any(),
        )
    )


def family(scale: ir.StringColumn) -> ir.StringColumn:
    """Scale family: BPRS-18 and BPRS-24 are both BPRS."""
    return ibis.ifelse(scale.startswith("BPRS"), "BPRS", scale)


def domain_severity(items: ir.Table, rule: SeverityRule) -> ir.Table:
    """Whether each domain is at least moderate, for every visit and scale.

    Parameters
    ----------
    items : from :func:`scored`
    rule : the definition's severity rule

    Returns
    -------
    person_id, day, scale, domain, n_moderate, n_severe (items surely there), meets (yes TRUE, no FALSE,
    unknown NULL)
    """
    cutoffs = ibis.memtable(
        pd.DataFrame(
            [(name, cut.moderate, cut.severe) for name, cut in rule.cutoffs.items()],
            columns=["family", "moderate", "severe"],
        ),
        schema={"family": "string", "moderate": "float64", "severe": "float64"},
    )
    counted = _counted_items(items.filter(items.domain.isin(DOMAINS))).mutate(
        family=lambda t: family(t.scale)
    )
    counted = counted.inner_join(cutoffs, "family")
    by_domain = counted.group_by("person_id", "day", "scale", "domain", "kind").agg(
        n_listed=lambda t: t.count(),
        n_moderate=lambda t: (t.value_low >= t.moderate).sum(),
        n_severe=lambda t: (t.value_low >= t.severe).sum(),
        n_perhaps_moderate=lambda t: (t.value_high >= t.moderate).sum(),
        n_perhaps_severe=lambda t: (t.value_high >= t.severe).sum(),
    )
    full = by_domain.inner_join(_expected(), ["scale", "domain", "kind"])
    missing = full.n_expected - full.n_listed
    surely = (full.n_moderate >= rule.items_moderate) | (full.n_severe >= rule.items_severe)
    perhaps = (full.n_perhaps_moderate + missing >= rule.items_moderate) | (
        full.n_perhaps_severe + missing >= rule.items_severe
    )
    meets = ibis.cases((surely, True), (~perhaps, False), else_=ibis.null("boolean"))
    return settle(
        full.select(
            "person_id", "day", "scale", "domain", "n_moderate", "n_severe",
            meets=meets,
        )
    )  # fmt: skip


def _counted_items(items: ir.Table) -> ir.Table:
    """Items; the global scores of a scale only where a visit has none of its items."""
    with_items = items.filter(items.kind == "item").select("person_id", "day", "scale").distinct()
    globals_alone = items.filter(items.kind == "global").anti_join(with_items, ["person_id", "day", "scale"])
    return items.filter(items.kind == "item").union(globals_alone.select(*items.columns))


def _expected() -> ir.Table:
    frame = reference.scale_items()
    counts = (
        frame.groupby(["scale", "domain", "kind"], as_index=False)
        .size()
        .rename(columns={"size": "n_expected"})
    )
    schema = {"scale": "string", "domain": "string", "kind": "string", "n_expected": "int64"}
    return ibis.memtable(counts, schema=schema)


def visit_severity(domains: ir.Table, items: ir.Table) -> ir.Table:
    """Whether a visit shows at least moderate positive or negative symptoms.

    A visit is a person's day, with whatever scales were rated on it. A domain no scale covered is
    unknown, so a visit is below moderate only where both domains were rated and are. A visit of which only
    a total is on record is a visit, its severity unknown.

    Parameters
    ----------
    domains : from :func:`domain_severity`
    items : from :func:`scored`

    Returns
    -------
    person_id, day, is_rated, meets, meets_positive, meets_negative, n_moderate, n_severe
    """

    counted: dict[str, ir.Value] = {}
    for domain in DOMAINS:
        here = domains.domain == domain
        counted[f"yes_{domain}"] = (here & domains.meets).fill_null(False).any()
        counted[f"listed_{domain}"] = here.sum()
        counted[f"below_{domain}"] = (here & ~domains.meets).fill_null(False).sum()
    counts = domains.group_by("person_id", "day").agg(
        n_moderate=domains.n_moderate.max(),
        n_severe=domains.n_severe.max(),
        **counted,
    )
    on_scale = items.filter(family(items.scale).isin(VALIDATED_SCALES))
    days = on_scale.group_by("person_id", "day").agg(is_rated=on_scale.is_rated.any())
    counts = settle(days.left_join(counts, ["person_id", "day"]).drop("person_id_right", "day_right"))

    def answer(domain: str) -> ir.BooleanValue:
        below = (counts[f"listed_{domain}"] > 0) & (counts[f"below_{domain}"] == counts[f"listed_{domain}"])
        return ibis.cases((counts[f"yes_{domain}"], True), (below, False), else_=ibis.null("boolean"))

    visits = counts.select(
        "person_id", "day", "is_rated", "n_moderate", "n_severe",
        meets_positive=answer("positive"), meets_negative=answer("negative"),
    )  # fmt: skip
    return settle(visits.mutate(meets=visits.meets_positive | visits.meets_negative))


def totals(items: ir.Table) -> ir.Table:
    """Total of every scale at every visit, as an interval, with the scale's floor.

    All items present: their sum. Items missing: a total given by the rater, else the bounds that the
    missing items leave open. SAPS and SANS rated on one day add up to a composite.

    Returns
    -------
    person_id, day, scale, total_low, total_high, floor, n_missing
    """
    sums = (
        items.filter(items.kind == "item")
        .group_by("person_id", "day", "scale")
        .agg(
            n_rated=lambda t: t.is_rated.sum(),
            low_sum=lambda t: t.value_low.sum(),
            high_sum=lambda t: t.value_high.sum(),
            floor_sum=lambda t: t.low.sum(),
            ceiling_sum=lambda t: t.high.sum(),
        )
    )
    given = items.filter((items.item == "total") & items.is_rated).select(
        "person_id", "day", "scale", given_low="value_low", given_high="value_high"
    )
    both = sums.outer_join(given, ["person_id", "day", "scale"]).select(
        **{key: ibis.coalesce(sums[key], given[key]) for key in ("person_id", "day", "scale")},
        n_rated=sums.n_rated.fill_null(0),
        low_sum=sums.low_sum, high_sum=sums.high_sum,
        floor_sum=sums.floor_sum, ceiling_sum=sums.ceiling_sum,
        given_low=given.given_low, given_high=given.given_high,
    )  # fmt: skip
    both = settle(both).inner_join(_scale_ranges(), "scale")
    complete = both.n_rated == both.n_items
    from_items_low = both.low_sum + (both.scale_floor - both.floor_sum)
    from_items_high = both.high_sum + (both.scale_ceiling - both.ceiling_sum)
    single = both.select(
        "person_id", "day", "scale",
        total_low=ibis.ifelse(complete, from_items_low, ibis.coalesce(both.given_low, from_items_low)),
        total_high=ibis.ifelse(complete, from_items_high, ibis.coalesce(both.given_high, from_items_high)),
        floor=both.scale_floor,
        n_missing=both.n_items - both.n_rated,
    )  # fmt: skip
    single = settle(single)
    saps, sans = (single.filter(single.scale == name) for name in ("SAPS", "SANS"))
    sans = sans.rename(
        sans_low="total_low", sans_high="total_high", sans_floor="floor", sans_missing="n_missing"
    )
    pair = saps.inner_join(sans.drop("scale"), ["person_id", "day"])
    composite = pair.select(
        "person_id", "day", scale=ibis.literal(COMPOSITE),
        total_low=pair.total_low + pair.sans_low, total_high=pair.total_high + pair.sans_high,
        floor=pair.floor + pair.sans_floor, n_missing=pair.n_missing + pair.sans_missing,
    )  # fmt: skip
    return settle(single.union(composite))


def _scale_ranges() -> ir.Table:
    frame = reference.scale_items()
    items = frame[frame["kind"] == "item"].groupby("scale", as_index=False)
    ranges = items.agg(n_items=("item", "size"), scale_floor=("low", "sum"), scale_ceiling=("high", "sum"))
    schema = {"scale": "string", "n_items": "int64", "scale_floor": "float64", "scale_ceiling": "float64"}
    return ibis.memtable(ranges.astype({"scale_floor": float, "scale_ceiling": float}), schema=schema)


def percent_reduction(before: float, after: float, floor: float) -> float | None:
    """Fall of a symptom score in percent of what could fall, the scale's floor removed.

    ``100 (before - after) / (before - floor)``; worsening is negative. Scores at the floor have nothing
    to lose: the answer is None, not 0. (Obermeier et al. 2011, BMC Psychiatry.)

    Parameters
    ----------
    before, after : scale totals, points
    floor : lowest possible total: 30 for PANSS, 18 for BPRS-18, 0 for SAPS and SANS

    Raises
    ------
    ValueError : a score lies below the floor, so it is not of this scale or is counted from 0
    """
    if min(before, after) < floor:
        raise ValueError(f"A total below {floor:g} is not of this scale, or its items are counted from 0.")
    return None if before == floor else 100 * (before - after) / (before - floor)


def reduction_bounds(
    before_low: ir.Value, before_high: ir.Value, after_low: ir.Value, after_high: ir.Value, floor: ir.Value
) -> tuple[ir.Value, ir.Value]:
    """Smallest and largest reduction (percent) the scores allow; NULL where it may be undefined.

    The reduction grows with the score before and falls with the score after, so the ends of the two
    intervals give its ends.
    """

    def form(before: ir.Value, after: ir.Value) -> ir.Value:
        return ibis.ifelse(
            before > floor, 100 * (before - after) / (before - floor).nullif(0), ibis.null("float64")
        )

    return form(before_low, after_high), form(before_high, after_low)
