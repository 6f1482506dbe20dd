"""The catalog queries of SQLite 3, and what their rows mean.

The pragmas are joined as functions to the table they are about, so that one query serves all tables.
https://www.sqlite.org/pragma.html#pragfunc
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from namesync.dialects import Version
from namesync.dialects.folding import ascii_lower
from namesync.dialects.prisma_tables import is_migrations_table, left_alone
from namesync.dialects.reading import Reader, Row, Rows
from namesync.dialects.sqlite.statement import key_parts
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, Taken, catalog

_QUERIES = ("columns", "indexes", "statements", "foreign_keys")
_KINDS = {"pk": Kind.PRIMARY_KEY, "u": Kind.UNIQUE}
_WHAT = {"table": "table", "view": "view", "virtual": "virtual table", "shadow": "shadow table"}


def reader_for(_provider: Provider, version: Version) -> Reader:
    """The queries of one version. SQLite has no statement timeout, and no schema but `main` is read."""
    tables = "tables.sql" if version >= (3, 37) else "tables_3_36.sql"
    queries = {"tables": tables, **{name: f"{name}.sql" for name in _QUERIES}}
    return Reader(__package__, lambda _timeout: ("PRAGMA query_only = ON", "BEGIN"), queries, build)


def build(rows: Rows) -> Catalog:
    """The catalog that the rows of all queries tell."""
    found = {query: list(rows.ask(query)) for query in rows.queries}  # a file is small
    columns: dict[str, list[str]] = defaultdict(list)
    primary: dict[str, dict[int, str]] = defaultdict(dict)
    for row in found["columns"]:
        columns[row["table"]].append(row["name"])
        if row["place"]:
            primary[row["table"]][row["place"]] = row["name"]
    tables = [
        row["table"]
        for row in found["tables"]
        if row["what"] == "table" and not is_migrations_table(row["table"], columns[row["table"]])
    ]
    keys = {table: tuple(primary[table][place] for place in sorted(primary[table])) for table in tables}
    reasons = {table: left_alone(table, columns[table]) for table in tables}
    objects = (
        *_indexes(found, reasons),
        *_row_ids(found, keys, reasons),
        *_foreign_keys(found["foreign_keys"], columns, keys, reasons),
    )
    return catalog(
        rows.provider,
        rows.server_version,
        rows.schemas,
        tables=tuple(Table(_ref(table), tuple(columns[table])) for table in tables),
        objects=objects,
        taken=tuple(_taken(found, tables)),
    )


def _ref(table: str) -> TableRef:
    return TableRef("main", table)


def _indexes(found: Mapping[str, Sequence[Row]], reasons: Mapping[str, str]) -> Iterator[Object]:
    """Primary keys, uniques and indexes that have an index of their own."""
    statements = {row["name"]: row["sql"] for row in found["statements"]}
    for (table, name), group in groupby(found["indexes"], lambda row: (row["table"], row["name"])):
        if table in reasons:
            yield _index(table, name, list(group), statements.get(name, ""), reasons[table])


def _index(table: str, name: str, parts: Sequence[Row], sql: str, reason: str) -> Object:
    """The automatic index of a primary key is part of it, and has no name; that of a UNIQUE has the name Prisma prints."""
    kind = _KINDS.get(parts[0]["origin"], Kind.UNIQUE if parts[0]["is_unique"] else Kind.INDEX)
    texts, predicate = key_parts(sql) if sql else ((), None)
    columns = tuple(texts[place] if part["column"] is None else part["column"] for place, part in enumerate(parts))
    definition = Definition(constraint=not sql, method="btree", parts=tuple(map(_part, parts)), predicate=predicate)
    unmanaged = reason or _beyond_prisma(definition)
    named = "" if kind is Kind.PRIMARY_KEY else name
    implicit = kind is Kind.UNIQUE and not sql
    return Object(Key(kind, _ref(table), columns), named, definition, implicit, unmanaged, sql)


def _part(row: Row) -> Part:
    collation = None if row["collation"].upper() == "BINARY" else row["collation"]
    return Part(expression=row["column"] is None, descending=bool(row["descending"]), collation=collation)


def _beyond_prisma(definition: Definition) -> str:
    """Why Prisma can't express an index, "" where it can."""
    if any(part.expression for part in definition.parts):
        return "expression index"
    if definition.predicate is not None:
        return 'partial index (Prisma 7: previewFeatures = ["partialIndexes"])'
    return ""


def _row_ids(
    found: Mapping[str, Sequence[Row]], keys: Mapping[str, tuple[str, ...]], reasons: Mapping[str, str]
) -> Iterator[Object]:
    """INTEGER PRIMARY KEY is the row id itself: a primary key without an index."""
    indexed = {row["table"] for row in found["indexes"] if row["origin"] == "pk"}
    for table, columns in keys.items():
        if columns and table not in indexed:
            definition = Definition(constraint=True, method="btree", parts=tuple(Part() for _ in columns))
            yield Object(Key(Kind.PRIMARY_KEY, _ref(table), columns), "", definition, unmanaged=reasons[table])


def _foreign_keys(
    rows: Sequence[Row],
    columns: Mapping[str, Sequence[str]],
    keys: Mapping[str, tuple[str, ...]],
    reasons: Mapping[str, str],
) -> Iterator[Object]:
    """SQLite keeps what a foreign key points at as it was typed: told here in the spelling of the table, where there is one.

    No pragma tells DEFERRABLE; MATCH is never in force.
    """
    tables = {ascii_lower(table): table for table in columns}
    for (table, _), group in groupby(rows, lambda row: (row["table"], row["id"])):
        if table not in reasons:
            continue
        parts = list(group)
        typed: str = parts[0]["target"]
        target = tables.get(ascii_lower(typed), typed)
        spelling = {ascii_lower(column): column for column in columns.get(target, ())}
        named = (part["target_column"] for part in parts)
        theirs = tuple(spelling.get(ascii_lower(column), column) for column in named if column is not None)
        reference = Reference(_ref(target), theirs or keys.get(target, ()))  # without columns: the primary key's
        key = Key(Kind.FOREIGN_KEY, _ref(table), tuple(part["column"] for part in parts), reference)
        definition = Definition(constraint=True, on_delete=parts[0]["on_delete"], on_update=parts[0]["on_update"])
        yield Object(key, "", definition, unmanaged=reasons[table])


def _taken(found: Mapping[str, Sequence[Row]], tables: Collection[str]) -> Iterator[Taken]:
    """Every name in the one scope of SQLite that is none of our indexes'."""
    for row in found["tables"]:
        yield Taken(("relation", "main"), row["table"], _WHAT[row["what"]])
    left_out = {(row["name"], row["table"]) for row in found["indexes"] if row["origin"] == "c" and row["table"] not in tables}
    for name, table in left_out:
        yield Taken(("relation", "main"), name, f"index of {table}")
