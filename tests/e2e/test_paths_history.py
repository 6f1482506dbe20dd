"""Both paths in projects with a migration history: names changed by hand, a migration pending, a new database, a failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from namesync.model import Provider
from tests.cli.conftest import Run
from tests.conformance.engine import Engine, EngineError
from tests.conformance.test_keep_existing import ASKED
from tests.e2e.prisma import Real, Shell
from tests.servers import Server, connection

SCHEMA = """\
datasource db {{
  provider = "{provider}"
  url      = env("DATABASE_URL")
}}

model User {{
  id    Int    @id
  email String @unique
  posts Post[]
}}

model Post {{
  id       Int    @id
  title    String
  authorId Int
  author   User   @relation(fields: [authorId], references: [id])

  @@index([title])
}}
"""
LATER = "\nmodel Tag {\n  id   Int    @id\n  name String @unique\n}\n"
BY_HAND = {
    Provider.POSTGRESQL: 'ALTER TABLE "Post" RENAME CONSTRAINT "Post_authorId_fkey" TO "author_of_post";'
    'ALTER INDEX "User_email_key" RENAME TO "one_account_each";',
    Provider.SQLITE: 'DROP INDEX "User_email_key"; CREATE UNIQUE INDEX "one_account_each" ON "User"("email");'
    'DROP INDEX "Post_title_idx"; CREATE INDEX "titles" ON "Post"("title");',
}
INIT, MORE = "20250101000000_init", "20250601000000_tags"


class Project:
    """A project whose first migration was deployed to prod and dev; then somebody renamed things in prod."""

    def __init__(self, server: Server, folder: Path, run: Run, engine: Engine) -> None:
        self.server, self.folder, self.run, self.engine = server, folder, run, engine
        self.prisma = Real(engine, folder)
        self.urls: dict[str, str] = {}
        self.prisma.schema.parent.mkdir()
        self.write(INIT, SCHEMA.format(provider=server.provider), engine.ddl(SCHEMA.format(provider=server.provider)))
        for name in ("prod", "dev"):
            self.add(name)
            self.prisma.deploy(self.urls[name])
        server.execute(self.urls["prod"], BY_HAND[server.provider])
        self.shell = Shell(folder, self.prisma)

    def write(self, name: str, schema: str, sql: str) -> None:
        """A schema, and the migration to it."""
        self.prisma.schema.write_text(schema)
        (self.prisma.migrations / name).mkdir(parents=True)
        (self.prisma.migrations / name / "migration.sql").write_text(sql)

    def add(self, name: str) -> None:
        """A new, empty environment."""
        self.urls[name] = self.server.create()
        lines = [f'{each.upper()}_DATABASE_URL="{url}"\n' for each, url in self.urls.items()]
        (self.folder / ".env").write_text("".join(lines))
        if self.server.provider is not Provider.SQLITE:
            (self.folder / "namesync.toml").write_text(f'shadow_url = "{self.server.url}"\n')

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        ended = self.run("--format", "json", *arguments, *self.urls)
        assert ended.code == code, ended
        found: dict[str, Any] = json.loads(ended.out)
        return found

    def type(self, lines: list[str]) -> None:
        for line in lines:
            self.shell.type(line)

    def follow(self, found: dict[str, Any]) -> dict[str, list[str]]:
        """Type the runbook; environment -> Prisma's commands in it."""
        typed = {name: [one["line"] for one in each["commands"]] for name, each in found["runbook"].items()}
        for lines in typed.values():
            self.type(lines)
        return {name: [line.partition(" migrate ")[2] for line in lines if "npx" in line] for name, lines in typed.items()}

    def settled(self) -> None:
        """Everywhere, in a new database too, the names are those of the schema, and nothing is left to do."""
        self.json("status")
        self.json("diff")
        assert self.json("check")["findings"] == []
        new = self.server.create()
        self.prisma.deploy(new)
        for url in (*self.urls.values(), new):
            assert self.prisma.diff(url) == ""
            found = self.engine.status(url, self.prisma.migrations, self.prisma.text())
            assert found["failedMigrationNames"] == []
            assert found["history"] is None


