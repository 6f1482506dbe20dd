"""One file of a schema: its text as it is on disk, where in it an offset lies, and how it is to change."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from namesync.errors import SchemaError
from namesync.model import Location

BYTE_ORDER_MARK = "\ufeff"

_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Source:
    """A file's path as the user knows it, and its text with every line ending as it stands."""

    file: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        first = len(BYTE_ORDER_MARK) if self.text.startswith(BYTE_ORDER_MARK) else 0
        return [first, *(match.end() for match in _NEWLINE.finditer(self.text))]

    def location(self, offset: int) -> Location:
        """The line and column of an offset, from 1; columns count characters, a byte order mark is none."""
        line = max(bisect_right(self._starts, offset), 1)
        return Location(self.file, line, max(offset - self._starts[line - 1], 0) + 1)

    def error(self, what: str, offset: int, hint: str = "") -> SchemaError:
        """The error to raise for what stands at an offset."""
        place = self.location(offset)
        return SchemaError(what, file=place.file, line=place.line, column=place.column, hint=hint)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file as it was read, and the text it is to have."""

    source: Source
    after: str

    def diff(self) -> str:
        """The change as a unified diff; files whose lines end in CRLF show them so. An edit keeps to its line."""
        name = self.source.file
        pairs = list(zip(_lines(self.source.text), _lines(self.after), strict=True))
        lines = (f"--- a/{name}\n", f"+++ b/{name}\n", *_hunks(pairs))
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


_CONTEXT = 3  # lines shown before and after a change


def _hunks(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    hunks: list[tuple[int, int]] = []  # the first and the last line that changes
    for number in (number for number, (before, after) in enumerate(pairs) if before != after):
        near = bool(hunks) and number - hunks[-1][1] <= 2 * _CONTEXT + 1
        hunks.append((hunks.pop()[0], number) if near else (number, number))
    for first, last in hunks:
        start = max(first - _CONTEXT, 0)
        shown = pairs[start : last + 1 + _CONTEXT]
        where = f"{start + 1},{len(shown)}" if len(shown) > 1 else f"{start + 1}"
        yield f"@@ -{where} +{where} @@\n"
        for same, lines in groupby(shown, key=lambda pair: pair[0] == pair[1]):
            befores, afters = zip(*lines, strict=True)
            yield from (f" {line}" for line in befores) if same else (f"-{line}" for line in befores)
            yield from () if same else (f"+{line}" for line in afters)


def _lines(text: str) -> list[str]:
    """The lines with their endings, as diff counts them: only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def read_source(path: Path, file: str) -> Source:
    """The file at `path`; raises SchemaError where it can't be read or is no UTF-8."""
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as reason:
        why = reason.strerror if isinstance(reason, OSError) else "it is no path"
        raise SchemaError(f"can't be read: {why}", file=file, line=1, column=1) from reason
    try:
        return Source(file, data.decode())
    except UnicodeDecodeError as reason:
        before = Source(file, data[: reason.start].decode())
        raise before.error("is not UTF-8 from here on", len(before.text), "save the file as UTF-8") from reason
