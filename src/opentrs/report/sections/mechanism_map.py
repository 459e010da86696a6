"""The flat map of a cortical measure: the rows of its forest as tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentrs.reference.load import facts
from opentrs.report.blocks import Figure
from opentrs.report.figures.brain_tiles import VIEWS, Tile, tile_map
from opentrs.report.sections.mechanism_words import (
    is_below,
    measure_name,
    people,
    sided,
    structure,
    with_interval,
)
from opentrs.report.view import PageInput, Row

SIDES = ("left", "right")


def flat_map(page: PageInput, part: str, measure: str, shown: Sequence[Row], n: str) -> Figure | None:
    """Tiles of an atlas that has a map; None for another.

    Parameters
    ----------
    shown : rows of one contrast and model
    n : numbers of people of the two groups, in words
    """
    atlas = str(shown[0].get("atlas"))
    layout = [row for row in facts("flat_tiles") if row["atlas"] == atlas]
    if not layout:
        return None
    words = page.words
    found = {(str(row["hemisphere"]), structure(str(row["region"]))): row for row in shown}
    tiles = [
        _tile(page, side, row, found.get((side, str(row["structure"])))) for row in layout for side in SIDES
    ]
    contrast = words.name("brain_contrast", shown[0]["contrast"])
    names = {str(row["structure"]): row for row in facts("regions") if row["atlas"] == atlas}
    key = [f"{row['short']} {names[str(row['structure'])][f'name_{words.lang}']}" for row in layout]
    caption = words(
        "mechanism.map", contrast=contrast, measure=measure_name(words, part, measure), n=n,
        abbreviations=words("mechanism.comma").join(key),
    )  # fmt: skip
    svg = tile_map(
        f"mechanism-{part}-{measure}-map",
        tiles,
        title=words("mechanism.map_title", measure=measure_name(words, part, measure), contrast=contrast),
        description=caption,
        heads={(side, view): words(f"mechanism.map_{side}_{view}") for side in SIDES for view in VIEWS},
        legend=(
            words("mechanism.map_lower"), words("mechanism.map_higher"), words("mechanism.map_marked"),
            words("mechanism.map_unknown"),
        ),
    )  # fmt: skip
    return Figure(f"mechanism/{part}_{measure}_map", svg, caption)


def _tile(page: PageInput, side: str, at: Mapping[str, object], row: Row | None) -> Tile:
    words = page.words
    where = (side, str(at["view"]), int(str(at["column"])), int(str(at["row"])), str(at["short"]))
    if row is None:
        return Tile(*where, None, False, words("mechanism.map_unknown"))
    effect = with_interval(
        words, row["standardised_effect"], row["standardised_low"], row["standardised_high"]
    )
    hint = words(
        "mechanism.hint", region=sided(words, row), effect=effect, p=words.p_value(row["p_fwer"]),
        n=people(words, row),
    )  # fmt: skip
    return Tile(*where, float(row["standardised_effect"]), is_below(row["p_fwer"]), hint)
