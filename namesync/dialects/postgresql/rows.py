"""The catalog queries of PostgreSQL 13 to 18, and what their rows mean.

The queries read pg_catalog alone, which every role may. https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from namesync.dialects import Version
from namesync.dialects.postgresql import facts
from namesync.dialects.prisma_tables import is_migrations_table, left_alone
from namesync.dialects.reading import Reader, Row, Rows
from namesync.model import (
    Catalog,
    Definition,
    Key,
    Kind,
    Object,
    Part,
    Provider,
    Reference,
    Scope,
    Table,
    TableRef,
    Taken,
    catalog,
)

_QUERIES = ("tables", "indexes", "foreign_keys", "relations", "constraints")
_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

# Settings that change how the server spells expressions (pg_dump fixes the same ones), and what keeps the reading quick.
_SETTINGS = {
    "search_path": "pg_catalog, pg_temp",  # pg_temp would else come first
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "jit": "off",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "0",
    "row_security": "off",  # rows that a policy hides are an error then, and not as if there were none
}


def reader_for(_provider: Provider, version: Version) -> Reader:
    """One reader for all versions: what a version has not is read as its default."""
    return Reader(__package__, partial(_begin, version), {name: f"{name}.sql" for name in _QUERIES}, build, "witness.sql")


def _begin(version: Version, timeout_ms: int) -> tuple[str, ...]:
    """Set for the transaction only: behind PgBouncer the session belongs to others too.

    One message, since a role's own timeouts may be shorter than the way to the server and back.
    """
    settings = {**_SETTINGS, "transaction_timeout": "0"} if version >= (17,) else _SETTINGS
    calls = ", ".join(f"pg_catalog.set_config('{name}', '{value}', true)" for name, value in settings.items())
    return (f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {timeout_ms}; SELECT {calls}",)


def build(rows: Rows) -> Catalog:
    """The catalog that the rows of all queries tell."""
    scope = _Scope(rows.schemas)
    tables: list[Table] = []
    objects: list[Object] = []
    taken: list[Taken] = []
    for row in rows.ask("tables"):
        taken.append(Taken(("relation", row["schema"]), row["name"], "partitioned table" if row["partitioned"] else "table"))
        if not is_migrations_table(row["name"], row["columns"]):
            tables.append(_table(row, scope))
    for row in rows.ask("indexes"):
        if (ref := scope.table(row)) is not None:
            objects.append(_index(row, ref, scope))
        else:
            taken.append(Taken(("relation", row["schema"]), row["name"], f"index of {row['table']}"))
    for row in rows.ask("foreign_keys"):
        if (ref := scope.table(row)) is not None and not row["internal"]:
            objects.append(_foreign_key(row, ref, scope))
        elif ref is not None:
            taken.append(Taken(scope.constraints(ref), row["name"], "foreign key to a partition"))
    taken += [Taken(("relation", row["schema"]), row["name"], row["what"]) for row in rows.ask("relations")]
    found = ((scope.table(row), row) for row in rows.ask("constraints"))
    taken += [Taken(scope.constraints(ref), row["name"], row["what"]) for ref, row in found if ref is not None]
    return catalog(
        rows.provider,
        rows.server_version,
        rows.schemas,
        tables=tuple(tables),
        objects=tuple(objects),
        taken=tuple(taken),
    )


class _Scope:
    """What the rows are about, and what they share: of values that come up again and again one is kept.

    `reasons`: our tables -> why the names of their objects are not ours to change, "" where they are.
    """

    def __init__(self, schemas: tuple[str, ...]) -> None:
        self.reasons: dict[TableRef, str] = {}
        self.unqualify = _unqualifier(schemas)
        self._refs: dict[TableRef, TableRef] = {}
        self._constraints: dict[TableRef, Scope] = {}
        self._columns: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, row: Row) -> TableRef:
        """A table that is ours."""
        ref = TableRef(row["schema"], row["name"])
        self._refs[ref] = ref
        self.reasons[ref] = _left_alone(row)
        return ref

    def table(self, row: Row) -> TableRef | None:
        """The row's table, None where it is none of ours."""
        return self._refs.get((row["schema"], row["table"]))  # type: ignore[call-overload, no-any-return]

    def target(self, row: Row) -> TableRef:
        """The table a foreign key points at."""
        ref = TableRef(row["target_schema"], row["target"])
        return self._refs.get(ref, ref)

    def constraints(self, ref: TableRef) -> Scope:
        """Where the names of a table's constraints must be unique."""
        return self._constraints.setdefault(ref, ("constraint", *ref))

    def columns(self, names: Sequence[str]) -> tuple[str, ...]:
        """The columns, in their order."""
        return self._columns.setdefault(tuple(names), tuple(names))


