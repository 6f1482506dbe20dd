"""`namesync config`: what is in force, where it comes from, and that no secret is in it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from namesync.config.places import places
from tests.cli.conftest import Run

CONFIG = """\
authority = "live"

[environments.live]
url = "${LIVE_URL}"
connect_timeout = 5

[environments.dev]
schemas = [
  "public",
  "auth",
]

[environments.old]
file = "${FOLDER:-snapshots}/old.json"

[environments.vault]
url_command = "vault read -field=url hunter2"

[environments.literal]
url = "postgresql://me:hunter2@db.example.com/${SHOP}"

[environments.damaged]
url = "postgresql//me:hunter2@db.example.com"

[job]
webhook = "https://hunter2@hooks.example.com/services/hunter2?key=hunter2"
apprise = ["slack://hunter2/abc", "${MAIL}"]
history = "mysql://me:hunter2@db.example.com/history"
remind_after = "7d"

[[ignore]]
rule = "off-convention"
table = "legacy_*"
reason = "owned by billing"

[[ignore]]
rule = "name-drift"
reason = "moving"
until = 2020-01-01
"""
DOTENV = """\
LIVE_URL=postgresql://reader:hunter2@db.example.com:5433/shop?schema=app&connect_timeout=7
QA_DATABASE_URL=postgresql://reader:hunter2@db.example.com/qa?schema=app&connect_timeout=7
SHADOW_DATABASE_URL=postgresql://x/y
"""
SCHEMA = """\
datasource db {
  provider = "postgresql"
}

/// namesync-ignore[name-drift]: theirs
model Account {
  id Int @id
  a  Int @unique /// namesync-ignore: ours
}
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "namesync.toml").write_text(CONFIG)
    (tmp_path / ".env").write_text(DOTENV)
    (tmp_path / "prisma").mkdir()
    (tmp_path / "prisma" / "schema.prisma").write_text(SCHEMA)
    monkeypatch.setenv("MAIL", "mailto://me:hunter2@example.com")


def in_force(namesync: Run) -> dict[str, dict[str, Any]]:
    """Key -> its setting; the output is valid by the schema in the package."""
    document = json.loads(namesync("config", "--format", "json").out)
    schema = json.loads(files("namesync").joinpath("schemas", "config-1.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    return {setting["key"]: setting for setting in document["settings"]}


@pytest.mark.parametrize(
    ("key", "value", "origin", "line"),
    [
        ("authority", "live", "configuration", 1),
        ("schema", "prisma/schema.prisma", "found", None),
        ("convention", "auto: prisma", "default", None),
        ("shadow_url", None, "default", None),
        ("environments.live.url", "postgresql://reader@db.example.com:5433/shop?schema=app", "configuration", 4),
        ("environments.live.connect_timeout", "5 s", "configuration", 5),
        ("environments.live.statement_timeout", "60 s", "default", None),
        ("environments.live.schemas", "app", "url", None),
        ("environments.dev.schemas", "public, auth", "configuration", 8),
        ("environments.dev.connect_timeout", "10 s", "default", None),
        ("environments.old.file", "snapshots/old.json", "configuration", 14),
        ("environments.vault.url_command", "vault ...", "configuration", 17),
        ("environments.literal.url", "postgresql://me:***@db.example.com/${SHOP}", "configuration", 20),
        ("environments.damaged.url", "***", "configuration", 23),
        ("environments.qa.url", "postgresql://reader@db.example.com/qa?schema=app", "variable", None),
        ("environments.qa.connect_timeout", "7 s", "url", None),
        ("job.history", "mysql://me@db.example.com/history", "configuration", 28),
        ("job.webhook", "https://hooks.example.com/***", "configuration", 26),
        ("job.apprise", "slack://***, mailto://***", "configuration", 27),
        ("job.remind_after", "604800 s", "configuration", 29),
        ("job.attempts", "3", "default", None),
        ("ignore 1", "rule off-convention, table legacy_*: owned by billing", "configuration", 31),
        ("ignore 2", "rule name-drift, until 2020-01-01: moving", "configuration", 36),
        ("namesync-ignore", "every rule on Account(a): ours", "schema", 8),
    ],
    ids=str,
)
def test_values_and_where_they_come_from(key: str, value: str | None, origin: str, line: int | None, namesync: Run) -> None:
    found = in_force(namesync)[key]
    assert (found["value"], found["origin"], found["line"]) == (value, origin, line)
    assert found["file"] == (None if line is None else "prisma/schema.prisma" if origin == "schema" else "namesync.toml")


@pytest.mark.parametrize(
    ("key", "variables"),
    [
        ("environments.live.url", {"LIVE_URL": ".env"}),
        ("environments.qa.url", {"QA_DATABASE_URL": ".env"}),
        ("environments.dev.url", {"DEV_DATABASE_URL": "not set", "DATABASE_URL_DEV": "not set"}),
        ("environments.old.file", {"FOLDER": "not set"}),
        ("environments.literal.url", {"SHOP": "not set"}),
        ("job.apprise", {"MAIL": "process"}),
    ],
    ids=str,
)
def test_variables(key: str, variables: dict[str, str], namesync: Run) -> None:
    assert in_force(namesync)[key]["variables"] == variables


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("environments.dev.url", "DEV_DATABASE_URL and DATABASE_URL_DEV are not set"),
        ("environments.literal.url", "the variable SHOP in `url` is not set"),
        ("environments.damaged.url", "this text is no database URL"),
        ("environments.old.file", None),
        ("ignore 2", "it ended on 2020-01-01"),
    ],
    ids=str,
)
def test_problems(key: str, problem: str | None, namesync: Run) -> None:
    assert in_force(namesync)[key]["problem"] == problem


