"""Who holds which name: the objects of a catalog and the names taken by others, by the scope they must be unique in."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

from namesync.dialects import Dialect, Rename
from namesync.model import Catalog, Kind, Object, Scope, TableRef, Taken
from namesync.plan.steps import Step

Slot: TypeAlias = tuple[Scope, str]
"""A name, as the server compares it, in a scope: held by one object at a time."""


class Names:
    """The names of one environment, which change as renames happen. Objects are known by their place in the catalog."""

    def __init__(self, catalog: Catalog, dialect: Dialect) -> None:
        self.dialect = dialect
        self.objects: list[Object] = list(catalog.objects)
        self._catalog = catalog
        self._holders: dict[Slot, list[int | Taken]] = defaultdict(list)
        self._indexes: dict[tuple[TableRef, str], int] = {}
        for place in range(len(self.objects)):
            self._claim(place)
        for taken in catalog.taken:
            self._holders[taken.scope, compared(dialect, taken.scope, taken.name)].append(taken)

    def catalog(self) -> Catalog:
        """The catalog with the names as they are now, its objects in the order they had.

        An index is `implicit` while it bears the name of a foreign key it serves, as the reader of MySQL has it.
        """
        if not self.recreates_foreign_keys:
            return replace(self._catalog, objects=tuple(self.objects))
        keys = {(obj.key.table, self.dialect.fold(obj.name)): obj for obj in self.objects if obj.key.kind is Kind.FOREIGN_KEY}
        behind = (keys.get((obj.key.table, self.dialect.fold(obj.name))) for obj in self.objects)
        implicit = (key is not None and _starts_with(obj, key) for obj, key in zip(self.objects, behind, strict=True))
        return replace(
            self._catalog,
            objects=tuple(replace(obj, implicit=own) for obj, own in zip(self.objects, implicit, strict=True)),
        )

    def slots(self, obj: Object, name: str) -> tuple[Slot, ...]:
        """What the object would hold if it were called `name`."""
        return slots_of(obj, name, self.dialect)

    def holders(self, slot: Slot) -> tuple[int | Taken, ...]:
        """Who holds the slot: places of objects, or others."""
        return tuple(self._holders.get(slot, ()))

    def named(self, obj: Object) -> int | None:
        """The place of the object that has this one's name where it must be unique, whatever it is; None where none has."""
        held = (holder for slot in self.slots(obj, obj.name) for holder in self.holders(slot))
        return next((holder for holder in held if isinstance(holder, int) and self.objects[holder].name == obj.name), None)

    def rename(self, place: int, name: str) -> None:
        """Give the object another name, whoever else holds it: collisions are for the caller to see."""
        obj = self.objects[place]
        for slot in self.slots(obj, obj.name):
            self._holders[slot].remove(place)
        if self._indexes.get((obj.key.table, self.dialect.fold(obj.name))) == place:
            del self._indexes[obj.key.table, self.dialect.fold(obj.name)]
        self.objects[place] = replace(obj, name=name)
        self._claim(place)

    def index(self, table: TableRef, name: str) -> int | None:
        """The index, unique or primary key of a table that bears the name."""
        return self._indexes.get((table, self.dialect.fold(name)))

    def companion(self, foreign_key: Object) -> int | None:
        """The index of exactly the name of a foreign key that may serve it: MySQL's own for it, or taken for that.

        It goes along when the foreign key is renamed.
        """
        place = self.index(foreign_key.key.table, foreign_key.name) if self.recreates_foreign_keys else None
        if place is None or self.objects[place].name != foreign_key.name:
            return None
        return place if self.serves(self.objects[place], foreign_key) else None

    def serves(self, index: Object, foreign_key: Object) -> bool:
        """Whether a plain index may serve a foreign key. Where it can't be renamed, one of more columns does not follow."""
        length = len(foreign_key.key.columns)
        if not _starts_with(index, foreign_key) or any(part.length for part in index.definition.parts[:length]):
            return False
        return self.dialect.rename[Kind.INDEX] is Rename.RENAME or len(index.key.columns) == length

    def carried(self, step: Step) -> list[tuple[int, str]]:
        """The index that goes along with a foreign key: its place and its new name."""
        if step.kind is not Kind.FOREIGN_KEY or step.alone:
            return []
        index = self.companion(step.obj)
        return [] if index is None else [(index, step.new)]

    @property
    def recreates_foreign_keys(self) -> bool:
        """Whether a foreign key gets another name by being dropped and added again."""
        return self.dialect.rename[Kind.FOREIGN_KEY] is Rename.RECREATE

    def unique_columns(self, table: TableRef) -> frozenset[frozenset[str]] | None:
        """The sets of columns that a primary key or unique of the table covers; None where the table is not known."""
        return self._uniques.get(table)

    @cached_property
    def _uniques(self) -> dict[TableRef, frozenset[frozenset[str]]]:
        found: dict[TableRef, set[frozenset[str]]] = {table.ref: set() for table in self._catalog.tables}
        for obj in self.objects:
            if obj.key.kind in (Kind.PRIMARY_KEY, Kind.UNIQUE):
                found.setdefault(obj.key.table, set()).add(frozenset(obj.key.columns))
        return {table: frozenset(columns) for table, columns in found.items()}

    def _claim(self, place: int) -> None:
        obj = self.objects[place]
        for slot in self.slots(obj, obj.name):
            self._holders[slot].append(place)
        if obj.key.kind is not Kind.FOREIGN_KEY:
            self._indexes[obj.key.table, self.dialect.fold(obj.name)] = place


def _starts_with(index: Object, foreign_key: Object) -> bool:
    """Whether it is a plain index whose first columns are the foreign key's."""
    columns = foreign_key.key.columns
    return index.key.kind is Kind.INDEX and index.key.columns[: len(columns)] == columns


def slots_of(obj: Object, name: str, dialect: Dialect) -> tuple[Slot, ...]:
    """What the object would hold if it were called `name`."""
    return tuple((scope, compared(dialect, scope, name)) for scope in dialect.scopes(obj))


def compared(dialect: Dialect, scope: Scope, name: str) -> str:
    """The name as the server compares it in that scope.

    MySQL keeps the names of foreign keys in a column that compares without accents, those of indexes not (seen on 9.7).
    """
    folded = dialect.fold(name)
    if scope[0] != "foreign_key":
        return folded
    return "".join(char for char in unicodedata.normalize("NFD", folded) if not unicodedata.combining(char))
