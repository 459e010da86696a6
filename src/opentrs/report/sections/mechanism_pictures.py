"""Pictures beside a modality's map: profile of tracts, symptoms against the brain, choices of spectra."""

from __future__ import annotations

import math
from collections.abc import Sequence

from opentrs.report.blocks import Block, Figure, Paragraph, Table
from opentrs.report.figures.brain_profile import TractRow, tract_profile
from opentrs.report.figures.brain_scatter import ScatterWords, symptom_scatter
from opentrs.report.figures.intervals import IntervalRow, interval_plot
from opentrs.report.figures.plane import BandPoint
from opentrs.report.sections.mechanism_words import is_below, number, people, place, with_interval
from opentrs.report.view import PageInput, Row, records
from opentrs.report.wording import is_unknown

TRACT_TEST = "tract"
POINTS, LINES = "symptom_points", "symptom_lines"
VARIANTS = "spectroscopy_variants"
# The test whose choices are drawn; those of the others are tabled.
DRAWN = "glutamate"
SPAN = 2.0
LEAST_SPAN = 0.5


def pictures(page: PageInput, part: str) -> list[Block]:
    """What is drawn of a part besides its map and its forest."""
    made: list[Block] = []
    if part == "tracts":
        made += _profile(page)
    if part == "spectroscopy":
        made += _choices(page)
    return made + _scatters(page, part)


def _profile(page: PageInput) -> list[Block]:
    rows = [row for row in page.mechanism.rows("named_tests") if row["test"] == TRACT_TEST]
    if not any(_is_drawn(row) for row in rows):
        return []
    words = page.words
    contrast = words.name("brain_contrast", rows[0]["contrast"])
    caption = words("mechanism.profile", contrast=contrast, n=_range(page, rows))
    svg = tract_profile(
        "mechanism-tracts-profile",
        [_tract(page, row) for row in rows],
        title=words("mechanism.profile_title", contrast=contrast),
        description=caption,
        axis=words("mechanism.axis", contrast=contrast),
        legend=tuple(words(f"mechanism.profile_{name}") for name in ("one", "below", "published", "unknown")),
    )
    return [Figure("mechanism/tracts_profile", svg, caption)]


def _is_drawn(row: Row) -> bool:
    return not any(is_unknown(row[name]) for name in ("estimate", "ci_low", "ci_high"))


def _tract(page: PageInput, row: Row) -> TractRow:
    words = page.words
    published = None if is_unknown(row["published_effect"]) else float(row["published_effect"])
    name = place(words, row["region"])
    if not _is_drawn(row):
        return TractRow(name, None, None, None, published, False, words("mechanism.map_unknown"))
    effect, low, high = (float(row[each]) for each in ("estimate", "ci_low", "ci_high"))
    return TractRow(name, effect, low, high, published, is_below(row["p_fwer"]), _note(page, row))


def _note(page: PageInput, row: Row) -> str:
    words = page.words
    return words("mechanism.named_note", quantity="d", value=number(row["estimate"]), n=people(words, row))


def _range(page: PageInput, rows: Sequence[Row]) -> str:
    """Numbers of people of both groups; from the fewest to the most where tracts differ."""
    words = page.words
    said = []
    for name in ("n_first", "n_second"):
        found = sorted({int(row[name]) for row in rows if _is_drawn(row) and not is_unknown(row[name])})
        said.append("–".join(words.count(end) for end in dict.fromkeys([*found[:1], *found[-1:]])))
    return words("mechanism.two_counts", first=said[0], second=said[1])


def _scatters(page: PageInput, part: str) -> list[Block]:
    """A figure for each association of this part, on pages that may show single people."""
    points, lines = page.mechanism.frame(POINTS), page.mechanism.frame(LINES)
    if points.empty or lines.empty:
        return []
    named = [row for row in page.mechanism.rows("named_tests") if row["part"] == part]
    made: list[Block] = []
    for row in named:
        key = {name: row[name] for name in ("test", "region", "contrast")}
        mine, line = (
            table[(table[list(key)] == list(key.values())).all(axis=1)] for table in (points, lines)
        )
        if len(mine) and len(line):
            dots = [(float(x), float(y)) for x, y in mine[["severity", "value"]].to_numpy()]
            made.append(_scatter(page, row, dots, records(line)))
    return made


