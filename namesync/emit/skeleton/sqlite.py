"""The skeleton of a SQLite environment.

The names of automatic indexes count the constraints of a table, so those come in the order that gives each its own name.
https://www.sqlite.org/fileformat2.html#intschema
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from namesync.dialects import dialect_of
from namesync.emit.skeleton.structure import fresh_names, plain_columns, stands_in, tables_of
from namesync.model import Catalog, Kind, Object, TableRef


def script(catalog: Catalog) -> str:
    """The text of the whole script."""
    return "".join(f"{statement};\n" for statement in ("BEGIN", *_Skeleton(catalog).statements(), "COMMIT"))


class _Skeleton:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.quote = dialect_of(catalog).quote
        self.fresh = fresh_names(catalog)
        # A table that is only pointed at need not be there.
        own = {table.ref for table in catalog.tables}
        self.columns = {ref: columns for ref, columns in tables_of(catalog).items() if ref in own}
        self.objects: dict[TableRef, list[Object]] = defaultdict(list)
        for obj in catalog.objects:
            self.objects[obj.key.table].append(obj)

    def statements(self) -> Iterator[str]:
        """Everything in an order that works."""
        yield from map(self._table, self.columns)
        yield from (self._index(obj) for obj in self.catalog.objects if obj.sql)
        made, host = {ref.name for ref in self.columns}, ""
        for taken in self.catalog.taken:
            name = self.quote(taken.name)
            if taken.what.startswith("index of "):
                if not host:
                    host = self.quote(next(self.fresh))
                    yield f"CREATE TABLE {host} (a INT)"
                yield f"CREATE INDEX {name} ON {host} (a)"
            elif taken.what == "view":
                yield f"CREATE VIEW {name} AS SELECT 1 AS a"
            elif taken.name not in made:
                yield f"CREATE TABLE {name} (a INT)"

    def _table(self, ref: TableRef) -> str:
        keys = sorted((obj for obj in self.objects[ref] if _automatic(obj)), key=_number)
        primary = next((obj for obj in self.objects[ref] if obj.key.kind is Kind.PRIMARY_KEY), None)
        # The place that no unique has is that of the primary key. None: it is the row id, or comes last and might be.
        gap = next((place for place, obj in enumerate(keys) if _number(obj) != place + 1), len(keys))
        kind = "INT" if gap < len(keys) else "INTEGER"
        constraints = [f"UNIQUE ({self._list(obj.key.columns)})" for obj in keys]
        if primary is not None:
            constraints.insert(gap, f"PRIMARY KEY ({self._list(primary.key.columns)})")
        constraints += [self._foreign_key(obj) for obj in self.objects[ref] if obj.key.kind is Kind.FOREIGN_KEY]
        columns = [f"{self.quote(column)} {kind}" for column in self.columns[ref]]
        return f"CREATE TABLE {self.quote(ref.name)} ({', '.join(columns + constraints)})"

    def _foreign_key(self, obj: Object) -> str:
        target, definition = obj.key.references, obj.definition
        if target is None:
            raise ValueError(f"a foreign key without a target: {obj.key}")
        theirs = f" ({self._list(target.columns)})" if target.columns else ""
        actions = f" ON DELETE {definition.on_delete} ON UPDATE {definition.on_update}" if definition.on_delete else ""
        return f"FOREIGN KEY ({self._list(obj.key.columns)}) REFERENCES {self.quote(target.table.name)}{theirs}{actions}"

    def _index(self, obj: Object) -> str:
        """The stored statement; constants stand for expressions, which may call the application's own functions."""
        if not stands_in(obj):
            return obj.sql + ("\n" if "--" in obj.sql else "")
        unique = "UNIQUE " if obj.key.kind is Kind.UNIQUE else ""
        expressions = ["(1)"] if any(part.expression for part in obj.definition.parts) else []
        parts = ", ".join([*map(self.quote, plain_columns(obj)), *expressions])
        where = " WHERE 0" if obj.definition.predicate is not None else ""
        return f"CREATE {unique}INDEX {self.quote(obj.name)} ON {self.quote(obj.key.table.name)} ({parts}){where}"

    def _list(self, columns: tuple[str, ...]) -> str:
        return ", ".join(map(self.quote, columns))


def _automatic(obj: Object) -> bool:
    return obj.key.kind is Kind.UNIQUE and not obj.sql


def _number(obj: Object) -> int:
    found = re.search(r"_(\d{1,9})$", obj.name)
    return int(found[1]) if found else 0  # a snapshot may call it anything: the rehearsal then tells of another name
