"""`namesync explain`, and that the documentation knows every rule, command and exit code."""

from __future__ import annotations

import re

import pytest

from namesync.cli import program
from namesync.cli.failure import ExitCode
from namesync.render.pages import page
from namesync.report import SEVERITIES, Rule
from tests.cli.conftest import ROOT, Run


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_page(rule: Rule, namesync: Run) -> None:
    ended = namesync("explain", rule)
    assert ended.out == page(rule)
    assert ended.out.startswith(f"# {rule}\n")
    assert f"Severity: {SEVERITIES[rule].word}." in ended.out
    assert "## What it means" in ended.out
    assert "## What to do" in ended.out


def test_there_is_no_page_without_a_rule() -> None:
    assert {path.stem for path in (ROOT / "namesync" / "rules").glob("*.md")} == set(Rule)


def test_the_list_has_every_rule_with_its_severity(namesync: Run) -> None:
    lines = namesync("explain").out.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule, SEVERITIES[rule].word] for rule in Rule]


def test_a_misspelt_rule_is_recognised(namesync: Run) -> None:
    ended = namesync("explain", "name-drfit")
    assert ended.code == 2
    assert "Did you mean name-drift?" in ended.err


@pytest.mark.parametrize("rule", Rule)
def test_links_between_pages_lead_somewhere(rule: Rule) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", page(rule))
    assert [target for target in targets if not (ROOT / "namesync" / "rules" / target).exists()] == []


def test_the_pages_name_only_commands_there_are() -> None:
    pages = "".join(page(rule) for rule in Rule)
    named = set(re.findall(r"`namesync (\w+)", pages))
    assert named - set(program.commands) == set()


def test_docs_know_every_rule() -> None:
    text = (ROOT / "docs" / "rules.md").read_text()
    for rule, severity in SEVERITIES.items():
        assert f"| [{rule}](../namesync/rules/{rule}.md) | {severity.word} |" in text


def test_docs_know_every_exit_code() -> None:
    text = (ROOT / "docs" / "exit-codes.md").read_text()
    assert set(re.findall(r"^\| `(\d+)` \|", text, re.MULTILINE)) == {str(int(code)) for code in ExitCode}


def test_the_readme_knows_every_command() -> None:
    text = (ROOT / "README.md").read_text()
    assert [name for name in program.commands if f"`namesync {name}" not in text] == []
