"""Looks at the environments that are compared with each other: waits for deployments, tries again, and never mistakes
a server that does not answer, or a deployment half done, for drift."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from namesync import api
from namesync.config import Config, Job
from namesync.errors import ConnectionFailed, NamesyncError
from namesync.job.life import Seen
from namesync.job.sight import Alive, Sight, Standing, State, content_of, one_line, place
from namesync.render import RENDERERS
from namesync.report import Report
from namesync.sources import Server, Source, resolve_all
from namesync.sources.deployment import deploying
from namesync.sources.server import Session, session

POLL_S = 1.0
BACKOFF_S = 1.0
_WORKERS = 16


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try, how long to wait for a deployment, and how to pass the time."""

    attempts: int = 3
    deploy_wait_s: float = 60
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, job: Job) -> Patience:
        """As configured."""
        return cls(job.attempts, job.deploy_wait)

    def pause(self, attempt: int) -> None:
        """Between two attempts, longer each time; `attempt` counts from 1."""
        self.sleep(min(BACKOFF_S * 2 ** (attempt - 1), 30))


def observe(names: Sequence[str], config: Config, path: Path | None, sight: Sight, patience: Patience, alive: Alive) -> None:
    """Compare the environments with each other, or with the schema, and add what was seen.

    One that can't be resolved is unusable, and the others are compared. Raises `UsageError`, `SchemaError`.
    """
    sight.compared = True
    sources: dict[str, Source] = {}
    for name in names:
        try:
            sources[name] = resolve_all((name,), config, os.environ, Path.cwd())[0]
        except NamesyncError as error:
            sight.standings[name] = Standing(State.UNUSABLE, one_line(error))
    standings, report, begun = _look(sources, path, patience, alive)
    if begun or any(standing.note.startswith(_WHILE_READING) for standing in standings.values()):
        patience.pause(1)
        standings, report, begun = _look(sources, path, patience, alive)
    if begun:
        standings |= dict.fromkeys(begun, Standing(State.DEPLOYING, "skipped: a deployment began while it was read"))
        report = _compared(_read(standings), path, standings)
    sight.standings |= standings
    if report is not None:
        _add(report, sight)


def _look(
    sources: Mapping[str, Source], path: Path | None, patience: Patience, alive: Alive
) -> tuple[dict[str, Standing], Report | None, list[str]]:
    """How each environment answers, the report on those that could be read, and where a deployment has begun meanwhile."""
    alive()
    with ThreadPoolExecutor(_WORKERS) as pool:
        standings = dict(zip(sources, pool.map(partial(ready, patience=patience), sources.values()), strict=True))
    report = _compared(_read(standings), path, standings)
    return standings, report, [name for name in _read(standings) if _deploying(sources[name])]


_WHILE_READING = "while reading: "


def ready(source: Source, patience: Patience) -> Standing:
    """Whether an environment can be read now: connects, tries again, and waits for a deployment to end."""
    if not isinstance(source, Server):
        return Standing(State.READ)
    note = ""
    for attempt in range(1, patience.attempts + 1):
        try:
            with opened(source) as connected:
                return awaited(connected, patience)
        except ConnectionFailed as error:
            note = one_line(error)
            if attempt < patience.attempts:
                patience.pause(attempt)
        except NamesyncError as error:
            return Standing(State.UNUSABLE, one_line(error))
    return Standing(State.UNREACHABLE, note)


def opened(source: Server) -> AbstractContextManager[Session]:
    """A session with the timeouts of the environment."""
    return session(source.target, connect_timeout_s=source.connect_timeout, statement_timeout_s=source.statement_timeout)


def awaited(connected: Session, patience: Patience) -> Standing:
    """Wait for a deployment in flight, but not for ever."""
    until = patience.monotonic() + patience.deploy_wait_s
    while deploying(connected):
        if patience.monotonic() >= until:
            return Standing(
                State.DEPLOYING,
                f"skipped: a deployment held Prisma's advisory lock for {patience.deploy_wait_s:g} s and longer",
            )
        patience.sleep(POLL_S)
    return Standing(State.READ)


def _deploying(source: Source) -> bool:
    if isinstance(source, Server):
        with suppress(NamesyncError), opened(source) as connected:
            return deploying(connected)
    return False


def _read(standings: Mapping[str, Standing]) -> list[str]:
    return [name for name, standing in standings.items() if standing.state is State.READ]


def _compared(names: Sequence[str], path: Path | None, standings: dict[str, Standing]) -> Report | None:
    """The report on those that could be read; an environment that failed in the middle is unreachable from now on."""
    if not names:
        return None
    try:
        report = api.check(*names, config=path)
    except ConnectionFailed as error:  # it was the only one
        standings[names[0]] = Standing(State.UNREACHABLE, _WHILE_READING + one_line(error))
        return None
    for name, environment in zip(names, report.environments, strict=True):
        if environment.error:
            standings[name] = Standing(State.UNREACHABLE, _WHILE_READING + environment.error)
        elif environment.notes:
            standings[name] = Standing(State.READ, "; ".join(environment.notes))
    return report


def _add(report: Report, sight: Sight) -> None:
    shown = json.loads(RENDERERS["json"](report))["findings"]
    sight.authority = report.authority
    sight.findings += [
        Seen("", content_of(finding, content, report.authority))
        for finding, content in zip(report.findings, shown, strict=True)
    ]
    sight.partly |= {name: frozenset(map(place, keys)) for name, keys in report.partly.items()}
    sight.warnings += report.warnings
    sight.ignored += report.ignored
