"""The names Prisma gives when nobody says otherwise.

The rule is prisma-engines' `psl/psl-core/src/datamodel_connector/constraint_names.rs` and, for implicit many-to-many tables,
its SQL schema calculator; both were checked against names the real engine gave (`tests/data/convention`). It works on
*database* names (after `@@map` and `@map`), counts bytes, cuts the stem at a character boundary and keeps the suffix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from namesync.dialects import dialect_of
from namesync.model import Catalog, Kind, Object, Provider, TableRef

LIMITS: Mapping[Provider, int] = {
    Provider.POSTGRESQL: 63,
    Provider.MYSQL: 64,
    Provider.MARIADB: 64,
    Provider.SQLITE: 10_000,
}
"""The longest name Prisma makes for a provider, in bytes (also on MySQL, whose server counts characters)."""

SUFFIXES: Mapping[Kind, str] = {
    Kind.PRIMARY_KEY: "_pkey",
    Kind.UNIQUE: "_key",
    Kind.INDEX: "_idx",
    Kind.FOREIGN_KEY: "_fkey",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One of the conventions Prisma has had. `join_primary_key`: whether the implicit many-to-many tables of PostgreSQL
    have a primary key on (A, B), as Prisma makes them from version 6 on, or a unique index, as before."""

    name: str
    about: str
    join_primary_key: bool

    def join_kind(self, provider: Provider) -> Kind:
        """What makes the pairs of an implicit many-to-many table unique."""
        primary = self.join_primary_key and provider is Provider.POSTGRESQL
        return Kind.PRIMARY_KEY if primary else Kind.UNIQUE


PROFILES: Mapping[str, Profile] = {
    "prisma": Profile("prisma", "Prisma 6 and 7", join_primary_key=True),
    "prisma5": Profile("prisma5", "Prisma 3 to 5", join_primary_key=False),
}


def settable(kind: Kind, provider: Provider) -> bool:
    """Whether Prisma (and the server) can give objects of this kind a name: not MySQL's and SQLite's primary keys, not
    SQLite's foreign keys."""
    if provider is Provider.SQLITE:
        return kind in (Kind.UNIQUE, Kind.INDEX)
    return kind is not Kind.PRIMARY_KEY or provider is Provider.POSTGRESQL


def cut(text: str, limit: int) -> str:
    """The longest beginning of `text` that has at most `limit` bytes in UTF-8 and ends with a whole character."""
    if len(text) * 4 <= limit:  # no character takes more
        return text
    data = text.encode()
    return text if len(data) <= limit else data[:limit].decode(errors="ignore")


def default_name(kind: Kind, table: str, columns: Sequence[str], provider: Provider) -> str:
    """The name Prisma gives to an object of an ordinary table; "" where it has none to give. Database names."""
    if not settable(kind, provider):
        return ""
    stem = table if kind is Kind.PRIMARY_KEY else "_".join((table, *columns))
    suffix = SUFFIXES[kind]
    return cut(stem, LIMITS[provider] - len(suffix)) + suffix


def join_table_name(kind: Kind, table: str, columns: Sequence[str], provider: Provider) -> str:
    """The name Prisma gives to an object of an implicit many-to-many table; "" where it has none to give.

    Prisma cuts these by characters, only the foreign keys by bytes; where the result is too long for PostgreSQL the server
    cuts it again.
    """
    if not settable(kind, provider):
        return ""
    suffix = {
        Kind.PRIMARY_KEY: "_AB_pkey",
        Kind.UNIQUE: "_AB_unique",
        Kind.INDEX: "_B_index",
        Kind.FOREIGN_KEY: f"_{columns[0]}_fkey",
    }[kind]
    limit = LIMITS[provider]
    if kind is Kind.FOREIGN_KEY:
        return cut(table, limit - len(suffix)) + suffix
    name = table[: limit - len(suffix)] + suffix
    return cut(name, limit) if provider is Provider.POSTGRESQL else name


