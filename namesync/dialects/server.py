"""Which server answered: its own words on its version, judged, and what it calls the schemas in scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from namesync.dialects import Version, parse_version
from namesync.errors import Unsupported
from namesync.model import Provider


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is asked before anything else.

    `version` is a script, sent in one go, of which one statement gives a row, its columns joined with a space by the caller.
    `schemas` finds which of the list `:schemas` exist, by the server's own rule on letter case, in the server's spelling.
    `default` is the schema in scope when nothing names one; "" stands for the URL's database.
    """

    version: str
    schemas: str
    default: str


GREETINGS: Mapping[Provider, Greeting] = {
    Provider.POSTGRESQL: Greeting(
        # Whatever is set for the role or the database: a search_path with a `version` of its own, timeouts that a new
        # connection's first query does not keep, serializable transactions (which a standby refuses).
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
        " SELECT pg_catalog.version(); COMMIT",
        "SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE nspname IN :schemas"
        " AND nspname !~ '^pg_' AND nspname <> 'information_schema'",
        "public",
    ),
    Provider.MYSQL: Greeting(
        "SELECT VERSION(), @@version_comment",
        "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN :schemas",
        "",
    ),
    Provider.SQLITE: Greeting(
        "SELECT sqlite_version()", "SELECT name FROM pragma_database_list WHERE name IN :schemas", "main"
    ),
}

# Servers that speak the protocol and say so in their version, with catalogs or names of their own.
_OTHERS = (
    "CockroachDB", "Redshift", "Greenplum", "Materialize", "RisingWave", "CrateDB", "QuestDB", "YugabyteDB",
    "TiDB", "Vitess", "SingleStore", "OceanBase", "StarRocks", "Doris", "Dolt", "ClickHouse",
)  # fmt: skip
_ALIASES = {"-yb-": "YugabyteDB"}

_OLDEST: Mapping[Provider, tuple[str, Version]] = {
    Provider.POSTGRESQL: ("PostgreSQL", (13,)),
    Provider.MYSQL: ("MySQL", (8,)),
    Provider.MARIADB: ("MariaDB", (10, 5)),
    Provider.SQLITE: ("SQLite", (3, 31)),
}


def recognise(family: Provider, words: str) -> tuple[Provider, str]:
    """The provider and the plain version (`"16.14"`) behind a server's own words on its version.

    Versions newer than any known are accepted. Raises `Unsupported` for other servers and for versions too old.
    """
    lowered = words.lower()
    names = (*(name for name in _OTHERS if name.lower() in lowered), *(_ALIASES[mark] for mark in _ALIASES if mark in lowered))
    if names:
        raise Unsupported(
            f"the server is {names[0]}, which namesync does not read",
            "It reads PostgreSQL 13 and later, MySQL 8 and later, MariaDB 10.5 and later, and SQLite 3.",
        )
    provider = Provider.MARIADB if family is Provider.MYSQL and "mariadb" in lowered else family
    # MariaDB, and proxies before it, may pretend to be 5.5.5 to old replicas: "5.5.5-10.11.8-MariaDB".
    version = parse_version(words.removeprefix("5.5.5-"))
    product, oldest = _OLDEST[provider]
    if not version:
        raise Unsupported(f"the server's version can't be told from {words!r}")
    shown = ".".join(map(str, version))
    if version < oldest:
        minimum = ".".join(map(str, oldest))
        raise Unsupported(f"the server is {product} {shown}; namesync reads {product} {minimum} and later")
    return provider, shown
