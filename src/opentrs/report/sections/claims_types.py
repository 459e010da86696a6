"""What this cohort says to the review's statements about types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opentrs.report.sections.type_biology import chosen, states
from opentrs.report.sections.type_burden import main_ratio
from opentrs.report.sections.types import shares
from opentrs.report.shares import interval_of_share
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import is_unknown

GROUP = "resistant"
FOUR = ("delusion", "hallucination", "negative", "severe_depression")


def _four_types(page: PageInput) -> str:
    words, rows = page.words, shares(page, GROUP, "review_type")
    needed = [rows.get(value) for value in (*FOUR, "none_of_the_four")]
    if any(row is None or is_unknown(row["count"]) for row in needed):
        return words("claims.withheld") if page.aggregate_only else words("claims_types.nobody")
    counts = [int(row["count"]) for row in needed if row is not None]
    k, n = sum(counts[:-1]), sum(counts)
    if not n:
        return _nobody(page)
    return words(
        "claims_types.four",
        k=words.count(k),
        n=words.count(n),
        share=words.percent(k / n),
        interval=words.interval(*interval_of_share(k, n)),
        none=words.count(counts[-1]),
    )


def _nobody(page: PageInput) -> str:
    """Nobody resistant, or nobody of the resistant with a type."""
    anybody = sum(int(row["count"]) for row in shares(page, GROUP).values() if not is_unknown(row["count"]))
    return page.words("claims_types.none_known" if anybody else "claims_types.nobody")


def _half(page: PageInput) -> str:
    words, rows = page.words, shares(page, GROUP)
    row = rows.get("hallucination")
    if row is None or is_unknown(row["count"]) or is_unknown(row["n"]):
        return words("claims.withheld") if page.aggregate_only else words("claims_types.nobody")
    if not int(row["n"]):
        return _nobody(page)
    bounds = sorted(float(row[name]) for name in ("worst", "best"))
    said = words(
        "claims_types.half",
        k=words.count(row["count"]),
        n=words.count(row["n"]),
        share=words.percent(row["share"]),
        interval=words.interval(row["ci_low"], row["ci_high"]),
        bounds=words.interval(bounds[0], bounds[-1]),
        unknown=words.count(rows["unknown"]["count"]) if "unknown" in rows else words.count(0),
    )
    people = page.types.frame("person_types")
    if people.empty:
        return said
    mine = people[(people["verdict"] == GROUP) & (people["type"] == "hallucination")]
    lasting = words("claims_types.half_lasting", lasting=words.count((mine["persistent"] == "yes").sum()))
    return words("claims_types.two", first=said, second=lasting)


def _burden(page: PageInput) -> str:
    words = page.words
    if not page.types.rows("burden"):
        return _of_part(page, "burden")
    return words("claims_types.two", first=_violence(page), second=_distress(page))


def _violence(page: PageInput) -> str:
    words, row = page.words, main_ratio(page, GROUP, "violence", "hallucination")
    if row is None:
        reasons = [
            str(each["reason"])
            for each in page.types.rows("burden")
            if (each["group"], each["outcome"]) == (GROUP, "violence")
            and (
                (each["measure"] == "ratio" and each["type"] == "hallucination")
                or each["reason"] == "not_recorded"
            )
            and each["reason"]
        ]
        reason = words.name("burden_reason", reasons[0] if reasons else None)
        return words("claims_types.violence_untold", reason=reason)
    return words(
        "claims_types.violence",
        ratio=f"{float(row['estimate']):.2f}",
        n=words.count(row["n"]),
        events=words.count(row["events"]),
        adjusted=words("claims_types.adjusted" if row["adjusted_for"] else "claims_types.crude"),
        **_ends(row, 2),
    )


def _distress(page: PageInput) -> str:
    words, row = page.words, main_ratio(page, GROUP, "distress", "hallucination")
    if row is None:
        return words("claims_types.distress_untold")
    difference = f"{float(row['estimate']):+.1f}"
    return words("claims_types.distress", difference=difference, n=words.count(row["n"]), **_ends(row, 1))


def _ends(row: Row, decimals: int) -> dict[str, str]:
    return {
        "low": f"{float(row['ci_low']):.{decimals}f}",
        "high": f"{float(row['ci_high']):.{decimals}f}",
    }


def _of_part(page: PageInput, part: str) -> str:
    """Why a part could not speak."""
    words = page.words
    for row in page.types.rows("parts"):
        if row["part"] == part and not is_unknown(row["reason"]) and row["reason"]:
            return words("claims_types.not_asked", reason=row["reason"])
    return words("claims.withheld") if page.aggregate_only else words("claims_types.nobody")


def _dopamine(page: PageInput) -> str:
    words, counts = page.words, states(page)
    if not counts:
        return _of_part(page, "dopamine")
    told = sum(n for state, n in counts.items() if state != "not_determinable")
    is_placed = bool(page.types.frame("dopamine")["z"].notna().any())
    return words(
        "claims_types.dopamine" if is_placed else "claims_types.dopamine_not_placed",
        n=words.count(sum(counts.values())),
        told=words.count(told),
        untold=words.count(counts.get("not_determinable", 0)),
    )


def _genetic(page: PageInput) -> str:
    words, rows = page.words, page.types.rows("genetic_classes")
    best = chosen(rows)
    if best is not None:
        permuted = next((row["permutation_p"] for row in rows if not is_unknown(row["permutation_p"])), None)
        numbers = {"k": words.count(best["n_classes"]), "n": words.count(best["n"])}
        slopes = words.name("genetic_slopes", best["slopes"])
        return words("claims_types.genetic", p=words.p_value(permuted), slopes=slopes, **numbers)
    for row in rows:
        if not is_unknown(row["reason"]) and row["reason"]:
            return words("claims_types.not_asked", reason=row["reason"])
    return _of_part(page, "genetic_types")


COHORT_SAYS: Mapping[str, Callable[[PageInput], str]] = {
    "B1": _four_types,
    "B1_hallucination": _half,
    "B2": _dopamine,
    "B3": _genetic,
    "B4": _burden,
}
