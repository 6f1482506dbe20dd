"""`emit --rehearse` and `--scan`: tried on scratch databases, and who else mentions an old name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from namesync.api.emitting import emit
from namesync.emit.emission import Mode
from namesync.emit.rehearsal import Problem
from namesync.errors import PlanError
from tests.servers import Server

TABLE = """
CREATE TABLE "Post" (id int PRIMARY KEY, title text);
CREATE UNIQUE INDEX "{name}" ON "Post" (title);
"""
FUNCTION = """
CREATE FUNCTION keep() RETURNS void LANGUAGE plpgsql AS $$
BEGIN INSERT INTO "Post" VALUES (1, 'a') ON CONFLICT ON CONSTRAINT "Post_title_key" DO NOTHING; END $$;
"""


@pytest.fixture
def project(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prod = postgresql.create(TABLE.format(name="old_title"))
    dev = postgresql.create(TABLE.format(name="Post_title_key") + FUNCTION)
    (tmp_path / "namesync.toml").write_text(f'[environments.prod]\nurl = "{prod}"\n[environments.dev]\nurl = "{dev}"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(project: Path) -> list[str]:
    return sorted(path.name for path in project.rglob("*.sql"))


def test_a_rehearsed_emit_is_written(project: Path) -> None:
    emit(Mode.ADOPT_DEFAULTS, "prod", "dev", rehearse=True)
    assert "migration.sql" in written(project)


def test_a_plan_that_fails_its_rehearsal_is_not_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script is spoilt on its way to the scratch database: the names it leaves are then not those of the plan."""
    from namesync.emit import rehearsal

    run_script = rehearsal.run_script
    monkeypatch.setattr(
        rehearsal, "run_script", lambda target, sql: run_script(target, sql.replace("RENAME TO", "RENAME TO no"))
    )
    with pytest.raises(PlanError, match="the rehearsal failed, so nothing has been written") as failed:
        emit(Mode.KEEP_EXISTING, "prod", "dev", rehearse=True)
    assert "dev" in str(failed.value)
    assert written(project) == []
    assert str(Problem("dev", "a", "b"))


def test_code_of_the_database_that_mentions_an_old_name_is_told(project: Path) -> None:
    assert emit(Mode.KEEP_EXISTING, "prod", "dev", dry_run=True).mentions == (
        "dev: the function public.keep mentions Post_title_key",
    )


def test_source_that_mentions_an_old_name_is_told(project: Path) -> None:
    (project / "src").mkdir()
    (project / "src" / "errors.ts").write_text("if (e.meta.target === 'Post_title_key') {\n")
    emitted = emit(Mode.KEEP_EXISTING, "prod", "dev", dry_run=True, scan=project / "src")
    assert emitted.mentions[-1] == "errors.ts:1: Post_title_key: if (e.meta.target === 'Post_title_key') {"
    assert "errors.ts:1" in emitted.render("text")
    document: dict[str, Any] = json.loads(emitted.render("json"))
    assert document["mentions"] == list(emitted.mentions)


def test_nothing_is_looked_for_where_no_name_goes_away(project: Path) -> None:
    assert emit(Mode.KEEP_EXISTING, "prod", dry_run=True, scan=project).mentions == ()
