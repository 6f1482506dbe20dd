"""The automatic names of real servers are known for what they are, all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from namesync.model import Catalog, Kind, Object
from namesync.origin import origin
from tests.readers.reading import read_url
from tests.servers import Server

LENGTHS = (1, 20, 28, 29, 30, 31, 40, 57, 58, 59, 60, 63)


def _told(catalog: Catalog) -> Iterator[tuple[Object, str | None]]:
    tables = {table.ref: table for table in catalog.tables}
    for obj in catalog.objects:
        yield obj, origin(obj, tables.get(obj.key.table), catalog.provider)


def _names() -> Iterator[str]:
    """Of every length, and with a character of 2, 3 and 4 bytes that each possible cut goes through."""
    yield from ("x" * length for length in LENGTHS)
    for character in "é日😀":
        yield from ("x" * before + character * 6 for before in range(20, 24))


def _postgresql(table: str, column: str, number: int) -> str:
    """A table with everything that can be left without a name, some of it twice."""
    name = table[: -len(str(number))] + str(number) if len(table) > 3 else f"{table}{number}"
    return f"""
        CREATE TABLE "{name}" ("{column}" int PRIMARY KEY, "{column[:-1]}_" int UNIQUE, c text, UNIQUE ("{column}", c),
            FOREIGN KEY ("{column[:-1]}_") REFERENCES "{name}", FOREIGN KEY ("{column[:-1]}_") REFERENCES "{name}",
            EXCLUDE USING btree (c WITH =));
        CREATE INDEX ON "{name}" ("{column}");
        CREATE INDEX ON "{name}" ("{column}");
        CREATE UNIQUE INDEX ON "{name}" ("{column}");
        CREATE INDEX ON "{name}" (c, "{column}") INCLUDE ("{column[:-1]}_");
        CREATE INDEX ON "{name}" (lower(c));
        CREATE INDEX ON "{name}" (lower(c), (c || 'x'), (c || 'y'));
        CREATE INDEX ON "{name}" ((c::varchar), coalesce(c, 'z'));
    """


def test_postgresql(postgresql: Server) -> None:
    """Names of tables and columns of all lengths: both are shortened, the longer one first, at whole characters."""
    pairs = [(table, column) for table in _names() for column in ("id", "y" * 30, "y" * 62, "é" * 29)]
    url = postgresql.create("".join(_postgresql(table, column, number) for number, (table, column) in enumerate(pairs)))
    catalog = read_url(url)
    assert len(catalog.objects) == len(pairs) * 13
    unknown = [
        (obj.key, obj.name) for obj, told in _told(catalog) if not (told or "").startswith("PostgreSQL's own automatic name")
    ]
    assert unknown == []


MYSQL = """
    CREATE TABLE Target (a int PRIMARY KEY, b int, UNIQUE (b, a));
    CREATE TABLE Source (a int PRIMARY KEY, b int, c int, KEY (b), KEY (b, c), UNIQUE (b, a), UNIQUE (c),
        FOREIGN KEY (b) REFERENCES Target (a), FOREIGN KEY (c) REFERENCES Target (a));
"""


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_mysql_and_mariadb(server: Server) -> None:
    catalog = read_url(server.create(MYSQL))
    told = {obj.name: words or "" for obj, words in _told(catalog) if obj.key.kind is not Kind.PRIMARY_KEY}
    foreign = [obj for obj in catalog.objects if obj.key.kind is Kind.FOREIGN_KEY]
    assert {told[obj.name].endswith("'s own automatic name") for obj in foreign} == {True}
    assert {name for name, words in told.items() if words.startswith("named after its first column")} == {
        "b",
        "b_2",
        "b_3",
        "c",
    }
    assert "" not in told.values()


def test_sqlite(sqlite: Server) -> None:
    catalog = read_url(sqlite.create("CREATE TABLE t (a TEXT PRIMARY KEY, b UNIQUE, c REFERENCES t, UNIQUE (a, b))"))
    told = [words for obj, words in _told(catalog) if obj.key.kind is Kind.UNIQUE]
    assert told == ["SQLite's own automatic name"] * 2
