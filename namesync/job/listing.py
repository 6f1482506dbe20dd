"""The history as it was: runs, the findings, and the life of one. As text, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from namesync import __version__
from namesync.errors import UsageError
from namesync.job.history import History
from namesync.job.message import line
from namesync.job.tables import event, finding, run
from namesync.render.terminal import visible

FORMAT_VERSION = 1
LEAST_PREFIX = 6
"""How many characters of a fingerprint are enough to name a finding."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows to show. `about` names what they are, and is the key of the rows in JSON; every row has all `columns`."""

    about: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    title: str = ""


_RUN = ("run", "scope", "state", "started", "seconds", "new", "changed", "resolved", "standing", "unread", "exit_code")
_FINDING = ("fingerprint", "subject", "rule", "severity", "state", "since", "opened", "closed", "finding")
_EVENT = ("run", "started", "what", "names", "details")


def runs(history: History, limit: int) -> Listing:
    """The newest runs, newest first."""
    query = select(run).order_by(run.c.id.desc()).limit(limit)
    rows = history.read(lambda connection: connection.execute(query).mappings().all())
    return Listing("runs", _RUN, [{**row, "run": row["id"]} for row in rows])


def findings(history: History, *, also_resolved: bool) -> Listing:
    """What stands, and with `also_resolved` what ever stood."""
    columns = (finding, run.c.started.label("since"))
    query = select(*columns).join(run, run.c.id == finding.c.opened).order_by(finding.c.subject, finding.c.id)
    if not also_resolved:
        query = query.where(finding.c.state == "open")
    rows = history.read(lambda connection: connection.execute(query).mappings().all())
    return Listing("findings", _FINDING, [{**row, "finding": line(json.loads(row["content"]))} for row in rows])


def life(history: History, prefix: str) -> Listing:
    """What became of one finding, told by its fingerprint or the first characters of it, and of a member of a group by
    `MEMBER:FINGERPRINT`.

    Raises `UsageError` where none or several are meant.
    """
    return history.read(lambda connection: _life(connection, prefix))


def _life(connection: Connection, asked: str) -> Listing:
    subject, colon, prefix = asked.rpartition(":")
    if len(prefix) < LEAST_PREFIX:
        raise UsageError(f"{asked}: too short for a fingerprint", f"Give at least {LEAST_PREFIX} characters of it.")
    query = select(finding).where(finding.c.fingerprint.startswith(prefix, autoescape=True))
    found = connection.execute(query.where(finding.c.subject == subject) if colon else query).all()
    if len(found) != 1:
        members = ", ".join(sorted(f"{row.subject}:{row.fingerprint}" for row in found[:5]))
        hint = f"Such as {members}" if found else "`namesync job history --findings` lists what stands."
        raise UsageError(f"{asked}: {'no finding has' if not found else 'several findings have'} this fingerprint", hint)
    row = found[0]
    events = select(event, run.c.started).join(run, run.c.id == event.c.run).where(event.c.finding == row.id)
    rows = connection.execute(events.order_by(event.c.id)).mappings().all()
    return Listing(
        "events",
        _EVENT,
        [{**one, **json.loads(one["detail"])} for one in rows],
        f"{line(json.loads(row.content), row.subject)} ({row.state})",
    )


def to_json(listing: Listing) -> str:
    """The rows as one JSON object, by `namesync/schemas/job-history-1.json`."""
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": "job history",
        listing.about: [{column: row[column] for column in listing.columns} for row in listing.rows],
    }
    return json.dumps(document, indent=2) + "\n"


def to_csv(listing: Listing) -> str:
    """The rows with a head, for a spreadsheet; nothing in them is taken for a formula by one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(listing.columns)
    writer.writerows([_cell(row[column]) for column in listing.columns] for row in listing.rows)
    return text.getvalue()


def to_text(listing: Listing) -> str:
    """The rows in columns."""
    head = f"{visible(listing.title)}\n" if listing.title else ""
    if not listing.rows:
        return f"{head}no {listing.about}\n"
    table = [list(listing.columns), *([visible(_word(row[column])) for column in listing.columns] for row in listing.rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in table)
    return head + "".join(f"{one}\n" for one in lines)


RENDERERS: Mapping[str, Callable[[Listing], str]] = {"text": to_text, "json": to_json, "csv": to_csv}


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str):
        value = value if value is None or isinstance(value, int) else _word(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {'(absent)' if one is None else one}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)
