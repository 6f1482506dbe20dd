"""A project of snapshot files, and what listens for messages."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from namesync.model import Object
from namesync.sources.snapshot import dump
from tests.cli.conftest import Ended, Run, namesync
from tests.core.worlds import index, pk, world

__all__ = ["namesync"]

BOTH = '[environments.prod]\nfile = "prod.json"\n[environments.dev]\nfile = "dev.json"\n'


@dataclass
class Project:
    """A folder with a configuration; `job(...)` runs `namesync job ...` in it."""

    folder: Path
    run: Run

    def configure(self, text: str) -> None:
        (self.folder / "namesync.toml").write_text(text, encoding="utf-8")

    def have(self, name: str, *objects: Object) -> None:
        (self.folder / f"{name}.json").write_text(dump(world(pk("T", "id", "T_pkey"), *objects)), encoding="utf-8")

    def drift(self, name: str) -> None:
        """One index, called `T_a_idx` in prod and `name` in dev."""
        self.have("prod", index("T", "a", "T_a_idx"))
        self.have("dev", index("T", "a", name))

    def job(self, *words: str) -> Ended:
        return self.run("job", *words)

    def check(self, *words: str) -> dict[str, Any]:
        """The JSON of a run, its exit code as `code`."""
        ended = self.job("run", "--format", "json", *words)
        assert ended.out, ended.err
        document: dict[str, Any] = json.loads(ended.out)
        return {**document, "code": ended.code, "err": ended.err}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("namesync.job.outbox.BACKOFF_S", 0.01)
    monkeypatch.setattr("namesync.job.observe.BACKOFF_S", 0.01)
    monkeypatch.setattr("namesync.job.observe.POLL_S", 0.05)


@pytest.fixture
def project(tmp_path: Path, namesync: Run) -> Project:
    made = Project(tmp_path, namesync)
    made.configure(BOTH)
    return made


@dataclass
class Endpoint:
    """A webhook: `answer` is its status, `got` what it took (with 200), `refused` how often it did not."""

    url: str = ""
    answer: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    authorization: str | None = None
    refused: list[str] = field(default_factory=list)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """On a port of its own; a token is in its URL, which nobody may ever tell."""
    state = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert body["id"] == self.headers["Idempotency-Key"]
            state.authorization = self.headers["Authorization"]
            if state.answer == 200:
                state.got.append(body)
            else:
                state.refused.append(body["id"])
            self.send_response(state.answer)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/hook?token=hunter2"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """As if a package were not installed."""
    return lambda name: monkeypatch.setitem(sys.modules, name, None)
