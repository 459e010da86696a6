"""A problem names its place and says what to do, and keeps people's values to itself."""

from __future__ import annotations

import pytest

from opentrs import errors, messages
from opentrs.errors import InputProblemsError, OpenTRSError, Problem

SENTENCES = {"problem.too_low": "The value {value} of {column} is below {low}."}


@pytest.fixture
def _own_catalogue(monkeypatch):
    monkeypatch.setattr(messages, "catalogue", lambda lang: SENTENCES)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"file": "ratings.csv", "line": 7, "column": "value"}, "ratings.csv:7:value"),
        ({"file": "ratings.csv", "line": 7}, "ratings.csv:7"),
        ({"file": "ratings.csv", "column": "value"}, "ratings.csv:value"),
        ({"file": "ratings.csv"}, "ratings.csv"),
        ({}, ""),
    ],
)
def test_the_place_is_as_exact_as_it_is_known(given, place):
    assert Problem("too_low", **given).place == place


@pytest.mark.usefixtures("_own_catalogue")
def test_a_persons_own_value_is_hidden_unless_asked_for():
    problem = Problem("too_low", params={"value": -3, "column": "dose", "low": 0})
    assert problem.sentence() == "The value … of dose is below 0."
    assert problem.sentence(with_values=True) == "The value -3 of dose is below 0."


@pytest.mark.usefixtures("_own_catalogue")
def test_a_person_is_never_named_in_what_an_exception_says():
    problem = Problem("too_low", params={"value": "cai-3", "column": "dose", "low": 0})
    assert "cai-3" not in str(InputProblemsError([problem, problem]))


def test_an_exception_keeps_every_problem_in_order():
    problems = [Problem("a"), Problem("b")]
    assert InputProblemsError(problems).problems == tuple(problems)


def test_every_kind_of_refusal_has_its_exit_code():
    kinds = {kind.__name__: kind.exit_code for kind in _all_kinds(OpenTRSError)}
    assert {name: kinds[name] for name in sorted(kinds)} | {
        "UsageError": 2,
        "InputProblemsError": 3,
        "StageFailedError": 4,
        "OutputChangedError": 5,
        "UnknownDrugError": 3,
    } == kinds
    assert 1 not in kinds.values(), "1 is what Python itself returns for a crash"


def test_the_tree_at_the_top_of_the_module_names_every_kind():
    for kind in _all_kinds(OpenTRSError):
        if kind.__module__ == errors.__name__:
            assert kind.__name__ in errors.__doc__


def _all_kinds(base: type[OpenTRSError]) -> list[type[OpenTRSError]]:
    return [kind for child in base.__subclasses__() for kind in (child, *_all_kinds(child))]
