"""Developing prediction models so that nothing leaks: nested folds around unfitted steps and learners.

:func:`design` takes what was measured; :func:`develop` draws the folds, fits every step and setting inside
them, and returns held-out risks and a final model as plain data; :func:`shuffled_alarm` runs the same
procedure where nothing can be predicted.
"""

from opentrs.stats.nested.adjusting import Harmonisation, Residualising, SiteCentring
from opentrs.stats.nested.alarm import Alarm, shuffled_alarm
from opentrs.stats.nested.boosting import GradientBoosting
from opentrs.stats.nested.design import Design, Rows, design
from opentrs.stats.nested.develop import DEFAULT_STEPS, Developed, FoldResult, develop
from opentrs.stats.nested.folds import KFold, LeaveSiteOut
from opentrs.stats.nested.imputation import MultipleImputation
from opentrs.stats.nested.learners import (
    ElasticNetCox,
    ElasticNetLogistic,
    Learner,
    RidgeLogistic,
    Stacking,
    TunedLearner,
)
from opentrs.stats.nested.model import Model, PipelineModel, StackedModel, read_model
from opentrs.stats.nested.steps import FittedStep, MeanImputation, Scaling, Selection, Step

__all__ = [
    "DEFAULT_STEPS",
    "Alarm",
    "Design",
    "Developed",
    "ElasticNetCox",
    "ElasticNetLogistic",
    "FittedStep",
    "FoldResult",
    "GradientBoosting",
    "Harmonisation",
    "KFold",
    "Learner",
    "LeaveSiteOut",
    "MeanImputation",
    "Model",
    "MultipleImputation",
    "PipelineModel",
    "Residualising",
    "RidgeLogistic",
    "Rows",
    "Scaling",
    "Selection",
    "SiteCentring",
    "StackedModel",
    "Stacking",
    "Step",
    "TunedLearner",
    "design",
    "develop",
    "read_model",
    "shuffled_alarm",
]
