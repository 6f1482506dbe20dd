"""What an emit writes: all files or none, nothing overwritten, and once only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import namesync.emit.files as emit_files
from namesync.api.emitting import emit
from namesync.emit.emission import Mode
from tests.cli.conftest import ROOT, finish, start
from tests.emit.conftest import PROD, SCHEMA, Project, guide, lines

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEEP = ("emit", "--keep-existing", "prod", "dev")


@pytest.fixture
def no_root() -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")


def read_only(path: Path) -> None:
    path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.mark.usefixtures("no_root")
@pytest.mark.parametrize("place", [".", "prisma"], ids=["project", "folder of the schema"])
def test_a_folder_without_write_permission(project: Project, place: str) -> None:
    read_only(project.folder / place)
    try:
        assert "can't be written" in project.refused(*KEEP).err
    finally:
        (project.folder / place).chmod(0o755)


def refusing(names: set[str], real: Callable[..., object]) -> Callable[..., object]:
    """The function, out of order for paths with these names."""

    def called(path: Path, *arguments: object, **options: object) -> object:
        if path.name in names or any(str(one).endswith(tuple(names)) for one in arguments):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    return called


@pytest.mark.parametrize("name", ["migration.sql", "down.sql", "namesync.json", "schema.prisma"])
@pytest.mark.parametrize("mode", ["--keep-existing", "--adopt-defaults"])
def test_any_file_that_can_not_be_written_leaves_everything_as_it_was(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str, mode: str
) -> None:
    project.write_schema(SCHEMA.replace("@id // the key", '@id(map: "other") // the key'))
    monkeypatch.setattr(emit_files, "write_flushed", refusing({name}, emit_files.write_flushed))
    monkeypatch.setattr(Path, "replace", refusing({name}, Path.replace))
    assert "nothing has been" in project.refused("emit", mode, "prod", "dev").err


def test_interrupted_between_the_folders_and_the_schema(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    before = project.files()
    monkeypatch.setattr(emit_files, "write_changes", interrupted)
    assert project.run(*KEEP).code == 130
    assert project.files() == before
    assert not project.migrations.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
import namesync.emit.files as files
from namesync.cli import main
count = int(sys.argv.pop(1))
def dying(name, real):
    def called(*arguments, **options):
        global count
        found = real(*arguments, **options)
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return called
for name in ("rename", "replace", "mkdir", "hardlink_to", "unlink"):
    setattr(Path, name, dying(name, getattr(Path, name)))
os.fsync = dying("fsync", os.fsync)
main()
"""


