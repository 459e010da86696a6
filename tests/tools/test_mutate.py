"""The tool that tests the tests: it breaks what it should, leaves the rest alone, and counts right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants import python_mutants, toml_mutants
from tools.mutate import (
    OWN_TESTS,
    Outcome,
    collect,
    killed_share,
    main,
    own_tests,
    read_results,
    sample,
    summary,
)


@pytest.fixture
def edits(tmp_path):
    """Source -> {(what stood there, what stands there now)} of all its mutants."""

    def edits(source: str, suffix: str = ".py") -> set[tuple[str, str]]:
        file = tmp_path / f"module{suffix}"
        file.write_text(source, encoding="utf-8")
        find = python_mutants if suffix == ".py" else toml_mutants
        mutants = find(file, file.name)
        assert all(source[mutant.start : mutant.end] == mutant.old for mutant in mutants)
        return {(mutant.old, mutant.new) for mutant in mutants}

    return edits


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b\n", {("<", "<="), ("<", ">=")}),
        ("x = a >= b\n", {(">=", ">"), (">=", "<")}),
        ("x = a == b != c\n", {("==", "!="), ("!=", "==")}),
        ("x = a not in b\n", {("not in", "in")}),
        ("x = a is not None\n", {("is not", "is")}),
        ("x = a and b\n", {("and", "or")}),
        ("x = (a > b) & (c)\n", {(">", ">="), (">", "<="), ("&", "|")}),
        ("x = ~a\n", {("~", "")}),
        ("x = not a\n", {("not ", "")}),
        ("x = 42\n", {("42", "43"), ("42", "41")}),
        ("x = -1\n", {("-1", "0"), ("-1", "-2")}),
        ("x = True\n", {("True", "False")}),
        ("x = a * b - c\n", {("*", "/"), ("-", "+")}),
        ("x = a.isnull()\n", {("isnull", "notnull")}),
        ("x = a.left_join(b)\n", {("left_join", "inner_join")}),
        ("x = a.filter(b)\n", {(".filter(b)", "")}),
        ("x = max(a)\n", {("max", "min")}),
        ("x = [a for a in b if c]\n", {("c", "True")}),
        ("def f():\n    return a\n", {("a", "None")}),
        ("def f():\n    g(a)\n", {("g(a)", "pass")}),
        ("def f():\n    raise ValueError(a + 1)\n", {("raise ValueError(a + 1)", "pass")}),
        ("if a:\n    b = c\n", {("a", "not (a)")}),
        ("x = 严 < b  # 中文\n", {("<", "<="), ("<", ">=")}),
        ("x = (\n    a  # a < b\n    < b\n)\n", {("<", "<="), ("<", ">=")}),
    ],
)
def test_a_line_is_broken_in_each_way_that_could_be_a_slip(edits, source, expected):
    assert edits(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring with 42 and a < b."""\n',
        'def f():\n    """Return 42."""\n',
        "def f(a: int | None, b: dict[str, 3]) -> list[int] | None: ...\n",
        "x: dict[str, int] | None\n",
        "Kind = int | None\n",
        "from a import b\n",
        "if TYPE_CHECKING:\n    x = 1\n",
        "__all__ = [a < b]\n",
        "@dataclass(frozen=True)\nclass A:\n    b: int\n",
        "assert a < b\n",
        'x = f"{a < b}"\n',
        "x = zip(a, b, strict=True)\n",
        "x = text(key, number=1)\n",
        'x = "dose_mg_per_day"\n',
    ],
)
def test_what_is_no_code_or_cannot_matter_is_left_alone(edits, source):
    assert edits(source) == set()


DEFINITION = """
# at least 600
id = "toy"
minimum = 600

[[criterion]]
id = "T3"
operator = ">="
value = 20.5
open = false

[[criterion]]
id = "T2"
share = 0.8
"""


def test_a_definition_has_each_number_nudged_each_operator_flipped_and_each_row_deleted(edits):
    found = edits(DEFINITION, ".toml")
    rows = {new for old, new in found if old.startswith("[[criterion]]")}
    assert rows == {""}
    assert {edit for edit in found if not edit[0].startswith("[[")} == {
        ("600", "601"), ("600", "599"), ('">="', '">"'), ('">="', '"<"'), ("20.5", "21.5"), ("20.5", "19.5"),
        ("false", "true"), ("0.8", "0.85"), ("0.8", "0.75"),
    }  # fmt: skip
    assert sum(old.startswith("[[criterion]]") for old, _ in found) == 2


def test_a_mutant_keeps_its_key_until_its_file_changes(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("x = 1\n", encoding="utf-8")
    before = [mutant.key for mutant in python_mutants(file, "a.py")]
    assert before == [mutant.key for mutant in python_mutants(file, "a.py")]
    file.write_text("x = 1\ny = 2\n", encoding="utf-8")
    assert not set(before) & {mutant.key for mutant in python_mutants(file, "a.py")}


def test_the_same_seed_draws_the_same_sample_and_another_seed_another():
    numbers = list(range(100))
    assert sample(numbers, 10, 1) == sample(numbers, 10, 1) != sample(numbers, 10, 2)
    assert sample(numbers, 0, 1) == sample(numbers, 200, 1) == numbers


DOSE = "def is_adequate(dose, weeks):\n    return dose >= 600 and weeks >= 6\n"
TESTS = """from toy.dose import is_adequate

def test_dose():
    assert is_adequate(600, 9) and not is_adequate(599, 9)

def test_weeks():
    assert not is_adequate(600, 3)
"""


def _checkout(folder: Path, dose: str = DOSE, tests: str = TESTS) -> Path:
    """A checkout with one function and a test that misses one of its two boundaries."""
    files = {"src/toy/__init__.py": "", "src/toy/dose.py": dose, "tests/test_dose.py": tests}
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source, encoding="utf-8")
    return folder


