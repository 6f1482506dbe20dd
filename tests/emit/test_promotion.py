"""`--promote-join-tables`, on real servers: the unique index of a many-to-many table becomes its primary key."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.api.emitting import Emitted, emit
from namesync.emit.emission import Mode
from namesync.errors import MigrationError, UsageError
from namesync.sources.scratch import run_script
from namesync.sources.url import parse_url
from tests.servers import Server

TABLES = """
CREATE TABLE "Post" (id int PRIMARY KEY); CREATE TABLE "Tag" (id int PRIMARY KEY);
INSERT INTO "Post" VALUES (1), (2); INSERT INTO "Tag" VALUES (1), (2);
"""
JOIN = """
CREATE TABLE "_PostToTag" ("A" int {null} REFERENCES "Post" (id), "B" int {null} REFERENCES "Tag" (id));
CREATE {unique}; CREATE INDEX "_PostToTag_B_index" ON "_PostToTag" ("B");
INSERT INTO "_PostToTag" VALUES (1, 1), (1, 2), (2, 1);
"""
INDEX = 'UNIQUE INDEX "_PostToTag_AB_unique" ON "_PostToTag" ("A", "B")'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def promote(project: Path, url: str) -> Emitted:
    (project / "namesync.toml").write_text(f'[environments.prod]\nurl = "{url}"\n')
    return emit(Mode.KEEP_EXISTING, "prod", promote_join_tables=True, rehearse=True)


def keys(server: Server, url: str) -> list[tuple[str, ...]]:
    columns = "indexrelid::regclass::text, indisprimary"
    return server.query(url, f"""SELECT {columns} FROM pg_index WHERE indrelid = '"_PostToTag"'::regclass AND indisunique""")


@pytest.mark.parametrize("null", ["NOT NULL", "NULL"])
def test_there_and_back(postgresql: Server, project: Path, null: str) -> None:
    url = postgresql.create(TABLES + JOIN.format(null=null, unique=INDEX))
    before = postgresql.query(url, 'SELECT * FROM "_PostToTag" ORDER BY 1, 2')
    emitted = promote(project, url)
    (folder,) = emitted.folders
    assert folder.name.endswith("_promote_join_tables")
    target = parse_url(url, base=project)
    run_script(target, folder.sql)
    assert keys(postgresql, url) == [('"_PostToTag_AB_pkey"', True)]
    run_script(target, folder.sql)
    assert keys(postgresql, url) == [('"_PostToTag_AB_pkey"', True)]
    assert postgresql.query(url, "SELECT conname FROM pg_constraint WHERE conname = 'namesync_not_null'") == []
    run_script(target, folder.downs[0].sql)
    assert keys(postgresql, url) == [('"_PostToTag_AB_unique"', False)]
    assert postgresql.query(url, 'SELECT * FROM "_PostToTag" ORDER BY 1, 2') == before
    assert emitted.runbook[0].commands[-1].line.endswith("npx prisma migrate deploy")


def test_a_null_stops_it_and_once_mended_it_goes_on(postgresql: Server, project: Path) -> None:
    url = postgresql.create(TABLES + JOIN.format(null="NULL", unique=INDEX))
    postgresql.execute(url, 'INSERT INTO "_PostToTag" VALUES (2, NULL)')
    (folder,) = promote(project, url).folders
    target = parse_url(url, base=project)
    with pytest.raises(MigrationError, match="namesync_not_null"):
        run_script(target, folder.sql)
    assert keys(postgresql, url) == [('"_PostToTag_AB_unique"', False)]
    postgresql.execute(url, 'DELETE FROM "_PostToTag" WHERE "B" IS NULL')
    run_script(target, folder.sql)
    assert keys(postgresql, url) == [('"_PostToTag_AB_pkey"', True)]


def test_it_waits_for_no_writer_of_another_table(postgresql: Server, project: Path) -> None:
    """Nothing is built anew: the index keeps its file."""
    url = postgresql.create(TABLES + JOIN.format(null="NOT NULL", unique=INDEX))
    query = "SELECT relfilenode FROM pg_class WHERE relname LIKE '%PostToTag#_AB#_%' ESCAPE '#'"
    before = postgresql.query(url, query)
    run_script(parse_url(url, base=project), promote(project, url).folders[0].sql)
    assert postgresql.query(url, query) == before


def test_a_unique_constraint_is_blocked(postgresql: Server, project: Path) -> None:
    unique = 'TABLE x (); ALTER TABLE "_PostToTag" ADD CONSTRAINT "_PostToTag_AB_unique" UNIQUE ("A", "B")'
    emitted = promote(project, postgresql.create(TABLES + JOIN.format(null="NOT NULL", unique=unique)))
    assert emitted.folders == ()
    assert [one.reason for one in emitted.emission.blocked["prod"]] == [
        "a unique constraint holds the index: PostgreSQL makes no primary key of it"
    ]
    assert emitted.exit_code == 1


def test_a_taken_name_is_blocked(postgresql: Server, project: Path) -> None:
    url = postgresql.create(
        TABLES + JOIN.format(null="NOT NULL", unique=INDEX) + 'CREATE VIEW "_PostToTag_AB_pkey" AS SELECT 1;'
    )
    assert "is taken" in promote(project, url).emission.blocked["prod"][0].reason


def test_prisma_5_does_not_want_it(project: Path) -> None:
    (project / "namesync.toml").write_text('[environments.prod]\nurl = "file:./prod.db"\n')
    (project / "prod.db").write_bytes(b"")
    with pytest.raises(UsageError, match="Prisma 5 and before want a unique index"):
        emit(Mode.KEEP_EXISTING, "prod", convention="prisma5", promote_join_tables=True)
