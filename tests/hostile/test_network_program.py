"""The commands over a network that fails: what they say is right or they say why not, and of files there are all or none."""

from __future__ import annotations

import gc
import os
import random
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namesync.model import Provider
from namesync.sources.server import session
from tests import pairs
from tests.cli.conftest import Ended, Run, namesync
from tests.hostile.proxy import Fault, Kind, Proxy, points, via
from tests.hostile.tally import Tally
from tests.hostile.test_network import ANY, AREA
from tests.servers import Server, database_of

__all__ = ["namesync"]

KINDS = [Kind.DROP, Kind.DELAY, Kind.TRUNCATE, Kind.RESET]
COMMANDS = {
    "diff": ("diff", "prod", "dev"),
    "check": ("check", "dev"),
    "group": ("diff", "prod", "tenants"),
    "snapshot": ("snapshot", "dev", "--output", "dev.json"),
    "status": ("status", "prod", "dev"),
    "emit": ("emit", "--keep-existing", "prod", "dev"),
    "rehearse": ("emit", "--adopt-defaults", "--rehearse", "prod", "dev"),
}
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # PyMySQL forgets sockets over which TLS failed


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    gc.collect()  # here, where nobody minds


class Project:
    """A folder with the guide's pair: prod as it is, dev, its group and the shadow server through a proxy."""

    def __init__(self, folder: Path, server: Server, run: Run, proxy: Proxy) -> None:
        self.folder, self.run = folder, run
        prod, dev = pairs.create(server, "guide")
        scripts = pairs.folder("guide", server.provider)
        assert scripts is not None
        self.dev = via(dev, proxy.port)
        group = 'each_schema = "publi*"' if server.provider is Provider.POSTGRESQL else f'each_database = "{database_of(dev)}"'
        limits = "connect_timeout = 3\nstatement_timeout = 1\n"
        (folder / "namesync.toml").write_text(
            f'shadow_url = "{via(server.url, proxy.port)}?connect_timeout=3"\n[environments.prod]\nurl = "{prod}"\n'
            f'[environments.dev]\nurl = "{self.dev}"\n{limits}[environments.tenants]\nurl = "{self.dev}"\n{group}\n{limits}'
        )
        (folder / "prisma").mkdir()
        self.schema = (scripts / "schema.prisma").read_bytes()
        self.clean()

    def clean(self) -> None:
        """As if nothing had been written."""
        shutil.rmtree(self.folder / "prisma")
        (self.folder / "prisma").mkdir()
        (self.folder / "prisma" / "schema.prisma").write_bytes(self.schema)
        (self.folder / "dev.json").unlink(missing_ok=True)

    def files(self) -> dict[str, str]:
        """What a command has written, and the schema; the time in the names of migrations left out."""
        found = [path for path in self.folder.rglob("*") if path.is_file() and path.name != "namesync.toml"]
        return {
            re.sub(r"\d{14}", "TIME", path.relative_to(self.folder).as_posix()): re.sub(r"\d{14}", "TIME", path.read_text())
            for path in found
        }


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("namesync.sources.scratch._STATEMENT_S", 1)
    monkeypatch.setattr("namesync.emit.rehearsal.session", partial(session, statement_timeout_s=1))


def _settled(server: Server) -> set[str]:
    """The scratch databases of ours there are."""
    query = "SELECT datname FROM pg_database" if server.provider is Provider.POSTGRESQL else "SHOW DATABASES"
    return {name for (name,) in server.query(server.url, query) if name.startswith(f"namesync_scratch_own{os.getpid()}_")}


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("command", COMMANDS)
@ANY
def test_commands(server: Server, command: str, tally: Tally, namesync: Run, tmp_path: Path) -> None:
    words = COMMANDS[command]
    with Proxy(int(urlsplit(server.url).port or 0)) as proxy:
        project = Project(tmp_path, server, namesync, proxy)
        healthy, written = namesync(*words), project.files()
        places = points(list(proxy.chunks))
        assert healthy.code in (0, 1), healthy.err
        faults = [Fault(kind, *place, 0.1) for place in places for kind in KINDS]
        for fault in random.Random(5).sample(faults, tally.size(2, 15)):
            project.clean()
            before, unwritten = _settled(server), project.files()
            proxy.arm(fault)
            with tally.trial(AREA, f"a connection {fault.kind} under a command"):
                ended = namesync(*words)
                proxy.arm(None)  # what was dropped ends here: nothing of it locks the scratch databases
                left = _settled(server) - before
                for name in left:  # the server could not be told
                    server.execute(server.url, f"DROP DATABASE {name}")
                assert "Traceback" not in ended.err
                assert "unexpected" not in ended.err
                assert left <= set(re.findall(r"namesync_scratch_\w+", ended.err))
                if command == "status" and "_prisma_migrations" in ended.out:
                    assert ended.code == 1, "what could not be read is not settled"
                elif ended.code != 2:
                    assert (ended.code, project.files()) == (healthy.code, written), (fault, ended.err)
                    assert sans_times(ended.out) == sans_times(healthy.out) or command in ("emit", "rehearse")
                else:
                    assert_said(ended, proxy, fault)
                    assert project.files() == unwritten


def assert_said(ended: Ended, proxy: Proxy, fault: Fault) -> None:
    """What could not be read is named, and is not taken for missing."""
    assert re.search(rf"\b(dev|tenants|scratch)\b|:{proxy.port}/", ended.err), ended.err
    assert re.search("no answer in time|connection was lost", ended.err + ended.out), (fault, ended.err)
    assert "missing" not in ended.out


def sans_times(text: str) -> str:
    return re.sub(r"\d{14}", "TIME", text)
