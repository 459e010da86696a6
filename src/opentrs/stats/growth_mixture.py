"""Latent class growth and growth mixture models of repeated measurements with unequal visits.

With a random intercept it is a growth mixture model, without one a latent class growth model. Classes come in
order of change: first the class whose curve falls most from the first to the last time. Nothing returned is
ever NaN: what cannot be computed raises :class:`opentrs.stats.refusal.CannotFitError`, or is None.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.growth_data import Floats, GrowthData, Scaling, Sums, check_growth, scaling, sums
from opentrs.stats.growth_em import RIDGE, Parameters, expectation, run
from opentrs.stats.growth_information import climb, covariance
from opentrs.stats.intervals import Interval
from opentrs.stats.observed_information import around_share, relative_entropy, share_errors
from opentrs.stats.refusal import CannotFitError

SHORT_RUN = 25
STARTS_PER_FINALIST = 6
LONG_RUN = 4000
TOLERANCE = 1e-5
PARTS = ("share", "beta", "s2", "ratio")
SAME_LIKELIHOOD = 1e-2
START_RATIO = 0.3


@dataclass(frozen=True, slots=True)
class GrowthMixture:
    """A fitted model.

    Parameters
    ----------
    n_classes, degree, random_intercept : what was fitted; the curves are polynomials of ``degree``
    parameters : on the scaled data, a single start
    scale : how the data were scaled
    span : first and last time of the data
    log_likelihood, n_parameters, bic : BIC counts people, not measurements
    entropy : relative entropy of the class probabilities, 1 where all are certain; 1 for one class
    n_people, n_values : what it rests on
    n_starts, n_agreeing : starts followed to the end, and those of them that reached this likelihood
    parameter_covariance : of log-odds of shares (against the last class), then curves by class; None where
        the
        likelihood is not curved in every direction, so that no interval can be given
    """

    n_classes: int
    degree: int
    random_intercept: bool
    parameters: Parameters
    scale: Scaling
    span: tuple[float, float]
    log_likelihood: float
    n_parameters: int
    bic: float
    entropy: float
    n_people: int
    n_values: int
    n_starts: int
    n_agreeing: int
    parameter_covariance: Floats | None

    @property
    def shares(self) -> Floats:
        """Share of each class."""
        shares: Floats = self.parameters.share[0]
        return shares

    @property
    def residual_sd(self) -> float:
        """Standard deviation of a measurement around its person's own curve, in units of the value."""
        return float(np.sqrt(self.parameters.s2[0])) * self.scale.spread

    @property
    def intercept_sd(self) -> float:
        """Standard deviation of people around their class's curve, in units of the value."""
        return self.residual_sd * float(np.sqrt(self.parameters.ratio[0]))

    def mean_at(self, time: npt.ArrayLike) -> Floats:
        """Curve of each class, shape (classes, times)."""
        design = self.scale.design(time, self.degree)
        curves: Floats = self.scale.middle + self.scale.spread * (self.parameters.beta[0] @ design.T)
        return curves

    def mean_interval(self, time: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats] | None:
        """Ends of the interval of each class's curve, by the observed information; None as above."""
        if self.parameter_covariance is None:
            return None
        design = self.scale.design(time, self.degree)
        terms, first = self.degree + 1, self.n_classes - 1
        half = np.empty((self.n_classes, len(design)))
        for k in range(self.n_classes):
            block = slice(first + k * terms, first + (k + 1) * terms)
            variance = np.einsum("tq,qr,tr->t", design, self.parameter_covariance[block, block], design)
            half[k] = np.sqrt(np.maximum(variance, 0.0)) * self.scale.spread
        half *= float(stats.norm.ppf((1 + level) / 2))
        middle = self.mean_at(time)
        return middle - half, middle + half

    def share_intervals(self, level: float = 0.95) -> tuple[Interval, ...]:
        """Share of each class with its interval on the log-odds scale."""
        shares = self.shares
        if self.n_classes == 1:
            return (Interval(1.0, 1.0, 1.0),)
        if self.parameter_covariance is None:
            return tuple(Interval(float(share), None, None) for share in shares)
        first = self.n_classes - 1
        errors = share_errors(shares, self.parameter_covariance[:first, :first])
        quantile = float(stats.norm.ppf((1 + level) / 2))
        pairs = zip(shares.tolist(), errors.tolist(), strict=True)
        return tuple(Interval(share, *around_share(share, error, quantile)) for share, error in pairs)

    def posterior(self, data: GrowthData) -> Floats:
        """Probability of each class for each person, new or old: (people, classes)."""
        posterior, likelihood = expectation(sums(data, self.scale, self.degree), self.parameters)
        if not np.isfinite(likelihood[0]):
            raise CannotFitError("not_finite", classes=self.n_classes)
        people: Floats = posterior[0].T
        return people


