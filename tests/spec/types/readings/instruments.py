"""From which instrument a visit is labelled, and what two raters on one day make."""

from tests.spec.types.vignettes import Chapter

CHAPTER = Chapter("instruments")

CHAPTER.draw(
    """
    vignette                                            | on                            | PANSS delusion | SAPS+SANS hallucination | BPRS-24 negative | BPRS-18 hallucination || type          | scale
    ----------------------------------------------------+-------------------------------+----------------+-------------------------+------------------+-----------------------++---------------+----------
    PANSS goes before all                               | PANSS + SAPS+SANS + BPRS-24   | 4              | 5                       | 7                | =                     || delusion      | PANSS
    SAPS and SANS before BPRS-24                        | SAPS+SANS + BPRS-24           | =              | 5                       | 7                | =                     || hallucination | SAPS+SANS
    BPRS-24 before BPRS-18                              | BPRS-24 + BPRS-18             | =              | =                       | 7                | 7                     || negative      | BPRS-24
    BPRS-18 by itself                                   | BPRS-18                       | =              | =                       | =                | 7                     || hallucination | BPRS-18
    an instrument short of a domain gives way           | PANSS + BPRS-18               | 7 7 - -        | =                       | =                | 7                     || hallucination | BPRS-18
    one that gives way with a clear symptom             | PANSS + SAPS+SANS             | - - - -        | 3                       | =                | =                     || hallucination | SAPS+SANS
    where none has all three the first with any         | PANSS + BPRS-18               | 7 7 - -        | =                       | =                | -                     || unknown       | PANSS
    a score is enough even if the floor is unknown      | PANSS + BPRS-18               | 3 3 3 -        | =                       | =                | 7                     || unknown       | PANSS
    two thirds are enough to stay                       | PANSS + BPRS-18               | 4 3 3 -        | =                       | =                | 7                     || delusion      | PANSS
    """
)
CHAPTER.draw(
    """
    vignette                                    | on               | SAPS global_delusions | BPRS-18 hallucinatory_behaviour || type          | scale
    --------------------------------------------+------------------+-----------------------+---------------------------------++---------------+----------
    SAPS without SANS lacks the negative domain | SAPS             | 5                     | =                               || unknown       | SAPS+SANS
    and gives way to BPRS                       | SAPS + BPRS-18   | 5                     | 4                               || hallucination | BPRS-18
    """
)
CHAPTER.draw(
    """
    vignette                                             | delusion        | hallucination | negative           || type          | margin | hallucination POMP
    -----------------------------------------------------+-----------------+---------------+--------------------++---------------+--------+-------------------
    two raters whose mean reaches the floor              | 1               | 5/3           | 1                  || hallucination |        | 50.0
    two raters whose mean stays below it                 | 1               | 4/3           | 1                  || none          |        | 41.7
    a rater's blank leaves the other's score             | 1               | 5/-           | 1                  || hallucination |        | 66.7
    both blank                                           | 1               | -/-           | 1                  || unknown       |        |
    halves count in the lead                             | 1               | 4             | 6/5 6/5 6/5 6/5 6/5|| negative      | 1.00   | 50.0
    each item's mean, not the rater's                    | 7/1 1/7 4/4 4/4 | 4/4           | 1                  || mixed         | 0.00   | 50.0
    """
)
