"""Which server answered, and what a failure to reach one says: never more than it should."""

from __future__ import annotations

import gc
import socket
import struct
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote, urlsplit

import pytest

from namesync.dialects.server import recognise
from namesync.errors import ConnectionFailed, Unsupported
from namesync.model import Provider
from tests.readers.reading import read_url
from tests.servers import Server

SECRET = "hunter" + "2"  # never whole in a line of source: tracebacks show those
POSTGRESQL, MYSQL, MARIADB, SQLITE = Provider.POSTGRESQL, Provider.MYSQL, Provider.MARIADB, Provider.SQLITE


@pytest.mark.parametrize(
    ("family", "words", "provider", "version"),
    [
        (POSTGRESQL, "PostgreSQL 16.14 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 14.2.1, 64-bit", POSTGRESQL, "16.14"),
        (POSTGRESQL, "PostgreSQL 13.0 (Debian 13.0-1.pgdg100+1) on x86_64-pc-linux-gnu", POSTGRESQL, "13.0"),
        (POSTGRESQL, "PostgreSQL 27devel on aarch64", POSTGRESQL, "27"),
        (MYSQL, "8.0.36-0ubuntu0.22.04.1 (Ubuntu)", MYSQL, "8.0.36"),
        (MYSQL, "9.7.4 MySQL Community Server - GPL", MYSQL, "9.7.4"),
        (MYSQL, "8.0.35-27 Percona Server (GPL), Release 27", MYSQL, "8.0.35"),
        (MYSQL, "10.11.19-MariaDB-deb12 Debian 12", MARIADB, "10.11.19"),
        (MYSQL, "5.5.5-10.5.1-MariaDB mariadb.org binary distribution", MARIADB, "10.5.1"),
        (MYSQL, "12.1.2-MariaDB-log", MARIADB, "12.1.2"),
        (SQLITE, "3.40.1", SQLITE, "3.40.1"),
    ],
)
def test_a_server_is_recognised(family: Provider, words: str, provider: Provider, version: str) -> None:
    assert recognise(family, words) == (provider, version)


@pytest.mark.parametrize(
    ("family", "words", "message"),
    [
        (POSTGRESQL, "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27)", "CockroachDB, which"),
        (POSTGRESQL, "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc, Redshift 1.0.62614", "Redshift, which"),
        (POSTGRESQL, "PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64-pc-linux-gnu", "YugabyteDB, which"),
        (POSTGRESQL, "PostgreSQL 12.12 (Greenplum Database 7.1.0 build commit:a) on x86_64", "Greenplum, which"),
        (POSTGRESQL, "PostgreSQL 12.22 on x86_64", r"PostgreSQL 12\.22; namesync reads PostgreSQL 13 and later"),
        (MYSQL, "8.0.11-TiDB-v7.5.0 TiDB Server (Apache License 2.0)", "TiDB, which"),
        (MYSQL, "8.0.30-Vitess Version: 19.0.1", "Vitess, which"),
        (MYSQL, "5.7.44-log MySQL Community Server", r"MySQL 5\.7\.44; namesync reads MySQL 8 and later"),
        (MYSQL, "10.4.34-MariaDB", r"MariaDB 10\.4\.34; namesync reads MariaDB 10\.5 and later"),
        (POSTGRESQL, "something else", "can't be told from 'something else'"),
    ],
)
def test_other_servers_and_old_versions_are_refused_by_name(family: Provider, words: str, message: str) -> None:
    with pytest.raises(Unsupported, match=message):
        recognise(family, words)


def test_a_unix_socket_leads_to_the_same_server(server: Server) -> None:
    if not server.socket:
        pytest.skip("this server has no socket on this machine")
    url = server.create("CREATE TABLE t (id int NOT NULL PRIMARY KEY)")
    postgresql = server.provider is POSTGRESQL
    ways = [f"{url}?{'host' if postgresql else 'socket'}={server.socket}"]
    if postgresql:  # as libpq writes it
        parts = urlsplit(url)
        ways.append(parts._replace(netloc=f"{parts.username}@{quote(server.socket, safe='')}:{parts.port}").geturl())
    else:  # as Prisma's documentation writes it
        ways.append(f"{url}?socket=({server.socket})")
    assert [read_url(way) for way in ways] == [read_url(url)] * 2


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_nothing_listens_there(scheme: str) -> None:
    with pytest.raises(ConnectionFailed, match=r"@127\.0\.0\.1:\d+/db: nothing listens there"):
        read_url(f"{scheme}://user:{SECRET}@127.0.0.1:{free_port()}/db")


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_host_without_an_address(scheme: str) -> None:
    with pytest.raises(ConnectionFailed, match="the host name can't be resolved"):
        read_url(f"{scheme}://user:{SECRET}@no-such-host.invalid/db")


