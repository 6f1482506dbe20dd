"""The history on every server it may be on: one writer at a time, nothing half done, the order told by runs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, inspect, select, text, update

from namesync.errors import ConfigError, ConnectionFailed
from namesync.job import listing, page
from namesync.job.history import LEASE_S, Busy, Clock, History, Lease, Overtaken, _engine, open_history
from namesync.job.life import Seen
from namesync.job.recording import Terms, record
from namesync.job.sight import Shard, Sight, Standing, State
from namesync.job.tables import MIGRATIONS, count, finding, lease, meta, migrate, run
from namesync.sources.url import parse_url
from tests.servers import Server


@pytest.fixture
def url(server: Server) -> str:
    return server.create()


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.now)


def seen(mark: str = "f" * 32, names: dict[str, str | None] | None = None, subject: str = "") -> Seen:
    content = {"fingerprint": mark, "rule": "name-drift", "severity": "error", "names": names or {"a": "x", "b": "y"}}
    told = {"environments": ["a", "b"], "kind": "index", "table": "T", "schema": None, "columns": ["c"], "message": "m"}
    return Seen(subject, {**content, **told})


def sight(*found: Seen, shard: Shard | None = None) -> Sight:
    read = {name: Standing(State.READ) for name in ("a", "b")}
    return Sight(frozenset(("a", "b", "g")), shard or Shard(), frozenset("g"), True, "a", list(found), read, {"g"})


def elsewhere(history: History, held: Lease) -> None:
    """As if another machine held the lease."""
    history.write(lambda connection: connection.execute(update(lease).values(holder=f"elsewhere:1:{held.holder[-4:]}")))


def state(history: History, number: int) -> str:
    return str(history.read(lambda connection: connection.execute(select(run.c.state).where(run.c.id == number)).scalar()))


def test_a_run(url: str, tmp_path: Path) -> None:
    history = open_history(url, tmp_path)
    outcomes = []
    for found in ([seen()], [seen()], [seen(names={"a": "x", "b": "z"})], []):
        held = history.begin("all")
        outcomes.append(record(history, held, sight(*found), 1, Terms()))
    assert [[life.what for life in outcome.lives] for outcome in outcomes] == [["new"], ["standing"], ["changed"], ["resolved"]]
    rows = listing.runs(history, 10).rows
    assert [(row["run"], row["state"], row["exit_code"]) for row in rows] == [
        (4, "done", 0),
        (3, "done", 1),
        (2, "done", 1),
        (1, "done", 1),
    ]
    prefix = "f" * 8
    assert [row["what"] for row in listing.life(history, prefix).rows] == ["new", "changed", "resolved"]
    assert "polyline" in page.page(history, "0 6 * * *")


def test_names_of_members_are_told_apart(url: str, tmp_path: Path) -> None:
    """By case and accent, which MySQL would not."""
    history = open_history(url, tmp_path)
    names = ("g/A", "g/a", "g/á", "g/\U0001f600")
    for _ in range(2):
        outcome = record(history, history.begin("all"), sight(*(seen(subject=name) for name in names)), 1, Terms())
    assert sorted(life.seen.subject for life in outcome.lives) == sorted(names)
    assert {life.what for life in outcome.lives} == {"standing"}


def test_one_at_a_time(url: str, tmp_path: Path) -> None:
    history = open_history(url, tmp_path)
    held = history.begin("all")
    with pytest.raises(Busy, match="run 1 is under way"):
        history.begin("all")
    other = history.begin("1/4")
    history.renew(held)
    history.stop(held)
    assert (state(history, held.run), state(history, other.run)) == ("stopped", "running")
    assert history.begin("all").run == 3


def test_of_many_at_once_one_begins(url: str, tmp_path: Path) -> None:
    """Also on a history that is not there yet."""

    def begin(_: int) -> int | None:
        try:
            return open_history(url, tmp_path).begin("all").run
        except Busy:
            return None

    with ThreadPoolExecutor(6) as pool:
        assert sorted(filter(None, pool.map(begin, range(6)))) == [1]


@pytest.mark.parametrize(
    ("seconds", "busy"),
    [
        pytest.param(1, True, id="alive"),
        pytest.param(LEASE_S + 1, False, id="silent for long"),
        pytest.param(-30, True, id="another clock is a little late"),
        pytest.param(-3600, False, id="the clock moved back"),
    ],
)
def test_a_lease_on_another_machine(sqlite: Server, tmp_path: Path, seconds: int, busy: bool) -> None:
    time = Time()
    history = open_history(sqlite.create(), tmp_path, time.clock())
    held = history.begin("all")
    elsewhere(history, held)
    time.now += seconds
    if busy:
        with pytest.raises(Busy):
            history.begin("all")
        return
    assert history.begin("all").run == 2
    assert state(history, 1) == "lost"


def test_who_was_overtaken_records_nothing(url: str, tmp_path: Path) -> None:
    time = Time()
    history = open_history(url, tmp_path, time.clock())
    slow = history.begin("all")
    elsewhere(history, slow)
    time.now += LEASE_S + 1
    outcome = record(history, history.begin("all"), sight(seen()), 1, Terms())
    assert [life.what for life in outcome.lives] == ["new"]
    for act in (lambda: history.renew(slow), lambda: record(history, slow, sight(), 1, Terms())):
        with pytest.raises(Overtaken, match="run 1 was overtaken"):
            act()
    assert (state(history, 1), state(history, 2)) == ("lost", "done")


def test_a_process_that_is_gone_is_not_waited_for(sqlite: Server, tmp_path: Path) -> None:
    history = open_history(sqlite.create(), tmp_path)
    history.begin("all")
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    gone = f"{socket.gethostname()}:{child.pid}:x"
    history.write(lambda connection: connection.execute(update(lease).values(holder=gone)))
    assert history.begin("all").run == 2


def test_a_clock_that_moves_back(sqlite: Server, tmp_path: Path) -> None:
    """The lives of findings go on, and the newest run is the last one."""
    time = Time()
    history = open_history(sqlite.create(), tmp_path, time.clock())
    found = []
    for days in (0, -400, 5):
        time.now += days * 86_400
        found.append([life.what for life in record(history, history.begin("all"), sight(seen()), 1, Terms()).lives])
    assert found == [["new"], ["standing"], ["standing"]]
    time.now -= 86_400 * 300
    assert [life.what for life in record(history, history.begin("all"), sight(), 1, Terms()).lives] == ["resolved"]
    assert [row["run"] for row in listing.runs(history, 10).rows] == [4, 3, 2, 1]


class TestVersions:
    def test_an_older_history_is_brought_up_to_date(self, url: str, tmp_path: Path) -> None:
        history = open_history(url, tmp_path)
        held = history.begin("all")

        def note(connection: Connection) -> None:
            if not inspect(connection).has_table("note"):
                connection.execute(text("CREATE TABLE note (words VARCHAR(10))"))

        steps = (*MIGRATIONS, note)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: open_at(url, tmp_path, steps), range(4)))
        version = history.read(lambda connection: connection.execute(select(meta.c.value)).scalar())
        assert (version, state(history, held.run)) == (2, "running")
        assert history.read(lambda connection: inspect(connection).has_table("note"))

    def test_a_newer_history_is_left_alone(self, sqlite: Server, tmp_path: Path) -> None:
        url = sqlite.create()
        open_history(url, tmp_path).write(lambda connection: connection.execute(update(meta).values(value=9)))
        with pytest.raises(ConfigError, match="the history has version 9"):
            open_history(url, tmp_path)

    def test_a_migration_that_was_cut_short(self, url: str, tmp_path: Path) -> None:
        """Tables there, their version not: MySQL commits one by one."""
        history = open_history(url, tmp_path)
        history.write(lambda connection: connection.execute(meta.delete()))
        assert open_history(url, tmp_path).begin("all").run == 1


def open_at(url: str, folder: Path, steps: tuple[object, ...]) -> None:
    _bare(url, folder).read(lambda connection: migrate(connection, steps))  # type: ignore[arg-type]


def _bare(url: str, folder: Path) -> History:
    target = parse_url(url, base=folder)
    return History(target, _engine(target), Clock())


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@127.0.0.1:1/d", "mysql://u:hunter2@127.0.0.1:1/d"])
def test_a_history_out_of_reach(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        open_history(url, tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_schema_of_its_own(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.create("CREATE SCHEMA drift")
    for _ in range(2):
        history = open_history(f"{url}{'&' if '?' in url else '?'}schema=drift", tmp_path)
        held = history.begin("all")
        record(history, held, sight(seen()), 1, Terms())
    query = "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'namesync%'"
    assert postgresql.query(url, query) == [("drift",)]


RUNS = 10_000


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Ten thousand runs of three environments, a thousand findings that came and went."""
    folder = tmp_path_factory.mktemp("long")
    history = open_history("", folder)
    done = {"scope": "all", "state": "done", "started": "2026-01-01T00:00:00+00:00", "seconds": 1, "tool": "x", "exit_code": 1}
    runs = [{"id": number, **done} for number in range(1, RUNS + 1)]
    counts = [
        {"run": number, "environment": name, "rule": "name-drift", "findings": number % 7}
        for number in range(1, RUNS + 1)
        for name in ("prod", "dev", "qa")
    ]
    found = [
        {"subject": "", "fingerprint": f"{number:032}", "rule": "name-drift", "severity": "error", "state": "resolved",
         "opened": number * 9, "seen": number * 9, "closed": number * 9 + 5, "content": _content(number)}
        for number in range(1, 1001)
    ]  # fmt: skip

    def fill(connection: Connection) -> None:
        for table, rows in ((run, runs), (count, counts), (finding, found)):
            connection.execute(insert(table), rows)

    history.write(fill)
    return history


