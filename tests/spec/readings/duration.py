"""Reading 5: duration; T2."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "duration",
    "Long enough",
    "Six weeks are 42 days, the last day counted in: the longest run at adequate dose. Gaps of up to 30 days "
    "are bridged and counted; a known low dose breaks the run, an unknown one leaves it open.",
)

CHAPTER.draw(
    """
    vignette                             | course 2 weeks || T2      | verdict
    -------------------------------------+----------------++---------+--------------
    six weeks to the day are long enough | 6              || yes     | resistant
    five weeks and six days are not      | 5.857142857    || no      | not_resistant
    nearly six weeks are not six weeks   | 5.99           || no      | not_resistant
    an unknown duration is unknown       |                || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                              | course 2 supplies                          || T2
    ------------------------------------------------------+--------------------------------------------++--------
    42 days, both ends counted, are long enough           | 1-42: 800 mg                               || yes
    41 days are not                                       | 1-41: 800 mg                               || no
    a supply of 42 days is long enough                    | 1+42: 800 mg                               || yes
    a supply of 41 days is not                            | 1+41: 800 mg                               || no
    a dispensing split in two is the same                 | 1-20: 800 mg, 21-42: 800 mg                || yes
    a dispensing split in three is the same               | 1-10: 800 mg, 11-41: 800 mg, 42-42: 800 mg || yes
    a gap of 30 days is bridged and counted               | 1-6: 800 mg, 37-42: 800 mg                 || yes
    a gap of 30 days, a day short in all                  | 1-6: 800 mg, 37-41: 800 mg                 || no
    a gap of 31 days is not bridged                       | 1-6: 800 mg, 38-43: 800 mg                 || no
    a gap of 31 days between three weeks and three        | 1-21: 800 mg, 53-73: 800 mg                || no
    a week at low dose breaks the run                     | 1-21: 800 mg, 22-28: 400 mg, 29-49: 800 mg || no
    a day just below the dose breaks the run              | 1-21: 800 mg, 22-22: 799 mg, 23-43: 800 mg || no
    a low dose after six good weeks harms nothing         | 1-42: 800 mg, 43-70: 400 mg                || yes
    low dose first, then six good weeks                   | 1-14: 400 mg, 15-56: 800 mg                || yes
    low dose first, then a day less than six weeks        | 1-14: 400 mg, 15-55: 800 mg                || no
    an unknown dose in the middle leaves it open          | 1-21: 800 mg, 22-28: ? mg, 29-49: 800 mg   || unknown
    an unknown dose after six good weeks harms nothing    | 1-42: 800 mg, 43-49: ? mg                  || yes
    an unknown dose that could not make up six weeks      | 1-10: 800 mg, 11-20: ? mg, 21-41: 800 mg   || no
    an unknown dose that could just make up six weeks     | 1-10: 800 mg, 11-20: ? mg, 21-42: 800 mg   || unknown
    an unknown end leaves it open                         | 1-: 800 mg                                 || unknown
    an unknown end before another supply is not filled in | 1-: 800 mg, 36-42: 800 mg                  || unknown
    an unknown end after six good weeks harms nothing     | 1-42: 800 mg, 43-: 800 mg                  || yes
    an early refill replaces, it is not stockpiled        | 1+28: 800 mg, 15+28: 800 mg                || yes
    an early refill a day earlier is a day short          | 1+28: 800 mg, 14+28: 800 mg                || no
    a lower dose prescribed meanwhile takes its place     | 1-60: 800 mg, 22-60: 400 mg                || no
    doses of the same day add up                          | 1-42: 400 mg, 1-42: 400 mg                 || yes
    """,
    about="Course 2 is read from its dispensings: first and last day of the course's own calendar, or + the days "
    "of supply.",
)
CHAPTER.draw(
    """
    vignette                                           | course 2 supplies            || T3  | course 2 dose | course 2 weeks | course 2 adequate
    ---------------------------------------------------+------------------------------++-----+---------------+----------------+------------------
    doses of the same day that do not add up to enough | 1-42: 400 mg, 1-42: 399 mg   || no  | 799           | 0.0            | no
    the dose is that of the longest adequate run       | 1-42: 800 mg, 43-84: 400 mg  || yes | 800           | 6.0            | yes
    the mean of an adequate run that varies            | 1-21: 800 mg, 22-42: 1000 mg || yes | 900           | 6.0            | yes
    without an adequate run the mean of all days       | 1-21: 400 mg, 22-42: 600 mg  || no  | 500           | 0.0            | no
    """
)
CHAPTER.draw(
    """
    vignette                                                | course 2 supplies        || T2      | T3
    --------------------------------------------------------+--------------------------++---------+--------
    part of a day's dose unknown, the known part enough     | 1-42: 800 mg, 1-42: ? mg || yes     | yes
    part of a day's dose unknown, the known part too little | 1-42: 799 mg, 1-42: ? mg || unknown | unknown
    """
)
