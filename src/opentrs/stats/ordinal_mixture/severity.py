"""Ordinal items, latent classes, and one severity factor that is no class: the kernel of the mixture.

``P(x_j <= c | class k, severity t) = logistic(tau_jc - b_jk - a_j t)``, ``t ~ N(0, 1)``: an ordinal logistic
item in which classes differ by shifts ``b`` while overall severity, shared by all classes, moves people
along ``a``. Classes are thus patterns, not grades.

Severity is integrated out over evenly spaced nodes: thirty items leave a person's severity so narrow (a third
of a standard deviation) that Gauss-Hermite nodes, almost a whole one apart, would fall beside it.

Weak prior, which keeps every parameter finite: ``b`` and ``a`` are N(0, 4) on the logit scale, and one
made-up person is spread evenly over classes and over the steps of each item.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opentrs.stats.ordinal_mixture.items import Floats, Items

NODES = np.linspace(-4.0, 4.0, 15)
NODE_SHARES: Floats = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
PRIOR_SD = 4.0
PRETEND_PEOPLE = 1.0
SMALLEST = 1e-12
FAR = 40.0
HALVINGS = 6


@dataclass(frozen=True, slots=True)
class Parts:
    """The parameters of several fits, unpacked.

    Parameters
    ----------
    shares : (fits, classes) log class shares
    thresholds : (fits, items, most steps - 1) ``tau``; beyond an item's last step they stand at ``FAR``
    shifts : (fits, items, classes) ``b``
    slopes : (fits, items) ``a``
    """

    shares: Floats
    thresholds: Floats
    shifts: Floats
    slopes: Floats

    def packed(self) -> Floats:
        """(fits, parameters)."""
        n_fits = len(self.shares)
        pieces = (self.shares, self.thresholds, self.shifts, self.slopes)
        return np.concatenate([piece.reshape(n_fits, -1) for piece in pieces], axis=1)


def unpacked(parameters: Floats, n_items: int, most: int, n_classes: int) -> Parts:
    """The parts of flat (fits, parameters)."""
    n_fits = len(parameters)
    ends = np.cumsum([n_classes, n_items * (most - 1), n_items * n_classes])
    shares, thresholds, shifts, slopes = np.split(parameters, ends, axis=1)
    return Parts(
        shares,
        thresholds.reshape(n_fits, n_items, most - 1),
        shifts.reshape(n_fits, n_items, n_classes),
        slopes,
    )


def cumulative(parts: Parts) -> Floats:
    """(fits, items, most steps + 1, classes, nodes): probability of a step below the given one."""
    place = parts.shifts[..., None] + parts.slopes[:, :, None, None] * NODES
    logit = parts.thresholds[..., None, None] - place[:, :, None]
    n_fits, n_items, cuts = parts.thresholds.shape
    below = np.empty((n_fits, n_items, cuts + 2, *place.shape[2:]))
    below[:, :, 0], below[:, :, -1] = 0.0, 1.0
    inner = below[:, :, 1:-1]
    np.clip(logit, -FAR, FAR, out=logit)
    np.negative(logit, out=logit)
    np.exp(logit, out=logit)
    logit += 1.0
    np.divide(1.0, logit, out=inner)
    return below


def step_chances(below: Floats) -> Floats:
    """(fits, items, most steps, classes, nodes): probability of each step, floored above 0."""
    return np.maximum(np.diff(below, axis=2), SMALLEST)


class SeverityKernel:
    """EM of the mixture with a severity factor; the maximisation is one Fisher scoring step per item.

    Parameters
    ----------
    items : the ratings, the same for all fits
    """

    def __init__(self, items: Items, n_classes: int) -> None:
        self.n_people, self.n_classes = items.n_people, n_classes
        self._n_items, self._most = items.n_items, max(items.n_categories)
        self._hot = items.one_hot()
        steps = np.asarray(items.n_categories)
        self._is_cut = np.arange(self._most - 1) < (steps - 1)[:, None]
        self._is_step = np.arange(self._most) < steps[:, None]
        pretend = self._is_step / steps[:, None] * PRETEND_PEOPLE / n_classes
        self._pretend = pretend[:, :, None, None] * NODE_SHARES

    def parts(self, parameters: Floats) -> Parts:
        """Unpack flat parameters."""
        return unpacked(parameters, self._n_items, self._most, self.n_classes)

    def start(self, shares: Floats, shifts: Floats, thresholds: Floats, slopes: Floats) -> Floats:
        """Flat parameters from class shares and shifts (fits, ...) and the items of a one-class fit."""
        n_fits = len(shifts)
        return Parts(
            np.log(shares),
            np.broadcast_to(thresholds, (n_fits, *thresholds.shape[-2:])),
            shifts,
            np.broadcast_to(slopes, (n_fits, slopes.shape[-1])),
        ).packed()

    def marginal_thresholds(self) -> Floats:
        """(items, most steps - 1): thresholds of one class without severity, from the counts alone."""
        counts = np.asarray(self._hot.sum(axis=0)).reshape(self._n_items, self._most)
        counts = counts + self._pretend.sum(axis=(2, 3)) * self.n_classes
        share = np.cumsum(counts, axis=1)[:, :-1] / counts.sum(axis=1, keepdims=True)
        share = np.clip(share, SMALLEST, 1 - SMALLEST)
        return np.where(self._is_cut, np.log(share / (1 - share)), FAR)

    def joint(self, parameters: Floats) -> Floats:
        """(people, fits, classes x nodes): log probability of ratings, class and severity."""
        parts = self.parts(parameters)
        return self._joint(parts, np.log(step_chances(cumulative(parts))))

    def _joint(self, parts: Parts, log_chances: Floats) -> Floats:
        n_fits, cells = len(parts.shares), self.n_classes * len(NODES)
        table = log_chances.reshape(n_fits, -1, cells).transpose(1, 0, 2)
        joint: Floats = self._hot @ np.ascontiguousarray(table).reshape(-1, n_fits * cells)
        joint = joint.reshape(self.n_people, n_fits, cells)
        joint += (parts.shares[:, :, None] + np.log(NODE_SHARES)).reshape(n_fits, cells)
        return joint

    def step(self, parameters: Floats) -> tuple[Floats, Floats]:
        """One EM step; see :class:`~opentrs.stats.ordinal_mixture.climb.Kernel`."""
        parts, n_fits = self.parts(parameters), len(parameters)
        below = cumulative(parts)
        log_chances = np.log(step_chances(below))
        joint = self._joint(parts, log_chances)
        top = joint.max(axis=2, keepdims=True)
        joint -= top
        np.exp(joint, out=joint)
        total = joint.sum(axis=2, keepdims=True)
        joint /= total
        climbed = (np.log(total) + top).sum(axis=(0, 2)) + self._log_prior(parts, log_chances)
        wide = self._hot.T @ joint.reshape(self.n_people, -1)
        counts = wide.reshape(-1, n_fits, joint.shape[2]).transpose(1, 0, 2).reshape(log_chances.shape)
        counts = counts + self._pretend
        people = joint.sum(axis=0).reshape(n_fits, self.n_classes, -1).sum(axis=2)
        pretend = PRETEND_PEOPLE / self.n_classes
        shares = np.log((people + pretend) / (self.n_people + PRETEND_PEOPLE))
        return self._scored(parts, below, log_chances, counts, shares).packed(), climbed

    def log_likelihood(self, parameters: Floats) -> Floats:
        """(fits,): log-likelihood without the prior."""
        joint = self.joint(parameters)
        top = joint.max(axis=2, keepdims=True)
        total = np.exp(joint - top).sum(axis=2, keepdims=True)
        return np.asarray((np.log(total) + top).sum(axis=(0, 2)))

    def _log_prior(self, parts: Parts, log_chances: Floats) -> Floats:
        pretend = np.einsum("jlkq,fjlkq->f", self._pretend, log_chances)
        shares = parts.shares.sum(axis=1) * PRETEND_PEOPLE / self.n_classes
        spread = (parts.shifts**2).sum(axis=(1, 2)) + (parts.slopes**2).sum(axis=1)
        return np.asarray(pretend + shares - spread / (2 * PRIOR_SD**2))

    def is_valid(self, parameters: Floats) -> NDArray[np.bool_]:
        """Thresholds rise, and all is finite."""
        thresholds = self.parts(parameters).thresholds
        rising = (np.diff(thresholds, axis=2) > 0) | ~self._is_cut[:, 1:]
        return np.asarray(rising.all(axis=(1, 2)) & np.isfinite(parameters).all(axis=1))

    def _item_gain(self, parts: Parts, log_chances: Floats, counts: Floats) -> Floats:
        """(fits, items): the part of the expected objective that belongs to each item."""
        fit = np.einsum("fjlkq,fjlkq->fj", counts, log_chances)
        spread = (parts.shifts**2).sum(axis=2) + parts.slopes**2
        return np.asarray(fit - spread / (2 * PRIOR_SD**2))

    def _scored(
        self, parts: Parts, below: Floats, log_chances: Floats, counts: Floats, shares: Floats
    ) -> Parts:
        """One Fisher scoring step for each item, halved where it would not go up."""
        step = scoring_step(parts, below, counts, self._is_cut)
        cuts = self._most - 1
        before = self._item_gain(parts, log_chances, counts)
        size = np.ones(before.shape)
        for _ in range(HALVINGS):
            by = step * size[:, :, None]
            new = Parts(
                shares,
                parts.thresholds + by[:, :, :cuts],
                parts.shifts + by[:, :, cuts:-1],
                parts.slopes + by[:, :, -1],
            )
            rising = ((np.diff(new.thresholds, axis=2) > 0) | ~self._is_cut[:, 1:]).all(axis=2)
            gain = self._item_gain(new, np.log(step_chances(cumulative(new))), counts)
            worse = (size > 0) & ~(rising & (gain >= before - 1e-9 * np.abs(before)))
            if not worse.any():
                return new
            size = np.where(worse, size / 2, size)
        by = step * np.where(worse, 0.0, size)[:, :, None]
        return Parts(
            shares,
            parts.thresholds + by[:, :, :cuts],
            parts.shifts + by[:, :, cuts:-1],
            parts.slopes + by[:, :, -1],
        )


def scoring_step(parts: Parts, below: Floats, counts: Floats, is_cut: NDArray[np.bool_]) -> Floats:
    """(fits, items, cuts + classes + 1): Fisher scoring step of thresholds, shifts and slope.

    With ``F`` the cumulative logistic and ``f = F (1 - F)``, ``f_c - f_d = (F_c - F_d)(1 - F_c - F_d)``,
    so the sums over steps that the shifts and slopes need come out without dividing.

    Parameters
    ----------
    below : cumulative probabilities, see :func:`cumulative`
    counts : (fits, items, steps, classes, nodes) expected people
    is_cut : (items, cuts) the item has that threshold
    """
    chances = step_chances(below)
    inner = below[:, :, 1:-1]
    density = inner * (1 - inner)
    rate = counts / chances
    expected = counts.sum(axis=2)
    n_fits, n_items, cuts, n_classes, _ = inner.shape
    size = cuts + n_classes + 1
    information = np.zeros((n_fits, n_items, size, size))
    gradient = np.empty((n_fits, n_items, size))

    pull = density * (rate[:, :, :-1] - rate[:, :, 1:])
    gradient[:, :, :cuts] = pull.sum(axis=(3, 4))
    shift_pull = -pull.sum(axis=2)
    gradient[:, :, cuts:-1] = shift_pull.sum(axis=3) - parts.shifts / PRIOR_SD**2
    gradient[:, :, -1] = (shift_pull * NODES).sum(axis=(2, 3)) - parts.slopes / PRIOR_SD**2

    weighted = density * expected[:, :, None]
    inverse = 1 / chances
    each = np.arange(cuts)
    own = (weighted * density * (inverse[:, :, :-1] + inverse[:, :, 1:])).sum(axis=(3, 4))
    information[:, :, each, each] = own + SMALLEST
    if cuts > 1:
        beside = -(weighted[:, :, :-1] * density[:, :, 1:] * inverse[:, :, 1:-1]).sum(axis=(3, 4))
        information[:, :, each[:-1], each[1:]] = beside
        information[:, :, each[1:], each[:-1]] = beside
    row = weighted * (below[:, :, 2:] - below[:, :, :-2])
    of_shift = -row.sum(axis=4)
    of_slope = -(row * NODES).sum(axis=(3, 4))
    information[:, :, :cuts, cuts:-1] = of_shift
    information[:, :, cuts:-1, :cuts] = of_shift.swapaxes(2, 3)
    information[:, :, :cuts, -1] = of_slope
    information[:, :, -1, :cuts] = of_slope
    whole = row.sum(axis=2)
    classes = cuts + np.arange(n_classes)
    information[:, :, classes, classes] = whole.sum(axis=3) + 1 / PRIOR_SD**2
    leaning = (whole * NODES).sum(axis=3)
    information[:, :, cuts:-1, -1] = leaning
    information[:, :, -1, cuts:-1] = leaning
    information[:, :, -1, -1] = (whole * NODES**2).sum(axis=(2, 3)) + 1 / PRIOR_SD**2

    absent = ~is_cut
    if absent.any():
        fit, item, cut = np.nonzero(np.broadcast_to(absent, (n_fits, n_items, cuts)))
        information[fit, item, cut, :] = 0.0
        information[fit, item, :, cut] = 0.0
        information[fit, item, cut, cut] = 1.0
        gradient[fit, item, cut] = 0.0
    steps: Floats = np.linalg.solve(information, gradient[..., None])[..., 0]
    return steps
