"""Specifiers and remission: what is said beside the verdict."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "specifiers",
    "Beside the verdict: depression, thinking, remission",
    "Depression is read at the last visit from CDSS, else HAMD, else MADRS, else PANSS G6. The cognitive specifier "
    "uses P2, N5 and G11 with the cut-offs of the domains. Remission (Andreasen) is eight PANSS items at 3 or less for "
    "six months up to the last visit.",
)

CHAPTER.draw(
    """
    vignette                        | CDSS total at visit 4 | HAMD total at visit 4 | G6 at visit 4 || depression
    --------------------------------+-----------------------+-----------------------+---------------++-----------
    CDSS 7 is depressed             | 7                     | none                  | 3             || yes
    CDSS 6 is not                   | 6                     | none                  | 3             || no
    HAMD 17 is depressed            | none                  | 17                    | 3             || yes
    HAMD 16 is not                  | none                  | 16                    | 3             || no
    PANSS G6 at 4 is depressed      | none                  | none                  | 4             || yes
    PANSS G6 at 3 is not            | none                  | none                  | 3             || no
    CDSS goes before HAMD and PANSS | 6                     | 24                    | 7             || no
    HAMD goes before PANSS          | none                  | 16                    | 7             || no
    no depression item rated        | none                  | none                  | none          || no
    """,
)
CHAPTER.draw(
    """
    vignette                                 | CDSS hopelessness at visit 4 | CDSS suicide at visit 4 || depression
    -----------------------------------------+------------------------------+-------------------------++-----------
    a CDSS item missing that does not matter | 3                            |                         || yes
    a CDSS item missing that decides         | 0                            |                         || unknown
    a CDSS total of 6 from its items         | 0                            | 1                       || no
    a CDSS total of 7 from its items         | 0                            | 2                       || yes
    """,
    about="CDSS at visit 4: depression 3, observed depression 2, the other items 0 except those shown.",
    given={
        "CDSS depression at visit 4": "3",
        "CDSS observed depression at visit 4": "2",
        "CDSS self depreciation, guilty ideas of reference, pathological guilt, morning depression at visit 4": "0",
        "CDSS early wakening at visit 4": "0",
    },
)
CHAPTER.draw(
    """
    vignette                 | P2 at visit 4 | N5 at visit 4 | G11 at visit 4 || cognitive
    -------------------------+---------------+---------------+----------------++----------
    two cognitive items at 4 | 4             | 4             | 1              || yes
    one cognitive item at 4  | 4             | 3             | 1              || no
    one cognitive item at 6  | 1             | 1             | 6              || yes
    one cognitive item at 5  | 1             | 1             | 5              || no
    a cognitive item missing | 4             | 1             |                || unknown
    """
)
CHAPTER.draw(
    """
    vignette                              | visit 5    | P3 at visit 5 | G9 at visit 2 | N6 at visit 3 || remission
    --------------------------------------+------------+---------------+---------------+---------------++----------
    eight items at 3 or less for 182 days | 2020-07-01 | 3             | 3             | 3             || yes
    for 181 days                          | 2020-06-30 | 3             | 3             | 3             || unknown
    a relapse at the last visit           | 2020-07-01 | 4             | 3             | 3             || no
    one item at 4 on the way              | 2020-07-01 | 3             | 4             | 3             || unknown
    182 days again since it               | 2020-09-22 | 3             | 4             | 3             || yes
    181 days since it                     | 2020-09-21 | 3             | 4             | 3             || unknown
    one item missing on the way           | 2020-07-01 | 3             | 3             |               || unknown
    """,
    about="P1 and P3 were 3 from visit 1 on.",
    given={"visit 5": "2020-07-01", "P1 and P3 at all visits": "3"},
)
