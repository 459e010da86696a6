"""Options of ``opentrs mechanism`` that cannot be followed are refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--harmonise", "magic"], "longitudinal"),
        (["--harmonise-from", "patients"], "controls"),
        (["--brain-norms", "nowhere.json"], "nowhere.json"),
        (["--surfaces", "nowhere"], "nowhere"),
        (["--part", "brains"], "vertices"),
    ],
)
def test_what_cannot_be_asked_for_is_wrong_usage(run: Run, cohort_dir: Path, tmp_path: Path, options, said):
    out = tmp_path / "out"
    ended = run("mechanism", cohort_dir, "-o", out, *options)
    assert ended.code == 2
    assert said in ended.err + ended.out
    assert not out.exists()


def test_norms_that_are_no_document_are_a_problem_of_the_input(run: Run, tmp_path: Path):
    cohort, norms, out = tmp_path / "cohort", tmp_path / "mine.json", tmp_path / "out"
    cohort.mkdir()
    (cohort / "people.csv").write_text("person_id\ncai\n", encoding="utf-8")
    norms.write_text("{}", encoding="utf-8")
    ended = run("mechanism", cohort, "-o", out, "--brain-norms", norms)
    assert ended.code == 3
    assert "mine.json" in ended.err + ended.out
    assert not out.exists()
