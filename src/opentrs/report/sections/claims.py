"""What the review, its source and this cohort say: side by side, none taken for the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from opentrs.reference.review_claims import ReviewClaim, review_claims
from opentrs.report.blocks import Claim, Paragraph, Section
from opentrs.report.sections import claims_predict, claims_types
from opentrs.report.sections.specifiers import counted, known_domains
from opentrs.report.shares import interval_of_share
from opentrs.report.view import PageInput
from opentrs.report.wording import is_unknown


def section(page: PageInput) -> Section:
    """One box per row of the review that this cohort can speak to."""
    words = page.words
    boxes = [
        claim_box(page, claim, words("claims.cohort"), COHORT_SAYS[claim.row](page))
        for claim in review_claims()
        if claim.row in COHORT_SAYS and _can_speak(page, claim)
    ]
    if not boxes:
        return Section("review", words("claims.heading"))
    return Section("review", words("claims.heading"), [Paragraph(words("claims.reads")), *boxes])


def _can_speak(page: PageInput, claim: ReviewClaim) -> bool:
    """Whether the stage that the claim is about ran."""
    if claim.row in claims_types.COHORT_SAYS:
        return page.types.result is not None
    if claim.row in claims_predict.COHORT_SAYS:
        return page.predict.result is not None
    return page.everybody(page.main) is not None


def claim_box(page: PageInput, claim: ReviewClaim, third: str, said: str) -> Claim:
    """One statement of the review beside its source and a third voice, such as this cohort."""
    words = page.words
    voices = [
        (words("claims.review"), claim.review_says[words.lang]),
        (words("claims.source"), claim.source_says[words.lang]),
        (third, said),
    ]
    sources, checked = ", ".join(claim.source_dois), words.name("claim_checked", claim.checked)
    if claim.source_dois[0].startswith("10."):
        link = words("claims.link", dois=sources, checked=checked)
    else:
        link = words("claims.link_without_doi", source=words.name("claim_source", claim.row), checked=checked)
    return Claim(words.name("claim", claim.row), voices, link)


def _definition(page: PageInput) -> str:
    row = page.everybody(page.main)
    assert row is not None
    if any(is_unknown(row[name]) for name in ("resistant", "not_resistant", "unknown")):
        return page.words("claims.withheld")
    numbers = {name: page.words.count(row[name]) for name in ("n", "resistant", "not_resistant", "unknown")}
    return page.words("claims.A1", **numbers)


def _prevalence(page: PageInput) -> str:
    row, words = page.everybody(page.main), page.words
    assert row is not None
    if any(is_unknown(row[name]) for name in ("resistant", "not_resistant", "unknown")):
        return words("claims.withheld")
    bounds = sorted(float(row[name]) for name in ("worst", "best") if not is_unknown(row[name]))
    shown = words.interval(bounds[0], bounds[-1]) if bounds else words.interval(None, None)
    settled = int(row["n"]) - int(row["unknown"])
    if not settled:
        return words("claims.A2_nobody", n=words.count(row["n"]))
    return words(
        "claims.A2",
        share=words.percent(row["estimate"]),
        interval=words.interval(row["ci_low"], row["ci_high"]),
        settled=words.count(settled),
        n=words.count(row["n"]),
        bounds=shown,
    )


def _counted(
    key: str, select: Callable[[PageInput], Counter[str]], hit: str, miss: str
) -> Callable[[PageInput], str]:
    """A claim about a share: resistant people answered ``hit`` among those answered ``hit`` or ``miss``."""

    def say(page: PageInput) -> str:
        words = page.words
        if page.aggregate_only:
            return words("claims.withheld")
        if page.resistant.empty:
            return words("claims.nobody")
        counts = select(page)
        n = counts[hit] + counts[miss]
        unknown = words.count(len(page.resistant) - n)
        if not n:
            return words("claims.cannot_tell", unknown=unknown)
        return words(
            f"claims.{key}",
            k=words.count(counts[hit]),
            n=words.count(n),
            share=words.percent(counts[hit] / n),
            interval=words.interval(*interval_of_share(counts[hit], n)),
            unknown=unknown,
        )

    return say


def _positive(page: PageInput) -> Counter[str]:
    return Counter("yes" if "positive" in found else "no" for found in known_domains(page.resistant))


def _depressed(page: PageInput) -> Counter[str]:
    table = page.frame("specifiers")
    if table.empty:
        return Counter()
    mine = table["person_id"].isin(page.resistant["person_id"]) & (table["specifier"] == "depression")
    return counted(table.loc[mine, "answer"])


COHORT_SAYS: Mapping[str, Callable[[PageInput], str]] = {
    "A1": _definition,
    "A2": _prevalence,
    "A3": _counted("A3", _positive, "yes", "no"),
    "A4": _counted("A4", lambda page: counted(page.resistant["from_first_episode"]), "yes", "no"),
    "A5": _counted("A5", _depressed, "yes", "no"),
    "A6": _counted("A6", lambda page: counted(page.resistant["clozapine"]), "resistant", "responsive"),
    **claims_types.COHORT_SAYS,
    **claims_predict.COHORT_SAYS,
}
