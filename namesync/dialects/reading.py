"""How a server's catalog is read, as data: the statements that open the session, the queries, the mapping of their rows.

`namesync.sources.server` runs a `Reader`; nothing here opens anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from namesync.dialects import Version
from namesync.model import Catalog, Provider

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the queries of one environment gave: query name -> its rows."""

    provider: Provider
    server_version: str
    schemas: tuple[str, ...]
    results: Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How to read one server of one version.

    `begin(timeout_ms)` are the statements that open one read-only snapshot, with the statement timeout in force for that
    transaction only (a pooler may hand the connection to others). `queries` maps a name to the `.sql` file beside the
    reader's package; each may use the parameter `:schemas` (a list). Their number does not depend on the number of tables.
    """

    package: str
    begin: Callable[[int], tuple[str, ...]]
    queries: Mapping[str, str]
    build: Callable[[Rows], Catalog]


def reader(provider: Provider, version: Version) -> Reader:
    """The reader for a server and version."""
    match provider:
        case Provider.POSTGRESQL:
            from namesync.dialects.postgresql.rows import reader_for
        case Provider.MYSQL | Provider.MARIADB:
            from namesync.dialects.mysql.rows import reader_for
        case Provider.SQLITE:
            from namesync.dialects.sqlite.rows import reader_for
    return reader_for(provider, version)
