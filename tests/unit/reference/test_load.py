"""A fact without a source is refused; every shipped fact has one."""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from opentrs.reference import ReferenceDataError
from opentrs.reference.load import (
    CHECKED,
    FACT_FILES,
    FactFile,
    cited,
    facts,
    frame,
    parse_facts,
    source_ids,
)

LIMITS = FactFile("limits.csv", {"drug": "text", "limit": "number", "used": "yes_no"}, ("drug",))
HEADER = "drug,limit,used,source,checked\n"
FOLDER = files("opentrs.reference")


def test_a_row_with_a_source_and_a_check_is_read_with_its_kinds():
    rows = parse_facts(
        HEADER + "clozapine,350,yes,hiemke2018,unverified\nolanzapine,,,10.1055/x,yes\n", LIMITS
    )

    assert rows[0] == {
        "drug": "clozapine", "limit": 350.0, "used": True, "source": "hiemke2018", "checked": "unverified",
    }  # fmt: skip
    assert rows[1]["limit"] is None
    assert rows[1]["used"] is None


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("clozapine,350,yes,,yes", "limits.csv, line 2: a fact needs a source"),
        ("clozapine,350,yes,somewhere,yes", "limits.csv, line 2: a fact needs a source"),
        ("clozapine,350,yes,hiemke2018,", "limits.csv, line 2: say in the column checked"),
        ("clozapine,350,yes,hiemke2018,surely", "limits.csv, line 2: say in the column checked"),
        (",350,yes,hiemke2018,yes", "the column drug may not be empty"),
    ],
)
def test_a_row_without_source_check_or_drug_is_refused(row: str, complaint: str):
    with pytest.raises(ReferenceDataError, match=complaint):
        parse_facts(f"{HEADER}{row}\n", LIMITS)


def test_a_file_without_a_source_column_is_refused():
    with pytest.raises(ReferenceDataError, match="Missing or not expected: source"):
        parse_facts("drug,limit,used,checked\nclozapine,350,yes,yes\n", LIMITS)


@pytest.mark.parametrize("name", sorted(FACT_FILES))
def test_every_row_of_a_shipped_file_names_a_source_on_the_list(name: str):
    rows = facts(name)

    assert rows
    assert {row["source"] for row in rows} <= source_ids()


def _csv_files(folder: Traversable, prefix: str = "") -> dict[str, str]:
    found = {}
    for item in folder.iterdir():
        if item.is_dir():
            found |= _csv_files(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".csv"):
            found[f"{prefix}{item.name}"] = item.read_text(encoding="utf-8")
    return found


def test_every_shipped_csv_file_says_where_each_row_comes_from():
    read_here = {spec.path for spec in FACT_FILES.values()} | {"sources.csv"}
    shipped = _csv_files(FOLDER)

    assert read_here <= set(shipped)
    for name in set(shipped) - read_here:
        for row in csv.DictReader(io.StringIO(shipped[name])):
            assert row.get("source") or row.get("source_doi"), name
            assert row["checked"] in CHECKED, name


def test_every_source_on_the_list_is_cited_once_and_used():
    with FOLDER.joinpath("sources.csv").open(encoding="utf-8") as handle:
        sources = list(csv.DictReader(handle))

    assert len({source["id"] for source in sources}) == len(sources)
    dois = [source["doi"] for source in sources if source["doi"]]
    assert len(set(dois)) == len(dois)
    assert all(source["citation"] for source in sources)
    used = {row["source"] for name in FACT_FILES for row in facts(name)}
    assert {source["id"] for source in sources} == used


def test_a_table_handed_out_can_be_changed_without_changing_the_facts():
    mine = frame("plasma_limits")
    mine["lower_limit_ng_per_ml"] = 0.0

    assert (frame("plasma_limits")["lower_limit_ng_per_ml"] > 0).all()


def test_a_source_is_cited_by_its_doi_else_by_its_citation_else_as_it_stands():
    assert cited("trrip") == "doi:10.1176/appi.ajp.2016.16050503"
    assert cited("10.1/x") == "doi:10.1/x"
    assert cited("guy1976").startswith("Guy W.")
    assert cited("protocol of our clinic") == "protocol of our clinic"
