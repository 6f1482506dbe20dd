"""Sources read into catalogs: one and many at once, live and from files, one failure beside what the others show."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from namesync.config import Config, Environment
from namesync.convention import PROFILES
from namesync.errors import ConfigError, ConnectionFailed, SnapshotError, UsageError
from namesync.model import Catalog, Hidden, Kind, Provider, Table, TableRef, Taken, catalog
from namesync.sources import File, Form, Source, load, load_all, loading, resolve, resolve_all
from namesync.sources.snapshot import dump
from tests.servers import Server

from .catalogs import index

TABLES = 'CREATE TABLE "Post" (id int PRIMARY KEY, title text); CREATE INDEX "{name}" ON "Post" (title);'


def snapshot(path: Path, have: Catalog) -> File:
    path.write_text(dump(have), encoding="utf-8")
    return File(path.stem, path, Form.SNAPSHOT)


def find(root: Path, *arguments: str, environments: tuple[Environment, ...] = ()) -> tuple[Source, ...]:
    config = Config(root=root, environments={one.name: one for one in environments})
    return resolve_all(arguments, config, {}, root)


def names(have: object) -> set[str]:
    assert isinstance(have, Catalog), have
    return {obj.name for obj in have.objects if obj.key.kind is Kind.INDEX}


def test_a_snapshot_stands_for_its_environment(sqlite: Server, tmp_path: Path) -> None:
    (source,) = find(tmp_path, sqlite.create(TABLES.format(name="post_title")))
    live = load(source)
    assert names(live) == {"post_title"}
    assert load(snapshot(tmp_path / "prod.json", live)) == live


def test_live_environments_beside_files(postgresql: Server, tmp_path: Path) -> None:
    prod = postgresql.create(TABLES.format(name="prod_title"))
    dev = postgresql.create(TABLES.format(name="dev_title"))
    (source,) = find(tmp_path, prod)
    snapshot(tmp_path / "old.json", load(source))
    outcomes = load_all(find(tmp_path, f"prod={prod}", "old.json", f"dev={dev}"))
    assert {name: names(outcome) for name, outcome in outcomes.items()} == {
        "prod": {"prod_title"},
        "old": {"prod_title"},
        "dev": {"dev_title"},
    }
    assert list(outcomes) == ["prod", "old", "dev"]


def test_a_schema(tmp_path: Path) -> None:
    (tmp_path / "schema.prisma").write_text(
        'datasource db {\n  provider = "postgresql"\n  url = env("X")\n}\n'
        "model Post {\n  id Int @id\n  title String\n  @@index([title])\n}\n"
    )
    (source,) = find(tmp_path, "schema.prisma")
    have = load(source, PROFILES["prisma"])
    assert have.declared
    assert names(have) == {"Post_title_idx"}


def test_one_failure_hides_nothing(tmp_path: Path, sqlite: Server) -> None:
    (tmp_path / "bad.json").write_text("{")
    good = sqlite.create(TABLES.format(name="post_title"))
    outcomes = load_all(find(tmp_path, "file:absent.db", f"good={good}", "bad.json"))
    assert isinstance(outcomes["absent"], ConnectionFailed)
    assert names(outcomes["good"]) == {"post_title"}
    assert isinstance(outcomes["bad"], SnapshotError)
    assert not (tmp_path / "absent.db").exists()


def test_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight environments are being read at the same moment, or nobody gets past the barrier."""
    barrier = threading.Barrier(8)
    real = loading.snapshot.parse

    def wait(text: str, where: str) -> Catalog:
        barrier.wait(timeout=20)
        return real(text, where)

    monkeypatch.setattr(loading.snapshot, "parse", wait)
    files = [snapshot(tmp_path / f"e{number}.json", catalog(Provider.SQLITE)) for number in range(8)]
    assert all(isinstance(outcome, Catalog) for outcome in load_all(files).values())


def test_different_providers(tmp_path: Path) -> None:
    """Told without a connection where the URLs say so; else once they are read."""
    start = time.monotonic()
    with pytest.raises(UsageError, match="different providers: x is postgresql, y is mysql"):
        load_all(find(tmp_path, "x=postgresql://192.0.2.1/d", "y=mysql://192.0.2.1/d"))
    assert time.monotonic() - start < 2
    files = [snapshot(tmp_path / f"{one}.json", catalog(one)) for one in Provider]
    with pytest.raises(UsageError, match="postgresql is postgresql, mysql is mysql, mariadb is mysql, sqlite is sqlite"):
        load_all(files)
    assert len(load_all([files[1], files[2]])) == 2


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"gone\.json: No such file"):
        load(File("gone", tmp_path / "gone.json", Form.SNAPSHOT))
    (tmp_path / "latin.json").write_bytes(b'{"x": "\xff"}')
    with pytest.raises(SnapshotError, match=r"damaged snapshot: not UTF-8 \(byte 7\)"):
        load(File("latin", tmp_path / "latin.json", Form.SNAPSHOT))


