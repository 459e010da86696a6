"""Visits around the courses, and what is rated there: PANSS by item, CDSS, CGI, SOFAS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.reference.load import facts
from opentrs.sources.synthetic.illness import DOMAINS, LEAST, MOST
from opentrs.sources.synthetic.layers import NO_DAY, Array, Block, Layered, labels

FIRST_YEAR_DAYS = (0, 14, 42, 91, 182, 273, 365)
LATER_EVERY_DAYS = 182
LATER_VISITS = 12
CDSS_EVERY_DAYS = 182
CDSS_ITEMS = tuple(
    str(row["item"]) for row in facts("scale_items") if row["scale"] == "CDSS" and row["kind"] == "item"
)
CGI_SEVERITY = "CGI-S"
CGI_LEVELS = range(2, 8)
N_PANSS = 30
PANSS_FLOOR = 30


@dataclass(frozen=True, slots=True)
class Visits:
    """When people are seen: at the start of a course, at 2 and 6 weeks, every 3 then 6 months, at its end."""

    name: str = "visits"
    needs: tuple[str, ...] = ("people", "treatment")

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return hidden ``visits`` within the record, with the true severity on that day."""
        visits, in_course = planned_visits(block)
        came = rng.random(in_course.shape)
        person = visits["person"].to_numpy()
        site = block.latent["site"][person]
        attendance = np.array([item.attendance for item in block.parameters.sites])[site]
        is_first = (visits["number"] == 0) & (visits["offset"] == 0)
        attends = (came[in_course] < attendance) | is_first | block.complete_record
        day = visits["day"].to_numpy()
        seen = (block.latent["observation_start"][person] <= day) & (
            day <= block.latent["observation_end"][person]
        )
        visits = visits[attends & seen].sort_values(["person", "day"], kind="stable", ignore_index=True)
        has_baseline = np.zeros(block.size, dtype=bool)
        firsts = visits[(visits["number"] == 0) & (visits["offset"] == 0)]
        has_baseline[firsts["person"].to_numpy()] = True
        truth = {
            "has_baseline": np.where(block.latent["is_control"], "", np.where(has_baseline, "yes", "no"))
        }
        return Layered(truth=truth, hidden={"visits": visits})


def planned_visits(block: Block) -> tuple[pd.DataFrame, Array]:
    """Every visit there would be if nobody missed one, with the true severity, and which offsets it has."""
    courses = block.hidden["courses"]
    planned = np.array([*FIRST_YEAR_DAYS, *(365 + LATER_EVERY_DAYS * (i + 1) for i in range(LATER_VISITS))])
    length = (courses["end"] - courses["start"]).to_numpy()
    offset = np.concatenate([np.tile(planned, (len(courses), 1)), length[:, None]], axis=1)
    in_course = offset <= length[:, None]
    in_course[:, -1] = ~(in_course[:, :-1] & (offset[:, :-1] == length[:, None])).any(axis=1)
    row, _ = np.nonzero(in_course)
    columns = ["person", "number", "drug", "start", "severity_start", "severity_target"]
    visits = courses.iloc[row][columns].copy()
    visits["offset"] = offset[in_course]
    visits["day"] = visits["start"] + visits["offset"]
    visits["severity"] = _severity(visits, block.parameters["onset_of_effect"])
    return visits, in_course


def _severity(visits: pd.DataFrame, onset_of_effect_days: float) -> pd.Series:
    """True severity above the scale floor, 1 being that before the first treatment."""
    target = visits["severity_target"]
    left: pd.Series = visits["severity_start"] - target
    severity: pd.Series = target + left * np.exp(-visits["offset"] / onset_of_effect_days)
    return severity


