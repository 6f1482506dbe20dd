"""Hostile names: every object of thousands of random worlds gets the name it should have, and then its own one back."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice

import pytest

from namesync.convention import PROFILES
from namesync.emit.emission import Emission, Mode, Request, emission
from namesync.emit.files import migration_files
from namesync.model import Catalog, Kind, Provider
from namesync.plan import Guard, Options, Step, Style
from tests.conftest import POSTGRESQL
from tests.hostile.building import Bench, bench
from tests.hostile.giving import DEV, PROD
from tests.hostile.identifier_worlds import World
from tests.hostile.names import CLASSES, TEMPORARY
from tests.hostile.tally import Tally
from tests.servers import Server

AREA = "identifiers"
CHUNKS = 8
BATCH = 25
SHORT = 18  # worlds on each server: every class of names is the favourite of one
LONG = {Provider.POSTGRESQL: -(-5000 // len(POSTGRESQL)), Provider.MYSQL: 400, Provider.MARIADB: 5000, Provider.SQLITE: 5000}

SIDES = (PROD, DEV)
Trial = Generator[None, Mapping[str, Catalog], None]
"""One world: wherever it yields, it wants both environments read, and is sent their catalogs."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_name_is_as_wanted_and_then_as_it_was(server: Server, chunk: int, tally: Tally) -> None:
    """Renamed, read again, the same script once more, and back; nothing but names ever changes."""
    numbers = range(_first(server), _first(server) + tally.size(SHORT, LONG[server.provider]))[chunk::CHUNKS]
    for start in range(0, len(numbers), BATCH):
        _try(server, [World(server.provider, number) for number in numbers[start : start + BATCH]], tally)


def test_our_own_temporary_name_is_taken_already(server: Server, tally: Tally) -> None:
    """The very name that the planner would have taken: it takes another."""
    if server.provider is Provider.SQLITE:
        pytest.skip("SQLite's renames need no temporary names")
    before = tally.tried[AREA, _worlds_with(TEMPORARY)]
    worlds = (World(server.provider, number) for number in count(_first(server) + 50_001, 4))
    swapping = (world for world in worlds if world.swaps and any(table.keys == 1 for table in world.tables))
    _try(server, list(islice(swapping, 2)), tally)
    assert tally.tried[AREA, _worlds_with(TEMPORARY)] == before + 2


@pytest.mark.parametrize("provider", list(Provider))
def test_a_few_worlds_have_names_of_every_class(provider: Provider) -> None:
    found = {each for number in range(SHORT) for each in World(provider, number).classes}
    assert found == set(CLASSES) - {TEMPORARY}


def _first(server: Server) -> int:
    """Where the numbers of a server's worlds begin: no two versions try the same ones."""
    return int(server.version.partition(".")[0]) * 100_000


def _worlds_with(names: str) -> str:
    return f"worlds with names of the class: {names}"


def _try(server: Server, worlds: Sequence[World], tally: Tally) -> None:
    """The trials of some worlds side by side: what they want read is read at once. All end before the first failure is told."""
    failures: list[Exception] = []
    with bench(server) as made:
        made.make(worlds)
        trials = {world: _trial(world, made, tally) for world in worlds}
        sent: dict[World, Mapping[str, Catalog] | None] = dict.fromkeys(worlds)
        while sent:
            live = []
            for world, catalogs in sent.items():
                try:
                    trials[world].send(catalogs)  # type: ignore[arg-type]
                    live.append(world)
                except StopIteration:
                    continue
                except Exception as error:  # noqa: BLE001 - the others go on; it is raised below
                    failures.append(error)
            found = made.read([(world, side) for world in live for side in SIDES]) if live else {}
            sent = {world: {side: found[world, side] for side in SIDES} for world in live}
    for failure in failures:
        raise failure


@contextmanager
def _counted(world: World, tally: Tally) -> Iterator[None]:
    """A trial of its server's row and of a row for each class of names."""
    with ExitStack() as stack:
        stack.enter_context(tally.trial(AREA, f"random worlds renamed and renamed back on {world.provider}"))
        for names in sorted(world.classes):
            stack.enter_context(tally.trial(AREA, _worlds_with(names)))
        try:
            yield
        except Exception as error:
            error.add_note(f"World({world.provider!s}, {world.number})")
            raise


