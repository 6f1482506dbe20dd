"""Files: paths as people see them, and writing that is there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from secrets import token_hex

from namesync.errors import UsageError


def shown_path(path: Path) -> Path:
    """The path as people see it: relative to the working directory where it is below."""
    absolute = path.absolute()
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute


def write_whole(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Writes the text as UTF-8, its line endings untouched; a reader sees the old file or the new one, never half of one.

    What is no file (`/dev/null`, a pipe) can't be overwritten, only written to. Raises `UsageError` where something is there
    and `overwrite` is not given, and where it can't be written.
    """
    target = path.resolve()  # a link stays a link
    if target.is_dir():
        raise UsageError(f"{path}: is a folder", "Name a file.")
    if overwrite and path.exists() and not path.is_file():
        _pour(text, path)
        return
    draft = target.with_name(f".{token_hex(8)}.tmp")  # beside it: renaming is atomic within one file system only
    try:
        with draft.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        else:
            _claim(draft, target)
    except FileExistsError:
        raise UsageError(f"{path}: exists already", "It is never overwritten unasked; name another file.") from None
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def _pour(text: str, device: Path) -> None:
    try:
        with device.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{device}: can't be written: {error.strerror}") from None


def _claim(draft: Path, target: Path) -> None:
    """Gives the draft its name, unless another file has it."""
    try:
        target.hardlink_to(draft)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if target.exists():  # a file system without hard links
            raise FileExistsError(target) from None
        draft.replace(target)
