"""A migrations folder as an environment: its history, replayed on an empty scratch database, and what names it leaves."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

from namesync.dialects import parse_version
from namesync.errors import MigrationError, Unsupported
from namesync.model import Catalog, Provider
from namesync.prisma.migrations import Migration, read_migrations
from namesync.sources.scratch import run_script, scratch
from namesync.sources.server import list_schemas, read_catalog, session
from namesync.sources.url import Target

LOCK = "migration_lock.toml"


def replay(
    folder: Path, *, schemas: tuple[str, ...] = (), shadow: Target | None = None, like: Catalog | None = None
) -> Catalog:
    """The catalog that `migrate deploy` of the whole folder makes of an empty database.

    It is replayed on the server of `shadow`, else on an embedded PostgreSQL of the version nearest to that of `like`, the
    server the history is meant for (without one the newest), or in a SQLite file. The provider is the one of
    `migration_lock.toml`; where there is none, that of `like`. Of `schemas` those are read that the history made.

    Raises MigrationError with the migration that fails, Unsupported where there is no scratch server, ConnectionFailed.
    """
    history = read_migrations(folder)
    if not history:
        raise MigrationError(f"{folder} holds no migration", "Name a Prisma migrations folder, such as prisma/migrations.")
    provider = lock_provider(folder, like.provider.family if like is not None else None)
    version = like.server_version if like is not None and like.provider.family is provider else ""
    with scratch(provider, version, shadow) as server, server.database() as target:
        run_history(target, history)
        return _read(target, schemas if provider is Provider.POSTGRESQL else ())


def run_history(target: Target, history: Iterable[Migration]) -> None:
    """Run the migrations on an empty database. Raises MigrationError with the one that fails."""
    for migration in history:
        try:
            run_script(target, migration.sql)
        except MigrationError as error:
            raise MigrationError(
                f"the migration {migration.name} fails when the history is replayed: {error.what}", _hint(migration, error)
            ) from None


def _hint(migration: Migration, error: MigrationError) -> str:
    if migration.sql.startswith("\ufeff"):
        return "Its file begins with a byte order mark, which Prisma sends to the server as well: save it as UTF-8 without."
    if "extension" in error.what and "not available" in error.what:
        return "Set `shadow_url` in namesync.toml to a PostgreSQL server that has the extension."
    return "Prisma's shadow database meets the same (P3006): repair the history first."


def _read(target: Target, schemas: tuple[str, ...]) -> Catalog:
    """The catalog of those of the schemas that are there.

    Where none is, nothing in the history names a schema: Prisma runs it in the one of the URL's `?schema=`, here `public`.
    """
    with session(target) as opened:
        there = list_schemas(opened) if schemas else ()
        return read_catalog(opened, tuple(schema for schema in schemas if schema in there))


def nearest_like(catalogs: Iterable[Catalog]) -> Catalog | None:
    """The one of the catalogs whose server a history has to suit: the oldest. None where no server is known."""
    known = [one for one in catalogs if parse_version(one.server_version)]
    return min(known, key=lambda one: parse_version(one.server_version), default=None)


def lock_provider(folder: Path, without: Provider | None = None) -> Provider:
    """The provider that `migration_lock.toml` names, `without` where there is none.

    Raises MigrationError where neither is known, or the file names none; Unsupported for one that namesync does not read.
    """
    lock = folder / LOCK
    try:
        name = tomllib.loads(lock.read_bytes().decode("utf-8-sig"))["provider"]
    except FileNotFoundError:
        if without is not None:
            return without
        raise MigrationError(f"{folder} has no {LOCK}", "Prisma writes one; it names the provider.") from None
    except (ValueError, RecursionError, KeyError):
        raise MigrationError(f"{lock} names no provider", 'It should say: provider = "postgresql"') from None
    try:
        return Provider("postgresql" if name == "postgres" else name)
    except ValueError:
        raise Unsupported(f"{lock}: the provider {name} is not one namesync reads") from None
