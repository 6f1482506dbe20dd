"""The two sides of each relation found, and what it makes in the database: a foreign key, or a table of its own.

The rules are prisma-engines' `psl/parser-database/src/relations.rs`: two fields belong together when their types are each
other's models and their relation names are equal; two lists make an implicit many-to-many table, whose side A is the first
model in the order of names, or for a model with itself the first field.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from namesync.prisma.models import Model, RelationField
from namesync.prisma.syntax import Arity, Word

Side: TypeAlias = tuple[Model, RelationField]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A relation whose field on `model` holds the columns; `columns` and `references` are in the database's words."""

    model: Model
    field: RelationField
    columns: tuple[str, ...]
    target: Model
    references: tuple[str, ...]
    on_delete: str
    on_update: str


@dataclass(frozen=True, slots=True)
class JoinTable:
    """An implicit many-to-many relation; `name` is that of the relation, given or made from the models. `field` is on A,
    `opposite` on B."""

    name: str
    a: Model
    b: Model
    field: RelationField
    opposite: RelationField


def relations(models: Mapping[str, Model]) -> Iterator[ForeignKey | JoinTable]:
    """What the relations of a schema make, in the order of the fields; raises SchemaError for one without two sides."""
    sides: dict[tuple[str, str, str], list[Side]] = defaultdict(list)
    for model in models.values():
        for field in model.relations:
            sides[model.name, field.field.type, field.name].append((model, field))
    for model in models.values():
        for field in model.relations:
            made = _made((model, field), _opposite((model, field), sides))
            if made is not None:
                yield made


def _opposite(side: Side, sides: Mapping[tuple[str, str, str], list[Side]]) -> Side:
    model, field = side
    others = [other for other in sides.get((field.field.type, model.name, field.name), ()) if other[1] is not field]
    rivals = [other for other in sides[model.name, field.field.type, field.name] if other[1] is not field]
    start = field.field.start
    where = f"the relation {field.field.name} of {model.name}"
    if not others:
        raise model.source.error(f"{where} has no opposite field in {field.field.type}", start, "prisma format adds it")
    if len(others) > 1 or (field.field.type != model.name and rivals):
        raise model.source.error(
            f"{where} is ambiguous: several fields could be its other side", start, "@relation(name: ..) tells"
        )
    return others[0]


def _made(side: Side, other: Side) -> ForeignKey | JoinTable | None:
    """What this side makes; None where it is the other side's business."""
    (model, field), (target, opposite) = side, other
    if field.fields:
        if opposite.fields:
            raise model.source.error(f"both sides of the relation {field.field.name} have fields", field.field.start)
        return _foreign_key(model, field, target)
    if opposite.fields:
        return None
    if not field.field.arity is opposite.field.arity is Arity.LIST:
        raise model.source.error(f"the relation {field.field.name} has fields on neither side", field.field.start)
    if (model.name, field.field.name) > (target.name, opposite.field.name):
        return None
    return JoinTable(field.name or f"{model.name}To{target.name}", model, target, field, opposite)


def _foreign_key(model: Model, field: RelationField, target: Model) -> ForeignKey | None:
    start = field.field.start if field.attribute is None else field.attribute.start
    if field.field.arity is Arity.LIST:
        raise model.source.error(f"{field.field.name} is a list: its fields belong on the other side", start)
    if len(field.fields) != len(field.references):
        raise model.source.error("fields and references of @relation must be equally many", start)
    columns = tuple(_columns(model, model, field.fields, "fields"))
    references = tuple(_columns(model, target, field.references, "references"))
    if model.is_view or target.is_view:
        return None
    optional = field.field.arity is Arity.OPTIONAL and all(model.columns[word.value].optional for word in field.fields)
    return ForeignKey(
        model,
        field,
        columns,
        target,
        references,
        field.on_delete or ("SET NULL" if optional else "RESTRICT"),
        field.on_update or "CASCADE",
    )


def _columns(model: Model, owner: Model, words: Iterable[Word], name: str) -> Iterator[str]:
    seen: set[str] = set()
    for word in words:
        if word.value not in owner.columns:
            raise model.source.error(f"{name} names {word.value}, which is no scalar field of {owner.name}", word.start)
        if word.value in seen:
            raise model.source.error(f"{name} names {word.value} twice", word.start)
        seen.add(word.value)
        yield owner.columns[word.value].name
