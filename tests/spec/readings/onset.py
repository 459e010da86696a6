"""Readings 9 and 10: tier and onset."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "tier and onset",
    "Minimum or optimum, early or late",
    "The optimum asks for a depot course of four months, a failure observed as it happened and two unannounced plasma levels. "
    "Onset is two fields: whether there was ever a response, and the time from first treatment.",
)

CHAPTER.draw(
    """
    vignette                            | first treatment days after visit 4 || verdict   | onset
    ------------------------------------+------------------------------------++-----------+-------
    met 365 days after first treatment  | -365                               || resistant | early
    met 366 days after first treatment  | -366                               || resistant | medium
    met 1826 days after first treatment | -1826                              || resistant | medium
    met 1827 days after first treatment | -1827                              || resistant | late
    """
)
CHAPTER.draw(
    """
    vignette                         | first treatment | SOFAS day || verdict   | onset
    ---------------------------------+-----------------+-----------++-----------+--------
    the first treatment is not dated |                 | =         || resistant | unknown
    the last criterion is not dated  | =               |           || resistant | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                       | course 3 start | course 3 reduction % | history complete || verdict   | from first episode
    -----------------------------------------------+----------------+----------------------+------------------++-----------+-------------------
    never a response                               | 2019-01-01     | 0                    | yes              || resistant | yes
    an early response, lost later                  | 2019-01-01     | 50                   | yes              || resistant | no
    an early response, history incomplete          | 2019-01-01     | 50                   |                  || resistant | no
    never a response on record, history incomplete | 2019-01-01     | 0                    |                  || resistant | unknown
    a course nobody knows the effect of            | 2019-01-01     |                      | yes              || resistant | unknown
    a response after the day it was met            | 2020-06-17     | 50                   | yes              || resistant | yes
    """,
    about="Course 3 is four weeks of olanzapine.",
    given={
        "first treatment": "2019-01-01",
        "course 3 drug": "olanzapine",
        "course 3 mg/day": "20",
        "course 3 weeks": "4",
    },
)

OPTIMUM = {
    "course 1 prospective": "yes",
    "course 1 reduction %": "10",
    "course 2 drug": "paliperidone",
    "course 2 mg/day": "12",
    "course 2 route": "lai",
    "course 2 prospective": "yes",
    "course 2 reduction %": "10",
    "level drug": "paliperidone",
    "level": "1000",
    "level announced": "no",
    "level 2": "1000",
    "level 2 announced": "no",
    "level 2 day": "2020-04-03",
}
CHAPTER.draw(
    """
    vignette                                                  | course 2 weeks | course 2 route | course 1 prospective | course 2 prospective | level 2 day days after level 1 | level 2 announced || verdict   | tier
    ----------------------------------------------------------+----------------+----------------+----------------------+----------------------+--------------------------------+-------------------++-----------+--------
    a depot course of 17.43 weeks, 122 days, and all the rest | 17.43          | lai            | yes                  | =                    | 14                             | no                || resistant | optimum
    a depot course of 17.4 weeks, not 122 days                | 17.4           | lai            | yes                  | =                    | 14                             | no                || resistant | minimum
    tablets for as long                                       | 17.43          | oral           | yes                  | =                    | 14                             | no                || resistant | minimum
    one failure from memory, one observed                     | 17.43          | lai            | no                   | yes                  | 14                             | no                || resistant | optimum
    both failures from memory                                 | 17.43          | lai            | no                   | no                   | 14                             | no                || resistant | minimum
    one failure from memory, one nobody knows how             | 17.43          | lai            | no                   |                      | 14                             | no                || resistant | minimum
    two levels 13 days apart                                  | 17.43          | lai            | yes                  | =                    | 13                             | no                || resistant | minimum
    one level announced                                       | 17.43          | lai            | yes                  | =                    | 14                             | yes               || resistant | minimum
    one level perhaps announced                               | 17.43          | lai            | yes                  | =                    | 14                             |                   || resistant | minimum
    """,
    about="Course 2 is a depot of paliperidone, 12 mg a day; both failures are prospective with a fall of 10%; two plasma "
    "levels were drawn unannounced. Visits 3 and 4 and SOFAS follow the longer course 2.",
    given={**OPTIMUM, "visit 3": "2020-06-13", "SOFAS day": "2020-06-13", "visit 4": "2020-09-05"},
)
CHAPTER.draw(
    """
    vignette                          | level 2 || verdict   | tier
    ----------------------------------+---------++-----------+--------
    two unannounced levels are needed | none    || resistant | minimum
    """,
    given={
        **OPTIMUM,
        "course 2 weeks": "17.43",
        "visit 3": "2020-06-13",
        "SOFAS day": "2020-06-13",
        "visit 4": "2020-09-05",
    },
)
CHAPTER.draw(
    """
    vignette                                      | course 3 supplies             || verdict   | tier
    ----------------------------------------------+-------------------------------++-----------+--------
    a third drug by depot for 122 days to the day | 1-122: 1000 mg depot every 28 || resistant | optimum
    a third drug by depot for 121 days            | 1-121: 1000 mg depot every 28 || resistant | minimum
    """,
    about="Courses 1 and 2 failed under observation, amisulpride was measured twice unannounced, and a depot of "
    "paliperidone given from the start of course 2 on failed as well.",
    given={
        "course 1 prospective": "yes",
        "course 2 prospective": "yes",
        "level announced": "no",
        "level 2": "100",
        "level 2 announced": "no",
        "level 2 day": "2020-04-03",
        "course 3 drug": "paliperidone",
        "course 3 start": "2020-02-12",
    },
)
