"""Tokens in the addresses that are told, and the password in what is told, kept and shown: none is found anywhere."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from namesync.job.metrics import exposition
from namesync.job.page import page
from namesync.job.run import open_project
from namesync.sources.snapshot import dump
from tests.cli.conftest import DEV, namesync
from tests.hostile.marked import Folder, Marked, marked
from tests.hostile.places import configure, text
from tests.hostile.quoting import quoting
from tests.hostile.searching import AREA, Searcher, searcher
from tests.hostile.tally import Tally

__all__ = ["namesync", "searcher"]


@dataclass
class Told:
    """Who is told. `answer` is its status; `got` what it took but for the address, which holds the token as it has to."""

    port: int = 0
    answer: int = 200
    got: list[str] = field(default_factory=list)


@pytest.fixture
def told() -> Iterator[Told]:
    state = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.got.append(
                "\n".join((*(f"{name}: {value}" for name, value in self.headers.items() if name != "Authorization"), body))
            )
            self.send_response(state.answer, "no")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


ADDRESSES = {
    "webhook": 'webhook = "http://u:{token}@127.0.0.1:{port}/hook/{token}?key={token}"',
    "apprise": 'apprise = ["json://u:{token}@127.0.0.1:{port}/hook/{token}", "jsons://127.0.0.1:1/{token}"]',
    "no such service": 'apprise = ["nosuch://{token}"]',
    "no URL": 'apprise = ["{token}"]',
    "no address": 'webhook = "hooks.example.com/{token}"',
    "not set": 'webhook = "https://127.0.0.1/{token}/${{NOT_SET}}"',
    "apprise not set": 'apprise = ["slack://{token}/${{NOT_SET}}"]',
    "nobody there": 'webhook = "http://127.0.0.1:1/{token}"',
}


@pytest.mark.parametrize("answer", [200, 403, 503])
@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_told(address: str, answer: int, told: Told, searcher: Searcher, tally: Tally) -> None:
    for _ in range(tally.size(1, 8)):
        secret = marked(random.Random())
        token = Marked(secret.words, "".join(secret.words)).encoded
        told.answer = answer
        with tally.trial(AREA, "tokens of webhooks and Apprise"), quoting("postgresql") as server:
            server.says, server.when = f"{secret.password} {secret.encoded}", "query"
            job = f"[job]\nattempts = 1\n{ADDRESSES[address].format(token=token, port=told.port)}\n"
            url = f"postgresql://u:{secret.encoded}@127.0.0.1:{server.port}/d"

            def place(folder: Folder, url: str, monkeypatch: pytest.MonkeyPatch, job: str = job) -> str:
                configure(folder, f'[environments.dev]\nfile = "dev.json"\n[environments.qa]\nurl = {text(url)}\n{job}')
                folder.have("dev.json", dump(DEV))
                return "qa"

            commands = [
                ("job", "run", "-v"),
                ("config",),
                ("job", "history", "--findings"),
                ("job", "manifest", "systemd"),
                ("job", "run"),
            ]
            folder = searcher.search_in(place, url, secret, commands)
            assert not any(secret.found_in(body) for body in told.got), told.got
            store = open_project(folder.path / "namesync.toml").history
            assert not secret.found_in(page(store, "0 6 * * *"))
            assert not secret.found_in(exposition(store))
    assert told.got or address not in ("webhook", "apprise")
