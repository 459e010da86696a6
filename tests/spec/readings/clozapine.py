"""Clozapine: tried, adequate, responded to."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "clozapine",
    "Clozapine",
    "Resistant to clozapine means no response to an adequate course: three months (84 days), and two levels at or above "
    "350 ng/mL, or without any level 500 mg a day. A response is a response whatever the dose.",
)

CHAPTER.draw(
    """
    vignette                                                | history complete || verdict   | clozapine
    --------------------------------------------------------+------------------++-----------+----------
    no clozapine on record, history complete                | yes              || resistant | not_tried
    no clozapine on record, history of unknown completeness |                  || resistant | unknown
    no clozapine on record, history incomplete              | no               || resistant | unknown
    """
)

TRIED = {
    "course 3 drug": "clozapine",
    "course 3 start": "2020-06-17",
    "course 3 days": "84",
    "course 3 mg/day": "500",
}
CHAPTER.draw(
    """
    vignette                                   | course 3 days | course 3 mg/day | course 3 reduction % || verdict   | clozapine
    -------------------------------------------+---------------+-----------------+----------------------++-----------+-----------
    84 days of 500 mg without response         | 84            | 500             | 19.9                 || resistant | resistant
    83 days are too short                      | 83            | 500             | 19.9                 || resistant | unknown
    499 mg are too little without a level      | 84            | 499             | 19.9                 || resistant | unknown
    a dose that is not known                   | 84            |                 | 19.9                 || resistant | unknown
    a response is a fall of 20%                | 84            | 500             | 20                   || resistant | responsive
    a response to a low dose is a response     | 84            | 100             | 50                   || resistant | responsive
    a response to a short course is a response | 28            | 500             | 50                   || resistant | responsive
    a response that is not known               | 84            | 500             |                      || resistant | unknown
    """,
    about="Course 3 is clozapine; no level was measured.",
    given=TRIED,
)
CHAPTER.draw(
    """
    vignette                                           | course 3 mg/day | level 2 | level 3 || verdict   | clozapine
    ---------------------------------------------------+-----------------+---------+---------++-----------+----------
    two levels of 350 without response                 | 500             | 350     | 350     || resistant | resistant
    two levels of 350 at any dose                      | 100             | 350     | 350     || resistant | resistant
    one level of 350 and one of 349                    | 500             | 350     | 349     || resistant | unknown
    two levels of 349 are inadequate whatever the dose | 900             | 349     | 349     || resistant | unknown
    one level alone is not enough                      | 900             | 350     | none    || resistant | unknown
    a level that is not known                          | 900             | 350     |         || resistant | unknown
    """,
    about="Clozapine for 84 days, symptoms fell by 10%; levels 2 and 3 are of clozapine, drawn on it.",
    given={
        **TRIED,
        "course 3 reduction %": "10",
        "level 2": "350",
        "level 2 drug": "clozapine",
        "level 2 day": "2020-07-20",
        "level 3": "350",
        "level 3 drug": "clozapine",
        "level 3 day": "2020-08-20",
    },
)
CHAPTER.draw(
    """
    vignette                                     | course 3 reduction % | course 4 reduction % || clozapine
    ---------------------------------------------+----------------------+----------------------++-----------
    a response to the second course of clozapine | 10                   | 50                   || responsive
    no response to either                        | 10                   | 10                   || resistant
    """,
    about="Two courses of clozapine, 84 days of 500 mg each, a year apart.",
    given={
        **TRIED,
        "course 4 drug": "clozapine",
        "course 4 start": "2021-06-17",
        "course 4 days": "84",
        "course 4 mg/day": "500",
    },
)
