"""All files are written, or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from namesync.errors import PlanError
from namesync.prisma.source import FileChange, Source
from namesync.prisma.write import write_changes


def changes(folder: Path, *names: str) -> list[FileChange]:
    """Files with a text each, and the change of every one."""
    found = []
    for name in names:
        (folder / name).write_bytes(f"before {name}\r\n".encode())
        found.append(FileChange(Source(str(folder / name), f"before {name}\r\n"), f"after {name}\r\n"))
    return found


def test_every_file_is_written_as_it_is_told(tmp_path: Path) -> None:
    write_changes(changes(tmp_path, "a.prisma", "b.prisma"))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "a.prisma": b"after a.prisma\r\n",
        "b.prisma": b"after b.prisma\r\n",
    }


def test_a_file_that_changed_meanwhile_stops_all(tmp_path: Path) -> None:
    planned = changes(tmp_path, "a.prisma", "b.prisma")
    (tmp_path / "b.prisma").write_text("mine")
    with pytest.raises(PlanError, match=r"b\.prisma changed since it was read"):
        write_changes(planned)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.prisma": "before a.prisma\n", "b.prisma": "mine"}


def test_a_file_that_went_away_stops_all(tmp_path: Path) -> None:
    planned = changes(tmp_path, "a.prisma", "b.prisma")
    (tmp_path / "b.prisma").unlink()
    with pytest.raises(PlanError, match=r"b\.prisma changed since it was read"):
        write_changes(planned)
    assert [file.name for file in tmp_path.iterdir()] == ["a.prisma"]


def test_what_fails_half_way_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = changes(tmp_path, "a.prisma", "b.prisma")
    replace = Path.replace

    def full_disk(self: Path, target: Path) -> Path:
        if target.name == "b.prisma":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(PlanError, match="No space left on device; nothing has been changed"):
        write_changes(planned)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "a.prisma": b"before a.prisma\r\n",
        "b.prisma": b"before b.prisma\r\n",
    }


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    (planned,) = changes(tmp_path, "real.prisma")
    real, link = tmp_path / "real.prisma", tmp_path / "link.prisma"
    real.chmod(0o640)
    link.symlink_to(real)
    write_changes([FileChange(Source(str(link), planned.source.text), "after")])
    assert link.is_symlink()
    assert real.read_text() == "after"
    assert os.stat(real).st_mode & 0o777 == 0o640


def test_nothing_to_write(tmp_path: Path) -> None:
    write_changes([])
    assert list(tmp_path.iterdir()) == []


def test_a_last_line_without_its_end_shows_in_a_diff() -> None:
    change = FileChange(Source("a", "x\r\ny"), "x\r\nz")
    assert change.diff().split("\n")[3:] == [
        " x\r",
        "-y",
        "\\ No newline at end of file",
        "+z",
        "\\ No newline at end of file",
        "",
    ]
