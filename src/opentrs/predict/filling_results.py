"""What a run says of its people, its models and how well they do; nothing is invented.

Every filler returns a sentence with the tables it was read from, or None: then the item stays empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opentrs.messages import text
from opentrs.predict.sheet import (
    HONEST,
    MOST_LISTED,
    Filled,
    Row,
    Sheet,
    count_text,
    estimated,
    group_of,
    is_told,
    landmarks_told,
)


def flow(sheet: Sheet) -> Filled | None:
    """People, events and people left out at each landmark."""
    return landmarks_told(sheet, "flow")


def case_mix(sheet: Sheet) -> Filled | None:
    """The case-mix table of a validation, where there is one."""
    rows = sheet.rows("case_mix")
    return Filled(sheet.say("case_mix", n=len(rows)), ("case_mix",)) if rows else None


def counts(sheet: Sheet) -> Filled | None:
    """People and events of each analysis."""
    said = [
        sheet.say(
            "counts", analysis=_analysis(sheet, row), n=count_text(row["n"]), events=count_text(row["events"])
        )
        for row in sheet.performance("c_statistic")
    ]
    return Filled(sheet.joined(said[:MOST_LISTED]), ("performance",)) if said else None


def _analysis(sheet: Sheet, row: Row) -> str:
    """Model, landmark, outcome and kind of one analysis."""
    parts = [sheet.name("model", row.get("model", ""))]
    parts += [
        sheet.name(kind, row[kind]) for kind in ("landmark", "outcome", "kind") if is_told(row.get(kind))
    ]
    return text("documents.comma", sheet.lang).join(part for part in parts if part)


def specification(sheet: Sheet) -> Filled | None:
    """Models whose coefficients are all there, intercept included."""
    terms: dict[str, set[str]] = {}
    for row in sheet.rows("coefficients"):
        terms.setdefault(str(row["model"]), set()).add(str(row["term"]))
    whole = [model for model, listed in terms.items() if "intercept" in listed]
    if not whole:
        return None
    return Filled(sheet.say("specification", models=sheet.names("model", whole)), ("coefficients",))


def performance(sheet: Sheet) -> Filled | None:
    """C and calibration slope with intervals of every honest validation."""
    said = _estimates(sheet, ("c_statistic", "calibration_slope", "observed_expected"), HONEST)
    return Filled(sheet.joined(said[: 3 * MOST_LISTED]), ("performance",)) if said else None


def _estimates(sheet: Sheet, metrics: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """A sentence for each estimate about everybody."""
    return [
        sheet.say(
            "performance",
            analysis=_analysis(sheet, row),
            metric=sheet.name("metric", row["metric"]),
            estimate=estimated(sheet, row),
        )
        for metric in metrics
        for row in sheet.performance(metric, kinds)
    ]


def by_site(sheet: Sheet) -> Filled | None:
    """C by site."""
    said = [
        sheet.say("by_group", group=group_of(row)[1], estimate=estimated(sheet, row))
        for row in sheet.rows("performance")
        if row["metric"] == "c_statistic" and group_of(row)[0] == "site" and row.get("kind") != "apparent"
    ]
    return Filled(sheet.joined(said[: 2 * MOST_LISTED]), ("performance",)) if said else None


def updated(sheet: Sheet) -> Filled | None:
    """Performance of updated models."""
    said = _estimates(sheet, ("c_statistic", "calibration_slope"), ("updated",))
    return Filled(sheet.joined(said), ("performance",)) if said else None


def limitations(sheet: Sheet) -> Filled | None:
    """What the checks of this run warned of or refused."""
    said = [
        f"{row['why']}"
        for row in sheet.rows("flags")
        if row["level"] in ("warned", "refused") and is_told(row["why"])
    ]
    shown = list(dict.fromkeys(said))
    return Filled(sheet.joined(shown[:MOST_LISTED]), ("flags",)) if shown else None


def input_quality(sheet: Sheet) -> Filled | None:
    """Why people got no valid risk, with counts."""
    reasons: dict[str, int] = {}
    for row in sheet.rows("risks"):
        if is_told(row["valid"]) and str(row["valid"]) != "yes":
            reasons[str(row["valid"])] = reasons.get(str(row["valid"]), 0) + 1
    if not reasons:
        return Filled(sheet.say("input_all_valid"), ("risks",)) if sheet.rows("risks") else None
    most = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    said = sheet.listed([sheet.say("reason", reason=reason, n=n) for reason, n in most])
    return Filled(sheet.say("input", reasons=said), ("risks",))


def flagged(*words: str) -> Callable[[Sheet], Filled | None]:
    """A filler that tells what checks found whose name holds one of the words."""

    def fill(sheet: Sheet) -> Filled | None:
        said = [
            sheet.say(
                "flag",
                check=sheet.name("check", row["check"]),
                level=sheet.name("level", row["level"]),
                why=row["why"] if is_told(row["why"]) else "",
            ).strip()
            for row in sheet.rows("flags")
            if any(word in str(row["check"]) for word in words)
        ]
        shown = list(dict.fromkeys(said))
        return Filled(sheet.joined(shown[:MOST_LISTED]), ("flags",)) if shown else None

    return fill


def competing(sheet: Sheet) -> Filled | None:
    """Death and emigration in the time-to-event part."""
    if not sheet.rows("time_to_trs"):
        return None
    return Filled(sheet.say("competing"), ("time_to_trs",))


def overfitting(sheet: Sheet) -> Filled | None:
    """Apparent against internal performance, and the alarm of a shuffled outcome."""
    said = [
        sheet.say(
            "alarm",
            model=sheet.name("model", row["model"]),
            runs=count_text(row["runs"]),
            verdict=sheet.name("alarm", row["verdict"]),
        )
        for row in sheet.rows("alarm")
    ]
    internal = [estimated(sheet, row) for row in sheet.performance("c_statistic", ("internal",))]
    if internal:
        said.append(sheet.say("internal_c", estimates=sheet.listed(internal)))
    tables = tuple(name for name in ("alarm", "performance") if sheet.rows(name))
    return Filled(sheet.joined(said), tables) if said else None
