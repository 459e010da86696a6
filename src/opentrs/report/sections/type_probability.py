"""The probability beside the rule: shown side by side with their agreement, never merged."""

from __future__ import annotations

from collections import Counter

from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.sections.types import TYPES_AND_UNKNOWN
from opentrs.report.shares import interval_of_share
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE, is_unknown

MOST_LIKELY = ("delusion", "hallucination", "negative", "mixed", "none", "unassigned")
NAMED = ("delusion", "hallucination", "negative")


def section(page: PageInput) -> Section:
    """Rule against probability, the number of classes, and what each class looks like."""
    words = page.words
    blocks: list[Block] = [*_note(page), *_side_by_side(page), *_classes(page), *_number_of_classes(page)]
    if not blocks and not page.aggregate_only:
        blocks = _why_not(page)
    return Section("type-probability", words("type_probability.heading"), blocks)


def _why_not(page: PageInput) -> list[Block]:
    words = page.words
    return [
        Paragraph(words("type_probability.not_fitted", reason=row["reason"]))
        for row in page.types.rows("parts")
        if row["part"] == "probability" and row["ran"] == "no"
    ]


def _note(page: PageInput) -> list[Block]:
    """What must be said first of the mixture that was chosen: that it found a single class, for instance."""
    chosen = [row for row in page.types.rows("mixture") if row["chosen"] == "yes"]
    notes = [str(row["note"]) for row in chosen if not is_unknown(row.get("note")) and row["note"]]
    return [Paragraph(note, "warning") for note in notes]


def _side_by_side(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("rule_and_probability")
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if not is_unknown(row["n"]):
            counts[str(row["type"]), str(row["probable_type"])] += int(row["n"])
    if not counts:
        return []
    columns = [value for value in MOST_LIKELY if any(likely == value for _, likely in counts)]
    columns += sorted({likely for _, likely in counts} - set(columns))
    used = [value for value in TYPES_AND_UNKNOWN if any(label == value for label, _ in counts)]
    cells = [
        [words.name("type", label), *(words.count(counts[label, likely]) for likely in columns)]
        for label in used
    ]
    headings = [
        words("type_probability.column_rule"),
        *(words.name("probable_type", value) for value in columns),
    ]
    both = sum(n for (label, likely), n in counts.items() if label in NAMED and likely in NAMED)
    same = sum(n for (label, likely), n in counts.items() if label in NAMED and likely == label)
    said = words("type_probability.none_both")
    if both:
        said = words(
            "type_probability.agree",
            k=words.count(same),
            n=words.count(both),
            share=words.percent(same / both),
            interval=words.interval(*interval_of_share(same, both)),
        )
    assigned = sum(n for (_, likely), n in counts.items() if likely != "unassigned")
    alike = sum(n for (label, likely), n in counts.items() if likely == label)
    if assigned:
        overall = words(
            "type_probability.overall",
            k=words.count(alike),
            n=words.count(assigned),
            share=words.percent(alike / assigned),
            interval=words.interval(*interval_of_share(alike, assigned)),
        )
        said = words("type_probability.both_said", named=said, overall=overall)
    caption = words("type_probability.table", n=words.count(sum(counts.values())))
    return [
        Paragraph(words("type_probability.reads")),
        Paragraph(said),
        *_limits(page),
        Table(headings, cells, caption, frozenset(range(1, len(headings)))),
    ]


def _limits(page: PageInput) -> list[Block]:
    """What the chosen mixture cannot name, and how far its classes are found again."""
    words, found = page.words, {str(row["type"]) for row in page.types.rows("mixture_classes")}
    absent = [words.name("type", name) for name in NAMED if name not in found]
    blocks: list[Block] = []
    if found and absent:
        types = words("list_separator").join(absent)
        blocks.append(Paragraph(words("type_probability.absent", types=types), "warning"))
    for row in page.types.rows("mixture"):
        if row["chosen"] == "yes" and not is_unknown(row["stability_ari"]):
            blocks.append(Paragraph(words("type_probability.found_again", ari=_stability(page, row))))
    return blocks


def _number_of_classes(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("mixture")
    if not rows:
        return []
    cells = [
        [
            words.count(row["n_classes"]),
            words.number(row["log_likelihood"]),
            words.count(row["n_parameters"]),
            words.number(row["bic"]),
            words.number(row["entropy"], 2),
            words.p_value(row["blrt_p"]),
            _stability(page, row),
            words("type_probability.chosen") if row["chosen"] == "yes" else "",
        ]
        for row in rows
    ]
    names = ("n_classes", "log_likelihood", "n_parameters", "bic", "entropy", "blrt_p", "stability", "chosen")
    headings = [words(f"type_probability.column_{name}") for name in names]
    return [Table(headings, cells, words("type_probability.mixture"), frozenset(range(7)), folded=True)]


def _stability(page: PageInput, row: object) -> str:
    words, cells = page.words, dict(row)  # type: ignore[call-overload]
    if is_unknown(cells["stability_ari"]):
        return NONE
    shown = f"{float(cells['stability_ari']):.2f}"
    if is_unknown(cells["stability_low"]) or is_unknown(cells["stability_high"]):
        return shown
    ends = {"low": f"{float(cells['stability_low']):.2f}", "high": f"{float(cells['stability_high']):.2f}"}
    return f"{shown} ({words('interval', **ends)})"


def _classes(page: PageInput) -> list[Block]:
    words, rows = page.words, page.types.rows("mixture_classes")
    if not rows:
        return []
    domains = [name for name in rows[0] if name not in ("class", "share", "type", "n", "unit", "method")]
    cells = [
        [
            words.cell(row["class"]),
            words.percent(row["share"]),
            words.name("type", row["type"]),
            *(words.number(row[name], 0) for name in domains),
        ]
        for row in rows
    ]
    headings = [words(f"type_probability.column_{name}") for name in ("class", "share", "type")]
    headings += [words.name("type_domain", name) for name in domains]
    return [Table(headings, cells, words("type_probability.classes"), frozenset(range(1, len(headings))))]
