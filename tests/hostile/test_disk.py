"""Disks that are full, read-only or broken, at every write of every command that writes: told, and nothing is half there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Run
from tests.emit.conftest import DEV, PROD, SCHEMA, Project, namesync
from tests.hostile import faults
from tests.hostile.conftest import CAMPAIGN
from tests.hostile.faults import Call, Tree
from tests.hostile.tally import Tally

__all__ = ["namesync"]

AREA = "disks"
OLD = "written before\n"


COMMANDS = {
    "emit-keep": ("emit", "--keep-existing", "prod", "dev", "-o", "markdown:old.md"),
    "emit-adopt": ("emit", "--adopt-defaults", "prod", "dev"),
    "emit-elsewhere": ("emit", "--adopt-defaults", "prod", "dev", "--output-dir", "a/b/migrations"),
    "snapshot": ("snapshot", "prod", "-o", "old.json"),
    "diff": ("diff", "prod", "dev", "-o", "html:old.html", "-o", "sarif:new.sarif", "-o", "new.txt"),
    "check": ("check", "-o", "json:old.json", "--format", "markdown", "-o", "new.md"),
    "report": ("report", "prod", "dev", "-o", "old.html"),
    "baseline": ("diff", "prod", "dev", "--write-baseline", "old.json"),
    "init": ("init", "-o", "new.toml"),
    "config": ("config", "--format", "json", "-o", "old.json"),
    "job": ("job", "run", "--write-baseline", "old.json", "-o", "json:new.json"),
    "history": ("job", "history", "--format", "csv", "-o", "old.csv"),
    "manifest": ("job", "manifest", "github", "-o", "old.yml"),
}
ERRORS = ("EROFS", "EIO", "EDQUOT")


def make(folder: Path) -> Path:
    """A project in which each command writes over files that are there, and makes new ones."""
    folder.mkdir()
    project = Project(folder, run=None)  # type: ignore[arg-type]
    project.write_schema(SCHEMA.replace("@id // the key", '@id(map: "other") // the key'))
    project.snapshots(prod=PROD, dev=DEV)
    toml = folder / "namesync.toml"
    toml.write_text(toml.read_text() + '\n[job]\nmetrics = "metrics.prom"\n')
    for kind in ("md", "json", "html", "csv", "yml"):
        (folder / f"old.{kind}").write_text(OLD)
    (folder / "metrics.prom").write_text(OLD)
    return folder


def require_whole(found: Tree, before: Tree, after: Tree) -> None:
    """Every file is the old one or the new one; of an emit, the migrations and the schema change together or not at all."""
    found, before, after = (_comparable(one) for one in (found, before, after))
    for path, data in found.items():
        assert data in (before.get(path), after.get(path)), path
    emitted = {path for path in before.keys() | after.keys() if path.startswith(("prisma/", "a/"))}
    assert {path: found.get(path) for path in emitted} in [{path: one.get(path) for path in emitted} for one in (before, after)]


def _comparable(found: Tree) -> Tree:
    """Without the job's own files, without times, and without empty folders."""
    kept = {path: data for path, data in faults.without_drafts(found).items() if not path.startswith(".namesync") and data}
    return {path: data if path.startswith(("prisma/", "a/")) else re.sub(rb"\d+", b"N", data) for path, data in kept.items()}


class Scene:
    """A project in one place, made again for each trial, and what a command makes of it where nothing is in its way."""

    def __init__(self, folder: Path, name: str, namesync: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made, self.work, self.words = make(folder / "made"), folder / "work", list(COMMANDS[name])
        self.namesync, self.monkeypatch = namesync, monkeypatch
        self.again()
        self.before = faults.tree(self.work)
        self.code = namesync(*self.words).code
        assert self.code in (0, 1)
        self.after = faults.tree(self.work)

    def again(self) -> Path:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.made, self.work)
        self.monkeypatch.chdir(self.work)
        return self.work

    def require_right(self, ended: Ended, found: Tree, *, left: bool = False) -> None:
        """It failed and said so, or it did its work. `left`: a temporary file may be there still."""
        assert "Traceback" not in ended.err, ended
        assert "unexpected" not in ended.err, ended
        require_whole(found, self.before, self.after)
        assert left or found.keys() == faults.without_drafts(found).keys(), "a temporary file was left"
        if ended.code == 2:
            assert "hint: " in ended.err, ended
        else:
            assert ended.code == self.code, ended
            assert _comparable(found) == _comparable(self.after)


@pytest.fixture
def scene(tmp_path: Path, namesync: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Scene]:
    return lambda name: Scene(tmp_path, name, namesync, monkeypatch)


