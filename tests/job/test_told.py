"""Who is told what, and when: on a change alone, once, whatever fails on the way."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from namesync.job.channels import channels
from namesync.job.history import Clock, open_history
from namesync.job.outbox import Delivery, NotDelivered, deliver
from namesync.job.run import Request, run
from tests.core.worlds import index
from tests.job.conftest import BOTH, Endpoint, Project


@pytest.fixture
def told(project: Project, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setenv("HOOK_URL", endpoint.url)
    project.configure(f'{BOTH}[job]\nwebhook = "${{HOOK_URL}}"\n')
    return endpoint


def kinds(endpoint: Endpoint) -> list[tuple[str, list[str]]]:
    return [(message["kind"], [change["what"] for change in message["changes"]]) for message in endpoint.got]


def test_on_a_change_alone(project: Project, told: Endpoint) -> None:
    for name in ("odd", "odd", "odder", "odder", "T_a_idx", "T_a_idx"):
        project.drift(name)
        project.job("run")
    assert kinds(told) == [("change", ["new"]), ("change", ["changed"]), ("change", ["resolved"])]
    assert told.got[1]["changes"][0]["details"] == ["names.dev: odd -> odder"]
    assert told.got[1]["title"] == "namesync: 1 changed"


def test_an_endpoint_that_fails_and_comes_back(project: Project, told: Endpoint) -> None:
    """Every change is told, in order, each under one id, and none twice."""
    told.answer = 503
    for name in ("odd", "odder"):
        project.drift(name)
        ended = project.job("run")
        assert "webhook: answered 503: it will be sent with the next run" in ended.err
        assert ended.code == 1
    assert (told.got, len(set(told.refused))) == ([], 1)
    assert len(told.refused) == 6  # three attempts a run, and the second message waits for the first
    told.answer = 200
    for _ in range(2):
        assert project.job("run").err == ""
    assert kinds(told) == [("change", ["new"]), ("change", ["changed"])]
    assert told.got[0]["id"] == told.refused[0]


def test_nobody_is_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HOOK_URL", f"http://hunter2@127.0.0.1:{taken.getsockname()[1]}/hunter2")
    project.configure(f'{BOTH}[job]\nwebhook = "${{HOOK_URL}}"\n')
    project.drift("odd")
    ended = project.job("run")
    assert "webhook: no answer" in ended.err
    assert "hunter2" not in ended.err + ended.out


def test_what_is_refused_for_good_is_not_tried_again_at_once(project: Project, told: Endpoint) -> None:
    told.answer = 404
    project.drift("odd")
    project.job("run")
    assert len(told.refused) == 1


def test_a_redirect_is_not_followed(project: Project, told: Endpoint) -> None:
    told.answer = 302
    project.drift("odd")
    assert "answered 302" in project.job("run").err


@pytest.mark.parametrize(("minutes", "reminded"), [(0, 0), (59, 0), (61, 1), (-61, 1), (-30, 0)])
def test_a_reminder(project: Project, told: Endpoint, minutes: int, reminded: int) -> None:
    """After the time, counted from the last message; a clock that has moved far back does not silence it for ever."""
    project.configure(f'{BOTH}[job]\nwebhook = "${{HOOK_URL}}"\nremind_after = "1h"\n')
    project.drift("odd")
    config = project.folder / "namesync.toml"
    run(Request(config=config, clock=Clock(lambda: 1_800_000_000.0)))
    for _ in range(2):
        run(Request(config=config, clock=Clock(lambda: 1_800_000_000.0 + minutes * 60)))
    assert kinds(told)[1:] == [("reminder", ["standing"])] * reminded


def test_what_is_accepted_is_not_told(project: Project, told: Endpoint) -> None:
    project.drift("odd")
    project.job("run", "--write-baseline", "accepted.json")
    project.drift("T_a_idx")
    project.job("run")
    project.drift("odd")
    project.job("run", "--baseline", "accepted.json")
    assert kinds(told) == [("change", ["new"]), ("change", ["resolved"])]


def test_no_credentials(project: Project, told: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in messages nor in the history: URLs of databases, of the webhook, of the history."""
    monkeypatch.setenv("QA_URL", "postgresql://u:hunter2@127.0.0.1:1/d")
    monkeypatch.setenv("NO_URL", "postgresql//u:hunter2@127.0.0.1:1/d")
    with (project.folder / "namesync.toml").open("a") as file:
        file.write('attempts = 1\n[environments.qa]\nurl = "${QA_URL}"\n[environments.no]\nurl = "${NO_URL}"\n')
    project.drift("odd")
    ended = project.job("run")
    assert {one["name"]: one["state"] for one in told.got[0]["environments"]} == {"qa": "unreachable", "no": "unusable"}
    kept = b"".join(path.read_bytes() for path in (project.folder / ".namesync").iterdir())
    for text in (json.dumps(told.got), ended.out, ended.err, kept.decode("latin-1")):
        assert "hunter2" not in text


def test_an_environment_that_comes_back_is_told(project: Project, told: Endpoint) -> None:
    project.drift("T_a_idx")
    away = (project.folder / "dev.json").read_text()
    for present in (True, False, False, True, True):
        (project.folder / "dev.json").write_text(away) if present else (project.folder / "dev.json").unlink(missing_ok=True)
        project.job("run")
    assert [(one["name"], one["state"]) for message in told.got for one in message["environments"]] == [
        ("dev", "unusable"),
        ("dev", "read"),
    ]
    assert told.got[1]["title"] == "namesync: dev is back"


