"""Calibration plots, decision curves, and performance by group and site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from opentrs.predict.filling import group_of, is_everybody, is_told
from opentrs.report.blocks import Block, Figure, Paragraph, Section
from opentrs.report.figures.calibration import CalibrationLine, CalibrationWords, RiskBar, calibration_plot
from opentrs.report.figures.decision import DecisionWords, Strategy, decision_curve
from opentrs.report.figures.performance import Measured, Panel, PerformanceRow, performance_forest
from opentrs.report.figures.plane import BandPoint
from opentrs.report.sections.predict_words import (
    HONEST,
    main_outcome,
    name,
    number,
    own_model,
    people_and_events,
)
from opentrs.report.sections.prevalence import group_label
from opentrs.report.view import PageInput, Row

Analysis = tuple[str, str, str, str]
FIGURES = 4
MOST_POINTS = 80
BAR = 0.025
SMOOTHERS = ("loess", "isotonic")
STRATEGIES = ("model", "treat_all", "treat_none")
MOST_RULES = 3
MOST_ROWS = 24
# Beginning of the groups that are pooled over sites, and end of those in whom a rule can be told.
POOLED, KNOWN = "pooled", " known"


def section(page: PageInput) -> Section:
    """Calibration, decision and group figures of the analyses that stand first."""
    words = page.words
    blocks: list[Block] = [*_calibrations(page), *_decisions(page), *_forest(page)]
    if blocks:
        blocks.insert(0, Paragraph(words("predict_curves.reads")))
    return Section("predict-curves", words("predict_curves.heading"), blocks)


def analysis(row: Row) -> Analysis:
    """Model, landmark, outcome and kind of a row."""
    return str(row["model"]), str(row["landmark"]), str(row["outcome"]), str(row["kind"])


def chosen(page: PageInput, table: str) -> list[Analysis]:
    """Analyses to draw: the main outcome's, the own model first, internal folds before sites left out."""
    outcome, own = main_outcome(page), own_model(page)
    found = dict.fromkeys(
        analysis(row)
        for row in page.predict.rows(table)
        if row["outcome"] == outcome and row["kind"] in HONEST and is_everybody(row)
    )
    kept = [one for one in found if not (one[3] == "leave_site_out" and (*one[:3], "internal") in found)]
    own_first = [one for one in kept if one[0] == own]
    # Of the own model the first and the last landmark, of each published one what it does here.
    own_first = own_first[:1] + own_first[-1:] if len(own_first) > 1 else own_first
    return [*own_first, *(one for one in kept if one[0] != own)][:FIGURES]


def _named(page: PageInput, one: Analysis) -> dict[str, str]:
    kinds = ("model", "landmark", "outcome", "kind")
    return {kind: name(page.words, kind, value) for kind, value in zip(kinds, one, strict=True)}


def _counts(page: PageInput, one: Analysis) -> str:
    for row in page.predict.rows("performance"):
        if analysis(row) == one and is_everybody(row) and is_told(row.get("n")):
            return people_and_events(page.words, row)
    return ""


def _slug(*parts: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else "-" for letter in part) for part in parts)


def _calibrations(page: PageInput) -> list[Block]:
    words, blocks = page.words, list[Block]()
    for number_, one in enumerate(chosen(page, "calibration"), 1):
        rows = [row for row in page.predict.rows("calibration") if analysis(row) == one and is_everybody(row)]
        curves = [
            CalibrationLine(words(f"predict_curves.{smoother}"), _points(mine, "risk", "observed"))
            for smoother in SMOOTHERS
            if (mine := [row for row in rows if row["smoother"] == smoother])
        ]
        bars = risk_bars(page, one)
        caption = words(
            "predict_curves.calibration" if bars else "predict_curves.calibration_bare", **_named(page, one)
        )
        svg = calibration_plot(
            f"predict-calibration-{number_}",
            curves,
            bars,
            title=words("predict_curves.calibration_title", **_named(page, one)),
            description=f"{caption} {_spoken_calibration(page, curves)}",
            labels=CalibrationWords(
                words("predict_curves.axis_predicted"),
                words("predict_curves.axis_observed"),
                words("predict_curves.ideal"),
                words("predict_curves.people"),
                _counts(page, one),
            ),
        )
        blocks.append(Figure(f"predict/calibration-{_slug(one[0], one[1], one[3])}", svg, caption))
    return blocks


