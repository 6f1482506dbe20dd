"""Writes changed files: all of them or none, and none where one changed since it was read."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from namesync.errors import PlanError
from namesync.files import draft_in, remedy, write_flushed
from namesync.prisma.source import FileChange


def write_changes(changes: Sequence[FileChange]) -> None:
    """Write every file of a plan; raises PlanError, with all files as they were, where that can't be done.

    Each new text stands beside its file before the first one takes its place, so a full disk or a folder without write
    permission is found in time. So does each old file, so that going back takes no space. Links stay links; permissions stay.
    The caller has the folders `alone`.
    """
    swaps = [_Swap(change) for change in changes]
    begun: list[_Swap] = []
    name = ""
    try:
        for swap in swaps:
            name = swap.change.source.file
            swap.prepare()
        for swap in swaps:  # as late as can be
            swap.require_unchanged()
        for swap in swaps:
            name = swap.change.source.file
            begun.append(swap)
            swap.draft.replace(swap.path)
    except BaseException as reason:
        for swap in begun:
            swap.take_back()
        if isinstance(reason, OSError):
            why = f"{name} can't be written: {reason.strerror}; nothing has been changed"
            raise PlanError(why, remedy(reason)) from reason
        raise
    finally:
        for swap in swaps:
            swap.tidy()


class _Swap:
    """One file that a new text takes the place of."""

    def __init__(self, change: FileChange) -> None:
        self.change = change
        self.path = Path(change.source.file).resolve()
        self.draft, self.backup = draft_in(self.path.parent), draft_in(self.path.parent)

    def prepare(self) -> None:
        """The new text, safely on disk, and the old file under a name more."""
        self.require_unchanged()
        write_flushed(self.draft, self.change.after.encode())
        shutil.copymode(self.path, self.draft)
        try:
            self.backup.hardlink_to(self.path)
        except OSError:  # not every file system has links
            shutil.copy2(self.path, self.backup)

    def require_unchanged(self) -> None:
        try:
            same = self.path.read_bytes() == self.change.source.text.encode()
        except OSError:
            same = False
        if not same:
            raise PlanError(
                f"{self.change.source.file} changed since it was read: nothing has been written", "Run the command again."
            )

    def take_back(self) -> None:
        try:
            if not self.backup.samefile(self.path):
                self.backup.replace(self.path)
        except OSError as reason:
            why = f"{self.change.source.file} is changed, and can't be changed back: {reason.strerror}"
            raise PlanError(why, "Restore it from version control.") from reason

    def tidy(self) -> None:
        for file in (self.draft, self.backup):
            with suppress(OSError):  # mostly it has taken its place
                file.unlink()
