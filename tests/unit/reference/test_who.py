"""A WHO list the user brings becomes a dose key; one that is no such list is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from opentrs.errors import UsageError
from opentrs.reference import dose_key_from_who, dose_keys
from opentrs.reference.equivalents import dose_key

# Invented doses: the real list may not be passed on.
LIST = """ATC code,ATC level name,DDD,U,Adm.R,Note
N05AA01,chlorpromazine,0.2,g,O,
N05AA01,chlorpromazine,50,mg,P,
N05AD01,haloperidol,4,mg,O,
N05AD01,haloperidol,2,mg,P,
N05AD01,haloperidol,1500,mcg,P,depot
N05AH05,asenapine,10,mg,SL,
N05AH01,loxapine,5,mg,Inhal.powder,
N05AN01,lithium,24,mmol,O,
N06AB03,fluoxetine,20,mg,O,
N05AX08,risperidone,3,mg,O,
N05AX08,risperidone,5,mg,O,again
"""


def _written(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _equal_to_600(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    rows = table.itertuples()
    return {(row.drug, row.route): row.mg_per_day_equal_to_600_mg_chlorpromazine for row in rows}


def test_daily_doses_are_set_against_oral_chlorpromazine_of_the_same_list(tmp_path):
    table = dose_key_from_who(_written(tmp_path, LIST))

    assert _equal_to_600(table) == pytest.approx(
        {
            ("chlorpromazine", "oral"): 600, ("chlorpromazine", "sai"): 150, ("haloperidol", "oral"): 12,
            ("haloperidol", "sai"): 6, ("haloperidol", "lai"): 4.5, ("asenapine", "sublingual"): 30,
        }
    )  # fmt: skip
    assert list(table.columns) == [
        "key", "drug", "drug_as_in_source", "formulation", "route",
        "published_mg_equal_to_100_mg_chlorpromazine", "mg_per_day_equal_to_600_mg_chlorpromazine", "used",
        "note", "source", "checked",
    ]  # fmt: skip


def test_the_list_reads_alike_from_a_spreadsheet_and_from_tabs(tmp_path):
    from_csv = dose_key_from_who(_written(tmp_path, LIST))
    from_tsv = dose_key_from_who(_written(tmp_path, LIST.replace(",", "\t"), "list.tsv"))
    pd.read_csv(tmp_path / "list.csv", dtype=str).to_excel(tmp_path / "list.xlsx", index=False)
    from_xlsx = dose_key_from_who(tmp_path / "list.xlsx")

    pd.testing.assert_frame_equal(from_csv, from_tsv)
    pd.testing.assert_frame_equal(from_csv, from_xlsx)


def test_column_names_of_other_exports_are_understood(tmp_path):
    other = LIST.replace("ATC code,ATC level name,DDD,U,Adm.R,Note", "atc_code,atc_name,ddd,uom,adm_r,note")

    pd.testing.assert_frame_equal(
        dose_key_from_who(_written(tmp_path, LIST)), dose_key_from_who(_written(tmp_path, other, "other.csv"))
    )


def test_a_brought_key_is_used_by_its_name_beside_the_shipped_ones(tmp_path):
    own = dose_key_from_who(_written(tmp_path, LIST), name="who_2030")

    assert dose_key("who_2030", own).mg_equal_to_600("haloperidol", "lai") == pytest.approx(4.5)
    assert dose_key("gardner2010", own).mg_equal_to_600("haloperidol", "oral") == 10
    assert "who_2030" not in dose_keys()
    with pytest.raises(UsageError, match="leucht2020_ed95, who_2030"):
        dose_key("who_1990", own)


def test_a_list_without_oral_chlorpromazine_is_refused(tmp_path):
    without = LIST.replace("N05AA01,chlorpromazine,0.2,g,O,\n", "")

    with pytest.raises(UsageError, match=r"list\.csv has no oral defined daily dose of chlorpromazine"):
        dose_key_from_who(_written(tmp_path, without))


def test_a_table_that_is_no_such_list_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"list\.csv is not a WHO ATC/DDD list"):
        dose_key_from_who(_written(tmp_path, "a,b\n1,2\n"))
