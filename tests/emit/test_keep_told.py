"""`emit --keep-existing`: what is told instead of written into the schema."""

from __future__ import annotations

from typing import Any

from namesync.model import Catalog, Provider
from tests.core.worlds import fk, index, pk, unique, world
from tests.emit.conftest import PROD, SCHEMA, Project

JOIN = """datasource db {
  provider = "postgresql"
}

model Post {
  id   Int   @id
  tags Tag[]
}

model Tag {
  id    Int    @id
  posts Post[]
}
"""


def joined(pair: Any, index_name: str = "_PostToTag_B_index", post: str = "Post_pkey") -> Catalog:
    return world(
        pk("Post", "id", post),
        pk("Tag", "id", "Tag_pkey"),
        pair,
        index("_PostToTag", "B", index_name),
        fk("_PostToTag", "A", "Post(id)", "_PostToTag_A_fkey", on_delete="CASCADE"),
        fk("_PostToTag", "B", "Tag(id)", "_PostToTag_B_fkey", on_delete="CASCADE"),
    )


def test_names_of_join_tables_are_told(project: Project) -> None:
    """The rest is written all the same."""
    project.write_schema(JOIN)
    project.snapshots(prod=joined(pk("_PostToTag", "A B", "_PostToTag_AB_pkey"), "ix_b", "posts_pk"))
    ended = project.run("emit", "--keep-existing", "prod")
    assert ended.code == 1
    assert "  schema: index _PostToTag(B) is ix_b: Prisma's language has no place for the names of an implicit" in ended.out
    assert project.schema.read_text() == JOIN.replace("Int   @id", 'Int   @id(map: "posts_pk")')


def test_join_tables_of_prisma_5_are_no_missing_objects(project: Project) -> None:
    project.write_schema(JOIN)
    project.snapshots(prod=joined(unique("_PostToTag", "A B", "_PostToTag_AB_unique")))
    text = project.text("emit", "--keep-existing", "prod")
    assert "nothing to do" in text
    assert "Left out" not in text


def test_what_one_side_lacks_is_told_and_never_edited_in_or_out(project: Project) -> None:
    project.snapshots(prod=world(*(obj for obj in PROD.objects if obj.name != "Post_title_idx"), index("User", "id", "extra")))
    text = project.text("emit", "--keep-existing", "prod")
    assert "  schema: index Post(title) is not in the database: run a migration" in text
    assert "  schema: index User(id) is in the database only: run `prisma db pull`, or drop it with a migration" in text
    assert "@@index([title])" in project.schema.read_text()
    assert "extra" not in project.schema.read_text()


def test_equal_attributes_get_names_in_their_order(project: Project) -> None:
    twins = '@@index([title])\n  @@index([title], map: "b")\n  @@index([title], map: "stale")'
    project.write_schema(SCHEMA.replace("@@index([title])", twins))
    project.snapshots(
        prod=world(*PROD.objects[:1], index("Post", "title", "c"), index("Post", "title", "b"), index("Post", "title", "a"))
    )
    project.emit("prod")
    expected = '@@index([title], map: "a")\n  @@index([title], map: "b")\n  @@index([title], map: "c")'
    assert expected in project.schema.read_text()


def test_more_indexes_than_attributes_are_ambiguous(project: Project) -> None:
    project.snapshots(prod=world(*PROD.objects, index("Post", "title", "b")))
    project.write_schema(SCHEMA.replace("@@index([title])", '@@index([title], map: "neither")'))
    ended = project.run("emit", "--keep-existing", "prod")
    assert ended.code == 1
    assert "  schema: several like index Post(title) can't be told apart: Post_title_idx, b" in ended.out
    assert '@@index([title], map: "neither")' in project.schema.read_text()


def test_nameless_primary_keys_are_left_alone(project: Project) -> None:
    project.write_schema('datasource db {\n  provider = "mysql"\n}\nmodel A {\n  id Int @id\n  b  Int @unique\n}\n')
    live = world(pk("A", "id", "PRIMARY"), unique("A", "b", "b"), provider=Provider.MYSQL, version="8.4.0")
    project.snapshots(prod=live)
    project.emit("prod")
    assert project.schema.read_text().endswith('id Int @id\n  b  Int @unique(map: "b")\n}\n')


def test_a_schema_in_part_out_of_scope(project: Project) -> None:
    two = 'datasource db {{\n  provider = "postgresql"\n  schemas  = ["a", "b"]\n}}\n{}'.format(
        "".join(f'model {name} {{\n  id Int @id\n\n  @@map("T")\n  @@schema("{name.lower()}")\n}}\n' for name in "AB")
    )
    project.write_schema(two)
    project.snapshots(prod=world(pk("T", "id", "odd_a", schema="a"), pk("T", "id", "odd_b", schema="b"), schemas=("a", "b")))
    assert "Left out" not in project.text("emit", "--keep-existing", "prod", "--schemas", "b")
    first, second = project.schema.read_text().split("model B")
    assert "@id\n" in first
    assert '@id(map: "odd_b")' in second
    project.emit("prod")
    assert '@id(map: "odd_a")' in project.schema.read_text()
