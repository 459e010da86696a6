"""A person's type over visits: which it is, and whether it persists."""

from tests.spec.types.vignettes import THREE_VISITS, Chapter

CHAPTER = Chapter("persistence")

CHAPTER.draw(
    """
    vignette                                               | visits                                               || person type   | persistent
    -------------------------------------------------------+------------------------------------------------------++---------------+-----------
    84 days are twelve weeks                               | 0 delusion, 84 delusion                              || delusion      | yes
    83 are not                                             | 0 delusion, 83 delusion                              || delusion      | unknown
    one visit only                                         | 0 delusion                                           || delusion      | unknown
    a visit between of the same type                       | 0 negative, 40 negative, 84 negative                 || negative      | yes
    an unknown visit between does not break the run        | 0 delusion, 40 unknown, 84 delusion                  || delusion      | yes
    an unknown visit does not begin it                     | 0 unknown, 40 delusion, 90 delusion                  || delusion      | unknown
    nor does one end it                                    | 0 delusion, 84 delusion, 90 unknown                  || delusion      | yes
    nor lengthen it                                        | 0 delusion, 83 delusion, 90 unknown                  || delusion      | unknown
    unknown at every visit                                 | 0 unknown, 84 unknown                                || unknown       | unknown
    another type within 84 days of a long record           | 0 delusion, 50 hallucination, 84 delusion            || delusion      | no
    in a record a day too short                            | 0 delusion, 50 hallucination, 83 delusion            || delusion      | unknown
    another type a day before the last                     | 0 delusion, 99 hallucination, 100 delusion           || delusion      | no
    another type 83 days before                            | 0 delusion, 17 mixed, 100 delusion                   || delusion      | no
    another type exactly 84 days before                    | 0 mixed, 16 mixed, 100 delusion                      || delusion      | unknown
    another type long before, then 84 days                 | 0 hallucination, 10 delusion, 94 delusion            || delusion      | yes
    another type before, then 83 days                      | 0 hallucination, 10 delusion, 93 delusion            || delusion      | unknown
    another type at the last visit                         | 0 delusion, 84 hallucination                         || hallucination | unknown
    and a visit of it since                                | 0 delusion, 84 hallucination, 100 hallucination      || hallucination | unknown
    the early visit may be of unknown type                 | 0 unknown, 50 hallucination, 100 delusion            || delusion      | no
    two breaks: the later one counts                       | 0 hallucination, 10 delusion, 50 mixed, 100 delusion || delusion      | no
    two breaks of one type, the run since the later        | 0 mixed, 10 delusion, 20 mixed, 30 delusion, 114 delusion || delusion | yes
    no symptom at all may persist                          | 0 none, 84 none                                      || none          | yes
    mixed may persist                                      | 0 mixed, 84 mixed                                    || mixed         | yes
    a break by no symptom                                  | 0 negative, 60 none, 100 negative                    || negative      | no
    the last known type is the person's                    | 0 hallucination, 30 delusion, 60 unknown             || delusion      | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                      | hallucination || person type   | persistent | type
    ----------------------------------------------+---------------++---------------+------------+--------------
    ratings without dates are one visit           | 6             || hallucination | unknown    | hallucination
    """,
    given={"dates": "none"},
)
CHAPTER.draw(
    """
    vignette                                      | visits                               || person type | persistent | type     | visits labelled
    ----------------------------------------------+--------------------------------------++-------------+------------+----------+----------------
    undated ratings of two days are one visit     | 0 delusion, 84 delusion              || delusion    | unknown    | delusion | 1
    """,
    given={"dates": "none"},
)
CHAPTER.draw(
    """
    vignette                                               | visits                                               || person type   | persistent
    -------------------------------------------------------+------------------------------------------------------++---------------+-----------
    three visits where three are asked                     | 0 delusion, 40 delusion, 84 delusion                 || delusion      | yes
    two and one of unknown type are not three              | 0 delusion, 40 unknown, 84 delusion                  || delusion      | unknown
    nor is one of another type before them                 | 0 mixed, 16 delusion, 100 delusion                   || delusion      | unknown
    """,
    study=THREE_VISITS,
)
