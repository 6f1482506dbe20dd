"""What a name is judged by: the object's own parts, flattened."""

from __future__ import annotations

from dataclasses import dataclass

from namesync.model import Kind, Object, Provider, Table


@dataclass(frozen=True, slots=True)
class Subject:
    """A name and what it names. `columns` are the key's, with the included ones; `to` and `to_columns` are a foreign key's
    target ("" and () for other kinds); `own` are all columns of the table, () where they are not known."""

    name: str
    kind: Kind
    table: str
    columns: tuple[str, ...]
    descending: tuple[bool, ...]
    expressions: tuple[bool, ...]
    to: str
    to_columns: tuple[str, ...]
    own: tuple[str, ...]
    exclusion: bool
    provider: Provider


def subject(obj: Object, table: Table | None, provider: Provider) -> Subject:
    """The subject an object makes."""
    key, definition = obj.key, obj.definition
    columns = key.columns + definition.include
    parts = dict(enumerate(definition.parts[: len(key.columns)]))
    return Subject(
        name=obj.name,
        kind=key.kind,
        table=key.table.name,
        columns=columns,
        descending=tuple(index in parts and parts[index].descending for index in range(len(columns))),
        expressions=tuple(index in parts and parts[index].expression for index in range(len(columns))),
        to=key.references.table.name if key.references else "",
        to_columns=key.references.columns if key.references else (),
        own=table.columns if table else (),
        exclusion=bool(definition.exclusion),
        provider=provider,
    )
