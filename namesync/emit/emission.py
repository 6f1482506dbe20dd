"""One emit as a value: what changes in the schema, the migrations, and what could not be done. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from namesync.convention import Profile, expected_names, join_tables
from namesync.dialects import Rename, dialect_of
from namesync.emit.choice import Choice
from namesync.emit.promotion import promoted
from namesync.model import Catalog, Key, Kind, Object
from namesync.plan.merging import Migration, Options, merge
from namesync.plan.names import Names, made_implicit
from namesync.plan.steps import Blocked, Hazard
from namesync.plan.wanted import Wanted, adopted, aligned, unqualified
from namesync.prisma.keep import KeepPlan, keep_existing
from namesync.prisma.schema import Schema

HISTORY = "the migration history"
"""The replayed migrations folder takes part in every migration under this name, and in no runbook."""


class Mode(StrEnum):
    """The two upgrade paths of Prisma's guide to named constraints."""

    KEEP_EXISTING = "keep-existing"
    ADOPT_DEFAULTS = "adopt-defaults"


@dataclass(frozen=True, slots=True)
class Ignored:
    """What `diff` and `check` are told to ignore, emit leaves as it is: `renames` are the keys of what gets no other name,
    `maps` of what stays as it is in the schema. `findings` counts what is ignored so."""

    renames: frozenset[Key] = frozenset()
    maps: frozenset[Key] = frozenset()
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `authority` is one of the environments; its names win. `promote`: the unique indexes of many-to-many
    tables become primary keys."""

    mode: Mode
    authority: str
    profile: Profile
    choice: Choice = field(default_factory=Choice)
    options: Options = field(default_factory=Options)
    ignored: Ignored = field(default_factory=Ignored)
    promote: bool = False


@dataclass(frozen=True, slots=True)
class Emission:
    """What one emit would do.

    `sync` renames the others to the authority's names, `promote` makes primary keys of the unique indexes of many-to-many
    tables, `adopt` renames everything to the convention's; each None where there is
    nothing to rename. `keep` is what becomes of the schema, None without one; `maps` is then what would have gone into it.
    """

    request: Request
    sync: Migration | None
    promote: Migration | None
    adopt: Migration | None
    keep: KeepPlan | None
    maps: tuple[Object, ...] = ()
    blocked: Mapping[str, tuple[Blocked, ...]] = field(default_factory=dict)
    hazards: tuple[Hazard, ...] = ()

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations in the order they run."""
        return tuple(one for one in (self.sync, self.promote, self.adopt) if one is not None)

    @property
    def environments(self) -> tuple[str, ...]:
        """The databases that take part."""
        return tuple(environment for environment in self.blocked if environment != HISTORY)

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is done, with nothing blocked or left out."""
        return not any(self.blocked.values()) and (self.keep is None or self.keep.complete)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.migrations and (self.keep is None or not self.keep.files)


def emission(
    catalogs: Mapping[str, Catalog], request: Request, schema: Schema | None, history: Catalog | None = None
) -> Emission:
    """What an emit would do to these environments (and to the replayed history), every plan proved.

    Raises PlanError where a proof fails, or the plain style was asked for and can't be right.
    """
    everything = {**catalogs, HISTORY: history} if history is not None else dict(catalogs)
    now: Mapping[str, Catalog] = unqualified(everything)
    before = now[request.authority].objects
    options = replace(request.options, history_known=history is not None)
    renames = replace(request.choice, spared=request.ignored.renames)
    maps = replace(request.choice, spared=request.ignored.maps)
    sync = _merged(now, aligned(now, request.authority), renames, options)
    now = {environment: _as_read(found) for environment, found in sync.after.items()} if sync is not None else now
    promote = promoted(now, renames) if request.promote else None
    now = promote.after if promote is not None else now
    adopt = None
    if request.mode is Mode.ADOPT_DEFAULTS:
        adopt = _merged(now, adopted(now, request.authority), renames, replace(options, together=True))
        now = {environment: _as_read(found) for environment, found in adopt.after.items()} if adopt is not None else now
    final = now[request.authority]
    # A name's glob may mean the name before or after.
    pairs = zip(before, final.objects, strict=True)
    chosen = tuple(obj for old, obj in pairs if maps.takes(old, obj.name))
    done = [one for one in (sync, promote, adopt) if one is not None]
    return Emission(
        request,
        sync if sync is not None and sync.changes else None,
        promote if promote is not None and promote.texts else None,
        adopt if adopt is not None and adopt.changes else None,
        _kept(schema, final, chosen, maps, request.profile) if schema is not None else None,
        _maps(final, chosen) if schema is None else (),
        _blocked(everything, done),
        _hazards(catalogs, done),
    )


def _merged(now: Mapping[str, Catalog], wanted: Wanted, choice: Choice, options: Options) -> Migration | None:
    names = {
        environment: {obj: name for obj, name in asked.items() if choice.takes(obj, name)}
        for environment, asked in wanted.names.items()
    }
    unclear = {environment: [one for one in found if choice.takes(one.obj)] for environment, found in wanted.unclear.items()}
    if not any(names.values()) and not any(unclear.values()):
        return None
    return merge(now, replace(wanted, names=names, unclear=unclear), options)


def _as_read(found: Catalog) -> Catalog:
    """The catalog as it would be read again: an index is MySQL's own for a foreign key while it bears its name."""
    dialect = dialect_of(found)
    if dialect.rename[Kind.FOREIGN_KEY] is not Rename.RECREATE:
        return found
    names = Names(found, dialect)
    behind = {names.companion(obj) for obj in found.objects if obj.key.kind is Kind.FOREIGN_KEY}
    return replace(found, objects=tuple(made_implicit(obj, place in behind) for place, obj in enumerate(found.objects)))


