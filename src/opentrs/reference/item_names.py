"""Scale and item as somebody wrote them -> the scale and item they are, by name before number.

Sites number the items of one scale differently, so a name always wins over a number, and a number is read
in the scale's standard order unless the scale's text names another numbering (``SANS (ds000030)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from opentrs.reference.drug_text import fold
from opentrs.reference.load import facts

BPRS_18 = "BPRS-18"
BPRS_24 = "BPRS-24"
# ds003944 adds two items to the 18, so only a number above 20 shows that the 24 items are meant.
LARGEST_BPRS_18_NUMBER = 20
SCALE_PATTERNS = (
    ("PANSS", r"panss|positive and negative syndrome|阳性[和与及]阴性(症状|综合征)"),
    ("BPRS", r"bprs|brief psychiatric rating|简明精神病"),
    ("SAPS", r"saps|assessment of positive symptoms|阳性症状"),
    ("SANS", r"sans|assessment of negative symptoms|阴性症状"),
    (
        "CGI-SCH",
        r"cgi ?sch|clinical global impressions? ?(scale)? ?(for )?schizophrenia|精神分裂症临床总体印象",
    ),
    ("CGI", r"cgi|clinical global impression|临床总体印象|临床疗效总评"),
    ("CDSS", r"cdss|calgary|卡尔加里"),
    ("HAMD-17", r"ham ?d|hdrs|hrsd|hamilton(?!.*anxiety)|汉密尔顿抑郁"),
    ("MADRS", r"madrs|montgomery|蒙哥马利"),
    ("SOFAS", r"sofas|社会[和与]?职业功能"),
    ("GAF", r"\bgaf\b|global assessment of functioning|功能大体评定|大体功能评定"),
    ("PSYRATS", r"psyrats|psychotic symptom rating|精神病性症状(评定|评估)?量表"),
    ("AHRS", r"\bahrs\b|auditory hallucinations? rating|幻听(评定|评估)?量表"),
    ("PSP", r"\bpsp\b|personal and social performance|个人[和与]社会(功能|表现)"),
)
TOTALS = frozenset(
    {"", "total", "total score", "tot", "sum", "sum score", "score", "value", "t", "总分", "合计"}
)
NUMBERINGS = ("fbirn", "ds000030", "ds003944")
# Totals are often named by how many items they add up: HAMD_17, BPRS_18.
LENGTHS = {"HAMD-17": ("17",), "BPRS": ("18", "24"), "BPRS-18": ("18",), "BPRS-24": ("24",)}


@dataclass(frozen=True, slots=True)
class ResolvedItem:
    """What a scale text and an item text mean.

    Parameters
    ----------
    scale : as in ``scales/scales.csv``
    item : as in ``scales/items.csv``
    kind : ``item``, ``global``, ``total``, or ``extra`` for items a site added to the scale
    """

    scale: str
    item: str
    kind: str


Pair = tuple[str, str]


def resolve_items(pairs: Iterable[Pair]) -> dict[Pair, ResolvedItem | None]:
    """Read the (scale, item) texts of one table together; what cannot be read is None.

    The Brief Psychiatric Rating Scale has two orders of items. The order of 24 is taken where the scale's
    text says so (24, UCLA, expanded), or a number above 20 or an item only the longer form has is among
    the pairs; else that of 18. A number that is also the length of the scale (``HAMD``, ``17``) is its last
    item where other numbered items stand beside it, else its total.

    Parameters
    ----------
    pairs : all distinct pairs of one table, so that the form of the scale can be told
    """
    wanted = list(dict.fromkeys(pairs))
    bprs = BPRS_24 if any(_shows_24_items(scale, item) for scale, item in wanted) else BPRS_18
    numbered = {(scale, number) for scale, item in wanted if (number := item_number(scale, item)) is not None}
    return {pair: _resolve(pair, bprs, _is_total(pair, numbered)) for pair in wanted}


def item_number(scale: str, item: str) -> str | None:
    """The number of an item whose text is no more than a number (``7``, ``Q7``, ``SANS_7``), else None."""
    family = resolve_scale(scale)
    if family is None:
        return None
    number, name = _number_and_name(_without_scale(fold(item), _family(family)))
    return number if number and not name else None


def _is_total(pair: Pair, numbered: set[Pair]) -> bool:
    """Tell whether a number is the length of a scale none of whose other items is named by number."""
    length = item_number(*pair)
    if length is None or length not in LENGTHS.get(resolve_scale(pair[0]) or "", ()):
        return False
    before = (number.rstrip("ab") for scale, number in numbered if scale == pair[0])
    return not any(number.isdigit() and int(number) < int(length) for number in before)


def _family(scale: str) -> str:
    return "BPRS" if scale.startswith("BPRS") else scale


def numbered_items(scale: str, numbering: str) -> dict[str, str]:
    """Number -> item of one of a scale's numberings."""
    return dict(_numbers()[scale, numbering])


def resolve_scale(text: str) -> str | None:
    """Return the scale a text names: ``BPRS`` where the form is not said, None if it names none."""
    folded = fold(text)
    for scale, pattern in SCALE_PATTERNS:
        if re.search(pattern, folded):
            return _bprs_form(folded) if scale == "BPRS" else scale
    return None


