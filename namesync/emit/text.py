"""An emit in plain text or Markdown: what it does table by table, the files, and what a person types where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from namesync.check.words import kind_word, listed, shown, subject
from namesync.emit.emission import Emission, Mode
from namesync.emit.files import MigrationFiles
from namesync.emit.runbook import Instructions
from namesync.model import Key, TableRef
from namesync.prisma.edits import quoted
from namesync.render.terminal import visible

GUIDE = {
    Mode.KEEP_EXISTING: "the names of {authority} stay, and schema.prisma says them",
    Mode.ADOPT_DEFAULTS: "every name becomes the one Prisma gives by default",
}

Line = tuple[TableRef, Key, str]


def render(
    emission: Emission,
    folders: Sequence[MigrationFiles],
    runbook: Sequence[Instructions],
    *,
    written: Sequence[str] = (),
    dry_run: bool = False,
) -> str:
    """The text for the person who runs `emit`; a dry run shows the schema's diff and the SQL instead of file names."""
    lines: list[str] = [GUIDE[emission.request.mode].format(authority=emission.request.authority), ""]
    lines += _changes(emission, folders)
    lines += _left_out(emission)
    lines += _waiting(folders)
    lines += _dry(emission, folders) if dry_run else _written(written)
    if folders or any(one.commands for one in runbook):
        lines += ["", "Runbook", *_runbook(runbook)]
    return "\n".join(map(visible, lines)).rstrip("\n") + "\n"


def _changes(emission: Emission, folders: Sequence[MigrationFiles]) -> Iterator[str]:
    """What changes, by table."""
    found: list[Line] = []
    if emission.keep is not None:
        for change in emission.keep.changes:
            what = f"map: {quoted(change.after)}" if change.mapped else "map removed: it is the default name"
            found.append((change.object.key.table, change.object.key, what))
    found += [(obj.key.table, obj.key, f"map: {quoted(obj.name)}") for obj in emission.maps]
    for folder in folders:
        places: dict[tuple[Key, str, str], list[str]] = {}
        for environment, plan in folder.migration.plans.items():
            for step in plan.steps:
                if not step.temporary:
                    places.setdefault((step.key, step.old, step.new), []).append(environment)
        found += [
            (key.table, key, f"{shown(old)} -> {shown(new)} in {listed(where)} ({folder.name})")
            for (key, old, new), where in places.items()
        ]
    if not found:
        yield "nothing to do: the names are as they should be"
    found.sort(key=lambda line: line[1].sort_key)
    for table, lines in groupby(found, key=lambda line: line[0]):
        yield ".".join(shown(part) for part in (table.schema, table.name) if part)
        yield from (f"  {kind_word(key)} ({', '.join(key.columns)}): {what}" for _, key, what in lines)


def _left_out(emission: Emission) -> Iterator[str]:
    lines = [
        f"  {environment}: {kind_word(one.obj.key)} {subject(one.obj.key)} keeps {shown(one.obj.name)}"
        f"{f', not {shown(one.wanted)}' if one.wanted else ''}: {one.reason}"
        for environment, found in emission.blocked.items()
        for one in found
    ]
    if emission.keep is not None:
        lines += [
            f"  schema: {kind_word(one.object.key)} {subject(one.object.key)} is {shown(one.object.name)}: {one.reason}"
            for one in emission.keep.unwritten
        ]
        lines += [
            f"  schema: several {kind_word(group.key)}es {subject(group.key)} can't be told apart: "
            + ", ".join(sorted(shown(obj.name) for obj in group.candidates.get("database", ())))
            for group in emission.keep.ambiguous
        ]
        lines += [
            f"  schema: {kind_word(obj.key)} {subject(obj.key)} is in the database only: run `prisma db pull`"
            for obj in emission.keep.undeclared
        ]
        lines += [
            f"  schema: {kind_word(obj.key)} {subject(obj.key)} is not in the database: run a migration"
            for obj in emission.keep.absent
        ]
    if number := emission.request.ignored.findings:
        lines.append(f"  on purpose: what {number} ignored finding{' is' if number == 1 else 's are'} about stays as it is")
    if lines:
        yield ""
        yield "Left out"
        yield from lines
    if emission.hazards:
        yield ""
        yield "Know before you run it"
        yield from (f"  {hazard.risk}: {hazard.message}" for hazard in emission.hazards)


def _waiting(folders: Sequence[MigrationFiles]) -> Iterator[str]:
    if names := [folder.name for folder in folders if folder.present]:
        yield ""
        yield "Written already, and waiting to be deployed"
        yield from (f"  {name}" for name in names)


def _dry(emission: Emission, folders: Sequence[MigrationFiles]) -> Iterator[str]:
    yield ""
    yield "Dry run: nothing has been written"
    if emission.keep is not None:
        for file in emission.keep.files:
            yield ""
            yield from file.diff().rstrip("\n").split("\n")
    for folder in (folder for folder in folders if not folder.present):
        yield ""
        yield f"-- {folder.name}/migration.sql"
        yield from folder.sql.rstrip("\n").split("\n")


def _written(written: Sequence[str]) -> Iterator[str]:
    if written:
        yield ""
        yield "Written"
        yield from (f"  {path}" for path in written)


def _runbook(runbook: Sequence[Instructions]) -> Iterator[str]:
    for one in runbook:
        yield ""
        yield f"  {one.environment}"
        yield from (f"    note: {note}" for note in one.notes)
        if not one.commands:
            yield "    nothing to type"
        for command in one.commands:
            yield f"    # {command.why}"
            yield f"    {command.line}"
        yield from (f"    never: {command.line}   ({command.why})" for command in one.never)
    yield ""
    names = " ".join(one.environment for one in runbook)
    yield f"  then: namesync status {names}"
