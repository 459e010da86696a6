"""From a cohort to the frozen labels: every step of the rule, in order."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs.ascertain.people import eligible_people
from opentrs.cohort.days import settle
from opentrs.cohort.model import Cohort
from opentrs.measures.symptoms import rated_items
from opentrs.subtype.definition import UNKNOWN, TypeRules
from opentrs.subtype.domains import VISIT, domain_states, labelling_instrument, rated_values, wide_states
from opentrs.subtype.norms import first_scored_visits, norms_in_use, own_norms, shipped_norms
from opentrs.subtype.overlay import depression, review_type
from opentrs.subtype.persons import person_types
from opentrs.subtype.rule import domain_table, labelled, with_choices


@dataclass(frozen=True, slots=True)
class Steps:
    """The tables of the rule in the database; see the functions that make them for their columns.

    Parameters
    ----------
    people : person_id of everybody whose type is asked
    values, states, wide, domains : ratings, domains in long and wide form, the table ``domains``
    visits : one row per labelled visit: person_id, day, instrument, type, margin, rival, norm, depression,
        depression_basis, review_type, and pomp, z and floor of the competing domains
    persons : from :func:`opentrs.subtype.persons.person_types`
    norms : the norms used
    """

    people: ir.Table
    values: ir.Table
    states: ir.Table
    wide: ir.Table
    domains: ir.Table
    visits: ir.Table
    persons: ir.Table
    norms: pd.DataFrame


def label(cohort: Cohort, rules: TypeRules, own_file: pd.DataFrame | None = None) -> Steps:
    """Label every visit and every person of a cohort.

    Parameters
    ----------
    cohort : people and ratings
    rules : how to label
    own_file : the user's norms, from :func:`opentrs.subtype.norms.read_norms`
    """
    everybody = eligible_people(cohort)
    people = settle(everybody.filter(everybody.applies).select("person_id"))
    values = rated_values(rated_items(cohort.table("ratings")), people)
    states = domain_states(values, rules)
    instruments = labelling_instrument(states, rules)
    norms = _norms(states, instruments, own_file, rules)
    wide = wide_states(states, rules)
    chosen = wide.inner_join(instruments, [*VISIT, "instrument"])
    found = labelled(with_choices(chosen, (rules.default,), norms, rules), rules)
    visits = _with_depression(_columns(found, rules), depression(values), rules)
    return Steps(
        people=people,
        values=values,
        states=states,
        wide=wide,
        domains=domain_table(states, norms, rules),
        visits=visits,
        persons=person_types(visits, people, rules),
        norms=norms,
    )


def _norms(
    states: ir.Table, instruments: ir.Table, own_file: pd.DataFrame | None, rules: TypeRules
) -> pd.DataFrame:
    """The norm of every item set and instrument the cohort was rated on; its own only where it is needed."""
    rated = states.select("item_set", "instrument").distinct().execute()
    scales = frozenset(rated["instrument"])
    given = (*(() if own_file is None else (own_file,)), shipped_norms())
    found = norms_in_use(given, scales, rules)
    served = set(zip(found["item_set"], found["scale"], strict=True))
    asked = set(zip(rated["item_set"], rated["instrument"], strict=True))
    needing = frozenset(scale for _, scale in asked - served)
    if not needing:
        return found
    scores = first_scored_visits(states, instruments, needing, rules).execute()
    return norms_in_use((*given, own_norms(scores, rules)), scales, rules)


def _columns(found: ir.Table, rules: TypeRules) -> ir.Table:
    """What is kept of a labelled visit."""
    per_domain = [f"{what}_{name}" for name in rules.compete for what in ("pomp", "z", "floor")]
    return found.select(
        *VISIT,
        "instrument",
        "type",
        "margin",
        "rival",
        *per_domain,
        norm=ibis.ifelse(found.normed, found.norm, NO_NORM),
    )


NO_NORM = "none"


def _with_depression(visits: ir.Table, depressed: ir.Table, rules: TypeRules) -> ir.Table:
    joined = visits.left_join(depressed, list(VISIT)).drop("person_id_right", "day_right")
    filled = joined.mutate(
        depression=joined.depression.fill_null(UNKNOWN),
        is_domain=joined.type.isin(rules.compete),
    )
    return settle(filled.mutate(review_type=review_type(filled)).drop("is_domain"))
