"""Site harmonisation on arrays: people by regions or vertices, measured at several sites."""

from opentrs.stats.harmonise.combat import ComBat
from opentrs.stats.harmonise.fitted import FittedCombat, Unseen, read_combat

__all__ = ["ComBat", "FittedCombat", "Unseen", "read_combat"]
