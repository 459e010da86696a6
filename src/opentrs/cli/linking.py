"""``opentrs link``: converted scores of a cohort, and a linking table from its own pairs of ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from opentrs import sources
from opentrs.cli.lines import MANY, print_problems, say
from opentrs.cli.progress import shown_progress
from opentrs.cohort.days import iso_date
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import StageResult, StudySettings
from opentrs.errors import StageFailedError, UsageError
from opentrs.measures.converted import converted_scores, converted_totals
from opentrs.measures.link_table import LinkTable, link_scales
from opentrs.measures.symptoms import NOW_DAY
from opentrs.messages import Lang, text
from opentrs.report.figures.linking import LinkPoint, link_curve
from opentrs.report.folder import check_target, sha256
from opentrs.report.output import Run, write_tables

STAGE = "link"


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """One ``opentrs link`` as it was asked for; see the command's help for each field."""

    cohort: Path
    out: Path
    lang: Lang
    first: str | None = None
    second: str | None = None
    derive: bool = False
    seed: int = 1
    config: Path | None = None
    keep_going: bool = False
    aggregate_only: bool = False


def link(request: LinkRequest) -> Path:
    """Read, convert, link, write; return the folder of the tables.

    Raises
    ------
    UsageError : options that do not go together
    StageFailedError : the cohort has no ratings, none that a link applies to, or too few pairs
    """
    _check(request)
    lang = request.lang
    with shown_progress(lang) as progress:
        progress("read", 0, 3)
        cohort = sources.read(request.cohort, config=request.config, keep_going=request.keep_going)
        if "ratings" not in cohort.holds:
            raise StageFailedError(text("linking.no_ratings", lang))
        progress("link", 1, 3)
        tables = {} if request.aggregate_only else converted_tables(cohort)
        made = _made(cohort, request)
        if made is None and not any(len(table) for table in tables.values()):
            raise StageFailedError(text("linking.nothing_to_convert", lang))
        progress("write", 2, 3)
        _write(request, cohort, {**tables, **(made.tables if made else {})}, made)
    print_problems(cohort.problems, lang, MANY)
    _say(tables, made, lang)
    return request.out / "tables" / STAGE


def converted_tables(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """The tables ``converted`` (means of items) and ``converted_totals``, ready to be written."""
    ratings = cohort.table("ratings")
    found = {"converted": converted_scores(ratings), "converted_totals": converted_totals(ratings)}
    return {name: _dated(table.execute()) for name, table in found.items()}


def _check(request: LinkRequest) -> None:
    lang = request.lang
    if (request.first is None) != (request.second is None):
        raise UsageError(text("linking.one_scale_only", lang))
    if request.first is None and request.derive:
        raise UsageError(text("linking.derive_alone", lang))
    if request.first is None and request.aggregate_only:
        raise UsageError(text("linking.nothing_aggregate", lang))
    check_target(request.out, lang)
    for path in (request.cohort, request.config):
        if path is not None and not path.exists():
            raise UsageError(text("cli.not_there", lang, path=path.name))


def _made(cohort: Cohort, request: LinkRequest) -> LinkTable | None:
    if request.first is None or request.second is None:
        return None
    return link_scales(
        cohort.table("ratings"), request.first, request.second, derive=request.derive, seed=request.seed,
        lang=request.lang, aggregate_only=request.aggregate_only,
    )  # fmt: skip


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Days as dates, in a fixed order of rows; without dates the column is empty."""
    frame = frame.sort_values(["person_id", "day", *frame.columns[2:3], "to_scale"], ignore_index=True)
    dates = ["" if day == NOW_DAY else iso_date(day) for day in frame["day"]]
    frame.insert(1, "date", dates)
    return frame.drop(columns="day")


def _write(
    request: LinkRequest, cohort: Cohort, tables: Mapping[str, pd.DataFrame], made: LinkTable | None
) -> None:
    options = {
        "from": request.first, "to": request.second, "derive": request.derive,
        "keep_going": request.keep_going, "aggregate_only": request.aggregate_only,
        "config": request.config.name if request.config else None,
    }  # fmt: skip
    run = Run(
        cohort, {STAGE: StageResult(STAGE, tables)}, StudySettings(seed=request.seed, lang=request.lang),
        STAGE, options, {request.config.name: sha256(request.config)} if request.config else {},
        aggregate_only=request.aggregate_only,
    )  # fmt: skip
    write_tables(run, _figures(made, request.lang), request.out)


def _figures(made: LinkTable | None, lang: Lang) -> dict[str, str]:
    if made is None:
        return {}
    pairs = made.tables["pairs"].iloc[0]
    counts = {"n": pairs["n_pairs"], "people": pairs["n_people"]}
    figures = {}
    for number, (first, second) in enumerate(((made.first, made.second), (made.second, made.first)), start=1):
        rows, beside = (
            table[(table["from_scale"] == first) & (table["to_scale"] == second)].dropna(subset="linked")
            for table in (made.tables["linking"], made.tables["anchors"])
        )
        points = [
            LinkPoint(*map(float, row))
            for row in rows[["score", "linked", "ci_low", "ci_high"]].itertuples(index=False, name=None)
        ]
        name = f"{first}-to-{second}".lower()
        figures[f"{STAGE}/{name}"] = link_curve(
            f"link-{number}", points, list(zip(beside["score"], beside["published"], strict=True)),
            title=text("linking.figure_title", lang, first=first, second=second),
            description=text("linking.figure_description", lang, **counts),
            axes=(
                text("linking.figure_axis", lang, scale=first),
                text("linking.figure_axis", lang, scale=second),
            ),
            legend=(
                text("linking.figure_link", lang), text("linking.figure_interval", lang),
                text("linking.figure_anchors", lang),
            ),
        )  # fmt: skip
    return figures


def _say(tables: Mapping[str, pd.DataFrame], made: LinkTable | None, lang: Lang) -> None:
    known = [table[table["converted"].notna()] for table in tables.values()]
    if known:
        people = {person for table in known for person in table["person_id"]}
        scores = sum(map(len, known))
        say(text("linking.converted_headline", lang, scores=scores, people=len(people)))
    if made is not None:
        row = made.tables["pairs"].iloc[0]
        say(
            text("linking.table_headline", lang, first=made.first, second=made.second, pairs=row["n_pairs"],
                 people=row["n_people"], error=row["prediction_error"])
        )  # fmt: skip
