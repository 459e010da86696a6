"""Norms: what domain scores are held against, where they come from, and what they are called.

The user's file comes first, then the shipped norm of the instrument, then the cohort's own if it is large
enough; otherwise there is none, and scores are compared in percent of the maximum possible.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd

from opentrs import reference
from opentrs.errors import InputProblemsError, Problem
from opentrs.subtype.definition import CHECKED, TypeRules
from opentrs.subtype.domains import domain_items

COLUMNS = [
    "norm", "version", "item_set", "scale", "domain", "n", "mean_pomp", "sd_pomp", "reliability", "source",
    "checked",
]  # fmt: skip
KEY = ["item_set", "scale", "domain"]
OWN, OWN_VERSION, OWN_SOURCE = "own_cohort", "1", "this cohort"
NUMBERS = {"n": (2, math.inf), "mean_pomp": (0, 100), "sd_pomp": (0, 100), "reliability": (0, 1)}
REQUIRED = ("norm", "version", "scale", "domain", "n", "mean_pomp", "sd_pomp", "reliability")


def shipped_norms() -> pd.DataFrame:
    """Norms from public cohorts, with the reliability of the instrument's domain."""
    frame = reference.domain_norms().rename(columns={"set": "item_set"})
    return frame.merge(_reliabilities(), on=["scale", "domain"], how="inner")[COLUMNS]


def _reliabilities() -> pd.DataFrame:
    return reference.domain_reliability()[["scale", "domain", "reliability"]]


def own_norms(scores: pd.DataFrame, rules: TypeRules) -> pd.DataFrame:
    """The cohort's own norm: mean and standard deviation of each domain over people, if they are enough.

    Parameters
    ----------
    scores : item_set, scale, domain, pomp; one row per person and domain, from :func:`first_scored_visits`
    rules : how many people a norm needs
    """
    grouped = scores.groupby(KEY, sort=True)["pomp"].agg(["count", "mean", "std"]).reset_index()
    grouped = grouped.rename(columns={"count": "n", "mean": "mean_pomp", "std": "sd_pomp"})
    frame = grouped.merge(_reliabilities(), on=["scale", "domain"], how="inner")
    frame = frame.assign(norm=OWN, version=OWN_VERSION, source=OWN_SOURCE, checked="yes")
    enough = rules.norm_people.needs.holds(frame["n"])
    kept: pd.DataFrame = frame.loc[enough, COLUMNS]
    return kept


def norms_in_use(
    candidates: tuple[pd.DataFrame, ...], scales: frozenset[str], rules: TypeRules
) -> pd.DataFrame:
    """For each item set and instrument the rows of the first norm that has all competing domains.

    Parameters
    ----------
    candidates : norms in order of preference; each may hold several norm ids
    scales : instruments the cohort was rated on
    rules : which domains compete
    """
    kept = []
    taken: set[tuple[str, str]] = set()
    for frame in candidates:
        for key, rows in frame.groupby(["norm", "item_set", "scale"], sort=False):
            _, item_set, scale = map(str, key)
            if scale in scales and (item_set, scale) not in taken and _serves(rows, rules):
                taken.add((item_set, scale))
                kept.append(rows)
    frame = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=COLUMNS)
    return frame[frame["domain"].isin(rules.domains)].reset_index(drop=True)


def _serves(rows: pd.DataFrame, rules: TypeRules) -> bool:
    """All competing domains, in each of which people differ."""
    usable = rows[rows["sd_pomp"] > 0]
    return set(rules.compete) <= set(usable["domain"])


def norm_columns(norms: pd.DataFrame, rules: TypeRules) -> pd.DataFrame:
    """Norms side by side: one row per item set and instrument.

    Returns
    -------
    item_set, instrument, norm, and for the competing domains mean_*, sd_* (POMP) and unit_*_* (the standard
    error of measurement of the difference of two domains, in z)
    """
    rows = []
    for (item_set, scale), of_scale in norms.groupby(["item_set", "scale"], sort=False):
        mean, sd, reliability = (
            dict(zip(of_scale["domain"], of_scale[field].astype("float64"), strict=True))
            for field in ("mean_pomp", "sd_pomp", "reliability")
        )
        row: dict[str, object] = {"item_set": item_set, "instrument": scale, "norm": norm_name(of_scale)}
        for name in rules.compete:
            row[f"mean_{name}"] = mean[name]
            row[f"sd_{name}"] = sd[name]
        for pair in combinations(sorted(rules.compete), 2):
            errors = (1 - reliability[name] for name in pair)
            row["unit_" + "_".join(pair)] = math.sqrt(sum(errors))
        rows.append(row)
    names = [f"{field}_{name}" for name in rules.compete for field in ("mean", "sd")]
    units = ["unit_" + "_".join(pair) for pair in combinations(sorted(rules.compete), 2)]
    return pd.DataFrame(rows, columns=["item_set", "instrument", "norm", *names, *units])


