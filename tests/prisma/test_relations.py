"""What relations make in the database: foreign keys, and tables of their own."""

from __future__ import annotations

import pytest

from namesync.convention import PROFILES
from namesync.model import Definition, Key, Kind, Location, Object, Part, Reference, TableRef
from tests.prisma.reading import PRISMA, names, objects, read_files, schema_of

PK, FK, UNIQUE, INDEX = Kind.PRIMARY_KEY, Kind.FOREIGN_KEY, Kind.UNIQUE, Kind.INDEX


@pytest.mark.parametrize(
    ("relation", "columns", "actions"),
    [
        ("B @relation(fields: [b], references: [id])", "b Int", ("RESTRICT", "CASCADE")),
        ("B? @relation(fields: [b], references: [id])", "b Int?", ("SET NULL", "CASCADE")),
        ("B? @relation(fields: [b], references: [id])", "b Int", ("RESTRICT", "CASCADE")),
        (
            "B @relation(fields: b, references: id, onDelete: NoAction, onUpdate: SetDefault)",
            "b Int",
            ("NO ACTION", "SET DEFAULT"),
        ),
    ],
)
def test_referential_actions(relation: str, columns: str, actions: tuple[str, str]) -> None:
    """An optional relation is required where one of its columns is."""
    schema = schema_of(f"model A {{\n id Int @id\n {columns}\n r {relation}\n}}\nmodel B {{\n id Int @id\n as A[]\n}}\n")
    (key,) = [obj for obj in objects(schema) if obj.key.kind is FK]
    assert (key.definition.on_delete, key.definition.on_update) == actions


def test_mysql_tells_no_action_from_restrict_only_in_words() -> None:
    fields = " b Int\n r B @relation(fields: [b], references: [id], onDelete: NoAction)\n"
    schema = schema_of(f"model A {{\n id Int @id\n{fields}}}\nmodel B {{\n id Int @id\n as A[]\n}}\n", "mysql")
    assert {obj.definition.on_delete for obj in objects(schema)} == {"", "RESTRICT"}
    assert names(schema)[PK, "A", ("id",)] == ""


MANY = 'model Zed {{\n id Int @id @map("zid")\n m User[] {0}\n @@map("a")\n}}\nmodel User {{\n id Int @id\n z Zed[] {0}\n}}\n'


def test_many_to_many() -> None:
    """Named and ordered by model names, not by tables."""
    assert [obj for obj in objects(schema_of(MANY.format(""))) if obj.key.table.name == "_UserToZed"] == [
        Object(
            Key(kind, TableRef("", "_UserToZed"), columns, target),
            name,
            definition,
            location=Location("schema.prisma", 11, 2),
        )
        for kind, columns, target, name, definition in (
            (PK, ("A", "B"), None, "_UserToZed_AB_pkey", Definition(True, "btree", (Part(), Part()))),
            (INDEX, ("B",), None, "_UserToZed_B_index", Definition(False, "btree", (Part(),))),
            (
                FK,
                ("A",),
                Reference(TableRef("", "User"), ("id",)),
                "_UserToZed_A_fkey",
                Definition(True, on_delete="CASCADE", on_update="CASCADE"),
            ),
            (
                FK,
                ("B",),
                Reference(TableRef("", "a"), ("zid",)),
                "_UserToZed_B_fkey",
                Definition(True, on_delete="CASCADE", on_update="CASCADE"),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("provider", "profile", "pair"),
    [
        ("postgresql", "prisma", (PK, "_R_AB_pkey")),
        ("postgresql", "prisma5", (UNIQUE, "_R_AB_unique")),
        ("mysql", "prisma", (UNIQUE, "_R_AB_unique")),
        ("sqlite", "prisma", (UNIQUE, "_R_AB_unique")),
    ],
)
def test_pairs_of_many_to_many(provider: str, profile: str, pair: tuple[Kind, str]) -> None:
    catalog = schema_of(MANY.format('@relation("R")'), provider).catalog(PROFILES[profile])
    assert [(obj.key.kind, obj.name) for obj in catalog.objects if obj.key.columns == ("A", "B")] == [pair]


def test_many_to_many_with_itself() -> None:
    """A is the first field by name."""
    fields = ' z N[] @relation("R")\n a N[] @relation("R")\n'
    found = [obj for obj in objects(schema_of(f"model N {{\n id Int @id\n{fields}}}\n")) if obj.key.table.name == "_R"]
    assert len(found) == 4
    assert {obj.location for obj in found} == {Location("schema.prisma", 7, 2)}


def test_several_relations_between_two_models() -> None:
    schema = schema_of(
        """model A {
 id Int @id
 b1 B[] @relation("x")
 b2 B[] @relation("y")
 b3 B[]
}
model B {
 id Int @id
 xid Int
 x A @relation("x", fields: [xid], references: [id])
 zid Int @unique
 y A[] @relation(name: "y")
 z A @relation(fields: [zid], references: [id], map: "zz")
}
"""
    )
    assert names(schema)[FK, "B", ("xid",)] == "B_xid_fkey"
    assert names(schema)[FK, "B", ("zid",)] == "zz"
    assert names(schema)[FK, "_y", ("A",)] == "_y_A_fkey"


def test_relation_mode_prisma_has_no_foreign_keys() -> None:
    head = 'datasource db {\n provider = "mysql"\n relationMode = "prisma"\n}\n'
    found = objects(read_files({"a.prisma": head + MANY.format("")}))
    assert {obj.key.kind for obj in found} == {PK, UNIQUE, INDEX}
    assert {obj.key.table.name for obj in found} == {"User", "a", "_UserToZed"}


def test_a_many_to_many_table_across_schemas() -> None:
    head = 'datasource db {\n provider = "postgresql"\n schemas = ["x", "y"]\n}\n'
    text = MANY.format("").replace(" @@map", ' @@schema("x")\n @@map').replace(" z Zed", ' @@schema("y")\n z Zed')
    catalog = read_files({"a.prisma": head + text}).catalog(PRISMA)
    assert catalog.schemas == ("x", "y")
    assert {table.ref for table in catalog.tables} == {
        TableRef("x", "a"),
        TableRef("y", "User"),
        TableRef("y", "_UserToZed"),  # with its side A
    }
