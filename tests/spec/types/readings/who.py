"""Whose types are asked at all."""

from tests.spec.types.vignettes import Chapter

CHAPTER = Chapter("who")

CHAPTER.draw(
    """
    vignette                              | diagnosis | group   || visits labelled
    --------------------------------------+-----------+---------++----------------
    a patient with schizophrenia          | F20.0     | patient || 1
    with schizoaffective disorder         | F25.0     | patient || 1
    with bipolar disorder                 | F31       | patient || 0
    a control                             |           | control || 0
    """,
    given={"delusion": "4"},
)
CHAPTER.draw(
    """
    vignette                              | on   | CDSS || visits labelled
    --------------------------------------+------+------++----------------
    a day of depression ratings alone     | none | 7    || 0
    """
)
CHAPTER.draw(
    """
    vignette                                             | PANSS P1, P5, P6, G9 | PANSS P3 | PANSS N1, N2, N3, N4, N6 || visits labelled | type
    -----------------------------------------------------+----------------------+----------+--------------------------++-----------------+--------
    a day on which nothing listed was rated is a visit   | -                    | -        | -                        || 1               | unknown
    """
)
