"""Which names are wanted where: the authority's (aligning) or the convention's (adopting)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from namesync.convention import expected_names
from namesync.dialects import dialect_of
from namesync.match import Match, Pairs, match
from namesync.model import Catalog, Key, Kind, Object, Reference, Scope, TableRef, catalog
from namesync.plan.steps import Blocked


@dataclass(frozen=True, slots=True)
class Wanted:
    """Environment -> object -> the name it should get; and the objects for which none can be told."""

    names: Mapping[str, dict[Object, str]]
    unclear: Mapping[str, list[Blocked]]
    why: str = field(default="the name wanted")


def unqualified(catalogs: Mapping[str, Catalog]) -> dict[str, Catalog]:
    """The catalogs without the name of their schema, where each has one in scope: then one script serves all of them."""
    if any(len(found.schemas) > 1 for found in catalogs.values()):
        return dict(catalogs)
    return {
        environment: _without_schema(found, found.schemas[0]) if found.schemas else found
        for environment, found in catalogs.items()
    }


def aligned(catalogs: Mapping[str, Catalog], authority: str) -> Wanted:
    """The authority's names for the objects of all other environments."""
    wanted = _nothing(catalogs, f"the name in {authority}")
    if len(catalogs) == 1:
        return wanted
    pairs = match(catalogs)
    nameable = dialect_of(catalogs[authority]).nameable
    for found in pairs.matches:
        model = found.objects.get(authority)
        if model is not None:
            for environment, obj in found.objects.items():
                _align(wanted, environment, obj, model, nameable=nameable(model))
    _unclear(wanted, pairs, authority)
    return _with_partitions(wanted, catalogs)


def adopted(catalogs: Mapping[str, Catalog], authority: str) -> Wanted:
    """The convention's names, in every environment. Objects that Prisma can't express keep theirs."""
    pairs = match(catalogs)
    wanted = _nothing(catalogs, "Prisma's default name")
    expected = {
        environment: dict(zip(found.objects, expected_names(found), strict=True)) for environment, found in catalogs.items()
    }
    for found in pairs.matches:
        name = _expected(found, expected, catalogs, authority)
        for environment, obj in found.objects.items():
            if name and name != obj.name and not obj.implicit and not obj.unmanaged:
                wanted.names[environment][obj] = name
    _unclear(wanted, pairs, authority)
    return _with_partitions(wanted, catalogs)


def _nothing(catalogs: Mapping[str, Catalog], why: str) -> Wanted:
    return Wanted({environment: {} for environment in catalogs}, {environment: [] for environment in catalogs}, why)


def _align(wanted: Wanted, environment: str, obj: Object, model: Object, *, nameable: bool) -> None:
    if obj.implicit and model.implicit:
        return
    if obj.name == model.name:
        if obj.implicit:  # it bears a foreign key's name by chance, and must not go along when that gets another
            wanted.names[environment][obj] = obj.name
    elif model.unmanaged:
        wanted.unclear[environment].append(Blocked(obj, model.name, f"Prisma can't express it: {model.unmanaged}"))
    elif not nameable:
        reason = "there the server made the name itself, nobody else may give it"
        wanted.unclear[environment].append(Blocked(obj, model.name, reason))
    else:
        wanted.names[environment][obj] = model.name


def _expected(
    found: Match, expected: Mapping[str, Mapping[Object, str]], catalogs: Mapping[str, Catalog], authority: str
) -> str:
    """The convention's name, preferably as computed where table names keep their case."""
    ranked = sorted(found.objects, key=lambda name: (catalogs[name].folds_tables, name != authority))
    return expected[ranked[0]][found.objects[ranked[0]]]


def _unclear(wanted: Wanted, pairs: Pairs, authority: str) -> None:
    for found in pairs.ambiguous:
        for environment, objects in found.candidates.items():
            if environment != authority:
                reason = "several objects are the same and can't be told apart: " + ", ".join(repr(obj.name) for obj in objects)
                wanted.unclear[environment] += [Blocked(obj, "", reason) for obj in objects]


def _with_partitions(wanted: Wanted, catalogs: Mapping[str, Catalog]) -> Wanted:
    """A partition's foreign key that bears the name of its parent's, as PostgreSQL makes them, goes along with it.

    Renaming the parent's leaves those of the partitions as they are. The indexes of partitions have names of their own.
    """
    for environment, found in catalogs.items():
        parents = {table.ref: table.partition_of for table in found.tables if table.partition_of is not None}
        names = wanted.names[environment]
        renamed = {(obj.key.table, obj.name): new for obj, new in names.items() if obj.key.kind is Kind.FOREIGN_KEY}
        for obj in found.objects if parents and renamed else ():
            parent = parents.get(obj.key.table)
            while parent is not None and obj.key.kind is Kind.FOREIGN_KEY and obj not in names:
                if (parent, obj.name) in renamed:
                    names[obj] = renamed[parent, obj.name]
                parent = parents.get(parent)
    return wanted


def bare(key: Key, schema: str) -> Key:
    """The key without the name of that schema."""
    target = key.references and Reference(_bare(key.references.table, schema), key.references.columns)
    return Key(key.kind, _bare(key.table, schema), key.columns, target)


def _bare(table: TableRef, schema: str) -> TableRef:
    return TableRef("", table.name) if table.schema == schema else table


def _without_schema(found: Catalog, schema: str) -> Catalog:
    def scope(own: Scope) -> Scope:
        return (own[0], "", *own[2:]) if own[1:2] == (schema,) else own

    return catalog(
        found.provider,
        found.server_version,
        ("",),
        tables=tuple(
            replace(table, ref=_bare(table.ref, schema), partition_of=table.partition_of and _bare(table.partition_of, schema))
            for table in found.tables
        ),
        objects=tuple(replace(obj, key=bare(obj.key, schema)) for obj in found.objects),
        taken=tuple(taken._replace(scope=scope(taken.scope)) for taken in found.taken),
        hidden=tuple(replace(hidden, table=hidden.table and _bare(hidden.table, schema)) for hidden in found.hidden),
        declared=found.declared,
        folds_tables=found.folds_tables,
    )