def test_a_digest_is_not_without_end(project: Project, told: Endpoint) -> None:
    project.have("prod", *(index("T", f"c{number}", f"T_c{number}_idx") for number in range(70)))
    project.have("dev", *(index("T", f"c{number}", f"odd{number}") for number in range(70)))
    project.job("run")
    (message,) = told.got
    assert (len(message["changes"]), message["more"], message["title"]) == (50, 20, "namesync: 70 new")


def test_a_sender_that_died_leaves_its_message(project: Project, endpoint: Endpoint) -> None:
    """Whether it had arrived nobody knows: it is sent once more under its own id, when the claim is old."""
    project.configure(f'{BOTH}[job]\nwebhook = "{endpoint.url}"\n')
    project.drift("odd")
    endpoint.answer = 503
    project.job("run")
    path = project.folder / ".namesync" / "history.db"
    history = open_history(f"file:{path}", project.folder, Clock(lambda: 1000.0))

    class DiedError(Exception):
        pass

    def die(*_: object) -> None:
        raise DiedError

    with pytest.raises(DiedError):
        deliver(history, Delivery({"webhook": die}))
    sent: list[str] = []
    others = Delivery({"webhook": lambda message_id, _: sent.append(message_id)})
    assert (deliver(history, others), sent) == ([], [])  # somebody may be at it
    late = open_history(f"file:{path}", project.folder, Clock(lambda: 2000.0))
    assert (deliver(late, others), sent) == ([], [endpoint.refused[0]])
    assert (deliver(late, others), len(sent)) == ([], 1)


def test_a_channel_that_is_gone(project: Project, endpoint: Endpoint) -> None:
    """Its messages wait, and say so."""
    project.configure(f'{BOTH}[job]\nwebhook = "{endpoint.url}"\n')
    project.drift("odd")
    endpoint.answer = 503
    project.job("run")
    project.configure(BOTH)
    assert "webhook is not configured any more" in project.job("run").err


class _Service:
    """What stands in for Apprise: it takes no word of its own to the network."""

    answers: list[object] = []  # noqa: RUF012
    sent: list[dict[str, str]] = []  # noqa: RUF012

    def add(self, url: str) -> bool:
        return url.startswith("slack://")

    def notify(self, **message: str) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self.sent.append(message)
        return answer


@pytest.fixture
def apprise(monkeypatch: pytest.MonkeyPatch) -> type[_Service]:
    module = ModuleType("apprise")
    module.Apprise = _Service  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apprise", module)
    _Service.answers, _Service.sent = [True], []
    return _Service


def test_apprise_is_given_text(project: Project, apprise: type[_Service]) -> None:
    project.configure(f'{BOTH}[job]\napprise = ["slack://hunter2"]\n')
    project.drift("odd")
    assert project.job("run").err == ""
    (message,) = apprise.sent
    assert message["title"] == "namesync: 1 new"
    assert re.match(r"new: name-drift T \(a\): same index.*\n\n\[[0-9a-f]{32}\]$", message["body"], re.DOTALL)


@pytest.mark.parametrize("answer", [False, RuntimeError("hunter2")])
def test_apprise_fails(project: Project, apprise: type[_Service], answer: object) -> None:
    apprise.answers = [answer] * 3
    project.configure(f'{BOTH}[job]\napprise = ["slack://hunter2"]\n')
    project.drift("odd")
    err = project.job("run").err
    assert "apprise 1: Apprise could not deliver it" in err
    assert "hunter2" not in err


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_itself(project: Project, endpoint: Endpoint) -> None:
    """Not ours: the real package, its JSON service on the endpoint."""
    pytest.importorskip("apprise")
    host = endpoint.url.removeprefix("http://").partition("/")[0]
    found = channels_of(project, f"json://{host}/hook")
    endpoint.answer = 500
    with pytest.raises(NotDelivered):
        found["apprise 1"]("id", {"title": "t", "changes": [], "more": 0, "environments": []})


def channels_of(project: Project, url: str) -> dict[str, Callable[..., None]]:
    from namesync.config import load_config

    project.configure(f'{BOTH}[job]\napprise = ["{url}"]\n')
    return dict(channels(load_config(project.folder), {}))


def test_apprise_is_not_installed(project: Project, no_module: Callable[[str], None]) -> None:
    no_module("apprise")
    project.configure(f'{BOTH}[job]\napprise = ["slack://hunter2"]\n')
    project.drift("odd")
    ended = project.job("run")
    assert (ended.code, "pip install 'namesync[job]'" in ended.err) == (2, True)
    assert not _runs(project.folder)  # said before anything is done


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param('apprise = ["nonsense"]', "entry 1 of `apprise` is no URL", id="apprise"),
        pytest.param('webhook = "file:///etc/passwd"', "`webhook` is no http:// or https:// URL", id="webhook"),
        pytest.param('webhook = "${NOT_SET}"', "[job]: the variable NOT_SET in `webhook` is not set", id="variable"),
    ],
)
def test_a_channel_that_can_not_be(project: Project, text: str, why: str) -> None:
    project.configure(f"{BOTH}[job]\n{text}\n")
    ended = project.job("run")
    assert (ended.code, why in ended.err) == (2, True)


def _runs(folder: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / ".namesync" / "history.db")) as connected:
        return connected.execute("SELECT * FROM namesync_run").fetchall()


def test_user_and_password_of_a_webhook_go_into_a_header(project: Project, endpoint: Endpoint) -> None:
    """They are no part of the host's name, which is looked up in the network."""
    project.configure(f'{BOTH}[job]\nwebhook = "{endpoint.url.replace("127", "us%40er:hunter2@127", 1)}"\n')
    project.drift("odd")
    assert project.job("run").err == ""
    assert kinds(endpoint) == [("change", ["new"])]
    assert endpoint.authorization == "Basic dXNAZXI6aHVudGVyMg=="
