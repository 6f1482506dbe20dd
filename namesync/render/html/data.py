"""What the page's script lists, as plain values: each text once, rows that point at texts by number.

A report may have 20,000 objects, so that what many rows share (tables, rules, whole suggestions) is written once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from namesync.check.context import SCHEMA
from namesync.model import KIND_WORDS, Kind, TableRef
from namesync.render.suggestion import suggestions
from namesync.render.terminal import visible, visible_name
from namesync.render.words import Cell, Mark, cell, object_words, table_words
from namesync.report import SEVERITIES, Finding, Report, Rule

KINDS = tuple(Kind)
RULES = tuple(Rule)
MARKS = tuple(Mark)


Row = tuple[Finding, ...]
"""The findings of one object, the weightiest first."""


def rows(report: Report) -> list[Row]:
    """The findings of one object together; the weightiest tables first, in a table the weightiest objects."""
    objects: dict[object, list[Finding]] = {}
    weights: dict[TableRef, int] = {}
    for finding in sorted(report.findings, key=lambda finding: (-finding.severity, finding.key.sort_key, finding.rule)):
        identity = (finding.key, tuple(finding.names.items()), tuple(finding.candidates.items()))
        objects.setdefault(identity, []).append(finding)
        weights.setdefault(finding.key.table, -finding.severity)
    tables = [(weights[findings[0].key.table], findings[0].key.table) for findings in objects.values()]
    ordered = sorted(zip(tables, objects.values(), strict=True), key=lambda row: row[0])
    return [tuple(findings) for _, findings in ordered]


def payload(report: Report, objects: Sequence[Row]) -> dict[str, Any]:
    """The data of the page's list; `page.js` says what it does with each."""
    texts = _Texts()
    environments = _columns(report)
    return {
        "environments": [visible(name) for name in environments],
        "authority": visible(report.authority),
        "rules": [{"id": rule, "severity": SEVERITIES[rule].word} for rule in RULES],
        "kinds": [KIND_WORDS[kind] for kind in KINDS],
        "marks": list(MARKS),
        "rows": [_row(findings, environments, report, texts) for findings in objects],
        "texts": texts.all,
    }


def _columns(report: Report) -> list[str]:
    """The environments, and after them the schema where one takes part."""
    read = [environment.name for environment in report.environments if not environment.error]
    told = any(finding.declared is not None or _undeclared(finding) for finding in report.findings)
    return [*read, SCHEMA] if told and SCHEMA not in read else read


def _undeclared(finding: Finding) -> bool:
    """Whether it is the schema that misses the object."""
    return finding.rule is Rule.MISSING_OBJECT and None not in finding.names.values()


class _Texts:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def all(self) -> list[str]:
        return list(self._numbers)


def _row(findings: Row, environments: list[str], report: Report, texts: _Texts) -> dict[str, Any]:
    key = findings[0].key
    return {
        "table": texts.number(table_words(key.table)),
        "kind": KINDS.index(key.kind),
        "object": texts.number(object_words(key, "→")),
        "cells": _cells(findings, environments, report.authority, texts),
        "findings": [[RULES.index(finding.rule), texts.number(visible(finding.message))] for finding in findings],
        "facts": [[texts.number(word), texts.number(fact)] for word, fact in _facts(findings)],
        "suggestions": [
            [texts.number(found.way), texts.number(visible(found.when)), texts.number(found.text)]
            for finding in findings
            for found in suggestions(finding, report)
        ],
    }


def strongest(findings: Row, environment: str, authority: str) -> Cell:
    """How the environment stands in all findings of an object (weightiest first): in the first one that is about it."""
    if environment == SCHEMA and SCHEMA not in findings[0].names:
        return _in_the_schema(findings)
    cells = [cell(finding, environment, authority) for finding in findings]
    return next((one for one in cells if one.drifts), cells[0])


def _in_the_schema(findings: Row) -> Cell:
    declared = findings[0].declared
    if declared is not None:
        return Cell((declared,), Mark.SAME, drifts=False)
    undeclared = any(map(_undeclared, findings))
    return Cell((), Mark.ABSENT if undeclared else Mark.SAME, drifts=undeclared)


def _cells(findings: Row, environments: list[str], authority: str, texts: _Texts) -> list[list[Any]]:
    """[how they stand, whether a finding is about them, their names, which environments] for those that are alike.

    The places of the largest group are left out: it is all environments that no other group has.
    """
    alike: dict[Cell, list[int]] = {}
    for place, environment in enumerate(environments):
        alike.setdefault(strongest(findings, environment, authority), []).append(place)
    rest = max(alike.values(), key=len, default=[])
    return [
        [MARKS.index(one.mark), int(one.drifts), [texts.number(visible_name(name)) for name in one.names]]
        + ([] if places is rest else [places])
        for one, places in alike.items()
    ]


def _facts(findings: Row) -> Iterator[tuple[str, str]]:
    """What the messages leave unsaid, as word and fact."""
    first = findings[0]
    if first.expected is not None:
        yield "Prisma's default", visible_name(first.expected)
    if first.location is not None:
        yield "in the schema", visible(f"{first.location.file}:{first.location.line}:{first.location.column}")
    for environment, origin in first.origins.items():
        if origin:
            yield f"origin in {visible(environment)}", visible(origin)
    for finding in findings:
        yield from _differences(finding.differences)


def _differences(differences: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for what, values in differences.items():
        yield what, "; ".join(visible(f"{environment}: {value}") for environment, value in values.items())
