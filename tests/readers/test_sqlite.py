"""What SQLite's catalog says of each kind of object."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from namesync.dialects import dialect_of
from namesync.dialects.sqlite import rows
from namesync.model import Kind, Object, Part, Provider, Table, TableRef, Taken
from tests.readers.reading import find, foreign_key, index, read_url
from tests.servers import Server, connection

ODD = "a \"quoted\".[name]\nwith ` %s :schemas 'é', 日本 and \\ too" + "x" * 200
QUOTED = '"' + ODD.replace('"', '""') + '"'
LITERAL = ODD.replace("'", "''")

SQL = f"""
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT UNIQUE, a INT, b TEXT COLLATE NOCASE,
    doubled INT GENERATED ALWAYS AS (a * 2) VIRTUAL,
    CONSTRAINT named UNIQUE (b, a DESC)
);
CREATE UNIQUE INDEX "User.email_unique" ON users (email);
CREATE INDEX sorted ON users (a DESC, b COLLATE BINARY, b);
CREATE INDEX expressed ON users (a, lower(email) COLLATE NOCASE DESC, json_extract(b, '$.x,)'));
CREATE UNIQUE INDEX partly ON users (a) WHERE b = 'it''s' AND a > 1;
CREATE TABLE posts (
    x TEXT, y INT,
    author INT REFERENCES Users,
    editor TEXT CONSTRAINT ignored REFERENCES USERS (EMAIL) ON DELETE CASCADE ON UPDATE SET NULL,
    CONSTRAINT odd_pk PRIMARY KEY (y, x DESC),
    FOREIGN KEY (x, y) REFERENCES users (b, a) ON DELETE RESTRICT,
    FOREIGN KEY (y, x) REFERENCES posts,
    FOREIGN KEY (x) REFERENCES missing,
    FOREIGN KEY (y) REFERENCES missing (z)
);
CREATE TABLE lists (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID;
CREATE INDEX of_list ON lists (v);
CREATE TABLE heaps (a, b);
CREATE TABLE {QUOTED} ({QUOTED} INT PRIMARY KEY, up INT REFERENCES {QUOTED});
CREATE INDEX {QUOTED[:-1]}!" ON {QUOTED} (up, {QUOTED});
"""

USERS, POSTS, LISTS, STRANGE = (TableRef("main", name) for name in ("users", "posts", "lists", ODD))
PARTIAL = 'partial index (Prisma 7: previewFeatures = ["partialIndexes"])'


def primary(table: TableRef, *columns: str, **rest: Any) -> Object:
    return index(table, "", *columns, kind=Kind.PRIMARY_KEY, constraint=True, **rest)


def automatic(table: TableRef, number: int, *columns: str, **rest: Any) -> Object:
    name = f"sqlite_autoindex_{table.name}_{number}"
    return replace(index(table, name, *columns, kind=Kind.UNIQUE, constraint=True, **rest), implicit=True)


OBJECTS = [
    primary(USERS, "id"),
    automatic(USERS, 1, "email"),
    automatic(USERS, 2, "b", "a", parts=(Part(collation="NOCASE"), Part(descending=True))),
    index(USERS, "User.email_unique", "email", kind=Kind.UNIQUE),
    index(USERS, "sorted", "a", "b", "b", parts=(Part(descending=True), Part(), Part(collation="NOCASE"))),
    index(
        *(USERS, "expressed", "a", "lower(email)", "json_extract(b, '$.x,)')"),
        parts=(Part(), Part(expression=True, descending=True, collation="NOCASE"), Part(expression=True)),
        unmanaged="expression index",
    ),
    index(USERS, "partly", "a", kind=Kind.UNIQUE, predicate="b = 'it''s' AND a > 1", unmanaged=PARTIAL),
    primary(POSTS, "y", "x", parts=(Part(), Part(descending=True))),
    foreign_key(POSTS, "", ("author",), USERS, ("id",)),
    foreign_key(POSTS, "", ("editor",), USERS, ("email",), on_delete="CASCADE", on_update="SET NULL"),
    foreign_key(POSTS, "", ("x", "y"), USERS, ("b", "a"), on_delete="RESTRICT"),
    foreign_key(POSTS, "", ("y", "x"), POSTS, ("y", "x")),
    foreign_key(POSTS, "", ("x",), TableRef("main", "missing"), ()),
    foreign_key(POSTS, "", ("y",), TableRef("main", "missing"), ("z",)),
    primary(LISTS, "k"),
    index(LISTS, "of_list", "v"),
    primary(STRANGE, ODD),
    foreign_key(STRANGE, "", ("up",), STRANGE, (ODD,)),
    index(STRANGE, ODD + "!", "up", ODD),
]


def test_every_kind_of_object_is_read_with_all_that_defines_it(sqlite: Server) -> None:
    found = read_url(sqlite.create(SQL))
    assert (found.provider, found.schemas) == (Provider.SQLITE, ("main",))
    assert [replace(obj, sql="") for obj in found.objects] == sorted(OBJECTS, key=lambda obj: obj.sort_key)


def test_tables_have_their_columns_in_order(sqlite: Server) -> None:
    tables = read_url(sqlite.create(SQL)).tables
    assert [table.ref.name for table in tables] == sorted(["users", "posts", "lists", "heaps", ODD])
    assert Table(USERS, ("id", "email", "a", "b", "doubled")) in tables


def test_the_stored_sql_makes_an_index_again(sqlite: Server) -> None:
    url = sqlite.create(SQL)
    before = read_url(url)
    stored = {obj.name: obj.sql for obj in before.objects if obj.sql}
    assert set(stored) == {"User.email_unique", "sorted", "expressed", "partly", "of_list", ODD + "!"}
    for name, sql in stored.items():
        sqlite.execute(url, f"DROP INDEX {dialect_of(before).quote(name)}; {sql}")
    assert read_url(url) == before


@pytest.mark.parametrize("obj", [obj for obj in OBJECTS if obj.implicit or not obj.name], ids=lambda obj: f"{obj.key.columns}")
def test_what_has_no_name_of_its_own_can_not_be_named(sqlite: Server, obj: Object) -> None:
    assert not dialect_of(read_url(sqlite.create())).nameable(obj)


def test_a_unique_of_a_table_can_not_be_dropped(sqlite: Server) -> None:
    with pytest.raises(sqlite3.OperationalError, match="cannot be dropped"):
        sqlite.execute(sqlite.create(SQL), "DROP INDEX sqlite_autoindex_users_1")


NAMES = """
CREATE TABLE t (id INTEGER PRIMARY KEY);
CREATE INDEX i ON t (id);
CREATE VIEW v AS SELECT * FROM t;
CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
CREATE VIRTUAL TABLE docs USING fts5(body);
CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY, checksum TEXT, finished_at DATETIME, migration_name TEXT, logs TEXT,
    rolled_back_at DATETIME, started_at DATETIME, applied_steps_count INT);
