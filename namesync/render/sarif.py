"""SARIF 2.1.0, for code scanning. Only the fields that viewers use are written.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and what GitHub makes of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import quote

from namesync import __version__
from namesync.model import Location
from namesync.render.pages import standalone, title
from namesync.render.places import fallback, place
from namesync.render.terminal import visible
from namesync.render.words import object_words, table_words
from namesync.report import SEVERITIES, Finding, Report, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = tuple(Rule)


def render(report: Report) -> str:
    """The report as a SARIF log of one run, plain ASCII, with a newline at its end."""
    top = fallback(report)
    run = {
        "tool": {
            "driver": {
                "name": "namesync",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in _RULES],
            }
        },
        "automationDetails": {"id": f"namesync/{report.command}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not report.failed, "toolExecutionNotifications": _notifications(report)}],
        "results": [_result(finding, place(finding) or top) for finding in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in rule.split("-")),
        "shortDescription": {"text": title(rule)},
        "fullDescription": {"text": title(rule)},
        "help": {"text": standalone(rule), "markdown": standalone(rule)},
        "defaultConfiguration": {"level": SEVERITIES[rule].word},
        "properties": {"tags": ["database", "prisma"], "problem.severity": _problem(rule)},
    }


def _problem(rule: Rule) -> str:
    """GitHub's own word for the lowest severity is `recommendation`."""
    return {"note": "recommendation"}.get(SEVERITIES[rule].word, SEVERITIES[rule].word)


def _result(finding: Finding, where: Location) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": _RULES.index(finding.rule),
        "level": finding.severity.word,
        "message": {"text": _message(finding)},
        "locations": [_location(finding, where)],
        # GitHub knows an alert again by the first alone, and would make it of the line's text, which tells nothing of a
        # finding that is in no schema.
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint, "namesync/v1": finding.fingerprint},
        "properties": {
            "names": {visible(environment): name and visible(name) for environment, name in finding.names.items()},
            "expected": finding.expected and visible(finding.expected),
            "declared": finding.declared and visible(finding.declared),
        },
    }


def _message(finding: Finding) -> str:
    """Plain text; brackets that would make a link of a name are escaped (3.11.6)."""
    text = visible(f"{table_words(finding.key.table)}: {object_words(finding.key)}: {finding.message}")
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text


def _location(finding: Finding, where: Location) -> dict[str, Any]:
    table, words = table_words(finding.key.table), object_words(finding.key)
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(where.file),
            "region": {"startLine": where.line, "startColumn": where.column},
        },
        "logicalLocations": [
            {"name": table, "kind": "table"},
            {"name": words, "fullyQualifiedName": f"{table}: {words}", "kind": "object"},
        ],
    }


def _artifact(path: str) -> dict[str, str]:
    """A file below the repository's root, or an absolute one, which no base may precede (3.4.4)."""
    uri = quote(path, safe="/:")
    if path.startswith("/") or PureWindowsPath(path).is_absolute():
        return {"uri": f"file:///{uri.removeprefix('/')}"}
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _notifications(report: Report) -> list[dict[str, Any]]:
    unread = [
        {"level": "error", "message": {"text": visible(f"{environment.name} could not be read: {environment.error}")}}
        for environment in report.environments
        if environment.error
    ]
    return unread + [{"level": "warning", "message": {"text": visible(warning)}} for warning in report.warnings]
