"""The names that the real engine gave, as files: tests/data/convention/<provider>.json, made by make_names.py."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from namesync.model import Kind, Provider

DATA = Path(__file__).parents[1] / "data" / "convention"
PROVIDERS = (Provider.POSTGRESQL, Provider.MYSQL, Provider.SQLITE)
PARTS = ("names", "join_tables")
"""Of ordinary tables, and of implicit many-to-many tables."""


class Name(NamedTuple):
    """A default name as the engine gave it."""

    kind: Kind
    table: str
    columns: tuple[str, ...]
    name: str


def rendered(provider: Provider, found: Mapping[str, Sequence[Name]]) -> str:
    """The JSON file of one provider, a name a line; a long run of one character stands as [character, times]."""
    lists = (f"{json.dumps(part)}: [\n" + ",\n".join(_line(name) for name in names) + "\n]" for part, names in found.items())
    return f'{{"provider": "{provider}", "made_by": "tests/conformance/make_names.py",\n' + ",\n".join(lists) + "}\n"


def _line(name: Name) -> str:
    row = [name.kind, _short(name.table), [_short(column) for column in name.columns], _short(name.name)]
    return json.dumps(row, ensure_ascii=False)


def _short(value: str) -> str | list[object]:
    run = re.match(r"(.)\1{200,}", value)
    return [run[1], len(run[0]), value[len(run[0]) :]] if run else value


def read(provider: Provider) -> dict[str, list[Name]]:
    """The names kept as data, by the same parts."""
    data = json.loads((DATA / f"{provider}.json").read_text(encoding="utf-8"))
    return {part: [_parsed(row) for row in data[part]] for part in PARTS}


def _parsed(row: Sequence[object]) -> Name:
    kind, table, columns, name = row
    assert isinstance(columns, list)
    return Name(Kind(str(kind)), _long(table), tuple(_long(column) for column in columns), _long(name))


def _long(value: object) -> str:
    if isinstance(value, list):
        character, times, rest = value
        return str(character) * int(times) + str(rest)
    return str(value)
