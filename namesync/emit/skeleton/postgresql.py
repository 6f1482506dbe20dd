"""The skeleton of a PostgreSQL environment.

Partitions come before their parents, indexes and foreign keys too: what is made on a parent takes the equal ones of its
partitions as its own, and makes none under names of its own choice.
https://www.postgresql.org/docs/current/sql-createindex.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from namesync.dialects import dialect_of
from namesync.emit.skeleton.postgresql_types import Types
from namesync.emit.skeleton.structure import fresh_names, plain_columns, stands_in, tables_of, unknown_targets
from namesync.model import Catalog, Kind, Object, TableRef, Taken

_TOGETHER = 100  # statements in one transaction, which holds a lock for each table: their number is limited
_TAKERS = {
    "materialized view": "CREATE MATERIALIZED VIEW {} AS SELECT 1 AS a",
    "sequence": "CREATE SEQUENCE {}",
    "composite type": "CREATE TYPE {} AS (a integer)",
}
_TAKER = "CREATE VIEW {} AS SELECT 1 AS a"
_TABLES = ("table", "partitioned table")


def script(catalog: Catalog) -> str:
    """The text of the whole script: many short transactions."""
    statements = list(_Skeleton(catalog).statements())
    transactions = [statements[start : start + _TOGETHER] for start in range(0, len(statements), _TOGETHER)]
    return "".join("".join(f"{statement};\n" for statement in ("BEGIN", *some, "COMMIT")) for some in transactions)


class _Skeleton:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.quote = dialect_of(catalog).quote
        self.types = Types(catalog)
        self.fresh = fresh_names(catalog)
        self.columns = tables_of(catalog)
        self.constraints: dict[TableRef, list[Taken]] = defaultdict(list)
        for taken in catalog.taken:
            if taken.scope[0] == "constraint":
                self.constraints[TableRef(*taken.scope[1:])].append(taken)
            elif taken.what in _TABLES:
                self.columns.setdefault(TableRef(taken.scope[1], taken.name), ())
        self.parent = {table.ref: table.partition_of for table in catalog.tables if table.partition_of is not None}
        self.partitions: dict[TableRef, list[TableRef]] = defaultdict(list)
        for table, parent in self.parent.items():
            self.partitions[parent].append(table)
        self.partitioned = {table.ref for table in catalog.tables if table.partitioned}
        self.objects: dict[TableRef, list[Object]] = defaultdict(list)
        for obj in catalog.objects:
            self.objects[obj.key.table].append(obj)

    def statements(self) -> Iterator[str]:
        """Everything in an order that works."""
        schemas = {ref.schema for ref in self.columns} | set(self.catalog.schemas)
        yield from (f"CREATE SCHEMA IF NOT EXISTS {self.quote(schema)}" for schema in sorted(schemas) if schema)
        yield from self.types.statements()
        yield from map(self._table, self.columns)
        yield from self._target_keys()
        deepest_first = sorted(self.columns, key=self._depth, reverse=True)
        for ref in deepest_first:
            yield from self._attached(ref)
            yield from (self._index(obj) for obj in self.objects[ref] if obj.key.kind is not Kind.FOREIGN_KEY)
        for ref in deepest_first:
            yield from (self._foreign_key(obj) for obj in self.objects[ref] if obj.key.kind is Kind.FOREIGN_KEY)
        yield from self._takers()

    def _depth(self, ref: TableRef) -> int:
        depth = 0
        while ref in self.parent:
            ref, depth = self.parent[ref], depth + 1
        return depth

    def _table(self, ref: TableRef) -> str:
        columns = [f"{self.quote(column)} {self.types.of(ref, column)}" for column in self.columns[ref]]
        checks = [f"CONSTRAINT {self.quote(name)} CHECK (true)" for name in self._checks(ref)]
        key = f" PARTITION BY HASH ({self.quote(self._partition_key(ref))})" if ref in self.partitioned else ""
        return f"CREATE TABLE {self._path(ref)} ({', '.join(columns + checks)}){key}"

    def _checks(self, ref: TableRef) -> Iterator[str]:
        """Names that other constraints take: checks, triggers; not those of a foreign key's partitions, made along with it.

        NOT NULL has names since PostgreSQL 18; those of partitions depend on their parents', and are left out.
        """
        left_out = {"foreign key to a partition"}
        if ref in self.partitioned or ref in self.parent:
            left_out.add("not-null constraint")
        return (taken.name for taken in self.constraints[ref] if taken.what not in left_out)

    def _partition_key(self, ref: TableRef) -> str:
        """A column that every unique of the table covers, as those of partitioned tables must."""
        keys = [set(plain_columns(obj)) for obj in self.objects[ref] if obj.key.kind in (Kind.PRIMARY_KEY, Kind.UNIQUE)]
        return next(column for column in self.columns[ref] if all(column in key for key in keys))

    def _attached(self, ref: TableRef) -> Iterator[str]:
        for number, partition in enumerate(self.partitions[ref]):
            bound = f"WITH (MODULUS {len(self.partitions[ref])}, REMAINDER {number})"
            yield f"ALTER TABLE {self._path(ref)} ATTACH PARTITION {self._path(partition)} FOR VALUES {bound}"

    def _target_keys(self) -> Iterator[str]:
        for ref, targets in unknown_targets(self.catalog).items():
            for columns in targets:
                yield f"CREATE UNIQUE INDEX {self.quote(next(self.fresh))} ON {self._path(ref)} ({self._list(columns)})"

    def _index(self, obj: Object) -> str:
        table, name, definition = self._path(obj.key.table), self.quote(obj.name), obj.definition
        # An invalid index of a partitioned table is one that not all partitions have.
        only = "ONLY " if obj.key.table in self.partitioned and not (definition.valid and not definition.exclusion) else ""
        if definition.exclusion:
            part = self.quote(self._partition_key(obj.key.table)) if only else "(1)"
            return f"ALTER TABLE {only}{table} ADD CONSTRAINT {name} EXCLUDE USING btree ({part} WITH =){_deferrable(obj)}"
        distinct = " NULLS NOT DISTINCT" if definition.nulls_not_distinct else ""
        include = f" INCLUDE ({self._list(definition.include)})" if definition.include else ""
        if definition.constraint:
            kind = "PRIMARY KEY" if obj.key.kind is Kind.PRIMARY_KEY else "UNIQUE"
            overlaps = " WITHOUT OVERLAPS" if definition.method == "gist" else ""
            what = f"{kind}{distinct} ({self._list(obj.key.columns)}{overlaps}){include}{_deferrable(obj)}"
            return f"ALTER TABLE {only}{table} ADD CONSTRAINT {name} {what}"
        unique = "UNIQUE " if obj.key.kind is Kind.UNIQUE else ""
        where = " WHERE false" if definition.predicate is not None else ""
        return f"CREATE {unique}INDEX {name} ON {only}{table} USING {self._parts(obj)}{include}{distinct}{where}"

    def _parts(self, obj: Object) -> str:
        """Method and key parts; where some are expressions, a constant stands for them."""
        if stands_in(obj):
            expressions = ["(1)"] if any(part.expression for part in obj.definition.parts) else []
            return f"btree ({', '.join([*map(self.quote, plain_columns(obj)), *expressions])})"
        parts = (self._part(obj, place) for place in range(len(obj.key.columns)))
        return f"{self.quote(obj.definition.method)} ({', '.join(parts)})"

    def _part(self, obj: Object, place: int) -> str:
        part = obj.definition.parts[place]
        order = " DESC" if part.descending else ""
        nulls = "" if part.nulls_first is None else f" NULLS {'FIRST' if part.nulls_first else 'LAST'}"
        return f"{self.quote(obj.key.columns[place])}{self.types.class_clause(obj, place)}{order}{nulls}"

    def _foreign_key(self, obj: Object) -> str:
        target, definition = obj.key.references, obj.definition
        if target is None:
            raise ValueError(f"a foreign key without a target: {obj.key}")
        period = self._period(obj)
        own, theirs = (self._list(columns, period) for columns in (obj.key.columns, target.columns))
        actions = f" ON DELETE {definition.on_delete} ON UPDATE {definition.on_update}" if definition.on_delete else ""
        full = " MATCH FULL" if definition.match_full else ""
        # Until PostgreSQL 18 those of partitioned tables can't be NOT VALID.
        valid = "" if definition.valid or obj.key.table in self.partitioned else " NOT VALID"
        return (
            f"ALTER TABLE {self._path(obj.key.table)} ADD CONSTRAINT {self.quote(obj.name)} FOREIGN KEY ({own})"
            f" REFERENCES {self._path(target.table)} ({theirs}){full}{actions}{_deferrable(obj)}{valid}"
        )

    def _period(self, obj: Object) -> bool:
        """Whether it points at a key WITHOUT OVERLAPS."""
        target = obj.key.references
        return target is not None and any(
            other.definition.method == "gist" and other.definition.constraint and other.key.columns == target.columns
            for other in self.objects[target.table]
        )

    def _takers(self) -> Iterator[str]:
        """What else takes a name that an index could have."""
        hosts: dict[str, TableRef] = {}
        for taken in self.catalog.taken:
            if taken.scope[0] != "relation" or taken.what in _TABLES:
                continue
            path = self._path(TableRef(taken.scope[1], taken.name))
            if not taken.what.startswith("index of "):
                yield _TAKERS.get(taken.what, _TAKER).format(path)
                continue
            if taken.scope[1] not in hosts:
                hosts[taken.scope[1]] = TableRef(taken.scope[1], next(self.fresh))
                yield f"CREATE TABLE {self._path(hosts[taken.scope[1]])} ()"
            yield f"CREATE INDEX {self.quote(taken.name)} ON {self._path(hosts[taken.scope[1]])} ((1))"

    def _list(self, columns: tuple[str, ...], period: bool = False) -> str:
        quoted = [self.quote(column) for column in columns]
        return ", ".join([*quoted[:-1], f"PERIOD {quoted[-1]}"] if period else quoted)

    def _path(self, ref: TableRef) -> str:
        return f"{self.quote(ref.schema)}.{self.quote(ref.name)}" if ref.schema else self.quote(ref.name)


def _deferrable(obj: Object) -> str:
    deferred = " INITIALLY DEFERRED" if obj.definition.initially_deferred else ""
    return f" DEFERRABLE{deferred}" if obj.definition.deferrable else ""
