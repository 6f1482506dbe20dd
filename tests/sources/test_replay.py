"""A migrations folder as an environment: its history replayed on real servers, and nothing left behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from namesync.errors import MigrationError, NamesyncError, Unsupported
from namesync.model import Catalog, Provider, catalog
from namesync.sources.replay import lock_provider, nearest_like, replay
from namesync.sources.url import Target, parse_url
from tests.servers import Server

TABLE = "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\n"
SCHEMAS = """
CREATE SCHEMA auth;
CREATE SCHEMA IF NOT EXISTS "billing";
CREATE TABLE auth.t (a int);
CREATE INDEX in_auth ON auth.t (a);
CREATE TABLE billing.t (a int);
CREATE INDEX in_billing ON billing.t (a);
CREATE TABLE t (a int);
CREATE INDEX in_public ON t (a);
"""


def migrations(folder: Path, provider: str, **scripts: str) -> Path:
    """A migrations folder; a script's bytes are exactly its text."""
    for name, script in scripts.items():
        (folder / f"2026010100000{len(list(folder.iterdir()))}_{name}").mkdir(parents=True)
        (folder / f"2026010100000{len(list(folder.iterdir())) - 1}_{name}/migration.sql").write_bytes(script.encode())
    (folder / "migration_lock.toml").write_text(f'provider = "{provider}"\n')
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prisma/migrations").mkdir(parents=True)
    return tmp_path / "prisma/migrations"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder that namesync uses, empty; PostgreSQL may run as a user who can't look into pytest's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)
        monkeypatch.undo()


def shadow(server: Server) -> Target | None:
    return None if server.provider is Provider.SQLITE else parse_url(server.url, base=Path("/"))


def names(have: Catalog | NamesyncError) -> list[str]:
    assert isinstance(have, Catalog), have
    return [obj.name for obj in have.objects]


def databases(server: Server) -> set[str]:
    """Those whose name is of this test's making: other workers make some on the same server."""
    if server.provider is Provider.SQLITE:
        return set()
    query = "SELECT datname FROM pg_database" if server.provider is Provider.POSTGRESQL else "SHOW DATABASES"
    return {row[0] for row in server.query(server.url, query) if row[0].startswith(f"namesync_scratch_own{os.getpid()}")}


def test_a_history_is_replayed_in_order(server: Server, folder: Path) -> None:
    later = "DROP TABLE t;\nCREATE TABLE u (b int);\nCREATE INDEX j ON u (b);"
    have = replay(migrations(folder, server.provider.family, one=TABLE, two=later), shadow=shadow(server))
    assert names(have) == ["j"]
    assert (have.provider, have.server_version[: len(server.version)]) == (server.provider, server.version)


def test_nothing_is_left_behind(server: Server, folder: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr("namesync.sources.scratch.secrets.token_hex", lambda _: f"own{os.getpid()}_{next(numbers)}")
    replay(migrations(folder, server.provider.family, one=TABLE), shadow=shadow(server))
    migrations(folder, server.provider.family, two="THIS IS NOT SQL;")
    with pytest.raises(MigrationError):
        replay(folder, shadow=shadow(server))
    assert next(numbers) > 1 or server.provider is Provider.SQLITE
    assert databases(server) == set()
    assert list(temporary.iterdir()) == []


def test_an_embedded_server_leaves_nothing_behind(folder: Path, temporary: Path) -> None:
    migrations(folder, "postgresql", one=TABLE, two="THIS IS NOT SQL;")
    with pytest.raises(MigrationError, match="two fails when the history is replayed"):
        replay(folder)
    assert list(temporary.iterdir()) == []


def test_a_failing_migration_is_named(server: Server, folder: Path) -> None:
    migrations(folder, server.provider.family, one=TABLE, two="DROP TABLE absent;")
    with pytest.raises(MigrationError, match=r"20260101000001_two fails when the history is replayed: .*absent"):
        replay(folder, shadow=shadow(server))


def test_line_endings_of_windows(server: Server, folder: Path) -> None:
    script = "-- CreateTable\n" + TABLE + "\n-- It's done\n"
    migrations(folder, server.provider.family, one=script.replace("\n", "\r\n"))
    assert names(replay(folder, shadow=shadow(server))) == ["i"]


def test_a_byte_order_mark_fails_as_it_does_for_prisma(server: Server, folder: Path) -> None:
    """Prisma sends it to the server; SQLite alone takes it for a blank."""
    migrations(folder, server.provider.family, one="\ufeff" + TABLE)
    if server.provider is Provider.SQLITE:
        assert names(replay(folder)) == ["i"]
        return
    with pytest.raises(MigrationError, match=r"one fails.*(?s:.*)byte order mark"):
        replay(folder, shadow=shadow(server))


def test_a_migration_that_is_no_text(folder: Path) -> None:
    migrations(folder, "sqlite", one=TABLE)
    (folder / "20260101000000_one/migration.sql").write_bytes(b"-- \xff\n")
    with pytest.raises(MigrationError, match=r"migration\.sql is not UTF-8 \(byte 3\)"):
        replay(folder)


def test_a_folder_without_its_file(folder: Path) -> None:
    migrations(folder, "sqlite", one=TABLE)
    (folder / "20260101000001_two").mkdir()
    with pytest.raises(MigrationError, match=r"two has no migration\.sql"):
        replay(folder)


def test_an_empty_folder_is_no_history(folder: Path) -> None:
    with pytest.raises(MigrationError, match="holds no migration"):
        replay(folder)


@pytest.mark.parametrize(
    ("schemas", "found"),
    [
        pytest.param((), ("public",), id="none"),
        pytest.param(("auth", "billing"), ("auth", "billing"), id="its own"),
        pytest.param(("public", "auth", "absent"), ("public", "auth"), id="one that it does not make"),
        pytest.param(("shop",), ("public",), id="one that only the URL names"),
    ],
)
def test_schemas(postgresql: Server, folder: Path, schemas: tuple[str, ...], found: tuple[str, ...]) -> None:
    have = replay(migrations(folder, "postgresql", one=SCHEMAS), schemas=schemas, shadow=shadow(postgresql))
    assert have.schemas == found
    assert sorted(names(have)) == sorted(f"in_{schema}" for schema in found)


def test_mysql_has_no_schemas_to_choose(mariadb: Server, folder: Path) -> None:
    have = replay(migrations(folder, "mysql", one=TABLE), schemas=("shop",), shadow=shadow(mariadb))
    assert names(have) == ["i"]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param((), "18", id="newest"),
        pytest.param(("13.4", "17.2"), "16", id="oldest environment"),
        pytest.param(("", "17.2"), "18", id="only what is known"),
    ],
)
def test_the_version_is_that_of_the_others(versions: tuple[str, ...], expected: str, folder: Path) -> None:
    like = nearest_like(catalog(Provider.POSTGRESQL, version) for version in versions)
    have = replay(migrations(folder, "postgresql", one=TABLE), like=like)
    assert have.server_version.partition(".")[0] == expected


