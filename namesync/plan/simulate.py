"""A plan tried on values: no collision at any step, the wanted names at the end, nothing left to do, the way back exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
    for batch in plan.batches:
        perform(names, batch)
    return names.catalog()


def prove(catalog: Catalog, wanted: Mapping[Object, str], plan: Plan, dialect: Dialect) -> Catalog:
    """The catalog after the plan, once it is certain that it is the right one.

    Raises PlanError where a step collides, an object does not end up with the name wanted (or, blocked or not asked for, with
    the one it had), planning again finds something to do, or the reversed plan does not lead back.
    """
    after = simulate(catalog, plan, dialect)
    follow = followers(Names(catalog, dialect), wanted)
    blocked = {one.obj for one in plan.blocked}
    settled = {}
    for place, (before, now) in enumerate(zip(catalog.objects, after.objects, strict=True)):
        expected = before.name if before in blocked else wanted.get(before, before.name)
        if place in follow:
            expected = after.objects[follow[place]].name
        elif before in wanted:
            settled[now] = wanted[before]
        if now.name != expected:
            raise PlanError(f"the plan gives {described(before)} the name {now.name!r} instead of {expected!r}")
    if again := plan_renames(after, settled, dialect).steps:
        raise PlanError(f"planned again, {described(again[0].obj)} would be renamed from {again[0].old!r} to {again[0].new!r}")
    back = simulate(after, reverse(plan), dialect)
    if [obj.name for obj in back.objects] != [obj.name for obj in catalog.objects]:
        raise PlanError("the reversed plan does not give back every name")
    return after


def perform(names: Names, batch: Batch) -> None:
    """Do one batch on the names. Raises PlanError where the server would refuse it."""
    renamed = [(_found(names, step), step.new) for step in batch]
    if any(step.kind is Kind.FOREIGN_KEY for step in batch) and names.recreates_foreign_keys:
        _refuse_added_while_dropped(names, batch)
        renamed += [moved for step in batch for moved in names.carried(step)]
    leaving = {place for place, _ in renamed}
    taken: set[Slot] = set()
    for place, new in renamed:
        obj = names.objects[place]
        for slot in names.slots(obj, new):
            holders = [holder for holder in names.holders(slot) if holder not in leaving]
            if holders or slot in taken:
                raise PlanError(f"{described(obj)} can't be called {new!r}: the name is {_held(names, holders)}")
            taken.add(slot)
    for place, new in renamed:
        names.rename(place, new)


def _found(names: Names, step: Step) -> int:
    """The place of the object that a step renames."""
    place = names.named(step.obj)
    if place is None or replace(names.objects[place], implicit=False) != replace(step.obj, implicit=False):
        raise PlanError(f"{described(step.obj)} has not the name {step.old!r} when it is to be renamed")
    return place


def _refuse_added_while_dropped(names: Names, batch: Batch) -> None:
    dropped = {slot for step in batch for slot in names.slots(step.obj, step.old)}
    for step in batch:
        if not dropped.isdisjoint(names.slots(step.obj, step.new)):
            raise PlanError(f"one ALTER can't drop and add a foreign key of the name {step.new!r}")


def _held(names: Names, holders: Sequence[int | Taken]) -> str:
    if not holders:
        return "wanted twice"
    holder = holders[0]
    return f"held by {described(names.objects[holder]) if isinstance(holder, int) else f'a {holder.what}'}"
