"""A GitHub runner, as far as a composite action with bash steps needs one.

https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions: a bash step is run by
`bash --noprofile --norc -eo pipefail FILE`, its `env` holds values of expressions, what it appends to the file `$GITHUB_OUTPUT`
are its outputs.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass
class Ran:
    """How the action ended: the steps that ran, their log, the code of the last one."""

    steps: list[str] = field(default_factory=list)
    log: str = ""
    code: int = 0
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    uploaded: dict[str, str] = field(default_factory=dict)


class Runner:
    """Runs the steps of an action in a folder; steps that use other actions are recorded, not run."""

    def __init__(self, action: Path, workspace: Path, temp: Path, environment: Mapping[str, str]) -> None:
        self.action = action
        self.description: dict[str, Any] = yaml.safe_load(action.read_text(encoding="utf-8"))
        self.workspace = workspace
        self.temp = temp
        self.environment = environment
        self.inputs: dict[str, str] = {}
        self.ran = Ran()

    def run(self, **inputs: str) -> Ran:
        """All steps; an input's name has `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        known = self.description["inputs"]
        assert given.keys() <= known.keys()
        self.inputs = {name: given.get(name, described.get("default", "")) for name, described in known.items()}
        self.ran = Ran()
        for step in self.description["runs"]["steps"]:
            if self.ran.code == 0 and self._value(step.get("if", "true")) == "true":
                self.ran.steps.append(step["name"])
                if "uses" in step:
                    self.ran.uploaded = {name: self._text(value) for name, value in step["with"].items()}
                else:
                    self._bash(step)
        return self.ran

    def _bash(self, step: Mapping[str, Any]) -> None:
        assert step["shell"] == "bash"
        script, output, summary = (self.temp / name for name in ("step.sh", "output", "summary"))
        script.write_text(step["run"], encoding="utf-8")
        output.write_text("")
        summary.touch()
        told = {name: self._text(value) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(self.temp)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace / self._text(step.get("working-directory", ".")),
            env={**self.environment, **files, **told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=280,
        )
        self.ran.code = done.returncode
        self.ran.log += done.stdout.decode()
        self.ran.summary = summary.read_text(encoding="utf-8")
        self.ran.outputs[step.get("id", "")] = dict(
            line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines()
        )

    def _text(self, value: str) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: self._value(found[1]), value)

    def _value(self, expression: str) -> str:
        """`a`, `a || b`, `a != '' && b != ''`, for the contexts this action uses."""
        expression = expression.strip().removeprefix("${{").removesuffix("}}").strip()
        if "&&" in expression:
            return str(all(self._value(part) == "true" for part in expression.split("&&"))).lower()
        if "!=" in expression:
            name, other = expression.split("!=")
            return str(self._value(name) != other.strip().strip("'")).lower()
        if "||" in expression:
            return next(filter(None, map(self._value, expression.split("||"))), "")
        path = expression.split(".")
        match path:
            case ["true"]:
                return "true"
            case ["inputs", name]:
                return self.inputs[name]
            case ["github", "action_path"]:
                return str(self.action.parent)
            case ["steps", step, "outputs", name]:
                return self.ran.outputs.get(step, {}).get(name, "")
        raise AssertionError(f"the runner does not know {expression}")


def commands(log: str) -> list[str]:
    """The workflow commands that the runner would obey: lines that begin with `::`, or have `##[` anywhere, unless stopped."""
    obeyed: list[str] = []
    token = ""
    for line in log.splitlines():
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            obeyed.append(line)
    assert not token, "commands stay stopped"
    return obeyed


def clean_environment() -> dict[str, str]:
    """What the machine's own settings leave untouched; pip is to find its packages as usual."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"} or name.startswith("PIP_")}
