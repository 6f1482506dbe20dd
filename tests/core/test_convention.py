"""namesync's convention is Prisma's, name for name: against names the real engine gave (tests/data/convention)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from namesync.convention import LIMITS, PROFILES, conform, cut, default_name, expected_names, join_table_name, join_tables
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, catalog
from tests.conformance.names import PROVIDERS, Name, read

PG, MYSQL, MARIADB, SQLITE = Provider
PK, FK, UNIQUE, INDEX = Kind


@pytest.mark.parametrize("provider", PROVIDERS)
def test_names_are_the_engine_s(provider: Provider) -> None:
    names = read(provider)["names"]
    assert [row._replace(name=default_name(row.kind, row.table, row.columns, provider)) for row in names] == names


@pytest.mark.parametrize("provider", PROVIDERS)
def test_join_table_names_are_the_engine_s(provider: Provider) -> None:
    """As PostgreSQL stores them: Prisma counts characters here, and the server cuts at 63 bytes what is still too long."""
    names = [row._replace(name=cut(row.name, LIMITS[provider])) for row in read(provider)["join_tables"]]
    assert [row._replace(name=join_table_name(row.kind, row.table, row.columns, provider)) for row in names] == names


def test_the_data_proves_something() -> None:
    """At least 500 names; every length around the cut; characters of 2, 3 and 4 bytes cut at every one of their bytes."""
    data = {provider: read(provider)["names"] + read(provider)["join_tables"] for provider in PROVIDERS}
    assert sum(map(len, data.values())) >= 500
    for provider in (PG, MYSQL):
        limit = LIMITS[provider]
        assert set(range(limit - 13, limit + 3)) <= {len(row.table) for row in data[provider] if row.table.isascii()}
        for character in "é日😀":
            assert {_offset(row, character, limit) for row in data[provider]} >= set(range(len(character.encode())))


def _offset(row: Name, character: str, limit: int) -> int | None:
    """At which of its bytes the rule would cut `character`; 0 where it falls between characters."""
    suffix = {PK: "_pkey", FK: "_fkey", UNIQUE: "_key", INDEX: "_idx"}[row.kind]
    stem = row.table if row.kind is PK else "_".join((row.table, *row.columns))
    whole, left = stem.encode(), limit - len(suffix)
    if character not in stem or len(whole) <= left:
        return None
    kept = len(whole[:left].decode(errors="ignore").encode())
    return left - kept if stem.encode()[kept:].decode().startswith(character) else None


@pytest.mark.parametrize(
    ("provider", "kind"),
    [(MYSQL, PK), (MARIADB, PK), (SQLITE, PK), (SQLITE, FK)],
    ids=["mysql-pk", "mariadb-pk", "sqlite-pk", "sqlite-fk"],
)
def test_kinds_without_a_settable_name(provider: Provider, kind: Kind) -> None:
    assert default_name(kind, "Post", ("id",), provider) == ""
    assert join_table_name(kind, "_AToB", ("A", "B"), provider) == ""


@pytest.mark.parametrize("kind", [FK, UNIQUE, INDEX])
def test_mariadb_is_mysql(kind: Kind) -> None:
    assert default_name(kind, "T" * 70, ("c",), MARIADB) == default_name(kind, "T" * 70, ("c",), MYSQL)


@pytest.mark.parametrize(
    ("profile", "provider", "kind"),
    [
        ("prisma", PG, PK),
        ("prisma", MYSQL, UNIQUE),
        ("prisma", SQLITE, UNIQUE),
        ("prisma5", PG, UNIQUE),
        ("prisma5", MARIADB, UNIQUE),
        ("prisma5", SQLITE, UNIQUE),
    ],
)
def test_what_makes_the_pairs_of_a_join_table_unique(profile: str, provider: Provider, kind: Kind) -> None:
    assert PROFILES[profile].join_kind(provider) is kind


@pytest.mark.parametrize(
    ("kind", "columns", "name"),
    [
        (UNIQUE, ("A", "B"), "_CategoryToPost_AB_unique"),
        (PK, ("A", "B"), "_CategoryToPost_AB_pkey"),
        (INDEX, ("B",), "_CategoryToPost_B_index"),
        (FK, ("A",), "_CategoryToPost_A_fkey"),
    ],
    ids=["unique", "primary key", "index", "foreign key"],
)
def test_documented_join_table_names(kind: Kind, columns: tuple[str, ...], name: str) -> None:
    """Those of Prisma 5 (unique) and 6 (primary key) in Prisma's guide "Upgrade to Prisma ORM 6": no engine of 5 is on npm."""
    assert join_table_name(kind, "_CategoryToPost", columns, PG) == name


# ---- a whole catalog ----


def _objects(table: str, *rows: tuple[Kind, str, str], **targets: str) -> Iterable[Object]:
    """One object for each (kind, its columns, its name); a foreign key points at `targets[its column]`."""
    ref = TableRef("", table)
    for kind, columns, name in rows:
        target = Reference(TableRef("", targets[columns]), ("id",)) if kind is FK else None
        yield Object(Key(kind, ref, tuple(columns), target), name)


