"""What a rename costs others while it runs: locks, rows read, things written anew."""

from __future__ import annotations

from collections.abc import Mapping

from namesync.dialects import Dialect, Rename
from namesync.model import Kind, Object, Table, TableRef
from namesync.plan.steps import Hazard, Risk


def step_hazards(obj: Object, dialect: Dialect, tables: Mapping[TableRef, Table], *, checked: bool) -> tuple[Hazard, ...]:
    """The hazards of one rename. `checked`: whether a foreign key made again checks the rows (MySQL, MariaDB).

    PostgreSQL's renaming of an index has none: it waits for no reader or writer of the table.
    """
    table = obj.key.table
    how = dialect.rename[obj.key.kind]
    if obj.key.kind is not Kind.FOREIGN_KEY:
        return (
            (Hazard(Risk.REBUILD, f"the index is built anew: {_rows(table, tables)} read"),) if how is Rename.RECREATE else ()
        )
    if how is Rename.RENAME:
        return (
            Hazard(Risk.LOCK, f"ACCESS EXCLUSIVE on {table.name}, for the moment of the rename and until the transaction ends"),
        )
    target = obj.key.references.table.name if obj.key.references else ""
    if not checked:
        message = f"looks for orphans first: {_rows(table, tables)} read; the rows are not checked by the server"
        return (Hazard(Risk.SCAN, message),)
    return (
        Hazard(Risk.SCAN, f"checks {_rows(table, tables)} against {target}"),
        Hazard(Risk.REBUILD, f"copies {table.name}; writes to it wait until that is done"),
    )


def plan_hazards(dialect: Dialect) -> tuple[Hazard, ...]:
    """The hazards of any plan on such a server."""
    if dialect.transactional_ddl:
        return ()
    return (Hazard(Risk.PARTIAL, "every ALTER is committed at once: a script that stopped half-way is to be run again"),)


def _rows(table: TableRef, tables: Mapping[TableRef, Table]) -> str:
    known = tables.get(table)
    if known is None or known.rows is None:
        return f"all rows of {table.name}"
    return f"about {known.rows:,} rows of {table.name}"
