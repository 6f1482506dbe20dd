"""What is left out on purpose, in `diff`, `check` and `emit`: by `[[ignore]]`, and by comments in `schema.prisma`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from namesync.model import Provider
from tests.cli.conftest import Run
from tests.core.worlds import fk, index, pk, unique, world

SCHEMA = """\
datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  email String @unique
  name  String @unique
  posts Post[]
}

model Post {
  id         Int    @id
  title      String
  authorName String
  author     User   @relation(fields: [authorName], references: [name])

  @@index([title])
}
"""
PROD = world(
    pk("User", "id", "User_pkey"),
    unique("User", "email", "User.email_unique"),
    unique("User", "name", "User_name_key"),
    pk("Post", "id", "Post_pkey"),
    fk("Post", "authorName", "User(name)", "Custom_Production_Name"),
    index("Post", "title", "odd"),
)
DEV = world(
    pk("User", "id", "User_pkey"),
    unique("User", "email", "User_email_key"),
    unique("User", "name", "User_name_key"),
    pk("Post", "id", "Post_pkey"),
    fk("Post", "authorName", "User(name)", "Custom_Foreign_Key_Constraint"),
    index("Post", "title", "odd"),
)
DRIFT = [("name-drift", "Post"), ("name-drift", "User")]
ODD = ("off-convention", "Post")


@pytest.fixture(autouse=True)
def _project(snapshots: Callable[..., None], tmp_path: Path) -> None:
    snapshots(prod=PROD, dev=DEV)
    (tmp_path / "schema.prisma").write_text(SCHEMA)


@pytest.fixture
def annotate(tmp_path: Path) -> Callable[[str, str], None]:
    """Writes a comment above the line of the schema that begins so."""

    def write(above: str, comment: str) -> None:
        text = (tmp_path / "schema.prisma").read_text()
        (tmp_path / "schema.prisma").write_text(text.replace(f"{above} ", f"/// {comment}\n{above} ", 1))

    return write


Annotate = Callable[[str, str], None]


def found(namesync: Run, *arguments: str) -> tuple[list[tuple[str, str]], int]:
    """(rule, table) of every finding, and how many are ignored."""
    document: dict[str, Any] = json.loads(namesync(*arguments, "--format", "json").out)
    return [(finding["rule"], finding["table"]) for finding in document["findings"]], document["ignored"]


def test_without_any(namesync: Run) -> None:
    assert found(namesync, "diff", "prod.json", "dev.json") == ([ODD, *DRIFT], 0)


@pytest.mark.parametrize(
    ("above", "comment", "left"),
    [
        ("model User", "namesync-ignore: theirs", [ODD, DRIFT[0]]),
        ("model Post", "namesync-ignore: theirs", [DRIFT[1]]),
        ("model Post", "namesync-ignore[off-convention]: theirs", DRIFT),
        ("  email", "namesync-ignore: theirs", [ODD, DRIFT[0]]),
        ("  email", "namesync-ignore[definition-drift]: theirs", [ODD, *DRIFT]),
        ("  title", "namesync-ignore: theirs", DRIFT),
        ("  author", "namesync-ignore: theirs", [ODD, DRIFT[1]]),
        ("  name", "namesync-ignore: theirs", [ODD, *DRIFT]),
    ],
    ids=str,
)
def test_comments_in_diff(above: str, comment: str, left: list[tuple[str, str]], namesync: Run, annotate: Annotate) -> None:
    annotate(above, comment)
    assert found(namesync, "diff", "prod.json", "dev.json") == (left, 3 - len(left))


def test_comments_in_check(namesync: Run, annotate: Annotate) -> None:
    mismatches = [("schema-mismatch", "Post"), ("schema-mismatch", "Post"), ("schema-mismatch", "User")]
    assert found(namesync, "check", "prod.json") == (mismatches, 0)
    annotate("model Post", "namesync-ignore[schema-mismatch]: theirs")
    assert found(namesync, "check", "prod.json") == (mismatches[2:], 2)


def test_a_comment_that_says_nothing_ends_check(namesync: Run, annotate: Annotate) -> None:
    annotate("model Post", "namesync-ignore")
    ended = namesync("check", "prod.json")
    assert ended.code == 2
    assert 'schema.prisma:12:1: expected "namesync-ignore: why"' in ended.err


def test_tables_of_a_server_that_folds_them(namesync: Run, snapshots: Callable[..., None], tmp_path: Path) -> None:
    """MySQL's lower_case_table_names = 1: the model User is the table user."""
    for name, own in (("prod", "a"), ("dev", "b")):
        tables = (pk("user", "id", "PRIMARY"), unique("user", "email", own))
        snapshots(**{name: world(*tables, provider=Provider.MYSQL, version="8.4.0", folds_tables=True)})
    schema = SCHEMA.replace("postgresql", "mysql")
    (tmp_path / "schema.prisma").write_text(schema)
    assert found(namesync, "diff", "prod.json", "dev.json", "--only", "name-drift")[1] == 0
    (tmp_path / "schema.prisma").write_text(schema.replace("model User", "/// namesync-ignore: theirs\nmodel User"))
    assert found(namesync, "diff", "prod.json", "dev.json", "--only", "name-drift") == ([], 1)


