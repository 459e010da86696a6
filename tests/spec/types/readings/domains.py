"""Which items make a domain, how it is scored, and when it is there at all."""

from tests.spec.types.vignettes import Chapter

CHAPTER = Chapter("domains")

CHAPTER.draw(
    """
    vignette                                      | PANSS P1, P5, P6, G9 | PANSS P3 | PANSS N1, N2, N3, N4, N6 || type
    ----------------------------------------------+----------------------+----------+--------------------------++--------------
    every competing item at 3 is no type          | 3                    | 3        | 3                        || none
    delusional items at 4 are a domain            | 4                    | 3        | 3                        || delusion
    hallucinatory behaviour at 4 is one           | 3                    | 4        | 3                        || hallucination
    negative items at 4 are one                   | 3                    | 3        | 4                        || negative
    """
)
CHAPTER.draw(
    """
    vignette                                      | PANSS P1 | PANSS P5 | PANSS P6 | PANSS G9 || type     | margin
    ----------------------------------------------+----------+----------+----------+----------++----------+-------
    P1 alone at 4 is a delusional domain          | 4        | 3        | 3        | 3        || delusion |
    P5 alone is                                   | 3        | 4        | 3        | 3        || delusion |
    P6 alone is                                   | 3        | 3        | 4        | 3        || delusion |
    G9 alone is                                   | 3        | 3        | 3        | 4        || delusion |
    one item at 4 and the rest absent is          | 1        | 1        | 4        | 1        || delusion |
    """
)
CHAPTER.draw(
    """
    vignette              | PANSS N1 | PANSS N2 | PANSS N3 | PANSS N4 | PANSS N6 || type     | margin
    ----------------------+----------+----------+----------+----------+----------++----------+-------
    N1 alone at 4         | 4        | 3        | 3        | 3        | 3        || negative |
    N2 alone at 4         | 3        | 4        | 3        | 3        | 3        || negative |
    N3 alone at 4         | 3        | 3        | 4        | 3        | 3        || negative |
    N4 alone at 4         | 3        | 3        | 3        | 4        | 3        || negative |
    N6 alone at 4         | 3        | 3        | 3        | 3        | 4        || negative |
    """
)
CHAPTER.draw(
    """
    vignette                                             | PANSS P2, N5, G11 | PANSS P4, P7, N7 | PANSS G6, G7, G13, G16 || type | delusion POMP | hallucination POMP | negative POMP
    -----------------------------------------------------+-------------------+------------------+------------------------++------+---------------+--------------------+--------------
    disorganised items never make a type                 | 7                 | =                | =                      || none | 0.0           | 0.0                | 0.0
    excitement, hostility, stereotyped thinking: nor     | =                 | 7                | =                      || none | 0.0           | 0.0                | 0.0
    general items: nor, retardation and avoidance too    | =                 | =                | 7                      || none | 0.0           | 0.0                | 0.0
    """
)
CHAPTER.draw(
    """
    vignette                        | delusion | hallucination | negative   || delusion POMP | hallucination POMP | negative POMP | expression POMP | experience POMP
    --------------------------------+----------+---------------+------------++---------------+--------------------+---------------+-----------------+----------------
    the lowest scores are 0         | 1        | 1             | 1          || 0.0           | 0.0                | 0.0           | 0.0             | 0.0
    the highest are 100             | 7        | 7             | 7          || 100.0         | 100.0              | 100.0         | 100.0           | 100.0
    the mean of four items          | 7 7 4 4  | 4             | 1          || 75.0          | 50.0               | 0.0           | 0.0             | 0.0
    the mean of the rated items     | 7 7 4 -  | 2             | 4 1 4 1 4  || 83.3          | 16.7               | 30.0          | 50.0            | 0.0
    expression is N1, N3 and N6     | 1        | 1             | 7 1 7 1 7  || 0.0           | 0.0                | 60.0          | 100.0           | 0.0
    experience is N2 and N4         | 1        | 1             | 1 7 1 7 1  || 0.0           | 0.0                | 40.0          | 0.0             | 100.0
    two of three, of expression     | 1        | 1             | - 4 7 4 1  || 0.0           | 0.0                | 50.0          | 50.0            | 50.0
    one of two is not, of experience| 1        | 1             | 4 - 4 4 4  || 0.0           | 0.0                | 50.0          | 50.0            |
    """
)
CHAPTER.draw(
    """
    vignette                                    | disorganisation || disorganisation POMP | type
    --------------------------------------------+-----------------++----------------------+-----
    P2, N5 and G11                              | 7 4 1           || 50.0                 | none
    two of its three items                      | 7 1 -           || 50.0                 | none
    one of three gives no score, yet a type     | 7 - -           ||                      | none
    """
)
CHAPTER.draw(
    """
    vignette                                                | delusion | hallucination | negative  || type     | delusion POMP | negative POMP
    --------------------------------------------------------+----------+---------------+-----------++----------+---------------+--------------
    three of four delusional items are enough               | 4 3 3 -  | 1             | 1         || delusion | 38.9          | 0.0
    two of four are not                                     | 4 4 - -  | 1             | 1         || unknown  |               | 0.0
    four of five negative items are enough                  | 1        | 1             | 4 1 1 1 - || negative | 0.0           | 12.5
    three of five are not                                   | 1        | 1             | 4 4 4 - - || unknown  | 0.0           |
    an item missing that may be moderate                    | 3 3 3 -  | 1             | 1         || unknown  | 33.3          | 0.0
    the same in the negative domain                         | 1        | 1             | 1 1 - 1 1 || unknown  | 0.0           | 0.0
    a blank hallucination item                              | 7        | -             | 1         || unknown  | 100.0         | 0.0
    no row for the hallucination item                       | 7        | none          | 1         || unknown  | 100.0         | 0.0
    a score of 0 is none                                    | 7        | 0             | 1         || unknown  | 100.0         | 0.0
    nor is a score of 8                                     | 7        | 8             | 1         || unknown  | 100.0         | 0.0
    an unknown domain spoils even a clear type              | 7        | 1             | 1 1 1 1 - || unknown  | 100.0         | 0.0
    """
)
for scale in ("BPRS-18", "BPRS-24"):
    CHAPTER.draw(
        f"""
        vignette                                                | delusion | hallucination | negative || type          | delusion POMP | negative POMP
        --------------------------------------------------------+----------+---------------+----------++---------------+---------------+--------------
        {scale}: every item at 3 is no type                     | 3        | 3             | 3        || none          | 33.3          | 33.3
        {scale}: grandiosity alone at 4                         | 4 1 1    | 3             | 3        || delusion      | 16.7          | 33.3
        {scale}: suspiciousness alone                           | 1 4 1    | 3             | 3        || delusion      | 16.7          | 33.3
        {scale}: unusual thought content alone                  | 1 1 4    | 3             | 3        || delusion      | 16.7          | 33.3
        {scale}: hallucinations at 4                            | 3        | 4             | 3        || hallucination | 33.3          | 33.3
        {scale}: emotional withdrawal alone                     | 3        | 3             | 4 1 1    || negative      | 33.3          | 16.7
        {scale}: motor retardation alone                        | 3        | 3             | 1 4 1    || negative      | 33.3          | 16.7
        {scale}: blunted affect alone                           | 3        | 3             | 1 1 4    || negative      | 33.3          | 16.7
        {scale}: two of three items are two thirds              | 4 1 -    | 1             | 1        || delusion      | 25.0          | 0.0
        {scale}: two of three negative items are                | 1        | 1             | 4 - 1    || negative      | 0.0           | 25.0
        {scale}: one of three is not                            | 4 - -    | 1             | 1        || unknown       |               | 0.0
        """,
        given={"on": scale},
    )
    CHAPTER.draw(
        f"""
        vignette                                                  | {scale} conceptual_disorganization | {scale} hostility, tension, excitement || type | disorganisation POMP
        ----------------------------------------------------------+------------------------------------+----------------------------------------++------+---------------------
        {scale}: disorganisation is shown and does not compete    | 7                                  | 1                                      || none | 100.0
        {scale}: other items make no type                         | 1                                  | 7                                      || none | 0.0
        """,
        given={"on": scale},
    )
