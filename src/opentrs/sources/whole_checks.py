"""Checks that need all rows of a table, or two tables: run inside the database the rows lie in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import day_number, settle
from opentrs.cohort.store import BOOKKEEPING, COLUMN, FILE, LINE, ROW, TableStore
from opentrs.cohort.tables import TABLES
from opentrs.errors import Severity
from opentrs.sources.problem_log import Params, ProblemLog

ROWS_PER_PASS = 2_000_000
AGE_TOLERANCE_YEARS = 1.5
DAYS_PER_YEAR = 365.25
PLACEHOLDERS = {"first_line": "first", "new_item": "item"}


class WholeTable:
    """What checks of staged tables share: noting rows, and taking rejected ones out of the store.

    Parameters
    ----------
    store : the staged tables
    files : file names by their number in the store
    log : where problems go
    rejected : how many rows each file lost, by its number; counted up here
    """

    def __init__(
        self, store: TableStore, files: Sequence[str], log: ProblemLog, rejected: dict[int, int]
    ) -> None:
        self.store, self.files, self.log, self.rejected = store, files, log, rejected

    def reject(
        self, name: str, wrong: ir.Table, code: str, column: str | None = None, shown: Sequence[str] = ()
    ) -> None:
        """Note rows as errors, count them by file and take them out of the store."""
        wrong = settle(wrong.select(ROW, FILE, LINE, COLUMN, *shown))
        if self.note(name, wrong, code, "error", column, shown):
            counted = wrong.group_by(FILE).agg(n=lambda rows: rows.count()).to_pandas()
            for number, count in zip(counted[FILE], counted["n"], strict=True):
                self.rejected[int(number)] = self.rejected.get(int(number), 0) + int(count)
            self.store.remove(name, wrong)
        self.store.backend.drop_table(wrong.get_name(), force=True)

    def note(
        self, name: str, wrong: ir.Table, code: str, severity: Severity, column: str | None = None,
        shown: Sequence[str] = (), constants: Params | None = None,
    ) -> int:  # fmt: skip
        """Note one problem per row of ``wrong``; ``shown`` are columns whose values the sentence gives."""
        total = int(wrong.count().to_pyarrow().as_py())
        if not total:
            return 0
        source = [COLUMN] if COLUMN in wrong.columns else []
        first = (
            wrong.select(FILE, LINE, *source, *shown).order_by([FILE, LINE]).limit(self.log.stored_per_kind)
        )
        for row in first.to_pyarrow().to_pylist():
            params = {PLACEHOLDERS.get(key, key): _shown(row[key]) for key in shown} | dict(constants or {})
            file, place = self.files[row[FILE]], row.get(COLUMN) or column
            self.log.add(code, severity, file=file, line=row[LINE], column=place, table=name, params=params)
        if total > self.log.stored_per_kind:
            last = self.files[row[FILE]]
            self.log.count_more(code, severity, last, name, column, total - self.log.stored_per_kind)
        return total


class WholeChecks(WholeTable):
    """Rows that repeat, people that are twice or missing, dates against births and deaths."""

    def run(self, refused_people: Sequence[str], today: date) -> None:
        """Run every check.

        Parameters
        ----------
        refused_people : ids whose own row in ``people`` was rejected
        today : the day the data are read
        """
        for name in self.store.names:
            self._repeated_rows(name)
        if "people" in self.store.names:
            self._people(today)
            for name in self.store.names:
                if name != "people":
                    self._belonging(name, refused_people)
                    self._before_birth(name)
                    self._after_death(name)
        for name in ("ratings", "function"):
            if name in self.store.names:
                self._same_key(name)
        for name in self.store.names:
            self._undated(name)

    def _repeated_rows(self, name: str) -> None:
        """The same row twice: the copy is rejected, since a dispensing counted twice doubles a dose."""
        rows = self.store.table(name)
        columns = [column for column in rows.columns if column not in BOOKKEEPING]
        for copies in self._later_copies(rows, columns):
            self.reject(name, copies, "row_repeated", shown=["first_line"])

    def _same_key(self, name: str) -> None:
        """Two values where there can be one: an item rated twice by one rater on one day."""
        rows = self.store.table(name)
        spec = TABLES[name]
        dated = int(rows[spec.date].count().to_pyarrow().as_py())
        rows = rows.filter(rows[spec.date].notnull()) if dated else rows
        for copies in self._later_copies(rows, list(spec.key)):
            self.reject(
                name, copies, "rated_twice", "value" if name == "ratings" else "scale", shown=["first_line"]
            )

    def _later_copies(self, rows: ir.Table, columns: Sequence[str]) -> list[ir.Table]:
        """Rows that agree with an earlier row in ``columns``; big tables are done in several passes."""
        total = int(rows.count().to_pyarrow().as_py())
        passes = total // ROWS_PER_PASS + 1
        code = _fingerprint(rows, columns)
        hashed = rows.mutate(fingerprint=code)
        found = []
        for number in range(passes):
            part = hashed.filter((hashed.fingerprint % passes + passes) % passes == number)
            groups = part.group_by("fingerprint").agg(n=part.count()).filter(lambda group: group.n > 1)
            many = part.semi_join(groups, "fingerprint")
            window = ibis.window(group_by=list(columns), order_by=[FILE, LINE, ROW])
            numbered = many.mutate(
                place=ibis.row_number().over(window), first_line=many[LINE].first().over(window)
            )
            copies = numbered.filter(lambda table: table.place > 0)
            found.append(settle(copies.select(ROW, FILE, LINE, COLUMN, "first_line")))
        return found

    def _people(self, today: date) -> None:
        people = self.store.table("people")
        for copies in self._later_copies(people, ["person_id"]):
            self.reject("people", copies, "person_twice", "person_id", ["first_line"])
        people = self.store.table("people")
        included = people.observation_start.coalesce(ibis.date(today.isoformat()))
        age = (day_number(included) - day_number(people.birth_date)) / DAYS_PER_YEAR
        given = people.age_years.notnull() & people.birth_date.notnull()
        younger = age < people.age_years - AGE_TOLERANCE_YEARS
        older = people.observation_start.notnull() & (age > people.age_years + AGE_TOLERANCE_YEARS)
        self.note("people", people.filter(given & (younger | older)), "age_disagrees", "warning", "age_years")

    def _belonging(self, name: str, refused_people: Sequence[str]) -> None:
        rows, people = self.store.table(name), self.store.table("people")
        strangers = rows.anti_join(people, "person_id")
        refused = sorted(set(refused_people))
        known = strangers.person_id.isin(refused) if refused else ibis.literal(False)
        for code, some in (
            ("person_refused", strangers.filter(known)),
            ("person_unknown", strangers.filter(~known)),
        ):
            self.reject(name, some, code, "person_id")

    def _before_birth(self, name: str) -> None:
        births = self.store.table("people").select("person_id", "birth_date")
        for column in [each.name for each in TABLES[name].columns if each.kind == "date"]:
            rows = self.store.table(name).inner_join(births, "person_id")
            wrong = rows.filter(rows[column] < rows.birth_date)
            self.reject(name, wrong, "before_birth", column)

    def _after_death(self, name: str) -> None:
        column = TABLES[name].date
        if column:
            deaths = self.store.table("people").select("person_id", "death_date")
            rows = self.store.table(name).inner_join(deaths, "person_id")
            wrong = rows.filter(rows[column] > rows.death_date)
            self.note(name, wrong.select(FILE, LINE), "after_death", "warning", column)

    def _undated(self, name: str) -> None:
        """No date at all: one visit. Some dates missing: each is worth a warning."""
        column = TABLES[name].date
        if column not in TABLES[name].required and name != "treatment_courses":
            return
        rows = self.store.table(name)
        total = int(rows.count().to_pyarrow().as_py())
        blank = rows.filter(rows[column].isnull())
        undated = int(blank.count().to_pyarrow().as_py())
        if total and undated == total:
            for number in sorted(blank.select(FILE).distinct().to_pandas()[FILE]):
                self.log.add("table_undated", "note", file=self.files[int(number)], table=name,
                             params={"column": column})  # fmt: skip
        elif undated and name != "treatment_courses":
            self.note(name, blank, "date_blank", "warning", column)


def _shown(value: object) -> str | int | float:
    """A value as a sentence gives it: 0 rather than 0.0."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, int) else str(value)


def _fingerprint(rows: ir.Table, columns: Sequence[str]) -> ir.IntegerValue:
    """A number that is equal where all ``columns`` are equal."""
    mark = "\x1f"
    texts = [rows[column].cast("string").fill_null("\x1e") for column in columns]
    joined = ibis.literal(mark).join(texts)
    return joined.hash()
