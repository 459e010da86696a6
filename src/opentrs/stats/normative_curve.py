"""Where a measure of a person lies among healthy people of the same age, sex and scanner.

The mean is a penalised cubic spline of age for each sex, the spread follows age and sex, and each site has a
shift and a stretch of its own. A new site needs a number of healthy people measured there; without, its
possible shift is part of the interval. Centiles are predictive: they know that curve, site and spread were
estimated. Site models of this kind: Kia 2022, doi:10.1371/journal.pone.0278776.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.linalg import block_diag

from opentrs.stats.harmonise.combat import learn_moments
from opentrs.stats.harmonise.covariates import Coding, learn_codings
from opentrs.stats.harmonise.fitted import as_values, site_labels
from opentrs.stats.harmonise.moments import require_told_apart, within_sites
from opentrs.stats.harmonise.shrinkage import shrunken
from opentrs.stats.nested.plain import Plain, from_dict
from opentrs.stats.permutation.design import listed
from opentrs.stats.permutation.features import same_people
from opentrs.stats.refusal import CannotFitError

Array = npt.NDArray[np.float64]
Unseen = Literal["refuse", "average"]

FEWEST_AT_SITE = 2
FEWEST_HEALTHY = 50


@dataclass(frozen=True, slots=True)
class Centiles:
    """People placed among healthy people; (n, m).

    Parameters
    ----------
    expected, low, high : of healthy people alike, with the prediction interval, in the unit of the measure
    z : normal deviate of the person's centile
    centile : percent of healthy people alike that lie below
    level : of the interval
    """

    expected: Array
    low: Array
    high: Array
    z: Array
    centile: Array
    level: float


@dataclass(frozen=True, slots=True, eq=False)
class NormativeCurves(Plain):
    """Curves of m measures; written to JSON by :meth:`to_dict`, read by :func:`read_curves`.

    Parameters
    ----------
    age, sex : how they are coded
    sites : (s,) that are known
    n : (s, m) healthy people learnt from
    grand, slopes : (m,) and (k, m) mean of the average site
    trend : (2, m) change of the log spread with age and sex
    middle : (2,) age and sex at which ``sd`` holds
    sd : (m,) spread at the average site
    shift, spread : (s, m) of each site, in units of ``sd`` and ``sd`` squared
    between : (m,) variance of shifts between sites; infinite where one site was learnt
    means, basis, bend, penalty : what the uncertainty of the curve follows from
    df : (m,) residual degrees of freedom
    """

    kind: ClassVar[str] = "normative_curves"
    age: Coding
    sex: Coding
    sites: tuple[str, ...]
    n: Array
    grand: Array
    slopes: Array
    trend: Array
    middle: Array
    sd: Array
    shift: Array
    spread: Array
    between: Array
    means: Array
    basis: Array
    bend: Array
    penalty: Array
    df: Array

    def place(
        self,
        values: npt.ArrayLike,
        age: npt.ArrayLike,
        sex: npt.ArrayLike,
        site: npt.ArrayLike,
        *,
        unseen: Unseen = "refuse",
        level: float = 0.95,
    ) -> Centiles:
        """Place people among healthy people. Those learnt from look a little too ordinary: place others.

        Parameters
        ----------
        values : (n, m) in the unit learnt; NaN is missing
        age : (n,) years; beyond the ages learnt the curve stays level
        sex : (n,) coded as learnt
        site : (n,) labels
        unseen : sites that are not known are refused, or taken for an ``average`` one, at the price of a wide
            interval; better add them first (:meth:`with_site`)

        Raises
        ------
        CannotFitError : other measures or codes than learnt, or a site that is not known
        """
        y = self._checked(values)
        columns, beside = _columns(self.age, self.sex, age, sex)
        expected, scale, spare = self._expected(columns), self._scale(beside), self._curve_error(columns)
        labels = site_labels(site, len(y))
        new = sorted(set(labels) - set(self.sites))
        if new and unseen == "refuse":
            raise CannotFitError("site_unseen", names=listed(new), known=listed(self.sites))
        if new and np.isinf(self.between).any():
            raise CannotFitError("average_of_one_site", names=listed(new))
        spare[np.isin(labels, new)] += self.between
        for number, name in enumerate(self.sites):
            here = labels == name
            expected[here] += self.sd * self.shift[number]
            scale[here] *= np.sqrt(self.spread[number])
            spare[here] += 1 / self.n[number]
        error = scale * np.sqrt(1 + spare)
        ratio = (y - expected) / error
        reach = stats.t.isf((1 - level) / 2, self.df) * error
        # From the nearer tail, or far values would all have the centile 1 and an infinite z.
        z = -np.sign(ratio) * stats.norm.ppf(stats.t.sf(np.abs(ratio), self.df))
        centile = 100 * stats.t.cdf(ratio, self.df)
        return Centiles(expected, expected - reach, expected + reach, z, centile, level)

    def with_site(
        self, name: str, values: npt.ArrayLike, age: npt.ArrayLike, sex: npt.ArrayLike
    ) -> NormativeCurves:
        """Return the curves with a new site, learnt from healthy people measured there.

        Parameters
        ----------
        name : label of the site
        values, age, sex : of its healthy people

        Raises
        ------
        CannotFitError : a site that is known, or fewer than two people
        """
        if name in self.sites:
            raise CannotFitError("site_known", name=name)
        y = self._checked(values)
        columns, beside = _columns(self.age, self.sex, age, sex)
        rest = (y - self._expected(columns)) / self._scale(beside)
        n = (~np.isnan(rest)).sum(axis=0).astype(np.float64)
        if n.min(initial=len(y)) < FEWEST_AT_SITE:
            raise CannotFitError("site_too_small", names=name, needed=FEWEST_AT_SITE)
        shift, spread = np.nanmean(rest, axis=0), np.nanvar(rest, axis=0, ddof=1)
        shift, spread = shrunken(shift, shift, spread, n)
        return replace(
            self,
            sites=(*self.sites, name),
            n=np.vstack([self.n, n]),
            shift=np.vstack([self.shift, shift]),
            spread=np.vstack([self.spread, spread]),
        )

    def _checked(self, values: npt.ArrayLike) -> Array:
        y = as_values(values).astype(np.float64)
        if y.shape[1] != self.sd.size:
            raise CannotFitError("features_differ", n=y.shape[1], learnt=self.sd.size)
        return y

    def _expected(self, columns: Array) -> Array:
        expected: Array = self.grand + columns @ self.slopes
        return expected

    def _scale(self, beside: Array) -> Array:
        scale: Array = self.sd * np.exp((beside - self.middle) @ self.trend)
        return scale

    def _curve_error(self, columns: Array) -> Array:
        """Variance of the curve where it is read, over that of a person."""
        along = ((columns - self.means) @ self.basis) ** 2
        error: Array = along @ (1 / (1 + np.outer(self.bend, self.penalty)))
        return error


def learn_curves(
    values: npt.ArrayLike, age: npt.ArrayLike, sex: npt.ArrayLike, site: npt.ArrayLike
) -> NormativeCurves:
    """Learn curves from healthy people.

    Where a sex has too few people at some ages for a curve of its own, both share one and differ by a shift.

    Parameters
    ----------
    values : (n, m) one row a person, one column a measure; NaN is missing
    age : (n,) years
    sex : (n,) two codes or texts
    site : (n,) label of site or scanner; one site is allowed

    Raises
    ------
    CannotFitError : fewer than 50 people, sites of one person, one sex only, missing ages, or a measure
        that does not vary
    """
    y = as_values(values).astype(np.float64)
    sites, number = np.unique(site_labels(site, len(y)), return_inverse=True)
    n_sites = np.bincount(number)
    if len(y) < FEWEST_HEALTHY:
        raise CannotFitError("few_controls", n=len(y), needed=FEWEST_HEALTHY)
    if n_sites.min() < FEWEST_AT_SITE:
        small = [str(x) for x in sites[n_sites < FEWEST_AT_SITE]]
        raise CannotFitError("site_too_small", names=listed(small), needed=FEWEST_AT_SITE)
    age_coding, sex_coding = learn_codings({"age": age, "sex": sex}, ("age",), ())
    columns, beside = _columns(age_coding, sex_coding, age, sex)
    require_told_apart(number, beside, ["age", "sex"])
    bends = age_coding.penalty()
    penalty = block_diag(bends, np.zeros((1, 1)), bends)
    width = columns.shape[1]
    if within_sites(number, sites.size, columns, penalty).bend.size < width:
        # Too few of a sex at some age for a curve of its own: one curve, and a shift between the sexes.
        columns, penalty = columns[:, : len(bends) + 1], penalty[: len(bends) + 1, : len(bends) + 1]
    everybody = np.ones(len(y), bool)
    moments = learn_moments(y, everybody, number, sites.size, columns, penalty, None)
    rest = y - moments.intercept[number] - columns @ moments.slopes
    middle = beside.mean(axis=0)
    trend = _trend(rest, number, beside)
    rest /= np.exp((beside - middle) @ trend)
    squares = np.stack([np.nansum(rest[number == s] ** 2, axis=0) for s in range(sites.size)])
    at = within_sites(number, sites.size, columns, penalty)
    df = moments.n.sum(axis=0) - sites.size - (1 / (1 + np.outer(at.bend, moments.penalty))).sum(axis=0)
    _require_told(squares, moments.n)
    sd = np.sqrt(squares.sum(axis=0) / df)
    grand = (moments.n * moments.intercept).sum(axis=0) / moments.n.sum(axis=0)
    shift, spread = (moments.intercept - grand) / sd, squares / sd**2 / (moments.n - 1)
    used = [shrunken(a, a, v, k) for a, v, k in zip(shift, spread, moments.n, strict=True)]
    unused = ((0, width - columns.shape[1]), (0, 0))
    return NormativeCurves(
        age_coding, sex_coding, tuple(map(str, sites)), moments.n, grand, np.pad(moments.slopes, unused),
        trend, middle, sd, np.stack([a for a, _ in used]), np.stack([v for _, v in used]),
        _between(shift, spread, moments.n), np.pad(columns.mean(axis=0), unused[0]),
        np.pad(at.basis, unused), at.bend, moments.penalty, df,
    )  # fmt: skip


def _between(shift: Array, spread: Array, n: Array) -> Array:
    """Variance of sites' shifts beyond that of sampling; infinite where one site cannot tell."""
    if len(shift) < 2:
        return np.full(shift.shape[1], np.inf)
    return np.asarray(np.maximum(shift.var(axis=0, ddof=1) - (spread / n).mean(axis=0), 0))


