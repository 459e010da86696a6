"""Several folders as one cohort: each is planned as if it were read alone, then their plans are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from opentrs.cohort.tables import TABLES
from opentrs.errors import InputProblemsError, Problem
from opentrs.sources.folder import NotReadError, plan_for
from opentrs.sources.mapping import TableMapping
from opentrs.sources.parse import CellRules
from opentrs.sources.pipeline import Plan
from opentrs.sources.toml_schema import TomlReader


@dataclass(frozen=True, slots=True)
class Source:
    """One folder of several.

    Parameters
    ----------
    folder : its path below the cohort's folder
    prefix : put before its ids of persons and families and its names of sites, so that persons and scanners
        of two folders that happen to share a name stay two
    plan : how it is read
    """

    folder: str
    prefix: str
    plan: Plan


def planned_sources(
    entries: Sequence[Mapping[str, Any]], reader: TomlReader, folder: Path, today: date
) -> list[Source]:
    """Plan every ``[[source]]`` of a mapping file; what is wrong with any of them goes to the reader."""
    found: list[Source] = []
    for block, entry in enumerate(entries):
        name = str(entry.get("folder", ""))
        place = _place(name, reader, folder, block)
        config = reader.path.parent / str(entry["config"]) if "config" in entry else None
        if not _has_config(config, reader, block) or place is None:
            continue
        try:
            plan = plan_for(place, config, today)
        except InputProblemsError as refused:
            reader.problems += [_below(problem, name) for problem in refused.problems]
        except NotReadError as refused:
            params = {"folder": name, "why": refused.sentence()}
            reader.wrong("config_source_not_read", "source.folder", params, block=block)
        else:
            if plan.is_joined:
                reader.wrong("config_source_nested", "source.folder", {"folder": name}, block=block)
            found.append(Source(name, str(entry.get("prefix", "")), plan))
    return found


def _place(name: str, reader: TomlReader, folder: Path, block: int) -> Path | None:
    if not name:
        reader.wrong("config_key_missing", "source", {"setting": "folder"}, block=block)
        return None
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        reader.wrong("config_file_outside", "source.folder", {"file": name}, block=block)
    elif not place.is_dir():
        reader.wrong("config_source_absent", "source.folder", {"folder": name}, block=block)
    else:
        return place
    return None


def _has_config(config: Path | None, reader: TomlReader, block: int) -> bool:
    """Whether a source's own mapping is there; it is looked for beside the mapping that names it."""
    if config is None or (config.is_file() and config.resolve() != reader.path.resolve()):
        return True
    reader.wrong("config_file_absent", "source.config", {"file": config.name}, block=block)
    return False


def joined(whole: Plan, sources: Sequence[Source]) -> Plan:
    """One plan out of a cohort's own tables and those of its sources."""
    mappings = [*whole.mappings, *(each for source in sources for each in _mappings(source))]
    mappings.sort(key=lambda mapping: list(TABLES).index(mapping.table))
    others = {**dict(whole.others), **{name: path for source in sources for name, path in _others(source)}}
    problems = [_below(problem, source.folder) for source in sources for problem in source.plan.problems]
    return replace(
        whole,
        mappings=tuple(mappings),
        others=tuple(others.items()),
        problems=(*whole.problems, *problems),
        is_joined=bool(sources),
    )


def _mappings(source: Source) -> list[TableMapping]:
    """A source's mappings with the rules of its cells written into each, since there are no others for it."""
    rules: CellRules = source.plan.rules
    return [
        replace(
            mapping,
            file=f"{source.folder}/{mapping.file}",
            prefix=source.prefix,
            missing=mapping.missing | rules.missing,
            date_format=mapping.date_format or rules.date_format,
            decimal_comma=mapping.decimal_comma or rules.decimal_comma,
        )
        for mapping in source.plan.mappings
    ]


def _others(source: Source) -> list[tuple[str, Path]]:
    return [(f"{source.folder}/{name}", path) for name, path in source.plan.others]


def _below(problem: Problem, folder: str) -> Problem:
    """A problem of a source, its file named from the cohort's folder."""
    return replace(problem, file=f"{folder}/{problem.file}" if problem.file else folder)