def _bprs_form(folded: str) -> str:
    if re.search(r"24|ucla|expanded|bprs ?e\b|v(ersion)? ?4", folded):
        return BPRS_24
    return BPRS_18 if "18" in folded else "BPRS"


def _shows_24_items(scale: str, item: str) -> bool:
    if resolve_scale(scale) != "BPRS":
        return False
    number, name = _number_and_name(_without_scale(fold(item), "BPRS"))
    if name:
        return name not in _by_name()[BPRS_18] and name in _by_name()[BPRS_24]
    return number.isdigit() and LARGEST_BPRS_18_NUMBER < int(number) <= 24


def _resolve(pair: Pair, bprs: str, is_total: bool) -> ResolvedItem | None:
    scale_text, item_text = pair
    scale = resolve_scale(scale_text) or (resolve_scale(item_text) if not scale_text.strip() else None)
    if scale is None:
        return None
    family = _family(scale)
    scale = bprs if scale == "BPRS" else scale
    if is_total:
        return ResolvedItem(scale, "total", "total")
    rest = _without_scale(fold(item_text), family)
    item = _cgi_item(fold(scale_text), rest) if scale == "CGI" else _item(scale, scale_text, rest)
    if item is None or (item == "total" and _other_length(scale, f"{scale_text} {item_text}")):
        return None
    return ResolvedItem(scale, item, _kinds()[scale, item])


def _item(scale: str, scale_text: str, rest: str) -> str | None:
    if rest in TOTALS and (scale, "total") in _kinds():
        return "total"
    known = _by_name()[scale].get(_plain(rest))
    if known is not None:
        return known
    number, name = _number_and_name(rest)
    if scale == "PANSS" and re.match(r"[png]\d", number):
        return _numbers()[scale, "standard"].get(number.upper())
    if name:
        return _by_name()[scale].get(name)
    if scale == "PANSS":
        order = list(_numbers()[scale, "standard"].values())
        return order[int(number) - 1] if number.isdigit() and 1 <= int(number) <= len(order) else None
    return _numbers().get((scale, numbering_of(scale, scale_text)), {}).get(number)


def _cgi_item(scale_folded: str, rest: str) -> str | None:
    said = _by_name()["CGI"].get(_plain(rest))
    if said is not None:
        return said
    if rest not in TOTALS:
        return None
    if re.search(r"cgi ?i\b|improvement|改善", scale_folded):
        return "CGI-I"
    return "CGI-S" if re.search(r"cgi ?s\b|severity|严重", scale_folded) or rest == "severity" else None


def _other_length(scale: str, text: str) -> bool:
    """Tell whether the total is that of a longer form (21, 24, 28 items), which another floor goes with."""
    return scale == "HAMD-17" and bool(re.search(r"21|24|28", text))


def numbering_of(scale: str, scale_text: str) -> str:
    """In which numbering a number of this scale text is read: ``standard`` unless the text names another."""
    for numbering in NUMBERINGS:
        if numbering in scale_text.casefold() and (scale, numbering) in _numbers():
            return numbering
    return "standard"


def _without_scale(folded: str, family: str) -> str:
    pattern = dict(SCALE_PATTERNS)[family]
    rest = re.sub(rf"^(?:{pattern})\s*", "", folded)
    if family in ("BPRS", "HAMD-17") and rest != folded and not folded.startswith("hamilton"):
        rest = re.sub(r"^(17|18(?=\D|$)|24(?=\D|$))(?=\s|$)\s*", "", rest) if rest not in _digits() else rest
        rest = "" if rest in ("t18", "t24") or (rest == "17" and family == "HAMD-17") else rest
    return re.sub(r"^(?:q|item|no|question)\s*(?=\d)", "", rest.strip(" :."))


@cache
def _digits() -> frozenset[str]:
    return frozenset(str(number) for number in range(1, 25))


def _number_and_name(rest: str) -> tuple[str, str]:
    """Split ``12. bizarre behaviour`` or ``p1 delusions`` into the number and the name."""
    found = re.fullmatch(r"([png]?)\s?0*(\d{1,2})([ab]?)(?:[\s.):]+(.*))?", rest)
    if found is None:
        return "", _plain(rest)
    return f"{found[1]}{found[2]}{found[3]}", _plain(found[4] or "")


def _plain(name: str) -> str:
    name = re.sub(r"[^\w\s\u3400-\u9fff]", " ", name)
    for american, british in (("behavior", "behaviour"), ("organis", "organiz"), ("judgment", "judgement")):
        name = name.replace(american, british)
    return re.sub(r"\s+", " ", name).strip()


@cache
def _kinds() -> dict[tuple[str, str], str]:
    return {(row["scale"], row["item"]): row["kind"] for row in facts("scale_items")}


@cache
def _by_name() -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    for row in facts("scale_items"):
        of_scale = names.setdefault(row["scale"], {})
        for written in (row["name"], row["item"]):
            of_scale[_plain(fold(written))] = row["item"]
    for row in facts("item_aliases"):
        if row["numbering"] == "name":
            names[row["scale"]][_plain(fold(row["number"]))] = row["item"]
    return names


@cache
def _numbers() -> dict[tuple[str, str], dict[str, str]]:
    numbers: dict[tuple[str, str], dict[str, str]] = {}
    for row in facts("item_aliases"):
        if row["numbering"] != "name":
            numbers.setdefault((row["scale"], row["numbering"]), {})[row["number"]] = row["item"]
    return numbers
