"""One run: look, record, tell."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock

from namesync import api
from namesync.api.convention import profile_named
from namesync.api.workspace import find_and_load
from namesync.baseline import read_baseline, write_baseline
from namesync.config import Config, load_config
from namesync.config.variables import expand, read_variables
from namesync.errors import ConnectionFailed, NamesyncError, UsageError
from namesync.job.channels import channels
from namesync.job.fleet import Reading, look
from namesync.job.history import Clock, History, Lease, open_history
from namesync.job.life import Ident
from namesync.job.metrics import write_metrics
from namesync.job.observe import Patience, observe
from namesync.job.outbox import Delivery, Send, deliver
from namesync.job.outcome import Outcome
from namesync.job.recording import Terms, other_shapes, record
from namesync.job.sight import Shard, Sight, Standing, State, one_line
from namesync.model import Catalog
from namesync.report import Severity
from namesync.sources import Server, resolve

RENEW_S = 30.0
"""How often a run says that it is alive."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. `environments` () stands for all of the configuration; `sleep` passes the time, and may raise to end it."""

    environments: tuple[str, ...] = ()
    config: Path | None = None
    shard: Shard = field(default_factory=Shard)
    fail_on: Severity | None = Severity.ERROR
    new_only: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None
    clock: Clock = field(default_factory=Clock)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Project:
    """What every command of the job begins with."""

    config: Config
    path: Path | None
    variables: Mapping[str, str]
    history: History

    def setting(self, key: str) -> str:
        """A text of `[job]`, its variables filled in. Raises `ConfigError`."""
        return expand(getattr(self.config.job, key), self.variables, environment="", key=key)


def open_project(path: Path | None, clock: Clock | None = None) -> Project:
    """The configuration and its history. Raises `ConfigError`, `ConnectionFailed`."""
    config = load_config(Path.cwd(), path)
    variables = read_variables(os.environ, config.root)
    url = expand(config.job.history, variables, environment="", key="history")
    return Project(config, path or config.path, variables, open_history(url, config.root, clock))


def run(request: Request) -> Outcome:
    """Check the environments once, record it, and tell who is to be told.

    Raises `Busy` where such a run is under way, `Overtaken`, `ConfigError`, `UsageError`; `ConnectionFailed` where the history
    can't be reached.
    """
    project = open_project(request.config, request.clock)
    told = channels(project.config, project.variables)
    baseline = read_baseline(request.baseline) if request.baseline else {}
    held = project.history.begin(request.shard.scope)
    began = time.monotonic()
    try:
        sight = _look(project, request, _Pulse(project.history, held, request.sleep))
        outcome = record(project.history, held, sight, time.monotonic() - began, _terms(project, request, baseline, told))
    except BaseException:
        with suppress(ConnectionFailed):  # it would hide why the run ended
            project.history.stop(held)
        raise
    if request.write_baseline:
        write_baseline(request.write_baseline, outcome.open)
    return replace(outcome, undelivered=tuple(_tell(project, told, request)))


def _tell(project: Project, told: Mapping[str, Send], request: Request) -> list[str]:
    """Send what waits and write the metrics; what could not be done, in words: the run is recorded, and its outcome counts."""
    try:
        troubles = deliver(project.history, Delivery(told, request.sleep))
        if project.config.job.metrics:
            write_metrics(project.history, project.config.root / project.setting("metrics"))
    except ConnectionFailed as error:
        return [f"the run is recorded; what waits will be sent with the next one: {one_line(error)}"]
    return troubles


def _terms(project: Project, request: Request, baseline: Mapping[Ident, str], told: Mapping[str, Send]) -> Terms:
    return Terms(request.fail_on, request.new_only, baseline, tuple(told), project.config.job.remind_after)


class _Pulse:
    """Renews the lease now and then; threads may call it at once. Raises `Overtaken`, and whatever `sleep` raises to stop."""

    def __init__(self, history: History, held: Lease, sleep: Callable[[float], None]) -> None:
        self._history, self._held, self._sleep = history, held, sleep
        self._lock, self._last = Lock(), time.monotonic()

    def __call__(self) -> None:
        self._sleep(0)
        with self._lock:
            if time.monotonic() - self._last < RENEW_S:
                return
            self._last = time.monotonic()
        with suppress(ConnectionFailed):  # the lease lasts longer than that; when it does not, recording will tell
            self._history.renew(self._held)


def _look(project: Project, request: Request, alive: _Pulse) -> Sight:
    """All that the run's shard sees."""
    config = project.config
    names = request.environments or tuple(config.environments)
    if not names:
        raise UsageError("no environment was named, and the configuration has none", "Name one, or run `namesync init`.")
    if strange := [name for name in names if not re.fullmatch(r"[\w.-]+", name)]:
        raise UsageError(f"{strange[0]} is no name of an environment", "The history knows environments by their names.")
    groups = [name for name in names if name in config.environments and config.environments[name].group]
    alone = [name for name in names if name not in groups]
    known_groups = frozenset(name for name, one in config.environments.items() if one.group)
    sight = Sight(frozenset(config.environments) | frozenset(names), request.shard, known_groups)
    patience = replace(Patience.of(config.job), sleep=request.sleep)
    if alone and request.shard.index == 1:
        observe(alone, config, project.path, sight, patience, alive)
    if groups:
        profile, _ = profile_named(config.convention, config.root)
        _, schema, told = find_and_load(config, lenient=True)
        sight.warnings += told
        _look_at_groups(groups, Reading(config, schema, profile, patience, sight, alive), project)
    return sight


def _look_at_groups(groups: Sequence[str], reading: Reading, project: Project) -> None:
    config, sight = reading.config, reading.sight
    reference: Catalog | None = None
    for name in groups:
        majority = config.environments[name].compare == "majority"
        try:
            group = resolve(name, config, os.environ, Path.cwd())
            if not majority and reference is None:
                reference = _reference(project, reading.patience)
        except NamesyncError as error:
            state = State.UNREACHABLE if isinstance(error, ConnectionFailed) else State.UNUSABLE
            sight.standings[name] = Standing(state, one_line(error))
            continue
        assert isinstance(group, Server), name  # noqa: S101 - a group has a server
        others = project.history.read(partial(other_shapes, name=name, shard=sight.shard)) if majority else []
        look(group, reading, None if majority else reference, others)


def _reference(project: Project, patience: Patience) -> Catalog:
    """The authority's catalog. Raises what `api.load` raises."""
    authority = project.config.authority
    for attempt in count(1):
        try:
            return api.load(authority, config=project.path)
        except NamesyncError as error:
            if not isinstance(error, ConnectionFailed) or attempt >= patience.attempts:
                hint = 'Its members are compared with that; `compare = "majority"` in the group compares them with each other.'
                raise type(error)(f"the authority {authority} could not be read: {error.what}", hint) from None
        patience.pause(attempt)
    raise AssertionError  # count has no end
