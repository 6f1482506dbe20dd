"""Which findings a report shows: those asked for, without those the configuration ignores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from namesync.config import Ignore
from namesync.model import Kind, TableRef
from namesync.report import Finding, Rule


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; empty means everything. `tables` are globs."""

    rules: frozenset[Rule] = frozenset()
    tables: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()

    def takes(self, finding: Finding) -> bool:
        """Whether the finding was asked for."""
        return (
            (not self.rules or finding.rule in self.rules)
            and (not self.kinds or finding.key.kind in self.kinds)
            and (not self.tables or any(_table_like(finding.key.table, glob) for glob in self.tables))
        )


def select(
    findings: Iterable[Finding], selection: Selection, ignores: Sequence[Ignore], authority: str
) -> tuple[tuple[Finding, ...], int]:
    """The findings to show, and how many of those asked for are ignored."""
    asked = [finding for finding in findings if selection.takes(finding)]
    kept = tuple(finding for finding in asked if not any(silences(ignore, finding, authority) for ignore in ignores))
    return kept, len(asked) - len(kept)


def ended(ignore: Ignore, today: date) -> bool:
    """Whether the last day of an ignore has passed."""
    return ignore.until is not None and ignore.until < today


def silences(ignore: Ignore, finding: Finding, authority: str) -> bool:
    """Whether all globs of the ignore match: `name` any name of the object, `environment` every environment that differs.

    A finding about `dev` and `qa` is not silenced for `qa` alone.
    """
    return (
        fnmatchcase(finding.rule, ignore.rule)
        and _table_like(finding.key.table, ignore.table)
        and fnmatchcase(finding.key.kind, ignore.kind)
        and (ignore.name == "*" or any(fnmatchcase(name, ignore.name) for name in _names(finding)))
        and all(fnmatchcase(environment, ignore.environment) for environment in _differing(finding, authority))
    )


def _table_like(table: TableRef, glob: str) -> bool:
    """Whether the table's name, or `schema.table`, is like the glob."""
    return fnmatchcase(table.name, glob) or fnmatchcase(f"{table.schema}.{table.name}", glob)


def _names(finding: Finding) -> list[str]:
    candidates = [name for names in finding.candidates.values() for name in names]
    return [name for name in finding.names.values() if name is not None] + candidates


def _differing(finding: Finding, authority: str) -> list[str]:
    """The environments whose object is not as the authority's; all where none differs, as for `off-convention`."""
    seen = {
        environment: (
            name,
            finding.candidates.get(environment),
            [values.get(environment) for values in finding.differences.values()],
        )
        for environment, name in finding.names.items()
    }
    return [environment for environment in seen if seen[environment] != seen.get(authority)] or list(seen)
