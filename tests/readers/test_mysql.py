"""What the catalogs of MySQL and MariaDB say of each kind of object, and that they say the same."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from namesync.dialects import dialect_of
from namesync.model import Kind, Object, Part, Provider, Table, TableRef
from tests.readers.reading import find, foreign_key, index, read_url
from tests.servers import Server, database_of

LONG = "ü" * 64
ODD = 'a `quoted`."name"\nwith %s %(a)s :schemas é, 日本 and \\ too'
QUOTED = "`" + ODD.replace("`", "``") + "`"

SQL = f"""
CREATE TABLE users (
    id int, email varchar(200), bio text, a int, b int, place point NOT NULL,
    CONSTRAINT ignored_name PRIMARY KEY (id),
    UNIQUE KEY `User.email_unique` (email),
    CONSTRAINT named UNIQUE (b, a),
    KEY sorted (a DESC, b),
    KEY prefixed (bio(20), email(10) DESC),
    FULLTEXT KEY words (email, bio),
    SPATIAL KEY places (place),
    KEY `{LONG}` (b)
);
CREATE TABLE posts (
    id int PRIMARY KEY, author int, editor int, x int, y int, parent int, boss int,
    KEY author_already (author, id),
    CONSTRAINT fk_kept FOREIGN KEY (author) REFERENCES users (id) ON DELETE CASCADE ON UPDATE SET NULL,
    CONSTRAINT fk_made FOREIGN KEY (editor) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE NO ACTION,
    CONSTRAINT fk_two FOREIGN KEY (y, x) REFERENCES users (b, a),
    FOREIGN KEY (parent) REFERENCES posts (id),
    CONSTRAINT `{LONG}` FOREIGN KEY (boss) REFERENCES posts (id)
);
CREATE TABLE mem (id int PRIMARY KEY, v int, w int, KEY hashed (v), KEY sorted (w) USING BTREE) ENGINE = MEMORY;
CREATE TABLE heaps (a int, b int);
CREATE TABLE parts (id int, y int, PRIMARY KEY (id, y), KEY ix (y)) PARTITION BY HASH (y) PARTITIONS 3;
CREATE TABLE {QUOTED} ({QUOTED[:-2]}` int PRIMARY KEY, up int,
    CONSTRAINT {QUOTED} FOREIGN KEY (up) REFERENCES {QUOTED} ({QUOTED[:-2]}`), UNIQUE KEY {QUOTED[:-2]}` (up));
CREATE VIEW seen AS SELECT * FROM posts;
INSERT INTO heaps VALUES (1, 1), (1, 1);
"""

PRIMARY, UNIQUE = Kind.PRIMARY_KEY, Kind.UNIQUE


def objects(schema: str) -> list[Object]:
    users, posts, mem, strange = (TableRef(schema, name) for name in ("users", "posts", "mem", ODD))
    column = ODD[:-1]

    def primary(table: TableRef, *columns: str, **rest: Any) -> Object:
        return index(table, "PRIMARY", *columns, kind=PRIMARY, constraint=True, **rest)

    def reference(
        table: TableRef, name: str, columns: tuple[str, ...], to: TableRef, to_columns: tuple[str, ...], **rest: Any
    ) -> Object:
        return foreign_key(table, name, columns, to, to_columns, **{"on_delete": "RESTRICT", "on_update": "RESTRICT", **rest})

    return [
        primary(users, "id"),
        index(users, "User.email_unique", "email", kind=UNIQUE, constraint=True),
        index(users, "named", "b", "a", kind=UNIQUE, constraint=True),
        index(users, "sorted", "a", "b", parts=(Part(descending=True), Part())),
        index(users, "prefixed", "bio", "email", parts=(Part(length=20), Part(length=10, descending=True))),
        index(users, "words", "email", "bio", method="fulltext"),
        index(users, "places", "place", method="spatial", parts=(Part(length=32),)),
        index(users, LONG, "b"),
        primary(posts, "id"),
        index(posts, "author_already", "author", "id"),
        replace(index(posts, "fk_made", "editor"), implicit=True),
        replace(index(posts, "fk_two", "y", "x"), implicit=True),
        index(posts, "parent", "parent"),  # of an unnamed foreign key: it bears the column's name
        replace(index(posts, LONG, "boss"), implicit=True),
        reference(posts, "fk_kept", ("author",), users, ("id",), on_delete="CASCADE", on_update="SET NULL"),
        reference(posts, "fk_made", ("editor",), users, ("id",)),
        reference(posts, "fk_two", ("y", "x"), users, ("b", "a")),
        reference(posts, "posts_ibfk_1", ("parent",), posts, ("id",)),
        reference(posts, LONG, ("boss",), posts, ("id",)),
        primary(mem, "id", method="hash"),
        index(mem, "hashed", "v", method="hash"),
        index(mem, "sorted", "w"),
        primary(TableRef(schema, "parts"), "id", "y"),
        index(TableRef(schema, "parts"), "ix", "y"),
        primary(strange, column),
        index(strange, column, "up", kind=UNIQUE, constraint=True),
        reference(strange, ODD, ("up",), strange, (column,)),
    ]


@pytest.fixture(params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


def test_every_kind_of_object_is_read_with_all_that_defines_it(server: Server) -> None:
    url = server.create(SQL)
    found = read_url(url)
    expected = objects(database_of(url))
    assert sorted((replace(obj, sql="") for obj in found.objects), key=lambda obj: obj.sort_key) == sorted(
        expected, key=lambda obj: obj.sort_key
    )
    assert found.hidden == ()
    assert found.folds_tables is False


def test_one_script_makes_equal_catalogs_on_both(mysql: Server, mariadb: Server) -> None:
    """Though MySQL reports a foreign key's missing actions as NO ACTION, and MariaDB as RESTRICT."""
    name = f"ns_alike_{os.getpid()}"
    both = [read_url(one.create(SQL, name=name)) for one in (mysql, mariadb)]
    plain = [[replace(obj, sql="") for obj in found.objects] for found in both]
    assert plain[0] == plain[1]
    tables = [[replace(table, rows=None) for table in found.tables] for found in both]
    assert tables[0] == tables[1]
    silent = [find(found, "posts", "posts_ibfk_1").sql for found in both]
    assert "ON DELETE NO ACTION ON UPDATE NO ACTION" in silent[0]
    assert "ON DELETE RESTRICT ON UPDATE RESTRICT" in silent[1]


def test_tables_have_their_columns_in_order_and_an_estimate(server: Server) -> None:
    url = server.create(SQL)
    server.execute(url, "ANALYZE TABLE heaps")
    schema = database_of(url)
    tables = {table.ref.name: table for table in read_url(url).tables}
    assert set(tables) == {"users", "posts", "mem", "heaps", "parts", ODD}
    assert tables["heaps"] == Table(TableRef(schema, "heaps"), ("a", "b"), rows=2)
    assert tables["users"].columns == ("id", "email", "bio", "a", "b", "place")
    assert [name for name, table in tables.items() if table.partitioned] == ["parts"]


def test_the_stored_sql_makes_a_foreign_key_again_word_for_word(server: Server) -> None:
    """Prisma tells NO ACTION from RESTRICT: a foreign key made again with the other word would be drift to it."""
    url = server.create(SQL)
    before = read_url(url)
    quote = dialect_of(before).quote
    keys = [obj for obj in before.objects if obj.key.kind is Kind.FOREIGN_KEY]
    for obj in keys:
        table = quote(obj.key.table.name)
        server.execute(url, f"ALTER TABLE {table} DROP FOREIGN KEY {quote(obj.name)}, ADD CONSTRAINT `other` {obj.sql}")
        server.execute(url, f"ALTER TABLE {table} DROP FOREIGN KEY `other`, ADD CONSTRAINT {quote(obj.name)} {obj.sql}")
    assert len(keys) == 6
    assert [obj for obj in read_url(url).objects if obj.key.kind is Kind.FOREIGN_KEY] == keys


def test_an_index_is_implicit_exactly_while_it_bears_the_name_of_its_foreign_key(server: Server) -> None:
    url = server.create(
        """
        CREATE TABLE p (id int PRIMARY KEY, k int, UNIQUE KEY (id, k));
        CREATE TABLE c (id int PRIMARY KEY, x int, y int, z int,
            CONSTRAINT fk FOREIGN KEY (x) REFERENCES p (id),
            KEY wider (y, z), CONSTRAINT Wider FOREIGN KEY (y) REFERENCES p (id),
            UNIQUE KEY only (z, x), CONSTRAINT only FOREIGN KEY (z, x) REFERENCES p (id, k),
            KEY elsewhere (id), CONSTRAINT elsewhere FOREIGN KEY (y) REFERENCES p (id));
        CREATE TABLE d (id int PRIMARY KEY, x int, KEY fk (x));
        """
    )
    implicit = {(obj.key.table.name, obj.name) for obj in read_url(url).objects if obj.implicit}
    assert implicit == {("c", "fk"), ("c", "wider")}
    server.execute(url, "ALTER TABLE c RENAME INDEX fk TO mine")
    assert find(read_url(url), "c", "mine").implicit is False


def test_functional_key_parts_are_sql_text_and_beyond_prisma(mysql: Server) -> None:
    url = mysql.create(
        r"""
        CREATE TABLE t (id int PRIMARY KEY, a varchar(30), `b
