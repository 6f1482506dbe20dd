"""The same from Python."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from pathlib import Path

import pytest

import namesync
from namesync import Kind, NamesyncError, Rule, Severity, api
from tests.cli.conftest import DEV, PROD
from tests.servers import Server


@pytest.fixture(autouse=True)
def _guide(snapshots: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", namesync.__all__)
def test_public_names_are_there_and_documented(name: str) -> None:
    assert getattr(namesync, name) is not None
    if callable(getattr(namesync, name)):
        assert getattr(namesync, name).__doc__


@pytest.mark.parametrize("name", api.__all__)
def test_public_functions_have_types(name: str) -> None:
    function = getattr(api, name)
    hints = typing.get_type_hints(function)
    assert set(hints) == {*inspect.signature(function).parameters, "return"}


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        namesync.nonsense  # noqa: B018 - the access is the test


def test_diff() -> None:
    report = namesync.diff("prod.json", "dev.json", only=[Rule.NAME_DRIFT], kinds=[Kind.FOREIGN_KEY])
    (finding,) = report.findings
    assert finding.names == {"prod": "Custom_Production_Name", "dev": "Custom_Foreign_Key_Constraint"}
    assert finding.expected == "Post_authorName_fkey"
    assert report.exit_code(Severity.ERROR) == 1
    assert report.objects == 5


def test_load_and_snapshot(tmp_path: Path) -> None:
    assert namesync.load("prod.json") == PROD
    (tmp_path / "copy.json").write_text(namesync.snapshot("dev.json"), encoding="utf-8")
    assert namesync.load("copy.json") == DEV


def test_environments(tmp_path: Path) -> None:
    (tmp_path / "namesync.toml").write_text('[environments.b]\nfile = "prod.json"\n[environments.a]\nfile = "dev.json"\n')
    assert namesync.environments() == ("b", "a")
    assert namesync.diff(*namesync.environments()).authority == "b"


def test_every_error_is_one_of_ours() -> None:
    for call in (lambda: namesync.diff("prod.json"), lambda: namesync.load("nowhere"), lambda: namesync.snapshot("x:y")):
        with pytest.raises(NamesyncError):
            call()


def test_live_databases(server: Server) -> None:
    """Two databases of each server there is, read at once."""
    made = {
        name: server.create(
            f"CREATE TABLE t1 (a int NOT NULL, b int);CREATE INDEX {index} ON t1 (a);CREATE UNIQUE INDEX t1_b_key ON t1 (b);"
        )
        for name, index in (("prod", "t1_a_odd"), ("dev", "t1_a_idx"))
    }
    report = namesync.diff(*(f"{name}={url}" for name, url in made.items()))
    (finding,) = report.findings
    assert finding.rule is Rule.NAME_DRIFT
    assert finding.names == {"prod": "t1_a_odd", "dev": "t1_a_idx"}
    assert [environment.provider for environment in report.environments] == [server.provider] * 2
