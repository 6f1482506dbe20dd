"""Runs that overlap, and runs that are killed: each a process of its own."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import time
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from namesync.config import load_config
from namesync.job.channels import channels
from namesync.job.history import Clock, open_history
from namesync.job.outbox import Delivery, deliver
from tests.cli.conftest import finish, start
from tests.job.conftest import BOTH, Endpoint, Project
from tests.job.test_real_world import TABLE, configure, deployment
from tests.servers import Server


def begin(project: Project) -> subprocess.Popen[bytes]:
    return start("job", "run", folder=project.folder)


def rows(project: Project, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(project.folder / ".namesync" / "history.db")) as connected:
        return connected.execute(query).fetchall()


@pytest.mark.parametrize("server", ["postgresql-16"], indirect=True)
def test_two_runs_that_overlap(project: Project, server: Server, endpoint: Endpoint) -> None:
    """The second does not begin; nothing is told twice."""
    pair = server.create(TABLE.format(name="t_a_idx")), server.create(TABLE.format(name="odd"))
    configure(project, *pair, job=f'deploy_wait = 60\nwebhook = "{endpoint.url}"')
    with deployment(pair[0], server.provider) as let_go:
        first = begin(project)
        while not (project.folder / ".namesync" / "history.db").exists() or not _running(project):
            assert first.poll() is None
            time.sleep(0.05)
        second = finish(begin(project))
        let_go()
        ended = finish(first)
    assert (second.code, "run 1 is under way" in second.err) == (2, True)
    assert ended.code == 1
    assert rows(project, "SELECT what, count(*) FROM namesync_event GROUP BY what") == [("new", 1)]
    assert len(endpoint.got) == 1


def _running(project: Project) -> bool:
    try:
        return bool(rows(project, "SELECT 1 FROM namesync_run WHERE state = 'running'"))
    except sqlite3.OperationalError:  # the tables are being made
        return False


def test_killed_at_twenty_moments(project: Project, endpoint: Endpoint) -> None:
    """The history is whole after each, the next run goes on, every change is told, and none under two ids."""
    project.configure(f'{BOTH}[job]\nwebhook = "{endpoint.url}"\n')
    project.drift("odd_0")
    began = time.monotonic()
    assert finish(begin(project)).code == 1
    length = time.monotonic() - began
    moments = random.Random(20).sample([length * part / 40 for part in range(4, 44)], 20)
    for number, moment in enumerate(moments, 1):
        project.drift(f"odd_{number}")
        process = begin(project)
        time.sleep(moment)
        process.kill()
        finish(process)
        assert rows(project, "PRAGMA integrity_check") == [("ok",)]
        assert rows(project, "SELECT count(*) FROM namesync_finding WHERE state = 'open'") == [(1,)]
    assert finish(begin(project)).code == 1
    told = [json.loads(detail) for (detail,) in rows(project, "SELECT detail FROM namesync_event ORDER BY id")]
    names = [one["names"]["dev"] for one in told]
    assert names[-1] == "odd_20"
    assert [one["details"] for one in told[1:]] == [[f"names.dev: {a} -> {b}"] for a, b in pairwise(names)]
    _all_is_told(project, endpoint, names)
    lost = rows(project, "SELECT state, count(*) FROM namesync_run GROUP BY state ORDER BY state")
    assert dict(lost)["done"] - len(names) in (0, 1)  # the last run finds nothing new where the one before it got that far
    assert set(dict(lost)) <= {"done", "lost"}


def _all_is_told(project: Project, endpoint: Endpoint, names: list[str]) -> None:
    """Messages whose sender was killed are sent again when their claim is old."""
    path = project.folder / ".namesync" / "history.db"
    late = open_history(f"file:{path}", project.folder, Clock(lambda: time.time() + 1000))
    assert deliver(late, Delivery(channels(load_config(project.folder), {}))) == []
    by_id = {message["id"]: message for message in endpoint.got}
    ids = [row[0] for row in rows(project, "SELECT message_id FROM namesync_outbox ORDER BY id")]
    assert sorted(by_id) == sorted(ids)
    assert [change["names"]["dev"] for one in ids for change in by_id[one]["changes"]] == names
