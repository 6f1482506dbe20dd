"""`namesync check` on real servers: what they make of a definition is no drift, and what they name by themselves is seen."""

from __future__ import annotations

import pytest

from tests import pairs
from tests.cli.checking import DATASOURCE, Write, findings, write
from tests.cli.conftest import Run
from tests.engines import sources
from tests.servers import Server

__all__ = ["write"]

GUIDE = {
    "postgresql": [("Post", "foreign_key"), ("User", "primary_key"), ("User", "unique")],
    "mysql": [("Post", "foreign_key"), ("User", "unique")],
    "sqlite": [("User", "unique")],
}


def test_the_guides_example(server: Server, namesync: Run, write: Write) -> None:
    """Both of its databases at once, as the names of each differ from Prisma's; MySQL and SQLite have fewer names."""
    folder = pairs.folder("guide", server.provider)
    assert folder is not None
    write({"prisma/schema.prisma": (folder / "schema.prisma").read_text(encoding="utf-8")})
    prod, dev = pairs.create(server, "guide")
    ended = namesync("check", f"prod={prod}", f"dev={dev}", "--format", "json")
    assert ended.code == 1
    found = findings(ended, "rule", "table", "kind")
    assert found == [("schema-mismatch", *each) for each in GUIDE[server.provider.family]]
    assert all(location["file"] == "prisma/schema.prisma" for (location,) in findings(ended, "location"))


WHERE = {
    "null": ("{ b: null }", "b IS NULL"),
    "not null": ("{ b: { not: null } }", "b IS NOT NULL"),
    "string": ("""{ a: "it's (x)::y" }""", "a = 'it''s (x)::y'"),
    "another string": ('{ a: { not: "X" } }', "a <> 'X'"),
    "number": ("{ b: 5 }", "b = 5"),
    "negative number": ("{ b: -5 }", "b = -5"),
    "large number": ("{ c: 12345678901 }", "c = 12345678901"),
    "two conditions": ("{ b: 1, a: null }", "b = 1 AND a IS NULL"),
    "as it was written": ("""raw("b > 1 and \\"a\\" != 'x'")""", "b > 1 AND a <> 'x'"),
}


@pytest.mark.parametrize("case", WHERE)
@pytest.mark.parametrize("server", [name for name in sources() if name.startswith(("postgresql", "sqlite"))], indirect=True)
def test_a_predicate_in_the_servers_words_is_no_drift(case: str, server: Server, namesync: Run, write: Write) -> None:
    """Prisma 7 says `{ a: "x" }` where PostgreSQL says `(a = 'x'::text)`."""
    where, predicate = WHERE[case]
    schema = f"""datasource db {{
  provider = "{server.provider}"
}}
model A {{
  id Int     @id
  a  String?
  b  Int?
  c  BigInt?
  @@index([id, b], where: {where})
}}
"""
    write({"schema.prisma": schema, "other.prisma": schema.replace(where, 'raw("a IS NOT NULL AND b = 7")')})
    table = 'CREATE TABLE "A" (id integer NOT NULL, a text, b integer, c bigint, CONSTRAINT "A_pkey" PRIMARY KEY (id));'
    url = server.create(f'{table} CREATE INDEX "A_id_b_idx" ON "A" (id, b) WHERE {predicate};')
    assert findings(namesync("check", url, "--format", "json"), "rule", "message") == []
    assert findings(namesync("check", url, "--format", "json", "--schema", "other.prisma"), "rule") == [("definition-drift",)]


def test_included_columns_are_key_columns_to_prisma(postgresql: Server, namesync: Run, write: Write) -> None:
    """As `prisma db pull` prints them."""
    write({"schema.prisma": DATASOURCE + "model A {\n id Int @id\n b Int\n @@unique([id, b])\n}\n"})
    url = postgresql.create(
        'CREATE TABLE "A" (id integer, b integer, CONSTRAINT "A_pkey" PRIMARY KEY (id));'
        'CREATE UNIQUE INDEX "A_id_b_key" ON "A" (id) INCLUDE (b);'
    )
    assert findings(namesync("check", url, "--format", "json"), "rule", "message") == []


def test_names_that_sqlite_gives_by_itself_are_not_the_declared_ones(sqlite: Server, namesync: Run, write: Write) -> None:
    """Prisma would drop and make them again, which SQLite refuses: a `map` has to say them."""
    write({"schema.prisma": 'datasource db {\n provider = "sqlite"\n}\nmodel A {\n id Int @id\n b Int @unique\n}\n'})
    url = sqlite.create('CREATE TABLE "A" (id INTEGER NOT NULL PRIMARY KEY, b INTEGER NOT NULL UNIQUE);')
    found = findings(namesync("check", f"prod={url}", "--format", "json"), "rule", "names", "declared")
    assert found == [("schema-mismatch", {"prod": "sqlite_autoindex_A_1"}, "A_b_key")]
    assert namesync("emit", "--keep-existing", f"prod={url}").code == 0
    assert findings(namesync("check", f"prod={url}", "--format", "json"), "rule") == []


@pytest.mark.parametrize("server", ["mysql", "mariadb"], indirect=True)
def test_the_index_behind_a_foreign_key(server: Server, namesync: Run, write: Write) -> None:
    """It bears the foreign key's name: no object of its own, unless the schema declares one."""
    schema = """datasource db {
  provider = "mysql"
}
model User {
  id    Int    @id
  posts Post[]
}
model Post {
  id       Int  @id
  authorId Int
  author   User @relation(fields: [authorId], references: [id])
}
"""
    write({"without.prisma": schema, "with.prisma": schema.replace("[id])\n", "[id])\n  @@index([authorId])\n")})
    url = server.create(
        "CREATE TABLE `User` (id int PRIMARY KEY); CREATE TABLE `Post` (id int PRIMARY KEY, `authorId` int NOT NULL);"
        "ALTER TABLE `Post` ADD CONSTRAINT `Post_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (id)"
        " ON DELETE RESTRICT ON UPDATE CASCADE;"
    )
    assert findings(namesync("check", url, "--format", "json", "--schema", "without.prisma"), "rule") == []
    found = findings(namesync("check", f"prod={url}", "--format", "json", "--schema", "with.prisma"), "names", "declared")
    assert found == [({"prod": "Post_authorId_fkey"}, "Post_authorId_idx")]
