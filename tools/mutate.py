"""Break the code on purpose, run the tests on each break, and list the breaks no test noticed.

    python -m tools.mutate --sample 300 --results mutants.jsonl

Every mutant is run in a copy of ``src`` of its own, so nothing in the checkout is touched. Finished
mutants are written to the results file as they end; a second call goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from tools.fork_server import HEAVY, ForkServer
from tools.mutants import Mutant, python_mutants, toml_mutants

FILES = ("src/opentrs/ascertain", "src/opentrs/measures")
# The quick ones first: most breaks are noticed by a module's own tests, or the vignettes of one study.
OWN_TESTS = "own tests"
TESTS = (
    OWN_TESTS,
    "-m tests.spec.at_once",
    "-m tests.spec.at_once others",
    "tests/unit/ascertain tests/unit/measures tests/unit/stats",
    "tests/spec",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant: ``killed``, ``survived`` or ``timeout``, and which selection noticed it."""

    key: str
    outcome: str
    seconds: float
    file: str
    line: int
    kind: str
    old: str
    new: str
    by: str = ""


def collect(root: Path, paths: Sequence[str]) -> list[Mutant]:
    """Every mutant of the files, or of the Python files of the folders, named relative to ``root``."""
    mutants: list[Mutant] = []
    for path in (root / name for name in paths):
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            find = toml_mutants if file.suffix == ".toml" else python_mutants
            mutants.extend(find(file, file.relative_to(root).as_posix()))
    return mutants


