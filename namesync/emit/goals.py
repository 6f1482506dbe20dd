"""What an emitted migration is for, kept beside it in `namesync.json`: which object is to have which name.

It lets `emit` see that a migration is there already and only waits to be deployed, and `status` compare with live names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os.path import isdir
from pathlib import Path
from typing import Any

from namesync.errors import MigrationError
from namesync.files import json_of
from namesync.model import Catalog, Key, Kind, Reference, TableRef
from namesync.plan import Migration
from namesync.plan.wanted import bare
from namesync.prisma.migrations import Ledger

FILE = "namesync.json"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Goal:
    """An object, the name it is to have, and one that the migration takes it from (a temporary name of its own too).

    The table's schema is "" where each environment has one in scope.
    """

    key: Key
    name: str
    old: str = ""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A migration folder that namesync wrote."""

    name: str
    goals: frozenset[Goal]


def goals_of(migration: Migration) -> frozenset[Goal]:
    """What a migration is for, in all environments together."""
    found: set[Goal] = set()
    for plan in migration.plans.values():
        passing: dict[tuple[Key, str], str] = {}  # a temporary name -> the one before it
        for step in plan.steps:
            if step.temporary:
                passing[step.key, step.new] = step.old
            else:
                found.add(Goal(step.key, step.new, step.old))
                found.add(Goal(step.key, step.new, passing.get((step.key, step.old), step.old)))
    return frozenset(found)


def unmet(goals: Iterable[Goal], catalog: Catalog) -> frozenset[Goal]:
    """The goals whose object is there and has another name; of several that differ in the old name only, one."""
    names: dict[Key, set[str]] = {}
    for obj in catalog.objects:  # with its schema too, as where another environment has several in scope
        for key in (obj.key, bare(obj.key, *catalog.schemas) if len(catalog.schemas) == 1 else obj.key):
            names.setdefault(key, set()).add(obj.name)
    found = (goal for goal in goals if goal.key in names and goal.name not in names[goal.key])
    return frozenset(Goal(goal.key, goal.name) for goal in found)


def left(folders: Sequence[Emitted], catalog: Catalog, ledger: Ledger | None) -> dict[str, frozenset[Goal]]:
    """Migration -> what it has still to do in an environment; `folders` in the order they run.

    An object that has gone on to the name a later one gives it is done with. Not so where a migration is still to run from
    there on: it may count on the names of those before it.
    """
    found: dict[str, frozenset[Goal]] = {}
    past: set[Key] = set()
    open_end: set[Key] = set()
    for folder in reversed(folders):
        missing = unmet(folder.goals, catalog)
        over = past | open_end
        found[folder.name] = frozenset(goal for goal in missing if goal.key not in over)
        met = {goal.key for goal in folder.goals} - {goal.key for goal in missing}
        if ledger is not None and ledger.state(folder.name).done:
            past |= met
        elif found[folder.name]:
            open_end = set()
        else:
            open_end |= met
    return dict(reversed(found.items()))


def dump(goals: Iterable[Goal]) -> str:
    """The text of the file, the same for the same goals, each on a line."""
    found = sorted(goals, key=lambda goal: (goal.key.sort_key, goal.name, goal.old))
    lines = ",\n".join(f"  {json.dumps(_goal(goal))}" for goal in found)
    return f'{{\n "format_version": {FORMAT_VERSION},\n "goals": [\n{lines}\n ]\n}}\n'


def read_emitted(folder: Path) -> tuple[Emitted, ...]:
    """The migrations of a folder that namesync wrote, in order. Raises MigrationError for a damaged file."""
    if not isdir(folder):
        return ()
    files = sorted(folder.glob(f"*/{FILE}"))
    return tuple(Emitted(file.parent.name, _parse(file)) for file in files)


def _goal(goal: Goal) -> Mapping[str, Any]:
    target = goal.key.references
    return {
        "kind": goal.key.kind.value,
        "schema": goal.key.table.schema,
        "table": goal.key.table.name,
        "columns": list(goal.key.columns),
        "references": None
        if target is None
        else {"schema": target.table.schema, "table": target.table.name, "columns": list(target.columns)},
        "from": goal.old,
        "to": goal.name,
    }


def _parse(file: Path) -> frozenset[Goal]:
    try:
        document = json_of(file.read_text(encoding="utf-8"))
        if document["format_version"] > FORMAT_VERSION:
            raise MigrationError(f"{file} was written by a newer namesync", "Upgrade namesync.")
        return frozenset(Goal(_key(one), _text(one["to"]), _text(one["from"])) for one in document["goals"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MigrationError(
            f"{file} is damaged: {error}", "Restore it, or delete the file: then namesync forgets it."
        ) from None


def _key(one: Mapping[str, Any]) -> Key:
    target = one["references"]
    references = None if target is None else Reference(_table(target), _columns(target))
    return Key(Kind(one["kind"]), _table(one), _columns(one), references)


def _table(one: Mapping[str, Any]) -> TableRef:
    return TableRef(_text(one["schema"]), _text(one["table"]))


def _columns(one: Mapping[str, Any]) -> tuple[str, ...]:
    if not isinstance(one["columns"], list):
        raise TypeError("columns is no list")
    return tuple(map(_text, one["columns"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
