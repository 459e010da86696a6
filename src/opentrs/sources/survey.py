"""First look at a file: its hash, and the encoding that fits all of it."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 20
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Survey:
    """What the bytes of a text file tell.

    Parameters
    ----------
    encoding : ``utf-8-sig`` (UTF-8 with or without a byte order mark), ``gb18030``, or None where
        neither reads the whole file
    bad_line : where no encoding fits, the line of the first byte that is not UTF-8 text
    """

    encoding: str | None
    bad_line: int | None = None


def survey(path: Path) -> Survey:
    """Find the encoding of a text file, block by block."""
    bad_lines = {}
    for encoding in ENCODINGS:
        bad_lines[encoding] = _first_bad_line(path, encoding)
        if bad_lines[encoding] is None:
            return Survey(encoding)
    return Survey(None, bad_lines["utf-8-sig"])


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _first_bad_line(path: Path, encoding: str) -> int | None:
    """Line of the first byte that is no text in this encoding; a NUL is no text in any."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines_before = 0
    with path.open("rb") as stream:
        while True:
            block = stream.read(BLOCK)
            nul = block.find(b"\0")
            if nul >= 0:
                return lines_before + 1 + block[:nul].count(b"\n")
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return lines_before + 1 + error.object[: error.start].count(b"\n")
            if not block:
                return None
            lines_before += block.count(b"\n")
