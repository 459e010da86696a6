"""Who would be told something else under another dose key, or without taking off the scale's floor."""

from __future__ import annotations

import pandas as pd

from opentrs.ascertain.frames import answer_word
from opentrs.stats.compare import Comparison

COURSE = ["person_id", "course_id"]


def dose_key_frames(
    by_key: dict[str, tuple[pd.DataFrame, pd.DataFrame]], default: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Verdicts and courses under every dose key, marked where they differ from the default key's.

    Parameters
    ----------
    by_key : key -> (verdicts, courses) as written to the output folder
    default : the key of the main analysis

    Returns
    -------
    people (person_id, key, verdict, n_adequate_courses, changes) and courses (person_id, drug, start_date,
    dose_mg_per_day, key, dose_cpz_mg_per_day, dose_adequate, changes)
    """
    base_verdicts, base_courses = by_key[default]
    people, courses = [], []
    for key, (verdicts, key_courses) in by_key.items():
        merged = verdicts.merge(
            base_verdicts[["person_id", "verdict"]], on="person_id", suffixes=("", "_default")
        )
        changes = [
            "yes" if a != b else "no"
            for a, b in zip(merged["verdict"], merged["verdict_default"], strict=True)
        ]
        people.append(merged[["person_id", "verdict", "n_adequate_courses"]].assign(key=key, changes=changes))
        merged = key_courses.merge(
            base_courses[[*COURSE, "dose_adequate"]], on=COURSE, suffixes=("", "_default")
        )
        changes = [
            "yes" if a != b else "no"
            for a, b in zip(merged["dose_adequate"], merged["dose_adequate_default"], strict=True)
        ]
        columns = [
            "person_id",
            "drug",
            "start_date",
            "dose_mg_per_day",
            "dose_cpz_mg_per_day",
            "dose_adequate",
        ]
        courses.append(merged[columns].assign(key=key, changes=changes))
    order = ["person_id", "key", "verdict", "n_adequate_courses", "changes"]
    course_order = [
        "person_id", "drug", "start_date", "dose_mg_per_day", "key", "dose_cpz_mg_per_day",
        "dose_adequate", "changes",
    ]  # fmt: skip
    all_people, all_courses = pd.concat(people), pd.concat(courses)
    return (
        all_people[order].sort_values(["person_id", "key"], ignore_index=True),
        all_courses[course_order].sort_values(
            ["person_id", "start_date", "drug", "key"], ignore_index=True, kind="stable"
        ),
    )


def change_forms_frame(courses: pd.DataFrame, threshold: Comparison) -> pd.DataFrame:
    """Courses with scores before and after: percent change with and without the scale's floor taken off.

    Parameters
    ----------
    courses : raw courses with reduction_low, reduction_high, uncorrected_percent
    threshold : when a reduction means no response
    """
    frame = courses[courses["uncorrected_percent"].notna() & courses["reduction_low"].notna()]
    frame = frame[frame["given_reduction_percent"].isna()].sort_values(COURSE, ignore_index=True)
    flips = [
        "yes" if bool(threshold.holds(corrected)) != bool(threshold.holds(uncorrected)) else "no"
        for corrected, uncorrected in zip(frame["reduction_low"], frame["uncorrected_percent"], strict=True)
    ]
    return pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "course_id": frame["course_id"].astype("int64") + 1,
            "drug": frame["ingredient"].fillna(frame["drug"]),
            "scale": frame["reduction_scale"],
            "reduction_percent": frame["reduction_low"],
            "reduction_uncorrected_percent": frame["uncorrected_percent"],
            "not_responding": [answer_word(value) for value in frame["not_responding"]],
            "flips": pd.Series(flips, dtype="object"),
        }
    )
