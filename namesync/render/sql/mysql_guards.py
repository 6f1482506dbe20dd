"""What a guarded ALTER asks information_schema before it is put together.

The scripts mean the same under NO_BACKSLASH_ESCAPES and ANSI_QUOTES: no literal holds a backslash, no name stands in double
quotes. information_schema compares names more loosely than the servers do, so names are compared as bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from namesync.dialects import Dialect, Rename
from namesync.model import Kind, TableRef
from namesync.plan import Batch, Step
from namesync.plan.names import slots_of

_ACTIONS = re.compile(r" ON DELETE (?P<delete>[A-Z ]+) ON UPDATE (?P<update>[A-Z ]+)\Z")


def text(value: str) -> str:
    """The value as an SQL expression, whatever the session's SQL mode is."""
    if "\\" not in value:
        return "'" + value.replace("'", "''") + "'"
    pieces = re.split(r"(\\+)", value)
    quoted = [
        f"CHAR({', '.join(['92'] * len(piece))} USING utf8mb4)"
        if piece.startswith("\\")
        else "'" + piece.replace("'", "''") + "'"
        for piece in pieces
        if piece
    ]
    return quoted[0] if len(quoted) == 1 else f"CONCAT({', '.join(quoted)})"


def split_at_restrict(sql: str) -> list[str]:
    """A foreign key's SQL in pieces, each RESTRICT among its actions a piece of its own."""
    actions = _ACTIONS.search(sql)
    return [sql] if actions is None else [sql[: actions.start()], *re.split(r"(?= ON UPDATE )", actions[0])]


def is_restrict(piece: str) -> bool:
    """Whether a piece is a RESTRICT."""
    return piece in (" ON DELETE RESTRICT", " ON UPDATE RESTRICT")


def restrict_unsaid(sql: str) -> str:
    """The SQL as an expression that leaves RESTRICT unsaid on MariaDB, where it is the default.

    With foreign_key_checks off, MariaDB makes NO ACTION of a RESTRICT that is said (seen on 10.11); MySQL's default is
    NO ACTION. InnoDB does the same for both, but Prisma tells them apart.
    """
    pieces = (
        f"IF(VERSION() LIKE '%MariaDB%', '', {text(piece)})" if is_restrict(piece) else text(piece)
        for piece in split_at_restrict(sql)
    )
    return f"CONCAT({', '.join(pieces)})"


