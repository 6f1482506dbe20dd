"""The driver of the real engine does what the tests that lean on it believe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.engine import Engine, EngineError, Unavailable, fit, header, install
from tests.engines import sources
from tests.servers import Server

BLOG = """
model Author {
  id    Int    @id
  email String @unique
  posts Post[]
}

model Post {
  id       Int    @id
  title    String
  authorId Int
  author   Author @relation(fields: [authorId], references: [id])
  @@index([title])
}
"""
VERSIONS = pytest.mark.parametrize("version", [6, 7])
SERVERS = pytest.mark.parametrize(
    "server", [name for name in sources() if name.startswith(("postgresql", "sqlite"))], indirect=True
)
MYSQL = header("mysql") + BLOG


@VERSIONS
def test_validate_knows_every_provider(engine: Engine, version: int) -> None:
    assert engine.validate(MYSQL, version) == ""
    assert "has to be unique" in engine.validate(
        MYSQL.replace("@@index([title])", "@@index([title])\n@@index([title])"), version
    )


def test_validate_knows_prisma_5(engine: Engine) -> None:
    assert engine.validate(MYSQL, 5) == ""


def test_dmmf_and_format(engine: Engine) -> None:
    assert [model["name"] for model in engine.dmmf(MYSQL)["datamodel"]["models"]] == ["Author", "Post"]
    assert engine.format({"a.prisma": MYSQL})["a.prisma"].count("@@index([title])") == 1


@SERVERS
@VERSIONS
def test_a_pushed_schema_comes_back(engine: Engine, server: Server, version: int) -> None:
    """push, diff, diff2 and pull agree with one another on a real database."""
    schema = header(server.provider, version) + BLOG
    url = server.create()
    assert "CREATE TABLE" in engine.diff(url, schema, version)
    engine.push(url, schema, version)
    assert engine.diff(url, schema, version) == ""
    pulled = engine.pull(url, version=version)
    assert engine.diff2(schema, pulled.schema, version) == ""
    assert pulled.warnings == ""
    assert '"Post_title_idx"' in engine.ddl(schema, version)


@SERVERS
def test_pull_reports_names_that_differ(engine: Engine, server: Server) -> None:
    url = server.create('CREATE TABLE "A" (b INTEGER NOT NULL); CREATE UNIQUE INDEX "odd \\ name" ON "A" (b);')
    assert '@unique(map: "odd \\\\ name")' in engine.pull(url).schema


@VERSIONS
def test_pull_on_a_partial_index(engine: Engine, sqlite: Server, version: int) -> None:
    """Prisma 6 does not see it, 7 does."""
    url = sqlite.create('CREATE TABLE t (id INTEGER PRIMARY KEY, a INT); CREATE INDEX "it\'s" ON t (a) WHERE a > 1;')
    assert ('map: "it\'s"' in engine.pull(url, version=version).schema) == (version == 7)


def test_pull_takes_several_schemas(engine: Engine, postgresql: Server) -> None:
    url = postgresql.create("CREATE SCHEMA other; CREATE TABLE other.t (id int CONSTRAINT odd PRIMARY KEY);")
    schema = engine.pull(url, schemas=["other", "public"]).schema
    assert '@id(map: "odd")' in schema
    assert '@@schema("other")' in schema


@SERVERS
@VERSIONS
def test_migrations_are_deployed_and_resolved(engine: Engine, server: Server, version: int, tmp_path: Path) -> None:
    """deploy applies, resolve records without running, status tells what is left."""
    schema = header(server.provider, version) + BLOG
    for name, sql in {"1_init": engine.ddl(schema, version), "2_rest": "this is not SQL"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_text(sql)
    url = server.create()
    engine.push(url, schema, version)
    with pytest.raises(EngineError, match="P3005"):
        engine.deploy(url, tmp_path, schema, version)
    engine.resolve(url, tmp_path, schema, "1_init", version)
    assert engine.status(url, tmp_path, schema, version)["history"]["unappliedMigrationNames"] == ["2_rest"]
    with pytest.raises(EngineError, match="syntax error"):
        engine.deploy(url, tmp_path, schema, version)
    assert engine.status(url, tmp_path, schema, version)["failedMigrationNames"] == ["2_rest"]
    engine.resolve(url, tmp_path, schema, "2_rest", version, applied=False)
    (tmp_path / "2_rest" / "migration.sql").write_text('CREATE TABLE "more" (id INTEGER)')
    assert engine.deploy(url, tmp_path, schema, version) == ["2_rest"]
    assert server.query(url, 'SELECT * FROM "more"') == []


def test_a_panic_does_not_end_the_engine(engine: Engine) -> None:
    """prisma-engines cuts the FK name of a many-to-many table at byte 56, which panics inside a character."""
    relation = f'@relation("{"é" * 40}")'
    models = f"model A {{\n id Int @id\n b B[] {relation}\n}}\nmodel B {{\n id Int @id\n a A[] {relation}\n}}"
    schema = header("postgresql") + models
    with pytest.raises(EngineError, match="panic"):
        engine.ddl(schema)
    assert "CREATE TABLE" in engine.ddl(header("postgresql") + BLOG)


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        (
            'datasource db {\n  provider = "mysql"\n}\n',
            6,
            'datasource db {\n  provider = "mysql"\n  url      = "file:./unused"\n}\n',
        ),
        ('datasource db {\n  url = env("X")\n  directUrl = "y"\n}\n', 7, "datasource db {\n}\n"),
        ('datasource db {\n  url = env("X")\n}\n', 6, 'datasource db {\n  url = env("X")\n}\n'),
        ("model url {\n  url = 1\n}\n", 7, "model url {\n  url = 1\n}\n"),
    ],
    ids=["added", "removed", "kept", "another block"],
)
def test_fit(text: str, version: int, expected: str) -> None:
    assert fit(text, version) == expected


def test_no_node_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="node and npm are not installed"):
        install()


def test_a_failing_npm_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, script in {"node": "exit 0", "npm": "echo the registry said no >&2; exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NAMESYNC_ENGINE_HOME", str(tmp_path / "home"))
    with pytest.raises(Unavailable, match="the registry said no"):
        install()