def _join(*, name: str = "_PostToTag", pair: Kind = PK, back: str = "B", a: str = "Post", b: str = "Tag") -> Catalog:
    rows = [(pair, "AB", "x1"), (INDEX, back, "x2"), (FK, "A", "x3"), (FK, "B", "x4")]
    ref = TableRef("", name)
    return catalog(PG, tables=(Table(ref, ("A", "B")),), objects=tuple(_objects(name, *rows, A=a, B=b)))


@pytest.mark.parametrize(
    ("found", "recognised"),
    [
        (_join(), True),
        (_join(pair=UNIQUE), True),
        (_join(a="Tag", b="Tag"), True),
        (_join(name="PostToTag"), False),
        (_join(back="A"), False),
        (_join(a="b", b="a"), False),
    ],
    ids=["primary key", "unique", "with itself", "no underscore", "no index on B", "wrong order"],
)
def test_join_tables_are_recognised_by_shape(found: Catalog, recognised: bool) -> None:
    assert join_tables(found) == (frozenset({found.tables[0].ref}) if recognised else frozenset())


def test_a_join_table_gets_its_own_names() -> None:
    assert expected_names(_join()) == (
        "_PostToTag_AB_pkey",
        "_PostToTag_B_index",
        "_PostToTag_A_fkey",
        "_PostToTag_B_fkey",
    )


def test_what_others_add_to_a_join_table_gets_ordinary_names() -> None:
    found = _join()
    extra = Object(Key(INDEX, found.tables[0].ref, ("A",)), "mine")
    with_extra = catalog(PG, tables=found.tables, objects=(*found.objects, extra))
    names = {obj.name: name for obj, name in zip(with_extra.objects, expected_names(with_extra), strict=True)}
    assert names["mine"] == "_PostToTag_A_idx"
    assert names["x2"] == "_PostToTag_B_index"


def test_without_foreign_keys_only_the_two_columns_tell_a_join_table() -> None:
    """relationMode = "prisma"."""
    ref = TableRef("", "_PostToTag")
    objects = tuple(_objects("_PostToTag", (PK, "AB", "x1"), (INDEX, "B", "x2")))
    assert join_tables(catalog(PG, tables=(Table(ref, ("A", "B")),), objects=objects)) == {ref}
    assert join_tables(catalog(PG, tables=(Table(ref, ("A", "B", "c")),), objects=objects)) == frozenset()


T = TableRef("", "T")
SPECIAL = [
    ("included columns count", Object(Key(INDEX, T, ("a",)), "x", Definition(include=("b",))), "T_a_b_idx"),
    ("an expression has none", Object(Key(INDEX, T, ("lower(a)",)), "x", Definition(parts=(Part(expression=True),))), ""),
    ("an exclusion constraint has none", Object(Key(INDEX, T, ("a",)), "x", Definition(exclusion="a WITH =")), ""),
    ("a partial index as any other", Object(Key(UNIQUE, T, ("a",)), "x", Definition(predicate="a > 0")), "T_a_key"),
    ("a full-text index", Object(Key(INDEX, T, ("a",)), "x", Definition(method="fulltext")), "T_a_idx"),
]


@pytest.mark.parametrize(("obj", "name"), [row[1:] for row in SPECIAL], ids=[row[0] for row in SPECIAL])
def test_special_objects(obj: Object, name: str) -> None:
    assert expected_names(catalog(MYSQL, objects=(obj,))) == (name,)


def test_the_index_behind_a_foreign_key_follows_it() -> None:
    """MySQL names it after the foreign key, without regard to case."""
    target = Reference(TableRef("", "U"), ("id",))
    objects = (
        Object(Key(FK, T, ("a",), target), "Odd"),
        Object(Key(INDEX, T, ("a",)), "odd", implicit=True),
        Object(Key(INDEX, T, ("b",)), "lost", implicit=True),
    )
    found = catalog(MYSQL, objects=objects)
    names = {obj.name: name for obj, name in zip(found.objects, expected_names(found), strict=True)}
    assert names == {"Odd": "T_a_fkey", "odd": "T_a_fkey", "lost": ""}


def test_conform_changes_names_and_nothing_else() -> None:
    found = catalog(MYSQL, objects=(Object(Key(PK, T, ("a",)), "PRIMARY"), *[row[1] for row in SPECIAL]))
    conformed = conform(found)
    assert [obj.key for obj in conformed.objects] == [obj.key for obj in found.objects]
    assert [obj.definition for obj in conformed.objects] == [obj.definition for obj in found.objects]
    assert {obj.name for obj in conformed.objects} == {"PRIMARY", "T_a_key", "T_a_b_idx", "T_a_idx", "x"}
    assert conform(conformed) == conformed
