"""Reading 2: ever met, dated by the last criterion, never back-dated."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "ever met",
    "Ever met, and the day it was met",
    "Resistance is met once and for all on the day its last criterion is met. What happens later changes "
    "the clozapine answer and whether symptoms are still there, not the verdict.",
)

CHAPTER.draw(
    """
    vignette                                         | course 3 reduction % | P3 at visit 5 | P1 at visit 5 || verdict   | date met   | current | clozapine
    -------------------------------------------------+----------------------+---------------+---------------++-----------+------------+---------+-----------
    a later response to clozapine leaves the verdict | 50                   | 1             | 1             || resistant | 2020-06-16 | no      | responsive
    no response to clozapine either                  | 10                   | 4             | 4             || resistant | 2020-06-16 | yes     | resistant
    an unknown last visit leaves current unknown     | 50                   |               | 4             || resistant | 2020-06-16 | unknown | responsive
    """,
    about="Twelve weeks of clozapine follow the day all criteria were met; visit 5 is its last day.",
    given={
        "course 3 drug": "clozapine",
        "course 3 mg/day": "500",
        "course 3 days": "84",
        "course 3 start": "2020-06-17",
        "visit 5": "2020-09-08",
    },
)
CHAPTER.draw(
    """
    vignette                                       | P1 at visit 3 | visit 5    | P1 at visit 5 || verdict       | date met   | current
    -----------------------------------------------+---------------+------------+---------------++---------------+------------+--------
    remission without clozapine does not undo it   | 4             | 2020-09-08 | 2             || resistant     | 2020-06-16 | no
    symptoms that return late are dated late       | 3             | 2020-09-08 | 4             || resistant     | 2020-09-08 | yes
    symptoms that return too late for twelve weeks | 3             | 2020-09-07 | 4             || not_resistant |            | no
    """
)
CHAPTER.draw(
    """
    vignette                                       | SOFAS day  | SOFAS | SOFAS (2) | SOFAS (2) day || verdict   | date met
    -----------------------------------------------+------------+-------+-----------+---------------++-----------+-----------
    function assessed last decides the day         | 2020-07-01 | 59    | none      | =             || resistant | 2020-07-01
    the first low function decides                 | 2020-07-01 | 59    | 40        | 2020-08-01    || resistant | 2020-07-01
    function that falls later is dated later       | 2020-07-01 | 60    | 59        | 2020-08-01    || resistant | 2020-08-01
    function without a date leaves the day unknown |            | 59    | none      | =             || resistant |
    """
)
CHAPTER.draw(
    """
    vignette                                                    | course 2 days | visit 3    | SOFAS day  | visit 4    || verdict   | date met
    ------------------------------------------------------------+---------------+------------+------------+------------++-----------+-----------
    a longer second course dates everything from its last day   | 90            | 2020-05-11 | 2020-05-11 | 2020-08-03 || resistant | 2020-08-03
    a day less after a longer second course is not twelve weeks | 90            | 2020-05-11 | 2020-05-11 | 2020-08-02 || unknown   |
    visits during the second course do not count                | 90            | 2020-03-24 | 2020-05-11 | 2020-08-03 || unknown   |
    """
)
