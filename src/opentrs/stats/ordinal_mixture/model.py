"""A fitted mixture: what it says of classes and people, and its JSON form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opentrs.stats.ordinal_mixture.items import Floats, Items, MixtureError, as_items
from opentrs.stats.ordinal_mixture.severity import NODE_SHARES, Parts, cumulative, step_chances

Form = Literal["severity", "categorical"]
FORMAT = "opentrs ordinal mixture 1"
ITEM_ARRAYS = ("chances", "thresholds", "shifts", "slopes")
ITEM_TUPLES = ("item_names", "lowest", "n_categories")


@dataclass(frozen=True, slots=True)
class Membership:
    """To which classes people belong, in the model's eyes.

    Parameters
    ----------
    probability : (people, classes); rows sum to 1
    is_prior : (people,) nobody rated an item: the row is only the class shares
    log_likelihood : (people,) of the rated items; 0 where there is none
    """

    probability: Floats
    is_prior: NDArray[np.bool_]
    log_likelihood: Floats

    @property
    def most_probable(self) -> NDArray[np.intp]:
        """(people,): position of the most probable class."""
        return np.asarray(np.argmax(self.probability, axis=1))

    @property
    def entropy(self) -> float | None:
        """Relative entropy: 1 if every person belongs to one class for certain, 0 if nothing is known.

        None for a single class, or nobody rated.
        """
        rated = self.probability[~self.is_prior]
        n, classes = rated.shape
        if classes < 2 or n == 0:
            return None
        doubt = -(rated * np.log(np.where(rated > 0, rated, 1.0))).sum()
        return float(1 - doubt / (n * np.log(classes)))


@dataclass(frozen=True, slots=True)
class Mixture:
    """A fitted mixture. Classes stand in order of their mean expected rating, the mildest first.

    Parameters
    ----------
    form : ``severity`` (ordinal items, severity separated) or ``categorical``
    item_names : the items, in the order of the arrays
    lowest : lowest step of each item, as rated
    n_categories : steps of each item
    shares : (classes,)
    chances : (items, most steps, classes, nodes) probability of each step; one node if ``categorical``
    thresholds, shifts, slopes : ``tau`` (items, most steps - 1), ``b`` (items, classes), ``a`` (items,) of
        the severity form, see :mod:`opentrs.stats.ordinal_mixture.severity`; empty otherwise
    log_likelihood : of the people it was fitted to, without the prior
    n_parameters, n_people : free parameters, and people it was fitted to
    n_empty : classes of fewer than one expected person
    n_starts, n_at_best : random starts; and how many of those that went on to the end reached the best
    """

    form: Form
    item_names: tuple[str, ...]
    lowest: tuple[int, ...]
    n_categories: tuple[int, ...]
    shares: Floats
    chances: Floats
    thresholds: Floats
    shifts: Floats
    slopes: Floats
    log_likelihood: float
    n_parameters: int
    n_people: int
    n_empty: int
    n_starts: int
    n_at_best: int

    @property
    def n_classes(self) -> int:
        """Classes."""
        return len(self.shares)

    @property
    def bic(self) -> float:
        """Bayesian information criterion, less is better (doi:10.1214/aos/1176344136)."""
        return float(np.log(self.n_people) * self.n_parameters - 2 * self.log_likelihood)

    @property
    def node_shares(self) -> Floats:
        """Weight of each node of severity."""
        return NODE_SHARES if self.form == "severity" else np.ones(1)

    def expected(self) -> Floats:
        """(items, classes): mean rating in each class, on the item's own scale."""
        steps = np.arange(self.chances.shape[1])
        mean = np.einsum("jlkq,l,q->jk", self.chances, steps, self.node_shares)
        return np.asarray(mean + np.asarray(self.lowest)[:, None])

    def predict(self, values: ArrayLike, item_names: Sequence[str] | None = None) -> Membership:
        """Class probabilities of people, seen before or not; missing items count by likelihood.

        Parameters
        ----------
        values : (people, items) ratings on the items' own scales, NaN where missing
        item_names : the columns of ``values``; by default the model's own order

        Raises
        ------
        MixtureError : an item of the model is not among the columns, or a rating is outside its range
        """
        table = np.asarray(values, dtype=np.float64)
        if item_names is not None:
            places = {name: place for place, name in enumerate(item_names)}
            absent = [name for name in self.item_names if name not in places]
            if absent:
                raise MixtureError(f"the mixture was fitted to items that are not here: {', '.join(absent)}")
            table = table[:, [places[name] for name in self.item_names]]
        highest = [low + steps - 1 for low, steps in zip(self.lowest, self.n_categories, strict=True)]
        return self.membership(as_items(table, self.lowest, highest))

    def membership(self, items: Items) -> Membership:
        """:meth:`predict` for ratings that are coded already, in the model's order of items."""
        n_items, most, classes, nodes = self.chances.shape
        # A step beyond an item's last has chance 0 and is never rated.
        table = np.log(np.where(self.chances > 0, self.chances, 1.0)).reshape(n_items * most, -1)
        cell = np.log(self.shares)[:, None] + np.log(self.node_shares)
        joint = (items.one_hot() @ table + cell.ravel()).reshape(-1, classes, nodes)
        top = joint.max(axis=(1, 2), keepdims=True)
        raised = np.exp(joint - top).sum(axis=2)
        total = raised.sum(axis=1)
        is_prior = np.asarray(~items.is_rated.any(axis=1))
        likelihood = np.where(is_prior, 0.0, np.log(total) + top[:, 0, 0])
        probability = np.where(is_prior[:, None], self.shares, raised / total[:, None])
        return Membership(probability, is_prior, likelihood)

    def with_items(self, places: NDArray[np.intp]) -> Mixture:
        """The same model with its items in another order."""
        kept: dict[str, Any] = {
            name: getattr(self, name)[places] for name in ITEM_ARRAYS if len(getattr(self, name))
        }
        names: dict[str, Any] = {
            name: tuple(getattr(self, name)[place] for place in places) for name in ITEM_TUPLES
        }
        return replace(self, **kept, **names)

    def frozen(self) -> Mixture:
        """The same model with arrays that cannot be written to."""
        arrays: dict[str, Any] = {name: getattr(self, name).copy() for name in ("shares", *ITEM_ARRAYS)}
        for array in arrays.values():
            array.flags.writeable = False
        return replace(self, **arrays)

    def to_json(self) -> str:
        """The model as JSON text, to be applied elsewhere; its numbers read back equal."""
        fields: dict[str, Any] = {"format": FORMAT}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            fields[name] = value.tolist() if isinstance(value, np.ndarray) else value
        return json.dumps(fields, ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> Mixture:
    """A model written by :meth:`Mixture.to_json`.

    Raises
    ------
    MixtureError : the text is not such a model, or its numbers describe none
    """
    try:
        fields = json.loads(text)
        if fields.pop("format") != FORMAT:
            raise MixtureError(f"this is not a model of the form {FORMAT}")
        arrays: dict[str, Any] = {
            name: np.asarray(fields.pop(name), dtype=np.float64) for name in ("shares", *ITEM_ARRAYS)
        }
        tuples: dict[str, Any] = {name: tuple(fields.pop(name)) for name in ITEM_TUPLES}
        model = Mixture(**arrays, **tuples, **fields)
        _must_be_a_model(model)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MixtureError(f"this is not a model of the form {FORMAT}: {error}") from error
    return model.frozen()


def _must_be_a_model(model: Mixture) -> None:
    n_items = len(model.item_names)
    steps = max(model.n_categories)
    shape = (n_items, steps, model.n_classes, len(model.node_shares))
    if model.chances.shape != shape or len(model.lowest) != n_items or len(model.n_categories) != n_items:
        raise ValueError("its arrays do not fit together")
    sums = model.chances.sum(axis=1)
    is_chance = np.isfinite(model.chances).all() and (model.chances >= 0).all() and (model.shares > 0).all()
    if not (is_chance and np.allclose(sums, 1) and np.isclose(model.shares.sum(), 1)):
        raise ValueError("its chances do not sum to 1")


def chances_of_severity(parts: Parts, n_categories: Sequence[int]) -> Floats:
    """(items, most steps, classes, nodes): chance of each step for the first of the fits."""
    chances = step_chances(cumulative(parts))[0]
    beyond = np.arange(chances.shape[1]) >= np.asarray(n_categories)[:, None]
    chances[beyond] = 0.0
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))
