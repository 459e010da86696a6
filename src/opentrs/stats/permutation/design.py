"""A contrast taken out of its design: the one tested direction, the nuisance beside it, and what is refused.

A design matrix X of n people and a contrast c ask for c'b of Y = X b + e. The same question is asked of
one direction x~ of unit length, free of the nuisance space Z = {X b : c'b = 0} (Winkler 2014,
doi:10.1016/j.neuroimage.2014.01.060, appendix; the partition is exact, not a choice).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from opentrs.stats.refusal import CannotFitError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Singular values below this share of the largest are taken for zero, columns scaled to unit length first.
RANK_TOLERANCE = 1e-9
# Weights of a dependency below this share of its largest are rounding, not part of it.
PART_OF_DEPENDENCY = 1e-6
NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class TestedDirection:
    """One contrast of one design.

    Parameters
    ----------
    direction : (n,) unit vector; Y times it is proportional to the estimate of the contrast
    nuisance : (n, p - 1) orthonormal basis of everything else in the design
    length : square root of c'(X'X)^-1 c: the standard error over the residual standard deviation
    leverage : (n,) diagonal of the hat matrix
    df : residual degrees of freedom, n - p
    """

    direction: Array
    nuisance: Array
    length: float
    leverage: Array
    df: int


def checked_design(
    design: npt.ArrayLike, contrast: npt.ArrayLike, names: Sequence[str] | None = None
) -> tuple[Array, Array]:
    """Return design and contrast as arrays, or say by name what is wrong with them.

    Parameters
    ----------
    design : (n, p); its constant is a column like the others
    contrast : (p,) weights of the tested sum of coefficients
    names : of the p columns, for messages; ``column 1`` and so on without

    Raises
    ------
    CannotFitError : not finite, a contrast of zeros or of another length, columns that depend on one
        another (named), or no more people than columns
    """
    x = np.asarray(design, dtype=float)
    c = np.asarray(contrast, dtype=float)
    if x.ndim != 2 or c.shape != (x.shape[1],):
        raise CannotFitError("contrast_length", weights=c.size, columns=x.shape[-1] if x.ndim else 0)
    if not np.isfinite(x).all() or not np.isfinite(c).all():
        raise CannotFitError("design_not_finite")
    if not c.any():
        raise CannotFitError("contrast_empty")
    dependent = dependent_columns(x)
    if dependent:
        raise CannotFitError("collinear", names=listed([_name(names, column) for column in dependent]))
    if x.shape[0] <= x.shape[1]:
        raise CannotFitError("too_few_people", n=x.shape[0], columns=x.shape[1])
    return x, c


def dependent_columns(design: Array) -> tuple[int, ...]:
    """Columns that take part in an exact linear dependency, in their order; empty where there is none.

    Fewer rows than columns are a lack of people, not a dependency.
    """
    if design.shape[0] < design.shape[1]:
        return ()
    _, values, right = np.linalg.svd(scaled_columns(design)[0], full_matrices=False)
    null = np.abs(right[values <= RANK_TOLERANCE * values.max(initial=0.0)])
    taking_part = (null > PART_OF_DEPENDENCY * null.max(axis=1, keepdims=True)).any(axis=0)
    return tuple(int(column) for column in np.flatnonzero(taking_part))


def tested_direction(design: Array, contrast: Array) -> TestedDirection | None:
    """Split a design into the direction of a contrast and its nuisance space.

    Columns may depend on one another (a site of which nobody was measured at this feature), as long as
    the contrast can still be estimated; None where it cannot, or where nothing is left for the residual.
    """
    scaled, lengths = scaled_columns(design)
    left, values, right = np.linalg.svd(scaled, full_matrices=False)
    kept = values > RANK_TOLERANCE * values.max(initial=0.0)
    left, values, right = left[:, kept], values[kept], right[kept]
    wanted = contrast / lengths
    lost = wanted - right.T @ (right @ wanted)
    df = len(design) - values.size
    if df < 1 or np.linalg.norm(lost) > PART_OF_DEPENDENCY * np.linalg.norm(wanted):
        return None
    weights = (right @ wanted) / values
    length = float(np.linalg.norm(weights))
    unit = weights / length
    # An orthonormal basis of the design whose first member is the tested direction.
    rotation, _ = np.linalg.qr(np.column_stack([unit, np.eye(unit.size)]))
    leverage = np.einsum("ij,ij->i", left, left)
    return TestedDirection(left @ unit, left @ rotation[:, 1:], length, leverage, df)


def scaled_columns(design: Array) -> tuple[Array, Array]:
    """Columns of unit length, so that units (years, cubic millimetres) do not decide what is dependent."""
    lengths = np.linalg.norm(design, axis=0)
    lengths = np.where(lengths > 0, lengths, 1.0)
    return design / lengths, lengths


def variance_inflation(design: npt.ArrayLike, contrast: npt.ArrayLike) -> float:
    """How many times the variance of a contrast grows because its columns go with the others.

    The columns with weight in the contrast are compared with the same columns beside a constant only: 1
    means the covariates cost nothing; 10 that nine tenths of what tells the groups apart is also told
    by a covariate (head size by sex, for instance).
    """
    x, c = checked_design(design, contrast)
    constant = np.ptp(x, axis=0) == 0
    kept = (c != 0) | constant
    alone, beside = tested_direction(x[:, kept], c[kept]), tested_direction(x, c)
    assert alone is not None  # a checked design, and columns of one
    assert beside is not None
    return (beside.length / alone.length) ** 2


def _name(names: Sequence[str] | None, column: int) -> str:
    return names[column] if names is not None else f"column {column + 1}"


def listed(names: Sequence[str]) -> str:
    """Names for a message: the first ten, and how many there are where there are more."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} … ({len(names)})"
