"""Renames as SQL for PostgreSQL 13 to 18.

`ALTER INDEX .. RENAME` renames the constraint behind an index too, and unlike `RENAME CONSTRAINT` makes no reader or writer of
the table wait. Prisma sends a file as one simple query, which is one transaction.
https://www.postgresql.org/docs/current/sql-alterindex.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, count

from namesync.dialects import Dialect
from namesync.model import Kind, Object, TableRef
from namesync.plan import Change, Guard, Step
from namesync.plan.guards import bare_class
from namesync.render.sql import LOCK_TIMEOUT_S

# No semicolon in these: Prisma's driver adapters split a file at each.
_HEADER = """\
-- Renames only, none of which reads a row: each takes a moment once it has its lock. Prisma runs the file as one transaction,
-- as psql -1 does.
-- squawk-ignore-file renaming-object, require-statement-timeout, prefer-robust-stmts"""
_GUARDED = """\
-- A guarded statement does nothing where its object bears the new name already, or is not the one meant."""


def script(changes: Sequence[Change], dialect: Dialect) -> str:
    """The text of the whole file."""
    header = f"{_HEADER}\n{_GUARDED}" if any(change.guard is not Guard.PLAIN for change in changes) else _HEADER
    sections = [_section(step, change.guard, dialect) for change in changes for step in change.steps]
    return "\n\n".join([header, f"SET lock_timeout = '{LOCK_TIMEOUT_S}s';", *sections, "RESET lock_timeout;"]) + "\n"


def _section(step: Step, guard: Guard, dialect: Dialect) -> str:
    title = "-- RenameForeignKey" if step.kind is Kind.FOREIGN_KEY else "-- RenameIndex"
    rename = _rename(step, dialect, "IF EXISTS " if guard is Guard.EXISTS else "")
    return f"{title}\n{_guarded(step, rename) if guard is Guard.STRUCTURE else rename}"


def _rename(step: Step, dialect: Dialect, exists: str) -> str:
    table, new = step.key.table, dialect.quote(step.new)
    if step.kind is Kind.FOREIGN_KEY:
        return f"ALTER TABLE {_path(table.schema, table.name, dialect)} RENAME CONSTRAINT {dialect.quote(step.old)} TO {new};"
    return f"ALTER INDEX {exists}{_path(table.schema, step.old, dialect)} RENAME TO {new};"


def _path(schema: str, name: str, dialect: Dialect) -> str:
    return f"{dialect.quote(schema)}.{dialect.quote(name)}" if schema else dialect.quote(name)


def _guarded(step: Step, rename: str) -> str:
    meant, free = (_foreign_key, _free_constraint) if step.kind is Kind.FOREIGN_KEY else (_index, _free_relation)
    body = f"""
BEGIN
  IF EXISTS (
    {_lines(meant(step.obj), 4)}
  ) AND NOT EXISTS (
    {_lines(free(step), 4)}
  ) THEN
    {_lines([rename], 4)}
  END IF;
