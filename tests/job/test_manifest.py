"""`namesync job manifest`: each file is parsed, holds no secret, and its command is run."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.job.conftest import BOTH, Project

SECRET = '[environments.qa]\nurl = "${QA_URL:-file:qa.db}"\n[environments.live]\n[job]\nwebhook = "${HOOK_URL}"\n'


def github(text: str) -> tuple[str, str, dict[str, str]]:
    document = yaml.safe_load(text)
    (job,) = document["jobs"].values()
    schedule = document[True]["schedule"][0]["cron"]  # YAML 1.1 takes `on` for true; so GitHub does not
    env = {name: re.sub(r"^\$\{\{ secrets\.(\w+) \}\}$", r"ref:\1", value) for name, value in job["env"].items()}
    command = next(step["run"] for step in job["steps"] if step.get("run", "").startswith("namesync"))
    return command, schedule, env


def gitlab(text: str) -> tuple[str, str, dict[str, str]]:
    document = yaml.safe_load(text)
    assert document["namesync"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    (command,) = document["namesync"]["script"]
    schedule = re.search(r'interval pattern "(.*)"', text)
    assert schedule
    names = re.search(r"^#   (.*)$", text, re.MULTILINE)
    assert names
    return command, schedule[1], {name: f"ref:{name}" for name in names[1].split(", ")}


def kubernetes(text: str) -> tuple[str, str, dict[str, str]]:
    documents = list(yaml.safe_load_all(text))
    spec = documents[-1]["spec"]
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["command"][:2] == ["sh", "-c"]
    env = {one["name"]: f"ref:{one['valueFrom']['secretKeyRef']['key']}" for one in container["env"]}
    return container["command"][2], spec["schedule"], env


def systemd(text: str) -> tuple[str, str, dict[str, str]]:
    units = re.split(r"^# namesync\.(?:service|timer)$", text, flags=re.MULTILINE)[1:]
    service, timer = (configparser.ConfigParser(interpolation=None, strict=False) for _ in range(2))
    for parser, unit in zip((service, timer), units, strict=True):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(unit)
    assert service["Service"]["SuccessExitStatus"] == "1"
    names = re.search(r"holds the secrets: (.*)$", text, re.MULTILINE)
    assert names
    command = service["Service"]["ExecStart"].removeprefix("/usr/bin/env ")
    return command, timer["Timer"]["OnCalendar"], {name: f"ref:{name}" for name in names[1].split(", ")}


def cron(text: str) -> tuple[str, str, dict[str, str]]:
    (line,) = [one for one in text.splitlines() if one and not one.startswith("#") and "=" not in one.split()[0]]
    *fields, user, command = line.split(" ", 6)
    assert user == "namesync"
    names = re.search(r"holds the secrets: (.*)$", text, re.MULTILINE)
    assert names
    return command.partition(" && ")[2], " ".join(fields), {name: f"ref:{name}" for name in names[1].split(", ")}


PARSERS: dict[str, Callable[[str], tuple[str, str, dict[str, str]]]] = {
    "github": github,
    "gitlab": gitlab,
    "kubernetes": kubernetes,
    "systemd": systemd,
    "cron": cron,
}


@pytest.mark.parametrize("kind", PARSERS)
def test_each(project: Project, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QA_URL", "LIVE_DATABASE_URL", "HOOK_URL"):
        monkeypatch.setenv(name, "postgresql://u:hunter2@h/d")
    project.configure(BOTH + SECRET)
    ended = project.job("manifest", kind, "--schedule", "30 5 * * *")
    assert (ended.code, ended.err, "hunter2" in ended.out) == (0, "", False)
    command, schedule, variables = PARSERS[kind](ended.out)
    assert schedule == ("*-*-* 5:30:00" if kind == "systemd" else "30 5 * * *")
    assert variables == {name: f"ref:{name}" for name in ("QA_URL", "LIVE_DATABASE_URL", "HOOK_URL")}
    assert all(len(line) <= 160 for line in ended.out.splitlines())
    _runs(project, command)


def _runs(project: Project, command: str) -> None:
    project.configure(BOTH)
    project.drift("odd")
    program, *words = shlex.split(command)
    assert (program, project.run(*words).code) == ("namesync", 1)


@pytest.mark.parametrize("kind", PARSERS)
def test_without_secrets(project: Project, kind: str) -> None:
    """No empty `env:`, and no note about none."""
    out = project.job("manifest", kind).out
    assert "env:" not in out
    assert "secret" not in out.lower()


def test_shards_are_an_indexed_job(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.configure(BOTH + SECRET)
    documents: list[Any] = list(yaml.safe_load_all(project.job("manifest", "kubernetes", "--shards", "4").out))
    assert [one["kind"] for one in documents] == ["CronJob"]
    spec = documents[0]["spec"]["jobTemplate"]["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 4, 4)
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "0")
    _runs(project, spec["template"]["spec"]["containers"][0]["command"][2])


def test_what_kubernetes_mounts_is_there(project: Project) -> None:
    for words in ((), ("--shards", "2")):
        documents = list(yaml.safe_load_all(project.job("manifest", "kubernetes", *words).out))
        pod = documents[-1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        volumes = {one["name"]: one for one in pod["volumes"]}
        assert {one["name"] for one in pod["containers"][0]["volumeMounts"]} == volumes.keys()
        claims = [one["persistentVolumeClaim"]["claimName"] for one in volumes.values() if "persistentVolumeClaim" in one]
        assert claims == [one["metadata"]["name"] for one in documents if one["kind"] == "PersistentVolumeClaim"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(("cron", "--schedule", "0 6 * *"), "five fields", id="schedule"),
        pytest.param(("cron", "--schedule", "0 6 * * * root rm"), "five fields", id="more than a schedule"),
        pytest.param(("cron", "--folder", "/srv/my app; rm"), "no absolute path", id="folder"),
        pytest.param(("github", "--shards", "4"), "github runs the job in one piece", id="shards"),
    ],
)
def test_what_can_not_be(project: Project, words: tuple[str, ...], why: str) -> None:
    ended = project.job("manifest", *words)
    assert (ended.code, why in ended.err, ended.out) == (2, True, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_takes_the_calendar(project: Project) -> None:
    project.configure(BOTH + SECRET)
    _, calendar, _ = systemd(project.job("manifest", "systemd", "--schedule", "*/15 6 * * 1-5").out)
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)


def test_to_a_file(project: Project) -> None:
    project.job("manifest", "cron", "-o", "namesync.cron")
    assert (project.folder / "namesync.cron").read_text() == project.job("manifest", "cron").out
