"""`--promote-join-tables`: many-to-many tables of Prisma 5 and before get the primary key that Prisma 6 wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from namesync.convention import join_table_name, join_tables
from namesync.dialects import dialect_of
from namesync.emit.choice import Choice
from namesync.model import Catalog, Kind, Object, Provider
from namesync.plan import Batch, Blocked, Hazard, Migration, Plan, Risk, Step
from namesync.render.sql.promotion import Promotion, script, undo

WHY = "becomes the primary key, as Prisma 6 and later make it"
_PAIR = ("A", "B")
_SCAN = "proves that no value of A and B is null, where the columns allow it: the rows are read, nobody waits"


def promoted(now: Mapping[str, Catalog], choice: Choice) -> Migration | None:
    """One guarded migration for all environments; None where no table is to be promoted."""
    plans = {environment: _plan(catalog, choice) for environment, catalog in now.items()}
    promotions = {_promotion(step) for plan in plans.values() for step in plan.steps}
    if not promotions and not any(plan.blocked for plan in plans.values()):
        return None
    return Migration(
        changes=(),
        downs=(),
        plans=plans,
        after={environment: _after(catalog, plans[environment]) for environment, catalog in now.items()},
        dialect=dialect_of(next(iter(now.values()))),
        texts=(script(promotions), undo(promotions)) if promotions else (),
    )


def _plan(catalog: Catalog, choice: Choice) -> Plan:
    batches: list[Batch] = []
    blocked: list[Blocked] = []
    for obj in _unique_pairs(catalog):
        new = join_table_name(Kind.PRIMARY_KEY, obj.key.table.name, _PAIR, catalog.provider)
        if not choice.takes(obj, new):
            continue
        if reason := _refusal(catalog, obj, new):
            blocked.append(Blocked(obj, new, reason))
        else:
            lock = Hazard(Risk.LOCK, f"ACCESS EXCLUSIVE on {obj.key.table.name}, for the moment it takes")
            batches.append((Step(obj, new, WHY, (lock, Hazard(Risk.SCAN, _SCAN))),))
    return Plan(tuple(batches), tuple(blocked))


def _unique_pairs(catalog: Catalog) -> list[Object]:
    """What makes the pairs of many-to-many tables unique and is no primary key yet."""
    if catalog.provider is not Provider.POSTGRESQL:
        return []
    joins = join_tables(catalog)
    keyed = {obj.key.table for obj in catalog.objects if obj.key.kind is Kind.PRIMARY_KEY}
    return [
        obj
        for obj in catalog.objects
        if obj.key.kind is Kind.UNIQUE and obj.key.columns == _PAIR and obj.key.table in joins - keyed
    ]


def _refusal(catalog: Catalog, obj: Object, new: str) -> str:
    if obj.definition.constraint:
        return "a unique constraint holds the index: PostgreSQL makes no primary key of it"
    if obj.definition.nulls_not_distinct or not obj.definition.valid:
        return "the index is none that PostgreSQL makes a primary key of"
    relation = ("relation", obj.key.table.schema)
    held = {
        other.name
        for other in catalog.objects
        if other.key.kind is not Kind.FOREIGN_KEY and other.key.table.schema == relation[1]
    }
    held |= {taken.name for taken in catalog.taken if taken.scope == relation}
    return f"the name {new} is taken" if new in held else ""


def _promotion(step: Step) -> Promotion:
    return Promotion(step.key.table, step.old, step.new)


def _after(catalog: Catalog, plan: Plan) -> Catalog:
    new = {id(step.obj): step.new for step in plan.steps}
    objects = tuple(_as_primary_key(obj, new[id(obj)]) if id(obj) in new else obj for obj in catalog.objects)
    return replace(catalog, objects=objects)


def _as_primary_key(obj: Object, name: str) -> Object:
    key = obj.key._replace(kind=Kind.PRIMARY_KEY)
    return replace(obj, key=key, name=name, definition=replace(obj.definition, constraint=True))
