"""Scratch databases and `_prisma_migrations`, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.errors import ConnectionFailed, MigrationError, Unsupported
from namesync.model import Provider
from namesync.prisma.migrations import Record
from namesync.sources.ledger import read_ledger
from namesync.sources.scratch import run_script, scratch
from namesync.sources.server import read, session
from namesync.sources.url import parse_url
from tests.servers import Server

TABLE = "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\n"

LEDGER = """
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamp NULL,
  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamp NULL, started_at timestamp NOT NULL,
  applied_steps_count int NOT NULL DEFAULT 0);
INSERT INTO _prisma_migrations VALUES
  ('2', 'bb', NULL, 'two', 'it broke', NULL, '2026-01-02 00:00:00', 0),
  ('1', 'aa', '2026-01-01 00:00:01', 'one', NULL, NULL, '2026-01-01 00:00:00', 1);
"""


def names(catalog_of: object) -> list[str]:
    return [obj.name for obj in catalog_of.objects]  # type: ignore[attr-defined]


def databases(server: Server) -> set[str]:
    query = "SELECT datname FROM pg_database" if server.provider is Provider.POSTGRESQL else "SHOW DATABASES"
    return {row[0] for row in server.query(server.url, query)}


def test_a_scratch_database_is_empty_and_gone_afterwards(server: Server, tmp_path: Path) -> None:
    shadow = None if server.provider is Provider.SQLITE else parse_url(server.url, base=tmp_path)
    with scratch(server.provider, server.version, shadow) as place, place.database() as target:
        run_script(target, TABLE)
        assert names(read(target)) == ["i"]
        with pytest.raises(MigrationError, match="scratch database"):
            run_script(target, "THIS IS NOT SQL;")
    assert not shadow or target.url.database not in databases(server)


def test_a_script_of_comments_only_runs(server: Server, tmp_path: Path) -> None:
    """`prisma migrate dev --create-only` writes such files."""
    run_script(parse_url(server.create(), base=tmp_path), "-- This is an empty migration.")


def test_postgresql_runs_a_script_as_one_transaction(postgresql: Server, tmp_path: Path) -> None:
    target = parse_url(postgresql.create(), base=tmp_path)
    with pytest.raises(MigrationError):
        run_script(target, TABLE + "SELECT 1/0;")
    assert names(read(target)) == []


@pytest.mark.parametrize("version", ["13.2", "16.1", "17.0", "18.0", "19.1"])
def test_the_embedded_server_is_the_nearest(version: str) -> None:
    with scratch(Provider.POSTGRESQL, version) as place, place.database() as target:
        assert read(target).server_version.partition(".")[0] == ("16" if version < "17" else "18")


def test_mysql_has_no_embedded_server() -> None:
    with pytest.raises(Unsupported, match="no scratch server for mysql"), scratch(Provider.MYSQL):
        pass


def test_the_ledger_is_read_oldest_first(server: Server, tmp_path: Path) -> None:
    url = server.create(LEDGER)
    with session(parse_url(url, base=tmp_path)) as opened:
        ledger = read_ledger(opened, _schema(server, url))
    assert ledger.exists
    assert ledger.records == (Record("one", "aa", True, False, 1, ""), Record("two", "bb", False, False, 0, "it broke"))


def test_a_database_without_the_table_was_never_baselined(server: Server, tmp_path: Path) -> None:
    url = server.create(TABLE)
    with session(parse_url(url, base=tmp_path)) as opened:
        assert not read_ledger(opened, _schema(server, url)).exists


def test_a_role_that_may_not_read_the_ledger_is_told(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.create(LEDGER)
    role = f"blind_{url.rpartition('/')[2]}"
    postgresql.execute(url, f'CREATE ROLE "{role}" LOGIN')
    try:
        target = parse_url(url.replace("postgres@", f"{role}@"), base=tmp_path)
        with session(target) as opened, pytest.raises(ConnectionFailed, match="_prisma_migrations can't be read"):
            read_ledger(opened, "public")
    finally:
        postgresql.execute(url, f'DROP ROLE "{role}"')


def _schema(server: Server, url: str) -> str:
    return {Provider.POSTGRESQL: "public", Provider.SQLITE: "main"}.get(server.provider, url.rpartition("/")[2])
