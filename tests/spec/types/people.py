"""People on paper: a day or several of ratings, drawn from the cells of a vignette.

Everybody is a patient with schizophrenia (F20) who was seen once, on 2020-01-01, and rated on PANSS with
every item at its lowest score. Each heading of a told cell changes some of that:

========================= ==============================================================================
heading                   cell
========================= ==============================================================================
``on``                    instruments rated in place of PANSS, such as ``BPRS-18 + SAPS``
``delusion`` ...          scores of a domain's items in their order; ``-`` is blank, ``7/5`` two raters
``BPRS-24 negative`` ...  the same on that instrument
``PANSS P2, N5``          one score for all these items
``CDSS``, ``HAMD-17``...  a total, spread over the items; ``7 + blank`` leaves the last item blank;
                          ``total 24`` is a total without items
``visits``                days and the type drawn for each, such as ``0 delusion, 84 none``
``dates``                 ``none``: nothing is dated
``diagnosis``, ``group``  as in the table of people
========================= ==============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from opentrs import reference

Row = dict[str, Any]
FIRST_DAY = date(2020, 1, 1)
BLANK, NONE = "-", "none"
SECOND_RATER = "B"

# Decision 0005, table of domains; each item by scale and name.
PANSS_DOMAINS = {
    "delusion": "P1 P5 P6 G9", "hallucination": "P3", "negative": "N1 N2 N3 N4 N6",
    "disorganisation": "P2 N5 G11", "expression": "N1 N3 N6", "experience": "N2 N4",
}  # fmt: skip
BPRS_DOMAINS = {
    "delusion": "grandiosity suspiciousness unusual_thought_content",
    "hallucination": "hallucinatory_behaviour",
    "negative": "emotional_withdrawal motor_retardation blunted_affect",
    "disorganisation": "conceptual_disorganization",
}
SAPS_SANS_DOMAINS = {
    "delusion": "SAPS:global_delusions",
    "hallucination": "SAPS:global_hallucinations",
    "negative": "SANS:global_affective_flattening SANS:global_alogia SANS:global_avolition_and_apathy "
    "SANS:global_anhedonia_and_asociality",
    "disorganisation": "SAPS:global_bizarre_behaviour SAPS:global_positive_formal_thought_disorder",
    "expression": "SANS:global_affective_flattening SANS:global_alogia",
    "experience": "SANS:global_avolition_and_apathy SANS:global_anhedonia_and_asociality",
}
DOMAINS = {
    "PANSS": PANSS_DOMAINS,
    "SAPS+SANS": SAPS_SANS_DOMAINS,
    "BPRS-24": BPRS_DOMAINS,
    "BPRS-18": BPRS_DOMAINS,
}
DEPRESSION_SCALES = ("CDSS", "HAMD-17", "MADRS")
DRAWN_TYPES = {
    "delusion": {"delusion": "6 6 6 6"},
    "hallucination": {"hallucination": "6"},
    "negative": {"negative": "6 6 6 6 6"},
    "mixed": {"delusion": "6 6 6 6", "hallucination": "6"},
    "none": {},
    "unknown": {"hallucination": BLANK},
}


def domain_items(instrument: str, domain: str) -> list[tuple[str, str]]:
    """Scale and item of a domain's items, in the order of the decision."""
    named = []
    for name in DOMAINS[instrument][domain].split():
        scale, colon, item = name.rpartition(":")
        named.append((scale if colon else instrument, item))
    return named


@dataclass(slots=True)
class Visit:
    """What was rated on one day: scale -> item -> scores, one per rater."""

    day: date | None = FIRST_DAY
    forms: dict[str, dict[str, list[float | None]]] = field(default_factory=dict)

    def rate(self, scale: str, item: str, cell: str) -> None:
        """Write the scores of a cell; ``none`` takes the row away."""
        form = self.forms.setdefault(scale, {})
        if cell == NONE:
            form.pop(item, None)
        else:
            form[item] = [None if part == BLANK else float(part) for part in cell.split("/")]


