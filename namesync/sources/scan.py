"""Looks for names in an application's source: handlers of Prisma's P2002 get a constraint's name, raw SQL may name an index."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from namesync.errors import UsageError
from namesync.sources.mentions import Mentions

SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", "bower_components", "__pycache__", ".venv", "venv", ".next", ".nuxt", ".turbo"}
)
"""Folders that hold no source of the application's own."""

MAX_BYTES = 2_000_000
"""Larger files are no source anybody wrote."""

_SHOWN = 200  # characters of a line


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A name in a file: `file` is below the folder, with `/`; `line` counts from 1, `text` is the line, cut if long."""

    file: str
    line: int
    name: str
    text: str


def scan_source(folder: Path, names: Collection[str], *, leave_out: Collection[Path] = ()) -> tuple[Hit, ...]:
    """Where the text files below a folder have one of the names as a whole word; sorted.

    Not looked into: links, binary files and those of more than MAX_BYTES, the folders SKIPPED, and `leave_out` (files and
    folders: the schema, the migrations). Raises UsageError where the folder or something in it can't be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder", "Name the folder of the application's source.")
    mentions, left = Mentions(names), {path.resolve() for path in leave_out}
    return tuple(sorted({hit for path in _files(folder, left) for hit in _hits(path, folder, mentions)}))


def _files(folder: Path, left: Collection[Path]) -> Iterator[Path]:
    for place, folders, files in os.walk(folder.resolve(), onerror=_unreadable):
        here = Path(place)
        folders[:] = [name for name in folders if name not in SKIPPED and here / name not in left]
        yield from (here / name for name in files if here / name not in left)


def _hits(path: Path, folder: Path, mentions: Mentions) -> Iterator[Hit]:
    text, line, before = _text(path), 1, 0
    for start, name in mentions.find(text):
        line += text.count("\n", before, start)
        before, end = start, text.find("\n", start)
        shown = text[text.rfind("\n", 0, start) + 1 : end if end >= 0 else None]
        yield Hit(path.relative_to(folder.resolve()).as_posix(), line, name, shown.strip()[:_SHOWN])


def _text(path: Path) -> str:
    """The text of a file, "" for what is none."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            return ""
        content = path.read_bytes()
    except OSError as error:
        _unreadable(error)
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def _unreadable(error: OSError) -> NoReturn:
    raise UsageError(f"{error.filename}: {error.strerror}", "A file that can't be read may hold the names as well.") from None
