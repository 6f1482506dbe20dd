"""Messages on their way: written in the transaction that records what they tell, sent afterwards, each by one sender.

A message is claimed, then sent, then marked as sent. One that can't be delivered stays for the next run. Where a sender dies
between sending and marking, nobody can know whether the message arrived: it is sent once more *under the same id*
(`Idempotency-Key`), by which a receiver knows it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, TypeAlias
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from namesync.job.history import Clock, History
from namesync.job.message import Message, digest, reminder
from namesync.job.outcome import Outcome
from namesync.job.tables import outbox

ATTEMPTS = 3
BACKOFF_S = 1.0
"""Between two attempts, doubled each time."""

_CLAIM_S = 300  # longer than a sender takes for all attempts

Send: TypeAlias = Callable[[str, Message], None]
"""Sends a message under an id; raises `NotDelivered`."""


class NotDelivered(Exception):  # noqa: N818 - it says what happened
    """The receiver has not taken the message. `final`: trying again at once is no use."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages are sent: channel -> sender, and how to pass the time between attempts."""

    channels: Mapping[str, Send]
    sleep: Callable[[float], None] = time.sleep


def post(connection: Connection, outcome: Outcome, channels: Sequence[str], remind_after_s: float, clock: Clock) -> None:
    """Put what there is to tell into the outbox, once for each channel; a reminder when nothing has been told for long."""
    message = digest(outcome) if channels else None
    if message is None and channels and remind_after_s:
        last = connection.execute(select(outbox.c.created).order_by(outbox.c.id.desc()).limit(1)).scalar()
        # A clock that has moved back a long way must not silence reminders until it has caught up.
        if last is None or abs(clock.now() - last) >= remind_after_s:
            message = reminder(outcome)
    if message is None:
        return
    for channel in channels:
        values = {"message_id": uuid4().hex, "run": outcome.run, "channel": channel, "state": "pending", "attempts": 0}
        connection.execute(insert(outbox).values(**values, created=int(clock.now()), error="", body=json.dumps(message)))


def deliver(history: History, delivery: Delivery) -> list[str]:
    """Send all that is waiting, oldest first; what could not be delivered, in words.

    A channel that fails is left alone until the next run, so that its messages keep their order.
    """
    troubles: dict[str, str] = {}
    for row in history.read(lambda connection: connection.execute(_waiting(history.clock)).all()):
        if row.channel not in delivery.channels:
            troubles.setdefault(row.channel, f"{row.channel} is not configured any more: its messages wait")
        elif row.channel not in troubles and (claim := _claim(history, row)):
            error = _send(row, delivery)
            _settle(history, row, claim, error)
            if error:
                troubles[row.channel] = f"{row.channel}: {error}: it will be sent with the next run"
    return list(troubles.values())


def _waiting(clock: Clock) -> Any:
    return select(outbox).where(_free(int(clock.now()))).order_by(outbox.c.id)


def _free(now: int) -> Any:
    """Pending, or claimed by a sender that must be dead (or that lived before the clock moved back)."""
    stale = or_(outbox.c.claimed_until < now, outbox.c.claimed_until > now + 2 * _CLAIM_S)
    return or_(outbox.c.state == "pending", and_(outbox.c.state == "sending", stale))


def _claim(history: History, row: Row[Any]) -> str:
    """Make the message ours; "" where another was faster."""
    claim, now = token_hex(16), int(history.clock.now())
    values = {"state": "sending", "claim": claim, "claimed_until": now + _CLAIM_S}
    taken = update(outbox).where(outbox.c.id == row.id, _free(now)).values(**values)
    return claim if history.write(lambda connection: connection.execute(taken)).rowcount else ""


def _send(row: Row[Any], delivery: Delivery) -> str:
    """Why the message could not be delivered, "" where it was."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            delivery.channels[row.channel](row.message_id, json.loads(row.body))
        except NotDelivered as error:
            if attempt == ATTEMPTS or error.final:
                return str(error)
            delivery.sleep(BACKOFF_S * 2 ** (attempt - 1))
        else:
            return ""
    return ""


def _settle(history: History, row: Row[Any], claim: str, error: str) -> None:
    values = {"state": "pending" if error else "sent", "claim": None, "claimed_until": None, "error": error}
    settled = update(outbox).where(outbox.c.id == row.id, outbox.c.claim == claim)
    history.write(lambda connection: connection.execute(settled.values(attempts=outbox.c.attempts + 1, **values)))
