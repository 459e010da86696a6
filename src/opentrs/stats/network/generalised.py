"""Generalised least squares over the studies of a network, and the between-study variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from opentrs.stats.meta.heterogeneity import MAX_STEPS, TOLERANCE, lengthened, next_step
from opentrs.stats.meta.least_squares import Array, MetaAnalysisError
from opentrs.stats.network.contrasts import StudyBlock

NetworkModel = Literal["fixed", "dl", "reml", "ml", "reml_exact", "ml_exact"]


def basic_design(blocks: Sequence[StudyBlock], n_treatments: int) -> Array:
    """Design of all kept contrasts on the effects of treatments 1.. against treatment 0."""
    rows = []
    for block in blocks:
        for arm in block.arms[1:]:
            row = np.zeros(n_treatments)
            row[arm] += 1
            row[block.arms[0]] -= 1
            rows.append(row[1:])
    return np.array(rows)


@dataclass(frozen=True, slots=True)
class Solved:
    """Generalised least squares at one value of the between-study variance."""

    coefficients: Array
    covariance: Array
    q: float
    trace_p: float
    trace_pp: float
    gradient: float


def _across(left: Array, right: Array) -> Array:
    """Products of the blocks of all studies, summed: (s, b, p) and (s, b, q) give (p, q)."""
    return np.asarray(left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1]))


@dataclass(frozen=True, slots=True)
class Stack:
    """All studies' kept contrasts, padded to blocks of one size so that they are inverted together.

    Parameters
    ----------
    effects : (s, b) effects, 0 where padded
    design : (s, b, p), 0 where padded
    covariance : (s, b, b), the unit matrix where padded
    structure : (s, b, b), 0 where padded
    rank : rank of the design
    """

    effects: Array
    design: Array
    covariance: Array
    structure: Array
    n_contrasts: int
    rank: int

    @classmethod
    def of(cls, blocks: Sequence[StudyBlock], design: Array) -> Stack:
        """Stack study blocks with a design that has one row per kept contrast."""
        size, width = len(blocks), max(len(block.effects) for block in blocks)
        p = design.shape[1]
        effects, x = np.zeros((size, width)), np.zeros((size, width, p))
        covariance = np.broadcast_to(np.eye(width), (size, width, width)).copy()
        structure = np.zeros((size, width, width))
        at = 0
        for place, block in enumerate(blocks):
            m = len(block.effects)
            effects[place, :m] = block.effects
            x[place, :m] = design[at : at + m]
            covariance[place, :m, :m], structure[place, :m, :m] = block.covariance, block.structure
            at += m
        return cls(effects, x, covariance, structure, at, int(np.linalg.matrix_rank(design)))

    @property
    def residual_df(self) -> int:
        """Kept contrasts minus the rank of the design."""
        return self.n_contrasts - self.rank

    def solve(self, tau2: float) -> Solved:
        """Coefficients, Q, and what the steps to tau2 need."""
        weight = np.linalg.inv(self.covariance + tau2 * self.structure)
        wx = weight @ self.design
        bread: Array = np.asarray(np.linalg.pinv(_across(self.design, wx), hermitian=True), dtype=np.float64)
        coefficients = np.asarray(bread @ _across(wx, self.effects[..., None])[:, 0], dtype=np.float64)
        residuals = self.effects - self.design @ coefficients
        weighted = np.einsum("sbc,sc->sb", weight, residuals)
        ws = weight @ self.structure
        swx = self.structure @ wx
        xwswx, xwswswx = _across(wx, swx), _across(swx, weight @ swx)
        b_first = bread @ xwswx
        trace_p = float(np.einsum("sbb->", ws) - np.trace(b_first))
        trace_pp = float(
            np.einsum("sbc,scb->", ws, ws) - 2 * np.trace(bread @ xwswswx) + np.sum(b_first * b_first.T)
        )
        return Solved(
            coefficients, bread, float(np.einsum("sb,sb->", residuals, weighted)), trace_p, trace_pp,
            float(np.einsum("sb,sbc,sc->", weighted, self.structure, weighted)),
        )  # fmt: skip

    def tau2(self, model: NetworkModel, start: float | None = None) -> float:
        """Between-study variance by moments (``dl``) or likelihood (``reml``, ``ml``), not below 0.

        Parameters
        ----------
        model : how it is estimated
        start : where the search for the likelihood's maximum begins; the moment estimate without it
        """
        if self.residual_df < 1:
            raise MetaAnalysisError("As many effects as comparisons: the between-study variance is unknown.")
        if start is None or model == "dl":
            at_zero = self.solve(0.0)
            start = max(0.0, (at_zero.q - self.residual_df) / at_zero.trace_p)
        if model == "dl":
            return start
        tau2, scale = np.array([start]), np.einsum("sbb->sb", self.covariance).mean(keepdims=True).ravel()
        low, high, before = np.array([-1.0]), np.array([np.inf]), np.zeros(1)
        for count in range(MAX_STEPS):
            change = np.array([self._step(float(tau2[0]), model)])
            low, high = np.where(change > 0, tau2, low), np.where(change < 0, tau2, high)
            moved = next_step(tau2, lengthened(change, before, count), low, high, scale, count)
            settled = np.abs(moved - tau2) <= TOLERANCE * (tau2 + scale)
            tau2, before = moved, change
            if settled[0]:
                return float(tau2[0])
        raise MetaAnalysisError("The between-study variance did not settle.")

    def _step(self, tau2: float, model: NetworkModel) -> float:
        """Fisher's step of the restricted or the full likelihood."""
        now = self.solve(tau2)
        if model.startswith("reml"):
            return (now.gradient - now.trace_p) / now.trace_pp
        weight = np.linalg.inv(self.covariance + tau2 * self.structure) @ self.structure
        information = np.einsum("sbc,scb->", weight, weight)
        return float((now.gradient - np.einsum("sbb->", weight)) / information)
