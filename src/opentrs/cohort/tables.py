"""The tables a cohort may hold: each column with its meaning, unit and range.

Readers check against these declarations and the manual page is generated from them. ``known_at`` says
which date of the row makes a value known; :meth:`Cohort.as_of` hides what was not yet known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "text", "number", "integer", "date", "choice"]
IBIS_TYPES: Mapping[str, str] = {
    "id": "string",
    "text": "string",
    "number": "float64",
    "integer": "int64",
    "date": "date",
    "choice": "string",
}
YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it means about a patient, its unit and the range it may take.

    Parameters
    ----------
    low, high : values outside are rejected as impossible
    usual_low, usual_high : values outside are kept and flagged as implausible
    known_at : the row's date column from which the value is known; empty means the row's own date
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    usual_low: float | None = None
    usual_high: float | None = None
    known_at: str = ""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: what a row is, its columns, the date that orders it, what makes a row unique."""

    name: str
    row_per: str
    columns: tuple[Column, ...]
    date: str = ""
    key: tuple[str, ...] = ()
    wide: bool = False
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns a table cannot do without."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def ibis_schema(self) -> dict[str, str]:
        """Column name -> Ibis type."""
        return {column.name: IBIS_TYPES[column.kind] for column in self.columns}


def _person() -> Column:
    return Column("person_id", "id", "the person, by the site's own pseudonym", required=True)


def _date(name: str, meaning: str, required: bool = False, known_at: str = "") -> Column:
    return Column(name, "date", meaning, "ISO 8601 date", required, known_at=known_at)


def _number(
    name: str,
    meaning: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    usual_high: float | None = None,
    known_at: str = "",
) -> Column:
    return Column(name, "number", meaning, unit, low=low, high=high, usual_high=usual_high, known_at=known_at)


def _choice(name: str, meaning: str, choices: tuple[str, ...], known_at: str = "") -> Column:
    return Column(name, "choice", meaning, choices=choices, known_at=known_at)


ROUTES = ("oral", "sublingual", "sai", "lai")
STOP_REASONS = ("inefficacy", "intolerance", "choice", "other")
ADHERENCE_SOURCES = ("patient", "carer", "notes", "pill_count", "dispensing")

PEOPLE = TableSpec(
    "people",
    "person",
    (
        _person(),
        _choice("sex", "sex as recorded", ("F", "M")),
        _date("birth_date", "date of birth"),
        _number("age_years", "age at inclusion", "years", 0, 120),
        _date("illness_onset_date", "first psychotic symptoms"),
        _number("onset_age_years", "age at first psychotic symptoms", "years", 0, 120),
        _date("first_treatment_date", "first antipsychotic treatment"),
        Column("diagnosis", "text", "diagnosis as ICD-10, ICD-11 or DSM code, or in words"),
        Column("group", "text", "study group: patient, control, sibling or the site's own"),
        Column("site", "text", "site or scanner"),
        Column("ancestry", "text", "genetic ancestry or self-reported ethnicity"),
        Column("family_id", "id", "family, shared by relatives"),
        Column("family_history", "text", "psychosis in first-degree relatives"),
        _choice("history_complete", "every antipsychotic treatment so far is on record", YES_NO),
        _date("observation_start", "start of the period the record covers"),
        _date("observation_end", "end of the period the record covers"),
        _date("death_date", "date of death"),
        _date("emigration_date", "date of leaving the area the record covers"),
        _number("education_years", "years of education", "years", 0, 40),
    ),
    key=("person_id",),
)

DRUG_EXPOSURES = TableSpec(
    "drug_exposures",
    "dispensing, prescription or depot injection",
    (
        _person(),
        Column("drug", "text", "drug by generic or brand name, ATC code or OMOP concept id", required=True),
        _date("start_date", "first day", required=True),
        _date("end_date", "last day, counted in", known_at="end_date"),
        _number("days_supply", "days the supply lasts", "days", 0, 3660, 365),
        _number("dose_mg_per_day", "mean daily dose", "mg/day", 0, 100_000),
        _number("quantity", "units dispensed or injected", "units", 0, 100_000),
        _number("strength_mg", "content of one unit", "mg", 0, 100_000),
        _choice("route", "how it is given; sai and lai are short- and long-acting injections", ROUTES),
        _number("interval_days", "days between depot injections", "days", 1, 400),
        Column("source", "text", "what kind of record this row is"),
    ),
    date="start_date",
)

