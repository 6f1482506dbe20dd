"""From names wanted in one environment to ordered steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from namesync.dialects import Dialect
from namesync.model import Catalog, Kind, Object, TableRef
from namesync.plan.hazards import plan_hazards, step_hazards
from namesync.plan.names import Names, slots_of
from namesync.plan.ordering import Hop, ordered
from namesync.plan.possible import Move, possible
from namesync.plan.steps import Batch, Plan, Step


def plan_renames(
    catalog: Catalog, wanted: Mapping[Object, str], dialect: Dialect, *, why: str = "the name wanted", checked: bool = True
) -> Plan:
    """The plan that gives the objects of a catalog the names wanted; what can't be done is in its `blocked`.

    Objects not in `wanted` keep their names; but the index MySQL makes for a foreign key follows it while it bears its name,
    unless another name is wanted for it. `why` becomes the reason of each step. `checked`: see `step_hazards`.
    Raises PlanError where another name is wanted for an object that the catalog has not.
    """
    if all(obj.name == new for obj, new in wanted.items()):
        return Plan()
    names = Names(catalog, dialect)
    moves, blocked = possible(names, wanted)
    steps = _Steps(catalog, names, moves, why, checked)
    batches = [steps.batch(hops) for hops in ordered(names, moves)]
    hazards = plan_hazards(dialect) if batches else ()
    return Plan(tuple(_grouped(batches, dialect)), tuple(blocked), hazards)


class _Steps:
    """Makes steps of hops, following the names as they change."""

    def __init__(self, catalog: Catalog, names: Names, moves: Mapping[int, Move], why: str, checked: bool) -> None:
        self.names = names
        self.moves = moves
        self.why = why
        self.checked = checked
        self.tables = {table.ref: table for table in catalog.tables}
        self.behind = _plain_indexes(names) if names.recreates_foreign_keys else {}

    def batch(self, hops: Sequence[Hop]) -> Batch:
        steps = tuple(self._step(hop) for hop in hops)
        for hop in hops:
            self.names.rename(hop.place, hop.new)
            companion = self.moves[hop.place].companion
            if companion is not None:
                self.names.rename(companion, hop.new)
        return steps

    def _step(self, hop: Hop) -> Step:
        obj, final = self.names.now(hop.place), self.moves[hop.place].new
        return Step(
            obj,
            hop.new,
            f"frees its name: others need it before it can be called {final}" if hop.temporary else self.why,
            step_hazards(obj, self.names.dialect, self.tables, checked=self.checked),
            hop.temporary,
            self._carried(hop, obj) if obj.key.kind is Kind.FOREIGN_KEY and self.names.recreates_foreign_keys else (),
        )

    def _carried(self, hop: Hop, obj: Object) -> tuple[tuple[str, str], ...]:
        """The indexes on exactly the foreign key's columns, and those of its old and new name that serve it."""
        named = (self.names.index(obj.key.table, name) for name in (obj.name, hop.new))
        indexes = [index for index in named if index is not None and self.names.serves(self.names.objects[index], obj)]
        companion = self.moves[hop.place].companion
        found = dict.fromkeys((*indexes, *self.behind.get((obj.key.table, obj.key.columns), ())))
        names = ((self.names.current[index], index) for index in found)
        return tuple((name, hop.new if index == companion else name) for name, index in names)


def _plain_indexes(names: Names) -> dict[tuple[TableRef, tuple[str, ...]], list[int]]:
    """By table and columns: an index on exactly a foreign key's columns may be of MySQL's own making."""
    found: dict[tuple[TableRef, tuple[str, ...]], list[int]] = defaultdict(list)
    for place, obj in enumerate(names.objects):
        if obj.key.kind is Kind.INDEX and not any(part.length for part in obj.definition.parts):
            found[obj.key.table, obj.key.columns].append(place)
    return found


def _grouped(batches: Sequence[Batch], dialect: Dialect) -> list[Batch]:
    """Neighbouring foreign keys of one table that are dropped and added go into one ALTER: the table is copied once."""
    grouped: list[Batch] = []
    for batch in batches:
        if grouped and _one_alter(grouped[-1], batch, dialect):
            grouped[-1] += batch
        else:
            grouped.append(batch)
    return grouped


def _one_alter(first: Batch, second: Batch, dialect: Dialect) -> bool:
    """Whether two batches may share an ALTER: none of its names both dropped and added, no index in question twice."""
    if dialect.transactional_ddl or first[0].key.table != second[0].key.table:
        return False
    steps = (*first, *second)
    if any(step.kind is not Kind.FOREIGN_KEY for step in steps):
        return False
    if dialect.misread and any(dialect.misread in text for text in _texts(steps, dialect)):
        return False
    dropped = {slot for step in steps for slot in slots_of(step.obj, step.old, dialect)}
    added = {slot for step in steps for slot in slots_of(step.obj, step.new, dialect)}
    indexes = [before for step in steps for before, _ in step.carried]
    return dropped.isdisjoint(added) and len(indexes) == len(set(indexes))


def _texts(batch: Batch, dialect: Dialect) -> Iterator[str]:
    """What stands in the batch's part of an ALTER."""
    for step in batch:
        yield step.obj.sql
        yield from map(dialect.quote, (step.old, step.new, *(name for pair in step.carried for name in pair)))
