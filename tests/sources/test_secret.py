"""Where a configured environment's URL comes from; what goes wrong is told without what was found."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from namesync.config import Environment
from namesync.errors import ConfigError
from namesync.sources import secret
from namesync.sources.secret import url_of, variable_names

URL = "postgresql://u:hunter2@h/d"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_literal_and_variables(tmp_path: Path) -> None:
    environment = Environment("prod", url="postgresql://${USER}:${PASS:-x}@h/d")
    assert url_of(environment, {"USER": "me"}, tmp_path) == "postgresql://me:x@h/d"


def test_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"\ufeff\n  {URL} \r\n\n", encoding="utf-8")
    assert url_of(Environment("prod", url_file="${DIR}/secret"), {"DIR": "."}, tmp_path) == URL


def test_command(tmp_path: Path) -> None:
    """It runs in the configuration's folder, its words as they are: no shell looks at them."""
    code = "import os, sys; print(sys.argv[1] + os.path.basename(os.getcwd()))"
    environment = Environment("prod", url_command=(*python(code), "$HOME;`x`${A}/"))
    assert url_of(environment, {"A": "a"}, tmp_path) == f"$HOME;`x`a/{tmp_path.name}"


@pytest.mark.parametrize(
    ("variables", "want"),
    [
        pytest.param({"MY_EU_1_DATABASE_URL": "a", "DATABASE_URL_MY_EU_1": "b"}, "a", id="before"),
        pytest.param({"DATABASE_URL_MY_EU_1": "b"}, "b", id="after"),
        pytest.param({"MY_EU_1_DATABASE_URL": "", "DATABASE_URL_MY_EU_1": "b"}, "b", id="empty is not set"),
    ],
)
def test_variable_of_the_name(variables: dict[str, str], want: str, tmp_path: Path) -> None:
    """An environment that gives no URL, but schemas perhaps, is looked up by its name."""
    assert url_of(Environment("my-eu.1", schemas=("a",)), variables, tmp_path) == want


def test_variable_names() -> None:
    assert variable_names("prod") == ("PROD_DATABASE_URL", "DATABASE_URL_PROD")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param(
            Environment("prod"), "gives no URL, and PROD_DATABASE_URL and DATABASE_URL_PROD are not set", id="nothing"
        ),
        pytest.param(Environment("prod", url="${X}"), "the variable X in `url` is not set", id="variable"),
        pytest.param(Environment("prod", url_file="absent"), "No such file or directory", id="no file"),
        pytest.param(Environment("prod", url_file="empty"), "nothing in it", id="empty file"),
        pytest.param(Environment("prod", url_file="two"), "more than one line", id="two lines"),
        pytest.param(Environment("prod", url_file="latin"), "not UTF-8", id="not UTF-8"),
        pytest.param(Environment("prod", url_command=("absent-program", URL)), "No such file or directory", id="no program"),
        pytest.param(Environment("prod", url_command=("a\0b",)), "can't be started", id="no program's name"),
        pytest.param(
            Environment(
                "prod", url_command=python(f"import sys; print('{URL}', file=sys.stderr); print('{URL}'); sys.exit(3)")
            ),
            "ended with code 3",
            id="failing command",
        ),
        pytest.param(Environment("prod", url_command=python("pass")), "nothing in it", id="silent command"),
        pytest.param(
            Environment("prod", url_command=python(f"print('{URL}'); print('hunter2')")), "more than one line", id="talkative"
        ),
    ],
)
def test_mistakes(environment: Environment, words: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "two").write_text(f"{URL}\nhunter2\n")
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(ConfigError) as caught:
        url_of(environment, {}, tmp_path)
    assert str(caught.value).startswith("environment prod: ")
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_command_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when its own child holds its output open."""
    monkeypatch.setattr(secret, "COMMAND_TIMEOUT_S", 1)
    code = f"import subprocess; subprocess.run({list(python('import time; time.sleep(5)'))})"
    start = time.monotonic()
    with pytest.raises(ConfigError, match="no end after 1 s"):
        url_of(Environment("prod", url_command=python(code)), {}, tmp_path)
    assert time.monotonic() - start < 4
