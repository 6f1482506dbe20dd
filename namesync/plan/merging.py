"""One migration file for several environments that hold different names.

The file is made environment by environment: what the file so far leaves to do there is planned and added. Each environment
skips, by its guards, what is meant for others. Whether that comes out right is not assumed but tried: the whole file, in every
environment, twice. What would come out wrong anywhere is left out everywhere, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from namesync.dialects import Dialect, Rename, dialect_of
from namesync.errors import PlanError
from namesync.model import Catalog, Key, Kind, Object
from namesync.plan.guards import Guard, Outcome, attempt, structure
from namesync.plan.names import Names, Slot, compared, slots_of
from namesync.plan.possible import described
from namesync.plan.renames import plan_renames
from namesync.plan.simulate import prove
from namesync.plan.steps import Batch, Blocked, Plan, reverse
from namesync.plan.trial import at_once, tried
from namesync.plan.wanted import Wanted


class Style(StrEnum):
    """How statements are protected: `auto` leaves them plain where every environment is known to hold the same old name."""

    AUTO = "auto"
    PLAIN = "plain"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True)
class Options:
    """What the file is to be like.

    `history_known`: every database the file will run in is among the catalogs, the replayed migration history too.
    `together`: what is blocked in one environment is left out in all (adopting), else each goes as far as it can (aligning).
    `checked`: whether foreign keys made again check the rows (MySQL, MariaDB).
    `resolved`: environments that do not run it, but record it as applied; it is right in them all the same, unless plain.
    """

    style: Style = Style.AUTO
    history_known: bool = False
    together: bool = False
    checked: bool = True
    resolved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """A batch as it stands in a file."""

    steps: Batch
    guard: Guard


@dataclass(frozen=True, slots=True)
class Down:
    """A way back, and the environments it is for."""

    environments: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """The file, and what it means for each environment: its own plan (with what is blocked there) and its catalog after.

    Environments that held different names need different ways back. `dialect` is that of the server that can least. `texts`,
    where there are any, are the file and its way back instead of `changes` and `downs`: what is more than a rename.
    """

    changes: tuple[Change, ...]
    downs: tuple[Down, ...]
    plans: Mapping[str, Plan]
    after: Mapping[str, Catalog]
    dialect: Dialect
    texts: tuple[str, ...] = ()


def merge(catalogs: Mapping[str, Catalog], wanted: Wanted, options: Options | None = None) -> Migration:
    """One file that gives the objects of every environment the names wanted there.

    Raises PlanError where the plain style was asked for and can't be right in all of them, and where a plan fails its proof.
    """
    merging = _Merging(catalogs, wanted, options or Options())
    left_out: dict[Key, str] = {}
    while True:
        plans, after = merging.plans(left_out)
        batches = merging.file(plans, after)
        outcomes, wrong = merging.tried(plans, after, batches)
        if not wrong:
            break
        if not wrong.keys() - left_out.keys():
            raise PlanError(f"no file is right in every environment: {next(iter(wrong.values()))}")
        left_out |= wrong
    changes = merging.changes(batches, outcomes)
    dialect = min(merging.dialects.values(), key=lambda one: one.rename[Kind.INDEX] is not Rename.RECREATE)
    return Migration(changes, merging.downs(plans), plans, after, dialect)


class _Merging:
    def __init__(self, catalogs: Mapping[str, Catalog], wanted: Wanted, options: Options) -> None:
        self.catalogs = catalogs
        self.wanted = wanted
        self.options = options
        self.dialects = {environment: dialect_of(catalog) for environment, catalog in catalogs.items()}
        self.at_once = any(at_once(dialect) for dialect in self.dialects.values())

    def plans(self, left_out: Mapping[Key, str]) -> tuple[dict[str, Plan], dict[str, Catalog]]:
        """Each environment's own plan, proved, and its catalog after it."""
        plans, after = {}, {}
        for environment, catalog in self.catalogs.items():
            asked = self.wanted.names[environment]
            names = {obj: name for obj, name in asked.items() if obj.key not in left_out} if left_out else asked
            plan = self._plan(environment, catalog, names)
            after[environment] = prove(catalog, names, plan, self.dialects[environment])
            omitted = [
                Blocked(obj, name, left_out[obj.key]) for obj, name in asked.items() if obj.key in left_out and obj.name != name
            ]
            blocked = (*plan.blocked, *self.wanted.unclear[environment], *omitted)
            plans[environment] = replace(plan, blocked=tuple(sorted(blocked, key=lambda one: one.obj.sort_key)))
        return plans, after

    def _plan(self, environment: str, catalog: Catalog, names: Mapping[Object, str]) -> Plan:
        checked = self.options.checked
        return plan_renames(catalog, names, self.dialects[environment], why=self.wanted.why, checked=checked)

    def file(self, plans: Mapping[str, Plan], after: Mapping[str, Catalog]) -> list[Batch]:
        """The batches of all environments, each after what those before it leave to do."""
        batches: list[Batch] = []
        for environment, plan in plans.items():
            batches += plan.batches if self.at_once or not batches else self._left(environment, after[environment], batches)
        return [_united(batches)] if batches and self.at_once else batches

    def _left(self, environment: str, after: Catalog, batches: Sequence[Batch]) -> tuple[Batch, ...]:
        names = Names(self.catalogs[environment], self.dialects[environment])
        for batch in batches:
            attempt(names, batch)
        left = names.catalog()
        pairs = zip(left.objects, after.objects, strict=True)
        rest = {now: wanted.name for now, wanted in pairs if now.name != wanted.name or now.implicit}
        return self._plan(environment, left, rest).batches

    def tried(
        self, plans: Mapping[str, Plan], after: Mapping[str, Catalog], batches: Sequence[Batch]
    ) -> tuple[dict[str, list[Outcome]], dict[Key, str]]:
        """What each batch does in each environment; the keys that must be left out, and why."""
        outcomes: dict[str, list[Outcome]] = {}
        wrong: dict[Key, str] = {}
        renamed = {step.key for plan in plans.values() for step in plan.steps}
        for environment, catalog in self.catalogs.items():
            found, keys = tried(catalog, after[environment], batches, self.dialects[environment])
            outcomes[environment] = found
            wrong |= dict.fromkeys(
                sorted(keys, key=lambda key: key.sort_key),
                f"a file that renames it elsewhere would do the wrong thing in {environment}",
            )
            if self.options.together:
                blocked = (one for one in plans[environment].blocked if one.obj.key in renamed)
                wrong |= {one.obj.key: f"in {environment}: {one.reason}" for one in blocked}
        return outcomes, wrong

    def changes(self, batches: Sequence[Batch], outcomes: Mapping[str, Sequence[Outcome]]) -> tuple[Change, ...]:
        """The batches with the least guard that is right everywhere."""
        bearers = self._bearers(batches) if self.options.history_known else {}
        changes = []
        for number, batch in enumerate(batches):
            here = {environment: outcomes[environment][number] for environment in self.catalogs}
            changes.append(Change(batch, self._guard(batch, here, bearers)))
        return tuple(changes)

    def _bearers(self, batches: Sequence[Batch]) -> dict[Slot, set[object]]:
        """Who bears the old names, in any environment and at any time: structures of objects, None for others."""
        steps = [step for batch in batches for step in batch]
        bearers: dict[Slot, set[object]] = defaultdict(set)
        dialect = next(iter(self.dialects.values()))
        for step in steps:
            for slot in slots_of(step.obj, step.new, dialect):
                bearers[slot].add(structure(step.obj, dialect))
        old = {slot for step in steps for slot in slots_of(step.obj, step.old, dialect)}
        for environment, catalog in self.catalogs.items():
            names = Names(catalog, self.dialects[environment])
            for slot in old:
                bearers[slot] |= {
                    structure(names.objects[holder], dialect) if isinstance(holder, int) else None
                    for holder in names.holders(slot)
                }
        return bearers

    def _guard(self, batch: Batch, here: Mapping[str, Outcome], bearers: Mapping[Slot, set[object]]) -> Guard:
        dialect = next(iter(self.dialects.values()))
        run = {outcome for environment, outcome in here.items() if environment not in self.options.resolved}
        everywhere = run == {Outcome.DONE}
        if self.options.style is Style.PLAIN and not everywhere:
            raise PlanError(
                f"plain statements can't be right in every environment: not all have {batch[0].old!r} for"
                f" {described(batch[0].obj)}",
                "Use --style auto or guarded.",
            )
        known = self.options.history_known
        if self.options.style is Style.PLAIN or (self._may_be_plain(dialect) and known and everywhere):
            return Guard.PLAIN
        if self.at_once:
            return Guard.EXISTS
        by_name = known and Outcome.REFUSED not in here.values() and _told_by_name(batch, dialect, bearers)
        return Guard.EXISTS if by_name else Guard.STRUCTURE

    def _may_be_plain(self, dialect: Dialect) -> bool:
        # What commits at once may stop half-way, and must then simply run again.
        return self.options.style is Style.AUTO and dialect.transactional_ddl

    def downs(self, plans: Mapping[str, Plan]) -> tuple[Down, ...]:
        """The ways back: plain where a transaction makes them whole or nothing, as each runs where it is known to be right."""
        environments: dict[tuple[Change, ...], list[str]] = defaultdict(list)
        for environment, plan in plans.items():
            dialect = self.dialects[environment]
            plain = self.options.style is Style.PLAIN or self._may_be_plain(dialect)
            guard = Guard.PLAIN if plain else Guard.EXISTS if self.at_once else Guard.STRUCTURE
            if plan.batches:
                environments[tuple(Change(batch, guard) for batch in reverse(plan).batches)].append(environment)
        return tuple(Down(tuple(where), changes) for changes, where in environments.items())


def _united(batches: Sequence[Batch]) -> Batch:
    """All steps of SQLite's batches, each once."""
    steps = {(step.key, step.old, step.new): step for batch in reversed(batches) for step in reversed(batch)}
    return tuple(sorted(steps.values(), key=lambda step: step.obj.sort_key))


def _told_by_name(batch: Batch, dialect: Dialect, bearers: Mapping[Slot, set[object]]) -> bool:
    """Whether `ALTER INDEX IF EXISTS` says enough: nothing else ever bears the old name."""
    step = batch[0]
    if len(batch) > 1 or step.kind is Kind.FOREIGN_KEY or dialect.rename[step.kind] is not Rename.RENAME:
        return False
    scopes = dialect.scopes(step.obj)
    return dialect.transactional_ddl and bearers[scopes[0], compared(dialect, scopes[0], step.old)] == {
        structure(step.obj, dialect)
    }
