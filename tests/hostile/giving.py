"""Gives the things of a world their names: none twice where the server would not have it, others in the other environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from namesync.model import Kind

if TYPE_CHECKING:
    from tests.hostile.identifier_worlds import Thing, World

PROD, DEV = "prod", "dev"
Slot = tuple[object, ...]
"""A name, as the server compares it, where it must be unique."""


class Names:
    """The names of one environment as they are given out: none twice where the server would not have it."""

    def __init__(self, world: World, names: Sequence[str | None]) -> None:
        self.world = world
        self.names = list(names)
        rules, checks = world.rules, world.bystanders
        self.held: set[Slot] = {("relation", rules.index(name)) for name in (*(table.name for table in world.tables), *checks)}
        self.held |= {("constraint", 0, name) for name in checks} | {
            ("foreign key", rules.foreign_key(name)) for name in checks
        }
        self.held |= {("index", 0, rules.index(name)) for name in checks}

    def give(self, place: int, name: str) -> bool:
        """Give the thing the name, if it is free."""
        thing = self.world.things[place]
        slots = self.world.slots(thing, name) if self.world.nameable(thing) else set()
        fits = self.world.rules.takes(name) or self.world.ends_freely(thing)
        if not fits or not self.held.isdisjoint(slots) or self._almost_behind(thing, name):
            return False
        self.held |= slots
        self.names[place] = name
        return True

    def _almost_behind(self, thing: Thing, name: str) -> bool:
        """Whether an index that serves a foreign key would have its name in another case: that is taken for MySQL's own."""
        fold = self.world.rules.index
        near = (
            (thing, one) if one.kind is Kind.FOREIGN_KEY else (one, thing)
            for one, other in zip(self.world.things, self.names, strict=True)
            if other and one.table == thing.table and fold(other) == fold(name) and other != name and self.world.rules.mysql
        )
        return any(index.kind is Kind.INDEX and index.columns[: len(key.columns)] == key.columns for index, key in near)

    def draw(self, place: int) -> None:
        drawer = self.world.drawer
        others = [name for name in self.names if name]
        drawn = [self.world.rules.cut(drawer.name()) for _ in range(20)]
        if others and self.world.random.random() < 0.3:
            other = self.world.random.choice(others)  # the same one where it is free in another scope
            drawn.insert(0, self.world.random.choice((other, drawer.variant(other), drawer.variant(other))))
        if self.world.ends_freely(self.world.things[place]) and self.world.random.random() < 0.2:
            drawn.insert(0, f"{drawn[0][:60].rstrip()}{self.world.random.choice((' ', '  ', chr(10)))}")
        if not any(self.give(place, name) for name in drawn) and not self.give(place, f"n{place}"):
            self.names[place] = f"fallback{place}"

    def all(self) -> tuple[str, ...]:
        return tuple(name or "" for name in self.names)


def drifted(world: World) -> tuple[str, ...]:
    """The names of prod after swaps, rings, chains, changes of case and new names; what does not fit is drawn anew."""
    random, names = world.random, list(world.names[PROD])
    for _ in range(random.randint(1, 3)):
        group = _group(world)
        size = min(len(group), random.choice((2, 2, 3, 4, 6)))
        places = random.sample(group, size) if size > 1 else []
        turned = [names[place] for place in (*places[1:], *places[:1])]
        if turned and random.random() < 0.4:
            turned[-1] = world.rules.cut(world.drawer.name())  # a chain: the ring is open
        for place, name in zip(places, turned, strict=True):
            names[place] = name
    for place in range(len(names)):
        chance = random.random()
        if chance < 0.12:
            names[place] = world.drawer.variant(names[place])
        elif chance < 0.25:
            names[place] = world.rules.cut(world.drawer.name())
    given = Names(world, (None,) * len(names))
    missing = [place for place, name in enumerate(names) if not given.give(place, name)]
    for place in missing:
        given.draw(place)
    return given.all()


def _group(world: World) -> list[int]:
    """Things that take each other's names: all of one kind of scope, or all of one table."""
    random = world.random
    foreign = random.random() < 0.4
    places = [
        place for place, one in enumerate(world.things) if (one.kind is Kind.FOREIGN_KEY) is foreign and world.nameable(one)
    ]
    if world.rules.mysql and not foreign:
        table = random.randrange(len(world.tables))
        places = [place for place in places if world.things[place].table == table]
    return places