def _require_told(squares: Array, n: Array) -> None:
    untold = (squares.sum(axis=0) <= 0) | ~np.isfinite(squares).all(axis=0) | (n.min(axis=0) < FEWEST_AT_SITE)
    if untold.any():
        raise CannotFitError("measure_untold", columns=listed([str(j) for j in np.flatnonzero(untold)]))


def _columns(age: Coding, sex: Coding, years: npt.ArrayLike, given: npt.ArrayLike) -> tuple[Array, Array]:
    """Columns of the mean, a curve for each sex, and (n, 2) age and sex for the spread."""
    curve, male = age.columns(years), sex.columns(given)
    if male.shape[1] != 1:
        raise CannotFitError("two_sexes", levels=listed(sex.levels))
    inside = np.clip(np.asarray(years, float), age.knots[0], age.knots[-1])
    return np.column_stack([curve, male, curve * male]), np.column_stack([inside, male])


def _trend(rest: Array, site: npt.NDArray[np.intp], beside: Array) -> Array:
    """Slopes of the log spread: least squares of log absolute residuals, within sites."""
    trend = np.zeros((beside.shape[1], rest.shape[1]))
    told = np.isfinite(rest) & (rest != 0)
    for features, people in same_people(~told):
        at = within_sites(site[people], int(site.max()) + 1, beside[people], np.zeros((2, 2)))
        size = np.log(np.abs(rest[np.ix_(people, features)]))
        trend[:, features] = at.basis @ (at.basis.T @ (at.centred.T @ size))
    return trend


def read_curves(document: dict[str, Any]) -> NormativeCurves:
    """Return the curves of a document that :meth:`NormativeCurves.to_dict` made.

    Raises
    ------
    CannotFitError : the document is not one of curves
    """
    found = from_dict(document, {part.kind: part for part in (NormativeCurves, Coding)})
    if not isinstance(found, NormativeCurves):
        raise CannotFitError("model_document", kind=found.kind)
    return found
