"""One person's risk stands beside the base rate and what trials show; what cannot be told says so."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from opentrs.cohort.build import from_frames
from opentrs.cohort.results import Results, Skipped, StageResult, StudySettings
from opentrs.messages import Lang, text
from opentrs.report.blocks import Paragraph, Table
from opentrs.report.sections import person_strategy
from opentrs.report.view import PageInput
from opentrs.study.person import strategy
from opentrs.treat import STAGE as TREAT
from opentrs.treat.words import option_name

LANGS: tuple[Lang, ...] = ("en", "zh")
PEOPLE = {"ann": "negative", "bo": "delusion", "cy": "unknown", "di": "none", "ed": "mixed"}


@pytest.fixture(scope="module")
def results() -> Results:
    """The evidence matched to four people, and risks of some of them."""
    cohort = from_frames({"people": [{"person_id": name} for name in PEOPLE]})
    types = pd.DataFrame({"person_id": list(PEOPLE), "type": list(PEOPLE.values()), "depression": "none"})
    before: Results = {"subtype": StageResult("subtype", {"person_types": types})}
    return {**before, "treat": TREAT.run(cohort, before, StudySettings()), "predict": predicted()}


def predicted(valid: str = "yes") -> StageResult:
    def row(person: str, landmark: str, outcome: str, risk: float | None, **more: Any) -> dict[str, Any]:
        ends = {"low": None if risk is None else risk - 0.1, "high": None if risk is None else risk + 0.1}
        found = {"person_id": person, "model": "elastic_net", "landmark": landmark, "outcome": outcome}
        return {**found, "risk": risk, **ends, "valid": "yes", **more}

    risks = [
        row("ann", "baseline", "trrip_3y", 0.3),
        row("ann", "week6", "trrip_3y", 0.41),
        row("ann", "month12", "clozapine_3y", 0.77),
        row("ann", "clozapine_start", "response_clozapine", 0.55),
        row("ann", "month12", "trrip_3y", 0.99, model="somebody else's"),
        row("bo", "baseline", "trrip_3y", None, valid="3 of 5 predictors are unknown"),
    ]
    base = [("baseline", "trrip_3y", 200, 40), ("week6", "trrip_3y", 150, 36),
            ("clozapine_start", "response_clozapine", 60, 30)]  # fmt: skip
    performance = [
        {"model": "elastic_net", "kind": "internal"},
        {"model": "somebody else's", "kind": "external"},
    ]
    tables = {
        "risks": pd.DataFrame(risks), "performance": pd.DataFrame(performance),
        "landmarks": pd.DataFrame(base, columns=["landmark", "outcome", "n", "events"]),
    }  # fmt: skip
    return StageResult("predict", tables)


def said(results: Results, person: str, lang: Lang) -> str:
    cohort = from_frames({"people": [{"person_id": name} for name in PEOPLE]})
    page = PageInput(cohort, results, StudySettings(lang=lang), (person,), False)
    parts = []
    for block in person_strategy.blocks(page, person):
        if isinstance(block, Paragraph):
            parts.append(block.words)
        elif isinstance(block, Table):
            parts += [block.caption, *(" | ".join(row) for row in block.rows), block.below]
    return "\n".join(parts).replace("\u00a0", " ")


def test_the_latest_risk_of_resistance_by_a_model_made_here_stands_beside_its_own_base_rate(
    results: Results,
) -> None:
    found = strategy(results, "ann")

    assert found.risk is not None
    assert (found.risk.landmark, found.risk.outcome, found.risk.risk) == ("week6", "trrip_3y", 0.41)
    assert (found.risk.n, found.risk.events, found.risk.share) == (150, 36, 0.24)
    assert [one.outcome for one in found.responses] == ["response_clozapine"]


def test_the_options_are_those_of_the_persons_own_symptom(results: Results) -> None:
    ann, bo = strategy(results, "ann"), strategy(results, "bo")

    assert {one.asked for one in ann.options} == {"negative"}
    assert {one.asked for one in bo.options} == {"delusion"}
    assert ann.type == "negative"
    standings = [one.standing for one in ann.options]
    assert standings == sorted(standings, key=("ranked", "too_little", "no_numbers").index)


def test_a_risk_that_is_not_valid_is_no_number_and_keeps_its_reason_and_base_rate(results: Results) -> None:
    found = strategy(results, "bo").risk

    assert found is not None
    assert found.risk is found.low is None
    assert found.why_not == "3 of 5 predictors are unknown"
    assert found.share == 0.2


@pytest.mark.parametrize("person", ["cy", "di"])
def test_without_a_leading_symptom_no_option_is_matched_and_the_reason_is_told(
    results: Results, person: str
) -> None:
    found = strategy(results, person)

    assert found.options == found.ranked == ()
    assert found.why_no_option
    assert found.risk is None


@pytest.mark.parametrize("lang", LANGS)
def test_stages_that_did_not_run_leave_their_part_unknown(lang: Lang) -> None:
    alone: Results = {"treat": Skipped("treat", "not asked")}

    assert strategy(alone, "ann").type == "unknown"
    assert said(alone, "ann", lang) == ""


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_says_risk_base_rate_evidence_and_what_cannot_be_told(results: Results, lang: Lang) -> None:
    ann, cy = said(results, "ann", lang), said(results, "cy", lang)

    for shown in ("41.0%", "24.0%", "55.0%", "150", "36"):
        assert shown in ann
    assert "{" not in ann + cy
    assert text("report.person_strategy.reads", lang) in ann
    assert text("report.person_strategy.no_risk", lang) in cy
    assert text("report.person_strategy.cannot_tell", lang) in cy


@pytest.mark.parametrize("lang", LANGS)
def test_ranked_options_are_named_and_otherwise_no_strategy_is_called_best(
    results: Results, lang: Lang
) -> None:
    treat = results["treat"]
    assert isinstance(treat, StageResult)
    options = treat.tables["options"].copy()
    first = options.index[(options["person_id"] == "ann") & (options["option"] == "memantine")]
    cannot = text("report.person_strategy.cannot_tell", lang)
    assert (cannot in said(results, "ann", lang)) == ("ranked" not in set(options["standing"]))
    options.loc[first, "standing"] = "ranked"
    with_ranked = {**results, "treat": StageResult("treat", {**treat.tables, "options": options})}

    assert [one.option for one in strategy(with_ranked, "ann").ranked] == ["memantine"]
    assert cannot not in said(with_ranked, "ann", lang)
    assert option_name("memantine", lang) in said(with_ranked, "ann", lang).splitlines()[-2]


def test_symptoms_of_which_the_trials_say_the_same_stand_in_one_row(results: Results) -> None:
    rows = [line.split(" | ") for line in said(results, "ed", "en").splitlines() if " | " in line]
    memantine = [row for row in rows if row[0] == option_name("memantine", "en")]

    assert [row[1] for row in memantine] == ["hallucinations; delusions", "negative symptoms"]