def _mutate(toy: Path, *more: str) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).resolve().parents[2]
    arguments = ["src/toy", "--root", str(toy), "--tests", "tests", "--results", str(toy / "results.jsonl")]
    arguments += ["--preload", "pytest"]
    return subprocess.run(
        [sys.executable, "-m", "tools.mutate", *arguments, *more],
        cwd=here,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A toy checkout on which the tool has run, and what it printed."""
    toy = _checkout(tmp_path_factory.mktemp("checkout"))
    return toy, _mutate(toy)


def test_breaks_on_a_tested_boundary_die_and_those_on_an_untested_one_live(finished):
    toy, run = finished
    outcomes = read_results(toy / "results.jsonl").values()
    lived = {(o.old, o.new) for o in outcomes if o.outcome == "survived"}
    assert lived == {(">=", ">"), ("6", "7"), ("6", "5")}
    assert len(outcomes) == len(collect(toy, ["src/toy"])) == 10
    assert run.returncode == 1, "7 of 10 are fewer than the 90% asked for"
    assert "src/toy/dose.py:2  constant: 6 -> 7" in run.stdout


def test_the_checkout_is_as_it_was(finished):
    assert (finished[0] / "src" / "toy" / "dose.py").read_text(encoding="utf-8") == DOSE


def test_a_second_call_goes_on_where_the_first_stopped(finished):
    results = finished[0] / "results.jsonl"
    before = results.read_bytes()
    again = _mutate(finished[0], "--at-least", "0.5")
    assert (again.returncode, results.read_bytes()) == (0, before)
    assert "of 10 mutants were noticed" in again.stdout


def test_only_the_outcomes_named_are_tried_again(finished):
    results = finished[0] / "results.jsonl"
    assert len(read_results(results)) == 10
    assert {o.outcome for o in read_results(results, ["survived"]).values()} == {"killed"}


def test_tests_that_fail_without_any_break_are_refused(tmp_path):
    toy = _checkout(tmp_path, tests="def test_no():\n    assert False\n")
    assert _mutate(toy).returncode == 2


def test_a_break_that_never_ends_counts_as_noticed(tmp_path):
    toy = _checkout(
        tmp_path,
        "def lowered(dose):\n    while dose:\n        dose -= 1\n",
        "from toy.dose import lowered\n\ndef test_it():\n    lowered(2)\n",
    )
    _mutate(toy, "--timeout", "3")
    outcomes = {(o.old, o.new): o.outcome for o in read_results(toy / "results.jsonl").values()}
    assert outcomes["dose -= 1", "pass"] == "timeout"
    assert killed_share([o for o in read_results(toy / "results.jsonl").values() if o.new == "pass"]) == 1


def test_a_report_counts_by_file_and_names_what_lived():
    outcomes = [
        Outcome("1", "killed", 1, "a.py", 3, "constant", "1", "2", "tests/test_a.py"),
        Outcome("2", "timeout", 1, "a.py", 4, "constant", "1", "2"),
        Outcome("3", "survived", 1, "b.py", 5, "comparison", "<", "<="),
    ]
    lines = summary(outcomes).splitlines()
    assert lines[1].split() == ["a.py", "2", "1", "1", "0"]
    assert lines[3].split() == ["all", "3", "1", "1", "1"]
    assert "    1 noticed by tests/test_a.py" in lines
    assert lines[-1] == "b.py:5  comparison: < -> <="
    assert killed_share(outcomes) == pytest.approx(2 / 3)


def _with_own_tests(folder: Path, tests: str) -> Path:
    toy = _checkout(folder)
    own = toy / "tests" / "unit" / "test_dose.py"
    own.parent.mkdir()
    own.write_text(tests, encoding="utf-8")
    return toy


def test_the_tests_named_after_a_module_are_asked_first(tmp_path):
    toy = _with_own_tests(
        tmp_path, TESTS + "\ndef test_six():\n    assert is_adequate(600, 6) and not is_adequate(600, 5)\n"
    )
    assert own_tests(toy, "src/toy/dose.py") == "tests/unit/test_dose.py"
    assert own_tests(toy, "src/toy/other.py") == ""
    arguments = [
        "--root",
        str(toy),
        "--tests",
        OWN_TESTS,
        "--results",
        str(toy / "own.jsonl"),
        "--workers",
        "1",
    ]
    assert main(["src/toy/dose.py", *arguments]) == 0
    assert {o.by for o in read_results(toy / "own.jsonl").values()} == {"tests/unit/test_dose.py"}


def test_listing_runs_nothing(tmp_path, capsys):
    toy = _checkout(tmp_path)
    assert main(["src/toy", "--root", str(toy), "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 10
