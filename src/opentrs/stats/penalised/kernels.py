"""Compiled coordinate descent along a penalty path. Importing this imports numba: only `path` does, late.

Everything compiled stands in this one file, because numba's cache on disk notices a change of a function only
by the file it stands in. Columns are rows of ``xt`` (features, people), so that a dot product reads memory in
order. ``r`` is the working residual times the working weight; its product with a column is the negative
gradient of the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
F = TypeVar("F", bound=Callable[..., Any])

LOGISTIC, COX = 0, 1
# A working weight below this would let one person with a risk near 0 or 1 dominate a step; a larger weight
# only shortens the step, the gradient stays exact.
SMALLEST_WEIGHT = 1e-5
MOST_HALVINGS = 30
# A loss this much higher, relatively, is not higher but rounded.
ROUNDING = 1e-12
# A path of our own has at least so many penalties, and starts for pure ridge where this mixing would.
FEWEST_LAMBDAS = 5
SMALLEST_ALPHA = 1e-3
# Sums may be reordered, which lets the compiler use wide registers; infinities and NaN keep their meaning.
REORDER = {"reassoc", "contract", "nsz", "arcp"}


class Data(NamedTuple):
    """What is fitted: standardised columns (features, people), outcome, tie number, weights that sum to 1."""

    family: int
    xt: Floats
    y: Floats
    tie: Ints
    weight: Floats


class State(NamedTuple):
    """Where the fit stands: linear predictor, working weights and residuals, curvature, coefficients.

    The intercept is the last of ``b``; ``lasso`` and ``ridge`` are the two penalties of each feature.
    """

    eta: Floats
    w: Floats
    r: Floats
    curvature: Floats
    b: Floats
    lasso: Floats
    ridge: Floats


class Rule(NamedTuple):
    """How far to go: tolerance and passes, and at which explained share or gain a path of our own ends."""

    tolerance: float
    max_passes: int
    stop_ratio: float
    stop_gain: float


def compiled(function: F) -> F:
    """Compile, keep the machine code if a disk can be written to, and run without the interpreter's lock."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True, fastmath=REORDER)(function))
    except RuntimeError:  # no folder to keep it in
        return cast(F, numba.njit(nogil=True, fastmath=REORDER)(function))


