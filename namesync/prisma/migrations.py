"""A migrations folder as Prisma Migrate keeps it, and what a database's `_prisma_migrations` says of it.

https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from os.path import isdir
from pathlib import Path

from namesync.errors import MigrationError

STAMP = "%Y%m%d%H%M%S"
MAX_NAME_BYTES = 200  # P3010


@dataclass(frozen=True, slots=True)
class Migration:
    """One folder with a `migration.sql`; `sql` as its bytes were, decoded as UTF-8."""

    name: str
    sql: str

    @property
    def checksums(self) -> frozenset[str]:
        """What Prisma takes for unedited: SHA-256 (lower-case hex) of the text, whatever its line endings."""
        unix = self.sql.replace("\r\n", "\n")
        return frozenset(sha256(text.encode()).hexdigest() for text in (self.sql, unix, unix.replace("\n", "\r\n")))


@dataclass(frozen=True, slots=True)
class Record:
    """One row of `_prisma_migrations`. `steps` is 0 where `migrate resolve --applied` wrote it."""

    name: str
    checksum: str
    finished: bool
    rolled_back: bool
    steps: int
    logs: str = ""


class State(StrEnum):
    """How a migration stands in one database."""

    PENDING = "pending"
    APPLIED = "applied"
    RESOLVED = "resolved"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"

    @property
    def runs_next(self) -> bool:
        """Whether the next `migrate deploy` runs it."""
        return self in (State.PENDING, State.ROLLED_BACK)

    @property
    def done(self) -> bool:
        """Whether Prisma takes it for applied."""
        return self in (State.APPLIED, State.RESOLVED)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A database's `_prisma_migrations`, oldest row first. `exists` False: it was never baselined."""

    exists: bool
    records: tuple[Record, ...] = ()

    def state(self, name: str) -> State:
        """The migration's state. A rolled back one runs again at the next deploy, though `migrate status` says "up to date"."""
        rows = [record for record in self.records if record.name == name]
        standing = [record for record in rows if not record.rolled_back]
        done = [record for record in standing if record.finished]
        if done:
            return State.APPLIED if any(record.steps for record in done) else State.RESOLVED
        if standing:
            return State.FAILED
        return State.ROLLED_BACK if rows else State.PENDING

    def pending(self, folder: Iterable[Migration]) -> tuple[Migration, ...]:
        """What the next `migrate deploy` would run, in its order."""
        return tuple(one for one in folder if self.state(one.name).runs_next)

    def failed(self) -> tuple[Record, ...]:
        """Rows that stop every deploy with P3009."""
        return tuple(
            one for one in self.records if not one.finished and not one.rolled_back and self.state(one.name) is State.FAILED
        )

    def edited(self, folder: Iterable[Migration]) -> tuple[str, ...]:
        """Applied migrations whose file has changed since."""
        known = {record.name: record.checksum for record in self.records if record.finished and not record.rolled_back}
        return tuple(one.name for one in folder if one.name in known and known[one.name] not in one.checksums)

    def unknown(self, folder: Iterable[Migration]) -> tuple[str, ...]:
        """Applied migrations that the folder lacks."""
        names = {one.name for one in folder}
        return tuple(dict.fromkeys(record.name for record in self.records if record.finished and record.name not in names))


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder in the order Prisma applies them; () where the folder does not exist.

    Raises MigrationError for a directory without `migration.sql` (Prisma's P3015) or one that is not UTF-8.
    """
    if not isdir(folder):
        return ()
    found = []
    for directory in sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=lambda entry: entry.name):
        file = directory / "migration.sql"
        try:
            found.append(Migration(directory.name, file.read_bytes().decode()))
        except FileNotFoundError:
            raise MigrationError(
                f"{directory} has no migration.sql",
                "Prisma stops there as well (P3015): restore the file, or delete the directory.",
            ) from None
        except UnicodeDecodeError as error:
            raise MigrationError(f"{file} is not UTF-8 (byte {error.start})") from None
    return tuple(found)


def new_names(labels: Sequence[str], existing: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Directory names `<UTC stamp>_<label>` for new migrations, in order, later than every existing one.

    `now` is in UTC. The second is counted up where the newest folder is of this second, or of the future.
    """
    stamps = [match.group() for name in existing if (match := re.match(r"\d{14}", name))]
    newest = max(stamps, default="")
    moment = now
    if newest >= moment.strftime(STAMP):
        try:
            moment = datetime.strptime(newest, STAMP).replace(tzinfo=now.tzinfo) + timedelta(seconds=1)
        except ValueError:
            raise MigrationError(
                f"the newest migration folder starts with {newest}, which is no date",
                "Rename it to a real UTC timestamp: a new migration could not sort after it.",
            ) from None
    moments = ((moment + timedelta(seconds=index)).strftime(STAMP) for index in range(len(labels)))
    return tuple("_".join(filter(None, (stamp, slug(label)))) for stamp, label in zip(moments, labels, strict=True))


def slug(label: str) -> str:
    """The label as the Prisma CLI would write it in a directory name: lower case, words joined by `_`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", label).lower()
    cleaned = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    return cleaned[: MAX_NAME_BYTES - len("20260101000000_")]
