"""Runs commands as the smallest process there can be, and says what each cost.

Linux counts the memory of the process that starts another as that one's own, up to the moment it becomes another program: so
whoever measures peaks has to be small. `python -I -S launcher.py REQUEST`, where the request is a file with JSON:
{"commands": [{"argv": [], "folder": "", "environment": {}, "output": ""}], "together": false, "timeout": 60}. Prints
{"each": [[exit code, seconds of processor, peak bytes]], "wall": seconds}, and "late": true where the time was up.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

_running: list[int] = []
_late: list[bool] = []


def start(command: dict[str, Any]) -> int:
    os.chdir(command["folder"])
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, command["output"], writing, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, f"{command['output']}.err", writing, 0o600),
    ]
    environment = {**command["environment"], "NAMESYNC_BENCHMARK_BEGAN": repr(time.monotonic())}
    process = os.posix_spawn(command["argv"][0], command["argv"], environment, file_actions=files, setpgroup=0)
    _running.append(process)
    return process


def end(process: int) -> tuple[int, float, int]:
    _, status, usage = os.wait4(process, 0)
    _running.remove(process)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def too_late(*_: object) -> None:
    _late.append(True)
    for process in _running:
        os.killpg(process, signal.SIGKILL)


def main() -> None:
    with open(sys.argv[1]) as file:
        request = json.load(file)
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(request["timeout"])
    began = time.monotonic()
    if request["together"]:
        costs = [end(process) for process in [start(command) for command in request["commands"]]]
    else:
        costs = [end(start(command)) for command in request["commands"] if not _late]
    print(json.dumps({"each": costs, "wall": time.monotonic() - began, "late": bool(_late)}))


if __name__ == "__main__":
    main()
