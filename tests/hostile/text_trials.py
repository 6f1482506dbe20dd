"""Trials of damaged text that can be repeated: each has its own seed, which a failure tells, and a limit of processor time."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from types import FrameType
from typing import Any, NoReturn

import pytest

from namesync.errors import NamesyncError
from tests.hostile.tally import Tally

AREA = "damaged text"
LIMIT_S = 20.0  # of the processor, for one trial of a few kilobytes
SHARES = 4  # of one kind of trials, for as many workers

shared = pytest.mark.parametrize("share", range(SHARES), ids="share-{}".format)


def numbers(tally: Tally, share: int, short: int, long: int) -> range:
    """The trials of a share."""
    return range(share, tally.size(short, long), SHARES)


class TooSlow(BaseException):
    """The limit is reached. No `Exception`: nobody on the way out is to take it for an error of his own."""


@dataclass
class Trial:
    """One trial. `text` is what it tries, for the message of a failure."""

    random: Random
    text: Any = None


@contextmanager
def trial(tally: Tally, what: str, number: int, about: str = "") -> Iterator[Trial]:
    """The trial of this number, the same each time; `about` tells kinds apart that are counted as one."""
    current = Trial(Random(f"{what} {about} {number}"))
    with tally.trial(AREA, what):
        try:
            with limited():
                yield current
        except BaseException as error:
            error.add_note(f"trial {number} of {what!r} {about}: {current.text!r:.20000}")
            raise


@contextmanager
def limited(seconds: float = LIMIT_S) -> Iterator[None]:
    """Raises TooSlow after so much processor time; in the middle of a regular expression too, which looks for signals."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise TooSlow(f"no end after {seconds} s of the processor")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def assert_clear(error: NamesyncError, *places: str) -> None:
    """What an error of ours must be: it exits with 2, says where (one of the places) and what, in a few lines."""
    assert error.exit_code == 2
    assert any(place in error.what for place in places), error.what
    assert re.search(r"\w{3}", error.what)
    assert "Error(" not in str(error)


@contextmanager
def refusing(*places: str) -> Iterator[None]:
    """The block ends well, or with a clear error of ours."""
    try:
        yield
    except NamesyncError as error:
        assert_clear(error, *places)
