"""Schedules as cron writes them: five fields, and what other schedulers make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from namesync.errors import UsageError

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_PART = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to run, as `0 6 * * *`: five fields of numbers, `*`, lists, ranges and steps, and weekdays also by name."""

    text: str
    minute: str
    hour: str
    day: str
    month: str
    weekdays: tuple[str, ...]
    """`mon`, ...; () for every day."""


def parse_schedule(text: str) -> Schedule:
    """Raises `UsageError`. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html"""
    words = text.lower().split()
    if len(words) != 5:
        raise _wrong(text, "five fields are wanted")
    words[4] = re.sub("|".join(_DAYS), lambda day: str(_DAYS.index(day[0])), words[4])
    numbers = [_numbers(word, *field, text) for word, field in zip(words, _FIELDS, strict=True)]
    days = sorted({number % 7 for number in numbers[4]})
    minute, hour, day, month, weekday = words
    named = () if weekday == "*" else tuple(_DAYS[one] for one in days)
    return Schedule(" ".join(text.split()), minute, hour, day, month, named)


def calendars(schedule: Schedule) -> list[str]:
    """The schedule as systemd's OnCalendar, two where both day and weekday are given, since cron takes either.

    https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html#Calendar%20Events
    """
    time = f"{_systemd(schedule.hour, '0')}:{_systemd(schedule.minute, '0')}:00"
    month, day = _systemd(schedule.month, "1"), _systemd(schedule.day, "1")
    weekdays = ",".join(one.capitalize() for one in schedule.weekdays)
    if weekdays and schedule.day != "*":
        return [f"*-{month}-{day} {time}", f"{weekdays} *-{month}-* {time}"]
    return [f"{f'{weekdays} ' if weekdays else ''}*-{month}-{day} {time}"]


def _systemd(field: str, first: str) -> str:
    return field.replace("-", "..").replace("*/", f"{first}/")


def _numbers(word: str, name: str, least: int, most: int, text: str) -> list[int]:
    return list(chain.from_iterable(_range(part, name, least, most, text) for part in word.split(",")))


def _range(part: str, name: str, least: int, most: int, text: str) -> range:
    found = _PART.fullmatch(part)
    if found is None:
        raise _wrong(text, f"the {name} can't be read")
    first = int(found[1]) if found[1] else least
    last = int(found[2] or found[1]) if found[1] else most
    step = int(found[3] or 1)
    if not (least <= first <= last <= most and step):
        raise _wrong(text, f"the {name} is not from {least} to {most}")
    return range(first, last + 1, step)


def _wrong(text: str, why: str) -> UsageError:
    return UsageError(f"no schedule: {text}: {why}", 'As cron has them: "0 6 * * *" is six o\'clock every day.')
