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
