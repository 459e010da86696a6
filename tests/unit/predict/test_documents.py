"""Checklists and model cards say what the run's tables say, name the table, and leave the rest empty."""

from __future__ import annotations

import pytest

from opentrs.messages import LANGS, Lang, text
from opentrs.predict.filling import FILLERS
from opentrs.predict.model_card import FIELDS, model_card, model_card_text, models
from opentrs.predict.probast import probast, probast_text
from opentrs.predict.sheet import RunFacts, Sheet
from opentrs.predict.tripod import PARTLY, tripod, tripod_text
from opentrs.reference.load import facts
from tests.unit.report.made_up_predict import OWN, PUBLISHED, RULE, made_up_predict

RUN = RunFacts("clinic", "9.9", 7, 430, ("people", "ratings"), ("A", "B"), "2010-01-04", "2019-12-30")
# What no table of a run can tell: approval, money, interests, the public, blinding, use.
ONLY_PEOPLE = {
    *("2", "3a", "3b", "3c", "6c", "8b", "8c", "9a", "9c", "17", "18a", "18b", "18c", "18d", "18e", "19"),
    *("20b", "25", "27b", "27c"),
}


@pytest.fixture(params=LANGS)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return Sheet(made_up_predict("p1"), RUN, request.param)


def by_item(sheet: Sheet) -> dict[str, dict[str, str]]:
    return {str(row["item"]): row for row in tripod(sheet).to_dict("records")}  # type: ignore[misc]


def test_the_checklist_has_27_items_in_52_parts_and_the_tool_16_and_18_questions() -> None:
    items = [row["item"] for row in facts("tripod_items")]
    questions = [row["part"] for row in facts("probast_items") if row["kind"] == "signalling"]

    assert len(items) == len(set(items)) == 52
    assert {int(item.rstrip("abcdefg")) for item in items} == set(range(1, 28))
    assert (questions.count("development"), questions.count("evaluation")) == (16, 18)


def test_what_was_not_read_in_the_source_is_not_said_to_be() -> None:
    assert {row["checked"] for row in facts("tripod_items")} == {"second_hand"}
    assert {row["checked"] for row in facts("probast_items") if row["kind"] == "signalling"} == {"unverified"}


@pytest.mark.parametrize("name", ["tripod_items", "probast_items"])
def test_every_way_of_filling_an_item_exists(name: str) -> None:
    assert {row["fill"] for row in facts(name) if row["fill"]} <= set(FILLERS)
    assert {key for key in FIELDS.values() if key} <= set(FILLERS)


def test_what_only_people_know_stays_empty(sheet: Sheet) -> None:
    rows = by_item(sheet)

    for item in ONLY_PEOPLE:
        assert (rows[item]["status"], rows[item]["text"], rows[item]["from_tables"]) == ("empty", "", "")
    assert {item for item, row in rows.items() if row["status"] == "empty"} <= {*ONLY_PEOPLE, "20c"}


def test_every_filled_item_says_from_which_table(sheet: Sheet) -> None:
    held = {*sheet.tables, "run.json", "people"}

    for row in by_item(sheet).values():
        assert (row["text"] == "") == (row["from_tables"] == "") == (row["status"] == "empty")
        assert set(filter(None, row["from_tables"].split("; "))) <= held


def test_items_a_run_knows_in_part_are_marked_so(sheet: Sheet) -> None:
    rows = by_item(sheet)

    assert {item for item, row in rows.items() if row["status"] == "partly"} == PARTLY
    assert rows["22"]["status"] == "filled"


@pytest.mark.parametrize("lang", LANGS)
def test_a_run_without_tables_fills_nothing_but_the_software(lang: Lang) -> None:
    table = tripod(Sheet({}, RunFacts(version="9.9"), lang))

    assert list(table.loc[table["status"] != "empty", "item"]) == ["18f"]
    assert (probast(Sheet({}, RunFacts(), lang))["status"] == "empty").all()
    assert model_card(Sheet({}, RunFacts(), lang)).empty


