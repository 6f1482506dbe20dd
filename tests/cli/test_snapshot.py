"""`namesync snapshot`: a file that stands in for its environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from namesync.sources.snapshot import dump
from tests.cli.conftest import DEV, PROD, Run
from tests.servers import Server


def test_it_prints_or_writes_the_catalog(namesync: Run, snapshots: Callable[..., None], tmp_path: Path) -> None:
    snapshots()
    assert namesync("snapshot", "prod.json").out == dump(PROD)
    ended = namesync("snapshot", "dev.json", "-o", "copy.json")
    assert (ended.code, ended.out) == (0, "")
    assert (tmp_path / "copy.json").read_text(encoding="utf-8") == dump(DEV)


def test_a_snapshot_has_one_format(namesync: Run, snapshots: Callable[..., None]) -> None:
    snapshots()
    assert namesync("snapshot", "prod.json", "--format", "json").out == dump(PROD)
    assert namesync("snapshot", "prod.json", "--format", "text").code == 2


def test_a_snapshot_equals_the_live_database(namesync: Run, sqlite: Server) -> None:
    url = sqlite.create('CREATE TABLE "T" ("id" INTEGER PRIMARY KEY, "a" TEXT); CREATE INDEX "odd" ON "T"("a");')
    assert namesync("snapshot", url, "-o", "live.json").code == 0
    ended = namesync("diff", f"now={url}", "live.json", "--fail-on", "warning", "-v")
    assert ended.code == 0
    assert "odd" in ended.out
