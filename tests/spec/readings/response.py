"""Reading 6: a failed course; S4 and T4."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "response",
    "A failed course",
    "A course failed where symptoms fell by less than 20% of what lies above the scale's floor. Without scores before "
    "and after, symptoms at least moderate at its end or stopping for inefficacy will do; stopping for intolerance "
    "or choice, or a dispensing alone, says nothing.",
)

CHAPTER.draw(
    """
    vignette                                            | course 2 reduction % | history complete || S4      | T4  | verdict       | from first episode
    ----------------------------------------------------+----------------------+------------------++---------+-----+---------------+-------------------
    a fall of 19.9% is no response                      | 19.9                 | yes              || yes     | yes | resistant     | yes
    a fall of 20% is a response                         | 20                   | yes              || no      | yes | not_resistant |
    a fall of 20.1% is a response                       | 20.1                 | yes              || no      | yes | not_resistant |
    worsening is no response                            | -10                  | yes              || yes     | yes | resistant     | yes
    a given reduction goes before the ratings           | 50                   | yes              || no      | yes | not_resistant |
    a blank reduction is read from the ratings          |                      | yes              || yes     | yes | resistant     | yes
    one of two responded to, with an incomplete history | 20                   |                  || unknown | yes | unknown       |
    """
)
CHAPTER.draw(
    """
    vignette                                                 | PANSS total at visit 3 || S4  | course 2 reduction | verdict
    ---------------------------------------------------------+------------------------++-----+--------------------+--------------
    PANSS 80 to 71 is a fall of 18% of what can fall         | 71                     || yes | 18.0               | resistant
    PANSS 80 to 70 is a fall of 20%, uncorrected 12.5%       | 70                     || no  | 20.0               | not_resistant
    PANSS 80 to 64 is a fall of 32%, uncorrected exactly 20% | 64                     || no  | 32.0               | not_resistant
    PANSS 80 to 100 is worsening by 40%                      | 100                    || yes | -40.0              | resistant
    """
)
CHAPTER.draw(
    """
    vignette                                       | PANSS total at visit 3 | G1 at visit 2 | G1 at visit 3 || S4      | verdict
    -----------------------------------------------+------------------------+---------------+---------------++---------+--------------
    a missing item that could make it 20% or less  | 71                     | =             |               || unknown | unknown
    a missing item that cannot bring 20% about     | 74                     | =             |               || yes     | resistant
    a missing item that cannot undo a response     | 60                     | =             |               || no      | not_resistant
    a missing item before the course that decides  | 72                     |               | =             || unknown | unknown
    a missing item before the course that does not | 79                     |               | =             || yes     | resistant
    """,
    about="A missing item may hold any score of its range; the answer is settled only if all of them agree.",
)
CHAPTER.draw(
    """
    vignette                                            | all items at visit 2 | course 2 stop reason || S4      | verdict
    ----------------------------------------------------+----------------------+----------------------++---------+--------
    at the floor before the course nothing can fall     | 1                    | =                    || unknown | unknown
    and the stop reason is not asked where scores exist | 1                    | inefficacy           || unknown | unknown
    """,
    about="Course 1 was noted by its clinician as a fall of 0%.",
    given={"course 1 reduction %": "0"},
)
CHAPTER.draw(
    """
    vignette                                                  | visit 1 days after course 1 start || S4  | verdict
    ----------------------------------------------------------+-----------------------------------++-----+--------------
    a visit 90 days before the start is a baseline            | -90                               || no  | not_resistant
    a visit 91 days before the start is none                  | -91                               || yes | resistant
    a visit on the day of the start is a baseline             | 0                                 || no  | not_resistant
    without one, a visit 7 days after the start is a baseline | 7                                 || no  | not_resistant
    a visit 8 days after the start is none                    | 8                                 || yes | resistant
    """,
    about="PANSS fell from 80 at visit 1 to 64 at visit 2, which is a response; without a baseline what counts is "
    "that symptoms were still moderate at the end of course 1.",
    given={"PANSS total at visit 2": "64"},
)
CHAPTER.draw(
    """
    vignette                                     | visit 2 days after course 1 start || S4      | verdict
    ---------------------------------------------+-----------------------------------++---------+--------------
    a visit on day 28 shows the course's effect  | 27                                || no      | not_resistant
    a visit on day 27 does not                   | 26                                || yes     | resistant
    a visit 30 days after the end still shows it | 71                                || no      | not_resistant
    a visit 31 days after the end does not       | 72                                || unknown | unknown
    """,
    about="As above. A visit between day 1 and the end still shows whether symptoms were moderate.",
    given={"PANSS total at visit 2": "64"},
)
CHAPTER.draw(
    """
    vignette                                                     | P1 at visit 2 | course 1 stop reason || S4      | T4  | verdict
    -------------------------------------------------------------+---------------+----------------------++---------+-----+--------------
    symptoms moderate at the end are no response                 | 4             |                      || yes     | yes | resistant
    symptoms moderate at the end, stopped for intolerance        | 4             | intolerance          || yes     | yes | resistant
    symptoms mild at the end but stopped for inefficacy          | 3             | inefficacy           || yes     | yes | resistant
    symptoms mild at the end and stopped for intolerance         | 3             | intolerance          || no      | yes | not_resistant
    symptoms mild at the end and stopped by choice               | 3             | choice               || no      | yes | not_resistant
    symptoms mild at the end and stopped for another reason      | 3             | other                || no      | yes | not_resistant
    symptoms mild at the end, reason unknown                     | 3             |                      || unknown | yes | unknown
    symptoms not fully rated at the end, stopped for inefficacy  |               | inefficacy           || yes     | yes | resistant
    symptoms not fully rated at the end, stopped for intolerance |               | intolerance          || unknown | yes | unknown
    """,
    about="There was no visit before course 1, so its response is read from how it ended.",
    given={"visit 1": "none"},
)
CHAPTER.draw(
    """
    vignette                                                   | course 1 stop reason || S4      | T4      | verdict
    -----------------------------------------------------------+----------------------++---------+---------+----------
    stopping for inefficacy is failing                         | inefficacy           || yes     | yes     | resistant
    stopping for intolerance is not failing, nor is it success | intolerance          || unknown | yes     | unknown
    stopping by choice neither                                 | choice               || unknown | yes     | unknown
    another reason neither                                     | other                || unknown | yes     | unknown
    a course without any word on how it went                   |                      || unknown | unknown | unknown
    """,
    about="Nothing was rated before or at the end of course 1.",
    given={"visit 1": "none", "visit 2": "none"},
)
CHAPTER.draw(
    """
    vignette                                     | course 1 supplies || S4      | T4      | verdict
    ---------------------------------------------+-------------------++---------+---------+--------
    a dispensing alone does not tell how it went | 1-42: 16 mg       || unknown | unknown | unknown
    """,
    given={"visit 1": "none", "visit 2": "none"},
)
CHAPTER.draw(
    """
    vignette                                               | visit 2 days after course 1 end || S4      | verdict
    -------------------------------------------------------+---------------------------------++---------+----------
    moderate 30 days before the end is moderate at the end | -30                             || yes     | resistant
    moderate 31 days before the end is not                 | -31                             || unknown | unknown
    moderate 30 days after the end is moderate at the end  | 30                              || yes     | resistant
    moderate 31 days after the end is not                  | 31                              || unknown | unknown
    """,
    about="There was no visit before course 1.",
    given={"visit 1": "none"},
)
CHAPTER.draw(
    """
    vignette                                                  | visit 2 days after course 1 start || S4      | verdict
    ----------------------------------------------------------+-----------------------------------++---------+--------
    moderate on the day after a short course began is its end | 8                                 || yes     | *
    moderate before the course began is not its end           | -1                                || unknown | *
    """,
    about="A course 1 of 30 days and no other visit before it ended: too short to count, but its response is asked alike.",
    given={"visit 1": "none", "course 1 days": "30"},
)
CHAPTER.draw(
    """
    vignette                                        | BPRS anxiety at visit 3 || S4  | course 2 reduction | verdict
    ------------------------------------------------+-------------------------++-----+--------------------+--------------
    BPRS 28 to 27 is a fall of 10% of what can fall | 4                       || yes | 10.0               | resistant
    BPRS 28 to 26 is a fall of 20%                  | 3                       || no  | 20.0               | not_resistant
    """,
    about="Rated on BPRS: suspiciousness and hallucinations 4, anxiety 5, the other items 1; the floor is 18.",
    given={
        "all visits rated on": "BPRS",
        "BPRS suspiciousness, hallucinatory behaviour at all visits": "4",
        "BPRS anxiety at all visits": "5",
    },
)
CHAPTER.draw(
    """
    vignette                               | SANS poor eye contact at visit 3 || S4  | course 2 reduction | verdict
    ---------------------------------------+----------------------------------++-----+--------------------+--------------
    SAPS and SANS 10 to 9 is a fall of 10% | 3                                || yes | 10.0               | resistant
    SAPS and SANS 10 to 8 is a fall of 20% | 2                                || no  | 20.0               | not_resistant
    """,
    about="Rated on SAPS and SANS: two hallucinations 3, one item of blunting 4, the others 0; the floor is 0.",
    given={
        "all visits rated on": "SAPS + SANS",
        "SAPS auditory hallucinations, voices commenting at all visits": "3",
        "SANS poor eye contact at all visits": "4",
    },
)
CHAPTER.draw(
    """
    vignette                                                 | visit 2    | PANSS total at visit 2 | visit 5    | PANSS total at visit 5 || S4  | verdict
    ---------------------------------------------------------+------------+------------------------+------------+------------------------++-----+--------------
    the last visit within the course goes before a later one | 2020-02-11 | 64                     | 2020-02-21 | 80                     || no  | not_resistant
    and so it does where only the later one shows a response | 2020-02-11 | 80                     | 2020-02-12 | 64                     || yes | *
    of two visits past the end the first one counts          | 2020-02-20 | 64                     | 2020-03-05 | 80                     || no  | not_resistant
    and so it does where only the second shows a response    | 2020-02-20 | 80                     | 2020-03-05 | 64                     || yes | resistant
    """,
    about="Course 1 ended on 2020-02-11. A visit past the end may already show what the next drug does.",
)
CHAPTER.draw(
    """
    vignette                                                 | P1 at visit 2 | P1 at visit 5 || S4  | verdict
    ---------------------------------------------------------+---------------+---------------++-----+--------------
    moderate within the course goes before mild past its end | 4             | 2             || yes | resistant
    mild within the course goes before moderate past its end | 2             | 4             || no  | not_resistant
    """,
    about="No visit before course 1, visit 5 nine days past its end; it was stopped for intolerance.",
    given={"visit 1": "none", "visit 5": "2020-02-20", "course 1 stop reason": "intolerance"},
)