def sample(mutants: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """A sample that the same seed draws again; all of them where there are fewer."""
    if not 0 < size < len(mutants):
        return list(mutants)
    return random.Random(seed).sample(list(mutants), size)


def own_tests(root: Path, file: str) -> str:
    """The unit tests named after a module: of ``src/opentrs/a/b.py``, ``tests/unit/a/test_b.py``."""
    module = Path(file)
    tests = Path("tests", "unit", *module.parts[2:-1], f"test_{module.stem}.py")
    return tests.as_posix() if (root / tests).exists() else ""


class Runner:
    """Runs the tests on mutated copies of ``src``, one copy for each worker."""

    def __init__(
        self,
        root: Path,
        tests: Sequence[str],
        pytest_args: str,
        workers: int,
        files: Iterable[str],
        heavy: Sequence[str] = HEAVY,
    ) -> None:
        self.root, self.tests, self.pytest_args = root, tests, shlex.split(pytest_args)
        self.own = {file: own_tests(root, file) for file in files}
        self.folder = Path(tempfile.mkdtemp(prefix="opentrs-mutants-"))
        self.copies: SimpleQueue[tuple[Path, ForkServer]] = SimpleQueue()
        self.servers = [ForkServer(root, heavy) for _ in range(workers)]
        for number, server in enumerate(self.servers):
            copy = self.folder / str(number)
            shutil.copytree(
                root / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
            self.copies.put((copy, server))

    def close(self) -> None:
        """End the processes and remove the copies."""
        for server in self.servers:
            server.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, mutant: Mutant | None, timeout: float) -> tuple[str, float, str]:
        """Return what became of a mutant (or of the code as it is), how long it took, and who noticed."""
        copy, server = self.copies.get()
        file = copy / mutant.file if mutant else None
        original = file.read_text(encoding="utf-8") if file else ""
        began = time.monotonic()
        try:
            if mutant and file:
                file.write_text(mutant.applied_to(original), encoding="utf-8")
            own = self.own[mutant.file] if mutant else " ".join(sorted(set(self.own.values())))
            outcome, by = self._tests(copy, server, timeout, own)
        finally:
            if file:
                file.write_text(original, encoding="utf-8")
            self.copies.put((copy, server))
        return outcome, time.monotonic() - began, by

    def _tests(self, copy: Path, server: ForkServer, timeout: float, own: str) -> tuple[str, str]:
        """The selections one after the other, the quick ones first; the first failure ends it."""
        for selection in filter(None, (own.strip() if one == OWN_TESTS else one for one in self.tests)):
            try:
                code = server.run(copy, selection, self.pytest_args, timeout)
            except TimeoutError:
                return "timeout", selection
            if code not in (0, 5):  # 5: nothing selected
                return "killed", selection
        return "survived", ""


def run_all(
    mutants: Sequence[Mutant],
    runner: Runner,
    results: Path,
    workers: int,
    timeout: float,
    done: dict[str, Outcome],
) -> list[Outcome]:
    """Run what is not done yet; append each outcome to the results file as it comes."""
    outcomes = [done[mutant.key] for mutant in mutants if mutant.key in done]
    left = [mutant for mutant in mutants if mutant.key not in done]
    with ThreadPoolExecutor(workers) as pool, results.open("a", encoding="utf-8") as file:
        jobs = {pool.submit(runner.run, mutant, timeout): mutant for mutant in left}
        for number, job in enumerate(as_completed(jobs), start=1):
            mutant, (outcome, seconds, by) = jobs[job], job.result()
            line = Outcome(
                mutant.key,
                outcome,
                round(seconds, 1),
                mutant.file,
                mutant.line,
                mutant.kind,
                mutant.old,
                mutant.new,
                by,
            )
            outcomes.append(line)
            file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            file.flush()
            print(f"{number}/{len(left)} {outcome:8} {described(line)}", file=sys.stderr)
    return outcomes


def read_results(results: Path, retry: Iterable[str] = ()) -> dict[str, Outcome]:
    """Outcomes of earlier calls, without those to be tried again."""
    if not results.exists():
        return {}
    lines = [Outcome(**json.loads(line)) for line in results.read_text(encoding="utf-8").splitlines()]
    return {line.key: line for line in lines if line.outcome not in set(retry)}


def described(outcome: Outcome) -> str:
    """One line: where, and what was changed into what."""
    old, new = (" ".join(text.split())[:60] for text in (outcome.old, outcome.new))
    return f"{outcome.file}:{outcome.line}  {outcome.kind}: {old or '(nothing)'} -> {new or '(nothing)'}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """Kill rate by file, which tests noticed, and every mutant that lived. A timeout counts as noticed."""
    rows = [f"{'file':50} {'mutants':>7} {'killed':>7} {'timeout':>7} {'lived':>6}"]
    by_file = {
        file: Counter(o.outcome for o in outcomes if o.file == file) for file in {o.file for o in outcomes}
    }
    total = Counter(o.outcome for o in outcomes)
    for file, count in [*sorted(by_file.items()), ("all", total)]:
        rows.append(
            f"{file:50} {count.total():7} {count['killed']:7} {count['timeout']:7} {count['survived']:6}"
        )
    rows += [
        "",
        *(f"{n:5} noticed by {by}" for by, n in Counter(o.by for o in outcomes if o.by).most_common()),
    ]
    lived = sorted((o for o in outcomes if o.outcome == "survived"), key=lambda o: (o.file, o.line))
    return "\n".join([*rows, "", *(["No test noticed:"] if lived else []), *map(described, lived)])


def killed_share(outcomes: Sequence[Outcome]) -> float:
    """Share of mutants that some test noticed."""
    return sum(o.outcome != "survived" for o in outcomes) / len(outcomes) if outcomes else 1.0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", default=list(FILES), help="files or folders under the root")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout")
    parser.add_argument(
        "--tests",
        action="append",
        help=f"a pytest selection, '-m MODULE' to run, or '{OWN_TESTS}'; give the quick ones first",
    )
    parser.add_argument("--pytest-args", default="", help='passed on to pytest, such as "-k duckdb"')
    parser.add_argument("--sample", type=int, default=0, help="how many mutants; 0 means all")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--timeout", type=float, default=0, help="seconds per selection; 0: from the unbroken run"
    )
    parser.add_argument(
        "--preload", default=",".join(HEAVY), help="modules imported once, before a process is forked"
    )
    parser.add_argument("--results", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--retry", default="", help="outcomes to try again: survived,timeout")
    parser.add_argument("--at-least", type=float, default=0.9, help="share of mutants that must be noticed")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants; 0 if enough of them were noticed, 1 if not, 2 if the tests fail without any."""
    options = parse(arguments)
    root = options.root.resolve()
    mutants = sample(collect(root, options.files), options.sample, options.seed)
    if options.list:
        for m in mutants:
            print(described(Outcome(m.key, "", 0, m.file, m.line, m.kind, m.old, m.new)))
        return 0
    tests = tuple(options.tests or TESTS)
    files = {one.file for one in mutants}
    heavy = options.preload.split(",")
    runner = Runner(root, tests, options.pytest_args, options.workers, files, heavy)
    try:
        outcome, seconds, _ = runner.run(None, timeout=3600)
        if outcome != "survived":
            print(
                "The tests fail on the code as it is; nothing can be learned from breaking it.",
                file=sys.stderr,
            )
            return 2
        timeout = options.timeout or 3 * options.workers * seconds + 20
        print(
            f"{len(mutants)} mutants; the tests take {seconds:.0f} s, at most {timeout:.0f} s each",
            file=sys.stderr,
        )
        done = read_results(options.results, options.retry.split(","))
        outcomes = run_all(mutants, runner, options.results, options.workers, timeout, done)
    finally:
        runner.close()
    print(summary(outcomes))
    print(f"\n{killed_share(outcomes):.1%} of {len(outcomes)} mutants were noticed.")
    return 0 if killed_share(outcomes) >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
