"""Reading 7: severity and persistence; S1, S2, S3."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "severity",
    "Severe enough, for long enough",
    "Within the positive or within the negative domain, two items at moderate or one at severe; general items are no "
    "domain. At least moderate at visits 84 days apart or more, none below between. What counts are visits "
    "after the second failed course, before clozapine or on it.",
)

CHAPTER.draw(
    """
    vignette                                           | P1 at visits 3 and 4 | P3 at visits 3 and 4 | N1 at visits 3 and 4 | N2 at visits 3 and 4 || S2      | S3      | verdict       | domains
    ---------------------------------------------------+----------------------+----------------------+----------------------+----------------------++---------+---------+---------------+------------------
    two positive items at 4 are severe enough          | 4                    | 4                    | 2                    | 2                    || yes     | yes     | resistant     | positive
    one positive item at 4 is not                      | 4                    | 3                    | 2                    | 2                    || no      | no      | not_resistant |
    one positive item at 6 is severe enough            | 6                    | 1                    | 2                    | 2                    || yes     | yes     | resistant     | positive
    one positive item at 5 is not                      | 5                    | 1                    | 2                    | 2                    || no      | no      | not_resistant |
    two items at 4 split over two domains are not      | 4                    | 2                    | 4                    | 2                    || no      | no      | not_resistant |
    two negative items at 4 are severe enough          | 2                    | 2                    | 4                    | 4                    || yes     | yes     | resistant     | negative
    one negative item at 4 is not                      | 2                    | 2                    | 4                    | 3                    || no      | no      | not_resistant |
    one negative item at 6 is severe enough            | 2                    | 2                    | 6                    | 2                    || yes     | yes     | resistant     | negative
    one negative item at 5 is not                      | 2                    | 2                    | 5                    | 2                    || no      | no      | not_resistant |
    both domains can be severe enough                  | 4                    | 4                    | 4                    | 4                    || yes     | yes     | resistant     | negative;positive
    a missing item that may be the second one          | 4                    |                      | 2                    | 2                    || unknown | unknown | unknown       |
    a missing item that may be severe by itself        | 2                    |                      | 2                    | 2                    || unknown | unknown | unknown       |
    a missing item beside one that is severe by itself | 6                    |                      | 2                    | 2                    || yes     | yes     | resistant     | positive
    a missing item of the other domain                 | 4                    | 4                    |                      | 2                    || yes     | yes     | resistant     | *
    """
)
CHAPTER.draw(
    """
    vignette                                       | P1 and P3 at visits 3 and 4 | G9 and G12 at visits 3 and 4 | G1 at visits 3 and 4 || S2  | verdict
    -----------------------------------------------+-----------------------------+------------------------------+----------------------++-----+--------------
    general items are no domain, however severe    | 2                           | 7                            | =                    || no  | not_resistant
    a missing general item does not matter         | 4                           | 3                            |                      || yes | resistant
    a missing general item does not keep a no open | 3                           | 3                            |                      || no  | not_resistant
    """
)
CHAPTER.draw(
    """
    vignette                                          | P1 at visit 3 | P1 at visit 4 | visit 4 | history complete || S2      | S3      | verdict
    --------------------------------------------------+---------------+---------------+---------+------------------++---------+---------+--------------
    mild at first, moderate twelve weeks later        | 3             | 4             | =       | yes              || yes     | no      | not_resistant
    moderate at first, mild twelve weeks later        | 4             | 3             | =       | yes              || yes     | no      | not_resistant
    mild at both, history incomplete                  | 3             | 3             | =       |                  || unknown | unknown | unknown
    moderate at first, mild later, history incomplete | 4             | 3             | =       |                  || yes     | unknown | unknown
    one mild visit, history complete                  | 3             | =             | none    | yes              || no      | unknown | not_resistant
    one mild visit, history incomplete                | 3             | =             | none    |                  || unknown | unknown | unknown
    one moderate visit                                | 4             | =             | none    | yes              || yes     | unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                       | visit 4 days after visit 3 || S3      | verdict   | date met
    -------------------------------+----------------------------++---------+-----------+-----------
    84 days apart are twelve weeks | 84                         || yes     | resistant | 2020-06-16
    83 days apart are not          | 83                         || unknown | unknown   |
    85 days apart are more         | 85                         || yes     | resistant | 2020-06-17
    """
)
CHAPTER.draw(
    """
    vignette                                | P1 at visit 5 | visit 6    || S3      | verdict       | date met
    ----------------------------------------+---------------+------------++---------+---------------+-----------
    a moderate visit between keeps the run  | 4             | none       || yes     | resistant     | 2020-06-16
    a mild visit between breaks the run     | 3             | none       || no      | not_resistant |
    a visit between that is not fully rated |               | none       || unknown | unknown       |
    after a mild visit a new run of 84 days | 3             | 2020-09-08 || yes     | resistant     | 2020-09-08
    after a mild visit a new run of 83 days | 3             | 2020-09-07 || no      | not_resistant |
    """,
    about="Visit 5 lies halfway between visits 3 and 4.",
    given={"visit 5": "2020-05-05", "visit 6": "2021-01-01"},
)
CHAPTER.draw(
    """
    vignette                                            | visit 3 days after course 2 end | visit 4 days after visit 3 || S1      | S2      | S3      | verdict
    ----------------------------------------------------+---------------------------------+----------------------------++---------+---------+---------+----------
    the last day of the second failed course is in time | 0                               | 84                         || yes     | yes     | yes     | resistant
    the day before is not                               | -1                              | 85                         || yes     | yes     | unknown | unknown
    no visit since the second failed course             | -2                              | 1                          || unknown | unknown | unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                                 | course 3 days | P1 at visit 3 | P1 at visit 4 | course 3 start || S2      | S3      | verdict
    ---------------------------------------------------------+---------------+---------------+---------------+----------------++---------+---------+--------------
    moderate on the last day of clozapine counts             | 84            | 4             | 4             | 2020-03-25     || yes     | yes     | resistant
    moderate on the day after clozapine was stopped does not | 83            | 4             | 4             | 2020-03-25     || yes     | unknown | unknown
    mild on clozapine does not show that it was never met    | 84            | 4             | 3             | 2020-03-25     || yes     | unknown | unknown
    mild the day before clozapine shows it                   | 84            | 3             | 3             | 2020-03-25     || no      | unknown | not_resistant
    mild on the first day of clozapine does not              | 85            | 3             | 3             | 2020-03-24     || unknown | unknown | unknown
    mild on the day of the last visit, before clozapine      | 84            | 4             | 3             | 2020-06-17     || yes     | no      | not_resistant
    """,
    about="Course 3 is clozapine 500 mg.",
    given={"course 3 drug": "clozapine", "course 3 mg/day": "500"},
)
CHAPTER.draw(
    """
    vignette                               | BPRS suspiciousness at all visits | BPRS hallucinatory behaviour at all visits | BPRS unusual thought content at all visits | BPRS grandiosity at all visits | BPRS blunted affect at all visits | BPRS emotional withdrawal at all visits | BPRS motor retardation at all visits || S2  | verdict       | domains
    ---------------------------------------+-----------------------------------+--------------------------------------------+--------------------------------------------+--------------------------------+-----------------------------------+-----------------------------------------+--------------------------------------++-----+---------------+---------
    BPRS: two positive items at 4          | 4                                 | 4                                          | =                                          | =                              | =                                 | =                                       | =                                    || yes | resistant     | positive
    BPRS: two other positive items at 4    | =                                 | =                                          | 4                                          | 4                              | =                                 | =                                       | =                                    || yes | resistant     | positive
    BPRS: one positive item at 4, one at 3 | 4                                 | 3                                          | =                                          | =                              | =                                 | =                                       | =                                    || no  | not_resistant |
    BPRS: one positive item at 6           | =                                 | 6                                          | =                                          | =                              | =                                 | =                                       | =                                    || yes | resistant     | positive
    BPRS: one positive item at 5           | =                                 | 5                                          | =                                          | =                              | =                                 | =                                       | =                                    || no  | not_resistant |
    BPRS: two negative items at 4          | =                                 | =                                          | =                                          | =                              | 4                                 | 4                                       | =                                    || yes | resistant     | negative
    BPRS: motor retardation at 6           | =                                 | =                                          | =                                          | =                              | =                                 | =                                       | 6                                    || yes | resistant     | negative
    BPRS: motor retardation at 5           | =                                 | =                                          | =                                          | =                              | =                                 | =                                       | 5                                    || no  | not_resistant |
    """,
    given={"all visits rated on": "BPRS"},
)
CHAPTER.draw(
    """
    vignette                                                   | BPRS hostility, conceptual disorganization, depressive mood at all visits || S2 | verdict
    -----------------------------------------------------------+---------------------------------------------------------------------------++----+--------------
    BPRS: hostility, disorganisation, depression are no domain | 7                                                                         || no | not_resistant
    """,
    given={"all visits rated on": "BPRS"},
)
CHAPTER.draw(
    """
    vignette                                                 | SAPS auditory hallucinations at all visits | SAPS persecutory delusions at all visits | SAPS global delusions at all visits | SANS unchanging facial expression at all visits | SANS poverty of speech at all visits || S2      | verdict       | domains
    ---------------------------------------------------------+--------------------------------------------+------------------------------------------+-------------------------------------+-------------------------------------------------+--------------------------------------++---------+---------------+---------
    SAPS: two items at 3 are severe enough                   | 3                                          | 3                                        | 0                                   | 0                                               | 0                                    || yes     | resistant     | positive
    SAPS: one item at 3, one at 2                            | 3                                          | 2                                        | 0                                   | 0                                               | 0                                    || no      | not_resistant |
    SAPS: one item at 5 is severe enough                     | 5                                          | 0                                        | 0                                   | 0                                               | 0                                    || yes     | resistant     | positive
    SAPS: one item at 4 is not                               | 4                                          | 0                                        | 0                                   | 0                                               | 0                                    || no      | not_resistant |
    SAPS: an item and its global rating are one symptom      | 0                                          | 3                                        | 3                                   | 0                                               | 0                                    || no      | not_resistant |
    SAPS: a global rating of 5 beside its items is not asked | 1                                          | 0                                        | 5                                   | 0                                               | 0                                    || no      | not_resistant |
    SAPS: one item at 3 and a missing one                    | 3                                          |                                          | 0                                   | 0                                               | 0                                    || unknown | unknown       |
    SANS: two items at 3 are severe enough                   | 0                                          | 1                                        | 0                                   | 3                                               | 3                                    || yes     | resistant     | negative
    SANS: one item at 3 and one of SAPS at 3 are two domains | 3                                          | 0                                        | 0                                   | 3                                               | 0                                    || no      | not_resistant |
    SANS: one item at 5 is severe enough                     | 0                                          | 1                                        | 0                                   | 5                                               | 0                                    || yes     | resistant     | negative
    SANS: one item at 3 and one at 2                         | 0                                          | 1                                        | 0                                   | 3                                               | 2                                    || no      | not_resistant |
    SANS: one item at 4 is not                               | 0                                          | 1                                        | 0                                   | 4                                               | 0                                    || no      | not_resistant |
    """,
    given={"all visits rated on": "SAPS + SANS"},
)
CHAPTER.draw(
    """
    vignette                                                     | SAPS global hallucinations at all visits | SAPS global delusions at all visits || S2
    -------------------------------------------------------------+------------------------------------------+-------------------------------------++----
    SAPS: two global ratings at 3 count where there are no items | 3                                        | 3                                   || yes
    SAPS: one global rating at 3 is not enough                   | 3                                        | 2                                   || no
    SAPS: one global rating at 5 is enough                       | 5                                        | 0                                   || yes
    """,
    about="Only the global ratings of SAPS and SANS were made.",
    given={
        "all visits rated on": "none",
        "SAPS global bizarre behaviour, global positive formal thought disorder at all visits": "0",
        "SANS global affective flattening, global alogia, global avolition and apathy at all visits": "0",
        "SANS global anhedonia and asociality, global attention at all visits": "0",
    },
)
CHAPTER.draw(
    """
    vignette                                | CGI CGI-S at visits 3 and 4 || S1      | S2      | verdict
    ----------------------------------------+-----------------------------++---------+---------+--------
    a global impression is no symptom scale | 6                           || unknown | unknown | unknown
    """,
    given={"visits 3 and 4 rated on": "none"},
)
