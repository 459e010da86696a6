"""Is a finished run still, byte for byte, what it wrote?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentrs.errors import UsageError
from opentrs.messages import Lang, text
from opentrs.report.export import json_bytes
from opentrs.report.folder import RUN_RECORD, files_below, sha256
from opentrs.report.output import sealed


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the files of a run: names relative to the run's folder.

    Parameters
    ----------
    same : as the run wrote them
    changed, missing : no longer as the run wrote them
    added : files the run did not write; they change nothing
    """

    same: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every byte the run wrote is still there."""
        return not self.changed and not self.missing


def verify_run(out: Path, lang: Lang = "en") -> Verification:
    """Compare every file of a finished run with the hash in its ``run.json``.

    Raises
    ------
    UsageError : the folder holds no ``run.json``
    """
    try:
        written = (out / RUN_RECORD).read_bytes()
    except OSError as error:
        raise UsageError(text("cli.verify_no_run", lang)) from error
    try:
        record: Any = json.loads(written)
        outputs: dict[str, str] = dict(record["outputs"])
    except (ValueError, KeyError, TypeError):
        return Verification((), (RUN_RECORD,), (), ())
    present = files_below(out)
    same, changed, missing = [], [], []
    for name, digest in sorted(outputs.items()):
        if name not in present:
            missing.append(name)
        elif sha256(present[name]) == digest:
            same.append(name)
        else:
            changed.append(name)
    (same if json_bytes(sealed(record)) == written else changed).append(RUN_RECORD)
    added = sorted(set(present) - set(outputs) - {RUN_RECORD})
    return Verification(tuple(same), tuple(changed), tuple(missing), tuple(added))
