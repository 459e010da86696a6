"""Does the answer hang on the dose table, or on how symptom change is computed?"""

from __future__ import annotations

from collections import Counter

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.verdicts import VerdictRow, stacked_verdicts
from opentrs.report.view import PageInput
from opentrs.report.wording import is_unknown

VERDICTS = ("resistant", "not_resistant", "unknown")
MOST_EXAMPLES = 20


def keys(page: PageInput) -> Section:
    """Verdicts and courses under every published dose key."""
    words = page.words
    rows = [] if page.aggregate_only else page.rows("dose_keys")
    heading = words("doses.heading")
    if not rows:
        return Section("dose-keys", heading)
    found = dict.fromkeys(str(row["key"]) for row in rows)
    used = page.settings.dose_key
    changed = Counter(str(row["key"]) for row in rows if row["changes"] == "yes")
    bars = []
    for key in sorted(found, key=lambda name: (name != used, name)):
        verdicts = Counter(str(row["verdict"]) for row in rows if row["key"] == key)
        note = words("doses.key_used") if key == used else words("doses.key_changes", n=changed[key])
        counts = [verdicts[name] for name in VERDICTS]
        bars.append(VerdictRow(words.name("dose_key", key), counts[0], counts[1], counts[2], note))
    people = len({str(row["person_id"]) for row in rows if row["changes"] == "yes"})
    caption = words("doses.figure", n=words.count(bars[0].n), dose_key=words.name("dose_key", used))
    names = [words.name("verdict", verdict) for verdict in VERDICTS]
    svg = stacked_verdicts(
        "dose-keys",
        bars,
        title=heading,
        description=caption,
        names=(names[0], names[1], names[2]),
        unit=words("people_unit"),
    )
    blocks: list[Block] = [
        Paragraph(words("doses.reads", dose_key=words.name("dose_key", used))),
        Paragraph(
            words(
                "doses.people_change" if people else "doses.nobody_changes",
                n=words.count(people),
                of=words.count(bars[0].n),
            )
        ),
        Figure("ascertain/dose_keys", svg, caption),
        *_courses(page),
    ]
    return Section("dose-keys", heading, blocks)


def _courses(page: PageInput) -> list[Block]:
    words = page.words
    rows = page.rows("dose_key_courses")
    if not rows:
        return []
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        counter = counted.setdefault(str(row["key"]), Counter())
        counter[str(row["dose_adequate"])] += 1
        counter["changes"] += row["changes"] == "yes"
    answers = ("yes", "no", "unknown")
    cells = [
        [words.name("dose_key", key), *(words.count(counter[name]) for name in (*answers, "changes"))]
        for key, counter in sorted(counted.items())
    ]
    headings = [words(f"doses.column_{name}") for name in ("key", *answers, "changes")]
    n = sum(row["key"] == page.settings.dose_key for row in rows)
    blocks: list[Block] = [
        Table(headings, cells, words("doses.courses", n=words.count(n)), frozenset(range(1, 5)))
    ]
    examples = [row for row in rows if row["changes"] == "yes"]
    if examples:
        shown = [
            [
                words.cell(row["person_id"]),
                words.cell(row["drug"]),
                words.number(row["dose_mg_per_day"]),
                words.name("dose_key", row["key"]),
                words.number(row["dose_cpz_mg_per_day"]),
                words.name("answer", row["dose_adequate"]),
            ]
            for row in examples[:MOST_EXAMPLES]
        ]
        columns = [
            words(f"doses.column_{name}") for name in ("person", "drug", "dose", "key", "cpz", "adequate")
        ]
        below = ""
        if len(examples) > MOST_EXAMPLES:
            below = words(
                "more_rows", n=len(examples) - MOST_EXAMPLES, file="tables/ascertain/dose_key_courses.csv"
            )
        caption = words("doses.examples", n=words.count(len(examples)))
        blocks.append(Table(columns, shown, caption, frozenset({2, 4}), folded=True, below=below))
    return blocks


def floors(page: PageInput) -> Section:
    """How many courses change their answer when the floor of the scale is not taken off."""
    words = page.words
    rows = [] if page.aggregate_only else page.rows("change_forms")
    heading = words("floors.heading")
    known = [row for row in rows if not is_unknown(row["reduction_percent"])]
    if not known:
        return Section("floors", heading)
    flips = [row for row in known if row["flips"] == "yes" or row["flips"] is True]
    blocks: list[Block] = [
        Paragraph(words("floors.reads")),
        Paragraph(words("floors.flips", flips=words.count(len(flips)), n=words.count(len(known)))),
    ]
    if flips:
        cells = [
            [
                words.cell(row["person_id"]),
                words.cell(row["drug"]),
                words.cell(row["scale"]),
                words.number(row["reduction_percent"]),
                words.number(row["reduction_uncorrected_percent"]),
            ]
            for row in flips[:MOST_EXAMPLES]
        ]
        headings = [
            words(f"floors.column_{name}") for name in ("person", "drug", "scale", "corrected", "uncorrected")
        ]
        below = ""
        if len(flips) > MOST_EXAMPLES:
            below = words("more_rows", n=len(flips) - MOST_EXAMPLES, file="tables/ascertain/change_forms.csv")
        caption = words("floors.table", n=words.count(len(flips)))
        blocks.append(Table(headings, cells, caption, frozenset({3, 4}), folded=True, below=below))
    return Section("floors", heading, blocks)
