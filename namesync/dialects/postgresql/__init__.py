"""PostgreSQL 13 to 18: facts on names.

Locks: since 12 `ALTER INDEX .. RENAME` takes SHARE UPDATE EXCLUSIVE on the index alone and renames the constraint behind it
too; `ALTER TABLE .. RENAME CONSTRAINT` takes ACCESS EXCLUSIVE on the table.
https://www.postgresql.org/docs/current/sql-alterindex.html
"""

from __future__ import annotations

from namesync.dialects import Dialect, Rename, Version
from namesync.model import Kind, Provider


def facts(provider: Provider, version: Version) -> Dialect:
    """The record for one version. NAMEDATALEN - 1 is 63 bytes, longer names are cut in silence."""
    return Dialect(
        provider=provider,
        version=version,
        name_limit=63,
        limit_in_bytes=True,
        index_scope="schema",
        foreign_key_scope="table",
        folds_names=False,
        fold=str,
        fold_foreign_key=str,
        rename=dict.fromkeys(Kind, Rename.RENAME),
        transactional_ddl=True,
        quote_mark='"',
    )
