"""How many classes: BIC, then a bootstrap likelihood ratio test; and whether halves of the people agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from opentrs.stats.ordinal_mixture.fit import Effort, fit_mixture
from opentrs.stats.ordinal_mixture.items import MISSING, Items, MixtureError, canonical_order
from opentrs.stats.ordinal_mixture.model import Form, Mixture

QUICK = Effort(starts=8, short_steps=8, finalists=1, tolerance=1e-7)
THOROUGH = Effort()
# Branches of the seed.
FITS, TESTS, HALVES = range(3)


@dataclass(frozen=True, slots=True)
class Choosing:
    """How the number of classes is chosen.

    Parameters
    ----------
    most_classes : classes tried, from 1
    bootstraps : simulated copies of a test; 19 makes the smallest p 1/20, an exact test at .05
    level : a further class is kept if the test's p is not above this
    splits : random halvings for the stability; 0 for none
    effort : of the fits shown
    quick : of the fits to simulated copies and to halves
    test_next : also test one class more than chosen, to show that it is not needed
    """

    most_classes: int = 6
    bootstraps: int = 19
    level: float = 0.05
    splits: int = 10
    effort: Effort = THOROUGH
    quick: Effort = QUICK
    test_next: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """One number of classes.

    Parameters
    ----------
    n_classes : classes
    model : the fit; None where none was found
    failure : why there is none; empty where there is
    blrt_p : bootstrap p of this number against one class fewer; None where not tested
    stability, stability_low, stability_high : mean adjusted Rand index between classifications learned on two
        halves, and its 2.5 and 97.5 percentiles over the halvings; None where not asked, or for one class
    n_splits : halvings it rests on
    """

    n_classes: int
    model: Mixture | None
    failure: str = ""
    blrt_p: float | None = None
    stability: float | None = None
    stability_low: float | None = None
    stability_high: float | None = None
    n_splits: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The numbers of classes tried, and the one chosen."""

    candidates: tuple[Candidate, ...]
    chosen: Mixture

    @property
    def chosen_candidate(self) -> Candidate:
        """The row of the chosen number."""
        return self.candidates[self.chosen.n_classes - 1]


def choose_classes(
    items: Items,
    seed: np.random.SeedSequence | int,
    form: Form = "severity",
    choosing: Choosing | None = None,
    item_names: tuple[str, ...] = (),
    lowest: tuple[int, ...] = (),
) -> Choice:
    """Choose the number of classes: least BIC, then fewer while the bootstrap test keeps no further one.

    A number whose fit failed or has an empty class is not eligible. Every number tried, every test and
    every halving draws from its own child of ``seed``, so that none changes with what else is asked.

    Raises
    ------
    MixtureError : not even one class can be fitted
    """
    people, columns = canonical_order(items)
    names = item_names or tuple(f"item_{number + 1}" for number in range(items.n_items))
    lows = lowest or (0,) * items.n_items
    search = _Search(
        Items(items.codes[np.ix_(people, columns)], tuple(items.n_categories[c] for c in columns)),
        tuple(names[c] for c in columns),
        tuple(lows[c] for c in columns),
        seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed),
        form,
        choosing or Choosing(),
    )
    found = {number: search.fitted(number) for number in range(1, search.choosing.most_classes + 1)}
    if found[1].model is None:
        raise MixtureError(found[1].failure)
    chosen = search.settle(found)
    back = np.argsort(columns)
    rows = tuple(
        replace(row, model=row.model.with_items(back).frozen()) if row.model else row
        for row in found.values()
    )
    model = rows[chosen - 1].model
    assert model is not None
    return Choice(rows, model)


