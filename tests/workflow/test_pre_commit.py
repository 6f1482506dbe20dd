"""The pre-commit hook: the schema against a committed snapshot, without any database."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from namesync.sources.snapshot import dump
from tests.core.worlds import pk, unique, world

ROOT = Path(__file__).parents[2]
SCHEMA = """\
datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  email String @unique(map: "%s")
}
"""


@pytest.fixture
def hook() -> dict[str, Any]:
    [found] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return dict(found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "prisma").mkdir()
    catalog = world(pk("User", "id", "User_pkey"), unique("User", "email", "User.email_unique"))
    (tmp_path / "prod.json").write_text(dump(catalog), encoding="utf-8")
    return tmp_path


def run(hook: dict[str, Any], project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As pre-commit does: the entry, its arguments, no file names; here with a network that leads nowhere."""
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    program, *words = shlex.split(hook["entry"])
    unreachable = {"PROD_DATABASE_URL": "postgresql://127.0.0.1:9/none", "DATABASE_URL": "postgresql://127.0.0.1:9/none"}
    return subprocess.run(
        [sys.executable, "-m", program, *words, *arguments],
        cwd=project,
        env={**os.environ, **unreachable, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_schema_with_the_snapshots_names_passes(hook: dict[str, Any], project: Path) -> None:
    (project / "prisma" / "schema.prisma").write_text(SCHEMA % "User.email_unique")
    done = run(hook, project, "prod.json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_schema_with_another_name_is_refused(hook: dict[str, Any], project: Path) -> None:
    (project / "prisma" / "schema.prisma").write_text(SCHEMA % "User_email_key")
    done = run(hook, project, "prod.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "schema-mismatch" in done.stdout


def test_a_snapshot_that_is_not_there_is_no_pass(hook: dict[str, Any], project: Path) -> None:
    (project / "prisma" / "schema.prisma").write_text(SCHEMA % "User.email_unique")
    assert run(hook, project, "nowhere.json").returncode == 2


def test_it_runs_when_a_schema_changes(hook: dict[str, Any]) -> None:
    assert re.search(hook["files"], "prisma/schema.prisma")
    assert re.search(hook["files"], "prisma/models/user.prisma")
    assert not re.search(hook["files"], "src/prisma.ts")


def test_it_has_what_pre_commit_asks_for(hook: dict[str, Any]) -> None:
    """https://pre-commit.com/#creating-new-hooks"""
    assert {"id", "name", "entry", "language"} <= hook.keys()
    known = {
        "id",
        "name",
        "entry",
        "language",
        "files",
        "pass_filenames",
        "require_serial",
        "description",
        "minimum_pre_commit_version",
    }
    assert hook.keys() <= known
