"""Names that servers give by themselves, and the marks their tools leave.

PostgreSQL: `makeObjectName` and `ChooseIndexName` (src/backend/commands/indexcmds.c), done again to the byte. MySQL: the manual
on foreign key constraints and on CREATE TABLE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from namesync.convention import cut
from namesync.model import Kind, Provider
from namesync.origin.subject import Subject

PK, FK, UNIQUE, INDEX = Kind.PRIMARY_KEY, Kind.FOREIGN_KEY, Kind.UNIQUE, Kind.INDEX
_LIMIT = 63  # NAMEDATALEN - 1


def marked(about: Subject) -> str | None:
    """What a mark alone tells: SQLite's automatic indexes, PostgreSQL's rebuilt ones, pgloader's, Prisma 1's own tables'."""
    if about.provider is Provider.SQLITE and about.name.startswith("sqlite_autoindex_"):
        return "SQLite's own automatic name"
    if about.provider is Provider.POSTGRESQL and about.kind is not FK and re.search(r"._cc(new|old)\d*$", about.name):
        return "left over by PostgreSQL's REINDEX CONCURRENTLY"
    if about.provider is Provider.POSTGRESQL and re.match(r"idx_\d{4,}_.", about.name):
        return "made by pgloader"
    if about.name == "pk_RelayId" and about.table == "_RelayId":
        return "made by Prisma 1"
    return None


def automatic(about: Subject) -> str | None:
    """The server's own name for an object that was given none."""
    match about.provider:
        case Provider.POSTGRESQL:
            return _postgresql(about)
        case Provider.MYSQL | Provider.MARIADB:
            return _mysql(about)
        case Provider.SQLITE:
            return None


# ---- PostgreSQL ----


def _postgresql(about: Subject) -> str | None:
    labels = {PK: "pkey", FK: "fkey", UNIQUE: "key|idx", INDEX: "excl" if about.exclusion else "idx"}[about.kind]
    match = re.search(f"(?:^|_)({labels})(\\d*)$", about.name)
    if not match:
        return None
    label, number = match[1], match[2]
    if any(about.name == make_object_name(about.table, addition, label + number) for addition in _additions(about)):
        return "PostgreSQL's own automatic name" + (", numbered because the plain one was taken" if number else "")
    return None


def make_object_name(name1: str, name2: str, label: str) -> str:
    """`name1_name2_label` within 63 bytes; the longer of the two names is shortened first. `name2` may be ""."""
    first, second = name1.encode(), name2.encode()
    room = _LIMIT - len(label) - 1 - (1 if second else 0)
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    return "_".join(filter(None, (cut(name1, one), cut(name2, two), label)))


def _additions(about: Subject) -> Iterator[str]:
    """What stands between table and label. An expression counts as the function or column it begins with, else as `expr`;
    before version 12 a foreign key had only its first column."""
    if about.kind is PK:
        yield ""
        return
    options = [_spellings(column) if expr else (column,) for column, expr in zip(about.columns, about.expressions, strict=True)]
    for columns in product(*options):
        yield _joined(_distinct(columns))
    if about.kind is FK:
        yield about.columns[0]


def _spellings(expression: str) -> tuple[str, ...]:
    words = re.findall(r"[^\W\d][\w$]*", expression)
    return ("expr", words[0].lower()) if words else ("expr",)


def _distinct(columns: Sequence[str]) -> list[str]:
    """ChooseIndexColumnNames: a name that was there already gets a number."""
    found: list[str] = []
    for column in columns:
        name, number = column, 0
        while name in found:
            number += 1
            name = cut(column, _LIMIT - len(str(number))) + str(number)
        found.append(name)
    return found


def _joined(columns: Sequence[str]) -> str:
    """ChooseIndexNameAddition: joined by `_` until there are more than 63 bytes."""
    text = ""
    for column in columns:
        text = f"{text}_{column}" if text else column
        if len(text.encode()) > _LIMIT:
            break
    return text


# ---- MySQL and MariaDB ----


def _mysql(about: Subject) -> str | None:
    server = "MariaDB" if about.provider is Provider.MARIADB else "MySQL"
    if about.kind is FK:
        return _mysql_foreign_key(about, server)
    first, rest = about.name[: len(about.columns[0])], about.name[len(about.columns[0]) :]
    by_column = first.lower() == about.columns[0].lower()
    if by_column and re.fullmatch(r"(_[2-9]|_[1-9]\d+)?", rest):
        return f"named after its first column, as {server} names what was given no name"
    if any(about.expressions) and re.fullmatch(r"functional_index(_\d+)?", about.name):
        return f"{server}'s own automatic name"
    if about.kind is UNIQUE and about.name == f"{about.columns[0]}_UNIQUE":
        return "made by Prisma 1 or MySQL Workbench"
    key = f"fk_{about.table}_"
    if about.kind is INDEX and about.name.startswith(key) and re.fullmatch(r".+\d_idx", about.name.removeprefix(key)):
        return "made by MySQL Workbench"
    return None


def _mysql_foreign_key(about: Subject, server: str) -> str | None:
    key = f"fk_{about.table}_{about.to}"
    if about.name.startswith(key) and re.fullmatch(r"\d", about.name.removeprefix(key)):
        return "made by MySQL Workbench"
    if about.provider is Provider.MARIADB and re.fullmatch(r"[1-9]\d*", about.name):
        return "MariaDB's own automatic name"
    match = re.fullmatch(r"(.+)_ibfk_\d+", about.name)
    if not match:
        return None
    if match[1].lower() == about.table.lower():
        return f"{server}'s own automatic name"
    if match[1].lstrip("_").lower() == about.table.lower():  # with pt-online-schema-change's mark
        return None
    if match[1] == f"_{about.table}_gho":
        return f"{server}'s own automatic name, on gh-ost's copy of the table"
    if match[1].strip("_") == f"{about.table}_new":
        return f"{server}'s own automatic name, on pt-online-schema-change's copy of the table"
    return f'{server}\'s own automatic name, for a table called "{match[1]}"'
