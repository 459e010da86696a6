"""Tables of the database as frames that join well."""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd


def fetched(table: ir.Table) -> pd.DataFrame:
    """Compute a table; numbers come as floats and texts as Python objects, also where there are none."""
    kinds = table.schema().items()
    wanted = {name: float if kind.is_numeric() else object for name, kind in kinds if not kind.is_boolean()}
    frame: pd.DataFrame = table.execute()
    return frame.astype(wanted)
