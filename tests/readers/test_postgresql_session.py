"""How PostgreSQL is read: with which rights, in how many queries, from which snapshot, and what a failure says."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import Connection, TextClause, text

from namesync.dialects.reading import Row
from namesync.errors import ConfigError, ConnectionFailed
from namesync.sources.server import list_schemas, read_catalog, session
from namesync.sources.streaming import streamed
from tests.readers.reading import read_url, target
from tests.servers import Server, database_of

SCHEMAS = """
CREATE SCHEMA closed; CREATE TABLE closed.t (id int PRIMARY KEY, n text, u int REFERENCES closed.t);
CREATE INDEX expressed ON closed.t (lower(n)) WHERE id > 1; CREATE TABLE public.open (id int PRIMARY KEY);
"""


@contextmanager
def stranger(server: Server, url: str) -> Iterator[str]:
    """The URL for a role that may connect to the database, and nothing else."""
    role = f"ns_stranger_{os.getpid()}"
    server.execute(url, f"CREATE ROLE {role} LOGIN PASSWORD 'secret'; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    try:
        parts = urlsplit(url)
        yield parts._replace(netloc=f"{role}:secret@{parts.netloc.rpartition('@')[2]}").geturl()
    finally:
        server.execute(url, f"DROP ROLE {role}")


def test_a_role_without_any_right_reads_the_same(postgresql: Server) -> None:
    url = postgresql.create(SCHEMAS)
    with stranger(postgresql, url) as strangers_url:
        with psycopg.connect(strangers_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT FROM closed.t")
        assert read_url(strangers_url, "closed", "public") == read_url(url, "closed", "public")


def between_queries(monkeypatch: pytest.MonkeyPatch, act: Callable[[Connection, str], None]) -> None:
    """Calls `act` with the connection and each catalog query, before its rows are read."""

    def acting(connection: Connection, statement: TextClause) -> Iterator[Row]:
        act(connection, str(statement))
        return streamed(connection, statement)

    monkeypatch.setattr("namesync.sources.server.streamed", acting)


def test_the_number_of_queries_does_not_depend_on_the_number_of_tables(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(tables: int) -> int:
        script = "".join(
            f"CREATE TABLE t{number} (id int PRIMARY KEY, o int REFERENCES t{max(number - 1, 0)}, n text UNIQUE);"
            f"CREATE INDEX ON t{number} (lower(n)) WHERE o > 1;"
            for number in range(tables)
        )
        seen: list[str] = []
        with session(target(postgresql.create(script))) as opened:
            between_queries(monkeypatch, lambda _, statement: seen.append(statement))
            assert len(read_catalog(opened).tables) == tables
        return len(seen)

    assert statements(1) == statements(300) <= 8


def test_one_catalog_is_one_snapshot(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two queries somebody changes everything; the catalog is that of the beginning, also past its end."""
    before = "CREATE TABLE keeps (id int PRIMARY KEY, n text);"
    url = postgresql.create(before)
    changes = [
        "CREATE TABLE comes (id int PRIMARY KEY, k int REFERENCES keeps); CREATE VIEW v AS SELECT 1 AS a",
        "ALTER TABLE keeps ADD CONSTRAINT later CHECK (id > 0); CREATE INDEX i ON keeps (lower(n))",
    ]
    with session(target(url)) as opened:
        expected = read_catalog(opened)

        def change(_: Connection, statement: str) -> None:
            if "FROM pg_class" in statement and "relpages" not in statement and changes:
                postgresql.execute(url, changes.pop())

        between_queries(monkeypatch, change)
        assert read_catalog(opened) == expected
        assert not changes
        assert [obj.name for obj in read_catalog(opened).objects] != [obj.name for obj in expected.objects]


