"""The brain in resistance: who was scanned, and for every modality its regions with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from opentrs.report.blocks import Block, Figure, Paragraph, Section, Table
from opentrs.report.figures.brain_forest import ForestRegion, SideEffect, region_forest
from opentrs.report.sections.mechanism_map import flat_map
from opentrs.report.sections.mechanism_pictures import pictures
from opentrs.report.sections.mechanism_words import (
    is_below,
    measure_name,
    number,
    people,
    region_name,
    sided,
    structure,
    with_interval,
)
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, is_unknown

PARTS = ("cortex", "subcortex", "tracts", "perfusion", "metabolism", "spectroscopy")
# The contrast a figure shows is the first of these that ran: resistance before illness.
CONTRASTS = (
    "resistant-responsive",
    "resistant-control",
    "clozapine_resistant-clozapine_responsive",
    "responsive-control",
    "patient-control",
)
LOBES = ("frontal", "parietal", "temporal", "occipital", "cingulate", "insula")
GROUPS = ("resistant", "responsive", "unknown", "control", "other")
SIDE_ORDER = ("left", "right")
# More rows than this make a figure nobody reads; what is left out is said, and is in the table on disk.
MOST_ROWS = 12
# The cortex is asked about region by region: all of an atlas of 34 a side are drawn.
MOST_ROWS_OF_CORTEX = 45
# Drawings of every measure would make the page too heavy: the others of a part are told and tabled.
MEASURES_DRAWN = 1
# Rows of a table on the page; the whole table is on disk.
MOST_LISTED = 12


def section(page: PageInput) -> Section:
    """Who was scanned, and which parts could say nothing and why."""
    words = page.words
    heading = words("mechanism.heading")
    if page.mechanism.result is None:
        why = page.why_skipped("mechanism")
        return Section("mechanism", heading, [Paragraph(words("mechanism.skipped", why=why))] if why else ())
    ran = [row for row in page.mechanism.rows("parts") if row["ran"] == "yes"]
    lead = words("mechanism.lead", n=words.count(len(ran))) if ran else words("mechanism.lead_none")
    blocks: list[Block] = [Paragraph(lead, "lead")]
    if ran:
        blocks.append(Paragraph(words("mechanism.reads")))
    blocks += [*_scanned(page), *_notes(page), *_silent(page)]
    return Section("mechanism", heading, blocks)


def parts(page: PageInput) -> list[Section]:
    """A section for each modality that could be looked at."""
    return [_part(page, name) for name in PARTS if page.mechanism.table(name) is not None]


def _scanned(page: PageInput) -> list[Block]:
    words = page.words
    rows = [row for row in page.mechanism.rows("scanned") if int(row["n_people"])]
    if not rows:
        return []
    cells = [
        [
            words.name("brain_part", row["part"]),
            measure_name(words, str(row["part"]), row["measure"]),
            words.name("brain_group", row["group"]),
            *(words.count(row[name]) for name in ("n_people", "n_scans", "n_sites")),
        ]
        for row in rows
    ]
    headings = [
        words(f"mechanism.column_{name}") for name in ("part", "measure", "group", "people", "scans", "sites")
    ]
    return [
        Table(headings, cells, words("mechanism.scanned"), frozenset(range(3, 6)), folded=len(cells) > 12)
    ]


def _notes(page: PageInput) -> list[Block]:
    return [Paragraph(str(row["what"]), "note") for row in page.mechanism.rows("notes")]


def _silent(page: PageInput) -> list[Block]:
    words = page.words
    cells = [
        [words.name("brain_part", row["part"]), words.cell(row["reason"])]
        for row in page.mechanism.rows("parts")
        if row["ran"] == "no"
    ]
    if not cells:
        return []
    headings = [words("mechanism.column_part"), words("mechanism.column_reason")]
    return [Table(headings, cells, words("mechanism.silent"))]


def _part(page: PageInput, part: str) -> Section:
    words = page.words
    rows = page.mechanism.rows(part)
    blocks: list[Block] = []
    for place, measure in enumerate(dict.fromkeys(str(row["measure"]) for row in rows)):
        mine = [row for row in rows if row["measure"] == measure]
        blocks += _measure(page, part, measure, mine, is_drawn=place < MEASURES_DRAWN)
    if not rows:
        blocks.append(Paragraph(words("mechanism.no_contrast"), "lead"))
    blocks += [*pictures(page, part), *_models(page, part, rows)]
    return Section(
        f"mechanism-{part}", words("mechanism.part_heading", part=words.name("brain_part", part)), blocks
    )


def main_contrast(rows: Sequence[Row]) -> str:
    """The contrast a figure shows; empty where no model ran."""
    there = {str(row["contrast"]) for row in rows if row["model"] == "main"}
    return next((name for name in CONTRASTS if name in there), "")


def shown_rows(rows: Sequence[Row]) -> list[Row]:
    """Rows of the main contrast and model that have an estimate."""
    contrast = main_contrast(rows)
    return [
        row
        for row in rows
        if row["contrast"] == contrast
        and row["model"] == "main"
        and not is_unknown(row["standardised_effect"])
    ]


def _measure(page: PageInput, part: str, measure: str, rows: Sequence[Row], *, is_drawn: bool) -> list[Block]:
    shown = shown_rows(rows)
    if not shown:
        return []
    # An estimate whose interval is withheld is told in the table, in its own unit, and not drawn.
    drawn = [row for row in shown if is_drawn and not is_unknown(row["standardised_low"])]
    figures = [_figure(page, part, measure, drawn)] if drawn else []
    flat = (
        flat_map(page, part, measure, drawn, counts_range(page, drawn))
        if drawn and part == "cortex"
        else None
    )
    figures = [flat, *figures] if flat else figures
    return [_lead(page, part, measure, shown), *figures, _table(page, part, measure, shown)]


def _lead(page: PageInput, part: str, measure: str, shown: Sequence[Row]) -> Paragraph:
    words = page.words
    below = sum(is_below(row["p_fwer"]) for row in shown)
    negative = sum(float(row["standardised_effect"]) < 0 for row in shown)
    largest = max(shown, key=lambda row: abs(float(row["standardised_effect"])))
    return Paragraph(
        words(
            "mechanism.part_lead"
            if any(not is_unknown(row["p_fwer"]) for row in shown)
            else "mechanism.part_lead_bare",
            measure=measure_name(words, part, measure),
            contrast=words.name("brain_contrast", shown[0]["contrast"]),
            below=words.count(below),
            lower=words.count(negative),
            n=words.count(len(shown)),
            largest=sided(words, largest),
            effect=_effect(page, largest),
        ),
        "lead",
    )


def _effect(page: PageInput, row: Row) -> str:
    return with_interval(
        page.words, row["standardised_effect"], row["standardised_low"], row["standardised_high"]
    )


def _figure(page: PageInput, part: str, measure: str, shown: Sequence[Row]) -> Figure:
    words = page.words
    by_region: dict[str, list[Row]] = {}
    for row in shown:
        by_region.setdefault(structure(str(row["region"])), []).append(row)
    most = MOST_ROWS_OF_CORTEX if part == "cortex" else MOST_ROWS
    kept = sorted(by_region, key=lambda name: -_reach(by_region[name]))[:most]
    caption = words(
        "mechanism.figure",
        contrast=words.name("brain_contrast", shown[0]["contrast"]),
        measure=measure_name(words, part, measure),
        n=counts_range(page, shown),
    )
    if len(kept) < len(by_region):
        undrawn = [
            float(row["standardised_effect"])
            for region, rows in by_region.items()
            if region not in kept
            for row in rows
        ]
        caption += words("mechanism.list_separator") + words(
            "mechanism.figure_cut",
            shown=len(kept),
            all=len(by_region),
            more=len(by_region) - len(kept),
            low=number(min(undrawn)),
            high=number(max(undrawn)),
            part=part,
        )
    name = f"mechanism-{part}-{measure}"
    svg = region_forest(
        name,
        _forest_rows(page, {region: by_region[region] for region in by_region if region in kept}),
        title=words(
            "mechanism.figure_title",
            part=words.name("brain_part", part),
            measure=measure_name(words, part, measure),
        ),
        description=caption,
        axis=words("mechanism.axis", contrast=words.name("brain_contrast", shown[0]["contrast"])),
        legend=_legend(page, shown),
    )
    return Figure(f"mechanism/{part}_{measure}_forest", svg, caption)


def _reach(rows: Sequence[Row]) -> float:
    return max(abs(float(row["standardised_effect"])) for row in rows)


def _legend(page: PageInput, shown: Sequence[Row]) -> list[tuple[str, str]]:
    words = page.words
    sides = {str(row.get("hemisphere")) for row in shown}
    drawn = [side for side in SIDE_ORDER if side in sides]
    said = [(side, words.name("side", side)) for side in drawn]
    if sides - set(SIDE_ORDER):
        said.append(("neither", words("mechanism.legend_neither" if drawn else "mechanism.legend_one")))
    return [*said, ("filled", words("mechanism.legend_filled"))]


def _forest_rows(page: PageInput, by_region: dict[str, list[Row]]) -> list[ForestRegion]:
    """Regions lobe by lobe, the most negative first."""
    lobes: dict[str, list[str]] = {}
    for region, rows in by_region.items():
        lobes.setdefault(_lobe(rows[0]), []).append(region)
    drawn = []
    for lobe in sorted(lobes, key=lambda name: (LOBES.index(name) if name in LOBES else len(LOBES), name)):
        if len(lobes) > 1 and lobe:
            drawn.append(ForestRegion(page.words.name("lobe", lobe)))
        drawn += [
            ForestRegion(region_name(page.words, by_region[region][0]), _sides(page, by_region[region]))
            for region in sorted(lobes[lobe], key=lambda name: (_mean(by_region[name]), name))
        ]
    return drawn


def _lobe(row: Row) -> str:
    # A voxel's or a site's own region is its own lobe: a heading for each would say everything twice.
    return "" if row.get("atlas") == "own" or is_unknown(row.get("lobe")) else str(row["lobe"])


def _mean(rows: Sequence[Row]) -> float:
    return sum(float(row["standardised_effect"]) for row in rows) / len(rows)


def _sides(page: PageInput, rows: Sequence[Row]) -> list[SideEffect]:
    ordered = sorted(rows, key=lambda row: str(row.get("hemisphere")))
    return [
        SideEffect(
            str(row.get("hemisphere")),
            float(row["standardised_effect"]),
            float(row["standardised_low"]),
            float(row["standardised_high"]),
            is_below(row["p_fwer"]),
            page.words(
                "mechanism.hint",
                region=_side_of_row(page, row),
                effect=_effect(page, row),
                p=page.words.p_value(row["p_fwer"]),
                n=people(page.words, row),
            ),
        )
        for row in ordered
    ]


def _side_of_row(page: PageInput, row: Row) -> str:
    """The side of a mark: the region's name is read out before it. Where there are no sides, the name."""
    side = str(row.get("hemisphere"))
    return page.words.name("side", side) if side in SIDE_ORDER else region_name(page.words, row)


