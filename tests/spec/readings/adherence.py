"""Reading 8: adherence and plasma levels; A1 and A2."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "adherence",
    "Taken, and in the blood",
    "At least 80% of doses by each of two sources; one source below is a no. One plasma level at or above the "
    "drug's lower therapeutic limit; where no limit is listed, measured is enough.",
)

CHAPTER.draw(
    """
    vignette                                     | course 2 patient says % | course 2 notes says % | course 2 carer says % || A1      | verdict       | tier
    ---------------------------------------------+-------------------------+-----------------------+-----------------------++---------+---------------+--------
    two sources of 80% are enough                | 80                      | 80                    | =                     || yes     | resistant     | minimum
    one source of 79.9% is a no                  | 79.9                    | 80                    | =                     || no      | not_resistant |
    both sources below are a no                  | 50                      | 50                    | =                     || no      | not_resistant |
    one source alone is unknown                  | 80                      | none                  | =                     || unknown | unknown       | partial
    one source alone, below, is a no             | 79.9                    | none                  | =                     || no      | not_resistant |
    one source asked without an answer           |                         | 80                    | =                     || unknown | unknown       | partial
    no source at all is unknown                  | none                    | none                  | =                     || unknown | unknown       | partial
    three sources, one of them below             | 95                      | 95                    | 79                    || no      | not_resistant |
    three sources, one of them without an answer | 95                      | 95                    |                       || unknown | unknown       | partial
    the carer is as good as the notes            | 80                      | none                  | 80                    || yes     | resistant     | minimum
    """
)
CHAPTER.draw(
    """
    vignette                                               | course 2 patient says % | history complete || A1      | verdict
    -------------------------------------------------------+-------------------------+------------------++---------+--------
    low adherence with an incomplete history stays unknown | 79.9                    |                  || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                              | course 2 adherence % | course 2 adherence sources || A1      | verdict
    --------------------------------------+----------------------+----------------------------++---------+--------------
    80% by two sources, given as a number | 80                   | 2                          || yes     | resistant
    79.9% by two sources                  | 79.9                 | 2                          || no      | not_resistant
    80% by one source                     | 80                   | 1                          || unknown | unknown
    79.9% by one source                   | 79.9                 | 1                          || no      | not_resistant
    80% by nobody knows whom              | 80                   |                            || unknown | unknown
    two sources without a figure          |                      | 2                          || unknown | unknown
    80% by three sources                  | 80                   | 3                          || yes     | resistant
    80% by two sources, given by name     | 80                   | patient;notes              || yes     | resistant
    80% by one source, given by name      | 80                   | patient                    || unknown | unknown
    """,
    about="Adherence in course 2 was noted with the course alone.",
    given={"course 2 observations": "none"},
)
CHAPTER.draw(
    """
    vignette                                        | course 2 adherence sources | course 2 adherence % || A1      | verdict
    ------------------------------------------------+----------------------------+----------------------++---------+--------------
    one source with the course and another observed | notes                      | 80                   || yes     | resistant
    the same source with the course and observed    | patient                    | 80                   || unknown | unknown
    another source with the course, below           | notes                      | 79.9                 || no      | not_resistant
    """,
    about="The patient was asked during course 2 and said 80%; the rest was noted with the course.",
    given={"course 2 notes says %": "none"},
)
CHAPTER.draw(
    """
    vignette                                        | course 2 notes day days after course 2 end || A1      | verdict
    ------------------------------------------------+--------------------------------------------++---------+----------
    noted on the last day of the course             | 0                                          || yes     | resistant
    noted 30 days after its end                     | 30                                         || yes     | resistant
    noted 31 days after its end is too late         | 31                                         || unknown | unknown
    noted on its first day                          | -41                                        || yes     | resistant
    noted the day before its first day is too early | -42                                        || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                           | level drug  | level | level day  || A2      | verdict       | tier
    ---------------------------------------------------+-------------+-------+------------++---------+---------------+--------
    a level at the lower limit is enough               | amisulpride | 100   | =          || yes     | resistant     | minimum
    a level just below it is not                       | amisulpride | 99.9  | =          || no      | not_resistant |
    a level drawn but not known                        | amisulpride |       | =          || unknown | unknown       | partial
    no level at all                                    | =           | none  | =          || unknown | unknown       | partial
    a level of a drug that was never given             | olanzapine  | 1000  | =          || unknown | unknown       | partial
    a level without a date                             | amisulpride | 100   |            || unknown | unknown       | partial
    a level of the other drug, within its course       | haloperidol | 1000  | 2020-02-11 || yes     | resistant     | minimum
    a level of the other drug 30 days after its course | haloperidol | 1000  | 2020-03-12 || yes     | resistant     | minimum
    a level of the other drug 31 days after its course | haloperidol | 1000  | 2020-03-13 || unknown | unknown       | partial
    a level by brand name                              | Solian      | 100   | =          || yes     | resistant     | minimum
    """
)
CHAPTER.draw(
    """
    vignette                                  | level day days after course 2 end || A2      | verdict
    ------------------------------------------+-----------------------------------++---------+----------
    drawn 30 days after the end of the course | 30                                || yes     | resistant
    drawn 31 days after it                    | 31                                || unknown | unknown
    drawn on the first day of the course      | -41                               || yes     | resistant
    drawn the day before                      | -42                               || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                | level | level 2 || A2      | verdict
    ----------------------------------------+-------+---------++---------+--------------
    one of two levels high enough is enough | 50    | 100     || yes     | resistant
    two levels too low                      | 50    | 99.9    || no      | not_resistant
    one level too low and one not known     | 50    |         || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                           | course 2 drug | course 2 mg/day | level drug  | level | level metabolite || A2      | verdict
    ---------------------------------------------------+---------------+-----------------+-------------+-------+------------------++---------+--------------
    a drug without a listed limit: measured is enough  | periciazine   | 100             | periciazine | 0.1   | =                || yes     | resistant
    a drug without a listed limit: drawn but not known | periciazine   | 100             | periciazine |       | =                || unknown | unknown
    risperidone alone reaches the limit                | risperidone   | 10              | risperidone | 20    |                  || yes     | resistant
    risperidone and its metabolite reach it together   | risperidone   | 10              | risperidone | 15    | 5                || yes     | resistant
    risperidone and its metabolite stay below          | risperidone   | 10              | risperidone | 15    | 4.9              || no      | not_resistant
    risperidone below, its metabolite not measured     | risperidone   | 10              | risperidone | 15    |                  || unknown | unknown
    """,
)
CHAPTER.draw(
    """
    vignette                                   | level 2 | level 2 drug || A2      | verdict
    -------------------------------------------+---------+--------------++---------+--------------
    a low level and one of a drug nobody knows | 10      | study drug X || unknown | unknown
    a low level and one of a drug never given  | 10      | olanzapine   || no      | not_resistant
    a low level and one of clozapine           | 400     | clozapine    || no      | not_resistant
    """,
    given={"level": "50"},
)