def _scatter(page: PageInput, row: Row, points: Sequence[tuple[float, float]], line: Sequence[Row]) -> Figure:
    words = page.words
    test = words.name("named_test", row["test"])
    region, symptom = place(words, row["region"]), words.name("symptom", line[0]["symptom"])
    said = {"region": region, "symptom": symptom, "n": words.count(row["n"]),
            "r": with_interval(words, row["estimate"], row["ci_low"], row["ci_high"]),
            "p": words.p_value(row["p"])}  # fmt: skip
    caption = words("mechanism.scatter", **said)
    unit = words.cell(words.name("scan_unit", line[0]["unit"]))
    name = f"{row['test']}-{row['region']}".replace("_", "-")
    svg = symptom_scatter(
        f"mechanism-scatter-{name}",
        points,
        [BandPoint(float(each["severity"]), float(each["fit"]), float(each["ci_low"]), float(each["ci_high"]))
         for each in line],
        title=words("mechanism.scatter_title", test=test, region=region),
        description=caption,
        labels=ScatterWords(
            words("mechanism.scatter_severity", symptom=symptom),
            words("mechanism.scatter_value", region=region, unit=unit),
            words("mechanism.scatter_line"),
        ),
    )  # fmt: skip
    return Figure(f"mechanism/scatter_{row['test']}_{row['region']}", svg, caption)


def _choices(page: PageInput) -> list[Block]:
    rows = page.mechanism.rows(VARIANTS)
    if not rows:
        return []
    words = page.words
    told = [row for row in rows if row["test"] == DRAWN and _is_drawn(row)]
    blocks: list[Block] = [Paragraph(words("mechanism.choices_reads"))]
    if told:
        blocks.append(_choices_figure(page, told))
    return [*blocks, _choices_table(page, rows)]


def _choice(page: PageInput, row: Row) -> str:
    words = page.words
    reference, _, unit = str(row["quantification"]).partition(" ")
    return words(
        "mechanism.choice",
        reference=words.name("spectra_reference", reference),
        unit=f" ({unit})" if unit and reference != "creatine" else "",
        correction=words.name("spectra_correction", row["correction"]),
    )


def _choices_figure(page: PageInput, told: Sequence[Row]) -> Figure:
    words = page.words
    drawn: list[IntervalRow] = []
    for choice in dict.fromkeys(_choice(page, row) for row in told):
        drawn.append(IntervalRow(choice, None, None, None, "", heading=True))
        drawn += [
            IntervalRow(
                words.name("spectra_filter", row["filter"]), float(row["estimate"]), float(row["ci_low"]),
                float(row["ci_high"]),
                _note(page, row),
            )
            for row in told if _choice(page, row) == choice
        ]  # fmt: skip
    contrast = words.name("brain_contrast", told[0]["contrast"])
    caption = words("mechanism.choices", region=place(words, told[0]["region"]), contrast=contrast,
                    n=_range(page, told))  # fmt: skip
    ends = [abs(float(row[name])) for row in told for name in ("ci_low", "ci_high")]
    largest = max(abs(float(row["estimate"])) for row in told)
    reach = math.ceil(2 * max(LEAST_SPAN, largest, min(max(ends), SPAN))) / 2
    svg = interval_plot(
        "mechanism-spectra-choices",
        drawn,
        title=words("mechanism.choices_title"),
        description=caption,
        axis=words("mechanism.axis", contrast=contrast),
        legend=(words("mechanism.legend_one"),),
        span=(-reach, reach),
        percent=False,
        strong=0.0,
        marks_at=[place / 2 for place in range(round(-2 * reach), round(2 * reach) + 1)],
    )
    return Figure("mechanism/spectroscopy_choices", svg, caption)


def _choices_table(page: PageInput, rows: Sequence[Row]) -> Table:
    words = page.words
    cells = [
        [
            words("mechanism.test_of", test=words.name("spectra_test", row["test"]),
                  region=place(words, row["region"])),
            _choice(page, row),
            words.name("spectra_filter", row["filter"]),
            words("mechanism.with_quantity", quantity=words.name("quantity_short", row["quantity"]),
                  effect=with_interval(words, row["estimate"], row["ci_low"], row["ci_high"])),
            words.p_value(row["p"]),
            people(words, row),
            words.count(row["dropped"]),
            number(row["dropped_mean_sd"]),
            words.cell(row["note"]),
        ]
        for row in rows
    ]  # fmt: skip
    names = ("test", "choice", "filter", "named_effect", "p", "n", "dropped", "dropped_mean", "note")
    headings = [words(f"mechanism.column_{name}") for name in names]
    return Table(headings, cells, words("mechanism.choices_table", n=len(rows)), frozenset(range(4, 8)),
                 folded=True, below=words("mechanism.choices_below"))  # fmt: skip
