"""What a person types, environment by environment, and what must not be typed there.

`migrate resolve --applied` only writes a row: it is right where the live names already are what the migration makes, and wrong
anywhere else. `migrate deploy` runs everything pending, oldest first, and stops at a failed row (P3009) or a database that was
never baselined (P3005).
https://www.prisma.io/docs/orm/prisma-migrate/workflows/patching-and-hotfixing, .../workflows/baselining
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from namesync.prisma.migrations import Ledger, Migration, State


@dataclass(frozen=True, slots=True)
class Project:
    """What commands depend on: Prisma's major version (None: not told), the variable its URL comes from, its files."""

    prisma_major: int | None = None
    url_variable: str = "DATABASE_URL"
    schema: str = "prisma/schema.prisma"
    migrations: str = "prisma/migrations"
    schema_argument: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """One environment before anything is done.

    `url_variable` holds its URL ("" where namesync was not given one by variable). `ledger` is None where it can't be known
    (a snapshot, a role that may not read it). `renames`: emitted migration -> how many of its renames are still to be done
    there; 0 means that the live names already match. `leaving` are the names that go away there, `strange` those of other
    environments that are not known there.
    """

    environment: str
    url_variable: str
    ledger: Ledger | None
    renames: Mapping[str, int]
    leaving: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Command:
    """One line to type, why, and what it answers."""

    line: str
    why: str
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Instructions:
    """The runbook of one environment: what to type in order, what never to type, and what to know first."""

    environment: str
    commands: tuple[Command, ...]
    never: tuple[Command, ...] = ()
    notes: tuple[str, ...] = ()


def instructions(situation: Situation, project: Project, history: Sequence[Migration]) -> Instructions:
    """The runbook of one environment; `history` are the migrations of the folder before the emitted ones."""
    prisma = _Prisma(situation, project)
    ledger = situation.ledger
    commands: list[Command] = []
    if ledger is not None:
        commands += [prisma.rolled_back(record.name) for record in ledger.failed()]
        commands += prisma.baseline(history) if not ledger.exists and situation.renames else []
    todo = [name for name in situation.renames if ledger is None or _open(ledger.state(name))]
    commands += [prisma.resolve(name) for name in todo if situation.renames[name] == 0]
    deployed = [name for name in todo if situation.renames[name]]
    pending = ledger.pending(history) if ledger is not None and ledger.exists else ()
    if deployed or pending:
        commands.append(prisma.deploy([one.name for one in pending], deployed))
    never = [*(prisma.never_resolve(name) for name in deployed), *prisma.never_reset()]
    notes = _notes(situation, history, pending)
    return Instructions(situation.environment, tuple(commands), tuple(never), tuple(notes))


def _notes(situation: Situation, history: Sequence[Migration], pending: Sequence[Migration]) -> list[str]:
    ledger = situation.ledger
    if ledger is None:
        return ["namesync could not read _prisma_migrations here: look at `prisma migrate status` first"]
    notes = [
        f"the migration {record.name} failed here: repair what it left half done before the next deploy (Prisma's P3009)"
        for record in ledger.failed()
    ]
    notes += _history_notes(ledger, history)
    for one in pending:
        if names := mentioned(one.sql, situation.leaving):
            notes.append(
                f"{one.name} is still pending here and mentions {', '.join(names)}: it must run before the rename, and does, "
                "since `migrate deploy` goes by date"
            )
        if names := mentioned(one.sql, situation.strange):
            notes.append(
                f"{one.name} is still pending here and mentions {', '.join(names)}, which this database does not have "
                "under that name: it will fail; edit it before you deploy"
            )
    return notes


def mentioned(sql: str, names: frozenset[str]) -> list[str]:
    """Those of the names that stand in the text as whole words, sorted."""
    return sorted(name for name in names if re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", sql))


def _open(state: State) -> bool:
    return state in (State.PENDING, State.ROLLED_BACK)


def _history_notes(ledger: Ledger, history: Sequence[Migration]) -> list[str]:
    notes = [
        f"the migration {name} was edited after it was applied here: `migrate dev` will want a reset, `migrate deploy` will not"
        for name in ledger.edited(history)
    ]
    notes += [f"the migration {name} was applied here and is not in the folder any more" for name in ledger.unknown(history)]
    notes += [
        f"the migration {one.name} was rolled back here: the next deploy runs it again, though `migrate status` says up to date"
        for one in history
        if ledger.state(one.name) is State.ROLLED_BACK
    ]
    return notes


class _Prisma:
    """Prisma's commands for one environment, with its URL in the variable that the project reads."""

    def __init__(self, situation: Situation, project: Project) -> None:
        given = situation.url_variable
        same = not given or given == project.url_variable
        self.prefix = "" if same else f'{project.url_variable}="${given}" '
        self.project = project
        self.environment = situation.environment

    def _line(self, *words: str) -> str:
        schema = ("--schema", self.project.schema_argument) if self.project.schema_argument else ()
        return self.prefix + shlex.join(("npx", "prisma", "migrate", *words, *schema))

    def resolve(self, name: str) -> Command:
        return Command(
            self._line("resolve", "--applied", name),
            f"the names in {self.environment} already are what {name} makes: it is only recorded as applied",
            f"Migration {name} marked as applied.",
        )

    def rolled_back(self, name: str) -> Command:
        return Command(
            self._line("resolve", "--rolled-back", name),
            "once what it left half done is repaired: the next deploy runs it again",
            f"Migration {name} marked as rolled back.",
        )

    def deploy(self, pending: Sequence[str], emitted: Sequence[str]) -> Command:
        renames = f"renames with {', '.join(emitted)}" if emitted else "runs what is pending"
        before = f", after the pending {', '.join(pending)}" if pending and emitted else ""
        return Command(
            self._line("deploy"),
            f"{renames}{before}",
            "All migrations have been successfully applied.",
        )

    def baseline(self, history: Sequence[Migration]) -> list[Command]:
        """https://www.prisma.io/docs/orm/prisma-migrate/workflows/baselining; Prisma 7 renamed the flag of `diff`."""
        if history:
            why = f"{self.environment} was never baselined: its tables exist, so this is recorded and not run"
            return [Command(self._line("resolve", "--applied", one.name), why) for one in history]
        flag = "--to-schema-datamodel" if (self.project.prisma_major or 7) < 7 else "--to-schema"
        folder = f"{self.project.migrations}/0_init"
        words = ("npx", "prisma", "migrate", "diff", "--from-empty", flag, self.project.schema, "--script")
        why = "once for the project: there is no migration yet, so the tables need a first one"
        return [
            Command(f"mkdir -p {shlex.quote(folder)}", why),
            Command(f"{shlex.join(words)} > {shlex.quote(folder + '/migration.sql')}", why),
            Command(self._line("resolve", "--applied", "0_init"), f"{self.environment} was never baselined: recorded, not run"),
        ]

    def never_resolve(self, name: str) -> Command:
        return Command(
            self._line("resolve", "--applied", name), "would record it while the old names stay; the next migration would fail"
        )

    def never_reset(self) -> list[Command]:
        if self.environment in ("dev", "development", "local", "test"):
            return []
        return [
            Command(self.prefix + "npx prisma migrate dev", "is for your own machine: it may ask to reset the database"),
            Command(self.prefix + "npx prisma db push", "changes the database without a migration"),
        ]
