"""The catalog queries of PostgreSQL 13 to 18, and what their rows mean.

The queries read pg_catalog alone, which every role may. https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from namesync.dialects import Version
from namesync.dialects.postgresql import facts
from namesync.dialects.prisma_tables import is_migrations_table, left_alone
from namesync.dialects.reading import Reader, Row, Rows
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, Taken, catalog

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
}


def reader_for(_provider: Provider, _version: Version) -> Reader:
    """One reader for all versions: what a version has not is read as its default."""
    return Reader(__package__, _begin, {name: f"{name}.sql" for name in _QUERIES}, build)


def _left_alone(row: Row) -> str:
    """Why the names of a table's objects are not ours to change, "" where they are."""
    if row["of_extension"]:
        return "it belongs to an extension, which gives the names"
    return left_alone(row["name"], row["columns"])


def _begin(timeout_ms: int) -> tuple[str, ...]:
    """Set for the transaction only: behind PgBouncer the session belongs to others too."""
    settings = {**_SETTINGS, "statement_timeout": str(timeout_ms)}
    calls = ", ".join(f"pg_catalog.set_config('{name}', '{value}', true)" for name, value in settings.items())
    return ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", f"SELECT {calls}")


def build(rows: Rows) -> Catalog:
    """The catalog that the rows of all queries tell."""
    found = rows.results
    refs = {TableRef(row["schema"], row["name"]): row for row in found["tables"]}
    ours = {ref for ref, row in refs.items() if not is_migrations_table(ref.name, row["columns"])}
    reasons = {ref: reason for ref in ours if (reason := _left_alone(refs[ref]))}
    unqualify = _unqualifier(rows.schemas)
    indexes = [_index(row, reasons, unqualify) for row in found["indexes"] if _table(row) in ours]
    foreign_keys = [_foreign_key(row, reasons) for row in found["foreign_keys"] if _table(row) in ours and not row["internal"]]
    return catalog(
        rows.provider,
        rows.server_version,
        rows.schemas,
        tables=tuple(_table_of(ref, refs[ref]) for ref in ours),
        objects=(*indexes, *foreign_keys),
        taken=tuple(_taken(found, ours)),
    )


def _table(row: Row) -> TableRef:
    return TableRef(row["schema"], row["table"])


def _table_of(ref: TableRef, row: Row) -> Table:
    parent = TableRef(row["parent_schema"], row["parent"]) if row["parent"] is not None else None
    return Table(ref, tuple(row["columns"]), row["partitioned"], parent, row["estimate"])


def _index(row: Row, reasons: Mapping[TableRef, str], unqualify: Callable[[str], str]) -> Object:
    """A primary key, unique, index or exclusion constraint; index and constraint are one object."""
    length = row["key_length"]
    columns = tuple(
        unqualify(_bare(text)) if expression else text
        for text, expression in zip(row["columns"], row["expressions"], strict=True)
    )
    kind = Kind.PRIMARY_KEY if row["is_primary"] else Kind.UNIQUE if row["is_unique"] else Kind.INDEX
    definition = Definition(
        constraint=row["constraint_type"] is not None,
        method=row["method"],
        parts=tuple(_part(row, place) for place in range(length)),
        include=columns[length:],
        predicate=unqualify(row["predicate"]) if row["predicate"] else None,
        nulls_not_distinct=row["nulls_not_distinct"],
        deferrable=row["deferrable"],
        initially_deferred=row["initially_deferred"],
        valid=row["valid"],
        exclusion=unqualify(row["exclusion"]),
    )
    table = _table(row)
    unmanaged = reasons.get(table) or _beyond_prisma(row)
    return Object(Key(kind, table, columns[:length]), row["name"], definition, unmanaged=unmanaged)


def _part(row: Row, place: int) -> Part:
    descending, first = bool(row["options"][place] & 1), bool(row["options"][place] & 2)
    return Part(
        expression=row["expressions"][place],
        descending=descending,
        nulls_first=None if first == descending else first,  # NULLs sort as the largest values
        operator_class=row["operator_classes"][place],
        collation=row["collations"][place],
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


def _foreign_key(row: Row, reasons: Mapping[TableRef, str]) -> Object:
    table, target = _table(row), TableRef(row["target_schema"], row["target"])
    definition = Definition(
        constraint=True,
        on_delete=_ACTIONS[row["on_delete"]],
        on_update=_ACTIONS[row["on_update"]],
        match_full=row["match_full"],
        deferrable=row["deferrable"],
        initially_deferred=row["initially_deferred"],
        valid=row["valid"],
    )
    key = Key(Kind.FOREIGN_KEY, table, tuple(row["columns"]), Reference(target, tuple(row["target_columns"])))
    unmanaged = reasons.get(table) or ("temporal foreign key (PERIOD)" if row["temporal"] else "")
    return Object(key, row["name"], definition, unmanaged=unmanaged)


def _taken(found: Mapping[str, Sequence[Row]], ours: Collection[TableRef]) -> Iterator[Taken]:
    """Every name in the scopes of our objects' names that is none of theirs."""
    for row in found["tables"]:
        yield Taken(("relation", row["schema"]), row["name"], "partitioned table" if row["partitioned"] else "table")
    for row in found["relations"]:
        yield Taken(("relation", row["schema"]), row["name"], row["what"])
    for row in found["indexes"]:
        if _table(row) not in ours:
            yield Taken(("relation", row["schema"]), row["name"], f"index of {row['table']}")
    for row in found["constraints"]:
        if _table(row) in ours:
            yield Taken(("constraint", row["schema"], row["table"]), row["name"], row["what"])
    for row in found["foreign_keys"]:
        if row["internal"] and _table(row) in ours:
            yield Taken(("constraint", row["schema"], row["table"]), row["name"], "foreign key to a partition")


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
