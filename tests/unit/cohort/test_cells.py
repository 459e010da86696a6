"""Text on its way to a spreadsheet and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentrs.cohort.cells import neutralise, restore


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd|calc", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_a_text_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize("text", ["-5", "+0.5", "-1e-3", "olanzapine", "", "'quoted'", "a=b", "<script>"])
def test_numbers_and_harmless_texts_stay_as_they_are(text: str) -> None:
    assert neutralise(text) == text


@given(st.text(alphabet="'=+-@\t\r\n1a"))
def test_what_goes_out_comes_back_exactly(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(st.text())
def test_any_text_comes_back_exactly(text: str) -> None:
    assert restore(neutralise(text)) == text
