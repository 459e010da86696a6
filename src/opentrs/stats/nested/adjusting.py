"""Taking out what is not of interest, learnt in the training rows: differences between sites, covariates."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from opentrs.stats.nested.design import Floats, Labels, Rows
from opentrs.stats.nested.steps import Fitted, FittedStep, Step, require_complete
from opentrs.stats.refusal import CannotFitError


@dataclass(frozen=True, slots=True)
class Harmonisation(Step, ABC):
    """A step that makes sites comparable; its fitted form must know what to do with a site it never saw.

    Parameters
    ----------
    blocks : only predictors of these modalities are changed; all where it is empty
    """

    blocks: tuple[str, ...] = ()

    def columns(self, training: Rows) -> Floats:
        """Return (features,) 1 for each predictor that is to be changed."""
        if training.sites is None:
            raise CannotFitError("one_site")
        chosen = np.array([not self.blocks or block in self.blocks for block in training.blocks])
        if not chosen.any():
            raise CannotFitError("no_such_block", blocks=", ".join(self.blocks))
        return chosen.astype(np.float64)


@dataclass(frozen=True, slots=True)
class SiteCentring(Harmonisation):
    """Subtract what separates the mean of each training site from the mean of all.

    A site that was not among the training rows is left as it is: nothing is known about it.
    """

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Take the mean of each site."""
        require_complete(training)
        columns = self.columns(training)
        assert training.sites is not None
        sites, place = np.unique(training.sites.astype(str), return_inverse=True)
        means = np.array([training.features[place == k].mean(axis=0) for k in range(sites.size)])
        fitted = FittedSites(tuple(map(str, sites)), (means - training.features.mean(axis=0)) * columns)
        return ((fitted, replace(training, features=fitted.apply(training.features, training.sites))),)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSites(FittedStep):
    """What separates each training site from the mean of all, (sites, features)."""

    kind: ClassVar[str] = "sites"
    sites: tuple[str, ...]
    shifts: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Subtract it where the site is known."""
        if sites is None:
            return features
        known = dict(zip(self.sites, self.shifts, strict=True))
        nothing = np.zeros(features.shape[1])
        shifts = np.array([known.get(str(site), nothing) for site in sites], dtype=np.float64)
        return features - shifts.reshape(features.shape)


@dataclass(frozen=True, slots=True)
class Residualising(Step):
    """Take the linear part of covariates out of the other predictors; the covariates themselves stay.

    Parameters
    ----------
    covariates : names of predictors
    blocks : only predictors of these modalities are changed; all others where it is empty
    """

    covariates: tuple[str, ...]
    blocks: tuple[str, ...] = ()

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Regress the predictors on the covariates."""
        require_complete(training)
        places = np.array([training.place(name) for name in self.covariates], dtype=np.int64)
        changed = np.array([not self.blocks or block in self.blocks for block in training.blocks])
        changed[places] = False
        covariates = training.features[:, places]
        means = covariates.mean(axis=0)
        slopes = np.linalg.lstsq(covariates - means, training.features, rcond=None)[0] * changed
        fitted = FittedResiduals(places.astype(np.float64), means, slopes)
        return ((fitted, replace(training, features=fitted.apply(training.features, None))),)


@dataclass(frozen=True, slots=True, eq=False)
class FittedResiduals(FittedStep):
    """Where the covariates stand, their means, and the slope of each predictor on them."""

    kind: ClassVar[str] = "residuals"
    places: Floats
    means: Floats
    slopes: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Subtract the linear part."""
        changed: Floats = features - (features[:, self.places.astype(int)] - self.means) @ self.slopes
        return changed
