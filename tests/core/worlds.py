"""Small catalogs written by hand: `world(index("Post", "title", "x"))`."""

from __future__ import annotations

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
    Taken,
    catalog,
)


def obj(
    kind: Kind, table: str, columns: str, name: str, *, schema: str = "public", target: str = "", **facts: object
) -> Object:
    """An object; `columns` by spaces, `target` as `User(id)`, `facts` for the object and its definition."""
    words = tuple(columns.split(" "))
    reference = None
    if target:
        head, _, tail = target.rstrip(")").partition("(")
        reference = Reference(TableRef(schema, head), tuple(tail.split(" ")))
    own = {fact: facts.pop(fact) for fact in ("implicit", "unmanaged", "location") if fact in facts}
    if kind is Kind.FOREIGN_KEY:
        defaults: dict[str, object] = {"constraint": True, "on_delete": "RESTRICT", "on_update": "CASCADE"}
    else:
        defaults = {"constraint": kind is Kind.PRIMARY_KEY, "method": "btree", "parts": tuple(Part() for _ in words)}
    return Object(Key(kind, TableRef(schema, table), words, reference), name, Definition(**{**defaults, **facts}), **own)  # type: ignore[arg-type]


def pk(table: str, columns: str, name: str, **facts: object) -> Object:
    return obj(Kind.PRIMARY_KEY, table, columns, name, **facts)  # type: ignore[arg-type]


def unique(table: str, columns: str, name: str, **facts: object) -> Object:
    return obj(Kind.UNIQUE, table, columns, name, **facts)  # type: ignore[arg-type]


def index(table: str, columns: str, name: str, **facts: object) -> Object:
    return obj(Kind.INDEX, table, columns, name, **facts)  # type: ignore[arg-type]


def fk(table: str, columns: str, target: str, name: str, **facts: object) -> Object:
    return obj(Kind.FOREIGN_KEY, table, columns, name, target=target, **facts)  # type: ignore[arg-type]


def world(
    *objects: Object,
    provider: Provider = Provider.POSTGRESQL,
    version: str = "16.4",
    schemas: tuple[str, ...] = ("public",),
    taken: tuple[Taken, ...] = (),
    hidden: tuple[Hidden, ...] = (),
    tables: tuple[Table, ...] = (),
    declared: bool = False,
    folds_tables: bool = False,
) -> Catalog:
    """A catalog of the objects and their tables; `tables` are added, or replace those the objects imply."""
    columns: dict[TableRef, dict[str, None]] = {}
    for one in objects:
        columns.setdefault(one.key.table, {}).update(dict.fromkeys(one.key.columns))
    named = {table.ref for table in tables}
    implied = tuple(Table(ref, tuple(names)) for ref, names in columns.items() if ref not in named)
    return catalog(
        provider,
        version,
        schemas,
        tables=implied + tables,
        objects=objects,
        taken=taken,
        hidden=hidden,
        declared=declared,
        folds_tables=folds_tables,
    )
