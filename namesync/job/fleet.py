"""Looks at a group of environments: hundreds of tenants that should all be alike.

Each member is reduced to its *shape*, a digest of everything that could make a difference, as soon as it is read; of each shape
one catalog is kept, packed. Members of one shape differ from the reference in the same way, so memory grows with the number of
ways to differ, not with the number of members.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any

from namesync.api.selecting import Selection, in_force, select
from namesync.check import check
from namesync.config import Config
from namesync.convention import Profile
from namesync.errors import ConnectionFailed, NamesyncError
from namesync.job.life import Content, Seen
from namesync.job.observe import Patience, awaited, opened
from namesync.job.sight import Alive, Fleet, Sight, Standing, State, content_of, one_line, place
from namesync.match import match
from namesync.model import Catalog, Key, Reference, TableRef
from namesync.prisma.schema import Schema
from namesync.render import RENDERERS
from namesync.report import Finding, Report, Rule
from namesync.sources import Server, snapshot
from namesync.sources.deployment import deploying
from namesync.sources.group import batches, members, read_batch
from namesync.sources.server import Session

_APART = frozenset({Rule.NAME_DRIFT, Rule.NAME_COLLISION, Rule.AMBIGUOUS_MATCH, Rule.DEFINITION_DRIFT, Rule.MISSING_OBJECT})
"""What makes a member differ. That a name is off the convention everywhere is told once, for the authority."""


@dataclass(slots=True)
class Shapes:
    """Members by shape, and of each shape a packed catalog; filled by several threads. Unread members have a standing."""

    members: dict[str, list[str]] = field(default_factory=dict)
    packed: dict[str, bytes] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def add(self, name: str, found: Catalog | NamesyncError) -> None:
        """One member more."""
        if isinstance(found, NamesyncError):
            self.standings[name] = Standing(State.UNUSABLE, one_line(found))
            return
        key = shape(found)
        with self.lock:
            self.members.setdefault(key, []).append(name)
            if key not in self.packed:
                self.packed[key] = zlib.compress(snapshot.dump(found).encode(), 1)

    def take(self, others: Shapes) -> None:
        """The members of others as well."""
        with self.lock:
            for key, names in others.members.items():
                self.members.setdefault(key, []).extend(names)
            self.packed |= others.packed
            self.standings |= others.standings

    def catalog(self, key: str) -> Catalog:
        """What members of the shape look like."""
        return snapshot.parse(zlib.decompress(self.packed[key]).decode(), "a member's catalog")


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a group, and where to tell of members that could not be read. `schema`: whose comments ignore findings."""

    config: Config
    schema: Schema | None
    profile: Profile
    patience: Patience
    sight: Sight
    alive: Alive


def look(group: Server, reading: Reading, reference: Catalog | None, others: Iterable[Mapping[str, tuple[int, str]]]) -> None:
    """Compare our members of a group with the reference, or with what most of them have (None), and add what was seen.

    `others` are the shapes that other shards have counted: they have a say in what most have.
    """
    sight = reading.sight
    try:
        listed = _listed(group, reading.patience)
    except NamesyncError as error:
        state = State.UNREACHABLE if isinstance(error, ConnectionFailed) else State.UNUSABLE
        sight.standings[group.name] = Standing(state, one_line(error))
        return
    ours = [member for member in listed if sight.shard.takes(member.name)]
    shapes = _shapes(ours, reading)
    sight.standings |= shapes.standings
    counted = {shape: (len(names), names[0]) for shape, names in shapes.members.items()}
    if reference is None:
        reference = _majority(shapes, [counted, *others], listed, reading)
    alike = sum(_judge(group, shapes, shape, reference, reading) for shape in shapes.members) if reference else 0
    sight.groups.add(group.name)
    sight.fleets.append(Fleet(group.name, len(ours), alike, counted))


def _listed(group: Server, patience: Patience) -> Sequence[Server]:
    for attempt in range(1, patience.attempts):
        with suppress(ConnectionFailed):
            return members(group)
        patience.pause(attempt)
    return members(group)


def _shapes(ours: Sequence[Server], reading: Reading) -> Shapes:
    """Read the members, some databases at a time."""
    shapes = Shapes()
    with ThreadPoolExecutor(reading.config.job.workers) as pool:
        for _ in pool.map(lambda database: _read_database(database, shapes, reading), batches(ours)):
            pass  # what a thread raised is raised here
    return shapes


def _read_database(database: Sequence[Sequence[Server]], shapes: Shapes, reading: Reading) -> None:
    """All members in one database, over one connection."""
    left = deque(database)
    note = ""
    for attempt in range(1, reading.patience.attempts + 1):
        try:
            with opened(left[0][0]) as connected:
                while left:
                    reading.alive()
                    shapes.take(_settled(connected, left[0], reading.patience))
                    left.popleft()
        except ConnectionFailed as error:
            note = one_line(error)
            if attempt < reading.patience.attempts:
                reading.patience.pause(attempt)
        except NamesyncError as error:
            return _unread(left, Standing(State.UNUSABLE, one_line(error)), shapes)
        else:
            return None
    return _unread(left, Standing(State.UNREACHABLE, note), shapes)


