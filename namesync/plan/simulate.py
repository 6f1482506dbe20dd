"""A plan tried on values: no collision at any step, the wanted names at the end, nothing left to do, the way back exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from namesync.dialects import Dialect
from namesync.errors import PlanError
from namesync.model import Catalog, Kind, Object, Taken
from namesync.plan.names import Names, Slot
from namesync.plan.possible import described, followers
from namesync.plan.renames import plan_renames
from namesync.plan.steps import Batch, Plan, Step, reverse


def simulate(catalog: Catalog, plan: Plan, dialect: Dialect) -> Catalog:
    """The catalog after the plan, its objects in the order they had. Raises PlanError where a server would refuse a step."""
    names = Names(catalog, dialect)
    perform(names, plan)
    return names.catalog()


def prove(catalog: Catalog, wanted: Mapping[Object, str], plan: Plan, dialect: Dialect) -> Catalog:
    """The catalog after the plan, once it is certain that it is the right one.

    Raises PlanError where a step collides, an object does not end up with the name wanted (or, blocked or not asked for, with
    the one it had), planning again finds something to do, or the reversed plan does not lead back.
    """
    if not wanted and not plan.batches:
        return catalog
    names = Names(catalog, dialect)
    follow = followers(names, wanted)
    perform(names, plan)
    after = names.catalog()
    goal = {**wanted, **{one.obj: one.obj.name for one in plan.blocked}}
    settled: dict[Object, str] = {}
    for place, (before, now) in enumerate(zip(catalog.objects, after.objects, strict=True)):
        expected = goal.get(before, before.name)
        if place in follow:
            expected = after.objects[follow[place]].name
        elif plan.blocked and before in wanted:  # nothing else could be found again
            settled[now] = wanted[before]
        if now.name != expected:
            raise PlanError(f"the plan gives {described(before)} the name {now.name!r} instead of {expected!r}")
    if again := plan_renames(after, settled, dialect).steps:
        raise PlanError(f"planned again, {described(again[0].obj)} would be renamed from {again[0].old!r} to {again[0].new!r}")
    perform(names, reverse(plan))
    if names.current != [obj.name for obj in catalog.objects]:
        raise PlanError("the reversed plan does not give back every name")
    return after


def perform(names: Names, plan: Plan) -> None:
    """Do a plan on the names. Raises PlanError where the server would refuse a step."""
    for batch in plan.batches:
        _perform(names, batch)


def _perform(names: Names, batch: Batch) -> None:
    renamed = [(_found(names, step), step.new) for step in batch]
    if any(step.kind is Kind.FOREIGN_KEY for step in batch) and names.recreates_foreign_keys:
        _refuse_added_while_dropped(names, renamed)
        renamed += [moved for step in batch for moved in names.carried(step)]
    leaving = {place for place, _ in renamed}
    taken: set[Slot] = set()
    for place, new in renamed:
        for slot in names.slots(place, new):
            holders = [holder for holder in names.holders(slot) if holder not in leaving]
            if holders or slot in taken:
                obj = names.objects[place]
                raise PlanError(f"{described(obj)} can't be called {new!r}: the name is {_held(names, holders)}")
            taken.add(slot)
    for place, new in renamed:
        names.rename(place, new)


def _found(names: Names, step: Step) -> int:
    """The place of the object that a step renames."""
    place = names.named(step.obj)
    if place is None or _made_of(names.objects[place]) != _made_of(step.obj):
        raise PlanError(f"{described(step.obj)} has not the name {step.old!r} when it is to be renamed")
    return place


def _made_of(obj: Object) -> tuple[object, ...]:
    """What its key and name do not tell of an object."""
    return (obj.definition, obj.sql, obj.unmanaged)


def _refuse_added_while_dropped(names: Names, renamed: Sequence[tuple[int, str]]) -> None:
    dropped = {slot for place, _ in renamed for slot in names.slots(place, names.current[place])}
    for place, new in renamed:
        if not dropped.isdisjoint(names.slots(place, new)):
            raise PlanError(f"one ALTER can't drop and add a foreign key of the name {new!r}")


def _held(names: Names, holders: Sequence[int | Taken]) -> str:
    if not holders:
        return "wanted twice"
    holder = holders[0]
    return f"held by {described(names.objects[holder]) if isinstance(holder, int) else f'a {holder.what}'}"
