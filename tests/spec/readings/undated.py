"""Records without dates: one visit, which is now."""

from tests.spec.vignettes import Chapter, Study

CHAPTER = Chapter(
    "undated",
    "Records without dates",
    "A table without dates is one visit, after everything on record. It can show severity and function, never that "
    "symptoms lasted; so nobody is resistant by such a record, and what is missing is named.",
)

ONCE = Study("filled in once")
CHART = {
    "visit 1": "none",
    "visit 2": "none",
    "visit 4": "none",
    "no dates": "yes",
    "course 1 observations": "none",
    "course 2 observations": "none",
    "level": "none",
}
CHAPTER.draw(
    """
    vignette                                   | history complete | P1 at visit 3 | SOFAS | course 1 weeks || S1  | S2      | S3      | F1      | T3  | verdict       | first missing
    -------------------------------------------+------------------+---------------+-------+----------------++-----+---------+---------+---------+-----+---------------+--------------
    a chart filled in once is never enough     | yes              | 4             | 59    | 6              || yes | yes     | unknown | yes     | yes | unknown       | S3
    the same with an incomplete history        |                  | 4             | 59    |                || yes | yes     | unknown | yes     | yes | unknown       | S3
    mild today, history incomplete             |                  | 3             | 59    | 6              || yes | unknown | unknown | yes     | yes | unknown       | S2
    mild today, history complete               | yes              | 3             | 59    | 6              || yes | no      | unknown | yes     | yes | not_resistant | *
    functioning well today, history complete   | yes              | 4             | 60    | 6              || yes | yes     | unknown | no      | yes | not_resistant | *
    functioning well today, history incomplete |                  | 4             | 60    | 6              || yes | yes     | unknown | unknown | yes | unknown       | S3
    """,
    about="One visit, two courses, no date anywhere, no adherence and no plasma level.",
    given=CHART,
    study=ONCE,
)
CHAPTER.draw(
    """
    vignette                                   | course 2 || S1  | S2  | S3      | S4      | T1      | T2      | verdict | first missing
    -------------------------------------------+----------++-----+-----+---------+---------+---------+---------+---------+--------------
    current drugs without duration or function | =        || yes | yes | unknown | unknown | yes     | unknown | unknown | S3
    one current drug                           | none     || yes | yes | unknown | unknown | unknown | unknown | unknown | S3
    """,
    about="As in a public imaging data set: symptoms once, drugs with doses but without duration, no function scale.",
    given={**CHART, "history complete": "", "course 1 weeks": "", "course 2 weeks": "", "SOFAS": "none"},
    study=ONCE,
)
CHAPTER.draw(
    """
    vignette                                            | course 2 reduction % | level | level day  || S4  | T2  | A1  | A2  | verdict       | first missing
    ----------------------------------------------------+----------------------+-------+------------++-----+-----+-----+-----+---------------+--------------
    a summary says all but how long symptoms lasted     | 0                    | 100   | 2020-03-20 || yes | yes | yes | yes | unknown       | S3
    a summary says one of the two drugs helped          | 50                   | 100   | 2020-03-20 || no  | yes | yes | yes | not_resistant | *
    a level with a date counts for a course without one | 0                    | 99    | 2020-03-20 || yes | yes | yes | no  | not_resistant | *
    """,
    about="The same chart with reductions, adherence and a plasma level written down; the blood draw alone has a date.",
    given={
        **CHART,
        "course 1 reduction %": "0",
        "course 1 adherence %": "80",
        "course 1 adherence sources": "2",
        "course 2 adherence %": "80",
        "course 2 adherence sources": "2",
    },
    study=ONCE,
)
CHAPTER.draw(
    """
    vignette                                                        | visit 1 || S4      | verdict
    ----------------------------------------------------------------+---------++---------+----------
    an undated rating beside dated ones may be the missing baseline |         || unknown | unknown
    without any such rating the end of the course decides           | none    || yes     | resistant
    """,
    about="Visit 1 lost its date; the others kept theirs. Symptoms were still moderate at the end of course 1.",
)
CHAPTER.draw(
    """
    vignette                                         | course 2 start || S3      | verdict | date met
    -------------------------------------------------+----------------++---------+---------+---------
    a course without a start cannot place the window |                || unknown | unknown |
    """,
    about="Course 2 was noted with a fall of 0% and 80% adherence by two sources.",
    given={
        "course 2 reduction %": "0",
        "course 2 observations": "none",
        "course 2 adherence %": "80",
        "course 2 adherence sources": "2",
    },
)
CHAPTER.draw(
    """
    vignette                                          | course 3 start || S1      | S2      | F1      | verdict | first missing
    --------------------------------------------------+----------------++---------+---------+---------+---------+--------------
    now is after a clozapine course that has ended    | 2019-01-01     || unknown | unknown | unknown | unknown | S1
    clozapine without dates may have ended before now |                || unknown | unknown | unknown | unknown | S1
    """,
    about="The chart filled in once, and twelve weeks of clozapine.",
    given={**CHART, "course 3 drug": "clozapine", "course 3 mg/day": "500", "course 3 weeks": "12"},
)
