"""What namesync stands on: bounds, the lock of the development tools, the audit, and the scripts that use them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
RUNTIME: list[str] = [*PROJECT["dependencies"], *EXTRAS["embedded"], *EXTRAS["job"]]
LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
PINS: dict[str, str] = dict(re.findall(r"^([a-z][\w-]*)==([\w.]+)", LOCK, re.MULTILINE))


def name(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement)[0].lower()


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


@pytest.mark.parametrize("requirement", RUNTIME, ids=name)
def test_bounds_and_lock_agree(requirement: str) -> None:
    """Every dependency has a lowest version and the next that may break; what is locked lies between."""
    lowest, highest = re.search(r">=([\d.]+)", requirement), re.search(r"<([\d.]+)$", requirement)
    assert lowest is not None
    assert highest is not None
    assert version(lowest[1]) <= version(PINS[name(requirement)]) < version(highest[1])


def test_every_tool_is_locked() -> None:
    assert [tool for tool in EXTRAS["test"] if name(tool) != "namesync" and name(tool) not in PINS] == []
    assert [tool for tool in EXTRAS["test"] if re.search("[<>=]", tool)] == []


def test_everything_locked_has_a_hash() -> None:
    packages = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) == len(PINS)
    assert [text.split()[0] for text in packages if not re.search(r"--hash=sha256:[0-9a-f]{64}", text)] == []


def test_the_lock_names_no_index() -> None:
    """It is the same wherever packages come from."""
    assert re.findall(r"://|--(?:index-url|extra-index-url|find-links|trusted-host)|@ ", LOCK) == []


def test_the_lowest_versions_are_those_of_the_bounds() -> None:
    """As scripts/venv works them out for `minimum`."""
    script = re.search(r"<<'END'\n(.*?)\nEND", (ROOT / "scripts" / "venv").read_text(encoding="utf-8"), re.DOTALL)
    assert script is not None
    done = subprocess.run([sys.executable, "-c", script[1]], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    wanted = [re.sub(r">=([\d.]+).*", r"==\1", requirement) for requirement in RUNTIME]
    assert done.stdout.splitlines() == wanted
    assert "psycopg[binary]==3.2.1" in wanted


# scripts/audit, with a pip-audit that answers as the real one does: https://github.com/pypa/pip-audit

HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"], "aliases": [], "description": "d"}
CLEAN = {"name": "click", "version": "8.5.1", "vulns": []}
BAD = {"name": "jinja2", "version": "1.0", "vulns": [HOLE]}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (15.0.0)"}


@pytest.mark.parametrize(
    ("found", "code", "words"),
    [
        ([CLEAN, SKIPPED], 0, "no known vulnerability in 1 packages; 1 could not be looked up"),
        ([CLEAN, BAD], 1, "jinja2 1.0: PYSEC-2026-1, fixed in 2.0"),
        ([SKIPPED], 0, "can't be had here, so nothing was audited"),
        (None, 0, "can't be had here, so nothing was audited"),
    ],
    ids=["clean", "a hole", "nothing looked up", "no answer"],
)
def test_the_audit(found: list[object] | None, code: int, words: str, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    answer = json.dumps({"dependencies": found, "fixes": []}) if found is not None else ""
    _program(bin_ / "pip-audit", f'while [ "$1" != --output ]; do shift; done\ncat >"$2" <<\'END\'\n{answer}\nEND\nexit 1\n')
    _program(checkout / "scripts" / "venv", f"echo {bin_}\n")
    _program(checkout / "scripts" / "audit", (ROOT / "scripts" / "audit").read_text(encoding="utf-8"))
    (bin_ / "python").symlink_to(sys.executable)
    done = subprocess.run([checkout / "scripts" / "audit"], capture_output=True, text=True, timeout=60, env=os.environ)
    assert (done.returncode, done.stderr) == (code, "")
    assert words in done.stdout


def _program(path: Path, text: str) -> None:
    path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}", encoding="utf-8")
    path.chmod(0o755)


def test_ci_runs_it_all() -> None:
    ran = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert [
        script
        for script in ("scripts/test", "scripts/test-versions", "scripts/audit")
        if not re.search(rf"[\n \"]{script}[\n ;\"]", ran)
    ] == []
