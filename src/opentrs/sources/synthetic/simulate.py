"""People, layer by layer and block by block, put together into one cohort with its truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis.backends import BaseBackend

from opentrs.cohort.build import from_frames
from opentrs.cohort.model import Cohort
from opentrs.cohort.tables import TABLES
from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.sources.synthetic.checks import Adherence, PlasmaLevels
from opentrs.sources.synthetic.illness import Illness
from opentrs.sources.synthetic.layers import BLOCK_PEOPLE, Array, Block, Layer, stream
from opentrs.sources.synthetic.outcomes import Events, HospitalStays
from opentrs.sources.synthetic.parameters import Parameters, published
from opentrs.sources.synthetic.people import People
from opentrs.sources.synthetic.record import Courses, Exposures
from opentrs.sources.synthetic.treatment import REASONS, Treatment
from opentrs.sources.synthetic.types import Types
from opentrs.sources.synthetic.visits import Function, Ratings, Visits

CLINICAL: tuple[Layer, ...] = (
    People(), Illness(), Treatment(), Courses(), Exposures(), Visits(), Ratings(), Function(), Adherence(),
    PlasmaLevels(), HospitalStays(), Events(), Types(),
)  # fmt: skip
EPOCH = np.datetime64("1970-01-01", "D")


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A simulated cohort and what is true of it.

    Parameters
    ----------
    tables : table of the contract -> rows, as a careful site would hand them in (dates ISO 8601)
    truth : one row per person: true status, true response to clozapine, why somebody only looks resistant ...
    courses : one row per course truly taken, whether recorded or not
    states : one row per visit: the true type, depression and domain severity (percent of the range) that day
    latent : one row per person: traits never recorded as such, for layers to come
    parameters : what was planted, with sources
    seed, people : what the cohort was made with
    complete_record : whether the record misses nothing
    """

    tables: Mapping[str, pd.DataFrame]
    truth: pd.DataFrame
    courses: pd.DataFrame
    states: pd.DataFrame
    latent: pd.DataFrame
    parameters: Parameters
    seed: int
    people: int
    complete_record: bool


