"""`namesync job serve`: a process that runs on schedule, shows where everything stands, and ends when told."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest

from namesync.errors import UsageError
from namesync.job.history import open_history
from namesync.job.page import page
from namesync.job.run import Request as JobRequest
from namesync.job.schedule import calendars, parse_schedule
from namesync.job.serve import Service, _scheduler
from tests.cli.conftest import Ended, start
from tests.core.worlds import index
from tests.job.conftest import Project
from tests.job.test_real_world import configure, deployment
from tests.servers import Server


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process, and the address it listens on; killed at the end if it is still there."""
    process = start("job", "serve", "--schedule", "0 6 * * *", "--port", "0", *words, folder=folder)
    try:
        yield process, _address(process)
    finally:
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    found = re.search(r"http://\S+?:\d+/", line)
    assert found, line + process.stderr.read().decode()
    return found[0]


def ended(process: subprocess.Popen[bytes]) -> Ended:
    out, err = process.communicate(timeout=90)
    return Ended(process.returncode, out.decode(), err.decode())


def got(url: str) -> str:
    with urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def wait_for(url: str, words: str) -> str:
    for _ in range(200):
        if words in (text := got(url)):
            return text
        time.sleep(0.05)
    raise AssertionError(text)


def test_what_it_shows(project: Project) -> None:
    project.drift("odd")
    with serving(project.folder, "--at-start") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        metrics = wait_for(f"{address}metrics", 'namesync_findings{environment="dev",rule="name-drift"} 1.0')
        assert 'namesync_environment_state{environment="prod",state="read"} 1.0' in metrics
        assert json.loads(got(f"{address}healthz")) == {"status": "ok"}
        text = got(address)
        assert "name-drift T (a): same index, only the name differs" in text
        assert "<script" not in text
        with pytest.raises(HTTPError, match="404"):
            got(f"{address}nothing")
        with pytest.raises(HTTPError, match="501"):
            urlopen(Request(address, b"", method="POST"), timeout=10)
        process.send_signal(signal.SIGTERM)
        done = ended(process)
    assert (done.code, "run 1 ended with 1: 1 new" in done.err, done.err.endswith("stopped\n")) == (0, True, True)


@pytest.mark.parametrize("server", ["postgresql-16"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_the_middle_of_a_run(project: Project, server: Server, number: int) -> None:
    """A run that waits for a deployment: it is stopped, not recorded, and the next one may start at once."""
    url = server.create("CREATE TABLE t (id int PRIMARY KEY)")
    configure(project, url, url, job="deploy_wait = 600")
    with deployment(url, server.provider):
        with serving(project.folder, "--at-start") as (process, _):
            for _ in range(200):
                if "running" in project.job("history").out:
                    break
                time.sleep(0.05)
            began = time.monotonic()
            process.send_signal(number)
            done = ended(process)
        assert (done.code, "the run was stopped" in done.err) == (0, True)
        assert time.monotonic() - began < 8
    assert "stopped" in project.job("history").out
    assert project.check()["run"] == 2


def test_it_ends_while_a_server_is_silent(project: Project) -> None:
    """Nothing can be asked to stop there: after the grace the run is given up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=60"
        project.configure(f'[environments.prod]\nurl = "{url}"\n')
        with serving(project.folder, "--at-start") as (process, _):
            for _ in range(200):
                if "running" in project.job("history").out:
                    break
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            assert ended(process).code == 0
    assert "stopped" in project.job("history").out


def test_a_port_that_is_taken(project: Project) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        done = project.job("serve", "--schedule", "0 6 * * *", "--port", str(taken.getsockname()[1]))
    assert (done.code, "can't listen there" in done.err) == (2, True)


def test_apscheduler_is_not_installed(project: Project, no_module: object) -> None:
    no_module("apscheduler.schedulers.background")  # type: ignore[operator]
    done = project.job("serve", "--schedule", "0 6 * * *", "--port", "0")
    assert (done.code, "pip install 'namesync[job]'" in done.err) == (2, True)


class TestPage:
    def test_hostile_names(self, project: Project) -> None:
        project.have("prod", index("T", "a", "<img src=x onerror=alert(1)>"))
        project.have("dev", index("T", "a", "\u202eodd\x1b[31m"))
        project.job("run")
        text = page(open_history("", project.folder), "0 6 * * *")
        assert "<img" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text

    def test_what_is_drawn(self, project: Project) -> None:
        """A step line for each environment that ever had findings, a bar for the life of each finding."""
        for name in ("odd", "odd", "T_a_idx", "T_a_idx"):
            project.drift(name)
            project.job("run")
        text = page(open_history("", project.folder), "0 6 * * *")
        drawings = [ElementTree.fromstring(one) for one in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
        assert [next(iter(one)).tag for one in drawings] == ["polyline", "rect"]
        heights = [point.partition(",")[2] for point in drawings[0][0].attrib["points"].split()]
        assert heights == ["2.0"] * 4 + ["38.0"] * 4
        assert (drawings[1][0].attrib["x"], drawings[1][0].attrib["width"]) == ("0.0", "300.0")

    def test_an_empty_history(self, project: Project) -> None:
        assert "none yet" in page(open_history("", project.folder), "0 6 * * *")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("0 6 * * *", ["*-*-* 6:0:00"], id="daily"),
        pytest.param("*/15 6,18 * * *", ["*-*-* 6,18:0/15:00"], id="steps and lists"),
        pytest.param("0 9-17/2 * * 1-5", ["Mon,Tue,Wed,Thu,Fri *-*-* 9..17/2:0:00"], id="weekdays"),
        pytest.param("0 6 * * sun", ["Sun *-*-* 6:0:00"], id="by name"),
        pytest.param("0 6 1 */3 7", ["*-1/3-1 6:0:00", "Sun *-1/3-* 6:0:00"], id="either"),
    ],
)
def test_systemd_has_the_same_schedule(text: str, wanted: list[str]) -> None:
    assert calendars(parse_schedule(text)) == wanted


_OUT_OF_RANGE = ("60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *")
_UNREADABLE = ("", "* * * *", "x * * * *", "*5 * * * *", "1,,2 * * * *", "0 6 * * * *")


@pytest.mark.parametrize("text", [*_OUT_OF_RANGE, *_UNREADABLE])
def test_no_schedule(text: str) -> None:
    with pytest.raises(UsageError, match="no schedule"):
        parse_schedule(text)


@pytest.mark.parametrize(
    ("text", "after", "next_run"),
    [
        pytest.param("0 6 * * 0", "2026-11-20", "2026-11-22", id="0 is Sunday"),
        pytest.param("0 6 * * 7", "2026-11-20", "2026-11-22", id="7 is Sunday"),
        pytest.param("0 6 * * 1-5", "2026-11-21", "2026-11-23", id="1 is Monday"),
        pytest.param("0 6 1 * 6", "2026-11-20", "2026-11-21", id="day or weekday: weekday"),
        pytest.param("0 6 25 * 0", "2026-11-23", "2026-11-25", id="day or weekday: day"),
    ],
)
def test_apscheduler_has_the_same_schedule(text: str, after: str, next_run: str) -> None:
    """It numbers weekdays from Monday, cron from Sunday."""
    scheduler = _scheduler(Service(JobRequest(), parse_schedule(text)), Event())
    (job,) = scheduler._pending_jobs
    trigger = job[0].trigger
    now = datetime.fromisoformat(f"{after}T12:00:00").astimezone()
    assert trigger.get_next_fire_time(None, now).date().isoformat() == next_run
