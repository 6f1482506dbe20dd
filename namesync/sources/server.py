"""Reads a live server: one short read-only session, a fixed number of queries, and what they say as a `Catalog`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlalchemy.exc import DBAPIError

from namesync.dialects import parse_version
from namesync.dialects.reading import Reader, Row, Rows, reader
from namesync.dialects.server import GREETINGS
from namesync.errors import ConfigError, ConnectionFailed
from namesync.model import Catalog, Provider
from namesync.sources.connection import STATEMENT_S, Limits, answering, connect, engine_for
from namesync.sources.failure import attempt, without_secrets
from namesync.sources.streaming import Gathered, streamed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from namesync.sources.url import Target

T = TypeVar("T")

_Ask: TypeAlias = Callable[[str], Iterator[Row]]

_PAUSES_S = (0, 0, 0.1, 0.2, 0.4, 0.8)
"""Before each try to read a catalog that changes meanwhile."""

_VANISHED = "XX000"
"""PostgreSQL's "cache lookup failed": what is in the snapshot is gone."""


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
    connect_timeout_s: float | None = None,
    statement_timeout_s: float = STATEMENT_S,
) -> Catalog:
    """One environment's catalog; `schemas` () takes those of the URL, else the server's default.

    Raises `ConnectionFailed`, `Unsupported` (another server, or too old a version), `ConfigError` (no such schema).
    """
    with session(target, connect_timeout_s=connect_timeout_s, statement_timeout_s=statement_timeout_s) as opened:
        return read_catalog(opened, schemas)


@contextmanager
def session(
    target: Target, *, connect_timeout_s: float | None = None, statement_timeout_s: float = STATEMENT_S
) -> Iterator[Session]:
    """A connection to the target's server, closed at the end; timeouts are those of `Limits.of`. Raises as `read`."""
    if target.provider_family is Provider.SQLITE and not Path(target.url.database or "").is_file():
        raise ConnectionFailed(f"{target.shown}: there is no such file", "Check the path in the URL.")  # SQLite would make it
    limits = Limits.of(target, connect_timeout_s, statement_timeout_s)
    engine, greetings = engine_for(target, limits)
    try:
        with attempt(target, lambda: connect(engine, limits)) as connection:
            provider, version = greetings[-1]
            yield Session(target, connection, provider, version, limits)
    finally:
        engine.dispose()


def read_catalog(opened: Session, schemas: tuple[str, ...] = ()) -> Catalog:
    """The catalog of some schemas, all of one moment; () takes the URL's schema, else the server's default.

    Raises `ConnectionFailed`, `ConfigError` (no such schema, no database in the URL).
    """
    wanted = schemas or _default_schemas(opened)
    plan = reader(opened.provider, parse_version(opened.server_version))

    def build(spelled: Mapping[str, str | None], ask: _Ask) -> Catalog:
        _require_all(opened, spelled)
        return plan.build(Rows(opened.provider, opened.server_version, _present(spelled), plan.queries, ask))

    return attempt(opened.target, lambda: _of_one_moment(opened, plan, wanted, build))


def read_each(opened: Session, schemas: tuple[str, ...]) -> Iterator[tuple[str, Catalog]]:
    """A catalog for each of the schemas that is there, as `read_catalog` would read it alone.

    The queries run once for all, at one moment; a catalog is made when it is asked for. Raises as `read_catalog`.
    """
    plan = reader(opened.provider, parse_version(opened.server_version))

    def gather(spelled: Mapping[str, str | None], ask: _Ask) -> tuple[Mapping[str, str | None], Gathered]:
        return spelled, Gathered({name: ask(name) for name in plan.queries})

    spelled, gathered = attempt(opened.target, lambda: _of_one_moment(opened, plan, schemas, gather))
    for schema, own in spelled.items():
        if own is not None:
            yield schema, plan.build(Rows(opened.provider, opened.server_version, (own,), plan.queries, gathered.of(own)))


def list_schemas(opened: Session) -> tuple[str, ...]:
    """Every schema of the database (on MySQL: every database) that this role can see; sorted."""
    from sqlalchemy import inspect

    return tuple(sorted(within_snapshot(opened, lambda connection: inspect(connection).get_schema_names())))


def within_snapshot(opened: Session, question: Callable[[Connection], T]) -> T:
    """What the question gets, asked in a read-only transaction like a catalog's. Raises `ConnectionFailed`."""
    plan = reader(opened.provider, parse_version(opened.server_version))

    def ask() -> T:
        with _snapshot(opened, plan):
            return question(opened.connection)

    return attempt(opened.target, ask)


