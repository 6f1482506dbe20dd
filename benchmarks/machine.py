"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks import others


def machine() -> dict[str, str]:
    """Hardware and programs, in words."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "processor": f"{processor[1] if processor else platform.processor()}, {os.cpu_count()} cores",
        "memory": f"{int(memory[1]) / 1e6:.0f} GB" if memory else "",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "namesync": f"{version('namesync')} {_said('git', '-C', str(others.ROOT), 'describe', '--always', '--dirty')}".strip(),
        "SQLAlchemy, psycopg, PyMySQL": ", ".join(map(version, ("sqlalchemy", "psycopg", "pymysql"))),
        "psql": _said("psql", "--version"),
        "mariadb": _said("mariadb", "--version"),
        "node": _said("node", "--version"),
        "Prisma": _pinned(others.HERE / "prisma" / "package.json", r'"prisma": "(.*)"') + ", with its WebAssembly engine",
        "migra": _pinned(others.HERE / "migra.txt", r"migra==(.*)"),
    }


def _said(program: str, *words: str) -> str:
    found = shutil.which(program)
    if found is None:
        return "not installed"
    return subprocess.run([found, *words], capture_output=True, text=True, timeout=20, check=False).stdout.strip()


def _pinned(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text())
    return found[1] if found else ""
