"""Run every benchmark of this folder in a process of its own and print one table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def measurements(script: Path) -> list[dict[str, Any]]:
    """What one script measured: its JSON lines."""
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    if done.returncode:
        return [{"what": f"{script.name} failed: {done.stderr.strip().splitlines()[-1:]}", "failed": True}]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def is_broken(row: dict[str, Any]) -> bool:
    """A script that failed, or a measurement above the limit it promises."""
    measured = row.get("ratio", row.get("cpu_seconds", 0.0))
    return bool(row.get("failed")) or measured > row.get("limit", float("inf"))


def line(row: dict[str, Any]) -> str:
    """One row of the table."""
    seconds = f"{row['cpu_seconds']:.2f}" if "cpu_seconds" in row else ""
    ratio = f"{row['ratio']:.2f} x {row['against']}" if "ratio" in row else ""
    limit = f"{row['limit']:g}" if "limit" in row else ""
    return f"{row['what']:58} {seconds:>8} {limit:>6} {'BROKEN' if is_broken(row) else '':7} {ratio}"


def main(names: list[str]) -> int:
    """Run the scripts whose names hold one of ``names``, or all; 1 if a limit was passed."""
    scripts = [
        s for s in sorted(HERE.glob("bench_*.py")) if not names or any(name in s.name for name in names)
    ]
    print(f"{'what':58} {'CPU s':>8} {'limit':>6} {'':7} ratio")
    rows = []
    for script in scripts:
        for row in measurements(script):
            rows.append(row)
            print(line(row), flush=True)
    return int(any(map(is_broken, rows)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
