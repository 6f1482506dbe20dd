"""`namesync report`, and every format as an output of one run."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from namesync.render import RENDERERS
from tests.cli.conftest import ROOT, Run
from tests.core.worlds import pk, world


@pytest.fixture(autouse=True)
def _guide(snapshots: Callable[..., None]) -> None:
    snapshots()


def test_the_page_is_printed(namesync: Run) -> None:
    ended = namesync("report", "prod.json", "dev.json")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("<!doctype html>")
    assert "Custom_Production_Name" in ended.out


def test_the_page_is_that_of_diff(namesync: Run, tmp_path: Path) -> None:
    printed = namesync("report", "prod.json", "dev.json").out
    namesync("diff", "prod.json", "dev.json", "--output", "html:report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == printed


def test_it_is_written_to_a_file(namesync: Run, tmp_path: Path) -> None:
    ended = namesync("report", "prod.json", "dev.json", "-o", "page.html")
    assert (ended.code, ended.out) == (1, "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("</html>\n")


def test_another_format_may_be_asked_for(namesync: Run) -> None:
    assert json.loads(namesync("report", "prod.json", "dev.json", "--format", "json").out)["command"] == "diff"


def test_the_options_and_exit_codes_are_those_of_diff(namesync: Run) -> None:
    assert namesync("report", "prod.json", "dev.json", "--fail-on", "never").code == 0
    assert namesync("report", "prod.json", "dev.json", "--only", "off-convention").code == 0
    assert namesync("report", "prod.json").code == 2
    assert namesync("report", "prod.json", "nowhere.json").code == 2


def test_a_terminal_is_not_flooded(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "namesync", "report", "prod.json", "dev.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.PIPE, timeout=120
    )
    os.close(follower)
    os.close(leader)
    assert (done.returncode, done.stderr.decode()) == (1, "The report is in namesync-report.html.\n")
    assert (tmp_path / "namesync-report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_all_formats_in_one_run(namesync: Run, tmp_path: Path) -> None:
    outputs = [argument for name in RENDERERS for argument in ("--output", f"{name}:report.{name}")]
    ended = namesync("diff", "prod.json", "dev.json", *outputs)
    assert ended.code == 1
    texts = {name: (tmp_path / f"report.{name}").read_text(encoding="utf-8") for name in RENDERERS}
    assert texts["text"] == ended.out
    assert json.loads(texts["sarif"])["version"] == "2.1.0"
    assert json.loads(texts["gitlab"])[0]["check_name"]
    assert ElementTree.fromstring(texts["junit"]).tag == "testsuites"
    assert texts["github"].startswith("::error ")
    assert texts["markdown"].startswith("<!-- namesync -->")
    assert json.loads(texts["json"])["format_version"] == 1
    assert "Custom_Production_Name" in texts["html"]


@pytest.mark.parametrize("name", RENDERERS)
def test_every_format_can_be_printed(name: str, namesync: Run) -> None:
    ended = namesync("diff", "prod.json", "dev.json", "--format", name)
    assert ended.code == 1
    assert "Custom_Production_Name" in ended.out


@pytest.mark.parametrize("name", RENDERERS)
def test_every_format_of_a_clean_comparison(name: str, namesync: Run, snapshots: Callable[..., None]) -> None:
    same = world(pk("User", "id", "User_pkey"))
    snapshots(prod=same, dev=same)
    assert namesync("diff", "prod.json", "dev.json", "--format", name).code == 0
