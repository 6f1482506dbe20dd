"""Reading through a network that fails: the right catalog or a clear error, in time, whatever happens at whatever byte."""

from __future__ import annotations

import gc
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.errors import ConnectionFailed, NamesyncError
from namesync.model import Catalog
from namesync.report import Rule
from namesync.sources.connection import Limits
from namesync.sources.server import read
from namesync.sources.url import Target, parse_url
from tests.conftest import SERVERS
from tests.hostile.proxy import Fault, Kind, Proxy, Toward, points, silent, via
from tests.hostile.tally import Tally
from tests.servers import Server, database_of

AREA = "network"
PASSWORD = "hunter" + "2"
SLACK_S = 0.7
"""What a process may take beside its waiting, on a busy machine."""

LONG = "NAMESYNC_TEST_CAMPAIGN" in os.environ
CAMPAIGN = [name for name in SERVERS if name != "sqlite"]
SHORT = [name for name in ("postgresql-18", "mariadb") if name in CAMPAIGN]
ANY = pytest.mark.parametrize("server", CAMPAIGN if LONG else SHORT, indirect=True)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # PyMySQL forgets sockets over which TLS failed


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    gc.collect()  # here, where nobody minds


TABLES = {
    "postgresql": "CREATE TABLE t{0} (id int PRIMARY KEY, a int REFERENCES t{0}, n text UNIQUE);"
    "CREATE INDEX tn{0} ON t{0} (n);",
    "mysql": "CREATE TABLE t{0} (id int PRIMARY KEY, a int, n varchar(9) UNIQUE, KEY i{0} (n), "
    "CONSTRAINT fk{0} FOREIGN KEY (a) REFERENCES t{0} (id));",
}


def tables(server: Server, number: int = 20) -> str:
    return "".join(TABLES[server.provider.family].format(one) for one in range(number))


@contextmanager
def with_password(server: Server, url: str) -> Iterator[str]:
    """The URL for a user who has to give a password."""
    role = f"ns_network_{os.getpid()}"
    if server.provider.family == "postgresql":  # it is not asked for, and passed all the same
        make, drop = f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'", f"DROP ROLE {role}"
    else:
        make = f"CREATE USER {role} IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON `{database_of(url)}`.* TO {role}"
        drop = f"DROP USER {role}"
    server.execute(url, make)
    try:
        yield urlsplit(url)._replace(netloc=f"{role}:{PASSWORD}@{urlsplit(url).netloc.rpartition('@')[2]}").geturl()
    finally:
        server.execute(server.url, drop)


def target(url: str) -> Target:
    return parse_url(url, base=Path("/"))


def outcome(url: str, limits: Limits) -> Catalog | NamesyncError:
    try:
        return read(target(url), connect_timeout_s=limits.connect_s, statement_timeout_s=limits.statement_s)
    except NamesyncError as error:
        return error


def assert_clear(found: object, url: str) -> None:
    """An error that says which server, what happened and what to do, and tells no password."""
    assert isinstance(found, ConnectionFailed), type(found)
    assert str(found).startswith(f"{target(url).shown}: ")
    assert "no answer in time" in found.what or "the connection was lost" in found.what, found.what
    assert found.hint
    assert PASSWORD not in repr(found) + str(found)


def recorded(proxy: Proxy, url: str) -> tuple[Catalog, list[tuple[Toward, int]]]:
    """What is read through the proxy, and where one could strike meanwhile."""
    proxy.arm(None)
    have = read(target(via(url, proxy.port)))
    chunks = points(list(proxy.chunks))
    return have, chunks


def struck(where: str, fault: Fault, have: Catalog, tally: Tally) -> None:
    """One reading through a network that fails at a byte."""
    limits = Limits(20, 20) if fault.kind is Kind.DELAY else Limits(2, 1)
    with (
        Proxy(int(urlsplit(where).port or 0)) as proxy,
        tally.trial(AREA, f"a connection {fault.kind} while a catalog is read"),
    ):
        proxy.arm(fault)
        url = via(where, proxy.port)
        began = time.monotonic()
        found = outcome(url, limits)
        took = time.monotonic() - began
        if isinstance(found, Catalog):
            assert (found == have) is True, "a part of a catalog was taken for all of it"
        else:
            assert proxy.struck or took >= limits.connect_s, found  # or the machine was too busy
            assert fault.kind is not Kind.DELAY, found
            assert_clear(found, url)
        assert took <= 1.2 * (limits.connect_s + limits.statement_s) + SLACK_S, f"{fault} took {took:.1f} s"


@ANY
def test_every_stage_of_reading(server: Server, tally: Tally, capfd: pytest.CaptureFixture[str]) -> None:
    """Name, log-in, settings, each query, the middle of rows, the end: dropped, delayed, trickled, truncated, reset."""
    with with_password(server, server.create(tables(server))) as url, Proxy(int(urlsplit(url).port or 0)) as proxy:
        have, places = recorded(proxy, url)
        assert len(places) > 30
        assert have.objects
        seconds = {Kind.DELAY: 0.1, Kind.TRICKLE: 0.4}
        faults = [Fault(kind, *place, seconds.get(kind, 0)) for place in places for kind in Kind]
        faults = random.Random(7).sample(faults, min(tally.size(50, 250), len(faults)))
        if LONG:  # and anywhere else
            ends = {toward: max(after for way, after in places if way is toward) for toward in Toward}
            ways = [random.choice(list(Toward)) for _ in range(100)]
            faults += [Fault(random.choice(list(Kind)[::2]), way, random.randrange(ends[way])) for way in ways]
        with ThreadPoolExecutor(10) as pool:
            for _ in pool.map(lambda fault: struck(url, fault, have, tally), faults):
                pass
    assert capfd.readouterr().err == "", "nothing is said past the error"


