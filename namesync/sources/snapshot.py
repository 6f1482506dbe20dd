"""Snapshots: a catalog as JSON, to compare where its database can't be reached.

The format is the model itself, field by field; a field that has its default is left out. One line for each table and object,
so that two snapshots compare well as text. No time, no rows: the same database gives the same bytes. The JSON Schema of the
format is `namesync/schemas/snapshot-1.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from namesync import __version__
from namesync.dialects.stored import is_servers_own
from namesync.errors import SnapshotError
from namesync.files import json_of
from namesync.model import Catalog, Kind, Object, Provider, Table, catalog

FORMAT_VERSION = 1

Decode = Callable[[Any], Any]


def dump(have: Catalog) -> str:
    """The catalog as the text of a snapshot file; the estimates of rows are left out."""
    return "".join(_lines(replace(have, tables=tuple(replace(table, rows=None) for table in have.tables))))


def _lines(have: Catalog) -> Iterator[str]:
    head = {"format_version": FORMAT_VERSION, "tool": {"name": "namesync", "version": __version__}}
    lists = _encode(have)
    for name, value in (head | lists).items():
        yield "{\n  " if name == "format_version" else ",\n  "
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n    ".join(map(_json, value))
            yield f'"{name}": [\n    {rows}\n  ]'
        else:
            yield f'"{name}": {_json(value)}'
    yield "\n}\n"


_json = json.JSONEncoder(ensure_ascii=False).encode


def _encode(value: Any) -> Any:
    kind: Any = type(value)
    held = _fields(kind)
    if held is not None:
        return {name: _encode(own) for name, default in held.items() if (own := getattr(value, name)) != default}
    return [_encode(one) for one in value] if isinstance(value, tuple) else value


@cache
def _fields(kind: Any) -> dict[str, Any] | None:
    """The fields a snapshot holds of a record, with their defaults: all but the estimate of rows; None for other values."""
    if is_dataclass(kind):
        return {field.name: field.default for field in fields(kind) if (kind, field.name) != (Table, "rows")}
    if names := getattr(kind, "_fields", ()):  # a named tuple
        return dict.fromkeys(names, MISSING) | kind._field_defaults  # type: ignore[no-any-return]
    return None


def parse(text: str, where: str) -> Catalog:
    """The catalog in the text of a snapshot file; `where` names the file in messages.

    Raises `SnapshotError` for a damaged snapshot, one of a newer format, and JSON that is no snapshot.
    """
    try:
        document = json_of(text)
    except json.JSONDecodeError as error:
        raise SnapshotError(f"{where}:{error.lineno}:{error.colno}: damaged snapshot: {error.msg}", _AGAIN) from None
    except ValueError as error:
        raise SnapshotError(f"{where}: damaged snapshot: {error}", _AGAIN) from None
    _require_format(document, where)
    body = {name: value for name, value in document.items() if name not in ("format_version", "tool")}
    try:
        have: Catalog = _decoder(Catalog)(body)
        _require_sense(have.objects, have.provider)
    except _Damaged as error:
        writer = _writer(document)
        hint = _AGAIN if writer == __version__ else f"Written by namesync {writer}; this is {__version__}. {_AGAIN}"
        raise SnapshotError(f"{where}: damaged snapshot: {error}", hint) from None
    return catalog(**{field.name: getattr(have, field.name) for field in fields(Catalog)})


_AGAIN = "Make it again: namesync snapshot ENV -o FILE"


def _require_format(document: Any, where: str) -> None:
    version = document.get("format_version") if isinstance(document, dict) else None
    if version is None or "command" in document:
        what = "it is a report" if version is not None else "format_version is missing"
        raise SnapshotError(f"{where}: no namesync snapshot: {what}", _AGAIN)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SnapshotError(f"{where}: damaged snapshot: format_version is no number from 1 on", _AGAIN)
    if version > FORMAT_VERSION:
        raise SnapshotError(
            f"{where}: a snapshot of format {version}, written by namesync {_writer(document)}; "
            f"this is namesync {__version__}, which reads format {FORMAT_VERSION}",
            "Upgrade namesync here: pip install -U namesync",
        )


def _writer(document: dict[str, Any]) -> str:
    tool = document.get("tool")
    return str(tool.get("version", "?")) if isinstance(tool, dict) else "?"


def _require_sense(objects: Sequence[Object], provider: Provider) -> None:
    """Refuses what no database has and the model rules out: what compares and plans counts on it."""
    for number, obj in enumerate(objects):
        foreign = obj.key.kind is Kind.FOREIGN_KEY
        if not obj.key.columns:
            raise _Damaged("at least one column is wanted", f"objects[{number}].key.columns")
        if foreign is (obj.key.references is None):
            raise _Damaged("a foreign key has references, and nothing else", f"objects[{number}].key")
        if foreign and obj.implicit:
            raise _Damaged("no foreign key is made for another object", f"objects[{number}].implicit")
        if len(obj.definition.parts) != (0 if foreign else len(obj.key.columns)):
            raise _Damaged("one for each column is wanted, none in a foreign key", f"objects[{number}].definition.parts")
        if not is_servers_own(obj, provider):
            raise _Damaged(f"{provider} would not say so of this object", f"objects[{number}].sql")


class _Damaged(Exception):  # noqa: N818 - never leaves this module
    """What is wrong, below a path such as `objects[3].key.kind`."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.path = path

    def under(self, step: str) -> _Damaged:
        glue = "." if self.path and not self.path.startswith("[") else ""
        return _Damaged(self.what, f"{step}{glue}{self.path}")

    def __str__(self) -> str:
        return f"{self.path}: {self.what}" if self.path else self.what


