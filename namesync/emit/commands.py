"""Prisma's commands as a person types them, for one environment of a project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from namesync.prisma.migrations import Migration


@dataclass(frozen=True, slots=True)
class Project:
    """What commands depend on: Prisma's major version (None: not told), the variable its URL comes from, its files.

    `schema_argument` is "" where Prisma finds the schema by itself, `written` where namesync writes into its `migrations`.
    `in_dotenv` are the variables that only the file `dotenv` has: a shell does not know them.
    """

    prisma_major: int | None = None
    url_variable: str = "DATABASE_URL"
    schema: str = "prisma/schema.prisma"
    migrations: str = "prisma/migrations"
    schema_argument: str = ""
    written: str = ""
    dotenv: str = ".env"
    in_dotenv: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Command:
    """One line to type, why, and what it answers."""

    line: str
    why: str
    expect: str = ""


class Prisma:
    """Prisma's commands for one environment, with its URL in the variable that the project reads."""

    def __init__(self, environment: str, given: str, project: Project, *, first: bool = True) -> None:
        # A variable's name, or for a member of a group what a shell makes its URL of.
        value = f'"${given}"' if given.isidentifier() else f'"{given}"' if given else _blank(environment)
        self.prefix = "" if given == project.url_variable else f"{project.url_variable}={value} "
        self.given = given
        self.project = project
        self.environment = environment
        self.first = first

    def _line(self, *words: str) -> str:
        schema = ("--schema", self.project.schema_argument) if self.project.schema_argument else ()
        return self.prefix + shlex.join(("npx", "prisma", "migrate", *words, *schema))

    def told(self) -> list[Command]:
        """Give the shell the variable that the commands use."""
        inside = re.search(r"\$\{?([A-Za-z_]\w*)", self.given)
        name = inside[1] if inside else self.given
        if not self.prefix or name not in self.project.in_dotenv:
            return []
        value = f"sed -n 's/^\\(export \\)*{name} *= *//p' {shlex.quote(self.project.dotenv)} | tr -d \"\\\"'\""
        return [Command(f'export {name}="$({value})"', f"{name} is in {self.project.dotenv}, which a shell does not read")]

    def resolve(self, name: str) -> Command:
        """Record a migration as applied without running it."""
        return Command(
            self._line("resolve", "--applied", name),
            f"the names in {self.environment} already are what {name} makes: it is only recorded as applied",
            f"Migration {name} marked as applied.",
        )

    def rolled_back(self, name: str, *, ours: bool) -> Command:
        """Let a failed migration run again. Those of namesync's own go on from wherever they stopped."""
        again = "it stopped on its way: the next deploy runs it again, and it does what is left"
        return Command(
            self._line("resolve", "--rolled-back", name),
            again if ours else "once what it left half done is repaired: the next deploy runs it again",
            f"Migration {name} marked as rolled back.",
        )

    def deploy(self, pending: Sequence[str], emitted: Sequence[str]) -> Command:
        """Run everything pending: migrations of the project's own first, then the emitted ones."""
        renames = f"renames with {', '.join(emitted)}" if emitted else "runs what is pending"
        before = f", after the pending {', '.join(pending)}" if pending and emitted else ""
        return Command(
            self._line("deploy"),
            f"{renames}{before}",
            "All migrations have been successfully applied.",
        )

    def baseline(self, history: Sequence[Migration]) -> list[Command]:
        """Record the history of a database that was made without Prisma Migrate.

        https://www.prisma.io/docs/orm/prisma-migrate/workflows/baselining; Prisma 7 renamed the flag of `diff`.
        """
        if history:
            why = f"{self.environment} was never baselined: its tables exist, so this is recorded and not run"
            return [Command(self._line("resolve", "--applied", one.name), why) for one in history]
        flag = "--to-schema-datamodel" if (self.project.prisma_major or 7) < 7 else "--to-schema"
        folder = f"{self.project.migrations}/0_init"
        words = ("npx", "prisma", "migrate", "diff", "--from-empty", flag, self.project.schema, "--script")
        why = "once for the project: there is no migration yet, so the tables need a first one"
        once = [
            Command(f"mkdir -p {shlex.quote(folder)}", why),
            Command(f"{shlex.join(words)} > {shlex.quote(folder + '/migration.sql')}", why),
        ]
        recorded = f"{self.environment} was never baselined: recorded, not run"
        return [*(once if self.first else ()), Command(self._line("resolve", "--applied", "0_init"), recorded)]

    def moved(self, names: Sequence[str]) -> list[Command]:
        """Put migrations where Prisma looks for them."""
        folders = [f"{self.project.written}/{name}" for name in names]
        why = f"once for the project: Prisma looks for migrations in {self.project.migrations}"
        line = (
            f"mkdir -p {shlex.quote(self.project.migrations)} && {shlex.join(['cp', '-r', *folders, self.project.migrations])}"
        )
        return [Command(line, why)] if folders and self.project.written else []

    def never_resolve(self, name: str) -> Command:
        """What must not be typed where the names do not match."""
        return Command(
            self._line("resolve", "--applied", name), "would record it while the old names stay; the next migration would fail"
        )

    def never_reset(self) -> list[Command]:
        """What must not be typed but on one's own machine."""
        if self.environment in ("dev", "development", "local", "test"):
            return []
        return [
            Command(self.prefix + "npx prisma migrate dev", "is for your own machine: it may ask to reset the database"),
            Command(self.prefix + "npx prisma db push", "changes the database without a migration"),
        ]


def _blank(environment: str) -> str:
    """What a person fills in; a shell that is given it as it is does nothing with what is in the name of a member."""
    text = f"<the URL of {environment}>"
    return f'"{text}"' if re.fullmatch(r"[\w<>/. -]+", text) else shlex.quote(text)