def join_tables(catalog: Catalog) -> frozenset[TableRef]:
    """The implicit many-to-many tables of a catalog, recognised by shape as `prisma db pull` does.

    Their name starts with `_`; a primary key or unique on exactly (A, B), a plain index on (B), and two foreign keys, A and B,
    the table of A not after that of B. With `relationMode = "prisma"` there are no foreign keys: then the table has the
    columns A and B only.
    """
    shapes: dict[TableRef, list[Object]] = {table.ref: [] for table in catalog.tables if table.ref.name[:1] == "_"}
    for obj in catalog.objects:
        if obj.key.table in shapes and not obj.unmanaged:
            shapes[obj.key.table].append(obj)
    columns = {table.ref: table.columns for table in catalog.tables}
    return frozenset(ref for ref, objects in shapes.items() if _joins(objects, columns[ref]))


def _joins(objects: Iterable[Object], columns: Sequence[str]) -> bool:
    keys = [obj.key for obj in objects]
    pairs = any(key.kind in (Kind.PRIMARY_KEY, Kind.UNIQUE) and key.columns == ("A", "B") for key in keys)
    backwards = any(key.kind is Kind.INDEX and key.columns == ("B",) for key in keys)
    targets = {key.columns[0].upper(): key.references for key in keys if key.kind is Kind.FOREIGN_KEY}
    count = sum(key.kind is Kind.FOREIGN_KEY for key in keys)
    if not (pairs and backwards):
        return False
    if count == 0:
        return sorted(columns) == ["A", "B"]
    a, b = targets.get("A"), targets.get("B")
    return count == 2 and a is not None and b is not None and a.table.name.encode() <= b.table.name.encode()


def expected_names(catalog: Catalog) -> tuple[str, ...]:
    """The convention's name for each of `catalog.objects`, in their order; "" where Prisma has none to give."""
    names = Convention(catalog)
    return tuple(names.expected(obj) for obj in catalog.objects)


class Convention:
    """The convention's names for the objects of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._fold = dialect_of(catalog).fold
        self.join_tables = join_tables(catalog)

    def expected(self, obj: Object) -> str:
        """The convention's name for an object of the catalog, "" where Prisma has none to give.

        Included columns count as key columns, as Prisma reads them. The index MySQL makes for a foreign key follows the
        foreign key it is named after. Expression indexes and exclusion constraints have no default name.
        """
        if obj.implicit and obj.key.kind is not Kind.FOREIGN_KEY:
            return self._behind.get((obj.key.table, self._fold(obj.name)), "")
        if obj.definition.exclusion or any(part.expression for part in obj.definition.parts):
            return ""
        columns = obj.key.columns + obj.definition.include
        joins = obj.key.table in self.join_tables and _own_join_object(obj)
        name = join_table_name if joins else default_name
        return name(obj.key.kind, obj.key.table.name, columns, self._catalog.provider)

    @cached_property
    def _behind(self) -> dict[tuple[TableRef, str], str]:
        """What the indexes that serve foreign keys are named after."""
        foreign_keys = (obj for obj in self._catalog.objects if obj.key.kind is Kind.FOREIGN_KEY)
        return {(obj.key.table, self._fold(obj.name)): self.expected(obj) for obj in foreign_keys}


def _own_join_object(obj: Object) -> bool:
    """Whether Prisma itself makes such an object on a many-to-many table (somebody may have added others)."""
    if obj.key.kind is Kind.FOREIGN_KEY:
        return True
    return obj.key.columns == (("B",) if obj.key.kind is Kind.INDEX else ("A", "B"))


def conform(catalog: Catalog) -> Catalog:
    """The same catalog with the convention's names, its objects in the same order; names that can't be set stay."""
    names = expected_names(catalog)
    objects = tuple(replace(obj, name=name) if name else obj for obj, name in zip(catalog.objects, names, strict=True))
    return replace(catalog, objects=objects)
