"""Members of a group, read many at a time over one connection: each as it would be read alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.config import Config, Environment
from namesync.errors import ConfigError, ConnectionFailed
from namesync.model import Catalog, Provider
from namesync.sources import Server as Source
from namesync.sources import resolve
from namesync.sources.deployment import deploying
from namesync.sources.group import BATCH, batches, members, read_batch
from namesync.sources.server import read_catalog, read_each, session
from namesync.sources.url import in_database, parse_url
from tests.servers import Server

TABLES = """
CREATE TABLE users (id int PRIMARY KEY, email varchar(50));
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE TABLE posts (id int PRIMARY KEY, author int, CONSTRAINT {name} FOREIGN KEY (author) REFERENCES users (id));
"""
EXPRESSIONS = """
CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE INDEX e ON posts (f(id)) WHERE f(id) > 1;
"""

WITH_SCHEMAS = pytest.mark.parametrize("server", ["postgresql-16", "postgresql-18", "mysql", "mariadb"], indirect=True)


@pytest.fixture
def three(server: Server) -> tuple[str, tuple[str, ...]]:
    """Three schemas of one database (on MySQL, three databases) with tables of the same names; one of them differs."""
    if server.provider is Provider.POSTGRESQL:
        names = ("s_a", "s_b", "S_c")
        tables = TABLES.format(name="k") + EXPRESSIONS
        scripts = [f'CREATE SCHEMA "{name}"; SET LOCAL search_path = "{name}";{tables}' for name in names]
        url = server.create("".join(scripts) + 'SET LOCAL search_path = "S_c"; ALTER INDEX users_email_key RENAME TO odd')
        return url, names
    urls = [server.create(TABLES.format(name=name)) for name in ("k1", "k1", "k2")]
    return urls[0], tuple(url.rpartition("/")[2].partition("?")[0] for url in urls)


@WITH_SCHEMAS
def test_each_as_if_alone(three: tuple[str, tuple[str, ...]]) -> None:
    url, names = three
    with session(parse_url(url, base=Path())) as opened:
        told, together = zip(*read_each(opened, names), strict=True)
        alone = tuple(read_catalog(opened, (name,)) for name in names)
    assert (told, together) == (names, alone)
    assert [catalog.schemas for catalog in together] == [(name,) for name in names]
    assert all(len(catalog.objects) >= 4 for catalog in together)


@WITH_SCHEMAS
def test_a_schema_that_is_gone_hides_no_other(three: tuple[str, tuple[str, ...]]) -> None:
    url, names = three
    target = parse_url(url, base=Path())
    batch = [Source(name, target, Environment(name), (name,)) for name in (*names, "gone")]
    with session(target) as opened:
        found = {member.name: type(one) for member, one in read_batch(opened, batch)}
    assert found == {**dict.fromkeys(names, Catalog), "gone": ConfigError}


def group(url: str, **keys: str) -> Source:
    found = resolve("g", Config(Path("/"), environments={"g": Environment("g", url=url, **keys)}), {}, Path("/"))
    assert isinstance(found, Source)
    return found


@pytest.mark.parametrize("server", ["postgresql-16"], indirect=True)
class TestMembers:
    def test_schemas(self, three: tuple[str, tuple[str, ...]]) -> None:
        assert [member.name for member in members(group(three[0], each_schema="s_*"))] == ["g/s_a", "g/s_b"]

    def test_databases(self, server: Server) -> None:
        name = server.create().rpartition("/")[2].partition("?")[0]
        assert [member.name for member in members(group(server.url, each_database=name))] == [f"g/{name}"]

    def test_none(self, three: tuple[str, tuple[str, ...]]) -> None:
        with pytest.raises(ConfigError, match="no schema matches nothing"):
            members(group(three[0], each_schema="nothing_*"))


def test_one_connection_a_database() -> None:
    target = parse_url("postgresql://u:p@h/one", base=Path())
    two = in_database(target, "two")
    found = [Source(f"a{number}", target, Environment(""), (f"a{number}",)) for number in range(BATCH + 1)]
    found += [Source("b", two, Environment(""), ("b",))]
    assert [[len(batch) for batch in one] for one in batches(found)] == [[BATCH, 1], [1]]


def test_another_user_is_another_connection() -> None:
    urls = ("postgresql://u:p@h/d", "postgresql://v:p@h/d", "postgresql://u:q@h/d", "postgresql://u:p@h/d?schema=x")
    found = [Source(url, parse_url(url, base=Path()), Environment("")) for url in urls]
    assert [len(one[0]) for one in batches(found)] == [2, 1, 1]


def test_a_connection_that_is_lost_ends_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise ConnectionFailed("lost")

    monkeypatch.setattr("namesync.sources.group.read_catalog", lost)
    target = parse_url("postgresql://u:p@h/one", base=Path())
    with pytest.raises(ConnectionFailed):
        list(read_batch(None, [Source("a", target, Environment(""), ("a",))]))  # type: ignore[arg-type]


def test_sqlite_knows_no_deployment(sqlite: Server) -> None:
    with session(parse_url(sqlite.create(), base=Path())) as opened:
        assert deploying(opened) is False
