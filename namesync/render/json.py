"""`--format json`, version 1: the format of `namesync/schemas/report-1.json`, apart from the model on purpose.

It is plain ASCII, so that no name can upset a terminal or an encoding; a JSON reader gives the names back as they are.
"""

from __future__ import annotations

import json
from typing import Any

from namesync import __version__
from namesync.model import Key, Location, TableRef
from namesync.report import EnvironmentSummary, Finding, Report

FORMAT_VERSION = 1


def render(report: Report) -> str:
    """The report as one JSON object, indented, with a newline at its end."""
    return json.dumps(_report(report), indent=2) + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": report.command,
        "convention": report.convention,
        "authority": report.authority or None,
        "environments": [environment_fields(environment) for environment in report.environments],
        "findings": [_finding(finding) for finding in report.findings],
        "summary": report.summary,
        "ignored": report.ignored,
        "accepted": report.accepted,
        "warnings": list(report.warnings),
    }


def environment_fields(environment: EnvironmentSummary) -> dict[str, Any]:
    """An environment, as every format has it."""
    return {
        "name": environment.name,
        "provider": environment.provider,
        "server_version": environment.server_version,
        "schemas": list(environment.schemas),
        "tables": environment.tables,
        "objects": environment.objects,
        "error": environment.error or None,
        "notes": list(environment.notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity.word,
        **key_fields(finding.key),
        "names": dict(finding.names),
        "expected": finding.expected,
        "declared": finding.declared,
        "origins": {environment: finding.origins.get(environment) for environment in finding.names},
        "message": finding.message,
        "fingerprint": finding.fingerprint,
    }
    if finding.candidates:
        fields["candidates"] = {environment: list(names) for environment, names in finding.candidates.items()}
    if finding.differences:
        fields["differences"] = {what: dict(values) for what, values in finding.differences.items()}
    if finding.location is not None:
        fields["location"] = _location(finding.location)
    return fields


def key_fields(key: Key) -> dict[str, Any]:
    """What an object is, as every format has it."""
    target = key.references
    return {
        "kind": key.kind,
        **_table(key.table),
        "columns": list(key.columns),
        "references": None if target is None else {**_table(target.table), "columns": list(target.columns)},
    }


def _table(table: TableRef) -> dict[str, str | None]:
    return {"schema": table.schema or None, "table": table.name}


def _location(location: Location) -> dict[str, str | int]:
    return {"file": location.file, "line": location.line, "column": location.column}
