"""What the reader must know first: how many are resistant, how many cannot be judged, and why."""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section
from opentrs.report.figures.flow import FlowStep, cohort_flow
from opentrs.report.figures.verdicts import VerdictRow, stacked_verdicts
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, is_unknown

DOMINANT = 0.5
MOSTLY = 0.9
VERDICTS = ("resistant", "not_resistant", "unknown")
MOST_DEFINITIONS = 12


def section(page: PageInput) -> Section:
    """The answer in two or three sentences, and one figure."""
    words, row = page.words, page.everybody(page.main)
    if row is None:
        return Section("headline", words("headline.heading"), [Paragraph(words("headline.nothing"), "lead")])
    blocks: list[Block] = [*_sentences(page, row), *_what_would_help(page), *_figure(page)]
    return Section("headline", words("headline.heading"), blocks)


def _sentences(page: PageInput, row: Row) -> list[Block]:
    words = page.words
    if any(is_unknown(row[verdict]) for verdict in VERDICTS):
        return [Paragraph(words("headline.withheld", n=words.count(row["n"])), "lead")]
    n, resistant, unknown = (int(row[name]) for name in ("n", "resistant", "unknown"))
    settled = n - unknown
    shares = {
        "n": words.count(n),
        "unknown": words.count(unknown),
        "resistant": words.count(resistant),
        "not_resistant": words.count(row["not_resistant"]),
        "settled": words.count(settled),
        "share_unknown": words.percent(unknown / n if n else None),
        "share": words.percent(row["estimate"]),
        "interval": words.interval(row["ci_low"], row["ci_high"]),
        "worst": words.percent(row["worst"]),
        "best": words.percent(row["best"]),
        "definition": page.named(page.main),
    }
    dominant = "mostly_unknown" if n and unknown / n >= DOMINANT else "mostly_settled"
    spoken = [Paragraph(words(f"headline.{dominant}", **shares), "lead")]
    if dominant == "mostly_settled":
        spoken.append(Paragraph(words("headline.counts", **shares)))
    else:
        spoken.append(
            Paragraph(words("headline.settled_share" if settled else "headline.nobody_settled", **shares))
        )
    if unknown:
        spoken.append(Paragraph(words("headline.bounds", **shares)))
    return [*spoken]


def _what_would_help(page: PageInput) -> list[Block]:
    words = page.words
    rows = page.rows("missing")
    spoken: list[Block] = []
    # Where a count is withheld, the largest of those shown need not be the largest.
    counted = [row for row in rows if not any(is_unknown(each["n_first_missing"]) for each in rows)]
    first = max(counted, key=lambda row: int(row["n_first_missing"]), default=None)
    if first is not None and int(first["n_first_missing"]):
        spoken.append(
            Paragraph(
                words(
                    "headline.first_missing",
                    n=words.count(first["n_first_missing"]),
                    criterion=page.criterion(first["criterion"]),
                    code=first["criterion"],
                )
            )
        )
    spoken += _mostly_missing(page)
    settling = [row for row in rows if not any(is_unknown(each["n_would_settle"]) for each in rows)]
    most = max(settling, key=lambda row: int(row["n_would_settle"]), default=None)
    if most is not None and int(most["n_would_settle"]):
        spoken.append(
            Paragraph(
                words(
                    "headline.would_settle",
                    n=words.count(most["n_would_settle"]),
                    criterion=page.criterion(most["criterion"]),
                    code=most["criterion"],
                )
            )
        )
    elif most is not None:
        spoken.append(Paragraph(words("headline.nothing_settles")))
    return spoken


def _mostly_missing(page: PageInput) -> list[Block]:
    """The rows that hardly anybody's record answers: why verdicts stay open."""
    words, everybody = page.words, page.everybody(page.main)
    if everybody is None or is_unknown(everybody["n"]):
        return []
    most = MOSTLY * int(everybody["n"])
    named = [
        f"{row['criterion']} {page.criterion(row['criterion'])}"
        for row in page.rows("missing")
        if not is_unknown(row["n_unknown"]) and 0 < most <= int(row["n_unknown"])
    ]
    if not named:
        return []
    return [Paragraph(words("headline.mostly_missing", criteria=words("list_separator").join(named)))]


def _figure(page: PageInput) -> list[Block]:
    words = page.words
    rows = []
    for definition in page.definitions[:MOST_DEFINITIONS]:
        row = page.everybody(definition)
        if row is None or any(is_unknown(row[verdict]) for verdict in VERDICTS):
            continue
        counts = [int(row[verdict]) for verdict in VERDICTS]
        note = words("n_of", n=words.count(row["n"]))
        rows.append(VerdictRow(page.named(definition), counts[0], counts[1], counts[2], note))
    if not rows:
        return []
    caption = words("headline.figure", n=words.count(rows[0].n))
    names = tuple(words.name("verdict", verdict) for verdict in VERDICTS)
    svg = stacked_verdicts(
        "verdicts",
        rows,
        title=words("headline.figure_title"),
        description=caption,
        names=(names[0], names[1], names[2]),
        unit=words("people_unit"),
    )
    return [Figure("ascertain/verdicts", svg, caption)]


def flow(page: PageInput) -> Section:
    """Who was read, who was asked, who could be judged."""
    words = page.words
    rows = page.rows("flow")
    if not rows:
        return Section("flow", words("flow.heading"))
    steps = [
        FlowStep(
            words.name("step", row["step"]),
            None if is_unknown(row["n"]) else int(row["n"]),
            NONE if is_unknown(row["n"]) else words.percent(row["share"]),
            nested=str(row["step"]) not in VERDICTS,
        )
        for row in rows
    ]
    caption = words("flow.caption", n=words.count(rows[0]["n"]))
    svg = cohort_flow(
        "flow",
        steps,
        title=words("flow.heading"),
        description=caption,
        unit=words("flow.unit"),
        parts_of=words("flow.parts_of"),
    )
    return Section("flow", words("flow.heading"), [Figure("ascertain/flow", svg, caption)])
