"""What holds for every command: exit codes, messages, where they go, and how it ends when something breaks."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from namesync import __version__, api
from namesync.cli import program
from tests.cli.conftest import ROOT, Run, finish, start

HEAVY = ("sqlalchemy", "rich", "psycopg", "pymysql", "deepdiff", "jinja2", "namesync.api", "namesync.sources")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["diff", "--help"], ["explain", "name-drift"]], ids=" ".join)
def test_what_needs_no_database_imports_none_of_the_heavy_modules(arguments: list[str]) -> None:
    """The program starts in a tenth of a second as long as these stay out."""
    script = (
        "import sys; from namesync.cli import program; from namesync.cli.failure import run; "
        f"assert run(program, {arguments!r}) == 0; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_imports_none_of_its_modules() -> None:
    script = "import sys, namesync; print([m for m in sys.modules if m.startswith('namesync.')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--version", 0),
        ("--help", 0),
        ("-h", 0),
        ("diff --help", 0),
        ("explain", 0),
        ("explain name-drift", 0),
        ("completion bash", 0),
        ("", 2),
        ("dif prod dev", 2),
        ("diff", 2),
        ("diff --unknown", 2),
        ("diff prod dev", 2),
        ("diff prod", 2),
        ("diff prod dev --only nonsense", 2),
        ("diff prod dev --fail-on nonsense", 2),
        ("explain nonsense", 2),
        ("completion tcsh", 2),
        ("snapshot", 2),
        ("snapshot prod", 2),
        ("--config nowhere.toml diff prod dev", 2),
    ],
    ids=str,
)
def test_exit_codes(arguments: str, code: int, namesync: Run) -> None:
    ended = namesync(*arguments.split())
    assert ended.code == code
    assert "Traceback" not in ended.err
    if code == 2:
        assert ended.out == ""
        assert ended.err
    else:
        assert ended.err == ""


@pytest.mark.parametrize("style", ["terraform", "prisma"])
@pytest.mark.parametrize(
    ("arguments", "code", "ours"),
    [
        ("diff prod.json prod.json=x", 1, 2),
        ("diff prod.json dev.json", 2, 1),
        ("diff prod.json dev.json --fail-on never", 0, 0),
        ("check prod.json --fail-on note", 2, 1),
        ("snapshot nowhere", 1, 2),
        ("diff --unknown", 1, 2),
        ("diff", 1, 2),
        ("", 1, 2),
        ("explain", 0, 0),
    ],
    ids=str,
)
def test_exit_codes_of_terraform_and_prisma(
    style: str, arguments: str, code: int, ours: int, namesync: Run, snapshots: Callable[..., None]
) -> None:
    """Theirs are 2 for changes and 1 for an error; before or after the command, however much of the line is understood."""
    snapshots()
    words = arguments.split()
    assert namesync("--exit-code-style", style, *words).code == code
    assert namesync(*words).code == ours
    if words:
        assert namesync(*words, f"--exit-code-style={style}").code == code
        assert namesync("--exit-code-style", style, *words, "--exit-code-style", "namesync").code == ours


@pytest.mark.parametrize("arguments", ["diff a b --exit-code-style", "diff a b --exit-code-style=dos"], ids=str)
def test_an_unknown_style_could_not_run(arguments: str, namesync: Run) -> None:
    assert namesync(*arguments.split()).code == 2


def test_version(namesync: Run) -> None:
    assert namesync("--version").out == f"namesync {__version__}\n"


@pytest.mark.parametrize("arguments", ["dif prod dev", "diff --unknown", "diff prod dev", "explain nonsense"], ids=str)
def test_an_error_says_what_and_what_to_do(arguments: str, namesync: Run) -> None:
    lines = namesync(*arguments.split()).err.splitlines()
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("hint: ")


def test_a_misspelt_command_is_recognised(namesync: Run) -> None:
    assert "diff" in namesync("dif", "prod", "dev").err


def test_global_options_stand_before_and_after_the_command(namesync: Run, snapshots: Callable[..., None]) -> None:
    snapshots()
    before = namesync("--format", "json", "diff", "prod.json", "dev.json")
    after = namesync("diff", "prod.json", "dev.json", "--format", "json")
    assert before == after
    assert before.out.startswith("{")


def test_the_option_after_the_command_wins(namesync: Run, snapshots: Callable[..., None]) -> None:
    snapshots()
    assert namesync("--format", "text", "diff", "prod.json", "dev.json", "--format", "json").out.startswith("{")


def test_files_from_both_places_are_written(namesync: Run, snapshots: Callable[..., None], tmp_path: Path) -> None:
    snapshots()
    namesync("-o", "json:a.json", "diff", "prod.json", "dev.json", "-o", "text:b.txt")
    assert (tmp_path / "a.json").exists()
    assert (tmp_path / "b.txt").exists()


SECRET = "postgresql://user:hunter2@db.example.com/app"


def _explode(*_: object, **__: object) -> None:
    raise RuntimeError(f"connection string {SECRET}")


@pytest.mark.parametrize("verbose", [(), ("-v",)], ids=["plain", "verbose"])
def test_an_unexpected_error_keeps_secrets(verbose: tuple[str, ...], namesync: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "diff", _explode)
    ended = namesync("diff", "prod", "dev", *verbose)
    assert ended.code == 2
    assert "error: unexpected: RuntimeError" in ended.err
    assert "hunter2" not in ended.err
    assert ("Traceback" in ended.err) == bool(verbose)


@pytest.mark.parametrize(
    "words", [["diff", "prod", "dev"], ["check"], ["config"], ["init"], ["emit", "--keep-existing"]], ids=" ".join
)
def test_a_working_folder_that_was_deleted(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namesync: Run
) -> None:
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    ended = namesync(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == ["error: the folder this runs in is not there any more", "hint: Go to another one."]


def test_an_error_cant_upset_the_terminal(namesync: Run) -> None:
    assert "\x1b" not in namesync("explain", "\x1b[31mred").err
    assert "\x1b" not in namesync("diff", "\x1b[31mred", "b").err


def test_ctrl_c_is_quiet(namesync: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "diff", interrupt)
    ended = namesync("diff", "prod", "dev")
    assert (ended.code, ended.out, ended.err.strip()) == (130, "", "")


def test_ctrl_c_of_the_whole_program(tmp_path: Path) -> None:
    """While it waits for `url_command`, as for any slow thing."""
    script = "import time, pathlib; pathlib.Path('ready').touch(); time.sleep(60)"
    words = ", ".join(map(repr, [sys.executable, "-c", script]))
    (tmp_path / "namesync.toml").write_text(f"[environments.prod]\nurl_command = [{words}]\n")
    with start("snapshot", "prod", folder=tmp_path) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "ready").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert (ended.code, ended.out, ended.err.strip()) == (130, "", "")


def unread(*arguments: str, folder: Path) -> tuple[int, bytes]:
    """Exit code and standard error of a run whose standard output nobody reads."""
    with start(*arguments, folder=folder) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        return process.wait(60), process.stderr.read()


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    assert unread("explain", "name-drift", folder=tmp_path) == (0, b"")


def test_a_report_nobody_reads_still_has_its_exit_code(tmp_path: Path, snapshots: Callable[..., None]) -> None:
    snapshots()
    assert unread("diff", "prod.json", "dev.json", folder=tmp_path) == (1, b"")


def test_an_encoding_without_the_characters_is_no_error(tmp_path: Path) -> None:
    ended = finish(start("explain", "日本", folder=tmp_path, PYTHONIOENCODING="ascii"))
    assert ended.code == 2
    assert "\\u65e5" in ended.err


def test_every_command_and_option_says_what_it_is_for() -> None:
    for command in program.commands.values():
        assert command.help, command.name
        assert command.short_help, command.name
        options = [option for option in command.params if isinstance(option, click.Option)]
        assert [option.name for option in options if not option.help] == []


def test_a_path_that_can_be_none_is_no_mistake_of_ours(namesync: Run) -> None:
    for arguments in (("check", "a.json", "--schema", "x" * 5_000), ("diff", "x" * 5_000, "y/" * 3_000)):
        ended = namesync(*arguments)
        assert ended.code == 2
        assert ended.err.startswith("error: ")
        assert "unexpected" not in ended.err


def test_a_long_line_of_an_error_is_shown_without_its_middle(namesync: Run) -> None:
    ended = namesync("diff", "a" * 50_000, "b")
    assert ended.code == 2
    assert max(map(len, ended.err.splitlines())) < 1_500
