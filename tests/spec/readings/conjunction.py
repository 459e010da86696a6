"""Reading 1: all criteria are joined by "and", in three-valued logic."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "conjunction",
    "All criteria, joined by and",
    "Any criterion answered no settles not resistant. Without a no, any unknown leaves the verdict unknown, "
    "and the first criterion that is unknown is named.",
)

CHAPTER.draw(
    """
    vignette                                   || S1  | S2  | S3  | S4  | F1  | T1  | T2  | T3  | T4  | A1  | A2
    -------------------------------------------++-----+-----+-----+-----+-----+-----+-----+-----+-----+-----+----
    the complete patient meets every criterion || yes | yes | yes | yes | yes | yes | yes | yes | yes | yes | yes
    """
)
CHAPTER.draw(
    """
    vignette                       || verdict   | tier    | first missing | date met   | current | adequate courses | from first episode | onset | domains  | clozapine
    -------------------------------++-----------+---------+---------------+------------+---------+------------------+--------------------+-------+----------+----------
    and everything follows from it || resistant | minimum |               | 2020-06-16 | yes     | 2                | yes                | early | positive | not_tried
    """
)
CHAPTER.draw(
    """
    vignette                                           | SOFAS | course 2 patient says % | level | all visits rated on | course 2 weeks || verdict       | tier    | first missing
    ---------------------------------------------------+-------+-------------------------+-------+---------------------+----------------++---------------+---------+--------------
    unknown function leaves the verdict open           |       | =                       | =     | =                   | =              || unknown       |         | F1
    no function visit leaves the verdict open          | none  | =                       | =     | =                   | =              || unknown       |         | F1
    unknown adherence alone is a partial verdict       | =     |                         | =     | =                   | =              || unknown       | partial | A1
    an unknown plasma level alone is a partial verdict | =     | =                       | none  | =                   | =              || unknown       | partial | A2
    both unknown are still a partial verdict           | =     |                         | none  | =                   | =              || unknown       | partial | A1
    adherence and function unknown are not partial     |       |                         | =     | =                   | =              || unknown       |         | F1
    unknown duration is not partial                    | =     | =                       | =     | =                   |                || unknown       |         | S3
    no ratings at all leave the symptoms open          | =     | =                       | =     | none                | =              || unknown       |         | S1
    one no outweighs an unknown plasma level           | 60    | =                       | none  | =                   | =              || not_resistant |         | *
    one no outweighs many unknowns                     |       |                         | 99.9  | none                | =              || not_resistant |         | *
    a no on adherence alone settles it                 | =     | 79.9                    | =     | =                   | =              || not_resistant |         | *
    a no on the plasma level alone settles it          | =     | =                       | 99.9  | =                   | =              || not_resistant |         | *
    """
)