@contextmanager
def greeting(server: Server) -> Iterator[int]:
    """A port of which nothing comes but what a server says first: on MySQL it is the one to begin."""
    with ExitStack() as stack:
        if server.provider.family == "postgresql":
            yield stack.enter_context(silent())
            return
        proxy = stack.enter_context(Proxy(int(urlsplit(server.url).port or 0)))
        proxy.arm(Fault(Kind.DROP, Toward.SERVER))
        yield proxy.port


@pytest.mark.parametrize("seconds", [0.5, 1, 2, 3, 5, 10] if LONG else [1])
@ANY
def test_a_server_that_accepts_and_never_answers(server: Server, seconds: float, tally: Tally) -> None:
    with silent() as nothing, greeting(server) as greeted:
        for port in (nothing, greeted):
            url = via(server.url, port)
            with tally.trial(AREA, "a server that accepts and never answers, left in time"):
                took, found = timed(lambda url=url: outcome(url, Limits(seconds, 60)))
                assert_clear(found, url)
                assert seconds * 0.95 <= took <= seconds * 1.2 + SLACK_S


@pytest.mark.parametrize("seconds", [0.5, 1, 2, 3, 5] if LONG else [1])
@ANY
def test_a_server_that_falls_silent(server: Server, seconds: float, tally: Tally) -> None:
    """In the middle of the catalog: dropped for good, or a byte now and then, so that something is always coming."""
    url = server.create(tables(server))
    with Proxy(int(urlsplit(url).port or 0)) as proxy:
        _, places = recorded(proxy, url)
        answers = [after for way, after in places if way is Toward.CLIENT]
        middle = Toward.CLIENT, max(pairwise(answers), key=lambda pair: pair[1] - pair[0])[0] + 1
        for kind in (Kind.DROP, Kind.TRICKLE):
            proxy.arm(Fault(kind, *middle, seconds=0.2))
            with tally.trial(AREA, "a server that stops answering a query, or trickles, left in time"):
                took, found = timed(lambda: outcome(via(url, proxy.port), Limits(30, seconds)))
                assert_clear(found, via(url, proxy.port))
                assert seconds * 0.95 <= took <= seconds * 1.2 + SLACK_S


def timed(action: Callable[[], object]) -> tuple[float, object]:
    began = time.monotonic()
    found = action()
    return time.monotonic() - began, found


@ANY
def test_several_at_once_take_no_longer_than_one(server: Server, tally: Tally, namesync_in: Callable[..., object]) -> None:
    """Eight environments that never answer, and two that do: one limit, not eight."""
    url = server.create(tables(server, 1))
    with silent() as port:
        lines = [f'[environments.e{number}]\nurl = "{via(url, port)}"\nconnect_timeout = 1\n' for number in range(8)]
        lines += [f'[environments.{name}]\nurl = "{url}"\n' for name in ("prod", "dev")]
        with tally.trial(AREA, "several environments silent at once, left in the time of one"):
            from namesync import api

            namesync_in("\n".join(lines))
            took, report = timed(lambda: api.diff(*(f"e{number}" for number in range(8)), "prod", "dev"))
            states = [bool(one.error) for one in report.environments]  # type: ignore[attr-defined]
            assert states == [True] * 8 + [False] * 2
            assert Rule.MISSING_OBJECT not in {one.rule for one in report.findings}  # type: ignore[attr-defined]
            assert took <= 1.2 + SLACK_S


@pytest.fixture
def namesync_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes an empty folder with a configuration the current one."""
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / "namesync.toml").write_text(text, encoding="utf-8")  # type: ignore[return-value]


@pytest.mark.parametrize("first", ["silent", "gone"])
@ANY
def test_a_name_with_several_addresses(server: Server, first: str, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is one for all of them; where the first is silent, the second still gets its turn."""
    url = server.create(tables(server, 1))
    port = int(urlsplit(url).port or 0)
    real = socket.getaddrinfo

    def resolve(host: object, *rest: object, **named: object) -> list[object]:
        names = ["127.0.0.2", "127.0.0.1"] if host == "two.test" else [host]
        return [found for name in names for found in real(name, *rest, **named)]  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    named = urlsplit(url)._replace(netloc=f"{urlsplit(url).username}@two.test:{port}").geturl()
    with ExitStack() as stack:
        if first == "silent":
            listener = stack.enter_context(socket.create_server(("127.0.0.2", port), backlog=1))
            assert listener
        with tally.trial(AREA, "a name of which the first address is dead"):
            took, found = timed(lambda: outcome(named, Limits(4, 4)))
            if server.provider.family == "postgresql" or first == "gone":
                assert isinstance(found, Catalog), found
            else:  # its driver goes by who accepts
                assert_clear(found, named)
            assert took <= 4 * 1.2 + SLACK_S
