"""A definition is a TOML file; what it says wrongly is named."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from opentrs.ascertain import ascertain, definition_from_toml, load_definition, shipped_definition
from opentrs.ascertain.definition import SHIPPED, DefinitionError
from opentrs.ascertain.questions import KNOWN_QUESTIONS
from opentrs.ascertain.stage import definitions_for
from opentrs.cohort.build import from_frames
from opentrs.cohort.results import StudySettings


def trrip() -> dict[str, Any]:
    entry = files("opentrs.ascertain").joinpath("definitions", "trrip.toml")
    return tomllib.loads(entry.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_definition_reads_and_asks_known_questions(name: str) -> None:
    definition = shipped_definition(name)
    assert definition.id == name
    assert {row.asks for row in definition.criteria} <= KNOWN_QUESTIONS
    assert all(
        row.source and row.checked in {"yes", "second_hand", "unverified"} for row in definition.criteria
    )
    assert all(set(row.reads) == {"en", "zh"} for row in definition.criteria)
    assert len({row.id for row in definition.criteria}) == len(definition.criteria)


def test_trrip_has_the_rows_of_the_published_table_in_its_order() -> None:
    minimum = [row.id for row in shipped_definition("trrip").minimum]
    assert minimum == ["S1", "S2", "S3", "S4", "F1", "T1", "T2", "T3", "T4", "A1", "A2"]


def test_a_definition_like_another_holds_only_what_differs() -> None:
    data = {
        "id": "mine", "like": "trrip", "kind": "own", "source": "our protocol",
        "name": {"en": "Mine", "zh": "本院"},
        "courses": {"dose_cpz_mg_per_day": {"is": ">=", "value": 400}}, "criterion": trrip()["criterion"],
    }  # fmt: skip
    mine = definition_from_toml(data)
    assert mine.courses.dose_cpz_mg_per_day is not None
    assert mine.courses.dose_cpz_mg_per_day.value == 400
    assert mine.courses.duration_days == shipped_definition("trrip").courses.duration_days
    assert mine.kind == "own"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"courses": {**trrip()["courses"], "duration_dais": {"is": ">=", "value": 1}}},
            "Did you mean duration_days",
        ),
        ({"courses": {**trrip()["courses"], "duration_days": 42}}, "courses.duration_days is written"),
        (
            {"courses": {**trrip()["courses"], "duration_days": {"is": "=>", "value": 42}}},
            "courses.duration_days",
        ),
        ({"courses": {**trrip()["courses"], "different": "colour"}}, "courses.different is one of"),
        ({"kind": "guess"}, "kind is one of"),
        ({"window": None, "windows": "any_time"}, "Unknown key windows"),
        ({"criterion": [{"id": "X"}]}, "Criterion X has no asks"),
        ({"criterion": [{**trrip()["criterion"][0], "tier": "best"}]}, "tier is one of"),
        ({"criterion": [{**trrip()["criterion"][0], "colour": 1}]}, "Unknown key colour"),
    ],
)
def test_a_slip_in_a_definition_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        definition_from_toml({**trrip(), **change})


def test_a_missing_key_is_named() -> None:
    data = trrip()
    del data["persistence_days"]
    with pytest.raises(DefinitionError, match="Missing in the definition: persistence_days"):
        definition_from_toml(data)
    data = trrip()
    del data["courses"]["gap_days"]
    with pytest.raises(DefinitionError, match=r"courses\.gap_days"):
        definition_from_toml(data)


def test_a_base_that_is_not_shipped_is_refused() -> None:
    with pytest.raises(DefinitionError, match="the shipped definitions are trrip"):
        definition_from_toml({"like": "trip"})
    with pytest.raises(DefinitionError, match="There is no definition trip"):
        shipped_definition("trip")


def test_a_file_that_is_no_toml_is_named_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("id = ", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"^mine\.toml cannot be read as TOML") as refused:
        load_definition(path)
    assert refused.value.exit_code == 3


def test_a_question_nobody_knows_is_refused_before_anything_runs() -> None:
    data = {**trrip(), "criterion": [{**trrip()["criterion"][0], "asks": "fortune"}]}
    with pytest.raises(DefinitionError, match="asks 'fortune'"):
        ascertain(from_frames({"people": [{"person_id": "a"}]}), definition_from_toml(data))


def test_an_own_definition_may_not_take_the_name_of_another(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    shipped = files("opentrs.ascertain").joinpath("definitions", "trrip.toml")
    path.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(DefinitionError, match="Two definitions are called trrip"):
        definitions_for(StudySettings(definitions=(str(path),)))
