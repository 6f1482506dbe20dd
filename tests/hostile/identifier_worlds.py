"""Random small databases with hostile names everywhere: two environments that hold the same things under different names.

A world is known by its server's kind and its number, so one that failed is made again by these two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from unicodedata import normalize

from namesync.model import Key, Kind, Provider, Reference, TableRef
from tests.hostile.giving import DEV, PROD, Names, Slot, drifted
from tests.hostile.names import CASE, CLASSES, CUT, NEAR, PIECES, Drawer, Rules, classes_of, cut_inside, without_accents

_SUFFIXES = {Kind.PRIMARY_KEY: "_pkey", Kind.UNIQUE: "_key", Kind.INDEX: "_idx", Kind.FOREIGN_KEY: "_fkey"}


@dataclass(frozen=True)
class Table:
    """`columns` begin with those of the primary key; the last one is in no object."""

    name: str
    columns: tuple[str, ...]
    keys: int

    @property
    def primary(self) -> tuple[str, ...]:
        return self.columns[: self.keys]

    @property
    def spare(self) -> str:
        return self.columns[-1]


@dataclass(frozen=True)
class Thing:
    """One object without its name. `constraint`: a unique is one; `descending`: the first part is."""

    kind: Kind
    table: int
    columns: tuple[str, ...]
    target: int = -1
    constraint: bool = False
    descending: bool = False


class World:
    """Tables, things, and the name of each thing in each environment. `adopt`: both are to have the convention's names."""

    def __init__(self, provider: Provider, number: int) -> None:
        self.provider = provider
        self.number = number
        self.rules = Rules(provider)
        self.random = Random(f"{provider} {number}")
        # Each class is the favourite in turn, so that a few worlds have them all.
        classes = tuple(PIECES)
        others = self.random.sample(classes, 3)
        favourites = (classes[number % len(classes)], *others, CUT if number % 3 == 0 else "plain")
        self.drawer = Drawer(self.random, self.rules, favourites)
        self.place = f"w{number}{self.drawer.name(10)}".rstrip()
        self.tables = _tables(self)
        self.things = tuple(_things(self))
        self.bystanders = self._bystanders()
        self.names = {PROD: self._named(Names(self, (None,) * len(self.things)))}
        self.names[DEV] = drifted(self)
        self.adopt = number % 4 == 3 and self._defaults_fit and not self._coincides

    @property
    def wanted(self) -> tuple[str, ...]:
        """What everything is to be called."""
        return self.defaults if self.adopt else self.names[PROD]

    @cached_property
    def defaults(self) -> tuple[str, ...]:
        return tuple(self._default(thing) for thing in self.things)

    @cached_property
    def classes(self) -> frozenset[str]:
        """The classes of names that stand in this world."""
        names = {*self.names[PROD], *self.names[DEV], *self.bystanders, self.place}
        names |= {name for table in self.tables for name in (table.name, *table.columns)}
        found = {each for name in names for each in classes_of(name)}
        found |= {CASE} if len({name.casefold() for name in names}) < len(names) else set()
        cases = {name.casefold() for name in names}
        found |= {NEAR} if len({without_accents(normalize("NFC", name)) for name in cases}) < len(cases) else set()
        cut = self.drawer.was_cut or (
            self.adopt and any(cut_inside(stem, self.provider) for stem in map(self._stem, self.things))
        )
        return frozenset(found | {CUT} if cut else found) & set(CLASSES)

    def expected(self, names: Sequence[str]) -> dict[Key, str]:
        """What a reader must find when the things have these names; what has no name of its own is left out."""
        found = {self.key(thing): name for thing, name in zip(self.things, names, strict=True) if self.nameable(thing)}
        for thing, name in zip(self.things, names, strict=True):
            if self.implicit(thing):
                found[Key(Kind.INDEX, TableRef("", self.tables[thing.table].name), thing.columns)] = name
        return found

    def key(self, thing: Thing) -> Key:
        target = None
        if thing.kind is Kind.FOREIGN_KEY:
            target = Reference(TableRef("", self.tables[thing.target].name), self.tables[thing.target].primary)
        return Key(thing.kind, TableRef("", self.tables[thing.table].name), thing.columns, target)

    def nameable(self, thing: Thing) -> bool:
        """Whether the server keeps a name for it that can be given."""
        if self.provider is Provider.SQLITE:
            return thing.kind in (Kind.UNIQUE, Kind.INDEX) and not thing.constraint
        return not (self.rules.mysql and thing.kind is Kind.PRIMARY_KEY)

    def implicit(self, thing: Thing) -> bool:
        """Whether MySQL makes an index of its own for it."""
        if thing.kind is not Kind.FOREIGN_KEY or not self.rules.mysql:
            return False
        length = len(thing.columns)
        own = (one.columns for one in self.things if one.table == thing.table and one.kind is not Kind.FOREIGN_KEY)
        return thing.columns not in (columns[:length] for columns in own)

    def ends_freely(self, thing: Thing) -> bool:
        """Whether its name may end with a space: MySQL allows it in the name of a foreign key, but not in that of an index."""
        return self.rules.mysql and thing.kind is Kind.FOREIGN_KEY and not self.implicit(thing)

    def slots(self, thing: Thing, name: str) -> set[Slot]:
        """Where the name must be free on the server."""
        index, foreign = self.rules.index(name), self.rules.foreign_key(name)
        if self.provider is Provider.POSTGRESQL:
            constraint = thing.constraint or thing.kind in (Kind.PRIMARY_KEY, Kind.FOREIGN_KEY)
            found: set[Slot] = {("constraint", thing.table, name)} if constraint else set()
            return found if thing.kind is Kind.FOREIGN_KEY else found | {("relation", name)}
        if self.provider is Provider.SQLITE:
            return {("relation", index)}
        if thing.kind is Kind.FOREIGN_KEY:
            # Two of one table that differ in the case of any letter are left alone: MariaDB may drop the wrong one.
            return {
                ("foreign key", foreign),
                ("foreign key", thing.table, self.rules.index(foreign)),
                *((("index", thing.table, index),) if self.implicit(thing) else ()),
            }
        return {("index", thing.table, index)}

    @property
    def drifts(self) -> bool:
        return self.expected(self.names[PROD]) != self.expected(self.names[DEV])

    @property
    def swaps(self) -> bool:
        """Whether two things swap names that can't be swapped at once: indexes can on MySQL."""
        wide = self.rules.mysql
        named = list(zip(self.things, self.names[PROD], self.names[DEV], strict=True))
        pairs = {(old, new) for thing, old, new in named if (thing.kind is Kind.FOREIGN_KEY) is wide and old != new}
        return any((new, old) in pairs for old, new in pairs)

    @property
    def _coincides(self) -> bool:
        """Whether an index bears, by chance, the name of a foreign key that it serves: nobody can tell it from MySQL's own."""
        foreign = {
            (one.table, name, one.columns)
            for one, name in zip(self.things, self.names[PROD], strict=True)
            if one.kind is Kind.FOREIGN_KEY and self.rules.mysql
        }
        return any(
            (one.table, name, one.columns[:length]) in foreign
            for one, name in zip(self.things, self.names[PROD], strict=True)
            for length in (1, 2)
            if one.kind is Kind.INDEX
        )

    @property
    def _defaults_fit(self) -> bool:
        names = Names(self, (None,) * len(self.things))
        return all(names.give(place, name) for place, name in enumerate(self.defaults))

    def _named(self, names: Names) -> tuple[str, ...]:
        for place in range(len(self.things)):
            names.draw(place)
        return names.all()

    def _bystanders(self) -> tuple[str, ...]:
        """Names that a view has, a check constraint of the first table too."""
        held = {self.rules.index(table.name) for table in self.tables}
        drawn = self.rules.cut(self.drawer.name())
        return (drawn,) if self.rules.index(drawn) not in held else ()

    def _stem(self, thing: Thing) -> str:
        table = self.tables[thing.table].name
        return table if thing.kind is Kind.PRIMARY_KEY else "_".join((table, *thing.columns))

    def _default(self, thing: Thing) -> str:
        """Prisma's rule in its own words: cut by bytes at a whole character, the suffix stays."""
        suffix, limit = _SUFFIXES[thing.kind], {Provider.POSTGRESQL: 63, Provider.SQLITE: 10_000}.get(self.provider, 64)
        return self._stem(thing).encode()[: limit - len(suffix)].decode(errors="ignore") + suffix


