"""The catalog queries of MySQL 8 and 9 and MariaDB 10.5 to 12, and what their rows mean.

They read information_schema alone, one view a query: MariaDB has no indexes there to join by, and compares names in it without
regard to case and accents, so rows are joined and sorted out here. Each names the databases in the column by which MariaDB
finds their files, lest it open the tables of all databases.
https://dev.mysql.com/doc/refman/8.4/en/information-schema.html, https://mariadb.com/kb/en/information-schema-tables/
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from namesync.dialects import Dialect, Version, dialect
from namesync.dialects.mysql.rights import Role, grants, hidden, partly_seen
from namesync.dialects.prisma_tables import is_migrations_table, left_alone
from namesync.dialects.reading import Reader, Row, Rows
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, Taken, catalog

_QUERIES = ("session", "grants", "tables", "columns", "foreign_keys", "actions")
_BEGIN = (  # MariaDB's information_schema takes no part in it
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",  # under READ COMMITTED each query has its own snapshot
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
# A server may be set to cut what a query gives, to refuse one that looks long, to leave out the quotes of SHOW GRANTS.
_SETTINGS = "sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_quote_show_create = 1"
_TABLES = {"BASE TABLE": "", "SYSTEM VERSIONED": "a system-versioned table, which Prisma leaves out"}

_Named = tuple[TableRef, str]


def reader_for(provider: Provider, version: Version) -> Reader:
    """The queries of one version. Neither server has settings for a transaction, so they are the session's."""
    queries = {name: f"{name}.sql" for name in _QUERIES}
    if provider is not Provider.MARIADB:
        queries["indexes"] = "indexes.sql" if version >= (8, 0, 13) else "indexes_mysql_8_0_12.sql"
        return Reader(__package__, lambda timeout: _begin(f"max_execution_time = {timeout}"), queries, build)
    queries["indexes"] = "indexes_mariadb.sql" if version >= (10, 6) else "indexes_mariadb_10_5.sql"
    if version >= (10, 5, 10):  # before, the view does not tell checks of tables from those of columns
        queries["checks"] = "checks.sql"
    return Reader(
        __package__,
        lambda timeout: _begin(f"max_statement_time = {timeout / 1000}"),
        queries,
        build,
        "witness_mariadb.sql",
    )


def _begin(limit: str) -> tuple[str, ...]:
    return (f"SET SESSION {limit}, {_SETTINGS}", *_BEGIN)


def build(rows: Rows) -> Catalog:
    """The catalog that the rows of all queries tell."""
    [session] = rows.ask("session")
    folds = session["lower_case_table_names"] != 0
    role = Role(session["account"], grants(next(iter(row.values())) for row in rows.ask("grants")), folds)
    found = _Found(rows, folds)
    columns: dict[TableRef, list[str]] = defaultdict(list)
    for ref, row in found.ask("columns"):
        columns[ref].append(row["name"])
    tables = {
        ref: row for ref, row in found.ask("tables") if row["type"] in _TABLES and not _of_prisma_migrate(ref, columns[ref])
    }
    partly = partly_seen(role, tables)
    actions = {(ref, row["name"]): row for ref, row in found.ask("actions")}
    facts = dialect(rows.provider, rows.server_version)
    foreign_keys = tuple(_foreign_keys(found, actions, tables.keys() - partly, facts, folds))
    blind = {obj.key.table.schema for obj in foreign_keys if not obj.definition.on_delete}
    reasons = {ref: _TABLES[row["type"]] or left_alone(ref.name, columns[ref]) for ref, row in tables.items()}
    objects = (*_indexes(found, actions, tables, foreign_keys), *foreign_keys)
    return catalog(
        rows.provider,
        rows.server_version,
        rows.schemas,
        tables=tuple(_table(ref, row, columns[ref]) for ref, row in tables.items()),
        objects=tuple(replace(obj, unmanaged=reason) if (reason := reasons[obj.key.table]) else obj for obj in objects),
        taken=tuple(_taken(found, tables)) if "checks" in rows.queries else (),
        hidden=tuple(hidden(role, rows.provider, rows.schemas, partly, blind)),
        folds_tables=folds,
    )


class _Found:
    """The rows of the queries that tell of tables, each with its table.

    MariaDB also gives rows of databases whose names it takes for equal to one in scope (`app` and `App`): not ours.
    """

    def __init__(self, rows: Rows, folds: bool) -> None:
        self._rows = rows
        self._folds = folds
        self._spelling = {schema.lower() if folds else schema: schema for schema in rows.schemas}
        self._refs: dict[TableRef, TableRef] = {}

    def ask(self, query: str) -> Iterator[tuple[TableRef, Row]]:
        """The rows of one query, once."""
        for row in self._rows.ask(query):
            schema = self._spelling.get(row["schema"].lower() if self._folds else row["schema"])
            if schema is not None:
                ref = TableRef(schema, row["table"])
                yield self._refs.setdefault(ref, ref), row


def _of_prisma_migrate(ref: TableRef, columns: Collection[str]) -> bool:
    """A role may see a table and none of its columns: then the name decides."""
    return is_migrations_table(ref.name, columns) or (ref.name == "_prisma_migrations" and not columns)


def _table(ref: TableRef, row: Row, columns: Iterable[str]) -> Table:
    return Table(ref, tuple(columns), partitioned="partitioned" in (row["options"] or "").split(), rows=row["rows"])


