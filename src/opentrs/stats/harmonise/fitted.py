"""What ComBat learnt, and how it is applied to anybody: also at sites it has never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from opentrs.stats.harmonise.covariates import Coding, Covariates, coded
from opentrs.stats.harmonise.moments import Array, Ints, Values, blocks
from opentrs.stats.harmonise.shrinkage import shrunken
from opentrs.stats.nested.plain import Plain, from_dict
from opentrs.stats.permutation.design import Mask, listed
from opentrs.stats.refusal import CannotFitError

Unseen = Literal["refuse", "unchanged", "estimate"]
FEWEST_AT_SITE = 2


@dataclass(frozen=True, slots=True, eq=False)
class FittedCombat(Plain):
    """A harmonisation that was learnt; written to JSON by :meth:`to_dict`, read by :func:`read_combat`.

    Parameters
    ----------
    codings : of the covariates whose effect is kept
    sites : (s,) learnt
    n : (s, m) people learnt from, by site and feature
    grand : (m,) intercept of the average (or reference) site
    slopes : (k, m) of the covariates' columns
    sd : (m,) pooled residual standard deviation; NaN where a feature could not be learnt
    shift, spread : (s, m) estimated of each site, in units of ``sd`` and ``sd`` squared
    shift_used, spread_used : (s, m) the same after shrinkage
    ratio : (m,) variance between over within persons where scans repeat, else empty
    penalty : (m,) weight of the curvature of smooth covariates
    shrinks : whether shifts and spreads were shrunken
    reference_site : whose values stay as they are, or empty
    notes : keys of sentences of the message catalogue about what the data decided
    """

    kind: ClassVar[str] = "combat"
    codings: tuple[Coding, ...]
    sites: tuple[str, ...]
    n: Array
    grand: Array
    slopes: Array
    sd: Array
    shift: Array
    spread: Array
    shift_used: Array
    spread_used: Array
    ratio: Array
    penalty: Array
    shrinks: bool
    reference_site: str
    notes: tuple[str, ...]

    def transform(
        self,
        values: npt.ArrayLike,
        site: npt.ArrayLike,
        covariates: Covariates | None = None,
        *,
        people: npt.ArrayLike | None = None,
        unseen: Unseen = "refuse",
        estimate_from: npt.ArrayLike | None = None,
    ) -> Values:
        """Return values (n, m) as if measured at the average (or reference) site; missing stays missing.

        Single precision stays single precision.

        Parameters
        ----------
        values : (n, m) in the unit learnt; NaN is missing
        site : (n,) label of each person's site
        covariates : those learnt, with the same codes
        people : label of each scan's person, where repeated scans were learnt
        unseen : sites that were not learnt are refused by name; left ``unchanged``; or ``estimate``
            learns their shift and spread from the people given, with everything else as learnt
        estimate_from : (n,) True for the people of unseen sites to estimate from (its controls); all without

        Raises
        ------
        CannotFitError : other features, covariates or codes than those learnt, or a site not learnt
        """
        y = as_values(values)
        if y.shape[1] != self.sd.size:
            raise CannotFitError("features_differ", n=y.shape[1], learnt=self.sd.size)
        columns = coded(self.codings, covariates, len(y))
        names, number = np.unique(site_labels(site, len(y)), return_inverse=True)
        adjust = self._adjustments(y, columns, names, number, people, unseen, _chosen(estimate_from, len(y)))
        out = np.empty_like(y)
        everybody = np.ones(len(y), bool)
        for at, block in blocks(y, np.arange(y.shape[1]), everybody):
            expected = self._expected(columns, at)
            if self.ratio.size:
                expected += self._own(block - expected, at, adjust.mean[:, at][number], people)
            block -= expected
            weight = 1 / np.sqrt(adjust.spread[:, at])
            block *= weight[number]
            block -= (self.sd[at] * adjust.shift[:, at] * weight)[number]
            block += expected
            out[:, at[0] : at[-1] + 1] = block
        return out

    def _expected(self, columns: Array, at: Ints) -> Array:
        """Value of each person at the average site."""
        expected: Array = columns @ self.slopes[:, at] + self.grand[at]
        return expected

    def _own(self, rest: Array, at: Ints, mean: Array, people: npt.ArrayLike | None) -> Array:
        """Each person's own level, as far as its scans tell."""
        if people is None:
            raise CannotFitError("people_needed")
        return personal_levels(rest - mean * self.sd[at], np.asarray(people), self.ratio[at])

    def _adjustments(
        self,
        y: Values,
        columns: Array,
        names: npt.NDArray[np.object_],
        number: Ints,
        people: npt.ArrayLike | None,
        unseen: Unseen,
        chosen: Mask,
    ) -> _Adjustments:
        new = [str(name) for name in names if name not in self.sites]
        if new and unseen == "refuse":
            raise CannotFitError("site_unseen", names=listed(new), known=listed(self.sites))
        shape = (len(names), self.sd.size)
        adjust = _Adjustments(np.zeros(shape), np.zeros(shape), np.ones(shape))
        for row, name in enumerate(names):
            if name in self.sites:
                learnt = self.sites.index(str(name))
                adjust.mean[row] = self.shift[learnt]
                adjust.shift[row], adjust.spread[row] = self.shift_used[learnt], self.spread_used[learnt]
            elif unseen == "estimate":
                there = (number == row) & chosen
                if there.sum() < FEWEST_AT_SITE:
                    raise CannotFitError("site_too_small", names=str(name), needed=FEWEST_AT_SITE)
                found = self._estimated(y[there], columns[there], None if people is None
                                        else np.asarray(people)[there])  # fmt: skip
                adjust.mean[row], adjust.shift[row], adjust.spread[row] = found
        return adjust

    def _estimated(
        self, y: Values, columns: Array, people: npt.NDArray[Any] | None
    ) -> tuple[Array, Array, Array]:
        """Shift of a new site, and its shift and spread as they are used."""
        shift, spread = (np.full(self.sd.size, np.nan) for _ in range(2))
        mean, n = np.full(self.sd.size, np.nan), (~np.isnan(y)).sum(axis=0).astype(np.float64)
        told = np.flatnonzero((n >= FEWEST_AT_SITE) & np.isfinite(self.sd))
        for at, block in blocks(y, told, np.ones(len(y), bool)):
            rest = (block - self._expected(columns, at)) / self.sd[at]
            shift[at] = np.nanmean(rest, axis=0)
            if self.ratio.size:
                rest -= self._own(rest * self.sd[at], at, shift[at], people) / self.sd[at]
            mean[at], spread[at] = np.nanmean(rest, axis=0), np.nanvar(rest, axis=0, ddof=1)
        if not self.shrinks:
            return shift, shift, _usable(spread)
        used, spread_used = shrunken(shift, mean, spread, n)
        return shift, used, _usable(spread_used)