def norm_name(rows: pd.DataFrame) -> str:
    """Norm id and version, as each label names it."""
    return f"{rows['norm'].iloc[0]} {rows['version'].iloc[0]}"


def first_scored_visits(
    states: ir.Table, instruments: ir.Table, scales: frozenset[str], rules: TypeRules
) -> ir.Table:
    """Domain scores at each person's first visit that an instrument labels and that scores all domains.

    Parameters
    ----------
    states : from :func:`opentrs.subtype.domains.domain_states`
    instruments : person_id, day, instrument
    scales : the instruments asked about

    Returns
    -------
    item_set, scale, person_id, domain, pomp
    """
    here = states.filter(states.instrument.isin(sorted(scales)) & states.pomp.notnull())
    here = here.semi_join(instruments, ["person_id", "day", "instrument"])
    key = ("item_set", "instrument", "person_id")
    competing = here.filter(here.domain.isin(rules.compete))
    complete = competing.group_by(*key, "day").agg(n_scored=competing.count())
    complete = complete.filter(complete.n_scored == len(rules.compete))
    first = complete.group_by(*key).agg(day=complete.day.min())
    rows = here.inner_join(first, [*key, "day"])
    return rows.select("item_set", "person_id", "domain", "pomp", scale=rows.instrument)


def read_norms(path: str | Path, rules: TypeRules) -> pd.DataFrame:
    """Read a user's own norms: a CSV file of the form of ``tables/subtype/norms.csv``.

    ``item_set`` may be left out (then it is the default set), ``source`` and ``checked`` too.

    Raises
    ------
    InputProblemsError : the file cannot be used; every problem is listed by line and column
    """
    reader = _NormFile(Path(path).name, rules)
    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputProblemsError([Problem("norms_not_readable", file=Path(path).name)]) from error
    frame = reader.read(content.splitlines())
    if reader.problems:
        raise InputProblemsError(reader.problems)
    return frame


class _NormFile:
    """Rows of a norms file; what is wrong with them is collected."""

    def __init__(self, name: str, rules: TypeRules) -> None:
        self.name, self.rules = name, rules
        self.problems: list[Problem] = []
        items = domain_items(rules)
        self.known = {
            "item_set": set(items["item_set"]),
            "scale": set(items["instrument"]),
            "domain": set(items["domain"]),
            "checked": set(CHECKED),
        }

    def wrong(self, code: str, line: int | None, column: str, **params: str) -> None:
        self.problems.append(Problem(code, file=self.name, line=line, column=column, params=params))

    def read(self, lines: list[str]) -> pd.DataFrame:
        reader = csv.DictReader(lines)
        header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        for column in REQUIRED:
            if column not in header:
                self.wrong("norms_no_column", 1, column, column_name=column)
        if self.problems:
            return pd.DataFrame(columns=COLUMNS)
        rows = [self.row(row, line) for line, row in enumerate(reader, start=2)]
        if not rows:
            self.wrong("norms_empty", None, "norm")
        frame = pd.DataFrame(rows, columns=COLUMNS)
        self.hold_together(frame)
        return frame

    def row(self, cells: Mapping[str, str | None], line: int) -> dict[str, object]:
        default = {"item_set": self.rules.default.item_set, "source": "own", "checked": "unverified"}
        said = {key: (cells.get(key) or "").strip() or default.get(key, "") for key in COLUMNS}
        for column in REQUIRED:
            if not said[column]:
                self.wrong("norms_blank", line, column)
        for column, known in self.known.items():
            if said[column] and said[column] not in known:
                self.wrong("norms_no_such_value", line, column, known=", ".join(sorted(known)))
        return {**said, **{column: self.number(said[column], column, line) for column in NUMBERS}}

    def number(self, cell: str, column: str, line: int) -> float:
        low, high = NUMBERS[column]
        try:
            value = float(cell)
        except ValueError:
            if cell:
                self.wrong("norms_not_a_number", line, column)
            return math.nan
        if not low <= value <= high or (column == "sd_pomp" and value == 0):
            self.wrong("norms_out_of_range", line, column, low=f"{low:g}", high=f"{high:g}")
        elif column == "reliability" and value == 1:
            self.wrong("norms_perfect", line, column)
        return value

    def hold_together(self, frame: pd.DataFrame) -> None:
        """No row twice, no instrument under two norms, and every competing domain of an instrument."""
        for position in frame.index[frame.duplicated(KEY)].tolist():
            self.wrong("norms_twice", int(position) + 2, "domain")
        for (item_set, scale), rows in frame.groupby(["item_set", "scale"], sort=False):
            missing = [name for name in self.rules.compete if name not in set(rows["domain"])]
            if missing and scale in self.known["scale"] and item_set in self.known["item_set"]:
                domains = ", ".join(missing)
                self.wrong("norms_domain_missing", int(rows.index[0]) + 2, "domain", domains=domains)
            if rows["norm"].nunique() > 1 or rows["version"].nunique() > 1:
                self.wrong("norms_two_names", int(rows.index[0]) + 2, "norm")
