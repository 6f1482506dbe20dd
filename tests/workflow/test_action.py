"""The GitHub Action: its steps, run with bash as a runner runs them, on snapshots of two environments."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from namesync.sources.snapshot import dump
from tests.cli.conftest import DEV, PROD
from tests.core.worlds import index, pk, world
from tests.render.test_github import command
from tests.workflow.runner import Ran, Runner, clean_environment, commands

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
NO_NETWORK = ("NewConnectionError", "ConnectionError", "Temporary failure in name resolution", "Network is unreachable")
Act = Callable[..., Ran]


@pytest.fixture(scope="session")
def installed() -> Path:
    """The action's first step, once in a run: the package built from this checkout and installed with all it needs."""
    temp = Path(os.environ["NAMESYNC_TEST_RUN"]) / "runner"
    temp.mkdir(exist_ok=True)
    with (temp / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (temp / "namesync" / "bin" / "namesync").exists():
            _install(temp)
    return temp / "namesync" / "bin"


def _install(temp: Path) -> None:
    environment = clean_environment()
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    runner = Runner(ACTION, temp, temp, environment)
    runner.description["runs"]["steps"] = runner.description["runs"]["steps"][:1]
    ran = runner.run()
    if ran.code and any(word in ran.log for word in NO_NETWORK):
        pytest.skip(f"pip can't reach its index: {ran.log[-200:]}")
    assert ran.code == 0, ran.log
    assert Path(ran.outputs["install"]["bin"]) == temp / "namesync" / "bin"


@pytest.fixture
def act(installed: Path, tmp_path: Path) -> Act:
    """Runs the other steps in a project with the snapshots prod.json and dev.json."""
    project, temp = tmp_path / "project", tmp_path / "temp"
    project.mkdir()
    temp.mkdir()
    for name, catalog in {"prod": PROD, "dev": DEV, "same": PROD}.items():
        (project / f"{name}.json").write_text(dump(catalog), encoding="utf-8")

    def run(**inputs: str) -> Ran:
        runner = Runner(ACTION, project, temp, clean_environment())
        steps = runner.description["runs"]["steps"]
        runner.description["runs"]["steps"] = [{**steps[0], "run": f'echo "bin={installed}" >>"$GITHUB_OUTPUT"'}, *steps[1:]]
        return runner.run(**{"environments": "prod.json dev.json", **inputs})

    return run


def test_drift_fails_the_job_after_the_reports_are_kept(act: Act) -> None:
    ran = act()
    assert ran.code == 1
    assert ran.steps == ["Install namesync", "Compare names", "Keep the reports", "Say how it went"]
    assert ran.outputs["compare"]["exit-code"] == "1"
    assert ran.outputs["compare"]["findings"] == "4"
    assert "2 errors, 1 warning, 1 note: 5 objects compared in prod and dev." in ran.log


def test_the_artifact_has_every_report(act: Act) -> None:
    ran = act()
    folder = Path(ran.uploaded["path"])
    assert ran.uploaded["name"] == "namesync-report"
    assert {file.name for file in folder.iterdir()} == {"report.html", "report.md", "report.json", "report.sarif"}
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert len(json.loads((folder / "report.json").read_text())["findings"]) == 4


def test_findings_are_annotations_and_nothing_else_is_a_command(act: Act) -> None:
    found = [command(line) for line in commands(act().log)]
    assert [name for name, _, _ in found] == ["error", "error", "warning", "notice"]
    assert found[0][1]["title"] == "namesync name-drift"


def test_the_summary_is_the_markdown_report(act: Act) -> None:
    assert act().summary.startswith("<!-- namesync -->\n### namesync diff: 2 errors, 1 warning, 1 note")


def test_what_is_not_wanted_is_left_out(act: Act) -> None:
    ran = act(annotations="false", summary="false", artifact="")
    assert (ran.summary, commands(ran.log), ran.uploaded) == ("", [], {})
    assert ran.code == 1


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"environments": "prod.json same.json"}, 0),
        ({"fail_on": "never"}, 0),
        ({"environments": "prod.json same.json", "fail_on": "note"}, 1),
        ({"environments": "\n  prod.json\n  dev.json\n"}, 1),
        ({"args": "--only\nmissing-object\n"}, 0),
        ({"args": "--table=User"}, 1),
        ({"command": "check", "environments": "prod.json", "args": "--convention\nprisma"}, 0),
        ({"command": "check", "environments": "prod.json", "fail_on": "note"}, 1),
    ],
    ids=["clean", "never", "note", "lines", "args", "arg", "check", "check-note"],
)
def test_inputs(inputs: dict[str, str], code: int, act: Act) -> None:
    assert act(**inputs).code == code


