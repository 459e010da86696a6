"""Calibration plots and decision curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from opentrs.predict.sheet import is_everybody, is_told
from opentrs.report.blocks import Block, Figure, Paragraph, Section
from opentrs.report.figures.calibration import CalibrationLine, CalibrationWords, RiskBar, calibration_plot
from opentrs.report.figures.decision import DecisionWords, Strategy, decision_curve
from opentrs.report.figures.plane import BandPoint
from opentrs.report.sections.predict_words import (
    HONEST,
    main_outcome,
    name,
    number,
    own_model,
    people_and_events,
)
from opentrs.report.view import PageInput, Row

Analysis = tuple[str, str, str, str]
FIGURES = 4
MOST_POINTS = 80
BAR = 0.025
SMOOTHERS = ("loess", "isotonic")
STRATEGIES = ("model", "treat_all", "treat_none")
MOST_RULES = 3
# End of the groups in whom a rule can be told.
KNOWN = " known"


def section(page: PageInput) -> Section:
    """Calibration and decision figures of the analyses that stand first."""
    words = page.words
    blocks: list[Block] = [*_calibrations(page), *_decisions(page)]
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
        blocks += _comparators(page, one)
    return blocks


def _comparators(page: PageInput, one: Analysis) -> list[Block]:
    """Which rules the curve stands beside, in how many people, and why another is not there."""
    said = [
        str(row["why"])
        for row in page.predict.rows("flags")
        if row["check"] == "comparator" and analysis({"kind": one[3], **row}) == one and is_told(row["why"])
    ]
    separator = "" if page.words.lang == "zh" else " "
    return [Paragraph(separator.join(dict.fromkeys(said)), "note")] if said else []


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
