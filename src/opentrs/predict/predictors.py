"""Named predictors of each person, made of what was known on the landmark and of nothing else.

Which predictors there are, what they mean, their unit and range are rows of
``reference/predict/predictors.csv``; how each kind is computed stands in the modules named after the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.predict import predictors_of_people as people
from opentrs.predict import predictors_of_ratings as ratings
from opentrs.predict import predictors_of_record as record
from opentrs.predict.known import Known, Predictor, shipped_predictors
from opentrs.predict.landmarks import (
    Landmark,
    landmark_named,
)
from opentrs.predict.predictors_of_people import Compute

POLYGENIC = "prs_"


def predictor_table(
    cohort: Cohort,
    landmark: str | Landmark = "baseline",
    names: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Predictors of everybody who has the landmark, from :meth:`Cohort.as_of` the landmark alone.

    Parameters
    ----------
    cohort : people and their tables
    landmark : its name (``baseline``, ``week2``, ``week6``, ``month12`` ...), or your own
    names : predictors wanted, in order; by default every shipped one. ``prs_<score>`` names a polygenic
        score, ``<table>:<column>`` a region of a scan table such as ``cortex:lh_superiorfrontal_thickness``.

    Returns
    -------
    person_id and a column for each predictor: numbers in the unit of ``reference/predict/predictors.csv``,
    flags as 1 and 0, unknown as NaN

    Raises
    ------
    UsageError : there is no such landmark or predictor
    """
    at = landmark if isinstance(landmark, Landmark) else landmark_named(landmark)
    return predictors_known(Known(cohort, at), names)


def predictors_known(known: Known, names: Iterable[str] | None = None) -> pd.DataFrame:
    """As :func:`predictor_table`, from what is known already."""
    shipped = shipped_predictors()
    wanted = list(shipped) if names is None else list(dict.fromkeys(names))
    rows = [shipped[name] if name in shipped else _from_data(name, known) for name in wanted]
    frame = known.days[["person_id"]].copy()
    if frame.empty:
        return frame.reindex(columns=["person_id", *wanted]).astype(dict.fromkeys(wanted, "float64"))
    by_kind: dict[str, list[Predictor]] = {}
    for row in rows:
        by_kind.setdefault(row.computed_by, []).append(row)
    for kind, of_kind in by_kind.items():
        found = COMPUTED[kind](known, tuple(of_kind))
        frame = frame.merge(found, on="person_id", how="left")
    return frame[["person_id", *wanted]].astype(dict.fromkeys(wanted, "float64"))


def _from_data(name: str, known: Known) -> Predictor:
    """A predictor named by the cohort's own tables: a polygenic score, or a region of a scan."""
    table, _, column = name.partition(":")
    if name.startswith(POLYGENIC):
        kind, argument, block = "polygenic", name.removeprefix(POLYGENIC), "genetics"
    elif table in known.cohort.modalities and column in known.cohort.modalities[table].columns:
        kind, argument, block = "scan", name, "imaging"
    else:
        raise UsageError(text("predict.no_predictor", name=name))
    return Predictor(name, block, "number", "", -np.inf, np.inf, kind, argument, False, {}, name, name)


COMPUTED: Mapping[str, Compute] = {
    **dict.fromkeys(people.PERSON, people.of_people),
    "item": ratings.of_items,
    "item_sum": ratings.of_items,
    "factor": ratings.of_factors,
    "total": ratings.of_totals,
    "improvement": ratings.of_improvement,
    "function": record.of_function,
    "adherence": record.of_adherence,
    "event_flag": record.of_events,
    "event_count": record.of_events,
    "stays": record.of_stays,
    "drugs": record.of_drugs,
    "courses": record.of_courses,
    "polygenic": record.of_polygenic,
    "scan": record.of_scans,
    "type": ratings.of_types,
}
