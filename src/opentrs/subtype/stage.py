"""The stage: everybody's type by the rule, what the choices change, and the parts beside the rule."""

from __future__ import annotations

from typing import cast

import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Results, Stage, StageResult, StudySettings
from opentrs.messages import Lang
from opentrs.subtype import burden, dopamine, genetic_types, probability, supersensitivity, trajectories
from opentrs.subtype.compare import instruments, sensitivity
from opentrs.subtype.definition import TypeRules, load_types, shipped_types
from opentrs.subtype.domains import VISIT
from opentrs.subtype.findings import findings
from opentrs.subtype.flips import flips
from opentrs.subtype.frames import (
    DOMAIN_COLUMNS,
    domains_frame,
    persons_frame,
    rated_items_frame,
    types_frame,
)
from opentrs.subtype.labels import Steps, label
from opentrs.subtype.norms import read_norms
from opentrs.subtype.parts import Labelled, Part, run_parts, with_columns
from opentrs.subtype.prevalence import flow, type_prevalence

# In the order of the table ``parts``. A new part is one file and one line here.
PARTS: tuple[Part, ...] = (
    probability.PART,
    dopamine.PART,
    supersensitivity.PART,
    genetic_types.PART,
    trajectories.PART,
    burden.PART,
)
MAIN_DEFINITION = "trrip"


def label_cohort(cohort: Cohort, results: Results, settings: StudySettings) -> tuple[Labelled, Steps]:
    """Label everybody by the rule of the settings and put the labels into words.

    Returns
    -------
    the frozen labels that parts read, and the tables they were made from
    """
    lang = cast(Lang, settings.lang)
    rules = load_types(settings.types) if settings.types else shipped_types()
    steps = label(cohort, rules, read_norms(settings.norms, rules) if settings.norms else None)
    visits = steps.visits.execute().sort_values(list(VISIT), ignore_index=True)
    domains = domains_frame(steps.domains)
    found_flips = flips(steps.visits, steps.wide, steps.values, steps.norms, rules)
    types = types_frame(visits, found_flips, domains, rated_items_frame(steps, rules), rules, lang)
    labelled = Labelled(
        rules=rules,
        people=steps.people,
        items=steps.values,
        domains=steps.domains,
        visits=steps.visits.rename(scale="instrument"),
        types=types,
        person_types=persons_frame(steps.persons, visits, _verdicts(results)),
        norms=steps.norms,
    )
    return labelled, steps


def _verdicts(results: Results) -> pd.DataFrame:
    """Who is resistant, by the main definition of the stage before; nobody is known if it did not run."""
    found = results.get("ascertain")
    if not isinstance(found, StageResult):
        return pd.DataFrame(columns=["person_id", "verdict"], dtype="object")
    rows = found.tables["verdicts"]
    return rows.loc[rows["definition"] == MAIN_DEFINITION, ["person_id", "verdict"]]


def run(cohort: Cohort, results: Results, settings: StudySettings) -> StageResult:
    """Label everybody, ask what each choice changes, and run the parts."""
    labelled, steps = label_cohort(cohort, results, settings)
    rules, types = labelled.rules, labelled.types
    parts = run_parts(PARTS, cohort, results, settings, labelled)
    for part in parts.results.values():
        types = with_columns(types, part.columns)
    tables = {
        "types": types,
        "person_types": labelled.person_types,
        "type_prevalence": type_prevalence(labelled.person_types, rules),
        **_comparisons(steps, rules),
        "norms": labelled.norms,
        "flow": flow(types),
        "domains": domains_frame(labelled.domains)[DOMAIN_COLUMNS],
        "parts": parts.table,
    }
    for part in parts.results.values():
        tables |= part.tables
    own = findings(tables, rules)
    return StageResult(
        stage="subtype",
        tables=tables,
        findings=(*own, *(one for part in parts.results.values() for one in part.findings)),
        details={"rules": rules},
    )


def _comparisons(steps: Steps, rules: TypeRules) -> dict[str, pd.DataFrame]:
    taken = steps.persons.select("person_id", day="type_day").inner_join(
        steps.visits.select(*VISIT, "instrument"), list(VISIT)
    )
    choices, by_type = sensitivity(taken, steps.wide, steps.norms, rules)
    return {
        "sensitivity": choices,
        "sensitivity_types": by_type,
        "instruments": instruments(steps.wide, steps.norms, rules),
    }


STAGE = Stage("subtype", needs=frozenset({"people", "ratings"}), after=("ascertain",), run=run)
