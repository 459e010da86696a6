"""The sections about prediction: what the stage found reaches the page, never more than may be shown."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from opentrs.cohort.results import Skipped, StageResult
from opentrs.messages import text
from opentrs.report.blocks import Claim, Figure, Section, Table
from opentrs.report.documents import run_facts, texts, with_documents
from opentrs.report.output import Run, write_run
from opentrs.report.page import render
from opentrs.report.sections import (
    claims,
    predict,
    predict_checks,
    predict_curves,
    predict_documents,
    predict_groups,
    predict_person,
    predict_time,
)
from opentrs.report.sections.predict_words import interval
from opentrs.report.sections.prevalence import group_label
from opentrs.report.view import PageInput
from opentrs.report.wording import NONE
from tests.unit.report.conftest import CANARY, HOSTILE, MakeRun
from tests.unit.report.made_up_predict import OWN, made_up_predict

SVG = "{http://www.w3.org/2000/svg}"
PARTS = (
    predict.section,
    predict.table_of_performance,
    predict_curves.section,
    predict_groups.section,
    predict_checks.published,
    predict_time.section,
    predict_checks.checks,
    predict_documents.section,
)


def with_prediction(run: Run, tables: dict[str, pd.DataFrame] | None = None) -> Run:
    found = made_up_predict(HOSTILE, CANARY) if tables is None else tables
    results = {**run.results, "predict": StageResult("predict", found)}
    return replace(run, results=with_documents(results, run.cohort, run.settings))


def page_of(run: Run) -> PageInput:
    return PageInput(run.cohort, run.results, run.settings, run.people, run.aggregate_only)


@pytest.fixture(params=["en", "zh"])
def page(request: pytest.FixtureRequest, make_run: MakeRun) -> PageInput:
    return page_of(with_prediction(make_run(lang=request.param, people=(HOSTILE, CANARY))))


def written(section: Section) -> str:
    lines = []
    for block in section.blocks:
        if isinstance(block, Table):
            lines += [block.caption, *(" | ".join(row) for row in block.rows), block.below]
        elif isinstance(block, Figure):
            lines += [block.caption]
        elif isinstance(block, Claim):
            lines += [block.row, *(said for _, said in block.voices)]
        else:
            lines += [block.words]
    return "\n".join(lines).replace("\u00a0", " ")


def drawn(section: Section) -> dict[str, str]:
    """The figures of a section by their names."""
    return {block.name: block.svg for block in section.blocks if isinstance(block, Figure)}


def tables_of(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def without(page: PageInput, **changed: pd.DataFrame | None) -> PageInput:
    """The page with some tables changed or left out."""
    assert page.predict.result is not None
    tables = {name: table for name, table in page.predict.result.tables.items() if name not in changed}
    tables |= {name: table for name, table in changed.items() if table is not None}
    results = {**page.results, "predict": StageResult("predict", tables)}
    return PageInput(page.cohort, results, page.settings, page.people, page.aggregate_only)


def test_every_section_stands_on_the_page_with_figures_a_reader_can_use(page: PageInput) -> None:
    html, figures = render(page)
    names = {name for name in figures if name.startswith("predict/")}

    for part in PARTS:
        assert f'<section id="{part(page).name}">' in html
    assert {"predict/landmarks", "predict/groups", "predict/time-to-resistance"} <= names
    assert len([name for name in names if name.startswith("predict/calibration-")]) == 3
    assert len([name for name in names if name.startswith("predict/decision-")]) == 1
    for name in names:
        root = ElementTree.fromstring(figures[name])
        assert root.get("role") == "img"
        assert len(root.findtext(f"{SVG}desc") or "") > 60
    assert len(html.encode()) < 500_000


def test_without_the_stage_the_page_says_nothing_of_prediction(make_run: MakeRun) -> None:
    page = page_of(make_run())

    assert [block for part in PARTS for block in part(page).blocks] == []


def test_a_stage_that_could_not_run_says_why(make_run: MakeRun) -> None:
    run = make_run()
    skipped = replace(
        run, results={**run.results, "predict": Skipped("predict", "the cohort has no ratings")}
    )

    assert "the cohort has no ratings" in written(predict.section(page_of(skipped)))


def test_the_base_rate_stands_first_with_its_interval_and_n(page: PageInput) -> None:
    first = written(predict.section(page)).split("\n")[0]

    assert {"412", "96"} <= set(re.findall(r"\d+", first))
    assert "23.3%" in first
    assert "19.3%" in first


def test_the_lead_speaks_of_the_strictest_validation_not_of_the_best_number(page: PageInput) -> None:
    lead = written(predict.section(page)).split("\n")[1]

    assert "0.66" in lead
    assert "0.68" not in lead
    assert "0.74" not in lead


def test_apparent_performance_stands_beside_internal_and_never_alone(page: PageInput) -> None:
    (table,) = tables_of(predict.table_of_performance(page))
    internal = text("predict_name.kind.internal", page.words.lang)
    beside = [row for row in table.rows if row[5] != "—"]

    assert {row[2] for row in beside} == {internal}
    assert len(beside) == 4
    assert beside[0][4].startswith("0.68")
    assert beside[0][5].startswith("0.74")
    rows = pd.DataFrame(page.predict.rows("performance"))
    bare = without(page, performance=rows[rows["kind"] == "apparent"])
    assert predict.table_of_performance(bare).blocks == ()
    assert "0.74" not in "".join(written(part(bare)) for part in PARTS[:2])


def test_a_model_whose_interval_holds_chance_is_not_said_to_separate(page: PageInput) -> None:
    rows = pd.DataFrame(page.predict.rows("performance"))
    rows.loc[rows["metric"] == "c_statistic", "ci_low"] = 0.5
    said = written(predict.section(without(page, performance=rows))).split("\n")[1]

    assert text("report.predict.strength_chance", page.words.lang) in said


def test_without_a_model_of_its_own_the_page_speaks_of_the_best_published_one(page: PageInput) -> None:
    rows = pd.DataFrame(page.predict.rows("performance"))
    bare = without(page, performance=rows[rows["kind"] == "external"], landmarks=None)
    rate, said = written(predict.section(bare)).split("\n")[:2]

    assert "23.3%" in rate
    assert "Leighton" in said
    assert "0.61" in said


def test_the_dark_line_of_the_landmark_figure_is_chance(page: PageInput) -> None:
    root = ElementTree.fromstring(drawn(predict.section(page))["predict/landmarks"])
    dark = [each.get("x1") for each in root.iter(f"{SVG}line") if each.get("stroke-width") == "1.2"]
    places = {each.text: each.get("x") for each in root.iter(f"{SVG}text")}

    assert dark == [places["0.5"]]


def test_the_landmark_figure_draws_every_honest_estimate_with_its_numbers(page: PageInput) -> None:
    svg = drawn(predict.section(page))["predict/landmarks"]

    for shown in ("0.68 [0.62, 0.74]", "0.66 [0.58, 0.73]", "0.61 [0.55, 0.67]", "n 412"):
        assert shown in svg
    assert "0.74 [0.69, 0.79]" not in svg


def test_calibration_counts_people_where_they_may_be_shown(page: PageInput) -> None:
    one = predict_curves.chosen(page, "calibration")[0]
    bars = predict_curves.risk_bars(page, one)
    hidden = PageInput(page.cohort, page.results, page.settings, page.people, aggregate_only=True)

    assert one[0] == OWN
    assert sum(bar.others for bar in bars) == 110
    assert predict_curves.risk_bars(hidden, one) == []


def test_the_decision_figure_holds_every_strategy_and_says_where_the_model_is_ahead(page: PageInput) -> None:
    figures = drawn(predict_curves.section(page))
    (name,) = [each for each in figures if each.startswith("predict/decision-")]
    root = ElementTree.fromstring(figures[name])
    said = root.findtext(f"{SVG}desc") or ""
    shown = "".join(each.text or "" for each in root.iter(f"{SVG}text"))

    for strategy in ("model", "treat_all", "treat_none", "trrip_two_trials", "week_2"):
        assert text(f"predict_name.strategy.{strategy}", page.words.lang) in shown
    assert "10.0%" in said
    assert "45.0%" in said


def test_groups_and_rules_are_read_as_validations_of_published_models_write_them(page: PageInput) -> None:
    performance = pd.DataFrame(page.predict.rows("performance")).replace({"group": {"sex:F": "sex=F"}})
    decision = pd.DataFrame(page.predict.rows("decision"))
    is_rule = decision["strategy"] == "week2"
    decision.loc[is_rule, "group"], decision.loc[is_rule, "n"] = "week2 known", 300
    other = decision.assign(group="all")
    same = drawn(predict_curves.section(without(page, performance=performance, decision=other)))
    assert any("n\u00a0300" in svg for name, svg in same.items() if name.startswith("predict/decision-"))
    changed = without(page, performance=performance, decision=decision)
    figures = drawn(predict_curves.section(changed)) | drawn(predict_groups.section(changed))
    curve = next(svg for name, svg in figures.items() if name.startswith("predict/decision-"))

    assert text("report.group_sex.F", page.words.lang) in figures["predict/groups"]
    assert "n\u00a0300" in curve
    assert "n\u00a0412" not in curve


def test_a_site_without_enough_events_says_so_instead_of_a_number(page: PageInput) -> None:
    shown = drawn(predict_groups.section(page))["predict/groups"]

    assert shown.count(text("report.predict_curves.too_few", page.words.lang)) == 1
    assert "12 (2)" in shown


def test_every_group_stands_in_the_table_with_its_counts_or_why_it_is_not_judged(page: PageInput) -> None:
    (table,) = tables_of(predict_groups.section(page))
    by_group = {row[1]: row for row in table.rows}
    women = by_group[group_label(page.words, "sex:F")]

    assert len(by_group) == len(table.rows) == 6
    assert "168" in women[3]
    assert "37" in women[3]
    assert "0.66" in women[4]
    few = next(row for row in table.rows if "12" in row[3])
    assert set(few[4:7]) == {NONE}
    assert few[-1] == text("report.predict_curves.too_few", page.words.lang)


def test_kinds_of_groups_the_cohort_does_not_record_are_named(page: PageInput) -> None:
    said = written(predict_groups.section(page))

    assert text("report.group_kind.ancestry", page.words.lang) in said


def test_without_groups_the_section_says_that_nothing_is_told_apart(page: PageInput) -> None:
    performance = pd.DataFrame(page.predict.rows("performance")).query("group == 'all'")
    section = predict_groups.section(without(page, performance=performance))

    assert written(section) == text("report.predict_groups.none", page.words.lang)


def test_why_a_rule_is_not_compared_stands_below_the_decision_curve(page: PageInput) -> None:
    flags = pd.DataFrame(page.predict.rows("flags"))
    decision = page.predict.rows("decision")[0]
    place = {key: decision[key] for key in ("model", "landmark", "outcome")}
    why = {**place, "check": "comparator", "level": "passed", "why": "nobody had two trials"}
    changed = without(page, flags=pd.concat([flags, pd.DataFrame([why])]))

    assert "nobody had two trials" in written(predict_curves.section(changed))


def test_refusals_come_before_warnings_and_passed_checks_are_counted(page: PageInput) -> None:
    table = tables_of(predict_checks.checks(page))[0]
    levels = [row[0] for row in table.rows]

    assert levels == [
        text(f"report.predict_level.{level}", page.words.lang) for level in ("refused", "warned", "warned")
    ]
    assert "2" in table.below


@pytest.mark.parametrize(
    ("needed", "n", "said"), [(412, 412, "enough"), (413, 412, "too_few"), (None, 412, "not_told")]
)
def test_enough_people_are_as_many_as_are_needed(needed: int | None, n: int, said: str) -> None:
    assert predict_checks._enough({"needed": needed, "n": n}) == said


@pytest.mark.parametrize(
    ("p", "gain", "said"),
    [(0.049, 0.01, "added_shown"), (0.05, 0.01, "added_not_shown"), (0.01, -0.01, "added_not_shown"),
     (None, 0.1, "added_not_told")],
)  # fmt: skip
def test_added_value_is_shown_by_the_nested_test_only(p: float | None, gain: float, said: str) -> None:
    assert predict_checks._shown({"p": p, "delta_c": gain}) == said


def test_a_leak_raises_the_alarm(page: PageInput) -> None:
    rows = pd.DataFrame(page.predict.rows("alarm")).assign(verdict="alarm")
    kinds = [getattr(block, "kind", "") for block in predict_checks.checks(without(page, alarm=rows)).blocks]

    assert "warning" in kinds
    assert "warning" not in [getattr(block, "kind", "") for block in predict_checks.checks(page).blocks]


def test_a_published_model_is_shown_as_it_is_and_after_the_smallest_update(page: PageInput) -> None:
    table, rules = tables_of(predict_checks.published(page))

    assert [cell[:4] for cell in table.rows[0][4:7]] == ["0.61", "0.58", "0.49"]
    assert table.rows[0][7] == text("predict_name.step.intercept", page.words.lang)
    assert table.rows[0][8].startswith("1.00")
    assert rules.rows[0][4].startswith("0.86")


def test_which_published_models_could_be_applied_is_told_with_what_they_lack(page: PageInput) -> None:
    tried = pd.DataFrame(
        [{"model": "leighton_2021_nonremission", "landmark": "baseline", "answers": "risk", "lacking": "DUP",
          "people": 412, "valid_for": 0}]
    )  # fmt: skip
    table = tables_of(predict_checks.published(without(page, published=tried)))[-1]

    assert table.rows[0][2:] == [text("predict_name.answers.risk", page.words.lang), "412", "0", "DUP"]


def test_the_same_finding_of_several_analyses_is_told_once(page: PageInput) -> None:
    flags = pd.DataFrame(page.predict.rows("flags"))
    twice = pd.concat([flags, flags.assign(landmark="week2")])
    table = tables_of(predict_checks.checks(without(page, flags=twice)))[0]

    assert len(table.rows) == 3
    assert "2" in table.rows[0][5]


def test_of_sample_sizes_the_strictest_is_shown(page: PageInput) -> None:
    table = tables_of(predict_checks.checks(page))[1]

    assert [row[5] for row in table.rows] == ["388", "1,820"]


def test_what_rounds_to_nothing_has_no_sign(page: PageInput) -> None:
    assert interval(page.words, -0.001, -0.02, 0.004).startswith("0.00")
    assert interval(page.words, -0.006, None, None) == "−0.01"


def test_other_outcomes_stand_folded_below_the_main_one(page: PageInput) -> None:
    rows = pd.DataFrame(page.predict.rows("landmarks"))
    both = pd.concat([rows.assign(outcome="clozapine_3y"), rows.assign(outcome="trrip_3y")])
    first, second = tables_of(predict.section(without(page, landmarks=both)))

    assert (first.folded, second.folded) == (False, True)
    assert len(first.rows) == len(second.rows) == 4
    assert "TRRIP" in first.rows[0][1]


def test_unknown_outcomes_show_with_what_they_leave_open(page: PageInput) -> None:
    rows = pd.DataFrame(page.predict.rows("landmarks")).assign(
        unknown=40, share_if_no_unknown_had_it=0.21, share_if_every_unknown_had_it=0.3
    )
    (table,) = tables_of(predict.section(without(page, landmarks=rows)))

    assert "40" in table.rows[0]
    assert any("21.0%" in cell and "30.0%" in cell for cell in table.rows[0])


def test_time_to_resistance_is_told_at_whole_years_with_people_at_risk(page: PageInput) -> None:
    (table,) = tables_of(predict_time.section(page))

    assert [row[0] for row in table.rows] == ["1", "2", "3", "4", "5", "6"]
    assert table.rows[0][1] == "307"
    assert table.rows[0][2].startswith("11.0%")


def test_the_page_counts_what_people_must_still_answer(page: PageInput) -> None:
    rows = page.predict.rows("tripod_ai")
    empty = [row for row in rows if row["status"] == "empty"]
    section = predict_documents.section(page)
    documents, items, _ = tables_of(section)

    assert str(len(empty)) in written(section).split("\n")[0]
    assert sum(int(cell) for cell in documents.rows[0][1:4]) == len(rows) == 52
    assert documents.rows[0][3] == str(len(empty))
    assert [row[0] for row in items.rows] == [row["item"] for row in empty]
    assert {row[2] for row in items.rows} == {""}


def test_every_document_is_named_with_the_files_where_all_of_it_stands(page: PageInput) -> None:
    documents, _, _ = tables_of(predict_documents.section(page))
    files = "\n".join(row[-1] for row in documents.rows)

    for path in texts(page.results, page.cohort, page.settings):
        assert path in files
    for table in ("tripod_ai", "probast_ai", "model_card"):
        assert f"tables/predict/{table}.csv" in files


def test_questions_without_evidence_are_named_and_left_to_people(page: PageInput) -> None:
    empty = [row for row in page.predict.rows("probast_ai") if row["status"] == "empty"]
    said = written(predict_documents.section(page))

    assert empty
    for row in empty:
        assert row["topic"] in said


def test_a_card_in_short_tells_the_strictest_validation_and_leaves_its_limits_to_people(
    page: PageInput,
) -> None:
    cards = tables_of(predict_documents.section(page))[2]
    own = next(row for row in cards.rows if "412" in row[3])

    assert "96" in own[3]
    assert {"0.66", "0.58", "0.73"} <= set(re.findall(r"[0-9.]+", own[4]))
    assert own[5] == text("report.predict_documents.to_people", page.words.lang)
    assert text("documents.card_reads", page.words.lang) in cards.below


def test_many_models_are_told_in_short_and_the_rest_are_counted(page: PageInput) -> None:
    card = pd.DataFrame(page.predict.rows("model_card"))
    one = card[card["model"] == OWN]
    many = pd.concat([one.assign(model=f"m{number}") for number in range(9)])
    cards = tables_of(predict_documents.section(without(page, model_card=many)))[2]

    assert len(cards.rows) == 6
    assert {"6", "9"} <= set(re.findall(r"[0-9]+", cards.caption))


def test_the_documents_take_little_of_the_page(page: PageInput) -> None:
    html, _ = render(page)
    found = re.search(r'<section id="predict-documents".*?</section>', html, re.S)

    assert found
    assert len(found[0].encode()) < 8_000


def test_a_person_sees_risk_beside_the_base_rate_of_the_same_landmark(page: PageInput) -> None:
    figure, table, _ = predict_person.blocks(page, 2, CANARY)
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)

    assert "44" in figure.svg
    assert "371" in figure.svg
    assert len(table.rows) == 3


def test_a_person_outside_the_model_gets_the_reason_and_no_figure(page: PageInput) -> None:
    blocks = predict_person.blocks(page, 1, HOSTILE)

    assert not [block for block in blocks if isinstance(block, Figure)]
    assert "onset_age outside 12 to 60 years" in written(Section("p", "p", blocks))


def test_a_person_nobody_predicted_is_said_to_be_so(page: PageInput) -> None:
    (said,) = predict_person.blocks(page, 3, "p4")

    assert getattr(said, "words", "") == text("report.predict_person.not_asked", page.words.lang)


def test_the_review_is_told_in_three_voices_about_prediction(page: PageInput) -> None:
    said = {
        block.row: block.voices[2][1] for block in claims.section(page).blocks if isinstance(block, Claim)
    }
    voice = {row: said[text(f"report.claim.{row}", page.words.lang)].replace("\u00a0", " ") for row in
             ("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8")}  # fmt: skip

    assert "0.66" in voice["E1"]
    assert "−0.058" in voice["E1"]
    assert voice["E2"] == text("report.predict_claims.not_run", page.words.lang)
    assert "Nobody without ECT was rated" in voice["E3"]
    assert "0.340" in voice["E4"]
    assert voice["E5"] == voice["E6"] == text("report.predict_claims.no_block", page.words.lang)
    assert "0.340" in voice["E7"]
    assert "0.76" in voice["E8"]


def test_documents_are_written_beside_the_tables(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    run = replace(run, results={**run.results, "predict": StageResult("predict", made_up_predict("a", "b"))})
    write_run(run, tmp_path / "out")

    assert (tmp_path / "out/tables/predict/tripod_ai.csv").is_file()
    assert (tmp_path / "out/tables/predict/probast_ai.parquet").is_file()
    assert (
        (tmp_path / f"out/documents/model_card_{OWN}.md")
        .read_text(encoding="utf-8")
        .startswith("# Model card")
    )


def test_no_person_is_in_a_document(page: PageInput) -> None:
    for content in texts(page.results, page.cohort, page.settings).values():
        assert CANARY not in content
        assert HOSTILE not in content.replace(page.cohort.name, "")


def test_facts_that_may_be_those_of_one_person_are_left_out_of_an_aggregate_run(page: PageInput) -> None:
    whole, aggregate = (run_facts(page.cohort, page.settings, each) for each in (False, True))

    assert whole.people == 4
    assert (aggregate.people, aggregate.sites, aggregate.first_date, aggregate.last_date) == (
        None,
        (),
        "",
        "",
    )
