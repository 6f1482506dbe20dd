"""Files: paths as people see them, and writing that is there whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from namesync.errors import UsageError

PATIENCE_S = 10.0
"""How long to wait for another namesync that writes in the same folder."""

_DRAFT = ".namesync-emit-"
_REMEDIES = {
    errno.ENOSPC: "Free some space there, or write to another disk.",
    errno.EDQUOT: "Free some space there, or write to another disk.",
    errno.EFBIG: "Allow larger files (`ulimit -f`), or write elsewhere.",
    errno.EROFS: "Choose a place that can be written to.",
    errno.EACCES: "Choose a place that this user may write to.",
    errno.EPERM: "Choose a place that this user may write to.",
    errno.ENOENT: "Make the folder first.",
}


def shown_path(path: Path) -> Path:
    """The path as people see it: relative to the working directory where it is below."""
    absolute = path.absolute()
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute


def json_of(text: str) -> Any:
    """What a JSON text says. Raises `ValueError` only, for what is none and for what is beyond the interpreter's limits."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError("a number of thousands of digits") from None


def remedy(error: OSError) -> str:
    """What to do about a file that can't be written."""
    return _REMEDIES.get(error.errno or 0, "Run the command again when that is mended.")


def write_whole(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Writes the text as UTF-8, its line endings untouched; a reader sees the old file or the new one, never half of one.

    What is no file (`/dev/null`, a pipe) can't be overwritten, only written to. Raises `UsageError` where something is there
    and `overwrite` is not given, and where it can't be written.
    """
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder", "Name a file.")
        if overwrite and path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="")
        else:
            _replace(path.resolve(), text, overwrite=overwrite)  # a link stays a link
    except FileExistsError:
        raise UsageError(f"{path}: exists already", "It is never overwritten unasked; name another file.") from None
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}", remedy(error)) from None
    except RuntimeError:  # Python 3.11 and 3.12: links in a circle
        raise UsageError(f"{path}: is a link that leads to itself", "Name another file.") from None


def _replace(target: Path, text: str, *, overwrite: bool) -> None:
    draft = target.with_name(f".namesync-{os.urandom(8).hex()}.tmp")  # beside it: only within a file system is renaming atomic
    try:
        write_flushed(draft, text.encode())
        if overwrite:
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        else:
            _claim(draft, target)
    finally:
        with suppress(OSError):  # mostly it has gone
            draft.unlink()


def write_flushed(path: Path, data: bytes) -> None:
    """Writes a new file, and waits until it is on disk: some disks tell only then that they are full. Raises `OSError`."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


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


def draft_in(folder: Path) -> Path:
    """A new name in a folder, for what is to be renamed once it is whole. It is for those who have the folder `alone`."""
    return folder / f"{_DRAFT}{os.urandom(8).hex()}"


@contextmanager
def alone(folders: Iterable[Path]) -> Iterator[None]:
    """No other namesync is in such a block for any of the folders; drafts that a killed one left there are removed.

    The lock goes with the process, however it ends; file systems that have none do without. Raises `UsageError` where another
    is at work for long, `OSError` where a folder can't be opened.
    """
    with ExitStack() as held:
        for folder in sorted({folder.resolve() for folder in folders}):
            if os.name == "posix":
                handle = os.open(folder, os.O_RDONLY)
                held.callback(os.close, handle)
                _lock(handle, folder)
            for left in folder.glob(f"{_DRAFT}*"):
                with suppress(OSError):
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield


def _lock(handle: int, folder: Path) -> None:
    import fcntl

    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UsageError(f"{folder}: another namesync is writing there", "Try again when it has ended.") from None
            time.sleep(0.02)
        except OSError:  # NFS and others
            return None
