"""What is in force: every setting, with secrets kept out, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date

from namesync.api.convention import profile_named
from namesync.api.selecting import ended
from namesync.config import HISTORY_FILE, Config, Environment, Ignore, Job
from namesync.config.places import KeyPath
from namesync.config.variables import expand, read_variables
from namesync.errors import NamesyncError, redact
from namesync.files import shown_path
from namesync.model import Location
from namesync.prisma.discover import find_schema
from namesync.prisma.schema import load_schema
from namesync.sources.resolving import CONNECT_TIMEOUT_S, STATEMENT_TIMEOUT_S
from namesync.sources.secret import variable_names
from namesync.sources.url import Target, parse_url

_ORIGINS = ("url", "url_file", "url_command", "file", "each_url")
_URLS = ("url", "shadow_url", "history")
_TIMEOUTS = {"connect_timeout": CONNECT_TIMEOUT_S, "statement_timeout": STATEMENT_TIMEOUT_S}
_VARIABLE = re.compile(r"\$\{(\w+)(?=\}|:-)")
_OF_AN_ENVIRONMENT = re.compile(r"(?:(\w+)_DATABASE_URL|DATABASE_URL_(\w+))")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value in force.

    `key` is dotted, as the documentation has it. `value` holds no secret. `origin` is `configuration`, `default`, `variable`,
    `url`, `found` or `schema`; `place` is where it is written. `variables`: those in it -> `process`, `.env` or `not set`.
    `problem` says why it can't be used, "" where it can.
    """

    key: str
    value: str
    origin: str
    place: Location | None = None
    variables: Mapping[str, str] | None = None
    problem: str = ""


def in_force(config: Config, places: Mapping[KeyPath, int], environ: Mapping[str, str], today: date) -> tuple[Setting, ...]:
    """Every setting of a configuration. `places` are the lines of its keys, `environ` the variables of the process.

    No command is run and no database asked. Raises `ConfigError` for a `.env` that can't be read.
    """
    return tuple(_Teller(config, places, environ, today).settings())


