"""What the tests of origins say often: a name, what it names, and what is told of it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from namesync.model import Definition, Key, Kind, Object, Provider, Reference, Table, TableRef
from namesync.origin import origin

PG, MYSQL, MARIADB, SQLITE = Provider
PK, FK, UNIQUE, INDEX = Kind


class Case(NamedTuple):
    kind: Kind
    target: str  # "table(columns) > other(columns)"
    name: str
    told: str | None
    provider: Provider = PG
    definition: Definition = Definition()
    own: tuple[str, ...] = ()


def _split(text: str) -> tuple[TableRef, tuple[str, ...]]:
    table, _, columns = text.strip().removesuffix(")").partition("(")
    return TableRef("", table), tuple(column.strip() for column in columns.split(","))


def told(case: Case) -> str | None:
    here, _, there = case.target.partition(" > ")
    table, columns = _split(here)
    target = Reference(*_split(there)) if there else None
    obj = Object(Key(case.kind, table, columns, target), case.name, case.definition)
    return origin(obj, Table(table, case.own) if case.own else None, case.provider)


def cases(*rows: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", rows, ids=[f"{row.provider}-{row.kind}-{row.name}"[:80] for row in rows])
