"""`namesync check` on snapshots: databases against what `schema.prisma` declares, or against the convention alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.checking import (
    AS_DECLARED,
    AUTHOR,
    DATASOURCE,
    OTHERWISE,
    POST,
    SCHEMA,
    USER,
    Snapshots,
    Write,
    findings,
    reported,
    write,
)
from tests.cli.conftest import Run
from tests.core.worlds import fk, index, pk, unique, world

__all__ = ["write"]


def test_every_name_that_is_not_the_declared_one(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """With the declared name and where in the schema it is declared, to the column."""
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=OTHERWISE)
    ended = namesync("check", "prod.json", "--format", "json")
    assert ended.code == 1
    assert reported(ended)["command"] == "check"
    file = "prisma/schema.prisma"
    assert findings(ended, "rule", "kind", "names", "declared", "expected", "location") == [
        ("schema-mismatch", "foreign_key", {"prod": "fk"}, "post_author", "Post_authorId_fkey",
         {"file": file, "line": 15, "column": 19}),
        ("schema-mismatch", "primary_key", {"prod": "users_pk"}, "User_pkey", "User_pkey",
         {"file": file, "line": 6, "column": 16}),
        ("schema-mismatch", "unique", {"prod": "User.email_unique"}, "User_email_key", "User_email_key",
         {"file": file, "line": 7, "column": 16}),
    ]  # fmt: skip


def test_the_text_says_file_and_line(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=OTHERWISE)
    ended = namesync("check", "prod.json")
    assert ended.code == 1
    text = " ".join(ended.out.split())
    assert "only the name differs: post_author in schema.prisma, fk in prod; Prisma would call it Post_authorId_fkey" in text
    assert "at prisma/schema.prisma:15:19" in text
    assert "namesync emit --keep-existing prod.json" in text


def test_names_as_declared_are_no_finding(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """Though `post_author` is not the convention's."""
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=AS_DECLARED)
    ended = namesync("check", "prod.json")
    assert (ended.code, ended.err) == (0, "")
    assert "No findings: 5 objects compared in prod." in ended.out


