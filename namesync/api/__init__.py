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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from namesync.api.convention import profile_named
from namesync.api.selecting import Selection, ended, select
from namesync.check import check
from namesync.config import Config, load_config
from namesync.convention import Profile
from namesync.errors import NamesyncError, UsageError
from namesync.match import match
from namesync.model import Catalog, Kind
from namesync.report import EnvironmentSummary, Report, Rule
from namesync.sources import Server, Source, load_all, resolve, resolve_all
from namesync.sources import load as load_source
from namesync.sources.snapshot import dump

__all__ = ["diff", "environments", "load", "snapshot"]


def diff(
    *refs: str,
    config: Path | None = None,
    authority: str | None = None,
    convention: str | None = None,
    schemas: Sequence[str] = (),
    only: Iterable[Rule] = (),
    tables: Iterable[str] = (),
    kinds: Iterable[Kind] = (),
) -> Report:
    """Compare the names in two or more environments, and with the names Prisma gives.

    `config` is the path of a configuration (the nearest one without it), `authority` the environment whose names win,
    `convention` a profile's name, `schemas` those in scope everywhere. `only`, `tables` (globs) and `kinds` narrow the
    findings. An environment that can't be reached is in `Report.environments` with its error; the others are compared.

    Raises `UsageError`, `ConfigError`, and `Unsupported` for what none of the environments can do.
    """
    configuration = load_config(Path.cwd(), config)
    profile, warnings = profile_named(convention or configuration.convention, configuration.root)
    sources = resolve_all(refs, configuration, os.environ, Path.cwd(), schemas=tuple(schemas))
    _require_several(sources)
    outcomes = load_all(sources, profile)
    if len(outcomes) == 1 and isinstance(lone := next(iter(outcomes.values())), NamesyncError):
        raise lone
    _require_several(tuple(outcomes))
    labels = {ref: source.name for ref, source in zip(refs, sources, strict=True)}
    wins = _authority(labels.get(authority or "", authority), configuration, tuple(outcomes))
    report = _compared(outcomes, wins, profile)
    if report.authority != wins:
        warnings += (f"{wins} could not be read: names are compared with those of {report.authority}",)
    report = replace(report, warnings=warnings)
    return _selected(report, configuration, Selection(frozenset(only), tuple(tables), frozenset(kinds)))


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


def _require_several(found: Sequence[Source | str]) -> None:
    """Raises `UsageError` for fewer than two environments; a group may stand for several."""
    group = any(isinstance(one, Server) and one.environment.group for one in found)
    if len(found) < 2 and not group:
        raise UsageError("diff compares two environments or more", "namesync diff prod dev")


def _authority(asked: str | None, configuration: Config, names: tuple[str, ...]) -> str:
    """The environment whose names win: the one asked for, the configured one if it takes part, else the first."""
    if asked is not None and asked not in names:
        raise UsageError("the authority is none of the environments compared", f"These are: {', '.join(names)}.")
    wins = asked or configuration.authority
    return wins if wins in names else names[0]


def _compared(outcomes: Mapping[str, Catalog | NamesyncError], wins: str, profile: Profile) -> Report:
    """The report on all that could be read; another environment's names stand in for those of an unreadable authority."""
    catalogs = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Catalog)}
    authority = wins if wins in catalogs else next(iter(catalogs), wins)
    pairs = match(catalogs)
    return Report(
        command="diff",
        convention=profile.name,
        environments=tuple(_summary(name, outcome) for name, outcome in outcomes.items()),
        findings=check(catalogs, pairs, authority=authority, profile=profile) if catalogs else (),
        objects=len(pairs.matches) + len(pairs.ambiguous),
        authority=authority,
    )


def _summary(name: str, outcome: Catalog | NamesyncError) -> EnvironmentSummary:
    if isinstance(outcome, NamesyncError):
        return EnvironmentSummary(name, None, "", (), 0, 0, error=" ".join(str(outcome).split("\n")))
    notes = tuple(dict.fromkeys(hidden.reason for hidden in outcome.hidden))
    return EnvironmentSummary(
        name, outcome.provider, outcome.server_version, outcome.schemas, len(outcome.tables), len(outcome.objects), notes=notes
    )


def _selected(report: Report, configuration: Config, selection: Selection) -> Report:
    """The report without what was not asked for or is ignored."""
    today = datetime.now().astimezone().date()
    active = tuple(ignore for ignore in configuration.ignores if not ended(ignore, today))
    kept, ignored = select(report.findings, selection, active, report.authority)
    late = tuple(
        f"the ignore for {ignore.rule} on {ignore.table} ended on {ignore.until} and silences nothing: remove or renew it"
        for ignore in configuration.ignores
        if ended(ignore, today)
    )
    return replace(report, findings=kept, ignored=ignored, warnings=(*report.warnings, *late))
