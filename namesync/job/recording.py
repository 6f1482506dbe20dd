"""Writes what a run saw into the history: findings, changes, environments, counts and messages, all in one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from namesync.job.history import History, Lease, release, require
from namesync.job.life import Ident, Known, Life, Seen, What, lives
from namesync.job.outbox import post
from namesync.job.outcome import Outcome, Turn
from namesync.job.sight import Fleet, Shard, Sight, Standing, State, group_of
from namesync.job.tables import count, environment, event, finding, fleet, run
from namesync.report import Severity

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides on exit code and messages. `remind_after_s` 0: no reminders."""

    fail_on: Severity | None = Severity.ERROR
    new_only: bool = False
    baseline: Mapping[Ident, str] = field(default_factory=dict)
    channels: Sequence[str] = ()
    remind_after_s: float = 0


def record(history: History, held: Lease, sight: Sight, seconds: float, terms: Terms) -> Outcome:
    """Record the run and end it. Raises `Overtaken`, `ConnectionFailed`; then nothing is recorded."""

    def change(connection: Connection) -> Outcome:
        require(connection, held)
        known = _known(connection, sight)
        before = {one.seen.ident for one in known}
        seen = [one for one in sight.findings if one.ident in before or not sight.premature(one)]
        found = lives(known, seen, judged=sight.judged, unread=sight.unread)
        _write_findings(connection, held.run, found)
        turns = _turn(connection, held.run, sight)
        _write_fleets(connection, held, sight.fleets)
        _count(connection, held.run)
        started = connection.execute(select(run.c.started).where(run.c.id == held.run)).scalar_one()
        outcome = Outcome(
            held.run,
            held.scope,
            started,
            seconds,
            sight.authority,
            dict(sight.standings),
            found,
            turns,
            tuple(sight.fleets),
            tuple(dict.fromkeys(sight.warnings)),
            sight.ignored,
            terms.baseline,
        )
        _finish(connection, history, outcome, terms)
        post(connection, outcome, terms.channels, terms.remind_after_s, history.clock)
        release(connection, held)
        return outcome

    return history.write(change)


def _known(connection: Connection, sight: Sight) -> list[Known]:
    """The open findings that the run may say something about: those of its groups, and of the comparison.

    They are picked here and not by LIKE: MySQL 9 leaves out subjects with characters beyond U+FFFF where it uses the index.
    """
    rows = connection.execute(select(finding).where(finding.c.state == "open"))
    return [Known(row.id, Seen(row.subject, json.loads(row.content)), row.opened) for row in rows if _ours(row.subject, sight)]


def _ours(subject: str, sight: Sight) -> bool:
    group = group_of(subject)
    return sight.compared if not subject else sight.shard.takes(subject) and (group in sight.groups or group not in sight.known)


def _write_findings(connection: Connection, number: int, found: Sequence[Life]) -> None:
    ids = _opened(connection, number, [life.seen for life in found if life.what is What.NEW])
    ids |= {life.seen.ident: life.known.id for life in found if life.known is not None}
    moved = [life for life in found if life.what in (What.CHANGED, What.RESOLVED)]
    for life in moved:
        values: dict[str, Any] = {"content": _json(life.seen.content)}
        if life.what is What.RESOLVED:
            values = {"state": "resolved", "closed": number}
        connection.execute(update(finding).where(finding.c.id == ids[life.seen.ident]).values(**values))
    verified = [ids[life.seen.ident] for life in found if life.what is not What.RESOLVED and life.verified]
    for part in _chunks(verified):
        connection.execute(update(finding).where(finding.c.id.in_(part)).values(seen=number))
    events = [
        {"run": number, "finding": ids[life.seen.ident], "what": life.what.value, "detail": _json(_told(life))}
        for life in found
        if life.what is not What.STANDING
    ]
    for part in _chunks(events):
        connection.execute(insert(event), part)


def _told(life: Life) -> dict[str, Any]:
    return {"names": life.seen.content["names"], "details": life.details}


def _opened(connection: Connection, number: int, new: Sequence[Seen]) -> dict[Ident, int]:
    """Rows for findings that are new, or that are back; their ids."""
    if not new:
        return {}
    asked = {seen.ident for seen in new}
    columns = (finding.c.id, finding.c.subject, finding.c.fingerprint)
    back = {(row.subject, row.fingerprint): row.id for row in connection.execute(select(*columns)) if (row[1], row[2]) in asked}
    for seen in (seen for seen in new if seen.ident in back):
        values = {"state": "open", "opened": number, "closed": None, "content": _json(seen.content)}
        connection.execute(update(finding).where(finding.c.id == back[seen.ident]).values(**values))
    rows = [
        {
            "subject": seen.subject,
            **{part: seen.content[part] for part in ("fingerprint", "rule", "severity")},
            "state": "open",
            "opened": number,
            "seen": number,
            "content": _json(seen.content),
        }
        for seen in new
        if seen.ident not in back
    ]
    for part in _chunks(rows):
        connection.execute(insert(finding), part)
    made = connection.execute(select(*columns).where(finding.c.opened == number, finding.c.state == "open"))
    return {(row.subject, row.fingerprint): row.id for row in made}