def test_an_extension_that_the_embedded_server_lacks(folder: Path) -> None:
    with pytest.raises(MigrationError) as caught:
        replay(migrations(folder, "postgresql", one='CREATE EXTENSION IF NOT EXISTS "citext";'))
    assert "Set `shadow_url` in namesync.toml to a PostgreSQL server that has the extension." in str(caught.value)


@pytest.mark.parametrize("server", ["postgresql-16", "mariadb", "mysql"], indirect=True)
def test_a_role_that_may_not_make_databases(server: Server, folder: Path) -> None:
    role = "namesync_bare"
    if server.provider is Provider.POSTGRESQL:
        server.execute(server.url, f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")
    else:
        server.execute(
            server.url,
            f"CREATE OR REPLACE USER {role}"
            if server.provider is Provider.MARIADB
            else f"DROP USER IF EXISTS {role}; CREATE USER {role}",
        )
    bare = parse_url(server.url.replace("postgres@", f"{role}@").replace("root@", f"{role}@"), base=Path("/"))
    try:
        with pytest.raises(Unsupported, match=r"shadow_url leads to no scratch server: .*denied"):
            replay(migrations(folder, server.provider.family, one=TABLE), shadow=bare)
    finally:
        server.execute(server.url, f"DROP {'ROLE' if server.provider is Provider.POSTGRESQL else 'USER'} {role}")


def test_mysql_needs_a_server(folder: Path) -> None:
    with pytest.raises(Unsupported, match=r"no scratch server for mysql\nSet `shadow_url` in namesync\.toml"):
        replay(migrations(folder, "mysql", one=TABLE))


def test_a_server_of_another_provider(folder: Path) -> None:
    other = parse_url("mysql://u:hunter2@h/d", base=folder)
    with pytest.raises(Unsupported, match="shadow_url leads to mysql, a server of postgresql is wanted"):
        replay(migrations(folder, "postgresql", one=TABLE), shadow=other)


class TestLock:
    """`migration_lock.toml` names the provider."""

    @pytest.mark.parametrize(
        ("lock", "error"),
        [
            pytest.param(b'provider = "sqlserver"\n', "sqlserver is not one namesync reads", id="unsupported"),
            pytest.param(b"provider = \n", "names no provider", id="broken"),
            pytest.param(b"\xff", "names no provider", id="no text"),
            pytest.param(None, "has no migration_lock.toml", id="absent"),
        ],
    )
    def test_mistakes(self, tmp_path: Path, lock: bytes | None, error: str) -> None:
        if lock is not None:
            (tmp_path / "migration_lock.toml").write_bytes(lock)
        with pytest.raises((MigrationError, Unsupported), match=error):
            lock_provider(tmp_path)

    @pytest.mark.parametrize("text", ['provider = "postgres"', '\ufeff# Please do not edit\r\nprovider = "postgresql"\r\n'])
    def test_spellings(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "migration_lock.toml").write_bytes(text.encode())
        assert lock_provider(tmp_path) is Provider.POSTGRESQL

    def test_without_one_it_is_that_of_the_others(self, folder: Path) -> None:
        migrations(folder, "none", one=TABLE)
        (folder / "migration_lock.toml").unlink()
        assert names(replay(folder, like=catalog(Provider.SQLITE, "3.40"))) == ["i"]
