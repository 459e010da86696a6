"""The plain latent-class model: categorical items, independent within a class, missing ones by likelihood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from opentrs.stats.ordinal_mixture.items import Floats, Items

SMALLEST = 1e-15


class LatentClassKernel:
    """EM of the categorical model for several fits at once: both steps are one matrix product.

    Parameters of a fit, flat: log class shares (classes), then log probabilities (items x steps, classes).
    No prior: this form is the one other programs fit, and is climbed to the maximum of the likelihood.
    """

    def __init__(self, items: Items, n_classes: int) -> None:
        self.n_people, self.n_classes = items.n_people, n_classes
        self._hot = items.one_hot()
        self._shape = (items.n_items, max(items.n_categories))

    def start(self, responsibilities: Floats) -> Floats:
        """Parameters from (fits, people, classes) probabilities of membership."""
        n_fits = len(responsibilities)
        wide = np.ascontiguousarray(responsibilities.transpose(1, 0, 2)).reshape(self.n_people, -1)
        return self._maximised(wide, n_fits)

    def step(self, parameters: Floats) -> tuple[Floats, Floats]:
        """One EM step; see :class:`~opentrs.stats.ordinal_mixture.climb.Kernel`."""
        joint = self.joint(parameters)
        top = joint.max(axis=2, keepdims=True)
        joint -= top
        np.exp(joint, out=joint)
        total = joint.sum(axis=2, keepdims=True)
        joint /= total
        at = (np.log(total) + top).sum(axis=(0, 2))
        return self._maximised(joint.reshape(self.n_people, -1), len(parameters)), at

    def joint(self, parameters: Floats) -> Floats:
        """(people, fits, classes): log probability of a person's ratings and of the class."""
        n_fits, classes = len(parameters), self.n_classes
        shares = parameters[:, :classes]
        table = parameters[:, classes:].reshape(n_fits, -1, classes).transpose(1, 0, 2)
        wide = np.ascontiguousarray(table).reshape(-1, n_fits * classes)
        joint: Floats = (self._hot @ wide).reshape(self.n_people, n_fits, classes)
        joint += shares
        return joint

    def is_valid(self, parameters: Floats) -> NDArray[np.bool_]:
        """Any log probabilities will do: the next step normalises them."""
        return np.asarray((parameters <= 0).all(axis=1) & np.isfinite(parameters).all(axis=1))

    def _maximised(self, wide: Floats, n_fits: int) -> Floats:
        classes, (n_items, most) = self.n_classes, self._shape
        counts = (self._hot.T @ wide).reshape(n_items, most, n_fits, classes)
        rated = counts.sum(axis=1, keepdims=True)
        # A class nobody with a rating is in says nothing of that item.
        chance = np.divide(counts, rated, out=np.full_like(counts, 1 / most), where=rated > 0)
        table = np.log(np.maximum(chance, SMALLEST)).transpose(2, 0, 1, 3).reshape(n_fits, -1)
        shares = wide.sum(axis=0).reshape(n_fits, classes) / self.n_people
        return np.concatenate([np.log(np.maximum(shares, SMALLEST)), table], axis=1)
