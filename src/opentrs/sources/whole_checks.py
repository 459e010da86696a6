"""Checks that need all rows of a table, or two tables: run inside the database the rows lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from opentrs.cohort.store import BOOKKEEPING, FILE, LINE, ROW, TableStore
from opentrs.cohort.days import day_number, settle
from opentrs.cohort.tables import TABLES
from opentrs.errors import Severity
from opentrs.sources.problem_log import ProblemLog

ROWS_PER_PASS = 2_000_000
AGE_TOLERANCE_YEARS = 1.5
DAYS_PER_YEAR = 365.25


class WholeChecks:
    """Check the staged tables of a cohort; rejected rows leave the store.

    Parameters
    ----------
    store : the staged tables
    files : file names by their number in the store
    log : where problems go
    refused_people : ids whose own row in ``people`` was rejected
    today : the day the data are read
    """

    def __init__(
        self, store: TableStore, files: Sequence[str], log: ProblemLog, refused_people: Sequence[str], today: date
    ) -> None:
        self.store, self.files, self.log, self.today = store, files, log, today
        self.refused_people = refused_people
        self.rejected: dict[int, int] = {}

    def run(self) -> Mapping[int, int]:
        """Run every check; returns how many rows each file lost."""
        for name in self.store.names:
            self._repeated_rows(name)
        if "people" in self.store.names:
            self._people()
            for name in self.store.names:
                if name != "people":
                    self._belonging(name)
                    self._before_birth(name)
                    self._after_death(name)
        for name in ("ratings", "function"):
            if name in self.store.names:
                self._same_key(name)
        for name in self.store.names:
            self._undated(name)
        return self.rejected

    def _reject(self, name: str, wrong: ir.Table, code: str, column: str | None = None, shown: str = "") -> None:
        """Note rows as errors, count them by file and take them out; ``wrong`` is a settled table."""
        if self._note(name, wrong, code, "error", column, shown):
            counted = wrong.group_by(FILE).agg(n=lambda rows: rows.count()).to_pandas()
            for number, count in zip(counted[FILE], counted["n"], strict=True):
                self.rejected[int(number)] = self.rejected.get(int(number), 0) + int(count)
            self.store.remove(name, wrong)
        self.store.backend.drop_table(wrong.get_name(), force=True)

    def _note(
        self, name: str, wrong: ir.Table, code: str, severity: Severity, column: str | None = None, shown: str = ""
    ) -> int:
        """Note one problem per row of ``wrong``; ``shown`` is a column whose value the sentence gives."""
        total = int(wrong.count().to_pyarrow().as_py())
        if not total:
            return 0
        columns = [FILE, LINE, *([shown] if shown else [])]
        rows = wrong.select(*columns).order_by([FILE, LINE]).limit(self.log.stored_per_kind).to_pandas()
        for row in rows.itertuples(index=False):
            params = {"first": int(row[2])} if shown else {}
            self.log.add(code, severity, file=self.files[int(row[0])], line=int(row[1]), column=column, table=name,
                         params=params)  # fmt: skip
        if total > len(rows):
            self.log.count_more(code, severity, self.files[int(rows[FILE].iloc[-1])], name, column, total - len(rows))
        return total

    def _repeated_rows(self, name: str) -> None:
        """The same row twice: the copy is rejected, since a dispensing counted twice doubles a dose."""
        rows = self.store.table(name)
        columns = [column for column in rows.columns if column not in BOOKKEEPING]
        for copies in self._later_copies(rows, columns):
            self._reject(name, copies, "row_repeated", shown="first_line")

    def _same_key(self, name: str) -> None:
        """Two values where there can be one: an item rated twice by one rater on one day."""
        rows = self.store.table(name)
        spec = TABLES[name]
        dated = int(rows[spec.date].count().to_pyarrow().as_py())
        rows = rows.filter(rows[spec.date].notnull()) if dated else rows
        for copies in self._later_copies(rows, list(spec.key)):
            self._reject(name, copies, "rated_twice", "value" if name == "ratings" else "scale", shown="first_line")

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
            numbered = many.mutate(place=ibis.row_number().over(window), first_line=many[LINE].first().over(window))
            copies = numbered.filter(lambda table: table.place > 0)
            found.append(settle(copies.select(ROW, FILE, LINE, "first_line")))
        return found

    def _people(self) -> None:
        people = self.store.table("people")
        window = ibis.window(group_by="person_id", order_by=[FILE, LINE, ROW])
        numbered = people.mutate(place=ibis.row_number().over(window), first_line=people[LINE].first().over(window))
        self._reject(
            "people", settle(numbered.filter(numbered.place > 0).select(ROW, FILE, LINE, "first_line")),
            "person_twice", "person_id", "first_line",
        )  # fmt: skip
        people = self.store.table("people")
        included = people.observation_start.coalesce(ibis.date(self.today.isoformat()))
        age = (day_number(included) - day_number(people.birth_date)) / DAYS_PER_YEAR
        given = people.age_years.notnull() & people.birth_date.notnull()
        younger = age < people.age_years - AGE_TOLERANCE_YEARS
        older = people.observation_start.notnull() & (age > people.age_years + AGE_TOLERANCE_YEARS)
        self._note("people", people.filter(given & (younger | older)), "age_disagrees", "warning", "age_years")

    def _belonging(self, name: str) -> None:
        rows, people = self.store.table(name), self.store.table("people")
        strangers = rows.anti_join(people, "person_id").select(ROW, FILE, LINE, "person_id")
        refused = sorted(set(self.refused_people))
        known = strangers.person_id.isin(refused) if refused else ibis.literal(False)
        for code, some in (("person_refused", strangers.filter(known)), ("person_unknown", strangers.filter(~known))):
            self._reject(name, settle(some), code, "person_id")

    def _before_birth(self, name: str) -> None:
        births = self.store.table("people").select("person_id", "birth_date")
        for column in [each.name for each in TABLES[name].columns if each.kind == "date"]:
            rows = self.store.table(name).inner_join(births, "person_id")
            wrong = rows.filter(rows[column] < rows.birth_date).select(ROW, FILE, LINE)
            self._reject(name, settle(wrong), "before_birth", column)

    def _after_death(self, name: str) -> None:
        column = TABLES[name].date
        if column:
            deaths = self.store.table("people").select("person_id", "death_date")
            rows = self.store.table(name).inner_join(deaths, "person_id")
            wrong = rows.filter(rows[column] > rows.death_date)
            self._note(name, wrong.select(FILE, LINE), "after_death", "warning", column)

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
            self._note(name, blank, "date_blank", "warning", column)


def _fingerprint(rows: ir.Table, columns: Sequence[str]) -> ir.IntegerValue:
    """A number that is equal where all ``columns`` are equal."""
    mark = "\x1f"
    texts = [rows[column].cast("string").fill_null("\x00") for column in columns]
    joined = ibis.literal(mark).join(texts)
    return joined.hash()
