"""`namesync status`: for each environment, how the emitted migrations stand, whether the live names match, what to type next.

`prisma migrate status` says "up to date" after `resolve --rolled-back`, and never looks at names; this does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from namesync import __version__
from namesync.emit.commands import Project
from namesync.emit.goals import Emitted, left
from namesync.emit.json import command
from namesync.emit.runbook import Instructions, Situation, instructions
from namesync.model import Catalog
from namesync.prisma.migrations import Ledger, Migration, State
from namesync.render.terminal import visible

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """One emitted migration in one environment. `state` is None where `_prisma_migrations` can't be read; `unmet` counts the
    objects that do not have their name."""

    migration: str
    state: State | None
    unmet: int
    note: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.unmet == 0 and self.state is not None and self.state.done


@dataclass(frozen=True, slots=True)
class Status:
    """Environment -> its emitted migrations in order, and what to type next and to know."""

    standings: Mapping[str, tuple[Standing, ...]]
    next: Mapping[str, Instructions]

    @property
    def exit_code(self) -> int:
        """0 when everything is settled, 1 when something is left to do or to look at."""
        settled = all(standing.settled for standings in self.standings.values() for standing in standings)
        return int(not settled or any(one.commands or one.notes for one in self.next.values()))


def status(
    catalogs: Mapping[str, Catalog],
    ledgers: Mapping[str, Ledger | None],
    emitted: Sequence[Emitted],
    history: Sequence[Migration],
    variables: Mapping[str, str],
    project: Project,
) -> Status:
    """How the emitted migrations stand in every environment."""
    standings: dict[str, tuple[Standing, ...]] = {}
    following: dict[str, Instructions] = {}
    others = [one for one in history if one.name not in {folder.name for folder in emitted}]
    told = False
    for environment, catalog in catalogs.items():
        missing = left(emitted, catalog, ledgers.get(environment))
        situation = Situation(
            environment,
            variables.get(environment, ""),
            ledgers.get(environment),
            {name: len(goals) for name, goals in missing.items()},
            first=not told,
            empty=not (catalog.tables or catalog.unseen),
            partly=bool(catalog.unseen),
        )
        told |= situation.unrecorded
        standings[environment] = tuple(_standing(name, situation) for name in missing)
        one = instructions(situation, project, others)
        following[environment] = replace(one, notes=(*catalog.unseen, *one.notes))
    return Status(standings, following)


def _standing(name: str, situation: Situation) -> Standing:
    state = None if situation.ledger is None else situation.ledger.state(name)
    unmet = situation.renames[name]
    note = ""
    if state is State.FAILED:
        note = "it failed: what it did before that stays, and it may run again" if unmet else "it failed, and yet all is done"
    elif state is not None and state.done and unmet:
        note = "recorded as applied, but names differ: they drifted again, or it was only resolved; run `namesync emit` again"
    return Standing(name, state, unmet, note)


def render(found: Status) -> str:
    """The status for a person."""
    return "\n".join(map(visible, _lines(found))).rstrip("\n") + "\n"


def _lines(found: Status) -> Iterator[str]:
    for environment, standings in found.standings.items():
        yield environment
        if not standings:
            yield "  no migration of namesync's is in the migrations folder"
        for one in standings:
            names = "the names match" if one.unmet == 0 else f"{one.unmet} name{'' if one.unmet == 1 else 's'} to change"
            yield f"  {'ok' if one.settled else '!!'} {one.migration}: {one.state or 'unknown'}, {names}"
            if one.note:
                yield f"     {one.note}"
        following = found.next[environment]
        yield from (f"  !! {note}" for note in following.notes)
        for one_command in following.commands:
            yield f"  # {one_command.why}"
            yield f"  {one_command.line}"
        yield ""


def render_json(found: Status) -> str:
    """The status as JSON, version 1 (`namesync/schemas/status-1.json`)."""
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": "status",
        "environments": {
            environment: {
                "migrations": [
                    {
                        "directory": one.migration,
                        "state": None if one.state is None else one.state.value,
                        "names_to_change": one.unmet,
                        "settled": one.settled,
                        "note": one.note,
                    }
                    for one in standings
                ],
                "next": [command(one) for one in found.next[environment].commands],
                "notes": list(found.next[environment].notes),
            }
            for environment, standings in found.standings.items()
        },
    }
    return json.dumps(document, indent=2) + "\n"
