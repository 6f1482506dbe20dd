"""Completion scripts, and what the shell offers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from namesync.cli import program
from namesync.cli.completion import VARIABLE
from namesync.report import Rule
from tests.cli.conftest import ROOT, Run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_the_program(shell: str, namesync: Run) -> None:
    ended = namesync("completion", shell)
    assert VARIABLE in ended.out
    assert "namesync" in ended.out


def test_bash_takes_the_script(namesync: Run, tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(namesync("completion", "bash").out)
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_environments(namesync: Run, tmp_path: Path) -> None:
    """The script as a shell runs it: sourced, asked, answered by the program, which is on the PATH."""
    (tmp_path / "namesync.toml").write_text(CONFIGURED)
    (tmp_path / "completion.bash").write_text(namesync("completion", "bash").out)
    program = tmp_path / "namesync"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m namesync "$@"\n')
    program.chmod(0o755)
    script = """
        source ./completion.bash
        function=$(complete -p namesync | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
        COMP_WORDS=(namesync diff dev pr) COMP_CWORD=3
        "$function" namesync pr dev
        echo "${COMPREPLY[@]}"
    """
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = ["bash", "--norc", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("prod preview\n", "")


def offered(arguments: list[str], incomplete: str) -> list[str]:
    completer = ShellComplete(program, {}, "namesync", VARIABLE)
    return [item.value for item in completer.get_completions(arguments, incomplete)]


def test_commands() -> None:
    assert offered([], "di") == ["diff"]


def test_rules() -> None:
    assert offered(["explain"], "name-") == [Rule.NAME_DRIFT, Rule.NAME_COLLISION]


def test_conventions() -> None:
    assert offered(["diff", "--convention"], "pri") == ["prisma", "prisma5"]


CONFIGURED = '[environments.prod]\nurl = "x"\n[environments.preview]\nurl = "x"\n[environments.dev]\nurl = "x"\n'


def test_environments_of_the_configuration(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text(CONFIGURED)
    assert offered(["diff"], "pr") == ["prod", "preview"]
    assert offered(["diff", "prod"], "d") == ["dev"]
    assert offered(["diff", "--authority"], "d") == ["dev"]


def test_environments_of_another_configuration(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(CONFIGURED)
    assert offered(["--config", "other.toml", "diff"], "d") == ["dev"]


def test_files_where_no_environment_has_such_a_name(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text(CONFIGURED)
    (found,) = ShellComplete(program, {}, "namesync", VARIABLE).get_completions(["diff"], "snapshots/")
    assert (found.value, found.type) == ("snapshots/", "file")


def test_a_broken_configuration_offers_nothing(namesync: Run, tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text("= nonsense")
    assert offered(["diff"], "") == []