class TestSchemasOfASnapshot:
    """`--schemas` cuts a snapshot as it would a live server."""

    A, B = TableRef("a", "T"), TableRef("b", "T")
    HAVE = catalog(
        Provider.POSTGRESQL,
        "16",
        ("a", "b"),
        tables=(Table(A), Table(B)),
        objects=(index(A, "x", "a_idx"), index(B, "x", "b_idx")),
        taken=(Taken(("relation", "a"), "T", "table"), Taken(("constraint", "b", "T"), "c", "check constraint")),
        hidden=(Hidden((Kind.INDEX,), B, "no right"), Hidden((Kind.INDEX,), None, "no right")),
    )

    def read(self, tmp_path: Path, *schemas: str) -> Catalog:
        snapshot(tmp_path / "prod.json", self.HAVE)
        return load(resolve("prod.json", Config(root=tmp_path), {}, tmp_path, schemas=schemas))

    def test_all(self, tmp_path: Path) -> None:
        assert self.read(tmp_path) == self.HAVE

    def test_one(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, "a") == catalog(
            Provider.POSTGRESQL,
            "16",
            ("a",),
            tables=(Table(self.A),),
            objects=(index(self.A, "x", "a_idx"),),
            taken=(Taken(("relation", "a"), "T", "table"),),
            hidden=(Hidden((Kind.INDEX,), None, "no right"),),
        )

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"no schema c in this snapshot\nIt has: a, b"):
            self.read(tmp_path, "a", "c")


TENANTS = "; ".join(
    f'CREATE SCHEMA "{name}"; CREATE TABLE "{name}".t (a int); CREATE INDEX "{name}_idx" ON "{name}".t (a)'
    for name in ("tenant_a", "tenant_b", "other")
)


class TestGroups:
    def test_each_schema(self, postgresql: Server, tmp_path: Path) -> None:
        tenants = Environment("tenants", url=postgresql.create(TENANTS), each_schema="tenant_*")
        outcomes = load_all(find(tmp_path, "tenants", environments=(tenants,)))
        assert {name: names(outcome) for name, outcome in outcomes.items()} == {
            "tenants/tenant_a": {"tenant_a_idx"},
            "tenants/tenant_b": {"tenant_b_idx"},
        }

    def test_the_systems_schemas_are_no_members(self, postgresql: Server, tmp_path: Path) -> None:
        tenants = Environment("all", url=postgresql.create(TENANTS), each_schema="*")
        outcomes = load_all(find(tmp_path, "all", environments=(tenants,)))
        assert list(outcomes) == ["all/other", "all/public", "all/tenant_a", "all/tenant_b"]

    def test_each_database(self, postgresql: Server, tmp_path: Path) -> None:
        self.check_each_database(postgresql, tmp_path)

    @pytest.mark.parametrize("server", ["mysql", "mariadb"])
    def test_each_database_of_mysql(self, server: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        self.check_each_database(request.getfixturevalue(server), tmp_path)

    def check_each_database(self, server: Server, tmp_path: Path) -> None:
        prefix = f"app_{time.time_ns()}"
        server.create("CREATE TABLE t (a int)", name=f"{prefix}_one")
        server.create("CREATE TABLE t (a int); CREATE INDEX two_idx ON t (a)", name=f"{prefix}_two")
        apps = Environment("apps", url=server.url, each_database=f"{prefix}_*")
        outcomes = load_all(find(tmp_path, "apps", environments=(apps,)))
        assert {name: names(outcome) for name, outcome in outcomes.items()} == {
            f"apps/{prefix}_one": set(),
            f"apps/{prefix}_two": {"two_idx"},
        }

    def test_nothing_matches(self, postgresql: Server, tmp_path: Path) -> None:
        nobody = Environment("nobody", url=postgresql.create(TENANTS), each_schema="nobody_*")
        outcomes = load_all(find(tmp_path, "nobody", environments=(nobody,)))
        assert str(outcomes["nobody"]).startswith("environment nobody: no schema matches nobody_*")

    def test_unreachable(self, tmp_path: Path) -> None:
        tenants = Environment("tenants", url="postgresql://u:hunter2@127.0.0.1:1/d", each_schema="tenant_*")
        outcomes = load_all(find(tmp_path, "tenants", environments=(tenants,)))
        assert isinstance(outcomes["tenants"], ConnectionFailed)
        assert "hunter2" not in str(outcomes["tenants"])

    def test_where_one_environment_is_wanted(self, tmp_path: Path) -> None:
        tenants = Environment("tenants", url="postgresql://127.0.0.1:1/d", each_schema="tenant_*")
        with pytest.raises(UsageError, match="tenants is a group of environments"):
            load(find(tmp_path, "tenants", environments=(tenants,))[0])
