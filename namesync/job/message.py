"""What is told: a digest of what changed in a run, or a reminder of what still stands. No URL and no credential is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from namesync import __version__
from namesync.job.life import Content, Life, What
from namesync.job.outcome import Outcome, Turn, ways
from namesync.job.sight import State
from namesync.render.terminal import visible

FORMAT_VERSION = 1
MOST = 50
"""How many findings one message lists; the rest is counted."""

Message = dict[str, Any]


def digest(outcome: Outcome) -> Message | None:
    """The message about a run; None where nothing changed that anybody has to know."""
    changes = outcome.changes
    turns = [turn for turn in outcome.turns if worth_telling(turn)]
    if not changes and not turns:
        return None
    counts = Counter(life.what for life in changes)
    words = [f"{counts[what]} {what}" for what in (What.NEW, What.CHANGED, What.RESOLVED) if counts[what]]
    words += [f"{turn.name} is {'back' if turn.standing.state is State.READ else turn.standing.state}" for turn in turns[:3]]
    words += [f"{len(turns) - 3} more environments changed state"] if len(turns) > 3 else []
    return _message("change", outcome, f"namesync: {', '.join(words)}", changes, turns)


def reminder(outcome: Outcome) -> Message | None:
    """The message about what still stands; None where nothing does."""
    standing = [life for life in outcome.lives if life.what is not What.RESOLVED and not outcome.accepted(life)]
    if not standing:
        return None
    return _message("reminder", outcome, f"namesync: {_count(len(standing))} still standing", standing, ())


def worth_telling(turn: Turn) -> bool:
    """Whether somebody should know: it failed, or it answers again. A deployment is nothing to wake anybody for."""
    return turn.standing.state.failed or (turn.before is not None and turn.before.failed)


def text(message: Message) -> str:
    """The message as plain text."""
    lines = [f"{change['what']}: {change['message']}" for change in message["changes"]]
    lines += [f"  {detail}" for change in message["changes"] if len(message["changes"]) == 1 for detail in change["details"]]
    lines += [f"... and {message['more']} more"] if message["more"] else []
    lines += [f"{one['name']}: {one['state']} {one['note']}".rstrip() for one in message["environments"]]
    return "\n".join(map(visible, lines))


def line(content: Content, subject: str = "") -> str:
    """One finding in one line."""
    place = ".".join(filter(None, (content["schema"], content["table"])))
    where = f"{subject}: " if subject else ""
    return f"{where}{content['rule']} {place} ({', '.join(content['columns'])}): {content['message']}"


def _message(kind: str, outcome: Outcome, title: str, told: Iterable[Life], turns: Iterable[Turn]) -> Message:
    alone = [life for life in told if not life.seen.subject]
    members = [life for life in told if life.seen.subject]
    entries = [_change(life) for life in alone] + list(_grouped(members))
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "kind": kind,
        "run": outcome.run,
        "scope": outcome.scope,
        "title": title,
        "changes": entries[:MOST],
        "more": max(0, len(entries) - MOST),
        "environments": [
            {"name": turn.name, "state": turn.standing.state, "before": turn.before, "note": turn.standing.note}
            for turn in list(turns)[:MOST]
        ],
    }


def _change(life: Life) -> dict[str, Any]:
    content = life.seen.content
    parts = ("rule", "severity", "kind", "schema", "table", "columns", "names", "fingerprint")
    return {
        "what": life.what,
        "message": line(content, life.seen.subject),
        **{part: content[part] for part in parts},
        "members": [life.seen.subject] if life.seen.subject else [],
        "details": list(life.details),
    }


def _grouped(members: list[Life]) -> Iterable[dict[str, Any]]:
    """Members of groups that became different in the same way are told together."""
    by_what: dict[What, list[Life]] = {}
    for life in members:
        by_what.setdefault(life.what, []).append(life)
    for what, alike in by_what.items():
        first = {life.seen.ident: life for life in alike}
        for way in ways([life.seen for life in alike]):
            for content in way.contents:
                entry = _change(first[way.members[0], content["fingerprint"]])
                where = way.members[0] if len(way.members) == 1 else f"{len(way.members)} of {way.group}"
                yield {**entry, "what": what, "message": line(content, where), "members": list(way.members[:MOST])}


def _count(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"
