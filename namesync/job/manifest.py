"""Complete files that run the job on a schedule: GitHub Actions, GitLab CI, Kubernetes, systemd, cron. Secrets by reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from namesync.config import Config
from namesync.errors import UsageError
from namesync.job.schedule import calendars, parse_schedule
from namesync.sources.secret import variable_names

KINDS = ("github", "gitlab", "kubernetes", "systemd", "cron")

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?=\}|:-)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a manifest says: when, which variables it hands over, and in how many shards (Kubernetes alone)."""

    schedule: str
    variables: tuple[str, ...]
    shards: int = 1
    folder: str = "/srv/app"

    @property
    def command(self) -> str:
        """The command every manifest runs."""
        return f"namesync job run{f' --shard {self.shards}' if self.shards > 1 else ''}"


def manifest(kind: str, config: Config, *, schedule: str, shards: int = 1, folder: str = "/srv/app") -> str:
    """The text of the file. Raises `UsageError` for a schedule that is none, and for shards where nothing counts them."""
    when = parse_schedule(schedule)
    if shards > 1 and kind != "kubernetes":
        raise UsageError(f"{kind} runs the job in one piece", "Use `namesync job run --shard I/N` in each of several.")
    from jinja2 import Environment, StrictUndefined

    source = files("namesync.job").joinpath("templates", f"{kind}.jinja").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - YAML and unit files, not HTML; what goes in is checked
    template = environment.from_string(source)
    return template.render(plan=Plan(when.text, variables(config), shards, _plain(folder)), calendars=calendars(when))


def variables(config: Config) -> tuple[str, ...]:
    """The variables the configuration refers to, or falls back on; they hold the secrets."""
    found: dict[str, None] = {}
    for environment in config.environments.values():
        texts: Sequence[str] = (environment.url, environment.url_file, *environment.url_command, environment.each_url)
        found |= dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text))
        if not any((*texts, environment.file)):
            found[variable_names(environment.name)[0]] = None
    job = config.job
    found |= dict.fromkeys(name for text in (job.history, job.webhook, *job.apprise) for name in _VARIABLE.findall(text))
    return tuple(found)


def _plain(folder: str) -> str:
    if not re.fullmatch(r"/[\w./-]*", folder):
        raise UsageError(f"{folder}: no absolute path without spaces and special characters")
    return folder
