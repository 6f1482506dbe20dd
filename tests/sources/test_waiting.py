"""What takes too long is left, and tidied up when it comes after all; limits are those that were asked for."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from namesync.sources.connection import Limits, arguments
from namesync.sources.url import parse_url
from namesync.sources.waiting import within


def test_in_time() -> None:
    assert within(5, lambda: 7) == 7


def test_what_is_raised_is_raised_here() -> None:
    with pytest.raises(TimeoutError, match="of the action's own"):
        within(5, lambda: (_ for _ in ()).throw(TimeoutError("of the action's own")))


def test_too_late() -> None:
    go, came, tidied = threading.Event(), threading.Event(), []

    def late(result: str) -> None:
        tidied.append(result)
        came.set()

    began = time.monotonic()
    with pytest.raises(TimeoutError, match="timed out"):
        within(0.1, lambda: "late" if go.wait(20) else "", late=late)
    assert time.monotonic() - began < 5
    assert not tidied
    go.set()
    assert came.wait(20)
    assert tidied == ["late"]


@pytest.mark.parametrize(("statement_s", "answer_s"), [(0.3, 0.43), (1, 1.2), (10, 11.1), (60, 65), (3600, 3605)])
def test_the_client_waits_a_little_longer_than_the_server(statement_s: float, answer_s: float) -> None:
    assert Limits(10, statement_s).answer_s == pytest.approx(answer_s)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_the_configuration_goes_before_the_url(scheme: str) -> None:
    target = parse_url(f"{scheme}://h/d?connect_timeout=30", base=Path("/"))
    assert arguments(target, Limits.of(target, 3))["connect_timeout"] == 3
    assert arguments(target, Limits.of(target))["connect_timeout"] == 30
    assert arguments(bare := parse_url(f"{scheme}://h/d", base=Path("/")), Limits.of(bare))["connect_timeout"] == 10
