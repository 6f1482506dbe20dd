"""Skeletons: built on real servers and read back, they have the names and the structure of what they stand for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from namesync.emit.skeleton import skeleton, stands_in
from namesync.emit.skeleton.structure import Lens
from namesync.model import Catalog, Definition, Object, Provider, Reference, TableRef
from namesync.sources.scratch import run_script
from namesync.sources.server import read
from namesync.sources.url import parse_url
from tests import pairs
from tests.engines import sources
from tests.servers import Server

CASES = [
    pytest.param(server, pair, id=f"{server}-{pair}")
    for server in sources()
    for pair in pairs.PAIRS
    if pairs.folder(pair, Provider(server.partition("-")[0]))
]
SCHEMAS = {"schemas": ("public", "auth", "billing")}


def rebuilt(server: Server, url: str, *schemas: str) -> tuple[Catalog, Catalog]:
    """The catalog of a database, and that of its skeleton."""
    have = read(parse_url(url, base=Path("/")), schemas=schemas)
    target = parse_url(server.create(), base=Path("/"))
    run_script(target, skeleton(have))
    return have, read(target, schemas=schemas)


def assert_alike(have: Catalog, built: Catalog) -> None:
    """The same names for the same keys, and what a guard looks at."""
    lens = Lens(have, built)
    assert lens.names(built) == lens.names(have)
    assert {table.ref.name for table in built.tables} >= {table.ref.name for table in have.tables}
    columns = {table.ref.name: table.columns for table in built.tables}
    assert {table.ref.name: columns[table.ref.name] for table in have.tables} == {
        table.ref.name: table.columns for table in have.tables
    }
    assert lens.definitions(looked_at(built)) == lens.definitions(looked_at(have))
    held = {one.name for one in (*built.taken, *built.objects)}
    assert held >= {taken.name for taken in have.taken}


def looked_at(catalog: Catalog) -> Catalog:
    """Definitions without what no guard sees: collations, options of operator classes, validity, stand-ins' own."""

    def seen(definition: Definition) -> Definition:
        parts = tuple(
            replace(part, collation=None, operator_class=part.operator_class and part.operator_class.partition("(")[0])
            for part in definition.parts
        )
        return replace(definition, parts=parts, valid=True, visible=True, parser="")

    return replace(
        catalog,
        objects=tuple(
            replace(obj, definition=Definition() if stands_in(obj) else seen(obj.definition)) for obj in catalog.objects
        ),
    )


@pytest.mark.parametrize(("server", "pair"), CASES, indirect=["server"])
def test_every_pair_of_fixtures(server: Server, pair: str) -> None:
    for url in pairs.create(server, pair):
        assert_alike(*rebuilt(server, url, *SCHEMAS.get(pair, ())))


