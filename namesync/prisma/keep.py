"""`emit --keep-existing`: the names a database has, written into the schema as `map:`.

Objects pair by key and definition as Prisma sees them (`namesync.match`). Where several of one key can't be told apart, an
attribute whose name is in the database keeps it, and the rest go by order: attributes as they stand, names sorted. With more
uniques or foreign keys of one key than attributes the first names are taken, as `prisma db pull` does; with more indexes
(which `db pull` prints one by one) it is ambiguous, and nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from namesync.convention import LIMITS, Profile, settable
from namesync.errors import PlanError
from namesync.match import Ambiguity, match
from namesync.model import Catalog, Key, Kind, Object, Provider
from namesync.prisma.edits import apply_edits, by_file, edits_of
from namesync.prisma.schema import JOIN_COLUMNS, Declared, Schema, read_schema
from namesync.prisma.source import FileChange, Source

_SCHEMA = "schema"
_DATABASE = "database"


@dataclass(frozen=True, slots=True)
class NameChange:
    """A declared object whose attribute changes: `before` and `after` are the names it gives, equal where an idle `map` is
    removed or an old `name` becomes `map`. `mapped`: whether the attribute then has a `map`."""

    object: Object
    before: str
    after: str
    mapped: bool


@dataclass(frozen=True, slots=True)
class Unwritten:
    """An object of the database whose name can't go into the schema, and why."""

    object: Object
    declared: Object
    reason: str


@dataclass(frozen=True, slots=True)
class KeepPlan:
    """What `--keep-existing` would do; nothing is written yet.

    `changes` and `files` agree, both in the order of the schema. `ambiguous` has the candidates of "database" and "schema".
    `undeclared` is in the database only, `absent` in the schema only: neither is ever edited in or out.
    """

    changes: tuple[NameChange, ...]
    files: tuple[FileChange, ...]
    unwritten: tuple[Unwritten, ...]
    ambiguous: tuple[Ambiguity, ...]
    undeclared: tuple[Object, ...]
    absent: tuple[Object, ...]

    @property
    def complete(self) -> bool:
        """Whether every name that differs could be written."""
        return not self.unwritten and not self.ambiguous


def keep_existing(schema: Schema, live: Catalog, profile: Profile) -> KeepPlan:
    """The edits that make the schema declare the names of `live`, proved by reading the edited text again.

    Raises PlanError where that proof fails.
    """
    pairing = _pair(schema, live, profile)
    wanted, unwritten = _writable(schema, pairing.pairs)
    taken = _without_clashes(schema, profile, wanted)
    unwritten += [
        Unwritten(pairing.pairs[declared], declared.object, "Prisma refuses it: another object would have this name too")
        for declared in wanted
        if declared not in taken
    ]
    made = {declared: edits_of(declared, name) for declared, name in taken.items()}
    edits = by_file(made)
    changes = tuple(
        NameChange(declared.object, declared.object.name, taken[declared], taken[declared] != declared.default)
        for declared in schema.declared(profile)
        if made.get(declared)
    )
    files = tuple(
        FileChange(source, apply_edits(source.text, edits[source.file]))
        for source in (document.source for document in schema.documents)
        if source.file in edits
    )
    _prove(schema, files, taken, profile)
    return KeepPlan(
        changes,
        files,
        tuple(sorted(unwritten, key=lambda each: each.object.sort_key)),
        tuple(pairing.ambiguous),
        tuple(sorted(pairing.undeclared, key=lambda obj: obj.sort_key)),
        tuple(sorted(pairing.absent, key=lambda obj: obj.sort_key)),
    )


# ---- pairs ----


@dataclass
class _Pairing:
    pairs: dict[Declared, Object] = field(default_factory=dict)
    ambiguous: list[Ambiguity] = field(default_factory=list)
    undeclared: list[Object] = field(default_factory=list)
    absent: list[Object] = field(default_factory=list)


def _pair(schema: Schema, live: Catalog, profile: Profile) -> _Pairing:
    declared = {each.object: each for each in schema.declared(profile)}
    seen = replace(live, objects=tuple(_visible(schema, declared, live.objects)))
    found = match({_DATABASE: seen, _SCHEMA: schema.catalog(profile)})
    pairing = _Pairing()
    for row in found.matches:
        have, want = row.objects.get(_DATABASE), row.objects.get(_SCHEMA)
        if have is not None and want is not None:
            pairing.pairs[declared[want]] = have
        elif want is not None:
            pairing.absent.append(want)
        elif have is not None and not have.implicit:
            pairing.undeclared.append(have)
    for group in found.ambiguous:
        haves, wants = _assign(group, declared, pairing.pairs)
        if haves and wants:
            pairing.ambiguous.append(Ambiguity(group.key, {_DATABASE: tuple(haves), _SCHEMA: tuple(wants)}))
        else:
            pairing.undeclared += haves
            pairing.absent += wants
    _settle_join_tables(pairing)
    return pairing


def _settle_join_tables(pairing: _Pairing) -> None:
    """The pairs of a many-to-many table are a unique index under Prisma 5 and before, a primary key under 6 and later: no
    object of their own on either side, and no name that could be written."""
    have, want = ({obj.key.table.name for obj in side if _is_pair(obj)} for side in (pairing.undeclared, pairing.absent))
    for side in (pairing.undeclared, pairing.absent):
        side[:] = [obj for obj in side if not (_is_pair(obj) and obj.key.table.name in have & want)]


