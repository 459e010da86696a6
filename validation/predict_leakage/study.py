"""Does anything leak into the prediction? `python study.py FOLDER`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.predict.develop import OWN, Effort, Task, checked, make
from opentrs.predict.imputation import NormalImputation
from opentrs.predict.known import shipped_predictors
from opentrs.predict.landmarks import shipped_landmarks
from opentrs.predict.outcomes import Course, outcome_named, outcome_table
from opentrs.predict.predictors import predictor_table
from opentrs.predict.stage import candidates
from opentrs.sources.synthetic import simulate
from opentrs.stats.nested import ElasticNetLogistic, KFold, shuffled_alarm

PEOPLE, SEED, RUNS = 300, 2026, 200
# Day 42 itself: with a window, the planted rating would be a visit, and so could be the landmark.
LANDMARK = replace(shipped_landmarks()["week6"], visit_from=42, visit_to=42)
OUTCOME = outcome_named("trrip_3y")
ITEMS = ("P1", "P2", "P3", "P4", "P5", "P6", "P7")


def task_of(cohort: Cohort, answers: pd.DataFrame) -> Task:
    """The people whose outcome is known, with what was known of them at week 6."""
    chosen = candidates(shipped_predictors(), LANDMARK)
    table = predictor_table(cohort, LANDMARK, [one.name for one in chosen])
    rows = answers.dropna(subset="answer").merge(table, on="person_id")
    people = rows[["person_id", "answer"]].assign(family="", site="", group=range(len(rows)))
    return checked(Task(LANDMARK, OUTCOME, people, rows[[one.name for one in chosen]], chosen))[0]


def told(answers: pd.DataFrame, days_after: int) -> pd.DataFrame:
    """Ratings that give the outcome away: all at 7 for those who will have it, all at 1 for the others."""
    known = answers.dropna(subset="answer")
    date = (pd.Timestamp(1970, 1, 1) + pd.to_timedelta(known["day"] + days_after, unit="D")).dt.date
    rows = known.assign(date=date.astype(str), value=1 + 6 * known["answer"], scale="PANSS")
    return rows.merge(pd.DataFrame({"item": ITEMS}), how="cross")[
        ["person_id", "date", "scale", "item", "value"]
    ]


def main(folder: Path) -> None:
    """Write the tables."""
    frames = {name: table.astype("object") for name, table in simulate(PEOPLE, SEED).tables.items()}
    cohort = from_frames(frames)
    answers = outcome_table(Course(cohort), LANDMARK, OUTCOME)
    rows = []
    for planted, days_after in (("nothing", None), ("the day after", 1), ("on the landmark", 0)):
        here = cohort
        if days_after is not None:
            more = pd.concat([frames["ratings"], told(answers, days_after)], ignore_index=True)
            here = from_frames({**frames, "ratings": more})
        made = make(task_of(here, answers), Effort(alarms=0), 1, is_main=False)
        rows.append({
            "planted": planted, "n": made.task.n, "events": made.task.events,
            "c_held_out": made.models[OWN].auc,
        })  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "planted.csv", index=False, lineterminator="\n")
    found = shuffled_alarm(
        task_of(cohort, answers).design(),
        ElasticNetLogistic(n_lambdas=30),
        RUNS,
        (NormalImputation(),),
        KFold(),
    )
    shuffled = {"runs": found.runs, "mean_c": found.auc, "low": found.low, "high": found.high,
                "level": found.level, "verdict": found.verdict}  # fmt: skip
    pd.DataFrame([shuffled]).round(4).to_csv(folder / "shuffled.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
