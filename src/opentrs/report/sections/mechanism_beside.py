"""What stands beside the maps: the index of resemblance, centiles, sites on one scale, clusters."""

from __future__ import annotations

from collections.abc import Sequence

from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.sections.mechanism_beside_pictures import index_figure, norms_figure
from opentrs.report.sections.mechanism_words import measure_name, number, people, with_interval
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE, is_unknown

# Rows of a table on the page; the whole table is on disk.
MOST_LISTED = 15
PERCENT_DECIMALS = 1
MOST_SITES_OPEN = 12
# Who stands in the table of centiles; all others are in the CSV file.
NORM_PATIENTS = frozenset({"resistant", "responsive", "clozapine_resistant"})
NORM_GROUPS = NORM_PATIENTS | {
    "control", "resistant-responsive", "clozapine_resistant-clozapine_responsive",
}  # fmt: skip


def index(page: PageInput) -> Section:
    """How much the groups' brains resemble the published picture of schizophrenia."""
    words = page.words
    rows = [row for row in page.mechanism.rows("vulnerability") if row["standard"] == "all_controls"]
    told = [row for row in rows if not is_unknown(row["estimate"])]
    silent = [row for row in rows if is_unknown(row["estimate"]) and row["reason"]]
    blocks: list[Block] = []
    if rows:
        blocks.append(Paragraph(words("mechanism.index_lead"), "lead"))
    if figure := index_figure(page, told):
        blocks.append(figure)
    if told:
        headings = _headings(
            page, "part", "measure", "contrast", "values", "index", "effect", "p", "regions", "n"
        )
        cells = [_index_row(page, row) for row in told]
        blocks.append(Table(headings, cells, words("mechanism.index_table"), frozenset({4, 5, 6, 7, 8}),
                            below=words("mechanism.index_note", faulty=_faulty(page))))  # fmt: skip
    blocks += _reasons(page, silent if not told else [row for row in silent if not _is_told(row, told)])
    return Section("mechanism-index", words("mechanism.index_heading"), blocks)


def _is_told(row: Row, told: Sequence[Row]) -> bool:
    return any((row["part"], row["measure"]) == (each["part"], each["measure"]) for each in told)


def _index_row(page: PageInput, row: Row) -> list[str]:
    words = page.words
    effect = (row["standardised_effect"], row["standardised_low"], row["standardised_high"])
    return [
        words.name("brain_part", row["part"]),
        measure_name(words, str(row["part"]), row["measure"]),
        words.name("brain_contrast", row["contrast"]),
        words.name("brain_values", row["values"]),
        with_interval(words, row["estimate"], row["ci_low"], row["ci_high"]),
        with_interval(words, *effect),
        words.p_value(row["p"]),
        words("mechanism.of", k=words.count(row["n_regions"]), n=words.count(row["n_regions_of_map"])),
        _two(page, row),
    ]


def _two(page: PageInput, row: Row) -> str:
    words = page.words
    if is_unknown(row["n_first"]) or is_unknown(row["n_second"]):
        return words("withheld")
    first, second = (words.count(row[name]) for name in ("n_first", "n_second"))
    return words("mechanism.two_counts", first=first, second=second)


def _faulty(page: PageInput) -> int:
    return sum(row["p_is_faulty"] == "yes" for row in page.mechanism.rows("illness_map"))


def normative(page: PageInput) -> Section:
    """What share of the brain lies beyond the usual, by group and as a difference."""
    words = page.words
    rows = [row for row in page.mechanism.rows("normative") if row["quantity"] != "beyond"]
    told = [row for row in rows if not is_unknown(row["estimate"])]
    shown = _of_groups_shown(told)
    blocks: list[Block] = []
    if rows:
        blocks.append(Paragraph(words("mechanism.norms_lead"), "lead"))
    if figure := norms_figure(page, shown):
        blocks.append(figure)
    listed = _listed_norms(shown)
    if listed:
        cells = [_norm_row(page, sides) for sides in listed]
        headings = _headings(page, "part", "who", "share_below", "share_above", "n")
        note = words("mechanism.norms_note")
        is_long = len(cells) > MOST_LISTED
        blocks.append(
            Table(headings, cells, words("mechanism.norms_table"), frozenset({2, 3, 4}), is_long, note)
        )
    blocks += _reasons(page, [row for row in rows if row["reason"] and not _is_told(row, told)])
    return Section("mechanism-norms", words("mechanism.norms_heading"), blocks)


def _of_groups_shown(told: Sequence[Row]) -> list[Row]:
    """Rows of the groups the page shows; the others stand in the table's file."""
    groups = {str(row["contrast"]) for row in told if is_unknown(row["n_first"])}
    # Where nobody's resistance is known, all patients there are stand under that name.
    wanted = NORM_GROUPS if groups & NORM_PATIENTS else NORM_GROUPS | {"unknown"}
    return [row for row in told if str(row["contrast"]) in wanted]


def _listed_norms(shown: Sequence[Row]) -> list[dict[str, Row]]:
    """Below and above of each kind of scan, measure and group, in the order they come."""
    paired: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in shown:
        key = (str(row["part"]), str(row["measure"]), str(row["contrast"]))
        paired.setdefault(key, {})[str(row["quantity"])] = row
    return list(paired.values())


