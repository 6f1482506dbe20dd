"""The names of a database, planned into a schema."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, catalog
from namesync.prisma.keep import KeepPlan, keep_existing
from namesync.prisma.schema import Schema
from tests.prisma.reading import DATASOURCE, PRISMA, names, read_files, schema_of

PK, FK, UNIQUE, INDEX = Kind.PRIMARY_KEY, Kind.FOREIGN_KEY, Kind.UNIQUE, Kind.INDEX
USER, POST = TableRef("public", "User"), TableRef("public", "Post")


def index(table: TableRef, name: str, *columns: str, kind: Kind = INDEX, **rest: object) -> Object:
    flags = {flag: rest.pop(flag) for flag in ("implicit", "unmanaged") if flag in rest}
    parts = tuple(Part() for _ in columns)
    return Object(Key(kind, table, columns), name, Definition(**{"method": "btree", "parts": parts, **rest}), **flags)


def foreign_key(name: str, column: str = "authorId", on_delete: str = "RESTRICT") -> Object:
    key = Key(FK, POST, (column,), Reference(USER, ("id",)))
    return Object(key, name, Definition(constraint=True, on_delete=on_delete, on_update="CASCADE"))


def live(*objects: Object, provider: Provider = Provider.POSTGRESQL) -> Catalog:
    tables = {obj.key.table for obj in objects}
    return catalog(provider, "16.4", ("public",), tables=tuple(map(Table, tables)), objects=objects)


def post(*lines: str, provider: str = "postgresql") -> Schema:
    """A model Post with a few columns and these lines more."""
    fields = ("id Int @id", "a Int", "b Int", *lines)
    return schema_of("model Post {\n" + "".join(f"  {line}\n" for line in fields) + "}\n", provider)


def lines_after(schema: Schema, plan: KeepPlan) -> list[str]:
    """The lines that changed, as they are now."""
    (change,) = plan.files
    pairs = zip(schema.documents[0].source.text.split("\n"), change.after.split("\n"), strict=True)
    return [after.strip() for before, after in pairs if before != after]


BLOG = """model User {
  id    Int    @id
  email String @unique
  posts Post[]
}

