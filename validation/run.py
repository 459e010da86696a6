"""Run the validation studies; write their tables and, beside them, the command that made each."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLES = HERE / "tables"


def run_study(study: Path) -> list[dict[str, str | int]]:
    """Run one study and take over its tables; returns a row for each of them."""
    command = f"python validation/{study.name}/study.py"
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        subprocess.run([sys.executable, str(study / "study.py"), str(made)], check=True)
        target = TABLES / study.name
        target.mkdir(parents=True, exist_ok=True)
        for former in target.glob("*.csv"):
            former.unlink()
        rows: list[dict[str, str | int]] = []
        for table in sorted(made.glob("*.csv")):
            content = table.read_bytes()
            (target / table.name).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            file = (target / table.name).relative_to(HERE).as_posix()
            rows.append(
                {"file": file, "command": command, "rows": content.count(b"\n") - 1, "sha256": digest}
            )
    return rows


def main(names: list[str]) -> int:
    """Run the named studies, or all, and write the list of commands."""
    studies = [
        path.parent for path in sorted(HERE.glob("*/study.py")) if not names or path.parent.name in names
    ]
    TABLES.mkdir(exist_ok=True)
    commands = TABLES / "commands.csv"
    known: dict[str, dict[str, str | int]] = {}
    if commands.exists():
        with commands.open(encoding="utf-8", newline="") as file:
            known = {row["file"]: dict(row) for row in csv.DictReader(file)}
    for study in studies:
        print(f"validation/{study.name} ...", flush=True)
        known = {file: row for file, row in known.items() if not file.startswith(f"tables/{study.name}/")}
        known |= {str(row["file"]): row for row in run_study(study)}
    with commands.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("file", "command", "rows", "sha256"), lineterminator="\n")
        writer.writeheader()
        writer.writerows(known[name] for name in sorted(known))
    print(f"{len(known)} tables in validation/tables")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
