"""Could it have been known early? Published models, honest validation, updating, and new models."""

from opentrs.predict.known import Predictor, shipped_predictors
from opentrs.predict.landmarks import Landmark, shipped_landmarks
from opentrs.predict.outcomes import Outcome, outcome_table, shipped_outcomes
from opentrs.predict.predictors import predictor_table
from opentrs.predict.stage import STAGE

__all__ = [
    "STAGE", "Landmark", "Outcome", "Predictor", "outcome_table", "predictor_table", "shipped_landmarks",
    "shipped_outcomes", "shipped_predictors",
]  # fmt: skip
