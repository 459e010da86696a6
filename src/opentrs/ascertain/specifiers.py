"""What is said beside the verdict: domains, cognition, depression, remission."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.ascertain.evidence import Evidence
from opentrs.ascertain.frames import answer_word, known_date, shown_threshold, words
from opentrs.cohort.days import iso_date, settle
from opentrs.measures.symptoms import DOMAINS, NOW_DAY
from opentrs.messages import Lang, text
from opentrs.stats.compare import Comparison

COGNITIVE_ITEMS = reference.item_set("cognitive")
REMISSION_ITEMS = reference.item_set("remission")
REMISSION_AT_MOST = Comparison("<=", reference.remission_rule()[0])
REMISSION_DAYS = Comparison(">=", reference.remission_rule()[1])


def specifiers_frame(evidence: Evidence, lang: Lang) -> pd.DataFrame:
    """Person by person: positive, negative, cognitive, depression, each yes, no or unknown."""
    people = evidence.people.filter(evidence.people.applies).select("person_id").execute()
    parts = [
        *(_domain_frame(evidence, people, domain, lang) for domain in DOMAINS),
        _cognitive_frame(evidence, people, lang),
        _depression_frame(evidence, people, lang),
    ]
    return pd.concat(parts).sort_values(["person_id", "specifier"], ignore_index=True)


def _domain_frame(evidence: Evidence, people: pd.DataFrame, domain: str, lang: Lang) -> pd.DataFrame:
    """Whether a domain is at least moderate at a visit in the window; unknown where it was not rated."""
    visits = evidence.visits.filter(evidence.visits.surely_in)
    meets = visits[f"meets_{domain}"]
    found = visits.group_by("person_id").agg(
        answer=ibis.cases((meets.any(), True), (meets.notnull().any(), False), else_=None)
    )
    merged = people.merge(found.execute(), on="person_id", how="left")
    answers = words(merged["answer"])
    keys = ["specifier.not_rated" if answer == "unknown" else f"specifier.{domain}" for answer in answers]
    return pd.DataFrame(
        {
            "person_id": merged["person_id"],
            "specifier": domain,
            "answer": answers,
            "evidence": [text(key, lang) for key in keys],
        }
    )


def _last_items(evidence: Evidence, scale: str, items: tuple[str, ...]) -> ir.Table:
    """Items of a scale at each person's last visit on which any of them was rated."""
    scored = evidence.measured.scored
    rows = scored.filter((scored.scale == scale) & scored.item.isin(items) & scored.is_rated)
    last = rows.group_by("person_id").agg(day=rows.day.max())
    return settle(rows.inner_join(last, ["person_id", "day"]))


