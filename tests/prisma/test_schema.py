"""A schema as a catalog: what it declares, under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.errors import SchemaError
from namesync.model import Definition, Key, Kind, Location, Object, Part, Provider, Reference, TableRef
from namesync.prisma.schema import load_schema
from tests.prisma.reading import PRISMA, names, objects, schema_of

PK, FK, UNIQUE, INDEX = Kind.PRIMARY_KEY, Kind.FOREIGN_KEY, Kind.UNIQUE, Kind.INDEX


WHOLE = """model User {
  id    Int    @id
  email String @unique(map: "User.email_unique")
  posts Post[]
}

model Post {
  id       Int    @id @map("post_id")
  title    String
  authorId Int?   @map("author_id")
  author   User?  @relation(fields: [authorId], references: [id])

  @@index([title, authorId(sort: Desc)])
  @@map("posts")
}
"""


def test_the_objects_of_a_schema() -> None:
    user, posts = TableRef("", "User"), TableRef("", "posts")
    key = Definition(constraint=True, method="btree", parts=(Part(),))
    assert objects(schema_of(WHOLE)) == (
        Object(Key(PK, user, ("id",)), "User_pkey", key, location=Location("schema.prisma", 5, 16)),
        Object(
            Key(UNIQUE, user, ("email",)),
            "User.email_unique",
            Definition(method="btree", parts=(Part(),)),
            location=Location("schema.prisma", 6, 16),
        ),
        Object(Key(PK, posts, ("post_id",)), "posts_pkey", key, location=Location("schema.prisma", 11, 19)),
        Object(
            Key(INDEX, posts, ("title", "author_id")),
            "posts_title_author_id_idx",
            Definition(method="btree", parts=(Part(), Part(descending=True))),
            location=Location("schema.prisma", 16, 3),
        ),
        Object(
            Key(FK, posts, ("author_id",), Reference(user, ("id",))),
            "posts_author_id_fkey",
            Definition(constraint=True, on_delete="SET NULL", on_update="CASCADE"),
            location=Location("schema.prisma", 14, 19),
        ),
    )


def test_a_schema_as_a_catalog() -> None:
    schema = schema_of(WHOLE)
    catalog = schema.catalog(PRISMA)
    assert catalog.declared
    assert catalog.provider is Provider.POSTGRESQL
    assert catalog.schemas == ()
    assert {(table.ref.name, table.columns) for table in catalog.tables} == {
        ("User", ("id", "email")),
        ("posts", ("post_id", "title", "author_id")),
    }
    assert set(catalog.objects) == set(objects(schema))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param('@@index([a], map: "x")', {(INDEX, ("a",)): "x"}, id="map"),
        pytest.param('@@index([a], name: "x")', {(INDEX, ("a",)): "x"}, id="name of @@index is an old map"),
        pytest.param('@@unique([a], name: "x")', {(UNIQUE, ("a",)): "A_a_key"}, id="name of @@unique is none"),
        pytest.param('@@unique(name: "x", map: "y", fields: [a])', {(UNIQUE, ("a",)): "y"}, id="in any order"),
        pytest.param('@@ unique ( [ a , b ] , map : "x" )', {(UNIQUE, ("a", "b")): "x"}, id="spaces anywhere"),
        pytest.param("@@index(a)", {(INDEX, ("a",)): "A_a_idx"}, id="one field without brackets"),
        pytest.param("@@index([b, a])", {(INDEX, ("b", "a")): "A_b_a_idx"}, id="in the order of the attribute"),
        pytest.param('@@index([a], map: "\\"\\\\\\n\\u00e9\\ud83d\\ude00/")', {(INDEX, ("a",)): '"\\\né😀/'}, id="escapes"),
        pytest.param('@@index([a], map: "// [x] {")', {(INDEX, ("a",)): "// [x] {"}, id="marks in a string"),
        pytest.param("@@index([a]) // @@index([b])", {(INDEX, ("a",)): "A_a_idx"}, id="comment behind"),
        pytest.param("/* @@index([b]) */ @@index([a]) /* c */", {(INDEX, ("a",)): "A_a_idx"}, id="comments around"),
        pytest.param("@@ignore", {}, id="ignored"),
    ],
)
def test_names(attributes: str, expected: dict[tuple[Kind, tuple[str, ...]], str]) -> None:
    found = names(schema_of(f"model A {{\n id Int @id\n a Int @ignore\n b Int\n {attributes}\n}}\n"))
    assert found == {(PK, "A", ("id",)): "A_pkey"} | {(kind, "A", columns): name for (kind, columns), name in expected.items()}


@pytest.mark.parametrize(
    ("attribute", "definition"),
    [
        ("@@index([a], type: Hash)", Definition(method="hash", parts=(Part(),))),
        (
            "@@index([a(ops: JsonbPathOps)], type: Gin)",
            Definition(method="gin", parts=(Part(operator_class="jsonb_path_ops"),)),
        ),
        ("@@index([a(ops: JsonbOps)], type: Gin)", Definition(method="gin", parts=(Part(),))),
        (
            "@@index([a(ops: TimestampTzMinMaxMultiOps)], type: Brin)",
            Definition(method="brin", parts=(Part(operator_class="timestamptz_minmax_multi_ops"),)),
        ),
        ("@@index([a(ops: VarBitMinMaxOps)], type: Brin)", Definition(method="brin", parts=(Part(),))),
        (
            "@@index([a(ops: InetMinMaxOps)], type: Brin)",
            Definition(method="brin", parts=(Part(operator_class="inet_minmax_ops"),)),
        ),
        (
            '@@index([a(ops: raw("gin_trgm_ops"))], type: Gin)',
            Definition(method="gin", parts=(Part(operator_class="gin_trgm_ops"),)),
        ),
        ("@@fulltext([a])", Definition(method="fulltext", parts=(Part(),))),
        ("@@index([a(length: 10, sort: Desc)])", Definition(method="btree", parts=(Part(descending=True, length=10),))),
        ('@@index([a], where: raw("(b > 1)"))', Definition(method="btree", parts=(Part(),), predicate="(b > 1)")),
        (
            '@@index([a], where: { a: null, b: { not: "it\'s" } })',
            Definition(method="btree", parts=(Part(),), predicate="(\"a\" IS NULL AND \"b\" != 'it''s')"),
        ),
    ],
)
def test_definitions(attribute: str, definition: Definition) -> None:
    found = objects(schema_of(f"model A {{\n a Json\n b String\n {attribute}\n}}\n"))
    assert [obj.definition for obj in found] == [definition]


def test_views_declare_nothing() -> None:
    schema = schema_of(
        """model A {
 id Int @id
 v V?
}
view V {
 aid Int @unique
 a A @relation(fields: [aid], references: [id])
}
type T {
 x Int
}
enum E {
 X @map("x")
 @@map("e")
}
"""
    )
    assert names(schema) == {(PK, "A", ("id",)): "A_pkey"}
    assert [table.ref.name for table in schema.catalog(PRISMA).tables] == ["A"]


def test_words_that_are_keywords_elsewhere() -> None:
    schema = schema_of("model model {\n id Int @id\n map Int @unique\n model Int\n enum String @unique\n}\n")
    assert names(schema)[UNIQUE, "model", ("map",)] == "model_map_key"


def test_a_folder(tmp_path: Path) -> None:
    """Every file below it, datasource and both sides of a relation in different ones; line endings as they come."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "main.prisma").write_bytes(b'datasource db {\r\n  provider = "sqlite"\r\n}')
    (tmp_path / "a.prisma").write_bytes(b"model A {\n  id Int @id\n  bs B[]\n}")
    (tmp_path / "deep" / "b.prisma").write_bytes(b"\xef\xbb\xbfmodel B {\r  id Int @id\r  u Int @unique\r  as A[]\r}")
    (tmp_path / "notes.txt").write_text("model C {}")
    found = objects(load_schema(tmp_path))
    assert {obj.key.table.name for obj in found} == {"A", "B", "_AToB"}
    (unique,) = [obj for obj in found if obj.key.columns == ("u",)]
    assert unique.location == Location(str(tmp_path / "deep" / "b.prisma"), 3, 9)


def test_an_error_in_a_folder_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.prisma").write_text('datasource db {\n  provider = "sqlite"\n}')
    (tmp_path / "b.prisma").write_text("model A {\n  id Int @id\n}\n\nmodel A {\n}")
    with pytest.raises(SchemaError, match=r"b\.prisma:5:7: A is already declared"):
        load_schema(tmp_path)