def _left_alone(row: Row) -> str:
    """Why the names of a table's objects are not ours to change, "" where they are."""
    if row["of_extension"]:
        return "it belongs to an extension, which gives the names"
    return left_alone(row["name"], row["columns"])


def _table(row: Row, scope: _Scope) -> Table:
    parent = TableRef(row["parent_schema"], row["parent"]) if row["parent"] is not None else None
    return Table(scope.add(row), scope.columns(row["columns"]), row["partitioned"], parent, row["estimate"])


def _index(row: Row, ref: TableRef, scope: _Scope) -> Object:
    """A primary key, unique, index or exclusion constraint; index and constraint are one object."""
    length, columns, plain = row["key_length"], row["columns"], not any(row["expressions"])
    if not plain:
        texts = zip(columns, row["expressions"], strict=True)
        columns = [scope.unqualify(_bare(text)) if expression else text for text, expression in texts]
    kind = Kind.PRIMARY_KEY if row["is_primary"] else Kind.UNIQUE if row["is_unique"] else Kind.INDEX
    definition = _index_definition(
        constraint=row["constraint_type"] is not None,
        method=row["method"],
        parts=(
            tuple(row["options"][:length]),
            (False,) * length if plain else tuple(row["expressions"][:length]),
            tuple(row["operator_classes"][:length]),
            tuple(row["collations"][:length]),
        ),
        include=tuple(columns[length:]),
        predicate=scope.unqualify(row["predicate"]) if row["predicate"] else None,
        nulls_not_distinct=row["nulls_not_distinct"],
        deferrable=row["deferrable"],
        initially_deferred=row["initially_deferred"],
        valid=row["valid"],
        exclusion=scope.unqualify(row["exclusion"]) if row["exclusion"] else "",
    )
    unmanaged = scope.reasons[ref] or _beyond_prisma(row)
    return Object(Key(kind, ref, scope.columns(columns[:length])), row["name"], definition, unmanaged=unmanaged)


@lru_cache(maxsize=4096)
def _index_definition(*, parts: tuple[tuple[Any, ...], ...], **rest: Any) -> Definition:
    """Thousands of indexes have one of a few definitions. `parts`: options, expressions, operator classes, collations."""
    return Definition(parts=tuple(_part(*part) for part in zip(*parts, strict=True)), **rest)


def _part(options: int, expression: bool, operator_class: str | None, collation: str | None) -> Part:
    descending, first = bool(options & 1), bool(options & 2)
    return Part(
        expression=expression,
        descending=descending,
        nulls_first=None if first == descending else first,  # NULLs sort as the largest values
        operator_class=operator_class,
        collation=collation,
    )


def _beyond_prisma(row: Row) -> str:
    """Why Prisma can't express an index, "" where it can."""
    if row["constraint_type"] == "x":
        return "exclusion constraint"
    if row["temporal"]:
        return "WITHOUT OVERLAPS"
    if any(row["expressions"]):
        return "expression index"
    if row["predicate"]:
        return 'partial index (Prisma 7: previewFeatures = ["partialIndexes"])'
    return ""


def _foreign_key(row: Row, ref: TableRef, scope: _Scope) -> Object:
    definition = _foreign_key_definition(
        row["on_delete"], row["on_update"], row["match_full"], row["deferrable"], row["initially_deferred"], row["valid"]
    )
    references = Reference(scope.target(row), scope.columns(row["target_columns"]))
    key = Key(Kind.FOREIGN_KEY, ref, scope.columns(row["columns"]), references)
    unmanaged = scope.reasons[ref] or ("temporal foreign key (PERIOD)" if row["temporal"] else "")
    return Object(key, row["name"], definition, unmanaged=unmanaged)


@lru_cache(maxsize=4096)
def _foreign_key_definition(
    on_delete: str, on_update: str, match_full: bool, deferrable: bool, initially_deferred: bool, valid: bool
) -> Definition:
    return Definition(
        constraint=True,
        on_delete=_ACTIONS[on_delete],
        on_update=_ACTIONS[on_update],
        match_full=match_full,
        deferrable=deferrable,
        initially_deferred=initially_deferred,
        valid=valid,
    )


def _bare(expression: str) -> str:
    """An index expression without the parentheses that the server puts around all but function calls."""
    return expression[1:-1] if expression.startswith("(") else expression


_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"\.?|[\w$]+\.?""")


def _unqualifier(schemas: tuple[str, ...]) -> Callable[[str], str]:
    """Takes the one schema in scope out of SQL text, so that `tenant_a` and `tenant_b` compare; several stay as they are."""
    if len(schemas) != 1:
        return str
    own = {f"{schemas[0]}.", f"{facts(Provider.POSTGRESQL, ()).quote(schemas[0])}."}
    return lambda text: _TOKEN.sub(lambda token: "" if token[0] in own else token[0], text)
