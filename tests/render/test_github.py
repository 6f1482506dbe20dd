"""Annotations of a GitHub workflow, read as the runner reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from namesync.render import RENDERERS
from namesync.render.terminal import visible
from namesync.report import Report
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import CLEAN, DRIFT, EVERYTHING, MISMATCH, OFF, REPORTS, UNREACHABLE

Golden = Callable[[str, str], None]
Command = tuple[str, dict[str, str], str]


def commands(report: Report) -> list[Command]:
    """(command, properties, message) of each line, unescaped; every line has to be a command.

    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    return [command(line) for line in RENDERERS["github"](report).split("\n")[:-1]]


def command(line: str) -> Command:
    found = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
    assert found, line
    properties = dict(part.split("=", 1) for part in found[2].split(","))
    unescaped = {key: unescape(value, {"%3A": ":", "%2C": ","}) for key, value in properties.items()}
    return found[1], unescaped, unescape(found[3], {})


def unescape(text: str, more: dict[str, str]) -> str:
    known = {"%0D": "\r", "%0A": "\n", **more}
    for escape, character in known.items():
        text = text.replace(escape, character)
    return text.replace("%25", "%")


@pytest.mark.parametrize("name", REPORTS)
def test_golden(name: str, golden: Golden) -> None:
    golden(f"{name}.github", RENDERERS["github"](REPORTS[name]))


def test_a_clean_report_says_nothing() -> None:
    assert RENDERERS["github"](CLEAN) == ""


def test_each_severity_has_its_command_and_the_weightiest_come_first() -> None:
    found = [(name, properties["title"]) for name, properties, _ in commands(EVERYTHING)]
    assert found[0] == ("warning", "namesync")  # the report's own
    kinds = [name for name, _ in found[1:]]
    assert kinds == ["error"] * 4 + ["warning"] * 3 + ["notice"] * 2


def test_only_what_is_in_a_schema_has_a_place() -> None:
    report = replace(EVERYTHING, findings=(DRIFT, MISMATCH), warnings=())
    places = {
        properties["title"]: [properties.get(key) for key in ("file", "line", "col")] for _, properties, _ in commands(report)
    }
    assert places == {
        "namesync name-drift": [None, None, None],
        "namesync schema-mismatch": ["prisma/schema.prisma", "7", "3"],
    }


@pytest.mark.parametrize("file", ["./prisma/schema.prisma", "prisma\\schema.prisma", "prisma//schema.prisma"])
def test_a_path_is_spelled_as_git_spells_it(file: str) -> None:
    assert MISMATCH.location is not None
    finding = replace(MISMATCH, location=replace(MISMATCH.location, file=file))
    [(_, properties, _)] = commands(replace(CLEAN, findings=(finding,)))
    assert properties["file"] == "prisma/schema.prisma"


def test_an_environment_that_could_not_be_read_is_an_error() -> None:
    name, _, message = commands(UNREACHABLE)[0]
    assert (name, message) == ("error", "qa could not be read: postgresql://db.example.com/app: nothing listens there")


@pytest.mark.parametrize(("number", "told"), [(10, False), (11, True)])
def test_more_than_github_shows_is_said(number: int, told: bool) -> None:
    report = replace(CLEAN, findings=tuple(replace(OFF, fingerprint=str(place)) for place in range(number)))
    found = commands(report)
    assert len(found) == number + told
    assert ("11 notes: GitHub shows 10 annotations of a kind" in found[0][2]) == told


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_name_ends_a_command_or_begins_one(name: str) -> None:
    report = hostile(name)
    found = commands(report)
    assert len(found) == len(report.findings) + 2
    text = RENDERERS["github"](report)
    assert [line for line in text.split("\n")[:-1] if not line.startswith("::")] == []
    messages = [message for _, properties, message in found if properties["title"] == "namesync name-drift"]
    assert messages[0].endswith(visible(report.findings[0].message))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
