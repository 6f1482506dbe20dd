"""GitLab's code quality report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from namesync.render import RENDERERS
from namesync.render.terminal import visible
from namesync.report import Report
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import CLEAN, DRIFT, EVERYTHING, MISMATCH, REPORTS, UNREACHABLE

Golden = Callable[[str, str], None]


def issues(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(RENDERERS["gitlab"](report))
    return found


@pytest.mark.parametrize("name", ["everything", "unreachable", "clean"])
def test_golden(name: str, golden: Golden) -> None:
    golden(f"{name}.gitlab.json", RENDERERS["gitlab"](REPORTS[name]))


@pytest.mark.parametrize("report", [*REPORTS.values(), *map(hostile, NAMES.values())], ids=[*REPORTS, *NAMES])
def test_every_issue_has_what_gitlab_asks_for(report: Report) -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
    for issue in issues(report):
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["location"]["path"]
        assert not issue["location"]["path"].startswith(("./", "/"))


def test_a_clean_report_is_an_empty_list() -> None:
    assert issues(CLEAN) == []


def test_no_two_issues_share_a_fingerprint() -> None:
    fingerprints = [issue["fingerprint"] for issue in issues(EVERYTHING) + issues(UNREACHABLE)[:1]]
    assert len(set(fingerprints)) == len(EVERYTHING.findings) + 1


def test_what_is_in_no_schema_stands_at_its_top() -> None:
    places = {issue["check_name"]: issue["location"] for issue in issues(EVERYTHING)}
    assert places[MISMATCH.rule] == {"path": "prisma/schema.prisma", "lines": {"begin": 7}}
    assert places[DRIFT.rule] == {"path": "prisma/schema.prisma", "lines": {"begin": 1}}


def test_an_environment_that_could_not_be_read_blocks() -> None:
    first = issues(UNREACHABLE)[0]
    assert (first["check_name"], first["severity"]) == ("could-not-read", "blocker")
    assert "nothing listens there" in first["description"]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_shown_and_harmless(name: str) -> None:
    text = RENDERERS["gitlab"](hostile(name))
    assert text.isascii()
    described = [issue["description"] for issue in issues(hostile(name))]
    assert described[1].endswith(visible(hostile(name).findings[0].message))
    assert described == list(map(visible, described))
