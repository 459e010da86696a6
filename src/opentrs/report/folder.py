"""The output folder appears whole or not at all: a killed run leaves the former folder or the new one."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import Any

from opentrs.errors import UsageError
from opentrs.messages import Lang, text

RUN_RECORD = "run.json"
AT_FDCWD = -100
RENAME_EXCHANGE = 2
FILES_NAMED = 5


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as handle:
        return file_digest(handle, "sha256").hexdigest()


def files_below(folder: Path) -> dict[str, Path]:
    """Return every file of a folder by its path relative to it, ``/`` between names, in order."""
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return dict(sorted((path.relative_to(folder).as_posix(), path) for path in found))


def check_target(out: Path, lang: Lang = "en") -> None:
    """Make sure a run may be written to ``out``, before anything long starts.

    Raises
    ------
    UsageError : ``out`` is a file, or holds anything that an earlier run did not write
    """
    if out.is_file():
        raise UsageError(text("cli.out_is_file", lang))
    if not out.is_dir() or not any(out.iterdir()):
        return
    written = _written_by_run(out)
    if written is None:
        raise UsageError(text("cli.out_not_empty", lang))
    foreign = sorted(set(files_below(out)) - written - {RUN_RECORD})
    if foreign:
        named = ", ".join(foreign[:FILES_NAMED])
        raise UsageError(text("cli.out_has_other_files", lang, n=len(foreign), names=named))


def _written_by_run(out: Path) -> set[str] | None:
    try:
        record: Any = json.loads((out / RUN_RECORD).read_text(encoding="utf-8"))
        return set(record["outputs"]) if record["opentrs"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def replaced_whole(out: Path) -> Iterator[Path]:
    """Give a fresh folder beside ``out``; if the block ends well, it takes the place of ``out`` in one step.

    Where the block fails, ``out`` stays as it was and the fresh folder is removed.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(out)
    fresh = out.parent / f".{out.name}.{os.getpid()}.part"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        yield fresh
        _sync(fresh)
        _take_place(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _take_place(fresh: Path, out: Path) -> None:
    if not out.exists():
        fresh.rename(out)
    elif _exchange(fresh, out):
        pass  # the former folder now has the name of the fresh one, and is removed with it
    else:
        former = fresh.with_suffix(".former")
        out.rename(former)
        fresh.rename(out)
        shutil.rmtree(former)
    _sync_entry(out.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step of the file system; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def _sync(folder: Path) -> None:
    for path in files_below(folder).values():
        _sync_entry(path)
    for path in [*(entry for entry in folder.rglob("*") if entry.is_dir()), folder]:
        _sync_entry(path)


def _sync_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(out: Path) -> None:
    """Remove what a killed run left beside ``out``; folders of running processes stay."""
    for leftover in out.parent.glob(f".{out.name}.*.part"):
        process = leftover.name.removeprefix(f".{out.name}.").split(".")[0]
        if process.isdigit() and not _is_running(int(process)):
            shutil.rmtree(leftover, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
