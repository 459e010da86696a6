"""Reading 3: two different antipsychotics other than clozapine; T1."""

from tests.spec.vignettes import Chapter, Study

CHAPTER = Chapter(
    "courses",
    "Two different antipsychotics",
    "Two courses of different antipsychotics are counted, clozapine apart. Fewer than two on record answer "
    "no only where the history is complete; otherwise a treatment may be missing from the record.",
)

CHAPTER.draw(
    """
    vignette                                                | course 2 drug | course 2 mg/day | history complete || T1      | verdict
    --------------------------------------------------------+---------------+-----------------+------------------++---------+--------------
    two different drugs are enough                          | amisulpride   | 800             | yes              || yes     | resistant
    two different drugs are enough, history complete or not | amisulpride   | 800             |                  || yes     | resistant
    the same drug twice is one drug                         | haloperidol   | 16              | yes              || no      | not_resistant
    the same drug under its brand name is one drug          | Haldol        | 16              | yes              || no      | not_resistant
    the same drug by its ATC code is one drug               | N05AD01       | 16              | yes              || no      | not_resistant
    the same drug twice, with an incomplete history         | haloperidol   | 16              |                  || unknown | unknown
    the same drug twice, with a history known incomplete    | haloperidol   | 16              | no               || unknown | unknown
    clozapine is not one of the two                         | clozapine     | 600             | yes              || no      | not_resistant
    clozapine is not one of the two, history incomplete     | clozapine     | 600             |                  || unknown | unknown
    lithium is no antipsychotic                             | lithium       | 900             | yes              || no      | not_resistant
    a drug no table knows might be an antipsychotic         | study drug X  | 100             | yes              || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                            | history complete | first treatment | observation start || T1      | verdict
    ----------------------------------------------------+------------------+-----------------+-------------------++---------+--------------
    one course and a complete history                   | yes              | =               | =                 || no      | not_resistant
    one course and an incomplete history                | no               | =               | =                 || unknown | unknown
    one course and a history of unknown completeness    |                  | =               | =                 || unknown | unknown
    observed from the day before the first treatment    |                  | =               | 2019-12-31        || no      | not_resistant
    observed from the day of the first treatment        |                  | =               | 2020-01-01        || no      | not_resistant
    observed from the day after the first treatment     |                  | =               | 2020-01-02        || unknown | unknown
    observed from a day, first treatment unknown        |                  |                 | 2020-01-01        || unknown | unknown
    observation covers what the history flag leaves out | no               | =               | 2020-01-01        || no      | not_resistant
    """,
    about="Only the course of haloperidol is on record.",
    given={"course 2": "none"},
)
CHAPTER.draw(
    """
    vignette                                    | history complete || T1      | T2      | T3      | S4      | A1      | verdict
    --------------------------------------------+------------------++---------+---------+---------+---------+---------+--------------
    no course at all, history complete          | yes              || no      | no      | no      | no      | no      | not_resistant
    no course at all, history of unknown extent |                  || unknown | unknown | unknown | unknown | unknown | unknown
    """,
    given={"course 1": "none", "course 2": "none"},
)
CHAPTER.draw(
    """
    vignette                                            | course 1 days | course 2 mg/day | course 2 adherence % || T1      | T2  | T3  | A1  | verdict
    ----------------------------------------------------+---------------+-----------------+----------------------++---------+-----+-----+-----+--------------
    three good courses are as good as two               | 42            | 800             | 80                   || yes     | yes | yes | yes | resistant
    one short course and two good ones                  | 41            | 800             | 80                   || yes     | yes | yes | yes | resistant
    each criterion twice, but not by the same two drugs | 41            | 400             | 80                   || no      | yes | yes | yes | not_resistant
    adherence unknown in one of the two good courses    | 41            | 800             |                      || unknown | yes | yes | yes | unknown
    adherence low in one of the two good courses        | 41            | 800             | 79.9                 || no      | yes | yes | yes | not_resistant
    """,
    about="A third course, olanzapine 20 mg for six weeks, ends at visit 3 as well; adherence was noted with each "
    "course: 80% by two sources.",
    given={
        "course 1 observations": "none",
        "course 2 observations": "none",
        "course 1 adherence %": "80",
        "course 1 adherence sources": "2",
        "course 2 adherence sources": "2",
        "course 3 drug": "olanzapine",
        "course 3 mg/day": "20",
        "course 3 weeks": "6",
        "course 3 start": "2020-02-12",
        "course 3 adherence %": "80",
        "course 3 adherence sources": "2",
    },
)

METABOLITE_PAIR = {
    "course 1 drug": "risperidone",
    "course 1 mg/day": "10",
    "course 2 drug": "paliperidone",
    "course 2 mg/day": "12",
    "level drug": "paliperidone",
    "level": "1000",
}
CHAPTER.draw(
    """
    vignette                                             || T1  | verdict
    -----------------------------------------------------++-----+----------
    paliperidone after risperidone is another ingredient || yes | resistant
    """,
    given=METABOLITE_PAIR,
)
MERGED = Study("metabolites merged", changes=(("courses.different", "ingredient_metabolites_merged"),))
ATC4 = Study("different ATC group", changes=(("courses.different", "atc4"),))
CHAPTER.draw(
    """
    vignette                                                    || T1 | verdict
    ------------------------------------------------------------++----+--------------
    paliperidone after risperidone is one drug where so defined || no | not_resistant
    """,
    given=METABOLITE_PAIR,
    study=MERGED,
)
CHAPTER.draw(
    """
    vignette                                            | course 1 drug | course 1 mg/day | course 2 drug | course 2 mg/day | level drug   || T1  | verdict
    ----------------------------------------------------+---------------+-----------------+---------------+-----------------+--------------++-----+--------------
    two drugs of one ATC group are one where so defined | risperidone   | 10              | aripiprazole  | 30              | aripiprazole || no  | not_resistant
    two drugs of two ATC groups are two                 | risperidone   | 10              | olanzapine    | 20              | olanzapine   || yes | resistant
    """,
    given={"level": "1000"},
    study=ATC4,
)
