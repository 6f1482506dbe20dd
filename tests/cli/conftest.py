"""The program as a user meets it: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from namesync.cli import program
from namesync.cli.failure import run
from namesync.model import Catalog
from namesync.sources.snapshot import dump
from tests.core.worlds import fk, index, pk, unique, world

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def namesync(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program in an empty folder, within this process."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(program, list(arguments))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return called


def start(*arguments: str, folder: Path, **variables: str) -> subprocess.Popen[bytes]:
    """The program as a process of its own, with a clean environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "namesync", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes]) -> Ended:
    """Waits for a process started by `start`."""
    out, err = process.communicate(timeout=120)
    return Ended(process.returncode, out.decode(), err.decode())


PROD = world(
    pk("User", "id", "User_pkey"),
    unique("User", "email", "User.email_unique"),
    pk("Post", "id", "odd_pk"),
    fk("Post", "authorName", "User(name)", "Custom_Production_Name"),
    index("Post", "title", "Post_title_idx"),
)
DEV = world(
    pk("User", "id", "User_pkey"),
    unique("User", "email", "User_email_key"),
    pk("Post", "id", "odd_pk"),
    fk("Post", "authorName", "User(name)", "Custom_Foreign_Key_Constraint"),
)


@pytest.fixture
def snapshots(tmp_path: Path) -> Callable[..., None]:
    """Writes catalogs as snapshot files: `snapshots(prod=..., dev=...)`; the guide's two without arguments."""

    def write(**catalogs: Catalog) -> None:
        for name, catalog in (catalogs or {"prod": PROD, "dev": DEV}).items():
            (tmp_path / f"{name}.json").write_text(dump(catalog), encoding="utf-8")

    return write
