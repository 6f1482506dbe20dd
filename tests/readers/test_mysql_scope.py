"""What is in scope on MySQL and MariaDB and what is not: databases, tables of all sorts, names already taken."""

from __future__ import annotations

import pymysql
import pytest

from namesync.dialects import dialect_of
from namesync.dialects.mysql import rows
from namesync.model import Kind, Object, Provider, TableRef, Taken
from tests.readers.reading import find, read_url
from tests.servers import Server, database_of

MIGRATIONS = """
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64), finished_at datetime(3),
    migration_name varchar(255), logs text, rolled_back_at datetime(3), started_at datetime(3), applied_steps_count int);
"""
CHECKED = """
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, x int CHECK (x > 0), y int, UNIQUE KEY u (y), KEY i (y), CONSTRAINT chk CHECK (y > 0),
    CONSTRAINT fk FOREIGN KEY (y) REFERENCES p (id));
CREATE TABLE d (id int PRIMARY KEY, y int);
"""


@pytest.fixture(params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


def of_kind(url: str, kind: Kind) -> Object:
    (found,) = [obj for obj in read_url(url).objects if obj.key.kind is kind]
    return found


def test_a_foreign_key_into_another_database(server: Server) -> None:
    url = server.create()  # before the other: they are dropped in this order
    there = database_of(server.create("CREATE TABLE p (id int PRIMARY KEY)"))
    server.execute(url, f"CREATE TABLE c (p int, CONSTRAINT out_fk FOREIGN KEY (p) REFERENCES `{there}`.p (id))")
    found = of_kind(url, Kind.FOREIGN_KEY)
    assert found.key.references is not None
    assert found.key.references.table == TableRef(there, "p")
    assert found.sql.startswith(f"FOREIGN KEY (`p`) REFERENCES `{there}`.`p` (`id`) ON DELETE")


def test_several_databases_in_scope(server: Server) -> None:
    one, two = (server.create(f"CREATE TABLE {name} (id int PRIMARY KEY)") for name in ("a", "b"))
    server.create("CREATE TABLE outside (id int PRIMARY KEY)")
    found = read_url(one, database_of(two), database_of(one))
    assert found.schemas == (database_of(two), database_of(one))
    assert {table.ref for table in found.tables} == {TableRef(database_of(one), "a"), TableRef(database_of(two), "b")}
    assert {obj.key.table for obj in found.objects} == {table.ref for table in found.tables}


def test_databases_that_differ_in_case_only_are_not_mixed(server: Server) -> None:
    """MariaDB's information_schema takes such names for equal."""
    upper = server.create("CREATE TABLE t (id int PRIMARY KEY)", name="ns_CaseOnly")
    server.create("CREATE TABLE t (id int PRIMARY KEY, x int UNIQUE)", name="ns_caseonly")
    other = database_of(server.create("CREATE TABLE o (id int PRIMARY KEY)"))
    found = read_url(upper, "ns_CaseOnly", other)  # two: a single one is looked up by its exact name
    assert [(obj.key.table.schema, obj.name) for obj in found.objects] == [("ns_CaseOnly", "PRIMARY"), (other, "PRIMARY")]


def test_tables_that_differ_in_case_or_accents_only_are_not_mixed(server: Server) -> None:
    url = server.create("CREATE TABLE Aé (id int PRIMARY KEY); CREATE TABLE ae (k int PRIMARY KEY); CREATE TABLE AE (l int)")
    found = read_url(url)
    assert {table.ref.name: table.columns for table in found.tables} == {"Aé": ("id",), "ae": ("k",), "AE": ("l",)}
    assert {obj.key.table.name: obj.key.columns for obj in found.objects} == {"Aé": ("id",), "ae": ("k",)}


def test_the_tables_of_prisma_itself(server: Server) -> None:
    url = server.create(MIGRATIONS + "CREATE TABLE _RelayId (id varchar(25) PRIMARY KEY, stableModelIdentifier char(25))")
    found = read_url(url)
    assert [table.ref.name for table in found.tables] == ["_RelayId"]
    assert [obj.unmanaged for obj in found.objects] == ["a table of Prisma 1, which Prisma leaves alone"]
    server.execute(url, "ALTER TABLE _prisma_migrations DROP COLUMN logs")
    assert "_prisma_migrations" in {table.ref.name for table in read_url(url).tables}


def test_views_and_sequences_are_no_tables_and_system_versioned_ones_are_not_prismas(mariadb: Server) -> None:
    url = mariadb.create(
        """
        CREATE TABLE t (id int PRIMARY KEY);
        CREATE TABLE versioned (id int PRIMARY KEY) WITH SYSTEM VERSIONING;
        CREATE SEQUENCE s;
        CREATE VIEW v AS SELECT * FROM t;
        """
    )
    found = read_url(url)
    assert [table.ref.name for table in found.tables] == ["t", "versioned"]
    unmanaged = {obj.key.table.name: obj.unmanaged for obj in found.objects}
    assert unmanaged == {"t": "", "versioned": "a system-versioned table, which Prisma leaves out"}


REFUSED_ON_MARIADB = {
    "a unique": "RENAME INDEX u TO chk",
    "a foreign key": "ADD CONSTRAINT chk FOREIGN KEY (y) REFERENCES p (id)",
}
ACCEPTED = {
    "an index": "RENAME INDEX i TO chk",
    "a column's check": "ADD CONSTRAINT x FOREIGN KEY (y) REFERENCES p (id)",
}


@pytest.mark.parametrize("change", REFUSED_ON_MARIADB.values(), ids=REFUSED_ON_MARIADB)
def test_mariadb_refuses_the_name_of_a_table_check(server: Server, change: str) -> None:
    url = server.create(CHECKED)
    if server.provider is Provider.MYSQL:
        server.execute(url, f"ALTER TABLE c {change}")
        assert find_all(url, "chk")
        return
    with pytest.raises(pymysql.err.OperationalError, match="Duplicate CHECK constraint name 'chk'"):
        server.execute(url, f"ALTER TABLE c {change}")


@pytest.mark.parametrize("change", ACCEPTED.values(), ids=ACCEPTED)
def test_other_names_of_checks_are_free(server: Server, change: str) -> None:
    url = server.create(CHECKED)
    server.execute(url, f"ALTER TABLE c {change}")
    assert find_all(url, "chk") or find_all(url, "x")


def find_all(url: str, name: str) -> list[Object]:
    return [obj for obj in read_url(url).objects if obj.name == name]


def test_so_checks_are_taken_for_foreign_keys_and_uniques_of_their_table_on_mariadb(mysql: Server, mariadb: Server) -> None:
    assert read_url(mysql.create(CHECKED)).taken == ()
    url = mariadb.create(CHECKED)
    found = read_url(url)
    place = (database_of(url), "c")
    assert found.taken == (
        Taken(("foreign_key", *place), "chk", "check constraint"),
        Taken(("unique", *place), "chk", "check constraint"),
    )
    scopes = dialect_of(found).scopes
    held = {taken.scope for taken in found.taken}
    foreign_key = next(obj for obj in found.objects if obj.key.kind is Kind.FOREIGN_KEY)
    assert not held.isdisjoint(scopes(foreign_key))
    assert not held.isdisjoint(scopes(find(found, "c", "u")))
    assert held.isdisjoint(scopes(find(found, "c", "i")))


def test_primary_keys_have_no_name_of_their_own(server: Server) -> None:
    found = read_url(server.create("CREATE TABLE t (id int, CONSTRAINT gone PRIMARY KEY (id))"))
    (primary,) = found.objects
    assert primary.name == "PRIMARY"
    assert not dialect_of(found).nameable(primary)


@pytest.mark.parametrize(
    ("name", "version", "indexes", "checks"),
    [("mysql", (8, 0, 12), "indexes_mysql_8_0_12.sql", False), ("mariadb", (10, 5, 9), "indexes_mariadb_10_5.sql", False)],
    ids=["MySQL 8.0.12", "MariaDB 10.5.9"],
)
def test_older_versions_are_read_without_the_columns_they_lack(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    version: tuple[int, ...],
    indexes: str,
    checks: bool,
) -> None:
    server: Server = request.getfixturevalue(name)
    reader = rows.reader_for(server.provider, version)
    assert reader.queries["indexes"] == indexes
    assert ("checks" in reader.queries) is checks
    url = server.create(CHECKED)
    expected = read_url(url).objects
    monkeypatch.setattr("namesync.sources.server.reader", lambda *_: reader)
    assert read_url(url).objects == expected
