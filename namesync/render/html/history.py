"""How the drift went over time, as bars with places: `course.svg.jinja` draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from namesync.render.words import counted
from namesync.report import Severity

RUNS = 120
"""The last runs that are drawn."""

_WIDTH, _HEIGHT = 640, 140


@dataclass(frozen=True, slots=True)
class Moment:
    """An earlier run of the same comparison: when it ended, and its findings by severity."""

    at: datetime
    counts: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class Bar:
    """One run: a stack of findings, the weightiest at the bottom. `parts`: severity, y and height in pixels."""

    x: float
    width: float
    words: str
    parts: tuple[tuple[Severity, float, float], ...]


@dataclass(frozen=True, slots=True)
class Course:
    """The picture of how it went: runs from left to right, `top` findings at its upper edge."""

    bars: tuple[Bar, ...]
    top: int
    first: str
    last: str
    width: int
    height: int


def course(history: Sequence[Moment]) -> Course | None:
    """Runs in the order of time; None for fewer than two, which show no course."""
    moments = sorted(history, key=lambda moment: moment.at)[-RUNS:]
    if len(moments) < 2:
        return None
    top = max(1, *(sum(moment.counts.values()) for moment in moments))
    step = _WIDTH / len(moments)
    bars = tuple(
        Bar(place * step, max(step - 2, step * 0.7), _moment_words(moment), _stack(moment, _HEIGHT / top))
        for place, moment in enumerate(moments)
    )
    return Course(bars, top, _day(moments[0].at), _day(moments[-1].at), _WIDTH, _HEIGHT)


def _stack(moment: Moment, scale: float) -> tuple[tuple[Severity, float, float], ...]:
    parts, below = [], float(_HEIGHT)
    for severity in sorted(Severity, reverse=True):
        tall = moment.counts.get(severity, 0) * scale
        if tall:
            below -= tall
            parts.append((severity, round(below, 2), round(tall, 2)))
    return tuple(parts)


def _moment_words(moment: Moment) -> str:
    found = [counted(moment.counts[severity], severity.word) for severity in sorted(moment.counts, reverse=True)]
    return f"{moment.at:%Y-%m-%d %H:%M}: {', '.join(found) or 'no findings'}"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
