"""The configuration as a value: `namesync.toml`, or `[tool.namesync]` in `pyproject.toml`, and `.env` beside it.

Variables are not resolved here: one that is not set matters only to the environment that needs it (see `expand`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from namesync.errors import ConfigError

CONVENTIONS = ("auto", "prisma", "prisma5")
COMPARED_WITH = ("authority", "majority")
HISTORY_FILE = ".namesync/history.db"
"""Where the job's history is without another: a file beside the configuration."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One `[environments.NAME]` table, as written: `${VAR}` is still in it, paths are relative to the configuration.

    At most one of `url`, `url_file`, `url_command` (words, run without a shell) and `file` (a snapshot, a `schema.prisma`, a
    migrations folder) is set; with none, the URL is in a variable (`PROD_DATABASE_URL`). With `each_schema` or
    `each_database`, globs, the table stands for one environment for each schema or database that matches, with `each_url` for
    each line of a file. `compare` says what the members of a group are compared with. Timeouts are in
    seconds, None for the default. `shadow_url` leads to a scratch server, `migrations` is this environment's own folder.
    """

    name: str
    url: str = field(default="", repr=False)
    url_file: str = ""
    url_command: tuple[str, ...] = field(default=(), repr=False)
    file: str = ""
    schemas: tuple[str, ...] = ()
    each_schema: str = ""
    each_database: str = ""
    each_url: str = ""
    compare: str = "authority"
    connect_timeout: float | None = None
    statement_timeout: float | None = None
    shadow_url: str = field(default="", repr=False)
    migrations: str = ""

    @property
    def group(self) -> bool:
        """Whether it stands for several environments."""
        return bool(self.each_schema or self.each_database or self.each_url)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One `[[ignore]]` table: the findings it silences, by globs that must all match; `until` is its last day."""

    reason: str
    rule: str = "*"
    table: str = "*"
    kind: str = "*"
    name: str = "*"
    environment: str = "*"
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """The `[job]` table, as written. Durations are in seconds; paths are relative to the configuration.

    `history` is the URL of the history ("" for a SQLite file beside the configuration), `webhook` and `apprise` say who is
    told, `remind_after` when again about what stands (0: never), `metrics` is Prometheus' textfile. `attempts` is how often an
    environment is tried, `deploy_wait` how long a deployment in flight is waited for, `workers` how many databases of a
    group are read at once.
    """

    history: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    apprise: tuple[str, ...] = field(default=(), repr=False)
    remind_after: float = 0
    metrics: str = ""
    attempts: int = 3
    deploy_wait: float = 60
    workers: int = 8


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration. `root` is the folder that relative paths start from, `path` the file it came from, if any.

    `shadow_url` is that of every environment and migrations folder without its own.
    """

    root: Path
    path: Path | None = None
    authority: str = "prod"
    schema: str = ""
    convention: str = "auto"
    shadow_url: str = field(default="", repr=False)
    environments: Mapping[str, Environment] = field(default_factory=lambda: MappingProxyType({}))
    ignores: tuple[Ignore, ...] = ()
    job: Job = Job()


def load_config(start: Path, explicit: Path | None = None) -> Config:
    """The configuration in `explicit`, else the nearest one at or above the folder `start`, else the defaults.

    In one folder `namesync.toml` goes before `pyproject.toml`. Raises `ConfigError`.
    """
    from namesync.config.parsing import has_section, parse

    if explicit is not None:
        text = _read(explicit)
        if explicit.name == "pyproject.toml" and not has_section(text):
            raise ConfigError(f"{explicit}: there is no [tool.namesync] in it")
        return parse(text, explicit)
    for folder in (start.absolute(), *start.absolute().parents):
        path = folder / "namesync.toml"
        if path.is_file():
            return parse(_read(path), path)
        path = folder / "pyproject.toml"
        if path.is_file() and has_section(text := _read(path)):
            return parse(text, path)
    return Config(root=start.absolute())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
