"""The TRRIP reading a second time, in plain Python, from the written rules and not from the code.

Dictionaries, loops and dates only: one person at a time, slow and readable. Tests compare its answers
with the engine's. ``True`` is yes, ``False`` is no, ``None`` is unknown throughout.
"""

from tests.property.yardstick.people import by_person
from tests.property.yardstick.verdict import Verdict, judge

__all__ = ["Verdict", "by_person", "judge"]
