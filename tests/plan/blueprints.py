"""Random databases: the same things in several environments under different names, as catalogs and as DDL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from namesync.dialects import Dialect, dialect
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Scope, TableRef, Taken
from namesync.model import catalog as catalog_of

TABLES = ("User", "o'd\\d \"t`$$%s;", "tábla")
TARGET = "target"
VERSIONS = {
    Provider.POSTGRESQL: "16.4",
    Provider.MYSQL: "9.1.0",
    Provider.MARIADB: "10.11.6",
    Provider.SQLITE: "3.40.1",
}
ODD = (
    'a"b',
    "it's",
    "tick`s",
    "back\\slash",
    "$$",
    "$namesync0$",
    "100%s",
    "%I",
    "semi;colon",
    "new\nline",
    "--",
    "/* x */",
    "é日😀",
)
ODD_MYSQL = tuple(name for name in ODD if "😀" not in name)  # no character beyond the basic plane
PLAIN = tuple(f"n{number}" for number in range(9))


@dataclass(frozen=True)
class Thing:
    """One object without its name. `wide`: a second key column; `constraint`: a unique is one; where that means anything."""

    kind: Kind
    table: int
    column: int
    wide: bool = False
    constraint: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (f"c{self.column}", "C x")[: 2 if self.wide and self.kind is not Kind.FOREIGN_KEY else 1]


@dataclass(frozen=True)
class Environment:
    """Which things there are, under which names; and names that tables and views have."""

    provider: Provider
    things: tuple[tuple[Thing, str], ...]
    bystanders: tuple[str, ...] = ()

    @property
    def dialect(self) -> Dialect:
        return dialect(self.provider, VERSIONS[self.provider])

    def catalog(self) -> Catalog:
        """As the reader gives it, with a schema of no name."""
        own = ((TableRef("", name), True) for name in (*TABLES, TARGET))
        taken = tuple(Taken(("relation", ""), ref.name, "table") for ref, _ in own)
        others = tuple(Taken(("relation", ""), name, "view") for name in self.bystanders)
        target = Object(Key(Kind.PRIMARY_KEY, TableRef("", TARGET), ("id",)), "target_pkey", Definition(constraint=True))
        return catalog_of(
            self.provider, VERSIONS[self.provider], ("",), objects=(*self._objects(), target), taken=(*taken, *others)
        )

    def _objects(self) -> Iterator[Object]:
        for thing, name in self.things:
            yield _object(thing, name, self.dialect)
            if implicit(thing, self):
                index = Thing(Kind.INDEX, thing.table, thing.column)
                found = _object(index, name, self.dialect)
                yield Object(found.key, name, found.definition, implicit=True)

    def ddl(self) -> str:
        """What makes it on the server."""
        quote, mysql = self.dialect.quote, self.provider.family is Provider.MYSQL
        string = "varchar(20)" if mysql else "text"
        columns = ", ".join(f"{quote(name)} int" for name in (*(f"c{number}" for number in range(6)), "C x"))
        tables = [
            f"CREATE TABLE {TARGET} (id int NOT NULL, note {string}, CONSTRAINT {quote('target_pkey')} PRIMARY KEY (id));"
        ]
        tables += [f"CREATE TABLE {quote(name)} ({columns});" for name in TABLES]
        rows = [f"INSERT INTO {quote(TARGET)} VALUES (1, 'one'), (2, 'two');"]
        rows += [f"INSERT INTO {quote(name)} VALUES ({', '.join(['1'] * 7)}), ({', '.join(['2'] * 7)});" for name in TABLES]
        views = [f"CREATE VIEW {quote(name)} AS SELECT 1 AS one;" for name in self.bystanders]
        # Indexes first: where there is none, MySQL makes one of its own for a foreign key.
        made = sorted(self.things, key=lambda pair: pair[0].kind is Kind.FOREIGN_KEY)
        return "\n".join([*tables, *rows, *views, *(_made(thing, name, self.dialect) for thing, name in made)])


def implicit(thing: Thing, environment: Environment) -> bool:
    """Whether MySQL makes an index of its own for the thing."""
    if thing.kind is not Kind.FOREIGN_KEY or environment.provider.family is not Provider.MYSQL:
        return False
    return not any(_serves(other, thing) for other, _ in environment.things)


def _serves(other: Thing, thing: Thing) -> bool:
    return other.kind is not Kind.FOREIGN_KEY and (other.table, other.column) == (thing.table, thing.column)


def _object(thing: Thing, name: str, facts: Dialect) -> Object:
    foreign = thing.kind is Kind.FOREIGN_KEY
    target = Reference(TableRef("", TARGET), ("id",)) if foreign else None
    key = Key(thing.kind, TableRef("", TABLES[thing.table]), thing.columns, target)
    if foreign:
        rule = "NO ACTION" if facts.provider is not Provider.MARIADB else "RESTRICT"
        sql = f"FOREIGN KEY ({facts.quote(thing.columns[0])}) REFERENCES `{TARGET}` (`id`) ON DELETE CASCADE ON UPDATE {rule}"
        return Object(key, name, Definition(constraint=True, on_delete="CASCADE", on_update="RESTRICT"), sql=sql)
    constraint = _constraint(thing, facts)
    definition = Definition(constraint=constraint, method="btree", parts=tuple(Part() for _ in thing.columns))
    return Object(key, name, definition, sql="CREATE INDEX x ON y (z)" if facts.provider is Provider.SQLITE else "")


def _constraint(thing: Thing, facts: Dialect) -> bool:
    if facts.provider is Provider.POSTGRESQL:
        return thing.constraint and thing.kind is Kind.UNIQUE
    return thing.kind is Kind.UNIQUE and facts.provider is not Provider.SQLITE


def _made(thing: Thing, name: str, facts: Dialect) -> str:
    quote = facts.quote
    table, columns = quote(TABLES[thing.table]), ", ".join(map(quote, thing.columns))
    if thing.kind is Kind.FOREIGN_KEY:
        target = f"REFERENCES {quote(TARGET)} (id) ON DELETE CASCADE"
        return f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} FOREIGN KEY ({columns}) {target};"
    if _constraint(thing, facts) and facts.provider is Provider.POSTGRESQL:
        return f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} UNIQUE ({columns});"
    unique = "UNIQUE " if thing.kind is Kind.UNIQUE else ""
    return f"CREATE {unique}INDEX {quote(name)} ON {table} ({columns});"


def pool(provider: Provider) -> tuple[str, ...]:
    """Names to give: few, so that they meet; odd ones; and at the server's limit."""
    facts = dialect(provider, VERSIONS[provider])
    odd = ODD_MYSQL if provider.family is Provider.MYSQL else ODD
    long = (
        ("é" * (facts.name_limit // (2 if facts.limit_in_bytes else 1)), "x" * facts.name_limit)
        if facts.name_limit < 100
        else ()
    )
    return (*PLAIN, *odd, *long, "N1")


def _kinds(provider: Provider) -> st.SearchStrategy[Kind]:
    kinds = [Kind.UNIQUE, Kind.INDEX, Kind.INDEX] + ([] if provider is Provider.SQLITE else [Kind.FOREIGN_KEY])
    return st.sampled_from(kinds)


@st.composite
def things(draw: st.DrawFn, provider: Provider) -> tuple[Thing, ...]:
    """What the environments have in common."""
    one = st.builds(Thing, _kinds(provider), st.integers(0, 2), st.integers(0, 5), st.booleans(), st.booleans())
    found = draw(st.lists(one, min_size=4, max_size=10, unique_by=lambda thing: (thing.kind, thing.table, thing.columns)))
    return tuple(found)


@st.composite
def environments(draw: st.DrawFn, provider: Provider, common: tuple[Thing, ...], names: tuple[str, ...]) -> Environment:
    """One environment: most have the same names in another order; some things are absent, and what can't be is dropped."""
    order = draw(st.permutations(names))
    other = st.sampled_from(names)
    drawn = [
        (thing, draw(other) if draw(st.integers(0, 14)) == 1 else name)
        for thing, name in zip(common, order, strict=False)
        if draw(st.integers(0, 19)) != 1
    ]
    present = Environment(provider, tuple(drawn))
    held: set[tuple[Scope, str]] = {(("relation", ""), present.dialect.fold(name)) for name in (*TABLES, TARGET, "target_pkey")}
    kept = []
    for thing, name in drawn:
        slots = _slots(thing, name, present)
        if held.isdisjoint(slots):
            held |= slots
            kept.append((thing, name))
    free = (name for name in draw(st.lists(st.sampled_from(names), max_size=2, unique=True)))
    relation: Scope = ("relation", "")
    shared = provider in (Provider.POSTGRESQL, Provider.SQLITE)
    bystanders = tuple(name for name in free if shared and (relation, present.dialect.fold(name)) not in held)
    return Environment(provider, tuple(kept), tuple({present.dialect.fold(name): name for name in bystanders}.values()))


def _slots(thing: Thing, name: str, environment: Environment) -> set[tuple[Scope, str]]:
    facts = environment.dialect
    scopes = [*facts.scopes(_object(thing, name, facts))]
    if thing.kind is Kind.FOREIGN_KEY and environment.provider.family is Provider.MYSQL:
        # MySQL may make an index of that name; one of that name on other columns would be in its way.
        scopes += facts.scopes(_object(Thing(Kind.INDEX, thing.table, thing.column), name, facts))
    return {(scope, facts.fold(name)) for scope in scopes}


@st.composite
def fleets(draw: st.DrawFn, provider: Provider, most: int) -> dict[str, Environment]:
    """Some environments that have the same things under different names."""
    common = draw(things(provider))
    names = tuple(draw(st.lists(st.sampled_from(pool(provider)), min_size=len(common), max_size=12, unique=True)))
    count = draw(st.integers(1, most))
    return {f"e{number}": draw(environments(provider, common, names)) for number in range(count)}
