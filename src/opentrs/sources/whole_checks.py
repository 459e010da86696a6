"""Checks that need all rows of a table, or two tables: run inside the database the rows lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from opentrs.cohort.days import DAYS_PER_YEAR, day_number, settle
from opentrs.cohort.store import BAD, BOOKKEEPING, COLUMN, FILE, LINE, ROW, TableStore
from opentrs.cohort.tables import TABLES
from opentrs.errors import Severity
from opentrs.sources.problem_log import Params, ProblemLog

ONE_VALUE_PER_KEY = ("ratings", "function")
ROWS_PER_PASS = 8_000_000
AGE_TOLERANCE_YEARS = 1.5
PLACEHOLDERS = {"first_line": "first", "new_item": "item"}


class WholeTable:
    """What checks of staged tables share: noting rows, and taking rejected ones out of the store.

    Parameters
    ----------
    store : the staged tables
    files : file names by their number in the store
    log : where problems go
    """

    def __init__(self, store: TableStore, files: Sequence[str], log: ProblemLog) -> None:
        self.store, self.files, self.log = store, files, log

    def reject(
        self, name: str, wrong: ir.Table, code: str, column: str | None = None, shown: Sequence[str] = ()
    ) -> None:
        """Note rows as errors and mark them as bad."""
        if not _length(wrong):
            return
        wrong = settle(wrong.select(ROW, FILE, LINE, COLUMN, *shown))
        self.note(name, wrong, code, "error", column, shown)
        self.store.mark(name, wrong)
        self.store.backend.drop_table(wrong.op().name, force=True)

    def note(
        self, name: str, wrong: ir.Table, code: str, severity: Severity, column: str | None = None,
        shown: Sequence[str] = (), constants: Params | None = None,
    ) -> None:  # fmt: skip
        """Note one problem per row of ``wrong``; ``shown`` are columns whose values the sentence gives."""
        total = _length(wrong)
        if not total:
            return
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


class WholeChecks(WholeTable):
    """Rows that repeat, people that are twice or missing, dates against births and deaths."""

    def run(self, today: date) -> Mapping[int, int]:
        """Run every check, purge what is bad, and return how many rows each file lost.

        Parameters
        ----------
        today : the day the data are read
        """
        lost: Counter[int] = Counter()
        refused = None
        if "people" in self.store.names:
            self._people(today)
            refused = self._purge("people", lost)
            people = self.store.table("people")
            self.known = people.agg(
                births=people.birth_date.count(), deaths=people.death_date.count()
            ).to_pyarrow()
        for name in self.store.names:
            if name != "people":
                self._check(name, refused)
                self._purge(name, lost)
        return lost

    def _check(self, name: str, refused: ir.Table | None) -> None:
        given = self._given(name)
        if name in ONE_VALUE_PER_KEY:
            self._same_key(name, given[TABLES[name].date])
        else:
            self._repeated_rows(name)
        if "people" in self.store.names:
            self._belonging(name, refused)
            if self._anybody("births"):
                self._before_birth(name, given)
            if self._anybody("deaths") and TABLES[name].date:
                self._after_death(name)
        if TABLES[name].date:
            self._undated(name, given[TABLES[name].date])

    def _given(self, name: str) -> Mapping[str, int]:
        """How many rows hold a date, by date column."""
        rows = self.store.table(name)
        columns = [each.name for each in TABLES[name].columns if each.kind == "date"]
        if not columns:
            return {}
        counted = rows.agg(**{column: rows[column].count() for column in columns}).to_pyarrow()
        return {column: int(counted[column][0].as_py()) for column in columns}

    def _anybody(self, dates: str) -> bool:
        return bool(self.known[dates][0].as_py())

    def _purge(self, name: str, lost: Counter[int]) -> ir.Table | None:
        bad = self.store.purge(name)
        if bad is not None:
            counted = bad.group_by(FILE).agg(n=lambda rows: rows.count()).to_pyarrow().to_pylist()
            lost.update({row[FILE]: row["n"] for row in counted})
        return bad

    def _repeated_rows(self, name: str) -> None:
        """The same row twice: the copy is rejected, since a dispensing counted twice doubles a dose."""
        rows = self.store.sound(name)
        columns = [column for column in rows.columns if column not in BOOKKEEPING]
        if name == "treatment_courses":
            # A drug may well have been tried twice at the same dose: without dates nobody can tell.
            for copies in self._later_copies(name, rows.filter(rows.start_date.isnull()), columns):
                self.note(name, copies, "course_repeated", "warning", "drug")
            rows = rows.filter(rows.start_date.notnull())
        for copies in self._later_copies(name, rows, columns):
            self.reject(name, copies, "row_repeated", shown=["first_line"])

    def _same_key(self, name: str, dated: int) -> None:
        """Two values where there can be one: an item rated twice by one rater on one day."""
        rows = self.store.sound(name)
        spec = TABLES[name]
        rows = rows.filter(rows[spec.date].notnull()) if dated else rows
        for copies in self._later_copies(name, rows, list(spec.key)):
            column = "value" if name == "ratings" else "scale"
            self.reject(name, copies, "rated_twice", column, shown=["first_line"])

    def _later_copies(self, name: str, rows: ir.Table, columns: Sequence[str]) -> Iterator[ir.Table]:
        """Rows that agree with an earlier row in ``columns``; big tables are done in several passes."""
        passes = self.store.rows_added(name) // ROWS_PER_PASS + 1
        hashed = rows.mutate(fingerprint=_fingerprint(rows, columns))
        for number in range(passes):
            part = hashed
            if passes > 1:
                part = hashed.filter((hashed.fingerprint % passes + passes) % passes == number)
            groups = part.group_by("fingerprint").agg(n=part.count()).filter(lambda group: group.n > 1)
            if not _length(groups):
                continue
            many = part.semi_join(groups, "fingerprint")
            window = ibis.window(group_by=list(columns), order_by=[FILE, LINE, ROW])
            numbered = many.mutate(
                place=ibis.row_number().over(window), first_line=many[LINE].first().over(window)
            )
            copies = numbered.filter(lambda table: table.place > 0)
            yield settle(copies.select(ROW, FILE, LINE, COLUMN, "first_line"))

    def _people(self, today: date) -> None:
        people = self.store.table("people")
        for copies in self._later_copies("people", people, ["person_id"]):
            self.reject("people", copies, "person_twice", "person_id", ["first_line"])
        included = people.observation_start.coalesce(ibis.date(today.isoformat()))
        age = (day_number(included) - day_number(people.birth_date)) / DAYS_PER_YEAR
        given = people.age_years.notnull() & people.birth_date.notnull()
        younger = age < people.age_years - AGE_TOLERANCE_YEARS
        older = people.observation_start.notnull() & (age > people.age_years + AGE_TOLERANCE_YEARS)
        self.note("people", people.filter(given & (younger | older)), "age_disagrees", "warning", "age_years")

    def _belonging(self, name: str, refused: ir.Table | None) -> None:
        rows, people = self.store.table(name), self.store.table("people")
        strangers = rows.filter(rows.person_id.notnull()).anti_join(people, "person_id")
        if not _length(strangers):
            return
        if refused is not None:
            self.reject(name, strangers.semi_join(refused, "person_id"), "person_refused", "person_id")
            strangers = strangers.anti_join(refused, "person_id")
        self.reject(name, strangers, "person_unknown", "person_id")

    def _before_birth(self, name: str, given: Mapping[str, int]) -> None:
        births = self.store.table("people").select("person_id", "birth_date")
        for column in [column for column, count in given.items() if count]:
            rows = self.store.table(name).inner_join(births, "person_id")
            wrong = rows.filter(rows[column] < rows.birth_date)
            self.reject(name, wrong, "before_birth", column)

    def _after_death(self, name: str) -> None:
        column = TABLES[name].date
        deaths = self.store.table("people").select("person_id", "death_date")
        rows = self.store.table(name).inner_join(deaths, "person_id")
        wrong = rows.filter(rows[column] > rows.death_date)
        self.note(name, wrong.select(FILE, LINE).distinct(), "after_death", "warning", column)

    def _undated(self, name: str, dated: int) -> None:
        """No date at all: one visit. Some dates missing: each is worth a warning."""
        column = TABLES[name].date
        if column not in TABLES[name].required and name != "treatment_courses":
            return
        total = self.store.rows_added(name)
        rows = self.store.table(name)
        if total and not dated:
            code = "courses_undated" if name == "treatment_courses" else "table_undated"
            for number in sorted(rows.select(FILE).distinct().to_pandas()[FILE]):
                file = self.files[int(number)]
                self.log.add(code, "note", file=file, table=name, params={"column": column})
        elif dated < total and name != "treatment_courses":
            blank = rows.filter(rows[column].isnull() & ~rows[BAD])
            self.note(name, blank.select(FILE, LINE).distinct(), "date_blank", "warning", column)


def _length(rows: ir.Table) -> int:
    return int(rows.count().to_pyarrow().as_py())


def _shown(value: object) -> str | int | float:
    """A value as a sentence gives it: 0 rather than 0.0."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, int) else str(value)


def _fingerprint(rows: ir.Table, columns: Sequence[str]) -> ir.IntegerValue:
    """A number that is equal where all ``columns`` are equal."""
    return ibis.struct({column: rows[column] for column in columns}).hash()
