"""The history as the HTML report draws it: how many findings stood after each run."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from namesync.config import HISTORY_FILE, Config
from namesync.job.history import History
from namesync.job.tables import finding, run
from namesync.render.html.history import RUNS, Moment
from namesync.report import Severity


def recorded(config: Config) -> bool:
    """Whether there is a history to look at: one is never made for that."""
    return bool(config.job.history) or Path(config.root, HISTORY_FILE).is_file()


def moments(history: History) -> tuple[Moment, ...]:
    """The last runs that ended, oldest first, with what stood then between the environments; groups are left out.

    A finding that went and came back counts from when it came back.
    """
    return history.read(_moments)


def _moments(connection: Connection) -> tuple[Moment, ...]:
    ended = select(run.c.id, run.c.finished).where(run.c.state == "done", run.c.finished.is_not(None))
    runs = list(reversed(connection.execute(ended.order_by(run.c.id.desc()).limit(RUNS)).all()))
    first = runs[0].id if runs else 0
    lives = select(finding.c.severity, finding.c.opened, finding.c.closed).where(finding.c.subject == "")
    standing = connection.execute(lives.where(finding.c.closed.is_(None) | (finding.c.closed > first))).all()
    found = []
    for one in runs:
        open_then = (life for life in standing if life.opened <= one.id and (life.closed is None or life.closed > one.id))
        counts = Counter(Severity[life.severity.upper()] for life in open_then)
        found.append(Moment(datetime.fromisoformat(one.finished), counts))
    return tuple(found)
