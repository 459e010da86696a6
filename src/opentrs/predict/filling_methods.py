"""What a run says of its data, predictors, outcome and methods; nothing is invented.

Every filler returns a sentence with the tables it was read from, or None: then the item stays empty.
"""

from __future__ import annotations

from opentrs.predict.sheet import (
    MOST_LISTED,
    Filled,
    Sheet,
    count_text,
    group_of,
    is_told,
    landmarks_told,
)


def title(sheet: Sheet) -> Filled | None:
    """Which models, of which outcome, developed or evaluated."""
    models, outcomes = sheet.values("performance", "model"), sheet.values("performance", "outcome")
    if not models or not outcomes:
        return None
    words = sheet.say(
        "title",
        models=sheet.names("model", models),
        outcomes=sheet.names("outcome", outcomes),
        kinds=_kinds(sheet),
    )
    return Filled(words, ("performance",))


def _kinds(sheet: Sheet) -> str:
    return sheet.names("kind", sheet.values("performance", "kind"))


def kinds(sheet: Sheet) -> Filled | None:
    """Which validation was done."""
    return Filled(sheet.say("kinds", kinds=_kinds(sheet)), ("performance",)) if _kinds(sheet) else None


def data_source(sheet: Sheet) -> Filled | None:
    """The cohort and the tables it holds."""
    run = sheet.run
    if not run.holds:
        return None
    people = "?" if run.people is None else str(run.people)
    words = sheet.say("data_source", cohort=run.cohort or "?", n=people, tables=sheet.listed(run.holds))
    return Filled(words, ("run.json",))


def dates(sheet: Sheet) -> Filled | None:
    """First and last day of observation."""
    run = sheet.run
    if not run.first_date or not run.last_date:
        return None
    return Filled(sheet.say("dates", first=run.first_date, last=run.last_date), ("people",))


def setting(sheet: Sheet) -> Filled | None:
    """Names of the sites; the setting itself is asked."""
    sites = sheet.run.sites
    if not sites:
        return None
    return Filled(sheet.say("setting", n=len(sites), sites=sheet.listed(sites)), ("people",))


def eligibility(sheet: Sheet) -> Filled | None:
    """Who was left out at each landmark, and why."""
    return landmarks_told(sheet, "eligible")


def preparation(sheet: Sheet) -> Filled | None:
    """How the engine prepares data, and the seed."""
    if not sheet.rows("performance"):
        return None
    return Filled(sheet.say("preparation", version=sheet.run.version, seed=sheet.run.seed), ("run.json",))


def outcome(sheet: Sheet) -> Filled | None:
    """Outcomes by name."""
    found = sheet.values("performance", "outcome")
    if not found:
        return None
    return Filled(sheet.say("outcome", outcomes=sheet.names("outcome", found)), ("performance",))


def predictors(sheet: Sheet) -> Filled | None:
    """Predictors of the models with their units."""
    terms = [
        sheet.name("term", row["term"]) + (f" ({row['unit']})" if is_told(row.get("unit")) else "")
        for row in sheet.rows("coefficients")
        if str(row["term"]) != "intercept"
    ]
    return Filled(sheet.say("predictors", terms=sheet.listed(terms)), ("coefficients",)) if terms else None


def sample_size(sheet: Sheet) -> Filled | None:
    """People needed against people there, by criterion."""
    said = [
        sheet.say(
            "needed",
            model=sheet.name("model", row["model"]),
            purpose=sheet.name("purpose", row["purpose"]),
            criterion=sheet.name("criterion", row["criterion"]),
            needed=count_text(row["needed"]),
            n=count_text(row["n"]),
            events=count_text(row["events"]),
        )
        for row in sheet.rows("sample_size")
    ]
    return Filled(sheet.joined(said[:MOST_LISTED]), ("sample_size",)) if said else None


def missing(sheet: Sheet) -> Filled | None:
    """How many people got no risk, and why; how the engine imputes."""
    rows = sheet.rows("risks")
    if not rows:
        return None
    without = sum(not is_told(row["risk"]) for row in rows)
    return Filled(sheet.say("missing", n=len(rows), without=without), ("risks",))


