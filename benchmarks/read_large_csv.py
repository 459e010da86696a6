"""How much memory and time reading one large CSV takes.

Writes a cohort whose long table of ratings has the wished size into a temporary folder, reads it in a
process of its own and prints that process's time and peak memory::

    python benchmarks/read_large_csv.py --megabytes 150
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ITEMS = [
    f"{part}{number}" for part, count in (("P", 7), ("N", 7), ("G", 16)) for number in range(1, count + 1)
]
VISITS_PER_PERSON = 8
FIRST_DAY = date(2010, 1, 1)
READ = """
import resource, sys, time
from opentrs.sources import read
start = time.perf_counter()
cohort = read(sys.argv[1])
rows = cohort.table("ratings").count().to_pyarrow().as_py()
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import json
print(json.dumps({"rows": rows, "seconds": round(seconds, 1), "peak_rss_mb": round(peak / 1024)}))
"""


def write_cohort(folder: Path, megabytes: int, seed: int = 1) -> int:
    """Write ``people.csv`` and a ``ratings.csv`` of about this size; returns its bytes."""
    draw = random.Random(seed)
    people = []
    written = 0
    with (folder / "ratings.csv").open("w", encoding="utf-8") as stream:
        stream.write("person_id,date,scale,item,value,rater\n")
        while written < megabytes * 1_000_000:
            person = f"person-{len(people):08d}"
            people.append(person)
            lines = []
            for visit in range(VISITS_PER_PERSON):
                day = (FIRST_DAY + timedelta(days=len(people) % 3000 + 28 * visit)).isoformat()
                lines += [
                    f"{person},{day},PANSS,{item},{draw.randint(1, 7)},rater{visit % 3}" for item in ITEMS
                ]
            written += stream.write("\n".join(lines) + "\n")
    table = "person_id,sex\n" + "".join(f"{person},F\n" for person in people)
    (folder / "people.csv").write_text(table, encoding="utf-8")
    return written


def main() -> None:
    """Measure one size and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=150)
    size = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        written = write_cohort(Path(place), size)
        print(f"wrote {written / 1e6:.0f} MB in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        done = subprocess.run([sys.executable, "-c", READ, place], capture_output=True, text=True, check=True)
        measured = json.loads(done.stdout)
        measured["megabytes"] = round(written / 1e6)
        measured["mb_per_second"] = round(measured["megabytes"] / measured["seconds"], 1)
        print(json.dumps(measured))


if __name__ == "__main__":
    main()
