"""What the skeletons of all servers have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import TypeAlias

from namesync.model import Catalog, Definition, Key, Kind, Object, Reference, TableRef
from namesync.plan.wanted import unqualified

Column: TypeAlias = tuple[TableRef, str]


def stands_in(obj: Object) -> bool:
    """Whether an object can't be made as it is, since its expressions need the true columns: Prisma manages no such object."""
    definition = obj.definition
    expressions = any(part.expression for part in definition.parts)
    return expressions or definition.predicate is not None or bool(definition.exclusion)


def plain_columns(obj: Object) -> tuple[str, ...]:
    """The key columns that are no expressions."""
    parts = obj.definition.parts
    return tuple(column for place, column in enumerate(obj.key.columns) if not (parts and parts[place].expression))


def tables_of(catalog: Catalog) -> dict[TableRef, tuple[str, ...]]:
    """Every table with its columns, also those that only objects tell of: tables out of scope that foreign keys point at."""
    found: dict[TableRef, dict[str, None]] = {table.ref: dict.fromkeys(table.columns) for table in catalog.tables}
    for obj in catalog.objects:
        found.setdefault(obj.key.table, {}).update(dict.fromkeys((*plain_columns(obj), *obj.definition.include)))
        if obj.key.references is not None:
            found.setdefault(obj.key.references.table, {}).update(dict.fromkeys(obj.key.references.columns))
    return {ref: tuple(columns) for ref, columns in found.items()}


def unknown_targets(catalog: Catalog) -> dict[TableRef, list[tuple[str, ...]]]:
    """Tables that foreign keys point at and the catalog lacks -> the columns pointed at."""
    known = {table.ref for table in catalog.tables}
    found: dict[TableRef, dict[tuple[str, ...], None]] = defaultdict(dict)
    for obj in catalog.objects:
        target = obj.key.references
        if target is not None and target.table not in known:
            found[target.table][target.columns] = None
    return {ref: list(columns) for ref, columns in found.items()}


def joined_columns(catalog: Catalog) -> Mapping[Column, Column]:
    """Columns that foreign keys join, which must be of one type -> one column that stands for all of them."""
    leader: dict[Column, Column] = {}

    def lead(column: Column) -> Column:
        while (above := leader.get(column, column)) != column:
            column = above
        return column

    for obj in catalog.objects:
        target = obj.key.references
        if obj.key.kind is Kind.FOREIGN_KEY and target is not None:
            for own, theirs in zip(obj.key.columns, target.columns, strict=False):  # SQLite's may name no columns
                first, second = lead((obj.key.table, own)), lead((target.table, theirs))
                if first != second:
                    leader[second] = first
    return {column: lead(column) for column in leader}


def fresh_names(catalog: Catalog) -> Iterator[str]:
    """Names that nothing has, in any case of letters."""
    used: Collection[str] = {
        *(table.ref.name.casefold() for table in catalog.tables),
        *(obj.name.casefold() for obj in catalog.objects),
        *(taken.name.casefold() for taken in catalog.taken),
    }
    return (name for number in count(1) if (name := f"namesync_{number}") not in used)


class Lens:
    """What can be compared between an environment (`now`) and what was made of its skeleton (`built`).

    Schemas are left out where there is one; tables that only the skeleton has, and the columns of objects that another one
    stands in for.
    """

    def __init__(self, now: Catalog, built: Catalog) -> None:
        self._folds = now.folds_tables or built.folds_tables
        plain = _unqualified(now)
        self._tables = {self._table(table.ref) for table in plain.tables}
        self._stand_ins = {(self._table(obj.key.table), obj.name) for obj in plain.objects if stands_in(obj)}

    def names(self, catalog: Catalog) -> Counter[tuple[Key, str]]:
        """The names of the objects, by key."""
        return Counter((self._key(obj), obj.name) for obj in self._objects(catalog))

    def definitions(self, catalog: Catalog) -> Counter[tuple[Key, Definition]]:
        """The definitions of the objects, by key."""
        return Counter((self._key(obj), obj.definition) for obj in self._objects(catalog))

    def _objects(self, catalog: Catalog) -> Iterator[Object]:
        return (obj for obj in _unqualified(catalog).objects if self._table(obj.key.table) in self._tables)

    def _key(self, obj: Object) -> Key:
        key, table, target = obj.key, self._table(obj.key.table), obj.key.references
        columns = () if (table, obj.name) in self._stand_ins else key.columns
        return Key(key.kind, table, columns, target and Reference(self._table(target.table), target.columns))

    def _table(self, ref: TableRef) -> TableRef:
        return TableRef(ref.schema, ref.name.casefold()) if self._folds else ref


def _unqualified(catalog: Catalog) -> Catalog:
    (plain,) = unqualified({"": catalog}).values()
    return plain
