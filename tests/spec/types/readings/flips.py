"""The smallest change of one item that would flip a label."""

from tests.spec.types.vignettes import Chapter

CHAPTER = Chapter("flips")

CHAPTER.draw(
    """
    vignette                                       | delusion | hallucination | negative  || type          | flips
    -----------------------------------------------+----------+---------------+-----------++---------------+---------------------------------------------------------------------
    a lead of exactly 1 falls with any of its items| 7 7 4 4  | 4             | 1         || delusion      | P1 -1: mixed; P5 -1: mixed; P6 -1: mixed; G9 -1: mixed; P3 +1: mixed
    an item at the top cannot rise                 | 7 7 4 3  | 4             | 1         || mixed         | P3 -1: delusion; P6 +1: delusion; G9 +1: delusion
    nobody's type: what lies nearest the floor     | 1        | 3             | 1         || none          | P3 +1: hallucination
    three points to the floor for every item       | 1        | 1             | 1         || none          | P1 +3: delusion; P5 +3: delusion; P6 +3: delusion; G9 +3: delusion; P3 +3: hallucination; N1 +3: negative; N2 +3: negative; N3 +3: negative; N4 +3: negative; N6 +3: negative
    the only item at the floor                     | 1        | 4             | 1         || hallucination | P3 -1: none
    a missing item is no change                    | 4 3 3 -  | 1             | 1         || delusion      | P1 -1: unknown
    unknown has no flips                           | 4        | -             | 1         || unknown       |
    nor has one whom a single point would settle   | 3 3 3 -  | 1             | 1         || unknown       |
    far from every boundary                        | 7 7 7 7  | 1             | 1         || delusion      | P3 +5: mixed
    """
)
