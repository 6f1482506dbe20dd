"""Which tables of PostgreSQL are in scope, what they are to each other, and which names are taken."""

from __future__ import annotations

import psycopg

from namesync.dialects import parse_version
from namesync.model import Table, TableRef, Taken
from tests.readers.reading import find, foreign_key, read_url
from tests.servers import Server, database_of

PARTITIONS = """
CREATE TABLE events (id int, day int, parent int, PRIMARY KEY (id, day),
    CONSTRAINT loop FOREIGN KEY (parent, day) REFERENCES events (id, day)) PARTITION BY RANGE (day);
CREATE INDEX events_day ON events (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (day);
CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES FROM (10) TO (15);
CREATE TABLE notes (id int, day int, CONSTRAINT outer_fk FOREIGN KEY (id, day) REFERENCES events,
    CONSTRAINT inner_fk FOREIGN KEY (id, day) REFERENCES events_1);
"""


def test_partitions_and_their_objects(postgresql: Server) -> None:
    catalog = read_url(postgresql.create(PARTITIONS))
    events, events_2 = TableRef("public", "events"), TableRef("public", "events_2")
    columns = ("id", "day", "parent")
    assert catalog.tables == (
        Table(events, columns, partitioned=True),
        Table(TableRef("public", "events_1"), columns, partition_of=events),
        Table(events_2, columns, partitioned=True, partition_of=events),
        Table(TableRef("public", "events_2a"), columns, partition_of=events_2),
        Table(TableRef("public", "notes"), ("id", "day")),
    )
    names = {(obj.key.table.name, obj.name) for obj in catalog.objects}
    assert names == {
        *(("events", name) for name in ("events_pkey", "events_day", "loop")),
        *(("events_1", name) for name in ("events_1_pkey", "events_1_day_idx", "loop")),
        *(("events_2", name) for name in ("events_2_pkey", "events_2_day_idx", "loop")),
        *(("events_2a", name) for name in ("events_2a_pkey", "events_2a_day_idx", "loop")),
        *(("notes", name) for name in ("outer_fk", "inner_fk")),
    }


def test_the_servers_own_foreign_keys_to_each_partition_only_take_names(postgresql: Server) -> None:
    catalog = read_url(postgresql.create(PARTITIONS))
    taken = [name for name in catalog.taken if name.what == "foreign key to a partition"]
    assert {name.scope for name in taken} == {("constraint", "public", "events"), ("constraint", "public", "notes")}
    assert len(taken) == 6, "three partitions for each of the two foreign keys to the parent"
    targets = {obj.name: obj.key.references.table.name for obj in catalog.objects if obj.key.references}
    assert targets == {"loop": "events", "outer_fk": "events", "inner_fk": "events_1"}


def test_an_index_on_the_parent_only_is_invalid(postgresql: Server) -> None:
    url = postgresql.create(f"{PARTITIONS} CREATE INDEX half ON ONLY events (parent);")
    assert not find(read_url(url), "events", "half").definition.valid


def test_inherited_tables_are_tables_like_others(postgresql: Server) -> None:
    url = postgresql.create("CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE child (x int UNIQUE) INHERITS (base);")
    catalog = read_url(url)
    assert [(table.ref.name, table.columns, table.partition_of) for table in catalog.tables] == [
        ("base", ("id",), None),
        ("child", ("id", "x"), None),
    ]
    assert [(obj.key.table.name, obj.name) for obj in catalog.objects] == [("base", "base_pkey"), ("child", "child_x_key")]


def test_tables_of_every_storage_are_read_and_temporary_ones_are_not(postgresql: Server) -> None:
    url = postgresql.create(
        "CREATE UNLOGGED TABLE quick (id int PRIMARY KEY); CREATE TABLE lone (a int);"
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (a int) SERVER s;"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE fleeting (id int PRIMARY KEY)")
        catalog = read_url(url)
    assert [table.ref.name for table in catalog.tables] == ["lone", "quick"]
    assert [obj.name for obj in catalog.objects] == ["quick_pkey"]
    assert Taken(("relation", "public"), "far", "foreign table") in catalog.taken


def test_every_other_relation_takes_its_name(postgresql: Server) -> None:
    url = postgresql.create(
        "CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE INDEX i ON t (a); CREATE TABLE p (a int) PARTITION BY LIST (a);"
        "CREATE VIEW v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX mi ON m (a);"
        "CREATE TYPE c AS (a int); CREATE TYPE e AS ENUM ('x'); CREATE DOMAIN d AS int CHECK (VALUE > 0);"
    )
    scope = ("relation", "public")
    assert [name for name in read_url(url).taken if name.scope == scope] == [
        Taken(scope, "c", "composite type"),
        Taken(scope, "m", "materialized view"),
        Taken(scope, "mi", "index of a materialized view"),
        Taken(scope, "p", "partitioned table"),
        Taken(scope, "t", "table"),
        Taken(scope, "t_id_seq", "sequence"),
        Taken(scope, "v", "view"),
    ]


def test_constraints_that_are_no_objects_take_their_names(postgresql: Server) -> None:
    """PostgreSQL 18 names its NOT NULL constraints in the scope that foreign keys live in."""
    url = postgresql.create(
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL CONSTRAINT positive CHECK (a > 0), b int UNIQUE);"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER watch AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
    )
    catalog = read_url(url)
    named = parse_version(postgresql.version) >= (18,)
    scope = ("constraint", "public", "t")
    assert [name for name in catalog.taken if name.scope == scope] == [
        Taken(scope, "positive", "check constraint"),
        *([Taken(scope, "t_a_not_null", "not-null constraint")] if named else []),
        *([Taken(scope, "t_id_not_null", "not-null constraint")] if named else []),
        Taken(scope, "watch", "constraint trigger"),
    ]
    assert [obj.name for obj in catalog.objects] == ["t_pkey", "t_b_key"]


