"""Where a report goes: `--format`, `--output`, colours and width."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from namesync.cli.options import Settings
from namesync.cli.output import outputs
from namesync.errors import UsageError
from tests.cli.conftest import ROOT, Run

KNOWN = {"text": None, "json": None}


@pytest.mark.parametrize(
    ("form", "output", "expected"),
    [
        (None, (), [(None, "text")]),
        ("json", (), [(None, "json")]),
        (None, ("report.txt",), [("report.txt", "text")]),
        ("json", ("report",), [("report", "json")]),
        (None, ("json:a.json",), [("a.json", "json"), (None, "text")]),
        (None, ("json:a.json", "b.txt"), [("a.json", "json"), ("b.txt", "text")]),
        (None, ("-",), [(None, "text")]),
        (None, ("C:\\report.txt",), [("C:\\report.txt", "text")]),
        (None, ("json:C:\\report",), [("C:\\report", "json"), (None, "text")]),
    ],
    ids=str,
)
def test_targets(form: str | None, output: tuple[str, ...], expected: list[tuple[str | None, str]]) -> None:
    found = outputs(Settings(format=form, output=output), KNOWN)
    assert [(None if path is None else str(path), name) for path, name in found] == expected


@pytest.mark.parametrize("settings", [Settings(format="jsn"), Settings(output=("jsn:a",))], ids=["format", "output"])
def test_an_unknown_format(settings: Settings) -> None:
    with pytest.raises(UsageError, match="unknown format jsn"):
        outputs(settings, KNOWN)


@pytest.fixture
def _guide(snapshots: Callable[..., None]) -> None:
    snapshots()


@pytest.mark.usefixtures("_guide")
class TestFiles:
    def test_a_plain_file_replaces_what_is_printed(self, namesync: Run, tmp_path: Path) -> None:
        printed = namesync("diff", "prod.json", "dev.json").out
        ended = namesync("diff", "prod.json", "dev.json", "-o", "report.txt")
        assert (ended.code, ended.out) == (1, "")
        assert (tmp_path / "report.txt").read_text() == printed

    def test_a_file_with_its_format_comes_on_top(self, namesync: Run, tmp_path: Path) -> None:
        ended = namesync("diff", "prod.json", "dev.json", "-o", "json:report.json", "-o", "json:again.json")
        assert "name-drift" in ended.out
        assert json.loads((tmp_path / "report.json").read_text())["format_version"] == 1
        assert (tmp_path / "report.json").read_text() == (tmp_path / "again.json").read_text()

    def test_a_report_is_overwritten(self, namesync: Run, tmp_path: Path) -> None:
        (tmp_path / "report.txt").write_text("old")
        namesync("diff", "prod.json", "dev.json", "-o", "report.txt")
        assert "old" not in (tmp_path / "report.txt").read_text()

    @pytest.mark.parametrize("target", ["nowhere/report.txt", "."])
    def test_a_file_that_cant_be_written(self, target: str, namesync: Run) -> None:
        ended = namesync("diff", "prod.json", "dev.json", "-o", target)
        assert ended.code == 2
        assert ended.err.startswith("error: ")

    def test_a_device_stays_a_device(self, namesync: Run) -> None:
        assert namesync("diff", "prod.json", "dev.json", "-o", "/dev/null").code == 1
        assert Path("/dev/null").is_char_device()

    def test_an_unknown_format_is_told_before_anything_is_read(self, namesync: Run) -> None:
        ended = namesync("diff", "nowhere.json", "dev.json", "--format", "yaml")
        assert ended.code == 2
        assert "Known: text, json, " in ended.err


def on_terminal(folder: Path, *arguments: str, **variables: str) -> str:
    """What the program shows on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", **variables}
    command = [sys.executable, "-m", "namesync", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux's way to say: the other end is closed
                break
            if not chunk:
                break
            shown += chunk
        process.wait(60)
    os.close(ours)
    return shown.decode()


@pytest.mark.usefixtures("_guide")
class TestTerminal:
    ARGUMENTS = ("diff", "prod.json", "dev.json")
    RED = "\x1b[31m"

    def test_colors_on_a_terminal(self, tmp_path: Path) -> None:
        assert self.RED in on_terminal(tmp_path, *self.ARGUMENTS)

    @pytest.mark.parametrize(
        ("arguments", "variables"),
        [(("--no-color",), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})],
        ids=["option", "variable", "dumb"],
    )
    def test_no_colors(self, arguments: tuple[str, ...], variables: dict[str, str], tmp_path: Path) -> None:
        shown = on_terminal(tmp_path, *self.ARGUMENTS, "-q", *arguments, **variables)
        assert "name-drift" in shown
        assert "\x1b" not in shown

    def test_the_width_is_the_terminals(self, tmp_path: Path) -> None:
        shown = on_terminal(tmp_path, *self.ARGUMENTS, "-q", "--no-color", COLUMNS="60")
        assert max(map(len, shown.splitlines())) <= 60

    def test_progress_is_for_people_only(self, namesync: Run, tmp_path: Path) -> None:
        assert "Reading the environments" in on_terminal(tmp_path, *self.ARGUMENTS)
        assert "Reading the environments" not in on_terminal(tmp_path, *self.ARGUMENTS, "-q")
        assert namesync(*self.ARGUMENTS).err == ""

    def test_pages_are_formatted(self, tmp_path: Path) -> None:
        shown = on_terminal(tmp_path, "explain", "name-drift")
        assert "## What it means" not in shown
        assert "What it means" in shown

    def test_a_pipe_gets_no_escape(self, namesync: Run) -> None:
        assert "\x1b" not in namesync(*self.ARGUMENTS).out
