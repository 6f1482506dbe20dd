"""A plan as data: ordered renames with their reasons and hazards, and what can't be done and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from namesync.model import Key, Kind, Object


class Risk(StrEnum):
    """What a hazard is about."""

    LOCK = "lock"  # readers or writers wait
    SCAN = "scan"  # rows are read
    REBUILD = "rebuild"  # a table or an index is written anew
    PARTIAL = "partial"  # stopped half-way, it stays half done


@dataclass(frozen=True, slots=True, order=True)
class Hazard:
    """What a step costs others while it runs, in plain words."""

    risk: Risk
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """One rename. `obj` is the object as it is before this step, so `obj.name` is the old name.

    `temporary`: the new name is one the object only passes through. `carried` (a foreign key that is dropped and added
    again): what the indexes that may be MySQL's own for it are called before and after; see `namesync.render.sql.mysql`.
    """

    obj: Object
    new: str
    why: str
    hazards: tuple[Hazard, ...] = ()
    temporary: bool = False
    carried: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """What the object is."""
        return self.obj.key

    @property
    def kind(self) -> Kind:
        """The object's kind."""
        return self.obj.key.kind

    @property
    def old(self) -> str:
        """The name before this step."""
        return self.obj.name

    @property
    def alone(self) -> bool:
        """Whether an index of the foreign key's own name keeps it; else it goes along, as MySQL's own for it does."""
        return (self.old, self.old) in self.carried


Batch: TypeAlias = tuple[Step, ...]
"""Steps that happen at once: one statement, or one transaction on SQLite. Names may be swapped within it."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A rename that can't be done. `wanted` is "" where no name could be told."""

    obj: Object
    wanted: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The batches of steps for one environment, in order. `hazards` concern the plan as a whole."""

    batches: tuple[Batch, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    hazards: tuple[Hazard, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for batch in self.batches for step in batch)


def reverse(plan: Plan) -> Plan:
    """The plan that gives every object back the name it had before. Its steps tell no hazards, which count rows."""
    passing = {(step.key, step.new) for step in plan.steps if step.temporary}
    batches = tuple(
        tuple(
            Step(
                replace(step.obj, name=step.new),
                step.old,
                "the name it had before",
                temporary=(step.key, step.old) in passing,
                carried=tuple((after, before) for before, after in step.carried),
            )
            for step in reversed(batch)
        )
        for batch in reversed(plan.batches)
    )
    return Plan(batches, (), plan.hazards)
