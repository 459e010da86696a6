"""Who is treatment-resistant: courses of treatment, criteria, verdicts.

The rules are data (``definitions/*.toml``), the questions they ask are in ``questions.py``, and
``stage.py`` puts the answers together.
"""

from opentrs.ascertain.definition import Definition, definition_from_toml, load_definition, shipped_definition
from opentrs.ascertain.stage import STAGE, Ascertained, ascertain

__all__ = [
    "STAGE", "Ascertained", "Definition", "ascertain", "definition_from_toml", "load_definition",
    "shipped_definition",
]  # fmt: skip
