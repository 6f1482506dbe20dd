"""A migration file tried on the catalog of one environment: what each batch does there, and what comes out wrong."""

from __future__ import annotations

from collections.abc import Sequence

from namesync.dialects import Dialect, Rename
from namesync.model import Catalog, Definition, Key, Kind
from namesync.plan.guards import Outcome, attempt_groups, entwined
from namesync.plan.names import Names, Slot
from namesync.plan.steps import Batch, Step


def at_once(dialect: Dialect) -> bool:
    """Whether all renames are one batch: indexes dropped and made again in one transaction (SQLite)."""
    return dialect.transactional_ddl and dialect.rename[Kind.INDEX] is Rename.RECREATE


def tried(catalog: Catalog, after: Catalog, batches: Sequence[Batch], dialect: Dialect) -> tuple[list[Outcome], set[Key]]:
    """What each guarded batch does, and the keys that do not end up as in `after`, run once or twice."""
    if at_once(dialect):
        return _remade(catalog, after, batches, dialect)
    names = Names(catalog, dialect)
    divided = [entwined(batch, dialect) for batch in batches]
    outcomes = [attempt_groups(names, groups) for groups in divided]
    wrong = _wrong(names, after)
    for groups in divided:
        attempt_groups(names, groups)
    return outcomes, wrong | _wrong(names, after)


def _wrong(names: Names, after: Catalog) -> set[Key]:
    return {wanted.key for name, wanted in zip(names.current, after.objects, strict=True) if name != wanted.name}


_Held = dict[Slot, tuple[Key, str, Definition]]


def _remade(catalog: Catalog, after: Catalog, batches: Sequence[Batch], dialect: Dialect) -> tuple[list[Outcome], set[Key]]:
    """SQLite's guards go by name: what bears an old name is dropped, what is missing under a new name is made."""
    names, goal = _held(catalog, dialect), _held(after, dialect)
    taken = {(one.scope, dialect.fold(one.name)) for one in catalog.taken}
    touched = {step: _slots(step, step.old, dialect) + _slots(step, step.new, dialect) for batch in batches for step in batch}
    outcomes, wrong = [], set()
    for batch in batches:
        meant = [names.get(slot, ())[:2] == (step.key, step.old) for step in batch for slot in _slots(step, step.old, dialect)]
        outcomes.append(Outcome.DONE if all(meant) else Outcome.REFUSED if any(meant) else Outcome.ABSENT)
        wrong |= {
            step.key for step in batch for name in (step.old, step.new) if not taken.isdisjoint(_slots(step, name, dialect))
        }
        for step in batch:
            for slot in _slots(step, step.old, dialect):
                names.pop(slot, None)
        for step in batch:
            for slot in _slots(step, step.new, dialect):
                names.setdefault(slot, (step.key, step.new, step.obj.definition))
    for slot in names.keys() | goal.keys():
        if names.get(slot) != goal.get(slot):
            wrong |= {step.key for batch in batches for step in batch if slot in touched[step]}
    return outcomes, wrong


def _held(catalog: Catalog, dialect: Dialect) -> _Held:
    return {
        (scope, dialect.fold(obj.name)): (obj.key, obj.name, obj.definition)
        for obj in catalog.objects
        for scope in dialect.scopes(obj)
    }


def _slots(step: Step, name: str, dialect: Dialect) -> list[Slot]:
    return [(scope, dialect.fold(name)) for scope in dialect.scopes(step.obj)]
