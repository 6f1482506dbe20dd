"""Facts about a server *and its version*, as values: limits, name scopes, what it can rename and how.

Nothing outside this package asks which server it is. The catalog queries of each server stand beside its facts, in `.sql`
files, with the pure function that maps their rows to a `Catalog` (`rows.py`); running them is the business of
`namesync.sources`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from namesync.model import Catalog, Kind, Object, Provider, Scope

Version = tuple[int, ...]


class Rename(Enum):
    """How a name of one kind of object can be changed."""

    RENAME = "a statement of its own"
    RECREATE = "dropped and made again under the new name"
    NEVER = "it has no name of its own"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server of one version does with names.

    `name_limit` is in bytes where `limit_in_bytes`, else in characters. `index_scope` "schema": the names of indexes,
    uniques and primary keys share one scope in a schema with tables, views and sequences (PostgreSQL, SQLite); "table":
    they are unique in their table (MySQL). `foreign_key_scope` likewise; "table" on PostgreSQL is shared with the table's
    other constraints. `folds_names`: names of indexes and foreign keys compare without regard to case; `fold` and
    `fold_foreign_key` give them as the server compares them. `misread`: a piece of quoted SQL, "" for none, behind which the
    server no longer sees that a foreign key is to be dropped.
    """

    provider: Provider
    version: Version
    name_limit: int
    limit_in_bytes: bool
    index_scope: Literal["schema", "table"]
    foreign_key_scope: Literal["schema", "table", "none"]
    folds_names: bool
    fold: Callable[[str], str]
    fold_foreign_key: Callable[[str], str]
    rename: Mapping[Kind, Rename]
    transactional_ddl: bool
    quote_mark: str
    misread: str = ""

    def nameable(self, obj: Object) -> bool:
        """Whether the object's name can be set at all."""
        return self.rename[obj.key.kind] is not Rename.NEVER and not obj.name.startswith("sqlite_autoindex_")

    def scopes(self, obj: Object) -> tuple[Scope, ...]:
        """The scopes the object's name must be unique in; () where it has no name of its own."""
        if not self.nameable(obj):
            return ()
        table = obj.key.table
        if obj.key.kind is Kind.FOREIGN_KEY:
            if self.provider is Provider.POSTGRESQL:
                return (("constraint", table.schema, table.name),)
            own: Scope = ("foreign_key", table.schema, table.name)
            return (("foreign_key", table.schema), own) if self.foreign_key_scope == "schema" else (own,)
        if self.index_scope == "table":
            index: Scope = ("index", table.schema, table.name)
            return (index, ("unique", table.schema, table.name)) if obj.key.kind is Kind.UNIQUE else (index,)
        relation: Scope = ("relation", table.schema)
        if self.provider is Provider.POSTGRESQL and obj.definition.constraint:
            return (relation, ("constraint", table.schema, table.name))
        return (relation,)

    def length(self, name: str) -> int:
        """The length of a name in the unit of `name_limit`."""
        return len(name.encode()) if self.limit_in_bytes else len(name)

    def quote(self, name: str) -> str:
        """The name as an identifier in SQL, safe whatever it holds."""
        return f"{self.quote_mark}{name.replace(self.quote_mark, self.quote_mark * 2)}{self.quote_mark}"


def parse_version(text: str) -> Version:
    """`"15.18 (Debian ..)"` -> (15, 18); `"10.11.19-MariaDB"` -> (10, 11, 19); () where there is no number."""
    match = re.match(r"\D*(\d{1,9}(?:\.\d{1,9})*)", text)
    return tuple(int(number) for number in match.group(1).split(".")) if match else ()


def dialect(provider: Provider, server_version: str = "") -> Dialect:
    """The facts for a server; without a version (a `schema.prisma`) those of the newest one known."""
    version = parse_version(server_version) or (999,)
    if provider is Provider.POSTGRESQL:
        from namesync.dialects import postgresql

        return postgresql.facts(provider, version)
    if provider is Provider.SQLITE:
        from namesync.dialects import sqlite

        return sqlite.facts(provider, version)
    from namesync.dialects import mysql

    return mysql.facts(provider, version)


def dialect_of(catalog: Catalog) -> Dialect:
    """The facts for the server a catalog was read from."""
    return dialect(catalog.provider, catalog.server_version)