class Asking:
    """Conditions and expressions on the database the script runs in."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def conditions(self, together: Batch) -> list[str]:
        """That every object meant bears its old name, and every new name is free or becomes so."""
        leaving = {slot for step in together for slot in slots_of(step.obj, step.old, self.dialect)}
        found = [self._meant(step) for step in together]
        for step in together:
            if leaving.isdisjoint(slots_of(step.obj, step.new, self.dialect)):
                found += self._free(step)
        return found

    def _meant(self, step: Step) -> str:
        return self._foreign_key(step) if step.kind is Kind.FOREIGN_KEY else self._index(step)

    def _index(self, step: Step) -> str:
        definition = step.obj.definition
        rows = [
            f"({place}, {text(column)}, {part.length or 0}, {text('D' if part.descending else 'A')})"
            for place, (column, part) in enumerate(zip(step.key.columns, definition.parts, strict=True), 1)
        ]
        row = "(seq_in_index, CAST(column_name AS BINARY), IFNULL(sub_part, 0), IFNULL(collation, 'A'))"
        kind, method = int(step.kind is Kind.INDEX), text(definition.method.upper())
        return (
            f"({_all(row, rows)}\n"
            f"        AND MAX(non_unique) = {kind} AND MAX(index_type) = {method}\n"
            f"      FROM information_schema.statistics\n"
            f"      WHERE {_table(step.key.table)} AND {_is('index_name', step.old)})"
        )

    def _foreign_key(self, step: Step) -> str:
        target, actions = step.key.references, _ACTIONS.search(step.obj.sql)
        if target is None or actions is None:
            raise ValueError(f"not the SQL of a foreign key: {step.obj.sql!r}")
        table, schema = step.key.table, f"constraint_schema = {_schema(step.key.table)}"
        pairs = enumerate(zip(step.key.columns, target.columns, strict=True), 1)
        rows = [f"({place}, {text(own)}, {text(theirs)})" for place, (own, theirs) in pairs]
        row = "(ordinal_position, CAST(column_name AS BINARY), CAST(referenced_column_name AS BINARY))"
        return (
            f"({_all(row, rows)}\n"
            f"      FROM information_schema.key_column_usage\n"
            f"      WHERE {_table(table)} AND {schema} AND {_is('constraint_name', step.old)}\n"
            f"        AND referenced_table_schema = {_schema(target.table)}"
            f" AND referenced_table_name = {text(target.table.name)})\n"
            f"    AND EXISTS (SELECT 1 FROM information_schema.referential_constraints\n"
            f"      WHERE {schema} AND table_name = {text(table.name)} AND {_is('constraint_name', step.old)}\n"
            f"        AND delete_rule = {text(actions['delete'])} AND update_rule = {text(actions['update'])})"
        )

    def _free(self, step: Step) -> list[str]:
        table = step.key.table
        if step.kind is not Kind.FOREIGN_KEY:
            return [f"NOT {_has_index(step, step.new)}"]
        own = "" if self.dialect.foreign_key_scope == "schema" else f" AND table_name = {text(table.name)}"
        ascii_only = self.dialect.fold_foreign_key("É") != self.dialect.fold_foreign_key("é")
        ascii_only = ascii_only and not (step.old + step.new).isascii()
        same = _is_but_for_ascii("constraint_name", step.new) if ascii_only else _is("constraint_name", step.new, folded=True)
        key = (
            f"SELECT 1 FROM information_schema.referential_constraints\n"
            f"      WHERE constraint_schema = {_schema(table)}{own} AND {same}"
        )
        goes_along = f"{_is('index_name', step.old)} HAVING {self._serves(step)}"
        in_the_way = (
            f"NOT (EXISTS (SELECT 1 FROM information_schema.statistics\n"
            f"      WHERE {_table(table)} AND {goes_along})\n"
            f"    AND {_has_index(step, step.new, but=step.old)})"
        )
        found = [f"NOT EXISTS ({key})", *([] if step.alone else [in_the_way])]
        return [*found, _only_one_of_the_table(step)] if ascii_only else found

    def indexes_behind(self, step: Step) -> str:
        """The clauses, each with a comma after it, that settle the names of the indexes on exactly a foreign key's columns.

        The index of the foreign key's own name goes along with it; it may have further columns.
        """
        follows = not step.alone
        count = len(step.key.columns)
        is_old = _is("name", step.old)
        exact = f"(COUNT(*) = {count} OR {_is('MIN(index_name)', step.old)})" if follows else f"COUNT(*) = {count}"
        old = "CONCAT('`', REPLACE(name, '`', '``'), '`')"
        new = f"IF({is_old}, {text(self.dialect.quote(step.new))}, {old})" if follows else old
        if self.dialect.rename[Kind.INDEX] is Rename.RENAME:
            clause = f"'RENAME INDEX ', {old}, ' TO ', {new}, ', '"
        else:
            columns = ", ".join(map(self.dialect.quote, step.key.columns))
            clause = f"'DROP INDEX ', {old}, ', ADD INDEX ', {new}, {text(f' ({columns}), ')}"
        return (
            f"IFNULL((\n"
            f"      SELECT GROUP_CONCAT({clause} SEPARATOR '')\n"
            f"      FROM (SELECT MIN(index_name) AS name FROM information_schema.statistics WHERE {_table(step.key.table)}\n"
            f"        GROUP BY CAST(index_name AS BINARY) HAVING {exact} AND {self._serves(step)}\n"
            f"      ) AS behind), '')"
        )

    @staticmethod
    def _serves(step: Step) -> str:
        """That an index, whose parts are grouped, is a plain one that begins with the foreign key's columns."""
        rows = ", ".join(f"({place}, {text(column)})" for place, column in enumerate(step.key.columns, 1))
        return (
            f"MIN(non_unique) = 1\n"
            f"          AND SUM(sub_part IS NULL AND (seq_in_index, CAST(column_name AS BINARY)) IN ({rows}))"
            f" = {len(step.key.columns)}"
        )


def _all(row: str, rows: Sequence[str]) -> str:
    """The start of a query that tells whether it finds these rows and no others."""
    return f"SELECT COUNT(*) = {len(rows)} AND SUM({row}\n        IN ({', '.join(rows)})) = {len(rows)}"


def _table(table: TableRef) -> str:
    return f"table_schema = {_schema(table)} AND table_name = {text(table.name)}"


def _has_index(step: Step, name: str, *, but: str = "") -> str:
    other = f" AND NOT {_is('index_name', but)}" if but else ""
    return (
        f"EXISTS (SELECT 1 FROM information_schema.statistics\n"
        f"      WHERE {_table(step.key.table)} AND {_is('index_name', name, folded=True)}{other})"
    )


def _schema(table: TableRef) -> str:
    return text(table.schema) if table.schema else "DATABASE()"


def _is(column: str, name: str, *, folded: bool = False) -> str:
    """That a name is exactly this one, or one that differs in case only."""
    if folded:
        return f"CAST(LOWER({column}) AS BINARY) = CAST(LOWER({text(name)}) AS BINARY)"
    return f"CAST({column} AS BINARY) = {text(name)}"


def _only_one_of_the_table(step: Step) -> str:
    """That no other foreign key of the table has the old or the new name in another case: MariaDB might drop that one."""
    table = step.key.table
    either = " OR ".join(_is("constraint_name", name, folded=True) for name in (step.old, step.new))
    return (
        f"NOT EXISTS (SELECT 1 FROM information_schema.referential_constraints\n"
        f"      WHERE constraint_schema = {_schema(table)} AND table_name = {text(table.name)} AND ({either})\n"
        f"        AND NOT {_is('constraint_name', step.old)})"
    )


def _is_but_for_ascii(column: str, name: str) -> str:
    """That a name is this one but for the case of ASCII letters.

    Read as latin1, its bytes can be folded without its other letters becoming those of another name.
    """
    folded = (f"CAST(LOWER(CONVERT(CAST({one} AS BINARY) USING latin1)) AS BINARY)" for one in (column, text(name)))
    return " = ".join(folded)
