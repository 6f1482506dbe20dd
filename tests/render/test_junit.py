"""JUnit XML, parsed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from namesync.render import RENDERERS
from namesync.report import Report
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import CLEAN, DRIFT, EVERYTHING, MISMATCH, OFF, REPORTS, UNREACHABLE

Golden = Callable[[str, str], None]


def suites(report: Report) -> ElementTree.Element:
    return ElementTree.fromstring(RENDERERS["junit"](report).encode())


@pytest.mark.parametrize("name", ["everything", "unreachable", "clean", "schemas"])
def test_golden(name: str, golden: Golden) -> None:
    golden(f"{name}.junit.xml", RENDERERS["junit"](REPORTS[name]))


@pytest.mark.parametrize("report", [*REPORTS.values(), *map(hostile, NAMES.values())], ids=[*REPORTS, *NAMES])
def test_the_numbers_are_those_of_the_tests(report: Report) -> None:
    root = suites(report)
    for parent in (root, *root):
        assert int(parent.get("tests", "")) == len(list(parent.iter("testcase")))
        for attribute, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
            assert int(parent.get(attribute, "")) == len(list(parent.iter(tag)))


def test_one_test_for_each_finding_in_the_suite_of_its_table() -> None:
    tables = {suite.get("name"): len(suite) for suite in suites(EVERYTHING)[1:]}
    assert tables == {"Post": 5, "User": 4}


def test_errors_fail_and_lighter_findings_are_skipped() -> None:
    root = suites(EVERYTHING)
    assert {failure.get("type") for failure in root.iter("failure")} == {"name-drift", "schema-mismatch", "name-collision"}
    assert {str(skipped.get("message")).partition(":")[0] for skipped in root.iter("skipped")} == {"warning", "note"}


def test_a_test_says_where_it_is_declared() -> None:
    [case] = suites(replace(CLEAN, findings=(MISMATCH,)))[1]
    assert (case.get("file"), case.get("line")) == ("prisma/schema.prisma", "7")


def test_a_clean_report_has_tests_that_pass() -> None:
    root = suites(CLEAN)
    assert [case.get("name") for case in root.iter("testcase")] == [
        "prod is readable",
        "dev is readable",
        "11 of 11 objects without findings",
    ]


def test_two_findings_of_one_object_are_one_object() -> None:
    root = suites(replace(CLEAN, findings=(DRIFT, replace(DRIFT, rule=OFF.rule, fingerprint="x"))))
    assert any(case.get("name") == "10 of 11 objects without findings" for case in root.iter("testcase"))


def test_an_environment_that_could_not_be_read_is_an_error() -> None:
    [error] = suites(UNREACHABLE).iter("error")
    assert error.get("message") == "postgresql://db.example.com/app: nothing listens there"
