"""Whatever stands in the files: a list of problems, never a crash, and every row accounted for."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opentrs.sources import CheckResult, check
from tests.unit.sources.folders import TODAY

HARD = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
CELLS = st.one_of(
    st.sampled_from(
        ["", "cai", "lin", "=1+1", "<script>", "n/a", "-9999", "9999", "1e308", "-0", "nan", "inf"]
    ),
    st.sampled_from(
        ["2020-01-01", "1800-01-01", "2999-12-31", "03/04/2020", "olanzapine", "lithium", "Consta"]
    ),
    st.sampled_from(
        ["PANSS", "P1", "SAPS", "total", "3", "3.5", "lai", "M", "'=x", "\t", "一", "\x1f", "\x1e"]
    ),
    st.text(max_size=8),
)
HEADERS = {
    "people": ["person_id", "sex", "birth_date", "age_years"],
    "drug_exposures": ["person_id", "drug", "start_date", "dose_mg_per_day", "route"],
    "ratings": ["person_id", "date", "scale", "item", "value"],
}


def checked(files: dict[str, bytes]) -> CheckResult:
    """Check a folder of these files; whatever it holds, this must not raise."""
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            (Path(place) / name).write_bytes(content)
        return check(place, today=TODAY)


def accounted_for(result: CheckResult) -> bool:
    """Whether every row of every file was kept or rejected, and the tables hold what was kept."""
    if any(file.read != file.kept + file.rejected or file.rejected < 0 for file in result.files):
        return False
    if result.cohort is None:
        return True
    held = {name: result.cohort.table(name).count().to_pyarrow().as_py() for name in result.cohort.holds}
    return all(held[file.table] == file.kept for file in result.files if file.table)


@HARD
@given(st.fixed_dictionaries({
    name: st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=6)
    for name, header in HEADERS.items()
}))  # fmt: skip
def test_any_cells_give_problems_and_every_row_is_accounted_for(tables: dict[str, list[list[str]]]) -> None:
    files = {}
    for name, rows in tables.items():
        text = io.StringIO()
        csv.writer(text).writerows([HEADERS[name], *rows])
        files[f"{name}.csv"] = text.getvalue().encode("utf-8", "surrogatepass")

    assert accounted_for(checked(files))


@HARD
@given(
    st.binary(max_size=300), st.sampled_from(["people.csv", "people.xlsx", "people.parquet", "cohort.toml"])
)
def test_any_bytes_are_read_or_refused(content: bytes, name: str) -> None:
    files = {"people.csv": b"person_id\ncai\n", name: content}

    assert accounted_for(checked(files))


@HARD
@given(st.text(alphabet='",;\t\r\n\\ab1-', max_size=60))
def test_any_quotes_and_line_ends_are_read_or_refused(body: str) -> None:
    assert accounted_for(checked({"people.csv": ("person_id,sex\n" + body).encode()}))
