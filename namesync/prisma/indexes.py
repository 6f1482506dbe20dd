"""The attributes that stand for primary keys, uniques and indexes.

https://www.prisma.io/docs/orm/reference/prisma-schema-reference#attributes, checked against the engines of Prisma 6 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from namesync.convention import LIMITS, settable
from namesync.model import Definition, Kind, Part, Provider
from namesync.prisma.arguments import Arguments
from namesync.prisma.source import Source
from namesync.prisma.syntax import Argument, Attribute, Call, Number, Record, Text, Value, Word


@dataclass(frozen=True, slots=True)
class Form:
    """What an attribute stands for, and the arguments it takes."""

    kind: Kind
    takes: frozenset[str]


FORMS: Mapping[str, Form] = {
    "@id": Form(Kind.PRIMARY_KEY, frozenset({"map", "length", "sort", "clustered"})),
    "@unique": Form(Kind.UNIQUE, frozenset({"map", "length", "sort", "clustered", "where"})),
    "@@id": Form(Kind.PRIMARY_KEY, frozenset({"fields", "name", "map", "clustered"})),
    "@@unique": Form(Kind.UNIQUE, frozenset({"fields", "name", "map", "clustered", "where"})),
    "@@index": Form(Kind.INDEX, frozenset({"fields", "name", "map", "type", "clustered", "where"})),
    "@@fulltext": Form(Kind.INDEX, frozenset({"fields", "map"})),
}
_METHODS: Mapping[str, str] = {word: word.lower() for word in ("BTree", "Hash", "Gist", "Gin", "SpGist", "Brin")}

_PLAIN = Part()

_DEFAULT_CLASSES = {
    "gin": r"jsonb_ops|array_ops",
    "spgist": r"text_ops|inet_ops",
    "brin": r"(?!inet_)\w+_minmax_ops|inet_inclusion_ops",
}
"""Operator classes a schema may name although they are PostgreSQL's default, which the model says as None."""


class Column(NamedTuple):
    """A scalar field's column in the database."""

    name: str
    optional: bool


class Declaration(NamedTuple):
    """An attribute that stands for a primary key, unique or index. `mapped` is the name it gives, None for the default."""

    kind: Kind
    columns: tuple[str, ...]
    definition: Definition
    mapped: str | None
    attribute: Attribute


def read_declaration(
    source: Source, attribute: Attribute, columns: Mapping[str, Column], provider: Provider, column: str = ""
) -> Declaration:
    """What one of FORMS declares. `columns`: those of the model by field; `column`: the one it stands on, "" on a block."""
    form = FORMS[attribute.name]
    arguments = Arguments(source, attribute.name, attribute.arguments, attribute.start, "" if column else "fields")
    arguments.only(form.takes)
    method = "fulltext" if attribute.name == "@@fulltext" else _METHODS[arguments.word("type", _METHODS) or "BTree"]
    parts = (
        {column: _part(arguments, method) if attribute.arguments else _PLAIN} if column else _parts(arguments, columns, method)
    )
    mapped = arguments.name("map")
    client = arguments.name("name")
    if attribute.name == "@@index" and client is not None:  # an old word for map; elsewhere what the client calls it
        if mapped is not None:
            raise source.error("@@index takes name as an old word for map, not both", attribute.start)
        mapped = client
    if mapped is not None and not settable(form.kind, provider):
        raise source.error(f"{provider} has no names for primary keys: remove map", attribute.start)
    check_length(source, mapped, provider, attribute)
    arguments.word("clustered", ("true", "false"))
    where = _predicate(arguments, columns)
    definition = _definition(form.kind is Kind.PRIMARY_KEY, method, tuple(parts.values()), where)
    return Declaration(form.kind, tuple(parts), definition, mapped, attribute)


@lru_cache(maxsize=4096)
def _definition(constraint: bool, method: str, parts: tuple[Part, ...], predicate: str | None) -> Definition:
    """Thousands of indexes have one of a few definitions."""
    return Definition(constraint, method, parts, predicate=predicate)


