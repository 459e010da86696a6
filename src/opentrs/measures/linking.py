"""Published links between scales: regression equations, and anchors of equipercentile tables.

A converted score is a type of its own. It is not a rating: it carries its error, is clamped to its scale, and
refuses to be compared with a rated score unless it was recalibrated on people who have both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import numpy as np
from scipy import stats

from opentrs.errors import OpenTRSError, UsageError
from opentrs.messages import text
from opentrs.reference.load import facts

# A mean is formed where at least two thirds of its items were rated (van Erp 2014, as its converter does it).
LEAST_RATED = (2, 3)
EVERY = {"all items": "item", "all globals": "global"}
LEVEL = 0.95
# Fewer pairs give no usable line and no usable error; ours, not published.
MIN_PAIRS = 20


class NotComparableError(OpenTRSError, TypeError):
    """A converted score was compared with a rated one, or with one that came by another link."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean of items of one scale.

    Parameters
    ----------
    scale : as in ``scales/scales.csv``
    score : name of the mean, such as ``hallucinations``
    items : the items it is the mean of
    low, high : range of the mean, points
    """

    scale: str
    score: str
    items: tuple[str, ...]
    low: float
    high: float

    @property
    def least_rated(self) -> int:
        """How many of the items must be rated for a mean."""
        part, whole = LEAST_RATED
        return -(-part * len(self.items) // whole)

    def clamped(self, value: float) -> float:
        """The nearest value within the range."""
        return min(max(value, self.low), self.high)

    def check(self, value: float) -> None:
        """Refuse what cannot be a mean of these items, NaN included.

        Raises
        ------
        UsageError : the value lies outside the range
        """
        if not self.low <= value <= self.high:
            raise UsageError(
                text("linking.out_of_range", name=self.score, scale=self.scale, low=f"{self.low:g}",
                     high=f"{self.high:g}")
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinkError:
    """How far converted scores were from rated ones where somebody could look.

    Parameters
    ----------
    root_mean_square, bias : of converted minus rated, points; the first includes the second
    n : people
    against : what was rated, where it was not the scale itself
    source : where they were rated
    """

    root_mean_square: float
    bias: float
    n: int
    against: str
    source: str

    @property
    def reach(self) -> float:
        """Half the width of a 95% interval, were errors normal."""
        return float(stats.t.ppf((1 + LEVEL) / 2, self.n)) * self.root_mean_square


@dataclass(frozen=True, slots=True)
class Equation:
    """One published regression: ``to = intercept + slope * from``, clamped to the range of ``to``.

    Parameters
    ----------
    error : None where nobody has published or measured it: unknown, not small
    paper : DOI of the paper the link belongs to
    name_in_converter : the pair's name in the authors' converter, which swaps two of them
    """

    equation: str
    to: Measure
    origin: Measure
    intercept: float
    slope: float
    error: LinkError | None
    paper: str
    name_in_converter: str
    source: str
    checked: str

    def convert(self, score: float) -> ConvertedScore:
        """Convert one mean of items.

        Raises
        ------
        UsageError : the score lies outside the range of its scale: a sum, or another scale
        """
        self.origin.check(score)
        raw = self.intercept + self.slope * score
        value = self.to.clamped(raw)
        error = None if self.error is None else self.error.root_mean_square
        return ConvertedScore(
            value, error, *interval(value, self.error, self.to), value != raw, self.equation, self.to.scale,
            self.to.score,
        )  # fmt: skip

    def convert_items(self, items: Mapping[str, float | None]) -> ConvertedScore | None:
        """Convert the mean of the rated items; None where fewer than two thirds of them are rated.

        Parameters
        ----------
        items : item -> rating; absent and None are not rated, other items are not looked at

        Raises
        ------
        UsageError : a rating lies outside the range of its item
        """
        rated = [value for value in map(items.get, self.origin.items) if value is not None]
        if len(rated) < self.origin.least_rated:
            return None
        for value in rated:
            self.origin.check(value)
        return self.convert(sum(rated) / len(rated))


@dataclass(frozen=True, slots=True, eq=False)
class ConvertedScore:
    """A score that nobody rated: what another scale's score corresponds to.

    It equals, and can be ordered with, converted scores of the same link only.

    Parameters
    ----------
    converted : points of ``scale``
    error : root mean square error, points; None where unknown
    low, high : interval that holds 95% of rated scores if errors are normal; None where the error is unknown
    is_clamped : the link led out of the range, and the nearest end was taken
    link : equation or anchors it came by
    """

    converted: float
    error: float | None
    low: float | None
    high: float | None
    is_clamped: bool
    link: str
    scale: str
    score: str

    def _other(self, other: object) -> float:
        if isinstance(other, ConvertedScore) and other.link == self.link:
            return other.converted
        raise NotComparableError(text("linking.not_comparable", link=self.link))

    def __eq__(self, other: object) -> bool:
        return self.converted == self._other(other)

    def __lt__(self, other: object) -> bool:
        return self.converted < self._other(other)

    def __le__(self, other: object) -> bool:
        return self.converted <= self._other(other)

    def __gt__(self, other: object) -> bool:
        return self.converted > self._other(other)

    def __ge__(self, other: object) -> bool:
        return self.converted >= self._other(other)

    def __hash__(self) -> int:
        return hash((self.link, self.converted))

    def __float__(self) -> NoReturn:
        raise NotComparableError(text("linking.not_a_rating", link=self.link))


def interval(value: float, error: LinkError | None, within: Measure) -> tuple[float | None, float | None]:
    """95% interval of a rated score around a converted one, clamped to the scale."""
    if error is None:
        return None, None
    return within.clamped(value - error.reach), within.clamped(value + error.reach)


@cache
def equations() -> Mapping[str, Equation]:
    """Every published equation by its id; the converter of the authors has the same twenty."""
    errors = {row["equation"]: row for row in facts("linking_errors")}
    return {row["equation"]: _equation(row, errors.get(row["equation"])) for row in facts("linking")}


def equation(name: str) -> Equation:
    """Return one equation.

    Raises
    ------
    UsageError : there is none of that id
    """
    if name not in equations():
        raise UsageError(text("linking.no_such_equation", name=name, known=", ".join(equations())))
    return equations()[name]


def convert(name: str, score: float | Mapping[str, float | None]) -> ConvertedScore | None:
    """Convert a mean of items, or the items themselves, by one published equation.

    Parameters
    ----------
    name : id of the equation, such as ``panss_hallucinations_from_saps_hallucinations``
    score : mean of the items, points; or item -> rating

    Returns
    -------
    the converted score with its error; None where fewer than two thirds of the items are rated

    Raises
    ------
    UsageError : no such equation, or a score out of range
    """
    chosen = equation(name)
    return chosen.convert_items(score) if isinstance(score, Mapping) else chosen.convert(score)


def _equation(row: Mapping[str, Any], error: Mapping[str, Any] | None) -> Equation:
    known = error and LinkError(
        error["root_mean_square"], error["bias"], error["n"], error["panss_stood_for_by"], error["source"]
    )
    return Equation(
        row["equation"], _measure(row, "to"), _measure(row, "from"), row["intercept"], row["slope"],
        known or None, row["paper"], row["name_in_converter"], row["source"], row["checked"],
    )  # fmt: skip


def _measure(row: Mapping[str, Any], side: str) -> Measure:
    scale, listed = row[f"{side}_scale"], row[f"{side}_items"]
    if listed in EVERY:
        items = tuple(
            item["item"]
            for item in facts("scale_items")
            if item["scale"] == scale and item["kind"] == EVERY[listed]
        )
    else:
        items = tuple(listed.split(";"))
    return Measure(scale, row[f"{side}_score"], items, row[f"{side}_low"], row[f"{side}_high"])


@dataclass(frozen=True, slots=True)
class Anchors:
    """Points of a published equipercentile link, ordered by the first scale's value.

    Parameters
    ----------
    link : id; with the week where the link differs by week
    n : people the link was made from
    """

    link: str
    from_scale: str
    from_score: str
    to_scale: str
    to_score: str
    week: int | None
    points: tuple[tuple[float, float], ...]
    n: int
    source: str
    checked: str

    def turned(self) -> Anchors:
        """The same link read from the second scale to the first: equipercentile links are symmetric."""
        points = tuple(sorted((y, x) for x, y in self.points))
        return Anchors(
            self.link, self.to_scale, self.to_score, self.from_scale, self.from_score, self.week, points,
            self.n, self.source, self.checked,
        )  # fmt: skip

    def convert(self, value: float) -> ConvertedScore | None:
        """The linked value, on straight lines between anchors; None beyond the first and the last of them."""
        xs, ys = zip(*self.points, strict=True)
        if not xs[0] <= value <= xs[-1]:
            return None
        linked = float(np.interp(value, xs, ys))
        return ConvertedScore(linked, None, None, None, False, self.link, self.to_scale, self.to_score)


@cache
def anchors() -> tuple[Anchors, ...]:
    """Every published link by anchors, in the direction it was published."""
    grouped: dict[tuple[str, int | None], list[Mapping[str, Any]]] = {}
    for row in facts("linking_anchors"):
        grouped.setdefault((row["link"], row["week"]), []).append(row)
    return tuple(_anchors(link, week, rows) for (link, week), rows in grouped.items())


def _anchors(link: str, week: int | None, rows: Sequence[Mapping[str, Any]]) -> Anchors:
    first = rows[0]
    points = tuple(sorted((row["from_value"], row["to_value"]) for row in rows))
    name = link if week is None else f"{link}_week_{week}"
    return Anchors(
        name, first["from_scale"], first["from_score"], first["to_scale"], first["to_score"], week, points,
        first["n"], first["source"], first["checked"],
    )  # fmt: skip


def convert_by_anchors(
    origin: tuple[str, str], goal: tuple[str, str], value: float, week: int | None = None
) -> ConvertedScore | None:
    """Convert a total, a change or a Clinical Global Impression by published anchors, in either direction.

    Parameters
    ----------
    origin, goal : scale and score, such as ``("BPRS-18", "total")`` and ``("PANSS", "total")``
    value : points, percent or level
    week : week of treatment, where the link differs by week (``CGI-I``)

    Returns
    -------
    the linked value, its error unknown; None outside the anchors, and for a week without any

    Raises
    ------
    UsageError : no published link joins the two
    """
    joined = [
        each
        for link in anchors()
        for each in (link, link.turned())
        if (each.from_scale, each.from_score) == origin and (each.to_scale, each.to_score) == goal
    ]
    if not joined:
        raise UsageError(text("linking.no_such_anchors", origin=" ".join(origin), goal=" ".join(goal)))
    at_week = [each for each in joined if each.week == week]
    return at_week[0].convert(value) if at_week else None


@dataclass(frozen=True, slots=True)
class RecalibratedScore:
    """A converted score moved onto the metric of rated ones; it may stand beside them.

    Parameters
    ----------
    value : points, as a rater would have given on average
    error : root mean square error in people left out, points
    low, high : interval that holds 95% of rated scores
    n : pairs it was recalibrated on
    """

    value: float
    error: float
    low: float
    high: float
    n: int
    link: str

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The line that gives converted scores the mean and spread of rated ones; see :func:`recalibrate`."""

    intercept: float
    slope: float
    error: float
    n: int
    link: str
    within: tuple[float, float]

    def apply(self, score: ConvertedScore) -> RecalibratedScore:
        """Move one converted score of the same link.

        Raises
        ------
        NotComparableError : the score came by another link
        """
        if score.link != self.link:
            raise NotComparableError(text("linking.other_link", link=score.link, own=self.link))
        low, high = self.within
        reach = float(stats.t.ppf((1 + LEVEL) / 2, self.n - 2)) * self.error
        value = self.intercept + self.slope * score.converted
        placed = [min(max(each, low), high) for each in (value, value - reach, value + reach)]
        return RecalibratedScore(placed[0], self.error, placed[1], placed[2], self.n, self.link)


