"""Prisma Migrate as the runbook's commands reach it: the real engine, or for MySQL and MariaDB, which it does not know here, a
ledger kept as Prisma keeps it."""

from __future__ import annotations

import os
import re
import subprocess
import uuid
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from tests.conformance.engine import Engine
from tests.servers import Server

NPX = """#!/bin/sh
printf '%s\\0' "$DATABASE_URL" "$@" > "$ASKED"
[ "$3" != diff ] || cat "$BASELINE"
"""


class Prisma(Protocol):
    """What the commands of a runbook need."""

    def baseline(self) -> str: ...

    def resolve(self, url: str, name: str, *, applied: bool) -> None: ...

    def deploy(self, url: str) -> None: ...

    def diff(self, url: str, /) -> str: ...


class Real:
    """The engine, on PostgreSQL and SQLite."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.schema = folder / "prisma" / "schema.prisma"
        self.migrations = folder / "prisma" / "migrations"

    def text(self) -> str:
        return self.schema.read_text(encoding="utf-8")

    def baseline(self) -> str:
        return self.engine.ddl(self.text())

    def resolve(self, url: str, name: str, *, applied: bool) -> None:
        self.engine.resolve(url, self.migrations, self.text(), name, applied=applied)

    def deploy(self, url: str) -> None:
        self.engine.deploy(url, self.migrations, self.text())

    def diff(self, url: str) -> str:
        """What `migrate diff` would change in the database to make it as the schema says; "" for nothing."""
        return self.engine.diff(url, self.text())


LEDGER = """CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at DATETIME(3),
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at DATETIME(3),
  started_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"""


class ByHand:
    """The rows that Prisma writes, and the scripts run by the server's own driver.

    The tables' first migration is what the emitted ones make of production: that is what the schema says then.
    """

    def __init__(self, server: Server, folder: Path, production: str) -> None:
        self.server = server
        self.migrations = folder / "prisma" / "migrations"
        self.production = production

    def baseline(self) -> str:
        url = self.server.create(self.production)
        for name in self.names():
            self.server.execute(url, self.sql(name))
        tables = [name for (name,) in self.server.query(url, "SHOW TABLES")]
        made = [self.server.query(url, f"SHOW CREATE TABLE `{name}`")[0][1] for name in tables]
        return "SET foreign_key_checks = 0;\n" + ";\n".join(made) + ";\nSET foreign_key_checks = 1;\n"

    def names(self) -> list[str]:
        return sorted(path.parent.name for path in self.migrations.glob("*/migration.sql"))

    def sql(self, name: str) -> str:
        return (self.migrations / name / "migration.sql").read_text(encoding="utf-8")

    def resolve(self, url: str, name: str, *, applied: bool) -> None:
        if not self.server.query(url, "SHOW TABLES LIKE '\\_prisma\\_migrations'"):
            self.server.execute(url, LEDGER)
        back = f"UPDATE _prisma_migrations SET rolled_back_at = NOW(3) WHERE migration_name = '{name}' AND finished_at IS NULL"
        self.server.execute(url, back)
        if applied:
            self.record(url, name, "NOW(3)", 0)

    def record(self, url: str, name: str, finished: str, steps: int) -> None:
        checksum = sha256(self.sql(name).encode()).hexdigest()
        self.server.execute(
            url,
            "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, applied_steps_count)"
            f" VALUES ('{uuid.uuid4()}', '{checksum}', {finished}, '{name}', '', {steps})",
        )

    def deploy(self, url: str) -> None:
        if not self.server.query(url, "SHOW TABLES LIKE '\\_prisma\\_migrations'"):
            assert not self.server.query(url, "SHOW TABLES"), "P3005: the database schema is not empty"
            self.server.execute(url, LEDGER)
        rows = self.server.query(
            url, "SELECT migration_name, finished_at IS NULL FROM _prisma_migrations WHERE rolled_back_at IS NULL"
        )
        assert not any(failed for _, failed in rows), "P3009: migrate found failed migrations"
        for name in (name for name in self.names() if name not in {name for name, _ in rows}):
            self.record(url, name, "NULL", 0)
            self.server.execute(url, self.sql(name))
            done = (
                f"UPDATE _prisma_migrations SET finished_at = NOW(3), applied_steps_count = 1 WHERE migration_name = '{name}'"
            )
            self.server.execute(url, done)

    def diff(self, _: str) -> str:
        """Nobody to ask."""
        return ""


class Shell:
    """Types the lines of a runbook into a real shell, in which `npx prisma` is Prisma."""

    def __init__(self, folder: Path, prisma: Prisma) -> None:
        self.folder = folder
        self.prisma = prisma
        self.typed: list[str] = []  # what sets variables for the lines to come
        self.programs = folder / ".programs"
        self.programs.mkdir()
        (self.programs / "npx").write_text(NPX)
        (self.programs / "npx").chmod(0o755)

    def type(self, line: str) -> None:
        asked, baseline = self.folder / ".asked", self.folder / ".baseline"
        asked.unlink(missing_ok=True)
        if " migrate diff " in line:
            baseline.write_text(self.prisma.baseline())
        variables: Mapping[str, str] = {
            "PATH": f"{self.programs}:{os.environ['PATH']}", "ASKED": str(asked), "BASELINE": str(baseline),
        }  # fmt: skip
        script = "\n".join([*self.typed, line])
        subprocess.run(["sh", "-euc", script], cwd=self.folder, env=variables, check=True, stdin=subprocess.DEVNULL)
        if line.startswith("export "):
            self.typed.append(line)
        if asked.exists():
            url, *words = asked.read_text().removesuffix("\0").split("\0")
            self._answer(url, words)

    def _answer(self, url: str, words: list[str]) -> None:
        command = " ".join(words)
        if match := re.fullmatch(r"prisma migrate resolve --(applied|rolled-back) (\S+)", command):
            self.prisma.resolve(url, match[2], applied=match[1] == "applied")
        elif command == "prisma migrate deploy":
            self.prisma.deploy(url)
        else:
            assert command.startswith("prisma migrate diff --from-empty --to-schema prisma/schema.prisma --script"), command