@pytest.fixture
def project(server: Server, tmp_path: Path, namesync: Run, engine: Engine) -> Project:
    return Project(server, tmp_path, namesync, engine)


SERVERS = pytest.mark.parametrize("server", ASKED, indirect=True)


@SERVERS
@pytest.mark.parametrize("mode", ["keep-existing", "adopt-defaults"])
def test_names_changed_by_hand_in_production(project: Project, mode: str) -> None:
    found = project.json("emit", f"--{mode}")
    typed = project.follow(found)
    folders = [migration["directory"] for migration in found["migrations"]]
    assert typed["prod"][0] == f"resolve --applied {folders[0]}"
    assert typed["dev"] == (["deploy"] if mode == "keep-existing" else [f"resolve --applied {folder}" for folder in folders])
    project.settled()


@SERVERS
def test_what_every_environment_and_the_history_agree_on_is_renamed_by_plain_statements(project: Project) -> None:
    sync, adopt = project.json("emit", "--adopt-defaults")["migrations"]
    assert "EXISTS" in sync["sql"]
    assert "EXISTS" not in adopt["sql"]


@SERVERS
def test_a_migration_pending_in_production(project: Project) -> None:
    """It makes a table, with names of its own: it comes first, and the emitted one looks before it renames.

    SQLite has no way to look: what is about that table is left out, and comes with the next emit.
    """
    before = project.prisma.text()
    project.write(MORE, before + LATER, project.engine.diff2(before, before + LATER))
    project.prisma.deploy(project.urls["dev"])
    project.server.execute(
        project.urls["dev"],
        'ALTER INDEX "Tag_name_key" RENAME TO "tags";'
        if project.server.provider is Provider.POSTGRESQL
        else 'DROP INDEX "Tag_name_key"; CREATE UNIQUE INDEX "tags" ON "Tag"("name");',
    )
    sqlite = project.server.provider is Provider.SQLITE
    typed = project.follow(project.json("emit", "--keep-existing", "--from", "dev", code=int(sqlite)))
    assert typed["prod"] == ["deploy"]
    if sqlite:
        project.follow(project.json("emit", "--keep-existing", "--from", "dev"))
    project.settled()


@SERVERS
def test_a_new_database_joins(project: Project) -> None:
    project.add("staging")
    typed = project.follow(project.json("emit", "--keep-existing"))
    assert typed["staging"] == ["deploy"]
    project.settled()


@pytest.mark.parametrize("server", ASKED[:1], indirect=True)
def test_a_deploy_that_meets_a_lock_is_run_again(project: Project) -> None:
    """On PostgreSQL the script waits three seconds for a lock, fails as a whole, and Prisma stops at its row from then on."""
    found = project.json("emit", "--keep-existing")
    (migration,) = found["migrations"]
    project.type([one["line"] for one in found["runbook"]["prod"]["commands"]])
    with connection(project.urls["dev"]) as busy:
        busy.execute('BEGIN; SELECT * FROM "Post"')
        with pytest.raises(EngineError, match="lock timeout"):
            project.type([one["line"] for one in found["runbook"]["dev"]["commands"]])
    with pytest.raises(EngineError, match="P3009"):
        project.prisma.deploy(project.urls["dev"])
    status = project.json("status", code=1)["environments"]["dev"]
    assert [(one["state"], one["names_to_change"]) for one in status["migrations"]] == [("failed", 2)]
    again = project.json("emit", "--keep-existing")
    assert again["written"] == []
    assert again["migrations"][0]["directory"] == migration["directory"]
    assert again["runbook"]["dev"]["commands"][1:] == status["next"][1:]
    project.type([one["line"] for one in status["next"]])
    project.settled()
