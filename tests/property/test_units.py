"""The unit a site writes in changes nothing: days for weeks, grams for milligrams, fractions for percent."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

from opentrs.sources import read
from tests.property.answers import answers_of, differences
from tests.property.nasty import Tables, nasty_people

PEOPLE = 200
LATER = date(2030, 1, 1)
# table -> column -> (unit written, how many of it make one of the contract's unit)
WRITTEN_IN = {
    "treatment_courses": {
        "duration_weeks": ("days", 7),
        "dose_mg_per_day": ("g", 1 / 1000),
        "adherence_percent": ("fraction", 1 / 100),
    },
    "drug_exposures": {
        "days_supply": ("weeks", 1 / 7),
        "dose_mg_per_day": ("ug", 1000),
        "strength_mg": ("g", 1 / 1000),
        "interval_days": ("weeks", 1 / 7),
    },
    "adherence": {"percent": ("fraction", 1 / 100)},
    "plasma_levels": {"level_ng_per_ml": ("ug/mL", 1 / 1000), "metabolite_ng_per_ml": ("mg/L", 1 / 1000)},
}


def test_a_cohort_in_other_units_is_answered_alike(tmp_path: Path) -> None:
    people = nasty_people(PEOPLE, 12)
    usual, other = tmp_path / "usual", tmp_path / "other"
    write(usual, people, {})
    write(other, in_other_units(people), {"cohort.toml": mapping(people)})

    answers = answers_of(read(usual, keep_going=True, today=LATER))
    converted = answers_of(read(other, keep_going=True, today=LATER))

    assert len(answers) == PEOPLE
    assert Counter(answer["verdict"] for answer in answers.values())["resistant"] >= 5
    assert differences(converted, answers) == {}


def in_other_units(people: Tables) -> Tables:
    changed = {name: [dict(row) for row in rows] for name, rows in people.items()}
    for table, units in WRITTEN_IN.items():
        for row in changed[table]:
            for column, (_, number) in units.items():
                if row[column] is not None:
                    row[column] *= number
    return changed


def mapping(people: Tables) -> str:
    """A mapping file that says which unit each column is written in."""
    blocks = []
    for table, rows in people.items():
        columns = ", ".join(f'{column} = "{column}"' for column in columns_of(rows))
        blocks += ["[[table]]", f'name = "{table}"', f'file = "{table}.csv"', f"columns = {{ {columns} }}"]
        units = ", ".join(f'{column} = "{unit}"' for column, (unit, _) in WRITTEN_IN.get(table, {}).items())
        blocks += [f"units = {{ {units} }}"] if units else []
    return "\n".join(blocks) + "\n"


def write(folder: Path, people: Tables, others: dict[str, str]) -> None:
    folder.mkdir()
    for table, rows in people.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns_of(rows))
            writer.writeheader()
            writer.writerows(rows)
    for name, text in others.items():
        (folder / name).write_text(text, encoding="utf-8")


def columns_of(rows: list[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row))
