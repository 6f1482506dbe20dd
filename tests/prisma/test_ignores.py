"""`/// namesync-ignore`: what a comment is about, and the ones that are refused."""

from __future__ import annotations

import pytest

from namesync.errors import SchemaError
from namesync.model import Key, Kind, Reference, TableRef
from namesync.prisma.ignores import Subject
from namesync.report import Rule
from tests.prisma.reading import DATASOURCE, read_files, schema_of

SCHEMA = """\
model User {
  id    Int    @id
  email String @unique @map("mail")
  name  String
  posts Post[]
  tags  Tag[]

  @@index([name])
  @@index([name, email])
  @@map("users")
}

model Post {
  id       Int  @id
  authorId Int
  author   User @relation(fields: [authorId], references: [id])
}

model Tag {
  id    Int    @id
  users User[]
}

enum Color {
  RED
}
"""
USERS = TableRef("", "users")
IGNORE = "/// namesync-ignore: theirs"


def with_comment(above: str, comment: str = IGNORE) -> str:
    """The schema with a comment above the line that begins so."""
    lines = SCHEMA.splitlines()
    place = next(number for number, line in enumerate(lines) if line.strip().startswith(above))
    return "\n".join([*lines[:place], f"  {comment}", *lines[place:]]) + "\n"


def with_comment_behind(line: str, comment: str = IGNORE) -> str:
    return SCHEMA.replace(line, f"{line} {comment}")


@pytest.mark.parametrize(
    ("above", "subject"),
    [
        ("model User", Subject(USERS)),
        ("id ", Subject(USERS, ("id",))),
        ("email", Subject(USERS, ("mail",))),
        ("name ", Subject(USERS, ("name",))),
        ("author ", Subject(TableRef("", "Post"), ("authorId",), Kind.FOREIGN_KEY)),
        ("tags", Subject(TableRef("", "_TagToUser"))),
        ("users", Subject(TableRef("", "_TagToUser"))),
        ("@@index([name, email])", Subject(USERS, ("name", "mail"), Kind.INDEX)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_stands_above(above: str, subject: Subject) -> None:
    (found,) = schema_of(with_comment(above)).ignores
    assert (found.subject, found.rules, found.reason) == (subject, (), "theirs")


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("model User {", Subject(USERS)),
        ('email String @unique @map("mail")', Subject(USERS, ("mail",))),
        ("@@index([name])", Subject(USERS, ("name",), Kind.INDEX)),
    ],
    ids=["model", "field", "attribute"],
)
def test_what_it_stands_behind(line: str, subject: Subject) -> None:
    (found,) = schema_of(with_comment_behind(line)).ignores
    assert found.subject == subject


def test_several_above_one_another_and_other_comments_between() -> None:
    text = with_comment(
        "email", "/// namesync-ignore[name-drift]: a\n  // an address\n\n  /// namesync-ignore[off-convention]: b"
    )
    found = schema_of(text).ignores
    assert [(one.subject.columns, one.rules, one.reason) for one in found] == [
        (("mail",), (Rule.NAME_DRIFT,), "a"),
        (("mail",), (Rule.OFF_CONVENTION,), "b"),
    ]


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("///namesync-ignore:x", (), "x"),
        ("///   namesync-ignore  :  owned by billing: see #12  ", (), "owned by billing: see #12"),
        ("/// namesync-ignore[name-drift]: x", (Rule.NAME_DRIFT,), "x"),
        (
            "/// namesync-ignore[ name-drift , off-convention ] : x",
            (Rule.NAME_DRIFT, Rule.OFF_CONVENTION),
            "x",
        ),
    ],
    ids=["tight", "loose", "a rule", "two rules"],
)
def test_how_it_may_be_written(comment: str, rules: tuple[Rule, ...], reason: str) -> None:
    (found,) = schema_of(with_comment("email", comment)).ignores
    assert (found.rules, found.reason) == (rules, reason)


@pytest.mark.parametrize(
    "comment",
    ["/// see namesync-ignore: x", "/// namesync-ignored: x", "// about namesync-ignore"],
    ids=["later", "longer", "two"],
)
def test_prose_is_none(comment: str) -> None:
    assert schema_of(with_comment("email", comment)).ignores == ()


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("/// namesync-ignore", 'expected "namesync-ignore: why"'),
        ("/// namesync-ignore:", 'expected "namesync-ignore: why"'),
        ("/// namesync-ignore because", 'expected "namesync-ignore: why"'),
        ("/// namesync-ignore-next: x", 'expected "namesync-ignore: why"'),
        ("/// namesync-ignore[name-drift] x", 'expected "namesync-ignore: why"'),
        ("/// namesync-ignore[]: x", "unknown rule ''"),
        ("/// namesync-ignore[name-drif]: x", "unknown rule 'name-drif'"),
        ("// namesync-ignore: x", "three slashes"),
        ("/* namesync-ignore: x */", "three slashes"),
        ("//// namesync-ignore: x", "three slashes"),
    ],
    ids=str,
)
def test_what_is_refused(comment: str, message: str) -> None:
    with pytest.raises(SchemaError, match=r"schema\.prisma:6:3: ") as caught:
        schema_of(with_comment("email", comment))
    assert message in caught.value.what


def test_a_misspelt_rule_is_recognised() -> None:
    with pytest.raises(SchemaError) as caught:
        schema_of(with_comment("email", "/// namesync-ignore[name-drif]: x"))
    assert caught.value.hint == "did you mean name-drift?"


@pytest.mark.parametrize("above", ["posts", "enum", "RED", '@@map("users")', "}"], ids=str)
def test_where_nothing_is_declared(above: str) -> None:
    with pytest.raises(SchemaError, match="nothing with a name is declared"):
        schema_of(with_comment(above))


def test_at_the_end_of_a_file_nothing_is_declared() -> None:
    with pytest.raises(SchemaError, match=r"b\.prisma:2:1: .* nothing with a name is declared"):
        read_files({"a.prisma": DATASOURCE.format("postgresql") + SCHEMA, "b.prisma": f"\n{IGNORE}\n"})


def test_a_folder_and_line_endings_of_windows() -> None:
    text = with_comment("model User").replace("\n", "\r\n")
    (found,) = read_files({"a.prisma": DATASOURCE.format("postgresql"), "b.prisma": f"\ufeff{text}"}).ignores
    assert (found.subject, found.reason) == (Subject(USERS), "theirs")
    assert (found.location.file, found.location.line) == ("b.prisma", 1)


KEY = Key(Kind.FOREIGN_KEY, TableRef("public", "Post"), ("a",), Reference(TableRef("public", "User"), ("id",)))


@pytest.mark.parametrize(
    ("subject", "covers"),
    [
        (Subject(TableRef("", "Post")), True),
        (Subject(TableRef("public", "Post")), True),
        (Subject(TableRef("auth", "Post")), False),
        (Subject(TableRef("", "post")), False),
        (Subject(TableRef("", "Post"), ("a",)), True),
        (Subject(TableRef("", "Post"), ("a", "b")), False),
        (Subject(TableRef("", "Post"), ("a",), Kind.FOREIGN_KEY), True),
        (Subject(TableRef("", "Post"), ("a",), Kind.INDEX), False),
    ],
    ids=str,
)
def test_what_a_subject_covers(subject: Subject, covers: bool) -> None:
    assert subject.covers(KEY) is covers


def test_a_server_that_folds_the_names_of_tables() -> None:
    assert Subject(TableRef("", "post")).covers(KEY, folded=True)
