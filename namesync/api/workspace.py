"""What every command reads first: configuration, convention, schema, and the catalogs of the environments."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from namesync.api.convention import profile_named
from namesync.config import Config, load_config
from namesync.convention import Profile
from namesync.errors import NamesyncError, UsageError
from namesync.files import shown_path
from namesync.model import Catalog, Kind
from namesync.prisma.discover import find_schema
from namesync.prisma.schema import Schema, load_schema
from namesync.report import EnvironmentSummary
from namesync.sources import Server, Source, load_all, resolve_all


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project and its environments as read. `outcomes`: environment -> its catalog, or why it could not be read.

    `schema_path` is set where a schema was found, `schema` where it could be read too. `authority` is among the environments
    that were asked for; `stands_in` says whose names win, which is another's where the authority could not be read.
    `arguments`: environment -> what named it, where that was not its name ("" for a URL).
    """

    configuration: Config
    profile: Profile
    sources: tuple[Source, ...]
    outcomes: Mapping[str, Catalog | NamesyncError]
    authority: str
    schema_path: Path | None = None
    schema: Schema | None = None
    warnings: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def catalogs(self) -> dict[str, Catalog]:
        """The environments that could be read."""
        return {name: outcome for name, outcome in self.outcomes.items() if isinstance(outcome, Catalog)}

    @property
    def declared(self) -> Catalog | None:
        """The schema as a catalog."""
        return None if self.schema is None else self.schema.catalog(self.profile)

    @property
    def compared(self) -> dict[str, Catalog]:
        """The environments as the schema sees them: with `relationMode = "prisma"` there are no foreign keys to name."""
        if self.schema is None or self.schema.datasource.foreign_keys:
            return self.catalogs
        return {name: _without_foreign_keys(catalog) for name, catalog in self.catalogs.items()}

    @property
    def stands_in(self) -> str:
        """The authority, or the first environment that could be read."""
        return self.authority if self.authority in self.catalogs else next(iter(self.catalogs), self.authority)

    @property
    def summaries(self) -> tuple[EnvironmentSummary, ...]:
        """The environments as reports show them."""
        return tuple(
            replace(summary(name, outcome), argument=self.arguments.get(name)) for name, outcome in self.outcomes.items()
        )


def open_workspace(
    refs: Sequence[str],
    *,
    config: Path | None = None,
    authority: str | None = None,
    convention: str | None = None,
    schemas: Sequence[str] = (),
    schema: Path | None = None,
    least: int = 1,
    lenient: bool = False,
) -> Workspace:
    """Read everything; without `refs` all environments of the configuration. `schema` is found as Prisma finds it.

    `lenient`: a schema that was only found, not named, and can't be used is left aside with a warning. Raises `UsageError`
    for fewer environments than `least`, `ConfigError`, `SchemaError`, and the error of a lone environment.
    """
    configuration = load_config(Path.cwd(), config)
    profile, warnings = profile_named(convention or configuration.convention, configuration.root)
    path, declared, told = find_and_load(configuration, schema, lenient=lenient)
    asked = tuple(refs) or tuple(configuration.environments)
    spaces = declared.datasource.schemas if declared is not None else ()
    sources = resolve_all(asked, configuration, os.environ, Path.cwd(), schemas=tuple(schemas), declared_schemas=spaces)
    _require(sources, least)
    outcomes = load_all(sources, profile)
    if len(outcomes) == 1 and isinstance(lone := next(iter(outcomes.values())), NamesyncError):
        raise lone
    _require(tuple(outcomes), least)
    labels = {ref: source.name for ref, source in zip(asked, sources, strict=True)}
    found = Workspace(
        configuration,
        profile,
        sources,
        outcomes,
        _authority(labels.get(authority or "", authority), configuration, tuple(outcomes)),
        path,
        declared,
        (*warnings, *told),
        {name: "" if "://" in ref else ref for ref, name in labels.items() if ref != name},
    )
    return _checked(_in_scope(found), lenient=lenient and schema is None)


def find_and_load(
    configuration: Config, schema: Path | None = None, *, lenient: bool
) -> tuple[Path | None, Schema | None, tuple[str, ...]]:
    """The project's schema: its path and its content, and a warning where it is left aside (see `open_workspace`)."""
    named = schema or (configuration.root / configuration.schema if configuration.schema else None)
    if named is not None and not os.path.exists(named):
        raise UsageError(f"{named}: there is no such schema", "Name the schema's file, or its folder.")
    try:
        found = named or find_schema(configuration.root)
        path = None if found is None else shown_path(found)
        return path, None if path is None else load_schema(path), ()
    except NamesyncError as error:
        if named is not None or not lenient:
            raise
        return None, None, (f"the schema was left aside: {error.what}",)


def _in_scope(found: Workspace) -> Workspace:
    """With what the schema declares in the schemas of the environments; where each has one of its own, that is all."""
    scope = max((catalog.schemas for catalog in found.catalogs.values()), key=len, default=())
    if found.schema is None or not (len(scope) > 1 or found.schema.datasource.schemas):
        return found
    return replace(found, schema=found.schema.within(scope))


def _checked(found: Workspace, *, lenient: bool) -> Workspace:
    """Refuses a schema of another provider, or leaves it aside."""
    families = {catalog.provider.family for catalog in found.catalogs.values()}
    if found.schema is None or not families or found.schema.provider in families:
        return found
    what = f"{found.schema_path} is for {found.schema.provider}, the environments are {', '.join(sorted(families))}"
    if not lenient:
        raise UsageError(what, "Name the schema of these databases with --schema.")
    return replace(found, schema=None, schema_path=None, warnings=(*found.warnings, f"the schema was left aside: {what}"))


def _require(found: Sequence[Source | str], least: int) -> None:
    """Raises `UsageError` for fewer environments than `least`; a group may stand for several."""
    group = any(isinstance(one, Server) and one.environment.group for one in found)
    if len(found) < least and not group:
        if least > 1:
            raise UsageError("diff compares two environments or more", "namesync diff prod dev")
        raise UsageError("no environment was named, and the configuration has none", "Name one, or run `namesync init`.")


def _authority(asked: str | None, configuration: Config, names: tuple[str, ...]) -> str:
    """The environment whose names win: the one asked for, the configured one if it takes part, else the first."""
    if asked is not None and asked not in names:
        raise UsageError("the authority is none of the environments compared", f"These are: {', '.join(names)}.")
    wins = asked or configuration.authority
    return wins if wins in names else names[0]


def summary(name: str, outcome: Catalog | NamesyncError) -> EnvironmentSummary:
    """One environment as reports show it."""
    if isinstance(outcome, NamesyncError):
        return EnvironmentSummary(name, None, "", (), 0, 0, error=_sentences(outcome.what, outcome.hint))
    notes = tuple(dict.fromkeys(hidden.reason for hidden in outcome.hidden))
    return EnvironmentSummary(
        name, outcome.provider, outcome.server_version, outcome.schemas, len(outcome.tables), len(outcome.objects), notes=notes
    )


def _sentences(*texts: str) -> str:
    """The texts on one line, each with its full stop."""
    told = (" ".join(text.split()) for text in texts if text)
    return " ".join(text if text.endswith((".", "?", "!")) else f"{text}." for text in told)


def _without_foreign_keys(catalog: Catalog) -> Catalog:
    return replace(catalog, objects=tuple(obj for obj in catalog.objects if obj.key.kind is not Kind.FOREIGN_KEY))
