"""One linear model for every feature: effect, standard error, t, and effect size with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from opentrs.stats.permutation.design import Array, Mask, TestedDirection, checked_design
from opentrs.stats.permutation.effect_size import EffectSize, noncentral_interval
from opentrs.stats.permutation.features import Untestable, grouped_features

Errors = Literal["ols", "hc3"]


@dataclass(frozen=True, slots=True)
class GlmFit:
    """A contrast at every feature; all arrays of shape (m,), NaN where a feature could not be tested.

    Parameters
    ----------
    effect : the contrast of the coefficients, in the unit of the feature
    se : its standard error
    t : effect over standard error
    df : residual degrees of freedom
    p : two-sided, from the t distribution with ``df``
    n : people measured
    residual_sd : standard deviation about the model, in the unit of the feature
    length : square root of c'(X'X)^-1 c among the people measured
    constant : True where the design explains every value (a column of zeros)
    too_few : True where too few people were measured to estimate the contrast
    errors : ``ols`` or ``hc3``
    """

    effect: Array
    se: Array
    t: Array
    df: Array
    p: Array
    n: npt.NDArray[np.int64]
    residual_sd: Array
    length: Array
    constant: Mask
    too_few: Mask
    errors: Errors

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Low and high end of the effect's interval, from the t distribution."""
        reach = stats.t.isf((1 - level) / 2, self.df) * self.se
        return self.effect - reach, self.effect + reach

    def standardised(self, level: float = 0.95) -> EffectSize:
        """Effect over the residual standard deviation: Cohen's d, adjusted, where groups are coded 0 and 1.

        The interval is exact for normal residuals (noncentral t), whatever ``errors`` were asked for.
        """
        d = self.effect / self.residual_sd
        low, high = noncentral_interval(d / self.length, self.df, level)
        return EffectSize(d, low * self.length, high * self.length, self.n)


def fit(
    values: npt.ArrayLike,
    design: npt.ArrayLike,
    contrast: npt.ArrayLike,
    *,
    errors: Errors = "ols",
    names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    untestable: Untestable = "refuse",
) -> GlmFit:
    """Fit values = design b + e at every feature, in the people measured there, and test contrast'b.

    Parameters
    ----------
    values : (n, m) one row a person, one column a region or vertex; NaN is missing
    design : (n, p), with its constant where one is wanted; no missing values
    contrast : (p,)
    errors : ``hc3`` holds where spreads differ between groups (MacKinnon and White 1985,
        doi:10.1016/0304-4076(85)90158-7); ``ols`` takes one spread for all
    names, feature_names : of the columns of ``design`` and of ``values``, for messages
    untestable : ``refuse`` stops at constant features and names them; ``leave_out`` leaves them NaN

    Raises
    ------
    CannotFitError : dependent columns, constant features and the like, each by name
    """
    x, c = checked_design(design, contrast, names)
    features = grouped_features(values, x, c, feature_names, untestable)
    m = features.values.shape[1]
    effect, se, df, residual_sd, length = (np.full(m, np.nan) for _ in range(5))
    for pattern, y in features.blocks():
        at, tested = pattern.features, pattern.tested
        along = tested.direction @ y
        residuals = y - tested.nuisance @ (tested.nuisance.T @ y) - np.outer(tested.direction, along)
        effect[at], df[at], length[at] = along * tested.length, tested.df, tested.length
        residual_sd[at] = np.sqrt(np.einsum("ij,ij->j", residuals, residuals) / tested.df)
        se[at] = tested.length * (residual_sd[at] if errors == "ols" else _hc3(residuals, tested))
    with np.errstate(divide="ignore"):  # a group that explains a feature wholly has no standard error
        t = effect / se
    n = (~np.isnan(features.values)).sum(axis=0)
    p = 2 * stats.t.sf(np.abs(t), df)
    return GlmFit(effect, se, t, df, p, n, residual_sd, length, features.constant, features.too_few, errors)


def _hc3(residuals: Array, tested: TestedDirection) -> Array:
    """Standard error over ``length``: each residual counts by the weight its person has in the contrast."""
    # A person whom the design fits exactly (leverage 1) has residual 0 and tells nothing of the spread.
    room = np.maximum(1 - tested.leverage, np.finfo(float).eps)
    return np.asarray(np.sqrt((tested.direction / room) ** 2 @ residuals**2))
