"""Write the pages of the manual that come from the code and its specification.

python -m tools.make_docs          write them
python -m tools.make_docs --check  exit 1 if a page differs from what the code says
"""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import opentrs
from opentrs import errors
from opentrs.cli.app import app
from opentrs.cli.manual import CommandHelp, commands
from opentrs.cohort.tables import TABLES, TableSpec
from tests.support.chapter import vignettes_chapter

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(opentrs.__file__).resolve().parent
REFERENCE = ROOT / "docs" / "reference"
OTHER_CODES = {0: "done", 1: "a fault of OpenTRS itself: please report it", 130: "interrupted"}
MARKS = ("yes", "second_hand", "unverified")
MADE = "<!-- Made from the code by `make docs`; change the code, not this page. -->"
NAME_LISTS = {"drug_names.csv", "scales/item_aliases.csv"}
KINDS = {
    "id": "text",
    "text": "text",
    "number": "number",
    "integer": "whole number",
    "date": "date",
    "choice": "choice",
}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text.replace("|", "\\|").replace("<", "&lt;")


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", MADE, *parts]) + "\n"


def tables_page() -> str:
    """The tables a cohort may hold."""
    parts = [
        "A cohort is a folder of these tables, as CSV, TSV, Parquet or XLSX. Only `people` is needed; every "
        "other table adds what can be answered. Names in **bold** are required. An empty cell is unknown, "
        "never no. A value outside *possible* is an error; one outside *usual* is kept and named in the "
        "report.",
        *(_table_section(spec) for spec in TABLES.values()),
    ]
    return _page("Tables of a cohort", *parts)


def _table_section(spec: TableSpec) -> str:
    rows = [
        (
            f"**{column.name}**" if column.required else column.name,
            column.meaning,
            ", ".join(f"`{choice}`" for choice in column.choices) or KINDS.get(column.kind, column.kind),
            "" if column.kind == "date" else column.unit,
            _range(column.low, column.high),
            _range(column.usual_low, column.usual_high),
            {"": "", "end": "last day of the course"}.get(column.known_at, column.known_at),
        )
        for column in spec.columns
    ]
    head = ("column", "meaning", "form", "unit", "possible", "usual", "known at")
    notes = []
    if spec.date:
        notes.append(f"`as_of` looks at `{spec.date}`; *known at* says when a value became known, if later.")
    if spec.key:
        notes.append(f"A row is told apart by {', '.join(f'`{name}`' for name in spec.key)}.")
    if spec.wide:
        notes.append("Further columns are kept as numbers.")
    return "\n\n".join(
        [f"## {spec.name}", f"One row per {spec.row_per}. {' '.join(notes)}".strip(), table(head, rows)]
    )


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:,.10g}'}".strip()


def commands_page() -> str:
    """Every command with its options, as the command line itself says it."""
    parts = [
        app.info.help or "",
        "How a command ended: [exit codes](exit-codes.md).",
        *map(_command, commands()),
    ]
    return _page("Commands", *map(str, parts))


def _command(command: CommandHelp) -> str:
    arguments = [each for each in command.parameters if each.is_argument]
    options = [each for each in command.parameters if not each.is_argument]
    usage = " ".join(["opentrs", command.name, *(each.names[0] for each in arguments), "[options]"])
    rows = [
        (
            ", ".join(f"`{name}`" for name in each.names),
            f"`{each.metavar}`" if each.metavar else "",
            each.help,
            "required" if each.required else f"`{each.default}`" if each.default else "",
        )
        for each in options
    ]
    parts = [f"## opentrs {command.name}", f"```\n{usage}\n```", command.help]
    if arguments:
        parts.append(table(("argument", "meaning"), [(each.names[0], each.help) for each in arguments]))
    return "\n\n".join([*parts, table(("option", "value", "meaning", "default"), rows)])


