"""Which findings a report shows: those asked for, without what is ignored or accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from namesync.baseline import Baseline, accepts, entry
from namesync.config import Config, Ignore
from namesync.match import Pairs
from namesync.model import Catalog, Kind, TableRef
from namesync.prisma.ignores import IgnoreComment
from namesync.prisma.schema import Schema
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


@dataclass(frozen=True, slots=True)
class Ignores:
    """What is left out on purpose: by `[[ignore]]` in the configuration, and by comments in `schema.prisma`.

    `folded`: table names are compared without regard to case where a comment is about them.
    """

    configured: tuple[Ignore, ...] = ()
    comments: tuple[IgnoreComment, ...] = ()
    folded: bool = False

    @property
    def any(self) -> bool:
        """Whether anything can be left out."""
        return bool(self.configured or self.comments)

    def silences(self, finding: Finding, authority: str) -> bool:
        """Whether the finding is left out."""
        return any(silences(ignore, finding, authority) for ignore in self.configured) or any(
            comment.subject.covers(finding.key, folded=self.folded)
            for comment in self.comments
            if finding.rule in (comment.rules or (finding.rule,))
        )


def in_force(configuration: Config, schema: Schema | None, catalogs: Mapping[str, Catalog], today: date) -> Ignores:
    """The ignores that have not ended, and those of the schema, for a comparison of these catalogs."""
    configured = tuple(ignore for ignore in configuration.ignores if not ended(ignore, today))
    folded = any(catalog.folds_tables for catalog in catalogs.values())
    return Ignores(configured, schema.ignores if schema is not None else (), folded)


def select(
    findings: Iterable[Finding], selection: Selection, ignores: Ignores, authority: str
) -> tuple[tuple[Finding, ...], int]:
    """The findings to show, and how many of those asked for are ignored."""
    asked = [finding for finding in findings if selection.takes(finding)]
    kept = tuple(finding for finding in asked if not ignores.silences(finding, authority))
    return kept, len(asked) - len(kept)


def rules_not_judged(selection: Selection, *, by_schema: bool) -> tuple[str, ...]:
    """A warning for each rule asked for that the comparison does not know: it would look clean."""
    unknown = _BETWEEN_ENVIRONMENTS if by_schema else frozenset({Rule.SCHEMA_MISMATCH})
    other = "diff" if by_schema else "check, with a schema,"
    return tuple(f"{rule} is not looked for here: namesync {other} does" for rule in Rule if rule in unknown & selection.rules)


_BETWEEN_ENVIRONMENTS = frozenset({Rule.NAME_DRIFT, Rule.NAME_COLLISION, Rule.OFF_CONVENTION})


def tables_like_nothing(selection: Selection, pairs: Pairs) -> tuple[str, ...]:
    """A warning for each glob that no table is like: misspelt, it would make everything look clean."""
    tables = {found.key.table for found in pairs.matches} | {found.key.table for found in pairs.ambiguous}
    unlike = (glob for glob in selection.tables if not any(_table_like(table, glob) for table in tables))
    why = " (where one schema is in scope, tables are told without it)"
    return tuple(f"no table is like {glob}{why if '.' in glob else ''}" for glob in unlike)


def unaccepted(findings: Iterable[Finding], baseline: Baseline) -> tuple[Finding, ...]:
    """The findings that are more than the baseline accepts."""
    return tuple(finding for finding in findings if not accepts(baseline, entry(finding)))


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