POSTGRESQL = r"""
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.t (a int UNIQUE, b int, c text, UNIQUE (b, c));
CREATE TABLE "quo""ted " (
  "a b" int, "c""d" text, e text, f text, g jsonb, h tsvector, i int4range, j int[], k inet, l point, m varchar,
  CONSTRAINT "the ""key""; --" PRIMARY KEY ("a b"),
  CONSTRAINT late UNIQUE ("c""d") DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT once UNIQUE ("a b", e) INCLUDE (f),
  CONSTRAINT "checked" CHECK ("a b" > 0),
  CONSTRAINT excluded EXCLUDE USING gist (i WITH &&),
  CONSTRAINT out_of_scope FOREIGN KEY ("a b") REFERENCES elsewhere.t (a) ON DELETE CASCADE,
  CONSTRAINT out_of_scope_twice FOREIGN KEY ("a b", "c""d") REFERENCES elsewhere.t (b, c) MATCH FULL
);
CREATE INDEX plain ON "quo""ted " (e DESC, f NULLS FIRST);
CREATE INDEX patterns ON "quo""ted " (e text_pattern_ops, m varchar_pattern_ops, f);
CREATE INDEX hashed ON "quo""ted " USING hash (e);
CREATE INDEX hashed_array ON "quo""ted " USING hash (j);
CREATE INDEX trigrams ON "quo""ted " USING gin (j);
CREATE INDEX paths ON "quo""ted " USING gin (g jsonb_path_ops, h);
CREATE INDEX also_btree ON "quo""ted " (g, h, i, j, k);
CREATE INDEX words ON "quo""ted " USING gist (h);
CREATE INDEX words_gin ON "quo""ted " USING gin (h);
CREATE INDEX networks ON "quo""ted " USING gist (k inet_ops);
CREATE INDEX places ON "quo""ted " USING spgist (l kd_point_ops);
CREATE INDEX places_too ON "quo""ted " USING gist (l);
CREATE INDEX blooms ON "quo""ted " USING brin (e text_bloom_ops (n_distinct_per_range = 50));
CREATE INDEX partial ON "quo""ted " (e) WHERE f IS NULL;
CREATE UNIQUE INDEX lowered ON "quo""ted " (lower(e), f);
CREATE INDEX lowered_gin ON "quo""ted " USING gin ((ARRAY[e]));
CREATE TABLE no_columns ();
CREATE INDEX constant ON no_columns ((1));
CREATE TABLE _prisma_migrations (id text CONSTRAINT _prisma_migrations_pkey PRIMARY KEY, checksum text, finished_at text,
  migration_name text, logs text, rolled_back_at text, started_at text, applied_steps_count int);
CREATE SEQUENCE a_sequence;
CREATE VIEW a_view AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW a_matview AS SELECT 1 AS a;
CREATE INDEX of_matview ON a_matview (a);
CREATE TYPE a_type AS (a int);
CREATE FOREIGN DATA WRAPPER a_wrapper;
CREATE SERVER a_server FOREIGN DATA WRAPPER a_wrapper;
CREATE FOREIGN TABLE a_foreign_table () SERVER a_server;
CREATE TABLE child (a int NOT NULL CONSTRAINT own_name UNIQUE);
CREATE INDEX namesync_1 ON child (a);
ALTER TABLE child ADD CONSTRAINT itself FOREIGN KEY (a) REFERENCES child (a) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""

PARTITIONS = """
CREATE TABLE target (a int CONSTRAINT target_key PRIMARY KEY);
CREATE TABLE parent (a int NOT NULL, b int NOT NULL, c int, CONSTRAINT parent_key PRIMARY KEY (a, b),
  CONSTRAINT positive CHECK (a > 0)) PARTITION BY RANGE (b);
