"""What emit leaves as it is, because `diff` or `check` was told to ignore it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from namesync import check as rules
from namesync.api.selecting import Ignores, in_force
from namesync.api.workspace import Workspace
from namesync.check.context import SCHEMA
from namesync.emit.emission import Ignored, Mode
from namesync.match import match
from namesync.model import Catalog, Key
from namesync.plan import unqualified
from namesync.report import Finding, Rule

RENAMES = {
    Mode.KEEP_EXISTING: frozenset({Rule.NAME_DRIFT}),
    Mode.ADOPT_DEFAULTS: frozenset({Rule.NAME_DRIFT, Rule.OFF_CONVENTION}),
}
"""The rules whose findings a mode repairs by renaming; `schema-mismatch` is repaired in the schema."""


def spared(mode: Mode, space: Workspace) -> Ignored:
    """What the ignores in force keep an emit from changing: they are asked about the findings that it would repair."""
    ignores = in_force(space.configuration, space.schema, space.catalogs, datetime.now().astimezone().date())
    if not ignores.any:
        return Ignored()
    catalogs = space.compared
    between = rules.check(catalogs, match(catalogs), authority=space.authority, profile=space.profile)
    renames = _silenced(between, RENAMES[mode], ignores, space.authority)
    maps = _silenced(_against_the_schema(catalogs, space), frozenset({Rule.SCHEMA_MISMATCH}), ignores, space.authority)
    return Ignored(_keys(renames, catalogs), _keys(maps, catalogs), len(renames) + len(maps))


def _against_the_schema(catalogs: Mapping[str, Catalog], space: Workspace) -> tuple[Finding, ...]:
    declared = space.declared
    if declared is None:
        return ()
    pairs = match({**catalogs, SCHEMA: declared})
    return rules.check_declared(catalogs, pairs, authority=space.authority, profile=space.profile, declared=declared)


def _silenced(findings: Iterable[Finding], about: frozenset[Rule], ignores: Ignores, authority: str) -> list[Finding]:
    return [one for one in findings if one.rule in about and ignores.silences(one, authority)]


def _keys(findings: Iterable[Finding], catalogs: Mapping[str, Catalog]) -> frozenset[Key]:
    """The keys of what the findings are about, as an emit has them: findings may spell tables in another case, and take
    included columns for key columns, as Prisma does."""
    folds = any(catalog.folds_tables for catalog in catalogs.values())

    def place(key: Key, columns: tuple[str, ...]) -> tuple[object, ...]:
        return key.kind, key.table.schema, key.table.name.lower() if folds else key.table.name, columns

    about = {place(finding.key, finding.key.columns) for finding in findings}
    return frozenset(
        obj.key
        for catalog in unqualified(catalogs).values()
        for obj in catalog.objects
        if about & {place(obj.key, obj.key.columns), place(obj.key, obj.key.columns + obj.definition.include)}
    )
