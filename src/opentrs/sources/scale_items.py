"""Rating columns such as ``PANSS_P1`` -> scale and item."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opentrs import reference
from opentrs.sources.mapping import Items

_SCALE_AND_ITEM = re.compile(r"([A-Za-z][A-Za-z0-9-]*?)[_.](.+)")


def wide_items(columns: Sequence[str]) -> tuple[Items, ...]:
    """Group the columns that name a scale and an item of it; other columns are left alone."""
    parts = {}
    for column in columns:
        found = _SCALE_AND_ITEM.fullmatch(column)
        if found:
            parts[column] = (found[1], found[2])
    known = reference.resolve_items(parts.values())
    groups: dict[str, dict[str, str]] = {}
    numbers: dict[str, dict[str, str]] = {}
    for column, (scale, item) in parts.items():
        resolved = known[scale, item]
        if resolved is not None:
            groups.setdefault(resolved.scale, {})[column] = resolved.item
            number = reference.item_number(scale, item)
            if number is not None:
                numbers.setdefault(resolved.scale, {})[resolved.item] = number
    return tuple(Items(scale, names, numbers.get(scale, {})) for scale, names in groups.items())
