"""Variables: `.env` as Prisma reads it, `${VAR}` as the configuration writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from namesync.config.variables import expand, parse_dotenv, read_variables
from namesync.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("A=1\nB=2", {"A": "1", "B": "2"}, id="plain"),
        pytest.param("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="CRLF"),
        pytest.param("A=1\rB='2'\r", {"A": "1", "B": "2"}, id="CR, which dotenv takes for a line's end too"),
        pytest.param("  export A = 1  ", {"A": "1"}, id="export, spaces"),
        pytest.param("A: 1", {"A": "1"}, id="colon"),
        pytest.param("A=\nB=2", {"A": "", "B": "2"}, id="empty"),
        pytest.param("# A=1\n\n  # B=2\nC=3", {"C": "3"}, id="comments"),
        pytest.param("A=1 # one", {"A": "1"}, id="comment after a value"),
        pytest.param("A='a # b' # c", {"A": "a # b"}, id="single quotes"),
        pytest.param('A="a # b"', {"A": "a # b"}, id="double quotes"),
        pytest.param("A=`a 'b' \"c\"`", {"A": "a 'b' \"c\""}, id="backticks"),
        pytest.param('A="a\\nb"', {"A": "a\nb"}, id="newline in double quotes"),
        pytest.param("A='a\\nb'", {"A": "a\\nb"}, id="no newline in single quotes"),
        pytest.param('A="-----\nkey\n-----"\nB=2', {"A": "-----\nkey\n-----", "B": "2"}, id="several lines in quotes"),
        pytest.param("A='x\nB=2", {"A": "'x", "B": "2"}, id="quote not closed"),
        pytest.param("A=a=b?c=d&e", {"A": "a=b?c=d&e"}, id="= in a value"),
        pytest.param("A=1\nA=2", {"A": "2"}, id="the last counts"),
        pytest.param("odd line\nA=1", {"A": "1"}, id="odd lines are skipped"),
        pytest.param("U=me\nA=pg://${U}:$P@h/${D:-db}\nP=pw", {"U": "me", "A": "pg://me:pw@h/db", "P": "pw"}, id="references"),
        pytest.param("A='$B'\nB=b", {"A": "b", "B": "b"}, id="references in single quotes, as dotenv-expand"),
        pytest.param("A=a\\$b", {"A": "a$b"}, id="escaped $"),
        pytest.param("A=$B\nB=$A", {"A": "", "B": ""}, id="references in a circle"),
        pytest.param("A=100$", {"A": "100$"}, id="lone $"),
        pytest.param("", {}, id="empty file"),
    ],
)
def test_dotenv(text: str, want: dict[str, str]) -> None:
    assert parse_dotenv(text, {}) == want


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A0=x\n" + "".join(f"A{n}=${{A{n - 1}}}$A{n - 1}\n" for n in range(1, 60)), id="twice as much each time"),
        pytest.param("A0=x\n" + "".join(f"A{n}=$A{n - 1}\n" for n in range(1, 2_000)), id="one in the other"),
    ],
)
def test_variables_in_variables_have_an_end(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^\.env: too many variables in variables"):
        parse_dotenv(text, {})


def test_the_process_goes_before_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffA=file\nB=${A}-${C}\n", encoding="utf-8")
    assert read_variables({"A": "process", "C": "c"}, tmp_path) == {"A": "process", "B": "process-c", "C": "c"}


def test_no_dotenv(tmp_path: Path) -> None:
    assert read_variables({"A": "1"}, tmp_path) == {"A": "1"}


def test_unreadable_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(ConfigError, match=r"\.env: can't be read as UTF-8"):
        read_variables({}, tmp_path)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("${A}", "a", id="a variable"),
        pytest.param("x${A}y${A}z", "xayaz", id="in the middle"),
        pytest.param("${B:-c}", "c", id="default when not set"),
        pytest.param("${E:-c}", "c", id="default when empty"),
        pytest.param("${A:-c}", "a", id="default not needed"),
        pytest.param("${B:-}", "", id="empty default"),
        pytest.param("p$A$$w$", "p$A$$w$", id="other $ stay"),
        pytest.param("${D}", "${A}", id="a value is not looked into"),
    ],
)
def test_expand(text: str, want: str) -> None:
    assert expand(text, {"A": "a", "E": "", "D": "${A}"}, environment="prod", key="url") == want


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("${PROD_URL}", "environment prod: the variable PROD_URL in `url` is not set", id="not set"),
        pytest.param("${E}", "environment prod: the variable E in `url` is empty", id="empty"),
        pytest.param("${A", "environment prod: `url` has a ${ that is no ${VAR}", id="not closed"),
        pytest.param("${A-B}", "environment prod: `url` has a ${ that is no ${VAR}", id="odd name"),
    ],
)
def test_expand_mistakes(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(text, {"E": "", "A": "a"}, environment="prod", key="url")
    assert str(caught.value).startswith(words)
