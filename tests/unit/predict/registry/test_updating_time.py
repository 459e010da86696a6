"""Updating a model of a time: the document that comes out gives the risks the ladder gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from opentrs.errors import InputProblemsError, UsageError
from opentrs.predict.registry.apply import applied
from opentrs.predict.registry.choices import TableChoices
from opentrs.predict.registry.judged import Asked
from opentrs.predict.registry.reading import parse_model
from opentrs.predict.registry.table import People
from opentrs.predict.registry.terms import design
from opentrs.predict.registry.updated_document import as_text
from opentrs.predict.registry.updating import update
from opentrs.stats.survival.competing import incidence
from opentrs.stats.survival.follow_up import follow_up
from opentrs.stats.survival.update import survival_ladder
from tests.unit.predict.registry.models import EQUATION, SCORE, written
from tests.unit.predict.registry.simulated import people_of, predictors

YEAR = 365.25
RISK = 1 - 0.8 ** np.exp(0.5 + 1.0)
SURVIVAL: dict[str, Any] = {
    **{key: value for key, value in EQUATION.items() if key != "intercept"},
    "link": "survival", "baseline_survival": 0.8, "horizon": {"value": 1, "unit": "years"},
    "checks": [{"name": "one", "inputs": {"age": 40, "smoker": True, "place": "town"}, "risk": RISK}],
}  # fmt: skip
MODEL = parse_model(written(SURVIVAL), "mine.json")
ASKED = Asked(TableChoices(time="days", event="what"), table_sha256="t")


def followed(n: int = 1500, seed: int = 1, moved: float = 0.0, slope: float = 1.0) -> People:
    """People whose log hazard ratio is ``moved + slope`` times the model's."""
    frame = predictors(n, seed)
    line = applied(MODEL, frame).linear_predictor
    rng = np.random.default_rng(seed + 1)
    days = rng.exponential(YEAR / (-np.log(0.8) * np.exp(moved + slope * line)))
    censored = rng.uniform(200, 900, n)
    people = people_of(frame, np.zeros(n))
    cause = (days <= censored).astype(int)
    return replace(people, outcome=None, time=np.minimum(days, censored), cause=cause)


@pytest.mark.parametrize(
    ("moved", "slope", "step"),
    [(0.0, 1.0, "none"), (0.7, 1.0, "intercept"), (0.3, 0.3, "intercept_slope")],
)
def test_as_little_is_changed_as_the_people_ask_for(moved: float, slope: float, step: str) -> None:
    people = followed(3000, moved=moved, slope=slope)
    made = update(MODEL, people, ASKED)
    again = parse_model(as_text(made.document.tree), "updated.json")
    frame = predictors(60, 9)
    before, after = (np.log(-np.log1p(-applied(one, frame).risk)) for one in (MODEL, again))
    line = np.polyfit(before, after, 1)

    assert made.step == step
    assert (again.link, again.horizon_days) == ("survival", YEAR)
    assert again.tree["horizon"] == SURVIVAL["horizon"]
    assert line[0] == pytest.approx(slope, abs=0.15)
    assert after.mean() - before.mean() * line[0] == pytest.approx(line[1])
    if step == "none":
        assert applied(again, frame).risk == pytest.approx(applied(MODEL, frame).risk)


@pytest.mark.parametrize("step", ["intercept", "intercept_slope", "reestimate"])
def test_the_risks_of_the_document_are_those_of_the_ladder(step: str) -> None:
    people = followed()
    made = update(MODEL, people, ASKED, step=step)
    line = applied(MODEL, people.predictors).linear_predictor
    matrix = design(MODEL.terms, people.predictors)
    taken = survival_ladder(people.time, people.cause, line, YEAR, 0.8, matrix).step(step)  # type: ignore[arg-type]
    ours = applied(parse_model(as_text(made.document.tree), "updated.json"), people.predictors)

    assert ours.risk == pytest.approx(1 - 0.8 ** np.exp(taken.linear_predictor(line, matrix)), abs=1e-9)
    assert np.isnan(ours.low).all() == (step == "reestimate")
    if step != "reestimate":
        assert ((ours.low < ours.risk) & (ours.risk < ours.high)).all()


def test_the_interval_of_an_updated_baseline_covers_the_baseline_it_was_drawn_from() -> None:
    frame = predictors(1, 9)
    line = applied(MODEL, frame).linear_predictor
    truth = 1 - 0.8 ** np.exp(0.5 + line)
    held = 0
    for seed in range(15):
        found = applied(update(MODEL, followed(400, 50 + seed, 0.5), ASKED, step="intercept").document, frame)
        held += bool((found.low <= truth).all() and (truth <= found.high).all())
    assert held >= 13


def test_a_model_that_only_ranks_becomes_one_of_time_with_its_baseline() -> None:
    people = followed(slope=0.8)
    score = parse_model(written(SCORE), "mine.json")
    made = update(score, people, replace(ASKED, choices=replace(ASKED.choices, horizon_days=YEAR)))
    risk = applied(made.document, people.predictors).risk

    assert made.step == "intercept_slope"
    assert made.document.answers == "risk"
    assert made.document.tree["horizon"] == {"value": YEAR, "unit": "days"}
    assert risk.mean() == pytest.approx(incidence(follow_up(people.time, people.cause, YEAR))[0], abs=0.02)


def test_before_and_after_tell_the_baseline_survival() -> None:
    table = update(MODEL, followed(moved=0.7), ASKED).tables["coefficients"].set_index("term")

    assert table.loc["baseline_survival", "before"] == 0.8
    assert table.loc["baseline_survival", "after"] == pytest.approx(0.8 ** np.exp(0.7), abs=0.05)


def test_what_does_not_fit_together_is_refused_with_its_reason() -> None:
    people = followed(300)
    logit = parse_model(written(EQUATION), "mine.json")
    score = parse_model(written(SCORE), "mine.json")
    yes_no = replace(people, time=None, cause=None, outcome=np.ones(300))
    other = Asked(TableChoices(time="days", event="what", horizon_days=30))
    with pytest.raises(UsageError, match="--outcome"):
        update(logit, people, ASKED)
    with pytest.raises(UsageError, match="--horizon"):
        update(score, people, ASKED)
    with pytest.raises(UsageError, match="--time"):
        update(MODEL, yes_no, Asked(TableChoices(outcome="y")))
    with pytest.raises(UsageError, match="day 365"):
        update(MODEL, people, other)
    nobody = replace(people, cause=np.zeros(300, dtype=int))
    with pytest.raises(InputProblemsError):
        update(MODEL, nobody, ASKED)
