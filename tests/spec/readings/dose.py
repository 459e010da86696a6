"""Reading 4: dose; T3."""

from tests.spec.vignettes import Chapter, Study

CHAPTER = Chapter(
    "dose",
    "An adequate dose",
    "A dose is adequate at 600 mg chlorpromazine equivalents a day, or at the midpoint of the label range. It is "
    "inadequate where the equivalent is known and below and no midpoint is reached; without a factor nobody knows.",
)

CHAPTER.draw(
    """
    vignette                                                  | course 1 drug  | course 1 mg/day | course 1 route || T3      | verdict
    ----------------------------------------------------------+----------------+-----------------+----------------++---------+--------------
    chlorpromazine 600 mg is enough                           | chlorpromazine | 600             | oral           || yes     | resistant
    chlorpromazine 599.9 mg is not                            | chlorpromazine | 599.9           | oral           || no      | not_resistant
    haloperidol 16 mg is 600 to the milligram                 | haloperidol    | 16              | oral           || yes     | resistant
    haloperidol 15.99 mg is not enough                        | haloperidol    | 15.99           | oral           || no      | not_resistant
    a blank route is read as oral                             | haloperidol    | 16              |                || yes     | resistant
    an unknown dose is unknown                                | haloperidol    |                 | oral           || unknown | unknown
    olanzapine 12.5 mg is the midpoint, though not 600        | olanzapine     | 12.5            | oral           || yes     | resistant
    olanzapine 12.4 mg is neither                             | olanzapine     | 12.4            | oral           || no      | not_resistant
    risperidone 10 mg is both                                 | risperidone    | 10              | oral           || yes     | resistant
    risperidone 9.9 mg is neither                             | risperidone    | 9.9             | oral           || no      | not_resistant
    quetiapine 450 mg is the midpoint                         | quetiapine     | 450             | oral           || yes     | resistant
    quetiapine 449 mg is neither                              | quetiapine     | 449             | oral           || no      | not_resistant
    aripiprazole 20 mg is the midpoint                        | aripiprazole   | 20              | oral           || yes     | resistant
    aripiprazole 19.9 mg is neither                           | aripiprazole   | 19.9            | oral           || no      | not_resistant
    ziprasidone 120 mg is the midpoint                        | ziprasidone    | 120             | oral           || yes     | resistant
    ziprasidone 119 mg is neither                             | ziprasidone    | 119             | oral           || no      | not_resistant
    perphenazine 18 mg is the midpoint                        | perphenazine   | 18              | oral           || yes     | resistant
    perphenazine 17.9 mg is neither                           | perphenazine   | 17.9            | oral           || no      | not_resistant
    paliperidone 12 mg has no listed midpoint but reaches 600 | paliperidone   | 12              | oral           || yes     | resistant
    paliperidone 11.9 mg does not                             | paliperidone   | 11.9            | oral           || no      | not_resistant
    asenapine under the tongue finds its factor               | asenapine      | 40              | sublingual     || yes     | resistant
    asenapine 39 mg under the tongue is not enough            | asenapine      | 39              | sublingual     || no      | not_resistant
    haloperidol by short-acting injection has a factor        | haloperidol    | 16              | sai            || yes     | resistant
    lumateperone has no factor in any key                     | lumateperone   | 42              | oral           || unknown | unknown
    cariprazine has no factor in this key                     | cariprazine    | 60              | oral           || unknown | unknown
    """
)
CHAPTER.draw(
    """
    vignette                                             | course 1 drug | course 1 supplies                                   || T3      | verdict
    -----------------------------------------------------+---------------+-----------------------------------------------------++---------+--------------
    haloperidol 185 mg every four weeks is 600 mg a day  | haloperidol   | 1: 185 mg depot every 28, 29: 185 mg depot every 28 || yes     | resistant
    haloperidol 184 mg every four weeks is a little less | haloperidol   | 1: 184 mg depot every 28, 29: 184 mg depot every 28 || no      | not_resistant
    the same injection every five weeks is less          | haloperidol   | 1: 185 mg depot every 35, 36: 185 mg depot every 35 || no      | not_resistant
    a depot without an interval has no daily dose        | haloperidol   | 1: 185 mg depot, 29: 185 mg depot                   || unknown | unknown
    """,
    about="Depots are read from the injections: content of one injection by the days between injections.",
)
GARDNER = Study("gardner2010", dose_key="gardner2010")
CHAPTER.draw(
    """
    vignette                                   | course 1 mg/day || T3  | verdict
    -------------------------------------------+-----------------++-----+--------------
    haloperidol 10 mg is enough under this key | 10              || yes | resistant
    haloperidol 9.9 mg is not, under this key  | 9.9             || no  | not_resistant
    """,
    study=GARDNER,
)
LEUCHT2020 = Study("leucht2020_ed95", dose_key="leucht2020_ed95")
CHAPTER.draw(
    """
    vignette                             | course 1 drug   | course 1 mg/day || T3      | verdict
    -------------------------------------+-----------------+-----------------++---------+--------------
    cariprazine has a factor in this key | cariprazine     | 10.1            || yes     | resistant
    and 9.9 mg of it is not enough       | cariprazine     | 9.9             || no      | not_resistant
    chlorprothixene has none in this key | chlorprothixene | 600             || unknown | unknown
    """,
    study=LEUCHT2020,
)
WOODS = Study("woods2003", dose_key="woods2003")
CHAPTER.draw(
    """
    vignette                                           | course 1 drug | course 1 mg/day || T3      | verdict
    ---------------------------------------------------+---------------+-----------------++---------+----------
    the midpoint is enough where the key has no factor | perphenazine  | 18              || yes     | resistant
    below the midpoint without a factor is unknown     | perphenazine  | 17.9            || unknown | unknown
    """,
    given={
        "course 2 drug": "olanzapine",
        "course 2 mg/day": "30",
        "level drug": "olanzapine",
        "level": "1000",
    },
    study=WOODS,
)