@dataclass(slots=True)
class TypedPerson:
    """One person of a vignette."""

    person: Row = field(default_factory=lambda: {"diagnosis": "F20", "group": "patient"})
    visits: list[Visit] = field(default_factory=list)

    def frames(self, person_id: str) -> dict[str, list[Row]]:
        """The person as rows of the contract's tables."""
        return {
            "people": [{"person_id": person_id, **self.person}],
            "ratings": [
                {"person_id": person_id, "date": visit.day, "scale": scale, "item": item,
                 "value": value, "rater": SECOND_RATER if number else "A"}
                for visit in self.visits
                for scale, form in visit.forms.items()
                for item, values in form.items()
                for number, value in enumerate(values)
            ],
        }  # fmt: skip


def drawn(told: dict[str, str]) -> TypedPerson:
    """Draw the person whose cells these are.

    Raises
    ------
    ValueError : a heading means nothing
    """
    cells = dict(told)
    person = TypedPerson()
    person.person |= {name: cells.pop(name) or None for name in ("diagnosis", "group") if name in cells}
    instruments = cells.pop("on", "PANSS").split(" + ")
    days = cells.pop("visits", None)
    undated = cells.pop("dates", "") == NONE
    if days is None:
        person.visits.append(_visit(FIRST_DAY, instruments, cells))
    else:
        for told_day in days.split(", "):
            number, state = told_day.split(" ")
            day = FIRST_DAY + timedelta(days=int(number))
            person.visits.append(_visit(day, instruments, {**cells, **DRAWN_TYPES[state]}))
    if undated:
        for visit in person.visits:
            visit.day = None
    return person


def _visit(day: date, instruments: list[str], cells: dict[str, str]) -> Visit:
    visit = Visit(day)
    for name in instruments:
        for scale in name.split("+") if name != NONE else ():
            visit.forms[scale] = {item: [low] for item, low in _lowest()[scale].items()}
    for heading, cell in cells.items():
        if cell != "=":
            _apply(visit, instruments[0], heading, cell)
    return visit


def _apply(visit: Visit, instrument: str, heading: str, cell: str) -> None:
    if heading in DEPRESSION_SCALES:
        _spread(visit, heading, cell)
        return
    first, _, rest = heading.partition(" ")
    if not rest:
        first, rest = instrument, heading
    if rest in DOMAINS.get(first, {}):
        items, scores = domain_items(first, rest), cell.split()
        if len(scores) == 1:
            scores *= len(items)
        for (scale, item), score in zip(items, scores, strict=True):
            visit.rate(scale, item, score)
    elif first in _lowest():
        for item in rest.split(", "):
            if item not in _lowest()[first] and item != "total":
                raise ValueError(f"{first} has no item {item}")
            visit.rate(first, item, cell)
    else:
        raise ValueError(f"The heading {heading!r} means nothing.")


def _spread(visit: Visit, scale: str, cell: str) -> None:
    """Reach a total through the items of a depression scale, filling one after the other."""
    if cell == NONE:
        return
    words, plus, _ = cell.partition(" + ")
    if words.startswith("total "):
        visit.rate(scale, "total", words.removeprefix("total "))
        return
    left = float(words)
    highest = _highest()[scale]
    *others, last = highest
    for item in others if plus else highest:
        score = min(left, highest[item])
        visit.rate(scale, item, str(score))
        left -= score
    if plus:
        visit.rate(scale, last, BLANK)
    assert left == 0, f"{scale} does not reach {words}"


@cache
def _lowest() -> dict[str, dict[str, float]]:
    return _forms("low")


@cache
def _highest() -> dict[str, dict[str, float]]:
    return _forms("high")


def _forms(end: str) -> dict[str, dict[str, float]]:
    items = reference.scale_items()
    items = items[items["kind"].isin(["item", "global"])]
    return {
        str(scale): {str(row["item"]): float(row[end]) for row in form.to_dict("records")}
        for scale, form in items.groupby("scale")
    }
