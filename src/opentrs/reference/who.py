"""A current WHO ATC/DDD list, brought by the user -> a key of dose equivalents.

The list may not be passed on, so none is shipped. The defined daily dose of a drug is compared with that of
oral chlorpromazine in the same list (Leucht et al. 2016, doi:10.1093/schbul/sbv167).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.reference.load import facts

if TYPE_CHECKING:
    import pandas as pd

WHO_KEY = "who_ddd"
CHLORPROMAZINE = "N05AA01"
COLUMNS = {
    "atc": r"^atc[ _]?(code)?$",
    "ddd": r"^ddd([ _]?value)?$",
    "unit": r"^(u|uom|unit|ddd[ _]?unit)$",
    "route": r"^adm[ ._]*(r|route|code)?\.?$|^route$",
}
NOTE = r"^(note|notes|comment|comments)$"
MG_PER_UNIT = {"g": 1000.0, "mg": 1.0, "mcg": 0.001}
ROUTES = {"O": "oral", "SL": "sublingual", "P": "sai"}


def dose_key_from_who(path: str | Path, name: str = WHO_KEY) -> pd.DataFrame:
    """Read a WHO ATC/DDD list (CSV, TSV or XLSX) as rows of a dose key for :func:`with_equivalents`.

    Parenteral doses marked as depot in the note are long-acting injections, other parenteral doses
    short-acting ones. Rectal, inhaled and other routes are left out, and so are drugs OpenTRS does not know
    as antipsychotics.

    Parameters
    ----------
    path : the list, with columns for the ATC code, the DDD, its unit, the route and, if there is one, a note
    name : what the key is to be called

    Returns
    -------
    rows in the columns of :func:`opentrs.reference.dose_equivalents`

    Raises
    ------
    UsageError : the columns are not those of such a list, or it lacks oral chlorpromazine
    """
    import pandas as pd

    path = Path(path)
    table = _list(path)
    drugs = {row["atc"]: row["drug"] for row in facts("drugs") if row["is_antipsychotic"] and row["atc"]}
    mg = pd.to_numeric(table["ddd"], errors="coerce") * table["unit"].str.strip().str.lower().map(MG_PER_UNIT)
    route = table["route"].str.strip().str.upper().map(ROUTES)
    depot = table["note"].str.contains("depot", case=False, na=False)
    rows = pd.DataFrame(
        {
            "drug": table["atc"].str.strip().str.upper().map(drugs),
            "route": route.mask((route == "sai") & depot, "lai"),
            "mg": mg,
        }
    )
    rows = rows.dropna().drop_duplicates(["drug", "route"], keep=False)
    reference = rows.loc[(rows["drug"] == drugs[CHLORPROMAZINE]) & (rows["route"] == "oral"), "mg"]
    if reference.empty:
        raise UsageError(text("reference.who_no_chlorpromazine", file=path.name))
    return _as_key(rows, float(reference.iloc[0]), name)


def _as_key(rows: pd.DataFrame, chlorpromazine_mg: float, name: str) -> pd.DataFrame:
    import pandas as pd

    equal_to_100 = 100 * rows["mg"] / chlorpromazine_mg
    return pd.DataFrame(
        {
            "key": name,
            "drug": rows["drug"],
            "drug_as_in_source": rows["drug"],
            "formulation": None,
            "route": rows["route"],
            "published_mg_equal_to_100_mg_chlorpromazine": equal_to_100,
            "mg_per_day_equal_to_600_mg_chlorpromazine": 600 * rows["mg"] / chlorpromazine_mg,
            "used": True,
            "note": "ratio of defined daily doses in a list the user brought",
            "source": "who_atc",
            "checked": "yes",
        }
    ).reset_index(drop=True)


def _list(path: Path) -> pd.DataFrame:
    import pandas as pd

    if path.suffix.lower() == ".xlsx":
        raw = pd.read_excel(path, dtype=str)
    else:
        raw = pd.read_csv(path, dtype=str, sep="\t" if path.suffix.lower() == ".tsv" else ",")
    written = {column: str(column).strip().casefold() for column in raw.columns}
    found = {
        wanted: [column for column, folded in written.items() if re.match(pattern, folded)]
        for wanted, pattern in {**COLUMNS, "note": NOTE}.items()
    }
    if any(not found[wanted] for wanted in COLUMNS):
        raise UsageError(text("reference.who_columns", file=path.name))
    table = pd.DataFrame({wanted: raw[columns[0]] for wanted, columns in found.items() if columns})
    return table if "note" in table.columns else table.assign(note=None)
