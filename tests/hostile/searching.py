"""Runs the program on a marked password in some place, and looks for it wherever a run leaves anything."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.hostile.marked import Folder, Marked, children, everything_logged
from tests.hostile.places import PLACES, Place

AREA = "secrets"

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("diff", "prod", "ENV"),
    (
        "diff",
        "-v",
        "ENV",
        "prod",
        *(word for name in ("html", "markdown", "json", "sarif") for word in ("-o", f"{name}:report.{name}")),
    ),
    ("config",),
    ("job", "run", "prod", "qa"),
    ("check", "ENV", "--format", "json"),
    ("emit", "--keep-existing", "prod", "ENV"),
    ("snapshot", "ENV", "-o", "got.json"),
    ("config", "--format", "json", "-v"),
    ("status", "prod", "ENV"),
    ("init", "-o", "init.toml"),
    ("emit", "--adopt-defaults", "--dry-run", "--rehearse", "--format", "markdown", "prod", "ENV"),
    ("job", "run", "--format", "json", "-v"),
    ("job", "history", "--findings", "--format", "csv"),
    ("job", "manifest", "kubernetes"),
    ("job", "manifest", "github"),
    ("diff", "--format", "gitlab", "--baseline", "ENV", "prod", "ENV"),
    ("ENV",),
    ("snapshot", "prod", "ENV"),
    ("check", "prod", "--schema", "ENV"),
    ("diff", "--config", "ENV", "prod"),
    ("job", "run", "--shard", "ENV"),
    ("explain", "ENV"),
)


class Searcher:
    """Runs the program on marked passwords, and looks for them everywhere."""

    def __init__(self, run: Run, tmp_path: Path) -> None:
        self.run, self.home, self.numbers = run, tmp_path, itertools.count()

    def search(self, place: str, url: str, secret: Marked, commands: Sequence[tuple[str, ...]]) -> None:
        """Runs the commands with the URL in one of PLACES; what they leave must not hold the secret."""
        self.search_in(PLACES[place], url, secret, commands)

    def search_in(self, place: Place, url: str, secret: Marked, commands: Sequence[tuple[str, ...]]) -> Folder:
        """The same for any place; the folder."""
        folder = Folder(self.home / str(next(self.numbers)))
        folder.path.mkdir()
        with pytest.MonkeyPatch.context() as monkeypatch, everything_logged() as logged, children() as started:
            monkeypatch.chdir(folder.path)
            env = place(folder, url, monkeypatch)
            for command in commands:
                words = [env if word == "ENV" else word for word in command]
                with warnings.catch_warnings(record=True) as warned:
                    warnings.simplefilter("always")
                    ended = self.run(*words)
                said = {
                    "standard output": ended.out,
                    "standard error": ended.err,
                    "logs": "\n".join(logged.lines),
                    "warnings": "\n".join(str(one.message) for one in warned),
                    # A URL in place of the command is no program: nothing was started.
                    "children": "" if place is PLACES["url_command by mistake"] else "\n".join(started),
                    **dict(folder.left()),
                }
                found = {name: text for name, text in said.items() if secret.found_in(text)}
                assert not found, f"{place.__name__}, {url}, {words}: {found}"
                assert ended.code in (0, 1, 2), (place.__name__, url, words, ended)
                assert "unexpected: " not in ended.err, (place.__name__, url, words, ended.err)
        return folder

    def turn(self, number: int, size: int) -> list[tuple[str, ...]]:
        """The next few commands, so that all have their turn."""
        return [COMMANDS[(number * size + each) % len(COMMANDS)] for each in range(size)]


@pytest.fixture
def searcher(namesync: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Searcher:
    monkeypatch.setattr("namesync.job.outbox.BACKOFF_S", 0.01)
    monkeypatch.setattr("namesync.job.observe.BACKOFF_S", 0.01)
    return Searcher(namesync, tmp_path)