TREATMENT_COURSES = TableSpec(
    "treatment_courses",
    "course of one drug in one person, summarised by a clinician",
    (
        _person(),
        Column("drug", "text", "drug by generic or brand name, ATC code or OMOP concept id", required=True),
        _number("dose_mg_per_day", "daily dose held during the course", "mg/day", 0, 100_000),
        _number("duration_weeks", "weeks at that dose", "weeks", 0, 5200, 1560, known_at="end"),
        _date("start_date", "first day"),
        _number("adherence_percent", "share of prescribed doses taken", "percent", 0, 100, known_at="end"),
        Column("adherence_sources", "text", "sources of the adherence figure, joined by ; or their number",
               known_at="end"),
        _number("symptom_reduction_percent", "fall of the symptom score, scale floor removed", "percent",
                -1000, 100, known_at="end"),
        _choice("stop_reason", "why it ended", STOP_REASONS, known_at="end"),
        _choice("route", "how it is given", ROUTES),
        _choice("prospective", "observed as it happened, not from memory", YES_NO),
    ),
    date="start_date",
)  # fmt: skip

ADHERENCE = TableSpec(
    "adherence",
    "observation",
    (
        _person(),
        _date("date", "day of the observation", required=True),
        Column("source", "choice", "who or what said so", required=True, choices=ADHERENCE_SOURCES),
        _number("percent", "share of prescribed doses taken", "percent", 0, 100),
    ),
    date="date",
)

PLASMA_LEVELS = TableSpec(
    "plasma_levels",
    "blood draw",
    (
        _person(),
        Column("drug", "text", "drug measured", required=True),
        _date("date", "day of the draw", required=True),
        _number("level_ng_per_ml", "concentration of the drug", "ng/mL", 0, 100_000),
        _number("metabolite_ng_per_ml", "concentration of its active metabolite", "ng/mL", 0, 100_000),
        _number("hours_since_dose", "time since the last dose", "hours", 0, 10_000),
        _choice("announced", "the patient knew of the draw beforehand", YES_NO),
    ),
    date="date",
)

RATINGS = TableSpec(
    "ratings",
    "item at a visit",
    (
        _person(),
        _date("date", "day of the visit", required=True),
        Column("scale", "text", "scale, such as PANSS, BPRS, SAPS, SANS, CGI, CDSS", required=True),
        Column("item", "text", "item, such as P1, or total", required=True),
        _number("value", "score as rated", "points"),
        Column("rater", "text", "who rated"),
    ),
    date="date",
    key=("person_id", "date", "scale", "item", "rater"),
)

FUNCTION = TableSpec(
    "function",
    "visit",
    (
        _person(),
        _date("date", "day of the visit", required=True),
        Column("scale", "text", "scale, such as SOFAS, GAF, PSP"),
        _number("value", "score", "points"),
    ),
    date="date",
    key=("person_id", "date", "scale"),
)

HOSPITAL_STAYS = TableSpec(
    "hospital_stays",
    "stay",
    (
        _person(),
        _date("admission_date", "day of admission", required=True),
        _date("discharge_date", "day of discharge", known_at="discharge_date"),
        Column("main_diagnosis", "text", "main diagnosis", known_at="discharge_date"),
    ),
    date="admission_date",
)

EVENTS = TableSpec(
    "events",
    "event",
    (
        _person(),
        _date("date", "day of the event", required=True),
        Column(
            "kind", "text", "relapse, violence, self_harm, suicide_attempt, dyskinesia ...", required=True
        ),
        _number("value", "size or severity, where there is one"),
    ),
    date="date",
)

