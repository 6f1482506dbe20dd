"""Empty databases to try things on: on an embedded PostgreSQL, on the server of a shadow URL, or SQLite files.

What is made here is dropped here; no database that existed before is touched.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from namesync.dialects import Version, dialect, parse_version
from namesync.errors import MigrationError, Unsupported
from namesync.model import Provider
from namesync.sources.embedded import VERSIONS, embedded_postgresql
from namesync.sources.failure import attempt
from namesync.sources.url import Target, parse_url


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
        run_script(self.target, f"CREATE DATABASE {quoted}")
        try:
            yield replace(self.target, url=self.target.url.set(database=name), schema=None, shown="the scratch database")
        finally:
            run_script(self.target, f"DROP DATABASE {quoted}")


@contextmanager
def scratch(provider: Provider, server_version: str = "", shadow_url: str = "", base: Path | None = None) -> Iterator[Scratch]:
    """A scratch server for a provider: the shadow URL's where there is one, else the embedded PostgreSQL, or SQLite files.

    Raises Unsupported where neither is to be had, ConnectionFailed where the server refuses.
    """
    with tempfile.TemporaryDirectory(prefix="namesync-scratch-") as name:
        folder = Path(name)
        if shadow_url:
            yield Scratch(parse_url(shadow_url, base=base or folder), folder)
        elif provider is Provider.SQLITE:
            yield Scratch(parse_url(f"file:{folder}/main.db", base=folder), folder)
        elif provider is Provider.POSTGRESQL:
            with embedded_postgresql(_nearest(parse_version(server_version))) as url:
                yield Scratch(parse_url(url, base=folder), folder)
        else:
            raise Unsupported(
                f"there is no scratch server for {provider}",
                "Set `shadow_url` in namesync.toml to a server where namesync may create and drop databases.",
            )


def _nearest(version: Version) -> int:
    """The oldest embedded version that is not older than the server's, else the newest."""
    newest = max(VERSIONS)
    return min((one for one in VERSIONS if version and one >= version[0]), default=newest)


def run_script(target: Target, script: str) -> None:
    """Run a whole script as Prisma's engine does: on PostgreSQL in one simple query, on MySQL statement after statement.

    Raises MigrationError with the server's words, ConnectionFailed where it can't be reached.
    """
    from sqlalchemy import NullPool, create_engine

    engine = create_engine(target.url, poolclass=NullPool, connect_args=_arguments(target))
    raw = attempt(target, engine.raw_connection)
    try:
        _execute(target.provider_family, raw.driver_connection, script)
    except engine.dialect.loaded_dbapi.Error as error:
        raise MigrationError(f"{target.shown}: {error}") from None
    finally:
        raw.close()


def _arguments(target: Target) -> dict[str, Any]:
    if target.provider_family is Provider.MYSQL:
        from pymysql.constants import CLIENT

        return {**target.connect_args, "client_flag": CLIENT.MULTI_STATEMENTS, "autocommit": True}
    if target.provider_family is Provider.POSTGRESQL:
        return {**target.connect_args, "autocommit": True}
    return target.connect_args


def _execute(family: Provider, connection: Any, script: str) -> None:
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