def _or(value: object, otherwise: float) -> float:
    return otherwise if is_unknown(value) else float(str(value))


def counts_range(page: PageInput, rows: Sequence[Row]) -> str:
    """Numbers of people of the two groups over the regions, as ranges where regions differ."""
    words = page.words
    said = []
    for name in ("n_first", "n_second"):
        known = sorted(int(row[name]) for row in rows if not is_unknown(row[name]))
        if not known:
            return words("withheld")
        ends = (words.count(known[0]), words.count(known[-1]))
        said.append(ends[0] if ends[0] == ends[1] else words("mechanism.range", low=ends[0], high=ends[1]))
    return words("mechanism.two_counts", first=said[0], second=said[1])


def _table(page: PageInput, part: str, measure: str, shown: Sequence[Row]) -> Table:
    words = page.words
    listed = sorted(shown, key=lambda row: (_or(row["p"], 2.0), -_reach([row])))[:MOST_LISTED]
    cells = [
        [
            sided(words, row),
            _effect(page, row),
            _raw(page, row),
            words.p_value(row["p"]),
            words.p_value(row["p_fwer"]),
            words.p_value(row["q"]),
            people(words, row),
        ]
        for row in listed
    ]
    headings = [
        words(f"mechanism.column_{name}")
        for name in ("region", "effect", "estimate", "p", "p_fwer", "q", "n")
    ]
    caption = words(
        "mechanism.table",
        measure=measure_name(words, part, measure),
        contrast=words.name("brain_contrast", shown[0]["contrast"]),
        shown=len(listed),
        all=len(shown),
        part=part,
    )
    return Table(
        headings, cells, caption, frozenset(range(1, 7)), folded=True, below=words("mechanism.table_note")
    )


