"""What the models of a schema declare: their tables and columns, their relations, and the keys and indexes on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from namesync.convention import settable
from namesync.model import Kind, TableRef
from namesync.prisma.arguments import Arguments
from namesync.prisma.datasource import Datasource
from namesync.prisma.indexes import FORMS, Column, Declaration, check_length, read_declaration
from namesync.prisma.source import Source
from namesync.prisma.syntax import Arity, Array, Attribute, Block, Call, Field, Word

SCALARS = frozenset({"String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes", ""})
"""The built-in types; "" stands for `Unsupported("..")`."""

ACTIONS: Mapping[str, str] = {
    "Cascade": "CASCADE",
    "Restrict": "RESTRICT",
    "NoAction": "NO ACTION",
    "SetNull": "SET NULL",
    "SetDefault": "SET DEFAULT",
}

_REPEATABLE = frozenset({"@@index", "@@unique", "@@fulltext"})
_NAMELESS: Mapping[str, tuple[str, ...]] = {
    "@ignore": (),
    "@@ignore": (),
    "@updatedAt": (),
    "@shardKey": (),
    "@@shardKey": ("fields",),
    "@default": ("value", "map"),  # map: a constraint of its own, on SQL Server only
}
"""Attributes that name nothing in a database we read -> their arguments, the first of which may stand without its name."""


class RelationField(NamedTuple):
    """A field whose type is a model. `fields` and `references` name fields, () on the side without the foreign key; actions
    are "" where they are not given, and so is `name`."""

    field: Field
    attribute: Attribute | None
    name: str = ""
    fields: tuple[Word, ...] = ()
    references: tuple[Word, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    mapped: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model, or a view (which declares nothing in the database). `columns` are its scalar fields, by name and in order."""

    name: str
    source: Source
    block: Block
    table: TableRef
    columns: Mapping[str, Column]
    relations: tuple[RelationField, ...]
    declarations: tuple[Declaration, ...]

    @property
    def is_view(self) -> bool:
        """Whether it is a `view`."""
        return self.block.keyword == "view"


def read_model(source: Source, block: Block, types: Mapping[str, str], datasource: Datasource) -> Model:
    """The meaning of a model or view block. `types`: the name of every block that is a type -> its keyword."""
    return _Reader(source, block, types, datasource).model()


