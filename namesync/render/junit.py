"""JUnit XML, for the test reports of CI services: an error is a failed test, a lighter finding a skipped one.

There is no standard; the elements are those that Jenkins, GitLab and GitHub's reporters read:
https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree as Xml

from namesync.model import Key
from namesync.render.terminal import visible
from namesync.render.words import object_words, table_words
from namesync.report import Finding, Report, Severity

_FORBIDDEN = re.compile("[\ufffe\uffff]")
"""Not allowed in XML, not even as references; `visible` writes out the other such characters."""


def render(report: Report) -> str:
    """One suite for each table with findings, one test for each finding; what was compared and is well is one test."""
    suites = [_environments(report)]
    by_table = sorted(report.findings, key=lambda finding: finding.key.table)
    for table, findings in groupby(by_table, key=lambda finding: finding.key.table):
        suites.append(_suite(table_words(table), [_case(finding) for finding in findings]))
    root = Xml.Element("testsuites", {"name": "namesync", **_totals(suites)})
    root.extend(suites)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _environments(report: Report) -> Xml.Element:
    """What was read, and how many objects nothing was found about."""
    cases = []
    for environment in report.environments:
        case = Xml.Element("testcase", {"classname": "environments", "name": _text(f"{environment.name} is readable")})
        if environment.error:
            Xml.SubElement(case, "error", {"message": _text(environment.error), "type": "could-not-read"})
        cases.append(case)
    well = max(report.objects - len({_identity(finding) for finding in report.findings}), 0)
    told = f"{well} of {report.objects} objects without findings"
    cases.append(Xml.Element("testcase", {"classname": "objects", "name": told}))
    return _suite(f"namesync {report.command}", cases)


def _identity(finding: Finding) -> tuple[Key, frozenset[tuple[str, str | None]]]:
    return finding.key, frozenset(finding.names.items())


def _case(finding: Finding) -> Xml.Element:
    names = {"classname": table_words(finding.key.table), "name": f"{object_words(finding.key)}: {finding.rule}"}
    case = Xml.Element("testcase", {key: _text(value) for key, value in names.items()})
    if finding.location is not None:
        case.set("file", _text(finding.location.file))
        case.set("line", str(finding.location.line))
    told = {"message": _text(finding.message), "type": finding.rule}
    if finding.severity is Severity.ERROR:
        failure = Xml.SubElement(case, "failure", told)
        failure.text = _text(f"{finding.message} (namesync explain {finding.rule})")
    else:
        Xml.SubElement(case, "skipped", {"message": f"{finding.severity.word}: {told['message']}"})
    return case


def _suite(name: str, cases: list[Xml.Element]) -> Xml.Element:
    counts = {
        "tests": len(cases),
        **{f"{word}s": len([case for case in cases if case.find(word) is not None]) for word in ("failure", "error")},
        "skipped": len([case for case in cases if case.find("skipped") is not None]),
    }
    suite = Xml.Element("testsuite", {"name": _text(name), **{key: str(count) for key, count in counts.items()}})
    suite.extend(cases)
    return suite


def _totals(suites: Iterable[Xml.Element]) -> dict[str, str]:
    return {key: str(sum(int(suite.attrib[key]) for suite in suites)) for key in ("tests", "failures", "errors", "skipped")}


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), visible(text))