def _raw(page: PageInput, row: Row) -> str:
    """The difference in the unit it was measured in."""
    size = 0 if is_unknown(row["estimate"]) else abs(float(row["estimate"]))
    decimals = 1 if size >= 10 else 3
    return with_interval(page.words, row["estimate"], row["ci_low"], row["ci_high"], decimals) + _unit(row)


def _unit(row: Row) -> str:
    return "" if is_unknown(row["unit"]) or not row["unit"] else f" {row['unit']}"


def _models(page: PageInput, part: str, rows: Sequence[Row]) -> list[Block]:
    """Every contrast and model: what it found in a line, or why it could not be run."""
    words = page.words
    cells = []
    for model in page.mechanism.rows("models"):
        if model["part"] != part:
            continue
        mine = [
            row
            for row in rows
            if all(row[name] == model[name] for name in ("measure", "contrast", "model"))
            and not is_unknown(row["standardised_effect"])
        ]
        cells.append(_model_cells(page, part, model, mine))
    if not cells:
        return []
    headings = [
        words(f"mechanism.column_{name}")
        for name in ("measure", "contrast", "model", "n", "below", "largest", "adjusted_for")
    ]
    return [
        Table(
            headings,
            cells,
            words("mechanism.models"),
            frozenset({3, 4}),
            below=words("mechanism.models_note"),
            folded=len(cells) > 12,
        )
    ]


def _model_cells(page: PageInput, part: str, model: Row, rows: Sequence[Row]) -> list[str]:
    words = page.words
    named = [
        measure_name(words, part, model["measure"]),
        words.name("brain_contrast", model["contrast"]),
        words.name("brain_model", model["model"]),
    ]
    if model["ran"] != "yes" or not rows:
        why = str(model["reason"] or words("withheld")) if model["ran"] != "yes" else words("withheld")
        return [*named, NONE, NONE, words("mechanism.not_run", why=why), NONE]
    largest = max(rows, key=lambda row: abs(float(row["standardised_effect"])))
    tested = [row for row in rows if not is_unknown(row["p_fwer"])]
    below = (
        words("mechanism.of", k=sum(is_below(row["p_fwer"]) for row in tested), n=len(tested))
        if tested
        else NONE
    )
    adjusted = [
        words.name("covariate", name) for name in str(model["adjusted_for"] or "").split(", ") if name
    ]
    return [
        *named,
        counts_range(page, rows),
        below,
        f"{sided(words, largest)} {number(largest['standardised_effect'])}",
        words("mechanism.comma").join(adjusted) or NONE,
    ]