def test_no_secret_is_printed(namesync: Run) -> None:
    for form in ("text", "json"):
        ended = namesync("config", "--format", form)
        assert ended.code == 0
        assert ended.out
        assert "hunter2" not in ended.out + ended.err


def test_for_people(namesync: Run, tmp_path: Path) -> None:
    lines = namesync("config").out.splitlines()
    assert lines[0] == f"configuration: {tmp_path / 'namesync.toml'}"
    told = {line.split("  ")[0]: line for line in lines[2:]}
    assert told["authority"].endswith("live" + " " * 46 + "namesync.toml:1")
    assert told["environments.live.url"].endswith("namesync.toml:4; LIVE_URL in .env")
    assert told["environments.old.file"].endswith("namesync.toml:14; FOLDER is not set")
    assert told["environments.literal.url"].endswith("namesync.toml:20; ! the variable SHOP in `url` is not set")
    assert told["job.apprise"].endswith("namesync.toml:27; MAIL in the process")


def test_every_environment_that_a_command_would_know(namesync: Run) -> None:
    named = {key.split(".")[1] for key in in_force(namesync) if key.startswith("environments.")}
    assert named == {"live", "dev", "old", "vault", "literal", "damaged", "qa"}


def test_without_a_configuration(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").unlink()
    (tmp_path / ".env").unlink()
    ended = namesync("config")
    assert ended.out.startswith(f"configuration: none at or above {tmp_path}\n")
    assert in_force(namesync)["authority"] == {
        "key": "authority",
        "value": "prod",
        "origin": "default",
        "file": None,
        "line": None,
        "variables": {},
        "problem": None,
    }


def test_in_pyproject(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").unlink()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.namesync]\nauthority = "qa"\n')
    found = in_force(namesync)["authority"]
    assert (found["value"], found["file"], found["line"]) == ("qa", "pyproject.toml", 5)


def test_a_schema_that_cant_be_read_is_told(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "prisma" / "schema.prisma").write_text("model {")
    assert "prisma/schema.prisma:1:" in in_force(namesync)["namesync-ignore"]["problem"]


def test_an_unknown_key_is_an_error_with_a_suggestion(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text('autority = "prod"\n')
    ended = namesync("config")
    assert (ended.code, ended.out) == (2, "")
    assert "autority: unknown key" in ended.err
    assert "Did you mean authority?" in ended.err


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", {}),
        ("# a\n\na = 1\n", {("a",): 3}),
        ("a.b = 1", {("a",): 1, ("a", "b"): 1}),
        ('[x]\na = """\nb = 2\n[y]\n"""\nc = 3', {("x",): 1, ("x", "a"): 2, ("x", "c"): 6}),
        ('[x]\r\na = [\r\n  "]", # ]\r\n]\r\nb = 1\r\n', {("x",): 1, ("x", "a"): 2, ("x", "b"): 5}),
        ('["a.b".c]\nd = 1', {("a.b", "c"): 1, ("a.b", "c", "d"): 2}),
        (
            "[[i]]\na = 1\n[[i]]\na = 2\n[j]\n",
            {("i", 0): 1, ("i", 0, "a"): 2, ("i", 1): 3, ("i", 1, "a"): 4, ("j",): 5},
        ),
        ("i = [{a = 1}, {b = 2}]", {("i",): 1, ("i", 0): 1, ("i", 0, "a"): 1, ("i", 1): 1, ("i", 1, "b"): 1}),
        ('a = "\u2028"\nb = 1', {("a",): 1, ("b",): 2}),
    ],
    ids=ascii,
)
def test_lines_of_keys(text: str, lines: dict[tuple[str | int, ...], int]) -> None:
    assert places(text) == lines
