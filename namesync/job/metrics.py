"""Prometheus: what stands by environment and rule, how environments answer, when a run last succeeded, how long it took.

https://prometheus.io/docs/instrumenting/exposition_formats/, https://github.com/prometheus/node_exporter#textfile-collector
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from namesync.errors import UsageError
from namesync.files import write_whole
from namesync.job.history import History
from namesync.job.sight import State
from namesync.job.tables import count, environment, outbox, run


def exposition(history: History) -> str:
    """The state of the history in Prometheus' text format. Raises `UsageError` where prometheus-client is not installed."""
    try:
        from prometheus_client import CollectorRegistry, Gauge, generate_latest
    except ImportError:
        raise UsageError("metrics need prometheus-client, which is not installed", "pip install 'namesync[job]'") from None
    registry = CollectorRegistry()
    gauges = history.read(_values)
    for name, (what, labels, values) in gauges.items():
        gauge = Gauge(f"namesync_{name}", what, labels, registry=registry)
        for key, value in values.items():
            (gauge.labels(*key) if labels else gauge).set(value)
    return generate_latest(registry).decode()


def write_metrics(history: History, path: Path) -> None:
    """Write the textfile; the collector sees the old one or the new one. Raises `UsageError`."""
    write_whole(path, exposition(history), overwrite=True)
    try:
        path.chmod(0o644)  # the collector is another user
    except OSError as error:
        raise UsageError(f"{path}: can't be made readable: {error.strerror}", "Give it to this user.") from None


_Gauges = Mapping[str, tuple[str, tuple[str, ...], Mapping[tuple[str, ...], float]]]


def _values(connection: Connection) -> _Gauges:
    done = run.c.state == "done"
    latest = connection.execute(select(func.max(run.c.id)).where(done)).scalar()
    ended = connection.execute(select(run).where(run.c.id == latest)).one_or_none() if latest else None
    complete = connection.execute(select(func.max(run.c.id)).where(done, run.c.exit_code != 2)).scalar()
    success = connection.execute(select(run.c.finished).where(run.c.id == complete)).scalar()
    counted = connection.execute(select(count).where(count.c.run == latest)) if latest else ()
    findings: dict[tuple[str, ...], float] = {(row.environment, row.rule): row.findings for row in counted}
    states: dict[tuple[str, ...], float] = {
        (row.name, state.value): float(row.state == state)
        for row in connection.execute(select(environment).order_by(environment.c.name))
        for state in State
    }
    waiting = connection.execute(select(func.count()).where(outbox.c.state != "sent")).scalar_one()
    return {
        "findings": ("Open findings.", ("environment", "rule"), findings),
        "environment_state": ("How the environment answered last.", ("environment", "state"), states),
        "last_run_timestamp_seconds": ("When the last run ended.", (), _when(ended.finished if ended else None)),
        "last_success_timestamp_seconds": ("When a run last read every environment.", (), _when(success)),
        "last_run_duration_seconds": ("How long the last run took.", (), {(): ended.seconds} if ended else {}),
        "messages_waiting": ("Messages not delivered yet.", (), {(): waiting}),
    }


def _when(moment: Any) -> dict[tuple[str, ...], float]:
    return {(): datetime.fromisoformat(moment).timestamp()} if moment else {}
