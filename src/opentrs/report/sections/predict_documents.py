"""How far the run fills TRIPOD+AI, PROBAST+AI and the model cards, and what people must still answer.

The page counts and names what is empty; every item with its text is in the documents of the run.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentrs.messages import text
from opentrs.predict.sheet import is_everybody, is_told
from opentrs.report.blocks import Block, Paragraph, Section, Table
from opentrs.report.documents import FOLDER, file_name
from opentrs.report.sections.predict_words import HONEST, estimate, main_outcome, name, people_and_events
from opentrs.report.view import PageInput, Row
from opentrs.report.wording import NONE

STATUSES = ("filled", "partly", "empty")
# Cards in short on the page; each model has a whole one on disk.
MOST_CARDS = 6
# The validation farthest from the people a model was made on stands for it.
STRICTEST_FIRST = ("external", "leave_site_out", "updated", "internal")
METRICS = ("c_statistic", "calibration_slope")


def section(page: PageInput) -> Section:
    """What each document holds, which items wait for people, and the models in short."""
    words, rows = page.words, page.predict.rows("tripod_ai")
    heading = words("predict_documents.heading")
    if not rows:
        return Section("predict-documents", heading)
    counts = dict(zip(STATUSES, _counts(page, rows), strict=True))
    blocks: list[Block] = [
        Paragraph(words("predict_documents.lead", n=words.count(len(rows)), folder=FOLDER, **counts)),
        _documents(page),
        _tripod(page),
        *_probast(page),
        *_cards(page),
    ]
    return Section("predict-documents", heading, blocks)


def _counts(page: PageInput, rows: Sequence[Row]) -> list[str]:
    return [page.words.count(sum(row["status"] == status for row in rows)) for status in STATUSES]


def _documents(page: PageInput) -> Table:
    """One row for each document, with the files where all of it stands."""
    words = page.words
    listed = [("TRIPOD+AI", "tripod_ai", "tripod_ai", page.predict.rows("tripod_ai")),
              ("PROBAST+AI", "probast_ai", "probast_ai", page.predict.rows("probast_ai"))]  # fmt: skip
    for model, rows in _models(page):
        title = words("predict_documents.card", model=name(words, "model", model))
        listed.append((title, f"model_card_{file_name(model)}", "model_card", rows))
    cells = [
        [
            title,
            *_counts(page, rows),
            words("predict_documents.files", folder=FOLDER, name=document, table=table),
        ]
        for title, document, table, rows in listed
    ]
    headings = _headings(page, "document", *STATUSES, "file")
    return Table(headings, cells, words("predict_documents.documents"), frozenset({1, 2, 3}))


def _tripod(page: PageInput) -> Table:
    """Items nobody has answered; their cell is left open for people."""
    words = page.words
    rows = [row for row in page.predict.rows("tripod_ai") if row["status"] == "empty"]
    cells = [[str(row["item"]), str(row["label"]), ""] for row in rows]
    caption = words("predict_documents.tripod", n=words.count(len(rows)), folder=FOLDER)
    return Table(_headings(page, "item", "label", "answer"), cells, caption)


def _probast(page: PageInput) -> list[Block]:
    """Questions of which the run knows nothing, by part and domain."""
    words = page.words
    rows = [row for row in page.predict.rows("probast_ai") if row["status"] == "empty"]
    topics: dict[str, list[str]] = {}
    for row in rows:
        part = text(f"documents.probast_part.{row['part']}", words.lang)
        topics.setdefault(part, []).append(str(row["topic"]))
    joint = words("predict_documents.list_separator")
    said = [
        words("predict_documents.topic", domain=part, topics=joint.join(dict.fromkeys(each)))
        for part, each in topics.items()
    ]
    return [
        Paragraph(
            words(
                "predict_documents.probast",
                n=words.count(len(rows)),
                topics=joint.join(said) or NONE,
                folder=FOLDER,
            )
        )
    ]


def _models(page: PageInput) -> list[tuple[str, list[Row]]]:
    """The cards the page tells of: model and its fields, in the order of the table."""
    cards: dict[str, list[Row]] = {}
    for row in page.predict.rows("model_card"):
        cards.setdefault(str(row["model"]), []).append(row)
    return list(cards.items())[:MOST_CARDS]


def _cards(page: PageInput) -> list[Block]:
    """The most important lines of each card, and which fields are empty."""
    words, shown = page.words, _models(page)
    if not shown:
        return []
    all_models = {str(row["model"]) for row in page.predict.rows("model_card")}
    caption = words(
        "predict_documents.cards",
        shown=words.count(len(shown)),
        all=words.count(len(all_models)),
        folder=FOLDER,
    )
    headings = _headings(page, "model", "outcome", "landmark", "n", "performance", "not_for")
    population = _field(shown[0][1], "population")
    below = " ".join(each for each in (population, text("documents.card_reads", words.lang)) if each)
    blocks: list[Block] = [Table(headings, [_card(page, *each) for each in shown], caption, below=below)]
    joint = words("predict_documents.list_separator")
    empty: dict[str, list[str]] = {}
    for model, rows in shown:
        labels = joint.join(str(row["label"]) for row in rows if row["status"] == "empty")
        if labels:
            empty.setdefault(labels, []).append(name(words, "model", model))
    blocks += [
        Paragraph(words("predict_documents.card_empty", model=joint.join(models), labels=labels), "note")
        for labels, models in empty.items()
    ]
    return blocks


def _card(page: PageInput, model: str, rows: Sequence[Row]) -> list[str]:
    words = page.words
    not_for = _field(rows, "out_of_scope") or words("predict_documents.to_people")
    found = _strictest(page, model)
    if not found:
        return [name(words, "model", model), NONE, NONE, NONE, NONE, not_for]
    first = found[0]
    return [
        name(words, "model", model),
        name(words, "outcome", first["outcome"]),
        name(words, "landmark", first["landmark"]),
        people_and_events(words, first),
        words(
            "predict_documents.performance",
            metric=name(words, "metric", first["metric"]),
            estimate=estimate(words, first),
            kind=name(words, "kind", first["kind"]),
        ),
        not_for,
    ]


def _strictest(page: PageInput, model: str) -> list[Row]:
    """Rows about everybody: main outcome first, then metric, then validation; landmarks keep their order."""
    outcome = main_outcome(page)
    rows = [
        row
        for row in page.predict.rows("performance")
        if str(row["model"]) == model
        and row.get("kind") in HONEST
        and is_everybody(row)
        and is_told(row["estimate"])
    ]

    def rank(row: Row) -> tuple[bool, int, int]:
        metric = str(row["metric"])
        place = METRICS.index(metric) if metric in METRICS else len(METRICS)
        return str(row["outcome"]) != outcome, place, STRICTEST_FIRST.index(str(row["kind"]))

    return sorted(rows, key=rank)


def _field(rows: Sequence[Row], field: str) -> str:
    return next((str(row["text"]) for row in rows if row["field"] == field), "")


def _headings(page: PageInput, *names: str) -> list[str]:
    return [page.words(f"predict_documents.column_{each}") for each in names]
