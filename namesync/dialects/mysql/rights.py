"""What information_schema hides from a role, worked out from its grants.

Both servers show a table to whoever has any right on it, on its database or on all. Beyond that (found by trying every right
at every level on MySQL 9.7 and MariaDB 10.11):

- Columns are shown to roles with SELECT, INSERT, UPDATE or REFERENCES on them. MySQL treats each column of a foreign key so,
  MariaDB leaves out whole keys when their columns were granted one by one.
- MariaDB shows what a foreign key does only to roles with a right on the database other than SELECT.
- Routines, triggers and events are shown to roles with a right of their own only; of views some of the rest is.

REFERENCES on the database shows every key on both, and opens no row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from namesync.model import Hidden, Kind, Provider, TableRef

_COLUMN_RIGHTS = frozenset({"SELECT", "INSERT", "UPDATE", "REFERENCES"})
_TABLE_RIGHTS = _COLUMN_RIGHTS | {
    *("DELETE", "CREATE", "DROP", "INDEX", "ALTER", "CREATE VIEW", "SHOW VIEW", "TRIGGER", "DELETE HISTORY"),
}

_CODE_RIGHTS = {
    "functions and procedures": frozenset({"EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE", "SHOW_ROUTINE"}),
    "triggers": frozenset({"TRIGGER"}),
    "views": _TABLE_RIGHTS,
    "events": frozenset({"EVENT"}),
}
"""Kinds of code -> the rights on a database of which any shows them all."""

_QUOTED = re.compile(r'`(?:[^`]|``)*`|"(?:[^"]|"")*"')  # double quotes: sql_mode ANSI_QUOTES
_STATEMENT = re.compile(r"(GRANT|REVOKE) (.+?) ON (?:TABLE )?([*?])\.([*?]) (?:TO|FROM)")
_RIGHT = re.compile(r"([A-Z_ ]+?)(\s*\([^)]*\))?(?:, |$)")


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights on the whole of something: of a table, of the databases that a LIKE pattern fits, of all (None).

    `revoked`: taken away again from what was granted on all (MySQL's partial revokes). `grantee` is a user or a role.
    """

    rights: frozenset[str]
    database: str | None
    table: str | None
    grantee: tuple[str, ...]
    revoked: bool


def grants(statements: Iterable[str]) -> tuple[Grant, ...]:
    """The statements of SHOW GRANTS; what is granted on routines, roles, proxies or single columns is left out."""
    return tuple(grant for statement in statements if (grant := _grant(statement)) is not None)


def _grant(statement: str) -> Grant | None:
    names = [name[1:-1].replace(name[0] * 2, name[0]) for name in _QUOTED.findall(statement)]
    found = _STATEMENT.match(_QUOTED.sub("?", statement))
    if found is None:
        return None
    verb, what, *place = found.groups()
    rights = {right for right, columns in _RIGHT.findall(what) if not columns}
    del names[: what.count("?")]
    database, table = (names.pop(0) if mark == "?" else None for mark in place)
    if "ALL PRIVILEGES" in rights:
        rights |= _TABLE_RIGHTS.union(*_CODE_RIGHTS.values())
    return Grant(frozenset(rights), database, table, tuple(names), verb == "REVOKE")


@dataclass(frozen=True, slots=True)
class Role:
    """Who reads, as the server names the account (`user@host`), with the grants in force.

    `folds`: the server compares names of databases and tables without regard to case, and keeps grants in lower case.
    """

    account: str
    grants: tuple[Grant, ...]
    folds: bool = False

    def on_database(self, database: str) -> frozenset[str]:
        """The rights on a whole database that are certain.

        Of several patterns that fit, a server takes one by rules of its own: certain is what all of them give.
        """
        name = self._fold(database)
        everywhere = {right for grant in self.grants if grant.database is None for right in grant.rights}
        fitting: dict[tuple[str, ...], list[frozenset[str]]] = defaultdict(list)
        for grant in self.grants:
            if grant.database is None or grant.table is not None:
                continue
            if grant.revoked and grant.database == name:
                everywhere -= grant.rights
            elif not grant.revoked and _like(grant.database, name):
                fitting[grant.grantee].append(grant.rights)
        return frozenset(everywhere).union(*(frozenset.intersection(*rights) for rights in fitting.values()))

    def without(self, rights: frozenset[str], tables: Collection[TableRef]) -> frozenset[TableRef]:
        """The tables on which the role has none of the rights, neither there nor on the database."""
        databases = {schema for schema in {table.schema for table in tables} if self.on_database(schema) & rights}
        own = {(grant.database, grant.table) for grant in self.grants if grant.rights & rights}
        return frozenset(
            table
            for table in tables
            if table.schema not in databases and (self._fold(table.schema), self._fold(table.name)) not in own
        )

    def _fold(self, name: str) -> str:
        return name.lower() if self.folds else name


def _like(pattern: str, name: str) -> bool:
    words = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.fullmatch("".join(wild.get(word) or re.escape(word[-1]) for word in words), name, re.DOTALL) is not None


def unseen_code(role: Role, database: str) -> tuple[str, ...]:
    """The kinds of code in a database that may be hidden from the role, in plain words."""
    rights = role.on_database(database)
    if any(grant.database is None and "SELECT" in grant.rights for grant in role.grants):
        rights |= _CODE_RIGHTS["functions and procedures"]
    return tuple(kind for kind, any_of in _CODE_RIGHTS.items() if not rights & any_of)


def partly_seen(role: Role, tables: Collection[TableRef]) -> frozenset[TableRef]:
    """The tables among those visible whose columns and foreign keys may be shown in part, or not at all."""
    return role.without(_COLUMN_RIGHTS, tables)


def hidden(
    role: Role, provider: Provider, databases: Iterable[str], partly: Collection[TableRef], blind: Collection[str]
) -> Iterator[Hidden]:
    """What this role may not see in the databases. `partly`: see `partly_seen`; `blind`: databases whose foreign keys show no
    actions."""
    user, _, host = (part.replace("'", "''") for part in role.account.rpartition("@"))
    for database in databases:
        quoted = database.replace("`", "``")
        cure = f"GRANT REFERENCES ON `{quoted}`.* TO '{user}'@'{host}' shows it and opens no row"
        whole = role.on_database(database) & _TABLE_RIGHTS
        if not whole:
            reason = f"{role.account} sees only the tables of {database} that it has a right on: {cure}"
            yield Hidden(tuple(Kind), None, reason)
        kinds = tuple(Kind) if provider is Provider.MARIADB else (Kind.FOREIGN_KEY,)
        here = sorted(table for table in partly if table.schema == database)
        for table in [None] if whole and here else here:
            where = f"the tables of {database}" if table is None else table.name
            yield Hidden(kinds, table, f"{role.account} has too few rights on {where} to see all keys there: {cure}")
        if database in blind:
            # No kind: every foreign key is seen, though not all of it.
            reason = f"{role.account} can't see what the foreign keys of {database} do on delete and on update: {cure}"
            yield Hidden((), None, reason)