def _is_pair(obj: Object) -> bool:
    return obj.key.columns == JOIN_COLUMNS and obj.key.table.name.startswith("_")


def _visible(schema: Schema, declared: Mapping[Object, Declared], objects: Sequence[Object]) -> Iterator[Object]:
    """What Prisma sees of a database: nothing it can't express, partial indexes only where the schema has one on the same
    columns (Prisma 6 knows none), foreign keys only where the schema has any."""
    partial = {_columns(obj.key) for obj in declared if obj.definition.predicate is not None}
    for obj in objects:
        if obj.key.kind is Kind.FOREIGN_KEY and not schema.datasource.foreign_keys:
            continue
        if obj.definition.predicate is None:
            if not obj.unmanaged:
                yield obj
        elif _columns(obj.key) in partial and not any(part.expression for part in obj.definition.parts):
            yield obj


def _columns(key: Key) -> tuple[Kind, str, tuple[str, ...]]:
    return (key.kind, key.table.name, key.columns)


def _assign(
    group: Ambiguity, declared: Mapping[Object, Declared], pairs: dict[Declared, Object]
) -> tuple[list[Object], list[Object]]:
    """Pairs what it can of one key; gives what is left of the database and of the schema."""
    haves = {obj.name: obj for obj in group.candidates[_DATABASE]}
    wants = sorted(group.candidates[_SCHEMA], key=lambda obj: (obj.location is None, obj.location))
    for want in tuple(wants):
        if want.name in haves:
            pairs[declared[want]] = haves.pop(want.name)
            wants.remove(want)
    rest = [haves[name] for name in sorted(haves)]
    if len(rest) > len(wants) and group.key.kind is Kind.INDEX:
        return rest, wants
    count = min(len(rest), len(wants))
    pairs.update((declared[want], have) for want, have in zip(wants, rest, strict=False))
    return rest[count:], wants[count:]


# ---- names ----


def _writable(schema: Schema, pairs: Mapping[Declared, Object]) -> tuple[dict[Declared, str], list[Unwritten]]:
    """The names to write, and what the language has no place for."""
    wanted: dict[Declared, str] = {}
    unwritten: list[Unwritten] = []
    limit = LIMITS[schema.provider]
    for declared, have in pairs.items():
        if not have.name or not settable(have.key.kind, schema.provider):
            continue
        if declared.attribute is None:
            # Prisma never looks at the names of such a table's foreign keys (`sql_schema_differ.rs`).
            if have.name != declared.object.name and have.key.kind is not Kind.FOREIGN_KEY:
                reason = (
                    "Prisma's language has no place for the names of an implicit many-to-many table; "
                    f"`emit --adopt-defaults --only {have.key.table.name}` renames it"
                )
                unwritten.append(Unwritten(have, declared.object, reason))
        elif len(have.name.encode()) > limit:
            reason = f"Prisma allows {limit} bytes, this name has {len(have.name.encode())}"
            unwritten.append(Unwritten(have, declared.object, reason))
        else:
            wanted[declared] = have.name
    return wanted, unwritten


def _without_clashes(schema: Schema, profile: Profile, wanted: Mapping[Declared, str]) -> dict[Declared, str]:
    """The names that Prisma accepts together: of objects that would share one, only the first may change to it, and only
    where none has it already. What is left out keeps its old name, which may clash in turn: hence the loop."""
    left = dict(wanted)
    while True:
        users: dict[tuple[object, ...], list[Declared]] = defaultdict(list)
        for each in schema.declared(profile):
            name = left.get(each, each.object.name)
            if name and each.attribute is not None:
                for scope in _scopes(each.object, schema.provider):
                    users[*scope, name].append(each)
        losers: set[Declared] = set()
        for sharing in (found for found in users.values() if len(found) > 1):
            changing = [each for each in sharing if left.get(each, each.object.name) != each.object.name]
            losers.update(changing if len(changing) < len(sharing) else changing[1:])
        if not losers:
            return left
        left = {each: name for each, name in left.items() if each not in losers}


def _scopes(obj: Object, provider: Provider) -> Iterator[tuple[object, ...]]:
    """Where Prisma's validator wants an object's name to be unique, which is not quite where the server does."""
    foreign, table = obj.key.kind is Kind.FOREIGN_KEY, obj.key.table
    if provider is Provider.POSTGRESQL:
        yield ("on the model", table)
        if not foreign:
            yield ("in the schema", table.schema)
    elif provider is Provider.SQLITE:
        yield ("in the schema", table.schema)
    else:
        yield ("foreign keys",) if foreign else ("on the model", table)


# ---- proof ----


def _prove(schema: Schema, files: Sequence[FileChange], wanted: Mapping[Declared, str], profile: Profile) -> None:
    texts = {change.source.file: change.after for change in files}
    sources = [document.source for document in schema.documents]
    edited = read_schema(Source(source.file, texts.get(source.file, source.text)) for source in sources)
    edited = edited.within(schema.datasource.schemas)
    pairs = zip(schema.declared(profile), edited.declared(profile), strict=True)
    for before, after in pairs:
        expected = wanted.get(before, before.object.name)
        if (after.object.key, after.object.name) != (before.object.key, expected):
            raise PlanError(f"the edited schema would declare {after.object.name} where {expected} is wanted: nothing written")
