"""Every vignette of the type rule, chapter by chapter."""

from tests.spec.types.readings import (
    alternatives,
    depression,
    domains,
    flips,
    instruments,
    lead,
    persistence,
    who,
)

CHAPTERS = (
    domains.CHAPTER, lead.CHAPTER, instruments.CHAPTER, depression.CHAPTER, persistence.CHAPTER,
    flips.CHAPTER, who.CHAPTER, alternatives.CHAPTER,
)  # fmt: skip
VIGNETTES = tuple(vignette for chapter in CHAPTERS for vignette in chapter.vignettes)
