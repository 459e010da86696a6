"""Small scan tables with real region names and plausible values, drawn from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from opentrs.reference.load import facts

SUFFIX = {"thickness": "thickness", "area": "area", "volume": "volume"}


def typical(atlas: str, measure: str, people: int = 6, seed: int = 1) -> pd.DataFrame:
    """A wide table in FreeSurfer's names whose means over regions are the typical ones."""
    written = {(row["atlas"], row["structure"]): row["written"] for row in facts("regions")}
    rng = np.random.default_rng(seed)
    columns = {"person_id": [f"p{number}" for number in range(people)]}
    for side in ("lh", "rh"):
        for row in facts("region_profiles"):
            if (row["atlas"], row["measure"]) == (atlas, measure):
                name = f"{side}_{written[atlas, row['structure']]}_{SUFFIX[measure]}"
                columns[name] = (row["typical"] * rng.normal(1, 0.05, people)).round(3)
    return pd.DataFrame(columns)


def people_of(table: pd.DataFrame) -> str:
    """The people of such a table as people.csv."""
    return "person_id\n" + "".join(f"{person}\n" for person in table["person_id"].unique())


def csv_of(table: pd.DataFrame) -> str:
    """A table as CSV text."""
    return str(table.to_csv(index=False))
