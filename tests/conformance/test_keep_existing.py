"""`emit --keep-existing` against the real Prisma: what it writes validates, leaves `migrate diff` nothing to do, and is what
a fresh `db pull` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from namesync.model import Catalog, Provider
from namesync.prisma.edits import apply_edits, map_edits
from namesync.prisma.keep import KeepPlan, keep_existing
from namesync.prisma.schema import Schema
from tests import pairs
from tests.conformance.engine import Engine
from tests.engines import sources
from tests.prisma.reading import PRISMA, nameable, objects, read_files
from tests.readers.reading import read_url
from tests.servers import Server

SCHEMAS = {"schemas": ("public", "auth", "billing")}
BEYOND_THE_LANGUAGE = {("many-to-many", "prod"), ("prisma1", "prod")}
"""Join tables whose names `map` can't say: Prisma wants to change these, and nothing else."""

SERVERS = list(sources())
ASKED = [*[name for name in SERVERS if name.startswith("postgresql")][:1], "sqlite"]  # whom the engine can ask


def cases(servers: Iterable[str], *without: str) -> list[ParameterSet]:
    """Each side of each pair there is for these servers."""
    return [
        pytest.param(server, pair, name, id=f"{server}-{pair}-{name}")
        for server in servers
        for pair in pairs.PAIRS
        if pair not in without and pairs.folder(pair, Provider(server.partition("-")[0]))
        for name in ("prod", "dev")
    ]


def database(server: Server, pair: str, name: str) -> str:
    folder = pairs.folder(pair, server.provider)
    assert folder is not None
    return server.create((folder / f"{name}.sql").read_text(encoding="utf-8"))


def own_schema(server: Server, pair: str) -> str | None:
    folder = pairs.folder(pair, server.provider) or Path()
    file = folder / "schema.prisma"
    return file.read_text(encoding="utf-8") if file.exists() else None


def without_maps(text: str) -> Schema:
    """The schema without any `map`, but for twins, which Prisma refuses under one name."""
    schema = read_files({"schema.prisma": text})
    defaults = Counter((each.object.key.table.schema, each.default) for each in nameable(schema))
    alone = [each for each in nameable(schema) if defaults[each.object.key.table.schema, each.default] == 1]
    edits = map_edits({each: each.default for each in alone})
    return read_files({"schema.prisma": apply_edits(text, edits.get("schema.prisma", ()))})


def kept(schema: Schema, live: Catalog) -> tuple[str, KeepPlan]:
    """The text of the one file afterwards; a second round must find nothing to do."""
    plan = keep_existing(schema, live, PRISMA)
    after = plan.files[0].after if plan.files else schema.documents[0].source.text
    again = keep_existing(read_files({"schema.prisma": after}), live, PRISMA)
    assert (again.files, again.changes) == ((), ())
    return after, plan


def declared(text: str) -> Counter[object]:
    return Counter((obj.key, obj.definition, obj.name) for obj in objects(read_files({"schema.prisma": text})))


def about_join_tables(script: str, plan: KeepPlan) -> bool:
    """Whether every statement is about a table whose name begins with an underscore, or a name that could not be written."""
    statements = [line for line in script.splitlines() if line and not line.startswith("--")]
    known = ['"_', *(f'"{each.object.name}"' for each in plan.unwritten)]
    return all(any(name in statement for name in known) for statement in statements)


@pytest.mark.parametrize("version", [6, 7])
@pytest.mark.parametrize(("server", "pair", "name"), cases(ASKED), indirect=["server"])
def test_prisma_finds_nothing_left_to_do(engine: Engine, server: Server, pair: str, name: str, version: int) -> None:
    """From a schema without any map to one that validates, and from which `migrate diff` is empty."""
    url = database(server, pair, name)
    start = own_schema(server, pair) or engine.pull(url, schemas=SCHEMAS.get(pair, ())).schema
    after, plan = kept(without_maps(start), read_url(url, *SCHEMAS.get(pair, ())))
    assert engine.validate(after, version) == ""
    script = engine.diff(url, after, version)
    if (pair, name) in BEYOND_THE_LANGUAGE:
        assert about_join_tables(script, plan)
        assert plan.unwritten
    else:
        assert script == ""
        assert plan.complete
        assert plan.absent == ()


@pytest.mark.parametrize(("server", "pair", "name"), cases(ASKED, "long-names"), indirect=["server"])
def test_it_writes_what_a_fresh_pull_prints(engine: Engine, server: Server, pair: str, name: str) -> None:
    """Attribute for attribute. Not for long-names: `db pull` comments out fields it has no name for, and prints attributes that
    refer to them, a schema that Prisma itself refuses."""
    url = database(server, pair, name)
    pulled = engine.pull(url, schemas=SCHEMAS.get(pair, ())).schema
    after, _ = kept(without_maps(pulled), read_url(url, *SCHEMAS.get(pair, ())))
    assert declared(after) == declared(pulled)


