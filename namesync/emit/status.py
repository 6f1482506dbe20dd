"""`namesync status`: for each environment, how the emitted migrations stand, whether the live names match, what to type next.

`prisma migrate status` says "up to date" after `resolve --rolled-back`, and never looks at names; this does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from namesync import __version__
from namesync.emit.commands import Command, Prisma, Project
from namesync.emit.goals import Emitted, Goal, unmet
from namesync.model import Catalog, Key
from namesync.prisma.migrations import Ledger, Migration, State
from namesync.render.terminal import visible

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """One emitted migration in one environment. `state` is None where `_prisma_migrations` can't be read; `unmet` counts the
    objects that do not have their name; `commands` are what is left to type."""

    environment: str
    migration: str
    state: State | None
    unmet: int
    commands: tuple[Command, ...]
    note: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.unmet == 0 and self.state in (State.APPLIED, State.RESOLVED)


@dataclass(frozen=True, slots=True)
class Status:
    """All emitted migrations in all environments, and what else stops Prisma there (environment -> notes)."""

    standings: tuple[Standing, ...]
    notes: Mapping[str, tuple[str, ...]]

    @property
    def exit_code(self) -> int:
        """0 when everything is settled, 1 when something is left to do."""
        return int(not all(standing.settled for standing in self.standings) or any(self.notes.values()))


def status(
    catalogs: Mapping[str, Catalog],
    ledgers: Mapping[str, Ledger | None],
    emitted: Sequence[Emitted],
    history: Sequence[Migration],
    variables: Mapping[str, str],
    project: Project,
) -> Status:
    """How the emitted migrations stand in every environment."""
    standings = []
    notes = {}
    for environment, catalog in catalogs.items():
        ledger = ledgers.get(environment)
        prisma = Prisma(environment, variables.get(environment, ""), project)
        for place, folder in enumerate(emitted):
            left = _left(folder, emitted[place + 1 :], catalog)
            standings.append(_standing(environment, folder, ledger, len(left), prisma))
        notes[environment] = _trouble(ledger, history, {folder.name for folder in emitted})
    return Status(tuple(standings), notes)


def _left(folder: Emitted, later: Sequence[Emitted], catalog: Catalog) -> list[Goal]:
    """The goals not met, except those of an object that a later migration has renamed already."""
    after: dict[Key, set[str]] = {}
    for other in later:
        for goal in other.goals:
            after.setdefault(goal.key, set()).add(goal.name)
    reached = {goal for key, names in after.items() for name in names for goal in [Goal(key, name)]}
    reached -= set(unmet(reached, catalog))
    done = {goal.key for goal in reached}
    return [goal for goal in unmet(folder.goals, catalog) if goal.key not in done]


def _standing(environment: str, folder: Emitted, ledger: Ledger | None, left: int, prisma: Prisma) -> Standing:
    state = None if ledger is None else ledger.state(folder.name)
    commands: tuple[Command, ...] = ()
    note = ""
    if state is None:
        note = "_prisma_migrations can't be read here"
    elif state.runs_next:
        commands = (prisma.resolve(folder.name),) if left == 0 else (prisma.deploy((), [folder.name]),)
    elif state is State.FAILED:
        again = (prisma.rolled_back(folder.name), prisma.deploy((), [folder.name]))
        commands = (prisma.resolve(folder.name),) if left == 0 else again
        note = "it failed: what it did before that stays, and it may run again" if left else "it failed, and yet all is done"
    elif left:
        note = "recorded as applied, but names differ: they drifted again, or it was only resolved; run `namesync emit` again"
    return Standing(environment, folder.name, state, left, commands, note)


def _trouble(ledger: Ledger | None, history: Sequence[Migration], emitted: set[str]) -> tuple[str, ...]:
    """What Prisma's own status keeps quiet about, or stops at."""
    if ledger is None:
        return ()
    if not ledger.exists:
        return ("never baselined: there is no _prisma_migrations; `namesync emit` prints the steps",)
    others = [one for one in history if one.name not in emitted]
    notes = [f"{record.name} failed" for record in ledger.failed() if record.name not in emitted]
    notes += [f"{one.name} is {ledger.state(one.name)}" for one in ledger.pending(others)]
    notes += [f"{name} was edited after it was applied" for name in ledger.edited(history)]
    notes += [f"{name} was applied and is not in the folder any more" for name in ledger.unknown(history)]
    return tuple(notes)


def render(found: Status) -> str:
    """The status for a person."""
    return "\n".join(map(visible, _lines(found))).rstrip("\n") + "\n"


def _lines(found: Status) -> Iterator[str]:
    for environment, notes in found.notes.items():
        yield environment
        here = [standing for standing in found.standings if standing.environment == environment]
        if not here:
            yield "  no migration of namesync's is in the migrations folder"
        for one in here:
            names = "the names match" if one.unmet == 0 else f"{one.unmet} name{'' if one.unmet == 1 else 's'} to change"
            yield f"  {'ok' if one.settled else '!!'} {one.migration}: {one.state or 'unknown'}, {names}"
            if one.note:
                yield f"     {one.note}"
            yield from (f"     next: {command.line}" for command in one.commands)
        yield from (f"  !! {note}" for note in notes)
        yield ""


def render_json(found: Status) -> str:
    """The status as JSON, version 1."""
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": "status",
        "environments": {
            environment: {
                "migrations": [
                    {
                        "migration": one.migration,
                        "state": None if one.state is None else one.state.value,
                        "names_to_change": one.unmet,
                        "settled": one.settled,
                        "next": [command.line for command in one.commands],
                        "note": one.note,
                    }
                    for one in found.standings
                    if one.environment == environment
                ],
                "notes": list(notes),
            }
            for environment, notes in found.notes.items()
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
