"""Servers that the rights' tests need for themselves, since what they do to one would be felt by all: settings, replicas.

Each is started once for all workers of a run, in its folder, and stopped with the others (`tests.starting`); a PgBouncer is
started for a test.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.model import Provider
from tests import engines, starting
from tests.engines import Found, Missing
from tests.servers import Server, missing

_RUN = "NAMESYNC_TEST_RUN"
_SETTINGS: dict[str, str | int] = {
    "wal_level": "replica",
    "max_wal_senders": 8,
    "log_statement": "all",
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_directory": "said",
    "log_filename": "said",
    "log_rotation_size": 0,
}


@cache
def server(name: str) -> Server:
    """That called `primary-16`, `standby-16`, `mariadb` or `mysql`; skips the test where there is none."""
    kind, _, version = name.partition("-")
    provider = Provider(kind) if kind in ("mariadb", "mysql") else Provider.POSTGRESQL
    start = {"primary": _primary, "standby": _standby}.get(kind, _mysql)
    try:
        found = starting.obtain(Path(os.environ[_RUN]), f"apart-{name}", partial(start, version or kind))
    except Missing as reason:
        pytest.skip(f"no {name} apart: {reason}")
    return Server(provider, found.version, found.url, found.socket)


@contextmanager
def held(name: str, *, alone: bool = False) -> Iterator[Server]:
    """A server while no other worker does anything to it as a whole; `alone`: for who does."""
    found = server(name)
    with Path(os.environ[_RUN], f"apart-{name}.held").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield found


def _primary(version: str, folder: Path) -> Found:
    """It writes down every statement, and may have standbys."""
    return replace(engines.local_postgresql(folder, _binaries(version), **_SETTINGS), provider="a primary of PostgreSQL")


def _standby(version: str, folder: Path) -> Found:
    """A hot standby that streams from the primary of its version."""
    first = server(f"primary-{version}")
    user = engines.unprivileged(folder)
    binaries = engines.readable(_binaries(version), folder, user)
    data, log, port = folder / "data", folder / "log", engines.free_port()

    def run(tool: str, *arguments: str) -> None:
        with log.open("ab") as output:
            command = [str(binaries / tool), "-D", str(data), *arguments]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, timeout=120, **user
            )
        if done.returncode:
            raise Missing(f"{tool} failed: {engines.tail(log)}")

    run("pg_basebackup", "-d", first.url, "--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--no-sync")
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(f"port = {port}\nunix_socket_directories = '{folder}'\nhot_standby_feedback = off\n")
    run("pg_ctl", "start", "-w", "-t", "60", "-l", str(folder / "server.log"))
    url = urlsplit(first.url)._replace(netloc=f"postgres@127.0.0.1:{port}").geturl()
    return Found("its standby", first.version, url, str(folder))


def caught_up(standby: Server, primary: Server) -> None:
    """Waits until the standby has what the primary has."""
    ((position,),) = primary.query(primary.url, "SELECT pg_current_wal_insert_lsn()::text")
    deadline = time.monotonic() + 60
    while standby.query(standby.url, f"SELECT pg_last_wal_replay_lsn() >= '{position}'") != [(True,)]:
        assert time.monotonic() < deadline, "the standby does not follow"
        time.sleep(0.02)


def said(server: Server, user: str) -> list[str]:
    """What a role has told a primary or a standby so far, session by session, each statement as the server's log has it."""
    lines = Path(server.socket, "data", "said", "said.json").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if f'"user":"{user}"' in line]
    told = [entry for entry in entries if entry["message"].startswith(("statement: ", "execute "))]
    return [entry["message"] for entry in sorted(told, key=lambda entry: entry["session_id"])]


def _binaries(version: str) -> Path:
    found = engines.postgresql_binaries()
    if version not in found:
        raise Missing(f"no binaries of PostgreSQL {version}")
    return found[version]


def _mysql(kind: str, folder: Path) -> Found:
    program = engines.program_named("mariadbd" if kind == "mariadb" else "mysqld")
    if program is None:
        raise Missing(f"no program of {kind} on this machine, and it is to be a server apart")
    return replace(engines.local_mysql(folder, kind, program), provider=f"a {kind} apart")


@contextmanager
def pgbouncer(behind: Server, **settings: str | int) -> Iterator[str]:
    """The administrator's URL of a PgBouncer before a PostgreSQL; every role is let in. Skips the test where there is none."""
    program = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if program is None:
        missing("pgbouncer", "no program of that name on this machine")
    parts, port = urlsplit(behind.url), engines.free_port()
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", dir=os.environ[_RUN]) as name:
        folder = Path(name)
        users = behind.query(behind.url, "SELECT rolname FROM pg_roles")
        (folder / "users").write_text("".join(f'"{user}" ""\n' for (user,) in users))
        given = {"listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "trust",
                 "auth_file": folder / "users", "pool_mode": "transaction", **settings}  # fmt: skip
        lines = "".join(f"{key} = {value}\n" for key, value in given.items())
        (folder / "ini").write_text(f"[databases]\n* = host={parts.hostname} port={parts.port}\n[pgbouncer]\n{lines}")
        log = folder / "log"
        with log.open("wb") as output:
            command = [program, str(folder / "ini")]
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **engines.unprivileged(folder))
        (folder / "started").write_text(str(process.pid))  # for the guard, should this process be killed
        try:
            _listening(port, process, log)
            yield parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()
        finally:
            process.kill()
            process.wait()


def _listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, engines.tail(log)
            assert time.monotonic() < deadline, engines.tail(log)
            time.sleep(0.01)
        else:
            return
