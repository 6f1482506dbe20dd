"""`namesync emit` killed: a migration is there whole or not at all, each file of the schema is the old one or the new one."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.emit.conftest import DEV, PROD, SCHEMA, Project, execute, namesync
from tests.hostile import faults
from tests.hostile.conftest import CAMPAIGN
from tests.hostile.faults import Call, Tree
from tests.hostile.tally import Tally

__all__ = ["namesync"]

AREA = "kills"
TABLE = """
CREATE TABLE Post (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER);
CREATE INDEX {} ON Post (a); CREATE INDEX {} ON Post (b);
"""
SQLITE = """\
datasource db {
  provider = "sqlite"
  url      = "file:./dev.db"
}

model Post {
  id Int  @id
  a  Int?
  b  Int?

  @@index([a])
  @@index([b])
}
"""


@dataclass(frozen=True)
class Variant:
    """An emit, and what makes the project it runs in."""

    words: tuple[str, ...]
    make: Callable[[Path], None]


def _snapshots(folder: Path, schema: str = SCHEMA) -> None:
    project = Project(folder, run=None)  # type: ignore[arg-type]
    project.write_schema(schema)
    project.snapshots(prod=PROD, dev=DEV)


def _mapped(folder: Path) -> None:
    """Something to take out of the schema, too."""
    _snapshots(folder, SCHEMA.replace("@id // the key", '@id(map: "odd_pk") // the key'))


def _several_files(folder: Path) -> None:
    _snapshots(folder)
    whole = folder / "prisma" / "schema.prisma"
    head, user, post = re.split(r"(?=^model )", whole.read_text(), flags=re.MULTILINE)
    whole.write_text(head)
    for name, text in (("user", user), ("post", post)):
        (folder / "prisma" / f"{name}.prisma").write_text(text)


def _sqlite(folder: Path) -> None:
    Project(folder, run=None).write_schema(SQLITE)  # type: ignore[arg-type]
    for name, indexes in (("prod", ("odd_a", "odd_b")), ("dev", ("Post_a_idx", "Post_b_idx"))):
        execute(folder / f"{name}.db", TABLE.format(*indexes))
    (folder / "namesync.toml").write_text("".join(f'[environments.{n}]\nurl = "file:{n}.db"\n' for n in ("prod", "dev")))


KEEP = ("emit", "--keep-existing", "prod", "dev")
VARIANTS = {
    "keep": Variant(KEEP, _snapshots),
    "adopt": Variant(("emit", "--adopt-defaults", "prod", "dev"), _mapped),
    "several-files": Variant((*KEEP, "--schema", "prisma"), _several_files),
    "sqlite": Variant(KEEP, _sqlite),
}


class Scene:
    """A project in one place, made again for each trial, and what an undisturbed emit makes of it."""

    def __init__(self, folder: Path, variant: Variant, namesync: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made, self.work, self.variant = folder / "made", folder / "work", variant
        self.namesync, self.monkeypatch = namesync, monkeypatch
        self.made.mkdir()
        variant.make(self.made)
        self.again()
        self.before = faults.tree(self.work)
        self.emit()
        self.after = faults.tree(self.work)
        assert self.after.keys() > self.before.keys()

    def again(self) -> Path:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.made, self.work)
        self.monkeypatch.chdir(self.work)
        return self.work

    def emit(self) -> None:
        ended = self.namesync(*self.variant.words)
        assert ended.code == 0, ended

    def require_whole(self) -> None:
        """After the kill; and a second emit finishes the work and leaves nothing else, no draft of the first either."""
        found = faults.without_drafts(faults.tree(self.work))
        for path, data in found.items():
            empty = path.endswith("migrations")
            assert empty or data in (self.before.get(path), self.after.get(path)), path
        assert found.keys() >= self.before.keys()
        for folder in _migrations(found):
            assert _within(folder, found) == _within(folder, self.after), folder
        self.emit()
        assert faults.tree(self.work) == self.after


def _migrations(found: Tree) -> set[str]:
    return {match[0] for path in found if (match := re.match(r"(prisma/)?migrations/[^/]+/", path))}


def _within(folder: str, found: Tree) -> Tree:
    return {path: data for path, data in found.items() if path.startswith(folder)}


@pytest.fixture(params=list(VARIANTS) if CAMPAIGN else ["several-files"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, namesync: Run, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(tmp_path, VARIANTS[request.param], namesync, monkeypatch)


def test_killed_at_a_call_to_the_system(scene: Scene, tmp_path: Path, tally: Tally) -> None:
    """Before each call that changes a file or a folder: so at every state in which a kill can leave them."""
    faults.need_strace()
    words = faults.command(*scene.variant.words)
    calls = [call for call in faults.changing_calls(words, scene.again(), tmp_path / "log") if not call.name.startswith("open")]
    assert {"mkdir", "write", "fsync", "rename"} <= {call.name for call in calls}
    for call in calls if tally.long else _few(calls):
        with tally.trial(AREA, "emit killed before each call that changes a file"):
            ended = faults.injected(words, scene.again(), call, "signal=KILL")
            assert ended.code == -signal.SIGKILL, (call, ended)
            scene.require_whole()


def _few(calls: Sequence[Call]) -> list[Call]:
    """The last calls are those after which something has its place."""
    return [*random.sample(calls[:-4], 1), *random.sample(calls[-4:], 1), [call for call in calls if call.name == "rename"][-1]]


def test_killed_at_random(scene: Scene, tally: Tally) -> None:
    words = faults.command(*scene.variant.words)
    began = time.monotonic()
    faults.run(words, scene.again())
    length = time.monotonic() - began
    for _ in range(tally.size(1, 25)):
        with tally.trial(AREA, "emit killed at any moment"):
            folder = scene.again()
            process = subprocess.Popen(
                words, cwd=folder, env=faults.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(length * random.uniform(0.7, 1.05))
            process.kill()
            process.wait()
            scene.require_whole()


def test_killed_while_a_report_takes_the_place_of_another(
    tmp_path: Path, namesync: Run, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    faults.need_strace()
    _snapshots(tmp_path)
    report = tmp_path / "report.json"
    words = faults.command("diff", "prod", "dev", "--format", "json", "-o", report.name)
    calls = [call for call in faults.changing_calls(words, tmp_path, tmp_path.parent / "log") if call.name[:4] != "open"]
    new = report.read_text()
    for call in calls if tally.long else calls[-2:-1]:
        with tally.trial(AREA, "a report killed before each call that changes a file"):
            report.write_text("old")
            ended = faults.injected(words, tmp_path, call, "signal=KILL")
            assert ended.code == -signal.SIGKILL
            assert report.read_text() in ("old", new)