def _unread(left: Iterable[Sequence[Server]], standing: Standing, shapes: Shapes) -> None:
    shapes.take(_all_alike((member for batch in left for member in batch), standing))


def _settled(connected: Session, batch: Sequence[Server], patience: Patience) -> Shapes:
    """One batch, read while no deployment was in flight."""
    for _ in range(patience.attempts):
        standing = awaited(connected, patience)
        if standing.state is not State.READ:
            return _all_alike(batch, standing)
        found = Shapes()
        for member, one in read_batch(connected, batch):
            found.add(member.name, one)
        if not deploying(connected):
            return found
    return _all_alike(batch, Standing(State.DEPLOYING, "skipped: deployments began while it was read"))


def _all_alike(batch: Iterable[Server], standing: Standing) -> Shapes:
    return Shapes(standings={member.name: standing for member in batch})


def shape(catalog: Catalog) -> str:
    """A digest of all that could make a difference to a finding; where one schema is in scope, its name makes none."""
    own = catalog.schemas[0] if len(catalog.schemas) == 1 else None

    def table(ref: TableRef | None) -> str:
        return "" if ref is None else repr((None if ref.schema == own else ref.schema, ref.name))

    def key(one: Key) -> str:
        target: Reference | None = one.references
        to = "" if target is None else f"{table(target.table)}{target.columns}"
        return f"{one.kind}{table(one.table)}{one.columns}{to}"

    digest = sha256()
    for words in _words(catalog, own, table, key):
        digest.update(words.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:32]


def _words(catalog: Catalog, own: str | None, table: Any, key: Any) -> Iterator[str]:
    yield f"{catalog.provider.family}{catalog.folds_tables}"
    for one in catalog.tables:
        yield f"t{table(one.ref)}{one.columns}{one.partitioned}{table(one.partition_of)}"
    for obj in catalog.objects:
        yield f"o{key(obj.key)}{obj.name!r}{obj.definition}{obj.implicit}{obj.unmanaged}"
    for taken in catalog.taken:
        yield f"n{tuple(None if word == own else word for word in taken.scope)}{taken.name!r}{taken.what}"
    for hidden in catalog.hidden:
        yield f"h{hidden.kinds}{table(hidden.table)}{hidden.reason}"


def _majority(
    shapes: Shapes, counts: Iterable[Mapping[str, tuple[int, str]]], listed: Sequence[Server], reading: Reading
) -> Catalog | None:
    """The catalog of the commonest shape; read once more where none of our own members has it."""
    totals: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for counted in counts:
        for found, (number, example) in counted.items():
            totals[found] += number
            examples[found] = example
    by_name = {member.name: member for member in listed}
    for found, _ in sorted(totals.items(), key=lambda entry: (-entry[1], entry[0])):
        if found in shapes.packed:
            return shapes.catalog(found)
        member = by_name.get(examples[found])
        if member is None:
            continue
        again = Shapes()
        _read_database([[member]], again, reading)
        if found in again.packed:
            return again.catalog(found)
    return None


def _judge(group: Server, shapes: Shapes, found: str, reference: Catalog, reading: Reading) -> int:
    """Add what members of a shape differ in; how many members are alike."""
    names = shapes.members[found]
    catalog = shapes.catalog(found)
    if catalog.unseen:
        reading.sight.partly |= dict.fromkeys(names, frozenset(place(obj.key) for obj in catalog.objects))
        reading.sight.warnings += [f"{names[0]}: {reason}" for reason in catalog.unseen]
    contents, ignored = _differences(group, catalog, reference, reading)
    reading.sight.ignored += ignored * len(names)
    reading.sight.findings += [Seen(name, content) for content in contents for name in names]
    return 0 if contents else len(names)


def _differences(group: Server, catalog: Catalog, reference: Catalog, reading: Reading) -> tuple[list[Content], int]:
    """What a member differs from the reference in, in words that are the same for every member of its shape."""
    config = reading.config
    model = "majority" if group.environment.compare == "majority" else config.authority
    catalogs = {model: reference, group.name: catalog}
    found = [one for one in check(catalogs, match(catalogs), authority=model, profile=reading.profile) if one.rule in _APART]
    today = datetime.now().astimezone().date()
    kept, ignored = select(found, Selection(), in_force(config, reading.schema, catalogs, today), model)
    return [content_of(one, content, model) for one, content in zip(kept, _shown(kept), strict=True)], ignored


def _shown(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    report = Report("job", "", (), tuple(findings), 0)
    shown: list[dict[str, Any]] = json.loads(RENDERERS["json"](report))["findings"]
    return shown
