"""Annotations of a GitHub workflow: a line of a job's log that GitHub shows at a line of a file.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. A value is escaped as the runner unescapes
it, so no name can end a command or begin one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from namesync.render.places import place
from namesync.render.terminal import visible
from namesync.render.words import counted, object_words, table_words
from namesync.report import Finding, Report, Severity

SHOWN = 10
"""Annotations of one kind that GitHub shows for a step; the log has all of them."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """One workflow command a line, the weightiest first; "" for a clean report."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    for environment in report.environments:
        if environment.error:
            yield _command("error", f"{environment.name} could not be read: {environment.error}", title="namesync")
    for warning in report.warnings:
        yield _command("warning", warning, title="namesync")
    weights = Counter(finding.severity for finding in report.findings)
    many = [counted(weights[severity], severity.word) for severity in _COMMANDS if weights[severity] > SHOWN]
    if many:
        told = f"{', '.join(many)}: GitHub shows {SHOWN} annotations of a kind, the log of this step has all"
        yield _command("notice", told, title="namesync")
    for finding in sorted(report.findings, key=lambda finding: -finding.severity):
        yield _annotation(finding)


def _annotation(finding: Finding) -> str:
    what = f"{table_words(finding.key.table)}: {object_words(finding.key)}: {finding.message}"
    where = place(finding)
    line = {} if where is None else {"file": where.file, "line": str(where.line), "col": str(where.column)}
    return _command(_COMMANDS[finding.severity], what, **line, title=f"namesync {finding.rule}")


def _command(name: str, message: str, **properties: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_data(message)}"


def _data(text: str) -> str:
    """As `escapeData` in actions/toolkit; what does not show itself is written out before."""
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    """As `escapeProperty` in actions/toolkit."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
