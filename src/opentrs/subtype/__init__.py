"""Which type of resistance: domains of symptoms, the rule that labels a visit, and the parts beside it.

The rule is data (``definitions/types.toml``), ``rule.py`` applies it, ``stage.py`` puts the answers together.
"""

from opentrs.subtype.definition import TypeRules, load_types, shipped_types
from opentrs.subtype.parts import Labelled, Part, PartResult, PartSkipped
from opentrs.subtype.stage import STAGE

__all__ = [
    "STAGE", "Labelled", "Part", "PartResult", "PartSkipped", "TypeRules", "load_types", "shipped_types",
]  # fmt: skip