class _Teller:
    def __init__(self, config: Config, places: Mapping[KeyPath, int], environ: Mapping[str, str], today: date) -> None:
        self.config = config
        self.places = places
        self.environ = environ
        self.today = today
        self.variables = read_variables(environ, config.root)

    def settings(self) -> Iterator[Setting]:
        yield self.plain(("authority",), self.config.authority)
        yield self.schema()
        yield self.convention()
        yield self.text(("shadow_url",), self.config.shadow_url)
        for environment in (*self.config.environments.values(), *self.unwritten()):
            yield from self.environment(environment)
        for name in (field.name for field in fields(Job)):
            yield self.job(name)
        for number, ignore in enumerate(self.config.ignores):
            yield self.ignore(number, ignore)
        yield from self.comments()

    # ---- one value ----

    def plain(self, path: KeyPath, value: str) -> Setting:
        """A value that is shown as it is."""
        key = ".".join(map(str, path))
        return Setting(key, value, "configuration" if path in self.places else "default", self.place(path))

    def place(self, path: KeyPath) -> Location | None:
        """Where the key is written."""
        file = self.config.path
        return Location(str(shown_path(file)), self.places[path], 1) if file is not None and path in self.places else None

    def text(self, path: KeyPath, written: str) -> Setting:
        """A value with variables in it, which may hold a secret."""
        found = {variable: self.where(variable) for variable in _VARIABLE.findall(written)}
        value, problem = self.filled(str(path[-1]), written)
        origin = "configuration" if path in self.places else "default"
        return Setting(".".join(map(str, path)), value, origin, self.place(path), found, problem)

    def filled(self, name: str, written: str) -> tuple[str, str]:
        """The value as it may be shown, and why it can't be used."""
        try:
            value = expand(written, self.variables, environment="", key=name)
        except NamesyncError as error:
            return _shown(name, written), error.what.partition(": ")[2]
        try:
            return self.url(value) if name in _URLS and value else _shown(name, value), ""
        except NamesyncError as error:  # any part of it may be the password
            return "***", error.what

    def url(self, text: str) -> str:
        return parse_url(text, base=self.config.root).shown

    def where(self, variable: str) -> str:
        """Where a variable is set."""
        if variable in self.environ:
            return "process"
        return ".env" if variable in self.variables else "not set"

    # ---- one table ----

    def schema(self) -> Setting:
        if self.config.schema:
            return self.plain(("schema",), self.config.schema)
        try:
            found = find_schema(self.config.root)
        except NamesyncError as error:
            return Setting("schema", "", "found", problem=error.what)
        return Setting("schema", str(shown_path(found)) if found else "", "found")

    def convention(self) -> Setting:
        chosen = self.plain(("convention",), self.config.convention)
        profile, _ = profile_named(self.config.convention, self.config.root)
        if profile.name == chosen.value:
            return chosen
        return Setting(chosen.key, f"{chosen.value}: {profile.name}", chosen.origin, chosen.place)

    def unwritten(self) -> Iterator[Environment]:
        """The environments that only a variable gives: `PROD_DATABASE_URL` for `prod`."""
        names = {(match[1] or match[2]).lower() for name in self.variables if (match := _OF_AN_ENVIRONMENT.fullmatch(name))}
        known = {variable for name in self.config.environments for variable in variable_names(name)}
        for name in sorted(names - {"shadow"}):
            if not known.intersection(variable_names(name)) and any(map(self.variables.get, variable_names(name))):
                yield Environment(name)

    def environment(self, environment: Environment) -> Iterator[Setting]:
        target = self.target(environment)
        if not any(getattr(environment, origin) for origin in _ORIGINS):
            yield self.variable(environment)
        for name in (field.name for field in fields(Environment)):
            value, path = getattr(environment, name), ("environments", environment.name, name)
            if name == "url_command" and value:
                yield self.plain(path, f"{redact(value[0])} ..." if len(value) > 1 else redact(value[0]))
            elif name == "schemas" and not value and target is not None and target.schema:
                yield Setting(".".join(path), target.schema, "url")
            elif name in _TIMEOUTS:
                yield self.timeout(path, value, target)
            elif isinstance(value, tuple) and value:
                yield self.plain(path, ", ".join(value))
            elif path in self.places:
                yield self.text(path, str(value))

    def timeout(self, path: tuple[str, ...], value: float | None, target: Target | None) -> Setting:
        given = target.connect_args.get(path[-1]) if target is not None else None
        if value is None and given:
            return Setting(".".join(path), f"{given:g} s", "url")
        return self.plain(path, f"{value or _TIMEOUTS[path[-1]]:g} s")

    def target(self, environment: Environment) -> Target | None:
        """Where the URL leads, where it is known without reading a file or running a command."""
        names = variable_names(environment.name)
        own = environment.url or next((f"${{{name}}}" for name in names if self.variables.get(name)), "")
        if any(getattr(environment, origin) for origin in _ORIGINS[1:]) or not own:
            return None
        try:
            return parse_url(expand(own, self.variables, environment=environment.name, key="url"), base=self.config.root)
        except NamesyncError:
            return None

    def variable(self, environment: Environment) -> Setting:
        """The URL of an environment that has none in the configuration."""
        key = f"environments.{environment.name}.url"
        names = variable_names(environment.name)
        name = next((name for name in names if self.variables.get(name)), None)
        if name is None:
            missing = f"{' and '.join(names)} are not set"
            return Setting(key, "", "variable", variables=dict.fromkeys(names, "not set"), problem=missing)
        try:
            return Setting(key, self.url(self.variables[name]), "variable", variables={name: self.where(name)})
        except NamesyncError as error:
            return Setting(key, "***", "variable", variables={name: self.where(name)}, problem=error.what)

    def job(self, name: str) -> Setting:
        path, value = ("job", name), getattr(self.config.job, name)
        if isinstance(value, tuple):
            parts = [self.text(path, part) for part in value]
            variables = {variable: where for part in parts for variable, where in (part.variables or {}).items()}
            problem = next((part.problem for part in parts if part.problem), "")
            shown = ", ".join(part.value for part in parts)
            return Setting("job.apprise", shown, "configuration" if parts else "default", self.place(path), variables, problem)
        if isinstance(value, str):
            return self.text(path, value) if value or name != "history" else self.plain(path, HISTORY_FILE)
        if name == "remind_after" and not value:
            return self.plain(path, "never")
        return self.plain(path, f"{value:g} s" if name in ("remind_after", "deploy_wait") else str(value))

    # ---- ignores ----

    def ignore(self, number: int, ignore: Ignore) -> Setting:
        path: KeyPath = ("ignore", number)
        globs = {field.name: getattr(ignore, field.name) for field in fields(Ignore) if field.name != "reason"}
        told = ", ".join(f"{name} {value}" for name, value in globs.items() if value not in ("*", None))
        problem = f"it ended on {ignore.until}" if ended(ignore, self.today) else ""
        return Setting(f"ignore {number + 1}", f"{told}: {ignore.reason}", "configuration", self.place(path), problem=problem)

    def comments(self) -> Iterator[Setting]:
        """The comments in the schema that ignore something."""
        try:
            path = self.config.root / self.config.schema if self.config.schema else find_schema(self.config.root)
            ignores = load_schema(shown_path(path)).ignores if path is not None else ()
        except NamesyncError as error:
            yield Setting("namesync-ignore", "", "schema", problem=error.what)
            return
        for one in ignores:
            rules = ", ".join(one.rules) or "every rule"
            columns = f"({', '.join(one.subject.columns)})" if one.subject.columns else ""
            value = f"{rules} on {one.subject.table.name}{columns}: {one.reason}"
            yield Setting("namesync-ignore", value, "schema", one.location)


def _shown(name: str, value: str) -> str:
    """A text without what may be secret in it: behind the host of a webhook, behind the scheme of an Apprise URL.

    A database's URL is shown so only where a variable in it is not set.
    """
    if name == "webhook":
        found = re.match(r"(https?://)(?:[^/?#@]*@)?([\w.-]+(?::\d+)?)(?=[/?#]|$)(?!.*@)", value, re.IGNORECASE | re.DOTALL)
        return f"{found[1]}{found[2]}/***" if found else _hidden(value)
    if name == "apprise":
        found = re.match(r"[\w.+-]+://", value)
        return f"{found[0]}***" if found else _hidden(value)
    if name in _URLS:
        place, mark, _ = "".join(value.split()).partition("?")
        return f"{redact(place)}{mark and '?***'}" if re.match(r"[\w+.-]+://", place) else _hidden(value)
    return redact(value)


def _hidden(value: str) -> str:
    """Nothing of it, unless it is one variable, which is told by its name."""
    return value if not value or re.fullmatch(r"\$\{\w+\}", value) else "***"
