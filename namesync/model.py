"""What namesync knows of a database: values only, flat, frozen and sorted.

What is looked up and sorted by the ten thousand is a named tuple, whose hash, equality and order are C.

A `Key` says what an object *is*; its name is an attribute. Every source (a server, a snapshot, a `schema.prisma`, a
replayed migrations folder) becomes the same `Catalog`. Names are raw everywhere in the model: they are quoted or escaped
only where they are rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias, TypeVar


class Provider(StrEnum):
    """The servers namesync reads. Prisma's provider for MariaDB is `mysql`: see `family`."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    SQLITE = "sqlite"

    @property
    def family(self) -> Provider:
        """Prisma's own provider: environments compare when their families are equal."""
        return Provider.MYSQL if self is Provider.MARIADB else self


class Kind(StrEnum):
    """The four kinds of objects that Prisma addresses by name."""

    PRIMARY_KEY = "primary_key"
    FOREIGN_KEY = "foreign_key"
    UNIQUE = "unique"
    INDEX = "index"

    __hash__ = str.__hash__  # Enum's own is a Python function, which every look-up of a key would call


KIND_WORDS = {
    Kind.PRIMARY_KEY: "primary key",
    Kind.FOREIGN_KEY: "foreign key",
    Kind.UNIQUE: "unique",
    Kind.INDEX: "index",
}


class TableRef(NamedTuple):
    """A table by its database name. `schema` is "" where every environment compared has one schema in scope."""

    schema: str
    name: str


class Reference(NamedTuple):
    """What a foreign key points at; columns in the order of the key."""

    table: TableRef
    columns: tuple[str, ...]


class Key(NamedTuple):
    """What an object is, without its name. `columns` are in order; an expression stands as its SQL text."""

    kind: Kind
    table: TableRef
    columns: tuple[str, ...]
    references: Reference | None = None

    @property
    def sort_key(self) -> KeyOrder:
        """Orders keys by table, kind and columns."""
        return (self.table, _KIND_ORDER[self.kind], self.columns, self.references or ())


KeyOrder: TypeAlias = tuple[TableRef, str, tuple[str, ...], tuple[()] | Reference]
_KIND_ORDER = {Kind.PRIMARY_KEY: "0", Kind.UNIQUE: "1", Kind.INDEX: "2", Kind.FOREIGN_KEY: "3"}


@dataclass(frozen=True, slots=True)
class Part:
    """How one key part is indexed, at its place in `Key.columns`. None means the server's default."""

    expression: bool = False
    descending: bool = False
    nulls_first: bool | None = None
    operator_class: str | None = None
    collation: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything else that tells two objects of one key apart; no names in it."""

    constraint: bool = False  # a table constraint; False: a bare index
    method: str = ""  # btree, hash, gin, gist, spgist, brin, fulltext, spatial; "" for foreign keys
    parts: tuple[Part, ...] = ()  # one for each key column; () for foreign keys
    include: tuple[str, ...] = ()
    predicate: str | None = None
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    on_delete: str = ""  # NO ACTION, RESTRICT, CASCADE, SET NULL, SET DEFAULT; "" for all but foreign keys, or unseen
    on_update: str = ""
    match_full: bool = False
    valid: bool = True  # False: an INVALID index, a NOT VALID foreign key
    visible: bool = True  # False: INVISIBLE on MySQL, IGNORED on MariaDB
    exclusion: str = ""  # the text of an exclusion constraint (which is of kind index)
    parser: str = ""  # a full-text parser other than the default


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a `schema.prisma`; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Object:
    """One primary key, foreign key, unique or index.

    `name` is "" where the server keeps none (SQLite's foreign and primary keys). `implicit` marks what the server made for
    another object: MySQL's index behind a foreign key *while it bears that foreign key's name*, SQLite's
    `sqlite_autoindex_*`. `unmanaged` is "" or the reason why Prisma can't express the object. `sql` makes an object
    again where renaming it means that: SQLite's stored CREATE INDEX, and of MySQL's foreign keys what follows the name, in
    the server's own words ("" where the role can't see all of it). `location` is set by a `schema.prisma`.
    """

    key: Key
    name: str
    definition: Definition = Definition()
    implicit: bool = False
    unmanaged: str = ""
    sql: str = ""
    location: Location | None = None

    def __hash__(self) -> int:
        return hash((self.key, self.name))  # what else there is takes long to hash, and hardly ever tells two apart

    @property
    def sort_key(self) -> tuple[KeyOrder, str]:
        """Orders objects by key, then by name, nameless ones by their definition."""
        return (self.key.sort_key, self.name or repr(self.definition))


@dataclass(frozen=True, slots=True)
class Table:
    """A table in scope: its columns by name and in order, and what makes it special.

    `partition_of` names the partitioned parent of a partition (Prisma leaves partitions out). `rows` is the server's own
    estimate, None where unknown; snapshots leave it out, so that they are deterministic.
    """

    ref: TableRef
    columns: tuple[str, ...] = ()
    partitioned: bool = False
    partition_of: TableRef | None = None
    rows: int | None = None


Scope: TypeAlias = tuple[str, ...]
"""Where a name must be unique, as a value: ("relation", schema), ("constraint", schema, table), ("index", schema, table),
("foreign_key", schema), ... A dialect says which scopes an object's name lives in."""


