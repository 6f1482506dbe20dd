"""PostgreSQL: the unique index of an implicit many-to-many table becomes its primary key, at once and without a rebuild.

Prisma 6 itself would build a new index under a lock. `ADD PRIMARY KEY USING INDEX` takes the one there is and renames it; it
scans the table only to prove that no value is null, which a validated check constraint has proved before without locking.
https://www.postgresql.org/docs/current/sql-altertable.html (ADD table_constraint_using_index, SET NOT NULL)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from namesync.model import TableRef
from namesync.render.sql import LOCK_TIMEOUT_S
from namesync.render.sql.postgresql import dollar_tag, literal, schema_literal

CHECK = "namesync_not_null"
"""The check constraint that is there for a moment, where a column allows nulls."""

_NOT_NULL = '"A" IS NOT NULL AND "B" IS NOT NULL'

_HEADER = """\
-- The unique index becomes the primary key: nothing is built anew. Each block looks first whether it is still to be done.
-- squawk-ignore-file adding-not-nullable-field, require-statement-timeout, constraint-missing-not-valid, transaction-nesting"""


@dataclass(frozen=True, slots=True, order=True)
class Promotion:
    """A many-to-many table, the name of its unique index and that of the primary key to be."""

    table: TableRef
    index: str
    primary_key: str


def script(promotions: Iterable[Promotion]) -> str:
    """The text of the `migration.sql`: transactions of its own, so that the scan holds no lock that keeps others waiting."""
    return "\n\n".join([_HEADER, *(_promote(one) for one in sorted(promotions))]) + "\n"


def undo(promotions: Iterable[Promotion]) -> str:
    """The text of the `down.sql`: a unique index is built first, then the primary key goes; columns stay NOT NULL."""
    return "\n\n".join([_HEADER, *(_undo(one) for one in sorted(promotions))]) + "\n"


def _promote(one: Promotion) -> str:
    nullable = "EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attname IN ('A', 'B') AND NOT attnotnull)"
    checked = f"EXISTS (SELECT FROM pg_constraint WHERE conrelid = t AND conname = '{CHECK}')"
    steps = [
        _block(
            one,
            f"IF found AND {nullable} AND NOT {checked} THEN",
            f"EXECUTE format('ALTER TABLE %s ADD CONSTRAINT {CHECK} CHECK ({_NOT_NULL}) NOT VALID', t);",
        ),
        _block(one, f"IF {checked} THEN", f"EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT {CHECK}', t);"),
        _block(
            one,
            "IF found THEN",
            """EXECUTE format('ALTER TABLE %s ALTER COLUMN "A" SET NOT NULL, ALTER COLUMN "B" SET NOT NULL', t);""",
            f"EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', t, {literal(one.primary_key)}, "
            f"{literal(one.index)});",
        ),
        _block(one, f"IF {checked} THEN", f"EXECUTE format('ALTER TABLE %s DROP CONSTRAINT {CHECK}', t);"),
    ]
    transactions = "\n".join(f"BEGIN;\nSET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s';\n{step}\nCOMMIT;" for step in steps)
    return f"-- AlterTable\n{transactions}"


def _undo(one: Promotion) -> str:
    primary = (
        f"EXISTS (SELECT FROM pg_constraint WHERE conrelid = t AND contype = 'p' AND conname = {literal(one.primary_key)})"
    )
    block = _block(
        one,
        f"IF {primary} THEN",
        f"""EXECUTE format('CREATE UNIQUE INDEX %I ON %s ("A", "B")', {literal(one.index)}, t);""",
        f"EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', t, {literal(one.primary_key)});",
    )
    return f"-- AlterTable\n{block}"


def _block(one: Promotion, condition: str, *statements: str) -> str:
    """A DO block in which `t` is the table and `found` says whether the index is there, is the one meant, and is no key yet."""
    body = "\n    ".join(statements)
    text = f"""
DECLARE
  t regclass := (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace
    WHERE s.nspname = {schema_literal(one.table)} AND c.relname = {literal(one.table.name)});
  found boolean := EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
    WHERE i.indrelid = t AND x.relname = {literal(one.index)}
      AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indnatts = 2
      AND ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, 2) AS n) = ARRAY['"A"', '"B"']
      AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype <> 'f'))
    AND NOT EXISTS (SELECT FROM pg_index AS p WHERE p.indrelid = t AND p.indisprimary);
BEGIN
  {condition}
    {body}
  END IF;
END
"""
    tag = dollar_tag(text)
    return f"DO {tag}{text}{tag};"
