"""Where an odd name comes from, in plain words; None where that can't be told.

Asked only about names that differ from the convention. A name proves its origin by being exactly what a tool or a server
makes of the object's own table and columns (`forms`, `hashed`, `servers`), or by a mark that nobody makes by hand. What people
write themselves too is told as such, and everything else is None: a wrong story is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from namesync.convention import default_name
from namesync.model import Kind, Object, Provider, Table
from namesync.origin import forms, hashed, renamed, servers
from namesync.origin.subject import Subject, subject

Family = Callable[[Subject], str | None]


def origin(obj: Object, table: Table | None, provider: Provider) -> str | None:
    """The origin of the object's name, such as "made by Prisma 2"; `table` is its table, where that is known."""
    if not obj.name:
        return None
    about = subject(obj, table, provider)
    return _first((*FAMILIES, _left_behind), about)


def _first(families: tuple[Family, ...], about: Subject) -> str | None:
    return next((words for family in families if (words := family(about)) is not None), None)


def _prefixed(about: Subject) -> str | None:
    """pt-online-schema-change puts `_` or `__` before the foreign keys of the table it copies."""
    name = about.name.lstrip("_")
    if about.provider.family is not Provider.MYSQL or about.kind is not Kind.FOREIGN_KEY or name in ("", about.name):
        return None
    plain = replace(about, name=name)
    before = _default(plain) or _first((hashed.made, servers.automatic, forms.made), plain)
    return before and f"{before}, with the mark of pt-online-schema-change before it"


def _left_behind(about: Subject) -> str | None:
    """MySQL keeps the index it made for a foreign key, under that one's name, when the foreign key goes or is renamed."""
    if about.provider.family is not Provider.MYSQL or about.kind is not Kind.INDEX:
        return None
    foreign_key = replace(about, kind=Kind.FOREIGN_KEY)
    before = _default(foreign_key) or _first(FAMILIES, foreign_key)
    return before and f"{before}, of a foreign key on these columns, whose index this was"


def _default(about: Subject) -> str | None:
    default = default_name(about.kind, about.table, about.columns, about.provider)
    return "the default name" if about.name == default else None


FAMILIES: tuple[Family, ...] = (
    servers.marked,
    hashed.made,
    servers.automatic,
    _prefixed,
    forms.made,
    forms.made_for_another_table,
    renamed.default_elsewhere,
    renamed.cut_by_the_server,
)
"""In this order: the first that can tell is right, since the certain ones come first."""