def _content(number: int) -> str:
    return json.dumps(dict(seen(f"{number:032}").content))


class TestTenThousandRuns:
    """What is shown does not look through all that there is; the whole of it is read in one go."""

    def test_all_are_read(self, long_history: History) -> None:
        assert len(listing.runs(long_history, RUNS).rows) == RUNS
        assert listing.to_csv(listing.runs(long_history, RUNS)).count("\r\n") == RUNS + 1

    @pytest.mark.parametrize("read", [lambda history: listing.runs(history, 20), lambda history: page.page(history, "x")])
    def test_few_rows_are_read_for_a_screen(self, long_history: History, read: object) -> None:
        """Counted in SQLite's own steps: a look through all counts alone would take more than 100,000."""
        steps = Steps(long_history)
        read(steps.history)  # type: ignore[operator]
        assert steps.thousands < 60

    def test_a_run_does_not_get_slower(self, long_history: History) -> None:
        steps = Steps(long_history)
        record(steps.history, steps.history.begin("all"), sight(seen()), 1, Terms())
        assert steps.thousands < 60


class Steps:
    """The history, counting the steps of SQLite's virtual machine by the thousand."""

    def __init__(self, of: History) -> None:
        self.thousands = 0
        self.history = _bare(f"file:{of.target.url.database}", Path("/"))
        event.listen(self.history._engine, "connect", self._count)

    def _count(self, connection: object, _record: object) -> None:
        connection.set_progress_handler(self._tick, 1000)  # type: ignore[attr-defined]

    def _tick(self) -> int:
        self.thousands += 1
        return 0