MIGRATIONS = """
CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
    logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count int NOT NULL DEFAULT 0
)
"""


def test_prismas_own_migrations_table_is_left_out_but_its_names_are_taken(postgresql: Server) -> None:
    catalog = read_url(postgresql.create(MIGRATIONS))
    assert (catalog.tables, catalog.objects) == ((), ())
    assert catalog.taken == (
        Taken(("relation", "public"), "_prisma_migrations", "table"),
        Taken(("relation", "public"), "_prisma_migrations_pkey", "index of _prisma_migrations"),
    )


def test_another_table_of_that_name_is_like_any_other(postgresql: Server) -> None:
    catalog = read_url(postgresql.create("CREATE TABLE _prisma_migrations (id int PRIMARY KEY, checksum text)"))
    assert [(obj.name, obj.unmanaged) for obj in catalog.objects] == [("_prisma_migrations_pkey", "")]


def test_objects_of_tables_that_prisma_leaves_alone_are_unmanaged(postgresql: Server) -> None:
    url = postgresql.create(
        'CREATE TABLE "_RelayId" (id varchar(36) CONSTRAINT "pk_RelayId" PRIMARY KEY, "stableModelIdentifier" varchar(25));'
        'CREATE TABLE "_Migration" (revision serial PRIMARY KEY, name text, datamodel text, status text, applied int,'
        "rolled_back int, datamodel_steps text, database_migration text, errors text, started_at date, finished_at date);"
        'CREATE SCHEMA other; CREATE TABLE other."_RelayId" (id int PRIMARY KEY);'
    )
    catalog = read_url(url, "public", "other")
    assert {(obj.key.table.schema, obj.name): bool(obj.unmanaged) for obj in catalog.objects} == {
        ("public", "pk_RelayId"): True,
        ("public", "_Migration_pkey"): True,
        ("other", "_RelayId_pkey"): False,
    }


def test_tables_of_extensions_are_unmanaged(postgresql: Server) -> None:
    """Prisma prints them; their names belong to the extension."""
    url = postgresql.create(
        "CREATE TABLE spatial (id int PRIMARY KEY); ALTER EXTENSION plpgsql ADD TABLE spatial; CREATE TABLE mine (a int);"
    )
    catalog = read_url(url)
    assert [table.ref.name for table in catalog.tables] == ["mine", "spatial"]
    assert [(obj.name, obj.unmanaged) for obj in catalog.objects] == [
        ("spatial_pkey", "it belongs to an extension, which gives the names")
    ]


TENANT = """
CREATE SCHEMA {0}; CREATE TYPE {0}.st AS ENUM ('A');
CREATE FUNCTION {0}.f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE TABLE {0}.users (id int PRIMARY KEY, s {0}.st, n text);
CREATE INDEX partial ON {0}.users (id) WHERE s = 'A' AND n <> '{0}.n';
CREATE INDEX expressed ON {0}.users ({0}.f(n));
"""


def test_one_schema_in_scope_reads_alike_whatever_its_name(postgresql: Server) -> None:
    url = postgresql.create(TENANT.format("a") + TENANT.format('"b c"'))
    first, second = read_url(url, "a"), read_url(url, "b c")
    assert find(first, "users", "partial").definition.predicate == "((s = 'A'::st) AND (n <> 'a.n'::text))"
    assert find(second, "users", "partial").definition.predicate == "((s = 'A'::st) AND (n <> '\"b c\".n'::text))"
    assert find(first, "users", "expressed").key.columns == find(second, "users", "expressed").key.columns == ("f(n)",)


def test_several_schemas_keep_names_qualified(postgresql: Server) -> None:
    url = postgresql.create(TENANT.format("a") + TENANT.format("b") + "CREATE TABLE public.left_out (id int PRIMARY KEY);")
    postgresql.execute(postgresql.url, f'ALTER DATABASE "{database_of(url)}" SET search_path = a')
    catalog = read_url(url, "b", "a")
    assert catalog.schemas == ("b", "a")
    assert [(obj.key.table.schema, obj.name) for obj in catalog.objects] == [
        (schema, name) for schema in ("a", "b") for name in ("users_pkey", "expressed", "partial")
    ]
    assert {obj.key.columns for obj in catalog.objects if obj.name == "expressed"} == {("a.f(n)",), ("b.f(n)",)}
    assert {name.scope for name in catalog.taken if name.scope[0] == "relation"} == {("relation", "a"), ("relation", "b")}


def test_a_foreign_key_out_of_scope_keeps_the_real_schema(postgresql: Server) -> None:
    url = postgresql.create(
        "CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY); CREATE TABLE t (u int REFERENCES auth.users);"
    )
    assert read_url(url).objects == (
        foreign_key(TableRef("public", "t"), "t_u_fkey", ("u",), TableRef("auth", "users"), ("id",)),
    )


def test_the_urls_schema_is_the_one_in_scope(postgresql: Server) -> None:
    url = postgresql.create(
        'CREATE SCHEMA "my app"; CREATE TABLE "my app".t (id int PRIMARY KEY); CREATE TABLE public.u (a int)'
    )
    catalog = read_url(f"{url}{'&' if '?' in url else '?'}schema=my%20app")
    assert (catalog.schemas, [table.ref for table in catalog.tables]) == (("my app",), [TableRef("my app", "t")])
