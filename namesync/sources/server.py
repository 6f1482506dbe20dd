"""Reads a live server: one short read-only session, a fixed number of queries, and what they say as a `Catalog`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from namesync.dialects import parse_version
from namesync.dialects.reading import Reader, Row, Rows, reader
from namesync.dialects.server import GREETINGS
from namesync.errors import ConfigError, ConnectionFailed
from namesync.model import Catalog, Provider
from namesync.sources.connection import Limits, answering, engine_for
from namesync.sources.failure import attempt

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from namesync.sources.url import Target


@dataclass(frozen=True, slots=True)
class Session:
    """An open connection, and the server behind it. It serves any number of `read_catalog`, one after the other."""

    target: Target
    connection: Connection
    provider: Provider
    server_version: str
    limits: Limits


def read(
    target: Target,
    *,
    schemas: tuple[str, ...] = (),
    connect_timeout_s: float = 10,
    statement_timeout_s: float = 60,
) -> Catalog:
    """One environment's catalog; `schemas` () takes those of the URL, else the server's default.

    Raises `ConnectionFailed`, `Unsupported` (another server, or too old a version), `ConfigError` (no such schema).
    """
    with session(target, connect_timeout_s=connect_timeout_s, statement_timeout_s=statement_timeout_s) as opened:
        return read_catalog(opened, schemas)


@contextmanager
def session(target: Target, *, connect_timeout_s: float = 10, statement_timeout_s: float = 60) -> Iterator[Session]:
    """A connection to the target's server, closed at the end. Raises as `read`."""
    if target.provider_family is Provider.SQLITE and not Path(target.url.database or "").is_file():
        raise ConnectionFailed(f"{target.shown}: there is no such file", "Check the path in the URL.")  # SQLite would make it
    limits = Limits(connect_timeout_s, statement_timeout_s)
    engine, greetings = engine_for(target, limits)
    try:
        with attempt(target, engine.connect) as connection:
            provider, version = greetings[-1]
            yield Session(target, connection, provider, version, limits)
    finally:
        engine.dispose()


def read_catalog(opened: Session, schemas: tuple[str, ...] = ()) -> Catalog:
    """The catalog of some schemas, all from one snapshot; () takes the URL's schema, else the server's default.

    Raises `ConnectionFailed`, `ConfigError` (no such schema, no database in the URL).
    """
    wanted = schemas or _default_schemas(opened)
    plan = reader(opened.provider, parse_version(opened.server_version))
    return plan.build(attempt(opened.target, lambda: _run(opened, plan, wanted)))


def read_each(opened: Session, schemas: tuple[str, ...]) -> tuple[Catalog, ...]:
    """A catalog for each of the schemas, in their order, as `read_catalog` would read it alone; the queries run once for all.

    Raises as `read_catalog`.
    """
    plan = reader(opened.provider, parse_version(opened.server_version))
    rows = attempt(opened.target, lambda: _run(opened, plan, schemas))
    return tuple(plan.build(_of_schema(rows, schema)) for schema in rows.schemas)


def _of_schema(rows: Rows, schema: str) -> Rows:
    """The rows of one schema; those that tell of no schema, such as a role's grants, are everybody's."""
    results = {name: [row for row in found if row.get("schema", schema) == schema] for name, found in rows.results.items()}
    return replace(rows, schemas=(schema,), results=results)


def list_schemas(opened: Session) -> tuple[str, ...]:
    """Every schema of the database (on MySQL: every database) that this role can see; sorted."""
    from sqlalchemy import inspect

    return tuple(sorted(attempt(opened.target, lambda: inspect(opened.connection).get_schema_names())))


def read_rows(opened: Session, file: str, schemas: tuple[str, ...] = ()) -> list[Row]:
    """The rows of one more query, from a `.sql` file beside the server's reader, asked as a catalog's are.

    Raises `ConnectionFailed`.
    """
    plan = reader(opened.provider, parse_version(opened.server_version))

    def run() -> list[Row]:
        with _snapshot(opened, plan):
            return _rows(opened, _text(plan.package, file), schemas)

    return attempt(opened.target, run)


def _run(opened: Session, plan: Reader, wanted: tuple[str, ...]) -> Rows:
    """The rows of the reader's queries, all from one snapshot."""
    with _snapshot(opened, plan):
        present = _present(opened, wanted)
        results = {name: _rows(opened, _text(plan.package, file), present) for name, file in plan.queries.items()}
    return Rows(opened.provider, opened.server_version, present, results)


@contextmanager
def _snapshot(opened: Session, plan: Reader) -> Iterator[None]:
    """A transaction, begun as the reader says, that ends here whatever happens."""
    connection = opened.connection
    connection.rollback()  # SQLAlchemy's own bookkeeping: it counts a transaction since the last statement
    with connection.begin():
        for statement in plan.begin(round(opened.limits.statement_s * 1000)):
            with answering(connection, opened.limits):
                connection.exec_driver_sql(statement)
        yield


def _present(opened: Session, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The schemas in the server's own spelling, in the order asked for."""
    query = GREETINGS[opened.target.provider_family].schemas
    found = [row["name"] for row in _rows(opened, query, wanted)]
    # What was found and not asked for in that letter case was matched by the server's own rule: lower_case_table_names.
    respelled = {name.casefold(): name for name in found if name not in wanted}
    spelled = {name: name if name in found else respelled.get(name.casefold()) for name in wanted}
    missing = [name for name, own in spelled.items() if own is None]
    if missing:
        raise ConfigError(
            f"{opened.target.shown}: no such schema, or none this role can see: {', '.join(missing)}",
            "Check `schemas` in the configuration and `schema` in the URL, also for upper and lower case.",
        )
    return tuple(dict.fromkeys(own for own in spelled.values() if own is not None))


def _rows(opened: Session, query: str, schemas: tuple[str, ...]) -> list[Row]:
    from sqlalchemy import bindparam, text

    statement = text(query)
    if ":schemas" in query:
        statement = statement.bindparams(bindparam("schemas", list(schemas), expanding=True))
    with answering(opened.connection, opened.limits):
        result = opened.connection.execute(statement)
        columns = tuple(result.keys())
        return [dict(zip(columns, row, strict=True)) for row in result]


@cache
def _text(package: str, file: str) -> str:
    return files(package).joinpath(file).read_text(encoding="utf-8")


def _default_schemas(opened: Session) -> tuple[str, ...]:
    """The URL's schema, else `public`, the URL's database or `main`."""
    if opened.target.schema:
        return (opened.target.schema,)
    name = GREETINGS[opened.target.provider_family].default or opened.target.url.database
    if not name:
        raise ConfigError(f"{opened.target.shown}: the URL names no database", "Add it: mysql://user@host:3306/database")
    return (name,)
