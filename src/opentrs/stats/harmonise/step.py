"""ComBat as a step inside nested folds: learnt in the training rows, applied to those held out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from opentrs.stats.harmonise.combat import ComBat
from opentrs.stats.harmonise.covariates import Coding
from opentrs.stats.harmonise.fitted import FEWEST_AT_SITE, FittedCombat
from opentrs.stats.nested.adjusting import Harmonisation
from opentrs.stats.nested.design import Floats, Labels, Rows
from opentrs.stats.nested.plain import Plain
from opentrs.stats.nested.steps import Fitted, FittedStep


@dataclass(frozen=True, slots=True)
class SiteComBat(Harmonisation):
    """Harmonise predictors between sites; the outcome is never among what is kept.

    Sites without two training rows, and sites never seen, are left as they are: one person alone tells
    nothing of a site.

    Parameters
    ----------
    kept : predictors whose effect on the others is kept (age, sex); never missing, and not changed
    empirical_bayes : as of :class:`ComBat`
    """

    kept: tuple[str, ...] = ()
    empirical_bayes: bool = True

    def fit(self, training: Rows, seed: int) -> tuple[Fitted, ...]:
        """Learn what sites do in the training rows.

        Raises
        ------
        CannotFitError : no sites, no predictor of the blocks, and as :meth:`ComBat.fit`
        """
        columns = self.columns(training)
        places = [training.place(name) for name in self.kept]
        columns[places] = 0
        assert training.sites is not None
        sites = [str(site) for site in training.sites]
        people = Counter(sites)
        chosen = np.flatnonzero(columns)
        model = ComBat(empirical_bayes=self.empirical_bayes).fit(
            training.features[:, chosen],
            sites,
            dict(zip(self.kept, training.features[:, places].T, strict=True)),
            learn_from=np.array([people[site] >= FEWEST_AT_SITE for site in sites]),
            names=[training.names[j] for j in chosen],
        )
        fitted = FittedSiteComBat(model, chosen.astype(np.float64), np.array(places, dtype=np.float64))
        return ((fitted, replace(training, features=fitted.apply(training.features, training.sites))),)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSiteComBat(FittedStep):
    """What was learnt, of which columns, and where the kept covariates stand."""

    kind: ClassVar[str] = "site_combat"
    model: FittedCombat
    changed: Floats
    kept: Floats

    def apply(self, features: Floats, sites: Labels | None) -> Floats:
        """Harmonise rows of known sites; without sites nothing is changed."""
        if sites is None:
            return features
        changed, kept = self.changed.astype(int), self.kept.astype(int)
        names = [coding.name for coding in self.model.codings]
        out = features.copy()
        out[:, changed] = self.model.transform(
            features[:, changed],
            np.atleast_1d(sites),
            dict(zip(names, features[:, kept].T, strict=True)),
            unseen="unchanged",
        )
        return out


# For `read_model(document, own=STEP_KINDS)`.
STEP_KINDS: tuple[type[Plain], ...] = (FittedSiteComBat, FittedCombat, Coding)
