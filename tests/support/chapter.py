"""The chapter of the manual that is made from the vignettes."""

from __future__ import annotations

from pathlib import Path

from tests.spec.readings import CHAPTERS
from tests.spec.vignettes import Chapter, DrawnTable

INTRODUCTION = """# Resistance in vignettes

Each table below is a set of people. Every one of them is the complete patient with a few cells changed, and
the columns behind the arrow are what OpenTRS answers. The tables are the specification: they are run as
tests, on every engine, and this page is made from them.

An empty cell is an empty datum, `=` is as in the complete patient, `none` means there is no such row, `*` is
not asked.
"""


def vignettes_chapter() -> str:
    """The chapter as Markdown: what every reading means, shown on people."""
    return "\n".join([INTRODUCTION, _complete_patient(), *(_chapter(chapter) for chapter in CHAPTERS)])


def write_vignettes_chapter(path: Path) -> None:
    """Write the chapter, as ``docs/explanation/vignettes.md``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(vignettes_chapter(), encoding="utf-8")


def _complete_patient() -> str:
    from tests.spec import complete_patient

    title, _, rest = (complete_patient.__doc__ or "").partition("\n")
    about, _, timeline = rest.strip().partition("::\n")
    drawing, _, after = timeline.strip("\n").partition("\n\n")
    lines = [line.removeprefix("    ") for line in drawing.splitlines()]
    return "\n".join(
        [
            "## The complete patient",
            "",
            title,
            about.strip() + ":",
            "",
            "```text",
            *lines,
            "```",
            "",
            after.strip(),
            "",
        ]
    )


def _chapter(chapter: Chapter) -> str:
    return "\n".join(
        [f"## {chapter.title}", "", chapter.about, "", *(_table(table) for table in chapter.tables)]
    )


def _table(table: DrawnTable) -> str:
    first = table.vignettes[0]
    told = [
        heading for heading in first.told if heading not in table.given or heading in _own_headings(table)
    ]
    expected = list(first.expected)
    lines = []
    if table.about:
        lines += [table.about, ""]
    if note := _study_note(table):
        lines += [note, ""]
    lines += [
        _row(["vignette", *told, *(f"→ {heading}" for heading in expected)]),
        _row(["---"] * (1 + len(told) + len(expected))),
    ]
    for vignette in table.vignettes:
        cells = [vignette.told[heading] for heading in told] + [
            f"**{vignette.expected[h]}**" for h in expected
        ]
        lines.append(_row([vignette.sentence, *(cell.replace("****", "") for cell in cells)]))
    return "\n".join([*lines, ""])


def _own_headings(table: DrawnTable) -> set[str]:
    headings = table.text.strip().splitlines()[0].partition("||")[0]
    return {cell.strip() for cell in headings.split("|")}


def _study_note(table: DrawnTable) -> str:
    notes = []
    if table.given:
        notes.append(
            "All of them: "
            + "; ".join(f"{heading} {cell or '(blank)'}" for heading, cell in table.given.items())
        )
    if table.definition != "trrip":
        notes.append(f"Definition: `{table.definition}`")
    if table.study.dose_key != "leucht2016_ddd":
        notes.append(f"Dose key: `{table.study.dose_key}`")
    notes += [f"With `{path} = {value}`" for path, value in table.study.changes]
    return ". ".join(notes) + "." if notes else ""


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
