"""How a server's catalog is read, as data: the statements that open the session, the queries, the mapping of their rows.

`namesync.sources.server` runs a `Reader`; nothing here opens anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from namesync.dialects import Version
from namesync.model import Catalog, Provider

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the `queries` of one environment give.

    `ask(name)` is a query's rows, once: they come as the server sends them, and must be used up before another is asked.
    """

    provider: Provider
    server_version: str
    schemas: tuple[str, ...]
    queries: Collection[str]
    ask: Callable[[str], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How to read one server of one version.

    `begin(timeout_ms)` are the statements that open one read-only snapshot, with the statement timeout in force for that
    transaction only (a pooler may hand the connection to others). `queries` maps a name to the `.sql` file beside the
    reader's package; each may use the list `:schemas`, as in `x IN :schemas`. Their number does not depend on the number of
    tables or schemas.

    `witness`, where the snapshot does not hold everything still, is the file of one more query, asked in the snapshot before
    the others and in another one after them. Where it gives the same, with no row that is `unsure`, nothing has changed in
    between; where it gives none, there is nothing that could have.
    """

    package: str
    begin: Callable[[int], tuple[str, ...]]
    queries: Mapping[str, str]
    build: Callable[[Rows], Catalog]
    witness: str = ""


def reader(provider: Provider, version: Version) -> Reader:
    """The reader for a server and version."""
    if provider is Provider.POSTGRESQL:
        from namesync.dialects.postgresql import rows as postgresql

        return postgresql.reader_for(provider, version)
    if provider is Provider.SQLITE:
        from namesync.dialects.sqlite import rows as sqlite

        return sqlite.reader_for(provider, version)
    from namesync.dialects.mysql import rows as mysql

    return mysql.reader_for(provider, version)
