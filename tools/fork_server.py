"""Run tests in forks of a process that has imported the heavy libraries already.

Most of the time a mutant takes is importing pandas, Ibis and their like again. This process imports them
once, then forks for each job: the child puts the mutated copy first on its path, runs one selection and
ends. One JSON line a job on stdin, one JSON line an answer on stdout; nothing of OpenTRS is imported here.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

# Not hypothesis: pytest rewrites its assertions, and warns (here: fails) where it was imported before.
HEAVY = (
    "numpy", "pandas", "scipy.stats", "scipy.optimize", "pyarrow.parquet", "duckdb", "ibis",
    "ibis.backends.duckdb", "ibis.backends.sqlite", "sqlglot", "statsmodels.api", "sklearn.linear_model",
    "openpyxl", "jinja2", "typer", "pytest",
)  # fmt: skip
POLL_SECONDS = 0.02
CRASHED = 70


class ForkServer:
    """The other end: starts the process, asks it to run selections, and ends it."""

    def __init__(self, root: Path, heavy: Sequence[str] = HEAVY) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, *heavy],
            cwd=root,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, copy: Path, selection: str, pytest_args: Sequence[str], timeout: float) -> int:
        """Return the exit code of one selection on one copy.

        Raises
        ------
        TimeoutError
            the selection took longer; it and what it started were ended
        RuntimeError
            the server has died
        """
        job = {"copy": str(copy), "selection": selection, "args": list(pytest_args), "timeout": timeout}
        requests, answers = _pipes(self.process)
        try:
            requests.write(json.dumps(job) + "\n")
            requests.flush()
        except BrokenPipeError as broken:
            raise RuntimeError("the fork server has died") from broken
        line = answers.readline()
        if not line:
            raise RuntimeError("the fork server has died")
        code: int | None = json.loads(line)["code"]
        if code is None:
            raise TimeoutError(selection)
        return code

    def close(self) -> None:
        """End the process."""
        requests, answers = _pipes(self.process)
        with contextlib.suppress(BrokenPipeError):
            requests.close()
        self.process.wait()
        answers.close()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the fork server was started without pipes")
    return process.stdin, process.stdout


def run_selection(selection: str, pytest_args: Sequence[str]) -> int:
    """A module to run where the selection begins with ``-m``, else tests for pytest."""
    if selection.startswith("-m "):
        name, *arguments = shlex.split(selection)[1:]
        sys.argv = [name, *arguments]
        try:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        return 0
    import pytest

    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return int(pytest.main([*quiet, *pytest_args, *shlex.split(selection)]))


def _child(copy: Path, selection: str, pytest_args: Sequence[str]) -> int:
    """Runs in the fork: the copy comes first on the path, also for processes the tests start."""
    os.setsid()
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    source = str(copy / "src")
    os.environ["PYTHONPATH"] = source
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(copy / "hypothesis")
    sys.path.insert(0, source)
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    return run_selection(selection, pytest_args)


def fork(copy: Path, selection: str, pytest_args: Sequence[str], timeout: float) -> int | None:
    """The exit code of one selection, run in a fork; None where it took too long."""
    child = os.fork()
    if child == 0:
        code = CRASHED
        try:
            code = _child(copy, selection, pytest_args)
        finally:
            # No clean-up of what belongs to the parent.
            os._exit(code)
    ends = time.monotonic() + timeout
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > ends:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(POLL_SECONDS)


def serve(heavy: Sequence[str]) -> None:
    """Import, then answer jobs until stdin ends; modules are looked for where the tests are, not here."""
    sys.path[0] = os.getcwd()
    for name in heavy:
        importlib.import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        code = fork(Path(job["copy"]), job["selection"], job["args"], job["timeout"])
        print(json.dumps({"code": code}), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1:])