def test_all_environments_of_the_configuration_take_part(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """Each is compared with the schema; what differs between them only shows in it."""
    snapshots(one=AS_DECLARED, two=OTHERWISE)
    tables = "".join(f'[environments.{name}]\nfile = "{name}.json"\n' for name in ("one", "two"))
    write({"prisma/schema.prisma": SCHEMA, "namesync.toml": tables})
    ended = namesync("check", "--format", "json")
    assert [environment["name"] for environment in reported(ended)["environments"]] == ["one", "two"]
    assert findings(ended, "rule", "names")[1:] == [
        ("schema-mismatch", {"one": "User_pkey", "two": "users_pk"}),
        ("schema-mismatch", {"one": "User_email_key", "two": "User.email_unique"}),
    ]


def test_a_finding_names_the_file_it_is_about(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """In a schema of several files, found through package.json."""
    base, user, post = SCHEMA.split("\nmodel ")
    files = {"base.prisma": base, "models/user.prisma": f"model {user}", "models/post.prisma": f"\r\nmodel {post}"}
    write({f"db/{name}": text for name, text in files.items()} | {"package.json": '{"prisma": {"schema": "db"}}'})
    snapshots(prod=OTHERWISE)
    ended = namesync("check", "prod.json", "--format", "json")
    assert findings(ended, "location") == [
        ({"file": "db/models/post.prisma", "line": 6, "column": 19},),
        ({"file": "db/models/user.prisma", "line": 2, "column": 16},),
        ({"file": "db/models/user.prisma", "line": 3, "column": 16},),
    ]


def test_what_one_side_lacks_is_missing_with_advice(namesync: Run, write: Write, snapshots: Snapshots, tmp_path: Path) -> None:
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=world(*USER, *POST[:1], AUTHOR, index("User", "id email", "extra")))
    ended = namesync("check", "prod.json", "--format", "json")
    assert ended.code == 0
    assert findings(ended, "rule", "table", "columns", "names") == [
        ("missing-object", "Post", ["title"], {"prod": None}),
        ("missing-object", "User", ["id", "email"], {"prod": "extra"}),
    ]
    (pending,), (unknown,) = findings(ended, "message")
    assert "is in schema.prisma, not in prod" in pending
    assert "run `prisma migrate deploy`, or `prisma db pull` if it should not be there" in pending
    assert "is in prod, not in schema.prisma: run `prisma db pull`" in unknown
    assert "or drop it with a migration" in unknown
    assert (tmp_path / "prisma/schema.prisma").read_text(encoding="utf-8") == SCHEMA
    assert namesync("check", "prod.json", "--fail-on", "warning").code == 1


def test_of_twins_prisma_shows_one(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=world(*USER, *POST, AUTHOR, unique("User", "email", "second")))
    ended = namesync("check", "prod.json", "--format", "json")
    ((rule, names, message),) = findings(ended, "rule", "names", "message")
    assert (rule, names) == ("missing-object", {"prod": "second"})
    assert "`prisma db pull` prints one of several like it only" in message


@pytest.mark.parametrize(
    ("convention", "rules"),
    [("prisma", ["missing-object", "missing-object"]), ("prisma5", [])],
)
def test_join_tables_of_prisma_5(convention: str, rules: list[str], namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """Their pairs are a unique index, from Prisma 6 on a primary key: no case for `db pull`."""
    models = "model Post {\n  id Int @id\n  tags Tag[]\n}\nmodel Tag {\n  id Int @id\n  posts Post[]\n}\n"
    write({"schema.prisma": DATASOURCE + models})
    cascade = {"on_delete": "CASCADE"}
    snapshots(
        prod=world(
            pk("Post", "id", "Post_pkey"),
            pk("Tag", "id", "Tag_pkey"),
            unique("_PostToTag", "A B", "_PostToTag_AB_unique"),
            index("_PostToTag", "B", "_PostToTag_B_index"),
            fk("_PostToTag", "A", "Post(id)", "_PostToTag_A_fkey", **cascade),
            fk("_PostToTag", "B", "Tag(id)", "_PostToTag_B_fkey", **cascade),
        )
    )
    ended = namesync("check", "prod.json", "--format", "json", "--convention", convention)
    assert [rule for (rule,) in findings(ended, "rule")] == rules
    for (message,) in findings(ended, "message"):
        assert "Prisma 6 and later a primary key, which `prisma migrate dev` makes of it" in message
        assert "db pull" not in message


def test_views_and_what_is_ignored(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """A view declares nothing in the database; what `@ignore` and `@@ignore` hide is there all the same."""
    ignored = "model Old {\n  a Int? @unique @ignore\n  @@ignore\n}\nview Stats {\n  id Int @unique\n}\n"
    write({"prisma/schema.prisma": SCHEMA + ignored})
    snapshots(prod=world(*USER, *POST, AUTHOR, unique("Old", "a", "old_a")))
    ended = namesync("check", "prod.json", "--format", "json")
    assert findings(ended, "rule", "table", "declared") == [("schema-mismatch", "Old", "Old_a_key")]


def test_without_foreign_keys_none_are_compared(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """`relationMode = "prisma"`: whatever foreign keys a database has, and when the schema stands as an environment too."""
    write({"prisma/schema.prisma": SCHEMA.replace('"postgresql"\n', '"postgresql"\n  relationMode = "prisma"\n')})
    snapshots(prod=world(*USER, *POST, fk("Post", "authorId", "User(id)", "any")))
    assert "No findings: 4 objects" in namesync("check", "prod.json").out
    ended = namesync("diff", "prod.json", "prisma/schema.prisma")
    assert ended.code == 0
    assert "missing-object" not in ended.out
    assert 'note: relationMode = "prisma": foreign keys are not compared' in ended.out


# ---- several schemas ----

TWO = """datasource db {
  provider = "postgresql"
  schemas  = ["public", "auth"]
}
model User {
  id Int @id
  @@schema("auth")
}
model Post {
  id Int @id
  @@schema("public")
}
"""
BOTH = world(pk("User", "id", "odd", schema="auth"), pk("Post", "id", "Post_pkey"), schemas=("public", "auth"))


@pytest.mark.parametrize(
    ("schemas", "expected"),
    [
        ([], [("schema-mismatch", "auth", "User")]),
        (["--schemas", "auth"], [("schema-mismatch", None, "User")]),
        (["--schemas", "public"], []),
    ],
    ids=["both", "auth", "public"],
)
def test_what_is_declared_in_a_schema_out_of_scope_is_not_missed(
    schemas: list[str], expected: list[tuple[str, str | None, str]], namesync: Run, write: Write, snapshots: Snapshots
) -> None:
    write({"prisma/schema.prisma": TWO})
    snapshots(prod=BOTH)
    ended = namesync("check", "prod.json", "--format", "json", *schemas)
    assert findings(ended, "rule", "schema", "table") == expected
    ended = namesync("diff", "prod.json", "prisma/schema.prisma", "--format", "json", *schemas)
    assert findings(ended, "rule", "schema", "table") == [("name-drift", *rest) for _, *rest in expected]


def test_a_schema_that_lists_none_is_about_public(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    """As Prisma sees it, though two are in scope: `User` is not in it."""
    write({"prisma/schema.prisma": DATASOURCE + 'model Post {\n  id Int @id(map: "p")\n}\n'})
    snapshots(prod=BOTH)
    ended = namesync("check", "prod.json", "--format", "json")
    assert findings(ended, "rule", "schema", "table") == [
        ("missing-object", "auth", "User"),
        ("schema-mismatch", "public", "Post"),
    ]


# ---- without a schema ----


def test_without_a_schema_names_are_compared_with_the_convention(namesync: Run, snapshots: Snapshots) -> None:
    snapshots(prod=OTHERWISE)
    ended = namesync("check", "prod.json", "--format", "json")
    assert ended.code == 0
    assert findings(ended, "rule", "names", "expected", "declared") == [
        ("off-convention", {"prod": "fk"}, "Post_authorId_fkey", None),
        ("off-convention", {"prod": "users_pk"}, "User_pkey", None),
        ("off-convention", {"prod": "User.email_unique"}, "User_email_key", None),
    ]
    assert namesync("check", "prod.json", "--fail-on", "note").code == 1


def test_check_needs_an_environment(namesync: Run, write: Write) -> None:
    write({"prisma/schema.prisma": SCHEMA})
    ended = namesync("check")
    assert ended.code == 2
    assert "no environment was named" in ended.err
