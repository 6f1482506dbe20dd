"""A migrations folder as an environment: its history, replayed on an empty scratch database, and what names it leaves."""

from __future__ import annotations

import tomllib
from pathlib import Path

from namesync.dialects import dialect
from namesync.errors import MigrationError, Unsupported
from namesync.model import Catalog, Provider
from namesync.prisma.migrations import Migration, read_migrations
from namesync.sources.scratch import run_script, scratch
from namesync.sources.server import read
from namesync.sources.url import Target

LOCK = "migration_lock.toml"


def replay(
    folder: Path, *, schemas: tuple[str, ...] = (), shadow_url: str = "", provider: Provider | None = None, version: str = ""
) -> Catalog:
    """The catalog that `migrate deploy` of the whole folder makes of an empty database.

    The provider is the one of `migration_lock.toml`, unless given; `version` is that of the server the history is meant for.
    Raises MigrationError with the migration that fails, Unsupported where there is no scratch server.
    """
    history = read_migrations(folder)
    if not history:
        raise MigrationError(f"{folder} holds no migration", "Name a Prisma migrations folder, such as prisma/migrations.")
    chosen = provider or lock_provider(folder)
    with scratch(chosen, version, shadow_url, folder) as server, server.database() as target:
        return run_history(target, history, schemas)


def run_history(target: Target, history: tuple[Migration, ...], schemas: tuple[str, ...] = ()) -> Catalog:
    """Run the migrations on an empty database, and read what they make. Raises MigrationError with the one that fails."""
    if target.provider_family is Provider.POSTGRESQL:
        for schema in schemas:
            run_script(target, f"CREATE SCHEMA IF NOT EXISTS {dialect(Provider.POSTGRESQL).quote(schema)}")
    for migration in history:
        try:
            run_script(target, migration.sql)
        except MigrationError as error:
            raise MigrationError(
                f"the migration {migration.name} fails when the history is replayed: {error.what}",
                "Prisma's shadow database meets the same (P3006): repair the history first.",
            ) from None
    return read(target, schemas=schemas)


def lock_provider(folder: Path) -> Provider:
    """The provider that `migration_lock.toml` names. Raises MigrationError where it is absent or names none namesync reads."""
    lock = folder / LOCK
    try:
        name = tomllib.loads(lock.read_text())["provider"]
    except FileNotFoundError:
        raise MigrationError(f"{folder} has no {LOCK}", "Prisma writes one; it names the provider.") from None
    except (tomllib.TOMLDecodeError, KeyError):
        raise MigrationError(f"{lock} names no provider", 'It should say: provider = "postgresql"') from None
    try:
        return Provider("postgresql" if name == "postgres" else name)
    except ValueError:
        raise Unsupported(f"{lock}: the provider {name} is not one namesync reads") from None