CREATE INDEX parent_c ON parent (c);
CREATE UNIQUE INDEX parent_b ON parent (b DESC);
CREATE INDEX parent_lower ON parent ((c + 1)) WHERE c > 0;
ALTER TABLE parent ADD CONSTRAINT parent_fk FOREIGN KEY (a) REFERENCES target (a) ON DELETE CASCADE;
CREATE TABLE one PARTITION OF parent FOR VALUES FROM (1) TO (2);
CREATE TABLE two PARTITION OF parent FOR VALUES FROM (2) TO (4) PARTITION BY LIST (b);
CREATE TABLE two_b PARTITION OF two FOR VALUES IN (2);
CREATE TABLE two_d PARTITION OF two DEFAULT;
CREATE INDEX of_its_own ON one (a);
CREATE INDEX invalid ON ONLY parent (c, a);
ALTER INDEX one_pkey RENAME TO one_key;
CREATE TABLE pointing (a int, b int, CONSTRAINT to_a_parent FOREIGN KEY (a, b) REFERENCES parent (a, b));
"""

TEMPORAL = """
CREATE TABLE room (id int4range, at tsrange, CONSTRAINT room_once PRIMARY KEY (id, at WITHOUT OVERLAPS));
CREATE TABLE stay (id int4range, at tsrange, CONSTRAINT stay_in FOREIGN KEY (id, PERIOD at) REFERENCES room (id, PERIOD at));
CREATE TABLE named (a int CONSTRAINT "a must be there" NOT NULL, b int CONSTRAINT named_key PRIMARY KEY);
"""

EXTENSION = """
CREATE EXTENSION vector;
CREATE TABLE documents (a vector(3), b text);
CREATE INDEX nearest ON documents USING hnsw (a vector_cosine_ops);
CREATE INDEX lists ON documents USING ivfflat (a);
"""


@pytest.mark.parametrize("script", [pytest.param(POSTGRESQL, id="special"), pytest.param(PARTITIONS, id="partitions")])
def test_postgresql(postgresql: Server, script: str) -> None:
    assert_alike(*rebuilt(postgresql, postgresql.create(script)))


@pytest.mark.parametrize("server", ["postgresql-16"], indirect=True)
def test_more_than_one_transaction_holds(server: Server) -> None:
    tables = "DO $$ BEGIN FOR i IN 1..150 LOOP EXECUTE format('CREATE TABLE t%s (a int PRIMARY KEY)', i); END LOOP; END $$;"
    have, built = rebuilt(server, server.create(tables))
    assert_alike(have, built)
    assert len(built.objects) == 150


def test_schemas_that_point_at_each_other(postgresql: Server) -> None:
    url = postgresql.create(POSTGRESQL)
    assert_alike(*rebuilt(postgresql, url, "public", "elsewhere"))
    assert_alike(*rebuilt(postgresql, url, "elsewhere"))


@pytest.mark.parametrize("server", ["postgresql-18"], indirect=True)
def test_what_postgresql_18_brought(server: Server) -> None:
    assert_alike(*rebuilt(server, server.create(TEMPORAL)))


@pytest.mark.parametrize("server", ["postgresql-16", "postgresql-18"], indirect=True)
def test_what_an_extension_brought(server: Server) -> None:
    """Rebuilt where the extension is not."""
    assert_alike(*rebuilt(server, server.create(EXTENSION)))


MYSQL = """
CREATE TABLE `quo``ted` (
  `a b` int NOT NULL, `c``d` varchar(191) CHARACTER SET utf8mb4, e text CHARACTER SET utf8mb4, f point NOT NULL, g int,
  h int, i int,
  j varchar(700),
  PRIMARY KEY (`a b`),
  UNIQUE INDEX `the ``key``; --` (`c``d`), INDEX starts (`c``d`(10), e(300), g), INDEX whole (`c``d`, g),
  INDEX down (g DESC), FULLTEXT INDEX words (`c``d`, e), FULLTEXT INDEX more_words (e), SPATIAL INDEX places (f),
  INDEX only_start (j(500))
) ENGINE = InnoDB;
CREATE TABLE no_key (a int, b int, c int, d varchar(50), UNIQUE (a, b), INDEX (c), INDEX (b));
CREATE TABLE pointing (a int, b int, c int, d varchar(191) CHARACTER SET utf8mb4, e int, f int, g int,
  INDEX taken_name (c), INDEX longer (e, f), UNIQUE INDEX once (f));
ALTER TABLE pointing
  ADD CONSTRAINT brings_its_index FOREIGN KEY (a) REFERENCES `quo``ted` (`a b`) ON DELETE CASCADE ON UPDATE NO ACTION,
  ADD CONSTRAINT uses_the_same FOREIGN KEY (a) REFERENCES `quo``ted` (`a b`) ON DELETE RESTRICT,
  ADD CONSTRAINT `another``s` FOREIGN KEY (a, b) REFERENCES no_key (a, b) ON DELETE SET NULL,
  ADD CONSTRAINT taken_name FOREIGN KEY (c) REFERENCES `quo``ted` (`a b`),
  ADD CONSTRAINT texts FOREIGN KEY (d) REFERENCES `quo``ted` (`c``d`),
  ADD CONSTRAINT longer FOREIGN KEY (e) REFERENCES `quo``ted` (`a b`),
  ADD CONSTRAINT unique_column FOREIGN KEY (f) REFERENCES `quo``ted` (`a b`),
  ADD FOREIGN KEY (g) REFERENCES `quo``ted` (`a b`);
