"""Fleets on a real server: a thousand tenants, two hundred databases, and the handful that are not like the others."""

from __future__ import annotations

import json
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from namesync.job.run import Request, run
from namesync.job.sight import Shard
from namesync.sources import connection as connections
from tests.cli.conftest import finish, start
from tests.job.conftest import Project
from tests.job.fleets import DROPPED, RENAMED, TENANT, schemas
from tests.servers import Server, connection, database_of

TENANTS = [f"tenant_{number:04}" for number in range(1000)]
CHANGES = {
    **dict.fromkeys(("tenant_0003", "tenant_0317", "tenant_0741", "tenant_0998"), RENAMED),
    **dict.fromkeys(("tenant_0500", "tenant_0501"), DROPPED),
    "tenant_0800": RENAMED + DROPPED,
}
DATABASES = 200

pytestmark = pytest.mark.parametrize("server", ["postgresql-16"], indirect=True)


@pytest.fixture(scope="module")
def tenants(server: Server) -> str:
    """One database with a schema for each tenant."""
    url = server.create()
    for script in schemas(TENANTS, CHANGES):
        server.execute(url, script)
    return url


@pytest.fixture(scope="module")
def databases(server: Server) -> str:
    """A database for each of two hundred; `app_007` and `app_100` are not like the others. Its URL leads to one of them."""
    template = server.create(TENANT, name="fleet_template")
    with connection(server.url) as connected:
        for number in range(DATABASES):
            connected.execute(f"CREATE DATABASE app_{number:03} TEMPLATE fleet_template")
    for number in (7, 100):
        server.execute(template.replace("fleet_template", f"app_{number:03}"), RENAMED)
    return template


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Connections made, by database, and how many stood open at once, as `most`."""
    made: Counter[str] = Counter()
    lock = threading.Lock()
    original = connections.engine_for

    def engine_for(target: object, limits: object) -> object:
        with lock:
            made[target.url.database] += 1  # type: ignore[attr-defined]
        return original(target, limits)  # type: ignore[arg-type]

    monkeypatch.setattr("namesync.sources.server.engine_for", engine_for)
    yield made


def fleet(url: str, **keys: str) -> str:
    told = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    return f"[environments.tenants]\nurl = {json.dumps(url)}\n{told}"


class TestTenants:
    def test_with_the_majority(self, project: Project, tenants: str, monkeypatch: pytest.MonkeyPatch) -> None:
        project.configure(fleet(tenants, each_schema="tenant_*", compare="majority"))
        with counted(monkeypatch) as made:
            ended = project.job("run")
        assert ended.code == 1
        assert "tenants: 993 of 1000 alike; 7 differ, in 3 ways\n" in ended.out
        assert "  1. 4: tenant_0003, tenant_0317, tenant_0741 and 1 more (--members names them)\n" in ended.out
        assert "  2. 2: tenant_0500, tenant_0501\n" in ended.out
        assert made == {database_of(tenants): 2}  # one to list, one to read
        assert "tenant_0998" in project.job("run", "--members").out

    def test_with_the_authority(self, project: Project, tenants: str) -> None:
        project.configure(
            f'authority = "model"\n[environments.model]\nurl = {json.dumps(tenants)}\nschemas = ["tenant_0003"]\n'
            + fleet(tenants, each_schema="tenant_*")
        )
        found = project.check()["groups"]
        assert [(group["members"], group["alike"], len(group["ways"])) for group in found] == [(1000, 4, 3)]

    def test_lives(self, project: Project, tenants: str, server: Server) -> None:
        """A tenant that is repaired, one that goes, and one that comes."""
        project.configure(fleet(tenants, each_schema="tenant_000*", compare="majority"))
        server.execute(tenants, next(schemas(["tenant_000x"], {"tenant_000x": DROPPED})))
        assert project.check()["summary"]["new"] == 2
        server.execute(tenants, 'DROP SCHEMA tenant_000x CASCADE; ALTER INDEX tenant_0003.odd_key RENAME TO "User_email_key"')
        assert project.check()["summary"] == {"new": 0, "changed": 0, "resolved": 2, "standing": 0}
        server.execute(tenants, 'ALTER INDEX tenant_0003."User_email_key" RENAME TO odd_key')
        assert project.check()["summary"]["new"] == 1

    def test_memory_follows_the_differences(self, project: Project, tenants: str) -> None:
        """Five hundred tenants take hardly more than a hundred: their names, and nothing of what was read."""
        peaks = []
        for glob in ("tenant_09*", "tenant_00*", "tenant_0[0-4]*"):  # the first loads what is loaded once
            project.configure(fleet(tenants, each_schema=glob, compare="majority"))
            tracemalloc.start()
            run(Request())
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[2] - peaks[1] < 400 * 3000

    def test_an_ignore(self, project: Project, tenants: str) -> None:
        ignore = '[[ignore]]\nrule = "name-drift"\ntable = "User"\nreason = "known"\n'
        project.configure(fleet(tenants, each_schema="tenant_*", compare="majority") + ignore)
        ended = project.check()
        assert (ended["groups"][0]["alike"], ended["ignored"]) == (997, 5)

    def test_a_comment_in_the_schema(self, project: Project, tenants: str) -> None:
        user = "model User {\n  id Int @id\n  email String? @unique // theirs\n}\n"
        (project.folder / "schema.prisma").write_text(f'datasource db {{\n  provider = "postgresql"\n}}\n{user}')
        project.configure(fleet(tenants, each_schema="tenant_000*", compare="majority"))
        assert project.check()["ignored"] == 0
        text = (project.folder / "schema.prisma").read_text()
        (project.folder / "schema.prisma").write_text(text.replace("// theirs", "/// namesync-ignore: theirs"))
        assert project.check()["ignored"] == 1

    def test_four_shards_in_four_processes(self, project: Project, tenants: str, server: Server) -> None:
        """At once, against one history that is not there yet: nothing is lost, nothing is double, twice over."""
        history = server.create()
        text = fleet(tenants, each_schema="tenant_*", compare="majority")
        project.configure(f"{text}[job]\nhistory = {json.dumps(history)}\n")
        for state in ("new", "standing"):
            words = ("job", "run", "--format", "json", "--shard")
            runs = [start(*words, f"{index}/4", folder=project.folder) for index in range(1, 5)]
            outcomes = [json.loads(finish(process).out) for process in runs]
            members = Counter(finding["subject"] for outcome in outcomes for finding in outcome["findings"])
            assert sum(outcome["summary"][state] for outcome in outcomes) == 8
            assert set(members) == {f"tenants/{name}" for name in CHANGES}
            assert sum(group["members"] for outcome in outcomes for group in outcome["groups"]) == 1000
            assert sum(group["alike"] for outcome in outcomes for group in outcome["groups"]) == 993
        assert server.query(history, "SELECT what, count(*) FROM namesync_event GROUP BY what") == [("new", 8)]
        assert server.query(history, "SELECT count(*), sum(members), sum(alike) FROM namesync_fleet") == [(4, 1000, 993)]
        last = "SELECT sum(findings) FROM namesync_count WHERE run = (SELECT max(run) FROM namesync_count)"
        assert server.query(history, last) == [(8,)]

    def test_a_shard_alone_asks_the_others_what_most_have(self, project: Project, tenants: str) -> None:
        """A shard whose own members are all odd: what the other counted makes them outliers, and one is read once more."""
        names = [f"tenants/{name}" for name in TENANTS]
        count = next(n for n in range(100, 2000) if _shard_of(odd := "tenants/tenant_0003", n) and _alone(odd, names, n))
        index = _shard_of(odd, count)
        project.configure(fleet(tenants, each_schema="tenant_*", compare="majority"))
        other = next(n for n in range(1, count + 1) if n != index and sum(Shard(n, count).takes(name) for name in names) > 1)
        run(Request(shard=Shard(other, count)))
        outcome = run(Request(shard=Shard(index, count)))
        assert [life.seen.subject for life in outcome.lives] == [odd]


def _shard_of(name: str, count: int) -> int:
    return next(index for index in range(1, count + 1) if Shard(index, count).takes(name))


def _alone(name: str, names: list[str], count: int) -> bool:
    shard = Shard(_shard_of(name, count), count)
    return sum(shard.takes(one) for one in names) == 1


class TestDatabases:
    def test_two_hundred(self, project: Project, databases: str, monkeypatch: pytest.MonkeyPatch) -> None:
        project.configure(f"{fleet(databases, each_database='app_*', compare='majority')}[job]\nworkers = 4\n")
        with counted(monkeypatch) as made:
            ended = project.job("run")
        assert "tenants: 198 of 200 alike; 2 differ, in 1 way\n  1. 2: app_007, app_100\n" in ended.out
        assert len(made) == DATABASES + 1
        assert set(made.values()) == {1}

    def test_a_list_of_urls(self, project: Project, databases: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that is gone does not hide the others."""
        monkeypatch.setenv("LAST", databases.replace("fleet_template", "app_100"))
        lines = [f"t{number} = {databases.replace('fleet_template', f'app_{number:03}')}" for number in range(4)]
        gone = f"gone = {databases.replace('fleet_template', 'app_999')}"
        text = "\n".join(["# tenants", *lines, "", "last = ${LAST}", gone])
        (project.folder / "urls").write_text(text)
        project.configure('[environments.tenants]\neach_url = "urls"\ncompare = "majority"\n[job]\nattempts = 1\n')
        ended = project.job("run")
        assert ended.code == 2
        assert "tenants: 4 of 6 alike; 1 differs, in 1 way\n  1. 1: last\n" in ended.out
        assert "1 of tenants: unreachable" in ended.out

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            pytest.param("one two", "line 1 is no NAME=URL", id="no name"),
            pytest.param("a=postgresql://h/d\na=postgresql://h/e", "line 2 names a a second time", id="twice"),
            pytest.param("# none", "there is no URL in it", id="empty"),
            pytest.param("a=${NOT_SET}", "the variable NOT_SET", id="variable"),
            pytest.param("a=nonsense:hunter2", "tenants/a", id="no URL"),
        ],
    )
    @pytest.mark.usefixtures("server")
    def test_a_list_that_can_not_be_read(self, project: Project, text: str, why: str) -> None:
        (project.folder / "urls").write_text(text)
        project.configure('[environments.tenants]\neach_url = "urls"\ncompare = "majority"\n')
        ended = project.job("run")
        assert (ended.code, why in ended.err, "hunter2" in ended.err) == (2, True, False)


def test_members_fall_to_shards_evenly_and_everywhere_alike(server: Server) -> None:
    names = [f"tenants/{name}" for name in TENANTS]
    found = Counter(index for name in names for index in range(1, 5) if Shard(index, 4).takes(name))
    assert sum(found.values()) == 1000
    assert min(found.values()) > 200
    assert [index for index in range(1, 5) if Shard(index, 4).takes("tenants/tenant_0000")] == [4]  # for ever


@pytest.mark.parametrize("text", ['url = "postgresql://h/d"\neach_url = "x"', 'each_schema = "a"\neach_url = "x"'])
def test_groups_that_can_not_be(project: Project, server: Server, text: str) -> None:
    project.configure(f"[environments.tenants]\n{text}\n")
    ended = project.job("run")
    assert (ended.code, "can't stand together" in ended.err) == (2, True)


def test_no_authority(project: Project, tenants: str, server: Server) -> None:
    project.configure(fleet(tenants, each_schema="tenant_000*"))
    ended = project.job("run")
    assert ended.code == 2
    assert "the authority prod could not be read" in ended.err