def test_an_index_dropped_meanwhile_leaves_a_whole_catalog(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's functions that spell an expression look past the snapshot, and find nothing."""
    url = postgresql.create("CREATE TABLE t (id int PRIMARY KEY, n text); CREATE INDEX gone ON t (lower(n)) WHERE id > 1;")
    with session(target(url)) as opened:

        def drop(_: Connection, statement: str) -> None:
            if "indnkeyatts" in statement:
                postgresql.execute(url, "DROP INDEX IF EXISTS gone")

        between_queries(monkeypatch, drop)
        assert [obj.name for obj in read_catalog(opened).objects] == ["t_pkey"]


def test_nothing_can_be_written_and_nothing_of_the_settings_stays(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler such as PgBouncer gives the same connection to others between transactions."""
    with session(target(postgresql.create())) as opened:
        shown = text("SELECT name, setting FROM pg_settings WHERE name <> 'transaction_isolation' ORDER BY name")
        before = opened.connection.execute(shown).all()
        refused: list[str] = []

        def write(connection: Connection, statement: str) -> None:
            if "FROM pg_class" in statement and not refused:
                settings = ("transaction_read_only", "statement_timeout")
                refused.extend(connection.exec_driver_sql(f"SHOW {each}").scalar_one() for each in settings)

        between_queries(monkeypatch, write)
        read_catalog(opened)
        assert refused == ["on", "1min"]
        assert opened.connection.execute(shown).all() == before


def test_one_connection_serves_many_schemas(postgresql: Server) -> None:
    url = postgresql.create("CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (id int PRIMARY KEY);")
    with session(target(url)) as opened:
        assert [name for name in list_schemas(opened) if len(name) == 1] == ["a", "b"]
        assert [len(read_catalog(opened, (name,)).objects) for name in ("a", "b")] == [1, 0]
        with pytest.raises(ConfigError):
            read_catalog(opened, ("nope",))
        assert len(read_catalog(opened, ("a",)).objects) == 1, "a failure leaves the session usable"


@pytest.mark.parametrize("schema", ["nope", "PUBLIC", "pg_catalog", "information_schema", "pg_toast"])
def test_a_schema_that_is_missing_or_the_systems_is_refused(postgresql: Server, schema: str) -> None:
    with pytest.raises(ConfigError, match=f"no such schema.*: {schema}"):
        read_url(postgresql.create(), "public", schema)


def test_a_missing_database_is_told(postgresql: Server) -> None:
    url = urlsplit(postgresql.url)._replace(path="/ns_no_such_database").geturl()
    with pytest.raises(ConnectionFailed, match="ns_no_such_database: there is no such database"):
        read_url(url)


def test_a_missing_role_is_told(postgresql: Server) -> None:
    parts = urlsplit(postgresql.url)
    url = parts._replace(netloc=f"ns_nobody:secret@{parts.netloc.rpartition('@')[2]}").geturl()
    with pytest.raises(ConnectionFailed, match="refused the user or the password") as failure:
        read_url(url)
    assert "secret" not in str(failure.value)


def test_a_role_that_may_not_connect_is_told(postgresql: Server) -> None:
    url = postgresql.create()
    with stranger(postgresql, url) as strangers_url:
        postgresql.execute(url, f'REVOKE CONNECT ON DATABASE "{database_of(url)}" FROM PUBLIC')
        with pytest.raises(ConnectionFailed, match="lacks the right"):
            read_url(strangers_url)


def test_a_query_that_waits_ends_with_the_statement_timeout(postgresql: Server) -> None:
    url = postgresql.create()
    with psycopg.connect(url) as blocker:
        blocker.execute("LOCK TABLE pg_catalog.pg_depend IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ConnectionFailed, match="longer than the statement timeout"):
            read_url(url, statement_timeout_s=0.3)


def test_a_server_that_stops_answering_is_left(postgresql: Server) -> None:
    """Neither the server's own timeout nor TCP notices a process that stands still."""
    if not postgresql.socket:
        pytest.skip("this server's processes are elsewhere")
    with session(target(postgresql.create()), statement_timeout_s=0.2) as opened:
        process = opened.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(ConnectionFailed, match="no answer in time"):
                read_catalog(opened)
        finally:
            os.kill(process, signal.SIGCONT)


def test_a_connection_cut_by_the_server_is_told(postgresql: Server) -> None:
    url = postgresql.create()
    with session(target(url)) as opened:
        process = opened.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        gone = f"EXISTS (SELECT FROM pg_stat_activity WHERE pid = {process})"
        wait = f"WHILE {gone} LOOP PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP"
        postgresql.execute(url, f"DO $$ BEGIN PERFORM pg_terminate_backend({process}); {wait}; END $$")
        with pytest.raises(ConnectionFailed, match="the connection was lost"):
            read_catalog(opened)


def test_names_that_are_no_text_are_told(postgresql: Server) -> None:
    """In a database without an encoding a name can be any bytes."""
    name = f"ns_ascii_{os.getpid()}"
    postgresql.execute(postgresql.url, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    url = urlsplit(postgresql.url)._replace(path=f"/{name}").geturl()
    try:
        create = "EXECUTE format('CREATE TABLE %I (a int)', convert_from('\\x63e9', 'SQL_ASCII'))"
        postgresql.execute(url, f"DO $$ BEGIN {create}; END $$")
        with pytest.raises(ConnectionFailed, match="a name in the catalog is not UTF-8"):
            read_url(url)
    finally:
        postgresql.drop(url)
