"""Sites brought to one scale before groups are compared: what was learnt, from whom, and what it costs.

Harmonised values stand beside the main model, in which sites are covariates, and never in its place: a test
on them does not know that the sites' shifts were estimated. Here it is told, by the variance ratio that
:func:`opentrs.stats.harmonise.inflation` reads off the design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from opentrs.measures.regions import RegionTable
from opentrs.mechanism.engine import LEAST_IN_GROUP, NO_SITE, Array, Design
from opentrs.mechanism.people import PATIENTS, covariates_of, first_of_each
from opentrs.messages import Lang, text
from opentrs.stats.harmonise import ComBat, FittedCombat, Inflation, inflation
from opentrs.stats.harmonise.covariates import Covariates
from opentrs.stats.refusal import CannotFitError

NONE = "none"
WAYS = (NONE, "combat", "gam", "longitudinal")
LEARN_FROM = ("controls", "all")
SITE_COLUMNS = [
    "part", "measure", "method", "learnt_from", "site", "n_people", "n_learnt_from", "n_harmonised",
    "n_left_out", "median_shift_sd", "median_spread", "why",
]  # fmt: skip
COST_COLUMNS = [
    "part", "measure", "contrast", "variance_ratio", "false_positives_uncorrected", "level", "n_people",
    "n_at_sites_of_one_group", "n_sites",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Harmonising:
    """What was asked: the way, and whom to learn from."""

    how: str = NONE
    learn_from: str = LEARN_FROM[0]

    @property
    def is_asked(self) -> bool:
        """Whether anything is to be harmonised."""
        return self.how != NONE


@dataclass(frozen=True, slots=True)
class Harmonised:
    """Scans on one scale.

    Parameters
    ----------
    scans : all scans; those that could not be harmonised are unknown
    is_done : (n,) scans that were harmonised
    sites : a row per site, columns :data:`SITE_COLUMNS`
    """

    scans: RegionTable
    is_done: Array
    sites: pd.DataFrame


def harmonised(scans: RegionTable, people: pd.DataFrame, asked: Harmonising, lang: Lang) -> Harmonised:
    """Harmonise all scans of a measure.

    Age and sex, and head size for volumes and areas, are kept; where patients are learnt from their group is
    kept too. A site with fewer than :data:`LEAST_IN_GROUP` people to learn from is left out, with everybody
    measured there: patients alone cannot tell what their scanner does.

    Parameters
    ----------
    scans, people : all scans, and who they are of

    Raises
    ------
    CannotFitError : fewer than two sites can be learnt, each group has sites of its own, or, for repeated
        scans, nobody was scanned twice
    """
    site = people["site"].to_numpy(dtype=object).astype(str)
    wanted = ("control",) if asked.learn_from == "controls" else (*PATIENTS, "control")
    columns = _covariates(scans, people, with_group=asked.learn_from == "all")
    told = np.all([_known(column) for column in columns.values()], axis=0) & (site != NO_SITE)
    in_group = people["group"].isin(wanted).to_numpy()
    learns = told & in_group
    if asked.how != "longitudinal":
        learns &= np.isin(np.arange(len(people)), first_of_each(scans))
    persons = people["person_id"].to_numpy(dtype=object).astype(str)
    sites = [one for one in np.unique(site) if len(set(persons[learns & (site == one)])) >= LEAST_IN_GROUP]
    if len(sites) < 2:
        raise CannotFitError("few_sites_to_learn", n=len(sites), least=LEAST_IN_GROUP)
    here = told & np.isin(site, sites) & (in_group | (asked.learn_from == "controls"))
    fitted, values = _brought_together(scans, columns, site, learns, here, persons, asked)
    matrix = np.full_like(scans.matrix, np.nan)
    matrix[here] = values
    table = _site_table(scans, people, asked, fitted, learns, here, sites, lang)
    return Harmonised(replace(scans, matrix=matrix), here, table)


def _covariates(scans: RegionTable, people: pd.DataFrame, *, with_group: bool) -> dict[str, Array]:
    columns = {name: people[name].to_numpy(dtype=float) for name in covariates_of(scans.measure)}
    known = {name: column for name, column in columns.items() if np.isfinite(column).any()}
    return known | ({"group": people["group"].to_numpy(dtype=object)} if with_group else {})


def _known(column: Array) -> Array:
    return np.isfinite(column) if column.dtype.kind == "f" else np.ones(len(column), bool)


def _brought_together(
    scans: RegionTable, columns: Covariates, site: Array, learns: Array, here: Array, persons: Array,
    asked: Harmonising,
) -> tuple[FittedCombat, Array]:  # fmt: skip
    combat = ComBat(smooth=("age",) if asked.how == "gam" else (), untestable="leave_out")
    of_here = {name: np.asarray(column)[here] for name, column in columns.items()}
    people = persons[here] if asked.how == "longitudinal" else None
    values = scans.matrix[here]
    fitted = combat.fit(values, site[here], of_here, learn_from=learns[here], people=people)
    return fitted, np.asarray(fitted.transform(values, site[here], of_here, people=people))


def _site_table(
    scans: RegionTable, people: pd.DataFrame, asked: Harmonising, fitted: FittedCombat, learns: Array,
    here: Array, sites: Sequence[str], lang: Lang,
) -> pd.DataFrame:  # fmt: skip
    label = people["site"].to_numpy(dtype=object).astype(str)
    person = people["person_id"].to_numpy(dtype=object)

    def count(rows: Array) -> int:
        return len(set(person[rows]))

    rows = []
    for one in np.unique(label):
        mine, is_learnt = label == one, one in sites
        at = fitted.sites.index(one) if is_learnt else 0
        all_of_it, done = count(mine), count(mine & here)
        rows.append({
            "part": scans.table, "measure": scans.measure, "method": asked.how,
            "learnt_from": asked.learn_from, "site": one, "n_people": all_of_it,
            "n_learnt_from": count(mine & learns), "n_harmonised": done, "n_left_out": all_of_it - done,
            "median_shift_sd": float(np.nanmedian(np.abs(fitted.shift_used[at]))) if is_learnt else np.nan,
            "median_spread": float(np.sqrt(np.nanmedian(fitted.spread_used[at]))) if is_learnt else np.nan,
            "why": _why(is_learnt, one, all_of_it - done, lang),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=SITE_COLUMNS)


def _why(is_learnt: bool, site: str, left_out: int, lang: Lang) -> str:
    if site == NO_SITE:
        return text("mechanism.harmonise_no_site", lang)
    if not is_learnt:
        return text("mechanism.harmonise_site_left_out", lang, least=LEAST_IN_GROUP)
    return text("mechanism.harmonise_people_left_out", lang, n=left_out) if left_out else ""


def cost_of(design: Design, people: pd.DataFrame) -> Inflation:
    """What a comparison on harmonised values is worth, from who was seen where.

    Parameters
    ----------
    design : of the comparison, without sites
    people : the rows the design numbers

    Raises
    ------
    CannotFitError : each site has people of one group only
    """
    site = people["site"].to_numpy(dtype=object).astype(str)[design.rows]
    return inflation(site, design.matrix[:, 1], design.matrix[:, 2:])