PROCEDURES = TableSpec(
    "procedures",
    "course of a treatment that is no drug",
    (
        _person(),
        _date("start_date", "first day", required=True),
        _choice("kind", "treatment", ("ect", "rtms", "ctbs", "dbs", "cbt")),
        Column("target", "text", "site of stimulation or aim of therapy"),
        _number("frequency_hz", "stimulation frequency", "Hz", 0, 10_000),
        _number("sessions", "sessions given", "sessions", 0, 10_000),
    ),
    date="start_date",
)

SPECTROSCOPY = TableSpec(
    "spectroscopy",
    "region x metabolite x scan",
    (
        _person(),
        Column("region", "text", "voxel or region", required=True),
        Column("metabolite", "text", "metabolite", required=True),
        _number("value", "concentration or ratio"),
        Column("unit", "text", "unit of value"),
        _number("crlb_percent", "Cramér-Rao lower bound", "percent", 0),
        _number("fwhm_hz", "line width", "Hz", 0),
        _number("snr", "signal-to-noise ratio", "", 0),
        _number("gm_fraction", "grey matter in the voxel", "fraction", 0, 1),
        _number("wm_fraction", "white matter in the voxel", "fraction", 0, 1),
        _number("csf_fraction", "cerebrospinal fluid in the voxel", "fraction", 0, 1),
        _date("date", "day of the scan"),
        Column("site", "text", "site or scanner"),
        _choice("reference", "what the value is relative to", ("water", "creatine", "other")),
        _choice(
            "tissue_correction", "what the value was corrected for already", ("none", "csf", "water", "alpha")
        ),
        _number("fit_error_percent", "residual over the peak, as Gannet gives it; no bound", "percent", 0),
        _number("te_ms", "echo time of the metabolites", "ms", 0),
        _number("tr_ms", "repetition time of the metabolites", "ms", 0),
        _number("water_te_ms", "echo time of the water reference", "ms", 0),
        _number("water_tr_ms", "repetition time of the water reference", "ms", 0),
    ),
    date="date",
)

POLYGENIC_SCORES = TableSpec(
    "polygenic_scores",
    "person x score",
    (
        _person(),
        Column("score", "text", "name of the score", required=True),
        Column("value", "number", "value of the score"),
    ),
)

GENOTYPE_CALLS = TableSpec(
    "genotype_calls",
    "person x variant, for variants no SNP file holds, such as repeats",
    (
        _person(),
        Column("variant", "text", "variant by its rsID, such as rs28363170", required=True),
        Column("allele_1", "text", "one allele: a base, or the number of repeats such as 10R"),
        Column("allele_2", "text", "the other allele"),
    ),
    key=("person_id", "variant"),
)


def _scan(name: str, row_per: str, *more: Column) -> TableSpec:
    columns = (
        _person(),
        Column("site", "text", "site or scanner"),
        _date("date", "day of the scan"),
        Column("visit", "text", "visit as the site calls it, which tells undated scans of a person apart"),
        _number("age_years", "age at the scan", "years", 0, 120),
        *more,
    )
    return TableSpec(name, row_per, columns, date="date", wide=True)


MODALITIES: tuple[TableSpec, ...] = (
    _scan("cortex", "scan; then one column per region, FreeSurfer or ENIGMA naming"),
    _scan("subcortex", "scan; then one column per region, FreeSurfer or ENIGMA naming"),
    _scan("tracts", "scan; then one column per tract, JHU or ENIGMA-DTI naming"),
    _scan("perfusion", "scan; then one column per region"),
    _scan("metabolism", "scan; then one column per region"),
    _scan(
        "pet",
        "scan; then one column per region",
        Column(
            "tracer", "text", "tracer and measure, such as fdopa_ki; scans of different tracers are not mixed"
        ),
    ),
)

TABLES: Mapping[str, TableSpec] = {
    spec.name: spec
    for spec in (
        PEOPLE, DRUG_EXPOSURES, TREATMENT_COURSES, ADHERENCE, PLASMA_LEVELS, RATINGS, FUNCTION,
        HOSPITAL_STAYS, EVENTS, PROCEDURES, SPECTROSCOPY, POLYGENIC_SCORES, GENOTYPE_CALLS, *MODALITIES,
    )
}  # fmt: skip
