"""What the parts read of the first stage: who is resistant, and what clozapine did."""

from __future__ import annotations

from typing import cast

import pandas as pd

from opentrs.cohort.results import Results, StageResult, StudySettings
from opentrs.messages import Lang, text
from opentrs.stats.intervals import exact_proportion
from opentrs.subtype.parts import PartSkipped

MAIN = "trrip"
RESISTANT, NOT_RESISTANT = "resistant", "not_resistant"
GROUPS = ("all", RESISTANT, NOT_RESISTANT)
CLOPPER_PEARSON = "Clopper-Pearson"


def lang_of(settings: StudySettings) -> Lang:
    """The language of sentences."""
    return cast(Lang, settings.lang)


def ascertained(results: Results, settings: StudySettings) -> StageResult:
    """The first stage's result.

    Raises
    ------
    PartSkipped : it did not run
    """
    found = results.get("ascertain")
    if not isinstance(found, StageResult):
        raise PartSkipped(text("subtype_bio.no_verdicts", lang_of(settings)))
    return found


def verdicts(results: Results, settings: StudySettings) -> pd.DataFrame:
    """person_id, verdict and clozapine status by the main definition."""
    table = ascertained(results, settings).tables["verdicts"]
    main = table.loc[table["definition"] == MAIN, ["person_id", "verdict", "clozapine"]]
    return main.reset_index(drop=True)


def share_by_group(labels: pd.DataFrame, by: str, event: str, unsettled: str = "unknown") -> pd.DataFrame:
    """Share of people with an answer among those for whom it is settled, in all and by verdict.

    Parameters
    ----------
    labels : person_id, verdict and the column ``by``
    by, event, unsettled : the column, the answer counted, and the answer that is none

    Returns
    -------
    group, n (settled), count, share, ci_low, ci_high, unknown, unit, method
    """
    rows = []
    for group in GROUPS:
        answers = labels[by] if group == "all" else labels.loc[labels["verdict"] == group, by]
        settled = answers[answers != unsettled]
        count = int((settled == event).sum())
        found = exact_proportion(count, len(settled))
        rows.append((group, len(settled), count, found.estimate, found.low, found.high,
                     len(answers) - len(settled), "proportion", CLOPPER_PEARSON))  # fmt: skip
    columns = ["group", "n", "count", "share", "ci_low", "ci_high", "unknown", "unit", "method"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"share": "float64", "ci_low": "float64", "ci_high": "float64"})
