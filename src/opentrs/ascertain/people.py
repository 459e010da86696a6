"""Who is asked: people within the schizophrenia spectrum, and whether their history is complete."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.cohort.days import day_number, settle
from opentrs.cohort.model import Cohort

NOT_PATIENTS = ("control", "controls", "healthy control", "hc", "sibling", "relative")


def eligible_people(cohort: Cohort) -> ir.Table:
    """Everybody, with whether the question of resistance applies to them.

    A recorded diagnosis decides; where it is blank, controls and siblings are out and everybody else is
    taken as within the spectrum, because cohorts are usually made of such people.

    Returns
    -------
    person_id, applies, diagnosis_blank, is_complete (every treatment so far is on record),
    first_treatment_day, onset_day (illness)
    """
    people = cohort.people
    spectrum = _spectrum(people)
    joined = people.left_join(spectrum, people.diagnosis == spectrum.diagnosis_text)
    not_patient = joined["group"].strip().lower().isin(NOT_PATIENTS).fill_null(False)
    applies = ibis.ifelse(joined.in_spectrum.notnull(), joined.in_spectrum, ~not_patient)
    first = day_number(joined.first_treatment_date)
    covered = (day_number(joined.observation_start) <= first).fill_null(False)
    complete = (joined.history_complete == "yes").fill_null(False) | covered
    by_age = day_number(joined.birth_date) + (joined.onset_age_years * 365.25).floor().cast("int64")
    return settle(
        joined.select(
            "person_id", "sex", "site",
            applies=applies,
            diagnosis_blank=joined.diagnosis.isnull() & ~not_patient,
            is_complete=complete,
            first_treatment_day=first,
            onset_day=ibis.coalesce(day_number(joined.illness_onset_date), by_age),
        )
    )  # fmt: skip


def _spectrum(people: ir.Table) -> ir.Table:
    texts = people.select("diagnosis").distinct().execute()["diagnosis"].dropna()
    rows = [(text, reference.is_schizophrenia_spectrum(text)) for text in sorted(texts)]
    frame = pd.DataFrame(rows, columns=["diagnosis_text", "in_spectrum"], dtype="object")
    return ibis.memtable(frame, schema={"diagnosis_text": "string", "in_spectrum": "boolean"})
