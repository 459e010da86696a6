"""The rule as data: what is shipped, what a user may change, what is refused."""

from __future__ import annotations

import pytest

from opentrs.errors import InputProblemsError
from opentrs.messages import LANGS
from opentrs.reference.load import source_ids
from opentrs.subtype.definition import load_types, shipped_types
from tests.support.typed import labelled, panss, rated, types_of

RULES = shipped_types()


def test_every_shipped_number_names_a_source_and_whether_it_was_read_there():
    numbers = [
        RULES.rated_thirds, RULES.floor_pomp, RULES.pomp_points, RULES.norm_people, RULES.persistence_days,
        RULES.persistence_visits, RULES.margin, *RULES.moderate.values(), *RULES.alternatives,
    ]  # fmt: skip
    for one in numbers:
        assert one.source in source_ids() or one.source.startswith("10.")
        assert one.checked in ("yes", "second_hand", "unverified")


def test_the_shipped_rule_is_that_of_the_decision():
    assert RULES.instruments == ("PANSS", "SAPS+SANS", "BPRS-24", "BPRS-18")
    assert RULES.compete == ("delusion", "hallucination", "negative")
    assert {scale: str(cut.needs) for scale, cut in RULES.moderate.items()} == {
        "PANSS": ">= 4", "BPRS": ">= 4", "SAPS": ">= 3", "SANS": ">= 3",
    }  # fmt: skip
    numbers = (RULES.margin, RULES.persistence_days, RULES.norm_people, RULES.rated_thirds, RULES.pomp_points)
    assert [str(one.needs) for one in numbers] == [">= 1", ">= 84", ">= 30", ">= 2", ">= 10"]
    assert (RULES.default.floor, RULES.default.metric) == ("one_item", "norm")


def write(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_users_file_holds_only_what_differs(tmp_path):
    rules = load_types(
        write(
            tmp_path,
            'id = "mine"\n[floor.moderate]\nPANSS = { is = ">=", value = 5 }\n'
            '[lead]\nmargin = { is = ">", value = 2, source = "10.1000/mine", checked = "yes" }\n',
        )
    )
    assert rules.id == "mine"
    assert (str(rules.moderate["PANSS"].needs), rules.moderate["PANSS"].source) == (">= 5", "own")
    assert str(rules.moderate["SAPS"].needs) == ">= 3"
    assert (str(rules.margin.needs), rules.margin.source) == ("> 2", "10.1000/mine")
    assert str(rules.default.margin) == "> 2"
    assert len(rules.alternatives) == len(RULES.alternatives)
    assert types_of(labelled(rated("a", panss(4)), rated("b", panss(5)), rules=rules)) == ["none", "delusion"]


def test_a_users_alternatives_replace_the_shipped_ones(tmp_path):
    content = '[[alternative]]\nchoice = "margin"\nvalue = "2"\nneeds = { is = ">=", value = 2 }\n'
    (only,) = load_types(write(tmp_path, content)).alternatives
    assert (only.choice, only.value, str(only.margin), only.source) == ("margin", "2", ">= 2", "own")
    assert only.floor == "one_item"


def test_another_domain_may_compete(tmp_path):
    content = 'compete = ["delusion", "hallucination", "negative", "disorganisation"]\nshown = []\n'
    rules = load_types(write(tmp_path, content))
    assert types_of(labelled(rated("a", panss(1, P2=6, N5=6, G11=6)), rules=rules)) == ["disorganisation"]


BAD = """
flor = 1
compete = ["delusion", "voices"]
instruments = "PANSS"
[floor]
method = "half"
pomp = 3
[floor.moderate]
PANSS = { is = "=>", value = 4 }
SAPS = { is = ">=", value = "3" }
BPRS = { is = ">=", value = 4, sauce = "x", checked = "maybe" }
[lead]
metric = "t"
[[alternative]]
choice = "weather"
value = "mild"
[[alternative]]
choice = "item_set"
value = "nobody"
colour = "red"
"""


def test_every_problem_of_a_file_of_types_is_told_at_once_in_both_languages(tmp_path):
    with pytest.raises(InputProblemsError) as caught:
        load_types(write(tmp_path, BAD))
    first = {(one.code, one.column) for one in caught.value.problems}
    assert first == {
        ("types_key_unknown", "flor"),
        ("types_wrong_kind", "instruments"),
        ("types_wrong_kind", "floor.pomp"),
        ("types_no_such_value", "compete"),
        ("types_no_such_value", "floor.method"),
        ("types_not_a_threshold", "floor.moderate.PANSS"),
        ("types_not_a_threshold", "floor.moderate.SAPS"),
        ("types_key_unknown", "floor.moderate.BPRS.sauce"),
        ("types_no_such_value", "floor.moderate.BPRS.checked"),
        ("types_no_such_value", "lead.metric"),
        ("types_no_such_value", "alternative.weather.mild.choice"),
        ("types_no_such_value", "alternative.item_set.nobody.item_set"),
        ("types_key_unknown", "alternative.item_set.nobody.colour"),
    }
    assert all(one.sentence(lang) for lang in LANGS for one in caught.value.problems)


@pytest.mark.parametrize("content", [b"= no toml", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputProblemsError) as caught:
        load_types(path)
    assert [one.code for one in caught.value.problems] == ["types_not_toml"]


def test_a_threshold_that_is_true_is_no_number(tmp_path):
    with pytest.raises(InputProblemsError):
        load_types(write(tmp_path, '[lead]\nmargin = { is = ">=", value = true }\n'))