WRITTEN = {
    "duplicates": """datasource db {
  provider = "mysql"
}

model Account {
  id    Int    @id
  posts Post[]
}

model User {
  id    Int    @id
  email String
  wrote Post[] @relation("author")
  owns  Post[] @relation("owner")

  @@index([email], map: "1")
  @@index([email], map: "2")
}

model Post {
  id        Int      @id
  slug      String
  createdAt DateTime
  authorId  Int
  ownerId   Int
  author    User     @relation("author", fields: [authorId], references: [id], onDelete: NoAction, onUpdate: NoAction)
  owner     User     @relation("owner", fields: [ownerId], references: [id], onDelete: NoAction, onUpdate: NoAction, map: "1")
  account   Account  @relation(fields: [ownerId], references: [id], onDelete: NoAction, onUpdate: NoAction, map: "2")

  @@index([slug], map: "1")
  @@index([slug], map: "2")
  @@index([createdAt], map: "3")
  @@index([createdAt(sort: Desc)], map: "4")
  @@index([ownerId])
  @@index([authorId])
}
""",
    "special-indexes": """datasource db {
  provider = "mysql"
}

model Article {
  id    Int                  @id
  title String               @db.VarChar(191)
  body  String               @db.Text
  lang  String               @db.VarChar(8)
  place Unsupported("point")
  rank  Int?

  @@fulltext([title, body])
  @@fulltext([body])
  @@index([place(length: 32)])
  @@index([title(length: 10)], map: "1")
  @@index([title])
  @@index([lang])
  @@index([rank(sort: Desc)])
}
""",
}
"""By hand for MySQL, as `db pull` would print them; MariaDB has no index on the body alone, which takes a parser of MySQL's."""


@pytest.mark.parametrize(("server", "pair", "name"), cases(["mysql", "mariadb"]), indirect=["server"])
def test_mysql_validates(engine: Engine, server: Server, pair: str, name: str) -> None:
    """The engine has no MySQL to ask, but its validator. Some of the long names have 64 characters, as MySQL allows, and more
    bytes, which Prisma does not."""
    start = own_schema(server, pair) or WRITTEN[pair]
    if server.provider is Provider.MARIADB:
        start = start.replace("  @@fulltext([body])\n", "")
    after, plan = kept(without_maps(start), read_url(database(server, pair, name)))
    assert engine.validate(after) == ""
    assert plan.complete is ((pair, name) not in {*BEYOND_THE_LANGUAGE, ("long-names", "prod")})
    assert plan.absent == ()


# ---- where Prisma itself is wrong or silent ----

BLOG = """datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  email String @unique(map: "second")
  posts Post[]
}

model Post {
  id       Int  @id
  authorId Int
  author   User @relation(fields: [authorId], references: [id], map: "stale")
}
"""
BLOG_SQL = """
CREATE TABLE "User" (id integer NOT NULL, email text NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY (id));
CREATE TABLE "Post" (id integer NOT NULL, "authorId" integer NOT NULL, CONSTRAINT "Post_pkey" PRIMARY KEY (id));
ALTER TABLE "Post" ADD CONSTRAINT real FOREIGN KEY ("authorId") REFERENCES "User" (id) ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE UNIQUE INDEX first ON "User" (email);
CREATE UNIQUE INDEX second ON "User" (email);
"""


@pytest.fixture
def blog(postgresql: Server) -> str:
    return postgresql.create(BLOG_SQL)


def test_a_stale_name_of_a_foreign_key_is_mended(engine: Engine, blog: str) -> None:
    """`db pull` over a schema keeps the name that a @relation has, though the database says another: a migration would then
    rename it back. Ours is the database's."""
    assert 'map: "stale"' in engine.pull(blog, BLOG).schema
    after, _ = kept(read_files({"schema.prisma": BLOG}), read_url(blog))
    assert 'references: [id], map: "real")' in after
    assert engine.diff(blog, after) == ""


def test_of_two_equal_uniques_the_one_that_has_the_attribute_keeps_it(engine: Engine, blog: str) -> None:
    """`db pull` prints the first of them by name, whatever the schema said. Ours keeps a name that is in the database."""
    assert '@unique(map: "first")' in engine.pull(blog, BLOG).schema
    after, plan = kept(read_files({"schema.prisma": BLOG}), read_url(blog))
    assert '@unique(map: "second")' in after
    assert [obj.name for obj in plan.undeclared] == ["first"]
