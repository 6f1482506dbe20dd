"""`namesync diff` on snapshots: what it selects, ignores, prints and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from namesync.model import Provider
from tests.cli.conftest import DEV, PROD, Run
from tests.core.worlds import index, pk, world

Snapshots = Callable[..., None]


@pytest.fixture(autouse=True)
def _guide(snapshots: Snapshots) -> None:
    snapshots()


def found(namesync: Run, *arguments: str, code: int | None = None) -> list[tuple[str, str]]:
    """(rule, table) of every finding."""
    ended = namesync("diff", "prod.json", "dev.json", "--format", "json", *arguments)
    if code is not None:
        assert ended.code == code
    return [(finding["rule"], finding["table"]) for finding in json.loads(ended.out)["findings"]]


def report(namesync: Run, *arguments: str) -> dict[str, Any]:
    ended: dict[str, Any] = json.loads(namesync("diff", *arguments, "--format", "json").out)
    return ended


EVERYTHING = [
    ("off-convention", "Post"),
    ("missing-object", "Post"),
    ("name-drift", "Post"),
    ("name-drift", "User"),
]


def test_everything(namesync: Run) -> None:
    assert found(namesync, code=1) == EVERYTHING


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (["--only", "name-drift"], EVERYTHING[2:]),
        (["--only", "name-drift", "--only", "off-convention"], [EVERYTHING[0], *EVERYTHING[2:]]),
        (["--table", "User"], EVERYTHING[3:]),
        (["--table", "P*", "--table", "U*"], EVERYTHING),
        (["--table", "post"], []),
        (["--kind", "foreign_key"], [EVERYTHING[2]]),
        (["--kind", "index", "--kind", "primary_key"], EVERYTHING[:2]),
        (["--kind", "foreign_key", "--table", "User"], []),
    ],
    ids=str,
)
def test_selection(arguments: list[str], left: list[tuple[str, str]], namesync: Run) -> None:
    assert found(namesync, *arguments) == left


def test_a_table_that_is_not_there_is_told(namesync: Run) -> None:
    """A misspelt one would look like a clean one."""
    ended = namesync("diff", "prod.json", "dev.json", "--table", "Usr", "--table", "public.User", "--table", "Post")
    assert ended.err.splitlines() == [
        "warning: no table is like Usr",
        "warning: no table is like public.User (where one schema is in scope, tables are told without it)",
    ]


def test_a_rule_of_another_comparison_is_told(namesync: Run, tmp_path: Path) -> None:
    """`diff` judges nothing by the schema, and `check` with a schema nothing between environments."""
    (tmp_path / "schema.prisma").write_text('datasource db {\n  provider = "postgresql"\n}\n')
    told = namesync("diff", "prod.json", "dev.json", "--only", "schema-mismatch").err
    assert told == "warning: schema-mismatch is not looked for here: namesync check, with a schema, does\n"
    told = namesync("check", "prod.json", "--only", "name-drift", "--only", "missing-object").err
    assert told == "warning: name-drift is not looked for here: namesync diff does\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 1),
        (["--fail-on", "error"], 1),
        (["--fail-on", "never"], 0),
        (["--only", "missing-object"], 0),
        (["--only", "missing-object", "--fail-on", "warning"], 1),
        (["--only", "off-convention", "--fail-on", "warning"], 0),
        (["--only", "off-convention", "--fail-on", "note"], 1),
        (["--table", "nothing", "--fail-on", "note"], 0),
    ],
    ids=str,
)
def test_fail_on(arguments: list[str], code: int, namesync: Run) -> None:
    assert namesync("diff", "prod.json", "dev.json", *arguments).code == code


def test_notes_are_shown_when_asked_for(namesync: Run) -> None:
    assert "odd_pk" not in namesync("diff", "prod.json", "dev.json").out
    for asked in (["-v"], ["--only", "off-convention"], ["--fail-on", "note"]):
        assert "odd_pk" in namesync("diff", "prod.json", "dev.json", *asked).out


def test_the_same_environments_give_nothing(namesync: Run, tmp_path: Path, snapshots: Snapshots) -> None:
    snapshots(a=DEV, b=DEV)
    ended = namesync("diff", "a.json", "b.json")
    assert (ended.code, ended.err) == (0, "")
    assert "name-drift" not in ended.out


def test_the_output_is_the_same_every_time(namesync: Run) -> None:
    runs = {namesync("diff", "prod.json", "dev.json", "-v").out for _ in range(3)}
    assert len(runs) == 1


def test_the_authority_is_prod_or_else_the_first(namesync: Run, snapshots: Snapshots) -> None:
    snapshots(staging=PROD)
    assert report(namesync, "dev.json", "prod.json")["authority"] == "prod"
    assert report(namesync, "dev.json", "staging.json")["authority"] == "dev"
    assert report(namesync, "dev.json", "prod.json", "--authority", "dev")["authority"] == "dev"
    assert report(namesync, "dev.json", "prod.json", "--authority", "dev.json")["authority"] == "dev"


def test_an_authority_that_takes_no_part(namesync: Run) -> None:
    ended = namesync("diff", "dev.json", "prod.json", "--authority", "qa")
    assert ended.code == 2
    assert "dev, prod" in ended.err


def test_many_environments(namesync: Run, snapshots: Snapshots) -> None:
    snapshots(qa=DEV, tenant=PROD)
    names = report(namesync, "prod.json", "dev.json", "qa.json", "tenant.json", "--kind", "foreign_key")["findings"][0]["names"]
    assert names == {
        "prod": "Custom_Production_Name",
        "dev": "Custom_Foreign_Key_Constraint",
        "qa": "Custom_Foreign_Key_Constraint",
        "tenant": "Custom_Production_Name",
    }


@pytest.mark.parametrize("arguments", [["prod.json"], ["prod.json", "prod.json"]], ids=["one", "twice"])
def test_it_takes_two(arguments: list[str], namesync: Run) -> None:
    assert namesync("diff", *arguments).code == 2


def test_providers_that_differ(namesync: Run, snapshots: Snapshots) -> None:
    snapshots(other=world(pk("T", "id", "PRIMARY"), provider=Provider.MYSQL))
    ended = namesync("diff", "prod.json", "other.json")
    assert ended.code == 2
    assert "provider" in ended.err


def test_a_damaged_environment_does_not_hide_the_others(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "qa.json").write_text("{")
    ended = namesync("diff", "prod.json", "dev.json", "qa.json")
    assert ended.code == 2
    assert "Custom_Production_Name" in ended.out
    assert "qa could not be read: this comparison is incomplete." in ended.out
    assert ended.err.startswith("error: qa could not be read: ")


def test_without_the_authority_another_stands_in(namesync: Run, tmp_path: Path, snapshots: Snapshots) -> None:
    snapshots(qa=PROD)
    (tmp_path / "prod.json").write_text("{")
    ended = namesync("diff", "prod.json", "dev.json", "qa.json", "--format", "json")
    assert json.loads(ended.out)["authority"] == "dev"
    assert "warning: prod could not be read: names are compared with those of dev" in ended.err


def test_nothing_could_be_read(namesync: Run, tmp_path: Path) -> None:
    for name in ("prod", "dev"):
        (tmp_path / f"{name}.json").write_text("{")
    ended = namesync("diff", "prod.json", "dev.json")
    assert ended.code == 2
    assert "Nothing was compared" in ended.out


def test_an_unreachable_server(namesync: Run) -> None:
    ended = namesync("diff", "prod.json", "dev.json", "qa=postgresql://user:hunter2@127.0.0.1:1/app")
    assert ended.code == 2
    assert "Custom_Production_Name" in ended.out
    assert ended.err == (
        "error: qa could not be read: postgresql://user@127.0.0.1:1/app: nothing listens there. "
        "Check host and port (or the socket's path), and that the server runs.\n"
    )
    assert "hunter2" not in ended.out


IGNORE = '[[ignore]]\nreason = "theirs"\n'


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ('rule = "name-drift"', EVERYTHING[:2]),
        ('table = "Us*"', EVERYTHING[:3]),
        ('kind = "index"', [EVERYTHING[0], *EVERYTHING[2:]]),
        ('name = "Custom_*"', [*EVERYTHING[:2], EVERYTHING[3]]),
        ('rule = "name-drift"\ntable = "User"', EVERYTHING[:3]),
        ('environment = "dev"', [EVERYTHING[0]]),
        ('environment = "prod"', EVERYTHING),
        ('rule = "*"\nuntil = 2999-01-01', []),
    ],
    ids=ascii,
)
def test_ignores(ignore: str, left: list[tuple[str, str]], namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text(IGNORE + ignore)
    ended = namesync("diff", "prod.json", "dev.json", "--format", "json")
    document = json.loads(ended.out)
    assert [(finding["rule"], finding["table"]) for finding in document["findings"]] == left
    assert document["ignored"] == len(EVERYTHING) - len(left)


def test_an_ignore_for_one_environment_does_not_hide_another(namesync: Run, tmp_path: Path, snapshots: Snapshots) -> None:
    """qa may differ, but here dev does as well."""
    snapshots(qa=DEV)
    (tmp_path / "namesync.toml").write_text(IGNORE + 'environment = "qa"')
    rules = [one["rule"] for one in report(namesync, "prod.json", "dev.json", "qa.json")["findings"]]
    assert rules.count("name-drift") == 2
    rules = [one["rule"] for one in report(namesync, "prod.json", "qa.json")["findings"]]
    assert rules == ["off-convention"]


def test_an_ignore_that_has_ended_is_told(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text(IGNORE + 'rule = "name-drift"\nuntil = 2020-01-01')
    ended = namesync("diff", "prod.json", "dev.json", "--format", "json")
    assert json.loads(ended.out)["ignored"] == 0
    assert "warning: the ignore for name-drift on * ended on 2020-01-01" in ended.err
    assert json.loads(ended.out)["warnings"][0] in ended.err
    assert namesync("diff", "prod.json", "dev.json", "-q").err == ""


def test_the_report_says_how_much_is_ignored(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text(IGNORE + 'rule = "name-drift"')
    assert "ignored  on purpose           2" in namesync("diff", "prod.json", "dev.json").out


def test_unknown_convention(namesync: Run) -> None:
    ended = namesync("diff", "prod.json", "dev.json", "--convention", "rails")
    assert ended.code == 2
    assert "prisma, prisma5, auto" in ended.err


@pytest.mark.parametrize(
    ("manifest", "convention", "warned"),
    [
        ({}, "prisma", False),
        ({"devDependencies": {"prisma": "^5.22.0"}}, "prisma5", False),
        ({"dependencies": {"@prisma/client": "4.1.0"}}, "prisma5", False),
        ({"devDependencies": {"prisma": "~6.1"}}, "prisma", False),
        ({"devDependencies": {"prisma": "latest"}}, "prisma", False),
        ({"devDependencies": {"prisma": "8.0.1"}}, "prisma", True),
        ({"devDependencies": ["prisma"]}, "prisma", False),
        ([], "prisma", False),
    ],
    ids=str,
)
def test_auto_convention_looks_into_package_json(
    manifest: object, convention: str, warned: bool, namesync: Run, tmp_path: Path
) -> None:
    (tmp_path / "package.json").write_text(json.dumps(manifest))
    ended = namesync("diff", "prod.json", "dev.json", "--format", "json")
    assert json.loads(ended.out)["convention"] == convention
    assert ("Prisma 8 is newer" in ended.err) == warned


def test_the_installed_prisma_goes_before_the_range(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"devDependencies": {"prisma": "latest"}}')
    installed = tmp_path / "node_modules" / "prisma"
    installed.mkdir(parents=True)
    (installed / "package.json").write_text('{"version": "5.10.2"}')
    assert report(namesync, "prod.json", "dev.json")["convention"] == "prisma5"


def test_schemas_narrow_the_scope(namesync: Run, snapshots: Snapshots) -> None:
    two = world(index("A", "x", "odd", schema="auth"), index("P", "x", "odd2", schema="public"), schemas=("auth", "public"))
    snapshots(a=two, b=two)
    document = report(namesync, "a.json", "b.json", "--schemas", "auth")
    assert [environment["schemas"] for environment in document["environments"]] == [["auth"], ["auth"]]
    assert [(one["schema"], one["table"]) for one in document["findings"]] == [(None, "A")]
