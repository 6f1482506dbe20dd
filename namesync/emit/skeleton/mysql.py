"""The skeleton of a MySQL or MariaDB environment.

Indexes that the server makes for foreign keys are left to it, so that it treats them as its own.
https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html#foreign-key-usage-notes
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from namesync.dialects import dialect_of
from namesync.emit.skeleton.structure import fresh_names, joined_columns, stands_in, tables_of, unknown_targets
from namesync.errors import Unsupported
from namesync.model import Catalog, Kind, Object, Provider, Reference, TableRef

# MySQL obeys such comments from that version on; MariaDB does not obey those of MySQL 5.7 and later.
_WITHOUT_PRIMARY_KEY = (
    "SET @namesync = 0 /*!80013 , SESSION sql_require_primary_key = OFF */"
    " /*!80030 , SESSION sql_generate_invisible_primary_key = OFF */"
)
_TO_NO_KEY = "SET @namesync = 0 /*!80400 , SESSION restrict_fk_on_non_standard_key = OFF */"


def script(catalog: Catalog) -> str:
    """The text of the whole script."""
    _require_one_database(catalog)
    return "".join(f"{statement};\n" for statement in _Skeleton(_spelled(catalog)).statements())


def _require_one_database(catalog: Catalog) -> None:
    own = {*catalog.schemas, ""}
    if len(catalog.schemas) > 1:
        raise Unsupported(f"several databases ({', '.join(catalog.schemas)}) can't be rehearsed in one")
    for obj in catalog.objects:
        if obj.key.references is not None and obj.key.references.table.schema not in own:
            raise Unsupported(f"the foreign key {obj.name} points into another database, which can't be rehearsed")


def _spelled(catalog: Catalog) -> Catalog:
    """Foreign keys with the tables' own spelling, where the server does not tell upper from lower case."""
    if not catalog.folds_tables:
        return catalog
    spelling = {table.ref.name.casefold(): table.ref.name for table in catalog.tables}

    def spelled(obj: Object) -> Object:
        target = obj.key.references
        if target is None:
            return obj
        table = TableRef(target.table.schema, spelling.get(target.table.name.casefold(), target.table.name))
        return replace(obj, key=obj.key._replace(references=Reference(table, target.columns)))

    return replace(catalog, objects=tuple(map(spelled, catalog.objects)))