CREATE INDEX of_prisma ON _prisma_migrations (checksum);
"""


@pytest.mark.parametrize("version", [(3, 36), (3, 37)], ids=["SQLite 3.36", "SQLite 3.37"])
def test_names_already_taken(sqlite: Server, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    reader = rows.reader_for(Provider.SQLITE, version)
    monkeypatch.setattr("namesync.sources.server.reader", lambda *_: reader)
    url = sqlite.create(NAMES)
    found = read_url(url)
    shadows = ("docs_config", "docs_content", "docs_data", "docs_docsize", "docs_idx")
    whats = {
        "_prisma_migrations": "table",
        "t": "table",
        "v": "view",
        "docs": "virtual table",
        **dict.fromkeys(shadows, "shadow table"),
        "of_prisma": "index of _prisma_migrations",
    }
    assert set(found.taken) == {Taken(("relation", "main"), name, what) for name, what in whats.items()}
    assert [table.ref.name for table in found.tables] == ["t"]
    assert [obj.name for obj in found.objects] == ["", "i"]
    for name in whats:
        with pytest.raises(sqlite3.OperationalError, match="already"):
            sqlite.execute(url, f"CREATE INDEX {name} ON t (id)")
    sqlite.execute(url, "CREATE INDEX g ON t (id)")  # triggers have a scope of their own


def test_another_table_of_the_name_of_prismas_is_a_table(sqlite: Server) -> None:
    found = read_url(sqlite.create("CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY, checksum TEXT)"))
    assert [table.ref.name for table in found.tables] == ["_prisma_migrations"]


def test_a_table_of_prisma_1_is_left_alone(sqlite: Server) -> None:
    found = read_url(sqlite.create("CREATE TABLE _RelayId (id TEXT PRIMARY KEY, stableModelIdentifier TEXT)"))
    assert [obj.unmanaged for obj in found.objects] == ["a table of Prisma 1, which Prisma leaves alone"]


def test_a_virtual_table_whose_module_is_not_loaded(sqlite: Server) -> None:
    url = sqlite.create("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    sqlite.execute(
        url,
        """
        PRAGMA writable_schema = ON;
        INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql)
            VALUES ('table', 'vectors', 'vectors', 0, 'CREATE VIRTUAL TABLE vectors USING vec0(x)');
        """,
    )
    found = read_url(url)
    assert [table.ref.name for table in found.tables] == ["t"]
    assert Taken(("relation", "main"), "vectors", "virtual table") in found.taken


def test_tables_that_differ_in_other_letters_than_ascii_are_not_mixed(sqlite: Server) -> None:
    found = read_url(sqlite.create('CREATE TABLE "É" (id INT PRIMARY KEY); CREATE TABLE "é" (up INT REFERENCES "É")'))
    (key,) = [obj for obj in found.objects if obj.key.references is not None]
    assert key.key.references is not None
    assert key.key.references.table == TableRef("main", "É")


def test_renamed_tables_and_columns_are_followed(sqlite: Server) -> None:
    url = sqlite.create("CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (abs(a), b) WHERE a > 0")
    sqlite.execute(url, 'ALTER TABLE t RENAME TO other; ALTER TABLE other RENAME a TO "c d"')
    found = find(read_url(url), "other", "i")
    assert (found.key.columns, found.definition.predicate) == (('abs("c d")', "b"), '"c d" > 0')


def test_the_number_of_queries_does_not_depend_on_the_number_of_tables(sqlite: Server) -> None:
    table = "CREATE TABLE t{0} (id INTEGER PRIMARY KEY, a INT UNIQUE, b INT REFERENCES t{0}); CREATE INDEX i{0} ON t{0} (a, b);"
    urls = [sqlite.create("".join(table.format(number) for number in range(count))) for count in (1, 200)]
    said: list[list[str]] = []
    for url in urls:
        said.append([])

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            said[-1].append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        assert len(read_url(url).objects) in (4, 800)
        event.remove(Engine, "before_cursor_execute", note)
    assert said[0] == said[1]
    assert len(said[0]) < 12


def test_nothing_can_be_written(sqlite: Server) -> None:
    with connection(sqlite.create(SQL)) as opened, closing(opened.cursor()) as cursor:
        for statement in rows.reader_for(Provider.SQLITE, (3, 40)).begin(1000):
            cursor.execute(statement)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            cursor.execute("INSERT INTO heaps VALUES (1, 1)")


def test_all_queries_see_one_state(sqlite: Server) -> None:
    url = sqlite.create("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY)")
    with connection(url) as opened, closing(opened.cursor()) as cursor:
        for statement in rows.reader_for(Provider.SQLITE, (3, 40)).begin(1000):
            cursor.execute(statement)
        cursor.execute("SELECT name FROM sqlite_master")
        assert cursor.fetchall() == [("t",)]
        sqlite.execute(url, "CREATE TABLE later (id INTEGER PRIMARY KEY)")
        cursor.execute("SELECT name FROM sqlite_master")
        assert cursor.fetchall() == [("t",)]