SET @restrict = 0 /*!80400 , SESSION restrict_fk_on_non_standard_key = OFF */;
CREATE TABLE to_no_key (c int, CONSTRAINT to_no_key_c FOREIGN KEY (c) REFERENCES no_key (c));
CREATE TABLE itself (id int PRIMARY KEY, up int, CONSTRAINT itself_up FOREIGN KEY (up) REFERENCES itself (id));
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum text, finished_at text, migration_name varchar(191),
  logs text, rolled_back_at text, started_at text, applied_steps_count int, INDEX at (migration_name));
CREATE TABLE to_left_out (m varchar(36), CONSTRAINT to_left_out_m FOREIGN KEY (m) REFERENCES _prisma_migrations (id));
CREATE VIEW a_view AS SELECT 1 AS a;
"""


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_mysql(server: Server) -> None:
    own = {
        Provider.MYSQL: "CREATE UNIQUE INDEX computed ON no_key (a, (b + 1), ((c IS NULL)) DESC);"
        " CREATE INDEX unseen ON no_key (c, a) INVISIBLE; CREATE FULLTEXT INDEX ngrams ON no_key (d) WITH PARSER ngram;",
        Provider.MARIADB: "CREATE TABLE hashed (a text, b text, UNIQUE INDEX of_any_length (a), UNIQUE INDEX mixed (a(10), b));"
        " CREATE INDEX unseen ON no_key (c, a) IGNORED;"
        " ALTER TABLE pointing ADD CONSTRAINT checked CHECK (c > 0), ADD CONSTRAINT `checked``too` CHECK (c < 9);",
    }
    assert_alike(*rebuilt(server, server.create(MYSQL + own[server.provider])))


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_a_server_that_folds_the_names_of_tables(server: Server) -> None:
    """It may spell a table otherwise where a foreign key points at it; the scratch server may not fold."""
    script = (
        "CREATE TABLE User (id int PRIMARY KEY); CREATE TABLE Post (a int, CONSTRAINT fk FOREIGN KEY (a) REFERENCES User (id));"
    )
    have = read(parse_url(server.create(script), base=Path("/")))

    def folded(obj: Object) -> Object:
        target = obj.key.references
        if target is None:
            return obj
        lower = Reference(TableRef(target.table.schema, target.table.name.lower()), target.columns)
        return replace(obj, key=obj.key._replace(references=lower))

    have = replace(have, objects=tuple(map(folded, have.objects)), folds_tables=True)
    target = parse_url(server.create(), base=Path("/"))
    run_script(target, skeleton(have))
    assert_alike(have, read(target))


SQLITE = """
CREATE TABLE "quo""ted " ("a b" TEXT UNIQUE, "c""d" TEXT, e TEXT UNIQUE, f TEXT, PRIMARY KEY ("c""d"), UNIQUE (f, e));
CREATE INDEX "the ""index""; --" ON "quo""ted " ("a b" COLLATE NOCASE DESC, e) -- with a comment;
;
CREATE UNIQUE INDEX partial ON "quo""ted " (e) WHERE f IS NULL;
CREATE INDEX computed ON "quo""ted " (lower(e), f);
CREATE TABLE row_id (id INTEGER PRIMARY KEY, a TEXT UNIQUE REFERENCES "quo""ted " ("a b") ON DELETE CASCADE,
  b REFERENCES absent);
CREATE TABLE both (a, b, PRIMARY KEY (a, b), FOREIGN KEY (a, b) REFERENCES both) WITHOUT ROWID;
CREATE TABLE _prisma_migrations (id PRIMARY KEY, checksum, finished_at, migration_name, logs, rolled_back_at, started_at,
  applied_steps_count);
CREATE INDEX of_left_out ON _prisma_migrations (logs);
CREATE VIEW a_view AS SELECT 1 AS a;
CREATE VIRTUAL TABLE a_virtual_one USING fts5 (a);
"""


def test_sqlite(sqlite: Server) -> None:
    assert_alike(*rebuilt(sqlite, sqlite.create(SQLITE)))