def check_length(source: Source, mapped: str | None, provider: Provider, attribute: Attribute) -> None:
    """Refuses a name that Prisma refuses for its length."""
    if mapped is not None and len(mapped.encode()) > LIMITS[provider]:
        raise source.error(f"map of {attribute.name} is longer than {LIMITS[provider]} bytes", attribute.start)


def _parts(arguments: Arguments, columns: Mapping[str, Column], method: str) -> Mapping[str, Part]:
    """Column -> how it is indexed, in order."""
    found: dict[str, Part] = {}
    for item in arguments.fields("fields"):
        name = item.name if isinstance(item, Call) else item.value
        if name not in columns:
            raise arguments.source.error(f"{arguments.what} names {name}, which is no scalar field of this model", item.start)
        if columns[name].name in found:
            raise arguments.source.error(f"{arguments.what} names {name} twice", item.start)
        found[columns[name].name] = _part_of(item, arguments, method) if isinstance(item, Call) else _PLAIN
    if not found:
        raise arguments.missing("fields")
    return found


def _part_of(item: Call, arguments: Arguments, method: str) -> Part:
    """What `email(sort: Desc)` says of the field: Prisma takes the first of each it knows, and passes over all others."""
    known = {each.name: each for each in reversed(item.arguments) if each.name in ("sort", "length", "ops")}
    return _part(Arguments(arguments.source, item.name, tuple(known.values()), item.start), method)


def _part(arguments: Arguments, method: str) -> Part:
    return Part(
        descending=arguments.word("sort", ("Asc", "Desc")) == "Desc",
        length=arguments.number("length"),
        operator_class=_operator_class(arguments, method),
    )


def _operator_class(arguments: Arguments, method: str) -> str | None:
    """`ops: JsonbPathOps` -> jsonb_path_ops, `ops: raw("x")` -> x; None where it is the method's default."""
    value = arguments.take("ops")
    if value is None:
        return None
    name = _raw(arguments, "ops", value) if isinstance(value, Call) else arguments.plain("ops", value)
    if not isinstance(value, Call):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        name = name.replace("min_max", "minmax").replace("var_bit", "varbit").replace("_tz", "tz")
    return None if re.fullmatch(_DEFAULT_CLASSES.get(method, ""), name) else name


def _raw(arguments: Arguments, name: str, call: Call) -> str:
    first = call.arguments[0].value if call.name == "raw" and len(call.arguments) == 1 else None
    if not isinstance(first, Text) or not first.value:
        raise arguments.source.error(f'{name} of {arguments.what} must be raw("..")', call.start)
    return first.value


def _predicate(arguments: Arguments, columns: Mapping[str, Column]) -> str | None:
    """`where: raw("..")` as it stands; `where: { deletedAt: null }` as the SQL that Prisma makes of it."""
    value = arguments.take("where")
    if value is None:
        return None
    if isinstance(value, Call):
        return _raw(arguments, "where", value)
    if not isinstance(value, Record) or not value.entries:
        raise arguments.source.error(f'where of {arguments.what} must be raw("..") or an object', value.start)
    return f"({' AND '.join(_condition(arguments, columns, entry) for entry in value.entries)})"


def _condition(arguments: Arguments, columns: Mapping[str, Column], entry: Argument) -> str:
    if entry.name not in columns:
        raise arguments.source.error(f"where names {entry.name}, which is no scalar field of this model", entry.start)
    value, negated = entry.value, False
    if isinstance(value, Record) and [inner.name for inner in value.entries] == ["not"]:
        value, negated = value.entries[0].value, True
    column = '"' + columns[entry.name].name.replace('"', '""') + '"'
    literal = _literal(arguments, value)
    if literal == "NULL":
        return f"{column} IS {'NOT ' if negated else ''}NULL"
    return f"{column} {'!=' if negated else '='} {literal}"


def _literal(arguments: Arguments, value: Value) -> str:
    if isinstance(value, Text):
        return "'" + value.value.replace("'", "''") + "'"
    if not isinstance(value, Number | Word):
        raise arguments.source.error("where compares with a string, a number, true, false or null", value.start)
    return "NULL" if value.value == "null" else value.value
