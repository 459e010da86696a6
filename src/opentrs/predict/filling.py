"""Which item of a checklist is filled by which sentence; what people must answer stays empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opentrs.predict import filling_methods as methods
from opentrs.predict import filling_results as results
from opentrs.predict.sheet import Filled, Sheet

FILLERS: Mapping[str, Callable[[Sheet], Filled | None]] = {
    "title": methods.title,
    "objectives": methods.kinds,
    "data_source": methods.data_source,
    "dates": methods.dates,
    "setting": methods.setting,
    "eligibility": methods.eligibility,
    "preparation": methods.preparation,
    "outcome": methods.outcome,
    "predictors": methods.predictors,
    "sample_size": methods.sample_size,
    "missing": methods.missing,
    "data_use": methods.kinds,
    "predictor_form": methods.predictor_form,
    "model_kind": methods.model_kind,
    "clusters": methods.clusters,
    "measures": methods.measures,
    "updating": methods.updating,
    "computing": methods.computing,
    "imbalance": methods.imbalance,
    "fairness": methods.fairness,
    "output": methods.output,
    "kinds": methods.kinds,
    "code": methods.code,
    "flow": results.flow,
    "case_mix": results.case_mix,
    "counts": results.counts,
    "specification": results.specification,
    "performance": results.performance,
    "by_site": results.by_site,
    "updated": results.updated,
    "limitations": results.limitations,
    "input": results.input_quality,
    "timing": results.flagged("landmark", "time_zero", "immortal", "date"),
    "incorporation": results.flagged("incorporation", "ingredient", "outcome_definition"),
    "overfitting": results.overfitting,
    "competing": results.competing,
}


def fill(key: str | None, sheet: Sheet) -> Filled | None:
    """What the run says to one item; None where nothing, or where only people can know."""
    return FILLERS[key](sheet) if key else None