def _trial(world: World, made: Bench, tally: Tally) -> Trial:
    with _counted(world, tally), ExitStack() as stack:
        before = yield
        found = _emission(world, before)
        if world.number % 2 and (ambush := _ambush(world, found)):
            stack.enter_context(tally.trial(AREA, _worlds_with(TEMPORARY)))
            made.run((world, DEV), ambush)
            before = yield
            found = _emission(world, before)
        _are(world, before, {side: world.names[side] for side in SIDES}, before)
        assert found.complete, [blocked for side in SIDES for blocked in found.blocked[side]]
        files = migration_files(found, (), (), {}, datetime(2026, 1, 1, tzinfo=UTC))
        again = all(change.guard is not Guard.PLAIN for one in files for change in one.migration.changes)
        for _ in range(2 if again else 1):
            _run(world, made, [(file.sql, SIDES) for file in files])
            after = yield
            _are(world, after, dict.fromkeys(SIDES, world.wanted), before)
        _run(world, made, [(down.sql, down.databases) for file in reversed(files) for down in file.downs])
        _are(world, (yield), {side: world.names[side] for side in SIDES}, before)


def _emission(world: World, catalogs: Mapping[str, Catalog]) -> Emission:
    """What `namesync emit` would write, in each of its styles."""
    mode = Mode.ADOPT_DEFAULTS if world.adopt else Mode.KEEP_EXISTING
    style = Style.GUARDED if world.number % 3 == 1 else Style.AUTO
    options = Options(style, checked=not (world.rules.mysql and world.number % 4 == 1))
    history = catalogs[DEV] if world.number % 8 >= 6 else None
    return emission(catalogs, Request(mode, PROD, PROFILES["prisma"], options=options), None, history)


def _run(world: World, made: Bench, scripts: Iterable[tuple[str, Sequence[str]]]) -> None:
    for script, sides in scripts:
        for side in sides:
            made.run((world, side), script)


def _are(world: World, now: Mapping[str, Catalog], names: Mapping[str, Sequence[str]], before: Mapping[str, Catalog]) -> None:
    """Every object has its name, and nothing but names has changed."""
    for side in SIDES:
        expected = world.expected(names[side])
        assert {obj.key: obj.name for obj in now[side].objects if obj.key in expected} == expected
        assert _shape(now[side], expected) == _shape(before[side], expected)


def _shape(catalog: Catalog, renamed: Mapping[object, str]) -> list[object]:
    """All there is, without the names that are ours to change."""
    objects = (
        (
            repr(obj.key),
            "" if obj.key in renamed else obj.name,
            repr(obj.definition),
            obj.unmanaged,
            _made_of(catalog, obj.key.kind, obj.sql),
        )
        for obj in catalog.objects
    )
    return [*sorted(objects), *(replace(table, rows=None) for table in catalog.tables), *catalog.taken]


def _made_of(catalog: Catalog, kind: Kind, sql: str) -> str:
    """A foreign key's actions in the server's own words; what makes an index on SQLite has its name in it."""
    return sql if kind is Kind.FOREIGN_KEY else ""


def _ambush(world: World, found: Emission) -> str:
    """What takes the first temporary name before the migration does; "" where there is none, or it can't be taken so."""
    steps = (step for one in found.migrations for step in one.plans[DEV].steps if step.temporary)
    step = next(steps, None)
    return "" if step is None or world.adopt else _taking(world, step)


def _taking(world: World, step: Step) -> str:
    quote = world.rules.quote
    table = next(table for table in world.tables if table.name == step.key.table.name)
    if step.kind is not Kind.FOREIGN_KEY:
        return f"CREATE INDEX {quote(step.new)} ON {quote(table.name)} ({quote(table.spare)})"
    target = next((table for table in world.tables if table.keys == 1), None)
    if target is None:
        return ""
    reference = f"REFERENCES {quote(target.name)} ({quote(target.columns[0])})"
    return f"ALTER TABLE {quote(table.name)} ADD CONSTRAINT {quote(step.new)} FOREIGN KEY ({quote(table.spare)}) {reference}"
