"""Does the answer hang on the dose table, or on how symptom change is computed?"""

from __future__ import annotations

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.verdicts import VerdictRow, stacked_verdicts
from opentrs.report.view import PageInput, records

VERDICTS = ("resistant", "not_resistant", "unknown")
MOST_EXAMPLES = 20


def keys(page: PageInput) -> Section:
    """Verdicts and courses under every published dose key."""
    words, table = page.words, page.frame("dose_keys")
    heading = words("doses.heading")
    if table.empty:
        return Section("dose-keys", heading)
    used = page.settings.dose_key
    verdicts = table.groupby(["key", "verdict"]).size()
    changes = table[table["changes"] == "yes"]
    changed = changes.groupby("key").size()
    bars = []
    for key in sorted(table["key"].unique(), key=lambda name: (name != used, name)):
        note = (
            words("doses.key_used") if key == used else words("doses.key_changes", n=int(changed.get(key, 0)))
        )
        counts = [int(verdicts.get((key, name), 0)) for name in VERDICTS]
        bars.append(VerdictRow(words.name("dose_key", key), counts[0], counts[1], counts[2], note))
    people = int(changes["person_id"].nunique())
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
    words, table = page.words, page.frame("dose_key_courses")
    if table.empty:
        return []
    answers = ("yes", "no", "unknown")
    adequate = table.groupby(["key", "dose_adequate"]).size()
    changes = table[table["changes"] == "yes"]
    changed = changes.groupby("key").size()
    cells = [
        [
            words.name("dose_key", key),
            *(words.count(adequate.get((key, answer), 0)) for answer in answers),
            words.count(changed.get(key, 0)),
        ]
        for key in sorted(table["key"].unique())
    ]
    headings = [words(f"doses.column_{name}") for name in ("key", *answers, "changes")]
    n = int((table["key"] == page.settings.dose_key).sum())
    blocks: list[Block] = [
        Table(headings, cells, words("doses.courses", n=words.count(n)), frozenset(range(1, 5)))
    ]
    if len(changes):
        shown = [
            [
                words.cell(row["person_id"]),
                words.cell(row["drug"]),
                words.number(row["dose_mg_per_day"]),
                words.name("dose_key", row["key"]),
                words.number(row["dose_cpz_mg_per_day"]),
                words.name("answer", row["dose_adequate"]),
            ]
            for row in records(changes.head(MOST_EXAMPLES))
        ]
        columns = [
            words(f"doses.column_{name}") for name in ("person", "drug", "dose", "key", "cpz", "adequate")
        ]
        below = ""
        if len(changes) > MOST_EXAMPLES:
            below = words(
                "more_rows", n=len(changes) - MOST_EXAMPLES, file="tables/ascertain/dose_key_courses.csv"
            )
        caption = words("doses.examples", n=words.count(len(changes)))
        blocks.append(Table(columns, shown, caption, frozenset({2, 4}), folded=True, below=below))
    return blocks


def floors(page: PageInput) -> Section:
    """How many courses change their answer when the floor of the scale is not taken off."""
    words, table = page.words, page.frame("change_forms")
    heading = words("floors.heading")
    known = table if table.empty else table[table["reduction_percent"].notna()]
    if known.empty:
        return Section("floors", heading)
    flips = known[known["flips"] == "yes"]
    blocks: list[Block] = [
        Paragraph(words("floors.reads")),
        Paragraph(words("floors.flips", flips=words.count(len(flips)), n=words.count(len(known)))),
    ]
    if len(flips):
        cells = [
            [
                words.cell(row["person_id"]),
                words.cell(row["drug"]),
                words.cell(row["scale"]),
                words.number(row["reduction_percent"]),
                words.number(row["reduction_uncorrected_percent"]),
            ]
            for row in records(flips.head(MOST_EXAMPLES))
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
