"""Depression beside the type: from the best scale rated that day that settles the question.

Scales with published bands (HAMD-17, MADRS) say none, mild, moderate or severe. The others have one cut-off
for a depressive episode: they say ``none`` or ``moderate``, which then means at least moderate.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from opentrs import reference
from opentrs.cohort.days import settle
from opentrs.measures.symptoms import totals
from opentrs.stats.compare import Comparison
from opentrs.subtype.definition import UNKNOWN

SEVERE = "severe"
NOT_DEPRESSED = "none"
# A scale with one cut-off calls those above it depressed: at least moderate.
STRENGTH = {"mild": 1, "moderate": 2, "depressed": 2, SEVERE: 3}
WORDS = {"depressed": "moderate"}
SEVERE_DEPRESSION, NONE_OF_THE_FOUR = "severe_depression", "none_of_the_four"


def depression(values: ir.Table) -> ir.Table:
    """How depressed somebody was on a day, by the first scale that settles it.

    Parameters
    ----------
    values : from :func:`opentrs.subtype.domains.rated_values`

    Returns
    -------
    person_id, day, depression, depression_basis (the scale, with its item where it is one item),
    says_severe (whether that scale has a band for severe)
    """
    bands = reference.depression_cutoffs()
    bands = bands[bands["band"].isin(STRENGTH)]
    order = list(dict.fromkeys(row["scale"] for row in reference.depression_rules()))
    sums = _totals(values, sorted(bands.loc[bands["item"] == "total", "scale"].unique()))
    answers = []
    for rank, scale in enumerate(order):
        of_scale = bands[bands["scale"] == scale]
        item = str(of_scale["item"].iloc[0])
        rows = sums.filter(sums.scale == scale) if item == "total" else _single(values, scale, item)
        cuts = [
            (str(row["band"]), Comparison(str(row["operator"]), float(row["threshold"])))
            for row in of_scale.to_dict("records")
        ]
        answers.append(
            rows.select(
                "person_id",
                "day",
                rank=ibis.literal(rank, "int64"),
                depression=_settled_band(rows, cuts),
                depression_basis=ibis.literal(scale if item == "total" else f"{scale} {item}"),
                says_severe=ibis.literal(any(band == SEVERE for band, _ in cuts)),
            )
        )
    said = ibis.union(*answers)
    said = settle(said.filter(said.depression.notnull()))
    best = said.group_by("person_id", "day").agg(rank=said["rank"].min())
    return settle(said.inner_join(best, ["person_id", "day", "rank"]).drop("rank"))


def _settled_band(rows: ir.Table, cuts: list[tuple[str, Comparison]]) -> ir.Value:
    """The band of a total known between two bounds; NULL where the bounds lie in different bands."""
    at_low, at_high = _band(rows.low, cuts), _band(rows.high, cuts)
    return ibis.ifelse(at_low == at_high, at_low, ibis.null("string"))


def _band(value: ir.Value, cuts: list[tuple[str, Comparison]]) -> ir.Value:
    strongest_first = sorted(cuts, key=lambda cut: -STRENGTH[cut[0]])
    branches = [(needs.holds(value), WORDS.get(band, band)) for band, needs in strongest_first]
    return ibis.cases((value.isnull(), ibis.null("string")), *branches, else_=NOT_DEPRESSED)


def _totals(values: ir.Table, scales: list[str]) -> ir.Table:
    """Totals of the depression scales, between bounds where items are missing."""
    rated = values.filter(values.scale.isin(scales))
    bounded = rated.mutate(
        value_low=ibis.coalesce(rated.value, rated.low),
        value_high=ibis.coalesce(rated.value, rated.high),
        is_rated=rated.value.notnull(),
    )
    found = totals(bounded)
    return found.select("person_id", "day", "scale", low="total_low", high="total_high")


def _single(values: ir.Table, scale: str, item: str) -> ir.Table:
    rows = values.filter((values.scale == scale) & (values.item == item) & values.value.notnull())
    return rows.select("person_id", "day", "scale", low=rows.value, high=rows.value)


def review_type(table: ir.Table) -> ir.Value:
    """The review's four-way label from type, depression and what the depression scale can say.

    Parameters
    ----------
    table : type, depression, says_severe (NULL where no scale spoke), is_domain (the type is a domain)
    """
    return ibis.cases(
        (table.depression == SEVERE, SEVERE_DEPRESSION),
        (table.type == UNKNOWN, UNKNOWN),
        (table.is_domain, table.type),
        # No episode on any scale excludes a severe one; an episode on a scale without bands does not.
        (table.says_severe.fill_null(False) | (table.depression == NOT_DEPRESSED), NONE_OF_THE_FOUR),
        else_=UNKNOWN,
    )
