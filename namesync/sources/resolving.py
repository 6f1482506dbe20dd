"""What an argument such as `prod` stands for: the configuration, a URL, a file, a variable, in this order."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from namesync.config import Config, Environment
from namesync.config.variables import expand, read_variables
from namesync.errors import NamesyncError, UsageError
from namesync.model import Provider
from namesync.sources.secret import shadow_url_of, url_of, urls_of, variable_names
from namesync.sources.url import Target, parse_url

CONNECT_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_S = 60.0


class Form(StrEnum):
    """What a file or folder can be."""

    SNAPSHOT = "snapshot"
    SCHEMA = "schema"
    MIGRATIONS = "migrations"


@dataclass(frozen=True, slots=True)
class Server:
    """An environment on a live server. `schemas` () leaves the choice to the server's default; timeouts in seconds.

    `environment` is its table in the configuration, empty but for the name where it has none; a group stands for several:
    `members` where a file lists them.
    """

    name: str
    target: Target
    environment: Environment
    schemas: tuple[str, ...] = ()
    connect_timeout: float = CONNECT_TIMEOUT_S
    statement_timeout: float = STATEMENT_TIMEOUT_S
    members: tuple[Server, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """An environment in a file or folder; `schemas` () takes all that is in it.

    A migrations folder is replayed on the server of `shadow`, where there is one; () takes what Prisma takes by default.
    """

    name: str
    path: Path
    form: Form
    schemas: tuple[str, ...] = ()
    shadow: Target | None = field(default=None, repr=False)


Source: TypeAlias = Server | File


def resolve(
    name: str,
    config: Config,
    environ: Mapping[str, str],
    cwd: Path,
    *,
    schemas: tuple[str, ...] = (),
    declared_schemas: tuple[str, ...] = (),
) -> Source:
    """The source one argument stands for; `NAME=URL` and `NAME=FILE` give it a name on the spot.

    Schemas in scope: `schemas` (the command line's), else the environment's, the URL's, `declared_schemas` (those of the
    datasource in `schema.prisma`), else the server's default. `environ` are the process's variables; `.env` beside the
    configuration adds to them. Raises `UsageError` for an unknown environment, `ConfigError`, `Unsupported`.
    """
    source, labels = _Resolver(config, environ, cwd, schemas, declared_schemas).find(name)
    return replace(source, name=labels[0])


def resolve_all(
    names: Sequence[str],
    config: Config,
    environ: Mapping[str, str],
    cwd: Path,
    *,
    schemas: tuple[str, ...] = (),
    declared_schemas: tuple[str, ...] = (),
) -> tuple[Source, ...]:
    """The sources of several arguments, each under a name of its own: a URL or file takes the shortest that is unique.

    Raises as `resolve`, and `UsageError` for one environment named twice.
    """
    resolver = _Resolver(config, environ, cwd, schemas, declared_schemas)
    found = [resolver.find(name) for name in names]
    labels = _unique([labels for _, labels in found])
    return tuple(replace(source, name=label) for (source, _), label in zip(found, labels, strict=True))


def shadow_target(name: str, config: Config, environ: Mapping[str, str], cwd: Path) -> Target | None:
    """The scratch server for an environment (for a group's member that of its group), None where none is configured.

    Raises `ConfigError`, `Unsupported`.
    """
    environment = config.environments.get(name) or config.environments.get(name.partition("/")[0]) or Environment(name)
    return _Resolver(config, environ, cwd, (), ()).shadow(environment)


def _unique(ladders: Sequence[Sequence[str]]) -> list[str]:
    """The first label of each ladder; where several have the same, the next of each that has another."""
    steps = [0] * len(ladders)
    while True:
        labels = [ladder[step] for ladder, step in zip(ladders, steps, strict=True)]
        counts = Counter(labels)
        clashing = [place for place, label in enumerate(labels) if counts[label] > 1]
        if not clashing:
            return labels
        climbing = [place for place in clashing if steps[place] + 1 < len(ladders[place])]
        if not climbing:
            raise UsageError(f"the environment {labels[clashing[0]]} is named twice", "Name each environment once.")
        for place in climbing:
            steps[place] += 1


class _Resolver:
    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        cwd: Path,
        schemas: tuple[str, ...],
        declared_schemas: tuple[str, ...],
    ) -> None:
        self.config = config
        self.variables = read_variables(environ, config.root)
        self.cwd = cwd
        self.schemas = schemas
        self.declared_schemas = declared_schemas

    def find(self, argument: str) -> tuple[Source, tuple[str, ...]]:
        """The source, and the labels it may go by, from short to long."""
        if environment := self.config.environments.get(argument):
            return self._configured(environment), (argument,)
        if source := self._place("", argument):
            return source, _labels(source, self.cwd)
        name, _, place = argument.partition("=")
        if place and re.fullmatch(r"[\w.-]+", name) and (source := self._place(name, place)):
            return source, (name,)
        if re.fullmatch(r"[\w.-]+", argument) and any(map(self.variables.get, variable_names(argument))):
            return self._configured(Environment(argument)), (argument,)
        raise self._unknown(argument)

    def _place(self, name: str, place: str) -> Source | None:
        """What a URL or a path leads to."""
        if not place:
            return None
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", place):
            return self._server(parse_url(place, base=self.cwd), Environment(name))
        return self._file(self.cwd / Path(place).expanduser(), Environment(name or place))

    def _configured(self, environment: Environment) -> Source:
        if environment.file:
            text = expand(environment.file, self.variables, environment=environment.name, key="file")
            path = self.config.root / Path(text).expanduser()
            source = self._file(path, environment)
            if source is None:
                raise UsageError(f"environment {environment.name}: {path} is {_NO_FORM}")
            return source
        if environment.each_url:
            return self._listed(environment)
        text = url_of(environment, self.variables, self.config.root)
        try:
            return self._server(self._target(text), environment)
        except NamesyncError as error:
            raise type(error)(f"environment {environment.name}: {error.what}", error.hint) from None

    def _listed(self, environment: Environment) -> Server:
        urls = urls_of(environment, self.variables, self.config.root)
        alone = replace(environment, each_url="")
        members = []
        for name, url in urls.items():
            try:
                members.append(self._server(self._target(url), replace(alone, name=f"{environment.name}/{name}")))
            except NamesyncError as error:
                raise type(error)(f"environment {environment.name}/{name}: {error.what}", error.hint) from None
        return replace(members[0], name=environment.name, environment=environment, members=tuple(members))

    def _file(self, path: Path, environment: Environment) -> File | None:
        form, schemas = _form(path), self.schemas or environment.schemas
        if form is Form.MIGRATIONS:
            return File(environment.name, path, form, schemas or self.declared_schemas, self.shadow(environment))
        return File(environment.name, path, form, schemas) if form else None

    def shadow(self, environment: Environment) -> Target | None:
        """The scratch server for the environment."""
        text = shadow_url_of(environment, self.config.shadow_url, self.variables)
        try:
            return self._target(text) if text else None
        except NamesyncError as error:
            raise type(error)(f"environment {environment.name}: shadow_url: {error.what}", error.hint) from None

    def _target(self, text: str) -> Target:
        """Relative files are beside `schema.prisma`, as for Prisma; a SQLite file also beside the configuration."""
        schema = self.config.root / (self.config.schema or "prisma/schema.prisma")
        beside = schema if os.path.isdir(schema) else schema.parent
        target = parse_url(text, base=beside if os.path.exists(schema) else self.config.root)
        if target.provider_family is Provider.SQLITE and not os.path.isfile(target.url.database or ""):
            other = parse_url(text, base=self.config.root)
            return other if os.path.isfile(other.url.database or "") else target
        return target

    def _server(self, target: Target, environment: Environment) -> Server:
        of_url = (target.schema,) if target.schema else ()
        return Server(
            environment.name,
            target,
            environment,
            self.schemas or environment.schemas or of_url or self.declared_schemas,
            environment.connect_timeout or target.connect_args.get("connect_timeout") or CONNECT_TIMEOUT_S,
            environment.statement_timeout or STATEMENT_TIMEOUT_S,
        )

    def _unknown(self, argument: str) -> UsageError:
        if "@" in argument:  # a URL without its beginning, perhaps: what is in it stays unsaid
            return UsageError(
                "an argument with an @ in it is no URL and no file", "URLs begin with postgresql://, mysql:// or file:"
            )
        path = self.cwd / argument
        if path.suffix in (".json", ".prisma") or "/" in argument:
            what = _NO_FORM if os.path.exists(path) else "there is no such file"
            return UsageError(f"{argument}: {what}")
        configured = list(self.config.environments)
        in_variables = [
            found[1].lower()
            for variable in self.variables
            if (found := re.fullmatch(r"(\w+)_DATABASE_URL", variable) or re.fullmatch(r"DATABASE_URL_(\w+)", variable))
        ]
        near = get_close_matches(argument, dict.fromkeys([*configured, *in_variables]), n=3)
        source = self.config.path.name if self.config.path else "no namesync.toml"
        looked = (
            f"Looked in {source} ({', '.join(configured) or 'no environments'}), for a file of that name, and for "
            f"{' and '.join(variable_names(argument))} in the process and in .env."
        )
        return UsageError(f"unknown environment {argument}", f"Did you mean {' or '.join(near)}?\n{looked}" if near else looked)


_NO_FORM = (
    "no snapshot (*.json), no Prisma schema (*.prisma, or a folder of them) and no migrations folder; "
    "a SQLite database is written file:PATH"
)


def _form(path: Path) -> Form | None:
    if os.path.isfile(path):
        return {".json": Form.SNAPSHOT, ".prisma": Form.SCHEMA}.get(path.suffix)
    if not os.path.isdir(path):
        return None
    if (path / "migration_lock.toml").is_file() or any(path.glob("*/migration.sql")):
        return Form.MIGRATIONS
    # Prisma wants the file with the datasource right in the folder. Looking deeper would walk through node_modules.
    return Form.SCHEMA if any(path.glob("*.prisma")) else None


def _labels(source: Source, cwd: Path) -> tuple[str, ...]:
    if isinstance(source, File):
        return _file_labels(source.path, cwd)
    url = source.target.url
    if source.target.provider_family is Provider.SQLITE:
        return _file_labels(Path(url.database or ""), cwd)
    database = url.database or ""
    port = f":{url.port}" if url.port else ""
    schema = f"?schema={source.target.schema}" if source.target.schema else ""
    host = url.host or ""
    short = f"{host}/{database}" if host else database or source.target.shown
    return short, f"{short}{schema}", f"{host}{port}/{database}{schema}", source.target.shown


def _file_labels(path: Path, cwd: Path) -> tuple[str, ...]:
    plain = Path(os.path.normpath(path))
    return plain.stem, plain.name, os.path.relpath(plain, cwd)
