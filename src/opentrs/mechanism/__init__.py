"""What the brain shows in resistance: groups compared by region, and the review's questions by name."""

from opentrs.mechanism.stage import PARTS, STAGE

__all__ = ["PARTS", "STAGE"]
