"""A `schema.prisma`, or a folder of them, as a catalog like every other source.

Names: what `map` says, else the convention's default. An `Object` leads back to its attribute through `Schema.declared`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from os.path import isdir
from pathlib import Path

from namesync.convention import LIMITS, Profile, cut, default_name, join_table_name
from namesync.errors import SchemaError
from namesync.model import (
    Catalog,
    Definition,
    Hidden,
    Key,
    Kind,
    Object,
    Part,
    Provider,
    Reference,
    Table,
    TableRef,
    catalog,
)
from namesync.prisma.datasource import Datasource, datasource_of
from namesync.prisma.ignores import MARK, IgnoreComment, Subject, Subjects, ignore_comments
from namesync.prisma.models import Model, read_model
from namesync.prisma.parser import parse
from namesync.prisma.relations import ForeignKey, JoinTable, relations
from namesync.prisma.source import Source, read_source
from namesync.prisma.syntax import Attribute, Block, Document

JOIN_COLUMNS = ("A", "B")
_NO_FOREIGN_KEYS = Hidden((Kind.FOREIGN_KEY,), None, 'relationMode = "prisma": foreign keys are not compared')


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """An object and what declares it, the same one whenever a schema is asked. `default` is the name it has without `map`;
    `attribute` is None where the language has no place for a name (implicit many-to-many tables)."""

    object: Object
    default: str
    source: Source
    attribute: Attribute | None


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything read from the files of one schema. Models by name, in the order of the files."""

    documents: tuple[Document, ...]
    datasource: Datasource
    models: Mapping[str, Model]
    relations: tuple[ForeignKey | JoinTable, ...]
    ignores: tuple[IgnoreComment, ...] = ()
    _known: dict[Profile, tuple[Declared, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def provider(self) -> Provider:
        """Prisma's provider: `mysql` for MariaDB too."""
        return self.datasource.provider

    def declared(self, profile: Profile) -> tuple[Declared, ...]:
        """Every object, in the order of the schema: first what stands in the models, then what their relations make."""
        if profile not in self._known:
            self._known[profile] = tuple(self._declared(profile))
        return self._known[profile]

    def _declared(self, profile: Profile) -> Iterator[Declared]:
        for model in self.models.values():
            yield from self._keys(model)
        for relation in self.relations:
            if isinstance(relation, JoinTable):
                yield from self._join_objects(relation, profile)
            elif self.datasource.foreign_keys:
                yield self._foreign_key(relation)

    def catalog(self, profile: Profile) -> Catalog:
        """The schema as a catalog, with the names it declares."""
        return catalog(
            self.provider,
            schemas=self.datasource.schemas,
            tables=tuple(self._tables()),
            objects=tuple(declared.object for declared in self.declared(profile)),
            hidden=() if self.datasource.foreign_keys else (_NO_FOREIGN_KEYS,),
            declared=True,
        )

    def within(self, scope: Sequence[str]) -> Schema:
        """What of it lies in these schemas of a database: all of it where it lists none of them.

        Where it lists none at all, Prisma sees one, which is `public` if that is in scope.
        """
        listed = self.datasource.schemas
        if scope and not listed:
            return self._in("public" if "public" in scope else scope[0])
        kept = tuple(name for name in listed if name in scope)
        if not kept or kept == listed:
            return self
        models = {name: model for name, model in self.models.items() if model.table.schema in kept}
        made = tuple(one for one in self.relations if (one.a if isinstance(one, JoinTable) else one.model).name in models)
        return replace(self, datasource=replace(self.datasource, schemas=kept), models=models, relations=made)

    def _in(self, home: str) -> Schema:
        models = {name: replace(model, table=TableRef(home, model.table.name)) for name, model in self.models.items()}
        datasource = replace(self.datasource, schemas=(home,))
        ignores = tuple(one.within(home) for one in self.ignores)
        return replace(self, datasource=datasource, models=models, relations=tuple(relations(models)), ignores=ignores)

    def _tables(self) -> Iterator[Table]:
        for model in self.models.values():
            if not model.is_view:
                yield Table(model.table, tuple(column.name for column in model.columns.values()))
        for relation in self.relations:
            if isinstance(relation, JoinTable):
                yield Table(self._join_table(relation)[0], JOIN_COLUMNS)

    def _keys(self, model: Model) -> Iterator[Declared]:
        for declaration in model.declarations:
            default = default_name(declaration.kind, model.table.name, declaration.columns, self.provider)
            obj = Object(
                Key(declaration.kind, model.table, declaration.columns),
                declaration.mapped or default,
                declaration.definition,
                location=model.source.location(declaration.attribute.start),
            )
            yield Declared(obj, default, model.source, declaration.attribute)

    def _foreign_key(self, relation: ForeignKey) -> Declared:
        model, attribute = relation.model, relation.field.attribute
        default = default_name(Kind.FOREIGN_KEY, model.table.name, relation.columns, self.provider)
        start = relation.field.field.start if attribute is None else attribute.start
        obj = Object(
            Key(Kind.FOREIGN_KEY, model.table, relation.columns, Reference(relation.target.table, relation.references)),
            relation.field.mapped or default,
            _referring(self._action(relation.on_delete), self._action(relation.on_update)),
            location=model.source.location(start),
        )
        return Declared(obj, default, model.source, attribute)

    def _action(self, action: str) -> str:
        """InnoDB makes no difference between NO ACTION and RESTRICT; the catalogs of its servers say RESTRICT."""
        return "RESTRICT" if self.provider is Provider.MYSQL and action == "NO ACTION" else action

    def subjects(self) -> Subjects:
        """Where models, fields and block attributes begin, and the objects that are theirs."""
        found: dict[tuple[str, int], Subject] = {}
        for model in self.models.values():
            if not model.is_view:
                found.update(_subjects_of(model))
        for relation in self.relations:
            if isinstance(relation, ForeignKey):
                key = Subject(relation.model.table, relation.columns, Kind.FOREIGN_KEY)
                found[relation.model.source.file, relation.field.field.start] = key
            else:
                for model, field in ((relation.a, relation.field), (relation.b, relation.opposite)):
                    found[model.source.file, field.field.start] = Subject(self._join_table(relation)[0])
        return found

    # ---- implicit many-to-many tables ----

    def _join_table(self, relation: JoinTable) -> tuple[TableRef, str]:
        """The table as the server has it, and the name Prisma makes the names of its objects from: it cuts by characters,
        PostgreSQL then by bytes."""
        name = f"_{relation.name}"[: LIMITS[self.provider]]
        seen = cut(name, LIMITS[self.provider]) if self.provider is Provider.POSTGRESQL else name
        return TableRef(relation.a.table.schema, seen), name

    def _join_objects(self, relation: JoinTable, profile: Profile) -> Iterator[Declared]:
        table, name = self._join_table(relation)
        pair = profile.join_kind(self.provider)
        keys = [Key(pair, table, JOIN_COLUMNS), Key(Kind.INDEX, table, ("B",))]
        if self.datasource.foreign_keys:
            keys += [
                Key(Kind.FOREIGN_KEY, table, (column,), Reference(model.table, (_id_column(model, relation),)))
                for column, model in zip(JOIN_COLUMNS, (relation.a, relation.b), strict=True)
            ]
        location = relation.a.source.location(relation.field.field.start)
        for key in keys:
            default = join_table_name(key.kind, name, key.columns, self.provider)
            yield Declared(Object(key, default, _join_definition(key), location=location), default, relation.a.source, None)


@cache
def _referring(on_delete: str, on_update: str) -> Definition:
    return Definition(constraint=True, on_delete=on_delete, on_update=on_update)


def _join_definition(key: Key) -> Definition:
    if key.kind is Kind.FOREIGN_KEY:
        return _referring("CASCADE", "CASCADE")
    return Definition(key.kind is Kind.PRIMARY_KEY, "btree", tuple(Part() for _ in key.columns))


def _id_column(model: Model, relation: JoinTable) -> str:
    columns = next((found.columns for found in model.declarations if found.kind is Kind.PRIMARY_KEY), ())
    if len(columns) != 1:
        message = f"{model.name} has no @id of one field, which the many-to-many relation {relation.name} needs"
        raise model.source.error(message, model.block.start)
    return columns[0]


def load_schema(path: Path) -> Schema:
    """The schema in a file, or in all `*.prisma` files below a folder; raises SchemaError with file, line and column."""
    return read_schema(tuple(read_source(file, str(file)) for file in schema_files(path)))


def schema_files(path: Path) -> tuple[Path, ...]:
    """The files of a schema, sorted: the path itself, or what Prisma takes from a folder."""
    if not isdir(path):  # no is_dir(), which raises at a name that is too long
        return (path,)
    try:
        files = tuple(sorted(file for file in path.rglob("*.prisma") if file.is_file()))
    except OSError as reason:
        what = f"can't be looked through: {reason.filename}: {reason.strerror}"
        raise SchemaError(what, file=str(path), line=1, column=1) from reason
    if not files:
        raise SchemaError("this folder holds no *.prisma file", file=str(path), line=1, column=1)
    return files


def read_schema(sources: Iterable[Source]) -> Schema:
    """The meaning of the files of one schema."""
    documents = tuple(map(parse, sources))
    datasource = datasource_of(documents)
    types = _types(documents)
    models = {
        block.name: read_model(document.source, block, types, datasource)
        for document, block in _blocks(documents)
        if block.keyword in ("model", "view")
    }
    _check_tables(models)
    schema = Schema(documents, datasource, models, tuple(relations(models)))
    for relation in schema.relations:
        if isinstance(relation, JoinTable):
            _id_column(relation.a, relation)
            _id_column(relation.b, relation)
    if not any(MARK in document.source.text for document in documents):
        return schema
    places = schema.subjects()
    return replace(schema, ignores=tuple(found for one in documents for found in ignore_comments(one.source, places)))


def _subjects_of(model: Model) -> Iterator[tuple[tuple[str, int], Subject]]:
    """Where the model, its scalar fields and its block attributes begin, and what is theirs."""
    file, block = model.source.file, model.block
    yield (file, model.source.text.rindex(block.keyword, 0, block.start)), Subject(model.table)
    for own in block.fields:
        if own.name in model.columns:
            yield (file, own.start), Subject(model.table, (model.columns[own.name].name,))
    starts = {attribute.start for attribute in block.attributes}
    for declaration in model.declarations:
        if declaration.attribute.start in starts:
            yield (file, declaration.attribute.start), Subject(model.table, declaration.columns, declaration.kind)


def _blocks(documents: Iterable[Document]) -> Iterator[tuple[Document, Block]]:
    return ((document, block) for document in documents for block in document.blocks)


def _types(documents: Iterable[Document]) -> Mapping[str, str]:
    """Every block that is a type, by name."""
    seen: dict[str, str] = {}
    for document, block in _blocks(documents):
        if block.keyword in ("datasource", "generator"):
            continue
        if block.name in seen:
            raise document.source.error(f"{block.name} is already declared, as {seen[block.name]}", block.start)
        seen[block.name] = block.keyword
    return seen


def _check_tables(models: Mapping[str, Model]) -> None:
    seen: dict[TableRef, str] = {}
    for model in models.values():
        if model.table in seen:
            message = f"{model.name} is the same table as {seen[model.table]}: {model.table.name}"
            raise model.source.error(message, model.block.start)
        seen[model.table] = model.name
