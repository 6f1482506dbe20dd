"""The schema that `check` and `diff` depend on: one that can't be used, and one that stands where an environment can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.checking import AS_DECLARED, DATASOURCE, OTHERWISE, POST, SCHEMA, USER, Snapshots, Write, findings, write
from tests.cli.conftest import Run
from tests.core.worlds import fk, world

__all__ = ["write"]

UNUSABLE = {
    "syntax": (SCHEMA.replace("@id", "@id(", 1), "prisma/schema.prisma:6:20: expected an argument"),
    "unknown attribute": (SCHEMA.replace("@unique", "@uniq"), "prisma/schema.prisma:7:16: unknown attribute @uniq"),
    "index on nothing": (
        SCHEMA.replace("[title]", "[titel]"),
        "prisma/schema.prisma:17:12: @@index names titel, which is no scalar field",
    ),
    "unknown provider": (SCHEMA.replace("postgresql", "oracle"), "prisma/schema.prisma:2:14: unknown provider 'oracle'"),
    "unsupported provider": (
        SCHEMA.replace("postgresql", "sqlserver"),
        "prisma/schema.prisma:2:14: sqlserver is not supported",
    ),
    "two datasources": (
        SCHEMA + DATASOURCE.replace("db", "again"),
        "prisma/schema.prisma:19:12: a second datasource, the first is at prisma/schema.prisma:1",
    ),
    "no datasource": (SCHEMA.removeprefix(DATASOURCE), "prisma/schema.prisma:1:1: there is no datasource block"),
    "another provider": (
        SCHEMA.replace("postgresql", "mysql"),
        "prisma/schema.prisma is for mysql, the environments are postgresql",
    ),
}


@pytest.mark.parametrize(
    "command",
    [["check", "prod.json"], ["emit", "--keep-existing", "prod.json"], ["emit", "--adopt-defaults", "prod.json"],
     ["status", "prod.json"], ["diff", "prod.json", "dev.json", "--schema", "prisma/schema.prisma"]],
    ids=["check", "keep", "adopt", "status", "diff with --schema"],
)  # fmt: skip
@pytest.mark.parametrize("case", UNUSABLE)
def test_a_schema_that_cant_be_used_stops_what_depends_on_it(
    case: str, command: list[str], namesync: Run, write: Write, snapshots: Snapshots, tmp_path: Path
) -> None:
    """Never "all is well" without the schema, never a half of it."""
    text, message = UNUSABLE[case]
    write({"prisma/schema.prisma": text})
    snapshots(prod=OTHERWISE, dev=AS_DECLARED)
    ended = namesync(*command)
    assert (ended.code, ended.out) == (2, "")
    assert f"error: {message}" in ended.err
    assert (tmp_path / "prisma/schema.prisma").read_text(encoding="utf-8") == text
    assert not (tmp_path / "prisma/migrations").exists()


@pytest.mark.parametrize("case", UNUSABLE)
def test_diff_leaves_a_schema_aside_that_it_only_found(case: str, namesync: Run, write: Write, snapshots: Snapshots) -> None:
    text, message = UNUSABLE[case]
    write({"prisma/schema.prisma": text})
    snapshots(prod=OTHERWISE, dev=AS_DECLARED)
    ended = namesync("diff", "prod.json", "dev.json", "--format", "json")
    assert ended.code == 1
    assert f"warning: the schema was left aside: {message}" in ended.err
    assert findings(ended, "rule", "declared") == [("name-drift", None)] * 3


@pytest.mark.parametrize("command", ["check", "emit --keep-existing"])
def test_a_configuration_that_would_have_to_run_stops_what_depends_on_it(
    command: str, namesync: Run, write: Write, snapshots: Snapshots
) -> None:
    write({"prisma.config.ts": "export default { schema: process.env.SCHEMA }", "prisma/schema.prisma": SCHEMA})
    snapshots(prod=OTHERWISE)
    ended = namesync(*command.split(), "prod.json")
    assert (ended.code, ended.out) == (2, "")
    assert "prisma.config.ts" in ended.err
    assert "--schema" in ended.err


# ---- diff, with a schema and on one ----


def test_diff_shows_the_declared_name(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=OTHERWISE, dev=world(*USER, *POST, fk("Post", "authorId", "User(id)", "other")))
    assert "declared: post_author\n  at prisma/schema.prisma:15:19" in namesync("diff", "prod.json", "dev.json").out
    ended = namesync("diff", "prod.json", "dev.json", "--format", "json")
    assert findings(ended, "declared") == [("post_author",), ("User_pkey",), ("User_email_key",)]


@pytest.mark.parametrize(("path", "label"), [("db/schema.prisma", "schema"), ("db", "db"), ("./db/", "db")])
def test_a_schema_stands_where_an_environment_can(
    path: str, label: str, namesync: Run, write: Write, snapshots: Snapshots
) -> None:
    """A file or a folder, not found by itself; its names are the declared ones, with their places."""
    write({"db/schema.prisma": SCHEMA})
    snapshots(prod=OTHERWISE)
    ended = namesync("diff", "prod.json", path, "--format", "json")
    assert ended.code == 1
    assert findings(ended, "rule", "names", "declared")[0] == (
        "name-drift", {"prod": "fk", label: "post_author"}, "post_author",
    )  # fmt: skip
    assert findings(ended, "location")[0] == ({"file": "db/schema.prisma", "line": 15, "column": 19},)


def test_a_broken_schema_as_an_environment(namesync: Run, write: Write, snapshots: Snapshots) -> None:
    write({"db/schema.prisma": SCHEMA.replace("@unique", "@uniq")})
    snapshots(prod=OTHERWISE)
    ended = namesync("diff", "prod.json", "db")
    assert ended.code == 2
    assert "db could not be read: db/schema.prisma:7:16: unknown attribute @uniq" in ended.err


def test_two_schemas_are_compared_with_each_other(namesync: Run, write: Write) -> None:
    write({"old.prisma": SCHEMA, "new.prisma": SCHEMA.replace(', map: "post_author"', "")})
    ended = namesync("diff", "old.prisma", "new.prisma", "--format", "json")
    assert findings(ended, "names") == [({"old": "post_author", "new": "Post_authorId_fkey"},)]


def test_what_is_as_declared_stays_so_for_other_formats(
    namesync: Run, write: Write, snapshots: Snapshots, tmp_path: Path
) -> None:
    """The place of a finding reaches every format that shows places."""
    write({"prisma/schema.prisma": SCHEMA})
    snapshots(prod=OTHERWISE)
    namesync("check", "prod.json", "--output", "sarif:found.sarif")
    (run,) = json.loads((tmp_path / "found.sarif").read_text(encoding="utf-8"))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "prisma/schema.prisma"
    assert place["region"]["startLine"] == 15
