"""Run the R scripts that `--export-r` writes, and keep what R printed: `python -m validation.r.exported`.

Needs ``Rscript`` with Debian's metafor. The trials of ``exported.csv`` are made up.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from opentrs.reference.load import frame
from opentrs.treat.comparisons import PoolChoices
from opentrs.treat.export import FOLDER, exported, matched
from opentrs.treat.files import read_evidence
from opentrs.treat.matching import match

HERE = Path(__file__).resolve().parent
TRIALS, PRINTED = HERE / "exported.csv", HERE / "exported.json"
TESTS = ("z", "hk", "hk_modified")
CASES = [("reml", test) for test in TESTS] + [
    (tau2, "z") for tau2 in ("dl", "pm", "ml", "eb", "sj", "he", "fixed")
]
SYMPTOMS = ("hallucination", "delusion", "negative", "depression")


def choices(tau2: str, test: str) -> PoolChoices:
    """Log odds ratios against usual care."""
    return PoolChoices("OR", tau2, test, "usual")


def exports() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Name and exported files of every case."""
    for tau2, test in CASES:
        yield f"pool {tau2} {test}", exported(read_evidence(TRIALS, "OR"), choices(tau2, test), False)
    for symptom in SYMPTOMS:
        yield f"match {symptom}", matched(match(frame("trials"), symptom))


def digest(files: Mapping[str, str]) -> str:
    """Digest of the script, so that a pinned result tells whether it is of this one."""
    return hashlib.sha256(files[f"{FOLDER}/reproduce.R"].encode()).hexdigest()


def run(files: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """What R prints: heading -> name -> number."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / Path(name).name).write_text(content, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "reproduce.R"], cwd=folder, capture_output=True, text=True, check=True
        )
    return parsed(done.stdout)


def parsed(printed: str) -> dict[str, dict[str, float]]:
    """Headings, each followed by lines of names over lines of numbers."""
    found: dict[str, dict[str, float]] = {}
    heading, names = "", []
    for line in printed.splitlines():
        words = line.split()
        if not words:
            continue
        if all(re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", word) for word in words):
            found[heading] |= dict(zip(names, map(float, words), strict=True))
        elif set(words) <= {"k", "estimate", "se", "ci_low", "ci_high", "tau2", "I2", "effect"}:
            names = words
        else:
            heading = line.strip()
            found[heading] = {}
    return found


if __name__ == "__main__":
    version = subprocess.run(
        ["Rscript", "-e", 'cat(R.version.string, "metafor", as.character(packageVersion("metafor")))'],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    cases = {name: {"script": digest(files), "printed": run(files)} for name, files in exports()}
    PRINTED.write_text(json.dumps({"made_with": version, "cases": cases}, indent=1) + "\n", encoding="utf-8")
