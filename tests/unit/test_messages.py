"""Both languages say the same things; every sentence that is used exists, and the other way round."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import opentrs
from opentrs import messages
from opentrs.messages import LANGS, catalogue, has, text

PACKAGE = Path(opentrs.__file__).parent
KEYS = sorted(catalogue("en"))


def _placeholders(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_keys():
    assert set(catalogue("zh")) == set(catalogue("en"))


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_fill_the_same_placeholders(key):
    assert _placeholders(catalogue("zh")[key]) == _placeholders(catalogue("en")[key])


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_says_something_and_names_its_placeholders(key, lang):
    sentence = catalogue(lang)[key]
    # What stands between the items of a list may end in a space; a sentence may not.
    assert sentence != ""
    assert sentence.strip() == sentence or key.endswith(
        (".list_separator", ".comma", ".versus", ".levels_down")
    )
    assert all(str(name).isidentifier() for name in _placeholders(sentence))


@pytest.mark.parametrize("key", KEYS)
def test_no_placeholder_is_called_like_a_parameter_of_text(key):
    """``text(key, lang, **params)`` could not be given a value for it."""
    assert not _placeholders(catalogue("en")[key]) & {"key", "lang"}


def test_the_chinese_of_the_catalogue_is_chinese():
    """Names, units and codes may stay; a sentence of several English words may not."""
    left = [
        key
        for key in KEYS
        if catalogue("zh")[key] == catalogue("en")[key] and catalogue("en")[key].count(" ") > 2
    ]
    assert left == []


@cache
def _trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py")))


def _calls(name: str) -> Iterator[str]:
    """First arguments, where they are literal, of the calls of a function or class."""
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        arguments = [*node.args[:1], *(word.value for word in node.keywords if word.arg in {"code", "key"})]
        if called == name:
            yield from (
                arg.value for arg in arguments if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )


def test_every_problem_that_is_raised_has_its_sentence():
    assert [code for code in _calls("Problem") if f"problem.{code}" not in catalogue("en")] == []


def test_every_sentence_that_is_asked_for_exists():
    assert [key for key in _calls("text") if "." in key and key not in catalogue("en")] == []


@cache
def _used() -> tuple[set[str], tuple[str, ...]]:
    """Every text literal of the package and its pages, and the fixed beginnings of the built ones."""
    whole: set[str] = set()
    beginnings: set[str] = set()
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    return whole, tuple(
        sorted(start for start in beginnings if start.endswith((".", "_")) and len(start) > 1)
    )


def _is_used(key: str, pages: str) -> bool:
    whole, beginnings = _used()
    names = {key, key.removeprefix("problem.")}
    dynamic = [start for start in beginnings if start != "problem."]
    return (
        bool(names & whole)
        or any(n.startswith(tuple(dynamic)) for n in names)
        or any(n in pages for n in names)
    )


def test_every_sentence_of_the_catalogue_is_used():
    pages = "\n".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*")
        if path.suffix in {".html", ".toml", ".csv", ".jinja"} and "messages" not in path.parts
    )
    assert [key for key in KEYS if not _is_used(key, pages)] == []


def test_a_key_defined_in_two_files_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "en"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.toml").write_text('[a]\nb = "text"\n', encoding="utf-8")
    monkeypatch.setattr(messages, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match=r"a\.b is defined twice"):
        catalogue.__wrapped__("en")


def test_a_sentence_that_does_not_exist_is_an_error_and_not_an_empty_text():
    assert not has("no.such.sentence")
    with pytest.raises(KeyError):
        text("no.such.sentence")
