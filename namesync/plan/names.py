"""Who holds which name: the objects of a catalog and the names taken by others, by the scope they must be unique in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

from namesync.dialects import Dialect, Rename
from namesync.model import Catalog, Key, Kind, Object, Scope, TableRef, Taken
from namesync.plan.steps import Step

Slot: TypeAlias = tuple[Scope, str]
"""A name, as the server compares it, in a scope: held by one object at a time."""


class Names:
    """The names of one environment, which change as renames happen. Objects are known by their place in the catalog.

    `objects` are as they were at first, `current` are their names now.
    """

    def __init__(self, catalog: Catalog, dialect: Dialect) -> None:
        self.dialect = dialect
        self.objects = catalog.objects
        self.current = [obj.name for obj in self.objects]
        self._catalog = catalog
        self._scopes = [dialect.scopes(obj) for obj in self.objects]
        self._slots: list[Sequence[Slot]] = [()] * len(self.objects)
        self._holders: dict[Slot, list[int | Taken]] = defaultdict(list)
        self._places: dict[tuple[Key, str], int] = {}
        for place, obj in enumerate(self.objects):
            self._claim(place, obj.key, obj.name)
        for taken in catalog.taken:
            self._holders[taken.scope, compared(dialect, taken.scope, taken.name)].append(taken)

    def catalog(self) -> Catalog:
        """The catalog with the names as they are now, its objects in the order they had.

        An index is `implicit` while it bears the name of a foreign key it serves, as the reader of MySQL has it.
        """
        objects = [self.now(place) for place in range(len(self.objects))]
        if self.recreates_foreign_keys:
            keys = (obj for obj in objects if obj.key.kind is Kind.FOREIGN_KEY)
            behind = {index: key for key in keys if (index := self.index(key.key.table, key.name)) is not None}
            for place, obj in enumerate(objects):
                objects[place] = made_implicit(obj, place in behind and _starts_with(obj, behind[place]))
        return replace(self._catalog, objects=tuple(objects))

    def now(self, place: int) -> Object:
        """The object at a place with the name it has now."""
        obj, name = self.objects[place], self.current[place]
        return obj if obj.name == name else replace(obj, name=name)

    def slots(self, place: int, name: str) -> list[Slot]:
        """What the object at a place would hold if it were called `name`."""
        return _slots(self._scopes[place], name, self.dialect)

    def holders(self, slot: Slot) -> Sequence[int | Taken]:
        """Who holds the slot: places of objects, or others."""
        return self._holders.get(slot, ())

    def named(self, obj: Object) -> int | None:
        """The place of the object of this one's key that has its name; None where none has."""
        return self._places.get((obj.key, obj.name))

    def rename(self, place: int, name: str) -> None:
        """Give the object another name, whoever else holds it: collisions are for the caller to see."""
        key, old = self.objects[place].key, self.current[place]
        for slot in self._slots[place]:
            self._holders[slot].remove(place)
        if self._places.get((key, old)) == place:
            del self._places[key, old]
        self.current[place] = name
        self._claim(place, key, name)

    def index(self, table: TableRef, name: str) -> int | None:
        """The index or unique of a table that bears the name, where it must be unique in its table."""
        held = self.holders((("index", *table), self.dialect.fold(name)))
        return next((holder for holder in held if isinstance(holder, int)), None)

    def companion(self, foreign_key: Object) -> int | None:
        """The index of exactly the name of a foreign key that may serve it: MySQL's own for it, or taken for that.

        It goes along when the foreign key is renamed.
        """
        place = self.index(foreign_key.key.table, foreign_key.name) if self.recreates_foreign_keys else None
        if place is None or self.current[place] != foreign_key.name:
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

    @cached_property
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

    def _claim(self, place: int, key: Key, name: str) -> None:
        self._slots[place] = slots = self.slots(place, name)
        for slot in slots:
            self._holders[slot].append(place)
        self._places[key, name] = place


def made_implicit(obj: Object, implicit: bool) -> Object:
    """The object with this mark, itself if it has it."""
    return obj if obj.implicit is implicit else replace(obj, implicit=implicit)


def _starts_with(index: Object, foreign_key: Object) -> bool:
    """Whether it is a plain index whose first columns are the foreign key's."""
    columns = foreign_key.key.columns
    return index.key.kind is Kind.INDEX and index.key.columns[: len(columns)] == columns


def slots_of(obj: Object, name: str, dialect: Dialect) -> tuple[Slot, ...]:
    """What the object would hold if it were called `name`."""
    return tuple(_slots(dialect.scopes(obj), name, dialect))


def _slots(scopes: Sequence[Scope], name: str, dialect: Dialect) -> list[Slot]:
    return [(scope, compared(dialect, scope, name)) for scope in scopes]


def compared(dialect: Dialect, scope: Scope, name: str) -> str:
    """The name as the server compares it in that scope.

    MariaDB tells foreign keys of one table apart whose names differ by the case of a letter beyond ASCII, until it drops one.
    """
    if scope[0] != "foreign_key":
        return dialect.fold(name)
    folded = dialect.fold_foreign_key(name)
    return dialect.fold(folded) if len(scope) > 2 else folded