class _Skeleton:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.quote = dialect_of(catalog).quote
        self.columns = tables_of(catalog)
        self.targets = unknown_targets(catalog)
        self.fresh = fresh_names(catalog)
        self.types = _Types(catalog)
        self.objects: dict[TableRef, list[Object]] = defaultdict(list)
        self.pointed_at: set[tuple[TableRef, tuple[str, ...]]] = set()
        for obj in catalog.objects:
            self.objects[obj.key.table].append(obj)
            if obj.key.references is not None:
                self.pointed_at.add((obj.key.references.table, obj.key.references.columns))
        self.taken: dict[TableRef, dict[str, None]] = defaultdict(dict)  # in several scopes, perhaps
        for taken in catalog.taken:
            self.taken[TableRef(*taken.scope[1:])][taken.name] = None

    def statements(self) -> Iterator[str]:
        """Everything in an order that works: foreign keys last, first those that bring an index along."""
        yield "SET NAMES utf8mb4"
        keyed = {obj.key.table for obj in self.catalog.objects if obj.key.kind is Kind.PRIMARY_KEY}
        if self.columns.keys() - keyed:
            yield _WITHOUT_PRIMARY_KEY
        yield from map(self._table, self.columns)
        foreign_keys = [obj for obj in self.catalog.objects if obj.key.kind is Kind.FOREIGN_KEY]
        if any(not self._is_key(obj) for obj in foreign_keys):
            yield _TO_NO_KEY
        bringing = {(obj.key.table, obj.name.casefold()) for obj in self.catalog.objects if self._brought(obj)}
        foreign_keys.sort(key=lambda obj: (obj.key.table, obj.name.casefold()) not in bringing)
        yield from map(self._foreign_key, foreign_keys)

    def _table(self, ref: TableRef) -> str:
        columns = [f"{self.quote(column)} {self.types.of(ref, column)}" for column in self.columns[ref]]
        indexes = [
            self._index(obj) for obj in self.objects[ref] if not (obj.key.kind is Kind.FOREIGN_KEY or self._brought(obj))
        ]
        targets = [f"UNIQUE INDEX {self.quote(next(self.fresh))} ({self._list(one)})" for one in self.targets.get(ref, ())]
        checks = [f"CONSTRAINT {self.quote(name)} CHECK (1 = 1)" for name in self.taken[ref]]
        return f"CREATE TABLE {self.quote(ref.name)} ({', '.join((*columns, *indexes, *targets, *checks))}) ENGINE = InnoDB"

    def _index(self, obj: Object) -> str:
        name, definition = self.quote(obj.name), obj.definition
        if obj.key.kind is Kind.PRIMARY_KEY:
            return f"PRIMARY KEY ({self._parts(obj)})"
        if definition.method in ("fulltext", "spatial"):
            parser = f" WITH PARSER {self.quote(definition.parser)}" if definition.parser else ""
            return f"{definition.method.upper()} INDEX {name} ({self._list(obj.key.columns)}){parser}"
        unique = "UNIQUE " if obj.key.kind is Kind.UNIQUE else ""
        return f"{unique}INDEX {name} ({self._parts(obj)})"

    def _parts(self, obj: Object) -> str:
        """The key parts; for an expression stands one on a column of the table."""
        written = []
        for column, part in zip(obj.key.columns, obj.definition.parts, strict=True):
            length = f"({part.length})" if part.length else ""
            some = self.quote(self.columns[obj.key.table][0])
            order = " DESC" if part.descending else ""
            written.append(f"{f'(({some} IS NULL))' if part.expression else self.quote(column) + length}{order}")
        return ", ".join(written)

    def _brought(self, obj: Object) -> bool:
        """Whether the server makes this index when its foreign key is added: nothing else serves, and nobody points at it."""
        if not obj.implicit or stands_in(obj) or any(part.length or part.descending for part in obj.definition.parts):
            return False
        columns = obj.key.columns
        here = self.objects[obj.key.table]
        named = any(one.key.kind is Kind.FOREIGN_KEY and one.key.columns == columns and _same(one, obj) for one in here)
        serving = (one for one in here if one.key.kind is not Kind.FOREIGN_KEY and one is not obj)
        served = any(one.key.columns[: len(columns)] == columns for one in serving)
        pointed_at = any((obj.key.table, columns[: end + 1]) in self.pointed_at for end in range(len(columns)))
        return named and not served and not pointed_at

    def _is_key(self, obj: Object) -> bool:
        """Whether a foreign key points at a primary key or unique, as MySQL wants it since 8.4."""
        target = obj.key.references
        return target is not None and (
            target.table in self.targets
            or any(
                one.key.columns == target.columns and one.key.kind in (Kind.PRIMARY_KEY, Kind.UNIQUE)
                for one in self.objects[target.table]
            )
        )

    def _foreign_key(self, obj: Object) -> str:
        """Its actions in the server's own words, which tell RESTRICT from NO ACTION."""
        target, definition = obj.key.references, obj.definition
        if target is None:
            raise ValueError(f"a foreign key without a target: {obj.key}")
        start = obj.sql.rfind(" ON DELETE ")
        told = f" ON DELETE {definition.on_delete} ON UPDATE {definition.on_update}" if definition.on_delete else ""
        actions = obj.sql[start:] if start >= 0 else told
        return (
            f"ALTER TABLE {self.quote(obj.key.table.name)} ADD CONSTRAINT {self.quote(obj.name)}"
            f" FOREIGN KEY ({self._list(obj.key.columns)})"
            f" REFERENCES {self.quote(target.table.name)} ({self._list(target.columns)}){actions}"
        )

    def _list(self, columns: tuple[str, ...]) -> str:
        return ", ".join(map(self.quote, columns))


def _same(foreign_key: Object, index: Object) -> bool:
    return foreign_key.name.casefold() == index.name.casefold()


class _Types:
    """INT, but for columns whose indexes want text or a place. ASCII keeps the longest index as short as it can be."""

    def __init__(self, catalog: Catalog) -> None:
        self._joined = joined_columns(catalog)
        self._lengths: dict[tuple[TableRef, str], int] = {}  # of text: the longest prefix that is indexed, 0 for none
        self._whole = set(self._joined.values())
        self._spatial: set[tuple[TableRef, str]] = set()
        for obj in catalog.objects:
            for column, part in zip(obj.key.columns, obj.definition.parts, strict=False):  # foreign keys have none
                if not part.expression:
                    self._use(self._lead(obj.key.table, column), obj, part.length or 0, catalog.provider)

    def _use(self, column: tuple[TableRef, str], obj: Object, length: int, provider: Provider) -> None:
        method = obj.definition.method
        # A unique over text of any length is a hash on MariaDB.
        text = method == "fulltext" or length or (method == "hash" and provider is Provider.MARIADB)
        if method == "spatial":
            self._spatial.add(column)
        elif text:
            self._lengths[column] = max(self._lengths.get(column, 0), length)
        else:
            self._whole.add(column)

    def of(self, table: TableRef, column: str) -> str:
        """The column's type."""
        lead = self._lead(table, column)
        if lead in self._spatial:
            return "POINT NOT NULL"
        if lead not in self._lengths:
            return "INT"
        kind = f"VARCHAR({max(self._lengths[lead], 32) + 1})" if lead in self._whole else "TEXT"
        return f"{kind} CHARACTER SET ascii"

    def _lead(self, table: TableRef, column: str) -> tuple[TableRef, str]:
        return self._joined.get((table, column), (table, column))
