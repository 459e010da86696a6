"""What every section about prediction needs: names, estimates in words, and which analysis stands first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentrs.predict.sheet import is_everybody, is_told, named
from opentrs.report.figures.axes import minus
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, Words

HONEST = ("internal", "leave_site_out", "external", "updated")
DEVELOPED = ("apparent", "internal", "leave_site_out")
KINDS = ("internal", "leave_site_out", "external", "updated", "apparent")
# The outcome the page speaks of where there are several: resistance itself before what stands for it.
FIRST_OUTCOME = "trrip"
DECIMALS = {"c_statistic": 2, "ici": 3, "e50": 3, "e90": 3, "emax": 3, "brier": 3}


def name(words: Words, kind: str, value: Any) -> str:
    """The name of a model, landmark, outcome, metric or predictor in the page's language."""
    return named(kind, value, words.lang) if is_told(value) else NONE


def performance(
    page: PageInput, metric: str, kinds: Sequence[str] = HONEST, everybody: bool = True
) -> list[Row]:
    """Rows of one metric of the kinds asked for, about everybody or about groups."""
    return [
        row
        for row in page.predict.rows("performance")
        if row["metric"] == metric and row.get("kind", "external") in kinds and is_everybody(row) == everybody
    ]


def main_outcome(page: PageInput) -> str:
    """The outcome shown first; empty where there is none."""
    found = list(dict.fromkeys(str(row["outcome"]) for row in page.predict.rows("performance")))
    return next((each for each in found if each.startswith(FIRST_OUTCOME)), found[0] if found else "")


def own_model(page: PageInput) -> str:
    """The model developed here that is shown first; empty where none was developed."""
    outcome = main_outcome(page)
    found = [row for row in page.predict.rows("performance") if row.get("kind") == "internal"]
    ordered = sorted(found, key=lambda row: row["outcome"] != outcome)
    return str(ordered[0]["model"]) if ordered else ""


def landmarks(page: PageInput) -> list[str]:
    """Landmarks in the order of the table, then those only performance names."""
    rows = [*page.predict.rows("landmarks"), *page.predict.rows("performance")]
    return list(dict.fromkeys(str(row["landmark"]) for row in rows if is_told(row.get("landmark"))))


def estimate(words: Words, row: Row, decimals: int | None = None) -> str:
    """An estimate with its interval; a dash where the data cannot tell."""
    if not is_told(row["estimate"]):
        return NONE
    places = DECIMALS.get(str(row["metric"]), 2) if decimals is None else decimals
    return interval(words, row["estimate"], row.get("ci_low"), row.get("ci_high"), places)


def interval(words: Words, value: Any, low: Any, high: Any, decimals: int = 2) -> str:
    """A number with its interval, where there is one."""
    if not is_told(value):
        return NONE
    shown = [_rounded(each, decimals) if is_told(each) else NONE for each in (value, low, high)]
    if NONE in shown:
        return shown[0]
    return words("predict.interval", value=shown[0], low=shown[1], high=shown[2])


def _rounded(value: Any, decimals: int) -> str:
    """A number with its decimals; what rounds to 0 has no sign."""
    return minus(f"{round(float(value), decimals) + 0.0:.{decimals}f}")


def percents(words: Words, value: Any, low: Any, high: Any) -> str:
    """A share with its interval, in percent."""
    if not is_told(value):
        return NONE
    if not (is_told(low) and is_told(high)):
        return words.percent(value)
    return words(
        "predict.interval", value=words.percent(value), low=words.percent(low), high=words.percent(high)
    )


def people_and_events(words: Words, row: Row) -> str:
    """n with its events."""
    return words("predict.counts", n=words.count(row["n"]), events=words.count(row["events"]))


def number(value: Any) -> float | None:
    """A cell as a number; None where it holds nothing."""
    return float(value) if is_told(value) else None