@dataclass(frozen=True, slots=True)
class Ratings:
    """Symptom scales at each visit: severity cut into scores, with the noise of the visit and the rater."""

    name: str = "ratings"
    needs: tuple[str, ...] = ("visits",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``ratings`` in long form and hidden ``scores``, the PANSS total of each visit."""
        visits = block.hidden["visits"]
        panss = _panss(block, rng, visits)
        total = panss.sum(axis=1)
        cgi = _cgi(block, rng, total)
        depressed = depressed_level(block, visits)
        with_cdss = (visits["offset"].to_numpy() % CDSS_EVERY_DAYS == 0) | (visits["offset"].to_numpy() == 42)
        slope, noise = block.parameters["cdss_item_slope"], block.parameters["cdss_item_noise_sd"]
        beyond = depressed - block.parameters["cdss_item_offset"]
        level = slope * beyond[:, None] + noise * rng.standard_normal((len(visits), len(CDSS_ITEMS)))
        cdss = np.clip(np.rint(level), 0, 3)
        blank = rng.random(panss.shape) < block.parameters["item_blank_share"]
        shown = np.where(blank & (not block.complete_record), NO_DAY, panss)
        items = tuple(item.name for item in block.parameters.items)
        rater = raters(block, visits)
        tables = [
            _long(visits, "PANSS", items, shown, rater),
            _long(visits[with_cdss], "CDSS", CDSS_ITEMS, cdss[with_cdss], rater[with_cdss]),
            _long(visits, "CGI", (CGI_SEVERITY,), cgi[:, None], rater),
        ]
        ratings = _stack(tables, items, block)
        scores = visits[["person", "day"]].assign(total=total)
        return Layered(tables={"ratings": ratings}, hidden={"scores": scores})


def item_level(block: Block, visits: pd.DataFrame) -> Array:
    """True severity of each PANSS item on the day, on the continuous scale from 1 to 7."""
    person, fall = visits["person"].to_numpy(), 1 - visits["severity"].to_numpy()
    response = {name: block.parameters[f"domain_response_{name}"] for name in DOMAINS}
    before = np.stack([block.latent[f"panss_{item.name}"][person] for item in block.parameters.items], axis=1)
    strength = np.array([response[item.domain] for item in block.parameters.items])
    left = np.clip(1 - fall[:, None] * strength[None, :], 0.0, 1.2)
    return np.asarray(LEAST + (before - LEAST) * left)


def _panss(block: Block, rng: np.random.Generator, visits: pd.DataFrame) -> Array:
    person = visits["person"].to_numpy()
    shift = np.array([site.rater_shift for site in block.parameters.sites])[block.latent["site"][person]]
    noise = block.parameters["visit_noise_sd"] * rng.standard_normal((len(visits), N_PANSS))
    return np.asarray(np.clip(np.rint(item_level(block, visits) + shift[:, None] + noise), LEAST, MOST))


def depressed_level(block: Block, visits: pd.DataFrame) -> Array:
    """True mean of the depressed PANSS items on the day, above their lowest score."""
    chosen = [place for place, item in enumerate(block.parameters.items) if item.domain == "depressed"]
    return np.asarray(item_level(block, visits)[:, chosen].mean(axis=1) - LEAST)


def _cgi(block: Block, rng: np.random.Generator, total: Array) -> Array:
    bounds = np.array([block.parameters[f"cgi_bound_{level}"] for level in CGI_LEVELS])
    felt = total + block.parameters["cgi_noise_sd"] * rng.standard_normal(total.size)
    return np.asarray(1 + np.searchsorted(bounds, felt))


def rater_names(block: Block) -> tuple[str, ...]:
    """Names of the raters, two to a site."""
    return tuple(f"{site.name}_{turn}" for site in block.parameters.sites for turn in (1, 2))


def raters(block: Block, visits: pd.DataFrame) -> Array:
    """Number of the rater: two to a site, taking turns by year."""
    site = block.latent["site"][visits["person"].to_numpy()]
    return np.asarray(2 * site + (visits["day"].to_numpy() // 365 % 2).astype(int))


def _long(
    visits: pd.DataFrame, scale: str, items: tuple[str, ...], scores: Array, rater: Array
) -> pd.DataFrame:
    n = len(items)
    return pd.DataFrame({
        "person": np.repeat(visits["person"].to_numpy(), n),
        "date": np.repeat(visits["day"].to_numpy(), n),
        "scale": scale,
        "item": np.tile(np.arange(n), len(visits)),
        "value": scores.reshape(-1),
        "rater": np.repeat(rater, n),
    })  # fmt: skip


def _stack(tables: list[pd.DataFrame], panss_items: tuple[str, ...], block: Block) -> pd.DataFrame:
    """One table of all scales; labels are kept once each, since there are millions of rows."""
    scales, names = ("PANSS", "CDSS", "CGI"), (*panss_items, *CDSS_ITEMS, CGI_SEVERITY)
    first = {"PANSS": 0, "CDSS": len(panss_items), "CGI": len(names) - 1}
    item = np.concatenate([table["item"].to_numpy() + first[scales[i]] for i, table in enumerate(tables)])
    scale = np.concatenate([np.full(len(table), i) for i, table in enumerate(tables)])
    merged = {
        column: np.concatenate([table[column].to_numpy() for table in tables])
        for column in ("person", "date", "value", "rater")
    }
    order = np.lexsort((item, merged["date"], merged["person"]))
    return pd.DataFrame({
        "person": merged["person"][order],
        "date": merged["date"][order],
        "scale": labels(scale[order], scales),
        "item": labels(item[order], names),
        "value": merged["value"][order],
        "rater": labels(merged["rater"][order], rater_names(block)),
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """SOFAS at each visit of a patient, falling with symptoms; once for each control."""

    name: str = "function"
    needs: tuple[str, ...] = ("ratings",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``function``."""
        scores, parameters = block.hidden["scores"], block.parameters
        noise = parameters["function_noise_sd"]
        lost = parameters["function_slope"] * (scores["total"].to_numpy() - PANSS_FLOOR)
        value = parameters["function_ceiling"] - lost + noise * rng.standard_normal(len(scores))
        controls = np.nonzero(block.latent["is_control"])[0]
        healthy = parameters["function_control_mean"] + noise * rng.standard_normal(block.size)
        frame = pd.DataFrame({
            "person": np.concatenate([scores["person"].to_numpy(), controls]),
            "date": np.concatenate([scores["day"].to_numpy(), block.latent["first_treatment_day"][controls]]),
            "scale": "SOFAS",
            "value": np.clip(np.rint(np.concatenate([value, healthy[controls]])), 1, 100),
        })  # fmt: skip
        frame["scale"] = labels(np.zeros(len(frame)), ("SOFAS",))
        return Layered(
            tables={"function": frame.sort_values(["person", "date"], kind="stable", ignore_index=True)}
        )
