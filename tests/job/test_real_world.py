"""What happens to a job in the real world: servers that are away, deployments in flight, a server that stops in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from namesync.model import Provider
from namesync.sources import group
from namesync.sources.embedded import embedded_postgresql
from namesync.sources.server import Session
from tests.job.conftest import Project
from tests.job.fleets import RENAMED, schemas
from tests.servers import Server, connection, database_of

TABLE = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE INDEX {name} ON t (a);"
LOCKS = {
    Provider.POSTGRESQL: ("SELECT pg_advisory_lock(72707369)", "SELECT pg_advisory_unlock(72707369)"),
    Provider.MYSQL: ("SELECT GET_LOCK('prisma_migrate', 10)", "SELECT RELEASE_LOCK('prisma_migrate')"),
}


@contextmanager
def deployment(url: str, provider: Provider) -> Iterator[Callable[[], None]]:
    """Holds the lock that `prisma migrate deploy` holds; the function lets it go."""
    take, give = LOCKS[provider.family]
    with connection(url) as connected:
        cursor = connected.cursor()
        cursor.execute(take)
        cursor.fetchall()

        def let_go() -> None:
            cursor.execute(give)
            cursor.fetchall()

        yield let_go


@pytest.fixture
def pair(server: Server, project: Project) -> tuple[str, str]:
    """A prod and a dev on a server, with one index of two names."""
    urls = server.create(TABLE.format(name="t_a_idx")), server.create(TABLE.format(name="odd"))
    configure(project, *urls)
    return urls


def configure(project: Project, prod: str, dev: str, job: str = "attempts = 2\ndeploy_wait = 0.3") -> None:
    environments = "".join(f"[environments.{name}]\nurl = {json.dumps(url)}\n" for name, url in (("prod", prod), ("dev", dev)))
    project.configure(f"{environments}[job]\n{job}\n")


def states(document: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["state"] for one in document["environments"]}


WITH_LOCKS = pytest.mark.parametrize("server", ["postgresql-16", "postgresql-18", "mysql", "mariadb"], indirect=True)
ON_ONE = pytest.mark.parametrize("server", ["postgresql-16"], indirect=True)


@WITH_LOCKS
class TestDeployment:
    """A deployment half done is no drift."""

    def test_it_is_skipped_with_a_note(self, project: Project, server: Server, pair: tuple[str, str]) -> None:
        assert project.check()["summary"]["new"] == 1
        server.execute(pair[1], "DROP INDEX odd" + (" ON t" if server.provider is not Provider.POSTGRESQL else ""))
        with deployment(pair[1], server.provider):
            document = project.check()
        assert states(document) == {"prod": "read", "dev": "deploying"}
        assert document["summary"] == {"new": 0, "changed": 0, "resolved": 0, "standing": 1}
        note = next(one["note"] for one in document["environments"] if one["name"] == "dev")
        assert note == "skipped: a deployment held Prisma's advisory lock for 0.3 s and longer"
        assert document["code"] == 1  # what stood stands
        assert [found["rule"] for found in project.check()["findings"] if found["what"] == "new"] == ["missing-object"]

    def test_its_end_is_waited_for(self, project: Project, server: Server, pair: tuple[str, str]) -> None:
        configure(project, *pair, job="deploy_wait = 60")
        with deployment(pair[1], server.provider) as let_go:
            timer = threading.Timer(0.4, let_go)
            timer.start()
            document = project.check()
            timer.join()
        assert (states(document), document["summary"]["new"]) == ({"prod": "read", "dev": "read"}, 1)

    @pytest.mark.usefixtures("pair")
    def test_that_of_another_database_is_none(self, project: Project, server: Server) -> None:
        with deployment(server.create(), server.provider):
            assert states(project.check()) == {"prod": "read", "dev": "read"}


@ON_ONE
def test_a_deployment_to_a_group(project: Project, server: Server, pair: tuple[str, str]) -> None:
    for name in ("s_1", "s_2"):
        server.execute(pair[0], f"CREATE SCHEMA {name}; SET search_path = {name}; {TABLE.format(name='x')}")
    keys = 'each_schema = "s_*"\ncompare = "majority"\n[job]\ndeploy_wait = 0.3\n'
    project.configure(f'[environments.g]\nurl = "{pair[0]}"\n{keys}')
    with deployment(pair[0], server.provider):
        document = project.check()
    assert (states(document), document["code"]) == ({"g/s_1": "deploying", "g/s_2": "deploying"}, 0)
    assert states(project.check()) == {}


@ON_ONE
class TestUnreachable:
    """A state of its own, tried again, told apart from drift; it hides nothing."""

    @pytest.mark.usefixtures("pair")
    def test_refused(self, project: Project) -> None:
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            closed = f"postgresql://u:hunter2@127.0.0.1:{taken.getsockname()[1]}/d"
        third = f'[environments.qa]\nurl = "{closed}"\n'
        text = (project.folder / "namesync.toml").read_text()
        project.configure(third + text)
        document = project.check()
        assert states(document) == {"prod": "read", "dev": "read", "qa": "unreachable"}
        assert (document["summary"]["new"], document["code"]) == (1, 2)
        assert "hunter2" not in json.dumps(document)

    def test_silence(self, project: Project, pair: tuple[str, str]) -> None:
        """Something accepts connections and never answers."""
        with closing(socket.create_server(("127.0.0.1", 0))) as silent:
            url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=2"
            configure(project, pair[0], url, job="attempts = 1")
            document = project.check()
        assert states(document) == {"prod": "read", "dev": "unreachable"}

    def test_it_is_tried_again(self, project: Project, server: Server, pair: tuple[str, str]) -> None:
        """A database that is there at the second attempt."""
        gone = pair[1].replace("/ns_", "/late_ns_", 1)
        configure(project, pair[0], gone, job="attempts = 20")
        name = gone.rpartition("/")[2].partition("?")[0]
        timer = threading.Timer(0.05, lambda: server.create(TABLE.format(name="odd"), name=name))
        timer.start()
        document = project.check()
        timer.join()
        assert states(document) == {"prod": "read", "dev": "read"}

    def test_the_authority_is_away(self, project: Project, pair: tuple[str, str]) -> None:
        """What is known stands, and comes back as it was."""
        assert project.check()["summary"]["new"] == 1
        configure(project, "postgresql://u@127.0.0.1:1/d", pair[1], job="attempts = 1")
        away = project.check()
        assert [(found["what"], found["verified"]) for found in away["findings"] if found["rule"] == "name-drift"] == [
            ("standing", False)
        ]
        configure(project, *pair)
        assert project.check()["summary"]["standing"] == 1


ODD = ["tenant_003", "tenant_190"]
"""One in the first batch that is read, one in the last."""


class Batches:
    """Reads as ever, but few schemas at a time, and does something before one of the batches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("namesync.sources.group.BATCH", 25)
        self.before: dict[int, Callable[[], None]] = {}
        self.read = 0
        monkeypatch.setattr("namesync.job.fleet.read_batch", self)

    def __call__(self, opened: Session, batch: list[Any]) -> Iterator[Any]:
        self.read += 1
        self.before.pop(self.read, lambda: None)()
        return group.read_batch(opened, batch)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    return Batches(monkeypatch)


