"""What in a database mentions a name: functions, procedures, triggers, views and events break when it goes away.

`ON CONFLICT ON CONSTRAINT` in PL/pgSQL, `FORCE INDEX` on MySQL and `INDEXED BY` on SQLite name what they use, and find out when
they run. https://www.postgresql.org/docs/current/sql-insert.html, https://dev.mysql.com/doc/refman/8.4/en/index-hints.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from namesync.dialects import dialect
from namesync.dialects.mysql.rights import Role, grants, unseen_code
from namesync.model import Provider
from namesync.sources.loading import ask_all
from namesync.sources.mentions import Mentions
from namesync.sources.resolving import Server, Source
from namesync.sources.server import Session, read_rows


@dataclass(frozen=True, slots=True)
class Dependent:
    """Something that names are mentioned in. `mentions` () where this role may not see its source, so nothing is known.

    `kind` in plain words: function, procedure, trigger, view, materialized view, event. `name` is "" where this role may not
    even see whether there are any: `kind` says of what.
    """

    kind: str
    schema: str
    name: str
    mentions: tuple[str, ...]


def read_dependents(sources: Sequence[Source], names: Mapping[str, Collection[str]]) -> dict[str, tuple[Dependent, ...] | None]:
    """The dependents of each environment's own names, by environment; None where they can't be known. All are asked at once."""

    def ask(source: Server, opened: Session) -> tuple[Dependent, ...]:
        return dependents(opened, names.get(source.name, ()), source.schemas)

    return ask_all(sources, ask)


def dependents(opened: Session, names: Collection[str], schemas: tuple[str, ...] = ()) -> tuple[Dependent, ...]:
    """What mentions any of the names as a whole word, by kind and name; those whose source is hidden among them.

    On PostgreSQL the whole database is looked through, on MySQL the databases in `schemas`, () for that of the URL.
    Raises ConnectionFailed.
    """
    facts = dialect(opened.provider, opened.server_version)
    # Without quotes PostgreSQL takes a name in any case for its lower-case form.
    any_case = names if facts.folds_names else [name for name in names if name == name.lower()]
    mentions = Mentions(names, any_case=any_case, quotes="\"'`")
    scope = schemas or ((opened.target.url.database,) if opened.target.url.database else ())
    if not names:
        return ()
    found = [*_unseen(opened, scope)]
    for row in read_rows(opened, "dependents.sql", scope):
        source = row["source"]
        mentioned = {name for _, name in mentions.find(source)} if source else set()
        if mentioned or not source:
            found.append(Dependent(row["kind"], row["schema"], row["name"], tuple(sorted(mentioned))))
    return tuple(found)


def _unseen(opened: Session, databases: Iterable[str]) -> Iterator[Dependent]:
    """What MySQL may hide from this role; PostgreSQL and SQLite hide nothing."""
    if opened.provider.family is not Provider.MYSQL:
        return
    (session,) = read_rows(opened, "session.sql")
    given = grants(next(iter(row.values())) for row in read_rows(opened, "grants.sql"))
    role = Role(session["account"], given, folds=session["lower_case_table_names"] != 0)
    for database in databases:
        if kinds := unseen_code(role, database):
            yield Dependent(", ".join(kinds), database, "", ())
