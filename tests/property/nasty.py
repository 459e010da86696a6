"""Small messy people: values on every boundary, blanks, unknown drugs, undated and overlapping records.

Each person starts as one who meets every criterion and is then spoilt in a few places, so that all
verdicts occur. Nothing here is clinical truth.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]

# drug -> doses around 600 mg chlorpromazine equivalents and around the middle of the label's range
DOSES = {
    "risperidone": (4, 9.9, 10, 12),
    "olanzapine": (10, 12.4, 12.5, 19.9, 20),
    "haloperidol": (5, 15.9, 16, 20),
    "amisulpride": (400, 799, 800, 1000),
    "quetiapine": (300, 449, 450, 800),
    "chlorpromazine": (300, 599.9, 600, 700),
    "aripiprazole": (10, 19.9, 20, 30),
    "paliperidone": (6, 11.9, 12, 15),
    "sulpiride": (800, 1599, 1600),
    "perphenazine": (8, 17.9, 18, 60),
}
DEPOTS = {
    "haloperidol": (100, 184.7, 184.8, 200),
    "zuclopenthixol": (400, 839.9, 840),
    "paliperidone": (100, 150),
}
OTHER_NAMES = ("lithium", "N05AX08", "Zyprexa", "clozaril", "mysterine", "785788")
LIMITS = {"risperidone": 20, "olanzapine": 20, "haloperidol": 1, "amisulpride": 100, "quetiapine": 100}
PANSS = [f"{part}{n}" for part, count in (("P", 7), ("N", 7), ("G", 16)) for n in range(1, count + 1)]
BPRS = [
    "somatic_concern",
    "anxiety",
    "emotional_withdrawal",
    "conceptual_disorganization",
    "guilt_feelings",
    "tension",
    "mannerisms_and_posturing",
    "grandiosity",
    "depressive_mood",
    "hostility",
    "suspiciousness",
    "hallucinatory_behaviour",
    "motor_retardation",
    "uncooperativeness",
    "unusual_thought_content",
    "blunted_affect",
    "excitement",
    "disorientation",
]
GLOBALS = {
    "SAPS": "global_hallucinations global_delusions global_bizarre_behaviour "
    "global_positive_formal_thought_disorder",
    "SANS": "global_affective_flattening global_alogia global_avolition_and_apathy "
    "global_anhedonia_and_asociality global_attention",
}
TABLE_NAMES = (
    "people", "drug_exposures", "treatment_courses", "adherence", "plasma_levels", "ratings", "function",
)  # fmt: skip
KEYS = frozenset({"person_id", "scale", "item"})
"""Cells that say what a row is about; blanking spares them."""


def nasty_people(people: int, seed: int, blanks: bool = True) -> Tables:
    """Contract tables of ``people`` messy persons; the same seed gives the same people.

    Without ``blanks``, no cell is emptied after the fact (some are never filled all the same).
    """
    tables: Tables = {name: [] for name in TABLE_NAMES}
    for number in range(people):
        random = Random(seed * 1_000_003 + number)
        for name, rows in nasty_person(f"n{number:05d}", random, blanks).items():
            tables[name].extend(rows)
    return tables


def nasty_person(person_id: str, random: Random, blanks: bool = True) -> Tables:
    made = _Maker(person_id, random)
    made.make()
    blank_share = random.choice((0, 0, 0, 0.02, 0.1, 0.3)) if blanks else 0
    return blanked(made.tables, blank_share, random)


def blanked(tables: Tables, share: float, random: Random) -> Tables:
    """Blank cells, not rows; who, which scale and which item stay."""

    def cell(column: str, value: Any) -> Any:
        return None if column not in KEYS and value is not None and random.random() < share else value

    return {
        name: [{column: cell(column, value) for column, value in row.items()} for row in rows]
        for name, rows in tables.items()
    }


class _Maker:
    def __init__(self, person_id: str, random: Random) -> None:
        self.id, self.random = person_id, random
        self.day = date(2010, 1, 1) + timedelta(days=random.randrange(2000))
        self.neat = random.random() < 0.6  # most of the record fits; few spoilt places
        self.tables: Tables = {}

    def row(self, table: str, **cells: Any) -> None:
        self.tables.setdefault(table, []).append({"person_id": self.id, **cells})

    def rarely(self, share: float = 0.15) -> bool:
        return self.random.random() < (share / 6 if self.neat else share)

    def make(self) -> None:
        random = self.random
        first = self.day
        self.row(
            "people",
            first_treatment_date=None
            if self.rarely()
            else first + timedelta(days=random.choice((-5, 0, 0, 0, 1))),
            history_complete=random.choice(("yes", "yes", "yes", "no", None)),
            observation_start=random.choice(
                (None, first, first - timedelta(days=1), first + timedelta(days=1))
            ),
            diagnosis=random.choice(("F20.0", "F20.0", "F25.1", "295.30", "schizophrenia", None, None))
            if not self.rarely(0.1)
            else random.choice(("F31.1", "6A20.0", "depression")),
            group=random.choice(("patient", "patient", "patient", None))
            if not self.rarely(0.1)
            else "control",
        )
        self.scale = random.choice(("PANSS", "PANSS", "PANSS", "BPRS-18", "globals"))
        drugs = random.sample(sorted(DOSES), 4)
        for drug in drugs[: random.choice((2, 2, 2, 3, 3, 4) if not self.rarely() else (0, 1))]:
            self.course(drug if not self.rarely(0.12) else random.choice(OTHER_NAMES))
        clozapine = random.random() < 0.35
        if clozapine and random.random() < 0.3:
            self.course("clozapine", (324, 325, 499, 500, 600))
        self.after_the_courses()
        if clozapine and "clozapine" not in [row["drug"] for row in self.tables.get("treatment_courses", [])]:
            self.course("clozapine", (324, 325, 499, 500, 600))
        if self.rarely(0.1):
            self.undate("ratings")
        if self.rarely(0.1):
            self.undate("function")

    def undate(self, table: str) -> None:
        """A table without dates is one visit: only what was seen on one day stays."""
        rows = self.tables.get(table, [])
        if rows:
            last = rows[-1]["date"]
            self.tables[table] = [{**row, "date": None} for row in rows if row["date"] == last]

    # -------------------------------------------------------------- courses

    def course(self, drug: str, doses: tuple[float, ...] | None = None) -> None:
        random = self.random
        start = self.day
        usual = (42, 56, 84, 150) if self.neat else (41, 42, 43, 56, 83, 84, 121, 122, 150)
        days = random.choice(usual) if not self.rarely(0.3) else random.choice((10, 27, 28))
        if random.random() < 0.6:
            self.visit(
                start - timedelta(days=random.choice((0, 0, 1, 7, 90, 91))), random.choice((5, 5, 4, 6))
            )
        if self.rarely(0.1):
            self.visit(start + timedelta(days=random.choice((1, 7, 8))), 5)
        doses = doses or DOSES.get(drug, (5, 10, 20))
        dose = doses[-1] if self.neat and random.random() < 0.9 else random.choice(doses)
        form = random.choice(("given", "given", "exposures"))
        depot = drug in DEPOTS and self.rarely(0.5)
        if form == "given":
            self.given(drug, start, days, dose)
        elif depot:
            self.depot(drug, start, days)
        else:
            self.dispensings(drug, start, days, dose)
        end = start + timedelta(days=days - 1)
        if random.random() < 0.6:
            offset = random.choice((-31, -30, -7, 0, 0, 7, 30, 31))
            self.visit(
                max(start, end + timedelta(days=offset)), 5 if self.neat else random.choice((3, 4, 4.5, 5))
            )
        if self.rarely(0.2):
            self.visit(start + timedelta(days=random.choice((26, 27, 28))), random.choice((2, 5)))
        self.levels(drug, start, end)
        self.observed_adherence(start, end)
        self.day = end + timedelta(days=random.choice((1, 1, 5, 30, 31, 32, 100, 365)))
        if self.rarely(0.1):
            self.day = start + timedelta(days=random.choice((0, 10)))

    def given(self, drug: str, start: date, days: int, dose: float) -> None:
        random = self.random
        percent = (
            random.choice((80, 81, 95, 100)) if not self.rarely() else random.choice((79, 79.9, 50, None))
        )
        self.row(
            "treatment_courses",
            drug=drug,
            dose_mg_per_day=dose,
            duration_weeks=days / 7
            if self.neat or random.random() < 0.7
            else random.choice((5.9, 6, 6.1, 12)),
            start_date=None if self.rarely() else start,
            adherence_percent=percent,
            adherence_sources=random.choice(("patient;carer", "2", "notes;pill_count", "3"))
            if not self.rarely()
            else random.choice(("1", "patient", None)),
            symptom_reduction_percent=random.choice((None, None, 0, 10, 19.9, -5))
            if not self.rarely()
            else random.choice((20, 35)),
            stop_reason=random.choice(("inefficacy", "inefficacy", None))
            if not self.rarely(0.25)
            else random.choice(("intolerance", "choice", "other")),
            route="oral" if not self.rarely() else None,
            prospective=random.choice(("yes", "no", None)),
        )

    def dispensings(self, drug: str, start: date, days: int, dose: float) -> None:
        random = self.random
        parts = random.choice((1, 1, 2, 3))
        day = start
        for _ in range(parts):
            length = max(1, days // parts + random.choice((0, 0, 1)))
            strength = random.random() < 0.15
            row = {
                "drug": drug,
                "start_date": None if self.rarely(0.06) else day,
                "end_date": None,
                "days_supply": None,
                "dose_mg_per_day": dose if not self.rarely(0.1) else random.choice((None, dose / 2)),
                "quantity": None,
                "strength_mg": None,
                "route": "oral" if not self.rarely(0.1) else None,
                "interval_days": None,
                "source": "dispensing",
            }
            if strength:
                row |= {"dose_mg_per_day": None, "quantity": length * 2, "strength_mg": dose / 2}
            how = random.random()
            if how < 0.45 or strength:
                row["days_supply"] = length
            if how >= 0.45 and not self.rarely(0.15):
                row["end_date"] = day + timedelta(days=length - 1)
            self.row("drug_exposures", **row)
            if self.rarely(0.1):
                self.row("drug_exposures", **row | {"dose_mg_per_day": dose / 2})
            day += timedelta(
                days=length + random.choice((0, 0, 0, 1, 29, 30, 31, -5) if not self.neat else (0, 0, 30))
            )

    def depot(self, drug: str, start: date, days: int) -> None:
        random = self.random
        injected = random.choice(DEPOTS[drug])
        interval = 28
        for number in range(max(2, days // interval)):
            self.row(
                "drug_exposures",
                drug=drug,
                start_date=start + timedelta(days=number * interval + random.choice((0, 0, 0, 3))),
                end_date=None,
                days_supply=None,
                dose_mg_per_day=None if random.random() < 0.5 else injected / interval,
                quantity=1,
                strength_mg=injected,
                route="lai",
                interval_days=interval if not self.rarely() else None,
                source="notes",
            )

    # -------------------------------------------------------------- what was seen

    def visit(self, day: date, level: float) -> None:
        """Items around ``level`` on a 1-7 scale; now and then one is left out or twice rated."""
        random = self.random
        if self.scale == "globals":
            for scale, items in GLOBALS.items():
                if not self.rarely(0.1):
                    for item in items.split():
                        value = min(5, max(0, round(level - 2 + random.choice((-1, 0, 0)))))
                        self.rate(day, scale, item, value)
            if self.rarely(0.1):
                self.rate(day, "SAPS", "persecutory_delusions", random.choice((2, 3, 5)))
            return
        items = PANSS if self.scale == "PANSS" else BPRS
        pattern = random.choice(("flat", "flat", "two", "one severe", "totals"))
        if self.rarely(0.2):
            pattern = "one moderate"
        for place, item in enumerate(items):
            value = min(7, max(1, round(level) - (place % 2)))
            if pattern == "two":
                value = 4 if item in ("P1", "N1", "suspiciousness") else min(value, 3)
            if pattern == "one severe":
                value = 6 if item in ("N2", "grandiosity") else min(value, 3)
            if pattern == "one moderate":
                value = 5 if item in ("P3", "N4", "motor_retardation") else min(value, 3)
            if not (self.rarely(0.01) or (pattern == "totals" and self.rarely(0.1))):
                self.rate(day, self.scale, item, value)

    def rate(self, day: date, scale: str, item: str, value: float) -> None:
        self.row("ratings", date=day, scale=scale, item=item, value=value, rater=None)

    def levels(self, drug: str, start: date, end: date) -> None:
        random = self.random
        limit = 350 if drug == "clozapine" else LIMITS.get(drug, 10)
        if self.rarely(0.3):
            return
        for _ in range(random.choice((1, 1, 2))):
            self.row(
                "plasma_levels",
                drug=drug if not self.rarely(0.1) else "olanzapine",
                date=random.choice((start, end, end, end + timedelta(days=30), end + timedelta(days=31))),
                level_ng_per_ml=random.choice(
                    (limit - 0.1, limit, limit, limit + 5) if not self.neat else (limit,)
                ),
                metabolite_ng_per_ml=random.choice((None, None, 0, 0.1)),
                announced=random.choice(("yes", "no", "no", None)),
            )

    def observed_adherence(self, start: date, end: date) -> None:
        random = self.random
        if random.random() < 0.4:
            return
        for source in random.sample(
            ("patient", "carer", "notes", "pill_count", "dispensing"), random.choice((1, 2, 2))
        ):
            self.row(
                "adherence",
                date=random.choice((start, end, end, end + timedelta(days=random.choice((30, 31))))),
                source=source,
                percent=random.choice((80, 85, 100))
                if not self.rarely()
                else random.choice((79, 79.9, None)),
            )

    def after_the_courses(self) -> None:
        random = self.random
        day = self.day + timedelta(
            days=random.choice((-400, -100, -30, -1, 0, 1, 40) if not self.neat else (0, 10))
        )
        self.day = max(self.day, day)
        level = random.choice((5, 5, 5, 4) if self.neat else (5, 4, 3))
        for _ in range(random.choice((2, 2, 3) if self.neat else (1, 2, 3))):
            self.visit(day, level if not self.rarely(0.15) else 2)
            self.row(
                "function",
                date=day,
                scale=random.choice(("SOFAS", "SOFAS", "GAF", "PSP")),
                value=random.choice((45, 50, 59)) if not self.rarely(0.3) else random.choice((60, 61, 70, 0)),
            )
            self.day = max(self.day, day)
            day += timedelta(days=random.choice((84, 84, 120, 42) if self.neat else (83, 84, 85)))
