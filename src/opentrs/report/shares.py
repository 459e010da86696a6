"""Shares of people with exact intervals, set as table cells."""

from __future__ import annotations

from opentrs.report.wording import NONE, Words
from opentrs.stats.intervals import exact_proportion


def interval_of_share(count: int, n: int) -> tuple[float | None, float | None]:
    """Exact 95% interval of ``count`` out of ``n``; unknown where n is 0."""
    share = exact_proportion(count, n)
    return share.low, share.high


def share_row(words: Words, count: int, n: int) -> list[str]:
    """Count, share and interval as cells."""
    if not n:
        return [words.count(count), NONE, NONE]
    return [words.count(count), words.percent(count / n), words.interval(*interval_of_share(count, n))]
