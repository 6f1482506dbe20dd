"""What may be done about a finding, as far as the finding alone tells: SQL, a `map:`, commands to type.

`namesync emit` knows more (definitions, guards, the order of renames) and writes the whole migration; this is what a reader can
copy from a report.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from namesync.dialects import Dialect, Rename, dialect
from namesync.model import Key, Kind, Provider, TableRef
from namesync.render.terminal import visible
from namesync.render.words import cell, wanted
from namesync.report import Finding, Report, Rule


class Way(StrEnum):
    """What a suggestion is; the value is the word reports show."""

    SQL = "SQL"
    MAP = "schema.prisma"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to copy, raw, and when to use it."""

    way: Way
    when: str
    text: str


def suggestions(finding: Finding, report: Report) -> tuple[Suggestion, ...]:
    """What may be done, in the order of preference; () where the rule's page is all there is to say.

    A name that does not show all of its characters gives none: what is copied would not be what is seen.
    """
    told = (*finding.names.values(), finding.expected, finding.declared, finding.key.table.name, *finding.key.columns)
    if any(name and visible(name) != name for name in told):
        return ()
    match finding.rule:
        case Rule.NAME_DRIFT:
            return tuple(_one_name(finding, report))
        case Rule.SCHEMA_MISMATCH:
            return tuple(_as_declared(finding, report))
        case Rule.OFF_CONVENTION:
            return tuple(_keep_or_adopt(finding))
        case Rule.MISSING_OBJECT:
            absent = [name for name in _read(report) if cell(finding, name, report.authority).drifts]
            return (Suggestion(Way.COMMANDS, f"see what is pending in {_listed(absent)}", "npx prisma migrate status"),)
        case _:
            return ()


def _one_name(finding: Finding, report: Report) -> Iterator[Suggestion]:
    """The authority's name everywhere: declared, and given to the others."""
    name = wanted(finding, report.authority)
    if not name:
        return
    if name not in (finding.expected, finding.declared):
        yield Suggestion(Way.MAP, "declare the name that stays", attribute(finding.key, name))
    yield from _renames(finding, report, name)
    alike = [place for place, have in finding.names.items() if have == name]
    others = [place for place, have in finding.names.items() if have not in (name, None, "")]
    steps = [
        f"namesync emit --keep-existing {_arguments(finding.names)}",
        f"# in {_listed(others)}:",
        "npx prisma migrate deploy",
        f"# in {_listed(alike)}, where the names are right already:",
        "npx prisma migrate resolve --applied TIMESTAMP_sync_names",
    ]
    yield Suggestion(Way.COMMANDS, "write the migration, and bring it to each environment", "\n".join(steps))


def _as_declared(finding: Finding, report: Report) -> Iterator[Suggestion]:
    """Either the database is right, or the schema."""
    live = {name for name in finding.names.values() if name}
    if len(live) == 1:
        yield Suggestion(Way.MAP, "the database is right: declare its name", attribute(finding.key, live.pop()))
    if finding.declared:
        yield from _renames(finding, report, finding.declared, "the schema is right: ")
    command = f"namesync emit --keep-existing {_arguments(finding.names)}"
    yield Suggestion(Way.COMMANDS, "or have every name of the databases declared at once", command)


def _keep_or_adopt(finding: Finding) -> Iterator[Suggestion]:
    """Nothing has to be done; the schema should say that the name is meant."""
    name = next((name for name in finding.names.values() if name), "")
    if name and name != finding.declared:
        yield Suggestion(Way.MAP, "keep the name: declare it", attribute(finding.key, name))
    command = f"namesync emit --adopt-defaults {_arguments(finding.names)}"
    yield Suggestion(Way.COMMANDS, "or give every such object Prisma's own name", command)


def _renames(finding: Finding, report: Report, name: str, when: str = "") -> Iterator[Suggestion]:
    """The statement for each environment whose name is another, those with the same statement together."""
    places: dict[str, list[str]] = {}
    for environment in report.environments:
        have = finding.names.get(environment.name)
        if have and have != name and environment.provider is not None:
            statement = rename(finding.key, have, name, dialect(environment.provider, environment.server_version))
            places.setdefault(statement, []).append(environment.name)
    for statement, alike in places.items():
        if statement:
            yield Suggestion(Way.SQL, f"{when}rename in {_listed(alike)}", statement)


def rename(key: Key, old: str, new: str, server: Dialect) -> str:
    """One statement that renames an object; "" where that takes more than its names (SQLite, foreign keys on MySQL)."""
    if server.rename[key.kind] is not Rename.RENAME:
        return ""
    table = _path(key.table, key.table.name, server)
    if server.provider is not Provider.POSTGRESQL:
        return f"ALTER TABLE {table} RENAME INDEX {server.quote(old)} TO {server.quote(new)};"
    if key.kind is Kind.FOREIGN_KEY:
        return f"ALTER TABLE {table} RENAME CONSTRAINT {server.quote(old)} TO {server.quote(new)};"
    return f"ALTER INDEX {_path(key.table, old, server)} RENAME TO {server.quote(new)};"


def _path(table: TableRef, name: str, server: Dialect) -> str:
    return f"{server.quote(table.schema)}.{server.quote(name)}" if table.schema else server.quote(name)


def attribute(key: Key, name: str) -> str:
    """The attribute that declares the name; its fields are spelled as the database's columns."""
    told = f"map: {json.dumps(name, ensure_ascii=False)}"
    columns = ", ".join(key.columns)
    if key.references is not None:
        return f"@relation(fields: [{columns}], references: [{', '.join(key.references.columns)}], {told})"
    word = {Kind.PRIMARY_KEY: "id", Kind.UNIQUE: "unique"}.get(key.kind)
    if word is None:
        return f"@@index([{columns}], {told})"
    return f"@{word}({told})" if len(key.columns) == 1 else f"@@{word}([{columns}], {told})"


def _read(report: Report) -> list[str]:
    return [environment.name for environment in report.environments if not environment.error]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(visible, names))


def _arguments(names: Iterable[str]) -> str:
    return shlex.join(map(visible, names))
