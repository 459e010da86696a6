"""Mass-univariate linear models and permutation tests on arrays: people by regions or vertices."""

from opentrs.stats.permutation.design import variance_inflation
from opentrs.stats.permutation.effect_size import EffectSize, group_effect, noncentral_interval
from opentrs.stats.permutation.freedman_lane import Permuted, permuted
from opentrs.stats.permutation.glm import GlmFit, fit
from opentrs.stats.permutation.mixed import MixedFit, fit_repeated
from opentrs.stats.permutation.shuffles import Exchangeability
from opentrs.stats.permutation.surface import Cluster, Enhancement, SurfaceGraph, clusters, tfce

__all__ = [
    "Cluster",
    "EffectSize",
    "Enhancement",
    "Exchangeability",
    "GlmFit",
    "MixedFit",
    "Permuted",
    "SurfaceGraph",
    "clusters",
    "fit",
    "fit_repeated",
    "group_effect",
    "noncentral_interval",
    "permuted",
    "tfce",
    "variance_inflation",
]
