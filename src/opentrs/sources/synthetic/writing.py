"""A simulated cohort on disk: the tables of the contract, and the truth in a folder beside them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.sources.synthetic.parameters import Parameters
from opentrs.sources.synthetic.simulate import Simulated

TRUTH_FOLDER = "truth"


def write(simulated: Simulated, folder: Path) -> None:
    """Write a cohort's tables as CSV into a folder, and the truth into ``truth/`` inside it.

    Same seed, same bytes. The folder appears whole or not at all.

    Parameters
    ----------
    folder : must not exist yet, or be empty

    Raises
    ------
    UsageError : the folder exists and is not empty, or is a file
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(text("simulator.folder_not_empty"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        for name, table in simulated.tables.items():
            _write_csv(table, unfinished / f"{name}.csv")
        truth = unfinished / TRUTH_FOLDER
        truth.mkdir()
        _write_csv(simulated.truth, truth / "truth.csv")
        _write_csv(simulated.courses, truth / "courses.csv")
        _write_csv(simulated.states, truth / "states.csv")
        _write_csv(parameter_table(simulated.parameters), truth / "parameters.csv")
        unfinished.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def parameter_table(parameters: Parameters) -> pd.DataFrame:
    """Return what was planted: name, value, unit, source, checked, note."""
    return pd.DataFrame([asdict(planted) for planted in parameters.planted.values()])


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write one table; whole numbers without a decimal point, unknown as an empty cell."""
    arrow = pa.Table.from_pandas(_whole_numbers(table), preserve_index=False)
    fields = [field.with_type(_plain(field.type)) for field in arrow.schema]
    csv.write_csv(arrow.cast(pa.schema(fields)), path)


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    changed = {}
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
            changed[name] = column.astype("Int64")
    return table.assign(**changed)
