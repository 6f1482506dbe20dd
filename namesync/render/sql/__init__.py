"""A migration file as SQL text, for the server it is to run on.

Names are quoted as identifiers or as string literals wherever they stand, and never written into a comment.
"""

from __future__ import annotations

from collections.abc import Sequence

from namesync.dialects import Dialect
from namesync.model import Provider
from namesync.plan import Change

LOCK_TIMEOUT_S = 3
"""How long a statement waits for its lock, in seconds: all later readers and writers of the table queue behind it."""


def script(changes: Sequence[Change], dialect: Dialect, *, checked: bool = True) -> str:
    """The text of a `migration.sql` or `down.sql`; "" where there is nothing to do.

    `checked`: foreign keys that are dropped and added again check every row (MySQL, MariaDB); else the script proves that
    there is no orphan, and lets the server skip the check.
    """
    if not changes:
        return ""
    match dialect.provider.family:
        case Provider.POSTGRESQL:
            from namesync.render.sql import postgresql

            return postgresql.script(changes, dialect)
        case Provider.SQLITE:
            from namesync.render.sql import sqlite

            return sqlite.script(changes, dialect)
        case _:
            from namesync.render.sql import mysql

            return mysql.script(changes, dialect, checked=checked)
