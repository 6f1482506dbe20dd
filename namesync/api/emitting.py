"""`emit`: reads everything, works out what to write, and writes all of it or nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from namesync.api.convention import prisma_major
from namesync.api.fleets import group_members, member_urls
from namesync.api.foresight import mentions, rehearsed
from namesync.api.sparing import spared
from namesync.api.workspace import Workspace, open_workspace
from namesync.config.variables import read_variables
from namesync.emit.choice import Choice
from namesync.emit.commands import Project
from namesync.emit.emission import HISTORY, Emission, Mode, Request, emission
from namesync.emit.files import ADOPT, SYNC, MigrationFiles, migration_files, write_emission
from namesync.emit.goals import read_emitted
from namesync.emit.guide import runbook
from namesync.emit.runbook import Instructions
from namesync.emit.status import Status
from namesync.emit.status import status as find_status
from namesync.errors import NamesyncError, UsageError
from namesync.files import shown_path
from namesync.model import Catalog
from namesync.plan import Options
from namesync.prisma.discover import find_migrations, find_schema
from namesync.prisma.migrations import Migration, read_migrations
from namesync.prisma.project import read_project
from namesync.report import EnvironmentSummary
from namesync.sources import Server
from namesync.sources.ledger import read_ledgers
from namesync.sources.replay import replay
from namesync.sources.resolving import shadow_target
from namesync.sources.secret import variable_names


@dataclass(frozen=True, slots=True)
class Emitted:
    """What one emit did, or with `dry_run` would do. `where` is the migrations folder; `written` the files, none if dry."""

    emission: Emission
    folders: tuple[MigrationFiles, ...]
    where: Path
    runbook: tuple[Instructions, ...]
    environments: tuple[EnvironmentSummary, ...]
    warnings: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    written: tuple[Path, ...] = ()
    dry_run: bool = False

    def render(self, form: str) -> str:
        """The emit as `text`, `markdown` or `json`."""
        from namesync.emit import json, markdown, text

        written = tuple(map(str, self.written))
        if form == "json":
            return json.render(
                self.emission,
                self.folders,
                self.runbook,
                environments=self.environments,
                warnings=self.warnings,
                mentions=self.mentions,
                written=written,
                dry_run=self.dry_run,
            )
        parts = (self.emission, self.folders, self.runbook)
        render = markdown.render if form == "markdown" else text.render
        return render(*parts, mentions=self.mentions, written=written, dry_run=self.dry_run)

    @property
    def exit_code(self) -> int:
        """0 when all that was asked for is written, or nothing was to do; 1 when something was blocked or ambiguous."""
        return 0 if self.emission.complete else 1


def emit(
    mode: Mode,
    *refs: str,
    config: Path | None = None,
    authority: str | None = None,
    convention: str | None = None,
    schemas: Sequence[str] = (),
    schema: Path | None = None,
    output_dir: Path | None = None,
    name: str = "",
    choice: Choice | None = None,
    options: Options | None = None,
    promote_join_tables: bool = False,
    rehearse: bool = False,
    scan: Path | None = None,
    dry_run: bool = False,
    now: datetime | None = None,
) -> Emitted:
    """Write the repair: edits of the schema, migrations for the environments that need them, a runbook.

    Every environment named must be readable. `output_dir` takes the migrations instead of the folder that Prisma uses, and is
    taken for that folder where there is none; `name` is the label of the migration. `promote_join_tables`: the unique index of
    many-to-many tables becomes their primary key (PostgreSQL, Prisma 6 and later). `rehearse`: the migrations are tried on
    scratch databases first. `scan`: a folder of source code to look through for the names that go away. Raises any
    `NamesyncError`; then nothing has been written.
    """
    space = open_workspace(
        refs, config=config, authority=authority, convention=convention, schemas=schemas, schema=schema, least=1
    )
    catalogs = _all_readable(space)
    request = _request(mode, space, choice, options, promote=promote_join_tables)
    home = _home(space, output_dir)
    where = output_dir or home
    history = read_migrations(home)
    filled = _filled(catalogs, space.authority)
    replayed, warnings = _replayed(space, home, history, filled)
    found = emission(filled, request, space.schema, replayed)
    labels = {"sync": name or SYNC} if mode is Mode.KEEP_EXISTING else {"adopt": name or ADOPT}
    ledgers = read_ledgers(space.sources)
    earlier = [one for folder in dict.fromkeys((home, where)) for one in read_emitted(folder)]
    existing = {one.name for one in (*history, *read_migrations(where))}
    folders = migration_files(found, existing, earlier, ledgers, now or datetime.now(UTC), **labels)
    if rehearse:
        rehearsed(space, filled if replayed is None else {**filled, HISTORY: replayed}, folders)
    told = mentions(space, filled, found, scan, (home, where, *([space.schema_path] if space.schema_path else [])))
    project = _project(space, home, where)
    members, variables = group_members(space), _variables(space)
    variables |= member_urls(space, members, variables)
    book = runbook(found, folders, catalogs, ledgers, variables, project, history, earlier, members)
    warnings = (*space.warnings, *warnings, *_unseen(catalogs))
    emitted = Emitted(found, folders, where, book, space.summaries, warnings, told, dry_run=dry_run)
    if dry_run:
        return emitted
    return replace(emitted, written=write_emission(found, folders, where, existing, space.schema_path))


def _unseen(catalogs: Mapping[str, Catalog]) -> tuple[str, ...]:
    return tuple(f"{name}: {reason}" for name, catalog in catalogs.items() for reason in catalog.unseen)


def _request(mode: Mode, space: Workspace, choice: Choice | None, options: Options | None, *, promote: bool) -> Request:
    """What was asked for; raises UsageError for what this version of Prisma would undo."""
    if promote and not space.profile.join_primary_key:
        raise UsageError(
            "Prisma 5 and before want a unique index on many-to-many tables", "Upgrade Prisma first, or drop the option."
        )
    ignored = spared(mode, space)
    return Request(mode, space.authority, space.profile, choice or Choice(), options or Options(), ignored, promote)


def status(
    *refs: str,
    config: Path | None = None,
    schemas: Sequence[str] = (),
    schema: Path | None = None,
    output_dir: Path | None = None,
) -> Status:
    """How the emitted migrations stand in each environment, and what to type next. Arguments and errors as for `emit`."""
    space = open_workspace(refs, config=config, schemas=schemas, schema=schema)
    where = output_dir or _home(space)
    history = read_migrations(where)
    ledgers, project = read_ledgers(space.sources), _project(space, where, where)
    return find_status(_all_readable(space), ledgers, read_emitted(where), history, _variables(space), project)


def _home(space: Workspace, output_dir: Path | None = None) -> Path:
    """The folder where Prisma looks for migrations; where that is not there, the one that was named."""
    found = shown_path(find_migrations(space.configuration.root, space.schema_path))
    return output_dir if output_dir is not None and not found.is_dir() else found


def _all_readable(space: Workspace) -> dict[str, Catalog]:
    for name, outcome in space.outcomes.items():
        if isinstance(outcome, NamesyncError):
            raise type(outcome)(f"{name} could not be read: {outcome.what}", outcome.hint)
        if outcome.declared:
            raise UsageError(f"{name} is a schema, and emit is about databases", "Name the schema with --schema.")
    return space.compared


def _filled(catalogs: Mapping[str, Catalog], authority: str) -> dict[str, Catalog]:
    """The environments that have tables: an empty one gets them, and their names, from the migration history."""
    if not catalogs[authority].tables:
        hint = ". ".join((*catalogs[authority].unseen, "Name another environment with --from."))
        raise UsageError(f"{authority} has no table, so it can't give the names", hint)
    return {name: found for name, found in catalogs.items() if found.tables}


def _replayed(
    space: Workspace, where: Path, history: Sequence[Migration], catalogs: Mapping[str, Catalog]
) -> tuple[Catalog | None, tuple[str, ...]]:
    """What the migration history makes of an empty database; None, with a warning, where that can't be tried."""
    if not history:
        return None, ()
    model = catalogs[space.authority]
    spaces = model.schemas if len(model.schemas) > 1 else ()
    try:
        shadow = shadow_target(space.authority, space.configuration, os.environ, Path.cwd())
        found = replay(where, schemas=spaces, shadow=shadow, like=model)
    except NamesyncError as error:
        return None, (f"the migration history could not be replayed, so statements are guarded: {error.what}",)
    return found, ()


