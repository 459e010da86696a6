"""The readings of the definition, a module each, in the order of the manual's chapter."""

from tests.spec.readings import (
    adherence,
    clozapine,
    conjunction,
    courses,
    definitions,
    dose,
    duration,
    ever_met,
    function,
    onset,
    response,
    severity,
    specifiers,
    undated,
    who_is_asked,
)
from tests.spec.vignettes import Chapter, Vignette

CHAPTERS: tuple[Chapter, ...] = (
    who_is_asked.CHAPTER,
    conjunction.CHAPTER,
    ever_met.CHAPTER,
    courses.CHAPTER,
    dose.CHAPTER,
    duration.CHAPTER,
    response.CHAPTER,
    severity.CHAPTER,
    function.CHAPTER,
    adherence.CHAPTER,
    onset.CHAPTER,
    clozapine.CHAPTER,
    specifiers.CHAPTER,
    undated.CHAPTER,
    definitions.CHAPTER,
)
VIGNETTES: tuple[Vignette, ...] = tuple(vignette for chapter in CHAPTERS for vignette in chapter.vignettes)
