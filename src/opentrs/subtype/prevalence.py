"""How common each type is, with intervals and bounds, and how people moved between types."""

from __future__ import annotations

import pandas as pd

from opentrs.stats.intervals import exact_proportion, worst_best
from opentrs.subtype.definition import MIXED, NONE, UNKNOWN, TypeRules
from opentrs.subtype.overlay import NONE_OF_THE_FOUR, SEVERE_DEPRESSION

PREVALENCE_COLUMNS = [
    "group", "label", "value", "count", "n", "share", "ci_low", "ci_high", "worst", "best",
]  # fmt: skip
FLOW_COLUMNS = ["from_type", "to_type", "n"]
ALL, RESISTANT = "all", "resistant"


def values_of(rules: TypeRules) -> dict[str, tuple[str, ...]]:
    """Every value a label may take, ``unknown`` last."""
    return {
        "type": (*rules.compete, MIXED, NONE, UNKNOWN),
        "review_type": (*rules.compete, SEVERE_DEPRESSION, NONE_OF_THE_FOUR, UNKNOWN),
        "depression": ("severe", "moderate", "mild", "none", UNKNOWN),
    }


def type_prevalence(people: pd.DataFrame, rules: TypeRules) -> pd.DataFrame:
    """Share of each type among everybody whose label is known, and among the resistant.

    ``worst`` and ``best`` are the share among all if none, or every one, of the unknown had that label. The
    row of ``unknown`` itself gives its share among all.

    Parameters
    ----------
    people : the table ``person_types``
    rules : which types there are
    """
    rows = []
    for group, of_group in ((ALL, people), (RESISTANT, people[people["verdict"] == RESISTANT])):
        for label, values in values_of(rules).items():
            unknown = int((of_group[label] == UNKNOWN).sum())
            for value in values:
                count = int((of_group[label] == value).sum())
                known = len(of_group) - (0 if value == UNKNOWN else unknown)
                share = exact_proportion(count, known)
                worst, best = worst_best(count, 0 if value == UNKNOWN else unknown, len(of_group))
                rows.append(
                    (group, label, value, count, known, share.estimate, share.low, share.high, worst, best)
                )
    return pd.DataFrame(rows, columns=PREVALENCE_COLUMNS)


def flow(types: pd.DataFrame) -> pd.DataFrame:
    """People with at least two labelled visits: from the type of the first to that of the last.

    Parameters
    ----------
    types : the table ``types``, each person's visits in order of date
    """
    visits = types.groupby("person_id", sort=False)["type"]
    ends = pd.DataFrame({"from_type": visits.first(), "to_type": visits.last(), "size": visits.size()})
    moved = ends[ends["size"] > 1].groupby(["from_type", "to_type"]).size()
    return moved.rename("n").reset_index().reindex(columns=FLOW_COLUMNS)