def _kept(schema: Schema, final: Catalog, chosen: tuple[Object, ...], choice: Choice, profile: Profile) -> KeepPlan:
    """What becomes of the schema; objects not chosen are as if nobody had looked at them."""
    others = {obj.key for obj in final.objects} - {obj.key for obj in chosen}
    keep = keep_existing(schema, replace(final, objects=chosen), profile)
    absent = tuple(obj for obj in keep.absent if obj.key not in others and choice.takes(obj) and not _may_be_hidden(obj, final))
    return replace(keep, absent=absent)


def _may_be_hidden(obj: Object, final: Catalog) -> bool:
    """Whether the role that read the catalog may be unable to see an object that is not in it."""
    return any(
        obj.key.kind in one.kinds and (one.table is None or one.table.name == obj.key.table.name) for one in final.hidden
    )


def _maps(final: Catalog, chosen: tuple[Object, ...]) -> tuple[Object, ...]:
    """The objects whose name a schema would have to say, which is not the default; join tables have no place in it."""
    expected = dict(zip(final.objects, expected_names(final), strict=True))
    joins = join_tables(final)
    return tuple(
        obj
        for obj in chosen
        if expected[obj] not in ("", obj.name) and not (obj.implicit or obj.unmanaged or obj.key.table in joins)
    )


def _blocked(catalogs: Mapping[str, Catalog], done: Sequence[Migration]) -> dict[str, tuple[Blocked, ...]]:
    """Environment, or the history, -> what could not be renamed there, once each."""
    found: dict[str, tuple[Blocked, ...]] = {}
    for environment in catalogs:
        blocked = {(one.obj.key, one.obj.name): one for migration in done for one in migration.plans[environment].blocked}
        found[environment] = tuple(blocked.values())
    return found


def _hazards(catalogs: Mapping[str, Catalog], done: Sequence[Migration]) -> tuple[Hazard, ...]:
    plans = [migration.plans[environment] for migration in done for environment in catalogs]
    return tuple(
        sorted(
            {
                hazard
                for plan in plans
                for hazards in (plan.hazards, *(step.hazards for step in plan.steps))
                for hazard in hazards
            }
        )
    )
