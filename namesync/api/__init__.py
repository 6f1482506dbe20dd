"""namesync from Python: the functions the command line is made of. `import namesync` offers them too.

    import namesync

    report = namesync.diff("prod", "dev")
    for finding in report.findings:
        print(finding.rule, finding.key.table.name, finding.names)

Arguments are those of the command line: an environment is a name from the configuration, a database URL, a snapshot file, or
`prod` for PROD_DATABASE_URL. Every error is a `namesync.errors.NamesyncError`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from namesync import check as rules
from namesync.api.convention import profile_named
from namesync.api.selecting import Selection, ended, in_force, rules_not_judged, select, tables_like_nothing, unaccepted
from namesync.api.workspace import Workspace, open_workspace
from namesync.baseline import Baseline, read_baseline
from namesync.check.context import SCHEMA
from namesync.config import load_config
from namesync.match import match
from namesync.model import Catalog, Kind
from namesync.report import Finding, Report, Rule
from namesync.sources import load as load_source
from namesync.sources import resolve
from namesync.sources.snapshot import dump

__all__ = ["check", "diff", "environments", "load", "snapshot"]


def diff(
    *refs: str,
    config: Path | None = None,
    authority: str | None = None,
    convention: str | None = None,
    schemas: Sequence[str] = (),
    schema: Path | None = None,
    only: Iterable[Rule] = (),
    tables: Iterable[str] = (),
    kinds: Iterable[Kind] = (),
    baseline: Path | None = None,
) -> Report:
    """Compare the names in two or more environments, and with the names Prisma gives.

    `config` is the path of a configuration (the nearest one without it), `authority` the environment whose names win,
    `convention` a profile's name, `schemas` those in scope everywhere, `schema` the path of a `schema.prisma` (found as
    Prisma finds it), whose declared names are shown. `only`, `tables` (globs) and `kinds` narrow the findings, `baseline` is a
    file of those accepted. An environment that can't be reached is in `Report.environments` with its error; the others are
    compared.

    Raises `UsageError`, `ConfigError`, `SchemaError`, and `Unsupported` for what none of the environments can do.
    """
    accepted = read_baseline(baseline) if baseline else {}
    space = open_workspace(
        refs, config=config, authority=authority, convention=convention, schemas=schemas, schema=schema, least=2, lenient=True
    )
    return _reported("diff", space, Selection(frozenset(only), tuple(tables), frozenset(kinds)), accepted)


def check(
    *refs: str,
    config: Path | None = None,
    authority: str | None = None,
    convention: str | None = None,
    schemas: Sequence[str] = (),
    schema: Path | None = None,
    only: Iterable[Rule] = (),
    tables: Iterable[str] = (),
    kinds: Iterable[Kind] = (),
    baseline: Path | None = None,
) -> Report:
    """Compare each environment with the names that `schema.prisma` declares; without a schema, with the convention alone.

    Without `refs` all environments of the configuration. Arguments and errors are those of `diff`.
    """
    accepted = read_baseline(baseline) if baseline else {}
    space = open_workspace(refs, config=config, authority=authority, convention=convention, schemas=schemas, schema=schema)
    return _reported("check", space, Selection(frozenset(only), tuple(tables), frozenset(kinds)), accepted)


def load(ref: str, *, config: Path | None = None, schemas: Sequence[str] = (), convention: str | None = None) -> Catalog:
    """The catalog of one environment. Raises any `NamesyncError`."""
    configuration = load_config(Path.cwd(), config)
    profile, _ = profile_named(convention or configuration.convention, configuration.root)
    return load_source(resolve(ref, configuration, os.environ, Path.cwd(), schemas=tuple(schemas)), profile)


def snapshot(ref: str, *, config: Path | None = None, schemas: Sequence[str] = ()) -> str:
    """The text of a snapshot file of one environment; the same database gives the same text. Raises as `load`."""
    return dump(load(ref, config=config, schemas=schemas))


def environments(*, config: Path | None = None) -> tuple[str, ...]:
    """The names of the environments in the configuration. Raises `ConfigError`."""
    return tuple(load_config(Path.cwd(), config).environments)


def _reported(command: str, space: Workspace, selection: Selection, baseline: Baseline) -> Report:
    """The report on all that could be read; another environment's names stand in for those of an unreadable authority."""
    catalogs = space.compared if command == "check" else space.catalogs
    declared = space.declared
    wins, profile = space.stands_in, space.profile
    findings: tuple[Finding, ...] = ()
    judge = declared if command == "check" else None
    if judge is not None:
        pairs = match({**catalogs, SCHEMA: judge})
        findings = rules.check_declared(catalogs, pairs, authority=wins, profile=profile, declared=judge)
    else:
        pairs = match(catalogs)
        findings = rules.check(catalogs, pairs, authority=wins, profile=profile, declared=declared)
    asked = (*rules_not_judged(selection, by_schema=judge is not None), *tables_like_nothing(selection, pairs))
    warnings = (*space.warnings, *asked)
    if space.stands_in != space.authority:
        warnings += (f"{space.authority} could not be read: names are compared with those of {space.stands_in}",)
    report = Report(
        command=command,
        convention=space.profile.name,
        environments=space.summaries,
        findings=findings,
        objects=len(pairs.matches) + len(pairs.ambiguous),
        authority=space.stands_in,
        warnings=warnings,
        partly={name: frozenset(obj.key for obj in found.objects) for name, found in catalogs.items() if found.unseen},
    )
    return _selected(report, space, selection, baseline)


def _selected(report: Report, space: Workspace, selection: Selection, baseline: Baseline) -> Report:
    """The report without what was not asked for, is ignored, or is accepted."""
    today = datetime.now().astimezone().date()
    ignores = in_force(space.configuration, space.schema, space.catalogs, today)
    asked, ignored = select(report.findings, selection, ignores, report.authority)
    kept = unaccepted(asked, baseline)
    late = tuple(
        f"the ignore for {ignore.rule} on {ignore.table} ended on {ignore.until} and silences nothing: remove or renew it"
        for ignore in space.configuration.ignores
        if ended(ignore, today)
    )
    warnings = (*report.warnings, *late)
    return replace(report, findings=kept, ignored=ignored, accepted=len(asked) - len(kept), warnings=warnings)
