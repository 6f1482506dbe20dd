"""The syntax tree of a schema file: what stands where, and nothing about what it means.

`start` and `end` are offsets into the file's text. Attributes are named with their marks: `@id`, `@@index`, `@db.Text`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from namesync.prisma.source import Source


class Text(NamedTuple):
    """A string literal; `value` has its escapes resolved."""

    value: str
    start: int
    end: int


class Number(NamedTuple):
    """A number, as written."""

    value: str
    start: int
    end: int


class Word(NamedTuple):
    """A constant or the name of a field: `Desc`, `true`, `email`."""

    value: str
    start: int
    end: int


class Call(NamedTuple):
    """A function call, or a field with arguments: `env("URL")`, `email(sort: Desc)`."""

    name: str
    arguments: tuple[Argument, ...]
    start: int
    end: int


class Array(NamedTuple):
    """`[a, b]`."""

    items: tuple[Value, ...]
    start: int
    end: int


class Record(NamedTuple):
    """`{ deletedAt: null }`, from Prisma 7 on."""

    entries: tuple[Argument, ...]
    start: int
    end: int


Value: TypeAlias = Text | Number | Word | Call | Array | Record


class Argument(NamedTuple):
    """One argument; `name` is "" where it stands by position."""

    name: str
    value: Value
    start: int
    end: int


class Attribute(NamedTuple):
    """`@id`, `@@index([a], map: "x")`. `name_end` is behind its name, `end` behind its closing parenthesis (or its name),
    `inside` behind its opening one, None where it has none."""

    name: str
    arguments: tuple[Argument, ...]
    start: int
    name_end: int
    inside: int | None
    end: int

    def argument(self, name: str) -> Argument | None:
        """The argument of a name; "" for the one by position."""
        found = [argument for argument in self.arguments if argument.name == name]
        return found[0] if found else None


class Arity(Enum):
    """How many values a field holds."""

    REQUIRED = ""
    OPTIONAL = "?"
    LIST = "[]"


class Field(NamedTuple):
    """A line of a model: name, type, attributes. `type` is "" for `Unsupported("..")`."""

    name: str
    type: str
    type_start: int
    arity: Arity
    attributes: tuple[Attribute, ...]
    start: int


class Setting(NamedTuple):
    """A line of a datasource or generator: `name = value`."""

    name: str
    value: Value
    start: int


class Block(NamedTuple):
    """`model X { .. }` and its like; `start` is where its name stands. Only the lists that its keyword allows are filled;
    the values of an enum are left out, nothing depends on them."""

    keyword: str
    name: str
    start: int
    fields: tuple[Field, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Document:
    """One parsed file."""

    source: Source
    blocks: tuple[Block, ...]