def _turn(connection: Connection, number: int, sight: Sight) -> list[Turn]:
    """Store how environments answer; those that answer in another way than before are told."""
    stored = {row.name: row for row in connection.execute(select(environment))}
    now = dict(sight.standings)
    for name in stored.keys() - now.keys():
        group = group_of(name)
        if group in sight.groups and (group == name or sight.shard.takes(name)):
            now[name] = Standing(State.READ)
        elif group not in sight.known:
            connection.execute(delete(environment).where(environment.c.name == name))
    turns = []
    for name, standing in sorted(now.items()):
        before = State(stored[name].state) if name in stored else None
        if before is standing.state and stored[name].note == standing.note:
            continue
        _store(connection, number, name, standing, stored.get(name))
        if before is not standing.state and (before is not None or standing.state is not State.READ):
            turns.append(Turn(name, before, standing))
            connection.execute(
                insert(event).values(run=number, environment=name, what=standing.state.value, detail=_json(standing.note))
            )
    return turns


def _store(connection: Connection, number: int, name: str, standing: Standing, stored: Any) -> None:
    values = {"state": standing.state.value, "note": standing.note}
    if stored is None:
        connection.execute(insert(environment).values(name=name, since=number, **values))
        return
    since = stored.since if stored.state == standing.state else number
    connection.execute(update(environment).where(environment.c.name == name).values(since=since, **values))


def _write_fleets(connection: Connection, held: Lease, fleets: Iterable[Fleet]) -> None:
    """Counts of another division into shards no longer say anything."""
    divided = held.scope.partition("/")[2]
    for one in fleets:
        of_group = fleet.c.name == one.name
        others = connection.execute(select(fleet.c.shard).where(of_group)).scalars()
        stale = [shard for shard in others if shard == held.scope or shard.partition("/")[2] != divided]
        connection.execute(delete(fleet).where(of_group, fleet.c.shard.in_(stale)))
        counts = {"members": one.members, "alike": one.alike, "shapes": _json(one.shapes)}
        connection.execute(insert(fleet).values(name=one.name, shard=held.scope, run=held.run, **counts))


def other_shapes(connection: Connection, name: str, shard: Shard) -> list[dict[str, tuple[int, str]]]:
    """The shapes that the other shards of the same division have counted in a group."""
    rows = connection.execute(select(fleet.c.shard, fleet.c.shapes).where(fleet.c.name == name))
    others = [row for row in rows if row.shard != shard.scope and row.shard.endswith(f"/{shard.count}")]
    return [{key: (number, example) for key, (number, example) in json.loads(row.shapes).items()} for row in others]


def _count(connection: Connection, number: int) -> None:
    """Count what stands, of all shards, by environment and rule."""
    counts: Counter[tuple[str, str]] = Counter()
    columns = (finding.c.subject, finding.c.rule, finding.c.content)
    compared = select(*columns).where(finding.c.state == "open", finding.c.subject == "")
    for row in connection.execute(compared):
        counts.update((name, row.rule) for name in json.loads(row.content)["environments"])
    members = select(finding.c.subject, finding.c.rule).where(finding.c.state == "open", finding.c.subject != "")
    for subject, rule in connection.execute(members):
        counts[group_of(subject), rule] += 1
    rows = [
        {"run": number, "environment": name, "rule": rule, "findings": total} for (name, rule), total in sorted(counts.items())
    ]
    if rows:
        connection.execute(insert(count), rows)


def _finish(connection: Connection, history: History, outcome: Outcome, terms: Terms) -> None:
    values: dict[str, Any] = {what.value: number for what, number in outcome.counts().items()}
    unread = sum(standing.state is not State.READ for standing in outcome.standings.values())
    connection.execute(
        update(run)
        .where(run.c.id == outcome.run)
        .values(
            state="done",
            finished=history.clock.text(),
            seconds=round(outcome.seconds),
            unread=unread,
            exit_code=outcome.exit_code(terms.fail_on, new_only=terms.new_only),
            **values,
        )
    )


def _chunks(rows: Sequence[Any]) -> Iterable[list[Any]]:
    rest = iter(rows)
    while part := list(islice(rest, _CHUNK)):
        yield part


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
