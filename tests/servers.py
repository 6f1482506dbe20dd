"""The servers tests run on, and what a test does with one: make databases, run scripts, ask, drop them."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import psycopg
import pymysql
import pytest
from pymysql.constants import CLIENT

from namesync.model import Provider

KNOWN = frozenset({"postgresql", "mysql", "mariadb", "sqlite", "engine", "chromium", "pgbouncer"})
"""What NAMESYNC_REQUIRE_SERVERS may list; `engine` is Prisma's own, `chromium` the browser that opens the HTML report."""

_numbers = itertools.count(1)


def required() -> frozenset[str]:
    """The names in NAMESYNC_REQUIRE_SERVERS."""
    return frozenset(name.strip() for name in os.environ.get("NAMESYNC_REQUIRE_SERVERS", "").split(",") if name.strip())


def missing(name: str, reason: str) -> NoReturn:
    """Skips the test, or fails it where NAMESYNC_REQUIRE_SERVERS lists `name` (one of KNOWN)."""
    if name in required():
        pytest.fail(f"NAMESYNC_REQUIRE_SERVERS lists {name}, which is not here: {reason}", pytrace=False)
    pytest.skip(f"no {name}: {reason}")


@dataclass(frozen=True)
class Server:
    """A running server, or for SQLite a folder. `url` is the administrator's, in Prisma's form.

    `socket` is the folder (PostgreSQL) or the file (MySQL, MariaDB) of its Unix socket, "" where there is none on this
    machine. `made` lists the URLs of the databases made and not dropped yet.
    """

    provider: Provider
    version: str
    url: str
    socket: str = ""
    made: list[str] = field(default_factory=list, compare=False)

    def create(self, sql: str = "", *, name: str | None = None) -> str:
        """A new empty database (for SQLite a file), the script executed in it; returns its URL."""
        name = name or f"ns_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}_{next(_numbers)}"
        if self.provider is Provider.SQLITE:
            url = f"{self.url}/{quote(name)}.db"
            self.execute(url, "VACUUM")  # writes the file
        else:
            url = urlsplit(self.url)._replace(path=f"/{quote(name, safe='')}").geturl()
            self.execute(self.url, f"CREATE DATABASE {self._quote(name)}{self._character_set}")
        self.made.append(url)
        if sql:
            self.execute(url, sql)
        return url

    def execute(self, url: str, sql: str) -> None:
        """Runs a whole script (several statements). PostgreSQL runs it in one transaction unless it says otherwise."""
        with connection(url) as connected:
            if isinstance(connected, sqlite3.Connection):
                connected.executescript(sql)
                return
            with connected.cursor() as cursor:
                cursor.execute(sql)
                while cursor.nextset():
                    pass

    def query(self, url: str, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one SELECT."""
        with connection(url) as connected, closing(connected.cursor()) as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def drop(self, url: str) -> None:
        """Drops a database made by `create`, whoever is connected to it; one already gone is no error."""
        if url in self.made:
            self.made.remove(url)
        if self.provider is Provider.SQLITE:
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(_file(url) + suffix).unlink(missing_ok=True)
            return
        force = " WITH (FORCE)" if self.provider is Provider.POSTGRESQL else ""
        self.execute(self.url, f"DROP DATABASE IF EXISTS {self._quote(database_of(url))}{force}")

    def _quote(self, name: str) -> str:
        mark = '"' if self.provider is Provider.POSTGRESQL else "`"
        return f"{mark}{name.replace(mark, mark * 2)}{mark}"

    @property
    def _character_set(self) -> str:
        # What Prisma asks for when it makes a database, whatever the server's default is.
        return "" if self.provider is Provider.POSTGRESQL else " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"


def database_of(url: str) -> str:
    """The database a server's URL names, "" for none."""
    return unquote(urlsplit(url).path.removeprefix("/"))


@contextmanager
def connection(url: str) -> Iterator[Any]:
    """A DBAPI connection to a Prisma URL, each statement committed at once; closed at the end."""
    if url.startswith("file:"):
        connected: Any = sqlite3.connect(_file(url), isolation_level=None)
    elif url.startswith("mysql:"):
        connected = _mysql(url)
    else:
        connected = psycopg.connect(_libpq(url), autocommit=True, connect_timeout=5)
    with closing(connected):
        yield connected


def _file(url: str) -> str:
    return unquote(url.removeprefix("file:").partition("?")[0])


def _libpq(url: str) -> str:
    """The URL with only those of its parameters that libpq takes as Prisma does."""
    parts = urlsplit(url)
    known = [pair for pair in parse_qsl(parts.query) if pair[0] in {"host", "sslmode", "options"}]
    return parts._replace(query=urlencode(known)).geturl()


def _mysql(url: str) -> Any:
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        unix_socket=dict(parse_qsl(parts.query)).get("socket"),
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=database_of(url) or None,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=5,
        client_flag=CLIENT.MULTI_STATEMENTS,
        ssl_disabled=True,  # each connection would read the system's certificates, which takes longer than a test's queries
    )
