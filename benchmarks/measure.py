"""What a whole process costs, measured in rounds: A B C, A B C, so that a machine that slows down slows all of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LAUNCHER = Path(__file__).with_name("launcher.py")


class Missing(Exception):  # noqa: N818 - it is an answer
    """What can't be had here, with the reason."""


class Failed(Exception):  # noqa: N818 - it is an outcome
    """A command that did not do what it was to do, with what it said."""


@dataclass(frozen=True)
class Command:
    """A program's words; the first is its path."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    """One thing to measure: commands one after the other, or `together`; `prepare` comes before and is not counted.

    `ends` is the exit code of success. `says`: the first command prints JSON, figures of its own.
    """

    name: str
    commands: tuple[Command, ...]
    folder: Path
    together: bool = False
    ends: int = 0
    prepare: Callable[[], object] = lambda: None
    says: bool = False


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and (of all its commands) of the processor, the largest peak in bytes, and what it said itself."""

    wall: float
    processor: float
    memory: int
    said: Mapping[str, Any] = field(default_factory=dict)


Rounds = dict[str, list[Cost | None]]
"""Contender -> what each round cost; None where it sat out."""


def run(contender: Contender, timeout_s: int) -> Cost:
    """One measurement; raises `Failed`."""
    contender.prepare()
    request = contender.folder / "request.json"
    output = contender.folder / "output"
    commands = [
        {
            "argv": command.argv,
            "folder": str(contender.folder),
            "environment": {**_environment(), **command.environment},
            "output": f"{output}.{place}",
        }
        for place, command in enumerate(contender.commands)
    ]
    request.write_text(json.dumps({"commands": commands, "together": contender.together, "timeout": timeout_s}))
    done = subprocess.run([sys.executable, "-I", "-S", LAUNCHER, request], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if found["late"]:
        raise Failed(f"more than {timeout_s} s")
    for (code, *_), command in zip(found["each"], commands, strict=True):
        if code != contender.ends:
            words = Path(f"{command['output']}.err").read_text(errors="replace").strip() or "no words"
            raise Failed(f"it ended with {code}: {words.splitlines()[-1][:200]}")
    said = json.loads(Path(commands[0]["output"]).read_text()) if contender.says else {}
    return Cost(found["wall"], sum(one[1] for one in found["each"]), max(one[2] for one in found["each"]), said)


def _environment() -> dict[str, str]:
    """Little of this process's own: nothing in it should tell a program what to do."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def alternate(
    contenders: Sequence[Contender], rounds: int, each_s: float, timeout_s: int, tell: Callable[[str], None]
) -> tuple[Rounds, dict[str, str]]:
    """All contenders in turn, `rounds` times; and why those failed that did.

    One that has taken `each_s` seconds sits out the rounds that are left: some take a hundred times as long as others.
    """
    found: Rounds = {one.name: [] for one in contenders}
    failed: dict[str, str] = {}
    for number in range(rounds):
        began = time.monotonic()
        for one in contenders:
            spent = sum(cost.wall for cost in found[one.name] if cost)
            if one.name in failed or spent > each_s:
                found[one.name].append(None)
                continue
            try:
                found[one.name].append(run(one, timeout_s))
            except Failed as error:
                failed[one.name] = str(error)
                found[one.name].append(None)
        tell(f"round {number + 1} of {rounds}: {time.monotonic() - began:.1f} s")
    return found, failed


@dataclass(frozen=True)
class Spread:
    """The median of some figures, the least and the largest."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Spread:
        return cls(statistics.median(figures), min(figures), max(figures))


def spread(costs: Sequence[Cost | None], figure: Callable[[Cost], float] = lambda cost: cost.wall) -> Spread | None:
    """Of the rounds that took place; None if there was none."""
    figures = [figure(cost) for cost in costs if cost]
    return Spread.of(figures) if figures else None


def ratio(costs: Sequence[Cost | None], to: Sequence[Cost | None]) -> Spread | None:
    """Of the wall of two contenders, round by round; None where they never met."""
    figures = [one.wall / other.wall for one, other in zip(costs, to, strict=False) if one and other]
    return Spread.of(figures) if figures else None
