"""The Dockerfile, as far as it can be checked without building it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8")).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def copied() -> list[str]:
    """What goes into the image from the checkout."""
    told = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    return [name for names in told for name in names]


def test_the_linter_finds_nothing() -> None:
    done = subprocess.run([Path(sys.executable).parent / "hadolint", DOCKERFILE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_as_a_number_that_is_not_root() -> None:
    users = [rest for word, rest in instructions() if word == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])


def test_every_image_is_slim() -> None:
    images = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert [image for image in images if not image.endswith("-slim")] == []


def test_what_it_copies_is_there_and_in_the_context() -> None:
    context = [
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"
    ]
    assert set(copied()) == set(context)
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_no_link_of_the_package_leads_out_of_what_it_copies() -> None:
    targets = [path.resolve() for path in (ROOT / "namesync").rglob("*") if path.is_symlink()]
    assert targets
    assert [target for target in targets if not any(target.is_relative_to(ROOT / name) for name in copied())] == []


def test_what_the_build_needs_is_copied() -> None:
    """The metadata names the readme and the licence; without them the build fails."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = [*re.findall(r'readme = "(.+?)"', project), *re.findall(r'license-files = \["(.+?)"\]', project)]
    assert {"pyproject.toml", "namesync", *needed} <= set(copied())
