"""The competing definitions, each by its own few criteria; their tier is proxy."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "other definitions",
    "Other definitions",
    "The same people under definitions that are not TRRIP. Their verdicts are labelled proxies.",
)

CHAPTER.draw(
    """
    vignette                                              | CGI CGI-S at visit 3 | GAF  | FACT-Sz | course 1 drug | course 1 mg/day | course 1 days | level | course 2 observations || verdict       | tier
    ------------------------------------------------------+----------------------+------+---------+---------------+-----------------+---------------+-------+-----------------------++---------------+------
    Suzuki: moderately ill, GAF 50, two failed drugs      | 4                    | 50   | none    | =             | =               | =             | =     | =                     || resistant     | proxy
    Suzuki: neither adherence nor plasma levels are asked | 4                    | 50   | none    | =             | =               | =             | none  | none                  || resistant     | proxy
    Suzuki: mildly ill                                    | 3                    | 50   | none    | =             | =               | =             | =     | =                     || not_resistant | *
    Suzuki: GAF 51                                        | 4                    | 51   | none    | =             | =               | =             | =     | =                     || not_resistant | *
    Suzuki: FACT-Sz 49                                    | 4                    | none | 49      | =             | =               | =             | =     | =                     || resistant     | proxy
    Suzuki: FACT-Sz 50                                    | 4                    | none | 50      | =             | =               | =             | =     | =                     || not_resistant | *
    Suzuki: not rated on CGI                              | none                 | 50   | none    | =             | =               | =             | =     | =                     || unknown       | *
    Suzuki: CGI of 0 is not assessed                      | 0                    | 50   | none    | =             | =               | =             | =     | =                     || unknown       | *
    Suzuki: 41 days are too short                         | 4                    | 50   | none    | =             | =               | 41            | =     | =                     || not_resistant | *
    Suzuki: the label midpoint is not enough              | 4                    | 50   | none    | olanzapine    | 15              | =             | =     | =                     || not_resistant | *
    Suzuki: 600 mg are enough                             | 4                    | 50   | none    | olanzapine    | 20              | =             | =     | =                     || resistant     | proxy
    """,
    definition="suzuki_2012",
)

CHRONIC = {
    "all visits rated on": "BPRS",
    "BPRS suspiciousness, hallucinatory behaviour at all visits": "4",
    "BPRS anxiety, tension, guilt feelings at all visits": "7",
    "BPRS depressive mood at all visits": "5",
    "course 1 mg/day": "27",
    "course 2 mg/day": "1334",
    "course 3 drug": "chlorpromazine",
    "course 3 mg/day": "1000",
    "course 3 start": "2020-02-12",
    "course 3 days": "42",
    "CGI CGI-S at visits 3 and 4": "4",
}
CHAPTER.draw(
    """
    vignette                                            | course 3 mg/day | course 3 days | BPRS depressive mood at all visits | BPRS suspiciousness at all visits | CGI CGI-S at visits 3 and 4 || verdict       | tier
    ----------------------------------------------------+-----------------+---------------+------------------------------------+-----------------------------------+-----------------------------++---------------+------
    Kane: three drugs at 1000 mg, BPRS 46, CGI 4        | 1000            | 42            | 5                                  | 4                                 | 4                           || resistant     | proxy
    Kane: the third drug at 999 mg                      | 999             | 42            | 5                                  | 4                                 | 4                           || not_resistant | *
    Kane: the third drug for 41 days                    | 1000            | 41            | 5                                  | 4                                 | 4                           || not_resistant | *
    Kane: BPRS 45                                       | 1000            | 42            | 4                                  | 4                                 | 4                           || not_resistant | *
    Kane: one psychotic item at moderate alone, BPRS 46 | 1000            | 42            | 6                                  | 3                                 | 4                           || not_resistant | *
    Kane: CGI 3                                         | 1000            | 42            | 5                                  | 4                                 | 3                           || not_resistant | *
    Kane: an item of BPRS missing                       | 1000            | 42            |                                    | 4                                 | 4                           || unknown       | *
    """,
    about="BPRS: suspiciousness and hallucinatory behaviour 4, three general items 7, depressive mood 5, the rest 1: "
    "46 at every visit. Three drugs, each above 1000 mg chlorpromazine equivalents.",
    given=CHRONIC,
    definition="kane_1988",
)
CHAPTER.draw(
    """
    vignette                                          | course 3 drug | history complete || verdict
    --------------------------------------------------+---------------+------------------++--------------
    Kane: two drugs are not three, history complete   | haloperidol   | yes              || not_resistant
    Kane: two drugs are not three, history incomplete | haloperidol   |                  || unknown
    """,
    given={**CHRONIC, "course 3 mg/day": "27"},
    definition="kane_1988",
)
CHAPTER.draw(
    """
    vignette                                     | illness onset | course 1 drug  | course 1 mg/day | course 1 days | BPRS depressive mood at all visits || verdict       | tier
    ---------------------------------------------+---------------+----------------+-----------------+---------------+------------------------------------++---------------+------
    Conley and Kelly: ill for ten years, BPRS 46 | 2010-01-01    | chlorpromazine | 400             | 42            | 5                                  || resistant     | proxy
    Conley and Kelly: 399 mg                     | 2010-01-01    | chlorpromazine | 399             | 42            | 5                                  || not_resistant | *
    Conley and Kelly: four weeks                 | 2010-01-01    | chlorpromazine | 400             | 28            | 5                                  || resistant     | proxy
    Conley and Kelly: 27 days                    | 2010-01-01    | chlorpromazine | 400             | 27            | 5                                  || not_resistant | *
    Conley and Kelly: BPRS 45                    | 2010-01-01    | chlorpromazine | 400             | 42            | 4                                  || not_resistant | *
    Conley and Kelly: ill for one year           | 2019-01-01    | chlorpromazine | 400             | 42            | 5                                  || not_resistant | *
    Conley and Kelly: onset unknown              |               | chlorpromazine | 400             | 42            | 5                                  || unknown       | *
    """,
    given={key: value for key, value in CHRONIC.items() if not key.startswith("course")},
    definition="conley_kelly_2001",
)
CHAPTER.draw(
    """
    vignette                                              | course 2 drug  | course 2 mg/day | course 2 days | history complete | SOFAS || verdict       | tier
    ------------------------------------------------------+----------------+-----------------+---------------+------------------+-------++---------------+------
    NICE: two drugs, one of the second generation         | amisulpride    | 800             | 42            | yes              | =     || resistant     | proxy
    NICE: function is not asked                           | amisulpride    | 800             | 42            | yes              | 90    || resistant     | proxy
    NICE: two drugs, none of the second generation        | chlorpromazine | 600             | 42            | yes              | =     || not_resistant | *
    NICE: the second drug for 41 days                     | amisulpride    | 800             | 41            | yes              | =     || not_resistant | *
    NICE: the second drug for 41 days, history incomplete | amisulpride    | 800             | 41            |                  | =     || unknown       | *
    NICE: clozapine is not one of the two                 | clozapine      | 600             | 42            | yes              | =     || not_resistant | *
    """,
    definition="nice_cg178",
)
CHAPTER.draw(
    """
    vignette                                              | course 3 drug | history complete | diagnosis || verdict        | tier
    ------------------------------------------------------+---------------+------------------+-----------++----------------+------
    clozapine ever: a week of it                          | clozapine     |                  | F20       || resistant      | proxy
    clozapine ever: another drug, history complete        | olanzapine    | yes              | F20       || not_resistant  | *
    clozapine ever: another drug, history incomplete      | olanzapine    |                  | F20       || unknown        | *
    clozapine ever: a drug no table knows                 | study drug X  | yes              | F20       || unknown        | *
    clozapine ever: without schizophrenia it is not asked | clozapine     | yes              | F31       || not_applicable |
    """,
    given={
        "course 3 start": "2020-07-01",
        "course 3 days": "7",
        "course 3 mg/day": "100",
        "course 3 drug": "olanzapine",
    },
    definition="clozapine_ever",
)
CHAPTER.draw(
    """
    vignette                                                         | stay 1 days after course 2 end | stay 1 diagnosis | course 2 days | history complete || verdict       | tier
    -----------------------------------------------------------------+--------------------------------+------------------+---------------+------------------++---------------+------
    Danish register: admitted a month after two drugs                | 30                             | F20              | 42            | yes              || resistant     | proxy
    Danish register: admitted 548 days after                         | 548                            | F20              | 42            | yes              || resistant     | proxy
    Danish register: admitted 549 days after                         | 549                            | F20              | 42            | yes              || unknown       | *
    Danish register: admitted before the second drug ended           | -50                            | F20              | 42            | yes              || unknown       | *
    Danish register: admitted for depression                         | 30                             | F32              | 42            | yes              || unknown       | *
    Danish register: the second drug for 41 days                     | 30                             | F20              | 41            | yes              || not_resistant | *
    Danish register: the second drug for 41 days, history incomplete | 30                             | F20              | 41            |                  || unknown       | *
    """,
    definition="danish_register",
)
CHAPTER.draw(
    """
    vignette                                         | course 3 drug || verdict   | tier
    -------------------------------------------------+---------------++-----------+------
    Danish register: clozapine                       | clozapine     || resistant | proxy
    Danish register: never admitted, never clozapine | olanzapine    || unknown   | *
    """,
    given={
        "course 3 start": "2020-07-01",
        "course 3 days": "7",
        "course 3 mg/day": "100",
        "course 3 drug": "olanzapine",
    },
    definition="danish_register",
)
