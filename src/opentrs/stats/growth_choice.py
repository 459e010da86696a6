"""How many classes: the Bayesian information criterion, then a bootstrap likelihood-ratio test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrs.stats.growth_data import GrowthData
from opentrs.stats.growth_mixture import GrowthMixture, fit_growth_mixture, simulate_values
from opentrs.stats.refusal import CannotFitError

BOOTSTRAP_STARTS = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """One number of classes.

    Parameters
    ----------
    n_classes : how many
    fitted : the model; None where it cannot be fitted
    refused : why not
    smallest_people : expected number of people in the smallest class
    admissible : the smallest class is large enough to speak of
    p_value : bootstrap p of this number against one class fewer; None where it was not asked
    """

    n_classes: int
    fitted: GrowthMixture | None
    refused: CannotFitError | None
    smallest_people: float
    admissible: bool
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The numbers of classes that were tried, and the one that was chosen."""

    candidates: tuple[Candidate, ...]
    chosen: GrowthMixture

    @property
    def n_classes(self) -> int:
        """The number chosen."""
        return self.chosen.n_classes


def choose_classes(
    data: GrowthData,
    most_classes: int = 4,
    *,
    degree: int = 2,
    random_intercept: bool = True,
    smallest_class_people: int = 5,
    draws: int = 99,
    level: float = 0.05,
    n_starts: int = 24,
    seed: int = 1,
) -> Choice:
    """Fit one class, two classes and so on, and choose.

    The smallest BIC names a number; it is lowered by one as long as the bootstrap test does not reject one
    class fewer. A model whose smallest class holds fewer people than ``smallest_class_people`` is not chosen.

    Parameters
    ----------
    data : from :func:`opentrs.stats.growth_data.growth_data`
    most_classes : the largest number to try
    draws : data sets drawn for each bootstrap test
    level : of the bootstrap test
    degree, random_intercept, n_starts, seed : as in :func:`fit_growth_mixture`

    Raises
    ------
    CannotFitError : not even one class can be fitted
    """
    options = {"degree": degree, "random_intercept": random_intercept, "n_starts": n_starts, "seed": seed}
    candidates = [_candidate(data, k, smallest_class_people, options) for k in range(1, most_classes + 1)]
    if candidates[0].refused is not None:
        raise candidates[0].refused
    by_number = {one.n_classes: one for one in candidates if one.fitted is not None and one.admissible}
    number = min(by_number, key=lambda k: _fitted(by_number[k]).bic)
    while number > 1:
        smaller = max(k for k in by_number if k < number)
        p_value = bootstrap_p(
            data, _fitted(by_number[smaller]), _fitted(by_number[number]), draws=draws, seed=seed
        )
        tested = by_number[number]
        by_number[number] = Candidate(
            tested.n_classes, tested.fitted, None, tested.smallest_people, tested.admissible, p_value
        )
        if p_value <= level:
            break
        number = smaller
    rows = tuple(by_number.get(one.n_classes, one) for one in candidates)
    return Choice(rows, _fitted(by_number[number]))


def bootstrap_p(
    data: GrowthData, smaller: GrowthMixture, larger: GrowthMixture, *, draws: int = 99, seed: int = 1
) -> float:
    """Parametric bootstrap likelihood-ratio test (McLachlan 1987, doi:10.2307/2347790).

    Data sets are drawn from the smaller model at the same visits, and both models are fitted to each.

    Returns
    -------
    share of ratios at least as large as the one seen, itself counted in: ``(1 + count) / (draws + 1)``
    """
    seen = larger.log_likelihood - smaller.log_likelihood
    rng = np.random.default_rng(seed)
    as_large = 0
    for draw in range(draws):
        drawn = simulate_values(smaller, data, rng)
        ratio = 0.0
        for sign, model in ((1, larger), (-1, smaller)):
            fitted = fit_growth_mixture(
                drawn,
                model.n_classes,
                degree=model.degree,
                random_intercept=model.random_intercept,
                n_starts=BOOTSTRAP_STARTS,
                seed=seed + draw,
                with_intervals=False,
            )
            ratio += sign * fitted.log_likelihood
        as_large += ratio >= seen
    return (1 + as_large) / (draws + 1)


def _candidate(data: GrowthData, number: int, smallest: int, options: dict[str, int | bool]) -> Candidate:
    try:
        fitted = fit_growth_mixture(
            data,
            number,
            degree=int(options["degree"]),
            random_intercept=bool(options["random_intercept"]),
            n_starts=int(options["n_starts"]),
            seed=int(options["seed"]),
        )
    except CannotFitError as refused:
        return Candidate(number, None, refused, 0.0, False)
    people = float(fitted.shares.min()) * fitted.n_people
    return Candidate(number, fitted, None, people, number == 1 or people >= smallest)


def _fitted(candidate: Candidate) -> GrowthMixture:
    if candidate.fitted is None:
        raise ValueError(f"{candidate.n_classes} classes were not fitted")
    return candidate.fitted
