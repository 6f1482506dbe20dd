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
        """The catalog with the names as they are now, its objects in the order they had."""
        return replace(self._catalog, objects=tuple(self.objects))

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
        """The index of the name of a foreign key that may serve it: MySQL's own for it, or taken for that.

        It goes along when the foreign key is renamed.
        """
        place = self.index(foreign_key.key.table, foreign_key.name) if self.recreates_foreign_keys else None
        return place if place is not None and self.serves(self.objects[place], foreign_key) else None

    def serves(self, index: Object, foreign_key: Object) -> bool:
        """Whether a plain index starts with the foreign key's columns. Where it can't be renamed, none beside may follow."""
        columns, own = index.key.columns, foreign_key.key.columns
        exact = self.dialect.rename[Kind.INDEX] is Rename.RECREATE
        return index.key.kind is Kind.INDEX and (columns if exact else columns[: len(own)]) == own

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
