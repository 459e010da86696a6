"""Who is treatment-resistant: courses of treatment, criteria, verdicts."""

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, Stage, StageResult, StudySettings


def _run(cohort: Cohort, results: Results, settings: StudySettings) -> StageResult:
    raise NotImplementedError


STAGE = Stage("ascertain", needs=frozenset({"people"}), after=(), run=_run)