FEW = {
    "emit-keep": [(Call("write", 3), "ENOSPC"), (Call("rename", 2), "EIO")],
    "snapshot": [(Call("fsync", 1), "EDQUOT")],
    "init": [(Call("link", 1), "EROFS")],
    "job": [(Call("pwrite64", 60), "ENOSPC"), (Call("write", 1), "ENOSPC")],
}
"""What `scripts/test` tries; the campaign tries each call, with no space and with one of the other errors."""


@pytest.mark.parametrize("name", list(COMMANDS) if CAMPAIGN else list(FEW))
def test_a_call_that_fails(name: str, scene: Callable[[str], Scene], tmp_path: Path, tally: Tally) -> None:
    faults.need_strace()
    at = scene(name)
    words = faults.command(*at.words)
    tried = FEW.get(name, [])
    if tally.long:
        calls = faults.changing_calls(words, at.again(), tmp_path / "log")
        tried = [(call, error) for place, call in enumerate(_thinned(calls)) for error in ("ENOSPC", ERRORS[place % 3])]
    for call, error in tried:
        with tally.trial(AREA, "a call to the system that fails, each write of each command"):
            ended = faults.injected(words, at.again(), call, f"error={error}")
            at.require_right(ended, faults.tree(at.work), left=call.name in faults.TIDYING)
            if name == "job":
                assert at.namesync(*at.words).code == at.code, "the history is whole"


def _thinned(calls: list[Call]) -> list[Call]:
    """SQLite writes page after page: a part of them is as good as all."""
    pages = [call for call in calls if call.name == "pwrite64"]
    return [call for call in calls if call.name != "pwrite64" or call in pages[:: max(1, len(pages) // 12)]]


FULL = "dd if=/dev/zero of=.ballast bs=4k 2>/dev/null; truncate -s -{left} .ballast"
CROWDED = "i=0; while touch .ballast$i 2>/dev/null; do i=$((i+1)); done; for k in $(seq {left}); do rm .ballast$((i-k)); done"
DISKS = {
    "full": ("size=256k", [FULL.format(left=f"{4 * pages}k") for pages in range(12)]),
    "out of inodes": ("size=1m,nr_inodes=60", [CROWDED.format(left=left) for left in range(9)]),
    "read-only": ("size=1m", ['mount -o remount,ro "$(pwd)"']),
}


@pytest.mark.parametrize(
    ("name", "disk"),
    list(product(COMMANDS, DISKS)) if CAMPAIGN else [("emit-keep", "full"), ("job", "full"), ("diff", "read-only")],
)
def test_a_real_disk(name: str, disk: str, scene: Callable[[str], Scene], tally: Tally) -> None:
    """A file system of its own, mounted for the process alone, with ever more room."""
    faults.need_disks()
    at = scene(name)
    options, levels = DISKS[disk]
    codes = set()
    for prepare in levels if tally.long else levels[:2][-1:]:
        with tally.trial(AREA, f"a disk that is {disk}"):
            ended, found = faults.on_a_disk(faults.command(*at.words), at.made, at.work, options=options, prepare=prepare)
            at.require_right(ended, found)
            codes.add(ended.code)
    assert 2 in codes


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"init"}) if CAMPAIGN else ["emit-adopt", "baseline"])
def test_a_full_standard_output(name: str, scene: Callable[[str], Scene], tally: Tally) -> None:
    """What was to be printed is lost; what was to be written is there or not. A full standard error changes nothing.

    `init` prints nothing.
    """
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    at = scene(name)
    printed = [word for before, word in zip(["", *at.words], at.words, strict=False) if "-o" not in (before, word)]
    for stream in ("stdout", "stderr"):
        with tally.trial(AREA, f"{'standard output' if stream == 'stdout' else 'standard error'} on a full disk"):
            ended = faults.run(
                ["sh", "-c", f'"$@" {1 if stream == "stdout" else 2}>/dev/full', "sh", *faults.command(*printed)], at.again()
            )
            if stream == "stdout":
                assert ended.code == 2, ended
                assert "standard output can't be written: No space left on device" in ended.err
            else:
                assert ended.code == at.code, ended
            assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words", [("--version",), ("--help",), ("demo", "--help"), ("nosuch",)] if CAMPAIGN else [("--version",)], ids=" ".join
)
def test_streams_that_take_nothing(words: tuple[str, ...], tmp_path: Path, tally: Tally) -> None:
    """What click prints by itself; and streams that are closed, which is what `/dev/null` is."""
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    right = 2 if words == ("nosuch",) else 0
    for redirection, code in ((">/dev/full", 2), ("2>/dev/full", right), (">&-", right), ("2>&-", right), (">&- 2>&-", right)):
        with tally.trial(AREA, "help and errors of usage, to a full disk or a closed stream"):
            ended = faults.run(["sh", "-c", f'"$@" {redirection}', "sh", *faults.command(*words)], tmp_path)
            assert ended.code == code, ended
            assert "Traceback" not in ended.err
