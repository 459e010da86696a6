"""Shares of the cohort: prevalence with interval and bounds, agreement of definitions, who fell out where."""

from __future__ import annotations

import itertools

import pandas as pd

from opentrs.messages import Lang, text
from opentrs.stats.intervals import agreement, exact_proportion, worst_best

SETTLED = ("resistant", "not_resistant")


def prevalence_frame(verdicts: pd.DataFrame, people: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Prevalence by definition, and for the whole, each sex, site and decade of first treatment.

    The estimate is the share among people whose verdict is settled; ``worst`` and ``best`` say what it
    would be among all if no unknown, or every unknown, were resistant.
    """
    merged = verdicts.merge(people, on="person_id", how="left")
    merged = merged[merged["verdict"] != "not_applicable"]
    rows = []
    for definition, of_definition in merged.groupby("definition", sort=False):
        rows.append((definition, "all", *_shares(of_definition["verdict"])))
        for group in ("sex", "site", "period"):
            for value, part in of_definition.dropna(subset=[group]).groupby(group):
                rows.append((definition, f"{group}:{value}", *_shares(part["verdict"])))
    columns = [
        "definition", "group", "n", "resistant", "not_resistant", "unknown", "estimate", "ci_low", "ci_high",
        "worst", "best",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(unit=text("unit.proportion", lang), method=text("method.clopper_pearson", lang))


def _shares(verdicts: pd.Series) -> tuple[object, ...]:
    resistant, settled_no = (int((verdicts == word).sum()) for word in SETTLED)
    unknown = int((verdicts == "unknown").sum())
    n = resistant + settled_no + unknown
    interval = exact_proportion(resistant, resistant + settled_no)
    worst, best = worst_best(resistant, unknown, n)
    return n, resistant, settled_no, unknown, interval.estimate, interval.low, interval.high, worst, best


def agreement_frame(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Every pair of definitions, on the people both have settled."""
    wide = verdicts.pivot(index="person_id", columns="definition", values="verdict")
    order = list(dict.fromkeys(verdicts["definition"]))
    rows = []
    for first, second in itertools.combinations(order, 2):
        both = wide[[first, second]]
        both = both[both[first].isin(SETTLED) & both[second].isin(SETTLED)]
        a, b = both[first] == "resistant", both[second] == "resistant"
        found = agreement(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))
        rows.append(
            (first, second, found.n, found.both, found.only_first, found.only_second, found.neither,
             found.kappa.estimate, found.kappa.low, found.kappa.high, found.positive, found.negative)
        )  # fmt: skip
    columns = [
        "definition_a", "definition_b", "n", "both", "only_a", "only_b", "neither", "kappa", "ci_low",
        "ci_high", "positive_agreement", "negative_agreement",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def missing_frame(criteria: pd.DataFrame, verdicts: pd.DataFrame, reads: dict[str, str]) -> pd.DataFrame:
    """For each row: how often it is unknown, and how often it alone leaves the verdict open."""
    unknown_people = set(verdicts.loc[verdicts["verdict"] == "unknown", "person_id"])
    open_rows = criteria[(criteria["answer"] == "unknown") & criteria["person_id"].isin(unknown_people)]
    per_person = open_rows.groupby("person_id")["criterion"].size()
    alone = set(per_person[per_person == 1].index)
    first = verdicts["first_missing"].value_counts()
    rows = []
    for criterion, sentence in reads.items():
        answers = criteria.loc[criteria["criterion"] == criterion, "answer"]
        here = open_rows[open_rows["criterion"] == criterion]
        rows.append(
            (criterion, len(answers), int((answers == "yes").sum()), int((answers == "no").sum()),
             int((answers == "unknown").sum()), int(first.get(criterion, 0)),
             int(here["person_id"].isin(alone).sum()), sentence)
        )  # fmt: skip
    columns = ["criterion", "n", "n_yes", "n_no", "n_unknown", "n_first_missing", "n_would_settle", "reads"]
    return pd.DataFrame(rows, columns=columns)


def flow_frame(people: pd.DataFrame, verdicts: pd.DataFrame, courses: pd.DataFrame) -> pd.DataFrame:
    """From everybody to the verdicts: how many people are left at each step, and their share."""
    applies = verdicts[verdicts["verdict"] != "not_applicable"]
    known = courses[courses["ingredient"].notna() & courses["person_id"].isin(applies["person_id"])]
    counted = known[known["is_clozapine"] != "yes"]
    drugs = counted.groupby("person_id")["ingredient"].nunique()
    n_all = len(people)
    steps = [
        ("people", n_all),
        ("applies", len(applies)),
        ("one_antipsychotic", known["person_id"].nunique()),
        ("two_antipsychotics", int((drugs >= 2).sum())),
        ("two_adequate_courses", int((applies["n_adequate_courses"] >= 2).sum())),
        ("resistant", int((applies["verdict"] == "resistant").sum())),
        ("not_resistant", int((applies["verdict"] == "not_resistant").sum())),
        ("unknown", int((applies["verdict"] == "unknown").sum())),
    ]
    return pd.DataFrame(
        [(name, n, n / n_all if n_all else None) for name, n in steps], columns=["step", "n", "share"]
    )
