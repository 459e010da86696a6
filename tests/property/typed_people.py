"""Made-up people whose ratings lie near every boundary of the type rule, on any mixture of instruments."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from tests.property.nasty import Row, Tables
from tests.property.yardstick_types.form import items_of, ranges
from tests.property.yardstick_types.label import INSTRUMENTS

RATED_ON = (
    ("PANSS",), ("PANSS",), ("PANSS",), ("SAPS+SANS",), ("BPRS-18",), ("BPRS-24",), ("PANSS", "BPRS-18"),
    ("PANSS", "SAPS+SANS"), ("SAPS+SANS", "BPRS-24"),
)  # fmt: skip
GAPS = (1, 30, 42, 83, 84, 85, 120)
DEPRESSION = (("CDSS", 9), ("HAMD-17", 26), ("MADRS", 40))
SHOWN = {"PANSS": ("P2", "N5", "G11", "G6"), "BPRS-18": ("depressive_mood",), "BPRS-24": ("depressive_mood",)}
NORM_FRACTIONS = {
    ("PANSS", "delusion"): (Fraction(45), Fraction(20), Fraction(3, 4)),
    ("PANSS", "hallucination"): (Fraction(40), Fraction(25), Fraction(1, 2)),
    ("PANSS", "negative"): (Fraction(50), Fraction(16), Fraction(7, 8)),
    ("SAPS+SANS", "delusion"): (Fraction(50), Fraction(32), Fraction(3, 4)),
    ("SAPS+SANS", "hallucination"): (Fraction(46), Fraction(32), Fraction(3, 4)),
    ("SAPS+SANS", "negative"): (Fraction(36), Fraction(20), Fraction(1, 2)),
    ("BPRS-18", "delusion"): (Fraction(40), Fraction(25), Fraction(3, 4)),
    ("BPRS-18", "hallucination"): (Fraction(40), Fraction(25), Fraction(3, 4)),
    ("BPRS-18", "negative"): (Fraction(40), Fraction(25), Fraction(3, 4)),
    ("BPRS-24", "delusion"): (Fraction(36), Fraction(25), Fraction(7, 8)),
    ("BPRS-24", "hallucination"): (Fraction(40), Fraction(32), Fraction(7, 8)),
    ("BPRS-24", "negative"): (Fraction(12), Fraction(12), Fraction(7, 8)),
}


def typed_people(number: int, seed: int) -> Tables:
    """``number`` people, drawn one by one."""
    random = Random(seed)
    tables: Tables = {"people": [], "ratings": []}
    for place in range(number):
        person = f"t{seed}-{place}"
        who = random.choices(("F20.0", "F25", "F29", "F31"), (12, 4, 2, 1))[0]
        group = "control" if random.random() < 0.03 else "patient"
        diagnosis = None if group == "control" else who
        tables["people"].append({"person_id": person, "diagnosis": diagnosis, "group": group})
        tables["ratings"] += _ratings(random, person)
    return tables


def _ratings(random: Random, person: str) -> list[Row]:
    instruments = random.choice(RATED_ON)
    day: date | None = date(2020, 1, 1)
    rows: list[Row] = []
    is_undated = random.random() < 0.05
    levels = {kind: random.uniform(0, 1) for kind in ("delusion", "hallucination", "negative")}
    for _ in range(1 if is_undated else random.randint(1, 4)):
        if random.random() < 0.3:
            levels[random.choice(sorted(levels))] = random.uniform(0, 1)
        for (scale, item), value, rater in _scores(random, instruments, levels):
            when = None if is_undated else day
            rows.append(
                {
                    "person_id": person,
                    "date": when,
                    "scale": scale,
                    "item": item,
                    "value": value,
                    "rater": rater,
                }
            )
        day += timedelta(days=random.choice(GAPS))
    return rows


def _scores(random: Random, instruments: tuple[str, ...], levels: dict[str, float]) -> list[Any]:
    scores = []
    raters = ("A", "B") if random.random() < 0.15 else ("A",)
    blank = random.choice((0.0, 0.0, 0.05, 0.25))
    for name in instruments:
        for kind, items in INSTRUMENTS[name].items():
            for item in items:
                low, high = ranges()[item]
                for rater in raters:
                    about = float(low) + levels[kind] * float(high - low) + random.uniform(-1, 1)
                    value: float | None = min(max(round(about), int(low)), int(high))
                    if random.random() < blank:
                        value = random.choice((None, None, 9))
                    scores.append((item, value, rater))
        for item_name in SHOWN.get(name, ()):
            scores.append(((name, item_name), random.choice((1, 3, 3, 4, 4, 7, None)), "A"))
    for scale, most in DEPRESSION:
        if random.random() < 0.25:
            scores += _depression(random, scale, random.randint(0, most))
    return scores


def _depression(random: Random, scale: str, total: int) -> list[Any]:
    """A total spread over the items, now and then with a blank item, or with a total beside blank items."""
    scores: list[Any] = []
    for item in items_of(scale):
        value: int | None = min(total, int(ranges()[item][1]))
        total -= value or 0
        if random.random() < 0.03:
            value = None
        scores.append((item, value, "A"))
    if random.random() < 0.1:
        scores.append(((scale, "total"), random.randint(0, 30 if scale != "CDSS" else 27), "A"))
    return scores