def _norm_row(page: PageInput, sides: dict[str, Row]) -> list[str]:
    words, row = page.words, next(iter(sides.values()))
    is_difference = not is_unknown(row["n_first"]) or "-" in str(row["contrast"])
    kind = "brain_contrast" if is_difference else "brain_group"
    scan = words(
        "mechanism.norms_scan",
        part=words.name("brain_part", row["part"]),
        measure=measure_name(words, str(row["part"]), row["measure"]),
        n=words.count(row["n_regions"]),
    )
    return [
        scan,
        words.name(kind, row["contrast"]),
        *(_norm_side(page, sides.get(side), is_difference) for side in ("below", "above")),
        _two(page, row) if is_difference else words.count(row["n"]),
    ]


def _norm_side(page: PageInput, row: Row | None, is_difference: bool) -> str:
    """Share of regions at one end; a difference with its p value."""
    if row is None:
        return NONE
    words = page.words
    shown = with_interval(words, row["estimate"], row["ci_low"], row["ci_high"], PERCENT_DECIMALS)
    if not is_difference:
        return shown
    return words("mechanism.norms_difference", value=shown, p=words.p_value(row["p"]))


def sites(page: PageInput) -> Section:
    """From whom each site was learnt, and what harmonising costs every comparison."""
    words = page.words
    rows = page.mechanism.rows("harmonisation")
    costs = page.mechanism.rows("harmonised_contrasts")
    blocks: list[Block] = [Paragraph(words("mechanism.sites_lead"), "lead")] if rows or costs else []
    if costs:
        cells = [
            [
                words.name("brain_part", row["part"]),
                measure_name(words, str(row["part"]), row["measure"]),
                words.name("brain_contrast", row["contrast"]),
                number(row["variance_ratio"]),
                words("mechanism.percent", value=number(100 * float(row["false_positives_uncorrected"]), 0)),
                words("mechanism.of", k=words.count(row["n_at_sites_of_one_group"]),
                      n=words.count(row["n_people"])),
            ]
            for row in costs
        ]  # fmt: skip
        headings = _headings(page, "part", "measure", "contrast", "ratio", "false", "alone")
        blocks.append(Table(headings, cells, words("mechanism.costs_table"), frozenset({3, 4, 5})))
    learnt = [row for row in rows if not is_unknown(row["site"])]
    if learnt:
        cells = [_site_row(page, row) for row in learnt]
        headings = _headings(page, "part", "site", "people", "learnt", "left_out", "shift", "reason")
        blocks.append(Table(headings, cells, words("mechanism.sites_table"), frozenset({2, 3, 4, 5}),
                            folded=len(cells) > MOST_SITES_OPEN))  # fmt: skip
    blocks += _reasons(page, [row for row in rows if is_unknown(row["site"])])
    return Section("mechanism-sites", words("mechanism.sites_heading"), blocks)


def _site_row(page: PageInput, row: Row) -> list[str]:
    words = page.words
    return [
        words.name("brain_part", row["part"]),
        words.cell(row["site"]),
        *(words.count(row[name]) for name in ("n_people", "n_learnt_from", "n_left_out")),
        number(row["median_shift_sd"]),
        words.cell(row["why"]),
    ]


def vertices(page: PageInput) -> Section:
    """Clusters of touching vertices, those with the smallest corrected p first."""
    words = page.words
    # Of a table that is withheld nothing may be said, not even that it is empty.
    is_there = page.mechanism.table("vertices") is not None
    models = [row for row in page.mechanism.rows("models") if is_there and row["part"] == "vertices"]
    ran = [row for row in models if row["ran"] == "yes"]
    blocks: list[Block] = [Paragraph(words("mechanism.vertices_lead"), "lead")] if ran else []
    found = sorted(page.mechanism.rows("vertices"), key=lambda row: float(row["p_fwer"]))
    if found:
        cells = [_cluster_row(page, row) for row in found[:MOST_LISTED]]
        headings = _headings(
            page, "region", "contrast", "method", "extent", "effect_at_peak", "p_fwer", "q", "n"
        )
        caption = words("mechanism.vertices_table", shown=len(cells), all=len(found))
        blocks.append(Table(headings, cells, caption, frozenset(range(3, 8)),
                            below=" ".join(dict.fromkeys(str(row["note"]) for row in ran))))  # fmt: skip
    elif ran:
        blocks.append(Paragraph(words("mechanism.vertices_none")))
    return Section("mechanism-vertices", words("mechanism.vertices_heading"), blocks)


def _cluster_row(page: PageInput, row: Row) -> list[str]:
    words = page.words
    return [
        words.cell(row["region"]),
        words.name("brain_contrast", row["contrast"]),
        words.name("cluster_method", row["method"]),
        f"{number(row['extent'], 0)} {row['extent_unit']}",
        number(row["standardised_effect"]),
        words.p_value(row["p_fwer"]),
        words.p_value(row["q"]),
        people(words, row),
    ]


def _reasons(page: PageInput, rows: Sequence[Row]) -> list[Block]:
    """Why something could not be told, each reason once."""
    said = dict.fromkeys(
        page.words(
            "mechanism.part_reason",
            part=page.words.name("brain_part", row["part"]),
            measure=measure_name(page.words, str(row["part"]), row["measure"]),
            why=str(row.get("reason") or row.get("why") or ""),
        )
        for row in rows
    )
    return [Paragraph(sentence, "note") for sentence in said]


def _headings(page: PageInput, *names: str) -> list[str]:
    return [page.words(f"mechanism.column_{name}") for name in names]