def definitions_page() -> str:
    """The definitions of resistance that are shipped, with every row and every threshold."""
    files = sorted(
        (PACKAGE / "ascertain" / "definitions").glob("*.toml"),
        key=lambda file: (file.stem != "trrip", file.stem),
    )
    parts = [
        "A definition is one TOML file; a user's own has the same form "
        "([how to write one](../how-to/own-definition.md)). *Checked* says whether the row was read in its "
        "source: `yes`, `second_hand` (in a paper that restates it), `unverified`.",
        *(_definition_section(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files),
    ]
    return _page("Definitions of resistance", *parts)


def _definition_section(content: Mapping[str, Any]) -> str:
    rows = [
        (
            row["id"],
            row.get("tier", "minimum"),
            row["reads"]["en"],
            row["reads"]["zh"],
            row["asks"],
            _comparison(row["needs"]) if "needs" in row else "",
            row["checked"],
        )
        for row in content["criterion"]
    ]
    settings = [(f"`{key}`", _comparison(value)) for key, value in _thresholds(content)]
    like = f" Everything not written here is as in `{content['like']}`." if "like" in content else ""
    note = [content["note"]["en"], content["note"]["zh"]] if "note" in content else []
    return "\n\n".join([
        f"## {content['id']}",
        f"{content['name']['en']} ({content['name']['zh']}). Kind: {content['kind']}. "
        f"Source: {_source(content['source'])}.{like}",
        *note,
        table(("row", "tier", "reads", "中文", "asks", "needs", "checked"), rows),
        *([table(("setting", "value"), settings)] if settings else []),
    ])  # fmt: skip


def _thresholds(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if prefix == "" and key in {"id", "like", "kind", "source", "name", "note", "criterion"}:
            continue
        if isinstance(value, Mapping) and "is" not in value:
            yield from _thresholds(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _comparison(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['is']} {value['value']:g}"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _source(source: str) -> str:
    return f"[doi:{source}](https://doi.org/{source})" if source.startswith("10.") else source


def exit_codes_page() -> str:
    """What a script can tell from how OpenTRS ended."""
    codes: dict[int, list[str]] = {
        0: ["done"],
        1: ["a fault of OpenTRS itself: please report it"],
        130: ["interrupted"],
    }
    for kind in _errors(errors.OpenTRSError):
        first = inspect.getdoc(kind) or ""
        codes.setdefault(kind.exit_code, []).append(f"`{kind.__name__}`: {first.splitlines()[0].rstrip('.')}")
    rows = [(code, "; ".join(meanings)) for code, meanings in sorted(codes.items())]
    return _page(
        "Exit codes", "The names are those of the Python exceptions.", table(("code", "meaning"), rows)
    )


def _errors(base: type[errors.OpenTRSError]) -> list[type[errors.OpenTRSError]]:
    for file in PACKAGE.rglob("*.py"):  # an exception exists once its module is imported
        module = ".".join(("opentrs", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        importlib.import_module(module)
    kinds = [kind for child in base.__subclasses__() for kind in (child, *_errors_below(child))]
    return sorted(kinds, key=lambda kind: kind.__name__)


def _errors_below(base: type[errors.OpenTRSError]) -> list[type[errors.OpenTRSError]]:
    return [kind for child in base.__subclasses__() for kind in (child, *_errors_below(child))]


def facts_page() -> str:
    """Every published fact the package holds, with its source."""
    folder = PACKAGE / "reference"
    files = {path.relative_to(folder).as_posix(): _rows(path) for path in sorted(folder.rglob("*.csv"))}
    sources = files.pop("sources.csv", [])
    counts = {name: Counter(row["checked"] for row in rows) for name, rows in files.items()}
    summary = [
        (f"`{name}`", len(rows), *(counts[name][mark] for mark in MARKS)) for name, rows in files.items()
    ]
    listed = [(row["id"], row["citation"], _source(row["doi"]), row["note"]) for row in sources]
    parts = [
        "Numbers that somebody else published are rows of files in `opentrs/reference`, each with its source "
        "and a mark: `yes`, the figure was read in that source; `second_hand`, in a paper that quotes it; "
        "`unverified`, from neither, and to be opened before anybody leans on it.",
        table(("file", "rows", "yes", "second hand", "unverified"), summary),
        "## Sources",
        table(("id", "source", "DOI", "note"), listed),
    ]
    for name, rows in files.items():
        parts.append(f"## {name}")
        if name in NAME_LISTS:
            parts.append(f"{len(rows)} spellings; see the file.")
        else:
            columns = [column for column in rows[0] if any(row[column] for row in rows)]
            parts.append(
                table(
                    columns, [[_source(row[c]) if c == "source" else row[c] for c in columns] for row in rows]
                )
            )
    return _page("Published facts", *parts)


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def api_page() -> str:
    """The public names: what a script may rely on."""
    parts = ["`import opentrs` offers these names and no others; everything else may change without notice."]
    for name in opentrs.__all__:
        thing = getattr(opentrs, name)
        if isinstance(thing, tuple):  # the stages
            parts.append(f"## {name}\n\nIn their order: {', '.join(f'`{stage.name}`' for stage in thing)}.")
            continue
        doc = inspect.getdoc(thing) or ""
        parts.append(f"## {name}\n\n```python\n{_signature(name, thing)}\n```\n\n```text\n{doc}\n```")
    return _page("Python names", *parts)


class _Elsewhere:
    """Stands for a default too long to print."""

    def __repr__(self) -> str:
        return "..."


def _signature(name: str, thing: Any) -> str:
    kind = "class " if inspect.isclass(thing) else ""
    try:
        signature = inspect.signature(thing)
    except ValueError:  # an exception without an __init__ of its own
        return f"{kind}{name}"
    short = [
        parameter if _is_short(parameter.default) else parameter.replace(default=_Elsewhere())
        for parameter in signature.parameters.values()
    ]
    return f"{kind}{name}{signature.replace(parameters=short)}"


def _is_short(default: Any) -> bool:
    is_plain = default is None or isinstance(default, (str, int, float)) or default == ()
    return is_plain or default is inspect.Parameter.empty


PAGES = {
    "tables.md": tables_page,
    "commands.md": commands_page,
    "definitions.md": definitions_page,
    "exit-codes.md": exit_codes_page,
    "published-facts.md": facts_page,
    "api.md": api_page,
}


def main(arguments: Sequence[str]) -> int:
    """Write every page, or with ``--check`` only compare."""
    wanted = {REFERENCE / name: make for name, make in PAGES.items()}
    wanted[ROOT / "docs" / "explanation" / "vignettes.md"] = vignettes_chapter
    changed = []
    for path, make in wanted.items():
        text = make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(path.name)
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    print("Pages " + (f"that differ: {', '.join(changed)}" if changed else "are as the code says."))
    return int("--check" in arguments and bool(changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
