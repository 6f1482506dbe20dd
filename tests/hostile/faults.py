"""Faults under the real program: at any call to the system (strace), and on disks that are full or read-only (namespaces)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Ended

_CHANGES = (
    "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "unlink", "unlinkat", "rmdir", "chmod",
    "fchmod", "fchmodat", "write", "writev", "pwrite64", "ftruncate", "fsync", "fdatasync", "open", "openat", "creat",
)  # fmt: skip
TIDYING = frozenset({"unlink", "unlinkat", "rmdir"})
"""Where these fail, something may be left; nothing else may be wrong."""

_CALL = re.compile(r"(?P<process>\d+) +(?P<name>\w+)\((?P<arguments>.*)")
_DRAFT = re.compile(r"(^|/)\.namesync-[^/]*[0-9a-f]{16}")
_STAMP = re.compile(r"\d{14}(?=_)")

Tree = dict[str, bytes]


@dataclass(frozen=True)
class Call:
    """A call to the system that changes something in a folder: the `count`-th of that name in its thread, from 1."""

    name: str
    count: int


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "namesync", *words]


def environment() -> dict[str, str]:
    """The same calls each time: no bytecode is written, no set is in another order."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def run(words: Iterable[str], folder: Path) -> Ended:
    done = subprocess.run(
        list(words), cwd=folder, env=environment(), capture_output=True, stdin=subprocess.DEVNULL, timeout=120
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


@cache
def _strace() -> str:
    """Why there is no strace, "" where there is."""
    if shutil.which("strace") is None:
        return "no strace on this machine"
    tried = subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], capture_output=True, timeout=20)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.decode()[-200:]}"


def need_strace() -> None:
    if reason := _strace():
        pytest.skip(reason)


def changing_calls(words: list[str], folder: Path, log: Path) -> list[Call]:
    """Runs a command; the calls by which it changes what is in the folder, in their order."""
    ended = run([*_traced(log, "-y"), *words], folder)
    assert ended.code in (0, 1), ended
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for line in log.read_text(errors="replace").splitlines():
        call = _CALL.match(line)
        if call is None or "resumed>" in line:
            continue
        counts[call["process"], call["name"]] += 1
        reads = call["name"].startswith("open") and not re.search("O_WRONLY|O_RDWR|O_CREAT", line)
        if not reads and _is_in(folder, call["arguments"]):
            found.append(Call(call["name"], counts[call["process"], call["name"]]))
    return found


def _is_in(folder: Path, arguments: str) -> bool:
    """Whether a path among the arguments is in the folder; relative ones are, since the program runs there."""
    paths = re.findall(r'"((?:[^"\\]|\\.)*)"', arguments) if not re.match(r"\d+<", arguments) else []
    paths += re.findall(r"^\d+<([^>]*)>", arguments)
    return any(path.startswith(str(folder)) or not path.startswith(("/", "pipe:", "socket:")) for path in paths)


def injected(words: list[str], folder: Path, call: Call, fault: str) -> Ended:
    """Runs a command with a fault (`error=ENOSPC`, `signal=KILL`) at a call."""
    traced = _traced(Path(os.devnull), "-e", f"inject={call.name}:{fault}:when={call.count}")
    if fault.startswith("signal="):
        traced.remove("--seccomp-bpf")  # it stops where no signal can be given
    ended = run([*traced, *words], folder)
    return Ended(-signal.SIGKILL, ended.out, ended.err) if ended.code in (-signal.SIGKILL, 128 + signal.SIGKILL) else ended


def _traced(log: Path, *options: str) -> list[str]:
    names = ",".join(f"?{name}" for name in _CHANGES)
    return ["strace", "-f", "--seccomp-bpf", "-qq", *options, "-o", str(log), "-e", f"trace={names}"]


def tree(folder: Path) -> Tree:
    """Every file by its path, and every empty folder; migrations without the second of their making."""
    found = (path for path in folder.rglob("*") if path.is_file() or (path.is_dir() and not any(path.iterdir())))
    return {_STAMP.sub("STAMP", str(path.relative_to(folder))): path.read_bytes() if path.is_file() else b"" for path in found}


def without_drafts(found: Tree) -> Tree:
    """What is left of a tree without the program's own temporary files."""
    return {path: data for path, data in found.items() if not _DRAFT.search(path)}


@cache
def _namespaces() -> str:
    """Why no disk can be made for a process alone, "" where one can."""
    if shutil.which("unshare") is None:
        return "no unshare on this machine"
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]
    tried = subprocess.run(words, capture_output=True, timeout=20)
    return "" if tried.returncode == 0 else f"no user namespaces with mounts here: {tried.stderr.decode()[-200:]}"


def need_disks() -> None:
    if reason := _namespaces():
        pytest.skip(reason)


_ON_A_DISK = """
mount -t tmpfs -o "$3" none "$1" && cp -a "$2/." "$1" && cd "$1" || exit 99
eval "$4"
shift 4
"$@"
code=$?
rm -f .ballast*
cp -a . ../after
exit $code
"""


def on_a_disk(words: list[str], project: Path, disk: Path, *, options: str, prepare: str) -> tuple[Ended, Tree]:
    """Runs a command on a copy of the project, on a disk that only it sees at `disk`; how it ended, and what is there then.

    `options` are those of mounting a tmpfs; `prepare` shell commands that leave no room or no right to write. Files named
    `.ballast*` are not the project's.
    """
    after = disk.parent / "after"
    shutil.rmtree(after, ignore_errors=True)
    after.mkdir()
    shell = ["unshare", "--map-root-user", "--mount", "sh", "-c", _ON_A_DISK, "sh", str(disk), str(project), options, prepare]
    return run([*shell, *words], disk.parent), tree(after)
