"""Adherence -> per course and source, the share of prescribed doses taken."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs.cohort.days import day_number, settle
from opentrs.stats.compare import Comparison

UNNAMED = "unnamed"
NOBODY = "nobody named"
SCHEMA = {"sources_text": "string", "source": "string", "n_unnamed": "int64"}


def sources_of_text(text: str) -> list[tuple[str, int]]:
    """Read ``adherence_sources``: names joined by ``;`` or ``,``, or how many there were.

    Returns
    -------
    (source, how many): one entry per name with 1, or a single ``unnamed`` entry with the number
    """
    cleaned = text.strip().lower()
    try:
        return [(UNNAMED, int(float(cleaned)))]
    except ValueError:
        names = {part.strip() for part in cleaned.replace(",", ";").replace("；", ";").split(";")}
        return [(name, 1) for name in sorted(names) if name]


def course_sources(
    courses: ir.Table, adherence: ir.Table, sufficient: Comparison, days_after: int
) -> ir.Table:
    """What each source says of the adherence during each course.

    Parameters
    ----------
    courses : person_id, course_id, start_day, end_day, adherence_percent, adherence_sources
    adherence : the cohort's ``adherence`` table; observations count from the course's first day to
        ``days_after`` days past its last
    sufficient : from which share of doses on adherence is good. An observation that cannot be placed in
        time (it, or the course, has no date) raises doubt unless it is sufficient anyway.
    days_after : days

    Returns
    -------
    person_id, course_id, source (NULL: it is not known who said so), n_sources, percent (lowest known
    value of that source), in_doubt (a value is blank, or may belong here), day (first on record)
    """
    return settle(
        _from_courses(courses).union(_from_observations(courses, adherence, sufficient, days_after))
    )


def _from_courses(courses: ir.Table) -> ir.Table:
    texts = courses.select("adherence_sources").distinct().execute()["adherence_sources"].dropna()
    rows = [(text, name, number) for text in texts for name, number in sources_of_text(text)]
    names = ibis.memtable(pd.DataFrame(rows, columns=list(SCHEMA), dtype="object"), schema=SCHEMA)
    said = courses.filter(courses.adherence_percent.notnull() | courses.adherence_sources.notnull())
    joined = said.left_join(names, said.adherence_sources == names.sources_text)
    return joined.select(
        "person_id", "course_id", "source",
        n_sources=joined.n_unnamed.fill_null(0),
        percent=joined.adherence_percent,
        in_doubt=joined.adherence_percent.isnull(),
        day=joined.end_day,
    )  # fmt: skip


def _from_observations(
    courses: ir.Table, adherence: ir.Table, sufficient: Comparison, days_after: int
) -> ir.Table:
    seen = adherence.select("person_id", "source", "percent", seen_day=day_number(adherence.date))
    spans = courses.select("person_id", "course_id", "start_day", "end_day")
    joined = spans.inner_join(seen, "person_id")
    within = (joined.seen_day >= joined.start_day) & (joined.seen_day <= joined.end_day + days_after)
    unplaced = joined.seen_day.isnull() | joined.start_day.isnull() | joined.end_day.isnull()
    doubtful = unplaced & ~sufficient.holds(joined.percent).fill_null(False)
    joined = joined.mutate(
        doubtful=doubtful, percent=ibis.ifelse(doubtful, ibis.null("float64"), joined.percent)
    ).filter(within.fill_null(False) | doubtful)
    seen_of = joined.group_by("person_id", "course_id", "source").agg(
        percent=lambda t: t.percent.min(),
        in_doubt=lambda t: t.percent.isnull().any(),
        day=lambda t: t.seen_day.min(),
    )
    return seen_of.select(
        "person_id", "course_id", "source", "percent", "in_doubt", "day", n_sources=ibis.literal(1, "int64")
    ).select("person_id", "course_id", "source", "n_sources", "percent", "in_doubt", "day")


def adherent(sources: ir.Table, sufficient: Comparison, enough_sources: Comparison) -> ir.Table:
    """Whether each course was taken: enough sources, each sufficient; one below settles it.

    Sources only counted, not named, may be the same as named ones, so the larger number of the two holds.

    Returns
    -------
    person_id, course_id, n_sources, lowest_percent, adherent (yes TRUE, no FALSE, unknown NULL), day (of
    the last source needed; NULL where not placed)
    """
    said = sources.mutate(source=sources.source.fill_null(NOBODY))
    one = said.group_by("person_id", "course_id", "source").agg(
        n_sources=said.n_sources.max(),
        percent=said.percent.min(),
        in_doubt=said.in_doubt.any(),
        day=said.day.min(),
    )
    good = (sufficient.holds(one.percent) & ~one.in_doubt).fill_null(False)
    marked = one.mutate(
        n_named_good=ibis.ifelse(good & ~one.source.isin((UNNAMED, NOBODY)), 1, 0),
        n_unnamed_good=ibis.ifelse(good & (one.source == UNNAMED), one.n_sources, 0),
        below=(~sufficient.holds(one.percent)).fill_null(False),
    )
    # The day on which the last source needed was on record.
    by_day = ibis.window(group_by=["person_id", "course_id"], order_by=[ibis.desc("n_good"), "day"])
    ranked = marked.mutate(n_good=marked.n_named_good + marked.n_unnamed_good)
    ranked = settle(ranked.mutate(position=ibis.row_number().over(by_day)))
    needed = enough_sources.smallest()
    day = ibis.ifelse(
        (ranked.n_unnamed_good >= needed) | (ranked.position == needed - 1), ranked.day, ibis.null("int64")
    )
    marked = ranked.mutate(day=day)
    courses = marked.group_by("person_id", "course_id").agg(
        n_sources=ibis.greatest(marked.n_named_good.sum(), marked.n_unnamed_good.sum()),
        any_below=marked.below.any(),
        any_doubt=marked.in_doubt.any(),
        lowest_percent=marked.percent.min(),
        day=marked.day.min(),
    )
    enough = enough_sources.holds(courses.n_sources) & ~courses.any_doubt
    answer = ibis.cases((courses.any_below, False), (enough, True), else_=ibis.null("boolean"))
    return settle(
        courses.select("person_id", "course_id", "n_sources", "lowest_percent", "day", adherent=answer)
    )
