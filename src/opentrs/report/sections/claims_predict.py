"""What this cohort says to the review's statements about prediction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from opentrs.predict.sheet import is_told
from opentrs.report.sections.predict import best_honest
from opentrs.report.sections.predict_words import (
    estimate,
    interval,
    landmarks,
    main_outcome,
    name,
    own_model,
    people_and_events,
    performance,
)
from opentrs.report.view import PageInput, Row

SUM_SCORES = ("panss_p2_n5_g9", "p2_n5_g9_refitted")
ONSET_AGE, FAMILY_HISTORY = "onset_age_years", "family_history"
STIMULATION = ("response_ect", "response_tms", "response_clozapine")


def _early(page: PageInput) -> str:
    words = page.words
    said = [_model_said(page, best_honest(page)), _term(page, ONSET_AGE)]
    return words("list_separator").join(each for each in said if each) or words("predict_claims.no_model")


def _model_said(page: PageInput, row: Row | None) -> str:
    if row is None:
        return ""
    words = page.words
    return words(
        "predict_claims.model",
        landmark=name(words, "landmark", row["landmark"]),
        outcome=name(words, "outcome", row["outcome"]),
        kind=name(words, "kind", row["kind"]),
        c=estimate(words, row),
        counts=people_and_events(words, row),
    )


def _term(page: PageInput, term: str) -> str:
    """The coefficient of one predictor in the own model, first landmark."""
    words, own, outcome = page.words, own_model(page), main_outcome(page)
    for row in page.predict.rows("coefficients"):
        is_main = row["model"] == own and row.get("outcome", outcome) == outcome
        if row["term"] == term and is_main and is_told(row["coefficient"]):
            return words(
                "predict_claims.term",
                term=name(words, "term", term),
                coefficient=interval(words, row["coefficient"], row["low"], row["high"], 3),
                unit=words.cell(row["unit"]),
            )
    return ""


def _sum_score(page: PageInput) -> str:
    words = page.words
    rows = [row for row in performance(page, "c_statistic") if row["model"] in SUM_SCORES]
    rows = [row for row in rows if row["outcome"] == main_outcome(page)] or rows
    told = [_model_said(page, row) for row in rows if is_told(row["estimate"])]
    return words("list_separator").join(told) or words("predict_claims.not_run")


def _responses(page: PageInput) -> str:
    """Models of response to a treatment, or why they were refused."""
    words = page.words
    said = []
    for outcome in STIMULATION:
        rows = [
            row
            for row in performance(page, "c_statistic", ("leave_site_out", "internal"))
            if row["outcome"] == outcome and is_told(row["estimate"])
        ]
        if rows:
            said.append(_model_said(page, rows[0]))
            continue
        why = _flag(page, outcome, ("refused",))
        if why:
            said.append(words("predict_claims.refused", outcome=name(words, "outcome", outcome), why=why))
    return words("list_separator").join(said) or words("predict_claims.no_response")


def _flag(page: PageInput, outcome: str, levels: Sequence[str]) -> str:
    for row in page.predict.rows("flags"):
        if row["outcome"] == outcome and row["level"] in levels and is_told(row["why"]):
            return str(row["why"]).rstrip(".。")
    return ""


def _added(*blocks: str) -> Callable[[PageInput], str]:
    """Whether a block of predictors added anything to the clinical model."""

    def say(page: PageInput) -> str:
        words = page.words
        said = [
            words(
                "predict_claims.added",
                added=name(words, "added", row["added"]),
                landmark=name(words, "landmark", row["landmark"]),
                delta=interval(words, row["delta_c"], row["low"], row["high"], 3),
                p=words.p_value(row["p"]),
                n=words.count(row["n"]),
            )
            for row in page.predict.rows("added_value")
            if any(block in str(row["added"]) for block in blocks)
        ]
        return words("list_separator").join(said) or words("predict_claims.no_block")

    return say


def _family(page: PageInput) -> str:
    term = _term(page, FAMILY_HISTORY)
    rest = _added("imaging", "cortex", "genetic", "fusion")(page)
    return page.words("list_separator").join(each for each in (term, rest) if each)


def _strategy(page: PageInput) -> str:
    """How much is known how early: the own model at each landmark."""
    words = page.words
    rows = [row for landmark in landmarks(page) if (row := best_honest(page, landmark)) is not None]
    if not rows or not main_outcome(page):
        return words("predict_claims.no_model")
    listed = words("list_separator").join(
        words("predict_claims.at", landmark=name(words, "landmark", row["landmark"]), c=estimate(words, row))
        for row in rows
    )
    return words("predict_claims.strategy", listed=listed)


COHORT_SAYS: Mapping[str, Callable[[PageInput], str]] = {
    "E1": _early,
    "E2": _sum_score,
    "E3": _responses,
    "E4": _added("polygenic"),
    "E5": _added("connectome", "stability", "network"),
    "E6": _added("frontal", "cortex", "imaging"),
    "E7": _family,
    "E8": _strategy,
}
