"""Tables that Prisma itself keeps in a database, told by name and columns as Prisma tells them.

prisma-engines `schema-engine/connectors/sql-schema-connector/src/introspection/introspection_helpers.rs`.
"""

from __future__ import annotations

from collections.abc import Iterable

_MIGRATIONS = {
    *("id", "checksum", "finished_at", "migration_name"),
    *("logs", "rolled_back_at", "started_at", "applied_steps_count"),
}
_LIFT = {
    *("revision", "name", "datamodel", "status", "applied", "rolled_back"),
    *("datamodel_steps", "database_migration", "errors", "started_at", "finished_at"),
}


def is_migrations_table(name: str, columns: Iterable[str]) -> bool:
    """Whether it is the table of Prisma Migrate: another table of that name is like any other."""
    return name == "_prisma_migrations" and set(columns) >= _MIGRATIONS


def left_alone(name: str, columns: Iterable[str]) -> str:
    """Why Prisma leaves a table of an earlier Prisma alone, "" where it does not."""
    if name == "_RelayId" and {"id", "stablemodelidentifier"} <= {column.lower() for column in columns}:
        return "a table of Prisma 1, which Prisma leaves alone"
    if name == "_Migration" and set(columns) >= _LIFT:
        return "the migrations table of early Prisma 2, which Prisma leaves alone"
    return ""