model Post {
  id       Int  @id(map: "stale_pk")
  authorId Int
  author   User @relation(fields: [authorId], references: [id])

  @@index([authorId], name: "old word")
}
"""
BLOG_LIVE = (
    index(USER, "User_pkey", "id", kind=PK, constraint=True),
    index(USER, "User.email_unique", "email", kind=UNIQUE, constraint=True),
    index(POST, "Post_pkey", "id", kind=PK, constraint=True),
    index(POST, "old word", "authorId"),
    foreign_key('odd "name"'),
)


def test_the_whole_of_it() -> None:
    schema = schema_of(BLOG)
    plan = keep_existing(schema, live(*BLOG_LIVE), PRISMA)
    assert lines_after(schema, plan) == [
        'email String @unique(map: "User.email_unique")',
        "id       Int  @id",
        'author   User @relation(fields: [authorId], references: [id], map: "odd \\"name\\"")',
        '@@index([authorId], map: "old word")',
    ]
    assert [(change.before, change.after) for change in plan.changes] == [
        ("User_email_key", "User.email_unique"),
        ("stale_pk", "Post_pkey"),
        ("old word", "old word"),
        ("Post_authorId_fkey", 'odd "name"'),
    ]
    assert plan.complete
    assert (plan.undeclared, plan.absent) == ((), ())


def test_a_second_time_there_is_nothing_to_do() -> None:
    plan = keep_existing(schema_of(BLOG), live(*BLOG_LIVE), PRISMA)
    again = keep_existing(read_files({change.source.file: change.after for change in plan.files}), live(*BLOG_LIVE), PRISMA)
    assert again == KeepPlan((), (), (), (), (), ())


def test_the_diff_of_a_file() -> None:
    (change,) = keep_existing(post("@@index([a])"), live(index(POST, "odd", "a")), PRISMA).files
    assert change.diff() == (
        "--- a/schema.prisma\n+++ b/schema.prisma\n@@ -5,5 +5,5 @@\n"
        '   id Int @id\n   a Int\n   b Int\n-  @@index([a])\n+  @@index([a], map: "odd")\n }\n'
    )


def test_objects_on_one_side_only_are_never_edited_in_or_out() -> None:
    plan = keep_existing(post('@@index([a], map: "gone")'), live(index(POST, "new", "b")), PRISMA)
    assert plan.files == ()
    assert [obj.name for obj in plan.undeclared] == ["new"]
    assert [obj.name for obj in plan.absent] == ["Post_pkey", "gone"]


@pytest.mark.parametrize(
    ("attributes", "database", "expected"),
    [
        pytest.param(
            ['@@index([a], map: "y")', '@@index([a], map: "x")'],
            ["z", "y"],
            {"y": "y", "x": "z"},
            id="a name in the database stays",
        ),
        pytest.param(
            ['@@index([a], map: "1")', '@@index([a], map: "2")'], ["z", "y"], {"1": "y", "2": "z"}, id="the rest by order"
        ),
        pytest.param(['@@index([a], map: "1")', '@@index([a], map: "2")'], ["z"], {"1": "z", "2": "2"}, id="more attributes"),
    ],
)
def test_twins_go_by_name_then_by_order(attributes: list[str], database: list[str], expected: Mapping[str, str]) -> None:
    schema = post(*attributes)
    plan = keep_existing(schema, live(*(index(POST, name, "a") for name in database)), PRISMA)
    after = {declared: declared for declared in expected} | {change.before: change.after for change in plan.changes}
    assert after == expected
    assert not plan.ambiguous


def test_more_indexes_than_attributes_are_ambiguous() -> None:
    plan = keep_existing(post("@@index([a])"), live(index(POST, "y", "a"), index(POST, "x", "a")), PRISMA)
    (group,) = plan.ambiguous
    assert {side: [obj.name for obj in found] for side, found in group.candidates.items()} == {
        "database": ["x", "y"],
        "schema": ["Post_a_idx"],
    }
    assert plan.files == ()
    assert not plan.complete


@pytest.mark.parametrize("names", [("x", "y"), ("y", "x")])
def test_of_more_uniques_than_attributes_the_first_name_is_taken(names: tuple[str, str]) -> None:
    """As `prisma db pull` prints it."""
    schema = post("c Int @unique")
    plan = keep_existing(schema, live(*(index(POST, name, "c", kind=UNIQUE) for name in names)), PRISMA)
    assert lines_after(schema, plan) == ['c Int @unique(map: "x")']
    assert [obj.name for obj in plan.undeclared] == ["y"]


def test_twins_told_apart_by_their_definition() -> None:
    schema = post("@@index([a])", '@@index([a(sort: Desc)], map: "d")')
    descending = index(POST, "1", "a", parts=(Part(descending=True),))
    plan = keep_existing(schema, live(descending, index(POST, "2", "a")), PRISMA)
    assert {change.before: change.after for change in plan.changes} == {"Post_a_idx": "2", "d": "1"}


def test_included_columns_count_as_prisma_counts_them() -> None:
    schema = post("@@unique([a, b])")
    plan = keep_existing(schema, live(index(POST, "covering", "a", kind=UNIQUE, include=("b",))), PRISMA)
    assert lines_after(schema, plan) == ['@@unique([a, b], map: "covering")']


PARTIAL = index(POST, "partial", "a", predicate="(b > 1)", unmanaged="partial index")


def test_partial_indexes_are_invisible_where_the_schema_has_none() -> None:
    """Prisma 6 knows none: a plain attribute must not get the name of one."""
    plan = keep_existing(post("@@index([a])"), live(PARTIAL), PRISMA)
    assert plan.files == ()
    assert [obj.name for obj in plan.absent] == ["Post_pkey", "Post_a_idx"]
    assert plan.undeclared == ()


def test_partial_indexes_of_prisma_7() -> None:
    schema = post("@@index([a])", '@@index([a], map: "p", where: raw("(b > 1)"))')
    plan = keep_existing(schema, live(PARTIAL, index(POST, "plain", "a")), PRISMA)
    assert lines_after(schema, plan) == [
        '@@index([a], map: "plain")',
        '@@index([a], map: "partial", where: raw("(b > 1)"))',
    ]


def test_what_prisma_cannot_express_is_left_alone() -> None:
    expression = index(POST, "lower", "lower(a)", parts=(Part(expression=True),), unmanaged="expression index")
    exclusion = index(POST, "excl", "a", exclusion="EXCLUDE ..", unmanaged="exclusion constraint")
    plan = keep_existing(post("@@index([a])"), live(expression, exclusion), PRISMA)
    assert (plan.files, plan.undeclared) == ((), ())


def test_the_index_behind_a_foreign_key_serves_a_declared_one() -> None:
    """MySQL makes it, `db pull` prints it; where the schema has none it is no object of its own."""
    behind = index(POST, "Post_a_fkey", "a", implicit=True)
    schema = post("@@index([a])", provider="mysql")
    plan = keep_existing(schema, live(behind, provider=Provider.MARIADB), PRISMA)
    assert lines_after(schema, plan) == ['@@index([a], map: "Post_a_fkey")']
    assert keep_existing(post(provider="mysql"), live(behind, provider=Provider.MYSQL), PRISMA).undeclared == ()


def test_names_of_many_to_many_tables_are_told_not_written() -> None:
    schema = schema_of("model A {\n id Int @id\n bs B[]\n}\nmodel B {\n id Int @id\n as A[]\n}\n")
    join = TableRef("public", "_AToB")
    plan = keep_existing(schema, live(index(join, "_AToB_AB_pkey", "A", "B", kind=PK), index(join, "odd", "B")), PRISMA)
    assert [(each.object.name, each.declared.name) for each in plan.unwritten] == [("odd", "_AToB_B_index")]
    assert "many-to-many" in plan.unwritten[0].reason
    assert plan.files == ()


def test_names_over_prismas_limit_are_told_not_written() -> None:
    """MySQL counts 64 characters, Prisma 64 bytes."""
    plan = keep_existing(
        post("@@index([a])", provider="mysql"), live(index(POST, "ü" * 33, "a"), provider=Provider.MYSQL), PRISMA
    )
    assert [each.reason for each in plan.unwritten] == ["Prisma allows 64 bytes, this name has 66"]
    assert plan.files == ()
    fits = keep_existing(
        post("@@index([a])", provider="mysql"), live(index(POST, "ü" * 32, "a"), provider=Provider.MYSQL), PRISMA
    )
    assert [change.after for change in fits.changes] == ["ü" * 32]


@pytest.mark.parametrize("provider", [Provider.MYSQL, Provider.SQLITE])
def test_nameless_primary_keys(provider: Provider) -> None:
    key = index(POST, "PRIMARY" if provider is Provider.MYSQL else "", "id", kind=PK)
    plan = keep_existing(post(provider=provider.value), live(key, provider=provider), PRISMA)
    assert plan == KeepPlan((), (), (), (), (), ())


def test_names_that_prisma_would_refuse_together_are_told_not_written() -> None:
    """The name of the index is the default of another one, which the database lacks."""
    plan = keep_existing(post("@@index([a])", "@@index([b])"), live(index(POST, "Post_b_idx", "a")), PRISMA)
    assert [(each.object.name, each.reason) for each in plan.unwritten] == [
        ("Post_b_idx", "Prisma refuses it: another object would have this name too")
    ]
    assert plan.files == ()


def test_a_foreign_key_named_like_an_index_of_its_table() -> None:
    """PostgreSQL takes it, Prisma's validator does not: the first may have the name."""
    schema = schema_of(BLOG)
    plan = keep_existing(schema, live(index(POST, "same", "authorId"), foreign_key("same")), PRISMA)
    assert [each.object.key.kind for each in plan.unwritten] == [FK]
    assert [change.after for change in plan.changes] == ["same"]


