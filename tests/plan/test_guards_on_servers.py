"""A wrong rename is worse than none: what a guarded file does in databases it was not made for, and under load."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import psycopg
import pymysql
import pytest

from namesync.model import Kind, Provider
from namesync.plan import Options, Style, Wanted, adopted, aligned, merge, unqualified
from namesync.render.sql import script
from tests.core.worlds import fk, index, world
from tests.plan.files import GUARDED, file, names, read
from tests.plan.test_renames import made
from tests.readers.reading import read_url
from tests.servers import Server, connection

COLUMNS = "id int, a int, b int, c varchar(20)"
TABLES = f"CREATE TABLE t ({COLUMNS}); CREATE TABLE u ({COLUMNS});"
ORIGINAL = "CREATE INDEX x ON t (a)"
OTHERS_ANYWHERE = {
    "another-column": "CREATE INDEX x ON t (b)",
    "the-columns-in-another-order": "CREATE INDEX x ON t (b, a)",
    "a-unique": "CREATE UNIQUE INDEX x ON t (a)",
    "more-columns": "CREATE INDEX x ON t (a, b)",
    "another-table": "CREATE INDEX x ON u (a)",
    "descending": "CREATE INDEX x ON t (a DESC)",
    "no-such-name": "CREATE INDEX y ON t (a)",
}
OTHERS_POSTGRESQL = {
    "another-method": "CREATE INDEX x ON t USING hash (a)",
    "partial": "CREATE INDEX x ON t (a) WHERE a > 0",
    "included-column": "CREATE INDEX x ON t (a) INCLUDE (b)",
    "nulls-first": "CREATE INDEX x ON t (a NULLS FIRST)",
    "an-expression": "CREATE INDEX x ON t (abs(a))",
    "a-table": "CREATE TABLE x (a int)",
    "a-primary-key": "ALTER TABLE t ADD CONSTRAINT x PRIMARY KEY (a)",
}


@pytest.mark.parametrize(
    "other", [*OTHERS_ANYWHERE.values(), *OTHERS_POSTGRESQL.values()], ids=[*OTHERS_ANYWHERE, *OTHERS_POSTGRESQL]
)
def test_postgresql_renames_no_other(postgresql: Server, other: str) -> None:
    """The file is for the index x of t on (a); here x is something else."""
    assert not changes(postgresql, f"{TABLES} {other};", of_index(Provider.POSTGRESQL))


@pytest.mark.parametrize("other", list(OTHERS_ANYWHERE.values()), ids=list(OTHERS_ANYWHERE))
def test_mysql_renames_no_other(either: Server, other: str) -> None:
    assert not changes(either, f"{TABLES} {other};", of_index(either.provider))


def test_postgresql_renames_the_one_that_is_meant(postgresql: Server) -> None:
    """The same files do find what they are for."""
    renames_the_one_that_is_meant(postgresql)


def test_mysql_renames_the_one_that_is_meant(either: Server) -> None:
    renames_the_one_that_is_meant(either)


def renames_the_one_that_is_meant(server: Server) -> None:
    assert changes(server, f"{TABLES} {ORIGINAL};", of_index(server.provider)) == {"new"}
    original = f"{TARGETS}; {TABLES} ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id);"
    assert changes(server, original, of_foreign_key(server.provider)) == {"new"}


def of_index(provider: Provider) -> str:
    return file(world(index("t", "a", "x", schema=""), provider=provider, version="", schemas=("",)), x="new")


def of_foreign_key(provider: Provider) -> str:
    """As each server tells of one that says nothing on its actions."""
    action = "RESTRICT" if provider is Provider.MARIADB else "NO ACTION"
    key = made(fk("t", "a", "v(id)", "f", schema="", on_delete=action, on_update=action))
    return file(world(key, provider=provider, version="", schemas=("",)), f="new")


def changes(server: Server, make: str, sql: str) -> set[str]:
    """The names that are new in a database after the file."""
    url = server.create(make)
    before = names(url)
    server.execute(url, sql)
    after = names(url)
    assert len(after) == len(before)
    return set(after) - set(before)


def test_mysql_tells_a_prefix_apart(mysql: Server) -> None:
    url = mysql.create(f"CREATE TABLE t ({COLUMNS}); CREATE INDEX x ON t (c(5));")
    whole = mysql.create(f"CREATE TABLE t ({COLUMNS}); CREATE INDEX x ON t (c);")
    sql = file(read(url), x="new")
    for database in (url, whole):
        mysql.execute(database, sql)
    assert (names(url), names(whole)) == (["new"], ["x"])


def test_operator_classes_tell_indexes_apart(postgresql: Server) -> None:
    """As Django makes two indexes on one column."""
    make = f"CREATE TABLE t ({COLUMNS}); CREATE INDEX {{}} ON t (c varchar_pattern_ops); CREATE INDEX {{}} ON t (c);"
    url, swapped = (postgresql.create(make.format(*order)) for order in (("x", "y"), ("y", "x")))
    sql = file(read(url), x="T_like", y="T_plain")
    for database in (url, swapped):
        postgresql.execute(database, sql)
    assert (names(url), names(swapped)) == (["T_like", "T_plain"], ["x", "y"])


FOREIGN_KEYS = {
    "another-target": "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES w (id)",
    "another-column": "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES v (id)",
    "another-target-column": "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES v (n)",
    "another-table": "ALTER TABLE u ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id)",
}
TARGETS = "; ".join(f"CREATE TABLE {name} (id int PRIMARY KEY, n int UNIQUE)" for name in ("v", "w"))


@pytest.mark.parametrize("other", list(FOREIGN_KEYS.values()), ids=list(FOREIGN_KEYS))
def test_postgresql_renames_no_other_foreign_key(postgresql: Server, other: str) -> None:
    assert not changes(postgresql, f"{TARGETS}; {TABLES} {other};", of_foreign_key(Provider.POSTGRESQL))


ACTIONS = "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id) ON DELETE CASCADE"


@pytest.mark.parametrize("other", [*FOREIGN_KEYS.values(), ACTIONS], ids=[*FOREIGN_KEYS, "other-actions"])
def test_mysql_makes_no_other_foreign_key_again(either: Server, other: str) -> None:
    """It would come back as something else."""
    assert not changes(either, f"{TARGETS}; {TABLES} {other};", of_foreign_key(either.provider))


class TestPostgresql:
    def test_who_reads_is_not_disturbed(self, postgresql: Server) -> None:
        """An index is renamed beside an open transaction; a foreign key waits for its lock, not long, and all is as before."""
        url = postgresql.create(
            f"{TARGETS}; CREATE TABLE t ({COLUMNS}); CREATE INDEX x ON t (a);"
            " ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES v (id);"
        )
        with connection(url) as reader, closing(reader.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT * FROM t")
            postgresql.execute(url, file(read(url), x="y"))
            assert "y" in names(url)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                postgresql.execute(url, file(read(url), y="z", f="g").replace("'3s'", "'50ms'"))
            assert {"y", "f"} < set(names(url))

    def test_a_tenants_file_leaves_the_others_alone(self, postgresql: Server) -> None:
        """One file for schemas of any name: it looks in the first of the search path, not wherever the name is found."""
        one = "CREATE TABLE {0}.t (id int, a int); CREATE INDEX x ON {0}.t (a);"
        tenants = "".join(f"CREATE SCHEMA {name}; {one.format(name)}" for name in ("tenant_a", "tenant_b"))
        url = postgresql.create(f"{tenants} CREATE SCHEMA empty;")
        sql = file(unqualified({"only": read_url(url, "tenant_a")})["only"], x="y")
        postgresql.execute(url, f"SET search_path = empty, tenant_a; {sql}")
        postgresql.execute(url, f"SET search_path = tenant_b, tenant_a; {sql}")
        assert [[obj.name for obj in read_url(url, name).objects] for name in ("tenant_a", "tenant_b")] == [["x"], ["y"]]

    def test_several_schemas_at_once(self, postgresql: Server) -> None:
        one = 'CREATE SCHEMA "{0}"; CREATE TABLE "{0}".t (id int PRIMARY KEY, a int REFERENCES "{0}".t (id));'
        url = postgresql.create("".join(one.format(name) for name in ("o'ne", "t wo")))
        catalog = read_url(url, "o'ne", "t wo")
        for options in (GUARDED, Options(Style.PLAIN)):
            asked = {obj: f"{obj.name}_" for obj in catalog.objects}
            merged = merge({"only": catalog}, Wanted({"only": asked}, {"only": []}), options)
            postgresql.execute(url, script(merged.changes, merged.dialect))
            catalog = read_url(url, "o'ne", "t wo")
            assert catalog.objects == merged.after["only"].objects

    def test_partitions_go_along(self, postgresql: Server) -> None:
        """Their foreign keys with the name of the parent's; their indexes have names of their own, and stay.

        A partition that is partitioned itself is a table to Prisma: it has default names of its own.
        """
        url = postgresql.create(
            f"{TARGETS}; CREATE TABLE t (a int, CONSTRAINT odd FOREIGN KEY (a) REFERENCES v (id)) PARTITION BY LIST (a);"
            "CREATE INDEX odd_index ON t (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1) PARTITION BY LIST (a);"
            "CREATE TABLE t1a PARTITION OF t1 FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);"
        )
        before = {"only": read(url)}
        merged = merge(before, adopted(before, "only"), Options(together=True))
        postgresql.execute(url, script(merged.changes, merged.dialect))
        found = read(url)
        keys = {obj.key.table.name: obj.name for obj in found.objects if obj.key.kind is Kind.FOREIGN_KEY}
        assert keys == {"t": "t_a_fkey", "t1": "t1_a_fkey", "t1a": "t1_a_fkey", "t2": "t_a_fkey"}
        assert {obj.name for obj in found.objects if obj.key.kind is Kind.INDEX} == {f"{name}_a_idx" for name in keys}
        assert found.objects == merged.after["only"].objects


def test_history_that_differs_from_both(postgresql: Server) -> None:
    """Three databases of three minds, one file: by name where that says enough, else by structure."""
    make = f"CREATE TABLE t ({COLUMNS}); CREATE INDEX {{}} ON t (a); CREATE INDEX {{}} ON t (b);"
    urls: Mapping[str, str] = {
        name: postgresql.create(make.format(*indexes))
        for name, indexes in {"prod": ("p1", "p2"), "dev": ("d1", "d2"), "history": ("p2", "p1")}.items()
    }
    catalogs = {name: read(url) for name, url in urls.items()}
    merged = merge(catalogs, aligned(catalogs, "prod"), Options(history_known=True))
    sql = script(merged.changes, merged.dialect)
    assert 'ALTER INDEX IF EXISTS "d1" RENAME TO "p1"' in sql
    for url in urls.values():
        postgresql.execute(url, sql)
        assert [obj.name for obj in read(url).objects] == ["p1", "p2"]


def test_statistics_that_mariadb_kept_of_a_name(mariadb: Server) -> None:
    """Now and then it leaves them behind where an index was renamed: the name is refused until they are gone."""
    url = mariadb.create(f"CREATE TABLE t ({COLUMNS}, KEY x (a)) ENGINE=InnoDB STATS_PERSISTENT=1; ANALYZE TABLE t")
    kept = "SELECT database_name, table_name, 'y', last_update, stat_name, stat_value, sample_size, stat_description"
    of_x = "mysql.innodb_index_stats WHERE database_name = DATABASE() AND index_name = 'x'"
    mariadb.execute(url, f"INSERT INTO mysql.innodb_index_stats {kept} FROM {of_x}")
    sql = file(read(url), x="y")
    for _ in range(2):
        with pytest.raises(pymysql.OperationalError, match=r"duplicate key in table 'mysql\.innodb_index_stats'"):
            mariadb.execute(url, sql)
    mariadb.execute(url, "ALTER TABLE t STATS_PERSISTENT = 0")
    mariadb.execute(url, sql)
    mariadb.execute(url, "ALTER TABLE t STATS_PERSISTENT = DEFAULT")
    assert names(url) == ["y"]
