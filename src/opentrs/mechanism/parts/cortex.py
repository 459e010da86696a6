"""Cortex: where it is thinner, whether duration explains it, and grey matter with verbal hallucinations."""

from __future__ import annotations

from typing import Any

import numpy as np

from opentrs.mechanism.contrasts import BY_NAME, Contrast
from opentrs.mechanism.duration import DurationTest, Estimate, duration_test
from opentrs.mechanism.engine import Array, designed
from opentrs.mechanism.frame import Context, Part, PartOutcome, mapped_part, measured_tables
from opentrs.mechanism.literature import setting
from opentrs.mechanism.named import Asked, Measured, answered, association_test, group_test, named_row
from opentrs.mechanism.people import covariates_of
from opentrs.messages import text
from opentrs.stats.refusal import CannotFitError

LOBES = ("frontal", "parietal", "temporal", "occipital")
OTHER_SYMPTOMS = ("delusion", "negative")
# Of the measures of grey matter, the first the table has.
GREY_MATTER = ("volume", "thickness")
DURATION_METHOD = {
    "slope": "two one-sided tests, 90% interval",
    "change": "bootstrap of people within groups, percentiles",
    "adjusted": "group effect with duration in the model, t",
    "interaction": "difference of slopes, t",
}


def run(context: Context) -> PartOutcome:
    """Map thickness, area and volume, and ask the questions of the cortex."""
    tables = measured_tables(context, "cortex", ("thickness", "area", "volume"))
    grey = next((measure for measure in GREY_MATTER if measure in tables), "")
    named = {}
    if "thickness" in tables:
        named["thickness"] = thickness_tests
    if grey == "thickness":
        named["thickness"] = lambda measured: [*thickness_tests(measured), *hallucination_tests(measured)]
    elif grey:
        named[grey] = hallucination_tests
    return mapped_part(context, "cortex", tables, named)


def thickness_tests(measured: Measured) -> list[dict[str, Any]]:
    """Widespread thinning, the left DLPFC, and whether it is a matter of duration."""
    everywhere = np.arange(len(measured.scans.regions))
    places = {"whole": measured.over(everywhere)}
    places |= {lobe: measured.over(measured.scans.lobe(lobe)) for lobe in LOBES}
    left = measured.composite("dlpfc", "left")
    return [
        *group_test(measured, "thinning", places, "resistant-control"),
        *group_test(measured, "thinning_patients", {"whole": places["whole"]}, "patient-control"),
        *group_test(measured, "thinning_dlpfc", {"left": left}, "resistant-responsive"),
        *duration_rows(measured, left),
    ]


def duration_rows(measured: Measured, values: Array | None) -> list[dict[str, Any]]:
    """The duration-independence test of the left DLPFC, in a row for each of its answers."""
    parts = ("slope", "change", "adjusted", "interaction")
    nothing = (np.nan, np.nan, np.nan)
    try:
        if values is None:
            raise CannotFitError("region_absent")
        found, adjusted_for = _duration(measured, values)
    except CannotFitError as refused:
        why = refused.sentence(measured.lang)
        return [_duration_row(measured, part, nothing, np.nan, 0, "", why) for part in parts]
    margin = setting("duration_margin_sd_per_decade")
    verdict = "equivalent" if found.is_equivalent else "not_shown_equivalent"
    notes = {
        "slope": text(f"mechanism.duration_{verdict}", measured.lang, margin=f"{margin:g}"),
        "adjusted": text(f"mechanism.duration_{found.verdict}", measured.lang),
    }
    rows = []
    for part in parts:
        one: Estimate = getattr(found, part)
        numbers = (one.value, one.low, one.high)
        rows.append(_duration_row(measured, part, numbers, one.p, found.n, adjusted_for, notes.get(part, "")))
    return rows


def _duration(measured: Measured, values: Array) -> tuple[DurationTest, str]:
    people = measured.people
    member = BY_NAME["resistant-responsive"].membership(people)
    known = np.isfinite(values) & np.isfinite(people["duration"].to_numpy(dtype=float))
    design = designed(people, np.where(known, member, np.nan), ("age", "is_male"))
    rows = design.rows
    found = duration_test(
        values[rows], design.matrix[:, 1], people["duration"].to_numpy(dtype=float)[rows],
        design.matrix[:, 2:],
        setting("duration_margin_sd_per_decade"), measured.seed,
        is_control=(people["group"] == "control").to_numpy()[rows],
    )  # fmt: skip
    return found, ", ".join((*design.adjusted_for, "duration"))


def _duration_row(
    measured: Measured,
    part: str,
    numbers: tuple[float, float, float],
    p: float,
    n: int,
    adjusted: str,
    note: str,
) -> dict[str, Any]:
    unit = "standard deviations" if part in ("change", "adjusted") else "standard deviations per 10 years"
    return named_row(
        measured, "thinning_duration", "left_dlpfc", "resistant-responsive", part, numbers, p, n, unit=unit,
        method=DURATION_METHOD[part], adjusted_for=adjusted, note=note,
        literature=f"thinning_duration.{part}",
    )  # fmt: skip


def hallucination_tests(measured: Measured) -> list[dict[str, Any]]:
    """Left middle frontal and left temporal grey matter: by presence and by severity of hallucinations."""
    people = measured.people
    combine = np.mean if measured.scans.measure == "thickness" else np.sum
    values = {
        "left_middle_frontal": measured.composite(
            "middle_frontal", "left", lambda each: combine(each, axis=1)
        ),
        "left_temporal": measured.composite("temporal", "left", lambda each: combine(each, axis=1)),
    }
    hears = people["hallucinating"] == "yes"
    resistant, responsive = people["group"] == "resistant", people["group"] == "responsive"
    label = np.select([hears & resistant, (people["hallucinating"] == "no") & (resistant | responsive)],
                      ["yes", "no"], "")  # fmt: skip
    by_presence = Contrast("hallucinating_resistant-not_hallucinating", "_hears", ("yes",), ("no",))
    with_label = Measured(
        measured.part, measured.scans, people.assign(_hears=label), measured.lang, measured.seed,
        measured.permutations,
    )  # fmt: skip
    note = text("mechanism.grey_matter", measured.lang, measure=measured.scans.measure)
    severity = association_test(
        measured, "hallucination_severity", values, "hallucination", OTHER_SYMPTOMS,
        (hears & resistant).to_numpy(), "hallucinating_resistant", note,
    )  # fmt: skip
    return [
        *group_test(with_label, "hallucination_group", values, by_presence, note),
        *severity,
        *_interaction(measured, values, note),
    ]


def _interaction(measured: Measured, values: dict[str, Array | None], note: str) -> list[dict[str, Any]]:
    """Whether the slope on severity is another among resistant than among responsive patients."""
    people = measured.people
    member = BY_NAME["resistant-responsive"].membership(people)
    score = people["hallucination"].to_numpy(dtype=float)
    centred = score - (np.nanmean(score) if np.isfinite(score).any() else 0)
    more = {"is_resistant": member}
    covariates = (*covariates_of(measured.scans.measure), *OTHER_SYMPTOMS, "hallucination", "is_resistant")
    asked = Asked("hallucination_interaction", values, member * centred, "resistant-responsive", covariates,
                  "partial_r", note, more)  # fmt: skip
    return answered(measured, asked)


PART = Part("cortex", frozenset({"cortex"}), run)