def test_killed_anywhere_the_next_emit_finishes_it(project: Project) -> None:
    """After each call that changes the file system; at no time does a folder lack a file, and no migration is there twice."""
    died = 0
    for count in range(1, 30):
        project.write_schema(SCHEMA)
        for folder in project.folders():
            for file in (project.migrations / folder).iterdir():
                file.unlink()
            (project.migrations / folder).rmdir()
        command = [sys.executable, "-c", KILLED, str(count), *KEEP]
        ended = subprocess.run(command, cwd=project.folder, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for folder in project.folders():
            assert {path.name for path in (project.migrations / folder).iterdir()} == {
                "migration.sql", "down.sql", "namesync.json",
            }  # fmt: skip
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
        died += 1
        project.emit("prod", "dev")
        assert len(project.folders()) == 1
        assert 'map: "prod_fk"' in project.schema.read_text()
    else:
        pytest.fail("it never came to an end")
    assert died >= 6


def test_a_folder_that_appears_meanwhile_is_not_touched(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and writing somebody makes a migration of that very name."""
    monkeypatch.chdir(project.folder)
    real = emit_files.draft_in

    def other(folder: Path) -> Path:
        theirs = project.migrations / "20260304050607_sync_names"
        theirs.mkdir(parents=True)
        (theirs / "migration.sql").write_text("-- theirs\n")
        return real(folder)

    monkeypatch.setattr(emit_files, "draft_in", other)
    with pytest.raises(Exception, match="20260304050607_sync_names exists already"):
        emit(Mode.KEEP_EXISTING, "prod", "dev", now=NOW)
    assert project.schema.read_text() == SCHEMA
    assert sorted(name for name in project.files() if name.startswith("prisma/")) == [
        "prisma/migrations/20260304050607_sync_names/migration.sql", "prisma/schema.prisma",
    ]  # fmt: skip
    assert (project.migrations / "20260304050607_sync_names" / "migration.sql").read_text() == "-- theirs\n"


def test_a_schema_that_changes_meanwhile_is_not_touched(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    real = emit_files.write_changes

    def edited(changes: object) -> None:
        project.write_schema(SCHEMA + "// more\n")
        real(changes)  # type: ignore[arg-type]

    monkeypatch.setattr(emit_files, "write_changes", edited)
    with pytest.raises(Exception, match="changed since it was read"):
        emit(Mode.KEEP_EXISTING, "prod", "dev")
    assert project.schema.read_text() == SCHEMA + "// more\n"
    assert project.folders() == []


def test_a_second_emit_writes_nothing_and_uses_what_waits(project: Project) -> None:
    project.emit("prod", "dev")
    before = project.files()
    found = project.emit("prod", "dev")
    assert project.files() == before
    assert found["written"] == []
    assert found["migrations"][0]["present"] is True
    (folder,) = project.folders()
    assert lines(found, "prod")[-1].endswith(f"resolve --applied {folder}")
    assert f"Written already, and waiting to be deployed\n  {folder}\n" in project.text(*KEEP)


def test_adopting_after_keeping_uses_the_alignment_that_waits(project: Project) -> None:
    project.emit("prod", "dev")
    (sync,) = project.folders()
    project.adopt("prod", "dev")
    assert [folder.partition("_")[2] for folder in project.folders()] == ["sync_names", "adopt_default_names"]
    assert project.folders()[0] == sync


def test_a_part_of_what_waits_is_not_written_again(project: Project) -> None:
    project.emit("prod", "dev")
    assert project.emit("prod", "dev", "--only", "Post")["written"] == []
    assert len(project.folders()) == 1


@pytest.mark.parametrize(
    "dev",
    [
        pytest.param(guide("User_pkey", "User_email_key", "third_fk"), id="an-old-name-it-does-not-know"),
        pytest.param(guide("User_pkey", "User_email_key", "dev_fk", "extra"), id="an-object-it-does-not-know"),
    ],
)
def test_what_waits_is_not_enough_where_dev_drifted_on(project: Project, dev: object) -> None:
    project.emit("prod", "dev")
    project.snapshots(prod=PROD, dev=dev)  # type: ignore[arg-type]
    project.emit("prod", "dev")
    assert len(project.folders()) == 2


def test_two_emits_in_the_same_second(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has something else to write: its second is counted up."""
    monkeypatch.chdir(project.folder)
    emit(Mode.KEEP_EXISTING, "prod", "dev", now=NOW)
    project.snapshots(prod=PROD, dev=guide("x", "y", "z"))
    emit(Mode.ADOPT_DEFAULTS, "prod", "dev", now=NOW)
    assert project.folders() == [
        "20260304050607_sync_names", "20260304050608_sync_names", "20260304050609_adopt_default_names",
    ]  # fmt: skip


def test_a_folder_of_the_future_comes_before(project: Project) -> None:
    for name in ("29990101000000_later", "0_init"):
        (project.migrations / name).mkdir(parents=True)
        (project.migrations / name / "migration.sql").write_text("")
    project.emit("prod", "dev")
    assert project.folders()[-1] == "29990101000001_sync_names"


def test_emits_at_the_same_time(project: Project) -> None:
    """Several processes: one writes, the others say why they did not, and nothing is there twice or by half."""
    ended = [finish(one) for one in [start(*KEEP, folder=project.folder) for _ in range(4)]]
    assert [one for one in ended if one.code == 0], ended
    for lost in (one for one in ended if one.code):
        assert lost.code == 2
        assert re.search("exists already|changed since it was read|appeared while this emit was at work", lost.err), lost
    assert 'map: "prod_fk"' in project.schema.read_text()
    assert {path.name for path in (project.folder / "prisma").iterdir()} == {"schema.prisma", "migrations"}
    (folder,) = project.folders()
    assert len(list((project.migrations / folder).iterdir())) == 3


def test_another_output_folder(project: Project) -> None:
    """The schema is changed in place, the migrations go elsewhere; the runbook says how Prisma gets at them."""
    (project.migrations / "0_init").mkdir(parents=True)
    (project.migrations / "0_init" / "migration.sql").write_text("")
    found = project.emit("prod", "dev", "--output-dir", "out/my folder")
    (folder,) = (path.name for path in (project.folder / "out" / "my folder").iterdir())
    assert project.folders() == ["0_init"]
    assert lines(found, "prod")[0] == (f"mkdir -p prisma/migrations && cp -r 'out/my folder/{folder}' prisma/migrations")
    assert lines(found, "dev")[0] != lines(found, "prod")[0]
    assert project.emit("prod", "dev", "--output-dir", "out/my folder")["written"] == []


def test_an_output_folder_where_prisma_has_none_is_taken_for_it(project: Project) -> None:
    found = project.emit("prod", "dev", "--output-dir", "db")
    assert not any("cp -r" in line for line in lines(found, "prod"))


def test_a_schema_that_prisma_would_not_find_is_named(project: Project) -> None:
    other = project.folder / "db" / "main.prisma"
    other.parent.mkdir()
    project.schema.rename(other)
    found = project.emit("prod", "dev", "--schema", "db/main.prisma")
    assert lines(found, "prod")[-1].endswith("--schema db/main.prisma")
    assert [path.name for path in (project.folder / "db" / "migrations").iterdir()] == [found["migrations"][0]["directory"]]


def test_permissions_are_those_of_any_file(project: Project) -> None:
    project.emit("prod", "dev")
    (folder,) = project.folders()
    assert (project.migrations / folder).stat().st_mode & 0o777 == 0o755
    assert (project.migrations / folder / "migration.sql").stat().st_mode & 0o444 == 0o444


def test_the_same_environments_give_the_same_files(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    for seed in ("0", "1", "2"):
        project.write_schema(SCHEMA)
        code = "from namesync.cli import main; main()"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code, "--format", "json", "emit", "--adopt-defaults", "prod", "dev", "--dry-run"]
        ended = subprocess.run(command, cwd=project.folder, capture_output=True, env=environment, check=True)
        stamped = ended.stdout.decode()
        written.append(re.sub(r"\d{14}", "STAMP", stamped))
    assert written[0] == written[1] == written[2]