@cache
def _decoder(kind: Any) -> Decode:
    """The function that turns JSON into a value of one type of the model, made once for each type."""
    if isinstance(kind, UnionType):
        return partial(_optional, _decoder(next(one for one in get_args(kind) if one is not NoneType)))
    if get_origin(kind) is tuple:
        return partial(_tuple, _decoder(get_args(kind)[0]))
    if (held := _fields(kind)) is not None:
        hints = get_type_hints(kind)
        known = {name: _decoder(hints[name]) for name in held}
        return partial(_record, kind, known, frozenset(name for name, default in held.items() if default is MISSING))
    if issubclass(kind, StrEnum):
        return partial(_word, {one.value: one for one in kind})
    return partial(_plain, kind)


def _optional(inner: Decode, value: Any) -> Any:
    return None if value is None else inner(value)


def _tuple(inner: Decode, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _Damaged("a list is wanted")
    found = []
    for number, one in enumerate(value):
        try:
            found.append(inner(one))
        except _Damaged as error:
            raise error.under(f"[{number}]") from None
    return tuple(found)


def _record(kind: type, known: dict[str, Decode], needed: frozenset[str], value: Any) -> Any:
    if not isinstance(value, dict):
        raise _Damaged("an object is wanted")
    if missing := needed - value.keys():
        raise _Damaged(f"{', '.join(sorted(missing))} is missing")
    arguments = {}
    for name, one in value.items():
        if name not in known:
            raise _Damaged("unknown field", name)
        try:
            arguments[name] = known[name](one)
        except _Damaged as error:
            raise error.under(name) from None
    return kind(**arguments)


def _word(words: dict[str, StrEnum], value: Any) -> StrEnum:
    if not isinstance(value, str) or value not in words:
        raise _Damaged(f"{value!r} is none of {', '.join(words)}")
    return words[value]


_WORDS = {str: "a text", bool: "true or false", int: "a whole number"}


def _plain(kind: type, value: Any) -> Any:
    if type(value) is not kind:  # not isinstance: true is no number
        raise _Damaged(f"{_WORDS[kind]} is wanted")
    if isinstance(value, str) and not value.isascii() and _HALF.search(value):
        raise _Damaged("a text is wanted, and this has half a character in it")
    return value


_HALF = re.compile("[\ud800-\udfff]")
"""A surrogate without its other half: JSON's escapes can say it, no server can, and no file could hold it."""
