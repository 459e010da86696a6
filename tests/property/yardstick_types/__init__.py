"""A second reading of decision 0005 in plain Python, one person at a time, in exact fractions.

It shares nothing with the package but the ranges of items; where the two disagree, one of them is wrong.
"""

from tests.property.yardstick_types.label import Label, Norm, read_visit
from tests.property.yardstick_types.person import PersonType, read_people

__all__ = ["Label", "Norm", "PersonType", "read_people", "read_visit"]
