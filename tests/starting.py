"""The servers of one run: each started once for all its workers, all stopped when it is over.

A run owns a temporary folder, with a folder for each server. Whoever needs a server first starts it under a file lock; the
others read `server.json`. A guard process (`python -m tests.starting FOLDER`) holds the other end of a pipe: when the run is
over, however it ended, it stops what runs in the folder and removes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.engines import Found, Missing, Start, sources


def guard(run: Path) -> subprocess.Popen[bytes]:
    """The process that tidies up once its input is closed: `communicate()` does and waits for it; so does a kill of ours."""
    command = [sys.executable, "-m", "tests.starting", str(run)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[1], start_new_session=True)


def obtain(run: Path, name: str, start: Start | None = None) -> Found:
    """The server called `name`, started if nobody has asked for it in this run yet. Raises Missing.

    `start` is how, for one that is not among the run's `sources`.
    """
    folder = run / name
    folder.mkdir(mode=0o755, exist_ok=True)
    record = folder / "server.json"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            try:
                found = (start or sources()[name])(folder)
            except Missing as reason:
                found = Found(name.partition("-")[0], missing=str(reason))
            record.write_text(json.dumps(asdict(found)))
    found = Found(**json.loads(record.read_text()))
    if found.missing:
        raise Missing(found.missing)
    return found


def covered(run: Path) -> list[Found]:
    """Every server asked for in this run."""
    return [Found(**json.loads(record.read_text())) for record in sorted(run.glob("*/server.json"))]


def stop_all(run: Path) -> None:
    """Stops every server in the folder without ceremony (their data go too) and removes the folder."""
    for record in run.glob("*/container"):
        subprocess.run(["docker", "rm", "--force", "--volumes", record.read_text()], capture_output=True, timeout=60)
    deadline = time.monotonic() + 15
    while run.exists():
        for record in run.glob("*/started"):
            _signal(record, signal.SIGKILL)
        running = list(run.glob("*/data/postmaster.pid"))
        for record in running:
            _signal(record, signal.SIGQUIT)  # an immediate shutdown gives shared memory back, a kill does not
        if not running or time.monotonic() > deadline:
            shutil.rmtree(run, ignore_errors=True)
        time.sleep(0.05)


def _signal(record: Path, number: signal.Signals) -> None:
    try:
        process = int(record.read_text().split("\n")[0])
        os.kill(process, number)
    except (OSError, ValueError):
        return  # it has gone in between
    if record.name == "started":
        record.unlink()  # once: the number may soon be another's


if __name__ == "__main__":
    sys.stdin.buffer.read()  # ends with the run
    stop_all(Path(sys.argv[1]))
