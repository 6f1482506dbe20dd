"""What PostgreSQL's catalog says of each kind of object, on every version there is."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from namesync.dialects import parse_version
from namesync.model import Catalog, Kind, Object, Part, TableRef
from tests.readers.reading import find, foreign_key, index, read_url
from tests.servers import Server, database_of

LONG = "n" * 63
ODD = 'a "quoted".name\nwith é, 日本 and \\ too'
QUOTED = '"' + ODD.replace('"', '""') + '"'

SQL = f"""
CREATE TYPE mood AS ENUM ('GLAD', 'SAD');
CREATE FUNCTION shout(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';
CREATE TABLE users (
    id int CONSTRAINT odd_pk PRIMARY KEY,
    gone int,
    email text CONSTRAINT "User.email_unique" UNIQUE,
    a int, b int, mood mood, data jsonb, word varchar(20), c text COLLATE "C", lexemes tsvector,
    CONSTRAINT both_ways UNIQUE (a, b),
    CONSTRAINT late UNIQUE (b, a) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT checked CHECK (a > 0)
);
ALTER TABLE users DROP COLUMN gone;
CREATE UNIQUE INDEX bare ON users (a);
CREATE INDEX plain ON users (b, a);
CREATE INDEX sorted ON users (a DESC, b NULLS FIRST, email DESC NULLS LAST);
CREATE INDEX hashed ON users USING hash (a);
CREATE INDEX gin_default ON users USING gin (data);
CREATE INDEX gin_path ON users USING gin (data jsonb_path_ops);
CREATE INDEX with_options ON users USING gist (lexemes tsvector_ops(siglen = 100));
CREATE INDEX patterned ON users (email text_pattern_ops, word);
CREATE INDEX collated ON users (email COLLATE "C", c, c COLLATE "default");
CREATE INDEX included ON users (a) INCLUDE (b, email);
CREATE INDEX partial ON users (a) WHERE b > 1 AND mood = 'GLAD';
CREATE INDEX expressed ON users (lower(email), a DESC, (a + b), shout(c), (word::text));
CREATE INDEX "{LONG}" ON users (mood);
CREATE TABLE posts (
    id int, author int REFERENCES users, x int, y int,
    CONSTRAINT fk_all FOREIGN KEY (y, x) REFERENCES users (b, a) MATCH FULL ON UPDATE CASCADE ON DELETE SET DEFAULT,
    CONSTRAINT fk_late FOREIGN KEY (x) REFERENCES users (id) ON UPDATE SET NULL ON DELETE RESTRICT DEFERRABLE
);
ALTER TABLE posts ADD CONSTRAINT fk_unchecked FOREIGN KEY (y) REFERENCES users NOT VALID;
CREATE TABLE bookings (room int4range, EXCLUDE USING gist (room WITH &&) WHERE (upper_inf(room)));
CREATE TABLE {QUOTED} ({QUOTED} int CONSTRAINT {QUOTED[:-1]}!" PRIMARY KEY);
CREATE TABLE heaps (a int, b int);
INSERT INTO heaps VALUES (1, 1), (1, 1);
"""

USERS, POSTS = TableRef("public", "users"), TableRef("public", "posts")
STRANGE = TableRef("public", ODD)
PRIMARY, UNIQUE = Kind.PRIMARY_KEY, Kind.UNIQUE

OBJECTS = [
    index(USERS, "odd_pk", "id", kind=PRIMARY, constraint=True),
    index(USERS, "User.email_unique", "email", kind=UNIQUE, constraint=True),
    index(USERS, "late", "b", "a", kind=UNIQUE, constraint=True, deferrable=True, initially_deferred=True),
    index(USERS, "both_ways", "a", "b", kind=UNIQUE, constraint=True),
    index(USERS, "bare", "a", kind=UNIQUE),
    index(USERS, "plain", "b", "a"),
    index(
        *(USERS, "sorted", "a", "b", "email"),
        parts=(Part(descending=True), Part(nulls_first=True), Part(descending=True, nulls_first=False)),
    ),
    index(USERS, "hashed", "a", method="hash"),
    index(USERS, "gin_default", "data", method="gin"),
    index(USERS, "gin_path", "data", method="gin", parts=(Part(operator_class="jsonb_path_ops"),)),
    index(
        *(USERS, "with_options", "lexemes"),
        method="gist",
        parts=(Part(operator_class="tsvector_ops(siglen=100)"),),
    ),
    index(USERS, "patterned", "email", "word", parts=(Part(operator_class="text_pattern_ops"), Part())),
    index(USERS, "collated", "email", "c", "c", parts=(Part(collation="C"), Part(), Part(collation="default"))),
    index(USERS, "included", "a", include=("b", "email")),
    index(
        *(USERS, "partial", "a"),
        predicate="((b > 1) AND (mood = 'GLAD'::mood))",
        unmanaged='partial index (Prisma 7: previewFeatures = ["partialIndexes"])',
    ),
    index(
        *(USERS, "expressed", "lower(email)", "a", "(a + b)", "shout(c)", "(word)::text"),
        parts=(
            *(Part(expression=True), Part(descending=True), Part(expression=True)),
            *(Part(expression=True, collation="C"), Part(expression=True)),
        ),
        unmanaged="expression index",
    ),
    index(USERS, LONG, "mood"),
    foreign_key(POSTS, "posts_author_fkey", ("author",), USERS, ("id",)),
    foreign_key(
        *(POSTS, "fk_all", ("y", "x"), USERS, ("b", "a")),
        match_full=True,
        on_update="CASCADE",
        on_delete="SET DEFAULT",
    ),
    foreign_key(POSTS, "fk_late", ("x",), USERS, ("id",), on_update="SET NULL", on_delete="RESTRICT", deferrable=True),
    foreign_key(POSTS, "fk_unchecked", ("y",), USERS, ("id",), valid=False),
    index(
        *(TableRef("public", "bookings"), "bookings_room_excl", "room"),
        constraint=True,
        method="gist",
        predicate="upper_inf(room)",
        exclusion="EXCLUDE USING gist (room WITH &&) WHERE (upper_inf(room))",
        unmanaged="exclusion constraint",
    ),
    index(STRANGE, f"{ODD}!", ODD, kind=PRIMARY, constraint=True),
    index(TableRef("public", "heaps"), "broken", "a", "b", kind=UNIQUE, valid=False),
]


@pytest.fixture(scope="module")
def world(postgresql: Server) -> Iterator[Catalog]:
    url = postgresql.create(SQL)
    with pytest.raises(psycopg.errors.UniqueViolation):
        postgresql.execute(url, "CREATE UNIQUE INDEX CONCURRENTLY broken ON heaps (a, b)")
    yield read_url(url)
    postgresql.drop(url)


@pytest.mark.parametrize("expected", OBJECTS, ids=lambda obj: obj.name[:20].replace("\n", " "))
def test_an_object_is_read_whole(world: Catalog, expected: Object) -> None:
    assert find(world, expected.key.table.name, expected.name) == expected


def test_nothing_but_these_objects_is_read(world: Catalog) -> None:
    assert sorted(world.objects, key=repr) == sorted(OBJECTS, key=repr)


def test_tables_have_their_living_columns_in_order(world: Catalog) -> None:
    columns = {table.ref.name: table.columns for table in world.tables}
    assert columns == {
        "users": ("id", "email", "a", "b", "mood", "data", "word", "c", "lexemes"),
        "posts": ("id", "author", "x", "y"),
        "bookings": ("room",),
        ODD: (ODD,),
        "heaps": ("a", "b"),
    }


def test_the_catalog_names_its_server(world: Catalog, postgresql: Server) -> None:
    assert (world.provider, world.schemas) == ("postgresql", ("public",))
    assert parse_version(world.server_version)[:1] == parse_version(postgresql.version)[:1]


def test_rows_are_the_servers_estimate(postgresql: Server) -> None:
    url = postgresql.create("CREATE TABLE fresh (a int); CREATE TABLE t AS SELECT g FROM generate_series(1, 1234) g; ANALYZE t")
    assert {table.ref.name: table.rows for table in read_url(url).tables} == {"fresh": None, "t": 1234}


def test_nulls_not_distinct(postgresql: Server) -> None:
    if parse_version(postgresql.version) < (15,):
        pytest.skip("NULLS NOT DISTINCT came with PostgreSQL 15")
    url = postgresql.create("CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT)")
    table = TableRef("public", "t")
    assert read_url(url).objects == (index(table, "t_a_key", "a", kind=UNIQUE, constraint=True, nulls_not_distinct=True),)


def test_temporal_keys_are_beyond_prisma(postgresql: Server) -> None:
    if parse_version(postgresql.version) < (18,):
        pytest.skip("WITHOUT OVERLAPS and PERIOD came with PostgreSQL 18")
    url = postgresql.create(
        "CREATE TABLE t (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS), UNIQUE (at, id WITHOUT OVERLAPS));"
        "CREATE TABLE r (id int4range, at daterange, FOREIGN KEY (id, PERIOD at) REFERENCES t (id, PERIOD at));"
    )
    t, r = TableRef("public", "t"), TableRef("public", "r")
    assert set(read_url(url).objects) == {
        index(t, "t_pkey", "id", "at", kind=PRIMARY, constraint=True, method="gist", unmanaged="WITHOUT OVERLAPS"),
        index(t, "t_at_id_key", "at", "id", kind=UNIQUE, constraint=True, method="gist", unmanaged="WITHOUT OVERLAPS"),
        foreign_key(r, "r_id_at_fkey", ("id", "at"), t, ("id", "at"), unmanaged="temporal foreign key (PERIOD)"),
    }


SPELLED = r"""
CREATE TABLE t (id int, day date, at timestamptz, span interval, f float4, raw bytea, word text);
CREATE INDEX spelled ON t (id) WHERE day > '2020-02-01' AND at > '2021-03-04 05:06:07+00' AND span > '1 day 02:03:04'
    AND f > '0.123456' AND raw <> '\x00ff' AND word <> E'\\back';
"""
SETTINGS = (
    "search_path = public",
    "quote_all_identifiers = on",
    "datestyle = 'German, DMY'",
    "timezone = 'Asia/Kolkata'",
    "intervalstyle = 'iso_8601'",
    "extra_float_digits = -5",
    "bytea_output = 'escape'",
    "standard_conforming_strings = off",
    "client_encoding = 'LATIN1'",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
)


def test_settings_of_the_database_do_not_change_what_is_read(postgresql: Server) -> None:
    url = postgresql.create(SPELLED)
    plain = read_url(url)
    for setting in SETTINGS:
        postgresql.execute(postgresql.url, f'ALTER DATABASE "{database_of(url)}" SET {setting}')
    assert read_url(url) == plain
