"""Several emits, and jobs, that write in one project at once: each does all of its work or says that it did none."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

import namesync.api.emitting as emitting
from namesync.api.emitting import Emitted, emit
from namesync.emit.choice import choice
from namesync.emit.emission import Mode
from namesync.errors import NamesyncError
from tests.cli.conftest import Ended, finish, start
from tests.emit.conftest import DEV, PROD, SCHEMA, Project, namesync, project
from tests.hostile import faults
from tests.hostile.tally import Tally

__all__ = ["namesync", "project"]

AREA = "concurrency"
KEEP = ("emit", "--keep-existing", "prod", "dev")
FILES = {"migration.sql", "down.sql", "namesync.json"}
TABLES = ("User", "Post")


def renew(project: Project) -> None:
    """The project as it was."""
    for folder in project.folders():
        for file in (project.migrations / folder).iterdir():
            file.unlink()
        (project.migrations / folder).rmdir()
    project.write_schema(SCHEMA)


def at_once(monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]) -> list[Emitted | NamesyncError]:
    """Emits that have all read and worked out what to write before the first of them writes."""
    barrier, real = Barrier(len(asked), timeout=60), emitting.write_emission

    def together(*arguments: Any) -> tuple[Path, ...]:
        barrier.wait()
        return real(*arguments)

    monkeypatch.setattr(emitting, "write_emission", together)
    ended: list[Emitted | NamesyncError] = []

    def run(options: dict[str, Any]) -> None:
        try:
            ended.append(emit(Mode.KEEP_EXISTING, "prod", "dev", **options))
        except NamesyncError as error:
            ended.append(error)

    threads = [Thread(target=run, args=(options,)) for options in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.setattr(emitting, "write_emission", real)
    assert len(ended) == len(asked), "one ended in another way"
    return ended


@pytest.mark.parametrize("number", [2, 8])
@pytest.mark.parametrize("named", [False, True], ids=["same name", "own names"])
def test_emits_of_the_same(project: Project, monkeypatch: pytest.MonkeyPatch, tally: Tally, number: int, named: bool) -> None:
    """One writes, the others say so: what they worked out is there already."""
    monkeypatch.chdir(project.folder)
    project.emit("prod", "dev")
    undisturbed = faults.tree(project.folder)
    for _ in range(tally.size(2, 40)):
        with tally.trial(AREA, f"{number} emits that write at once"):
            renew(project)
            ended = at_once(monkeypatch, [{"name": f"emit_{place}" if named else "sync_names"} for place in range(number)])
            (written,) = [one for one in ended if isinstance(one, Emitted)]
            for refused in (one for one in ended if isinstance(one, NamesyncError)):
                assert "nothing has been written" in refused.what
                assert "again" in refused.hint
            (folder,) = project.folders()
            assert (project.migrations / folder / "migration.sql") in [file.absolute() for file in written.written]
            label = folder.partition("_")[2]
            assert {
                path.replace(label, "sync_names"): data for path, data in faults.tree(project.folder).items()
            } == undisturbed


def test_no_edit_of_the_schema_is_lost(project: Project, monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    """Each edits another part of the file: who comes second says so, and does it the next time."""
    monkeypatch.chdir(project.folder)
    project.snapshots(prod=PROD, dev=PROD)
    project.emit("prod", "dev")
    whole = project.schema.read_text()
    for _ in range(tally.size(3, 60)):
        with tally.trial(AREA, "emits that edit different parts of one schema at once"):
            renew(project)
            ended = at_once(monkeypatch, [{"choice": choice((table,), ())} for table in TABLES])
            assert len([one for one in ended if isinstance(one, Emitted)]) == 1
            assert [one.what for one in ended if isinstance(one, NamesyncError)] == [
                "prisma/schema.prisma changed since it was read: nothing has been written"
            ]
            assert SCHEMA != project.schema.read_text() != whole
            for table in TABLES:
                project.emit("prod", "dev", "--only", table)
            assert project.schema.read_text() == whole
    project.snapshots(prod=PROD, dev=DEV)


def _started(project: Project, *commands: tuple[str, ...]) -> list[Ended]:
    """Real processes, all at once."""
    processes: list[subprocess.Popen[bytes]] = [start(*words, folder=project.folder) for words in commands]
    return [finish(process) for process in processes]


def test_emits_as_processes(project: Project, tally: Tally) -> None:
    """However they happen to meet: with the names of their own they have, there may be nothing left for the second to write."""
    project.emit("prod", "dev")
    undisturbed = project.schema.read_text()
    for _ in range(tally.size(1, 10)):
        with tally.trial(AREA, "processes of emit started at once"):
            renew(project)
            ended = _started(project, KEEP, (*KEEP, "--name", "mine"))
            assert 0 in {one.code for one in ended}
            for one in ended:
                assert one.code == 0 or "nothing has been written" in one.err, one
            assert len(project.folders()) == 1
            assert {path.name for path in (project.migrations / project.folders()[0]).iterdir()} == FILES
            assert project.schema.read_text() == undisturbed


def test_jobs_and_an_emit(project: Project, tally: Tally) -> None:
    """Two jobs on one history, while an emit changes what they read."""
    toml = project.folder / "namesync.toml"
    toml.write_text(toml.read_text() + "\n[job]\n")
    for _ in range(tally.size(1, 10)):
        with tally.trial(AREA, "two jobs and an emit started at once"):
            renew(project)
            first, second, emitted = _started(project, ("job", "run"), ("job", "run"), KEEP)
            assert emitted.code == 0, emitted
            for one in (first, second):
                assert one.code == 1 or (one.code == 2 and "is under way" in one.err), one
            assert 1 in (first.code, second.code)
    with closing(sqlite3.connect(project.folder / ".namesync" / "history.db")) as history:
        assert history.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ended = dict(history.execute("SELECT state, count(*) FROM namesync_run GROUP BY state"))
        assert set(ended) == {"done"}
        events = history.execute("SELECT finding, what, count(*) FROM namesync_event GROUP BY finding, what").fetchall()
        assert all(number == 1 for _, what, number in events if what == "new"), "nothing is new twice"
    assert json.loads(project.run("--format", "json", "job", "history").out)