CHAPTER.draw(
    """
    vignette                                                  | delusion | hallucination | negative || type          | delusion POMP | negative POMP | expression POMP | experience POMP
    ----------------------------------------------------------+----------+---------------+----------++---------------+---------------+---------------+-----------------+----------------
    SAPS and SANS: globals at 2 are no type                   | 2        | 2             | 2        || none          | 40.0          | 40.0          | 40.0            | 40.0
    SAPS: global delusions at 3                               | 3        | 2             | 2        || delusion      | 60.0          | 40.0          | 40.0            | 40.0
    SAPS: global hallucinations at 3                          | 2        | 3             | 2        || hallucination | 40.0          | 40.0          | 40.0            | 40.0
    SANS: flattening alone at 3                               | 2        | 2             | 3 0 0 0  || negative      | 40.0          | 15.0          | 30.0            | 0.0
    SANS: alogia alone                                        | 2        | 2             | 0 3 0 0  || negative      | 40.0          | 15.0          | 30.0            | 0.0
    SANS: avolition alone                                     | 2        | 2             | 0 0 3 0  || negative      | 40.0          | 15.0          | 0.0             | 30.0
    SANS: anhedonia alone                                     | 2        | 2             | 0 0 0 3  || negative      | 40.0          | 15.0          | 0.0             | 30.0
    SANS: three of four globals are enough                    | 0        | 0             | 3 0 0 -  || negative      | 0.0           | 20.0          | 30.0            |
    SANS: two of four are not                                 | 0        | 0             | 3 3 - -  || unknown       | 0.0           |               | 60.0            |
    """,
    given={"on": "SAPS+SANS"},
)
CHAPTER.draw(
    """
    vignette                                              | SAPS persecutory_delusions, auditory_hallucinations | SANS global_attention, poverty_of_speech | SAPS global_bizarre_behaviour | SAPS global_positive_formal_thought_disorder || type | disorganisation POMP
    ------------------------------------------------------+-----------------------------------------------------+------------------------------------------+-------------------------------+----------------------------------------------++------+---------------------
    single SAPS items do not count beside globals         | 5                                                   | 0                                        | 0                             | 0                                            || none | 0.0
    attention and single SANS items do not                | 0                                                   | 5                                        | 0                             | 0                                            || none | 0.0
    bizarre behaviour is disorganisation                  | 0                                                   | 0                                        | 5                             | 0                                            || none | 50.0
    so is thought disorder                                | 0                                                   | 0                                        | 0                             | 3                                            || none | 30.0
    """,
    given={"on": "SAPS+SANS"},
)