def read_rows(opened: Session, file: str, schemas: tuple[str, ...] = ()) -> list[Row]:
    """The rows of one more query, from a `.sql` file beside the server's reader, asked as a catalog's are.

    Raises `ConnectionFailed`.
    """
    plan = reader(opened.provider, parse_version(opened.server_version))

    def run() -> list[Row]:
        with _snapshot(opened, plan):
            return list(_rows(opened, _text(plan.package, file), schemas))

    return attempt(opened.target, run)


def _of_one_moment(
    opened: Session, plan: Reader, wanted: tuple[str, ...], read: Callable[[Mapping[str, str | None], _Ask], T]
) -> T:
    """What `read` makes of the schemas' spelling and the rows of the queries. It is called again until these are of one moment.

    They are where the reader's witness says so, or where they came twice the same. Raises `ConnectionFailed` where the catalog
    does not stand still for long enough.
    """
    seen: list[int] = []
    words = ""
    for pause in _PAUSES_S:
        time.sleep(pause)
        last, seen = seen, []
        try:
            with _snapshot(opened, plan):
                spelled = _spelled(opened, wanted)
                present = _present(spelled)
                before = _witness(opened, plan, present)
                unsure = any(row.get("unsure") for row in before)
                found = read(spelled, _asking(opened, plan, present, seen if unsure else None))
            if not before:
                return found
            with _snapshot(opened, plan):
                after = _witness(opened, plan, present)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != _VANISHED:
                raise
            words = f": {without_secrets(opened.target, str(error.orig))}"
        else:
            if (before == after and not unsure) or (seen and sorted(seen) == sorted(last)):  # not every query orders its rows
                return found
    raise ConnectionFailed(
        f"{opened.target.shown}: the catalog changed while it was read, {len(_PAUSES_S)} times in a row{words}",
        "Somebody is at work on the database: try again when that has ended.",
    )


def _witness(opened: Session, plan: Reader, schemas: tuple[str, ...]) -> list[Row]:
    return list(_rows(opened, _text(plan.package, plan.witness), schemas)) if plan.witness and schemas else []


def _asking(opened: Session, plan: Reader, schemas: tuple[str, ...], seen: list[int] | None) -> _Ask:
    """Runs the reader's queries by name; `seen` gets a mark of each row, estimates left out."""

    def noting(rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            if seen is not None:
                seen.append(hash(tuple(value for name, value in row.items() if name != "rows")))
            yield row

    return lambda name: noting(_rows(opened, _text(plan.package, plan.queries[name]), schemas))


@contextmanager
def _snapshot(opened: Session, plan: Reader) -> Iterator[None]:
    """A transaction, begun as the reader says, that ends here whatever happens."""
    connection = opened.connection
    if connection.invalidated:  # SQLAlchemy would make another one, with limits of its own
        raise ConnectionError("the connection is lost")
    connection.rollback()  # SQLAlchemy's own bookkeeping: it counts a transaction since the last statement
    connection.begin()
    try:
        for statement in plan.begin(round(opened.limits.statement_s * 1000)):
            connection.exec_driver_sql(statement)
        yield
    finally:
        with suppress(DBAPIError, OSError):  # what has been read has been read
            connection.rollback()


def _spelled(opened: Session, wanted: tuple[str, ...]) -> dict[str, str | None]:
    """The schemas asked for, in order -> the server's own spelling, None where there is none."""
    query = GREETINGS[opened.target.provider_family].schemas
    found = {row["name"] for row in _rows(opened, query, wanted)}
    # What was found and not asked for in that letter case was matched by the server's own rule: lower_case_table_names.
    respelled = {name.casefold(): name for name in found.difference(wanted)}
    return {name: name if name in found else respelled.get(name.casefold()) for name in wanted}


def _present(spelled: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(own for own in spelled.values() if own is not None))


def _require_all(opened: Session, spelled: Mapping[str, str | None]) -> None:
    missing = [name for name, own in spelled.items() if own is None]
    if missing:
        raise ConfigError(
            f"{opened.target.shown}: no such schema, or none this role can see: {', '.join(missing)}",
            "Check `schemas` in the configuration and `schema` in the URL, also for upper and lower case.",
        )


def _rows(opened: Session, query: str, schemas: tuple[str, ...]) -> Iterator[Row]:
    from sqlalchemy import bindparam, text

    statement = text(query)
    if ":schemas" in query:
        statement = statement.bindparams(bindparam("schemas", list(schemas), expanding=True))
    with answering(opened.connection, opened.limits):
        yield from streamed(opened.connection, statement)


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
