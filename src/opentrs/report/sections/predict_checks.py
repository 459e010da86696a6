"""What was checked before anything is believed: leakage, sample size, added value; published models."""

from __future__ import annotations

from opentrs.predict.sheet import is_told
from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.sections.predict_words import estimate, interval, name, people_and_events, performance
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE

LEVELS = ("refused", "warned", "passed")


def checks(page: PageInput) -> Section:
    """Refusals and warnings first, then sample size and the shuffled-outcome alarm."""
    blocks: list[Block] = [*_flags(page), *_alarm(page), *_sample_size(page), *_added(page)]
    if blocks:
        blocks.insert(0, Paragraph(page.words("predict_checks.reads")))
    return Section("predict-checks", page.words("predict_checks.heading"), blocks)


def _flags(page: PageInput) -> list[Block]:
    words = page.words
    rows = page.predict.rows("flags")
    if not rows:
        return []
    told = [row for row in rows if row["level"] != "passed"]
    passed = words("predict_checks.passed", n=words.count(len(rows) - len(told)))
    if not told:
        return [Paragraph(passed)]
    alike: dict[tuple[str, str, str], list[Row]] = {}
    for row in sorted(told, key=lambda row: LEVELS.index(str(row["level"]))):
        alike.setdefault((str(row["level"]), str(row["check"]), words.cell(row["why"])), []).append(row)
    cells = [
        [words.name("predict_level", level), name(words, "check", check), why, *_where(page, of_one)]
        for (level, check, why), of_one in alike.items()
    ]
    names = ("level", "check", "why", "model", "outcome", "landmark")
    headings = [words(f"predict_checks.column_{each}") for each in names]
    caption = words("predict_checks.flags", n=words.count(len(cells)))
    return [Table(headings, cells, caption, below=passed, whole=frozenset({0}))]


def _where(page: PageInput, rows: list[Row]) -> list[str]:
    """Models, outcomes and landmarks of which the same was found."""
    words = page.words
    return [
        words("list_separator").join(dict.fromkeys(name(words, kind, row[kind]) for row in rows))
        for kind in ("model", "outcome", "landmark")
    ]


def _alarm(page: PageInput) -> list[Block]:
    words = page.words
    return [
        Paragraph(
            words(
                "predict_checks.alarm",
                model=name(words, "model", row["model"]),
                landmark=name(words, "landmark", row["landmark"]),
                runs=words.count(row["runs"]),
                auc=interval(words, row["mean_fold_auc"], row["low"], row["high"], 3),
                verdict=name(words, "alarm", row["verdict"]),
            ),
            "plain" if str(row["verdict"]) in ("passed", "quiet") else "warning",
        )
        for row in page.predict.rows("alarm")
    ]


def _sample_size(page: PageInput) -> list[Block]:
    """The criterion that asks for most people, for each analysis; the table of the run holds every one."""
    words = page.words
    largest: dict[tuple[str, ...], Row] = {}
    for row in page.predict.rows("sample_size"):
        key = tuple(str(row.get(part)) for part in ("model", "purpose", "outcome", "landmark"))
        if key not in largest or _asks_more(row, largest[key]):
            largest[key] = row
    if not largest:
        return []
    cells = [
        [
            name(words, "model", row["model"]),
            name(words, "outcome", row.get("outcome")),
            name(words, "landmark", row.get("landmark")),
            name(words, "purpose", row["purpose"]),
            name(words, "criterion", row["criterion"]),
            words.count(row["needed"]),
            words.count(row["n"]),
            words.count(row["events"]),
            words(f"predict_checks.{_enough(row)}"),
        ]
        for row in largest.values()
    ]
    names = ("model", "outcome", "landmark", "purpose", "criterion", "needed", "n", "events", "enough")
    headings = [words(f"predict_checks.column_{each}") for each in names]
    return [Table(headings, cells, words("predict_checks.sample_size"), frozenset({5, 6, 7}))]


def _asks_more(row: Row, other: Row) -> bool:
    return is_told(row["needed"]) and (not is_told(other["needed"]) or row["needed"] > other["needed"])


def _enough(row: Row) -> str:
    if not (is_told(row["needed"]) and is_told(row["n"])):
        return "not_told"
    return "enough" if float(row["n"]) >= float(row["needed"]) else "too_few"