END
"""
    tag = dollar_tag(body)
    return f"DO {tag}{body}{tag};"


def dollar_tag(body: str) -> str:
    """The quotes for a text that may hold anything, `$$` too."""
    tags = chain(["$$"], (f"$namesync{number}$" for number in count()))
    return next(tag for tag in tags if tag not in body)


def _lines(lines: Iterable[str], indent: int) -> str:
    return f"\n{' ' * indent}".join(lines)


def _index(obj: Object) -> list[str]:
    """The index that bears the old name, if it is the one meant."""
    table, parts = obj.key.table, obj.definition.parts
    options = " ".join(str(_options(part.descending, part.nulls_first)) for part in parts)
    kind = {
        Kind.PRIMARY_KEY: "i.indisprimary",
        Kind.UNIQUE: "i.indisunique AND NOT i.indisprimary",
    }.get(obj.key.kind, "NOT i.indisunique")
    columns = ", ".join(f"quote_ident({literal(column)})" for column in (*obj.key.columns, *obj.definition.include))
    return [
        "SELECT FROM pg_index AS i",
        "JOIN pg_class AS x ON x.oid = i.indexrelid",
        "JOIN pg_am AS m ON m.oid = x.relam",
        "JOIN pg_class AS t ON t.oid = i.indrelid",
        "JOIN pg_namespace AS s ON s.oid = t.relnamespace",
        f"WHERE s.nspname = {schema_literal(table)} AND t.relname = {literal(table.name)} AND x.relname = {literal(obj.name)}",
        f"  AND {kind} AND m.amname = {literal(obj.definition.method)} AND i.indpred IS NULL",
        f"  AND i.indnkeyatts = {len(obj.key.columns)} AND i.indoption::text = '{options}'",
        *_classes(obj),
        "  AND ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnatts) AS n)",
        f"    = ARRAY[{columns}]",
    ]


def _options(descending: bool, nulls_first: bool | None) -> int:
    """`pg_index.indoption`: bit 0 descending, bit 1 nulls first, which is the default of a descending part."""
    return descending + 2 * (descending if nulls_first is None else nulls_first)


def _classes(obj: Object) -> list[str]:
    """That each part has its operator class, the default one where none is told."""
    told = [bare_class(part) for part in obj.definition.parts]
    if not any(told):
        return ["  AND NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)"]
    return [
        "  AND ARRAY(SELECT CASE WHEN o.opcdefault THEN '' ELSE o.opcname END",
        "    FROM unnest(i.indclass::oid[]) WITH ORDINALITY AS c (id, n) JOIN pg_opclass AS o ON o.oid = c.id ORDER BY c.n)",
        f"    = ARRAY[{', '.join(map(literal, told))}]::name[]",
    ]


def _free_relation(step: Step) -> list[str]:
    """Whatever holds the new name where indexes have theirs, and for a constraint's index among the table's constraints."""
    held = [
        "SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace",
        f"WHERE s.nspname = {schema_literal(step.key.table)} AND x.relname = {literal(step.new)}",
    ]
    if step.kind is Kind.INDEX:
        return held
    return [
        *held,
        "UNION ALL",
        "SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace",
        "JOIN pg_constraint AS own ON own.conindid = x.oid AND own.contype <> 'f'",
        "JOIN pg_constraint AS c ON c.conrelid = own.conrelid",
        (
            f"WHERE s.nspname = {schema_literal(step.key.table)}"
            f" AND x.relname = {literal(step.old)} AND c.conname = {literal(step.new)}"
        ),
    ]


def _foreign_key(obj: Object) -> list[str]:
    """The foreign key that bears the old name, if it is the one meant."""
    table, target = obj.key.table, obj.key.references
    if target is None:
        raise ValueError(f"a foreign key without a target: {obj.key}")
    return [
        "SELECT FROM pg_constraint AS c",
        "JOIN pg_class AS t ON t.oid = c.conrelid JOIN pg_namespace AS s ON s.oid = t.relnamespace",
        "JOIN pg_class AS r ON r.oid = c.confrelid JOIN pg_namespace AS rs ON rs.oid = r.relnamespace",
        f"WHERE s.nspname = {schema_literal(table)} AND t.relname = {literal(table.name)}",
        f"  AND c.conname = {literal(obj.name)} AND c.contype = 'f'",
        f"  AND rs.nspname = {schema_literal(target.table)} AND r.relname = {literal(target.table.name)}",
        *_columns("c.conkey", "c.conrelid", obj.key.columns),
        *_columns("c.confkey", "c.confrelid", target.columns),
    ]


def _columns(numbers: str, table: str, names: Iterable[str]) -> list[str]:
    return [
        f"  AND ARRAY(SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY AS k (attnum, n)",
        f"    JOIN pg_attribute AS a ON a.attrelid = {table} AND a.attnum = k.attnum ORDER BY k.n)",
        f"    = ARRAY[{', '.join(map(literal, names))}]",
    ]


def _free_constraint(step: Step) -> list[str]:
    table = step.key.table
    return [
        "SELECT FROM pg_constraint AS c",
        "JOIN pg_class AS t ON t.oid = c.conrelid JOIN pg_namespace AS s ON s.oid = t.relnamespace",
        f"WHERE s.nspname = {schema_literal(table)} AND t.relname = {literal(table.name)} AND c.conname = {literal(step.new)}",
    ]


def schema_literal(table: TableRef) -> str:
    """Where one schema is in scope it has no name here: Prisma puts it first in the search path."""
    return literal(table.schema) if table.schema else "current_schema()"


def literal(value: str) -> str:
    """The value as a string literal, whatever standard_conforming_strings is."""
    quoted = value.replace("'", "''")
    return f"""E'{quoted.replace(chr(92), chr(92) * 2)}'""" if "\\" in quoted else f"'{quoted}'"
