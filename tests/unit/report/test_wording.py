"""Every sentence the report and the commands ask for is in the catalogue; so is every name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opentrs.messages import LANGS, has
from opentrs.reference.review_claims import review_claims
from opentrs.report.sections.claims import COHORT_SAYS
from opentrs.report.sections.treat_claims import EVIDENCE_SAYS
from opentrs.report.svg import clean, fitted, text_width, ticks

PACKAGE = Path(__file__).resolve().parents[3] / "src" / "opentrs"
ASKED = [
    (f"{prefix}{key}", path.name)
    for folder, prefix, call in (
        ("report", "report.", r'\b(?:words|w)\(\s*"([\w.]+)"'),
        ("cli", "", r'\btext\(\s*"([\w.]+)"'),
    )
    for path in sorted((PACKAGE / folder).rglob("*.*"))
    if path.suffix in (".py", ".html")
    for key in re.findall(call, path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_asked_for_is_in_the_catalogue(lang: str) -> None:
    assert len(ASKED) > 80
    assert [asked for asked in ASKED if not has(asked[0], lang)] == []  # type: ignore[arg-type]


def test_every_claim_of_the_review_is_told_in_three_voices() -> None:
    claims = review_claims()

    rows = ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B1_hallucination", "B2", "B3", "B4"]
    rows += ["D1", "D2", "D3", "D4", "D5", "D6"]
    rows += ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8"]
    assert [claim.row for claim in claims] == rows
    assert {*COHORT_SAYS, *EVIDENCE_SAYS} == {claim.row for claim in claims}
    for claim in claims:
        named = all(doi.startswith("10.") for doi in claim.source_dois)
        assert named or (claim.checked == "unverified" and has(f"report.claim_source.{claim.row}"))
        assert set(claim.review_says) == set(claim.source_says) == set(LANGS)


def test_text_of_a_figure_loses_what_xml_forbids_and_what_turns_the_writing_direction() -> None:
    assert clean("a\x00b\u202ec\ud800d") == "abcd"


def test_wide_text_is_shortened_to_fit() -> None:
    assert fitted("olanzapine", 500) == "olanzapine"
    shown = fitted("利培酮长效注射液每两周一次", 80)
    assert shown.endswith("…")
    assert text_width(shown) <= 80


@pytest.mark.parametrize("high", [0.4, 1, 7, 30, 96, 210, 12345])
def test_ticks_are_few_round_and_reach_the_top(high: float) -> None:
    found = ticks(high)

    assert found[0] == 0
    assert found[-1] >= high
    assert 4 <= len(found) <= 13
