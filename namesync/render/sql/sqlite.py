"""Renames as SQL for SQLite 3: it has no ALTER INDEX, so an index is dropped and made again from its own stored statement.

All of it is one transaction. SQLite has no conditions but IF EXISTS, which go by name only: `namesync.plan.trial` leaves out
what they can't get right in an environment.
https://www.sqlite.org/lang_createindex.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from namesync.dialects import Dialect
from namesync.errors import PlanError
from namesync.plan import Batch, Change, Guard, Step
from namesync.plan.guards import entwined

# SQLite stores these words itself, and the statement from the name on: a name quoted in one of four ways, or a bare one.
_HEAD = re.compile(
    r"""CREATE (?P<unique>UNIQUE )?INDEX (?:"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\x80-\U0010ffff]+)"""
)


def script(changes: Sequence[Change], dialect: Dialect) -> str:
    """The text of the whole file."""
    sections = [_section(together, change.guard, dialect) for change in changes for together in entwined(change.steps, dialect)]
    return "\n\n".join(["BEGIN;", *sections, "COMMIT;"]) + "\n"


def _section(together: Batch, guard: Guard, dialect: Dialect) -> str:
    """Indexes that swap names are all dropped before the first is made again."""
    exists, missing = ("", "") if guard is Guard.PLAIN else ("IF EXISTS ", "IF NOT EXISTS ")
    dropped = dict.fromkeys(f"DROP INDEX {exists}{_path(step, step.old, dialect)};" for step in together)
    made = dict.fromkeys(_create(step, missing, dialect) for step in together)
    return "\n".join(["-- RedefineIndex", *dropped, *made])


def _create(step: Step, missing: str, dialect: Dialect) -> str:
    head = _HEAD.match(step.obj.sql)
    if head is None:
        raise PlanError(f"the index {step.old!r} can't be made again: its stored statement is {step.obj.sql!r}")
    rest = step.obj.sql[head.end() :]
    end = "\n;" if "--" in rest.rpartition("\n")[2] else ";"
    return f"CREATE {head['unique'] or ''}INDEX {missing}{_path(step, step.new, dialect)}{rest}{end}"


def _path(step: Step, name: str, dialect: Dialect) -> str:
    schema = step.key.table.schema
    return f"{dialect.quote(schema)}.{dialect.quote(name)}" if schema else dialect.quote(name)