def test_tables_of_one_name_in_two_schemas(namesync: Run, snapshots: Callable[..., None], tmp_path: Path) -> None:
    """A schema that lists none is about public."""
    for name, own in (("prod", "a"), ("dev", "b")):
        tables = [unique("User", "email", f"{own}_{schema}", schema=schema) for schema in ("auth", "public")]
        snapshots(**{name: world(*tables, schemas=("auth", "public"))})
    (tmp_path / "schema.prisma").write_text(SCHEMA.replace("model User", "/// namesync-ignore: theirs\nmodel User"))
    document = json.loads(namesync("diff", "prod.json", "dev.json", "--only", "name-drift", "--format", "json").out)
    assert [finding["schema"] for finding in document["findings"]] == ["auth"]
    assert document["ignored"] == 1


def emitted(namesync: Run, mode: str) -> tuple[set[tuple[str, str]], set[str], int]:
    """What a dry run would rename (to what, where), the names it would write into the schema, and what is ignored."""
    ended = namesync("emit", f"--{mode}", "prod.json", "dev.json", "--dry-run", "--format", "json")
    document = json.loads(ended.out)
    renames = {
        (step["to"], environment)
        for migration in document["migrations"]
        for environment, steps in migration["steps"].items()
        for step in steps
    }
    maps = {change["after"] for edit in document["schema_edits"] for change in edit["changes"]}
    return renames, maps, document["ignored"]


def test_emit_without_any(namesync: Run) -> None:
    assert emitted(namesync, "keep-existing") == (
        {("Custom_Production_Name", "dev"), ("User.email_unique", "dev")},
        {"Custom_Production_Name", "User.email_unique", "odd"},
        0,
    )


def test_emit_leaves_alone_what_a_comment_is_about(namesync: Run, annotate: Annotate) -> None:
    annotate("  email", "namesync-ignore: theirs")
    renames, maps, ignored = emitted(namesync, "keep-existing")
    assert renames == {("Custom_Production_Name", "dev")}
    assert maps == {"Custom_Production_Name", "odd"}
    assert ignored == 2  # the name between the environments, and that in the schema


def test_emit_goes_by_the_rule(namesync: Run, annotate: Annotate) -> None:
    """Names may differ from the convention: keeping them in the schema is no less wanted."""
    annotate("model Post", "namesync-ignore[off-convention]: theirs")
    assert "odd" in emitted(namesync, "keep-existing")[1]
    renames, maps, ignored = emitted(namesync, "adopt-defaults")
    assert {("User_email_key", "prod"), ("Post_authorName_fkey", "dev")} <= renames
    assert not any(name == "Post_title_idx" for name, _ in renames)
    assert maps == {"odd"}
    assert ignored == 1


@pytest.mark.parametrize(
    ("mode", "names", "maps", "ignored"),
    [
        ("keep-existing", {"User.email_unique"}, {"User.email_unique"}, 3),
        ("adopt-defaults", {"User.email_unique", "User_email_key"}, set(), 4),
    ],
    ids=["keep-existing", "adopt-defaults"],
)
def test_emit_leaves_alone_what_the_configuration_ignores(
    mode: str, names: set[str], maps: set[str], ignored: int, namesync: Run, tmp_path: Path
) -> None:
    (tmp_path / "namesync.toml").write_text('[[ignore]]\nreason = "theirs"\ntable = "Post"\n')
    renames, written, left = emitted(namesync, mode)
    assert ({name for name, _ in renames}, written, left) == (names, maps, ignored)


def test_emit_says_so(namesync: Run, annotate: Annotate) -> None:
    annotate("  email", "namesync-ignore[name-drift]: theirs")
    ended = namesync("emit", "--keep-existing", "prod.json", "dev.json", "--dry-run")
    assert ended.code == 0
    assert "on purpose: what 1 ignored finding is about stays as it is" in ended.out
