"""Which drug an exposure is, its daily dose, and that dose in chlorpromazine equivalents.

Three steps, each adding columns to a table of any Ibis backend: :func:`with_drug`, :func:`with_daily_dose`,
:func:`with_equivalents`. What is not known stays unknown: no route, interval or factor is guessed.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from opentrs.cohort.days import day_number
from opentrs.errors import UnknownDrugError, UsageError
from opentrs.messages import text
from opentrs.reference import resolve_drug
from opentrs.reference.drug_names import ResolvedDrug
from opentrs.reference.equivalents import (
    DoseKey,
    dose_key,
    label_midpoint,
    label_midpoint_per_injection,
)

CPZ_REFERENCE_MG_PER_DAY = 600
DEFAULT_ROUTE = "oral"
DRUG_COLUMNS = {
    "ingredient": pa.string(),
    "is_antipsychotic": pa.bool_(),
    "is_clozapine": pa.bool_(),
    "metabolite_family": pa.string(),
    "atc4": pa.string(),
    "name_route": pa.string(),
    "formulation": pa.string(),
    "drug_issue": pa.string(),
}


def with_drug(table: ir.Table, column: str = "drug") -> ir.Table:
    """Add what the drug text of each row means.

    Parameters
    ----------
    table : any table with a drug text
    column : the column that holds it

    Returns
    -------
    the table with ``ingredient`` (NULL if not known), ``is_antipsychotic`` and ``is_clozapine`` (TRUE, FALSE,
    or NULL where nobody knows), ``metabolite_family``, ``atc4``, ``name_route`` and ``formulation`` (as far
    as the name says them) and ``drug_issue`` (see :func:`opentrs.reference.resolve_drug`)
    """
    texts = _distinct(table, [column])[column].tolist()
    resolved = [resolve_drug(drug_text) for drug_text in texts]
    columns: dict[str, pa.Array] = {"_drug_text": pa.array(texts, pa.string())}
    for name, kind in DRUG_COLUMNS.items():
        columns[name] = pa.array([_cell(answer, name) for answer in resolved], kind)
    names = ibis.memtable(pa.table(columns))
    plain = table.drop(*(name for name in DRUG_COLUMNS if name in table.columns))
    return plain.left_join(names, plain[column] == names["_drug_text"]).drop("_drug_text")


def with_daily_dose(exposures: ir.Table) -> ir.Table:
    """Add ``route_used`` and ``mg_per_day``, the mean daily dose of each exposure.

    ``route_used`` is the route given, else the one the name says, else oral; it is NULL where the name is
    that of a depot and the route given is not. ``mg_per_day`` is ``dose_mg_per_day`` where given, else
    the content dispensed over the days it lasts: ``quantity * strength_mg / days_supply`` (where blank, the
    days to ``end_date``), or for a depot
    ``quantity * strength_mg / interval_days``, one injection unless a quantity is given. It is NULL for a
    depot without interval, a dose that is not above zero, and a combination product. A table that
    has no column ``interval_days``, such as courses summarised by a clinician, states depot doses per day.

    Parameters
    ----------
    exposures : table with ``drug`` or the columns of :func:`with_drug`; ``route``, ``dose_mg_per_day``,
        ``quantity``, ``strength_mg``, ``days_supply`` and ``interval_days`` are used as far as present
    """
    named = exposures if set(DRUG_COLUMNS) <= set(exposures.columns) else with_drug(exposures)
    has_interval = "interval_days" in named.columns
    named = named.drop(*(name for name in ("route_used", "mg_per_day") if name in named.columns))
    route = _column(named, "route", "string")
    contradiction = (named["name_route"] == "lai") & route.notnull() & (route != "lai")
    table = named.mutate(
        route_used=ibis.ifelse(
            contradiction,
            ibis.null("string"),
            ibis.coalesce(route, named["name_route"], ibis.literal(DEFAULT_ROUTE)),
        )
    )
    interval = _above_zero(_column(table, "interval_days", "float64"))
    given = _column(table, "dose_mg_per_day", "float64")
    strength = _above_zero(_column(table, "strength_mg", "float64"))
    quantity = _column(table, "quantity", "float64")
    supply = _above_zero(ibis.coalesce(_column(table, "days_supply", "float64"), _days_to_end(table)))
    is_depot = table["route_used"] == "lai"
    injected = _above_zero(quantity.fill_null(1.0)) * strength / interval
    by_supply = _above_zero(quantity) * strength / supply
    interval_known = interval.notnull() if has_interval else ibis.literal(True)
    usable = table["route_used"].notnull() & (table["drug_issue"] != "combination_product")
    dose = ibis.cases(
        (~usable, ibis.null("float64")),
        (given.notnull() & (~is_depot | interval_known), _above_zero(given)),
        (is_depot, ibis.ifelse(given.isnull(), injected, ibis.null("float64"))),
        else_=by_supply,
    )
    return table.mutate(mg_per_day=dose)


def with_equivalents(
    table: ir.Table, key: str, dose: str = "mg_per_day", own: pd.DataFrame | None = None
) -> ir.Table:
    """Add the dose in chlorpromazine equivalents and the label midpoint of its drug.

    Parameters
    ----------
    table : table with ``ingredient``, ``formulation``, ``route_used`` and the dose
    key : table of dose equivalents, see :func:`opentrs.reference.dose_keys`; there is no fall-back to another
    dose : column of the daily dose, mg
    own : rows of a key the user brought, as :func:`opentrs.reference.dose_key_from_who` reads them

    Returns
    -------
    the table with ``dose_cpz_mg_per_day`` (NULL where the key has no factor for drug, route and formulation)
    and ``midpoint_mg_per_day`` (NULL where none is listed; that of a depot is per injection, so over its
    ``interval_days``)

    Raises
    ------
    UsageError : there is no such key
    """
    chosen = dose_key(key, own)
    by = ["ingredient", "route_used", "formulation"]
    added = ("dose_cpz_mg_per_day", "midpoint_mg_per_day")
    plain = table.drop(*(name for name in added if name in table.columns))
    factors = ibis.memtable(_factors(_distinct(plain, by, may_be_null=("formulation",)), chosen))
    joined = plain.left_join(
        factors,
        [
            plain["ingredient"] == factors["_ingredient"],
            plain["route_used"] == factors["_route"],
            plain["formulation"].fill_null("") == factors["_formulation"],
        ],
    )
    return joined.mutate(
        # Divided first: a dose equal to the listed one is 600 exactly, not a rounding error below it.
        dose_cpz_mg_per_day=joined[dose] / joined["_equal_to_600"] * CPZ_REFERENCE_MG_PER_DAY
    ).drop("_ingredient", "_route", "_formulation", "_equal_to_600")


def chlorpromazine_equivalent(
    drug: str,
    dose_mg_per_day: float,
    key: str,
    route: str | None = None,
    formulation: str | None = None,
) -> float:
    """Put one daily dose on the scale of oral chlorpromazine.

    Parameters
    ----------
    drug : generic or brand name, ATC code or OMOP concept id
    dose_mg_per_day : mean daily dose, mg; for a depot the injected mg over the days between injections
    key : which published table; they disagree, so it is always named
    route : oral, sublingual, sai or lai; by default what the name says, else oral
    formulation : of a depot, such as ``decanoate``; by default what the name says

    Returns
    -------
    mg of oral chlorpromazine per day

    Raises
    ------
    UnknownDrugError : no table knows the drug (the message lists the nearest names), the text is not one
        antipsychotic, or ``key`` has no factor for it by that route
    UsageError : there is no such key, or the dose is not above zero
    """
    chosen = dose_key(key)
    if not dose_mg_per_day > 0:
        raise UsageError(text("reference.negative_dose"))
    named = resolve_drug(drug)
    if named.issue == "unknown_drug":
        suggestions = ", ".join(named.suggestions)
        message = "reference.unknown_drug" if suggestions else "reference.unknown_drug_no_idea"
        raise UnknownDrugError(text(message, drug=drug, suggestions=suggestions))
    if named.drug is None or not named.is_antipsychotic or named.issue:
        raise UnknownDrugError(text("reference.not_one_antipsychotic", drug=drug))
    route_used = route or named.route or DEFAULT_ROUTE
    equal = chosen.mg_equal_to_600(named.drug, route_used, formulation or named.formulation)
    if equal is None:
        listed = ", ".join(chosen.drugs)
        raise UnknownDrugError(
            text("reference.no_factor", dose_key=key, drug=named.drug, route=route_used, drugs=listed)
        )
    return dose_mg_per_day / equal * CPZ_REFERENCE_MG_PER_DAY


def _distinct(table: ir.Table, columns: list[str], may_be_null: tuple[str, ...] = ()) -> pd.DataFrame:
    chosen = table.select(*columns).distinct()
    for column in columns:
        if column not in may_be_null:
            chosen = chosen.filter(chosen[column].notnull())
    rows: pd.DataFrame = chosen.order_by(columns).execute()
    return rows


def _cell(answer: ResolvedDrug, column: str) -> str | bool | None:
    if column in ("ingredient", "name_route", "drug_issue"):
        return {"ingredient": answer.drug, "name_route": answer.route, "drug_issue": answer.issue}[column]
    value: str | bool | None = getattr(answer, column)
    return value


def _factors(combinations: pd.DataFrame, key: DoseKey) -> pa.Table:
    rows = [
        (drug, route, formulation if isinstance(formulation, str) else "")
        for drug, route, formulation in combinations.itertuples(index=False)
    ]
    return pa.table(
        {
            "_ingredient": pa.array([drug for drug, _, _ in rows], pa.string()),
            "_route": pa.array([route for _, route, _ in rows], pa.string()),
            "_formulation": pa.array([formulation for _, _, formulation in rows], pa.string()),
            "_equal_to_600": pa.array([key.mg_equal_to_600(*row) for row in rows], pa.float64()),
            "midpoint_mg_per_day": pa.array([label_midpoint(*row[:2]) for row in rows], pa.float64()),
            "_midpoint_per_injection": pa.array(
                [label_midpoint_per_injection(*row[:2]) for row in rows], pa.float64()
            ),
        }
    )


def _column(table: ir.Table, name: str, kind: str) -> ir.Column:
    return table[name].cast(kind) if name in table.columns else ibis.null(kind)


def _days_to_end(table: ir.Table) -> ir.Value:
    if not {"start_date", "end_date"} <= set(table.columns):
        return ibis.null("float64")
    return (day_number(table["end_date"]) - day_number(table["start_date"]) + 1).cast("float64")


def _above_zero(column: ir.Column) -> ir.Column:
    return ibis.ifelse(column > 0, column, ibis.null("float64"))