def simulate(
    people: int,
    seed: int,
    *,
    layers: Sequence[Layer] = CLINICAL,
    complete_record: bool = False,
    parameters: Parameters | None = None,
) -> Simulated:
    """Simulate a cohort whose true resistance is known.

    The same seed gives the same cohort; the first people of a larger cohort are those of a smaller one;
    another layer changes nothing in the layers before it.

    Parameters
    ----------
    people : number of people, controls counted in
    seed : 0 or more
    layers : in order; each names the layers it needs
    complete_record : nobody is lost, every course, rating, report of adherence and level is on record.
        The people and what is true of them stay the same.
    parameters : what to plant; by default the published figures

    Raises
    ------
    UsageError : no people, a negative seed, or a layer before one it needs
    """
    if people < 1 or seed < 0:
        raise UsageError(text("simulator.nobody"))
    _check_order(layers)
    parameters = parameters or published()
    pieces: dict[str, list[pd.DataFrame]] = {}
    for number in range(-(-people // BLOCK_PEOPLE)):
        for name, piece in _one_block(number, seed, layers, parameters, complete_record, people).items():
            pieces.setdefault(name, []).append(piece)
    ids = pd.Index([f"P{number + 1:06d}" for number in range(people)])
    whole = {name: pd.concat(parts, ignore_index=True) for name, parts in pieces.items()}
    named = {name: _named(frame, ids) for name, frame in whole.items()}
    tables = {name: _in_contract_form(frame, name) for name, frame in named.items() if name in TABLES}
    truth = _with_iso_dates(named[".truth"])
    return Simulated(
        tables=tables,
        truth=truth,
        courses=_true_courses(named.get(".courses"), parameters),
        states=_with_iso_dates(named.get(".states", pd.DataFrame({"person_id": []}))),
        latent=named[".latent"],
        parameters=parameters,
        seed=seed,
        people=people,
        complete_record=complete_record,
    )


def as_cohort(simulated: Simulated, backend: BaseBackend | None = None) -> Cohort:
    """Return the recorded tables as a :class:`Cohort`; the truth is not part of it."""
    return from_frames(simulated.tables, backend, name=f"simulated, seed {simulated.seed}")


def _check_order(layers: Sequence[Layer]) -> None:
    seen: set[str] = set()
    for layer in layers:
        missing = sorted(set(layer.needs) - seen)
        if missing:
            raise UsageError(text("simulator.layer_order", layer=layer.name, missing=", ".join(missing)))
        seen.add(layer.name)
    if "people" not in seen:
        raise UsageError(text("simulator.no_people_layer"))


def _one_block(
    number: int,
    seed: int,
    layers: Sequence[Layer],
    parameters: Parameters,
    complete_record: bool,
    people: int,
) -> dict[str, pd.DataFrame]:
    """Return all that was made for one block; ``person`` counts over the cohort, the last block is cut."""
    block = Block(number * BLOCK_PEOPLE, parameters, complete_record)
    tables: dict[str, pd.DataFrame] = {}
    truth: dict[str, Array] = {}
    for layer in layers:
        layered = layer.add(block, stream(seed, layer.name, number))
        for name, rows in layered.tables.items():
            tables[name] = _joined(tables[name], rows, name) if name in tables else rows
        truth.update(layered.truth)
        block = block.after(layered)
    place = {"person": np.arange(block.size)}
    tables[".truth"] = pd.DataFrame({**place, **truth})
    tables[".latent"] = pd.DataFrame({**place, **block.latent})
    for name in ("courses", "states"):
        if name in block.hidden:
            tables[f".{name}"] = block.hidden[name]
    left = min(block.size, people - block.first)
    return {
        name: frame[frame["person"] < left].assign(person=lambda rows: rows["person"] + block.first)
        for name, frame in tables.items()
    }


def _joined(rows: pd.DataFrame, more: pd.DataFrame, table: str) -> pd.DataFrame:
    """A table with a later layer's rows behind those of the same person and day; rows of both stand once."""
    both = pd.concat([rows.astype(_plain(rows)), more.astype(_plain(more))], ignore_index=True)
    both = both.sort_values(["person", TABLES[table].date], kind="stable").drop_duplicates(ignore_index=True)
    return both.astype(dict.fromkeys(_plain(rows), "category"))


def _plain(rows: pd.DataFrame) -> dict[str, str]:
    return {str(name): "object" for name, kind in rows.dtypes.items() if kind == "category"}


def _named(frame: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    person = pd.Categorical.from_codes(frame["person"].to_numpy(), categories=ids)
    return pd.concat([pd.Series(person, name="person_id"), frame.drop(columns="person")], axis=1)


def _in_contract_form(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Columns in the order of the contract, dates as ISO text."""
    spec = TABLES[table]
    declared = [column.name for column in spec.columns if column.name in frame.columns]
    extra = [name for name in frame.columns if name not in declared]
    if extra and not spec.wide:
        raise ValueError(f"{table} has no column {', '.join(extra)}")
    dates = [column.name for column in spec.columns if column.kind == "date" and column.name in frame.columns]
    return frame[[*declared, *extra]].assign(**{name: iso_dates(frame[name].to_numpy()) for name in dates})


def _with_iso_dates(truth: pd.DataFrame) -> pd.DataFrame:
    dates = [name for name in truth.columns if name == "date" or name.endswith("_date")]
    return truth.assign(**{name: iso_dates(truth[name].to_numpy(dtype=float)) for name in dates})


def iso_dates(days: Array) -> pd.Categorical:
    """Turn day numbers into ISO 8601 dates; each different day is written once."""
    numbers = np.asarray(days, dtype=float)
    known = np.isfinite(numbers)
    unique, codes = np.unique(numbers[known].astype(np.int64), return_inverse=True)
    all_codes = np.full(numbers.size, -1, dtype=np.int64)
    all_codes[known] = codes
    names = np.datetime_as_string(EPOCH + unique.astype("timedelta64[D]"), unit="D").tolist()
    return pd.Categorical.from_codes(all_codes, categories=pd.Index(names, dtype=object))


def _true_courses(courses: pd.DataFrame | None, parameters: Parameters) -> pd.DataFrame:
    """The courses truly taken, in words and units of the contract."""
    if courses is None:
        return pd.DataFrame({"person_id": []})
    drugs = np.asarray([drug.name for drug in parameters.drugs], dtype=object)
    return pd.DataFrame({
        "person_id": courses["person_id"],
        "drug": drugs[courses["drug"].to_numpy()],
        "route": np.where(courses["is_depot"], "lai", "oral"),
        "start_date": iso_dates(courses["start"].to_numpy()),
        "end_date": iso_dates(courses["end"].to_numpy()),
        "dose_mg_per_day": courses["dose"].round(2),
        "adherence_percent": (100 * courses["adherence"]).round(1),
        "level_over_lower_limit": courses["level_ratio"].round(2),
        "symptom_reduction_percent": (100 * courses["reduction"]).round(1),
        "stop_reason": np.asarray(REASONS, dtype=object)[courses["reason"].to_numpy()],
        "is_adequate": np.where(courses["is_adequate"], "yes", "no"),
        "is_failed": np.where(courses["is_failed"], "yes", "no"),
    })  # fmt: skip
