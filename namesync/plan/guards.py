"""What a guarded statement looks at before it renames, and what it then does: the same question the SQL asks.

A guard goes by structure, not only by name. It renames where the object that bears the old name *is* the one meant, and the
new name is free; else it does nothing. So it is right where the names are the new ones already, after a swap too, and may be
run again from wherever a script stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import Enum

from namesync.dialects import Dialect, Rename
from namesync.model import Kind, Object, Part
from namesync.plan.names import Names, Slot, slots_of
from namesync.plan.steps import Batch, Step


class Guard(Enum):
    """How a statement is protected where its object may not bear the old name."""

    PLAIN = "none: it fails there"
    EXISTS = "IF EXISTS: by name only"
    STRUCTURE = "by structure"


class Outcome(Enum):
    """What a guarded batch does in an environment."""

    DONE = "all of its steps renamed"
    ABSENT = "nothing: no object meant bears an old name"
    REFUSED = "not all of it"


def structure(obj: Object, dialect: Dialect) -> tuple[object, ...]:
    """What a guard can tell of an object: what it is, and of its definition the part that every version of a server shows.

    The actions of a foreign key, which its `sql` tells, count where it is made again: it must not come back with others.
    """
    found = obj.definition
    if obj.key.kind is Kind.FOREIGN_KEY:
        recreated = dialect.rename[Kind.FOREIGN_KEY] is Rename.RECREATE
        return (obj.key, obj.sql) if recreated else (obj.key,)
    parts = tuple((part.descending, part.nulls_first, bare_class(part), part.length) for part in found.parts)
    return (obj.key, found.method, found.include, found.predicate, parts)


def bare_class(part: Part) -> str:
    """The operator class without its options; "" for the default one."""
    return (part.operator_class or "").partition("(")[0]


def attempt(names: Names, batch: Batch) -> Outcome:
    """Run a batch guarded by structure on the names."""
    return attempt_groups(names, entwined(batch, names.dialect))


def attempt_groups(names: Names, groups: Sequence[Batch]) -> Outcome:
    """Run a batch as `entwined` divides it."""
    if len(groups) == 1:
        return _attempt(names, groups[0])
    outcomes = {_attempt(names, together) for together in groups}
    return outcomes.pop() if len(outcomes) == 1 else Outcome.REFUSED


def entwined(batch: Batch, dialect: Dialect) -> list[Batch]:
    """The steps of a batch in groups that share names: one takes what another leaves. A group is done whole or not at all."""
    if len(batch) == 1:
        return [batch]
    users: dict[Slot, list[int]] = defaultdict(list)
    slots = [slots_of(step.obj, step.old, dialect) + slots_of(step.obj, step.new, dialect) for step in batch]
    if len({slot for own in slots for slot in own}) == sum(map(len, slots)):
        return [(step,) for step in batch]
    for number, own in enumerate(slots):
        for slot in own:
            users[slot].append(number)
    groups: list[Batch] = []
    seen: set[int] = set()
    for first in range(len(batch)):
        group = [] if first in seen else [first]
        seen.add(first)
        for number in group:
            near = {other for slot in slots[number] for other in users[slot]} - seen
            seen |= near
            group += sorted(near)
        if group:
            groups.append(tuple(batch[number] for number in sorted(group)))
    return groups


def _attempt(names: Names, together: Batch) -> Outcome:
    places = [_meant(names, step) for step in together]
    if places.count(None) == len(places):
        return Outcome.ABSENT
    renamed = [(place, step.new) for place, step in zip(places, together, strict=True) if place is not None]
    renamed += [moved for step in together for moved in names.carried(step)]
    if None in places or not _free(names, renamed) or any(_in_the_way(names, step) for step in together):
        return Outcome.REFUSED
    for place, new in renamed:
        names.rename(place, new)
    return Outcome.DONE


def _meant(names: Names, step: Step) -> int | None:
    """The place of the object a step is meant for, if it bears the old name."""
    place = names.named(step.obj)
    if place is None:
        return None
    obj, dialect = names.objects[place], names.dialect
    return place if obj == step.obj or structure(obj, dialect) == structure(step.obj, dialect) else None


def _free(names: Names, renamed: list[tuple[int, str]]) -> bool:
    leaving = {place for place, _ in renamed}
    slots = [slot for place, new in renamed for slot in names.slots(place, new)]
    held = (holder for slot in slots for holder in names.holders(slot))
    return len(slots) == len(set(slots)) and all(holder in leaving for holder in held)


def _in_the_way(names: Names, step: Step) -> bool:
    """Whether an index goes along with the foreign key, and there is another one of the new name already."""
    if step.kind is not Kind.FOREIGN_KEY or step.alone:
        return False
    index, there = names.companion(step.obj), names.index(step.key.table, step.new)
    return None not in (index, there) and index != there
