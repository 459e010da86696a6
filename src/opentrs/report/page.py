"""The page: one file that opens offline, holds no script and asks for nothing from anywhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from opentrs import __version__
from opentrs.report.blocks import Figure, Section, Table
from opentrs.report.compact import Compact
from opentrs.report.sections import (
    agreement,
    claims,
    doses,
    headline,
    mechanism,
    mechanism_beside,
    mechanism_named,
    methods,
    missing,
    people,
    predict,
    predict_checks,
    predict_curves,
    predict_documents,
    predict_groups,
    predict_time,
    prevalence,
    quality,
    specifiers,
    treat,
    treat_claims,
    treat_context,
    treat_doubts,
    type_biology,
    type_burden,
    type_parts,
    type_probability,
    type_profiles,
    type_sensitivity,
    type_trajectories,
    types,
)
from opentrs.report.svg import clean
from opentrs.report.view import PageInput

PARTS = (
    headline.section,
    people.sections,
    headline.flow,
    prevalence.section,
    missing.section,
    specifiers.section,
    agreement.section,
    doses.keys,
    doses.floors,
    types.section,
    type_profiles.section,
    type_profiles.flow,
    type_sensitivity.section,
    type_probability.section,
    type_sensitivity.instruments,
    type_burden.section,
    type_biology.dopamine,
    type_biology.supersensitivity,
    type_biology.genetic,
    type_trajectories.section,
    type_parts.section,
    mechanism.section,
    mechanism_named.section,
    mechanism.parts,
    mechanism_beside.vertices,
    mechanism_beside.index,
    mechanism_beside.normative,
    mechanism_beside.sites,
    mechanism_named.claims,
    treat.section,
    treat_doubts.section,
    treat_context.negative,
    treat_context.known,
    treat_claims.section,
    predict.section,
    predict.table_of_performance,
    predict_curves.section,
    predict_groups.section,
    predict_checks.published,
    predict_time.section,
    predict_checks.checks,
    predict_documents.section,
    claims.section,
    people.verdicts,
    quality.problems,
    quality.files_read,
    methods.section,
)


_LINE_END = "\n"
_INDENT = re.compile(r"\n\s+")  # no part of the page keeps its line breaks


def render(page: PageInput) -> tuple[str, dict[str, str]]:
    """Return the page, and its figures by path without suffix, such as ``ascertain/prevalence``."""
    sections = [section for part in PARTS for section in _listed(part(page)) if section.blocks]
    figures = {
        block.name: block.svg for section in sections for block in section.blocks if isinstance(block, Figure)
    }
    compact = Compact(figures.values())
    style = _read("style.css") + _columns_style(sections) + compact.style
    words = page.words
    html = _template().render(
        w=words,
        lang="zh-Hans" if words.lang == "zh" else "en",
        style=Markup(style),
        style_hash=base64.b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii"),
        title=words("title", cohort=page.cohort.name) if page.cohort.name else words("title_plain"),
        sections=sections,
        columns_of=_columns_of,
        compact=lambda drawing: Markup(compact(drawing)),
        aggregate_only=page.aggregate_only,
        version=__version__,
    )
    head, tag, body = html.partition("</style>")
    return f"{head}{tag}{_INDENT.sub(_LINE_END, body)}", figures


def _columns_of(table: Table) -> str:
    """Classes of a table: n3 where the third column holds numbers, w1 where the first is never broken."""
    numbers = [f"n{place + 1}" for place in sorted(table.numbers)]
    return " ".join([*numbers, *(f"w{place + 1}" for place in sorted(table.whole))])


def _columns_style(sections: Sequence[Section]) -> str:
    """What the classes of tables look like; a class for each cell would be a tenth of the page."""
    tables = [block for section in sections for block in section.blocks if isinstance(block, Table)]
    used = {name for table in tables for name in _columns_of(table).split()}
    places = {kind: sorted(int(name[1:]) for name in used if name[0] == kind) for kind in "nw"}
    cells = [f".n{place} td:nth-child({place})" for place in places["n"]]
    heads = [f".n{place} th:nth-child({place})" for place in places["n"]]
    whole = [f".w{place} td:nth-child({place})" for place in places["w"]] + cells
    rules = [
        (cells + heads, "text-align:right;font-variant-numeric:tabular-nums"),
        (whole, "white-space:nowrap"),
    ]
    return "".join(f"{','.join(who)}{{{looks}}}\n" for who, looks in rules if who)


def _listed(made: Section | Sequence[Section]) -> Sequence[Section]:
    return (made,) if isinstance(made, Section) else made


def _read(name: str) -> str:
    return files("opentrs.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template():  # type: ignore[no-untyped-def]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.finalize = lambda value: value if isinstance(value, Markup) else clean(value)
    return environment.from_string(_read("page.html"))
