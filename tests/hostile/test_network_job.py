"""The drift job over a network that fails: of a run its history has all or nothing, and no message is lost."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from namesync.config import Config
from namesync.config import Job as JobTable
from namesync.errors import ConnectionFailed
from namesync.job.channels import channels
from namesync.job.history import Clock
from namesync.job.outbox import NotDelivered
from namesync.job.run import Request, run
from namesync.sources.snapshot import dump
from tests.core.worlds import index, pk, world
from tests.hostile.proxy import Fault, Kind, Point, Proxy, Toward, points, via
from tests.hostile.tally import Tally
from tests.hostile.test_network import ANY, AREA, LONG, SLACK_S
from tests.servers import Server

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # PyMySQL forgets sockets over which TLS failed

SECRET = "hunter" + "2"
FIVE_MINUTES_S = 400.0
"""More than a message is waited for that somebody may be sending."""


@dataclass
class Receiver:
    """A webhook; `got` is every message that reached it, again where it came again."""

    port: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) == int(self.headers["Content-Length"]):
                state.got.append(json.loads(body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            pass  # a line that breaks is what is tried

    server = Server(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


class Job:
    """A project of two snapshot files, one index of which changes its name whenever `drift` is called; its own clock."""

    _numbers = count(1)

    def __init__(self, folder: Path, *, history: str = "", channel: str = "") -> None:
        self.folder = folder
        self.now = 1_800_000_000.0
        folder.mkdir()
        lines = ['[environments.prod]\nfile = "prod.json"\n[environments.dev]\nfile = "dev.json"\n[job]\n']
        lines += [f'history = "{history}"\n'] if history else []
        (folder / "namesync.toml").write_text("".join([*lines, f"{channel}\n" if channel else ""]), encoding="utf-8")
        self.have("prod", "T_a_idx")

    def have(self, name: str, index_name: str) -> None:
        have = world(pk("T", "id", "T_pkey"), index("T", "a", index_name))
        (self.folder / f"{name}.json").write_text(dump(have), encoding="utf-8")

    def drift(self) -> str:
        name = f"odd_{next(self._numbers)}"
        self.have("dev", name)
        return name

    def run(self) -> Any:
        self.now += FIVE_MINUTES_S
        return run(Request(config=self.folder / "namesync.toml", clock=Clock(lambda: self.now)))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("namesync.job.history._ANSWER_S", 4)
    monkeypatch.setattr("namesync.job.history._PAUSE_S", 1)
    monkeypatch.setattr("namesync.job.outbox.BACKOFF_S", 0.01)


def recorded_run(job: Job, proxy: Proxy) -> list[Point]:
    """Where one could strike during a run with something to tell."""
    proxy.arm(None)
    job.drift()
    assert not job.run().undelivered
    return points(list(proxy.chunks))


class Kept:
    """What the history says, asked past the proxy."""

    TABLES = ("finding", "event", "count", "outbox", "environment")

    def __init__(self, server: Server, url: str) -> None:
        self.ask: Callable[[str], list[tuple[Any, ...]]] = lambda sql: server.query(url, sql)

    def latest(self) -> tuple[int, str]:
        (found,) = self.ask("SELECT id, state FROM namesync_run ORDER BY id DESC LIMIT 1")
        return int(found[0]), str(found[1])

    def parts(self, number: int) -> set[str]:
        """Which parts of a run there are."""
        sets = {"event": "run", "count": "run", "outbox": "run"}
        found = {name for name, column in sets.items() if self.ask(f"SELECT 1 FROM namesync_{name} WHERE {column} = {number}")}
        return found | {"finding" for _ in self.ask(f"SELECT 1 FROM namesync_finding WHERE seen = {number}")}

    def name(self) -> str:
        """What the history believes that the index is called in dev."""
        (found,) = self.ask("SELECT content FROM namesync_finding WHERE state = 'open' AND rule = 'name-drift'")
        return str(json.loads(found[0])["names"]["dev"])


def one_history(job: Job, kept: Kept, proxy: Proxy, fault: Fault, tally: Tally) -> None:
    """A run during which the network to the history fails, and the next one, for which it is well again."""
    before, last = kept.name(), kept.latest()[0]
    proxy.arm(fault)
    name = job.drift()
    with tally.trial(AREA, f"a connection {fault.kind} while the history is written"):
        began = time.monotonic()
        try:
            outcome = job.run()
        except ConnectionFailed as error:
            outcome = error
        if isinstance(outcome, ConnectionFailed):
            assert outcome.hint
            assert SECRET not in str(outcome)
            assert fault.kind is not Kind.DELAY or time.monotonic() - began >= 2, "a delay within the limits is no failure"
        else:
            assert kept.name() == name
            assert outcome.exit_code() == 1
        assert time.monotonic() - began < 30 + SLACK_S
        proxy.arm(None)
        latest = kept.latest()[0]
        parts = kept.parts(latest) if latest > last else set()
        assert parts in ({"event", "count", "outbox", "finding"}, set()), f"{fault}: half a run: {parts}"
        assert kept.name() == (name if parts else before)
        after = job.run()
        assert after.exit_code() == 1
        assert kept.name() == name
        assert kept.latest() == (after.run, "done")
        assert not kept.ask("SELECT 1 FROM namesync_lease")
        assert not kept.ask("SELECT 1 FROM namesync_outbox WHERE state <> 'sent'")


@ANY
def test_a_history_on_a_server(server: Server, tally: Tally, tmp_path: Path) -> None:
    with receiver() as told:

        def several(number: int) -> None:
            url = server.create()
            with Proxy(int(urlsplit(url).port or 0)) as proxy:
                history = f"{via(url, proxy.port)}?connect_timeout=2"
                job = Job(tmp_path / str(number), history=history, channel=f'webhook = "http://127.0.0.1:{told.port}/"')
                places = recorded_run(job, proxy)
                assert len(places) > 60
                kept, own = Kept(server, url), random.Random(number)
                faults = [Fault(kind, *place, 0.1) for place in places for kind in Kind if kind is not Kind.TRICKLE]
                for fault in own.sample(faults, tally.size(2, 10)):
                    one_history(job, kept, proxy, fault, tally)
                changes = [message["changes"][0]["names"]["dev"] for message in told.got if message["changes"]]
                asked = {one for (one,) in kept.ask("SELECT message_id FROM namesync_outbox")}
                assert asked <= {message["id"] for message in told.got}, "a message was lost"
                assert changes

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(several, range(4)))


CHANNELS = {
    "webhook": 'webhook = "http://127.0.0.1:{port}/{secret}"',
    "apprise": 'apprise = ["json://127.0.0.1:{port}/{secret}"]',
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("channel", CHANNELS)
def test_messages(channel: str, tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be delivered waits, is told without the address, and arrives later: at least once, in order."""
    limits = partial(monkeypatch.setattr, "namesync.job.channels.TIMEOUT_S")
    if channel == "apprise":
        pytest.importorskip("apprise")
    with receiver() as told, Proxy(told.port) as proxy:
        job = Job(tmp_path / "job", channel=CHANNELS[channel].format(port=proxy.port, secret=SECRET))
        places = recorded_run(job, proxy)
        assert len(told.got) == 1
        seconds = {Kind.DELAY: 0.1, Kind.TRICKLE: 0.2}
        faults = [Fault(kind, *place, seconds.get(kind, 0)) for place in places for kind in Kind]
        if LONG:
            faults *= 4
        for fault in random.Random(3).sample(faults, min(tally.size(5, 60), len(faults))):
            with tally.trial(AREA, f"a connection {fault.kind} while a message is sent"):
                proxy.arm(fault)
                limits(5 if fault.kind is Kind.DELAY else 0.3)
                told.got.clear()
                names = [job.drift()]
                began = time.monotonic()
                outcome = job.run()
                assert time.monotonic() - began <= 3 * 0.3 * 1.2 + 3 * SLACK_S or fault.kind is Kind.DELAY
                assert SECRET not in str(outcome.undelivered)
                if fault.kind is Kind.DELAY:
                    assert not outcome.undelivered
                proxy.arm(None)
                limits(5)
                names.append(job.drift())
                assert job.run().undelivered == ()
                first = {arrived(message): message for message in reversed(told.got)}
                assert sorted(first, key=lambda name: int(name.split("_")[1])) == names, (fault, told.got)


