"""Waiting for what may never come."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def within(seconds: float, action: Callable[[], T], *, late: Callable[[T], Any] = lambda _: None) -> T:
    """What the action gives or raises; TimeoutError when it takes longer.

    It goes on in a thread of its own then, which keeps no process from ending, and `late` is called with what it gives.
    A limit of the driver's own would be one for each address, or for each piece of an answer.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            result = action()
        except BaseException as error:  # noqa: BLE001 - it is for the one who waits
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    def settle(ended: Future[T]) -> None:
        if ended.exception() is None:
            late(ended.result())

    Thread(target=run, daemon=True).start()
    try:
        return outcome.result(seconds)
    except BaseException as error:
        in_time = outcome.done()
        outcome.add_done_callback(settle)
        if isinstance(error, TimeoutError) and not in_time:
            raise TimeoutError("timed out") from None
        raise
