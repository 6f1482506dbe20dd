"""A migration history takes part: it is replayed, and what is emitted is right for it as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from tests.emit.conftest import PROD, Project, execute, lines, names
from tests.servers import Server

SCHEMA = """\
datasource db {
  provider = "sqlite"
  url      = env("DATABASE_URL")
}

model Post {
  id    Int    @id
  title String @unique
  body  String

  @@index([body])
}
"""
TABLE = 'CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY, "title" TEXT NOT NULL, "body" TEXT NOT NULL);\n'


def post(title: str, body: str) -> str:
    """The table with these names of the unique and the index."""
    return f'{TABLE}CREATE UNIQUE INDEX "{title}" ON "Post"("title");\nCREATE INDEX "{body}" ON "Post"("body");\n'


FIRST = "20250101000000_init"
INIT = post("Post_title_key", "Post_body_idx")
LEDGER = """
CREATE TABLE "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT,
  "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
);
"""


def recorded(name: str, sql: str) -> str:
    """The row of an applied migration."""
    return (
        "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)"
        f" VALUES ('{name}', '{sha256(sql.encode()).hexdigest()}', current_timestamp, '{name}', 1);\n"
    )


@pytest.fixture
def started(sqlite_project: Callable[..., Project]) -> Callable[..., Project]:
    """A SQLite project with one migration, applied in every environment; they came to other names since."""

    def make(**scripts: str) -> Project:
        made = sqlite_project(SCHEMA, **{name: script + LEDGER + recorded(FIRST, INIT) for name, script in scripts.items()})
        add(made, FIRST, INIT)
        return made

    return make


def add(project: Project, name: str, sql: str) -> None:
    (project.migrations / name).mkdir(parents=True)
    (project.migrations / name / "migration.sql").write_text(sql)


def test_the_history_is_aligned_though_all_databases_agree(started: Callable[..., Project]) -> None:
    """Else the next `migrate dev` would make a migration that renames, and fail in production."""
    project = started(prod=post("odd", "Post_body_idx"), dev=post("odd", "Post_body_idx"))
    found = project.emit("prod", "dev")
    assert names(found) == {"prod": [], "dev": [], "the migration history": [("Post_title_key", "odd")]}
    (folder,) = project.folders()[1:]
    for environment in ("prod", "dev"):
        assert lines(found, environment) == [
            f'DATABASE_URL="<the URL of {environment}>" npx prisma migrate resolve --applied {folder}'
        ]
    assert found["migrations"][0]["downs"] == {}
    assert found["migrations"][0]["down_sql"] == ""
    text = project.text("emit", "--keep-existing", "prod", "dev")
    assert "nothing to do" in text  # the history reaches prod's names now
    assert 'title String @unique(map: "odd")' in project.schema.read_text()
    assert project.text("status", "prod", "dev", code=1).count("names match") == 2


def test_what_is_done_for_the_history_is_shown(started: Callable[..., Project]) -> None:
    project = started(prod=post("odd", "Post_body_idx"))
    text = project.text("emit", "--keep-existing", "prod")
    assert "unique (title): Post_title_key -> odd in the migration history" in text


def test_adopting_where_the_history_has_the_defaults(started: Callable[..., Project]) -> None:
    """First the history goes where production is, then all go back to the defaults together."""
    project = started(prod=post("odd", "old"), dev=post("Post_title_key", "old"))
    found = project.adopt("prod", "dev")
    assert names(found)["the migration history"] == [
        ("Post_title_key", "odd"), ("Post_body_idx", "old"), ("odd", "Post_title_key"), ("old", "Post_body_idx"),
    ]  # fmt: skip
    assert project.schema.read_text() == SCHEMA


def test_an_earlier_migration_is_not_taken_for_one_the_history_needs(started: Callable[..., Project]) -> None:
    """All that an emit wrote is done; then somebody edits the history."""
    project = started(prod=post("odd", "Post_body_idx"), dev=post("Post_title_key", "Post_body_idx"))
    project.emit("prod", "dev")
    (folder,) = project.folders()[1:]
    sql = (project.migrations / folder / "migration.sql").read_text()
    for environment in ("prod", "dev"):
        execute(project.folder / f"{environment}.db", recorded(folder, sql))
    execute(project.folder / "dev.db", 'DROP INDEX "Post_title_key"; CREATE UNIQUE INDEX "odd" ON "Post"("title");')
    assert project.emit("prod", "dev")["migrations"] == []
    add(project, "20990101000000_back", 'DROP INDEX "odd"; CREATE UNIQUE INDEX "other" ON "Post"("title");')
    found = project.emit("prod", "dev")
    assert names(found)["the migration history"] == [("other", "odd")]
    assert found["migrations"][0]["present"] is False
    assert len(project.folders()) == 4


def test_plain_statements_where_the_history_holds_the_old_name_too(started: Callable[..., Project]) -> None:
    project = started(prod=INIT, dev=INIT)
    (project.migrations / FIRST / "migration.sql").write_text(post("odd", "Post_body_idx"))
    for environment in ("prod", "dev"):
        execute(
            project.folder / f"{environment}.db", 'DROP INDEX "Post_title_key"; CREATE UNIQUE INDEX "odd" ON "Post"("title");'
        )
    (migration,) = project.adopt("prod", "dev")["migrations"]
    assert 'DROP INDEX "odd";' in migration["sql"]
    assert "EXISTS" not in migration["sql"]


def test_what_the_history_can_not_follow_is_told(started: Callable[..., Project]) -> None:
    """Prod has the table, the history has a twin of the index beside it."""
    project = started(prod=post("odd", "a"))
    add(project, "20250102000000_twin", 'CREATE INDEX "twin" ON "Post"("body");')
    found = project.emit("prod", code=1)
    assert {one["environment"] for one in found["blocked"]} == {"the migration history"}
    assert "the migration history: index Post(body) keeps" in project.text(
        "emit", "--keep-existing", "prod", "--dry-run", code=1
    )


def test_a_history_that_can_not_be_replayed_is_told(started: Callable[..., Project]) -> None:
    project = started(prod=post("odd", "Post_body_idx"), dev=INIT)
    add(project, "20250102000000_bad", "no SQL")
    found = project.emit("prod", "dev")
    (warning,) = found["warnings"]
    assert "the migration history could not be replayed, so statements are guarded" in warning
    assert "20250102000000_bad" in warning
    assert 'DROP INDEX IF EXISTS "Post_title_key"' in found["migrations"][0]["sql"]
    assert "20250102000000_bad" in project.run("emit", "--keep-existing", "prod", "dev", "--dry-run").err


def test_a_migration_pending_somewhere_is_deployed_before(started: Callable[..., Project]) -> None:
    project = started(prod=post("odd", "Post_body_idx"), dev=INIT)
    add(project, "20250202000000_more", 'DROP INDEX "Post_title_key"; CREATE UNIQUE INDEX "Post_title_key" ON "Post"("title");')
    found = project.emit("prod", "dev")
    (sync,) = project.folders()[2:]
    assert [line.rpartition("npx ")[2] for line in lines(found, "prod")] == ["prisma migrate deploy"]
    (note,) = found["runbook"]["prod"]["notes"]
    assert "20250202000000_more is still pending here and mentions Post_title_key" in note
    assert "it will fail" in note
    assert found["runbook"]["prod"]["never"][0]["line"].endswith(f"resolve --applied {sync}")


def test_an_empty_database_is_deployed_to(started: Callable[..., Project]) -> None:
    project = started(prod=post("odd", "Post_body_idx"))
    execute(project.folder / "new.db", "VACUUM")
    found = project.emit("prod", "new=file:new.db")
    assert [line.rpartition("npx ")[2] for line in lines(found, "new")] == ["prisma migrate deploy"]


def test_a_folder_prisma_would_stop_at_stops_us_too(started: Callable[..., Project]) -> None:
    project = started(prod=post("odd", "Post_body_idx"))
    (project.migrations / "20250303000000_half").mkdir()
    assert "has no migration.sql" in project.refused("emit", "--keep-existing", "prod").err


@pytest.fixture
def replayed(project: Project, postgresql: Server, scratch: str) -> Iterator[Project]:
    """The snapshots' project, with a server to replay its history on."""
    project.snapshots(prod=PROD, dev=PROD)
    toml = project.folder / "namesync.toml"
    lines = toml.read_text().splitlines()[1:]
    toml.write_text("\n".join([f'shadow_url = "{postgresql.url}"', *lines]))
    yield project
    made = postgresql.query(postgresql.url, f"SELECT datname FROM pg_database WHERE datname LIKE '{scratch}%'")
    assert made == []


