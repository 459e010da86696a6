"""The stages of a study in their order. A new stage is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opentrs import ascertain, mechanism, predict, subtype, treat
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, Skipped, Stage, StageResult, StudySettings

STAGES: tuple[Stage, ...] = (ascertain.STAGE, subtype.STAGE, mechanism.STAGE, treat.STAGE, predict.STAGE)

Progress = Callable[[str, int, int], None]


def run_study(
    cohort: Cohort,
    stages: Sequence[Stage] = STAGES,
    settings: StudySettings | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run stages in order and return what each found, or why it was skipped.

    Parameters
    ----------
    cohort : the people and their tables; it is not changed
    stages : in order; each may read the results of those named in its ``after``
    settings : choices of this run
    progress : called as ``progress(stage name, number done, number in all)``

    Returns
    -------
    stage name -> :class:`StageResult` or :class:`Skipped`
    """
    settings = settings or StudySettings()
    results: dict[str, StageResult | Skipped] = {}
    for done, stage in enumerate(stages):
        if progress:
            progress(stage.name, done, len(stages))
        missing = sorted(stage.needs - cohort.holds)
        if missing:
            results[stage.name] = Skipped(stage.name, f"the cohort has no {', '.join(missing)}")
        else:
            results[stage.name] = stage.run(cohort, dict(results), settings)
    if progress:
        progress("", len(stages), len(stages))
    return results