def _grouped(rows: Iterable[tuple[TableRef, Row]]) -> Mapping[_Named, list[Row]]:
    """The rows of each key, in order; a key's name is unique in its table."""
    groups: dict[_Named, list[Row]] = defaultdict(list)
    for ref, row in rows:
        groups[ref, row["name"]].append(row)
    return groups


def _foreign_keys(
    found: _Found, actions: Mapping[_Named, Row], tables: Collection[TableRef], facts: Dialect, folds: bool
) -> Iterator[Object]:
    """InnoDB does the same for RESTRICT, NO ACTION and nothing said, which MySQL reports as NO ACTION and MariaDB as RESTRICT.

    They are all RESTRICT in a definition, so that one DDL compares equal on both; `sql` keeps the server's own word, since
    Prisma tells the two apart and would make a foreign key again that came back with the other one. Where this role can't
    see the actions, both are "".
    https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html#foreign-key-referential-actions
    """
    for (ref, name), parts in _grouped(found.ask("foreign_keys")).items():
        if ref not in tables:
            continue
        references = Reference(_target(parts[0], ref, folds), tuple(part["target_column"] for part in parts))
        key = Key(Kind.FOREIGN_KEY, ref, tuple(part["column"] for part in parts), references)
        does = actions.get((ref, name))
        if does is None:
            yield Object(key, name, Definition(constraint=True))
            continue
        on_delete, on_update = (does[event].replace("NO ACTION", "RESTRICT") for event in ("on_delete", "on_update"))
        sql = f"{_clause(key, references, facts)} ON DELETE {does['on_delete']} ON UPDATE {does['on_update']}"
        yield Object(key, name, Definition(constraint=True, on_delete=on_delete, on_update=on_update), sql=sql)


def _target(part: Row, ref: TableRef, folds: bool) -> TableRef:
    """lower_case_table_names 2 keeps the case of a database's name, but not in a foreign key."""
    same = folds and part["target_schema"].lower() == ref.schema.lower()
    return TableRef(ref.schema if same else part["target_schema"], part["target"])


def _clause(key: Key, references: Reference, facts: Dialect) -> str:
    """A foreign key as SQL, after its name and before its actions; the database is named only where it is another one."""
    target = references.table
    path = (target.name,) if target.schema == key.table.schema else (target.schema, target.name)
    own, theirs = (", ".join(map(facts.quote, columns)) for columns in (key.columns, references.columns))
    return f"FOREIGN KEY ({own}) REFERENCES {'.'.join(map(facts.quote, path))} ({theirs})"


def _indexes(
    found: _Found, actions: Iterable[_Named], tables: Collection[TableRef], foreign_keys: Iterable[Object]
) -> Iterator[Object]:
    """Primary keys, uniques and indexes; an index is implicit while it serves a foreign key and bears its name."""
    served: dict[_Named, tuple[str, ...]] = {(ref, name.casefold()): () for ref, name in actions}
    # Where a foreign key's columns are hidden from this role, its name must do.
    served |= {(obj.key.table, obj.name.casefold()): obj.key.columns for obj in foreign_keys}
    for (ref, name), parts in _grouped(found.ask("indexes")).items():
        if ref in tables:
            obj = _index(ref, name, parts)
            behind = served.get((ref, name.casefold()))
            leads = behind is not None and obj.key.columns[: len(behind)] == behind
            yield replace(obj, implicit=True) if leads and obj.key.kind is Kind.INDEX else obj


def _index(ref: TableRef, name: str, parts: Sequence[Row]) -> Object:
    """A prefix of 32 on a spatial part is the server's own way to say that there is none; Prisma shows it too."""
    kind = Kind.PRIMARY_KEY if name == "PRIMARY" else Kind.INDEX if parts[0]["non_unique"] else Kind.UNIQUE
    expressions = [part["expression"] for part in parts]
    columns = (part["column"] if text is None else _unescaped(text) for part, text in zip(parts, expressions, strict=True))
    definition = _definition(
        constraint=kind is not Kind.INDEX,  # a unique index is a constraint in MySQL, however it was made
        method=parts[0]["method"].lower(),
        parts=tuple((part["expression"] is not None, part["sort"] == "D", part["length"]) for part in parts),
        visible=parts[0]["visible"] == "YES",
    )
    unmanaged = "expression index" if any(text is not None for text in expressions) else ""
    return Object(Key(kind, ref, tuple(columns)), name, definition, unmanaged=unmanaged)


@lru_cache(maxsize=4096)
def _definition(*, parts: tuple[tuple[bool, bool, int | None], ...], **rest: Any) -> Definition:
    """Thousands of indexes have one of a few definitions. `parts`: whether an expression, whether descending, the prefix."""
    made = tuple(Part(expression=text, descending=down, length=length) for text, down, length in parts)
    return Definition(parts=made, **rest)


def _unescaped(expression: str) -> str:
    """MySQL shows the text of an expression as if inside a string literal: `_utf8mb4\\'it\\\\\\'s\\'`."""
    escapes = {"n": "\n", "r": "\r", "0": "\0", "Z": "\x1a"}
    return re.sub(r"\\(.)", lambda escape: escapes.get(escape[1], escape[1]), expression, flags=re.DOTALL)


def _taken(found: _Found, tables: Collection[TableRef]) -> Iterator[Taken]:
    """The names of MariaDB's table checks, which its foreign keys and uniques of the same table may not have."""
    for ref, row in found.ask("checks"):
        if ref in tables:
            yield Taken(("foreign_key", ref.schema, ref.name), row["name"], "check constraint")
            yield Taken(("unique", ref.schema, ref.name), row["name"], "check constraint")