def recalibrate(converted: Sequence[ConvertedScore], rated: Sequence[float]) -> Recalibration:
    """Learn from people with both how converted scores must be moved to stand beside rated ones.

    The line gives converted scores the mean and the standard deviation of the rated ones (linear linking).
    A regression would give them too small a spread, and people at either end would look nearer to the middle
    than they are. Its error is that of people left out one at a time.

    Parameters
    ----------
    converted, rated : of the same visits, at least ``MIN_PAIRS``; the rated ones in the range of the scale

    Raises
    ------
    UsageError : too few pairs, unequal lengths, scores that do not vary, or a rating out of range
    NotComparableError : the converted scores came by different links
    """
    if len(converted) != len(rated):
        raise UsageError(text("linking.unequal", first=len(converted), second=len(rated)))
    if len(rated) < MIN_PAIRS:
        raise UsageError(text("linking.too_few_pairs", n=len(rated), least=MIN_PAIRS))
    links = {score.link for score in converted}
    if len(links) > 1:
        raise NotComparableError(text("linking.several_links", links=", ".join(sorted(links))))
    x = np.array([score.converted for score in converted])
    y = np.asarray(rated, dtype=float)
    within = _range_of(converted[0])
    if y.min() < within[0] or y.max() > within[1] or not np.isfinite(y).all():
        raise UsageError(
            text("linking.out_of_range", name=converted[0].score, scale=converted[0].scale,
                 low=f"{within[0]:g}", high=f"{within[1]:g}")
        )  # fmt: skip
    everyone = np.ones(len(x), dtype=bool)
    # Whoever is left out, the others must still vary.
    lines = [_line(x, y, everyone & (np.arange(len(x)) != out)) for out in range(len(x))]
    if np.corrcoef(x, y)[0, 1] <= 0:
        raise UsageError(text("linking.no_agreement"))
    missed = [y[out] - (a + b * x[out]) for out, (a, b) in enumerate(lines)]
    intercept, slope = _line(x, y, everyone)
    error = float(np.sqrt(np.mean(np.square(missed))))
    return Recalibration(intercept, slope, error, len(x), converted[0].link, within)


def _line(x: np.ndarray, y: np.ndarray, kept: np.ndarray) -> tuple[float, float]:
    spread_x, spread_y = float(x[kept].std()), float(y[kept].std())
    if min(spread_x, spread_y) == 0:
        raise UsageError(text("linking.no_spread"))
    slope = spread_y / spread_x
    return float(y[kept].mean() - slope * x[kept].mean()), slope


def _range_of(score: ConvertedScore) -> tuple[float, float]:
    if score.link in equations():
        to = equations()[score.link].to
        return to.low, to.high
    ranges = {(row["scale"], row["item"]): (row["low"], row["high"]) for row in facts("scale_items")}
    return ranges.get((score.scale, score.score), (-np.inf, np.inf))