class _Reader:
    def __init__(self, source: Source, block: Block, types: Mapping[str, str], datasource: Datasource) -> None:
        self.source = source
        self.block = block
        self.types = types
        self.datasource = datasource
        self.columns: dict[str, Column] = {}
        self.native = f"@{datasource.name}."

    def model(self) -> Model:
        relations = tuple(self._relation(field) for field in list(self._relation_fields()))
        declarations = (*self._on_fields(), *self._on_block())
        keys = [declaration for declaration in declarations if declaration.kind is Kind.PRIMARY_KEY]
        if len(keys) > 1:
            raise self.source.error(f"{self.block.name} has a second primary key", keys[1].attribute.start)
        if self.block.keyword == "view":
            declarations = ()
        return Model(self.block.name, self.source, self.block, self._table(), self.columns, relations, declarations)

    # ---- fields ----

    def _relation_fields(self) -> Iterator[Field]:
        """Gives the relation fields; fills `columns` with the others."""
        names: set[str] = set()
        taken: set[str] = set()
        for field in self.block.fields:
            if field.name in names:
                raise self.source.error(f"{self.block.name} has two fields {field.name}", field.start)
            names.add(field.name)
            if self.types.get(field.type) in ("model", "view"):
                yield field
                continue
            if field.type not in SCALARS and field.type not in self.types:
                raise self.source.error(f"unknown type {field.type}: neither built in nor declared", field.type_start)
            column = self._value(field.attributes, "@map", "name") or field.name
            if column in taken:
                raise self.source.error(f"{self.block.name} has two fields for the column {column}", field.start)
            taken.add(column)
            self.columns[field.name] = Column(column, field.arity is Arity.OPTIONAL)

    def _on_fields(self) -> Iterator[Declaration]:
        for field in self.block.fields:
            if not field.attributes or field.name not in self.columns:
                continue
            for attribute in self._once(field.attributes):
                if attribute.name in FORMS:
                    yield self._declaration(attribute, self.columns[field.name].name)
                elif attribute.name == "@relation":
                    raise self.source.error(f"{field.name} is no relation: its type is no model", attribute.start)
                elif attribute.name != "@map":
                    self._nameless(attribute)

    def _relation(self, field: Field) -> RelationField:
        found = RelationField(field, None)
        for attribute in self._once(field.attributes):
            if attribute.name == "@relation":
                found = self._relation_attribute(field, attribute)
            elif attribute.name == "@ignore":
                self._nameless(attribute)
            else:
                raise self.source.error(f"{attribute.name} can't stand on {field.name}, which is a relation", attribute.start)
        return found

    def _relation_attribute(self, field: Field, attribute: Attribute) -> RelationField:
        arguments = self._arguments(attribute, ("name", "fields", "references", "onDelete", "onUpdate", "map"))
        mapped = arguments.name("map")
        if mapped is not None and not settable(Kind.FOREIGN_KEY, self.datasource.provider):
            raise self.source.error(f"{self.datasource.provider} has no names for foreign keys: remove map", attribute.start)
        check_length(self.source, mapped, self.datasource.provider, attribute)
        return RelationField(
            field,
            attribute,
            arguments.name("name") or "",
            self._fields(arguments, "fields"),
            self._fields(arguments, "references"),
            ACTIONS.get(arguments.word("onDelete", ACTIONS) or "", ""),
            ACTIONS.get(arguments.word("onUpdate", ACTIONS) or "", ""),
            mapped,
        )

    def _fields(self, arguments: Arguments, name: str) -> tuple[Word, ...]:
        """Names of fields; `[]` is the same as nothing."""
        if isinstance(given := arguments.take(name), Array) and not given.items:
            return ()
        found: list[Word] = []
        for item in arguments.fields(name):
            if isinstance(item, Call):
                raise self.source.error(f"{name} of @relation takes only names of fields", item.start)
            found.append(item)
        return tuple(found)

    # ---- the block ----

    def _on_block(self) -> Iterator[Declaration]:
        for attribute in self._once(self.block.attributes):
            if attribute.name in FORMS:
                yield self._declaration(attribute)
            elif attribute.name not in ("@@map", "@@schema"):
                self._nameless(attribute)

    def _table(self) -> TableRef:
        attributes = self.block.attributes
        schema = self._value(attributes, "@@schema", "map")
        if schema is None and self.datasource.schemas:
            raise self.source.error(f"{self.block.name} lacks @@schema, since the datasource lists schemas", self.block.start)
        if schema is not None and schema not in self.datasource.schemas:
            place = next(attribute for attribute in attributes if attribute.name == "@@schema")
            raise self.source.error(f"the datasource does not list the schema {schema}", place.start)
        return TableRef(schema or "", self._value(attributes, "@@map", "name") or self.block.name)

    # ---- attributes ----

    def _value(self, attributes: Iterable[Attribute], name: str, argument: str) -> str | None:
        """The one string that an attribute such as @map takes; None where the attribute is not there."""
        named = [attribute for attribute in attributes if attribute.name == name]
        if not named:
            return None
        arguments = self._arguments(named[0], (argument,))
        found = arguments.name(argument)
        if found is None:
            raise arguments.missing(argument)
        return found

    def _declaration(self, attribute: Attribute, column: str = "") -> Declaration:
        return read_declaration(self.source, attribute, self.columns, self.datasource.provider, column)

    def _nameless(self, attribute: Attribute) -> None:
        if attribute.name.startswith(self.native):  # a native type, such as @db.Text
            return
        if attribute.name not in _NAMELESS:
            raise self.source.error(f"unknown attribute {attribute.name}", attribute.start)
        self._arguments(attribute, _NAMELESS[attribute.name])

    def _arguments(self, attribute: Attribute, takes: tuple[str, ...]) -> Arguments:
        default = takes[0] if takes else ""
        arguments = Arguments(self.source, attribute.name, attribute.arguments, attribute.start, default)
        arguments.only(takes)
        return arguments

    def _once(self, attributes: Iterable[Attribute]) -> Iterator[Attribute]:
        """The attributes; one that stands twice is refused, unless it may."""
        seen: set[str] = set()
        for attribute in attributes:
            name = "." if "." in attribute.name else attribute.name
            if name in seen and name not in _REPEATABLE:
                raise self.source.error(f"{attribute.name} stands here twice", attribute.start)
            seen.add(name)
            yield attribute
