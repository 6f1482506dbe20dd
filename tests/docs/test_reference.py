"""Nothing is undocumented: commands, options, rules, keys of the configuration and of the JSON formats, formats, exit codes.

`pytest --renew` rewrites the tables of options in `docs/commands.md`.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import pytest

from namesync.cli import program
from namesync.cli.failure import ExitCode
from namesync.cli.options import EXIT_CODE_STYLES
from namesync.config import Config, Environment, Ignore, Job
from namesync.render import RENDERERS
from namesync.report import SEVERITIES, Rule
from tests.docs.pages import DOCS, ROOT, blocks, pages

COMMANDS = DOCS / "commands.md"
SCHEMAS = sorted(file.name for file in files("namesync").joinpath("schemas").iterdir() if file.name.endswith(".json"))
HEAD = "| option | meaning |\n|---|---|\n"


def commands(group: click.Group = program, words: tuple[str, ...] = ("namesync",)) -> Iterator[tuple[str, click.Command]]:
    """Every command of the program by what is typed."""
    for name, command in group.commands.items():
        yield " ".join((*words, name)), command
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


ALL = dict(commands())
GLOBAL = {option for param in program.params for option in param.opts}


def options(command: click.Command) -> list[tuple[str, str]]:
    """The options of a command and what its help says of them; those of every command only for the program itself."""
    ctx = click.Context(command)
    records = [
        param.get_help_record(ctx)
        for param in command.params
        if isinstance(param, click.Option) and (command is program or GLOBAL.isdisjoint(param.opts))
    ]
    return [record for record in records if record is not None and record[0] != "--version"]


def table(command: click.Command) -> str:
    """The options as a table of Markdown, "" for none."""
    cells = [
        (f"`{names}`".replace("|", r"\|"), " ".join(meaning.split()).replace("|", r"\|")) for names, meaning in options(command)
    ]
    return HEAD + "".join(f"| {names} | {meaning} |\n" for names, meaning in cells) if cells else ""


def section(text: str, heading: str) -> tuple[int, int]:
    """Where the section below a heading of the second level begins and ends."""
    found = re.search(rf"^## {re.escape(heading)}\n", text, re.MULTILINE)
    assert found, f"there is no section `## {heading}`"
    following = re.search(r"^## ", text[found.end() :], re.MULTILINE)
    return found.end(), found.end() + following.start() if following else len(text)


def with_table(text: str, heading: str, wanted: str) -> str:
    """The text with the table of options in a section as it should be: at the section's end, or where one is."""
    start, end = section(text, heading)
    body = text[start:end]
    old = re.search(rf"{re.escape(HEAD)}(?:\|.*\n)*", body)
    if old:
        body = body[: old.start()] + wanted + body[old.end() :]
    elif wanted:
        body = f"{body.rstrip()}\n\n{wanted}\n" if end < len(text) else f"{body.rstrip()}\n\n{wanted}"
    return text[:start] + body + text[end:]


def command_lines(page: Path) -> list[list[str]]:
    """The words behind `namesync` of the lines in a document's blocks for shells; what comes behind a pipe or `||` is cut."""
    lines = [
        match[1]
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.language in ("sh", "console")
        for match in re.finditer(r"^(?:\$ )?namesync (.*)$", block.body, re.MULTILINE)
    ]
    return [shlex.split(re.split(r" (?:\||>) ?", line)[0], comments=True) for line in lines]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_line_in_the_documents_is_understood(page: Path) -> None:
    for words in command_lines(page):
        command: click.Command = program
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        command.parse_args(click.Context(command, info_name="namesync"), words)


SECTIONS = {"Options of every command": program, **ALL}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_command_and_option_is_documented(heading: str, request: pytest.FixtureRequest) -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    after = with_table(text, heading, table(SECTIONS[heading]))
    if request.config.getoption("--renew"):
        COMMANDS.write_text(after, encoding="utf-8")
    assert COMMANDS.read_text(encoding="utf-8") == after, "pytest --renew rewrites it"


def test_no_command_is_documented_that_is_not_there() -> None:
    headings = re.findall(r"^## (namesync .*)$", COMMANDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(ALL)


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name, command in ALL.items() if name.count(" ") == 1 and f"`{name}" not in text] == []


# ---- configuration ----

TABLES = {
    Config: {"path", "root", "environments", "ignores", "job"},
    Environment: {"name"},
    Ignore: set[str](),
    Job: set[str](),
}
KEYS = [(table, field.name) for table, others in TABLES.items() for field in fields(table) if field.name not in others]


@pytest.mark.parametrize(("table", "key"), KEYS, ids=lambda value: value if isinstance(value, str) else value.__name__)
def test_every_key_of_the_configuration_is_documented(table: type, key: str) -> None:
    assert re.search(rf"^\| `{key}` \| .+ \|$", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_no_key_is_documented_that_is_not_there() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    start, end = section(text, "Keys")
    assert set(re.findall(r"^\| `(\w+)` \|", text[start:end], re.MULTILINE)) == {key for _, key in KEYS}


# ---- rules ----


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_documented(rule: Rule) -> None:
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert f"| [{rule}](../namesync/rules/{rule}.md) | {SEVERITIES[rule].word} |" in text
    assert len((ROOT / "namesync" / "rules" / f"{rule}.md").read_text(encoding="utf-8")) > 500


# ---- exit codes ----


def test_every_exit_code_is_documented_in_every_style() -> None:
    text = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\d+)` \| `(\d+)` \| (.+) \|$", text, re.MULTILINE)
    assert [int(code) for code, _, _ in rows] == sorted(ExitCode)
    assert [int(other) for _, other, _ in rows] == [0, 2, 1, 130]
    assert all(f"`{style}`" in text for style in EXIT_CODE_STYLES)


# ---- formats ----


@pytest.mark.parametrize("form", RENDERERS)
def test_every_format_is_documented(form: str) -> None:
    assert f"`{form}`" in (DOCS / "reports.md").read_text(encoding="utf-8")
    record = dict(options(program))["--format FORMAT"]
    assert form in re.findall(r"\w+", record)


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    """The names of all fields a JSON Schema speaks of."""
    yield from schema.get("required", [])
    for name, value in schema.get("properties", {}).items():
        yield name
        yield from _keys(value)
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from _keys(inner)
    for value in (*schema.get("$defs", {}).values(), *schema.get("oneOf", []), *schema.get("anyOf", [])):
        yield from _keys(value)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_of_the_json_formats_is_documented(name: str) -> None:
    """Each schema has a section in docs/json.md that names all of its fields."""
    schema = json.loads(files("namesync").joinpath("schemas", name).read_text(encoding="utf-8"))
    text = (DOCS / "json.md").read_text(encoding="utf-8")
    at = text.rfind(f"](../namesync/schemas/{name})")
    assert at >= 0, f"docs/json.md has no link to {name}"
    start = text.rfind("\n## ", 0, at)
    end = text.find("\n## ", at)
    words = set(re.findall(r"[\w-]+", text[start : end if end >= 0 else len(text)]))
    assert set(_keys(schema)) - words == set()


# ---- architecture ----


def test_the_layers_and_folders_of_the_architecture_are_those_of_the_code() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    start, end = section(text, "The layers")
    assert re.findall(r"^(\w+) {2,}", text[start:end], re.MULTILINE) == contract["layers"]
    start, end = section(text, "Folder by folder")
    told = set(re.findall(r"\*\*.*?\*\*", text[start:end]))
    folders = {path.name for path in (ROOT / "namesync").iterdir() if (path / "__init__.py").exists()}
    assert {folder for folder in folders if not any(f"`{folder}/`" in words for words in told)} == set()
