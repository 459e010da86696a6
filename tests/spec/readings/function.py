"""F1: function at least moderately impaired."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "function",
    "Function impaired",
    "SOFAS or GAF below 60, or PSP of 60 or less, at a visit in the same window as symptoms. A score of 0 means "
    "that nobody assessed it.",
)

CHAPTER.draw(
    """
    vignette                                 | SOFAS | GAF | PSP | history complete || F1      | verdict
    -----------------------------------------+-------+-----+-----+------------------++---------+--------------
    SOFAS 59 is impaired                     | 59    | =   | =   | yes              || yes     | resistant
    SOFAS 59.9 is impaired                   | 59.9  | =   | =   | yes              || yes     | resistant
    SOFAS 60 is not                          | 60    | =   | =   | yes              || no      | not_resistant
    SOFAS 60 with an incomplete history      | 60    | =   | =   |                  || unknown | unknown
    SOFAS 1 is the lowest score              | 1     | =   | =   | yes              || yes     | resistant
    SOFAS 0 is not assessed                  | 0     | =   | =   | yes              || unknown | unknown
    SOFAS blank is unknown                   |       | =   | =   | yes              || unknown | unknown
    GAF 59 is impaired                       | none  | 59  | =   | yes              || yes     | resistant
    GAF 60 is not                            | none  | 60  | =   | yes              || no      | not_resistant
    GAF 0 is not assessed                    | none  | 0   | =   | yes              || unknown | unknown
    PSP 60 is impaired                       | none  | =   | 60  | yes              || yes     | resistant
    PSP 61 is not                            | none  | =   | 61  | yes              || no      | not_resistant
    PSP 0 is not assessed                    | none  | =   | 0   | yes              || unknown | unknown
    one scale impaired is enough             | 60    | 59  | =   | yes              || yes     | resistant
    two scales, neither impaired             | 60    | 60  | =   | yes              || no      | not_resistant
    one not impaired, the other not assessed | 60    | 0   | =   | yes              || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                             | SOFAS | SOFAS day days after course 2 end || F1      | verdict
    -----------------------------------------------------+-------+-----------------------------------++---------+----------
    impaired on the last day of the second failed course | 59    | 0                                 || yes     | resistant
    impaired the day before is too early                 | 59    | -1                                || unknown | unknown
    not impaired the day before shows nothing            | 60    | -1                                || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                   | SOFAS | SOFAS day  || F1      | verdict
    -------------------------------------------+-------+------------++---------+--------------
    impaired on clozapine counts               | 59    | 2020-07-01 || yes     | resistant
    not impaired on clozapine shows nothing    | 60    | 2020-07-01 || unknown | unknown
    not impaired on the first day of clozapine | 60    | 2020-06-17 || unknown | unknown
    not impaired the day before clozapine      | 60    | 2020-06-16 || no      | not_resistant
    impaired on the last day of clozapine      | 59    | 2020-09-08 || yes     | resistant
    impaired once clozapine was stopped        | 59    | 2020-09-09 || unknown | unknown
    """,
    about="Clozapine was taken from 2020-06-17 to 2020-09-08.",
    given={
        "course 3 drug": "clozapine",
        "course 3 mg/day": "500",
        "course 3 days": "84",
        "course 3 start": "2020-06-17",
    },
)
