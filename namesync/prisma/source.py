"""One file of a schema: its text as it is on disk, where in it an offset lies, and how it is to change."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
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
        """The change as a unified diff; files whose lines end in CRLF show them so."""
        name, before = self.source.file, self.source.text
        lines = unified_diff(_lines(before), _lines(self.after), f"a/{name}", f"b/{name}", n=3)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


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
