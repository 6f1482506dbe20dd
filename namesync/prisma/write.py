"""Writes changed files: all of them or none, and none where one changed since it was read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from namesync.errors import PlanError
from namesync.prisma.source import FileChange


def write_changes(changes: Sequence[FileChange]) -> None:
    """Write every file of a plan; raises PlanError, with all files as they were, where that can't be done.

    Each new text stands beside its file before the first one takes its place, so a full disk or a folder without write
    permission is found in time. Links stay links; permissions stay.
    """
    paths = [Path(change.source.file).resolve() for change in changes]
    for path, change in zip(paths, changes, strict=True):
        _check_unchanged(path, change)
    staged: list[Path] = []
    replaced: list[int] = []
    try:
        for path, change in zip(paths, changes, strict=True):
            staged.append(_stage(path, change.after))
        for place, path in enumerate(paths):
            staged[place].replace(path)
            replaced.append(place)
    except OSError as reason:
        for place in replaced:
            _stage(paths[place], changes[place].source.text).replace(paths[place])
        raise PlanError(f"{reason.filename or ''} can't be written: {reason.strerror}; nothing has been changed") from reason
    finally:
        for file in staged:
            file.unlink(missing_ok=True)


def _check_unchanged(path: Path, change: FileChange) -> None:
    try:
        same = path.read_bytes() == change.source.text.encode()
    except OSError:
        same = False
    if not same:
        raise PlanError(f"{change.source.file} changed since it was read: nothing has been written", "run the command again")


def _stage(path: Path, text: str) -> Path:
    """The text in a new file in the same folder, with the same permissions, safely on disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, name)
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)
