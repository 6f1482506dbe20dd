"""GitLab's code quality report: findings beside the lines of a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. Of findings with one fingerprint GitLab shows the
first alone.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from namesync.model import Location
from namesync.render.places import fallback, place
from namesync.render.terminal import visible
from namesync.render.words import object_words, table_words
from namesync.report import EnvironmentSummary, Finding, Report, Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report) -> str:
    """A JSON array with a newline at its end."""
    top = fallback(report)
    issues = [_unread(environment, top) for environment in report.environments if environment.error]
    issues += [_finding(finding, place(finding) or top) for finding in report.findings]
    return json.dumps(issues, indent=2) + "\n"


def _finding(finding: Finding, where: Location) -> dict[str, Any]:
    told = f"{table_words(finding.key.table)}: {object_words(finding.key)}: {finding.message}"
    return _issue(told, finding.rule, finding.fingerprint, _SEVERITIES[finding.severity], where)


def _unread(environment: EnvironmentSummary, where: Location) -> dict[str, Any]:
    """What could not be compared is never clean."""
    fingerprint = sha256(f"could-not-read\0{environment.name}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    told = f"{environment.name} could not be read: {environment.error}"
    return _issue(told, "could-not-read", fingerprint, "blocker", where)


def _issue(told: str, check: str, fingerprint: str, severity: str, where: Location) -> dict[str, Any]:
    return {
        "description": visible(told),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": where.file, "lines": {"begin": where.line}},
    }
