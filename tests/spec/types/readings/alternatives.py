"""The published alternatives of the sensitivity table, each as the rule that labels; and the cohort's own norm."""

from tests.spec.types.vignettes import (
    ANY_LEAD,
    CERTAIN_LEAD,
    FLOOR_MEAN,
    FLOOR_POMP,
    FLOOR_TWO,
    PERCENT,
    THIRTY,
    TWENTY_NINE,
    Chapter,
)

CHAPTER = Chapter("alternatives")

CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || type
    ----------------------------------------------------+----------+---------------+-----------++---------
    a mean at moderate is there                         | 7 3 3 3  | 1             | 1         || delusion
    a mean just below it is not, whatever one item says | 7 3 3 2  | 1             | 1         || none
    a negative mean at moderate                         | 1        | 1             | 7 4 3 3 3 || negative
    with a missing item the mean of the others          | 6 3 3 -  | 1             | 1         || delusion
    """,
    study=FLOOR_MEAN,
)
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || type
    ----------------------------------------------------+----------+---------------+-----------++--------------
    two items at moderate                               | 4 4 1 1  | 1             | 1         || delusion
    one is not enough                                   | 7 3 3 3  | 1             | 1         || none
    a domain of one item needs that one                 | 1        | 4             | 1         || hallucination
    a missing item that may be the second               | 4 3 3 -  | 1             | 1         || unknown
    """,
    study=FLOOR_TWO,
)
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative               || type
    ----------------------------------------------------+----------+---------------+------------------------++---------
    half of the range is there                          | 4        | 1             | 1                      || delusion
    a step below is not                                 | 4 4 4 3  | 1             | 1                      || none
    one and two thirds below it, by two raters, is not  | 1        | 1             | 4/4 4/4 4/4 4/4 4/3    || none
    a mean beyond it by two raters is                   | 1        | 1             | 4/4 4/4 4/4 4/4 4/5    || negative
    """,
    study=FLOOR_POMP,
)
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || type          | margin
    ----------------------------------------------------+----------+---------------+-----------++---------------+-------
    the smallest lead is one                            | 5 4 4 4  | 1             | 5 4 4 4 4 || delusion      | 0.03
    a tie never is                                      | 4        | 4             | 1         || mixed         | 0.00
    """,
    study=ANY_LEAD,
)
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || type          | margin
    ----------------------------------------------------+----------+---------------+-----------++---------------+-------
    a lead of 2 is more than 1.96                       | 4        | 7             | 1         || hallucination | 2.00
    a lead of 1.87 is less                              | 1        | 7             | 5 4 4 4 4 || mixed         | 1.87
    """,
    study=CERTAIN_LEAD,
)
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || type          | margin | norm
    ----------------------------------------------------+----------+---------------+-----------++---------------+--------+------------
    percent as the metric in spite of a norm            | 1        | 5             | 6 4 4 4 4 || hallucination | 1.00   | none
    """,
    study=PERCENT,
)
# Half of the people at 0 and half at 100 percent: the mean is 50, the standard deviation (n - 1) 50.85.
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || norm         | delusion z
    ----------------------------------------------------+----------+---------------+-----------++--------------+-----------
    thirty people are a norm of their own               | 7        | 7             | 7         || own_cohort 1 | 0.98
    """,
    study=THIRTY,
)
CHAPTER.draw(
    """
    vignette                                            | delusion | hallucination | negative  || norm | delusion z
    ----------------------------------------------------+----------+---------------+-----------++------+-----------
    twenty-nine are not                                 | 7        | 7             | 7         || none |
    """,
    study=TWENTY_NINE,
)