POSTGRESQL = """
CREATE TABLE "User" (id int CONSTRAINT "odd_pk" PRIMARY KEY, email text);
CREATE UNIQUE INDEX "{unique}" ON "User" (email);
CREATE TABLE "Post" (id int PRIMARY KEY, title text, "authorId" int CONSTRAINT "prod_fk" REFERENCES "User");
CREATE INDEX "Post_title_idx" ON "Post" (title);
"""


@pytest.mark.parametrize(
    ("unique", "renames"),
    [
        pytest.param("User.email_unique", [], id="as-in-production"),
        pytest.param(
            "User_email_key",
            ['ALTER INDEX IF EXISTS "User_email_key" RENAME TO "User.email_unique";'],
            id="the-default-already",
        ),
    ],
)
def test_postgresql_replays_on_the_shadow_url(replayed: Project, unique: str, renames: list[str]) -> None:
    """What runs in the history only is guarded; what runs everywhere after it is plain."""
    add(replayed, FIRST, POSTGRESQL.format(unique=unique))
    found = replayed.adopt("prod", "dev")
    assert found["warnings"] == []
    *sync, adopt = (migration["sql"] for migration in found["migrations"])
    assert [line for sql in sync for line in sql.splitlines() if line.startswith("ALTER")] == renames
    assert 'ALTER INDEX "User.email_unique" RENAME TO "User_email_key";' in adopt
    assert "EXISTS" not in adopt
