"""One visit: instrument, domains, floor, lead, type, and the smallest change that flips it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tests.property.yardstick_types.form import Form, Item, ranges

Norm = Mapping[tuple[str, str], tuple[Fraction, Fraction, Fraction]]
COMPETING = ("delusion", "hallucination", "negative")
TWO_THIRDS = Fraction(2, 3)
POINTS_TO_LEAD = 10


def _on(scale: str, names: str) -> tuple[Item, ...]:
    return tuple((scale, name) for name in names.split())


def _bprs(scale: str) -> dict[str, tuple[Item, ...]]:
    return {
        "delusion": _on(scale, "grandiosity suspiciousness unusual_thought_content"),
        "hallucination": _on(scale, "hallucinatory_behaviour"),
        "negative": _on(scale, "emotional_withdrawal motor_retardation blunted_affect"),
    }


# First the one that is preferred. Each with the score from which an item is at least moderate.
INSTRUMENTS: dict[str, dict[str, tuple[Item, ...]]] = {
    "PANSS": {
        "delusion": _on("PANSS", "P1 P5 P6 G9"),
        "hallucination": _on("PANSS", "P3"),
        "negative": _on("PANSS", "N1 N2 N3 N4 N6"),
    },
    "SAPS+SANS": {
        "delusion": _on("SAPS", "global_delusions"),
        "hallucination": _on("SAPS", "global_hallucinations"),
        "negative": _on(
            "SANS",
            "global_affective_flattening global_alogia global_avolition_and_apathy "
            "global_anhedonia_and_asociality",
        ),
    },
    "BPRS-24": _bprs("BPRS-24"),
    "BPRS-18": _bprs("BPRS-18"),
}
MODERATE = {"PANSS": 4, "SAPS+SANS": 3, "BPRS-24": 4, "BPRS-18": 4}


@dataclass(frozen=True)
class Domain:
    """POMP, empty where too few items were rated, and whether the domain is there at all."""

    pomp: Fraction | None
    floor: bool | None


@dataclass(frozen=True)
class Label:
    """What is said of one visit; the margin is given squared and with its sign, to stay exact."""

    scale: str
    type: str
    margin_squared: Fraction | None
    domains: Mapping[str, Domain]


def read_visit(form: Form, norm: Norm, listed: frozenset[Item] = frozenset()) -> Label | None:
    """The label of a visit; None where no competing item of any instrument was as much as listed."""
    read = {name: {kind: _domain(form, name, kind) for kind in COMPETING} for name in INSTRUMENTS}
    scored = {name: [read[name][kind].pomp is not None for kind in COMPETING] for name in INSTRUMENTS}
    whole = [name for name in INSTRUMENTS if all(scored[name])]
    partly = [name for name in INSTRUMENTS if any(scored[name])]
    asked = [
        name
        for name, domains in INSTRUMENTS.items()
        if listed & {item for items in domains.values() for item in items}
    ]
    if not partly and not asked:
        return None
    scale = (whole or partly or asked)[0]
    kind, margin = _type(scale, read[scale], norm)
    return Label(scale, kind, margin, read[scale])


def _domain(form: Form, scale: str, kind: str) -> Domain:
    items = INSTRUMENTS[scale][kind]
    rated = [form[item] for item in items if item in form]
    low, high = ranges()[items[0]]
    pomp = None
    if Fraction(len(rated), len(items)) >= TWO_THIRDS:
        mean = sum(rated, Fraction(0)) / len(rated)
        pomp = 100 * (mean - low) / (high - low)
    if any(score >= MODERATE[scale] for score in rated):
        return Domain(pomp, True)
    return Domain(pomp, False if len(rated) == len(items) else None)


def _type(scale: str, domains: Mapping[str, Domain], norm: Norm) -> tuple[str, Fraction | None]:
    if any(domain.pomp is None or domain.floor is None for domain in domains.values()):
        return "unknown", None
    there = [kind for kind in COMPETING if domains[kind].floor]
    if not there:
        return "none", None
    if len(there) == 1:
        return there[0], None
    has_norm = all((scale, kind) in norm for kind in COMPETING)

    def height(kind: str) -> Fraction:
        pomp = domains[kind].pomp
        assert pomp is not None
        if not has_norm:
            return pomp
        mean, sd, _ = norm[scale, kind]
        return (pomp - mean) / sd

    def margin_squared(rival: str) -> Fraction:
        error = Fraction(POINTS_TO_LEAD**2)
        if has_norm:
            error = sum((1 - norm[scale, kind][2] for kind in (first, rival)), Fraction(0))
        return (height(first) - height(rival)) ** 2 / error

    first = max(there, key=height)
    others = [kind for kind in there if kind != first]
    seconds = [kind for kind in others if height(kind) == max(map(height, others))]
    margin = min(map(margin_squared, seconds))
    return (first if margin >= 1 else "mixed"), margin


def flips(form: Form, norm: Norm) -> set[str]:
    """The fewest whole points of one item that change the type, and what each way of doing it gives."""
    label = read_visit(form, norm)
    if label is None or label.type == "unknown":
        return set()
    items = [item for kind in COMPETING for item in INSTRUMENTS[label.scale][kind] if item in form]
    for points in range(1, 7):
        found = set(_changes(form, norm, label, items, points))
        if found:
            return found
    return set()


def _changes(form: Form, norm: Norm, label: Label, items: list[Item], points: int) -> Iterator[str]:
    for item in items:
        low, high = ranges()[item]
        for change in (points, -points):
            value = form[item] + change
            if low <= value <= high:
                changed = read_visit({**form, item: value}, norm)
                assert changed is not None
                if changed.type != label.type:
                    yield f"{item[1]} {change:+d}: {changed.type}"
