"""What can't be understood is an error with its place, never skipped. The place is marked with a guillemet."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.errors import SchemaError
from namesync.prisma.schema import load_schema
from tests.prisma.reading import read_files

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
B = "model B {\n id Int @id\n as A[]\n}\n"


def refused(marked: str, before: str = DATASOURCE) -> str:
    """The message of the error that must point at the mark."""
    text = before + marked.replace("»", "")
    upto = before + marked[: marked.index("»")]
    with pytest.raises(SchemaError) as caught:
        read_files({"schema.prisma": text})
    error = caught.value
    place = ("schema.prisma", upto.count("\n") + 1, len(upto) - upto.rfind("\n"))
    assert (error.file, error.line, error.column) == place, str(error)
    assert error.exit_code == 2
    return error.what


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("a »", "expected the type of the field a"),
        ("a»: Int", "no colon"),
        ("a »[Int]", "expected the type"),
        ("a Int[]»?", "a list can't be optional"),
        ("a Int[ »]", "expected []"),
        ("a Int»!", "expected the line to end"),
        ("a Int»; b Int", "expected the line to end"),
        ('a »Unsupported ("x")', 'expected Unsupported("..")'),
        ("»_a Int", "expected a field or an attribute"),
        ("»1a Int", "letters, digits and underscores"),
        ("»a-b Int", "letters, digits and underscores"),
        ("»a.b Int", "letters, digits and underscores"),
        ("a »/* c */ Int", "expected the type"),
        ("a Int /* c\n */ »b Int", "expected the line to end"),
        ("a Int »}", "expected the line to end"),
        ("a »Foo", "unknown type Foo"),
        ("a Int\n »a Int", "two fields a"),
        ('a Int\n »b Int @map("a")', "two fields for the column a"),
        ("a Int »@foo", "unknown attribute @foo"),
        ("a Int »@uniqu.e", "unknown attribute @uniqu.e"),
        ("a Int @unique »@unique", "stands here twice"),
        ("a String @db.Text »@db.Char(1)", "stands here twice"),
        ('a Int @unique(»name: "x")', "does not take the argument name"),
        ('a Int @unique(»"x")', "without a name"),
        ('a Int @unique(map: "x", »map: "y")', "given map twice"),
        ("a Int @unique(map: »x)", "must be a string"),
        ('a Int @unique(map: »"")', "must not be empty"),
        ("a Int @unique(map: »)", "expected the value of map"),
        ('a Int @unique(map: »"x)', "this string has no end"),
        ('a Int @unique(map: "»\\x")', "unknown escape"),
        ('a Int @unique(map: "a»\\ud83d")', "unknown escape"),
        ("a Int @unique(sort: »Down)", "must be one of Asc, Desc"),
        ("a Int @unique(length: »x)", "must be a whole number"),
        ("a Int @unique(length: »-1)", "must be a whole number"),
        (f"a Int @unique(length: »{'1' * 5_000})", "must be a whole number"),
        ("a Int @unique(»", "expected an argument"),
        ('a Int »@relation("x")', "is no relation"),
        ("a Int »@id", "second primary key"),
        ("»/* no end", "this comment has no end"),
    ],
)
def test_fields(field: str, message: str) -> None:
    assert message in refused(f"model A {{\n id Int @id\n {field}\n}}\n")


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("@@index([»zz])", "names zz, which is no scalar field"),
        ("@@unique([a, »b.c])", "names b.c"),
        ("@@index([a, »a])", "names a twice"),
        ("@@index(»[])", "at least one field"),
        ("»@@index", "lacks its fields"),
        ("»@@index()", "lacks its fields"),
        ('@@index([»"a"])', "must list names of fields"),
        ("@@index([a, »[b]])", "must list names of fields"),
        ("@@index([a], »[b])", "given fields twice"),
        ("@@index([a], »fields: [b])", "given fields twice"),
        ("@@index([a»,])", "must not end with a comma"),
        ("@@index([a]»,)", "must not end with a comma"),
        ("@@index([a(sort: »Up)])", "must be one of Asc, Desc"),
        ('»@@index([a], name: "x", map: "y")', "not both"),
        ("@@index([a], type: »Foo)", "must be one of BTree"),
        ('@@index([a], type: »"Hash")', "must be a plain word"),
        ("@@index([a], clustered: »no)", "must be one of true, false"),
        ("@@index([a], »ops: X)", "does not take the argument ops"),
        ('@@index([a], where: »"x")', 'must be raw("..")'),
        ('@@index([a], where: »raw("x", "y"))', 'must be raw("..")'),
        ("@@index([a], where: { »zz: 1 })", "names zz"),
        ("@@index([a], where: { a: »{ gt: 1 } })", "compares with"),
        ("@@index([a]) »@@index([b])", "expected the line to end"),
        ("@@index([a]) »x", "expected the line to end"),
        ("@@index([a »/* c */])", 'expected "," or "]"'),
        ("@@index([a »", 'expected "," or "]"'),
        ("»@@foo", "unknown attribute @@foo"),
        ("»@@db.Text", "unknown attribute @@db.Text"),
        (f'»@@index([a], map: "{"é" * 32}")', "longer than 63 bytes"),
        ("@@»", "expected the name of an attribute"),
        ("»@unique", "expected a field or an attribute"),
        ("»@@id([a])", "second primary key"),
        ("@@map(»x)", "must be a string"),
        ("»@@map", "lacks its name"),
        ('@@map("a")\n »@@map("b")', "stands here twice"),
        ('»@@schema("x")', "does not list the schema x"),
        ("@@ignore(»1)", "without a name"),
        ('@@fulltext([a], »name: "x")', "does not take the argument name"),
        ("@@index([a], map: " + "[" * 99 + "»[" + "]" * 100 + ")", "nested too deeply"),
    ],
)
def test_block_attributes(attribute: str, message: str) -> None:
    assert message in refused(f"model A {{\n id Int @id\n a Int\n b Int\n {attribute}\n}}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("»Model A {\n id Int @id\n}\n", "expected model, enum", id="keyword"),
        pytest.param("model A»\n{\n}\n", 'expected "{"', id="brace on its own line"),
        pytest.param("model »A { id Int @id }\n", 'has no "}" on a line of its own', id="one line"),
        pytest.param(
            "model A { »/* c\n @@index([id])\n */ id Int @id\n}\n", "must end on its line", id="comment behind the brace"
        ),
        pytest.param("model »A {\n id Int @id\n", 'has no "}"', id="no end"),
        pytest.param("model A {\n id Int @id\n}»x\n", "expected model, enum", id="something behind"),
        pytest.param("model »A-b {\n}\n", "letters, digits", id="name"),
        pytest.param("type »X = Int @id\n", "type aliases", id="type alias"),
        pytest.param("model A {\n id Int @id\n}\nenum »A {\n X\n}\n", "already declared, as model", id="two of a name"),
        pytest.param(
            'model A {\n id Int @id\n}\nmodel »B {\n id Int @id\n @@map("A")\n}\n', "same table as A", id="two of a table"
        ),
        pytest.param("enum E {\n A »B\n}\n", "expected the line to end", id="enum value"),
        pytest.param(
            f"{B}model A {{\n id Int @id\n}}\n".replace(" as", " »as"), "no opposite field in A", id="one-sided relation"
        ),
        pytest.param(f"{B}model A {{\n id Int @id\n b1 B[]\n b2 B[]\n}}\n".replace(" as", " »as"), "ambiguous", id="ambiguous"),
        pytest.param(
            f"{B}model A {{\n id Int @id\n b B\n}}\n".replace(" as", " »as"), "fields on neither side", id="no fields"
        ),
        pytest.param(
            f"{B}model A {{\n id Int @id\n bid Int\n b B @relation(fields: [bid], references: [»zz])\n}}\n",
            "zz, which is no scalar field of B",
            id="references",
        ),
        pytest.param(
            f"{B}model A {{\n id Int @id\n bid Int\n b B @relation(fields: [»b], references: [id])\n}}\n",
            "b, which is no scalar field of A",
            id="fields",
        ),
        pytest.param(
            f"{B}model A {{\n id Int @id\n bid Int\n b B »@relation(fields: [bid])\n}}\n", "equally many", id="no references"
        ),
        pytest.param(
            f"{B}model A {{\n id Int @id\n bid Int\n b B @relation(fields: [bid], references: [id], onDelete: »Drop)\n}}\n",
            "must be one of Cascade",
            id="action",
        ),
        pytest.param(f"{B}model A {{\n id Int @id\n b B[] »@unique\n}}\n", "which is a relation", id="unique relation"),
        pytest.param("model »A {\n id Int @unique\n bs B[]\n}\n" + B, "has no @id of one field", id="many-to-many without id"),
    ],
)
def test_blocks_and_relations(text: str, message: str) -> None:
    assert message in refused(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('datasource db {\n provider = »"sqlserver"\n}\n', "sqlserver is not supported", id="sqlserver"),
        pytest.param('datasource db {\n provider = »"cockroachdb"\n}\n', "cockroachdb is not supported", id="cockroachdb"),
        pytest.param('datasource db {\n provider = »"mongodb"\n}\n', "mongodb is not supported", id="mongodb"),
        pytest.param('datasource db {\n provider = »"mariadb"\n}\n', "unknown provider 'mariadb'", id="mariadb"),
        pytest.param('datasource db {\n provider = »env("P")\n}\n', "must be a string", id="env"),
        pytest.param('datasource db {\n provider »"mysql"\n}\n', 'expected "="', id="no equals sign"),
        pytest.param("datasource »db {\n}\n", "lacks its provider", id="no provider"),
        pytest.param('datasource db {\n provider = "mysql"\n »foo = 1\n}\n', "property foo", id="unknown property"),
        pytest.param('datasource db {\n url = "a"\n »url = "b"\n}\n', "sets url twice", id="property twice"),
        pytest.param(f'{DATASOURCE}datasource »b {{\n provider = "mysql"\n}}\n', "a second datasource", id="two datasources"),
        pytest.param("»model A {\n id Int @id\n}\n", "no datasource block", id="none"),
        pytest.param('datasource db {\n provider = "mysql"\n schemas = »[a]\n}\n', "names in double quotes", id="schemas"),
        pytest.param('datasource db {\n provider = "mysql"\n schemas = »["a", "a"]\n}\n', "a name twice", id="schema twice"),
        pytest.param(
            'datasource db {\n provider = "mysql"\n relationMode = »"x"\n}\n', "one of foreignKeys, prisma", id="mode"
        ),
        pytest.param(
            'datasource db {\n provider = "mysql"\n}\nmodel A {\n id Int »@id(map: "x")\n}\n',
            "no names for primary keys",
            id="key",
        ),
        pytest.param(
            'datasource db {\n provider = "postgresql"\n schemas = ["a"]\n}\nmodel »A {\n id Int @id\n}\n',
            "lacks @@schema",
            id="@@schema",
        ),
    ],
)
def test_datasource(text: str, message: str) -> None:
    assert message in refused(text, before="")


def test_sqlite_has_no_named_foreign_keys() -> None:
    field = 'b B »@relation(fields: [bid], references: [id], map: "x")'
    text = f"model A {{\n id Int @id\n bid Int\n {field}\n}}\n{B}"
    assert "no names for foreign keys" in refused(text, DATASOURCE.replace("postgresql", "sqlite"))


def test_a_byte_order_mark_is_no_column(tmp_path: Path) -> None:
    file = tmp_path / "schema.prisma"
    file.write_bytes(b"\xef\xbb\xbfmodl A {\r\n}\r\n")
    with pytest.raises(SchemaError, match=r":1:1: expected model"):
        load_schema(file)


def test_lone_carriage_returns_end_lines(tmp_path: Path) -> None:
    file = tmp_path / "schema.prisma"
    file.write_bytes(DATASOURCE.replace("\n", "\r").encode() + b"modl A {\r}\r")
    with pytest.raises(SchemaError, match=r":4:1: expected model"):
        load_schema(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"// \xe9\xe8\n", ":1:4: is not UTF-8", id="latin 1"),
        pytest.param(b"\xff\xfem\x00", ":1:1: is not UTF-8", id="utf-16"),
    ],
)
def test_other_encodings(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "schema.prisma"
    file.write_bytes(content)
    with pytest.raises(SchemaError, match=message):
        load_schema(file)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="can't be read"):
        load_schema(tmp_path / "schema.prisma")
    with pytest.raises(SchemaError, match=r"no \*\.prisma file"):
        load_schema(tmp_path)
