"""Published facts that rules read: drugs, dose equivalents, plasma limits, rating scales."""

from opentrs.reference.clinical import (
    depression_rules,
    is_schizophrenia_spectrum,
    item_set,
    items_needed,
    remission_rule,
    second_generation_drugs,
)
from opentrs.reference.drug_names import ResolvedDrug, resolve_drug
from opentrs.reference.item_names import (
    ResolvedItem,
    item_number,
    numbered_items,
    numbering_of,
    resolve_items,
    resolve_scale,
)
from opentrs.reference.load import ReferenceDataError
from opentrs.reference.stated import StatedScore, global_groups, stated_scores
from opentrs.reference.tables import (
    depression_cutoffs,
    domain_items,
    domain_norms,
    domain_reliability,
    dose_equivalents,
    dose_keys,
    drugs,
    factor_models,
    function_scales,
    label_midpoints,
    plasma_limits,
    scale_items,
    scale_models,
    scale_totals,
    scales,
)
from opentrs.reference.who import dose_key_from_who

__all__ = [
    "ReferenceDataError",
    "ResolvedDrug",
    "ResolvedItem",
    "StatedScore",
    "depression_cutoffs",
    "depression_rules",
    "domain_items",
    "domain_norms",
    "domain_reliability",
    "dose_equivalents",
    "dose_key_from_who",
    "dose_keys",
    "drugs",
    "factor_models",
    "function_scales",
    "global_groups",
    "is_schizophrenia_spectrum",
    "item_number",
    "item_set",
    "items_needed",
    "label_midpoints",
    "numbered_items",
    "numbering_of",
    "plasma_limits",
    "remission_rule",
    "resolve_drug",
    "resolve_items",
    "resolve_scale",
    "scale_items",
    "scale_models",
    "scale_totals",
    "scales",
    "second_generation_drugs",
    "stated_scores",
]
