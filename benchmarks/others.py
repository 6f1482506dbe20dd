"""What namesync is compared with: Prisma from npm, SQLAlchemy's inspector, migra in an environment of its own.

What is not here yet is installed. Prisma's engine from npm and migra know PostgreSQL alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bare import ROOT, python
from benchmarks.measure import Command, Contender, Missing
from benchmarks.servers import Pair
from namesync.model import Provider

PULL = "prisma db pull, twice"
INSPECTOR = "SQLAlchemy's inspector"
MIGRA = "migra"
HERE = Path(__file__).parent


def pull(pair: Pair, _: Path) -> Contender:
    """What Prisma's guide has one do, before one compares by eye. Raises `Missing`."""
    if pair.provider is not Provider.POSTGRESQL:
        raise Missing("the engine that npm has does not know this server")
    home = _prisma()
    program = home / "node_modules" / "prisma" / "build" / "index.js"
    argv = (str(shutil.which("node")), str(program), "db", "pull", "--print")
    commands = tuple(Command(argv, _prismas_variables(home, url)) for url in pair.urls.values())
    return Contender(PULL, commands, home)


def inspector(pair: Pair, folder: Path) -> Contender:
    """Everything it says of the same objects."""
    return Contender(INSPECTOR, (python("inspector.py", *pair.urls.values()),), folder)


def migra(pair: Pair, folder: Path) -> Contender:
    """What would make `prod` of `dev`. Raises `Missing`."""
    if pair.provider is not Provider.POSTGRESQL:
        raise Missing("it knows PostgreSQL alone")
    argv = (str(_migra()), "--unsafe", *reversed(pair.urls.values()))
    return Contender(MIGRA, (Command(argv),), folder, ends=2)  # there are differences


def _home() -> Path:
    """Where they are kept from run to run."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "namesync" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _prisma() -> Path:
    """A folder with Prisma's program and the configuration that it runs with."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise Missing("node and npm are not installed")
    folder = _home() / "prisma"
    folder.mkdir(exist_ok=True)
    wanted = (HERE / "prisma" / "package.json").read_bytes()
    stamp = folder / "installed.json"
    for file in (*(HERE / "prisma").iterdir(), ROOT / "tests" / "conformance" / "adapters.mjs"):
        shutil.copy(file, folder)
    (folder / "schema.prisma").write_text('datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n')
    (folder / "unused").touch()
    if not (stamp.exists() and stamp.read_bytes() == wanted):
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent")
        _install(("npm", "install", *options), folder)
        stamp.write_bytes(wanted)
    return folder


def _prismas_variables(folder: Path, url: str) -> dict[str, str]:
    """Where the database is; and two engines that are not used, lest they be downloaded."""
    unused = str(folder / "unused")
    engines = {"PRISMA_QUERY_ENGINE_LIBRARY": unused, "PRISMA_SCHEMA_ENGINE_BINARY": unused}
    return {"DATABASE_URL": url, "CHECKPOINT_DISABLE": "1", "PRISMA_HIDE_UPDATE_MESSAGE": "1", **engines}


def _migra() -> Path:
    """Its program."""
    folder, wanted = _home() / "migra", HERE / "migra.txt"
    stamp = folder / "installed.txt"
    if not (stamp.exists() and stamp.read_bytes() == wanted.read_bytes()):
        _install((sys.executable, "-m", "venv", "--clear", str(folder)), _home())
        _install((str(folder / "bin" / "pip"), "install", "--quiet", "--requirement", str(wanted)), _home())
        shutil.copy(wanted, stamp)
    return folder / "bin" / "migra"


def _install(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{command[0]}: {error}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it failed"]
        raise Missing(f"{Path(command[0]).name}: {said[-1][:200]}")