def arrived(message: dict[str, Any]) -> str:
    """The name of which a message tells: our webhook's has it as such, Apprise's in its text."""
    text = json.dumps(message)
    return "odd_" + text.rpartition("odd_")[2].split('"')[0].split(",")[0].split("\\")[0].split(" ")[0]


@pytest.mark.parametrize("kind", [Kind.DROP, Kind.TRICKLE])
def test_a_receiver_that_never_answers(kind: Kind, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    """One limit for one attempt, also where a byte comes now and then."""
    monkeypatch.setattr("namesync.job.channels.TIMEOUT_S", 1)
    with receiver() as told, Proxy(told.port) as proxy:
        proxy.arm(Fault(kind, Toward.CLIENT, 5, 0.2))
        found = channels(Config(root=Path(), job=JobTable(webhook=f"http://127.0.0.1:{proxy.port}/{SECRET}")), {})
        with tally.trial(AREA, "a receiver of messages that never answers, left in time"):
            began = time.monotonic()
            with pytest.raises(NotDelivered, match="no answer") as failure:
                found["webhook"]("id", {"title": "t"})
            assert SECRET not in str(failure.value)
            assert 0.95 <= time.monotonic() - began <= 1.2 + SLACK_S


@ANY
def test_a_process_that_lives_on(server: Server, tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In `job serve` a run whose end could not be told leaves its lease to a process that is still there: it blocks nobody."""
    url = server.create()
    with Proxy(int(urlsplit(url).port or 0)) as proxy:
        job = Job(tmp_path / "job", history=f"{via(url, proxy.port)}?connect_timeout=2")
        job.drift()
        job.run()

        def lost(*_: object) -> None:
            proxy.arm(Fault(Kind.RESET, Toward.SERVER))
            raise ConnectionFailed("lost in the middle")

        with monkeypatch.context() as middle, tally.trial(AREA, "a history that goes away in the middle of a run"):
            middle.setattr("namesync.job.run.record", lost)
            with pytest.raises(ConnectionFailed, match="lost in the middle"):
                job.run()
        proxy.arm(None)
        assert server.query(url, "SELECT run FROM namesync_lease") == [(2,)]
        assert job.run().run == 3
