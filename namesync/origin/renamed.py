"""Default names of something else: another table, other columns, an implicit many-to-many table; and longer names, cut.

Prisma 3 and later, and PostgreSQL, name things `table_columns_suffix`. A name that is so made but for the table or the columns
was given when they were called otherwise, as a rule; what is told is only what the name says.
"""

from __future__ import annotations

import re

from namesync.convention import LIMITS, SUFFIXES, cut, default_name
from namesync.model import Kind, Provider
from namesync.origin import forms
from namesync.origin.subject import Subject

_JOIN = {
    (Kind.PRIMARY_KEY, ("A", "B")): "_AB_pkey",
    (Kind.UNIQUE, ("A", "B")): "_AB_unique",
    (Kind.INDEX, ("B",)): "_B_index",
    (Kind.FOREIGN_KEY, ("A",)): "_A_fkey",
    (Kind.FOREIGN_KEY, ("B",)): "_B_fkey",
}


def default_elsewhere(about: Subject) -> str | None:
    """A default name, only not this object's."""
    if any(about.expressions):
        return None
    for rule in (_join_table, _prisma1_join_table, _lower_case, _whole, _other_table, _other_columns):
        if (words := rule(about)) is not None:
            return words
    return None


def _join_table(about: Subject) -> str | None:
    suffix = _JOIN.get((about.kind, about.columns))
    table = about.name.removesuffix(suffix) if suffix else about.name
    if table == about.name or not table.startswith("_"):
        return None
    whose = "Prisma's name in an implicit many-to-many table"
    return whose if table == about.table else f'{whose} called "{table}"'


def _prisma1_join_table(about: Subject) -> str | None:
    columns = "".join(about.columns)
    mine = about.kind is Kind.INDEX and columns in ("A", "B") and about.name == f"{about.table}_{columns}"
    return "made by Prisma 1" if mine and about.table.startswith("_") else None


def _lower_case(about: Subject) -> str | None:
    default = default_name(about.kind, about.table, about.columns, about.provider)
    return (
        "the default name in lower case, as SQL without quotes makes it" if default and about.name == default.lower() else None
    )


def _whole(about: Subject) -> str | None:
    """MySQL allows 64 characters, and Prisma cuts at 64 bytes."""
    whole = _stem(about) + SUFFIXES[about.kind]
    limit = LIMITS[about.provider]
    cut_ = about.name == whole and len(whole.encode()) > limit
    return f"the default name, without the cut that Prisma makes at {limit} bytes" if cut_ else None


def _stem(about: Subject) -> str:
    return "_".join((about.table, *(about.columns if about.kind is not Kind.PRIMARY_KEY else ())))


def _other_table(about: Subject) -> str | None:
    suffix = SUFFIXES[about.kind]
    ending = suffix if about.kind is Kind.PRIMARY_KEY else f"_{'_'.join(about.columns)}{suffix}"
    table = about.name.removesuffix(ending)
    if table in ("", about.name, about.table) or re.match(r"(fk|idx|ix|uq|uk|pk|unique|index)_", table, re.IGNORECASE):
        return None
    # People end the names of indexes in _idx too: the rest must look like this table's name.
    if about.kind is Kind.INDEX and not _alike(table, about.table):
        return None
    return f'the default name on a table called "{table}"'


def _alike(one: str, other: str) -> bool:
    letters, others = (re.sub(r"[^0-9a-z]", "", name.lower()) for name in (one, other))
    return min(len(letters), len(others)) > 2 and (letters in others or others in letters)


def _other_columns(about: Subject) -> str | None:
    prefix, suffix = f"{about.table}_", SUFFIXES[about.kind]
    columns = about.name.removeprefix(prefix).removesuffix(suffix)
    if about.kind is Kind.PRIMARY_KEY or about.name != f"{prefix}{columns}{suffix}" or not columns:
        return None
    known = _made_of(columns, about.own)
    if about.kind is Kind.INDEX and not known:
        return None
    if known or len(about.columns) > 1:
        return f'the default name for other columns: "{columns}"'
    return f'the default name for a column called "{columns}"'


def _made_of(text: str, columns: tuple[str, ...]) -> bool:
    """Whether the text is some of the columns, joined by `_`."""
    return any(
        text == column or (text.startswith(f"{column}_") and _made_of(text[len(column) + 1 :], columns)) for column in columns
    )


def cut_by_the_server(about: Subject) -> str | None:
    """PostgreSQL cuts what is longer than 63 bytes in silence: a beginning of a longer name that is known."""
    limit = LIMITS[Provider.POSTGRESQL]
    if about.provider is not Provider.POSTGRESQL or len(about.name.encode()) < limit - 3 or any(about.expressions):
        return None
    stem = _stem(about)
    if about.name == cut(stem, limit) and len(stem.encode()) > limit:
        return f"a longer name of table and columns, cut at {limit} bytes by PostgreSQL"
    longer = [(form, name) for form, name in forms.candidates(about) if len(name.encode()) > limit]
    found = [form for form, name in longer if about.name == cut(name, limit)]
    if found:
        return f"{forms.words(found)}, cut at {limit} bytes by PostgreSQL"
    full = stem + SUFFIXES[about.kind]
    if len(full.encode()) > limit and about.name == cut(full, limit):
        return f'"{full}", cut at {limit} bytes by PostgreSQL'
    return None
