"""What helps: trials doubted, pooled, rated and matched to a symptom; the stage joins them to people."""

from opentrs.treat.stage import STAGE

__all__ = ["STAGE"]