c` varchar(30), doc json,
            KEY lowered (id, (lower(a)) DESC),
            KEY of_literal ((concat(a, 'it''s \\ a\tb', `b
c`))),
            UNIQUE KEY of_json ((CAST(doc->>'$.a' AS char(10)))));
        """
    )
    found = read_url(url)
    lowered = find(found, "t", "lowered")
    assert lowered.key.columns == ("id", "lower(`a`)")
    assert lowered.definition.parts == (Part(), Part(expression=True, descending=True))
    assert lowered.unmanaged == "expression index"
    assert find(found, "t", "of_json").key.kind is UNIQUE
    # The text means the same to the server: an index on it is the same index.
    for name in ("lowered", "of_literal", "of_json"):
        parts = find(found, "t", name)
        texts = [
            f"({column})" if part.expression else column
            for column, part in zip(parts.key.columns, parts.definition.parts, strict=True)
        ]
        mysql.execute(url, f"CREATE INDEX again ON t ({', '.join(texts)})")
        assert find(read_url(url), "t", "again").key.columns == parts.key.columns
        mysql.execute(url, "DROP INDEX again ON t")


def test_an_index_the_optimizer_does_not_use_is_not_visible(server: Server) -> None:
    word = "IGNORED" if server.provider is Provider.MARIADB else "INVISIBLE"
    url = server.create(f"CREATE TABLE t (a int, b int, KEY seen (a), KEY unseen (b) {word}, UNIQUE KEY gone (b) {word})")
    visible = {obj.name: obj.definition.visible for obj in read_url(url).objects}
    assert visible == {"seen": True, "unseen": False, "gone": False}
