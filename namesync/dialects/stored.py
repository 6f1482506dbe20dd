"""Whether the SQL kept with an object can be a server's own words: it goes into migrations as it is.

Anybody may have written a snapshot.
"""

from __future__ import annotations

import re

from namesync.dialects import dialect
from namesync.dialects.sqlite.statement import is_create_index
from namesync.model import Kind, Object, Provider

_ACTION = "(?:RESTRICT|NO ACTION|CASCADE|SET NULL|SET DEFAULT)"
_ACTIONS = re.compile(rf" ON DELETE {_ACTION} ON UPDATE {_ACTION}")


def is_servers_own(obj: Object, provider: Provider) -> bool:
    """SQLite keeps one CREATE INDEX for an index; of a foreign key of MySQL's it is known word by word (see `mysql.rows`)."""
    if not obj.sql:
        return True
    if provider is Provider.SQLITE:
        return obj.key.kind in (Kind.UNIQUE, Kind.INDEX) and is_create_index(obj.sql)
    return provider.family is Provider.MYSQL and any(
        obj.sql.startswith(clause) and _ACTIONS.fullmatch(obj.sql, len(clause)) for clause in _clauses(obj, provider)
    )


def _clauses(obj: Object, provider: Provider) -> tuple[str, ...]:
    """A foreign key up to its actions, with the database of its target and without; () for anything else."""
    target = obj.key.references
    if target is None:
        return ()
    quote = dialect(provider).quote
    own, theirs = (", ".join(map(quote, columns)) for columns in (obj.key.columns, target.columns))
    places = (quote(target.table.name), f"{quote(target.table.schema)}.{quote(target.table.name)}")
    return tuple(f"FOREIGN KEY ({own}) REFERENCES {place} ({theirs})" for place in places)
