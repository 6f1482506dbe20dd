"""Empty databases to try things on: on an embedded PostgreSQL, on the server of a shadow URL, or SQLite files.

What is made here is dropped here; no database that existed before is touched.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymysql.constants import CLIENT
from sqlalchemy.exc import DBAPIError

from namesync.dialects import Version, dialect, parse_version
from namesync.errors import ConnectionFailed, MigrationError, NamesyncError, Unsupported
from namesync.model import Provider
from namesync.sources.connection import Limits, answering, closed, connect, engine_for
from namesync.sources.embedded import VERSIONS, embedded_postgresql
from namesync.sources.failure import attempt, without_secrets
from namesync.sources.url import Target, parse_url

if TYPE_CHECKING:
    from sqlalchemy import Connection

_STATEMENT_S = 3600  # a migration may have much to do
_SEVERAL_STATEMENTS = {Provider.MYSQL: {"client_flag": CLIENT.MULTI_STATEMENTS}}
_SHADOW = "Set `shadow_url` in namesync.toml to a server where namesync may create and drop databases."


@dataclass(frozen=True, slots=True)
class Scratch:
    """A server where databases can be made and dropped."""

    target: Target
    folder: Path

    @contextmanager
    def database(self) -> Iterator[Target]:
        """A new empty database, dropped at the end."""
        name = f"namesync_scratch_{secrets.token_hex(6)}"
        if self.target.provider_family is Provider.SQLITE:
            file = self.folder / f"{name}.db"
            file.touch()
            yield replace(self.target, url=self.target.url.set(database=str(file)), shown="the scratch database")
            return
        quoted = dialect(self.target.provider_family).quote(name)
        postgresql = self.target.provider_family is Provider.POSTGRESQL
        # Of template1, which is copied by default, others may have made something of their own, or be connected to it.
        drop = f"DROP DATABASE IF EXISTS {quoted}{' WITH (FORCE)' if postgresql else ''}"
        try:
            self._run(f"CREATE DATABASE {quoted}{' TEMPLATE template0' if postgresql else ''}")
        except ConnectionFailed:
            with suppress(NamesyncError):  # it may have been made for all that
                self._run(drop)
            raise
        try:
            yield replace(self.target, url=self.target.url.set(database=name), schema=None, shown="the scratch database")
        finally:
            try:
                self._run(drop)
            except ConnectionFailed as error:
                what = f"{error.what}; the scratch database {name} is left there"
                raise ConnectionFailed(what, "Drop it when the server answers again.") from None

    def _run(self, statement: str) -> None:
        try:
            run_script(self.target, statement)
        except MigrationError as error:
            raise Unsupported(f"shadow_url leads to no scratch server: {error.what}", _SHADOW) from None


@contextmanager
def scratch(provider: Provider, server_version: str = "", shadow: Target | None = None) -> Iterator[Scratch]:
    """A scratch server for a provider: that of the shadow URL where there is one, else the embedded PostgreSQL.

    SQLite's are always files. Raises Unsupported where none is to be had, or the shadow URL is another provider's;
    ConnectionFailed where the server refuses.
    """
    if shadow is not None and provider.family not in (shadow.provider_family, Provider.SQLITE):
        raise Unsupported(f"shadow_url leads to {shadow.provider_family}, a server of {provider.family} is wanted", _SHADOW)
    with tempfile.TemporaryDirectory(prefix="namesync-scratch-") as name:
        folder = Path(name)
        if provider is Provider.SQLITE:
            yield Scratch(parse_url(f"file:{folder}/main.db", base=folder), folder)
        elif shadow is not None:
            yield Scratch(shadow, folder)
        elif provider is Provider.POSTGRESQL:
            with embedded_postgresql(_nearest(parse_version(server_version))) as url:
                yield Scratch(parse_url(url, base=folder), folder)
        else:
            raise Unsupported(f"there is no scratch server for {provider}", _SHADOW)


def _nearest(version: Version) -> int:
    """The oldest embedded version that is not older than the server's, else the newest."""
    newest = max(VERSIONS)
    return min((one for one in VERSIONS if version and one >= version[0]), default=newest)


def run_script(target: Target, script: str) -> None:
    """Run a whole script as Prisma's engine does: on PostgreSQL in one simple query, on MySQL statement after statement.

    Raises MigrationError with the server's words, ConnectionFailed where it can't be reached.
    """
    _run(target, (script,))


def run_cut(target: Target, script: str) -> None:
    """Run a script as Prisma's driver adapters do: cut at every `;`, wherever it stands, each piece on its own.

    Raises as `run_script`.
    """
    _run(target, (piece for piece in script.split(";") if piece.strip()))


def _run(target: Target, scripts: Iterable[str]) -> None:
    several = replace(target, connect_args={**target.connect_args, **_SEVERAL_STATEMENTS.get(target.provider_family, {})})
    limits = Limits.of(target, statement_s=_STATEMENT_S)
    engine, _ = engine_for(several, limits)
    with attempt(target, lambda: connect(engine, limits)) as opened:  # unlike `raw_connection`, it wraps the driver's errors
        if target.schema:  # where Prisma puts what has no schema
            scripts = (f"SET search_path TO {dialect(target.provider_family).quote(target.schema)}", *scripts)
        for script in scripts:
            attempt(target, partial(_execute, target, opened, limits, script))


def _execute(target: Target, opened: Connection, limits: Limits, script: str) -> None:
    """Raises MigrationError with what the server has against the script, DBAPIError where it does not answer any more."""
    connection: Any = opened.connection.driver_connection
    try:
        with answering(opened, limits):
            _send(target.provider_family, connection, script)
    except opened.dialect.loaded_dbapi.Error as error:
        if closed(connection):
            opened.invalidate()
            raise DBAPIError(None, None, error) from None
        raise MigrationError(f"{target.shown}: {without_secrets(target, str(error))}") from None


def _send(family: Provider, connection: Any, script: str) -> None:
    """Without parameters psycopg sends a script as one simple query, which is one transaction."""
    match family:
        case Provider.SQLITE:
            connection.executescript(script)
        case Provider.POSTGRESQL:
            connection.execute(script.encode())
        case Provider.MYSQL | Provider.MARIADB:
            with connection.cursor() as cursor:
                cursor.execute(f"DO 0;\n{script}")  # a script of comments only would be an error (1065)
                while cursor.nextset():
                    pass
