"""Database URLs: every form read, every bad one refused in words that hold nothing secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.errors import ConfigError, Unsupported
from namesync.model import Provider
from namesync.sources.url import Target, in_database, parse_url

BASE = Path("/project/prisma")


def read(text: str, base: Path = BASE) -> Target:
    return parse_url(text, base=base)


@pytest.mark.parametrize(
    ("text", "rendered", "arguments", "shown"),
    [
        pytest.param(
            "postgresql://app:pw@db.example.com:5432/shop",
            "postgresql+psycopg://app:pw@db.example.com:5432/shop",
            {},
            "postgresql://app@db.example.com:5432/shop",
            id="postgresql",
        ),
        pytest.param("postgres://h/shop", "postgresql+psycopg://h/shop", {}, "postgresql://h/shop", id="postgres"),
        pytest.param("POSTGRES://h/shop", "postgresql+psycopg://h/shop", {}, "postgresql://h/shop", id="upper case"),
        pytest.param("  postgres://h/shop\n", "postgresql+psycopg://h/shop", {}, "postgresql://h/shop", id="space around"),
        pytest.param(
            "postgresql+asyncpg://h/shop", "postgresql+psycopg://h/shop", {}, "postgresql://h/shop", id="other driver"
        ),
        pytest.param(
            "postgresql://u:@h/shop", "postgresql+psycopg://u:@h/shop", {}, "postgresql://u@h/shop", id="empty password"
        ),
        pytest.param(
            "postgresql://u%40corp:p%40s%2Fs%3A%23@h/my%20shop",
            "postgresql+psycopg://u%40corp:p%40s%2Fs%3A%23@h/my shop",
            {},
            "postgresql://u@corp@h/my shop",
            id="percent-encoded",
        ),
        pytest.param(
            "postgresql://u:p@ss@h/shop",
            "postgresql+psycopg://u:p%40ss@h/shop",
            {},
            "postgresql://u@h/shop",
            id="@ in password",
        ),
        pytest.param(
            "postgresql://u:100%@h/shop",
            "postgresql+psycopg://u:100%25@h/shop",
            {},
            "postgresql://u@h/shop",
            id="lone percent",
        ),
        pytest.param(
            "postgresql://u:%ff@h/shop",
            "postgresql+psycopg://u:%25ff@h/shop",
            {},
            "postgresql://u@h/shop",
            id="no UTF-8: kept as it is",
        ),
        pytest.param(
            "postgresql://[::1]:5433/shop",
            "postgresql+psycopg://[::1]:5433/shop",
            {},
            "postgresql://[::1]:5433/shop",
            id="IPv6",
        ),
        pytest.param("postgresql://h", "postgresql+psycopg://h/postgres", {}, "postgresql://h/postgres", id="no database"),
        pytest.param(
            "postgresql:///shop",
            "postgresql+psycopg://localhost/shop",
            {},
            "postgresql://localhost/shop",
            id="no host: localhost, as Prisma",
        ),
        pytest.param(
            "postgresql:///shop?host=/tmp",
            "postgresql+psycopg:///shop",
            {"host": "/tmp"},
            "postgresql:///tmp/shop",
            id="socket folder",
        ),
        pytest.param(
            "postgresql://u@localhost:5433/shop?host=/tmp",
            "postgresql+psycopg://u@:5433/shop",
            {"host": "/tmp"},
            "postgresql://u@/tmp:5433/shop",
            id="socket folder before host, its port stays",
        ),
        pytest.param(
            "postgresql://u@%2Fvar%2Frun/shop?port=5433",
            "postgresql+psycopg://u@:5433/shop",
            {"host": "/var/run"},
            "postgresql://u@/var/run:5433/shop",
            id="socket folder as libpq writes it",
        ),
        pytest.param(
            "postgresql://u@%2fvar%2Frun:5433/shop",
            "postgresql+psycopg://u@:5433/shop",
            {"host": "/var/run"},
            "postgresql://u@/var/run:5433/shop",
            id="socket folder with its port",
        ),
        pytest.param(
            "postgresql://u@h1:5433,h2/shop?target_session_attrs=read-write",
            "postgresql+psycopg://u@/shop",
            {"host": "h1,h2", "port": "5433,", "target_session_attrs": "read-write"},
            "postgresql://u@h1,h2/shop",
            id="several hosts",
        ),
        pytest.param(
            "postgresql://h/shop?connection_limit=1&pool_timeout=2&socket_timeout=3&pgbouncer=true"
            "&statement_cache_size=0&max_connection_lifetime=1&max_idle_connection_lifetime=1&dbname=x&user=y&odd=z",
            "postgresql+psycopg://h/shop",
            {},
            "postgresql://h/shop",
            id="dropped",
        ),
        pytest.param(
            "postgresql://h/shop?connect_timeout=3&application_name=app+1&options=-c%20a%3Db&channel_binding=require",
            "postgresql+psycopg://h/shop",
            {"connect_timeout": 3, "application_name": "app 1", "options": "-c a=b", "channel_binding": "require"},
            "postgresql://h/shop",
            id="kept",
        ),
        pytest.param(
            "postgresql://h/shop?connect_timeout=0", "postgresql+psycopg://h/shop", {}, "postgresql://h/shop", id="for ever"
        ),
        pytest.param(
            "postgresql://h/shop?sslmode=require&sslaccept=accept_invalid_certs&sslpassword=x",
            "postgresql+psycopg://h/shop",
            {"sslmode": "require"},
            "postgresql://h/shop",
            id="any certificate",
        ),
        pytest.param(
            "postgresql://h/shop?sslmode=disable&sslaccept=strict",
            "postgresql+psycopg://h/shop",
            {"sslmode": "disable"},
            "postgresql://h/shop",
            id="no TLS",
        ),
        pytest.param(
            "mysql://root:pw@127.0.0.1:3309/shop",
            "mysql+pymysql://root:pw@127.0.0.1:3309/shop",
            {},
            "mysql://root@127.0.0.1:3309/shop",
            id="mysql",
        ),
        pytest.param("mariadb://h/shop", "mysql+pymysql://h/shop", {}, "mysql://h/shop", id="mariadb"),
        pytest.param("mysql+pymysql://h/shop", "mysql+pymysql://h/shop", {}, "mysql://h/shop", id="mysql+pymysql"),
        pytest.param("mysql://root@h", "mysql+pymysql://root@h", {}, "mysql://root@h/", id="mysql without database"),
        pytest.param(
            "mysql://root@localhost:3306/shop?socket=(/tmp/my.sock)",
            "mysql+pymysql://root@localhost/shop",
            {"unix_socket": "/tmp/my.sock"},
            "mysql://root@/tmp/my.sock/shop",
            id="mysql socket",
        ),
        pytest.param(
            "mysql://h/shop?unix_socket=/tmp/my.sock&connect_timeout=7&charset=latin1&schema=x&prefer_socket=true",
            "mysql+pymysql://localhost/shop",
            {"unix_socket": "/tmp/my.sock", "connect_timeout": 7},
            "mysql:///tmp/my.sock/shop",
            id="mysql socket as SQLAlchemy writes it",
        ),
        pytest.param(
            "mysql://h/shop?ssl-mode=DISABLED",
            "mysql+pymysql://h/shop",
            {"ssl_disabled": True},
            "mysql://h/shop",
            id="mysql no TLS",
        ),
    ],
)
def test_server_urls(text: str, rendered: str, arguments: dict[str, object], shown: str) -> None:
    target = read(text)
    assert target.url.render_as_string(hide_password=False) == rendered
    assert target.connect_args == arguments
    assert target.shown == shown


@pytest.mark.parametrize(
    ("text", "path", "shown"),
    [
        pytest.param("file:./dev.db", "/project/prisma/dev.db", "file:./dev.db", id="Prisma, relative"),
        pytest.param("file:dev.db?connection_limit=1", "/project/prisma/dev.db", "file:dev.db", id="with parameters"),
        pytest.param("file:../a b%.db", "/project/prisma/../a b%.db", "file:../a b%.db", id="odd characters, not decoded"),
        pytest.param("file:/data/dev.db", "/data/dev.db", "file:/data/dev.db", id="absolute"),
        pytest.param("file:///data/dev.db", "/data/dev.db", "file:/data/dev.db", id="absolute with slashes"),
        pytest.param("sqlite:///dev.db", "/project/prisma/dev.db", "file:dev.db", id="SQLAlchemy, relative"),
        pytest.param("sqlite:////data/dev.db", "/data/dev.db", "file:/data/dev.db", id="SQLAlchemy, absolute"),
        pytest.param("sqlite+pysqlite:///dev.db", "/project/prisma/dev.db", "file:dev.db", id="SQLAlchemy, driver"),
    ],
)
def test_sqlite_urls(text: str, path: str, shown: str) -> None:
    target = read(text)
    assert (target.provider_family, target.url.database, target.shown) == (Provider.SQLITE, path, shown)


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        pytest.param("postgresql://h/shop?schema=tenant_a", "tenant_a", id="given"),
        pytest.param("postgresql+psycopg://h/shop?schema=a%20b", "a b", id="decoded"),
        pytest.param("postgresql://h/shop?schema=", None, id="empty"),
        pytest.param("postgresql://h/shop", None, id="absent"),
        pytest.param("mysql://h/shop?schema=x", None, id="mysql"),
    ],
)
def test_schema(text: str, schema: str | None) -> None:
    assert read(text).schema == schema


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        pytest.param("", ConfigError, "an empty text is no database URL", id="empty"),
        pytest.param("   ", ConfigError, "an empty text is no database URL", id="blank"),
        pytest.param("hunter2", ConfigError, "this text is no database URL", id="no scheme"),
        pytest.param("'postgresql://u:hunter2@h/d'", ConfigError, "this text is no database URL", id="quotes left in"),
        pytest.param("http://u:hunter2@h/d", ConfigError, "no database URL begins with http:", id="another scheme"),
        pytest.param("jdbc:postgresql://u:hunter2@h/d", ConfigError, "begins with jdbc:\nLeave `jdbc:` out", id="jdbc"),
        pytest.param("postgresql:/u:hunter2@h/d", ConfigError, "a URL has //", id="one slash"),
        pytest.param("postgresql://u:hunt#er2@h/d", ConfigError, "an unencoded #", id="unencoded #"),
        pytest.param("postgresql://u:hunt/er2@h/d", ConfigError, "an unencoded / or ?", id="unencoded /"),
        pytest.param("postgresql://u:12/hunter2@h/d", ConfigError, "an unencoded / or ?", id="unencoded / after digits"),
        pytest.param("postgresql://u:hunt?er2@h/d", ConfigError, "an unencoded / or ?", id="unencoded ?"),
        pytest.param("postgresql://u:hunter2", ConfigError, "host and port can't be read", id="no host"),
        pytest.param("postgresql://u:hunter2@h:65536/d", ConfigError, "the port is no number", id="port too large"),
        pytest.param("postgresql://u:hunter2@h:0/d", ConfigError, "the port is no number", id="port 0"),
        pytest.param("postgresql://u:hunter2@h:54²/d", ConfigError, "host and port can't be read", id="port of odd digits"),
        pytest.param("postgresql://u:hunter2@::1/d", ConfigError, "host and port can't be read", id="IPv6 bare"),
        pytest.param("postgresql://u:hunter2@[::1/d", ConfigError, "host and port can't be read", id="IPv6 not closed"),
        pytest.param("postgresql://u:hunter2@h/d?connect_timeout=x", ConfigError, "`connect_timeout`", id="timeout"),
        pytest.param("postgresql://u:hunter2@h/d?sslmode=full", ConfigError, "`sslmode` is none of disable", id="sslmode"),
        pytest.param("postgresql://u:hunter2@h/d?channel_binding=x", ConfigError, "`channel_binding`", id="channel binding"),
        pytest.param("postgresql://u:hunter2@h/d?sslcert=ca.pem", ConfigError, "no file /project/prisma/ca.pem", id="sslcert"),
        pytest.param("mysql://u:hunter2@h1,h2/d", ConfigError, "several hosts", id="mysql, several hosts"),
        pytest.param("mysql://u:hunter2@h/d?ssl-mode=full", ConfigError, "`ssl-mode` is none of", id="mysql, ssl-mode"),
        pytest.param("sqlite://", ConfigError, "names no file", id="SQLite without a file"),
        pytest.param("file:", ConfigError, "names no file", id="file: without a file"),
        pytest.param("file::memory:", ConfigError, "names no file", id="SQLite in memory"),
        pytest.param("sqlserver://h;password=hunter2", Unsupported, "SQL Server is not supported", id="SQL Server"),
        pytest.param("mssql+pyodbc://u:hunter2@h", Unsupported, "SQL Server is not supported", id="SQL Server's driver"),
        pytest.param("cockroachdb://u:hunter2@h/d", Unsupported, "CockroachDB is not supported", id="CockroachDB"),
        pytest.param("mongodb+srv://u:hunter2@h/d", Unsupported, "MongoDB is not supported", id="MongoDB"),
        pytest.param("prisma://h/?api_key=hunter2", Unsupported, "`directUrl`", id="Accelerate"),
        pytest.param("prisma+postgres://h/?api_key=hunter2", Unsupported, "`directUrl`", id="Prisma Postgres"),
        pytest.param("postgresql://u:hunter2@h/d?sslidentity=c.p12", Unsupported, "openssl pkcs12", id="PKCS#12"),
        pytest.param(
            "mysql://u:hunter2@h/d?sslidentity=c.p12&sslpassword=hunter2", Unsupported, "ssl_cert=", id="mysql PKCS#12"
        ),
    ],
)
def test_refused(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        read(text)
    assert words in str(caught.value)
    assert not any(piece in str(caught.value) for piece in ("hunter2", "hunt", "er2"))
    assert caught.value.__cause__ is None


def test_a_wrong_parameter_is_told_without_a_lesson_on_urls() -> None:
    with pytest.raises(ConfigError, match="sslmode") as caught:
        read("postgresql://h/d?sslmode=on")
    assert caught.value.hint == "Correct the parameter, or leave it out of the URL."


def test_in_another_database() -> None:
    target = in_database(read("postgresql://u:p@h:5433/postgres?schema=x"), "app 1")
    assert target.url.render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h:5433/app 1"
    assert target.shown == "postgresql://u@h:5433/app 1?schema=x"
