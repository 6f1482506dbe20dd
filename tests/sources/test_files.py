"""Whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from namesync.errors import UsageError
from namesync.files import alone, draft_in, write_whole


def test_bytes_are_as_given(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "ä\r\nb\n")
    assert path.read_bytes() == "ä\r\nb\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_never_overwrites_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(UsageError, match="exists already"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_overwrites_when_told(tmp_path: Path) -> None:
    """The file keeps its rights, and a link stays a link."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o600)
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    write_whole(link, "new", overwrite=True)
    assert (path.read_text(), link.is_symlink(), path.stat().st_mode & 0o777) == ("new", True, 0o600)


def test_overwrite_makes_it_too(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", "new", overwrite=True)
    assert (tmp_path / "a.txt").read_text() == "new"


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_left_of_a_failure(tmp_path: Path, overwrite: bool) -> None:
    """A text that can't be encoded fails in the middle of writing."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "x" * 100_000 + "\ud800", overwrite=overwrite)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("there", [False, True])
def test_a_file_system_without_hard_links(tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a.txt"
    if there:
        path.write_text("old")
        with pytest.raises(UsageError, match="exists already"):
            write_whole(path, "new")
    else:
        write_whole(path, "new")
    assert path.read_text() == ("old" if there else "new")
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_whole(tmp_path, "x")
    with pytest.raises(UsageError, match="can't be written: No such file or directory"):
        write_whole(tmp_path / "absent" / "a.txt", "x")


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    """Renaming a file to it would take its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(UsageError, match="exists already"):
            write_whole(pipe, "new")
        write_whole(pipe, "new", overwrite=True)
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_device_that_is_full(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    with pytest.raises(UsageError, match="can't be written: No space left on device"):
        write_whole(Path("/dev/full"), "x", overwrite=True)


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    link = tmp_path / "loop"
    link.symlink_to(link)
    with pytest.raises(UsageError, match=r"leads to itself|Too many levels"):
        write_whole(link, "x", overwrite=True)
    assert link.is_symlink()


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written: File name too long"):
        write_whole(tmp_path / ("a" * 300), "x")
    assert list(tmp_path.iterdir()) == []


def test_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits, and gives up in time."""
    monkeypatch.setattr("namesync.files.PATIENCE_S", 0.1)
    with alone([tmp_path, tmp_path]), pytest.raises(UsageError, match="another namesync is writing there"), alone([tmp_path]):
        raise AssertionError
    with alone([tmp_path]):
        pass


def test_drafts_of_the_killed_are_removed(tmp_path: Path) -> None:
    draft_in(tmp_path).mkdir()
    draft_in(tmp_path).write_text("half")
    (tmp_path / ".namesync-emit.md").write_text("not ours")
    with alone([tmp_path]):
        assert [path.name for path in tmp_path.iterdir()] == [".namesync-emit.md"]
