"""Meta-analysis of study effects, on arrays: one analysis or thousands at once."""

from opentrs.stats.meta.heterogeneity import estimate_tau2, q_profile
from opentrs.stats.meta.least_squares import MetaAnalysisError, Studies, studies
from opentrs.stats.meta.pool import Pooled, explained_percent, fit, joint_test, pool

__all__ = [
    "MetaAnalysisError",
    "Pooled",
    "Studies",
    "estimate_tau2",
    "explained_percent",
    "fit",
    "joint_test",
    "pool",
    "q_profile",
    "studies",
]
