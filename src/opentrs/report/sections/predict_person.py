"""One person's predicted risk beside the base rate, with the interval, or why there is none."""

from __future__ import annotations

from opentrs.predict.sheet import is_told
from opentrs.report.blocks import Block, Figure, Paragraph, Table
from opentrs.report.figures.risk import IconPanel, counts, risk_icons
from opentrs.report.sections.predict_words import landmarks, main_outcome, name, own_model, percents
from opentrs.report.shares import interval_of_share
from opentrs.report.view import PageInput, Row, records


def blocks(page: PageInput, number: int, person: str) -> list[Block]:
    """What the person's section says of risk; nothing where the stage did not run.

    Parameters
    ----------
    number : place of the person on the page, for names of figures
    """
    frame = page.predict.frame("risks")
    if frame.empty:
        return []
    rows = records(frame[frame["person_id"] == person])
    if not rows:
        return [Paragraph(page.words("predict_person.not_asked"))]
    told = [row for row in rows if is_told(row["risk"])]
    shown: list[Block] = [_figure(page, number, person, _first(page, told))] if told else []
    if not told:
        shown.append(Paragraph(page.words("predict_person.no_valid")))
    return [*shown, _table(page, rows), Paragraph(page.words("predict_person.reads"), "note")]


def _first(page: PageInput, rows: list[Row]) -> Row:
    """The own model of the main outcome at the latest landmark that gave a risk; else the first row."""
    order = {landmark: place for place, landmark in enumerate(landmarks(page))}
    outcome, own = main_outcome(page), own_model(page)
    return max(
        rows,
        key=lambda row: (
            row["model"] == own,
            str(row.get("outcome", outcome)) == outcome,
            order.get(str(row["landmark"]), -1),
        ),
    )


def _figure(page: PageInput, number: int, person: str, row: Row) -> Figure:
    words = page.words
    outcome = name(words, "outcome", row.get("outcome", main_outcome(page)))
    panels = [_panel(page, words("predict_person.this_person"), row["risk"], row["low"], row["high"])]
    rate = _base_rate(page, row)
    if rate is not None:
        share, low, high, n = rate
        note = words("predict_person.base_note", n=words.count(n))
        panels.append(_panel(page, words("predict_person.everybody"), share, low, high, note))
    caption = words(
        "predict_person.figure",
        outcome=outcome,
        landmark=name(words, "landmark", row["landmark"]),
        model=name(words, "model", row["model"]),
    )
    svg = risk_icons(
        f"person-{number}-risk",
        panels,
        title=words("predict_person.title", person=person),
        description=f"{caption} "
        + words("list_separator").join(f"{each.heading} {each.said}" for each in panels),
        legend=(
            words("predict_person.legend_low"),
            words("predict_person.legend_estimate"),
            words("predict_person.legend_high"),
        ),
    )
    return Figure(f"people/person-{number}-risk", svg, caption)


def _panel(
    page: PageInput, heading: str, share: object, low: object, high: object, note: str = ""
) -> IconPanel:
    value = float(str(share))
    ends = [float(str(end)) if is_told(end) else value for end in (low, high)]
    panel = IconPanel(heading, "", value, ends[0], ends[1], note)
    lower, at, upper = counts(panel)
    key = "predict_person.in_100" if is_told(low) else "predict_person.in_100_bare"
    return IconPanel(heading, page.words(key, n=at, low=lower, high=upper), value, ends[0], ends[1], note)


def _base_rate(page: PageInput, row: Row) -> tuple[float, float, float, int] | None:
    """Share of everybody at the same landmark with the outcome, its interval, and n."""
    outcome = row.get("outcome", main_outcome(page))
    for each in page.predict.rows("landmarks"):
        if each["landmark"] != row["landmark"] or each.get("outcome", outcome) != outcome:
            continue
        if is_told(each["n"]) and is_told(each["events"]) and int(each["n"]):
            n, events = int(each["n"]), int(each["events"])
            low, high = interval_of_share(events, n)
            return None if low is None or high is None else (events / n, low, high, n)
    return None


def _table(page: PageInput, rows: list[Row]) -> Table:
    words = page.words
    has_outcome = any(is_told(row.get("outcome")) for row in rows)
    second = any(is_told(row.get("venn_abers_low")) for row in rows)
    missing = any(is_told(row.get("narrows_most")) for row in rows)
    cells = []
    for row in rows:
        shown = [name(words, "landmark", row["landmark"]), name(words, "model", row["model"])]
        shown += [name(words, "outcome", row.get("outcome"))] if has_outcome else []
        valid = words("predict_person.valid") if str(row["valid"]) == "yes" else words.cell(row["valid"])
        shown += [percents(words, row["risk"], row["low"], row["high"]), valid]
        shown += [words.interval(row.get("venn_abers_low"), row.get("venn_abers_high"))] if second else []
        shown += [name(words, "term", row.get("narrows_most"))] if missing else []
        cells.append(shown)
    names = ["landmark", "model", *(["outcome"] if has_outcome else []), "risk", "valid"]
    names += [*(["venn_abers"] if second else []), *(["narrows_most"] if missing else [])]
    headings = [words(f"predict_person.column_{each}") for each in names]
    return Table(
        headings, cells, words("predict_person.table", n=words.count(len(rows))), whole=frozenset({0})
    )