@compiled
def dot(a: Floats, b: Floats) -> float:
    """Return the sum of products."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@compiled
def subtract(r: Floats, w: Floats, x: Floats, step: float) -> None:
    """Take ``step * w * x`` off ``r``."""
    for i in range(r.size):
        r[i] -= step * w[i] * x[i]


@compiled
def weighted_square(w: Floats, x: Floats) -> float:
    """Return the sum of ``w * x**2``."""
    total = 0.0
    for i in range(w.size):
        total += w[i] * x[i] * x[i]
    return total


@compiled
def logistic_terms(eta: Floats, y: Floats, weight: Floats, w: Floats, r: Floats) -> float:
    """Fill working weights and residuals; returns the negative log-likelihood (weights sum to 1)."""
    loss = 0.0
    for i in range(eta.size):
        small = np.exp(-abs(eta[i]))
        risk = 1.0 / (1.0 + small) if eta[i] >= 0 else small / (1.0 + small)
        w[i] = weight[i] * max(risk * (1.0 - risk), SMALLEST_WEIGHT)
        r[i] = weight[i] * (y[i] - risk)
        loss += weight[i] * (max(eta[i], 0.0) - y[i] * eta[i] + np.log1p(small))
    return loss


@compiled
def cox_terms(eta: Floats, event: Floats, tie: Ints, weight: Floats, w: Floats, r: Floats) -> float:
    """Fill working weights and residuals; returns the negative partial log-likelihood (Breslow's ties).

    People are sorted by time; ``tie`` numbers the distinct times upwards. The working weight is the part of
    the Hessian's diagonal that bounds the whole Hessian from above, so a step does not overshoot.
    """
    n = eta.size
    largest = eta.max()
    at_risk = np.zeros(tie[n - 1] + 1)
    deaths = np.zeros(tie[n - 1] + 1)
    for i in range(n):
        at_risk[tie[i]] += weight[i] * np.exp(eta[i] - largest)
        deaths[tie[i]] += weight[i] * event[i]
    for k in range(at_risk.size - 2, -1, -1):
        at_risk[k] += at_risk[k + 1]
    loss = 0.0
    hazard = np.zeros(at_risk.size)
    total = 0.0
    for k in range(at_risk.size):
        if deaths[k] > 0:
            total += deaths[k] / at_risk[k]
            loss += deaths[k] * (np.log(at_risk[k]) + largest)
        hazard[k] = total
    for i in range(n):
        expected = weight[i] * np.exp(eta[i] - largest) * hazard[tie[i]]
        w[i] = max(expected, weight[i] * SMALLEST_WEIGHT)
        r[i] = weight[i] * event[i] - expected
        loss -= weight[i] * event[i] * eta[i]
    return loss


@compiled
def terms(data: Data, state: State) -> float:
    """Fill working weights and residuals of the family; returns its negative log-likelihood."""
    if data.family == LOGISTIC:
        return logistic_terms(state.eta, data.y, data.weight, state.w, state.r)
    return cox_terms(state.eta, data.y, data.tie, data.weight, state.w, state.r)


@compiled
def sweep(which: Ints, data: Data, state: State) -> float:
    """Move each named coefficient once to its best value; returns the largest gain (curvature x step^2)."""
    largest = 0.0
    for j in which:
        old = state.b[j]
        pull = dot(data.xt[j], state.r) + state.curvature[j] * old
        size = abs(pull) - state.lasso[j]
        new = 0.0
        if size > 0.0:
            new = np.sign(pull) * size / (state.curvature[j] + state.ridge[j])
        if new != old:
            state.b[j] = new
            subtract(state.r, state.w, data.xt[j], new - old)
            largest = max(largest, state.curvature[j] * (new - old) ** 2)
    if data.family == LOGISTIC:
        largest = max(largest, sweep_intercept(state))
    return largest


@compiled
def sweep_intercept(state: State) -> float:
    """Move the intercept to its best value; returns the gain."""
    total = float(state.w.sum())
    step = float(state.r.sum()) / total
    state.b[state.b.size - 1] += step
    for i in range(state.r.size):
        state.r[i] -= step * state.w[i]
    return total * step * step


@compiled
def descend(candidates: Ints, data: Data, state: State, tolerance: float, passes: int) -> int:
    """Solve the weighted least-squares problem on the candidates; returns the passes used.

    A pass over all candidates is followed by passes over those that are not zero until they stand still.
    """
    used = 0
    while used < passes:
        used += 1
        if sweep(candidates, data, state) < tolerance:
            return used
        active = candidates[state.b[candidates] != 0.0]
        while used < passes:
            used += 1
            if sweep(active, data, state) < tolerance:
                break
    return used


@compiled
def penalty(state: State) -> float:
    """Return the elastic-net penalty of the coefficients; the intercept is free."""
    total = 0.0
    for j in range(state.lasso.size):
        total += state.lasso[j] * abs(state.b[j]) + 0.5 * state.ridge[j] * state.b[j] * state.b[j]
    return total


@compiled
def fit_candidates(
    candidates: Ints, data: Data, state: State, tolerance: float, passes: int
) -> tuple[int, bool, float]:
    """Newton steps on the candidates, each solved by coordinate descent and halved until it does not go up.

    Returns the passes used, whether the last step was below the tolerance, and the loss.
    """
    eta, w, r, curvature, b = state.eta, state.w, state.r, state.curvature, state.b
    used = 0
    loss = terms(data, state)
    while used < passes:
        before, eta_before, r_before = b.copy(), eta.copy(), r.copy()
        objective = loss + penalty(state)
        for j in candidates:
            curvature[j] = weighted_square(w, data.xt[j])
        used += descend(candidates, data, state, tolerance, passes - used)
        moved = w.sum() * (b[b.size - 1] - before[b.size - 1]) ** 2
        for j in candidates:
            moved = max(moved, curvature[j] * (b[j] - before[j]) ** 2)
        for i in range(eta.size):
            eta[i] += (r_before[i] - r[i]) / w[i]
        loss = terms(data, state)
        for _ in range(MOST_HALVINGS):
            if loss + penalty(state) <= objective + ROUNDING * (1.0 + abs(objective)):
                break
            b[:] = 0.5 * (b + before)
            eta[:] = 0.5 * (eta + eta_before)
            loss = terms(data, state)
        if moved < tolerance:
            return used, True, loss
    return used, False, loss


@compiled
def gradients(data: Data, state: State, g: Floats) -> None:
    """Fill the negative gradient of the loss by each feature."""
    for j in range(g.size):
        g[j] = dot(data.xt[j], state.r)


@compiled
def largest_lambda(g: Floats, factors: Floats, alpha: float) -> float:
    """Return the smallest penalty at which every penalised coefficient is zero."""
    largest = 0.0
    for j in range(g.size):
        if factors[j] > 0.0:
            largest = max(largest, abs(g[j]) / factors[j])
    return largest / max(alpha, SMALLEST_ALPHA)


@compiled
def fit_lambda(
    ever: Bools, g: Floats, data: Data, state: State, tolerance: float, passes: int
) -> tuple[int, bool, float]:
    """Fit at one penalty: on the features the strong rule kept, and again with any it should have kept."""
    used = 0
    while True:
        steps, converged, loss = fit_candidates(np.flatnonzero(ever), data, state, tolerance, passes - used)
        used += steps
        gradients(data, state, g)
        violated = ~ever & (np.abs(g) > state.lasso)
        ever |= violated
        if not converged or not violated.any():
            return used, converged, loss


@compiled
def solve_path(
    data: Data,
    factors: Floats,
    alpha: float,
    lambdas: Floats,
    smallest_ratio: float,
    rule: Rule,
    null_loss: float,
    scale: float,
    start: float,
) -> tuple[Floats, Floats, Floats, int]:
    """Fit the whole path with warm starts, sequential strong rules and a check of what they left out.

    Where the first of ``lambdas`` is not positive, the sequence is made from the data: downwards from the
    smallest that sets every coefficient to zero, by ``smallest_ratio``. Returns lambdas, coefficients with
    the intercept last (lambdas, features + 1), the share explained of what can be (``scale``, from the null
    to the saturated model), and how many passes were used, negative if they did not suffice.
    """
    p, n = data.xt.shape
    state = State(
        np.full(n, start), np.zeros(n), np.zeros(n), np.zeros(p), np.zeros(p + 1), np.zeros(p), np.zeros(p)
    )
    state.b[p] = start
    g, all_b, explained = np.zeros(p), np.zeros((lambdas.size, p + 1)), np.zeros(lambdas.size)
    tolerance = rule.tolerance * scale
    free = factors == 0.0
    used, converged, loss = fit_candidates(np.flatnonzero(free), data, state, tolerance, rule.max_passes)
    if not converged:
        return lambdas, all_b, explained, -used
    gradients(data, state, g)
    previous = largest_lambda(g, factors, alpha)
    given = lambdas[0] > 0.0
    if not given:
        steps = np.arange(lambdas.size) / max(lambdas.size - 1, 1)
        lambdas = previous * smallest_ratio**steps
    for k in range(lambdas.size):
        state.lasso[:] = lambdas[k] * alpha * factors
        state.ridge[:] = lambdas[k] * (1.0 - alpha) * factors
        # Only what is not zero is carried on; the strong rule brings back what may be needed.
        ever = free | (state.b[:p] != 0.0)
        ever |= np.abs(g) >= alpha * factors * (2.0 * lambdas[k] - previous)
        passes, converged, loss = fit_lambda(ever, g, data, state, tolerance, rule.max_passes - used)
        used += passes
        if not converged:
            return lambdas[: k + 1], all_b, explained, -used
        previous = lambdas[k]
        all_b[k] = state.b
        explained[k] = (null_loss - loss) / scale
        full = explained[k] > rule.stop_ratio
        still = k > 0 and explained[k] - explained[k - 1] < rule.stop_gain * explained[k]
        if not given and k + 1 >= FEWEST_LAMBDAS and (full or still):
            return lambdas[: k + 1], all_b[: k + 1], explained[: k + 1], used
    return lambdas, all_b, explained, used
