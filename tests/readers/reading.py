"""What the tests of all readers say often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Reference, TableRef
from namesync.sources.server import read
from namesync.sources.url import Target, parse_url


def target(url: str) -> Target:
    return parse_url(url, base=Path("/"))


def read_url(url: str, *schemas: str, **limits: float) -> Catalog:
    return read(target(url), schemas=schemas, **limits)


def find(catalog: Catalog, table: str, name: str) -> Object:
    """The only object of that name on that table, in whatever schema."""
    (found,) = [obj for obj in catalog.objects if obj.key.table.name == table and obj.name == name]
    return found


def index(table: TableRef, name: str, *columns: str, kind: Kind = Kind.INDEX, unmanaged: str = "", **definition: Any) -> Object:
    """An index as read: btree, every part by default, unless told otherwise."""
    usual = {"method": "btree", "parts": tuple(Part() for _ in columns)}
    return Object(Key(kind, table, columns), name, Definition(**{**usual, **definition}), unmanaged=unmanaged)


def foreign_key(
    table: TableRef, name: str, columns: tuple[str, ...], to: TableRef, to_columns: tuple[str, ...], **rest: Any
) -> Object:
    """A foreign key as read, without actions unless told otherwise."""
    unmanaged = rest.pop("unmanaged", "")
    usual = {"constraint": True, "on_delete": "NO ACTION", "on_update": "NO ACTION"}
    key = Key(Kind.FOREIGN_KEY, table, columns, Reference(to, to_columns))
    return Object(key, name, Definition(**{**usual, **rest}), unmanaged=unmanaged)