def test_no_socket_where_the_url_says() -> None:
    with pytest.raises(ConnectionFailed, match="nothing listens there"):
        read_url(f"postgresql://user:{SECRET}@/db?host=/nonexistent")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # PyMySQL forgets the socket it could not connect
        with pytest.raises(ConnectionFailed, match="nothing listens there"):
            read_url(f"mysql://user:{SECRET}@localhost/db?socket=/nonexistent/mysqld.sock")
        gc.collect()


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_accepts_and_is_silent_is_left(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConnectionFailed, match="no answer in time"):
            read_url(f"{scheme}://user:{SECRET}@127.0.0.1:{port}/db", connect_timeout_s=1)


@contextmanager
def answers(reply: bytes) -> Iterator[int]:
    """A port where whoever connects, says no to TLS and sends a start-up message gets these bytes."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    while len(message := connection.recv(4096)) == 8:  # requests for GSSAPI and TLS
                        connection.sendall(b"N")
                    connection.sendall(reply if message else b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def fatal(code: str, words: str) -> bytes:
    """PostgreSQL's ErrorResponse: https://www.postgresql.org/docs/current/protocol-message-formats.html"""
    body = b"".join(f"{field}{value}\0".encode() for field, value in (("S", "FATAL"), ("C", code), ("M", words))) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        ("28P01", 'password authentication failed for user "user"', "refused the user or the password"),
        (
            "28000",
            'no pg_hba.conf entry for host "10.0.0.1", user "user", database "db", no encryption',
            "does not let this user",
        ),
        ("28000", 'pg_hba.conf rejects connection for host "10.0.0.1", user "user"', "does not let this user"),
        ("53300", "sorry, too many clients already", "no connection free"),
        ("57P03", "the database system is starting up", "starting up or shutting down"),
        ("XX000", f"unheard of, {SECRET} included", r"unheard of, \*\*\* included"),
    ],
)
def test_what_postgresql_says_at_the_door(code: str, words: str, meaning: str) -> None:
    with answers(fatal(code, words)) as port, pytest.raises(ConnectionFailed, match=meaning) as failure:
        read_url(f"postgresql://user:{SECRET}@127.0.0.1:{port}/db?sslmode=disable")
    assert_no_secret(failure.value)


def test_a_server_without_tls_where_the_url_wants_it() -> None:
    with answers(b"") as port, pytest.raises(ConnectionFailed, match="no encrypted connection"):
        read_url(f"postgresql://user:{SECRET}@127.0.0.1:{port}/db?sslmode=require")


def test_a_certificate_that_can_not_be_trusted_on_mysql(mysql: Server) -> None:
    """PyMySQL tells it under the number of an unreachable host; one without TLS is no better."""
    with pytest.raises(ConnectionFailed, match="no encrypted connection"):
        read_url(urlsplit(mysql.url)._replace(path="/mysql", query="sslaccept=strict").geturl())


def test_a_wrong_password_on_mysql(mysql: Server) -> None:
    with pytest.raises(ConnectionFailed, match="refused the user or the password") as failure:
        read_url(mysql.url.replace("root@", f"root:{SECRET}@"))
    assert_no_secret(failure.value)


def test_a_missing_database_on_mysql(mysql: Server) -> None:
    with pytest.raises(ConnectionFailed, match="there is no such database"):
        read_url(urlsplit(mysql.url)._replace(path="/ns_no_such_database").geturl())


def assert_no_secret(error: Exception) -> None:
    """Not in the message, and in no traceback, chained or not: what hangs on the error is shown by loggers too."""
    assert SECRET not in "".join(traceback.format_exception(error))
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_sqlite_file_that_is_missing_is_not_made(sqlite: Server) -> None:
    url = f"{sqlite.url}/missing.db"
    with pytest.raises(ConnectionFailed, match="there is no such file"):
        read_url(url)
    with pytest.raises(ConnectionFailed, match="there is no such file"):
        read_url(url)
