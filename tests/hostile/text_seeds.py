"""What the trials of damaged text begin with: valid schemas, snapshots, configurations and the files around them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from namesync.convention import PROFILES
from namesync.model import Catalog, Definition, Hidden, Kind, Location, Object, Part, Provider, Table, TableRef, Taken, catalog
from namesync.prisma.schema import Schema, read_schema
from namesync.prisma.source import Source
from namesync.sources.snapshot import dump
from tests.core.worlds import fk, index, pk, unique, world
from tests.prisma.generate import generate

ROOT = Path(__file__).parents[2]
PRISMA = PROFILES["prisma"]
VERSIONS = {Provider.POSTGRESQL: "16.4", Provider.MYSQL: "8.4.3", Provider.SQLITE: "3.45.1"}

_EVERYTHING = """\
// every form of the language that namesync reads
generator client {
  provider        = "prisma-client-js"
  previewFeatures = ["views", "fullTextIndex"]
}

datasource db {
  provider     = "postgresql"
  url          = env("DATABASE_URL")
  relationMode = "foreignKeys"
}

/// namesync-ignore[off-convention]: the billing system's
model User {
  id      Int     @id(map: "users_pk") @default(autoincrement())
  email   String  @unique(map: "mail", sort: Desc) @db.VarChar(255) // namesync looks here
  "name"  String
  data    Json?   @default("{}")
  place   Unsupported("point")?
  deleted DateTime?
  color   Color   @default(RED)
  posts   Post[]  @relation("author")
  tags    Tag[]

  @@index([data(ops: JsonbPathOps)], type: Gin, map: "user_data")
  @@index([email, deleted(sort: Desc)], name: "old word") /// namesync-ignore: known
  @@unique([email, color], name: "client", map: "mail_color", where: { deleted: null })
  @@index(fields: [place(ops: raw("point_ops"))], type: Gist)
  @@map("users")
}

model Post {
  a        Int
  b        BigInt @map("b b")
  authorId Int?
  author   User?  @relation("author", fields: [authorId], references: [id], onDelete: SetNull, onUpdate: NoAction, map: "fk")

  @@id([a, b], map: "post \\u00fc pk")
  @@index([authorId])
}

model Tag {
  id    Int    @id
  users User[]
}

view Seen {
  id Int @unique
}

enum Color {
  RED @map("red")
  BLUE