def _cognitive_frame(evidence: Evidence, people: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    rule, cut = evidence.definition.severity, evidence.definition.severity.cutoffs["PANSS"]
    rows = _last_items(evidence, "PANSS", COGNITIVE_ITEMS)
    counts = rows.group_by("person_id").agg(
        n_moderate=(rows.value_low >= cut.moderate).sum(),
        n_severe=(rows.value_low >= cut.severe).sum(),
        n_rated=rows.count(),
    )
    meets = (counts.n_moderate >= rule.items_moderate) | (counts.n_severe >= rule.items_severe)
    complete = counts.n_rated == len(COGNITIVE_ITEMS)
    answer = ibis.cases((meets, True), (complete, False), else_=ibis.null("boolean"))
    found = counts.select("person_id", answer=answer).execute()
    merged = people.merge(found, on="person_id", how="left")
    answers = words(merged["answer"])
    sentences = [
        text("specifier.not_rated" if answer == "unknown" else "specifier.cognitive", lang)
        for answer in answers
    ]
    return pd.DataFrame(
        {"person_id": merged["person_id"], "specifier": "cognitive", "answer": answers, "evidence": sentences}
    )


def depression_at_last_visit(evidence: Evidence) -> ir.Table:
    """Depression by the best scale each person was rated on, at its last rating.

    Scales in order of preference: CDSS, HAMD-17, MADRS, PANSS G6, BPRS. Each has the cut-off its source
    gives for a depressive episode; the Calgary scale has no accepted band for "severe".

    Returns
    -------
    person_id, scale, day, low, high, threshold, answer (three-valued)
    """
    scored, totals = evidence.measured.scored, evidence.measured.totals
    parts = []
    for rank, row in enumerate(reference.depression_rules()):
        cutoff = Comparison(row["operator"], float(row["threshold"]))
        if row["item"] == "total":
            rows = totals.filter(totals.scale == row["scale"]).select(
                "person_id", "day", low="total_low", high="total_high"
            )
        else:
            rows = scored.filter(
                (scored.scale == row["scale"]) & (scored.item == row["item"]) & scored.is_rated
            ).select("person_id", "day", low="value_low", high="value_high")
        last = rows.group_by("person_id").agg(day=rows.day.max())
        rows = rows.inner_join(last, ["person_id", "day"])
        label = row["scale"] if row["item"] == "total" else f"{row['scale']} {row['item']}"
        parts.append(
            rows.select(
                "person_id", "day", "low", "high",
                scale=ibis.literal(label), threshold=ibis.literal(str(cutoff)), rank=ibis.literal(rank),
                answer=cutoff.holds_between(rows.low, rows.high),
            )
        )  # fmt: skip
    union = settle(ibis.union(*parts))
    best = union.group_by("person_id").agg(rank=union["rank"].min())
    return settle(union.inner_join(best, ["person_id", "rank"]))


def _depression_frame(evidence: Evidence, people: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    found = depression_at_last_visit(evidence).execute()
    merged = people.merge(found, on="person_id", how="left")
    sentences = [
        text("specifier.depression_unknown", lang)
        if not isinstance(scale, str)
        else text(
            "specifier.depression",
            lang,
            scale=scale,
            low=_range(low, high),
            date=_date(day, lang),
            needs=shown_threshold(threshold),
        )
        for scale, low, high, day, threshold in zip(
            merged["scale"], merged["low"], merged["high"], merged["day"], merged["threshold"], strict=True
        )
    ]
    return pd.DataFrame(
        {
            "person_id": merged["person_id"],
            "specifier": "depression",
            "answer": words(merged["answer"]),
            "evidence": sentences,
        }
    )


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _date(day: float, lang: Lang) -> str:
    return known_date(None if day == NOW_DAY else day, lang)


def remission_frame(evidence: Evidence, lang: Lang) -> pd.DataFrame:
    """Symptomatic remission at the last visit (Andreasen et al. 2005): eight items at 3 or below, six months.

    Returns
    -------
    person_id, answer, date (of the last visit rated), days (so long so far), evidence
    """
    scored = evidence.measured.scored
    rows = scored.filter(
        (scored.scale == "PANSS") & scored.item.isin(REMISSION_ITEMS) & (scored.day < NOW_DAY)
    )
    by_visit = rows.group_by("person_id", "day").agg(
        n_low=REMISSION_AT_MOST.holds(rows.value_high).sum(),
        n_high=(~REMISSION_AT_MOST.holds(rows.value_low)).sum(),
    )
    in_band = ibis.cases(
        (by_visit.n_low == len(REMISSION_ITEMS), True),
        (by_visit.n_high > 0, False),
        else_=ibis.null("boolean"),
    )
    visits = settle(by_visit.select("person_id", "day", in_band=in_band))
    ends = visits.group_by("person_id").agg(
        last_day=visits.day.max(),
        last_out=ibis.ifelse(~visits.in_band, visits.day, ibis.null("int64")).max(),
        last_not_in=ibis.ifelse(~visits.in_band.fill_null(False), visits.day, ibis.null("int64")).max(),
    )
    joined = visits.inner_join(ends, "person_id")
    unbroken = joined.filter(joined.last_not_in.isnull() | (joined.day > joined.last_not_in))
    since = unbroken.group_by("person_id").agg(first_day=unbroken.day.min())
    people = evidence.people.filter(evidence.people.applies).select("person_id")
    table = people.left_join(ends, "person_id").drop("person_id_right")
    table = table.left_join(since, "person_id").drop("person_id_right")
    days = table.last_day - table.first_day
    answer = ibis.cases(
        (REMISSION_DAYS.holds(days), True),
        (table.last_out == table.last_day, False),
        else_=ibis.null("boolean"),
    )
    frame = table.select("person_id", answer=answer, last_day=table.last_day, days=days).execute()
    frame = frame.sort_values("person_id", ignore_index=True)
    sentences = [
        text("remission.unknown", lang)
        if answer_word(answer) == "unknown"
        else text("remission.reads", lang, days=0 if pd.isna(days) else int(days), date=iso_date(day))
        for answer, days, day in zip(frame["answer"], frame["days"], frame["last_day"], strict=True)
    ]
    return pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "answer": words(frame["answer"]),
            "date": words(frame["last_day"], iso_date),
            "days": frame["days"].astype("float64"),
            "evidence": sentences,
        }
    )