def fit_growth_mixture(
    data: GrowthData,
    n_classes: int,
    *,
    degree: int = 2,
    random_intercept: bool = True,
    n_starts: int = 24,
    seed: int = 1,
    with_intervals: bool = True,
) -> GrowthMixture:
    """Fit one number of classes by maximum likelihood, from many starts.

    Parameters
    ----------
    data : from :func:`opentrs.stats.growth_data.growth_data`
    n_classes : number of classes
    degree : of the polynomial in time
    random_intercept : let people lie above or below their class's curve
    n_starts : random starts; the best few are followed to convergence
    seed : of the starts
    with_intervals : compute the covariance of the parameters

    Raises
    ------
    CannotFitError : the data do not carry the model, or no start converged
    """
    check_growth(data, degree, n_classes)
    scale = scaling(data)
    added = sums(data, scale, degree)
    rng = np.random.default_rng(seed)
    if n_classes == 1:
        starts = _starts(added, 1, 1, rng, random_intercept)
    else:
        starts = _starts(added, n_classes, n_starts, rng, random_intercept)
        at, likelihood, _ = run(added, starts, random_intercept, SHORT_RUN, TOLERANCE)
        order = np.argsort(-np.nan_to_num(likelihood, nan=-np.inf)).tolist()
        finalists = order[: max(1, n_starts // STARTS_PER_FINALIST)]
        tops = [climb(added, at.take([number])) for number in finalists]
        starts = Parameters(*(np.concatenate([getattr(top, name) for top in tops]) for name in PARTS))
    at, likelihood, converged = run(added, starts, random_intercept, LONG_RUN, TOLERANCE)
    usable = converged & np.isfinite(likelihood)
    if not usable.any():
        raise CannotFitError("no_convergence", classes=n_classes)
    best = int(np.where(usable, likelihood, -np.inf).argmax())
    found = _ordered(at.take([best]), scale, (float(data.time.min()), float(data.time.max())), degree)
    top = float(likelihood[best])
    # Shares, curves, residual variance, and the variance of the intercept where there is one.
    n_parameters = (n_classes - 1) + n_classes * (degree + 1) + 1 + int(random_intercept)
    posterior, _ = expectation(added, found)
    # Values were divided by their spread, which multiplied each density by it.
    log_likelihood = top - len(data.value) * float(np.log(scale.spread))
    if not np.isfinite(posterior).all():
        raise CannotFitError("not_finite", classes=n_classes)
    return GrowthMixture(
        n_classes=n_classes,
        degree=degree,
        random_intercept=random_intercept,
        parameters=found,
        scale=scale,
        span=(float(data.time.min()), float(data.time.max())),
        log_likelihood=log_likelihood,
        n_parameters=n_parameters,
        bic=-2 * log_likelihood + n_parameters * float(np.log(data.n_people)),
        entropy=relative_entropy(posterior[0].T),
        n_people=data.n_people,
        n_values=len(data.value),
        n_starts=len(likelihood),
        n_agreeing=int((usable & (likelihood >= top - SAME_LIKELIHOOD)).sum()),
        parameter_covariance=covariance(added, found) if with_intervals else None,
    )


def simulate_values(fitted: GrowthMixture, data: GrowthData, rng: np.random.Generator) -> GrowthData:
    """Draw values from a fitted model for the same people at the same times."""
    members = rng.choice(fitted.n_classes, size=data.n_people, p=fitted.shares / fitted.shares.sum())
    curves = fitted.mean_at(data.time)
    person = rng.normal(0.0, 1.0, data.n_people) * fitted.intercept_sd
    noise = rng.normal(0.0, 1.0, len(data.time)) * fitted.residual_sd
    rows = np.arange(len(data.time))
    return data.with_values(curves[members[data.person], rows] + person[data.person] + noise)


def _starts(
    added: Sums, n_classes: int, n_starts: int, rng: np.random.Generator, intercept: bool
) -> Parameters:
    """Each start takes the curves of a few people drawn at random, pulled towards the curve of all."""
    terms = added.terms
    all_xx = added.xx.sum(axis=0).reshape(terms, terms)
    everybody = np.linalg.solve(all_xx + RIDGE * np.eye(terms), added.xy.sum(axis=0))
    own = np.linalg.solve(
        added.xx.reshape(-1, terms, terms) + np.eye(terms), (added.xy + everybody)[:, :, None]
    )[:, :, 0]
    left = added.yy.sum() - 2 * everybody @ added.xy.sum(axis=0)
    left = left + everybody @ all_xx @ everybody
    s2 = max(float(left) / float(added.n.sum()), 1e-6)
    if n_classes == 1:
        beta = everybody[None, None, :]
    else:
        people = np.stack([rng.choice(len(own), size=n_classes, replace=False) for _ in range(n_starts)])
        beta = own[people]
    count = len(beta)
    return Parameters(
        share=np.full((count, n_classes), 1 / n_classes),
        beta=beta,
        s2=np.full(count, s2 / (1 + START_RATIO * intercept)),
        ratio=np.full(count, START_RATIO if intercept else 0.0),
    )


def _ordered(at: Parameters, scale: Scaling, span: tuple[float, float], degree: int) -> Parameters:
    ends = scale.design(np.array(span), degree)
    curves = at.beta[0] @ ends.T
    order = np.lexsort((curves[:, 0], curves[:, 1] - curves[:, 0]))
    return Parameters(at.share[:, order], at.beta[:, order], at.s2, at.ratio)