@pytest.mark.parametrize(
    "inputs",
    [{"environments": ""}, {"environments": "nowhere.json dev.json"}, {"command": "dif"}, {"fail_on": "fatal"}],
    ids=["none", "missing", "command", "fail-on"],
)
def test_what_can_t_run_fails_with_its_reason_and_keeps_nothing(inputs: dict[str, str], act: Act) -> None:
    ran = act(**inputs)
    assert (ran.code, ran.uploaded, ran.summary) == (2, {}, "")
    assert "error: " in ran.log
    assert ran.outputs["compare"] == {"exit-code": "2"}


def test_a_folder_below_is_the_project(act: Act, tmp_path: Path) -> None:
    (tmp_path / "project" / "app").mkdir()
    shutil.move(tmp_path / "project" / "dev.json", tmp_path / "project" / "app" / "dev.json")
    assert act(working_directory="app", environments="../prod.json dev.json").code == 1


@pytest.mark.parametrize("environments", ["$(touch hacked)", "`touch hacked`", "; touch hacked", "a' ; touch hacked; '"])
def test_an_input_is_never_a_command(environments: str, act: Act, tmp_path: Path) -> None:
    ran = act(environments=environments, args=environments, working_directory=".")
    assert ran.code == 2
    assert not (tmp_path / "project" / "hacked").exists()


@pytest.mark.parametrize(
    "name", ["::error::forged", "##[add-mask]forged", "x\n::set-output name=forged::1", "::stop-commands::x"], ids=ascii
)
def test_a_name_in_a_database_is_never_a_command(name: str, act: Act, tmp_path: Path) -> None:
    for file, odd in {"prod": name, "dev": f"{name}2"}.items():
        catalog = world(pk(name, "id", "pk"), index(name, "a", odd))
        (tmp_path / "project" / f"{file}.json").write_text(dump(catalog), encoding="utf-8")
    ran = act()
    assert ran.code == 1
    assert [command(line)[1]["title"] for line in commands(ran.log)] == ["namesync name-drift", "namesync off-convention"]


def test_a_second_run_in_a_job_starts_anew(act: Act) -> None:
    act()
    ran = act(environments="prod.json same.json", fail_on="never")
    folder = Path(ran.uploaded["path"])
    assert {finding["rule"] for finding in json.loads((folder / "report.json").read_text())["findings"]} == {"off-convention"}


# The file itself.


def test_no_expression_stands_in_a_script() -> None:
    """An expression in a script is a text that bash reads: an input could be a command."""
    steps = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)


def test_other_actions_are_named_by_their_commit() -> None:
    uses = re.findall(r"uses: (\S+)", ACTION.read_text(encoding="utf-8"))
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in uses)


def test_outputs_are_those_of_the_step() -> None:
    outputs = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["outputs"]
    script = ACTION.read_text(encoding="utf-8")
    for name, output in outputs.items():
        assert output["value"] == f"${{{{ steps.compare.outputs.{name} }}}}"
        assert f'echo "{name}=' in script


def test_inputs_and_outputs_are_documented() -> None:
    described = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    told = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    assert [name for name in (*described["inputs"], *described["outputs"]) if f"`{name}`" not in told] == []


@pytest.mark.parametrize(
    "linter",
    [
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION)],
        ["zizmor", "--offline", "--no-progress", str(ACTION)],
    ],
    ids=lambda linter: linter[0],
)
def test_linters_find_nothing(linter: list[str]) -> None:
    program = Path(sys.executable).parent / linter[0]
    done = subprocess.run([program, *linter[1:]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck")
def test_shellcheck_finds_nothing() -> None:
    for step in yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]:
        if "run" in step:
            done = subprocess.run(
                ["shellcheck", "-s", "bash", "-"], input=step["run"], capture_output=True, text=True, timeout=60
            )
            assert done.stdout == ""
