"""An emit in plain text: what it does table by table, the files, and what a person types where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from namesync.check.words import kind_word, listed, shown
from namesync.emit.emission import Emission, Mode
from namesync.emit.files import MigrationFiles
from namesync.emit.runbook import Instructions
from namesync.model import Key, TableRef
from namesync.prisma.edits import quoted
from namesync.prisma.keep import KeepPlan
from namesync.render.terminal import visible

GUIDE = {
    Mode.KEEP_EXISTING: "the names of {authority} stay, and schema.prisma says them",
    Mode.ADOPT_DEFAULTS: "every name becomes the one Prisma gives by default",
}

FEW = 4
"""More environments than these are counted instead of listed."""

Line = tuple[TableRef, Key, str]

_IN_FILES = re.compile(r"(?!\r$)[^\t\ufeff]+?(?=\t|\ufeff|\r?$)")
"""What of a file's line may have to be made visible: not its tabs, nor a byte order mark, nor the end of a CRLF line."""


def render(
    emission: Emission,
    folders: Sequence[MigrationFiles],
    runbook: Sequence[Instructions],
    *,
    mentions: Sequence[str] = (),
    written: Sequence[str] = (),
    dry_run: bool = False,
) -> str:
    """The text for the person who runs `emit`; a dry run shows the schema's diff and the SQL instead of file names."""
    lines = [*map(visible, what_happens(emission, folders, mentions))]
    lines += _dry(emission, folders) if dry_run else map(visible, _written(written))
    if folders or any(one.commands for one in runbook):
        lines += ["", "Runbook", *map(visible, _runbook(runbook))]
    elif written:
        lines += map(visible, _next(emission))
    return "\n".join(lines).rstrip("\n") + "\n"


def what_happens(emission: Emission, folders: Sequence[MigrationFiles], mentions: Sequence[str]) -> list[str]:
    """What an emit does and what it leaves: headings, an indented line for each item, nothing made visible yet."""
    lines: list[str] = [GUIDE[emission.request.mode].format(authority=emission.request.authority), *_differing(emission), ""]
    lines += _changes(emission, folders)
    lines += _left_out(emission)
    lines += ["", "Old names stand here too, and break what uses them", *(f"  {line}" for line in mentions)] if mentions else []
    lines += _waiting(folders)
    lines += _ways_back(folders)
    return lines


def _differing(emission: Emission) -> Iterator[str]:
    """Where the authority's names are not yet."""
    aligning = emission.sync if emission.request.mode is Mode.KEEP_EXISTING else None
    plans = aligning.plans if aligning is not None else {}
    if places := [environment for environment, plan in plans.items() if plan.steps]:
        yield f"names differ in {_places(places, emission)}: a migration makes them those of {emission.request.authority}"


def _places(where: Sequence[str], emission: Emission) -> str:
    """The environments by name, or where they are many by number."""
    return listed(where) if len(where) <= FEW else f"{len(where)} of {len(emission.environments)} environments"


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
            (key.table, key, f"{shown(old)} -> {shown(new)} in {_places(where, emission)} ({folder.name})")
            for (key, old, new), where in places.items()
        ]
    if not found:
        yield "nothing to do: the names are as they should be"
    found.sort(key=lambda line: line[1].sort_key)
    for table, lines in groupby(found, key=lambda line: line[0]):
        yield _table_words(table)
        yield from (f"  {kind_word(key)} ({', '.join(key.columns)}): {what}" for _, key, what in lines)


def _left_out(emission: Emission) -> Iterator[str]:
    lines = [
        f"  {environment}: {_words(one.obj.key)} keeps {shown(one.obj.name)}"
        f"{f', not {shown(one.wanted)}' if one.wanted else ''}: {one.reason}"
        for environment, found in emission.blocked.items()
        for one in found
    ]
    if emission.keep is not None:
        lines += [f"  schema: {line}" for line in _not_in_schema(emission.keep)]
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


def _not_in_schema(keep: KeepPlan) -> Iterator[str]:
    for one in keep.unwritten:
        yield f"{_words(one.object.key)} is {shown(one.object.name)}: {one.reason}"
    for group in keep.ambiguous:
        names = sorted(shown(obj.name) for obj in group.candidates.get("database", ()))
        yield f"several like {_words(group.key)} can't be told apart: {', '.join(names)}"
    for obj in keep.undeclared:
        yield f"{_words(obj.key)} is in the database only: run `prisma db pull`, or drop it with a migration"
    for obj in keep.absent:
        yield f"{_words(obj.key)} is not in the database: run a migration"


def _waiting(folders: Sequence[MigrationFiles]) -> Iterator[str]:
    if names := [folder.name for folder in folders if folder.present]:
        yield ""
        yield "Written already, and waiting to be deployed"
        yield from (f"  {name}" for name in names)


def _ways_back(folders: Sequence[MigrationFiles]) -> Iterator[str]:
    """Which is whose, where there are several."""
    for folder in folders:
        downs = [down for down in folder.downs if down.file]
        if len(downs) > 1:
            yield ""
            yield f"The ways back from {folder.name}"
            yield from (f"  {down.file} in {listed(down.databases)}" for down in downs)


def _dry(emission: Emission, folders: Sequence[MigrationFiles]) -> Iterator[str]:
    """Lines that are safe to print; those of a diff as they are in the file, so that `patch` takes it."""
    yield ""
    yield "Dry run: nothing has been written"
    if emission.keep is not None:
        for file in emission.keep.files:
            yield ""
            yield from (_IN_FILES.sub(lambda match: visible(match[0]), line) for line in file.diff().rstrip("\n").split("\n"))
    for folder in (folder for folder in folders if not folder.present):
        yield ""
        yield visible(f"-- {folder.name}/migration.sql")
        yield from map(visible, folder.sql.rstrip("\n").split("\n"))


def _written(written: Sequence[str]) -> Iterator[str]:
    if written:
        yield ""
        yield "Written"
        yield from (f"  {path}" for path in written)


def _next(emission: Emission) -> Iterator[str]:
    """The rest of Prisma's guide where all databases have the names already."""
    commands = {
        "npx prisma validate": "Prisma takes the schema as it is now",
        f"namesync check {' '.join(emission.environments)}": "schema.prisma says the names there are",
        "npx prisma migrate dev": "on your own machine: should find nothing to migrate",
    }
    width = max(map(len, commands))
    yield ""
    yield "Next: read the change, and commit it"
    yield from (f"  {command:<{width}}  {about}" for command, about in commands.items())


def _table_words(table: TableRef) -> str:
    return ".".join(shown(part) for part in (table.schema, table.name) if part)


def _words(key: Key) -> str:
    """`index Post(title)`, or `index auth.Post(title)` where several schemas are in scope."""
    return f"{kind_word(key)} {_table_words(key.table)}({', '.join(key.columns)})"


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
    names = " ".join(dict.fromkeys(one.environment.partition(":")[0] for one in runbook))
    yield f"  then: namesync status {names}"
