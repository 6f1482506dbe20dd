"""A project to emit into: a folder with snapshots or SQLite files for environments, a schema, and the program."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from namesync.model import Catalog
from namesync.sources.snapshot import dump
from tests.cli.conftest import Ended, Run, namesync
from tests.core.worlds import fk, index, pk, unique, world

__all__ = ["namesync"]

NO_SERVER = "postgresql://nobody@127.0.0.1:1/none"
"""In place of a server to replay histories on: that would take a second each time."""

SCHEMA = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id    Int    @id // the key
  email String @unique
  posts Post[]
}

model Post {
  id       Int    @id
  title    String
  authorId Int
  author   User   @relation(fields: [authorId], references: [id])

  @@index([title])
}
"""


def guide(user: str, email: str, author: str, title: str = "Post_title_idx") -> Catalog:
    """The two tables of SCHEMA with these names of the key of User, the unique, the foreign key and the index."""
    return world(
        pk("User", "id", user),
        unique("User", "email", email),
        pk("Post", "id", "Post_pkey"),
        fk("Post", "authorId", "User(id)", author),
        index("Post", "title", title),
    )


DEFAULTS = guide("User_pkey", "User_email_key", "Post_authorId_fkey")
PROD = guide("odd_pk", "User.email_unique", "prod_fk")
DEV = guide("User_pkey", "User_email_key", "dev_fk")


class Project:
    """A folder with a schema, and what is in it."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder = folder
        self.run = run
        self.schema = folder / "prisma" / "schema.prisma"
        self.migrations = folder / "prisma" / "migrations"

    def snapshots(self, **catalogs: Catalog) -> None:
        """Environments as snapshot files in the folder, `prod.json` for `prod`; the configuration knows them by name."""
        tables = [f'shadow_url = "{NO_SERVER}"\n']
        for name, catalog in catalogs.items():
            (self.folder / f"{name}.json").write_text(dump(catalog), encoding="utf-8")
            tables.append(f'[environments.{name}]\nfile = "{name}.json"\n')
        (self.folder / "namesync.toml").write_text("\n".join(tables), encoding="utf-8")

    def write_schema(self, text: str) -> None:
        self.schema.parent.mkdir(exist_ok=True)
        self.schema.write_text(text, encoding="utf-8")

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON that a command prints, which fits the published schema, once it ended with `code`."""
        ended = self.run("--format", "json", *arguments)
        assert ended.code == code, ended
        found: dict[str, Any] = json.loads(ended.out)
        jsonschema.validate(found, published(found["command"]))
        return found

    def emit(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        return self.json("emit", "--keep-existing", *arguments, code=code)

    def adopt(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        return self.json("emit", "--adopt-defaults", *arguments, code=code)

    def text(self, *arguments: str, code: int = 0) -> str:
        ended = self.run(*arguments)
        assert ended.code == code, ended
        return ended.out

    def refused(self, *arguments: str) -> Ended:
        """Runs what can't be done: nothing is printed, nothing in the folder changes."""
        before = self.files()
        ended = self.run(*arguments)
        assert ended.code == 2
        assert ended.out == ""
        assert self.files() == before
        return ended

    def files(self) -> dict[str, bytes]:
        """Every file below the folder, by its path."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def folders(self) -> list[str]:
        """The migrations there are."""
        return sorted(path.name for path in self.migrations.iterdir()) if self.migrations.exists() else []


def published(command: str) -> dict[str, Any]:
    """The JSON Schema in the package."""
    text = files("namesync").joinpath("schemas", f"{command}-1.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def names(found: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Environment -> its renames, old and new, of all migrations of an emit."""
    steps: dict[str, list[tuple[str, str]]] = {}
    for migration in found["migrations"]:
        for environment, each in migration["steps"].items():
            steps.setdefault(environment, []).extend((step["from"], step["to"]) for step in each)
    return steps


def lines(found: dict[str, Any], environment: str) -> list[str]:
    """What is to be typed in an environment."""
    return [command["line"] for command in found["runbook"][environment]["commands"]]


@pytest.fixture
def project(tmp_path: Path, namesync: Run) -> Project:
    """A project with a schema, and prod and dev as snapshots whose names differ."""
    made = Project(tmp_path, namesync)
    made.write_schema(SCHEMA)
    made.snapshots(prod=PROD, dev=DEV)
    return made


@pytest.fixture
def sqlite_project(tmp_path: Path, namesync: Run) -> Callable[..., Project]:
    """A project whose environments are SQLite files, made by a script each."""

    def make(schema: str = "", **scripts: str) -> Project:
        made = Project(tmp_path, namesync)
        if schema:
            made.write_schema(schema)
        for name, script in scripts.items():
            execute(tmp_path / f"{name}.db", script)
        tables = (f'[environments.{name}]\nurl = "file:{name}.db"\n' for name in scripts)
        (tmp_path / "namesync.toml").write_text("\n".join(tables), encoding="utf-8")
        return made

    return make


def execute(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file)) as connected:
        connected.executescript(script)