def _variables(space: Workspace) -> dict[str, str]:
    """Environment -> the variable its URL is in, where it is in one."""
    known = read_variables(os.environ, space.configuration.root)
    found: dict[str, str] = {}
    for source in space.sources:
        if not isinstance(source, Server):
            continue
        written = re.fullmatch(r"\$\{(\w+)\}", source.environment.url)
        if written:
            found[source.name] = written[1]
        elif not source.environment.url:
            named = next((name for name in variable_names(source.name) if known.get(name)), "")
            found |= {source.name: named} if named else {}
    return found


def _project(space: Workspace, home: Path, where: Path) -> Project:
    path = space.schema_path
    parsed = {path.absolute(): space.schema.documents} if path is not None and space.schema is not None else {}
    variables = read_project(space.configuration.root, parsed).variables
    told = path is not None and path.absolute() != _prismas_schema()
    return Project(
        prisma_major(space.configuration.root),
        variables[0] if variables else "DATABASE_URL",
        str(path or "prisma/schema.prisma"),
        str(home),
        str(path) if told else "",
        str(where) if where.absolute() != home.absolute() else "",
        str(shown_path(space.configuration.root / ".env")),
        frozenset(read_variables(os.environ, space.configuration.root).keys() - os.environ.keys()),
    )


def _prismas_schema() -> Path | None:
    """The schema that Prisma finds by itself where the commands are typed."""
    try:
        found = find_schema(Path.cwd())
    except NamesyncError:
        return None
    return None if found is None else found.absolute()