def _tables(world: World) -> tuple[Table, ...]:
    random, rules = world.random, world.rules
    longest = 30 if rules.mysql else 64  # a file's name, in which MySQL writes a character as five
    names: list[str] = []
    while len(names) < random.choice((2, 2, 3, 3, 4, 5)):
        name = rules.cut(world.drawer.name(longest))
        if world.provider is Provider.MARIADB and "\\`" in rules.quote(name):
            continue  # its foreign keys are left alone: MariaDB would keep the old ones
        near = world.drawer.variant(names[-1]) if names and random.random() < 0.2 else name
        for each in (near, name):
            if _fold(rules, each) not in {_fold(rules, other) for other in names}:
                names.append(each)
                break
    return tuple(Table(name, _columns(world), random.choice((1, 1, 1, 2))) for name in names)


def _fold(rules: Rules, name: str) -> str:
    """The name of a table as the server compares it: on MySQL it is a file's."""
    return name if rules.mysql else rules.index(name)


def _columns(world: World) -> tuple[str, ...]:
    names = {"é": "é", "e": "e"} if world.number % 6 == 1 else {}
    while len(names) < 7:
        name = world.rules.cut(world.drawer.name(20)) if world.random.random() < 0.6 else f"c{len(names)}"
        names.setdefault(world.rules.index(name), name)
    return tuple(names.values())


def _things(world: World) -> Iterator[Thing]:
    """Primary keys, uniques, indexes and foreign keys; no two of one key."""
    random = world.random
    for place, table in enumerate(world.tables):
        yield Thing(Kind.PRIMARY_KEY, place, table.primary, constraint=True)
        free = table.columns[table.keys : -1]
        seen: set[tuple[Kind, tuple[str, ...]]] = set()
        backwards: list[tuple[str, ...]] = []  # MySQL makes another index for a foreign key on these
        for _ in range(random.randint(1, 4)):
            kind = random.choice((Kind.UNIQUE, Kind.INDEX, Kind.INDEX))
            columns = tuple(random.sample(free, random.choice((1, 1, 2))))
            if (kind, columns) in seen:
                continue
            seen.add((kind, columns))
            constraint = kind is Kind.UNIQUE and (world.rules.mysql or random.random() < 0.5)
            descending = not constraint and random.random() < 0.2
            backwards += [columns] if descending else []
            yield Thing(kind, place, columns, constraint=constraint, descending=descending)
        rest = list(free)
        random.shuffle(rest)
        for _ in range(random.choice((0, 1, 1, 2))):
            target = random.randrange(len(world.tables))
            length = world.tables[target].keys
            columns, rest = tuple(rest[:length]), rest[length:]
            if len(columns) == length and columns not in (one[:length] for one in backwards):
                yield Thing(Kind.FOREIGN_KEY, place, columns, target, constraint=True)
