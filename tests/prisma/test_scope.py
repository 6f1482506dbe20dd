"""A schema in the scope of databases: what of it lies in which of their schemas."""

from __future__ import annotations

import pytest

from namesync.prisma.schema import Schema
from tests.prisma.reading import PRISMA, read_files, schema_of

ACROSS = """datasource db {
  provider = "postgresql"
  schemas  = ["a", "b", "c"]
}
model User {
  id    Int    @id
  posts Post[]
  tags  Tag[]
  @@schema("a")
}
model Post {
  id     Int  @id
  userId Int
  user   User @relation(fields: [userId], references: [id])
  @@schema("b")
}
model Tag {
  id    Int    @id
  users User[]
  @@schema("c")
}
"""


def places(schema: Schema) -> set[tuple[str, str]]:
    """(schema, table) of everything declared."""
    return {(obj.key.table.schema, obj.key.table.name) for obj in schema.catalog(PRISMA).objects}


@pytest.mark.parametrize(
    ("scope", "schemas", "expected"),
    [
        (("a", "b", "c"), ("a", "b", "c"), {("a", "User"), ("b", "Post"), ("c", "Tag"), ("c", "_TagToUser")}),
        (("b",), ("b",), {("b", "Post")}),
        (("c", "x", "a"), ("a", "c"), {("a", "User"), ("c", "Tag"), ("c", "_TagToUser")}),
        (("tenant",), ("a", "b", "c"), {("a", "User"), ("b", "Post"), ("c", "Tag"), ("c", "_TagToUser")}),
        ((), ("a", "b", "c"), {("a", "User"), ("b", "Post"), ("c", "Tag"), ("c", "_TagToUser")}),
    ],
    ids=["all", "one", "two and another", "none of them", "no scope"],
)
def test_only_what_lies_in_scope(scope: tuple[str, ...], schemas: tuple[str, ...], expected: set[tuple[str, str]]) -> None:
    schema = read_files({"schema.prisma": ACROSS}).within(scope)
    assert schema.catalog(PRISMA).schemas == schemas
    assert places(schema) == expected


def test_a_foreign_key_out_of_scope_keeps_its_target() -> None:
    (target,) = {
        obj.key.references.table.schema
        for obj in read_files({"schema.prisma": ACROSS}).within(("b",)).catalog(PRISMA).objects
        if obj.key.references is not None
    }
    assert target == "a"


@pytest.mark.parametrize(("scope", "home"), [(("x", "public"), "public"), (("x", "y"), "x"), (("x",), "x"), ((), "")], ids=str)
def test_a_schema_that_lists_none_lies_in_one(scope: tuple[str, ...], home: str) -> None:
    models = "model A {\n id Int @id\n bs B[]\n}\nmodel B {\n id Int @id\n as A[]\n}\n"
    assert places(schema_of(models).within(scope)) == {(home, "A"), (home, "B"), (home, "_AToB")}