def test_swapped_names_are_no_clash() -> None:
    schema = post("@@index([a])", "@@index([b])")
    plan = keep_existing(schema, live(index(POST, "Post_b_idx", "a"), index(POST, "Post_a_idx", "b")), PRISMA)
    assert lines_after(schema, plan) == ['@@index([a], map: "Post_b_idx")', '@@index([b], map: "Post_a_idx")']


def test_without_foreign_keys_there_are_none_to_name() -> None:
    text = DATASOURCE.format("postgresql").replace("}", '  relationMode = "prisma"\n}')
    schema = read_files({"schema.prisma": text + BLOG})
    plan = keep_existing(schema, live(*BLOG_LIVE), PRISMA)
    assert all(FK is not obj.key.kind for obj in (*plan.undeclared, *plan.absent))
    assert 'odd "name"' not in names(schema).values()


def test_several_schemas_keep_apart() -> None:
    head = 'datasource db {\n  provider = "postgresql"\n  schemas = ["x", "y"]\n}\n'
    model = 'model {0} {{\n  id Int @id\n  @@map("t")\n  @@schema("{0}")\n}}\n'
    schema = read_files({"schema.prisma": head + model.format("x") + model.format("y")})
    keys = [index(TableRef(name, "t"), f"{name}_pk", "id", kind=PK) for name in "xy"]
    found = catalog(
        Provider.POSTGRESQL, "16.4", ("x", "y"), tables=tuple(Table(obj.key.table) for obj in keys), objects=tuple(keys)
    )
    plan = keep_existing(schema, found, PRISMA)
    assert [(change.object.key.table.schema, change.after) for change in plan.changes] == [("x", "x_pk"), ("y", "y_pk")]


def test_tables_in_another_case_on_a_server_that_folds_them() -> None:
    found = live(index(TableRef("public", "post"), "odd", "a"), provider=Provider.MYSQL)
    folding = catalog(found.provider, "9", found.schemas, tables=found.tables, objects=found.objects, folds_tables=True)
    assert [change.after for change in keep_existing(post("@@index([a])", provider="mysql"), folding, PRISMA).changes] == [
        "odd"
    ]


def test_a_schema_in_several_files() -> None:
    """Only the files that change are in the plan."""
    model = "model {0} {{\r\n  id Int @id\r\n  a Int\r\n  @@index([a])\r\n}}"
    files = {"main.prisma": DATASOURCE.format("sqlite"), "b.prisma": model.format("B"), "a.prisma": model.format("A")}
    odd = [index(TableRef("main", table), f"odd{table}", "a") for table in "AB"]
    found = catalog(Provider.SQLITE, "3.40.1", ("main",), tables=tuple(Table(obj.key.table) for obj in odd), objects=tuple(odd))
    plan = keep_existing(read_files(files), found, PRISMA)
    assert {change.source.file: change.after for change in plan.files} == {
        "b.prisma": model.format("B").replace("([a])", '([a], map: "oddB")'),
        "a.prisma": model.format("A").replace("([a])", '([a], map: "oddA")'),
    }
