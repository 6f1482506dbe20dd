"""Reads a database's `_prisma_migrations`: the one table whose rows namesync ever reads, and only for `emit` and `status`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from namesync.dialects import dialect
from namesync.dialects.server import GREETINGS
from namesync.errors import ConnectionFailed
from namesync.model import Provider
from namesync.prisma.migrations import Ledger, Record
from namesync.sources.loading import ask_all
from namesync.sources.resolving import Server, Source
from namesync.sources.server import Session, within_snapshot

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLE = "_prisma_migrations"


def read_ledgers(sources: Sequence[Source]) -> dict[str, Ledger | None]:
    """What Prisma Migrate has recorded in each environment, by name, in the order given; all are read at once.

    None where that can't be known: a file, a server that does not answer, a role that may not read the table. A group gives
    an entry for each of its members.
    """
    return ask_all(sources, _ledger)


def _ledger(source: Server, opened: Session) -> Ledger:
    """That of the first schema that has one."""
    found = [read_ledger(opened, schema) for schema in _homes(source)]
    return next((ledger for ledger in found if ledger.exists), Ledger(False))


def _homes(source: Server) -> tuple[str, ...]:
    """The schemas that may hold the table, the likeliest first.

    It is in the schema of the URL, whatever the datasource's `schemas` are. Where ours names none, the one Prisma is given
    may still name the one schema in scope.
    """
    target = source.target
    if target.schema:
        return (target.schema,)
    alone = source.schemas if len(source.schemas) == 1 else ()
    default = GREETINGS[target.provider_family].default or target.url.database
    return tuple(dict.fromkeys(home for home in (*alone, default) if home))


def read_ledger(opened: Session, schema: str) -> Ledger:
    """What Prisma Migrate has recorded in a schema; `Ledger(exists=False)` where the database was never baselined.

    Raises ConnectionFailed where the role may not read the table.
    """
    from sqlalchemy import inspect, text

    facts = dialect(opened.provider, opened.server_version)
    name = f"{facts.quote(schema)}.{facts.quote(TABLE)}"
    columns = "migration_name, checksum, finished_at, rolled_back_at, applied_steps_count, logs"
    where = None if opened.provider is Provider.SQLITE else schema

    def read(connection: Connection) -> Ledger:
        if not inspect(connection).has_table(TABLE, schema=where):
            return Ledger(False)
        rows = connection.execute(text(f"SELECT {columns} FROM {name} ORDER BY started_at, id"))  # noqa: S608 - quoted
        return Ledger(True, tuple(_record(*row) for row in rows))

    try:
        return within_snapshot(opened, read)
    except ConnectionFailed as error:
        raise ConnectionFailed(
            f"{opened.target.shown}: {TABLE} can't be read: {error.what}",
            f"emit and status need SELECT on {TABLE} (and on no other table).",
        ) from None


def _record(name: str, checksum: str, finished: object, rolled_back: object, steps: int, logs: str | None) -> Record:
    return Record(name, checksum, finished is not None, rolled_back is not None, steps, logs or "")
