"""Ratings of a whole cohort -> totals, the BPRS-18 inside the PANSS, and what other scales would have said.

Converted scores stand in tables of their own, never among the ratings: no table made here has the columns
of a rating, so that nothing that labels people can read them as such.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs.cohort.days import settle
from opentrs.measures.linking import LEAST_RATED, Anchors, anchors, equations
from opentrs.measures.symptoms import rated_items
from opentrs.reference.load import facts

DERIVED = "BPRS-18"
TOTAL = "total"
CGI, CGI_S = "CGI", "CGI-S"
MEANS_SCHEMA = {
    "equation": "string", "from_scale": "string", "from_score": "string", "to_scale": "string",
    "to_score": "string", "intercept": "float64", "slope": "float64", "to_low": "float64",
    "to_high": "float64", "error": "float64", "reach": "float64", "n_items": "int64", "least_rated": "int64",
}  # fmt: skip


def visit_items(ratings: ir.Table) -> ir.Table:
    """One row per person, day, scale and rated item: the mean over raters of that day.

    Returns
    -------
    person_id, day, scale, item, kind, low, high, value (never NULL)
    """
    items = rated_items(ratings)
    rated = items.filter(items.value.notnull() & items.day.notnull())
    by = ("person_id", "day", "scale", "item", "kind", "low", "high")
    return settle(rated.group_by(*by).agg(value=rated.value.mean()))


def derived_bprs(items: ir.Table) -> ir.Table:
    """The items of the BPRS-18 as they stand in the PANSS, by the item map, in the form of ``items``.

    Nobody rated them as BPRS: the anchors of the two scales differ. ``scale`` is ``BPRS-18``.

    Parameters
    ----------
    items : from :func:`visit_items`; own ratings of the BPRS-18 are left out
    """
    rows = [row for row in facts("item_map") if row["to_scale"] == DERIVED]
    names = ibis.memtable(
        pd.DataFrame(
            {"from_item": [row["from_item"] for row in rows], "bprs": [row["to_item"] for row in rows]}
        ),
        schema={"from_item": "string", "bprs": "string"},
    )
    panss = items.filter(items.scale == "PANSS")
    found = panss.inner_join(names, panss.item == names.from_item)
    return settle(
        found.select(
            "person_id", "day", "kind", "low", "high", "value", scale=ibis.literal(DERIVED), item=found.bprs
        )
    )


def prorated_totals(items: ir.Table) -> ir.Table:
    """Total of every scale at every visit, from at least two thirds of its items.

    Where items are missing, the total is the mean of those rated times the number of items. Where no item is
    on record, the rater's own total is taken.

    Returns
    -------
    person_id, day, scale, total (NULL where too few items were rated), n_items, n_rated (0 for a total given
    as such)
    """
    single = items.filter(items.kind == "item")
    sums = single.group_by("person_id", "day", "scale").agg(n_rated=single.count(), mean=single.value.mean())
    sums = settle(sums).inner_join(_lengths(), "scale")
    part, whole = LEAST_RATED
    total = ibis.ifelse(
        whole * sums.n_rated >= part * sums.n_items, sums["mean"] * sums.n_items, ibis.null("float64")
    )
    from_items = sums.select("person_id", "day", "scale", "n_items", "n_rated", total=total)
    given = items.filter(items.item == TOTAL).inner_join(_lengths(), "scale")
    given = given.anti_join(sums, ["person_id", "day", "scale"])
    as_given = given.select(
        "person_id", "day", "scale", "n_items", n_rated=ibis.literal(0, "int64"), total="value"
    )
    return settle(from_items.union(as_given.select(*from_items.columns)))


def visit_scores(items: ir.Table) -> ir.Table:
    """Totals from at least two thirds of their items, and the Clinical Global Impression of severity.

    Returns
    -------
    person_id, day, scale, score (``total`` or ``CGI-S``), value (never NULL), is_prorated
    """
    totals = prorated_totals(items)
    severity = items.filter((items.scale == CGI) & (items.item == CGI_S))
    kept = totals.filter(totals.total.notnull())
    return settle(
        kept.select(
            "person_id", "day", "scale", score=ibis.literal(TOTAL), value="total",
            is_prorated=(kept.n_rated > 0) & (kept.n_rated < kept.n_items),
        ).union(
            severity.select(
                "person_id", "day", "scale", score="item", value="value", is_prorated=ibis.literal(False)
            )
        )
    )  # fmt: skip


def converted_scores(ratings: ir.Table) -> ir.Table:
    """Every published equation applied to every visit that has its items.

    Parameters
    ----------
    ratings : the cohort's ratings, as read

    Returns
    -------
    person_id, day, equation, from_scale, from_score, to_scale, to_score, n_items, n_rated, from_mean,
    converted (NULL where fewer than two thirds of the items were rated), error, low, high (NULL where the
    error is unknown), is_clamped
    """
    items = visit_items(ratings)
    wanted = ibis.memtable(
        pd.DataFrame(
            [
                (each.equation, each.origin.scale, item)
                for each in equations().values()
                for item in each.origin.items
            ],
            columns=["equation", "scale", "item"],
        ),
        schema={"equation": "string", "scale": "string", "item": "string"},
    )
    used = items.inner_join(wanted, ["scale", "item"])
    means = settle(
        used.group_by("person_id", "day", "equation").agg(n_rated=used.count(), from_mean=used.value.mean())
    )
    means = means.inner_join(_coefficients(), "equation")
    means = means.mutate(
        raw=ibis.ifelse(
            means.n_rated >= means.least_rated,
            means.intercept + means.slope * means.from_mean,
            ibis.null("float64"),
        )
    )
    means = means.mutate(converted=_clamped(means.raw, means))
    return settle(
        means.select(
            "person_id", "day", "equation", "from_scale", "from_score", "to_scale", "to_score", "n_items",
            "n_rated", "from_mean", "converted",
            error=ibis.ifelse(means.converted.notnull(), means.error, ibis.null("float64")),
            low=_clamped(means.converted - means.reach, means),
            high=_clamped(means.converted + means.reach, means),
            is_clamped=means.converted != means.raw,
        )
    )  # fmt: skip


def converted_totals(ratings: ir.Table) -> ir.Table:
    """Totals of PANSS, BPRS-18 and CGI-S converted by published anchors.

    Returns
    -------
    person_id, day, link, from_scale, from_score, to_scale, to_score, from_value, converted (NULL beyond the
    anchors). The error of these links was not published.
    """
    values = visit_scores(visit_items(ratings)).rename(
        from_scale="scale", from_score="score", from_value="value"
    )
    ends, pieces = _pieces()
    wanted = values.inner_join(ends, ["from_scale", "from_score"])
    within = wanted.left_join(
        pieces,
        (wanted.link == pieces.piece_link)
        & (wanted.to_scale == pieces.piece_to)
        & (wanted.from_value >= pieces.x_low)
        & (wanted.from_value < pieces.x_high),
    )
    at_end = within.from_value == within.last_x
    linked = ibis.ifelse(
        at_end, within.last_y, within.y_low + within.slope * (within.from_value - within.x_low)
    )
    return settle(
        within.select(
            "person_id", "day", "link", "from_scale", "from_score", "to_scale", "to_score", "from_value",
            converted=linked,
        )
    )  # fmt: skip


def _clamped(value: ir.FloatingColumn, row: ir.Table) -> ir.Value:
    return ibis.cases((value < row.to_low, row.to_low), (value > row.to_high, row.to_high), else_=value)


def _coefficients() -> ir.Table:
    rows = [
        (
            each.equation, each.origin.scale, each.origin.score, each.to.scale, each.to.score, each.intercept,
            each.slope, each.to.low, each.to.high, each.error.root_mean_square if each.error else None,
            each.error.reach if each.error else None, len(each.origin.items), each.origin.least_rated,
        )
        for each in equations().values()
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(MEANS_SCHEMA)).astype({"error": float, "reach": float})
    return ibis.memtable(frame, schema=MEANS_SCHEMA)


def _lengths() -> ir.Table:
    counts: dict[str, int] = {}
    for row in facts("scale_items"):
        if row["kind"] == "item":
            counts[row["scale"]] = counts.get(row["scale"], 0) + 1
    frame = pd.DataFrame({"scale": list(counts), "n_items": list(counts.values())})
    return ibis.memtable(frame, schema={"scale": "string", "n_items": "int64"})


def _pieces() -> tuple[ir.Table, ir.Table]:
    """The links of totals with their last anchors, and the straight pieces between anchors."""
    links: list[Anchors] = [
        each
        for link in anchors()
        for each in (link, link.turned())
        if each.from_score in (TOTAL, "CGI-S")
        and each.to_score in (TOTAL, "CGI-S")
        and each.to_scale != "CGI"
    ]
    ends = pd.DataFrame(
        [
            (each.link, each.from_scale, each.from_score, each.to_scale, each.to_score, *each.points[-1])
            for each in links
        ],
        columns=["link", "from_scale", "from_score", "to_scale", "to_score", "last_x", "last_y"],
    )
    pieces = pd.DataFrame(
        [
            (each.link, each.to_scale, x, next_x, y, (next_y - y) / (next_x - x))
            for each in links
            for (x, y), (next_x, next_y) in zip(each.points, each.points[1:], strict=False)
        ],
        columns=["piece_link", "piece_to", "x_low", "x_high", "y_low", "slope"],
    )
    numbers = {"last_x", "last_y", "x_low", "x_high", "y_low", "slope"}

    def table(frame: pd.DataFrame) -> ir.Table:
        return ibis.memtable(
            frame, schema={name: "float64" if name in numbers else "string" for name in frame.columns}
        )

    return table(ends), table(pieces)
