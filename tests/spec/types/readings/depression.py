"""Depression beside the type, and the review's four-way label."""

from tests.spec.types.vignettes import Chapter

CHAPTER = Chapter("depression")

CHAPTER.draw(
    """
    vignette                                | CDSS      | HAMD-17    | MADRS      | PANSS G6 || depression | basis
    ----------------------------------------+-----------+------------+------------+----------++------------+---------
    CDSS 6 is no episode                    | 6         | none       | none       | 1        || none       | CDSS
    CDSS 7 is one: moderate at least        | 7         | none       | none       | 1        || moderate   | CDSS
    CDSS 27 is never called severe          | 27        | none       | none       | 1        || moderate   | CDSS
    HAMD 7                                  | none      | 7          | none       | 1        || none       | HAMD-17
    HAMD 8                                  | none      | 8          | none       | 1        || mild       | HAMD-17
    HAMD 16                                 | none      | 16         | none       | 1        || mild       | HAMD-17
    HAMD 17                                 | none      | 17         | none       | 1        || moderate   | HAMD-17
    HAMD 23                                 | none      | 23         | none       | 1        || moderate   | HAMD-17
    HAMD 24                                 | none      | 24         | none       | 1        || severe     | HAMD-17
    MADRS 6                                 | none      | none       | 6          | 1        || none       | MADRS
    MADRS 7                                 | none      | none       | 7          | 1        || mild       | MADRS
    MADRS 19                                | none      | none       | 19         | 1        || mild       | MADRS
    MADRS 20                                | none      | none       | 20         | 1        || moderate   | MADRS
    MADRS 34                                | none      | none       | 34         | 1        || moderate   | MADRS
    MADRS 35                                | none      | none       | 35         | 1        || severe     | MADRS
    PANSS G6 at 3                           | none      | none       | none       | 3        || none       | PANSS G6
    PANSS G6 at 4                           | none      | none       | none       | 4        || moderate   | PANSS G6
    PANSS G6 at 7 is not called severe      | none      | none       | none       | 7        || moderate   | PANSS G6
    two raters' mean of G6                  | none      | none       | none       | 5/3      || moderate   | PANSS G6
    CDSS before HAMD                        | 6         | 24         | 35         | 7        || none       | CDSS
    HAMD before MADRS                       | none      | 16         | 35         | 7        || mild       | HAMD-17
    MADRS before G6                         | none      | none       | 35         | 1        || severe     | MADRS
    nothing rated                           | none      | none       | none       | none     || unknown    |
    a blank G6                              | none      | none       | none       | -        || unknown    |
    """
)
CHAPTER.draw(
    """
    vignette                                          | CDSS        | HAMD-17     | PANSS G6 || depression | basis
    --------------------------------------------------+-------------+-------------+----------++------------+---------
    a missing CDSS item that cannot reach 7           | 3 + blank   | 24          | 1        || none       | CDSS
    one that decides: the next scale speaks           | 4 + blank   | 24          | 1        || severe     | HAMD-17
    one that no longer matters                        | 7 + blank   | 24          | 1        || moderate   | CDSS
    HAMD between mild and moderate: the next          | none        | 15 + blank  | 4        || moderate   | PANSS G6
    HAMD mild whatever the blank                      | none        | 14 + blank  | 4        || mild       | HAMD-17
    HAMD between moderate and severe                  | none        | 22 + blank  | 1        || none       | PANSS G6
    HAMD moderate whatever the blank                  | none        | 21 + blank  | 1        || moderate   | HAMD-17
    a total without items                             | none        | total 24    | 1        || severe     | HAMD-17
    a CDSS total without items                        | total 7     | none        | 1        || moderate   | CDSS
    """
)
CHAPTER.draw(
    """
    vignette                               | on        | BPRS-18 depressive_mood | BPRS-24 depressive_mood || depression | basis
    ---------------------------------------+-----------+-------------------------+-------------------------++------------+------------------------
    BPRS-18 depressive mood at 3           | BPRS-18   | 3                       | =                       || none       | BPRS-18 depressive_mood
    BPRS-18 depressive mood at 4           | BPRS-18   | 4                       | =                       || moderate   | BPRS-18 depressive_mood
    BPRS-24 depressive mood at 3           | BPRS-24   | =                       | 3                       || none       | BPRS-24 depressive_mood
    BPRS-24 depressive mood at 7           | BPRS-24   | =                       | 7                       || moderate   | BPRS-24 depressive_mood
    """
)
CHAPTER.draw(
    """
    vignette                                             | delusion | hallucination | CDSS | HAMD-17 | PANSS G6 || type     | review type
    -----------------------------------------------------+----------+---------------+------+---------+----------++----------+------------------
    a type without depression                            | 4        | 1             | none | 7       | 1        || delusion | delusion
    a type with moderate depression                      | 4        | 1             | none | 17      | 1        || delusion | delusion
    severe depression goes before the type               | 4        | 1             | none | 24      | 1        || delusion | severe_depression
    severe depression where no domain is there           | 1        | 1             | none | 24      | 1        || none     | severe_depression
    severe depression where domains tie                  | 4        | 4             | none | 24      | 1        || mixed    | severe_depression
    severe depression where the type is unknown          | 4        | -             | none | 24      | 1        || unknown  | severe_depression
    none of the three and not severely depressed         | 1        | 1             | none | 23      | 1        || none     | none_of_the_four
    mixed and not depressed                              | 4        | 4             | none | 7       | 1        || mixed    | none_of_the_four
    unknown and not depressed                            | 4        | -             | none | 7       | 1        || unknown  | unknown
    none, and a CDSS of 7 may be severe                  | 1        | 1             | 7    | none    | 1        || none     | unknown
    mixed, and CDSS 6 excludes a severe depression       | 4        | 4             | 6    | none    | 1        || mixed    | none_of_the_four
    none, and PANSS G6 3 excludes a severe depression    | 1        | 1             | none | none    | 3        || none     | none_of_the_four
    none, and PANSS G6 4 may be severe                   | 1        | 1             | none | none    | 4        || none     | unknown
    a type, by a scale that cannot say severe            | 4        | 1             | 27   | none    | 1        || delusion | delusion
    a type where depression is not known                 | 4        | 1             | none | none    | none     || delusion | delusion
    none where depression is not known                   | 1        | 1             | none | none    | none     || none     | unknown
    """
)
