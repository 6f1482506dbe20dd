"""Where the drift is: which tables and environments, and how much of it. `map.svg.jinja` draws it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from namesync.model import TableRef
from namesync.render.html.data import Row
from namesync.render.terminal import visible
from namesync.render.words import cell, counted, table_words
from namesync.report import Report, Severity

TABLES = 20
ENVIRONMENTS = 24
"""More than these are not drawn; those with the most drift are."""


@dataclass(frozen=True, slots=True)
class Square:
    """A table in an environment, by their places: how many objects drift there, the severity of the weightiest."""

    down: int
    across: int
    count: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Map:
    """Tables down, environments across. `left_out` says in words what there is no room for."""

    tables: tuple[str, ...]
    environments: tuple[str, ...]
    squares: tuple[Square, ...]
    left_out: str


def drift_map(report: Report, objects: Sequence[Row]) -> Map | None:
    """The map of a report's objects; None where nothing drifts."""
    counts = _counts(report, objects)
    tables: Counter[TableRef] = Counter()
    places: Counter[str] = Counter()
    for (table, environment), severities in counts.items():
        tables[table] += _weight(severities)
        places[environment] += _weight(severities)
    if not counts:
        return None
    down = sorted(tables, key=lambda table: (-tables[table], table))[:TABLES]
    read = [environment.name for environment in report.environments if not environment.error]
    most = sorted(read, key=lambda name: -places[name])[:ENVIRONMENTS]
    across = [name for name in read if name in most]
    return Map(
        tables=tuple(map(table_words, down)),
        environments=tuple(map(visible, across)),
        squares=tuple(
            Square(row, column, sum(counts[table, name].values()), max(counts[table, name]))
            for row, table in enumerate(down)
            for column, name in enumerate(across)
            if (table, name) in counts
        ),
        left_out=_left_out(len(tables), len(read)),
    )


def _counts(report: Report, objects: Sequence[Row]) -> dict[tuple[TableRef, str], Counter[Severity]]:
    """(table, environment) -> how many objects drift there, each as its weightiest finding."""
    counts: dict[tuple[TableRef, str], Counter[Severity]] = defaultdict(Counter)
    read = [environment.name for environment in report.environments if not environment.error]
    for findings in objects:
        for name in read:
            weights = [finding.severity for finding in findings if cell(finding, name, report.authority).drifts]
            if weights:
                counts[findings[0].key.table, name][max(weights)] += 1
    return counts


def _weight(severities: Counter[Severity]) -> int:
    """An error outweighs any warnings, a warning any notes, as long as these are fewer than a thousand."""
    return sum(count * 1000 ** (severity - 1) for severity, count in severities.items())


def _left_out(tables: int, environments: int) -> str:
    told = []
    if tables > TABLES:
        told.append(f"{TABLES} of {counted(tables, 'table')}")
    if environments > ENVIRONMENTS:
        told.append(f"{ENVIRONMENTS} of {counted(environments, 'environment')}")
    return f"{' and '.join(told)}, those with the most drift" if told else ""
