"""Site harmonisation on arrays: people by regions or vertices, measured at several sites."""

from opentrs.stats.harmonise.combat import ComBat
from opentrs.stats.harmonise.fitted import FittedCombat, Unseen, read_combat
from opentrs.stats.harmonise.inflation import Inflation, inflation
from opentrs.stats.harmonise.step import STEP_KINDS, SiteComBat

__all__ = [
    "STEP_KINDS",
    "ComBat",
    "FittedCombat",
    "Inflation",
    "SiteComBat",
    "Unseen",
    "inflation",
    "read_combat",
]