def tenants(project: Project, server: Server, url: str) -> None:
    names = [f"tenant_{number:03}" for number in range(200)]
    for script in schemas(names, dict.fromkeys(ODD, RENAMED)):
        server.execute(url, script)
    keys = 'each_schema = "tenant_*"\ncompare = "majority"\n[job]\nattempts = 2\n'
    project.configure(f"[environments.tenants]\nurl = {json.dumps(url)}\n{keys}")


def _stop(folder: Path) -> None:
    """At once, whoever is connected: https://www.postgresql.org/docs/current/server-shutdown.html"""
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    while (folder / ".s.PGSQL.5432").exists():
        time.sleep(0.01)


@ON_ONE
class TestStoppedInTheMiddle:
    """What was read before is judged; the rest is unreachable, and what is known of it stands."""

    def test_the_server_stops(self, project: Project, server: Server, batches: Batches) -> None:
        with embedded_postgresql(16) as url:
            tenants(project, server, url)
            assert project.check()["summary"]["new"] == 2
            batches.before[batches.read + 3] = lambda: _stop(Path(url.partition("host=")[2]))
            document = project.check()
        assert (document["code"], set(states(document).values()), len(states(document))) == (2, {"unreachable"}, 150)
        stood = [(found["subject"], found["what"], found["verified"]) for found in document["findings"]]
        assert stood == [("tenants/tenant_003", "standing", True), ("tenants/tenant_190", "standing", False)]

    def test_it_is_back_at_once(self, project: Project, server: Server, batches: Batches) -> None:
        """The connection is lost, and the next attempt goes on where it was: nothing is read twice."""
        url = server.create()
        tenants(project, server, url)
        lose = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database_of(url)}'"
        batches.before[3] = lambda: server.execute(server.url, lose)
        document = project.check()
        assert (document["code"], states(document), batches.read) == (1, {}, 9)
        assert [(one["members"], one["alike"]) for one in document["groups"]] == [(200, 198)]