def _points(rows: Sequence[Row], x: str, y: str) -> list[BandPoint]:
    """Points of a line in order, thinned where they lie closer than anybody can see."""
    ordered = sorted(
        (row for row in rows if is_told(row[x]) and is_told(row[y])), key=lambda row: float(row[x])
    )
    step = -(-len(ordered) // MOST_POINTS) or 1
    kept = [*ordered[::step], *(ordered[-1:] if (len(ordered) - 1) % step else [])]
    return [BandPoint(float(row[x]), float(row[y]), number(row["low"]), number(row["high"])) for row in kept]


def _spoken_calibration(page: PageInput, curves: Sequence[CalibrationLine]) -> str:
    """Observed risk at the lowest, a middle and the highest predicted risk, for who cannot see the curve."""
    words = page.words
    if not curves or not curves[0].points:
        return ""
    points = curves[0].points
    picked = [points[0], points[len(points) // 2], points[-1]]
    said = [
        words("predict_curves.spoken", predicted=words.percent(point.x), observed=words.percent(point.y))
        for point in picked
    ]
    return words("list_separator").join(said)


def risk_bars(page: PageInput, one: Analysis) -> list[RiskBar]:
    """People by predicted risk; none where single people may not be shown, or none of this analysis are."""
    frame = page.predict.frame("risks")
    if frame.empty or one[3] == "updated":
        return []
    mine = (frame["model"] == one[0]) & (frame["landmark"] == one[1])
    if "outcome" in frame.columns:
        mine &= frame["outcome"] == one[2]
    risks = [float(risk) for risk in frame.loc[mine, "risk"].dropna()]
    counts = Counter(min(int(risk / BAR + 1e-9), round(1 / BAR) - 1) for risk in risks)
    return [RiskBar(place * BAR, (place + 1) * BAR, n) for place, n in sorted(counts.items())]


def _decisions(page: PageInput) -> list[Block]:
    words, blocks = page.words, list[Block]()
    for number_, one in enumerate(chosen(page, "decision")[:2], 1):
        mine = [row for row in page.predict.rows("decision") if analysis(row) == one]
        rows = [row for row in mine if is_everybody(row)]
        by_kind = {str(row["strategy"]): rows for row in rows}
        by_kind |= {rule: found for rule, found in _rules(mine).items() if rule not in by_kind}
        rules = [kind for kind in by_kind if kind not in STRATEGIES][:MOST_RULES]
        strategies = [
            Strategy(
                kind,
                _strategy(page, kind, by_kind[kind], rows),
                _points(
                    [row for row in by_kind[kind] if row["strategy"] == kind], "threshold", "net_benefit"
                ),
            )
            for kind in [*(kind for kind in STRATEGIES if kind in by_kind), *rules]
        ]
        caption = words("predict_curves.decision", **_named(page, one))
        svg = decision_curve(
            f"predict-decision-{number_}",
            strategies,
            title=words("predict_curves.decision_title", **_named(page, one)),
            description=f"{caption} {_spoken_decision(page, strategies)}",
            labels=DecisionWords(
                words("predict_curves.axis_threshold"),
                words("predict_curves.axis_benefit"),
                people_and_events(words, rows[0]),
                words("predict_curves.bands"),
            ),
        )
        blocks.append(Figure(f"predict/decision-{_slug(one[0], one[1], one[3])}", svg, caption))
    return blocks


def _rules(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rules that were judged in those of whom they can be told: rule -> rows of these people."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if str(row.get("group", "")).endswith(KNOWN) and row["strategy"] not in STRATEGIES:
            found.setdefault(str(row["strategy"]), []).append(row)
    return found


def _strategy(page: PageInput, kind: str, mine: Sequence[Row], everybody: Sequence[Row]) -> str:
    """The name of a strategy, with its own n where it was judged in fewer people."""
    words = page.words
    named = name(words, "strategy", kind)
    shown = name(words, "model", kind) if named == kind else named
    n = next(row["n"] for row in mine if row["strategy"] == kind)
    if not is_told(n) or n == everybody[0]["n"]:
        return shown
    return words("predict_curves.strategy_in", strategy=shown, n=words.count(n))


def _spoken_decision(page: PageInput, strategies: Sequence[Strategy]) -> str:
    """Over which thresholds the model is above acting on everybody and on nobody."""
    words = page.words
    by_kind = {each.kind: {point.x: point.y for point in each.points} for each in strategies}
    model, everybody = by_kind.get("model", {}), by_kind.get("treat_all", {})
    above = [at for at, benefit in model.items() if benefit > max(everybody.get(at, 0.0), 0.0)]
    if not above:
        return words("predict_curves.spoken_never")
    low, high = words.percent(min(above)), words.percent(max(above))
    return words("predict_curves.spoken_above", low=low, high=high)


def _forest(page: PageInput) -> list[Block]:
    """C, observed over expected and slope by group and site of the own model, or of the first validated."""
    words = page.words
    grouped = [
        row
        for row in page.predict.rows("performance")
        if not is_everybody(row) and row["kind"] in HONEST and row["outcome"] == main_outcome(page)
    ]
    if not grouped:
        return []
    models = list(dict.fromkeys(str(row["model"]) for row in grouped))
    model = own_model(page) if own_model(page) in models else models[0]
    landmark = next(str(row["landmark"]) for row in grouped if row["model"] == model)
    mine = [row for row in grouped if (row["model"], row["landmark"]) == (model, landmark)]
    rows = [_group(page, group, mine) for group in dict.fromkeys(str(row["group"]) for row in mine)]
    everybody, kind = _everybody(page, model, landmark)
    rows = [*rows[:MOST_ROWS], *everybody]
    caption = words(
        "predict_curves.forest",
        model=name(words, "model", model),
        landmark=name(words, "landmark", landmark),
        kind=name(words, "kind", kind),
    )
    svg = performance_forest(
        "predict-groups",
        rows,
        _panels(page),
        title=words("predict_curves.forest_title"),
        description=f"{caption} {_spoken_groups(page, rows)}",
        headings=(words("predict_curves.group"), words("predict_curves.people_events")),
    )
    return [Figure("predict/groups", svg, caption)]


def _panels(page: PageInput) -> list[Panel]:
    words = page.words
    return [
        Panel("c_statistic", words("predict.column_c"), (0.25, 0.5, 0.75, 1.0), 0.5),
        Panel("observed_expected", words("predict.column_oe"), (0.25, 0.5, 1.0, 2.0, 4.0), 1.0, is_log=True),
        Panel("calibration_slope", words("predict.column_slope"), (0.0, 0.5, 1.0, 1.5, 2.0), 1.0),
    ]


def _group(page: PageInput, group: str, rows: Sequence[Row]) -> PerformanceRow:
    mine = [row for row in rows if row["group"] == group]
    measured = {str(row["metric"]): found for row in mine if (found := _measured(row)) is not None}
    first = mine[0]
    counts = f"{page.words.count(first['n'])} ({page.words.count(first['events'])})"
    why = "" if measured else page.words("predict_curves.too_few")
    pooled = group.startswith(POOLED)
    named_group = ":".join(group_of(first))
    label = page.words("predict_curves.pooled") if pooled else group_label(page.words, named_group)
    return PerformanceRow(label, counts, measured, why, is_pooled=pooled)


def _measured(row: Row) -> Measured | None:
    values = [number(row["estimate"]), number(row.get("ci_low")), number(row.get("ci_high"))]
    if any(value is None for value in values):
        return None
    estimate, low, high = (float(value or 0.0) for value in values)
    return Measured(
        estimate, low, high, number(row.get("prediction_low")), number(row.get("prediction_high"))
    )


def _everybody(page: PageInput, model: str, landmark: str) -> tuple[list[PerformanceRow], str]:
    """The row of everybody, and the kind of validation it comes from."""
    rows = [
        row
        for row in page.predict.rows("performance")
        if is_everybody(row)
        and (row["model"], row["landmark"], row["outcome"]) == (model, landmark, main_outcome(page))
    ]
    for kind in ("leave_site_out", "internal", "external"):
        mine = [row for row in rows if row["kind"] == kind]
        measured = {str(row["metric"]): found for row in mine if (found := _measured(row)) is not None}
        if measured:
            counts = f"{page.words.count(mine[0]['n'])} ({page.words.count(mine[0]['events'])})"
            row = PerformanceRow(page.words("predict_curves.everybody"), counts, measured, is_pooled=True)
            return [row], kind
    return [], "external"


def _spoken_groups(page: PageInput, rows: Sequence[PerformanceRow]) -> str:
    words = page.words
    return words("list_separator").join(
        words("predict_curves.spoken_group", group=row.label, c=f"{found.estimate:.2f}")
        for row in rows
        if (found := row.measured.get("c_statistic")) is not None
    )