def _added(page: PageInput) -> list[Block]:
    words = page.words
    rows = page.predict.rows("added_value")
    if not rows:
        return []
    cells = [
        [
            name(words, "added", row["added"]),
            name(words, "model", row["model"]),
            name(words, "landmark", row["landmark"]),
            name(words, "test", row["test"]),
            words.p_value(row["p"]),
            interval(words, row["delta_c"], row["low"], row["high"], 3),
            words.count(row["n"]),
            words(f"predict_checks.{_shown(row)}"),
        ]
        for row in rows
    ]
    names = ("added", "model", "landmark", "test", "p", "delta_c", "n", "verdict")
    headings = [words(f"predict_checks.column_{each}") for each in names]
    return [Table(headings, cells, words("predict_checks.added"), frozenset({4, 6}))]


def _shown(row: Row) -> str:
    """Added value is shown where the nested test says so and C does not fall."""
    if not is_told(row["p"]):
        return "added_not_told"
    return "added_shown" if float(row["p"]) < 0.05 and float(row["delta_c"]) > 0 else "added_not_shown"


def published(page: PageInput) -> Section:
    """Published models on this cohort: as they are, and after the smallest update the closed test allows."""
    words = page.words
    heading = words("predict_checks.published_heading")
    rows = performance(page, "c_statistic", ("external",))
    rules = performance(page, "sensitivity", ("external",))
    tried = _tried(page)
    if not rows and not rules and not tried:
        return Section("predict-published", heading)
    blocks: list[Block] = [Paragraph(words("predict_checks.published_reads"))]
    if rows:
        blocks.append(_published_table(page, rows))
    if rules:
        blocks.append(_rules_table(page, rules))
    return Section("predict-published", heading, [*blocks, *tried])


def _tried(page: PageInput) -> list[Block]:
    """Which published models could be applied, to how many people, and what the others lack."""
    words = page.words
    rows = page.predict.rows("published")
    if not rows:
        return []
    cells = [
        [
            name(words, "model", row["model"]),
            name(words, "landmark", row["landmark"]),
            name(words, "answers", row["answers"]),
            words.count(row["people"]),
            words.count(row["valid_for"]),
            words.cell(row["lacking"]),
        ]
        for row in rows
    ]
    names = ("model", "landmark", "answers", "people", "valid_for", "lacking")
    headings = [words(f"predict_checks.column_{each}") for each in names]
    return [Table(headings, cells, words("predict_checks.tried"), frozenset({3, 4}), whole=frozenset({1, 2}))]


def _published_table(page: PageInput, rows: list[Row]) -> Table:
    words = page.words
    found = {
        (metric, kind): {_of(row): row for row in performance(page, metric, (kind,))}
        for metric in ("calibration_slope", "observed_expected")
        for kind in ("external", "updated")
    }
    steps = {
        (str(row["model"]), str(row.get("landmark", ""))): name(words, "step", row["step"])
        for row in page.predict.rows("update")
        if str(row["chosen"]).lower() in ("yes", "true")
    }
    cells = []
    for row in rows:
        after = found["observed_expected", "updated"].get(_of(row))
        step = steps.get((str(row["model"]), str(row["landmark"]))) or steps.get((str(row["model"]), ""))
        cells.append(
            [
                name(words, "model", row["model"]),
                name(words, "outcome", row["outcome"]),
                name(words, "landmark", row["landmark"]),
                people_and_events(words, row),
                estimate(words, row),
                _estimate(page, found["calibration_slope", "external"].get(_of(row))),
                _estimate(page, found["observed_expected", "external"].get(_of(row))),
                step or NONE,
                _estimate(page, after),
            ]
        )
    names = ("model", "outcome", "landmark", "counts", "c", "slope", "oe", "step", "oe_updated")
    headings = [words(f"predict.column_{each}") for each in names]
    return Table(headings, cells, words("predict_checks.published"), whole=frozenset({2, 3}))


def _rules_table(page: PageInput, rules: list[Row]) -> Table:
    words = page.words
    metrics = ("sensitivity", "specificity", "ppv", "npv")
    found = {
        metric: {_of(row): row for row in performance(page, metric, ("external",))} for metric in metrics
    }
    cells = [
        [
            name(words, "model", row["model"]),
            name(words, "outcome", row["outcome"]),
            name(words, "landmark", row["landmark"]),
            people_and_events(words, row),
            *(_estimate(page, found[metric].get(_of(row))) for metric in metrics),
        ]
        for row in rules
    ]
    names = ("model", "outcome", "landmark", "counts", *metrics)
    headings = [words(f"predict.column_{each}") for each in names]
    return Table(headings, cells, words("predict_checks.rules"), whole=frozenset({2, 3}))


def _of(row: Row) -> tuple[str, str, str]:
    return str(row["model"]), str(row["landmark"]), str(row["outcome"])


def _estimate(page: PageInput, row: Row | None) -> str:
    return NONE if row is None else estimate(page.words, row)
