"""`_prisma_migrations` of several environments at once."""

from __future__ import annotations

from pathlib import Path

from namesync.config import Config, Environment
from namesync.model import catalog
from namesync.prisma.migrations import Ledger
from namesync.sources import Source, resolve_all
from namesync.sources.ledger import read_ledgers
from namesync.sources.snapshot import dump
from tests.servers import Server

COLUMNS = """
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamp NULL, migration_name varchar(255) NOT NULL,
  logs text, rolled_back_at timestamp NULL, started_at timestamp NOT NULL, applied_steps_count int NOT NULL DEFAULT 0
"""


def ledger(name: str, schema: str = "") -> str:
    table = f"{schema}_prisma_migrations"
    row = f"('1', 'aa', '2026-01-01 00:00:01', '{name}', NULL, NULL, '2026-01-01 00:00:00', 1)"
    return f"CREATE TABLE {table} ({COLUMNS}); INSERT INTO {table} VALUES {row};"


def find(root: Path, *arguments: str, environments: tuple[Environment, ...] = ()) -> tuple[Source, ...]:
    return resolve_all(arguments, Config(root=root, environments={one.name: one for one in environments}), {}, root)


def migrations(ledgers: dict[str, Ledger | None]) -> dict[str, list[str] | None]:
    return {name: one and [record.name for record in one.records] for name, one in ledgers.items()}


def test_all_environments(server: Server, tmp_path: Path) -> None:
    prod, dev = server.create(ledger("one")), server.create("CREATE TABLE t (a int)")
    (tmp_path / "old.json").write_text(dump(catalog(server.provider, server.version)))
    found = read_ledgers(find(tmp_path, f"prod={prod}", "old.json", f"dev={dev}"))
    assert list(found) == ["prod", "old", "dev"]
    assert migrations(found) == {"prod": ["one"], "old": None, "dev": []}
    assert found["dev"] == Ledger(False)


def test_where_it_can_not_be_known(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.create(ledger("one"))
    role = f"blind_{url.rpartition('/')[2]}"
    postgresql.execute(url, f'CREATE ROLE "{role}" LOGIN')
    try:
        blind = url.replace("postgres@", f"{role}@")
        found = read_ledgers(find(tmp_path, f"blind={blind}", "off=postgresql://u:hunter2@127.0.0.1:1/d"))
        assert found == {"blind": None, "off": None}
    finally:
        postgresql.execute(url, f'DROP ROLE "{role}"')


class TestSchema:
    """Prisma keeps it in the schema of its URL."""

    def names(self, server: Server, script: str, root: Path, *, suffix: str = "", schemas: tuple[str, ...] = ()) -> list[str]:
        one = Environment("one", url=server.create(script) + suffix, schemas=schemas)
        (found,) = read_ledgers(find(root, "one", environments=(one,))).values()
        assert found is not None
        return [record.name for record in found.records]

    SHOP = "CREATE SCHEMA shop; " + ledger("of_shop", "shop.") + ledger("of_public")

    def test_of_the_url(self, postgresql: Server, tmp_path: Path) -> None:
        assert self.names(postgresql, self.SHOP, tmp_path, suffix="?schema=shop") == ["of_shop"]
        assert self.names(postgresql, "CREATE SCHEMA shop;" + ledger("x"), tmp_path, suffix="?schema=shop") == []

    def test_public_where_several_are_in_scope(self, postgresql: Server, tmp_path: Path) -> None:
        assert self.names(postgresql, self.SHOP, tmp_path, schemas=("shop", "public")) == ["of_public"]

    def test_the_one_in_scope(self, postgresql: Server, tmp_path: Path) -> None:
        assert self.names(postgresql, self.SHOP, tmp_path, schemas=("shop",)) == ["of_shop"]
        assert self.names(postgresql, "CREATE SCHEMA shop;" + ledger("x"), tmp_path, schemas=("shop",)) == ["x"]

    def test_each_of_a_group_has_its_own(self, postgresql: Server, tmp_path: Path) -> None:
        script = "CREATE SCHEMA shop_a; CREATE SCHEMA shop_b;" + ledger("of_a", "shop_a.") + ledger("of_public")
        group = Environment("shops", url=postgresql.create(script), each_schema="shop_*")
        found = read_ledgers(find(tmp_path, "shops", environments=(group,)))
        assert migrations(found) == {"shops/shop_a": ["of_a"], "shops/shop_b": []}


def test_a_group_that_can_not_be_found(tmp_path: Path) -> None:
    group = Environment("shops", url="postgresql://127.0.0.1:1/d", each_schema="shop_*")
    assert read_ledgers(find(tmp_path, "shops", environments=(group,))) == {"shops": None}
