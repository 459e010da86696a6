"""Published facts as CSV files, refused unless every row says where it comes from.

Each row of a fact file names its ``source`` (an id of ``sources.csv``, or a DOI) and whether somebody read
the figure there (``checked``: ``yes``, ``second_hand``, or ``unverified``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from opentrs.errors import OpenTRSError
from opentrs.messages import text

if TYPE_CHECKING:
    import pandas as pd

CHECKED = ("yes", "second_hand", "unverified")
Kind = Literal["text", "number", "integer", "yes_no"]
Row = Mapping[str, Any]


class ReferenceDataError(OpenTRSError):
    """A file of published facts breaks the rules of such files."""


@dataclass(frozen=True, slots=True)
class FactFile:
    """One CSV file of facts: its columns in order, the kind of each, and which may not be empty.

    Parameters
    ----------
    path : path inside ``opentrs/reference``
    columns : column -> kind, without ``source`` and ``checked``, which every fact file has
    required : columns that are never empty
    """

    path: str
    columns: Mapping[str, Kind]
    required: tuple[str, ...]


def _texts(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, "text")


FACT_FILES: Mapping[str, FactFile] = {
    "regions": FactFile(
        "regions/regions.csv",
        {
            **_texts("structure", "atlas", "kind", "table", "measure", "sides", "written", "lobe"),
            **dict.fromkeys(("label_left", "label_right"), "integer"),
            **_texts("name_en", "name_zh"),
        },
        ("structure", "atlas", "kind", "table", "sides", "written", "name_en", "name_zh"),
    ),
    "region_aliases": FactFile(
        "regions/aliases.csv",
        _texts("alias", "structure", "atlas", "sides", "generation"),
        ("alias", "structure", "atlas", "generation"),
    ),
    "region_measures": FactFile(
        "regions/measures.csv",
        {
            **_texts("measure", "table", "unit", "endings"),
            "is_default": "yes_no",
            **dict.fromkeys(("usual_low", "usual_high"), "number"),
            **_texts("name_en", "name_zh"),
        },
        ("measure", "table", "is_default", "usual_low", "usual_high", "name_en", "name_zh"),
    ),
    "flat_tiles": FactFile(
        "regions/flat_tiles.csv",
        {**_texts("structure", "atlas", "view"), "column": "integer", "row": "integer", "short": "text"},
        ("structure", "atlas", "view", "column", "row", "short"),
    ),
    "circuits": FactFile(
        "regions/circuits.csv",
        _texts("circuit", "atlas", "structure", "note"),
        ("circuit", "atlas", "structure"),
    ),
    "region_profiles": FactFile(
        "regions/profiles.csv",
        {**_texts("atlas", "structure", "measure"), "typical": "number", "n": "integer"},
        ("atlas", "structure", "measure", "typical", "n"),
    ),
    "region_asymmetries": FactFile(
        "regions/asymmetries.csv",
        _texts("atlas", "structure", "measure", "larger_side"),
        ("atlas", "structure", "measure", "larger_side"),
    ),
    "spectroscopy": FactFile(
        "spectroscopy.csv",
        {"name": "text", "value": "number", **_texts("unit", "note")},
        ("name", "value", "unit"),
    ),
    "metabolites": FactFile(
        "metabolites.csv", _texts("alias", "metabolite", "note"), ("alias", "metabolite")
    ),
    "relaxation": FactFile(
        "relaxation.csv",
        {**_texts("substance", "tissue", "time"), "ms": "number", "note": "text"},
        ("substance", "tissue", "time", "ms"),
    ),
    "meshes": FactFile(
        "regions/meshes.csv",
        {"mesh": "text", "vertices": "integer", "note": "text"},
        ("mesh", "vertices"),
    ),
    "illness_effects": FactFile(
        "regions/illness_effects.csv",
        {
            **_texts("illness", "part", "measure", "atlas", "structure", "hemisphere"),
            **dict.fromkeys(("d", "se"), "number"),
            **dict.fromkeys(("n_controls", "n_patients"), "integer"),
            "p_printed": "number",
            "note": "text",
        },
        ("illness", "part", "measure", "atlas", "structure", "hemisphere", "d", "se"),
    ),
    "circuit_names": FactFile(
        "regions/circuit_names.csv",
        {"circuit": "text", "is_review_tract": "yes_no", **_texts("name_en", "name_zh")},
        ("circuit", "is_review_tract", "name_en", "name_zh"),
    ),
    "model_units": FactFile(
        "models/units.csv",
        {**_texts("unit", "quantity", "substance"), "in_base_units": "number", "note": "text"},
        ("unit", "quantity", "in_base_units"),
    ),
    "landmarks": FactFile(
        "predict/landmarks.csv",
        {
            **_texts("landmark", "anchor"),
            **dict.fromkeys(("day", "visit_from", "visit_to"), "integer"),
            "is_landmark": "yes_no",
            **_texts("name_en", "name_zh", "note"),
        },
        ("landmark", "anchor", "day", "visit_from", "visit_to", "is_landmark", "name_en", "name_zh"),
    ),
    "predictors": FactFile(
        "predict/predictors.csv",
        {
            **_texts("predictor", "block", "kind", "unit"),
            **dict.fromkeys(("low", "high"), "number"),
            **_texts("computed_by", "argument"),
            "core": "yes_no",
            **_texts("ingredient_of", "name_en", "name_zh", "coding", "note"),
        },
        ("predictor", "block", "kind", "low", "high", "computed_by", "core", "name_en", "name_zh"),
    ),
    "outcomes": FactFile(
        "predict/outcomes.csv",
        {
            **_texts("outcome", "kind", "argument"),
            "horizon_days": "integer",
            **_texts("counted_from", "landmarks", "ingredient_class", "visit"),
            "default": "yes_no",
            **_texts("name_en", "name_zh", "note"),
        },
        ("outcome", "kind", "horizon_days", "counted_from", "landmarks", "default", "name_en", "name_zh"),
    ),
    "predict_settings": FactFile(
        "predict/settings.csv",
        {"setting": "text", "value": "number", **_texts("unit", "note")},
        ("setting", "value", "unit"),
    ),
    "gate_checks": FactFile(
        "trials/gate_checks.csv",
        {"check": "text", "threshold": "number", **_texts("default_decision", "note")},
        ("check", "threshold", "default_decision"),
    ),
    "certainty_rules": FactFile(
        "trials/certainty_rules.csv",
        {**_texts("reason", "domain"), "threshold": "number", "levels": "integer", "note": "text"},
        ("reason", "domain", "levels"),
    ),
    "patient_units": FactFile(
        "trials/patient_units.csv",
        {"name": "text", "value": "number", **_texts("unit", "note")},
        ("name", "value", "unit"),
    ),
    "pooling_rules": FactFile(
        "trials/pooling_rules.csv",
        {"name": "text", "value": "number", **_texts("unit", "note")},
        ("name", "value", "unit"),
    ),
    "trial_outcomes": FactFile(
        "trials/outcomes.csv", _texts("outcome", "name_zh", "note"), ("outcome", "name_zh")
    ),
    "targets": FactFile(
        "trials/targets.csv",
        _texts("target", "mechanism", "agents", "evidence_level", "finding", "mechanism_rows", "review_says"),
        ("target", "mechanism", "evidence_level", "finding"),
    ),
    "interventions": FactFile(
        "trials/interventions.csv",
        {
            **_texts("component", "name_en", "name_zh", "class"),
            **_texts("site"),
            "frequency_hz": "number",
            "sessions": "text",
            "note": "text",
        },
        ("component", "name_en", "name_zh", "class"),
    ),
    "published_pools": FactFile(
        "trials/published_pools.csv",
        {
            **_texts("pool", "comparison", "population", "outcome", "measure"),
            **dict.fromkeys(("estimate", "ci_low", "ci_high", "i2_percent"), "number"),
            **dict.fromkeys(("k", "n"), "integer"),
            "note": "text",
        },
        ("pool", "comparison", "outcome", "measure", "estimate"),
    ),
    "tripod_items": FactFile(
        "predict/tripod_items.csv",
        _texts("item", "section", "label_en", "label_zh", "applies", "fill"),
        ("item", "section", "label_en", "label_zh", "applies"),
    ),
    "probast_items": FactFile(
        "predict/probast_items.csv",
        {
            **_texts("part", "domain", "kind"),
            "number": "integer",
            **_texts("label_en", "label_zh", "fill"),
        },
        ("part", "domain", "kind", "number", "label_en", "label_zh"),
    ),
    "trials": FactFile(
        "trials/trials.csv",
        {
            **_texts("row", "trial"),
            "year": "integer",
            **dict.fromkeys(("trs", "clozapine_base"), "yes_no"),
            **_texts("target_symptom", "intervention_class", "arm1", "arm2", "dose", "control", "design"),
            "shared_control": "yes_no",
            "outcome": "text",
            "higher_is_better": "yes_no",
            "timepoint_weeks": "number",
            **{f"{name}{arm}": "number" for arm in (1, 2) for name in ("n", "events", "mean", "sd")},
            "measure": "text",
            **dict.fromkeys(("estimate", "se", "reported_p"), "number"),
            **_texts("sd_at_other_weeks", "numbers", "note"),
        },
        ("row", "trial", "trs", "clozapine_base", "target_symptom", "arm1", "arm2", "control", "numbers"),
    ),
    "drugs": FactFile(
        "drugs.csv",
        {
            **_texts("drug", "kind", "atc", "atc4", "chemical_group"),
            "is_antipsychotic": "yes_no",
            "metabolite_family": "text",
            **_texts("omop_concept_id", "rxnorm_ingredient"),
            "label_max_mg_per_day": "number",
            "max_plausible_mg_per_day": "number",
            "max_plausible_checked": "text",
        },
        ("drug", "kind", "is_antipsychotic"),
    ),
    "drug_names": FactFile(
        "drug_names.csv",
        _texts("name", "drug", "route", "formulation", "combined_with", "language"),
        ("name", "drug"),
    ),
    "dose_equivalents": FactFile(
        "dose_equivalents.csv",
        {
            **_texts("key", "drug", "drug_as_in_source", "formulation", "route"),
            "published_mg_equal_to_100_mg_chlorpromazine": "number",
            "mg_per_day_equal_to_600_mg_chlorpromazine": "number",
            "used": "yes_no",
            "note": "text",
        },
        ("key", "drug", "route", "used"),
    ),
    "label_midpoints": FactFile(
        "label_midpoints.csv",
        {
            **_texts("drug", "route", "formulation"),
            "midpoint_mg_per_day": "number",
            "midpoint_mg_per_injection": "number",
            "note": "text",
        },
        ("drug", "route"),
    ),
    "plasma_limits": FactFile(
        "plasma_limits.csv",
        {"drug": "text", "lower_limit_ng_per_ml": "number", **_texts("analyte", "note")},
        ("drug", "lower_limit_ng_per_ml", "analyte"),
    ),
    "scales": FactFile(
        "scales/scales.csv",
        {
            **_texts("scale", "name"),
            **dict.fromkeys(("n_items", "n_globals"), "integer"),
            **dict.fromkeys(("item_low", "item_high", "total_low", "total_high"), "number"),
            **_texts("zero_means", "note"),
        },
        ("scale", "name", "n_items", "item_low", "item_high", "total_low", "total_high", "zero_means"),
    ),
    "scale_items": FactFile(
        "scales/items.csv",
        {
            "scale": "text",
            "order": "integer",
            **_texts("item", "name", "kind"),
            "low": "number",
            "high": "number",
            "domain": "text",
            "moderate_at_least": "number",
            "severe_at_least": "number",
        },
        ("scale", "order", "item", "name", "kind", "low", "high", "domain"),
    ),
    "item_aliases": FactFile(
        "scales/item_aliases.csv",
        _texts("scale", "numbering", "number", "item"),
        ("scale", "numbering", "number", "item"),
    ),
    "function_scales": FactFile(
        "scales/function.csv",
        {"scale": "text", "operator": "text", "threshold": "number", **_texts("zero_means", "note")},
        ("scale", "operator", "threshold", "zero_means"),
    ),
    "depression_cutoffs": FactFile(
        "scales/depression.csv",
        {
            **_texts("scale", "item", "band", "operator"),
            "threshold": "number",
            "used": "yes_no",
            "note": "text",
        },
        ("scale", "item", "band", "operator", "threshold", "used"),
    ),
    "scoring": FactFile(
        "scales/scoring.csv",
        {"rule": "text", "rated": "integer", "of": "integer", "note": "text"},
        ("rule", "rated", "of"),
    ),
    "models": FactFile(
        "scales/models.csv",
        {**_texts("model", "name", "statistic"), "used": "yes_no", "note": "text"},
        ("model", "name", "statistic", "used"),
    ),
    "factor_models": FactFile(
        "scales/factor_models.csv",
        {**_texts("model", "factor", "scale", "item"), "weight": "number"},
        ("model", "factor", "scale", "item", "weight"),
    ),
    "item_sets": FactFile(
        "scales/item_sets.csv",
        {**_texts("set", "scale", "item", "note"), "at_most": "number", "lasting_days": "integer"},
        ("set", "scale", "item"),
    ),
    "scale_domains": FactFile(
        "scales/domains.csv",
        _texts("set", "scale", "domain", "item_scale", "item", "note"),
        ("set", "scale", "domain", "item_scale", "item"),
    ),
    "scale_norms": FactFile(
        "scales/norms.csv",
        {
            **_texts("norm", "version", "set", "scale", "domain"),
            "n": "integer",
            **dict.fromkeys(("mean_pomp", "sd_pomp"), "number"),
            "note": "text",
        },
        ("norm", "version", "set", "scale", "domain", "n", "mean_pomp", "sd_pomp"),
    ),
    "scale_reliability": FactFile(
        "scales/reliability.csv",
        {
            **_texts("scale", "domain", "kind"),
            "reliability": "number",
            "n": "integer",
            "note": "text",
        },
        ("scale", "domain", "kind", "reliability"),
    ),
    "diagnoses": FactFile(
        "diagnoses.csv",
        {**_texts("pattern", "kind", "note"), "in_spectrum": "yes_no"},
        ("pattern", "kind", "in_spectrum"),
    ),
    "second_generation": FactFile("second_generation.csv", _texts("drug", "note"), ("drug",)),
    "scale_totals": FactFile(
        "scales/totals.csv",
        {**_texts("scale", "item", "band"), "at_least": "number", "note": "text"},
        ("scale", "item", "band", "at_least"),
    ),
    "linking": FactFile(
        "scales/linking.csv",
        {
            **_texts(
                "equation", "to_scale", "to_score", "to_items", "from_scale", "from_score", "from_items"
            ),
            **dict.fromkeys(("intercept", "slope", "to_low", "to_high", "from_low", "from_high"), "number"),
            **_texts("name_in_converter", "paper", "note"),
        },
        (
            "equation",
            "to_scale",
            "to_score",
            "to_items",
            "from_scale",
            "from_score",
            "from_items",
            "intercept",
            "slope",
            "to_low",
            "to_high",
            "from_low",
            "from_high",
            "name_in_converter",
            "paper",
        ),
    ),
    "linking_errors": FactFile(
        "scales/linking_errors.csv",
        {
            **_texts("equation", "panss_stood_for_by"),
            "n": "integer",
            **dict.fromkeys(("bias", "mean_absolute", "root_mean_square", "correlation"), "number"),
        },
        ("equation", "panss_stood_for_by", "n", "bias", "mean_absolute", "root_mean_square", "correlation"),
    ),
    "linking_anchors": FactFile(
        "scales/linking_anchors.csv",
        {
            **_texts("link", "from_scale", "from_score"),
            "from_value": "number",
            **_texts("to_scale", "to_score"),
            "to_value": "number",
            **dict.fromkeys(("week", "n"), "integer"),
            "note": "text",
        },
        ("link", "from_scale", "from_score", "from_value", "to_scale", "to_score", "to_value", "n"),
    ),
    "item_map": FactFile(
        "scales/item_map.csv",
        _texts("from_scale", "from_item", "to_scale", "to_item", "note"),
        ("from_scale", "from_item", "to_scale", "to_item"),
    ),
    "supersensitivity": FactFile(
        "supersensitivity.csv",
        {**_texts("feature", "rule", "operator"), "threshold": "number", **_texts("unit", "note")},
        ("feature", "rule", "operator", "threshold", "unit"),
    ),
    "imaging_effects": FactFile(
        "imaging_effects.csv",
        {
            **_texts("test", "row", "part"),
            "expected": "integer",
            "effect": "number",
            **dict.fromkeys(("n_first", "n_second"), "integer"),
            **_texts("review_says_en", "review_says_zh", "source_says_en", "source_says_zh", "note"),
        },
        ("test", "row", "part", "expected", "review_says_en", "review_says_zh", "source_says_en"),
    ),
    "mechanism_settings": FactFile(
        "mechanism_settings.csv",
        {"setting": "text", "value": "number", **_texts("unit", "note")},
        ("setting", "value", "unit"),
    ),
    "dopamine_regions": FactFile(
        "dopamine_regions.csv",
        {**_texts("pattern", "region", "measure", "note")},
        ("pattern", "region", "measure"),
    ),
    "genotype_activity": FactFile(
        "genotype_activity.csv",
        {**_texts("gene", "variant", "variant_names", "allele", "allele_names", "activity", "note")},
        ("gene", "variant", "variant_names", "allele", "allele_names", "activity"),
    ),
    "simulator": FactFile(
        "simulator.csv",
        {"name": "text", "value": "number", **_texts("unit", "note")},
        ("name", "value", "unit"),
    ),
    "simulator_brain": FactFile(
        "simulator_brain.csv",
        {"name": "text", "value": "number", **_texts("unit", "note")},
        ("name", "value", "unit"),
    ),
    "simulator_brain_regions": FactFile(
        "simulator_brain_regions.csv",
        {
            **_texts("table", "column"),
            **dict.fromkeys(("mean", "sd", "age_per_decade", "male", "icv_power"), "number"),
            "note": "text",
        },
        ("table", "column", "mean", "sd", "age_per_decade", "male", "icv_power"),
    ),
    "simulator_brain_effects": FactFile(
        "simulator_brain_effects.csv",
        {**_texts("table", "column", "contrast"), "effect": "number", "note": "text"},
        ("table", "column", "contrast", "effect"),
    ),
    "simulator_drugs": FactFile(
        "simulator_drugs.csv",
        {
            "drug": "text",
            **dict.fromkeys(("weight_first", "weight_later"), "number"),
            **_texts("doses_low", "doses_usual", "doses_high"),
            **dict.fromkeys(
                (
                    "full_effect_mg_per_day",
                    "metabolite_ratio",
                    "depot_mg_usual",
                    "depot_mg_high",
                    "depot_interval_days",
                ),
                "number",
            ),
            "note": "text",
        },
        ("drug", "weight_first", "weight_later", "doses_low", "doses_usual", "doses_high"),
    ),
    "simulator_sites": FactFile(
        "simulator_sites.csv",
        {
            **_texts("site", "record", "drug_names", "note"),
            **dict.fromkeys(
                ("share", "attendance", "adherence_share", "plasma_share", "rater_shift"), "number"
            ),
        },
        ("site", "share", "record", "drug_names"),
    ),
    "simulator_panss": FactFile(
        "simulator_panss.csv",
        {
            **_texts("item", "domain", "note"),
            **dict.fromkeys(("mean_before_treatment", "loading", "specific_sd"), "number"),
        },
        ("item", "domain", "mean_before_treatment", "loading", "specific_sd"),
    ),
}


@cache
def source_ids() -> frozenset[str]:
    """Return the ids of ``sources.csv``."""
    rows = csv.DictReader(io.StringIO(_read("sources.csv")))
    return frozenset(row["id"] for row in rows)


@cache
def _cited_sources() -> Mapping[str, str]:
    rows = csv.DictReader(io.StringIO(_read("sources.csv")))
    return {row["id"]: f"doi:{row['doi']}" if row["doi"] else row["citation"] for row in rows}


def cited(source: str) -> str:
    """Return how a source is cited: its DOI, else its citation; a text that is no source stands as it is."""
    return f"doi:{source}" if source.startswith("10.") else _cited_sources().get(source, source)


@cache
def facts(name: str) -> tuple[Row, ...]:
    """Return the rows of one fact file, numbers as numbers and empty cells as None (yes/no as bool).

    Raises
    ------
    ReferenceDataError : a row has no source, an unknown source, or no word on who checked it
    """
    return parse_facts(_read(FACT_FILES[name].path), FACT_FILES[name])


def parse_facts(content: str, spec: FactFile) -> tuple[Row, ...]:
    """Read the text of a fact file by its specification; see :func:`facts`."""
    reader = csv.DictReader(io.StringIO(content))
    expected = {*spec.columns, "source", "checked"}
    if set(reader.fieldnames or ()) != expected:
        different = ", ".join(sorted(expected ^ set(reader.fieldnames or ())))
        raise ReferenceDataError(text("reference.columns_differ", file=spec.path, columns=different))
    return tuple(_typed(row, spec, line) for line, row in enumerate(reader, start=2))


def frame(name: str) -> pd.DataFrame:
    """Return one fact file as a new pandas table; empty cells are missing values."""
    import pandas as pd

    spec = FACT_FILES[name]
    columns = [*spec.columns, "source", "checked"]
    table = pd.DataFrame([dict(row) for row in facts(name)], columns=columns)
    for column, kind in spec.columns.items():
        if kind == "number":
            table[column] = table[column].astype("float64")
    return table


def _read(path: str) -> str:
    return files("opentrs.reference").joinpath(path).read_text(encoding="utf-8")


def _typed(row: Mapping[str, str], spec: FactFile, line: int) -> Row:
    source, checked = row["source"], row["checked"]
    if not source or not (source in source_ids() or source.startswith("10.")):
        raise ReferenceDataError(text("reference.no_source", file=spec.path, line=line))
    if checked not in CHECKED:
        raise ReferenceDataError(text("reference.not_checked", file=spec.path, line=line))
    for column in spec.required:
        if not row[column]:
            raise ReferenceDataError(text("reference.empty_cell", file=spec.path, line=line, column=column))
    typed = {column: _value(row[column], kind) for column, kind in spec.columns.items()}
    return {**typed, "source": source, "checked": checked}


def _value(cell: str, kind: Kind) -> str | float | int | bool | None:
    if not cell:
        return None
    if kind == "number":
        return float(cell)
    if kind == "integer":
        return int(cell)
    if kind == "yes_no":
        return {"yes": True, "no": False}[cell]
    return cell