@dataclass(frozen=True, slots=True)
class _Search:
    """People and items in canonical order, and what is asked of them."""

    items: Items
    item_names: tuple[str, ...]
    lowest: tuple[int, ...]
    seed: np.random.SeedSequence
    form: Form
    choosing: Choosing

    def fitted(self, n_classes: int) -> Candidate:
        own = _child(self.seed, FITS, n_classes)
        effort = self.choosing.effort
        try:
            model = fit_mixture(self.items, n_classes, own, self.form, effort, self.item_names, self.lowest)
        except MixtureError as error:
            return Candidate(n_classes, None, str(error))
        return Candidate(n_classes, model)

    def settle(self, found: dict[int, Candidate]) -> int:
        """Fill in tests and stability; return the number chosen."""
        chosen, choosing = _least_bic(found), self.choosing
        while chosen > 1 and choosing.bootstraps:
            p = self.tested(found, chosen)
            if p is None or p <= choosing.level:
                break
            chosen -= 1
        if choosing.test_next and choosing.bootstraps and chosen < choosing.most_classes:
            self.tested(found, chosen + 1)
        if chosen > 1 and choosing.splits:
            found[chosen] = self.with_stability(found[chosen])
        return chosen

    def tested(self, found: dict[int, Candidate], n_classes: int) -> float | None:
        """Bootstrap p of a number against one fewer, written into ``found``."""
        fewer, more = found[n_classes - 1].model, found[n_classes].model
        if fewer is None or more is None:
            return None
        own = _child(self.seed, TESTS, n_classes)
        p = bootstrap_p(self.items, fewer, more, own, self.choosing)
        found[n_classes] = replace(found[n_classes], blrt_p=p)
        return p

    def with_stability(self, candidate: Candidate) -> Candidate:
        """The candidate with the agreement of its classes between halves of the people."""
        choosing = self.choosing
        agreement = []
        for number in range(choosing.splits):
            own = _child(self.seed, HALVES, number)
            order = np.random.default_rng(own).permutation(self.items.n_people)
            half = self.items.n_people // 2
            parts = (order[:half], order[half:])
            try:
                learned = [
                    fit_mixture(
                        self.items.take(part),
                        candidate.n_classes,
                        _child(own, key),
                        self.form,
                        choosing.quick,
                    ).membership(self.items)
                    for key, part in enumerate(parts)
                ]
            except MixtureError:
                # A half in which the classes cannot be found agrees with nothing.
                agreement.append(0.0)
            else:
                agreement.append(adjusted_rand(learned[0].most_probable, learned[1].most_probable))
        low, high = np.percentile(agreement, [2.5, 97.5])
        return replace(
            candidate,
            stability=float(np.mean(agreement)),
            stability_low=float(low),
            stability_high=float(high),
            n_splits=choosing.splits,
        )


def _child(sequence: np.random.SeedSequence, *keys: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(sequence.entropy, spawn_key=(*sequence.spawn_key, *keys))


def _least_bic(found: dict[int, Candidate]) -> int:
    eligible = {
        number: candidate.model.bic
        for number, candidate in found.items()
        if candidate.model is not None and candidate.model.n_empty == 0
    }
    return min(eligible, key=lambda number: eligible[number], default=1)


def bootstrap_p(
    items: Items,
    fewer: Mixture,
    more: Mixture,
    seed: np.random.SeedSequence,
    choosing: Choosing,
) -> float:
    """Parametric bootstrap p of the likelihood ratio (McLachlan, doi:10.2307/2347790).

    Copies are simulated from the smaller model, with ratings missing where they are missing; both models
    are fitted to each. Simulation stops as soon as p is sure to be above the level, since no more is asked
    of it: p is then a lower bound of what all copies would have given, and above the level all the same.

    Parameters
    ----------
    items, fewer : in the same order of items
    more : the model of one class more
    """
    observed = more.log_likelihood - fewer.log_likelihood
    as_large = 0
    for number in range(choosing.bootstraps):
        own = _child(seed, number)
        draw, small, large = (_child(own, key) for key in range(3))
        copy = simulate(fewer, items.is_rated, np.random.default_rng(draw))
        try:
            simple = fit_mixture(copy, fewer.n_classes, small, fewer.form, choosing.quick)
            gained = fit_mixture(copy, more.n_classes, large, fewer.form, choosing.quick).log_likelihood
        except MixtureError:
            # A copy that cannot be fitted speaks for the simpler model.
            as_large += 1
        else:
            as_large += gained - simple.log_likelihood >= observed
        if (1 + as_large) / (choosing.bootstraps + 1) > choosing.level:
            break
    return float((1 + as_large) / (choosing.bootstraps + 1))


def simulate(model: Mixture, is_rated: ArrayLike, rng: np.random.Generator) -> Items:
    """People drawn from a model, their ratings missing where ``is_rated`` (people, items) is false."""
    rated = np.asarray(is_rated, dtype=bool)
    n_people, n_items = rated.shape
    group = rng.choice(model.n_classes, size=n_people, p=model.shares)
    node = rng.choice(len(model.node_shares), size=n_people, p=model.node_shares)
    uniform = rng.random((n_people, n_items))
    codes = np.empty((n_people, n_items), dtype=np.int64)
    for item in range(n_items):
        below = np.cumsum(model.chances[item], axis=0)[:-1, group, node]
        codes[:, item] = (uniform[:, item] >= below).sum(axis=0)
    codes = np.minimum(codes, np.asarray(model.n_categories) - 1)
    return Items(np.where(rated, codes, MISSING), model.n_categories)


def adjusted_rand(first: ArrayLike, second: ArrayLike) -> float:
    """Agreement of two groupings of the same people, 0 by chance, 1 if equal (doi:10.1007/BF01908075).

    Raises
    ------
    ValueError : the groupings are not of the same people
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError("two groupings of the same people are needed")
    rows, columns = np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1]
    table = np.zeros((rows.max(initial=0) + 1, columns.max(initial=0) + 1))
    np.add.at(table, (rows, columns), 1.0)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, of_a, of_b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    n_pairs = len(a) * (len(a) - 1) / 2
    expected = of_a * of_b / n_pairs if n_pairs else 0.0
    largest = (of_a + of_b) / 2
    return 1.0 if largest == expected else (together - expected) / (largest - expected)
