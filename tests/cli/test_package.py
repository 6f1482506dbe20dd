"""The wheel: everything the program reads is in it, and it runs from there, outside the checkout."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from namesync import __version__
from tests.cli.conftest import ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `pip install` would put into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m namesync` of the wheel."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site)}
    command = [sys.executable, "-P", "-m", "namesync", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120)


def files_of(folder: Path) -> set[str]:
    found = (path for path in (folder / "namesync").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in found}


def test_it_holds_every_file_of_the_package(unpacked: Path) -> None:
    held = files_of(unpacked)
    assert held == files_of(ROOT)
    assert "namesync/py.typed" in held
    assert {Path(name).suffix for name in held} >= {".py", ".sql", ".md", ".json", ".prisma"}


def test_it_runs(unpacked: Path, tmp_path: Path) -> None:
    """With its own queries, pages and JSON Schemas, not those of the checkout."""
    home = run(unpacked, tmp_path, "--version")
    assert (home.stdout, home.stderr, home.returncode) == (f"namesync {__version__}\n", "", 0)
    for name, index in (("prod", "odd"), ("dev", "T_a_key")):
        with sqlite3.connect(tmp_path / f"{name}.db") as database:
            database.executescript(f'CREATE TABLE "T" (a int); CREATE UNIQUE INDEX "{index}" ON "T" (a);')
        database.close()
    ended = run(unpacked, tmp_path, "diff", "file:prod.db", "file:dev.db")
    assert ended.returncode == 1, ended.stderr
    assert "odd in prod, T_a_key in dev" in ended.stdout
    assert run(unpacked, tmp_path, "explain", "name-drift").stdout.startswith("# name-drift")


def test_the_wheels_own_files_are_read(unpacked: Path, tmp_path: Path) -> None:
    page = unpacked / "namesync" / "rules" / "off-convention.md"
    page.write_text("# the wheel's own\n\nIndeed.\n")
    assert run(unpacked, tmp_path, "explain", "off-convention").stdout.startswith("# the wheel's own")