def predictor_form(sheet: Sheet) -> Filled | None:
    """Notes beside the coefficients, such as centring."""
    notes = sheet.values("coefficients", "note")
    if not sheet.rows("coefficients"):
        return None
    said = sheet.say("form_notes", notes=sheet.listed(notes)) if notes else sheet.say("form_linear")
    return Filled(said, ("coefficients",))


def model_kind(sheet: Sheet) -> Filled | None:
    """Models and the methods their intervals were made by."""
    models = sheet.values("performance", "model")
    internal = [row for row in sheet.rows("performance") if row.get("kind") == "internal"]
    if not models or not internal:
        return None
    return Filled(sheet.say("model_kind", models=sheet.names("model", models)), ("performance",))


def clusters(sheet: Sheet) -> Filled | None:
    """Whether sites were left out in turn, or performance pooled over them."""
    found = [row for row in sheet.rows("performance") if row.get("kind") == "leave_site_out"]
    grouped = [value for kind, value in _groups(sheet) if kind == "site"]
    if not found and not grouped:
        return None
    key = "clusters_left_out" if found else "clusters_by_site"
    return Filled(sheet.say(key, n=len(grouped)), ("performance",))


def measures(sheet: Sheet) -> Filled | None:
    """Which measures were computed."""
    found = sheet.names("metric", sheet.values("performance", "metric"))
    if not found:
        return None
    tables = ("performance", "decision") if sheet.rows("decision") else ("performance",)
    return Filled(sheet.say("measures", measures=found), tables)


def updating(sheet: Sheet) -> Filled | None:
    """Which step of the ladder was chosen, by which test."""
    chosen = [row for row in sheet.rows("update") if str(row["chosen"]).lower() in ("yes", "true")]
    said = [
        sheet.say("chosen", model=sheet.name("model", row["model"]), step=sheet.name("step", row["step"]))
        for row in chosen
    ]
    return Filled(sheet.joined(said), ("update",)) if said else None


def computing(sheet: Sheet) -> Filled | None:
    """How risks were computed."""
    if not sheet.rows("coefficients"):
        return None
    return Filled(sheet.say("computing"), ("coefficients", "risks"))


def imbalance(sheet: Sheet) -> Filled | None:
    """Share of people with the outcome; nothing is resampled."""
    rows = sheet.performance("c_statistic") or sheet.rows("landmarks")
    known = [row for row in rows if is_told(row.get("n")) and is_told(row.get("events")) and row["n"]]
    if not known:
        return None
    shares = [float(row["events"]) / float(row["n"]) for row in known]
    words = sheet.say("imbalance", low=f"{min(shares):.0%}", high=f"{max(shares):.0%}")
    return Filled(words, ("performance" if sheet.performance("c_statistic") else "landmarks",))


def _groups(sheet: Sheet) -> list[tuple[str, str]]:
    """Kinds and values of the groups performance is shown for; pooled rows are no group."""
    found = [group_of(row) for row in sheet.rows("performance")]
    return list(dict.fromkeys((kind, value) for kind, value in found if value))


def fairness(sheet: Sheet) -> Filled | None:
    """Groups by which performance is shown."""
    found = list(dict.fromkeys(kind for kind, _ in _groups(sheet)))
    if not found:
        return None
    return Filled(sheet.say("fairness", groups=sheet.names("group", found)), ("performance",))


def output(sheet: Sheet) -> Filled | None:
    """A risk from 0 to 1; thresholds are the reader's."""
    thresholds = [float(row["threshold"]) for row in sheet.rows("decision") if is_told(row["threshold"])]
    if not thresholds:
        return Filled(sheet.say("output_plain"), ("risks",)) if sheet.rows("risks") else None
    words = sheet.say("output", low=f"{min(thresholds):.0%}", high=f"{max(thresholds):.0%}")
    return Filled(words, ("risks", "decision"))


def code(sheet: Sheet) -> Filled | None:
    """The software and its licence."""
    return Filled(sheet.say("code", version=sheet.run.version), ("run.json",)) if sheet.run.version else None
