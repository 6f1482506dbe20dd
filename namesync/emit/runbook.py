"""What a person types, environment by environment, and what must not be typed there.

`migrate resolve --applied` only writes a row: it is right where the live names already are what the migration makes, and wrong
anywhere else. `migrate deploy` runs everything pending, oldest first, and stops at a failed row (P3009) or a database that was
never baselined (P3005).
https://www.prisma.io/docs/orm/prisma-migrate/workflows/patching-and-hotfixing, .../workflows/baselining
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from namesync.emit.commands import Command, Prisma, Project
from namesync.prisma.migrations import Ledger, Migration, State

_STATISTICS = (
    "MariaDB refused a name of {}, since it kept statistics of an index that is gone (1022): run `ALTER TABLE .. "
    "STATS_PERSISTENT = 0` on that table, deploy, and then `ALTER TABLE .. STATS_PERSISTENT = DEFAULT`"
)


@dataclass(frozen=True, slots=True)
class Situation:
    """One environment before anything is done.

    `url_variable` holds its URL ("" where namesync was not given one by variable). `ledger` is None where it can't be known
    (a snapshot, a role that may not read it). `renames`: emitted migration -> how many names are not yet what it makes them;
    0 means that the live names already match. `leaving` are the names that go away there, `strange` those of other
    environments that are not known there. `first`: what is done once for the project is told here. `empty`: it has no table.
    `partly`: the role that read it may not see every object, so names that match prove nothing.
    """

    environment: str
    url_variable: str
    ledger: Ledger | None
    renames: Mapping[str, int]
    leaving: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()
    first: bool = True
    empty: bool = False
    partly: bool = False

    @property
    def unrecorded(self) -> bool:
        """Whether Prisma Migrate has recorded nothing of what is there: it was never baselined."""
        return self.ledger is not None and not self.ledger.records and not self.empty


@dataclass(frozen=True, slots=True)
class Instructions:
    """The runbook of one environment: what to type in order, what never to type, and what to know first."""

    environment: str
    commands: tuple[Command, ...]
    never: tuple[Command, ...] = ()
    notes: tuple[str, ...] = ()


def instructions(
    situation: Situation, project: Project, history: Sequence[Migration], run: Collection[str] = ()
) -> Instructions:
    """The runbook of one environment.

    `history` are the other migrations of the folder; those of them that are in `run` have still to be run here, so baselining
    does not record them.
    """
    prisma = Prisma(situation.environment, situation.url_variable, project, first=situation.first)
    ledger = situation.ledger or Ledger(False)
    waiting = _waiting(situation, history, run)
    todo = [name for name in situation.renames if not ledger.state(name).done]
    # From the first one on that is run, all are: what runs before may make the very names that those after it change.
    first = next((place for place, name in enumerate(todo) if situation.renames[name]), len(todo))
    resolved = [] if waiting or situation.empty or situation.partly else todo[:first]
    deployed = todo[len(resolved) :]
    failed = [record.name for record in ledger.failed() if record.name not in resolved]
    commands = [prisma.rolled_back(name, ours=name in deployed) for name in dict.fromkeys(failed)]
    if situation.unrecorded and situation.renames:
        commands += prisma.baseline([one for one in history if one not in waiting])
    commands += [prisma.resolve(name) for name in resolved]
    if deployed or waiting:
        commands.append(prisma.deploy([one.name for one in waiting], deployed))
    if commands:
        commands[:0] = prisma.told()
    never = [*(prisma.never_resolve(name) for name in deployed), *prisma.never_reset()]
    return Instructions(situation.environment, tuple(commands), tuple(never), tuple(_notes(situation, history, waiting)))


def _waiting(situation: Situation, history: Sequence[Migration], run: Collection[str]) -> list[Migration]:
    """The other migrations that the next deploy runs, once what failed is recorded as rolled back."""
    ledger = situation.ledger
    if ledger is None:
        return []
    return [one for one in history if not ledger.state(one.name).done and (not situation.unrecorded or one.name in run)]


def _notes(situation: Situation, history: Sequence[Migration], waiting: Sequence[Migration]) -> list[str]:
    ledger = situation.ledger
    if ledger is None:
        return ["namesync could not read _prisma_migrations here: look at `prisma migrate status` first"]
    notes = ["there is no table here yet: the deploy makes them all"] if situation.empty else []
    notes += [
        f"the migration {record.name} failed here: repair what it left half done before the next deploy (Prisma's P3009)"
        for record in ledger.failed()
        if record.name not in situation.renames
    ]
    notes += [_STATISTICS.format(record.name) for record in ledger.failed() if "innodb_index_stats" in record.logs]
    notes += _history_notes(ledger, history, situation.renames)
    for one in waiting:
        if names := mentioned(one.sql, situation.leaving):
            notes.append(
                f"{one.name} is still pending here and mentions {', '.join(names)}: it must run before the rename, and does, "
                "since `migrate deploy` goes by date"
            )
        if names := mentioned(one.sql, situation.strange) if not situation.empty else []:
            notes.append(
                f"{one.name} is still pending here and mentions {', '.join(names)}, which this database does not have "
                "under that name: it will fail; edit it before you deploy"
            )
    return notes


def mentioned(sql: str, names: frozenset[str]) -> list[str]:
    """Those of the names that stand in the text as whole words, sorted."""
    return sorted(name for name in names if re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", sql))


def _history_notes(ledger: Ledger, history: Sequence[Migration], emitted: Collection[str]) -> list[str]:
    notes = [
        f"the migration {name} was edited after it was applied here: `migrate dev` will want a reset, `migrate deploy` will not"
        for name in ledger.edited(history)
    ]
    lost = [name for name in ledger.unknown(history) if name not in emitted]
    notes += [f"the migration {name} was applied here and is not in the folder any more" for name in lost]
    notes += [
        f"the migration {one.name} was rolled back here: the next deploy runs it again, though `migrate status` says up to date"
        for one in history
        if ledger.state(one.name) is State.ROLLED_BACK
    ]
    return notes
