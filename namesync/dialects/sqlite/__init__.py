"""SQLite 3: facts on names.

Indexes share one scope with tables and views; there is no ALTER INDEX. The names of foreign and primary keys are not kept
(`PRAGMA foreign_key_list` has none), those of automatic indexes can't be changed.
https://www.sqlite.org/lang_createindex.html
"""

from __future__ import annotations

from namesync.dialects import Dialect, Rename, Version
from namesync.dialects.folding import ascii_lower
from namesync.model import Kind, Provider


def facts(provider: Provider, version: Version) -> Dialect:
    """The record for SQLite; names have no limit that matters, and compare without regard to (ASCII) case."""
    return Dialect(
        provider=provider,
        version=version,
        name_limit=1_000_000,
        limit_in_bytes=True,
        index_scope="schema",
        foreign_key_scope="none",
        folds_names=True,
        fold=ascii_lower,
        fold_foreign_key=ascii_lower,
        rename={
            Kind.PRIMARY_KEY: Rename.NEVER,
            Kind.UNIQUE: Rename.RECREATE,
            Kind.INDEX: Rename.RECREATE,
            Kind.FOREIGN_KEY: Rename.NEVER,
        },
        transactional_ddl=True,
        quote_mark='"',
    )
