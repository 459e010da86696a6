"""Visits: how severe the symptoms were, and the total. A blank item may hold any value of its range."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from tests.property.yardstick import facts
from tests.property.yardstick.logic import Answer, any_of
from tests.property.yardstick.people import Folder

NOW = 10**7  # the day of an undated visit: after everything on record
Span = tuple[float, float]  # the lowest and the highest value a score may have


@dataclass
class Ratings:
    """A person's ratings: day -> scale -> item -> span; where undated rows belong nobody knows."""

    visits: dict[int, dict[str, dict[str, Span]]] = field(default_factory=dict)
    some_undated: bool = False

    @cached_property
    def days(self) -> list[int]:
        return sorted(self.visits)

    @cached_property
    def severe(self) -> dict[int, Answer]:
        """Day -> S2's rule at that visit."""
        return {day: severity(self.visits[day]) for day in self.days}

    @cached_property
    def rated_days(self) -> dict[str, list[int]]:
        """Scale -> the days on which it was rated."""
        return {
            scale: [day for day in self.days if has_total(scale, self.visits[day])]
            for scale in facts.TOTALS_IN_ORDER
        }


def ratings_of(folder: Folder) -> Ratings:
    rows = [
        (row, facts.scale_name(row["scale"]))
        for row in folder.get("ratings", [])
        if row.get("scale") is not None and facts.scale_name(row["scale"]) in facts.SEVERITY_SCALES
    ]
    any_dated = any(row.get("date") is not None for row, _ in rows)
    ratings = Ratings()
    for row, scale in rows:
        day = row.get("date")
        if day is None and any_dated:
            ratings.some_undated = True
            continue
        items = ratings.visits.setdefault(NOW if day is None else day, {}).setdefault(scale, {})
        item = facts.item_name(scale, row.get("item"))
        if item is not None:
            items[item] = wider(items.get(item), span_of(scale, item, row.get("value")))
    return ratings


def span_of(scale: str, item: str, value: float | None) -> Span:
    return facts.item_range(scale, item) if value is None else (value, value)


def wider(one: Span | None, other: Span) -> Span:
    """Two raters, or two visits nobody dated, may disagree."""
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))


# ------------------------------------------------------------------ severity


def severity(visit: dict[str, dict[str, Span]]) -> Answer:
    """S2 at one visit: at least moderate in the positive or in the negative domain."""
    return any_of([domain_severity(visit, "positive"), domain_severity(visit, "negative")])


def domain_severity(visit: dict[str, dict[str, Span]], domain: str) -> Answer:
    answers = [
        scale_severity(scale, items, domain)
        for scale, items in visit.items()
        if facts.domain_items(scale, domain)
    ]
    return any_of(answers) if answers else None


def scale_severity(scale: str, rated: dict[str, Span], domain: str) -> Answer:
    """Two items at moderate or one at severe."""
    moderate, severe = facts.moderate_and_severe(scale)
    spans = [rated.get(item, facts.item_range(scale, item)) for item in counted_items(scale, rated, domain)]
    surely = sum(low >= moderate for low, _ in spans) >= 2 or any(low >= severe for low, _ in spans)
    possibly = sum(high >= moderate for _, high in spans) >= 2 or any(high >= severe for _, high in spans)
    return True if surely else None if possibly else False


def counted_items(scale: str, rated: dict[str, Span], domain: str) -> tuple[str, ...]:
    """SAPS and SANS: the items; their globals only where the visit has no item of that scale."""
    items = facts.domain_items(scale, domain)
    globals_ = facts.global_items(scale, domain)
    only_globals = any(item in rated for item in globals_) and not any(item in rated for item in items)
    return globals_ if only_globals else items


# ------------------------------------------------------------------ totals


def has_total(scale: str, visit: dict[str, dict[str, Span]]) -> bool:
    """Was an item or the total rated? Globals are none; the composite needs both of its scales."""
    return all(
        any(item == "total" or item in facts.total_items(part) for item in visit.get(part, ()))
        for part in scale.split("+")
    )


def total(scale: str, visit: dict[str, dict[str, Span]]) -> Span:
    """The lowest and the highest total the visit may have."""
    parts = [scale_total(part, visit[part]) for part in scale.split("+")]
    return sum(low for low, _ in parts), sum(high for _, high in parts)


def scale_total(scale: str, rated: dict[str, Span]) -> Span:
    if "total" in rated and rated["total"][0] == rated["total"][1]:
        return rated["total"]
    spans = [rated.get(item, facts.item_range(scale, item)) for item in facts.total_items(scale)]
    return sum(low for low, _ in spans), sum(high for _, high in spans)