@dataclass(frozen=True, slots=True, eq=False)
class _Adjustments:
    """Of the sites given: shift as estimated, shift and spread as used; (sites, m)."""

    mean: Array
    shift: Array
    spread: Array


def _usable(spread: Array) -> Array:
    """A site in which everybody has the same value has no spread to correct."""
    return np.where(spread > 0, spread, np.nan)


def _chosen(rows: npt.ArrayLike | None, n: int) -> Mask:
    return np.ones(n, bool) if rows is None else people_mask(rows, n)


def people_mask(rows: npt.ArrayLike, n: int) -> Mask:
    """Check a mask of people."""
    mask = np.asarray(rows)
    if mask.dtype != bool or mask.shape != (n,):
        raise CannotFitError("learn_from_mask", n=n)
    return mask


def as_values(values: npt.ArrayLike) -> Values:
    """Return a table of people by features as floating numbers, without a copy where it is one."""
    y = np.asarray(values)
    if y.dtype not in (np.float32, np.float64):
        y = y.astype(np.float64)
    if y.ndim != 2:
        raise CannotFitError("people_differ", rows=0, people=len(y) if y.ndim else 0)
    return y


def site_labels(site: npt.ArrayLike, n: int) -> npt.NDArray[np.object_]:
    """Return labels of sites as texts, one for each person."""
    raw = np.asarray(site, dtype=object)
    if raw.shape != (n,):
        raise CannotFitError("people_differ", rows=n, people=raw.size)
    missing = sum(value is None or value != value or str(value).strip() == "" for value in raw)
    if missing:
        raise CannotFitError("covariate_missing", name="site", n=missing)
    return np.array([str(value) for value in raw], dtype=object)


def personal_levels(rest: Array, people: npt.NDArray[Any], ratio: Array) -> Array:
    """Predicted level of the person of each scan (n, v), drawn to 0 the more the fewer scans there are."""
    _, person = np.unique(people, return_inverse=True)
    told = ~np.isnan(rest)
    sums, n = (np.zeros((person.max() + 1, rest.shape[1])) for _ in range(2))
    np.add.at(sums, person, np.where(told, rest, 0.0))
    np.add.at(n, person, told)
    levels: Array = (ratio * sums / (1 + ratio * n))[person]
    return levels


def read_combat(document: dict[str, Any]) -> FittedCombat:
    """Return the harmonisation of a document that :meth:`FittedCombat.to_dict` made.

    Raises
    ------
    CannotFitError : the document is not one of a harmonisation
    """
    found = from_dict(document, {part.kind: part for part in (FittedCombat, Coding)})
    if not isinstance(found, FittedCombat):
        raise CannotFitError("model_document", kind=found.kind)
    return found