def test_numbers_are_those_of_the_tables(sheet: Sheet) -> None:
    rows = by_item(sheet)

    assert "0.684" in rows["23a"]["text"]
    assert "0.62" in rows["23a"]["text"]
    assert "0.742" not in rows["23a"]["text"]  # apparent performance is no performance
    assert "412" in rows["20a"]["text"]
    assert "96" in rows["21"]["text"]
    assert "388" in rows["10"]["text"]
    assert "2010-01-04" in rows["5b"]["text"]
    assert "430" in rows["5a"]["text"]
    assert "18%" in rows["13"]["text"]
    assert "23%" in rows["13"]["text"]


def test_a_model_whose_intercept_is_not_given_is_not_called_whole(sheet: Sheet) -> None:
    tables = dict(sheet.tables)
    tables["coefficients"] = tables["coefficients"][tables["coefficients"]["term"] != "intercept"]

    assert by_item(sheet)["22"]["status"] == "filled"
    assert by_item(Sheet(tables, RUN, sheet.lang))["22"]["status"] == "empty"


def test_an_estimate_that_could_not_be_made_is_said_to_be_none(sheet: Sheet) -> None:
    assert (
        f"D{'：' if sheet.lang == 'zh' else ': '}C {text('documents.fill.not_estimable', sheet.lang)}"
        in (by_item(sheet)["23b"]["text"])
    )


def test_warnings_of_the_run_are_its_limitations_and_passed_checks_are_not(sheet: Sheet) -> None:
    said = by_item(sheet)["26"]["text"]

    assert "Clozapine follows what prescribers do" in said
    assert "Nobody without ECT was rated" in said
    assert "No predictor is dated after the landmark" not in said


def test_no_question_of_the_tool_is_answered_by_a_machine(sheet: Sheet) -> None:
    table = probast(sheet)

    assert (table["answer"] == "").all()
    assert set(table["status"]) == {"partly", "empty"}
    evidence = table.set_index(["part", "domain", "number", "kind"])["evidence"]
    assert "No predictor is dated after" in evidence["development", "predictors", 5, "signalling"]
    assert "No predictor is part of" in evidence["evaluation", "outcome", 9, "signalling"]


def test_there_is_a_card_for_each_model_and_it_speaks_of_that_model_only(sheet: Sheet) -> None:
    card = model_card(sheet)

    assert models(sheet) == [OWN, PUBLISHED, RULE]
    assert list(card["model"].unique()) == [OWN, PUBLISHED, RULE]
    of_published = card[card["model"] == PUBLISHED].set_index("field")
    assert "0.612" in of_published.loc["performance", "text"]
    assert "0.684" not in of_published.loc["performance", "text"]
    assert of_published.loc["specification", "status"] == "empty"
    assert (card[card["field"].isin(["intended_use", "ethics", "contact"])]["status"] == "empty").all()


def test_the_text_shows_gaps_as_gaps_and_the_equation_in_full(sheet: Sheet) -> None:
    written = model_card_text(sheet, OWN)

    assert f"{text('documents.to_answer', sheet.lang)} ______" in written
    assert "| baseline | onset_age_years | -0.058 | -0.094 | -0.022 | years |  |" in written
    assert f"## {text('documents.equation', sheet.lang)}" in written
    assert "\n## " not in model_card_text(sheet, PUBLISHED)


def test_each_text_has_a_line_for_every_item(sheet: Sheet) -> None:
    assert tripod_text(sheet).count("\n- **") == 52
    assert probast_text(sheet).count("\n- **") == 16 + 18 + 2 * 3
    gaps = tripod_text(sheet).count(text("documents.to_answer", sheet.lang))
    assert gaps == (tripod(sheet)["status"] == "empty").sum()


def test_a_long_list_says_how_many_more_there_are(sheet: Sheet) -> None:
    shown = sheet.listed([f"t{number}" for number in range(15)])

    assert "t11" in shown
    assert "t12" not in shown
    assert "3" in shown
