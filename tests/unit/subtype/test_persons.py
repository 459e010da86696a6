"""Whose type it is and whether it lasts: runs of visits, twelve weeks on the day."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.typed import labelled, panss, rated

DRAWN = {
    "d": panss(6),
    "h": panss(1, 6),
    "n": panss(1, 1, 6),
    "m": panss(4, 4),
    "-": panss(),
    "?": panss(1, None),
}
TOLD = {
    "0d 84d": ("delusion", True),
    "0d 83d": ("delusion", None),
    "0d": ("delusion", None),
    "0n 40n 84n": ("negative", True),
    "0d 40? 84d": ("delusion", True),
    "0? 40d 90d": ("delusion", None),
    "0d 84d 90?": ("delusion", True),
    "0d 83d 90?": ("delusion", None),
    "0? 84?": ("unknown", None),
    "0d 50h 84d": ("delusion", False),
    "0d 50h 83d": ("delusion", None),
    "0? 50h 84d": ("delusion", False),
    "0d 99h 100d": ("delusion", False),
    "0d 17m 100d": ("delusion", False),
    "0m 16m 100d": ("delusion", None),
    "0h 10d 94d": ("delusion", True),
    "0h 10d 93d": ("delusion", None),
    "0d 84h": ("hallucination", None),
    "0d 84h 100h": ("hallucination", None),
    "0- 84-": ("none", True),
    "0m 84m": ("mixed", True),
    "0n 60- 100n": ("negative", False),
    "0h 30d 60?": ("delusion", None),
}


def test_a_type_lasts_if_its_last_run_spans_twelve_weeks(engine):
    rows = [
        rated(told, DRAWN[word[-1]], day=(date(2020, 1, 1) + timedelta(days=int(word[:-1]))).isoformat())
        for told in TOLD
        for word in told.split()
    ]
    found = labelled(*rows, engine=engine).persons.execute().set_index("person_id")
    answers = {
        told: (
            found.at[told, "type"],
            None if found.at[told, "persistent"] is None or found["persistent"].isna()[told]
            else bool(found.at[told, "persistent"]),
        )
        for told in TOLD
    }  # fmt: skip
    assert answers == TOLD
    assert found.at["0d 40? 84d", "n_visits"] == 3


def test_visits_without_dates_cannot_last_and_people_without_visits_are_there():
    from opentrs.cohort.build import from_frames
    from opentrs.subtype.definition import shipped_types
    from opentrs.subtype.labels import label

    cohort = from_frames(
        {
            "people": [{"person_id": name, "diagnosis": "F20"} for name in ("a", "b")],
            "ratings": rated("a", panss(4), day=None),
        }
    )
    found = label(cohort, shipped_types()).persons.execute().set_index("person_id")
    assert found.loc["a", ["type", "n_visits"]].tolist() == ["delusion", 1]
    assert found.loc["b", ["type", "n_visits"]].tolist() == ["unknown", 0]
    assert found["persistent"].isna().all()
