"""SQL that makes an empty database look like an environment to a migration that renames things.

Tables have their columns, objects their names and structure, and what else takes a name takes it. The types of columns and what
the tables are for is not in a catalog, and not needed: a column is an integer unless one of its indexes wants another type.
"""

from __future__ import annotations

from namesync.emit.skeleton.structure import stands_in
from namesync.model import Catalog, Provider

__all__ = ["skeleton", "stands_in"]


def skeleton(catalog: Catalog) -> str:
    """The script for an empty database of the catalog's provider; a schema "" is the one the session puts tables in.

    Objects for which `stands_in` is true have the name and kind of theirs, and a structure that nothing else has.
    Raises Unsupported for what can't be made in one database: on MySQL and MariaDB several, or foreign keys into another.
    """
    match catalog.provider.family:
        case Provider.POSTGRESQL:
            from namesync.emit.skeleton import postgresql

            return postgresql.script(catalog)
        case Provider.SQLITE:
            from namesync.emit.skeleton import sqlite

            return sqlite.script(catalog)
        case _:
            from namesync.emit.skeleton import mysql

            return mysql.script(catalog)
