"""A `prisma.config.ts` and its like, read and never run: where schema and migrations are, which variable has the URL.

Only what can be told from the text counts: a string, or `path.join(..)` of strings. Whatever else decides a path is an error
that asks for the option; a file that says nothing of it gives None.
https://www.prisma.io/docs/orm/reference/prisma-config-reference
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from namesync.errors import ConfigError

_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*[\s\S]*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
    |(?P<open>/\*[\s\S]*|["'][^\n]*|`[\s\S]*)
    |(?P<word>[\w$]+)
    |(?P<mark>\.\.\.|[\s\S])""",
    re.VERBOSE,
)
_URL = re.compile(
    r"""(?:env(?:<[^(]*>)?\(|process\.env(?:\.|\[))["'`]?(?P<variable>\w+)|["'`](?P<file>file:(?!//[^/]*@)[^"'`?]*)"""
)
_OPEN, _CLOSE = "([{", ")]}"
_OPEN_END = "\0"
"""A text or comment without an end, or what looks like one (a quote in a regular expression), up to where it should end."""

_HERE = frozenset({"__dirname", "import.meta.dirname"})
_JOINS = frozenset({"path.join", "path.resolve", "join", "resolve"})


def schema_entry(text: str, file: str) -> str | None:
    """The path that a configuration gives, relative to its own folder; None where it gives none.

    Raises ConfigError where it can't be told without running the file.
    """
    tokens = _tokens(text)
    start = _exported(tokens)
    if start is None:
        return None
    if tokens[start : start + 1] != ["{"]:
        raise _unclear(file)
    return _path_of("schema", _entries(tokens, start), file)


def migrations_entry(text: str, file: str) -> str | None:
    """The path that `migrations: { path: .. }` gives, relative to the configuration's folder; None where it gives none.

    Raises ConfigError where it can't be told without running the file.
    """
    return _path_of("path", _section("migrations", text), file)


def datasource_urls(text: str) -> tuple[str, ...]:
    """The variables, or SQLite files, that `datasource: { directUrl: .., url: .. }` gives, in this order.

    What can't be told without running the file is left out, and so is a literal URL, which may hold a password.
    """
    values = {_name(entry[0]): "".join(entry[2:]) for entry in _section("datasource", text)}
    found = (_URL.match(values.get(name, "")) for name in ("directUrl", "url"))
    return tuple(match["variable"] or match["file"] for match in found if match)


def _tokens(text: str) -> list[str]:
    return [
        _OPEN_END if match.lastgroup == "open" else match[0] for match in _TOKEN.finditer(text) if match.lastgroup != "skip"
    ]


def _section(name: str, text: str) -> list[list[str]]:
    """The entries of the object `name: { .. }` in what a configuration exports; none where there is no such object."""
    tokens = _tokens(text)
    start = _exported(tokens)
    if start is None or tokens[start : start + 1] != ["{"]:
        return []
    found = (entry for entry in _entries(tokens, start) if _name(entry[0]) == name and entry[1:3] == [":", "{"])
    return next((_entries(entry, 2) for entry in found), [])


def _path_of(name: str, entries: Sequence[list[str]], file: str) -> str | None:
    """The path that an object's entry gives, None where it has no such entry."""
    for entry in entries:
        if entry[0] in ("...", "[") or _OPEN_END in entry:  # a spread, a computed key
            raise _unclear(file)
        if _name(entry[0]) == name:
            found = _path(entry[2:]) if entry[1:2] == [":"] else None
            if found is None:
                raise _unclear(file)
            return found
    return None


def _unclear(file: str) -> ConfigError:
    what = f"{file} works out a path in a way that can't be read without running it"
    return ConfigError(what, "Name the schema with --schema, the migrations folder with --output-dir.")


def _exported(tokens: Sequence[str]) -> int | None:
    """Where what the file exports begins: after `export default` or `module.exports =`, perhaps in one call."""
    for at in range(len(tokens) - 2):
        if (tokens[at], tokens[at + 1]) in (("export", "default"), ("exports", "=")):
            called = tokens[at + 3 : at + 4] == ["("]  # defineConfig(
            return at + 4 if called else at + 2
    return None


def _entries(tokens: Sequence[str], start: int) -> list[list[str]]:
    """The entries of the object that begins at `start`, each as its tokens."""
    entries: list[list[str]] = [[]]
    depth = 1
    for piece in tokens[start + 1 :]:
        depth += (piece in _OPEN) - (piece in _CLOSE)
        if depth == 0:
            break
        if depth == 1 and piece == ",":
            entries.append([])
        else:
            entries[-1].append(piece)
    return [entry for entry in entries if entry]


def _name(token: str) -> str:
    return token[1:-1] if token[0] in "\"'" else token


def _path(value: Sequence[str]) -> str | None:
    """The path an entry's value gives, None where that can't be told."""
    if len(value) == 1:
        return _string(value[0])
    opening = value.index("(") if "(" in value else len(value)
    if "".join(value[:opening]) not in _JOINS or value[-1] != ")":
        return None
    arguments: list[str] = [""]
    for piece in value[opening + 1 : -1]:
        if piece == ",":
            arguments.append("")
        else:
            arguments[-1] += piece
    strings = [_string(argument) for argument in arguments if argument and argument not in _HERE]
    known = [string for string in strings if string is not None]
    return str(PurePosixPath(*known)) if known and len(known) == len(strings) else None


def _string(token: str) -> str | None:
    """The text of a string literal; None for what is none, or a template with something in it."""
    if len(token) < 2 or token[0] not in "\"'`" or token[-1] != token[0] or (token[0] == "`" and "${" in token):
        return None
    path = token[1:-1].replace("\\\\", "/")  # a path of Windows, escaped
    return None if "\\" in path or "\0" in path else path
