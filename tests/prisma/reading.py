"""What the tests of schemas say often."""

from __future__ import annotations

from collections.abc import Mapping

from namesync.convention import PROFILES
from namesync.model import Kind, Object
from namesync.prisma.schema import Declared, Schema, read_schema
from namesync.prisma.source import Source

PRISMA = PROFILES["prisma"]
DATASOURCE = 'datasource db {{\n  provider = "{0}"\n}}\n'


def schema_of(text: str, provider: str = "postgresql") -> Schema:
    """A schema in one file, a datasource put before it."""
    return read_files({"schema.prisma": DATASOURCE.format(provider) + text})


def read_files(files: Mapping[str, str]) -> Schema:
    return read_schema(Source(file, text) for file, text in files.items())


def objects(schema: Schema) -> tuple[Object, ...]:
    return tuple(declared.object for declared in schema.declared(PRISMA))


def names(schema: Schema) -> dict[tuple[Kind, str, tuple[str, ...]], str]:
    """Kind, table and columns -> declared name; for schemas without twins."""
    return {(obj.key.kind, obj.key.table.name, obj.key.columns): obj.name for obj in objects(schema)}


def nameable(schema: Schema) -> list[Declared]:
    """Objects whose attribute may give a name."""
    return [declared for declared in schema.declared(PRISMA) if declared.attribute is not None and declared.default]