  @@map("colors")
}
""".replace('  "name"  String\n', "")


@cache
def schema_texts() -> tuple[str, ...]:
    """The fixtures' schemas, one with every form, and some of the generator's."""
    texts = [file.read_text() for file in sorted(ROOT.glob("fixtures/*/*/schema.prisma"))]
    made = [
        "\n".join(generate(number, provider).values()) for number in range(8) for provider in ("postgresql", "mysql", "sqlite")
    ]
    return (*texts, _EVERYTHING, *made)


@cache
def schemas() -> tuple[Schema, ...]:
    """The same, read; those of the generator that are refused left out."""
    return tuple(read_schema([Source("schema.prisma", text)]) for text in schema_texts())


NAMES = (
    *(
        "pk",
        "User_pkey",
        "Post_authorId_fkey",
        "x" * 63,
        "é" * 31,
        "😀",
        "a b",
        "it's",
        'say "so"',
        "back\\slash",
        "nl\nnl",
        "tab\t",
    ),
    *("{}", "// no", "@@map", "$$", "'; DROP TABLE x; --", "PRIMARY", "\x1b[31m", "\u202e", "\x7f", "${X}", "%s", "*", " "),
)


def live(schema: Schema, random: Random) -> Catalog:
    """A database of the schema in which every third object has another name."""
    declared = schema.within(("public",)).catalog(PRISMA)
    objects = [obj for obj in declared.objects if obj.name]
    renamed = {obj: random.choice((*NAMES, random.choice(objects).name)) for obj in objects if random.random() < 0.3}
    return catalog(
        declared.provider,
        VERSIONS[declared.provider],
        declared.schemas,
        tables=declared.tables,
        objects=tuple(
            Object(obj.key, renamed.get(obj, obj.name), obj.definition, obj.implicit, obj.unmanaged, obj.sql)
            for obj in declared.objects
        ),
    )


def _with_sql(obj: Object, sql: str) -> Object:
    return replace(obj, sql=sql)


_USER = TableRef("public", "User")
_ALL_FIELDS = world(
    pk("User", "id", "User_pkey", location=Location("prisma/schema.prisma", 3, 4)),
    unique("User", "email", 'say "so"', predicate="(deleted IS NULL)", include=("name",), valid=False, visible=False),
    index(
        "User", "lower(email)", "expression", parts=(Part(True, True, False, "text_ops", "C", 10),), unmanaged="an expression"
    ),
    index("User", "place", "excluded", method="gist", exclusion="EXCLUDE USING gist (place WITH &&)", parser="ngram"),
    fk("Post", "authorId", "User(id)", "Post_fk", deferrable=True, initially_deferred=True, match_full=True),
    fk("Post", "editorId", "User(id)", ""),
    tables=(Table(TableRef("public", "User_1"), ("id",), True, _USER),),
    taken=(
        Taken(("relation", "public"), "a view", "view"),
        Taken(("constraint", "public", "User"), "check_1", "check constraint"),
    ),
    hidden=(Hidden((Kind.FOREIGN_KEY,), None, "no right"), Hidden((Kind.INDEX, Kind.UNIQUE), _USER, "no right on it")),
)
_MYSQL = world(
    pk("User", "id", "PRIMARY", schema="app"),
    index("Post", "authorId", "Post_fk", schema="app", implicit=True),
    _with_sql(
        fk("Post", "authorId", "User(id)", "Post_fk", schema="app"),
        "FOREIGN KEY (`authorId`) REFERENCES `User` (`id`) ON DELETE RESTRICT ON UPDATE CASCADE",
    ),
    provider=Provider.MARIADB,
    version="10.11.6-MariaDB",
    schemas=("app",),
    folds_tables=True,
)
_SQLITE = catalog(
    Provider.SQLITE,
    "3.45.1",
    ("main",),
    tables=(Table(TableRef("main", "User"), ("id", "email")),),
    objects=(
        Object(
            unique("User", "email", "x", schema="main").key,
            "u",
            Definition(method="btree", parts=(Part(),)),
            sql="CREATE UNIQUE INDEX u ON User (email)",
        ),
    ),
)


@cache
def catalogs() -> tuple[Catalog, ...]:
    """Databases of every provider, one with a value in every field."""
    made = tuple(live(schema, Random(number)) for number, schema in enumerate(schemas()))
    return (_ALL_FIELDS, _MYSQL, _SQLITE, *made)


@cache
def configurations() -> tuple[str, ...]:
    """Those of the documents, and one with every key."""
    pages = [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md"]
    found = [
        block for page in pages for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    ]
    return (*found, _EVERY_KEY)


@cache
def configuration_documents() -> tuple[dict[str, Any], ...]:
    """What they say."""
    return tuple(map(tomllib.loads, configurations()))


_EVERY_KEY = """\
authority = "prod"
schema = "prisma/schema.prisma"
convention = "prisma5"
shadow_url = "${SHADOW:-postgresql://postgres@127.0.0.1:1/shadow}"

[environments.prod]
url = "postgresql://u:p@127.0.0.1:1/shop?schema=app&connect_timeout=3&sslmode=disable"
schemas = ["app", "billing"]
connect_timeout = 5
statement_timeout = 2.5
shadow_url = "mysql://root@127.0.0.1:1"
migrations = "prisma/migrations"

[environments.qa]
url_file = "/run/secrets/url"
compare = "majority"
each_schema = "tenant_*"

[environments."dev.eu"]
url_command = ["vault", "read", "-field=url", "secret/prod"]
each_database = 'app_*'

[environments.listed]
each_url = "urls.txt"

[environments.last]
file = "last.json"

[job]
history = "sqlite:///h.db"
webhook = "https://127.0.0.1:1/${TOKEN:-x}/hook"
apprise = ["json://127.0.0.1:1/x", \"\"\"mailto://u:p@127.0.0.1\"\"\"]
remind_after = "12h"
metrics = "m.prom"
attempts = 3
deploy_wait = 60
workers = 8

[[ignore]]
rule = "*-drift"
table = "billing.*"
kind = "index"
name = "ix_[ab]?"
environment = "dev*"
reason = '''the billing system's'''
until = 2099-12-31
"""


@cache
def snapshots() -> tuple[str, ...]:
    """The catalogs as snapshots."""
    return tuple(map(dump, catalogs()))


@cache
def snapshot_documents() -> tuple[dict[str, Any], ...]:
    """What they say."""
    return tuple(map(json.loads, snapshots()))


@cache
def sections() -> tuple[str, ...]:
    """The configurations as part of a `pyproject.toml`."""
    header = re.compile(r"^(\[+)", re.MULTILINE)
    return tuple(
        '[project]\nname = "x"\n\n[tool.namesync]\n' + header.sub(r"\1tool.namesync.", text) for text in configurations()
    )
