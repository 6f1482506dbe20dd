"""MySQL 8 and 9, MariaDB 10.5 to 12: facts on names.

`RENAME INDEX`: MySQL 5.7, MariaDB 10.5.2. Foreign key names are unique in a database, from MariaDB 12.1 in a table
(MDEV-28933). The primary key is always called PRIMARY. Names compare without regard to case; those of foreign keys on MySQL
not even to accents, on MariaDB only to the case of ASCII letters, on both not to spaces at the end (seen on 9.7 and 10.11).

MariaDB's InnoDB looks for DROP FOREIGN KEY in the text of an ALTER that copies the table, and takes a backslash before a
closing quote for an escape: it then adds the new key and keeps the old one, without an error (`dict_scan_to`, seen on 10.11).
https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html, https://mariadb.com/kb/en/alter-table/#rename-indexkey
"""

from __future__ import annotations

from namesync.dialects import Dialect, Rename, Version
from namesync.dialects.folding import ascii_lower, letter_by_letter, padded, without_accents
from namesync.model import Kind, Provider


def facts(provider: Provider, version: Version) -> Dialect:
    """The record for one server and version. Names are limited to 64 characters."""
    mariadb = provider is Provider.MARIADB
    index = Rename.RECREATE if mariadb and version < (10, 5, 2) else Rename.RENAME
    return Dialect(
        provider=provider,
        version=version,
        name_limit=64,
        limit_in_bytes=False,
        index_scope="table",
        foreign_key_scope="table" if mariadb and version >= (12, 1) else "schema",
        folds_names=True,
        fold=letter_by_letter,
        fold_foreign_key=_mariadb_foreign_key if mariadb and version < (12, 1) else without_accents,
        rename={
            Kind.PRIMARY_KEY: Rename.NEVER,
            Kind.UNIQUE: index,
            Kind.INDEX: index,
            Kind.FOREIGN_KEY: Rename.RECREATE,
        },
        transactional_ddl=False,
        quote_mark="`",
        misread="\\`" if mariadb else "",
    )


def _mariadb_foreign_key(name: str) -> str:
    return ascii_lower(padded(name))
