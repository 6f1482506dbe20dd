"""The page of `namesync job serve`: where everything stands, and the history drawn as inline SVG. No script, nothing loaded."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, case, func, select

from namesync.job.history import History
from namesync.job.message import line
from namesync.job.tables import count, environment, finding, fleet, run
from namesync.render.terminal import visible

RUNS = 200
"""The runs that are drawn, at most; older ones are in `namesync job history`."""
FINDINGS = 100
WIDTH, HEIGHT = 600, 40
"""The size of a drawing, in its own units."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Open findings of one environment over the runs: a step line, its last value and its highest."""

    name: str
    points: str
    last: int
    most: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The life of one finding among the runs drawn, from `start`, `width` wide."""

    text: str
    fingerprint: str
    state: str
    severity: str
    start: float
    width: float
    opened: int
    closed: int | None


def page(history: History, schedule: str) -> str:
    """The HTML."""
    from jinja2 import Environment, StrictUndefined

    facts = history.read(_facts)
    source = files("namesync.job").joinpath("templates", "page.html.jinja").read_text(encoding="utf-8")
    environment_ = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment_.filters["visible"] = visible
    return environment_.from_string(source).render(**facts, schedule=schedule, width=WIDTH, height=HEIGHT)


def _facts(connection: Connection) -> dict[str, Any]:
    newest = select(run).where(run.c.state == "done").order_by(run.c.id.desc()).limit(RUNS)
    runs = list(reversed(connection.execute(newest).all()))
    places = {row.id: number for number, row in enumerate(runs)}
    groups = select(fleet.c.name, func.sum(fleet.c.members).label("members"), func.sum(fleet.c.alike).label("alike"))
    return {
        "runs": list(reversed(runs[-20:])),
        "drawn": len(runs),
        "environments": connection.execute(select(environment).order_by(environment.c.name).limit(200)).all(),
        "groups": connection.execute(groups.group_by(fleet.c.name).order_by(fleet.c.name)).all(),
        "curves": _curves(connection, places),
        "bars": _bars(connection, places),
    }


def _curves(connection: Connection, places: Mapping[int, int]) -> list[Curve]:
    totals: dict[str, dict[int, int]] = defaultdict(dict)
    columns = (count.c.environment, count.c.run, func.sum(count.c.findings))
    first = min(places, default=0)
    for name, number, total in connection.execute(
        select(*columns).where(count.c.run >= first).group_by(count.c.environment, count.c.run)
    ):
        if number in places:
            totals[name][places[number]] = int(total)
    return [_curve(name, [of.get(place, 0) for place in range(len(places))]) for name, of in sorted(totals.items())]


def _curve(name: str, values: Sequence[int]) -> Curve:
    most = max(values)
    step = WIDTH / len(values)
    points = []
    for place, value in enumerate(values):
        y = HEIGHT - 2 - (HEIGHT - 4) * value / (most or 1)
        points += [f"{place * step:.1f},{y:.1f}", f"{(place + 1) * step:.1f},{y:.1f}"]
    return Curve(name, " ".join(points), values[-1], most)


def _bars(connection: Connection, places: Mapping[int, int]) -> list[Bar]:
    """What stands first, then what was resolved last."""
    stands = case((finding.c.state == "open", 0), else_=1)
    query = select(finding).order_by(stands, finding.c.closed.desc(), finding.c.opened.desc(), finding.c.id).limit(FINDINGS)
    step = WIDTH / max(len(places), 1)
    bars = []
    for row in connection.execute(query):
        start = _place(row.opened, places)
        end = len(places) if row.closed is None else _place(row.closed, places)
        words = line(json.loads(row.content), row.subject)
        width = max((end - start) * step, 3)
        bars.append(Bar(words, row.fingerprint, row.state, row.severity, start * step, width, row.opened, row.closed))
    return bars


def _place(number: int, places: Mapping[int, int]) -> int:
    """Where a run is drawn; one that is not drawn any more is at the left edge."""
    return places.get(number, 0 if not places or number < min(places) else len(places))
