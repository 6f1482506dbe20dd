"""On which line of a configuration a key stands: `tomllib` does not tell, but each of its statements can be parsed alone."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_PIECE = re.compile(
    r"""\"{3}(?:\\[\s\S]|[^\\])*?\"{3,5}|'{3}[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]"""
)
"""What a line's end can stand in, and what it can stand between."""

KeyPath = tuple[str | int, ...]
"""The keys that lead to a value; an array of tables counts from 0: `("ignore", 0, "reason")`."""


def places_in(path: Path | None) -> dict[KeyPath, int]:
    """The lines of the keys in a configuration that was read from `path`; none without a file."""
    if path is None:
        return {}
    found = places(path.read_text(encoding="utf-8-sig"))
    if path.name != "pyproject.toml":
        return found
    return {keys[2:]: line for keys, line in found.items() if keys[:2] == ("tool", "namesync")}


def places(text: str) -> dict[KeyPath, int]:
    """The line, from 1, on which each key of a valid TOML text is given its value, and each table begins."""
    found: dict[KeyPath, int] = {}
    arrays: Counter[KeyPath] = Counter()
    table: KeyPath = ()
    for begin, statement in _statements(text):
        try:
            parsed = tomllib.loads(statement)
        except RecursionError:
            continue  # read as part of the whole at the very limit
        if statement.lstrip().startswith("["):
            table = _header(parsed, arrays)
            found[table] = begin
        else:
            found.update(((*table, *path), begin) for path in _keys(parsed, ()))
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a valid TOML text with the lines they begin on; one goes on where a bracket or a text is open."""
    start, line, depth = 0, 1, 0
    for piece in _PIECE.finditer(text + "\n"):
        depth += (piece[0] in ("[", "{")) - (piece[0] in ("]", "}"))
        if piece[0] == "\n" and depth == 0:
            statement = text[start : piece.end()]
            yield line, statement
            start, line = piece.end(), line + statement.count("\n")


def _header(parsed: Mapping[str, Any], arrays: Counter[KeyPath]) -> KeyPath:
    """Where the table of a header is: `[a.b]`, or `[[a]]`, which is one more each time."""
    path: KeyPath = ()
    value: Any = parsed
    while value:
        if isinstance(value, list):
            arrays[path] += 1
            path, value = (*path, arrays[path] - 1), value[0]
        else:
            ((key, value),) = value.items()
            path = (*path, key)
    return path


def _keys(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """The key of a statement, and those of the tables in its value."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _keys(inner, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for index, inner in enumerate(value):
            yield from _keys(inner, (*path, index))
