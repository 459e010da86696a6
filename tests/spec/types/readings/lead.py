"""By how much a domain must lead: margins of exactly 1 and a step below, with norms and without."""

from tests.spec.types.vignettes import NO_NORM, OTHER_NORM, PERCENT, Chapter

CHAPTER = Chapter("lead")

# Even norm: one standard deviation is 50 percent and the joint error 0.5, so 25 percent are a margin of 1.
CHAPTER.draw(
    """
    vignette                                             | delusion | hallucination | negative  || type          | margin | rival
    -----------------------------------------------------+----------+---------------+-----------++---------------+--------+--------------
    a lead of exactly 1 is a lead                        | 7 7 4 4  | 4             | 1         || delusion      | 1.00   | hallucination
    one point less is mixed                              | 7 6 4 4  | 4             | 1         || mixed         | 0.83   | *
    hallucinations may lead by exactly 1                 | 7 7 4 4  | 7             | 1         || hallucination | 1.00   | delusion
    negative symptoms too                                | 1        | 4             | 7 7 4 4 - || negative      | 1.00   | hallucination
    negative symptoms lead delusions by more             | 4        | 1             | 7         || negative      | 2.00   | delusion
    delusions lead negative symptoms by exactly 1        | 7 7 4 4  | 1             | 4         || delusion      | 1.00   | negative
    a tie is mixed                                       | 4        | 4             | 1         || mixed         | 0.00   | *
    a tie of all three is mixed                          | 4        | 4             | 4         || mixed         | 0.00   | *
    a tie of the two highest is mixed                    | 4        | 7             | 7         || mixed         | 0.00   | *
    the second counts, not the third                     | 7 6 6 6  | 7             | 4         || mixed         | 0.50   | *
    the highest of three leads the second                | 4        | 7             | 4         || hallucination | 2.00   | *
    one candidate alone has no margin                    | 4        | 3             | 3         || delusion      |        |
    no candidate, no margin                              | 3        | 3             | 3         || none          |        |
    a domain below the floor does not compete            | 4 1 1 1  | 3             | 3         || delusion      |        |
    """
)
# Uneven: delusions (mean 25, sd 25), hallucinations (0, 50), negative (50, 50, reliability 0.5).
CHAPTER.draw(
    """
    vignette                                                  | delusion | hallucination | negative  || type          | margin | delusion z | hallucination z | negative z
    ----------------------------------------------------------+----------+---------------+-----------++---------------+--------+------------+-----------------+-----------
    equal percents, unequal z                                 | 7        | 7             | 1         || delusion      | 2.00   | 3.00       | 2.00            | -1.00
    a lower percent with the same z                           | 7 7 4 4  | 7             | 1         || mixed         | 0.00   | 2.00       | 2.00            | -1.00
    a lower percent with a higher z                           | 7 7 4 4  | 5             | 1         || delusion      | 1.33   | 2.00       | 1.33            | -1.00
    a higher z below the floor does not compete               | 4 1 1 1  | 3             | 1         || delusion      |        | -0.50      | 0.67            | -1.00
    each domain's own error counts                            | 1        | 4             | 7 4 4 4 4 || hallucination | 1.01   | -1.00      | 1.00            | 0.20
    with it a step further is mixed                           | 1        | 4             | 7 5 4 4 4 || mixed         | 0.93   | -1.00      | 1.00            | 0.27
    """,
    study=OTHER_NORM,
)
# Without a norm ten percent of the range are a margin of 1.
CHAPTER.draw(
    """
    vignette                                      | delusion | hallucination | negative  || type          | margin | delusion z
    ----------------------------------------------+----------+---------------+-----------++---------------+--------+-----------
    ten percent are a lead                        | 1        | 4             | 7 4 4 4 4 || negative      | 1.00   |
    six and two thirds are not                    | 1        | 4             | 6 4 4 4 4 || mixed         | 0.67   |
    hallucinations by ten percent                 | 1        | 5             | 6 4 4 4 4 || hallucination | 1.00   |
    delusions by twelve and a half                | 7 4 4 4  | 4             | 1         || delusion      | 1.25   |
    delusions by eight and a third                | 6 4 4 4  | 4             | 1         || mixed         | 0.83   |
    one candidate needs no norm                   | 4        | 3             | 1         || delusion      |        |
    """,
    study=NO_NORM,
)
CHAPTER.draw(
    """
    vignette                                                  | delusion | hallucination | negative || type     | margin
    ----------------------------------------------------------+----------+---------------+----------++----------+-------
    SAPS and SANS: ten percent are a lead                     | 0        | 3             | 4 4 3 3  || negative | 1.00
    SAPS and SANS: five are not                               | 0        | 3             | 4 3 3 3  || mixed    | 0.50
    SAPS: global delusions a point above hallucinations       | 4        | 3             | 0        || delusion | 2.00
    """,
    given={"on": "SAPS+SANS"},
    study=PERCENT,
)