class Taken(NamedTuple):
    """A name in a scope held by something that is no object of ours: a table, view, sequence, check constraint, ..."""

    scope: Scope
    name: str
    what: str  # in plain words: "table", "view", "check constraint"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What this role may be unable to see: the absence of such objects proves nothing. `table` None: any table."""

    kinds: tuple[Kind, ...]
    table: TableRef | None
    reason: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything read from one environment. Build it with `catalog(...)`, which sorts.

    `server_version` is "" for sources without a server. `declared` is True for a `schema.prisma`, which knows no more of a
    definition than Prisma's language can say. `folds_tables`: the server compares table names without regard to case
    (MySQL's lower_case_table_names 1 and 2).
    """

    provider: Provider
    server_version: str
    schemas: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    objects: tuple[Object, ...] = ()
    taken: tuple[Taken, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    declared: bool = False
    folds_tables: bool = False

    @property
    def unseen(self) -> tuple[str, ...]:
        """Why the role that read it may not have seen every object, in words; () where it did."""
        return tuple(dict.fromkeys(hidden.reason for hidden in self.hidden if hidden.kinds))


def catalog(
    provider: Provider,
    server_version: str = "",
    schemas: tuple[str, ...] = (),
    *,
    tables: tuple[Table, ...] = (),
    objects: tuple[Object, ...] = (),
    taken: tuple[Taken, ...] = (),
    hidden: tuple[Hidden, ...] = (),
    declared: bool = False,
    folds_tables: bool = False,
) -> Catalog:
    """A `Catalog` in its one canonical order, whatever the order of what it is made from."""
    return Catalog(
        provider,
        server_version,
        schemas,
        tuple(sorted(tables, key=lambda table: table.ref)),
        tuple(in_order(objects, lambda obj: obj.key.table)),
        tuple(sorted(taken)),
        tuple(sorted(hidden, key=lambda hidden_: (hidden_.table or TableRef("", ""), hidden_.kinds, hidden_.reason))),
        declared,
        folds_tables,
    )


T = TypeVar("T", Key, Object)


def in_order(values: Iterable[T], table_of: Callable[[T], TableRef]) -> Iterator[T]:
    """Objects or keys by their `sort_key`, a table at a time: the sort keys of all at once would take more room."""
    by_table: dict[TableRef, list[T]] = {}
    for value in values:
        by_table.setdefault(table_of(value), []).append(value)
    for table in sorted(by_table):
        yield from sorted(by_table[table], key=lambda value: value.sort_key)
