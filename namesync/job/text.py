"""A run as text and as JSON: what changed since the last one comes first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from namesync import __version__
from namesync.job.life import Life, What
from namesync.job.message import line
from namesync.job.outcome import Outcome, Way, ways
from namesync.job.sight import State
from namesync.render.terminal import visible

FORMAT_VERSION = 1
FEW = 3
"""Members of a group that are named without being asked for."""

_SIGNS = {What.NEW: "+", What.CHANGED: "~", What.RESOLVED: "-", What.STANDING: " "}


def render_json(outcome: Outcome) -> str:
    """The run as one JSON object, by `namesync/schemas/job-1.json`."""
    return json.dumps(_document(outcome), indent=2) + "\n"


def render_text(outcome: Outcome, *, standing: bool = False, members: bool = False) -> str:
    """The run for people. `standing`: what stands is listed too; `members`: every member of a group that differs is named."""
    lines = chain(_head(outcome), _fleets(outcome, members=members), _lives(outcome, standing=standing), _foot(outcome))
    return "".join(f"{visible(one)}\n" for one in lines)


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": "job run",
        "run": outcome.run,
        "scope": outcome.scope,
        "started": outcome.started,
        "seconds": round(outcome.seconds, 3),
        "authority": outcome.authority or None,
        "environments": [
            {"name": name, "state": standing.state, "note": standing.note or None}
            for name, standing in sorted(outcome.standings.items())
        ],
        "groups": [_group(outcome, name) for name in sorted({fleet.name for fleet in outcome.fleets})],
        "findings": [_finding(outcome, life) for life in outcome.lives],
        "summary": {what.value: number for what, number in outcome.counts().items()},
        "ignored": outcome.ignored,
        "warnings": [*outcome.warnings, *outcome.undelivered],
    }


def _group(outcome: Outcome, name: str) -> dict[str, Any]:
    fleet = next(fleet for fleet in outcome.fleets if fleet.name == name)
    found = [way for way in ways(outcome.open) if way.group == name]
    return {
        "name": name,
        "members": fleet.members,
        "alike": fleet.alike,
        "ways": [
            {"members": list(way.members), "findings": [content["fingerprint"] for content in way.contents]} for way in found
        ],
    }


def _finding(outcome: Outcome, life: Life) -> dict[str, Any]:
    return {
        "what": life.what,
        "subject": life.seen.subject or None,
        "verified": life.verified,
        "accepted": outcome.accepted(life),
        "details": list(life.details),
        **life.seen.content,
    }


def _head(outcome: Outcome) -> Iterator[str]:
    shard = "" if outcome.scope == "all" else f", shard {outcome.scope}"
    yield f"run {outcome.run}{shard}, {outcome.started}, {outcome.seconds:.1f} s"
    for name, standing in sorted(outcome.standings.items()):
        if "/" not in name:
            yield f"  {name}: {standing.state}{f', {standing.note}' if standing.note else ''}"
    unread = Counter((name.partition("/")[0], one.state, one.note) for name, one in outcome.standings.items() if "/" in name)
    for (group, state, note), number in sorted(unread.items()):
        yield f"  {number} of {group}: {state}, {note}"


def _fleets(outcome: Outcome, *, members: bool) -> Iterator[str]:
    found = ways(outcome.open)
    for fleet in outcome.fleets:
        own = [way for way in found if way.group == fleet.name]
        different = sum(len(way.members) for way in own)
        apart = f"{different} differ{'s' if different == 1 else ''}, in {len(own)} way{'' if len(own) == 1 else 's'}"
        yield ""
        yield f"{fleet.name}: {fleet.alike} of {fleet.members} alike" + (f"; {apart}" if own else "")
        for number, way in enumerate(own, 1):
            yield from _way(number, way, members=members)


def _way(number: int, way: Way, *, members: bool) -> Iterator[str]:
    names = [name.partition("/")[2] for name in way.members]
    shown = names if members else names[:FEW]
    more = f" and {len(names) - len(shown)} more (--members names them)" if len(shown) < len(names) else ""
    yield f"  {number}. {len(names)}: {', '.join(shown)}{more}"
    for content in way.contents:
        yield f"     {line(content)}"


def _lives(outcome: Outcome, *, standing: bool) -> Iterator[str]:
    """What changed, members of groups that changed alike together."""
    for what in What:
        if what is What.STANDING and not standing:
            continue
        lives = sorted((life for life in outcome.lives if life.what is what), key=_place)
        if not lives:
            continue
        yield ""
        yield f"{what.value}: {len(lives)}"
        for life in lives:
            if not life.seen.subject:
                yield from _life(life, accepted=outcome.accepted(life))
        for way in ways([life.seen for life in lives]):
            where = way.members[0] if len(way.members) == 1 else f"{len(way.members)} of {way.group}"
            yield from (f"  {_SIGNS[what]} {line(content, where)}" for content in way.contents)


def _place(life: Life) -> tuple[str, str, list[str]]:
    """Where a report shows a finding."""
    return life.seen.content["table"], life.seen.content["rule"], life.seen.content["columns"]


def _life(life: Life, *, accepted: bool) -> Iterator[str]:
    marks = [word for word, true in (("accepted", accepted), ("not looked at this time", not life.verified)) if true]
    yield f"  {_SIGNS[life.what]} {line(life.seen.content)}{f' ({mark})' if (mark := ', '.join(marks)) else ''}"
    yield from (f"      {detail}" for detail in life.details)


def _foot(outcome: Outcome) -> Iterator[str]:
    counts = outcome.counts()
    told = ", ".join(f"{counts[what]} {what}" for what in What)
    unread = [standing for standing in outcome.standings.values() if standing.state is not State.READ]
    yield ""
    yield told + (f"; {len(unread)} environment{'' if len(unread) == 1 else 's'} not read" if unread else "")
