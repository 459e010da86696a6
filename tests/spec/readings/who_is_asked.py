"""Who is asked: the schizophrenia spectrum."""

from tests.spec.vignettes import Chapter

CHAPTER = Chapter(
    "who is asked",
    "Who is asked",
    "The question has a meaning for people with a diagnosis in the schizophrenia spectrum. A blank diagnosis "
    "counts as within it, unless the person is a control or a sibling.",
)

CHAPTER.draw(
    """
    vignette                                             | diagnosis                | group   || verdict
    -----------------------------------------------------+--------------------------+---------++---------------
    ICD-10 schizophrenia is in the spectrum              | F20                      | =       || resistant
    ICD-10 paranoid schizophrenia is in the spectrum     | F20.0                    | =       || resistant
    ICD-10 schizoaffective disorder is in the spectrum   | F25.1                    | =       || resistant
    ICD-10 F29 is the last code of the spectrum          | F29                      | =       || resistant
    ICD-10 F30 lies past the spectrum                    | F30.2                    | =       || not_applicable
    ICD-10 F19 lies before the spectrum                  | F19.5                    | =       || not_applicable
    ICD-10 bipolar disorder is outside                   | F31.2                    | =       || not_applicable
    ICD-11 6A20 is the first code of the spectrum        | 6A20                     | =       || resistant
    ICD-11 6A2Z is the last code of the spectrum         | 6A2Z                     | =       || resistant
    ICD-11 bipolar disorder is outside                   | 6A60.1                   | =       || not_applicable
    DSM-IV 295 is in the spectrum                        | 295.30                   | =       || resistant
    DSM-IV delusional disorder is in the spectrum        | 297.1                    | =       || resistant
    DSM-IV 298 is in the spectrum                        | 298.9                    | =       || resistant
    DSM-IV 296 is outside                                | 296.44                   | =       || not_applicable
    DSM-IV 299 is outside                                | 299.00                   | =       || not_applicable
    the word schizophrenia will do                       | schizophrenia            | =       || resistant
    capital letters do not matter                        | Schizoaffective Disorder | =       || resistant
    a short label of a public data set will do           | SCHZ                     | =       || resistant
    the word bipolar is outside                          | bipolar disorder         | =       || not_applicable
    a blank diagnosis in a patient is taken as within    |                          | patient || resistant
    a blank diagnosis and a blank group too              |                          |         || resistant
    a control without a diagnosis is not asked           |                          | control || not_applicable
    a sibling without a diagnosis is not asked           |                          | sibling || not_applicable
    a control with a diagnosis of schizophrenia is asked | F20                      | control || resistant
    """
)
